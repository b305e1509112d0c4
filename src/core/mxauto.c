/*
 * mxauto.c - what a look at the MX records changes in a policy's list
 *
 * Adding is quick where it is safe, dropping is slow, and what cannot be
 * understood changes nothing. Knows neither DNS nor the registry.
 *
 * RFC 8461 sections 8.1 and 10.2.
 */
#include "core/mxauto.h"

#include <stdio.h>

#define LOOK_S	(6 * 3600)
#define SOON_S	MXAUTO_CONFIRM_S
#define NEW_MAX MXAUTO_MAX
#define FROM	"RFC 8461 section 8.1"

/* clang-format off */
const struct diag_rule mxauto_rules[MXAUTO_RULES] = {
[MXAUTO_TROUBLE] = { "M01", "mx-auto-trouble", MTASTS_ERROR, false,
	"RFC 5321 section 5.1",
	"See to the domain's MX records and name servers (\"mtasts check "
	"DOMAIN\"); the policy stays as it is until all of them agree." },
[MXAUTO_REFUSED] = { "M02", "mx-auto-refused", MTASTS_ERROR, false,
	"RFC 8461 section 4.2",
	"Give that host STARTTLS and a valid certificate for its name; it is "
	"then added by itself. Until it is, senders that enforce the policy "
	"do not deliver to it." },
[MXAUTO_UNSEEN] = { "M02", "mx-auto-unseen", MTASTS_WARNING, false,
	"RFC 8461 section 4.2",
	"It is added when it can be checked from here." },
[MXAUTO_ONCE] = { "M02", "mx-auto-once", MTASTS_INFO, false, "",
	"Nothing to do: a second look in an hour confirms it; a zone with "
	"DNSSEC needs none." },
[MXAUTO_GONE] = { "M03", "mx-auto-gone", MTASTS_INFO, false, FROM,
	"Keep the host running until then: senders may still remember it." },
[MXAUTO_STAYS] = { "M03", "mx-auto-stays", MTASTS_INFO, false, FROM,
	"If it is gone for good, go back to testing for a while (\"mtasts "
	"rollout back DOMAIN\"), or give the list by hand (mx=...)." },
};
/* clang-format on */

/* A look being applied. */
struct apply {
	struct mxauto_state *s;
	const struct mxauto_seen *seen;
	const struct mxauto_rules *rules;
	struct mxauto_done *done;
	struct mtasts_diags *diags;
	bool confirmed; /* the same was seen before, or nobody can forge it */
};

static const struct diag_place nowhere;

/* seen_host - a name among what was seen, or null */
static const struct mxauto_host *
seen_host(const struct mxauto_seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->count; i++)
		if (strcmp(seen->host[i].name, name) == 0)
			return &seen->host[i];
	return NULL;
}

/* find - a name among what is remembered, or null */
static struct mxauto_entry *
find(struct mxauto_state *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->entry[i].name, name) == 0)
			return &s->entry[i];
	return NULL;
}

/* same_as_before - did the look before see just these names? */
static bool
same_as_before(const struct mxauto_state *s, const struct mxauto_seen *seen)
{
	size_t there = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct mxauto_entry *e = &s->entry[i];

		if (e->seen_at == 0 || e->seen_at != s->looked_at)
			continue;
		if (seen_host(seen, e->name) == NULL)
			return false;
		there++;
	}
	return there == seen->count;
}

/* trouble - nothing usable was seen: all stays as it is */
static void
trouble(struct apply *a)
{
	struct mxauto_state *s = a->s;

	if (s->trouble_at == 0)
		s->trouble_at = a->seen->at;
	snprintf(s->trouble, sizeof(s->trouble), "%s", a->seen->why);
	diag_add(a->diags, &mxauto_rules[MXAUTO_TROUBLE], nowhere, "%s",
	    a->seen->why);
	a->done->next_at = a->seen->at + SOON_S;
}

/* soon - something is open: look again earlier */
static void
soon(struct apply *a, int64_t at)
{
	if (at < a->done->next_at)
		a->done->next_at = at;
}

/* take - a new name, or one that waits, into the list if it may */
static void
take(struct apply *a, struct mxauto_entry *e, const struct mxauto_host *h)
{
	if (h->fails) {
		a->done->refused++;
		diag_add(a->diags, &mxauto_rules[MXAUTO_REFUSED], nowhere,
		    "the new MX host %s is not added: mail over TLS with a "
		    "valid certificate does not work there",
		    h->name);
		return;
	}
	if (h->works && a->confirmed) {
		a->done->added++;
		e->since_at = a->seen->at;
		return;
	}
	a->done->waiting++;
	soon(a, a->seen->at + SOON_S);
	if (!h->works)
		diag_add(a->diags, &mxauto_rules[MXAUTO_UNSEEN], nowhere,
		    "the new MX host %s could not be checked", h->name);
	else
		diag_add(a->diags, &mxauto_rules[MXAUTO_ONCE], nowhere,
		    "the new MX host %s was seen for the first time", h->name);
}

/* stay - a name that is there */
static void
stay(struct apply *a, struct mxauto_entry *e, const struct mxauto_host *h)
{
	e->seen_at = a->seen->at;
	e->gone_at = e->until_at = 0;
	if (!mxauto_in(e))
		take(a, e, h);
}

/* longer - the TTL that counts */
static int64_t
longer(const struct apply *a)
{
	return a->seen->ttl_s > a->rules->ttl_s ? a->seen->ttl_s
						: a->rules->ttl_s;
}

/* go - a name of the list that is not there any more; true: it is out */
static bool
go(struct apply *a, struct mxauto_entry *e)
{
	if (!mxauto_in(e))
		return true;
	if (e->gone_at == 0) {
		/* One answer more: it may be a slip that is mended soon. */
		if (!a->confirmed) {
			soon(a, a->seen->at + SOON_S);
			return false;
		}
		e->gone_at = a->seen->at;
		e->until_at = a->seen->at + longer(a) + MXAUTO_KEEP_S;
	}
	if (a->rules->enforced) {
		diag_add(a->diags, &mxauto_rules[MXAUTO_STAYS], nowhere,
		    "%s is no MX host any more, but stays in the policy, "
		    "which is in mode enforce",
		    e->name);
		return false;
	}
	if (a->seen->at >= e->until_at) {
		a->done->dropped++;
		return true;
	}
	soon(a, e->until_at);
	diag_add(a->diags, &mxauto_rules[MXAUTO_GONE], nowhere,
	    "%s is no MX host any more; it goes out of the policy later",
	    e->name);
	return false;
}

/* walk_old - what is remembered, each once */
static void
walk_old(struct apply *a)
{
	struct mxauto_state *s = a->s;
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct mxauto_host *h =
		    seen_host(a->seen, s->entry[i].name);

		if (h != NULL)
			stay(a, &s->entry[i], h);
		else if (go(a, &s->entry[i]))
			continue;
		s->entry[kept++] = s->entry[i];
	}
	s->count = kept;
}

/* walk_new - what was never seen before; false: no room */
static bool
walk_new(struct apply *a)
{
	struct mxauto_state *s = a->s;

	for (size_t i = 0; i < a->seen->count; i++) {
		const struct mxauto_host *h = &a->seen->host[i];
		struct mxauto_entry *e;

		if (find(s, h->name) != NULL)
			continue;
		if (s->count == NEW_MAX)
			return false;
		e = &s->entry[s->count++];
		*e = (struct mxauto_entry){ .seen_at = a->seen->at };
		snprintf(e->name, sizeof(e->name), "%s", h->name);
		take(a, e, h);
	}
	return true;
}

/* begin - the list is what is served, before anything was ever seen */
static void
begin(struct apply *a)
{
	struct mxauto_state *s = a->s;

	if (s->looked_at != 0 || s->count > 0)
		return;
	for (size_t i = 0; i < a->rules->served_count && s->count < NEW_MAX;
	     i++) {
		struct mxauto_entry *e = &s->entry[s->count];

		if (a->rules->served[i][0] == '*')
			continue;
		*e = (struct mxauto_entry){ .since_at = a->seen->at };
		snprintf(e->name, sizeof(e->name), "%s", a->rules->served[i]);
		s->count++;
	}
}

/* confirm - how sure are we of what was seen? */
static void
confirm(struct apply *a)
{
	struct mxauto_state *s = a->s;

	if (s->same_at == 0 || s->trouble_at != 0 ||
	    !same_as_before(s, a->seen))
		s->same_at = a->seen->at;
	a->confirmed = a->seen->secure || a->rules->first ||
	    a->seen->at - s->same_at >= MXAUTO_CONFIRM_S;
}

enum mtasts_err
mxauto_apply(struct mxauto_state *s, const struct mxauto_seen *seen,
    const struct mxauto_rules *rules, struct mxauto_done *done,
    struct mtasts_diags *diags)
{
	struct mxauto_state next = *s;
	struct apply a = { &next, seen, rules, done, diags, false };

	*done = (struct mxauto_done){ .next_at = seen->at + LOOK_S };
	if (!seen->usable) {
		trouble(&a);
		s->trouble_at = next.trouble_at;
		memcpy(s->trouble, next.trouble, sizeof(s->trouble));
		return MTASTS_OK;
	}
	begin(&a);
	confirm(&a);
	walk_old(&a);
	if (!walk_new(&a))
		return MTASTS_ELIMIT;
	next.looked_at = seen->at;
	next.trouble_at = 0;
	next.trouble[0] = '\0';
	done->changed = done->added > 0 || done->dropped > 0;
	*s = next;
	return MTASTS_OK;
}
