/*
 * dns_proof.c - does DNSSEC validation work here?
 *
 * Asks for the keys that the trust anchor vouches for: forwarders that strip
 * signatures, a wrong clock and an old anchor file all show there. Until the
 * answer is secure it asks again, and the log says once a minute why; any
 * other secure answer ends it too. Afterwards nothing is asked: what fails
 * then fails lookup by lookup. A DNS that answers nothing at all proves
 * neither: that stays open.
 */
#include "io/dns_int.h"

#define AGAIN_MS 30000
#define SAY_MS	 60000

/* fix_of - what the administrator can do */
static const char *
fix_of(const struct dns *dns)
{
	if (dns->engine == &dns_cares)
		return "let the server in dns.server validate and set AD, or "
		       "set dns.backend to validate";
	return "see that the servers in dns.server hand on DNSSEC records, "
	       "that the clock is right and dns.trust-anchor up to date; or "
	       "leave dns.server empty";
}

/* say - tell the log, once a minute */
static void
say(struct dns *dns, const char *why)
{
	struct dns_proof *proof = &dns->proof;
	int64_t now_ms = loop_now_ms();
	struct log_line line;

	/* The timer is not exact. */
	if (proof->said_ms != 0 && now_ms - proof->said_ms < SAY_MS - 1000)
		return;
	proof->said_ms = now_ms;
	log_begin(&line, dns->log, LOG_LEVEL_ERROR, "dns-validation-fails");
	log_cstr(&line, "backend", dns->engine->name);
	log_cstr(&line, "name", *proof->name != '\0' ? proof->name : ".");
	log_cstr(&line, "reason", why);
	log_cstr(&line, "fix", fix_of(dns));
	log_end(&line);
}

/* on_keys - what came of asking for the keys */
static void
on_keys(void *ctx, const struct dnsfact *fact)
{
	struct dns *dns = ctx;

	dns->proof.ask = NULL;
	dns->proof.tried = true;
	/* A secure answer was seen before it came here. */
	if (dns->proof.state == DNS_VALIDATION_WORKS)
		return;
	/* While DNS is dead nothing is known, and nobody goes without DANE. */
	if (dns->proof.heard)
		dns->proof.state = DNS_VALIDATION_FAILS;
	if (dnsfact_failed(fact))
		say(dns, fact->why);
	else
		say(dns, "the answer came without proof");
}

/* ask_keys - ask, unless there is no need or it is asked already */
static void
ask_keys(void *ctx)
{
	struct dns *dns = ctx;

	if (dns->proof.ask == NULL && dns->proof.state != DNS_VALIDATION_WORKS)
		dns->proof.ask = dns_start(
		    dns, dns->proof.name, DNSTYPE_DNSKEY, on_keys, dns);
}

void
dns_proof_seen(struct dns *dns, const struct dnsfact *fact)
{
	struct dns_proof *proof = &dns->proof;

	/* Bogus: there was an answer, and somebody had a look at it. */
	if (!dnsfact_failed(fact) || fact->end == DNSFACT_BOGUS)
		proof->heard = true;
	if (!fact->secure || proof->state == DNS_VALIDATION_WORKS)
		return;
	if (proof->said_ms != 0)
		log_event(dns->log, LOG_LEVEL_INFO, "dns-validation-works",
		    "backend", dns->engine->name);
	proof->state = DNS_VALIDATION_WORKS;
	metric_set(proof->works, 1);
	loop_timer_cancel(proof->timer);
}

enum mtasts_err
dns_proof_open(struct dns *dns, struct metrics *metrics)
{
	struct dns_proof *proof = &dns->proof;

	proof->works =
	    metrics_add(metrics, METRIC_GAUGE, "mtasts_dns_validation_ok",
		"1 when DNSSEC validation has been seen to work.", "");
	metric_set(proof->works, 0);
	proof->timer = loop_timer(dns->loop, ask_keys, dns);
	if (proof->timer == NULL)
		return MTASTS_ENOMEM;
	ask_keys(dns);
	if (proof->ask == NULL)
		return MTASTS_ENOMEM;
	loop_timer_every(proof->timer, AGAIN_MS);
	return MTASTS_OK;
}

void
dns_proof_close(struct dns *dns)
{
	dns_cancel(dns->proof.ask);
	loop_watch_close(dns->proof.timer);
}

enum dns_validation
dns_validation(const struct dns *dns)
{
	return dns->proof.state;
}

bool
dns_validation_tried(const struct dns *dns)
{
	return dns->proof.tried || dns->proof.state != DNS_VALIDATION_OPEN;
}
