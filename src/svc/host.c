/*
 * host.c - the policy host: sockets, certificates and the table put together
 *
 * What is answered is host_site.c's, framing and limits are io/httpd's,
 * certificates io/tlskeys', the table svc/snapshot's. This room opens them,
 * lets them follow the configuration and closes them. It never writes.
 */
#include "svc/host.h"

#include "base/arena.h"
#include "io/httpd.h"
#include "io/listen.h"
#include "io/loop.h"
#include "io/tlskeys.h"
#include "svc/host_ctl.h"
#include "svc/host_site.h"
#include "svc/scrape.h"

#include <sys/random.h>
#include <sys/resource.h>

/* How often the registry is looked at: a change is served within a second. */
#define HOST_POLL_MS 250

/* An orderly end waits so long for answers that are on their way. */
#define HOST_STOP_MS 5000

/* Descriptors for files, sockets and threads; and connections at least. */
#define HOST_OTHER_FILES     64
#define HOST_CONNECTIONS_MIN 16

struct host {
	struct svc *svc;
	struct listen_set policy_sockets;
	struct tlskeys *keys;
	struct httpd *policy;
	struct host_ctl *control; /* null: none is wanted */
	struct scrape scrape;
	struct host_site site;
};

/* use_cert - io/httpd asks, io/tlskeys answers */
static bool
use_cert(void *ctx, struct ssl_st *ssl, struct str name)
{
	return tlskeys_use(ctx, ssl, name);
}

/* use_challenge - the same for an authority that looks */
static bool
use_challenge(void *ctx, struct ssl_st *ssl, struct str name)
{
	return challenges_use(ctx, ssl, name, loop_now_ms());
}

/* open_challenges - what authorities may see, and who may say so */
static enum mtasts_err
open_challenges(struct host *host, struct mtasts_diags *diags)
{
	const struct conf_host *conf = &host->svc->conf->host;
	struct challenges_conf challenges = { .metrics = host->svc->metrics };
	enum mtasts_err err;

	if (getrandom(challenges.seed, sizeof(challenges.seed), 0) !=
	    sizeof(challenges.seed))
		return MTASTS_ESYS;
	err = challenges_open(&challenges, &host->site.challenges);
	if (err != MTASTS_OK || conf->control[0] == '\0')
		return err;
	err = host_ctl_open(
	    host->svc, host->site.challenges, &host->control, diags);
	if (err == MTASTS_ENOMEM)
		return err;
	/* Policies are served all the same. */
	if (err != MTASTS_OK)
		log_event(host->svc->log, LOG_LEVEL_ERROR, "control-off",
		    "address", conf->control);
	return MTASTS_OK;
}

/* open_keys - certificates, when there is a TLS listener at all */
static enum mtasts_err
open_keys(struct host *host, const struct conf_host *conf)
{
	struct tlskeys_conf keys = {
		.folders = conf->certificates.v,
		.folder_count = conf->certificates.count,
		.default_name = conf->default_certificate,
		.cache_max = (size_t)conf->certificate_cache,
		.log = host->svc->log,
		.metrics = host->svc->metrics,
	};

	if (conf->https.count == 0)
		return MTASTS_OK;
	return tlskeys_open(&keys, &host->keys);
}

/* open_watch - the table of policies */
static enum mtasts_err
open_watch(struct host *host)
{
	struct snapshot_conf conf = {
		.url = host->svc->conf->store.url,
		.poll_ms = HOST_POLL_MS,
		.log = host->svc->log,
		.metrics = host->svc->metrics,
	};

	if (getrandom(conf.seed, sizeof(conf.seed), 0) != sizeof(conf.seed))
		return MTASTS_ESYS;
	host->site.age = metrics_add(host->svc->metrics, METRIC_GAUGE,
	    "mtasts_host_snapshot_age_seconds",
	    "Seconds since the served policies were known to be those of the "
	    "registry; -1: never.",
	    "");
	return snapshot_watch_open(&conf, &host->site.watch);
}

/* add_sockets - open the addresses of a list and serve them */
static enum mtasts_err
add_sockets(struct host *host, const struct conf_list *addresses, bool tls,
    struct mtasts_diags *diags)
{
	struct listen_set *set = &host->policy_sockets;
	struct httpd_listener listener = {
		.tls = tls,
		.site = { host_site_policy, &host->site },
	};
	enum mtasts_err err = MTASTS_OK;
	size_t i, first;

	for (i = 0; err == MTASTS_OK && i < addresses->count; i++) {
		first = set->count;
		err = listen_open(set, addresses->v[i], diags);
		for (; err == MTASTS_OK && first < set->count; first++) {
			listener.fd = set->v[first].fd;
			listener.trusted = set->v[first].is_unix;
			err = httpd_listen(host->policy, &listener);
		}
	}
	return err;
}

/* connections_max - as many as configured, or as descriptors are there for */
static unsigned
connections_max(struct host *host, const struct conf_host *conf)
{
	int64_t wanted = conf->max_connections, room = wanted;
	struct rlimit limit;
	struct log_line line;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT32_MAX)
		room = (int64_t)limit.rlim_cur - SCRAPE_CONNECTIONS -
		    HOST_OTHER_FILES - 2 * conf->workers;
	if (room >= wanted)
		return (unsigned)wanted;
	if (room < HOST_CONNECTIONS_MIN)
		room = HOST_CONNECTIONS_MIN;
	log_begin(&line, host->svc->log, LOG_LEVEL_WARN, "connections-limited");
	log_int(&line, "max", room);
	log_int(&line, "wanted", wanted);
	log_int(&line, "descriptors", (int64_t)limit.rlim_cur);
	log_cstr(&line, "fix",
	    "raise LimitNOFILE (ulimit -n), or lower host.max-connections");
	log_end(&line);
	return (unsigned)room;
}

/* policy_conf - the server of the policies as it is configured */
static struct httpd_conf
policy_conf(struct host *host, const struct conf_host *conf)
{
	return (struct httpd_conf){
		.workers = (unsigned)conf->workers,
		.max_connections = connections_max(host, conf),
		.max_per_address = (unsigned)conf->max_connections_per_address,
		.max_header = (size_t)conf->max_header,
		.first_byte_timeout_ms = conf->first_byte_timeout_ms,
		.idle_timeout_ms = conf->idle_timeout_ms,
		.max_requests = (unsigned)conf->max_requests,
		.trusted_proxies = conf->trusted_proxies.v,
		.trusted_proxy_count = conf->trusted_proxies.count,
		.access_log = conf->access_log,
		.log = host->svc->log,
		.metrics = host->svc->metrics,
		.use_cert = use_cert,
		.use_cert_ctx = host->keys,
		.use_challenge = use_challenge,
		.use_challenge_ctx = host->site.challenges,
	};
}

/* open_policy - the server of the policies */
static enum mtasts_err
open_policy(struct host *host, struct mtasts_diags *diags)
{
	const struct conf_host *conf = &host->svc->conf->host;
	struct httpd_conf httpd = policy_conf(host, conf);
	enum mtasts_err err = httpd_open(&httpd, &host->policy, diags);

	if (err == MTASTS_OK)
		err = add_sockets(host, &conf->https, true, diags);
	if (err == MTASTS_OK)
		err = add_sockets(host, &conf->http, false, diags);
	return err;
}

/* say_listening - one line per address that is served now */
static void
say_listening(struct host *host)
{
	struct log_line line;
	size_t i;

	for (i = 0; i < host->policy_sockets.count; i++) {
		log_begin(&line, host->svc->log, LOG_LEVEL_INFO, "listening");
		log_cstr(&line, "address", host->policy_sockets.v[i].label);
		log_end(&line);
	}
	for (i = 0; i < host->scrape.sockets.count; i++) {
		log_begin(&line, host->svc->log, LOG_LEVEL_INFO, "listening");
		log_cstr(&line, "address", host->scrape.sockets.v[i].label);
		log_cstr(&line, "serves", "metrics");
		log_end(&line);
	}
}

/* host_close - release everything; also what a failed start left */
static void
host_close(void *ctx)
{
	struct host *host = ctx;

	httpd_close(host->policy);
	listen_close(&host->policy_sockets);
	scrape_close(&host->scrape);
	host_ctl_close(host->control);
	challenges_close(host->site.challenges);
	snapshot_watch_close(host->site.watch);
	tlskeys_close(host->keys);
	mem_free(host);
}

/* host_open - everything in order; stops at the first failure */
static enum mtasts_err
host_open(struct host *host, struct mtasts_diags *diags)
{
	enum mtasts_err err = open_keys(host, &host->svc->conf->host);

	if (err == MTASTS_OK)
		err = open_watch(host);
	if (err == MTASTS_OK)
		err = open_challenges(host, diags);
	if (err == MTASTS_OK)
		err = open_policy(host, diags);
	if (err == MTASTS_OK)
		err = scrape_open(host->svc, host->svc->conf->host.metrics,
		    &host->scrape, diags);
	if (err == MTASTS_OK)
		err = httpd_start(host->policy);
	return err;
}

/* host_start - the duty begins */
static enum mtasts_err
host_start(struct svc *svc, void **ctx)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct host *host = mem_zalloc(1, sizeof(*host));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (host == NULL)
		goto out;
	host->svc = svc;
	host->scrape.look = host_site_look;
	host->scrape.ctx = &host->site;
	listen_init(&host->policy_sockets);
	atomic_init(&host->site.other_path_status,
	    (int)svc->conf->host.other_path_status);
	err = host_open(host, diags);
	log_findings(svc->log, "start", diags);
	if (err != MTASTS_OK) {
		host_close(host);
		goto out;
	}
	say_listening(host);
	*ctx = host;
out:
	mtasts_diags_free(diags);
	return err;
}

/* follow - let a server have other limits; the old ones stay on failure */
static void
follow(struct host *host, struct httpd *server, struct httpd_conf conf)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err = httpd_set_limits(server, &conf, diags);

	log_findings(host->svc->log, "reload", diags);
	if (err != MTASTS_OK)
		log_event(host->svc->log, LOG_LEVEL_ERROR, "limits-kept",
		    "reason", mtasts_strerror(err));
	mtasts_diags_free(diags);
}

/* host_reload - what can change while running */
static void
host_reload(void *ctx, const struct conf *conf)
{
	struct host *host = ctx;

	atomic_store(
	    &host->site.other_path_status, (int)conf->host.other_path_status);
	follow(host, host->policy, policy_conf(host, &conf->host));
}

/* host_stop - answer what is on its way, then end */
static void
host_stop(void *ctx)
{
	struct host *host = ctx;
	struct log_line line;
	unsigned cut = httpd_stop(host->policy, HOST_STOP_MS);

	log_begin(&line, host->svc->log, LOG_LEVEL_INFO, "stopped");
	log_int(&line, "connections_cut", cut);
	log_end(&line);
	svc_done(host->svc);
}

/* host_check - what only this duty knows about its configuration */
static void
host_check(const struct conf *conf, struct mtasts_diags *diags)
{
	static const struct diag_rule nothing = {
		.id = "conf",
		.name = "host-listens-nowhere",
		.severity = MTASTS_ERROR,
		.rfc = "",
		.fix = "Give host.https or host.http at least one address.",
	};

	static const struct diag_rule no_certificates = {
		.id = "conf",
		.name = "host-without-certificates",
		.severity = MTASTS_ERROR,
		.rfc = "RFC 8461 section 3.3",
		.fix = "Give host.certificates a folder, or host.https no "
		       "address.",
	};

	if (conf->host.https.count > 0 && conf->host.certificates.count == 0)
		diag_add(diags, &no_certificates, (struct diag_place){ 0 },
		    "mtasts-host has addresses for TLS and no folder of "
		    "certificates");
	if (conf->host.https.count == 0 && conf->host.http.count == 0)
		diag_add(diags, &nothing, (struct diag_place){ 0 },
		    "mtasts-host has no address to listen on");
}

const struct svc_duty host_duty = {
	.name = "mtasts-host",
	.summary = "serves the MTA-STS policies of all registered domains",
	.check = host_check,
	.start = host_start,
	.reload = host_reload,
	.stop = host_stop,
	.close = host_close,
};
