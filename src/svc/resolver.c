/*
 * resolver.c - mtasts-resolver: everything opened in order, and closed
 *
 * It listens first, then reads its policies, so that an MTA never finds the
 * door shut. What is said on connections is resolver_conn.c's, on the control
 * socket resolver_ctl.c's, what is asked outside resolver_reach.c's, what is
 * answered task/resolve's.
 */
#include "svc/resolver.h"

#include "base/arena.h"
#include "io/httpd.h"
#include "svc/resolver_ctl.h"
#include "svc/resolver_reach.h"

#include <stdio.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The listener for /metrics is for one scraper, not for the world. */
#define METRICS_CONNECTIONS 64
#define METRICS_HEADER	    8192
#define METRICS_TIMEOUT_MS  5000
#define METRICS_IDLE_MS	    15000

/* Descriptors for DNS, policy hosts, control socket and files. */
#define OTHER_FILES	1024
#define CONNECTIONS_MIN 16

#define DAY_MS (86400 * (int64_t)1000)

struct resolver {
	struct svc *svc;
	uint64_t seed[2];
	struct listen_set sockets;
	struct listen_set metrics_sockets;
	struct policies *policies;
	struct reach reach;
	struct resolve *resolve;
	struct conns *conns;
	struct resolver_facts facts;
	struct ctl *ctl;
	struct httpd *scrape;
	struct loop_watch *daily;
};

static const struct diag_rule no_folder = {
	.id = "conf",
	.name = "resolver-socket-folder",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Make the folder, or take the address out of resolver.listen.",
};

static const struct diag_rule unknown_map = {
	.id = "conf",
	.name = "resolver-unknown-map",
	.severity = MTASTS_ERROR,
	.rfc = "",
	.fix = "Give resolver.unknown-map one of QUERYwithTLSRPT, QUERY, "
	       "postfix and sts, or \"\".",
};

static const struct diag_rule nothing_to_serve = {
	.id = "conf",
	.name = "resolver-listens-nowhere",
	.severity = MTASTS_ERROR,
	.rfc = "",
	.fix = "Give resolver.listen at least one address.",
};

/* has_folder - can a socket file be there at all? True for other addresses */
static bool
has_folder(const char *text)
{
	const struct sockaddr_un *un;
	struct listen_addr addr;
	struct str path;
	char folder[sizeof(un->sun_path) + 1];
	size_t end = 0;

	if (listen_parse(text, &addr, NULL) != MTASTS_OK ||
	    addr.kind != LISTEN_UNIX)
		return true;
	un = (const struct sockaddr_un *)&addr.sa;
	path =
	    str_make(un->sun_path, strnlen(un->sun_path, sizeof(un->sun_path)));
	for (size_t i = 1; i < path.len; i++)
		if (path.p[i] == '/')
			end = i;
	if (end == 0)
		return true;
	memcpy(folder, path.p, end);
	folder[end] = '\0';
	return access(folder, F_OK) == 0;
}

/*
 * open_sockets - all addresses; of Postfix's only if Postfix is there
 *
 * One whose folder is missing is left out as long as there is another.
 */
static enum mtasts_err
open_sockets(struct resolver *s, struct mtasts_diags *diags)
{
	const struct conf_list *list = &s->svc->conf->resolver.listen;
	enum mtasts_err err = MTASTS_OK;
	size_t left = list->count;

	for (size_t i = 0; err == MTASTS_OK && i < list->count; i++) {
		left--;
		if ((s->sockets.count > 0 || left > 0) &&
		    !has_folder(list->v[i]))
			diag_add(diags, &no_folder, (struct diag_place){ 0 },
			    "%s is not served, for there is no such folder",
			    list->v[i]);
		else
			err = listen_open(&s->sockets, list->v[i], diags);
	}
	return err;
}

/*
 * policies_url - where the policies are kept
 *
 * In the folder "resolver" of the store when there is one: there the daemon's
 * own user may write, as it may not in the registry's folder.
 */
static void
policies_url(const char *store, struct buf *out)
{
	struct str url = str_of(store), path = url;
	struct stat st;

	buf_init(out, 8192);
	if (str_starts(url, STR("sqlite:")))
		path = str_sub(url, sizeof("sqlite:") - 1, url.len);
	buf_putf(out, "%" STR_FMT "/resolver", STR_ARG(path));
	if (buf_error(out) == MTASTS_OK && stat(out->p, &st) == 0 &&
	    S_ISDIR(st.st_mode)) {
		buf_clear(out);
		buf_putf(out, "%s/resolver", store);
		return;
	}
	buf_clear(out);
	buf_puts(out, store);
}

/* open_policies - what was cached before; it is read in the background */
static enum mtasts_err
open_policies(struct resolver *s, struct mtasts_diags *diags)
{
	struct policies_conf conf = {
		.seed = { s->seed[0], s->seed[1] },
		.loop = s->svc->loop,
		.log = s->svc->log,
		.metrics = s->svc->metrics,
	};
	enum mtasts_err err;
	struct buf url;

	policies_url(s->svc->conf->store.url, &url);
	err = buf_error(&url);
	conf.url = url.p;
	if (err == MTASTS_OK)
		err = policies_open(&conf, &s->policies, diags);
	buf_free(&url);
	return err;
}

/* resolve_conf - of the configuration */
static struct resolve_conf
resolve_conf(const struct resolver *s)
{
	const struct conf_resolver *conf = &s->svc->conf->resolver;

	return (struct resolve_conf){
		.dane = (enum reply_dane)conf->dane,
		.mixed = (enum decide_mixed)conf->mixed,
		.testing = (enum reply_testing)conf->testing_level,
		.observe = conf->observe,
		.rules = s->reach.rules,
		.loop = s->svc->loop,
		.dns = s->reach.dns,
		.fetcher = s->reach.fetcher,
		.policies = s->policies,
		.log = s->svc->log,
		.metrics = s->svc->metrics,
		.seed = { s->seed[0], s->seed[1] },
	};
}

/* connections_max - as many as configured, or as descriptors are there for */
static unsigned
connections_max(const struct resolver *s)
{
	int64_t wanted = s->svc->conf->resolver.max_connections, room = wanted;
	struct rlimit limit;
	struct log_line line;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT32_MAX)
		room = (int64_t)limit.rlim_cur - OTHER_FILES;
	if (room >= wanted)
		return (unsigned)wanted;
	if (room < CONNECTIONS_MIN)
		room = CONNECTIONS_MIN;
	log_begin(&line, s->svc->log, LOG_LEVEL_WARN, "connections-limited");
	log_int(&line, "max", room);
	log_int(&line, "wanted", wanted);
	log_int(&line, "descriptors", (int64_t)limit.rlim_cur);
	log_cstr(&line, "fix",
	    "raise LimitNOFILE (ulimit -n), or lower "
	    "resolver.max-connections");
	log_end(&line);
	return (unsigned)room;
}

/* conns_conf - of the configuration */
static struct conns_conf
conns_conf(const struct resolver *s)
{
	struct str unknown = str_of(s->svc->conf->resolver.unknown_map);
	struct conns_conf conf = {
		.max = connections_max(s),
		.resolve = s->resolve,
		.loop = s->svc->loop,
		.log = s->svc->log,
		.metrics = s->svc->metrics,
	};

	conf.has_unknown =
	    unknown.len > 0 && dialect_find(unknown, &conf.unknown);
	return conf;
}

/* open_answers - what questions are answered from, then for whom */
static enum mtasts_err
open_answers(struct resolver *s, struct mtasts_diags *diags)
{
	struct resolve_conf resolve;
	struct conns_conf conns;
	enum mtasts_err err =
	    reach_open(s->svc, s->seed, NULL, &s->reach, diags);

	if (err == MTASTS_OK) {
		resolve = resolve_conf(s);
		err = resolve_open(&resolve, &s->resolve);
	}
	if (err == MTASTS_OK) {
		conns = conns_conf(s);
		err = conns_open(&conns, &s->conns);
	}
	if (err == MTASTS_OK)
		err = conns_listen(s->conns, &s->sockets);
	return err;
}

/* open_control - the control socket, when one is wanted */
static enum mtasts_err
open_control(struct resolver *s, struct mtasts_diags *diags)
{
	const struct conf_resolver *conf = &s->svc->conf->resolver;
	const struct ctl_conf ctl = {
		.address = conf->control,
		.group = conf->control_group,
		.request = resolver_request,
		.ctx = &s->facts,
		.loop = s->svc->loop,
		.log = s->svc->log,
	};

	s->facts = (struct resolver_facts){
		.resolve = s->resolve,
		.policies = s->policies,
		.conns = s->conns,
		.sockets = &s->sockets,
		.log = s->svc->log,
		.started_at = loop_time_s(),
		.started_ms = loop_now_ms(),
	};
	return conf->control[0] == '\0' ? MTASTS_OK
					: ctl_open(&ctl, &s->ctl, diags);
}

/* serve_metrics - GET /metrics; called in a thread of its own */
static void
serve_metrics(void *ctx, const struct httpd_request *request,
    struct httpd_response *response)
{
	if (request->head->method == HTTPHEAD_OTHER) {
		response->status = 405;
		return;
	}
	if (!str_eq(request->head->path, STR("/metrics"))) {
		response->body = STR("Metrics are at /metrics.\n");
		return;
	}
	metrics_format(ctx, request->scratch);
	response->status = 200;
	response->content_type = "text/plain; version=0.0.4; charset=utf-8";
	response->body = buf_str(request->scratch);
}

/* open_scrape - the server of /metrics, when one is wanted */
static enum mtasts_err
open_scrape(struct resolver *s, struct mtasts_diags *diags)
{
	const char *address = s->svc->conf->resolver.metrics;
	const struct httpd_conf conf = {
		.workers = 1,
		.max_connections = METRICS_CONNECTIONS,
		.max_header = METRICS_HEADER,
		.first_byte_timeout_ms = METRICS_TIMEOUT_MS,
		.idle_timeout_ms = METRICS_IDLE_MS,
		.log = s->svc->log,
	};
	struct httpd_listener listener = { .site = { serve_metrics,
					       s->svc->metrics } };
	enum mtasts_err err;

	if (address[0] == '\0')
		return MTASTS_OK;
	err = httpd_open(&conf, &s->scrape, diags);
	if (err == MTASTS_OK)
		err = listen_open(&s->metrics_sockets, address, diags);
	for (size_t i = 0; err == MTASTS_OK && i < s->metrics_sockets.count;
	     i++) {
		listener.fd = s->metrics_sockets.v[i].fd;
		listener.trusted = s->metrics_sockets.v[i].is_unix;
		err = httpd_listen(s->scrape, &listener);
	}
	return err == MTASTS_OK ? httpd_start(s->scrape) : err;
}

/* on_day - look at the rules again */
static void
on_day(void *ctx)
{
	struct resolver *s = ctx;

	reach_tell_rules(s->svc);
}

/* open_daily - what is to be looked at once a day */
static enum mtasts_err
open_daily(struct resolver *s)
{
	s->daily = loop_timer(s->svc->loop, on_day, s);
	if (s->daily == NULL)
		return MTASTS_ENOMEM;
	loop_timer_every(s->daily, DAY_MS);
	reach_tell_rules(s->svc);
	return MTASTS_OK;
}

/* resolver_close - release everything; also what a failed start left */
static void
resolver_close(void *ctx)
{
	struct resolver *s = ctx;

	httpd_close(s->scrape);
	ctl_close(s->ctl);
	conns_close(s->conns);
	resolve_close(s->resolve);
	reach_close(&s->reach, NULL);
	policies_close(s->policies);
	listen_close(&s->sockets);
	listen_close(&s->metrics_sockets);
	loop_watch_close(s->daily);
	mem_free(s);
}

/* resolver_open - everything in order; stops at the first failure */
static enum mtasts_err
resolver_open(struct resolver *s, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;

	if (getrandom(s->seed, sizeof(s->seed), 0) != sizeof(s->seed))
		return MTASTS_ESYS;
	err = open_sockets(s, diags);
	if (err == MTASTS_OK)
		err = open_policies(s, diags);
	if (err == MTASTS_OK)
		err = open_answers(s, diags);
	if (err == MTASTS_OK)
		err = open_control(s, diags);
	if (err == MTASTS_OK)
		err = open_scrape(s, diags);
	if (err == MTASTS_OK)
		err = open_daily(s);
	return err;
}

/* say_listening - one line per address of a set */
static void
say_listening(
    struct resolver *s, const struct listen_set *set, const char *serves)
{
	struct log_line line;

	for (size_t i = 0; i < set->count; i++) {
		log_begin(&line, s->svc->log, LOG_LEVEL_INFO, "listening");
		log_cstr(&line, "address", set->v[i].label);
		log_cstr(&line, "serves", serves);
		log_end(&line);
	}
}

/* resolver_start - the duty begins */
static enum mtasts_err
resolver_start(struct svc *svc, void **ctx)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct resolver *s = mem_zalloc(1, sizeof(*s));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (s == NULL)
		goto out;
	s->svc = svc;
	listen_init(&s->sockets);
	listen_init(&s->metrics_sockets);
	err = resolver_open(s, diags);
	log_findings(svc->log, "start", diags);
	if (err != MTASTS_OK) {
		resolver_close(s);
		goto out;
	}
	say_listening(s, &s->sockets, "mtas");
	say_listening(s, &s->metrics_sockets, "metrics");
	*ctx = s;
out:
	mtasts_diags_free(diags);
	return err;
}

/* resolver_reload - other rules, options, DNS and authorities */
static void
resolver_reload(void *ctx, const struct conf *conf)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct resolver *s = ctx;
	struct reach before = s->reach;
	struct resolve_conf resolve;
	struct conns_conf conns;
	enum mtasts_err err =
	    reach_open(s->svc, s->seed, &before, &s->reach, diags);

	log_findings(s->svc->log, "reload", diags);
	mtasts_diags_free(diags);
	resolve = resolve_conf(s);
	resolve_follow(s->resolve, &resolve);
	if (err == MTASTS_OK)
		reach_close(&before, &s->reach);
	else
		log_event(s->svc->log, LOG_LEVEL_ERROR, "reach-kept", "reason",
		    "DNS, authorities and rules stay as they were");
	conns = conns_conf(s);
	conns_follow(s->conns, &conns);
	reach_tell_rules(s->svc);
}

/* on_flushed - all that was cached is on disk */
static void
on_flushed(void *ctx)
{
	struct resolver *s = ctx;

	log_event(s->svc->log, LOG_LEVEL_INFO, "stopped", NULL, NULL);
	svc_done(s->svc);
}

/* on_drained - everybody has had his answer */
static void
on_drained(void *ctx)
{
	struct resolver *s = ctx;

	policies_flush(s->policies, on_flushed, s);
}

/* resolver_stop - answer what waits, keep what was learned */
static void
resolver_stop(void *ctx)
{
	struct resolver *s = ctx;

	conns_stop(s->conns, on_drained, s);
}

/* resolver_check - what only this duty knows about its configuration */
static void
resolver_check(const struct conf *conf, struct mtasts_diags *diags)
{
	struct str map = str_of(conf->resolver.unknown_map);
	enum dialect dialect;

	if (conf->resolver.listen.count == 0)
		diag_add(diags, &nothing_to_serve, (struct diag_place){ 0 },
		    "mtasts-resolver has no address to listen on");
	if (map.len > 0 && !dialect_find(map, &dialect))
		diag_add(diags, &unknown_map, (struct diag_place){ 0 },
		    "resolver: unknown-map: \"%" STR_FMT "\" is no map name",
		    STR_ARG(map));
	reach_check(conf, diags);
}

const struct svc_duty resolver_duty = {
	.name = "mtasts-resolver",
	.summary = "tells MTAs which MTA-STS or DANE policy holds",
	.check = resolver_check,
	.start = resolver_start,
	.reload = resolver_reload,
	.stop = resolver_stop,
	.close = resolver_close,
};
