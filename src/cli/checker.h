/*
 * checker - checking domains, for the commands check and scan
 *
 * Everything that looking at domains needs, opened from the configuration and
 * the options; a domain in, its audit out.
 */
#ifndef MTASTS_CLI_CHECKER_H
#define MTASTS_CLI_CHECKER_H

#include "cli/net.h"
#include "core/judge.h"
#include "mtasts/dname.h"

/* Rows of the option tables of check and scan. */
#define CHECKER_OPTIONS                                                      \
	{ "only", "IDS", "only these checks: S05,F01, or S for all of S" },  \
	    { "skip", "IDS", "all checks but these" },                       \
	    { "no-smtp", NULL, "connect to no mail server" },                \
	    { "per-address", "N", "connections at once to an address (2)" }, \
	    { "http-port", "N", "port of plain HTTP (80)" },                 \
	{                                                                    \
		"dns-port", "N", "port of authoritative servers (53)"        \
	}

struct checker;

/* checker_callback - the audit is yours: audit_free(); null: memory is short */
typedef void checker_callback(void *ctx, struct audit *audit);

/* What more is wanted than a stranger's view, as bits. */
enum {
	CHECKER_OWN = 1 << 0, /* look into the registry, too */
	CHECKER_SERVERS = 1 << 1 /* the MX records at every server */
};

/*
 * checker_open - everything, from the options
 *
 * wants  bits of CHECKER_*; as root the registry's owner's rights are taken
 *        for CHECKER_OWN, for good
 * *out   yours, checker_close()
 *
 * CMD_FINE, or a status after a message.
 */
enum cmd_status checker_open(struct cmd_env *env, const struct cmd_args *args,
    unsigned wants, struct checker **out);

/* checker_close - release; null is fine */
void checker_close(struct checker *c);

/* checker_loop - that everything runs on; borrowed */
struct loop *checker_loop(const struct checker *c);

/* checker_judgement - what checks are wanted; expect may be set */
struct judge_conf *checker_judgement(struct checker *c);

/*
 * checker_start - check a domain
 *
 * The callback comes once, from the loop. Null when memory is short.
 */
struct check_run *checker_start(
    struct checker *c, const char *domain, checker_callback *cb, void *ctx);

/* checker_peek - see what was seen of each domain, before it is judged */
void checker_peek(struct checker *c,
    void (*peek)(void *ctx, const struct seen *seen), void *ctx);

/* checker_cancel - the callback will not come; null is fine */
void checker_cancel(struct check_run *run);

/*
 * checker_domain - the domain that a word means
 *
 * ESYNTAX with a finding when it is none; ENOMEM.
 */
enum mtasts_err checker_domain(struct str word, struct mtasts_dname *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

#endif
