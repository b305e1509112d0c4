/*
 * publish_words.c - words for what publishing does, and records for people
 *
 * RFC 8461 sections 3.1 and 8.2. Knows no network.
 */
#include "task/publish_int.h"

const char *
publish_step_name(enum publish_step step)
{
	static const char *const names[PUBLISH_STEPS] = { "host", "certificate",
		"body", "id" };

	return (unsigned)step < PUBLISH_STEPS ? names[step] : "";
}

const char *
publish_end_name(enum publish_end end)
{
	static const char *const names[PUBLISH_ENDS] = { "live", "gone",
		"by hand", "later", "problem" };

	return (unsigned)end < PUBLISH_ENDS ? names[end] : "";
}

/* read_name - a name of the registry; len 0 when it is none */
static void
read_name(const char *text, struct mtasts_dname *out)
{
	*out = (struct mtasts_dname){ .len = 0 };
	if (text != NULL && text[0] != '\0' &&
	    mtasts_dname_parse(text, strlen(text), out, NULL, NULL) !=
		MTASTS_OK)
		out->len = 0;
}

/* plan - the records of the job's name; null when there are none */
static struct zone *
plan(const struct publish *job)
{
	const struct publish_facts *f = &job->facts;
	struct mtasts_dname domain, target, delegate;
	struct zone_source src = { .domain = &domain,
		.id = f->id,
		.defaults = &f->defaults,
		.own = &f->own };
	struct zone *z = NULL;

	read_name(job->domain, &domain);
	read_name(f->target, &target);
	read_name(f->merged.delegate, &delegate);
	if (target.len > 0)
		src.alias_of = &target;
	if (delegate.len > 0)
		src.delegate = &delegate;
	if (zone_plan(&src, &z, NULL) != MTASTS_OK)
		return NULL;
	return z;
}

bool
publish_delegated(const struct publish *job)
{
	const char *delegate = job->facts.merged.delegate;

	return delegate != NULL && delegate[0] != '\0';
}

/* put_wanted - the records that are to be at a name; how many there are now */
static size_t
put_wanted(const struct zonediff_name *name, size_t n, struct buf *out)
{
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++) {
		const struct zonediff_set *want = &name->want[t];
		const char *quote = t == ZONE_TXT ? "\"" : "";

		for (size_t i = 0; i < want->count; i++)
			buf_putf(out, "%s%s %s %s%" STR_FMT "%s",
			    n++ > 0 ? "; " : "", name->name,
			    zone_type_name((enum zone_type)t), quote,
			    STR_ARG(want->v[i]), quote);
	}
	return n;
}

bool
publish_by_diff(const struct zonediff *diff, bool customer, struct buf *out)
{
	size_t n = 0;
	struct buf list;

	buf_init(&list, 1u << 20);
	for (size_t i = 0; diff != NULL && i < diff->count; i++) {
		const struct zonediff_name *name = &diff->names[i];

		if (!name->watched && name->state != ZONEDIFF_SAME &&
		    (name->part == ZONE_CUSTOMER) == customer)
			n = put_wanted(name, n, &list);
	}
	if (n > 0)
		buf_putf(out, "%s: %" STR_FMT,
		    customer ? "The owner of the domain has to set in DNS"
			     : "Set in DNS",
		    STR_ARG(buf_str(&list)));
	buf_free(&list);
	return n > 0;
}

/* put_record - "NAME CNAME TARGET" */
static void
put_record(const struct zone_record *r, bool name_only, struct buf *out)
{
	const char *quote = r->type == ZONE_TXT ? "\"" : "";

	if (name_only)
		buf_putf(out, "%s", r->name);
	else
		buf_putf(out, "%s %s %s%s%s", r->name, zone_type_name(r->type),
		    quote, r->data, quote);
}

/* wanted - is it one of the records that are told? */
static bool
wanted(const struct publish *job, const struct zone_record *r, bool host_only)
{
	/* Those of the provider's own zone are for the owner of this host. */
	if (!host_only || r->part == ZONE_CUSTOMER)
		return true;
	return r->part == ZONE_DIRECT && strcmp(r->name, job->host) == 0;
}

/* put_records - those of one part, as a list; how many */
static size_t
put_records(const struct publish *job, const struct zone *z,
    enum zone_part part, const bool how[2], struct buf *out)
{
	const char *last = "";
	size_t n = 0;

	for (size_t i = 0; i < z->count; i++) {
		const struct zone_record *r = &z->records[i];

		if (r->part != part || !wanted(job, r, how[0]) ||
		    (how[1] && strcmp(last, r->name) == 0))
			continue;
		buf_puts(out, n++ > 0 ? "; " : "");
		put_record(r, how[1], out);
		last = r->name;
	}
	return n;
}

void
publish_by_hand(
    const struct publish *job, bool host_only, bool gone, struct buf *out)
{
	static const char *const set[ZONE_PARTS] = { "Set in DNS: ",
		"The owner of the domain has to set in DNS: ",
		"In the zone of the provider, set: " };
	static const char *const del[ZONE_PARTS] = { "Delete from DNS: ",
		"The owner of the domain has to delete from DNS: ",
		"In the zone of the provider, delete: " };
	const bool how[2] = { host_only, gone };
	struct zone *z = plan(job);
	struct buf one;

	buf_init(&one, 1u << 20);
	for (unsigned p = 0; z != NULL && p < ZONE_PARTS; p++) {
		buf_clear(&one);
		if (put_records(job, z, (enum zone_part)p, how, &one) == 0)
			continue;
		buf_putf(out, "%s%s%" STR_FMT, out->len > 0 ? ". " : "",
		    gone ? del[p] : set[p], STR_ARG(buf_str(&one)));
	}
	buf_free(&one);
	zone_free(z);
}
