/*
 * certify_tell.c - words, lists, metrics and whose turn it is
 *
 * Everything that is told of certificates without a job. Reads the registry and
 * the folders; asks nobody.
 */
#include "task/certify_int.h"

#include "base/timefmt.h"

#include <stdio.h>

#define WARN_AGAIN_S 86400

const char *
certify_end_name(enum certify_end end)
{
	static const char *const names[CERTIFY_ENDS] = { "issued", "not due",
		"others", "later", "refused", "failed" };

	return names[end];
}

const char *
certify_cause_name(enum certify_cause cause)
{
	static const char *const names[CERTIFY_CAUSES] = {
		[CERTIFY_CAUSE_NONE] = "",
		[CERTIFY_CAUSE_UNREGISTERED] = "unregistered",
		[CERTIFY_CAUSE_NO_TARGET] = "no-target",
		[CERTIFY_CAUSE_NO_ADDRESS] = "no-address",
		[CERTIFY_CAUSE_ELSEWHERE] = "elsewhere",
		[CERTIFY_CAUSE_CAA] = "caa",
		[CERTIFY_CAUSE_DNS] = "dns",
		[CERTIFY_CAUSE_CHALLENGE] = "challenge",
		[CERTIFY_CAUSE_BACKOFF] = "back-off",
		[CERTIFY_CAUSE_RATE] = "rate",
		[CERTIFY_CAUSE_PROGRAM] = "program",
		[CERTIFY_CAUSE_ACCOUNT] = "account",
		[CERTIFY_CAUSE_TIMEOUT] = "timeout",
		[CERTIFY_CAUSE_AUTHORITY] = "authority",
		[CERTIFY_CAUSE_LIMITED] = "limited",
		[CERTIFY_CAUSE_PAIR] = "pair",
		[CERTIFY_CAUSE_PLACE] = "place",
		[CERTIFY_CAUSE_STORE] = "store",
	};

	return names[cause];
}

void
certify_log(struct certifier *c, const struct certify_result *r)
{
	static const struct {
		const char *event;
		enum log_level level;
	} rows[CERTIFY_ENDS] = {
		[CERTIFY_ISSUED] = { "acme-issued", LOG_LEVEL_INFO },
		[CERTIFY_NOT_DUE] = { "acme-not-due", LOG_LEVEL_DEBUG },
		[CERTIFY_OTHERS] = { "acme-of-others", LOG_LEVEL_DEBUG },
		[CERTIFY_LATER] = { "acme-later", LOG_LEVEL_DEBUG },
		[CERTIFY_REFUSED] = { "acme-refused", LOG_LEVEL_INFO },
		[CERTIFY_FAILED] = { "acme-failed", LOG_LEVEL_WARN },
	};
	struct log_line line;
	struct timefmt at;

	if (c->conf.log == NULL)
		return;
	log_begin(&line, c->conf.log, rows[r->end].level, rows[r->end].event);
	log_cstr(&line, "name", r->host);
	if (r->cause != CERTIFY_CAUSE_NONE)
		log_cstr(&line, "cause", certify_cause_name(r->cause));
	if (r->why[0] != '\0')
		log_cstr(&line, "reason", r->why);
	if (r->end == CERTIFY_ISSUED)
		log_cstr(
		    &line, "until", timefmt_rfc3339(&at, r->cert.not_after_at));
	if (r->next_at > 0)
		log_cstr(&line, "next", timefmt_rfc3339(&at, r->next_at));
	log_end(&line);
}

/* ---- whose turn is it? ---- */

/* A walk over those whose turn is first. */
struct turns {
	bool (*fn)(void *ctx, const struct certify_due *due);
	void *ctx;
};

/* on_turn - tell of one */
static bool
on_turn(void *arg, const struct registry_cert *cert)
{
	const struct turns *t = arg;
	char domain[CERTIFY_HOST_MAX];

	snprintf(domain, sizeof(domain), "%" STR_FMT, STR_ARG(cert->domain));
	return t->fn(t->ctx,
	    &(struct certify_due){ .domain = domain, .at = cert->next_at });
}

enum mtasts_err
certify_each_due(struct registry *r, bool ours, size_t count,
    bool (*fn)(void *ctx, const struct certify_due *due), void *ctx)
{
	struct turns turns = { fn, ctx };

	return registry_each_due_cert(r, ours, count, on_turn, &turns);
}

/* ---- lists ---- */

/* A walk over all names. */
struct walk {
	const struct certify_list *list;
	const struct tlskeys_index *index;
};

/* put_issuer - of the certificate in a folder; nothing when there is none */
static void
put_issuer(const char *dir, struct buf *out)
{
	char path[TLSKEYS_DIR_MAX + 32];
	struct x509 *x = NULL;
	struct buf pem;

	if (dir[0] == '\0')
		return;
	snprintf(path, sizeof(path), "%s/" TLSKEYS_CERT_FILE, dir);
	buf_init(&pem, X509_FILE_MAX);
	if (x509_read_file(path, &pem, NULL) == MTASTS_OK &&
	    x509_parse(NULL, buf_str(&pem), NULL, &x, NULL) == MTASTS_OK)
		x509_issuer(x, out);
	x509_free(x);
	buf_free(&pem);
}

/* ours_folder - where ours would be */
static const char *
ours_folder(const struct conf *conf)
{
	return conf->host.certificates.count > 0 ? conf->host.certificates.v[0]
						 : "";
}

/* fill - all that is known of one name but the issuer */
static void
fill(const struct walk *w, const struct registry_cert *cert, const char *host,
    struct certify_found *found, struct certify_item *item)
{
	int64_t at = w->list->at;

	certify_find(w->index, ours_folder(w->list->conf), host, at, found);
	*item = (struct certify_item){ .host = host,
		.domain = host + sizeof("mta-sts.") - 1,
		.dir = found->dir,
		.issuer = "",
		.cert = found->cert,
		.age = certplan_age(&found->cert, at),
		.state = cert->state,
		.why = "",
		.failures = cert->failures,
		.next_at = cert->next_at };
	item->others =
	    found->cert.not_after_at > 0 && (!found->ours || !cert->managed);
}

/* on_item - one name of a list */
static bool
on_item(void *arg, const struct registry_cert *cert)
{
	struct walk *w = arg;
	char host[CERTIFY_HOST_MAX], why[CERTIFY_WHY_MAX];
	struct certify_found found;
	struct certify_item item;
	struct buf issuer;
	bool more;

	snprintf(
	    host, sizeof(host), "mta-sts.%" STR_FMT, STR_ARG(cert->domain));
	snprintf(why, sizeof(why), "%" STR_FMT, STR_ARG(cert->why));
	fill(w, cert, host, &found, &item);
	item.why = why;
	buf_init(&issuer, 1024);
	put_issuer(found.dir, &issuer);
	if (issuer.p != NULL)
		item.issuer = issuer.p;
	more = w->list->fn(w->list->ctx, &item);
	buf_free(&issuer);
	return more;
}

/* walk - call fn for every name, with the folders known */
static enum mtasts_err
walk(const struct certify_list *list,
    bool (*fn)(void *arg, const struct registry_cert *cert), struct walk *w)
{
	const struct conf_list *folders = &list->conf->host.certificates;
	struct tlskeys_index *index = NULL;
	atomic_bool stop;
	struct tlskeys_scan scan = { .folders = folders->v,
		.folder_count = folders->count,
		.pool = x509_pool_new(),
		.log = list->log,
		.at = list->at,
		.stop = &stop };
	enum mtasts_err err = MTASTS_ENOMEM;

	atomic_init(&stop, false);
	if (scan.pool != NULL)
		err = tlskeys_index_scan(&scan, NULL, &index);
	w->list = list;
	w->index = index;
	if (err == MTASTS_OK)
		err = registry_each_cert(list->registry, fn, w);
	tlskeys_index_free(index);
	x509_pool_free(scan.pool);
	return err;
}

enum mtasts_err
certify_list(const struct certify_list *list)
{
	struct walk w = { .list = list };

	return walk(list, on_item, &w);
}

/* ---- metrics ---- */

void
certify_metrics_open(struct certify_metrics *m, struct metrics *metrics)
{
	static const char *const labels[CERTPLAN_AGES] = { "age=\"fine\"",
		"age=\"due\"", "age=\"soon\"", "age=\"urgent\"",
		"age=\"expired\"", "age=\"missing\"" };

	for (unsigned i = 0; i < CERTPLAN_AGES; i++)
		m->ages[i] = metrics_add(metrics, METRIC_GAUGE,
		    "mtasts_acme_certificates",
		    "Certificates of registered policy hosts, by what is left "
		    "of their lifetime.",
		    labels[i]);
	m->others = metrics_add(metrics, METRIC_GAUGE,
	    "mtasts_acme_certificates_of_others",
	    "Certificates that somebody else keeps (certbot, by hand).", "");
	m->failing =
	    metrics_add(metrics, METRIC_GAUGE, "mtasts_acme_names_failing",
		"Names whose last try for a certificate did not succeed.", "");
	m->orders = metrics_add(metrics, METRIC_GAUGE,
	    "mtasts_acme_orders_recent",
	    "Orders made within acme.orders-per; acme.orders is the most.", "");
	m->soonest = metrics_add(metrics, METRIC_GAUGE,
	    "mtasts_acme_soonest_expiry_seconds",
	    "Seconds to the next end of validity of a certificate; negative "
	    "after it.",
	    "");
}

/* What a look at all certificates adds up. */
struct sums {
	struct walk walk; /* the first member */
	int64_t ages[CERTPLAN_AGES];
	int64_t others, failing, soonest_s;
	bool any;
	char worst[CERTPLAN_AGES][CERTIFY_HOST_MAX]; /* the first of each */
};

/* on_sum - one name more */
static bool
on_sum(void *arg, const struct registry_cert *cert)
{
	struct sums *s = arg;
	char host[CERTIFY_HOST_MAX];
	struct certify_found found;
	struct certify_item item;
	int64_t left;

	snprintf(
	    host, sizeof(host), "mta-sts.%" STR_FMT, STR_ARG(cert->domain));
	fill(&s->walk, cert, host, &found, &item);
	s->ages[item.age]++;
	s->others += item.others;
	s->failing += cert->state == REGISTRY_CERT_REFUSED ||
	    cert->state == REGISTRY_CERT_FAILED;
	if (s->worst[item.age][0] == '\0')
		memcpy(s->worst[item.age], host, sizeof(host));
	left = item.cert.not_after_at - s->walk.list->at;
	if (item.age != CERTPLAN_MISSING && (!s->any || left < s->soonest_s)) {
		s->soonest_s = left;
		s->any = true;
	}
	return true;
}

/* warn - of those that should have been renewed long ago; once a day */
static void
warn(struct certify_metrics *m, const struct sums *s,
    const struct certify_list *list)
{
	for (unsigned age = CERTPLAN_SOON; age <= CERTPLAN_EXPIRED; age++) {
		struct log_line line;

		if (s->ages[age] == 0 || list->log == NULL ||
		    (m->warned_at[age] != 0 &&
			list->at - m->warned_at[age] < WARN_AGAIN_S))
			continue;
		m->warned_at[age] = list->at;
		log_begin(&line, list->log,
		    age == CERTPLAN_SOON ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR,
		    "acme-old");
		log_cstr(
		    &line, "age", certplan_age_name((enum certplan_age)age));
		log_int(&line, "count", s->ages[age]);
		log_cstr(&line, "first", s->worst[age]);
		log_cstr(&line, "fix", "see: mtasts cert list --problems");
		log_end(&line);
	}
}

enum mtasts_err
certify_metrics_look(struct certify_metrics *m, const struct certify_list *list)
{
	int64_t per_s = list->conf->acme.orders_per_ms / 1000;
	struct registry_orders orders = { 0 };
	struct sums s = { .any = false };
	enum mtasts_err err = walk(list, on_sum, &s.walk);

	if (err == MTASTS_OK)
		err = registry_orders_since(
		    list->registry, list->at - per_s, &orders);
	if (err != MTASTS_OK)
		return err;
	for (unsigned i = 0; i < CERTPLAN_AGES; i++)
		metric_set(m->ages[i], s.ages[i]);
	metric_set(m->others, s.others);
	metric_set(m->failing, s.failing);
	metric_set(m->orders, (int64_t)orders.count);
	metric_set(m->soonest, s.soonest_s);
	mem_free(orders.at);
	warn(m, &s, list);
	return MTASTS_OK;
}
