/*
 * judge_own_ready.c - O03, O06: may it be enforced, and will it last?
 *
 * O03 asks core/safe what stands against mode enforce, of a policy in testing.
 * O06 looks at how old the certificates are: who renews by a program does so
 * when a third of the lifetime is left, so one that is much older tells that
 * the program does not run, weeks before anything fails.
 *
 * RFC 8461 sections 5 and 8.4.
 */
#include "core/judge_own.h"

#include "base/timefmt.h"
#include "core/safe.h"

#define DAY_S	INT64_C(86400)
#define AUTO_S	(100 * DAY_S) /* nobody renews by hand so often */
#define LATE(l) ((l)*3 / 10) /* a third, and some days of grace */

/* --- O03 --- */

/* tell_ready - the verdict, with its first reason */
static void
tell_ready(struct audit *a, enum safe_verdict verdict,
    const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f = mtasts_diags_get(diags, 0);
	size_t more = mtasts_diags_count(diags);
	struct judge_at at = { .fix = f != NULL ? f->fix : NULL };

	if (verdict == SAFE_YES || f == NULL) {
		audit_seen(a, "O03",
		    "every MX host fits the policy and passes: it may be "
		    "enforced");
		return;
	}
	if (verdict == SAFE_UNKNOWN) {
		audit_unknown(a, "O03",
		    "Whether it may be enforced could not be found out: %s.",
		    f->message);
		return;
	}
	if (more > 1)
		judge_find(a, own_rule(OWN_NOT_READY), at,
		    "It may not be enforced yet: %s (and %zu more).",
		    f->message, more - 1);
	else
		judge_find(a, own_rule(OWN_NOT_READY), at,
		    "It may not be enforced yet: %s.", f->message);
}

void
judge_own_ready(const struct seen *s, struct audit *a)
{
	struct mtasts_diags *diags;
	struct safe_want want = { .domain = s->domain };
	struct safe_looks looks;
	const struct audit *self = a;

	if (s->policy == NULL || s->rec_verdict != MTASTS_VERDICT_VALID ||
	    s->policy->mode != MTASTS_MODE_TESTING) {
		audit_skip(a, "O03", "There is no policy in mode testing.");
		return;
	}
	if (s->no_smtp) {
		audit_skip(a, "O03", "No mail server was connected to.");
		return;
	}
	diags = mtasts_diags_new();
	if (diags == NULL) {
		a->short_of_memory = true;
		return;
	}
	want.mx.v = (const char *const *)s->policy->mx;
	want.mx.count = s->policy->mx_count;
	looks = (struct safe_looks){ &self, 1 };
	tell_ready(a, safe_enforce(&want, &looks, diags), diags);
	mtasts_diags_free(diags);
}

/* --- O06 --- */

/* The certificates of a domain, counted. */
struct renewals {
	size_t seen, late;
};

/* check_cert - one that was shown by a host */
static void
check_cert(const struct seen *s, struct audit *a, const char *host,
    const struct tlsfact *tls, struct renewals *r)
{
	struct judge_at at = { .who = host };
	struct timefmt left, life;
	int64_t life_s, left_s;

	if (tls == NULL || tls->count == 0)
		return;
	r->seen++;
	life_s = tls->cert[0].not_after_at - tls->cert[0].not_before_at;
	left_s = tls->cert[0].not_after_at - s->at;
	/* One that is over, or not valid yet, is told elsewhere. */
	if (left_s <= 0 || left_s > life_s || life_s > AUTO_S ||
	    left_s >= LATE(life_s))
		return;
	r->late++;
	judge_find(a, own_rule(OWN_RENEWAL_LATE), at,
	    "The certificate of %s has %s left of its %s and was not renewed: "
	    "programs do that when a third is left.",
	    host, timefmt_ago(&left, left_s), timefmt_ago(&life, life_s));
}

/* host_tls - what the policy host showed, at its first address that did */
static const struct tlsfact *
host_tls(const struct seen *s)
{
	for (size_t i = 0; i < s->addr_count; i++)
		if (s->addr[i].got != NULL && s->addr[i].got->tls != NULL)
			return s->addr[i].got->tls;
	return NULL;
}

/* mx_tls - the same of an MX host */
static const struct tlsfact *
mx_tls(const struct seen_mx *mx)
{
	for (size_t i = 0; i < mx->addr_count; i++)
		if (mx->addr[i].probe != NULL && mx->addr[i].probe->tls != NULL)
			return mx->addr[i].probe->tls;
	return NULL;
}

void
judge_own_renewal(const struct seen *s, struct audit *a)
{
	struct renewals r = { 0, 0 };

	check_cert(s, a, s->policy_host, host_tls(s), &r);
	for (size_t i = 0; i < s->mx_count; i++)
		check_cert(s, a, s->mxs[i].name, mx_tls(&s->mxs[i]), &r);
	if (r.seen == 0)
		audit_skip(a, "O06", "No certificate was seen.");
	else
		audit_seen(a, "O06",
		    "%zu of %zu certificates are renewed in "
		    "time",
		    r.seen - r.late, r.seen);
}
