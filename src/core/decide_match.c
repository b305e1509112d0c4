/*
 * decide_match.c - which names a reply may carry
 *
 * RFC 8461 section 4.1. An MTA that is handed names cannot tell MX hosts from
 * patterns, so it gets the MX hosts that fit, and suffixes for the wildcards
 * only behind them. Knows no dialect and no DANE but who is in error.
 */
#include "core/decide_int.h"

#include "base/arena.h"

bool
decide_fits(const struct mtasts_policy *policy, const char *name)
{
	/*
	 * Says what mtasts_policy_match() says, which reads the name and all
	 * patterns anew; here all are in their one form. "*" is exactly one
	 * label: what stands behind it must be equal.
	 */
	const char *parent = strchr(name, '.');

	for (size_t i = 0; i < policy->mx_count; i++) {
		const char *p = policy->mx[i];

		if (p[0] == '*' ? parent != NULL && strcmp(p + 1, parent) == 0
				: strcmp(p, name) == 0)
			return true;
	}
	return false;
}

void
decide_match_look(struct decide *run, int64_t now_at)
{
	const struct dest *d = run->dest;
	const struct decide_names *names;
	bool known = decide_mx_known(run, now_at);

	run->unfit = run->lately = false;
	if (d->mx_state != DEST_MX_FOUND || !decide_enforces(run, now_at))
		return;
	names = decide_names(run, false);
	if (names == NULL)
		return;
	run->unfit = known && names->current == 0;
	run->lately = names->current > 0 &&
	    decide_lately(d->mx[0].seen_at, now_at, decide_mx_window(d));
}

/* put_hosts - the hosts that fit */
static void
put_hosts(const struct dest *d, bool sound, struct decide_names *names)
{
	bool failed = d->mx_state != DEST_MX_FOUND;

	for (size_t i = 0; i < d->mx_count; i++) {
		const struct dest_mx *m = &d->mx[i];

		/* Of hosts that are gone nobody knows what DANE says now. */
		if (sound && (!m->current || m->dane == DANE_ERROR))
			continue;
		if (!decide_fits(d->parsed, m->name))
			continue;
		names->name[names->count++] = m->name;
		if (m->current && !failed)
			names->current++;
	}
}

/* put_patterns - the names among them, or the suffixes of the wildcards */
static void
put_patterns(
    const struct mtasts_policy *policy, bool suffixes, struct decide_names *n)
{
	for (size_t i = 0; i < policy->mx_count; i++) {
		const char *p = policy->mx[i];

		if ((p[0] == '*') == suffixes)
			n->name[n->count++] = p + (suffixes ? 1 : 0);
	}
}

void
decide_names_stay(struct decide *run)
{
	struct decide_names *names = &run->names[false];

	if (names->name != NULL && names->generation == run->dest->generation)
		names->generation++;
}

const struct decide_names *
decide_names(struct decide *run, bool sound)
{
	struct decide_names *names = &run->names[sound];
	struct dest *d = run->dest;

	if (d->policy == NULL || d->parsed == NULL)
		return NULL;
	if (names->name != NULL && names->generation == d->generation)
		return names;
	mem_free(names->name);
	*names = (struct decide_names){ .generation = d->generation,
		.name = mem_zalloc(d->mx_count + d->parsed->mx_count + 1,
		    sizeof(*names->name)) };
	if (names->name == NULL)
		return NULL;
	put_hosts(d, sound, names);
	if (sound)
		return names;
	/* Nothing known: any host of the policy is better than none. */
	if (names->count == 0 && d->mx_state != DEST_MX_FOUND)
		put_patterns(d->parsed, false, names);
	put_patterns(d->parsed, true, names);
	return names;
}
