/*
 * push_dns01.c - records of ACME's challenges, by the same way as all others
 *
 * RFC 8555 section 8.4. One value more or less among the TXT records of a name;
 * others' values stay. A CNAME there is followed, as the authority does.
 */
#include "task/push.h"

#include "task/push_int.h"

#include <stdio.h>

#define HOPS_MAX 8
#define TTL_S	 60

bool
push_dns01_read(struct push *job)
{
	struct zonediff_name *n = NULL;

	job->diff = zonediff_new(job->domain);
	if (job->diff != NULL)
		n = zonediff_at(job->diff, job->challenge);
	if (n != NULL) {
		job->diff->ttl_s = TTL_S;
		n->kind = ZONEDIFF_VALUE;
		n->gone = !job->set;
		zonediff_put(job->diff, &n->want[ZONE_TXT], str_of(job->value));
	}
	if (n != NULL && !job->diff->short_of_memory)
		return true;
	push_say(job, "", "memory is short");
	return false;
}

/* cname_of - where a server says that the name leads; "": nowhere */
static struct str
cname_of(const struct zonediff_name *n)
{
	for (size_t i = 0; i < n->server_count; i++)
		if (n->servers[i].set[ZONE_CNAME].count > 0)
			return n->servers[i].set[ZONE_CNAME].v[0];
	return STR("");
}

/* again - the job from its beginning, at another name */
static void
again(struct push *job)
{
	if (push_dns01_read(job))
		push_see(job, job->then);
	else
		push_finish(job, PUSH_UNKNOWN);
}

/*
 * may_follow - may the challenge be where a CNAME says?
 *
 * Who owns the CNAME may be a stranger, and the zone it leads to ours: there
 * it must be a plain name, and none at which other records of ours stand.
 */
static bool
may_follow(struct str cname, struct mtasts_dname *out)
{
	return mtasts_dname_parse(cname.p, cname.len, out, NULL, NULL) ==
	    MTASTS_OK &&
	    !str_starts(str_of(out->text), STR(ZONE_NAME_STS)) &&
	    !str_starts(str_of(out->text), STR(ZONE_NAME_TLSRPT)) &&
	    !str_starts(str_of(out->text), STR(ZONE_NAME_HOST)) &&
	    str_find(str_of(out->text), STR("." ZONE_NAME_STS)) == out->len;
}

bool
push_dns01_moved(struct push *job)
{
	struct mtasts_dname name;
	struct str cname;

	if (job->answer == NULL)
		return false;
	cname = cname_of(&job->diff->names[0]);
	if (cname.len == 0)
		return false;
	if (++job->hops > HOPS_MAX || !may_follow(cname, &name)) {
		push_say(job, "", "%s leads %s", job->challenge,
		    job->hops > HOPS_MAX
			? "through too many CNAMEs"
			: "to a name that no challenge may be written at");
		push_finish(job, PUSH_UNKNOWN);
		return true;
	}
	memcpy(job->challenge, name.text, name.len + 1u);
	push_see_free(job);
	zonediff_free(job->diff);
	job->diff = NULL;
	again(job);
	return true;
}

/* on_done - tell who ordered */
static void
on_done(void *ctx, const struct push_result *r)
{
	struct push *job = ctx;
	bool fine = r->end == PUSH_WRITTEN || r->end == PUSH_SAME;

	certify_dns_done(job->answer, fine ? NULL : r->why);
}

/* start - begin with one record */
static void *
start(void *ctx, const struct certify_record *record,
    struct certify_dns_answer *answer)
{
	struct push *job = push_new(ctx);

	if (job == NULL)
		return NULL;
	snprintf(job->domain, sizeof(job->domain), "%s", record->domain);
	snprintf(job->challenge, sizeof(job->challenge), "%s", record->name);
	snprintf(job->value, sizeof(job->value), "%s", record->value);
	job->set = record->set;
	job->answer = answer;
	job->want =
	    (struct push_want){ .domain = job->domain, .done = on_done };
	job->want.ctx = job;
	push_run(job->p);
	return job;
}

/* cancel - nobody wants to know any more */
static void
cancel(void *ctx, void *job)
{
	push_cancel(job);
}

void
push_certify_dns(struct pusher *p, struct certify_dns *out)
{
	*out = (struct certify_dns){ start, cancel, p };
}
