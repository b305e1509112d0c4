/*
 * safe.c - may a policy be enforced, by what was seen of the domain?
 *
 * Stricter than senders: they need one host that passes, we want all of them
 * to, since a backup that fails shows only when the first is down (RFC 8461
 * section 8.4). Knows neither the registry nor who asks.
 */
#include "core/safe.h"

#include "base/buf.h"
#include "mtasts/match.h"

#include <stdio.h>

/* clang-format off */
const struct diag_rule safe_rules[SAFE_RULES + 1] = {
[SAFE_UNMATCHED] = { "O03", "safe-mx-unmatched", MTASTS_ERROR, true,
	"RFC 8461 section 4.1",
	"Add it to the policy (\"mtasts domain set DOMAIN mx=...\", all names "
	"in one list), or remove its MX record." },
[SAFE_NO_TLS] = { "O03", "safe-mx-tls", MTASTS_ERROR, true,
	"RFC 8461 section 4.2",
	"Switch STARTTLS on at that host, with a certificate for its name; "
	"\"mtasts check DOMAIN --only S\" shows what it says." },
[SAFE_CERT] = { "O03", "safe-mx-certificate", MTASTS_ERROR, true,
	"RFC 8461 section 4.2",
	"Give that host a valid certificate for its own name; \"mtasts check "
	"DOMAIN --only S\" shows the one it has." },
[SAFE_NO_ADDRESS] = { "O03", "safe-mx-address", MTASTS_ERROR, true,
	"RFC 5321 section 5.1",
	"Remove its MX record, or give the host an address." },
[SAFE_MX_OPEN] = { "O03", "safe-mx-unseen", MTASTS_ERROR, true,
	"RFC 8461 section 8.4",
	"Try again when it answers; a host that is gone should not be in the "
	"MX records. If you know that it is fine, say --force." },
[SAFE_BLOCKED] = { "O03", "safe-port-blocked", MTASTS_ERROR, true,
	"RFC 8461 section 8.4",
	"Run this where mail can be sent from, or have port 25 opened to the "
	"outside; many hosters block it. Or check by hand and say --force." },
[SAFE_MX_UNKNOWN] = { "O03", "safe-mx-unknown", MTASTS_ERROR, true,
	"RFC 8461 section 4.1",
	"Try again when DNS answers; \"mtasts check DOMAIN --only M\" tells "
	"more." },
[SAFE_MX_MORE] = { "O03", "safe-mx-many", MTASTS_ERROR, true,
	"RFC 8461 section 8.4",
	"Check the others by hand; if all are fine, say --force." },
[SAFE_NO_MAIL] = { "O03", "safe-no-mail", MTASTS_ERROR, true, "RFC 7505",
	"There is nothing to be protected: leave the mode as it is, or remove "
	"the null MX record if the domain shall get mail." },
[SAFE_HOST] = { "O03", "safe-host", MTASTS_ERROR, true,
	"RFC 8461 section 3.3",
	"Get a certificate for the policy host (\"mtasts cert issue "
	"DOMAIN\") and let its name lead to the machine that serves "
	"policies." },
[SAFE_HOST_OPEN] = { "O03", "safe-host-unseen", MTASTS_ERROR, true,
	"RFC 8461 section 3.3",
	"See whether mtasts-host runs and its port can be reached from "
	"outside (\"mtasts check DOMAIN --only P\"), and try again." },
[SAFE_NEEDED] = { "O03", "safe-mx-needed", MTASTS_ERROR, true,
	"RFC 8461 section 8.1",
	"Remove the MX record first, wait until its TTL is over, then drop "
	"the name from the policy." },
[SAFE_UNLOOKED] = { "O03", "safe-unlooked", MTASTS_ERROR, true, "",
	"Try again." },
};
/* clang-format on */

/* A judgement under way. */
struct judging {
	const struct safe_want *want;
	struct mtasts_diags *diags;
	enum safe_verdict verdict;
};

/* against - one reason; what is not known weighs less than what is wrong */
static void against(struct judging *j, const char *who, enum safe_rule rule,
    enum safe_verdict verdict, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void
against(struct judging *j, const char *who, enum safe_rule rule,
    enum safe_verdict verdict, const char *fmt, ...)
{
	struct diag_place at = { .file = who };
	struct buf b;
	va_list ap;

	buf_init(&b, 4096);
	va_start(ap, fmt);
	buf_vputf(&b, fmt, ap);
	va_end(ap);
	diag_add(j->diags, &safe_rules[rule], at, "%s", b.len > 0 ? b.p : "");
	buf_free(&b);
	if (verdict > j->verdict)
		j->verdict = verdict;
}

const struct audit *
safe_find(const struct safe_looks *looks, const char *domain)
{
	for (size_t i = 0; i < looks->count; i++)
		if (strcmp(looks->v[i]->domain, domain) == 0)
			return looks->v[i];
	return NULL;
}

/* fits - does a host fit one of the list? */
static bool
fits(const struct settings_list *mx, const char *host)
{
	for (size_t i = 0; i < mx->count; i++)
		if (mtasts_match(host, mx->v[i]))
			return true;
	return false;
}

/* judge_mx - one host that gets mail */
static void
judge_mx(struct judging *j, const struct audit *a, const struct live_mx *mx)
{
	if (!fits(&j->want->mx, mx->name))
		against(j, a->domain, SAFE_UNMATCHED, SAFE_NO,
		    "the MX host %s fits no mx of the policy", mx->name);
	if (mx->state == LIVE_WORKS || mx->fault == LIVE_BLOCKED)
		return;
	if (mx->state == LIVE_OPEN)
		against(j, a->domain, SAFE_MX_OPEN, SAFE_UNKNOWN,
		    "the MX host %s could not be checked: %s", mx->name,
		    mx->why);
	else if (mx->fault == LIVE_NO_ADDRESS)
		against(j, a->domain, SAFE_NO_ADDRESS, SAFE_NO,
		    "the MX host %s", mx->why);
	else
		against(j, a->domain,
		    mx->fault == LIVE_NO_TLS ? SAFE_NO_TLS : SAFE_CERT, SAFE_NO,
		    "the MX host %s fails: %s", mx->name, mx->why);
}

/* known - does the domain get mail, and are its hosts known? Else says so */
static bool
known(struct judging *j, const struct audit *a)
{
	const struct live *l = &a->live;

	if (!l->known)
		against(j, a->domain, SAFE_MX_UNKNOWN, SAFE_UNKNOWN,
		    "the MX records could not be looked up: %s", l->mx_why);
	return l->known;
}

/* judge_mail - all MX hosts of one domain */
static void
judge_mail(struct judging *j, const struct audit *a)
{
	const struct live *l = &a->live;
	size_t blocked = 0;

	if (!known(j, a))
		return;
	/* A null MX beside an alias's target does no harm. */
	if ((l->null_mx || l->mx_count == 0) && !j->want->joins &&
	    strcmp(a->domain, j->want->domain) == 0)
		against(j, a->domain, SAFE_NO_MAIL,
		    j->want->mail_only ? SAFE_UNKNOWN : SAFE_NO,
		    "the domain takes no mail");
	for (size_t i = 0; i < l->mx_count; i++) {
		judge_mx(j, a, &l->mx[i]);
		blocked += l->mx[i].fault == LIVE_BLOCKED;
	}
	if (blocked > 0)
		against(j, a->domain, SAFE_BLOCKED, SAFE_UNKNOWN,
		    "none of the mail servers answers: port 25 is blocked from "
		    "here, or all of them are down");
	if (l->mx_more > 0)
		against(j, a->domain, SAFE_MX_MORE, SAFE_UNKNOWN,
		    "%zu more MX hosts were not looked at", l->mx_more);
}

/* judge_host - the policy host: nobody enforces what cannot be fetched */
static void
judge_host(struct judging *j, const struct audit *a)
{
	if (a->live.host == LIVE_FAILS)
		against(j, a->domain, SAFE_HOST, SAFE_NO,
		    "the policy host mta-sts.%s has no valid certificate: %s",
		    a->domain, a->live.host_why);
	else if (a->live.host == LIVE_OPEN)
		against(j, a->domain, SAFE_HOST_OPEN, SAFE_UNKNOWN,
		    "the policy host mta-sts.%s could not be checked: %s",
		    a->domain, a->live.host_why);
}

/* has_domain - the domain itself must be among what was looked at */
static void
has_domain(struct judging *j, const struct safe_looks *looks)
{
	if (safe_find(looks, j->want->domain) == NULL)
		against(j, j->want->domain, SAFE_UNLOOKED, SAFE_UNKNOWN,
		    "the domain could not be looked at");
}

enum safe_verdict
safe_enforce(const struct safe_want *want, const struct safe_looks *looks,
    struct mtasts_diags *diags)
{
	struct judging j = { want, diags, SAFE_YES };

	has_domain(&j, looks);
	for (size_t i = 0; i < looks->count; i++) {
		const struct audit *a = looks->v[i];

		judge_mail(&j, a);
		/* An alias that is not in DNS yet is nobody's policy. */
		if (!want->joins && !want->mail_only &&
		    strcmp(a->domain, want->domain) == 0)
			judge_host(&j, a);
	}
	return j.verdict;
}

enum safe_verdict
safe_drop(const struct safe_want *want, const struct safe_looks *looks,
    struct mtasts_diags *diags)
{
	struct judging j = { want, diags, SAFE_YES };

	has_domain(&j, looks);
	for (size_t i = 0; i < looks->count; i++) {
		const struct live *l = &looks->v[i]->live;

		if (!known(&j, looks->v[i]))
			continue;
		for (size_t k = 0; k < l->mx_count; k++)
			if (fits(&want->dropped, l->mx[k].name) &&
			    !fits(&want->mx, l->mx[k].name))
				against(&j, looks->v[i]->domain, SAFE_NEEDED,
				    SAFE_NO,
				    "the MX host %s needs what is dropped from "
				    "the policy",
				    l->mx[k].name);
		if (l->mx_more > 0)
			against(&j, looks->v[i]->domain, SAFE_MX_MORE,
			    SAFE_UNKNOWN,
			    "%zu more MX hosts were not looked at", l->mx_more);
	}
	return j.verdict;
}

bool
safe_plain(const struct live *l, const struct settings_list *mx)
{
	for (size_t i = 0; i < l->mx_count; i++) {
		if (l->mx[i].fault == LIVE_EXPIRED)
			return true;
		if (l->mx_same && !fits(mx, l->mx[i].name))
			return true;
	}
	return false;
}
