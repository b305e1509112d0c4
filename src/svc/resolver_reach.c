/*
 * resolver_reach.c - what mtasts-resolver asks: DNS, policy hosts, its rules
 *
 * Turns sections of the configuration into what io/dns, io/fetch and core/rule
 * want. Knows no connection and no policy.
 */
#include "svc/resolver_reach.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "io/conf_table.h"
#include "io/loop.h"

#define OPTIONS_MAX 65536 /* bytes of a section's values */
/* At a time. When a provider of many hangs, others are not to wait for it. */
#define FETCHES 256

/* dns_conf - of the configuration */
static struct dns_conf
dns_conf(const struct conf *conf)
{
	return (
	    struct dns_conf){ .backend = (enum dns_backend)conf->dns.backend,
		.server = conf->dns.server,
		.trust_anchor = conf->dns.trust_anchor,
		.timeout_ms = conf->dns.timeout_ms };
}

/* fetch_conf - of the configuration */
static struct fetch_conf
fetch_conf(const struct conf *conf)
{
	return (struct fetch_conf){ .ca_file = conf->fetch.ca_file,
		.port = (unsigned)conf->fetch.port,
		.timeout_ms = conf->fetch.timeout_ms,
		.allow_private = conf->fetch.allow_private,
		.allow_networks = conf->fetch.allow_networks,
		.proxy = conf->fetch.proxy,
		.max_fetches = FETCHES };
}

/* options_of - the values of a section as one text; yours; null: no memory */
static char *
options_of(const struct conf *conf, const char *section)
{
	const struct conf_option *row;
	struct buf b;

	buf_init(&b, OPTIONS_MAX);
	for (row = conf_options; row->section != NULL; row++) {
		if (strcmp(row->section, section) != 0)
			continue;
		conf_put_value(conf, row, &b);
		buf_putc(&b, '\n');
	}
	return buf_take(&b);
}

/* open_dns - anew, or what is in use when it would be the same */
static enum mtasts_err
open_dns(const struct svc *svc, const struct reach *before, struct reach *out,
    struct mtasts_diags *diags)
{
	struct dns_conf conf = dns_conf(svc->conf);

	out->dns_options = options_of(svc->conf, "dns");
	if (out->dns_options == NULL)
		return MTASTS_ENOMEM;
	if (before != NULL &&
	    strcmp(before->dns_options, out->dns_options) == 0 &&
	    !dns_changed(before->dns, &conf)) {
		out->dns = before->dns;
		return MTASTS_OK;
	}
	conf.loop = svc->loop;
	conf.log = svc->log;
	conf.metrics = svc->metrics;
	return dns_open(&conf, &out->dns, diags);
}

/* open_fetcher - always anew: the file of authorities may have changed */
static enum mtasts_err
open_fetcher(
    const struct svc *svc, struct reach *out, struct mtasts_diags *diags)
{
	struct fetch_conf conf = fetch_conf(svc->conf);

	conf.loop = svc->loop;
	conf.dns = out->dns;
	conf.log = svc->log;
	conf.metrics = svc->metrics;
	return fetcher_open(&conf, &out->fetcher, diags);
}

/* open_rules - those of the configuration */
static enum mtasts_err
open_rules(const struct conf *conf, const uint64_t seed[2], struct reach *out)
{
	size_t count = conf->rules.count;
	struct rule *rules = mem_zalloc(count, sizeof(*rules));
	enum mtasts_err err;

	if (rules == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct conf_dest_rule *from = &conf->rules.v[i];

		rules[i] = (struct rule){ .name = from->name,
			.sts = (enum rule_sts)from->mta_sts,
			.reply = from->reply,
			.reason = from->reason,
			.until_at = from->until_at };
	}
	err = rule_set_new(rules, count, seed, &out->rules);
	mem_free(rules);
	return err;
}

enum mtasts_err
reach_open(const struct svc *svc, const uint64_t seed[2],
    const struct reach *before, struct reach *out, struct mtasts_diags *diags)
{
	struct reach reach = { 0 };
	enum mtasts_err err = open_rules(svc->conf, seed, &reach);

	if (err == MTASTS_OK)
		err = open_dns(svc, before, &reach, diags);
	if (err == MTASTS_OK)
		err = open_fetcher(svc, &reach, diags);
	if (err == MTASTS_OK)
		*out = reach;
	else
		reach_close(&reach, before);
	return err;
}

void
reach_close(struct reach *reach, const struct reach *heir)
{
	fetcher_close(reach->fetcher);
	if (heir == NULL || heir->dns != reach->dns)
		dns_close(reach->dns);
	rule_set_free(reach->rules);
	mem_free(reach->dns_options);
	*reach = (struct reach){ 0 };
}

bool
reach_stale(const struct svc *svc, const struct reach *reach)
{
	struct dns_conf conf = dns_conf(svc->conf);

	return dns_changed(reach->dns, &conf);
}

void
reach_check(const struct conf *conf, struct mtasts_diags *diags)
{
	struct dns_conf dns = dns_conf(conf);
	struct fetch_conf fetch = fetch_conf(conf);

	dns_check_conf(&dns, diags);
	fetch_check_conf(&fetch, diags);
}

void
reach_tell_rules(const struct svc *svc)
{
	int64_t now_at = loop_time_s();

	for (size_t i = 0; i < svc->conf->rules.count; i++) {
		const struct conf_dest_rule *rule = &svc->conf->rules.v[i];
		struct log_line line;
		struct timefmt until;

		if (rule->until_at == 0 ||
		    rule->until_at > now_at + RULE_WARN_S)
			continue;
		log_begin(&line, svc->log, LOG_LEVEL_WARN,
		    rule->until_at < now_at ? "rule-ended" : "rule-ends");
		log_cstr(&line, "rule", rule->name);
		log_cstr(
		    &line, "until", timefmt_rfc3339(&until, rule->until_at));
		log_cstr(&line, "reason", rule->reason);
		log_cstr(&line, "fix",
		    "remove the rule from the configuration, or move its "
		    "date");
		log_end(&line);
	}
}
