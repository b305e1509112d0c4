/*
 * certify_look.c - can an order succeed?
 *
 * What an authority will look at is looked at first: does the name lead to our
 * addresses, and do CAA records allow the authority (RFC 8659 section 3). An
 * order that must fail would count against everybody's.
 */
#include "task/certify_int.h"

#include "core/caa.h"
#include "io/loop.h"

#include <stdio.h>

static void ask_caa(struct certify *job);

static void conclude(struct certify *job);

/* on_fact - an answer */
static void
on_fact(void *ctx, const struct dnsfact *fact)
{
	struct certify_ask *a = ctx;
	struct certify *job = a->job;
	const char *dot;

	a->ask = NULL;
	dnsfact_free(a->fact);
	a->fact = dnsfact_hold(fact);
	job->pending--;
	/* RFC 8659 section 3: the first name on the way up that has some. */
	if (a == &job->asks[ASK_CAA] && !dnsfact_failed(fact) &&
	    fact->end != DNSFACT_FOUND) {
		dot = strchr(job->caa_name, '.');
		if (dot != NULL) {
			job->caa_name = dot + 1;
			ask_caa(job);
		}
	}
	if (job->pending == 0)
		conclude(job);
}

/* ask - look up; what cannot be asked for is a failed lookup */
static void
ask(struct certify *job, unsigned which, const char *name, enum dnstype type)
{
	struct certify_ask *a = &job->asks[which];

	a->job = job;
	a->ask = dns_start(job->c->conf.dns, name, type, on_fact, a);
	if (a->ask != NULL)
		job->pending++;
}

/* ask_caa - of caa_name */
static void
ask_caa(struct certify *job)
{
	ask(job, ASK_CAA, job->caa_name, DNSTYPE_CAA);
}

void
certify_look(struct certify *job)
{
	job->phase = PHASE_LOOK;
	certify_step(job, CERTIFY_STEP_LOOK, 0);
	job->caa_name = job->host;
	ask(job, ASK_A, job->host, DNSTYPE_A);
	ask(job, ASK_AAAA, job->host, DNSTYPE_AAAA);
	if (job->to.our_host[0] != '\0') {
		ask(job, ASK_OUR_A, job->to.our_host, DNSTYPE_A);
		ask(job, ASK_OUR_AAAA, job->to.our_host, DNSTYPE_AAAA);
	}
	ask_caa(job);
	if (job->pending == 0)
		conclude(job);
}

void
certify_look_cancel(struct certify *job)
{
	for (unsigned i = 0; i < ASKS; i++) {
		dns_cancel(job->asks[i].ask);
		dnsfact_free(job->asks[i].fact);
		job->asks[i] = (struct certify_ask){ .job = job };
	}
}

/* ---- where does the name lead? ---- */

/* away - it is not (known to be) here; what can be proved otherwise may be */
static void
away(struct certify *job, enum certify_cause cause, const char *fix)
{
	job->away = cause;
	snprintf(job->away_fix, sizeof(job->away_fix), "%s", fix);
	job->types[CHALLENGE_HTTP] = job->types[CHALLENGE_ALPN] = false;
}

/* look_where - does the name lead to us? Sets job->away when not */
static void
look_where(struct certify *job)
{
	const struct leadsto_facts facts = { job->asks[ASK_A].fact,
		job->asks[ASK_AAAA].fact, job->asks[ASK_OUR_A].fact,
		job->asks[ASK_OUR_AAAA].fact };
	char text[IPNET_TEXT_LEN], fix[CERTIFY_WHY_MAX];

	switch (leadsto_judge(&job->to, &facts, text)) {
	case LEADSTO_NO_TARGET:
		snprintf(job->away_why, sizeof(job->away_why),
		    "nothing says to which addresses %s should lead",
		    job->host);
		away(job, CERTIFY_CAUSE_NO_TARGET,
		    "Say it: mtasts defaults set host=NAME, or "
		    "addresses=ADDRESS,...");
		break;
	case LEADSTO_NO_ADDRESS:
		snprintf(job->away_why, sizeof(job->away_why),
		    "%s has no address in DNS", job->host);
		snprintf(fix, sizeof(fix),
		    "Publish its record: 'mtasts dns %s' prints it.",
		    job->domain);
		away(job, CERTIFY_CAUSE_NO_ADDRESS, fix);
		break;
	case LEADSTO_ELSEWHERE:
		snprintf(job->away_why, sizeof(job->away_why),
		    "%s has the address %s, which is none of ours", job->host,
		    text);
		snprintf(fix, sizeof(fix),
		    "Correct the DNS record ('mtasts dns %s' prints it), or "
		    "tell mtasts its addresses: the settings host and "
		    "addresses.",
		    job->domain);
		away(job, CERTIFY_CAUSE_ELSEWHERE, fix);
		break;
	default:
		break;
	}
}

/* failed_ask - a lookup that failed and matters, or ASKS */
static unsigned
failed_ask(const struct certify *job, bool caa)
{
	unsigned i;

	for (i = caa ? ASK_CAA : 0; i < (caa ? ASKS : ASK_CAA); i++) {
		bool ours = i == ASK_OUR_A || i == ASK_OUR_AAAA;

		if (ours && job->to.our_host[0] == '\0')
			continue;
		if (job->asks[i].fact == NULL ||
		    dnsfact_failed(job->asks[i].fact))
			return i;
	}
	return ASKS;
}

/* ---- may the authority issue? ---- */

/* Whose name a CAA record must have. */
struct authority {
	const struct conf_acme *acme;
	const struct caa_authority *known;
};

/* means - for core/caa */
static bool
means(const void *ctx, struct str domain)
{
	const struct authority *by = ctx;

	for (size_t i = 0; i < by->acme->caa.count; i++)
		if (str_eq_nocase(domain, str_of(by->acme->caa.v[i])))
			return true;
	return by->acme->caa.count == 0 && by->known != NULL &&
	    caa_is(by->known, domain);
}

/* refuse_caa - end the job if the records forbid; true: it has ended */
static bool
refuse_caa(
    struct certify *job, const struct caa_verdict *v, bool authority_known)
{
	static const struct certify_outcome forbidden = { CERTIFY_REFUSED,
		CERTIFY_CAUSE_CAA,
		"Add a CAA record that names the authority, or set acme.caa to "
		"its name if it has another one." };
	static const struct certify_outcome method = { CERTIFY_REFUSED,
		CERTIFY_CAUSE_CAA,
		"Change validationmethods in the record, or acme.challenges." };
	struct diag_quote q;

	if (v->is_critical) {
		certify_end(job, &forbidden,
		    "a CAA record at %s has the critical tag %s, which no "
		    "authority knows",
		    job->caa_name, diag_quote(&q, v->critical));
	} else if (!v->restricts || v->fits) {
		return false;
	} else if (v->all_forbid) {
		certify_end(job, &forbidden,
		    "the CAA records of %s forbid every authority to issue",
		    job->caa_name);
	} else if (v->method) {
		certify_end(job, &method,
		    "the CAA records of %s allow the authority other types of "
		    "challenge only",
		    job->caa_name);
	} else if (authority_known) {
		certify_end(job, &forbidden,
		    "the CAA records of %s allow %s and not the authority in "
		    "use",
		    job->caa_name, diag_quote(&q, v->other));
	} else {
		/* Whose name it is nobody told us: the authority will say. */
		return false;
	}
	return true;
}

/* look_caa - true when the job has ended */
static bool
look_caa(struct certify *job)
{
	static const struct certify_outcome failed = { CERTIFY_REFUSED,
		CERTIFY_CAUSE_DNS,
		"See what is wrong with the name servers: an authority that "
		"gets no answer must not issue." };
	const struct conf_acme *acme = job->c->acme;
	const struct dnsfact *fact = job->asks[ASK_CAA].fact;
	struct authority by = { acme,
		caa_of_directory(str_of(acme->directory)) };
	struct caa_question q = { .means = means, .ctx = &by };
	const char *methods[CERTIFY_TYPES];
	struct caa_verdict v;

	if (failed_ask(job, true) != ASKS) {
		certify_end(job, &failed,
		    "the lookup of the CAA records of %s failed: %s",
		    job->caa_name, fact != NULL ? fact->why : "no memory");
		return true;
	}
	if (fact->end != DNSFACT_FOUND)
		return false;
	for (unsigned i = 0; i < CERTIFY_TYPES; i++)
		if (job->types[i])
			methods[q.method_count++] =
			    challenge_type_name((enum challenge_type)i);
	q.methods = methods;
	caa_read(fact, &q, &v);
	return refuse_caa(job, &v, acme->caa.count > 0 || by.known != NULL);
}

/* any_type - is there a way left to prove the name? */
static bool
any_type(const struct certify *job)
{
	return job->types[CHALLENGE_HTTP] || job->types[CHALLENGE_ALPN] ||
	    job->types[CHALLENGE_DNS];
}

/* refuse_no_type - nothing can be proved */
static void
refuse_no_type(struct certify *job)
{
	struct certify_outcome outcome = { CERTIFY_REFUSED, job->away,
		job->away_fix };

	if (job->away != CERTIFY_CAUSE_NONE) {
		certify_end(job, &outcome, "%s", job->away_why);
		return;
	}
	outcome.cause = CERTIFY_CAUSE_CHALLENGE;
	outcome.fix = "Add http-01 or tls-alpn-01 to acme.challenges.";
	certify_end(job, &outcome,
	    "no type of challenge that is configured can be used here");
}

/* conclude - all answers have come: refuse, or go on */
static void
conclude(struct certify *job)
{
	static const struct certify_outcome failed = { CERTIFY_REFUSED,
		CERTIFY_CAUSE_DNS,
		"See what is wrong with the name servers; it is tried again." };
	unsigned bad = failed_ask(job, false);
	const struct dnsfact *fact = bad != ASKS ? job->asks[bad].fact : NULL;

	/* By a record one can prove a name that leads nowhere. */
	if (bad != ASKS && !job->types[CHALLENGE_DNS]) {
		certify_end(job, &failed, "the lookup of %s failed: %s",
		    bad < ASK_OUR_A ? job->host : job->to.our_host,
		    fact != NULL ? fact->why : "no memory");
		return;
	}
	if (bad == ASKS)
		look_where(job);
	else
		job->types[CHALLENGE_HTTP] = job->types[CHALLENGE_ALPN] = false;
	if (!any_type(job)) {
		refuse_no_type(job);
		return;
	}
	if (!look_caa(job))
		certify_queue(job);
}
