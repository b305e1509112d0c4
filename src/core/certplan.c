/*
 * certplan - when a certificate is to be ordered
 *
 * The hash of a name is keyed by constants: it is to spread and to stay the
 * same from one start to the next, not to be secret.
 */
#include "core/certplan.h"

#include "base/siphash.h"

#include <limits.h>

#define THIRD	 3
#define SPREAD	 30 /* a thirtieth of the lifetime */
#define SIXTH	 6
#define LAST	 15
#define JITTER	 5 /* a fifth in all: a tenth to both sides */
#define DOUBLING 30 /* far more than it takes to reach the longest */

/* spread - a number below "below" that belongs to the name */
static int64_t
spread(struct str name, uint64_t salt, int64_t below)
{
	const uint64_t key[2] = { UINT64_C(0x6d74617374730001), salt };

	return below > 0 ? (int64_t)(siphash64(key, name) % (uint64_t)below)
			 : 0;
}

int64_t
certplan_due(const struct certplan_cert *cert, struct str name)
{
	int64_t life = cert->not_after_at - cert->not_before_at;

	if (cert->not_after_at == 0)
		return 0;
	if (life < 0)
		life = 0;
	return cert->not_after_at - life / THIRD -
	    spread(name, 0, life / SPREAD);
}

enum certplan_age
certplan_age(const struct certplan_cert *cert, int64_t at)
{
	int64_t life = cert->not_after_at - cert->not_before_at;
	int64_t left = cert->not_after_at - at;

	if (cert->not_after_at == 0)
		return CERTPLAN_MISSING;
	if (left < 0)
		return CERTPLAN_EXPIRED;
	if (left < life / LAST)
		return CERTPLAN_URGENT;
	if (left < life / SIXTH)
		return CERTPLAN_SOON;
	return left < life / THIRD ? CERTPLAN_DUE : CERTPLAN_FINE;
}

const char *
certplan_age_name(enum certplan_age age)
{
	static const char *const names[CERTPLAN_AGES] = { "fine", "due", "soon",
		"urgent", "expired", "missing" };

	return names[age];
}

int64_t
certplan_retry(
    struct str name, unsigned failures, int64_t failed_at, int64_t max_s)
{
	int64_t wait = CERTPLAN_RETRY_MIN_S;
	unsigned i;

	for (i = 1; i < failures && i < DOUBLING && wait < max_s; i++)
		wait *= 2;
	if (wait > max_s)
		wait = max_s;
	return failed_at + wait - wait / (2 * JITTER) +
	    spread(name, failures, wait / JITTER);
}

int64_t
certplan_slot(const struct certplan_rate *rate, int64_t now_at, uint64_t n)
{
	uint64_t orders = (uint64_t)rate->orders, index = n % orders, vacant;
	int64_t rounds = (int64_t)(n / orders) * rate->per_s, slot;
	size_t first = 0, used;

	/* Of those that were, the ones that still count; the newest matter. */
	while (first < rate->count && rate->at[first] + rate->per_s <= now_at)
		first++;
	if (rate->count - first > orders)
		first = rate->count - (size_t)orders;
	used = rate->count - first;
	vacant = orders - used;
	/* Each order frees its place again one period later. */
	if (index < vacant)
		return now_at + rounds;
	slot = rate->at[first + (size_t)(index - vacant)] + rate->per_s;
	/* A clock that was set back must not stop everything. */
	if (slot > now_at + rate->per_s)
		slot = now_at + rate->per_s;
	return slot + rounds;
}
