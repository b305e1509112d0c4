/*
 * net.c - the network for commands
 *
 * Opens what mtasts-resolver opens, with options of the command line over the
 * configuration, and turns callbacks into calls that wait. What a sender
 * decides is task/resolve's matter, with a memory that ends with the command.
 */
#include "cli/net.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "cli/out.h"
#include "io/conf.h"
#include "task/resolve.h"

#include <sys/random.h>

#define VALIDATION_MS 5000 /* for the first sight of DNSSEC */
#define POLL_MS	      20
#define EXPLAIN_MS    60000 /* for all that one domain can take */

struct net {
	struct cmd_env *env;
	struct dns_conf dns_conf;
	struct fetch_conf fetch_conf;
	struct loop *loop;
	struct loop_watch *timer; /* ends a wait */
	struct loop_watch *poll;
	struct dns *dns;
	struct fetcher *fetcher;
	struct policies *policies;
	struct rule_set *rules;
	struct resolve_conf resolve_conf;
	const char *server; /* of --resolver */
	int64_t patience_ms; /* of a fetch; 0: as configured */
	bool late; /* the wait ended by time */
};

/* A call that waits for its callback. */
struct wait {
	struct net *net;
	struct buf *text;
	struct net_fetched *fetched;
	bool done;
};

bool
net_given(const struct cmd_args *args)
{
	static const struct cmd_opt options[] = { NET_OPTIONS,
		{ NULL, NULL, NULL } };
	size_t i;

	for (i = 0; options[i].name != NULL; i++)
		if (cmd_value(args, options[i].name) != NULL)
			return true;
	return false;
}

enum cmd_status
net_port(struct cmd_env *env, const struct cmd_args *args, const char *name,
    unsigned *out)
{
	const char *text = cmd_value(args, name);
	uint64_t n;

	if (text == NULL)
		return CMD_FINE;
	if (!str_u64(str_of(text), 65535, &n) || n == 0) {
		out_error(env, "--%s wants a port from 1 to 65535, not '%s'",
		    name, text);
		return CMD_USAGE;
	}
	*out = (unsigned)n;
	return CMD_FINE;
}

enum cmd_status
net_smtp_port(struct cmd_env *env, const struct cmd_args *args, unsigned *out)
{
	*out = 25;
	return net_port(env, args, "smtp-port", out);
}

/* timeout - --timeout, for lookups and fetches */
static enum cmd_status
timeout(struct net *net, const struct cmd_args *args)
{
	const char *text = cmd_value(args, "timeout");
	int64_t ms;

	if (text == NULL)
		return CMD_FINE;
	if (timefmt_parse_duration(str_of(text), &ms) != MTASTS_OK ||
	    ms < 100 || ms > 60000) {
		out_error(net->env,
		    "--timeout wants seconds from 0.1 to 60, such as 5 or "
		    "500ms, not '%s'",
		    text);
		return CMD_USAGE;
	}
	net->dns_conf.timeout_ms = net->fetch_conf.timeout_ms = ms;
	return CMD_FINE;
}

/* configure - the configuration, with the options over it */
static enum cmd_status
configure(struct net *net, const struct conf *conf, const struct cmd_args *args)
{
	const char *anchor = cmd_value(args, "trust-anchor");
	const char *ca_file = cmd_value(args, "ca-file");
	enum cmd_status status;

	net->dns_conf = (struct dns_conf){ (enum dns_backend)conf->dns.backend,
		conf->dns.server, conf->dns.trust_anchor, conf->dns.timeout_ms,
		0, net->loop, NULL, NULL };
	net->fetch_conf = (struct fetch_conf){ .ca_file = conf->fetch.ca_file,
		.port = (unsigned)conf->fetch.port,
		.timeout_ms = conf->fetch.timeout_ms,
		.allow_private = conf->fetch.allow_private,
		.allow_networks = conf->fetch.allow_networks,
		.proxy = conf->fetch.proxy,
		.loop = net->loop };
	net->server = cmd_value(args, "resolver");
	if (net->patience_ms > 0)
		net->fetch_conf.timeout_ms = net->patience_ms;
	if (net->server != NULL) {
		net->dns_conf.backend = DNS_STUB;
		net->dns_conf.server = (struct conf_list){ &net->server, 1 };
	}
	if (anchor != NULL) {
		net->dns_conf.backend = DNS_VALIDATE;
		net->dns_conf.trust_anchor = anchor;
	}
	if (ca_file != NULL)
		net->fetch_conf.ca_file = ca_file;
	if (cmd_flag(args, "allow-private"))
		net->fetch_conf.allow_private = true;
	status = net_port(net->env, args, "https-port", &net->fetch_conf.port);
	return status == CMD_FINE ? timeout(net, args) : status;
}

/* make_rules - the rules of the configuration, to look up in */
static enum mtasts_err
make_rules(struct net *net, const struct conf *conf, const uint64_t seed[2])
{
	size_t i, count = conf->rules.count;
	struct rule *rules;
	enum mtasts_err err;

	rules = mem_zalloc(count + 1, sizeof(*rules));
	if (rules == NULL)
		return MTASTS_ENOMEM;
	for (i = 0; i < count; i++)
		rules[i] = (struct rule){ conf->rules.v[i].name,
			(enum rule_sts)conf->rules.v[i].mta_sts,
			conf->rules.v[i].reply, conf->rules.v[i].reason,
			conf->rules.v[i].until_at };
	err = rule_set_new(rules, count, seed, &net->rules);
	mem_free(rules);
	return err;
}

/* open_memory - rules and policies of the resolver's job; nothing is kept */
static enum mtasts_err
open_memory(
    struct net *net, const struct conf *conf, struct mtasts_diags *diags)
{
	struct policies_conf policies = { .loop = net->loop };
	struct resolve_conf *r = &net->resolve_conf;
	enum mtasts_err err;

	*r =
	    (struct resolve_conf){ .dane = (enum reply_dane)conf->resolver.dane,
		    .mixed = (enum decide_mixed)conf->resolver.mixed,
		    .testing = (enum reply_testing)conf->resolver.testing_level,
		    .observe = conf->resolver.observe,
		    .loop = net->loop,
		    .dns = net->dns,
		    .fetcher = net->fetcher };
	if (getrandom(r->seed, sizeof(r->seed), 0) != sizeof(r->seed))
		return MTASTS_ESYS;
	memcpy(policies.seed, r->seed, sizeof(r->seed));
	err = make_rules(net, conf, r->seed);
	if (err == MTASTS_OK)
		err = policies_open(&policies, &net->policies, diags);
	r->rules = net->rules;
	r->policies = net->policies;
	return err;
}

/* on_timer - a wait has taken too long */
static void
on_timer(void *ctx)
{
	struct net *net = ctx;

	net->late = true;
	loop_stop(net->loop);
}

/* on_poll - look again whether what is waited for has come */
static void
on_poll(void *ctx)
{
	struct net *net = ctx;

	loop_stop(net->loop);
}

/* open_all - loop, lookups, fetches, decisions */
static enum mtasts_err
open_all(struct net *net, const struct conf *conf, struct mtasts_diags *diags)
{
	enum mtasts_err err;

	net->timer = loop_timer(net->loop, on_timer, net);
	net->poll = loop_timer(net->loop, on_poll, net);
	if (net->timer == NULL || net->poll == NULL)
		return MTASTS_ENOMEM;
	err = dns_open(&net->dns_conf, &net->dns, diags);
	net->fetch_conf.dns = net->dns;
	if (err == MTASTS_OK)
		err = fetcher_open(&net->fetch_conf, &net->fetcher, diags);
	return err == MTASTS_OK ? open_memory(net, conf, diags) : err;
}

enum cmd_status
net_open(struct cmd_env *env, const struct cmd_args *args, struct net **out)
{
	return net_open_patient(env, args, 0, out);
}

enum cmd_status
net_open_patient(struct cmd_env *env, const struct cmd_args *args,
    int64_t fetch_ms, struct net **out)
{
	const struct conf *conf = cmd_conf(env);
	struct mtasts_diags *diags = mtasts_diags_new();
	struct net *net = mem_zalloc(1, sizeof(*net));
	enum mtasts_err err = MTASTS_ENOMEM;
	enum cmd_status status = CMD_UNKNOWN;

	if (conf == NULL)
		goto out;
	if (net != NULL && diags != NULL) {
		net->env = env;
		net->patience_ms = fetch_ms;
		err = loop_new(&net->loop);
	}
	if (err == MTASTS_OK)
		status = configure(net, conf, args);
	if (err == MTASTS_OK && status == CMD_FINE)
		err = open_all(net, conf, diags);
	out_findings(env, env->err, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(env, "the network cannot be used: %s",
		    mtasts_strerror(err));
	if (err != MTASTS_OK)
		status = CMD_UNKNOWN;
out:
	mtasts_diags_free(diags);
	if (status == CMD_FINE)
		*out = net;
	else
		net_close(net);
	return status;
}

void
net_close(struct net *net)
{
	if (net == NULL)
		return;
	policies_close(net->policies);
	rule_set_free(net->rules);
	fetcher_close(net->fetcher);
	dns_close(net->dns);
	loop_watch_close(net->timer);
	loop_watch_close(net->poll);
	loop_free(net->loop);
	mem_free(net);
}

/* run_for - turn the loop until it is stopped; ETIMEOUT */
static enum mtasts_err
run_for(struct net *net, int64_t ms)
{
	enum mtasts_err err;

	net->late = false;
	loop_timer_start(net->timer, ms);
	err = loop_run(net->loop);
	loop_timer_cancel(net->timer);
	if (err == MTASTS_OK && net->late)
		err = MTASTS_ETIMEOUT;
	return err;
}

void
net_parts(const struct net *net, struct net_parts *out)
{
	*out = (struct net_parts){ net->loop, net->dns, net->fetcher,
		net->fetch_conf.ca_file, net->dns_conf.timeout_ms,
		net->fetch_conf.port };
}

void
net_wait_validation(struct net *net)
{
	int64_t end_ms = loop_now_ms() + VALIDATION_MS;

	while (!dns_validation_tried(net->dns) && loop_now_ms() < end_ms) {
		loop_timer_start(net->poll, POLL_MS);
		if (run_for(net, VALIDATION_MS) != MTASTS_OK)
			return;
	}
}

/* on_explained - the explanation has come */
static void
on_explained(void *ctx, struct str json)
{
	struct wait *w = ctx;

	buf_clear(w->text);
	buf_put_str(w->text, json);
	w->done = true;
	loop_stop(w->net->loop);
}

/* explain_once - one explanation, by what is known of DNSSEC now */
static enum mtasts_err
explain_once(struct net *net, struct str key, struct buf *json)
{
	struct wait w = { .net = net, .text = json };
	struct resolve *resolve = NULL;
	struct resolve_wait *handle;
	enum mtasts_err err;

	err = resolve_open(&net->resolve_conf, &resolve);
	if (err != MTASTS_OK)
		return err;
	handle = resolve_explain(resolve, key, false, on_explained, &w);
	if (handle == NULL)
		err = MTASTS_ENOMEM;
	else
		err = run_for(net, EXPLAIN_MS);
	if (w.done)
		err = buf_error(json);
	else
		resolve_cancel(handle);
	resolve_close(resolve);
	return err;
}

enum mtasts_err
net_explain(struct net *net, struct str key, struct buf *json)
{
	enum dns_validation before;
	enum mtasts_err err;

	net_wait_validation(net);
	before = dns_validation(net->dns);
	err = explain_once(net, key, json);
	/* It was seen to work only by these lookups: now DANE counts. */
	if (err == MTASTS_OK && before != DNS_VALIDATION_WORKS &&
	    dns_validation(net->dns) == DNS_VALIDATION_WORKS)
		err = explain_once(net, key, json);
	return err;
}

/* on_fetched - the fetch has ended */
static void
on_fetched(void *ctx, const struct fetchfact *fact)
{
	struct wait *w = ctx;

	w->fetched->end = fact->end;
	snprintf(w->fetched->why, sizeof(w->fetched->why), "%s", fact->why);
	if (fact->end == FETCHFACT_OK)
		buf_put_str(w->text, fact->body);
	w->done = true;
	loop_stop(w->net->loop);
}

enum mtasts_err
net_fetch(struct net *net, const char *host, struct net_fetched *out,
    struct buf *body)
{
	struct wait w = { .net = net, .text = body, .fetched = out };
	struct fetch *fetch;
	enum mtasts_err err;

	fetch = fetch_start(net->fetcher, host, on_fetched, &w);
	if (fetch == NULL)
		return MTASTS_ENOMEM;
	err = run_for(net, EXPLAIN_MS);
	if (!w.done)
		fetch_cancel(fetch);
	else
		err = buf_error(body);
	return err;
}
