/*
 * net - the network for commands: lookups, fetches, decisions, one at a time
 *
 * From the configuration and the options that all commands of this kind have.
 * Blocks on a loop of its own; remembers nothing on disk.
 */
#ifndef MTASTS_CLI_NET_H
#define MTASTS_CLI_NET_H

#include "base/buf.h"
#include "cli/cmd.h"
#include "core/fetchfact.h"
#include "io/fetch.h"

/* Rows of a command's option table; all commands that use the network. */
#define NET_OPTIONS                                                            \
	{ "resolver", "ADDR:PORT", "DNS server to ask, trusted to validate" }, \
	    { "trust-anchor", "FILE", "validate here, by the keys in FILE" },  \
	    { "ca-file", "FILE", "certificates of the authorities" },          \
	    { "https-port", "N", "port of policy hosts (443)" },               \
	    { "smtp-port", "N", "port of mail servers (25)" },                 \
	    { "allow-private", NULL, "fetch from private addresses too" },     \
	{                                                                      \
		"timeout", "S", "seconds for one lookup or fetch"              \
	}

/* The same for manual pages and messages: what --help has no room for. */
#define NET_HELP                                                          \
	"--resolver alone trusts what that server says of DNSSEC, which " \
	"is only sound on loopback; with --trust-anchor it is checked here."

struct net;

/*
 * net_given - was one of the network options given?
 *
 * Then a command is about a network of its own, not about the daemon's.
 */
bool net_given(const struct cmd_args *args);

/* net_smtp_port - --smtp-port, or 25; CMD_USAGE after a message */
enum cmd_status net_smtp_port(
    struct cmd_env *env, const struct cmd_args *args, unsigned *port);

/*
 * net_open - open what the configuration and the options say
 *
 * *out: yours, net_close(). CMD_FINE, or a status after a message.
 */
enum cmd_status net_open(
    struct cmd_env *env, const struct cmd_args *args, struct net **out);

/*
 * net_open_patient - the same, and a fetch may take so long
 *
 * For who wants to know how long it takes; --timeout counts all the same.
 */
enum cmd_status net_open_patient(struct cmd_env *env,
    const struct cmd_args *args, int64_t fetch_ms, struct net **out);

/* net_close - release; null is fine */
void net_close(struct net *net);

/* What is open, for who does more than ask one thing and wait. */
struct net_parts {
	struct loop *loop;
	struct dns *dns;
	struct fetcher *fetcher;
	const char *ca_file;
	int64_t timeout_ms; /* of one lookup */
	unsigned https_port;
};

/* net_parts - borrowed, until net_close() */
void net_parts(const struct net *net, struct net_parts *out);

/*
 * net_wait_validation - until DNSSEC was seen to work or not
 *
 * For some seconds at most, while nobody knows.
 */
void net_wait_validation(struct net *net);

/*
 * net_port - the value of an option with a port; *out stays without one
 *
 * CMD_USAGE after a message.
 */
enum cmd_status net_port(struct cmd_env *env, const struct cmd_args *args,
    const char *name, unsigned *out);

/*
 * net_explain - what a sender decides about a key: the object of query --json
 *
 * Appended to json, one line. ETIMEOUT, ENOMEM.
 */
enum mtasts_err net_explain(
    struct net *net, struct str key, struct buf *json) MTASTS_MUST_CHECK;

/* What one fetch told. */
struct net_fetched {
	enum fetchfact_end end;
	char why[300]; /* a sentence without final dot; "" when fine */
};

/*
 * net_fetch - fetch the policy of a policy host
 *
 * The body is appended to body. ETIMEOUT, ENOMEM; else *out.
 */
enum mtasts_err net_fetch(struct net *net, const char *host,
    struct net_fetched *out, struct buf *body) MTASTS_MUST_CHECK;

#endif
