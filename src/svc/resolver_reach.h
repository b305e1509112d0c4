/*
 * resolver_reach - what mtasts-resolver asks: DNS, policy hosts, its rules
 *
 * All of it follows the configuration while running: what is new is opened
 * beside what is in use, and takes its place only when all of it is there.
 */
#ifndef MTASTS_SVC_RESOLVER_REACH_H
#define MTASTS_SVC_RESOLVER_REACH_H

#include "core/rule.h"
#include "io/dns.h"
#include "io/fetch.h"
#include "svc/svc.h"

struct reach {
	struct dns *dns;
	struct fetcher *fetcher;
	struct rule_set *rules;
	char *dns_options; /* as they were configured, to be compared */
};

/*
 * reach_open - open what svc->conf says
 *
 * before (may be null) is in use: its DNS is taken over when nothing about it
 * has changed, since it has proven by now that validation works. *out: yours,
 * reach_close(). Findings say what failed.
 */
enum mtasts_err reach_open(const struct svc *svc, const uint64_t seed[2],
    const struct reach *before, struct reach *out,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* reach_close - release, but for what heir (may be null) took over */
void reach_close(struct reach *reach, const struct reach *heir);

/*
 * reach_stale - have the system's DNS servers or the anchor file changed?
 *
 * Then another reach_open() takes them.
 */
bool reach_stale(const struct svc *svc, const struct reach *reach);

/* reach_check - the findings of reach_open() about a configuration alone */
void reach_check(const struct conf *conf, struct mtasts_diags *diags);

/* reach_tell_rules - a warning for each rule that has run out, or soon will */
void reach_tell_rules(const struct svc *svc);

#endif
