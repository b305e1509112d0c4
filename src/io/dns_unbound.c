/*
 * dns_unbound.c - the engine that validates: libunbound on our loop
 *
 * A context takes no change after its first question, so each dns_open() makes
 * its own. libunbound may call back before ub_resolve_event() returns, keeps
 * cancelled questions until they end, and hands over a buffer without a
 * message when it gives up: hence dns_query, and no look at the packet unless
 * the code says so. Its memory does not come from base/arena, and where it
 * logs, if it does, is one setting of the whole process.
 *
 * Known limit: when the anchor's keys do not come but other answers do, the
 * library remembers that for about a minute, and so long everything is bogus.
 */
#include "io/dns_int.h"

#include <assert.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unbound.h>
#include <unbound-event.h>

/* What it says of a lookup. */
enum { SEC_INSECURE = 0, SEC_BOGUS, SEC_SECURE };

#define HEAD_LEN 12 /* bytes of the shortest message */

/* One option of unbound.conf. */
struct option {
	const char *name;
	const char *value;
};

/* The library's own values are for one question at a time. */
static const struct option options[] = {
	{ "msg-cache-size:", "16m" },
	{ "rrset-cache-size:", "32m" },
	{ "key-cache-size:", "8m" },
	{ "neg-cache-size:", "4m" },
	{ "outgoing-num-tcp:", "32" },
	{ "edns-buffer-size:", "1232" },
	{ "rrset-roundrobin:", "no" },
	{ "infra-keep-probing:", "yes" },
};

/*
 * Zones that it answers by itself although nobody said so: a laboratory may
 * have them (RFC 6761 leaves test. to it). Names below onion. stay here.
 */
static const char *const built_in[] = { "test.", "localhost.", "invalid.",
	"home.arpa." };

/* on_unbound - a question has ended; libunbound's type of callback */
static void
on_unbound(void *ctx, int rcode, void *packet, int packet_len, int sec,
    char *why_bogus, int was_ratelimited)
{
	struct dns_query *query = ctx;

	/* Bogus comes as a success; with a code it means something else. */
	if (sec == SEC_BOGUS && (rcode == 0 || why_bogus != NULL))
		dns_fail(query, DNSFACT_BOGUS,
		    why_bogus != NULL ? why_bogus : "validation failed");
	else if (rcode != 0 || packet == NULL || packet_len < HEAD_LEN)
		dns_fail(
		    query, DNSFACT_SERVFAIL, "no server gave a usable answer");
	else
		dns_answer(query, str_make(packet, (size_t)packet_len),
		    sec == SEC_SECURE);
}

/* start - ask */
static void
start(struct dns_query *query, const char *name, enum dnstype type)
{
	int rc;

	rc = ub_resolve_event(
	    query->dns->state, name, (int)type, 1, query, on_unbound, NULL);
	/* When it fails there is no callback; else query may be gone now. */
	if (rc == UB_SYNTAX)
		dns_fail(query, DNSFACT_MALFORMED,
		    "this is no name that DNS can hold");
	else if (rc != 0)
		dns_fail(query, DNSFACT_SERVFAIL, ub_strerror(rc));
}

/*
 * tune - one option; what this libunbound does not know is not vital
 *
 * But whoever builds against it should see that.
 */
static void
tune(struct ub_ctx *ctx, const char *name, const char *value)
{
	int rc = ub_ctx_set_option(ctx, name, value);

	assert(rc == 0 || rc == UB_NOMEM);
	(void)rc;
}

/* tune_number - an option that is a number */
static void
tune_number(struct ub_ctx *ctx, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	tune(ctx, name, text);
}

/* ports - descriptors for questions: a quarter of what the process may have */
static int64_t
ports(void)
{
	struct rlimit limit;
	int64_t n = 1024;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur / 4 < 1024)
		n = (int64_t)limit.rlim_cur / 4;
	return n > 16 ? n : 16;
}

/* set_options - the constant ones and those that depend */
static void
set_options(struct ub_ctx *ctx, const struct dns *dns)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		tune(ctx, options[i].name, options[i].value);
	tune_number(ctx, "outgoing-range:", ports());
	tune_number(ctx, "num-queries-per-thread:", dns->max_asks);
}

/*
 * set_patience - when a server counts as dead, and for how long
 *
 * Each try waits twice as long as the one before; a server is given up when a
 * try would wait for infra-cache-max-rtt, and left alone for infra-host-ttl. A
 * forwarder may be all there is, and be silent because of one broken domain:
 * give up late, after some 12 seconds without any answer, and ask again soon.
 * It answers from its cache in no time and takes seconds over a domain far
 * away, so how long a try may take must not be learned from its quick answers:
 * after five tries of 50 ms the library would give the question up.
 */
static void
set_patience(struct ub_ctx *ctx, bool forward)
{
	tune(ctx, "infra-cache-max-rtt:", forward ? "12000" : "6000");
	tune(ctx, "infra-host-ttl:", forward ? "2" : "60");
	tune(ctx, "infra-cache-min-rtt:", forward ? "1000" : "50");
}

/* set_servers - whom to ask; none: from the root down; false: no memory */
static bool
set_servers(struct ub_ctx *ctx, const struct dns_servers *servers)
{
	char text[INET6_ADDRSTRLEN + 8];

	for (size_t i = 0; i < servers->count; i++) {
		snprintf(text, sizeof(text), "%s@%u", servers->v[i].ip,
		    servers->v[i].port);
		if (ub_ctx_set_fwd(ctx, text) != 0)
			return false;
		/* When it iterates, strangers' delegations must not do so. */
		if (servers->v[i].loopback &&
		    ub_ctx_set_option(ctx, "do-not-query-localhost:", "no") !=
			0)
			return false;
	}
	return true;
}

/* remove_zones - the first of them makes all settings final */
static bool
remove_zones(struct ub_ctx *ctx)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(*built_in); i++)
		if (ub_ctx_zone_remove(ctx, built_in[i]) != 0)
			return false;
	return true;
}

/* close_ctx - end it; it may call back for what is open, or not */
static void
close_ctx(struct dns *dns)
{
	ub_ctx_delete(dns->state);
	dns->state = NULL;
}

/* open_ctx - a context of its own */
static enum mtasts_err
open_ctx(struct dns *dns, const struct dns_conf *conf,
    const struct dns_servers *servers, struct mtasts_diags *diags)
{
	struct ub_ctx *ctx = ub_ctx_create_event(loop_base(dns->loop));

	if (ctx == NULL)
		return MTASTS_ENOMEM;
	/* It would write to standard error by itself. */
	ub_ctx_debugout(ctx, NULL);
	set_options(ctx, dns);
	set_patience(ctx, servers->count > 0);
	if (!set_servers(ctx, servers)) {
		ub_ctx_delete(ctx);
		return MTASTS_ENOMEM;
	}
	if (ub_ctx_add_ta_file(ctx, conf->trust_anchor) != 0 ||
	    !remove_zones(ctx)) {
		/* Only now the file is read. */
		ub_ctx_delete(ctx);
		return dns_conf_no_anchor(conf->trust_anchor, diags);
	}
	dns->state = ctx;
	return MTASTS_OK;
}

const struct dns_engine dns_unbound = {
	.proves = true,
	.name = "validate",
	.open = open_ctx,
	.close = close_ctx,
	.start = start,
};
