/*
 * certplan - when a certificate is to be ordered
 *
 * Renewal at a third of the lifetime left, spread by name; failures back off
 * for each name; a number of orders in a sliding time for all. Times are
 * seconds UTC. Pure: no clock, no randomness but what follows from the name.
 */
#ifndef MTASTS_CORE_CERTPLAN_H
#define MTASTS_CORE_CERTPLAN_H

#include "base/str.h"

#define CERTPLAN_RETRY_MIN_S 300 /* after the first failure */
#define CERTPLAN_RETRY_MAX_S 86400 /* however many there were */
#define CERTPLAN_LOOK_MAX_S  3600 /* after a look that no order followed */

/* The validity of a certificate; not_after_at 0: there is none. */
struct certplan_cert {
	int64_t not_before_at;
	int64_t not_after_at;
};

/*
 * certplan_due - from when on the certificate of a name is to be renewed
 *
 * When a third of its lifetime is left, or up to a thirtieth earlier. 0 when
 * there is none.
 */
int64_t certplan_due(const struct certplan_cert *cert, struct str name);

/* How much time is left. */
enum certplan_age {
	CERTPLAN_FINE = 0,
	CERTPLAN_DUE, /* it should have been renewed: less than a third */
	CERTPLAN_SOON, /* less than a sixth: someone should look */
	CERTPLAN_URGENT, /* less than a fifteenth */
	CERTPLAN_EXPIRED,
	CERTPLAN_MISSING,
	CERTPLAN_AGES
};

/* certplan_age - how old it is */
enum certplan_age certplan_age(const struct certplan_cert *cert, int64_t at);

/* certplan_age_name - "fine", "due", "soon", "urgent", "expired", "missing" */
const char *certplan_age_name(enum certplan_age age);

/*
 * certplan_retry - when to try again after so many failures in a row
 *
 * 5 minutes, doubled each time up to max_s, a tenth less or more by name.
 * failures is at least 1.
 */
int64_t certplan_retry(
    struct str name, unsigned failures, int64_t failed_at, int64_t max_s);

/* What holds for the orders of all names together. */
struct certplan_rate {
	int64_t orders; /* at most so many, at least 1 */
	int64_t per_s; /* in so long a time */
	const int64_t *at; /* when there was one, ascending */
	size_t count;
};

/*
 * certplan_slot - when the n-th order from now on may begin
 *
 * n is 0 for the next one. Orders are assumed to take no time. Not before now.
 */
int64_t certplan_slot(
    const struct certplan_rate *rate, int64_t now_at, uint64_t n);

#endif
