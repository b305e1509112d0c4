/*
 * publish_body.c - is the policy live, as strangers fetch it?
 *
 * RFC 8461 sections 3.3 and 8.1: the body before the id. Every address that
 * the public resolver gives for the policy host is asked, and what it serves
 * compared byte for byte with what the registry has. A host takes over within
 * a second, so that it is asked again for some time before it is judged.
 */
#include "task/publish_int.h"

#include "core/ipspecial.h"
#include "io/loop.h"

#include <errno.h>
#include <stdio.h>

#define TAKE_OVER_MS 5000
#define AGAIN_MS     300

static void look(struct publish *job);

void
publish_body_cancel(struct publish *job)
{
	for (size_t i = 0; i < job->look_count; i++) {
		fetch_cancel(job->looks[i].fetch);
		job->looks[i].fetch = NULL;
	}
	job->look_count = job->looking = 0;
}

/* ---- one address ---- */

/* say - why it is not what it should be */
static void say(struct publish_look *l, enum publish_seen seen, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));

static void
say(struct publish_look *l, enum publish_seen seen, const char *fmt, ...)
{
	va_list ap;

	l->seen = seen;
	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
}

/* Which policy of the past a body is. */
struct known {
	struct str body;
	char id[40];
};

/* on_policy - is it this one? The latest counts */
static bool
on_policy(void *arg, const struct registry_policy *p)
{
	struct known *k = arg;

	if (str_eq(p->body, k->body))
		snprintf(k->id, sizeof(k->id), "%" STR_FMT, STR_ARG(p->id));
	return true;
}

/* say_other - a policy, but not the one: which? */
static void
say_other(struct publish_look *l, struct str body)
{
	const struct publish *job = l->job;
	struct known k = { body, "" };
	enum mtasts_err err = registry_each_policy(
	    job->p->conf.registry, str_of(job->domain), on_policy, &k);

	if (err == MTASTS_OK && k.id[0] != '\0')
		say(l, PUBLISH_SEEN_OTHER,
		    "it still serves the policy that had the id %s", k.id);
	else
		say(l, PUBLISH_SEEN_OTHER,
		    "it serves another text than the registry has");
}

/* is_tls - did the fetch end for want of a good certificate? */
static bool
is_tls(enum fetchfact_end end)
{
	return end == FETCHFACT_TLS || end == FETCHFACT_CERT_EXPIRED ||
	    end == FETCHFACT_CERT_NAME || end == FETCHFACT_CERT_UNTRUSTED;
}

/* say_tls - a certificate that senders refuse */
static void
say_tls(struct publish_look *l, const struct tlsfact *tls)
{
	if (tls->trust != TLSFACT_TRUSTED)
		say(l, PUBLISH_SEEN_TLS, "senders refuse its certificate: %s",
		    tls->why[0] != '\0' ? tls->why
					: tlsfact_trust_name(tls->trust));
	else
		say(l, PUBLISH_SEEN_TLS, "its certificate is not for %s",
		    l->job->host);
}

/* note_certificate - until when it is good at all addresses */
static void
note_certificate(struct publish *job, const struct tlsfact *tls)
{
	int64_t *until_at = &job->row.cert_until_at;

	if (tls == NULL || tls->count == 0)
		return;
	if (*until_at == 0 || tls->cert[0].not_after_at < *until_at)
		*until_at = tls->cert[0].not_after_at;
}

/* judge - what an address showed */
static void
judge(struct publish_look *l, const struct fetchfact *fact)
{
	if (fact->end == FETCHFACT_OURS) {
		say(l, PUBLISH_SEEN_NOTHING, "%s", fact->why);
	} else if (fact->end == FETCHFACT_CONNECT ||
	    fact->end == FETCHFACT_PROXY ||
	    (fact->end == FETCHFACT_TIMEOUT && !fact->connected)) {
		/* Refused is an answer: it is not our way there. */
		say(l,
		    strstr(fact->why, strerror(ECONNREFUSED)) != NULL
			? PUBLISH_SEEN_BAD
			: PUBLISH_SEEN_NOTHING,
		    "%s", fact->why);
	} else if (is_tls(fact->end)) {
		say(l, PUBLISH_SEEN_TLS, "%s", fact->why);
	} else if (fact->tls != NULL && !tlsfact_valid(fact->tls)) {
		say_tls(l, fact->tls);
	} else if (fact->end != FETCHFACT_OK) {
		say(l, PUBLISH_SEEN_BAD, "%s", fact->why);
	} else if (!str_eq(fact->body, l->job->facts.body)) {
		say_other(l, fact->body);
	} else {
		say(l, PUBLISH_SEEN_SAME, "%s", "");
	}
}

/* ---- all of them ---- */

/* worst - the look that stands for all; null: the policy is live */
static const struct publish_look *
worst(const struct publish *job)
{
	const struct publish_look *bad = NULL, *silent = NULL;
	bool same = false;

	for (size_t i = 0; i < job->look_count; i++) {
		const struct publish_look *l = &job->looks[i];

		if (l->seen == PUBLISH_SEEN_SAME)
			same = true;
		else if (l->seen == PUBLISH_SEEN_NOTHING)
			silent = silent != NULL ? silent : l;
		else if (bad == NULL || l->seen == PUBLISH_SEEN_OTHER)
			bad = l;
	}
	if (bad != NULL)
		return bad;
	/* One family that we cannot reach is no fault of theirs. */
	return same ? NULL : silent;
}

/* at - " at 192.0.2.1", unless nobody knows where */
static const char *
at(const struct publish_look *l, char out[IPNET_TEXT_LEN + 8])
{
	snprintf(out, IPNET_TEXT_LEN + 8, "%s%s",
	    l->address[0] != '\0' ? " at " : "", l->address);
	return out;
}

/* end_certificate - there is none that is good, and we know why */
static void
end_certificate(struct publish *job)
{
	struct publish_outcome outcome = { .end = PUBLISH_PROBLEM,
		.fix = job->cert_note.fix,
		.next_at = job->cert_next_at };

	job->step = PUBLISH_CERTIFICATE;
	if (job->cert_end == CERTIFY_LATER)
		outcome.end = PUBLISH_LATER;
	else
		outcome.next_at = 0;
	publish_end(job, &outcome, "%s", job->cert_note.why);
}

/* end_looks - the policy is not live */
static void
end_looks(struct publish *job, const struct publish_look *l)
{
	static const struct publish_outcome outcomes[] = {
		[PUBLISH_SEEN_NOTHING] = { .end = PUBLISH_PROBLEM,
		    .fix = "See that mtasts-host runs there, and that its "
			   "port is open to the world.",
		    .unknown = true },
		[PUBLISH_SEEN_TLS] = { .end = PUBLISH_PROBLEM,
		    .fix = "Get a certificate for it: acme.enabled, or "
			   "'mtasts cert import'; 'mtasts cert list' "
			   "shows what there is." },
		[PUBLISH_SEEN_OTHER] = { .end = PUBLISH_PROBLEM,
		    .fix = "See whether an old process runs there, one "
			   "with another registry, or a cache in front "
			   "of it." },
		[PUBLISH_SEEN_BAD] = { .end = PUBLISH_PROBLEM,
		    .fix = "See that mtasts-host runs there and serves "
			   "the domain, and what stands in front of it." },
	};
	char where[IPNET_TEXT_LEN + 8];

	publish_end(job, &outcomes[l->seen], "%s%s: %s", job->host,
	    at(l, where), l->why);
}

/* all_seen - judge, ask again, or go on */
static void
all_seen(struct publish *job)
{
	const struct publish_look *l = worst(job);
	bool refused = job->cert_note.why[0] != '\0';

	/* What was to be there may have changed meanwhile. */
	if (publish_moved(job))
		return;
	if (l == NULL)
		publish_begin_step(job, PUBLISH_ID);
	else if (l->seen == PUBLISH_SEEN_TLS && refused)
		end_certificate(job);
	else if (l->seen != PUBLISH_SEEN_NOTHING &&
	    loop_now_ms() < job->until_ms)
		publish_wait(job, AGAIN_MS, look);
	else
		end_looks(job, l);
}

/* on_fetched - one answer */
static void
on_fetched(void *ctx, const struct fetchfact *fact)
{
	struct publish_look *l = ctx;
	struct publish *job = l->job;

	l->fetch = NULL;
	if (l->address[0] == '\0')
		snprintf(
		    l->address, sizeof(l->address), "%.40s", fact->address);
	judge(l, fact);
	note_certificate(job, fact->tls);
	if (--job->looking == 0)
		all_seen(job);
}

/* fetch_one - begin one; what cannot be begun says nothing */
static void
fetch_one(struct publish *job, struct publish_look *l)
{
	const struct publisher_conf *c = &job->p->conf;
	const struct fetch_at where = { .host = job->host,
		.addr = l->addr,
		.port = c->https_port != 0 ? c->https_port
					   : (unsigned)c->conf->fetch.port };

	l->fetch = l->address[0] != '\0'
	    ? fetch_start_at(c->fetcher, &where, on_fetched, l)
	    : fetch_start(c->fetcher, job->host, on_fetched, l);
	if (l->fetch != NULL)
		job->looking++;
	else
		say(l, PUBLISH_SEEN_NOTHING, "memory is short");
}

/* look - fetch from all addresses, with what is served now in mind */
static void
look(struct publish *job)
{
	const struct ipspecial_allowed *allowed =
	    fetcher_allowed(job->p->conf.fetcher);

	job->row.cert_until_at = 0;
	for (size_t i = 0; i < job->look_count; i++) {
		struct publish_look *l = &job->looks[i];
		const char *special = l->address[0] != '\0'
		    ? ipspecial_refused(&l->addr, allowed)
		    : NULL;

		if (special == NULL)
			fetch_one(job, l);
		else
			say(l, PUBLISH_SEEN_BAD,
			    "strangers cannot reach such an address (%s)",
			    special);
	}
	if (job->looking == 0)
		publish_wait(job, 0, all_seen);
}

/* add_addresses - those of one answer */
static void
add_addresses(struct publish *job, const struct dnsfact *fact)
{
	if (fact == NULL || fact->end != DNSFACT_FOUND)
		return;
	for (size_t i = 0;
	     i < fact->count && job->look_count < PUBLISH_ADDRESSES; i++) {
		struct publish_look *l = &job->looks[job->look_count++];

		*l = (struct publish_look){ .job = job,
			.addr = leadsto_address(fact, i) };
		ipnet_addr_text(&l->addr, l->address);
	}
}

/* end_no_address - the record is there, but not for those who resolve */
static void
end_no_address(struct publish *job)
{
	static const struct publish_outcome failed = { .end = PUBLISH_PROBLEM,
		.fix = "See what is wrong with the name servers; it is tried "
		       "again.",
		.unknown = true };
	struct publish_outcome later = { .end = PUBLISH_LATER,
		.next_at = loop_time_s() + 60 };
	const char *name = job->host;
	const struct dnsfact *fact = publish_failed_ask(job, &name);

	if (fact != NULL)
		publish_end(job, &failed, "the lookup of %s failed: %s", name,
		    fact->why[0] != '\0' ? fact->why
					 : dnsfact_end_name(fact->end));
	else
		publish_end(job, &later,
		    "the record of %s is at its servers, but the resolver in "
		    "use still remembers that there was none",
		    job->host);
}

/* on_addresses - where strangers go */
static void
on_addresses(struct publish *job)
{
	publish_body_cancel(job);
	add_addresses(job, job->asks[PUBLISH_ASK_A].fact);
	add_addresses(job, job->asks[PUBLISH_ASK_AAAA].fact);
	if (job->look_count == 0)
		end_no_address(job);
	else
		look(job);
}

void
publish_body(struct publish *job)
{
	int64_t ms = job->p->conf.take_over_ms;

	job->until_ms = loop_now_ms() + (ms > 0 ? ms : TAKE_OVER_MS);
	/* By a proxy it is the proxy that resolves. */
	if (job->p->conf.conf->fetch.proxy[0] != '\0') {
		publish_body_cancel(job);
		job->looks[0] = (struct publish_look){ .job = job };
		job->look_count = 1;
		look(job);
		return;
	}
	publish_ask_all(
	    job, 1u << PUBLISH_ASK_A | 1u << PUBLISH_ASK_AAAA, on_addresses);
}
