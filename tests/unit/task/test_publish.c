/*
 * test_publish - from a name to all that is to be true of it
 *
 * Below the task are a DNS, policy hosts, a pusher and a certifier of the
 * test's own; the registry is a real one. The pusher does what must never
 * happen unless all is well: it brings the id out. So it checks each time that
 * every address serves the policy of that id.
 */
#include "task/publish.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/ipspecial.h"
#include "support/scratch.h"
#include "task/domain.h"

#define DOMAIN	 "a.example"
#define ADDRESS	 "192.0.2.1"
#define ADDRESS6 "2001:db8::1"
#define DAY	 86400

/* What a policy host does. */
enum site_kind {
	SITE_SERVES = 0, /* what the registry says */
	SITE_OLD, /* what it served when it was made so */
	SITE_SLOW, /* the same, twice; then what the registry says */
	SITE_SILENT, /* no answer */
	SITE_REFUSES, /* the connection */
	SITE_UNTRUSTED,
	SITE_NOT_FOUND
};

struct site {
	enum site_kind kind;
	unsigned asked;
	char old[2000];
};

struct fetch {
	struct world *w;
	struct site *site;
	struct loop_watch *timer;
	fetch_callback *cb;
	void *ctx;
};

struct push {
	struct world *w;
	struct push_want want;
	char domain[256];
	struct loop_watch *timer;
};

struct certify {
	struct world *w;
	struct certify_want want;
	struct loop_watch *timer;
};

/* DNS: lines "NAME TYPE DATA", or "NAME SERVFAIL". */
struct dns {
	struct loop *loop;
	const char *zone;
};

struct dns_ask {
	struct dns *dns;
	char name[300];
	enum dnstype type;
	dns_callback *cb;
	void *ctx;
	struct loop_watch *timer;
};

/* The opaque things hold nothing but the world. */
struct fetcher {
	struct world *w;
	struct ipspecial_allowed allowed;
};
struct pusher {
	struct world *w;
};
struct certifier {
	struct world *w;
};

struct world {
	struct scratch dir;
	struct arena *arena; /* of what is known */
	struct loop *loop;
	struct dns dns;
	struct fetcher fetcher;
	struct pusher pusher;
	struct certifier certifier;
	struct registry *registry;
	struct conf *conf;
	struct publisher *publisher;
	struct site site4, site6;
	/* the pusher */
	bool way, host_way_only_fails;
	enum push_end push_end;
	bool records; /* of a removed name are there */
	char dns_id[64];
	unsigned pushed, host_pushed;
	void (*on_push)(struct world *w);
	/* the certifier */
	bool acme;
	enum certify_end cert_end;
	int64_t cert_next_at;
	unsigned certified;
	/* what came of it */
	unsigned ended, steps;
	enum publish_end end;
	enum publish_step step;
	bool changed;
	int64_t next_at;
	char why[700], fix[1500], id[64], trace[200];
	int stop_at; /* the step to be killed at; -1: none */
};

/* ---- the peers ---- */

/* dns_record - one line of the zone, if it answers */
static void
dns_record(const struct dns_ask *q, struct str line, struct dnsfact *fact,
    struct dnsfact_record *records)
{
	struct str name, type, data;
	struct ipnet_addr addr;

	str_cut(line, ' ', &name, &line);
	str_cut(line, ' ', &type, &data);
	if (!str_eq(name, str_of(q->name)))
		return;
	if (str_eq(type, STR("SERVFAIL")))
		fact->end = DNSFACT_SERVFAIL;
	if (!str_eq(type, str_of(dnstype_name(q->type))))
		return;
	fact->end = DNSFACT_FOUND;
	if (q->type == DNSTYPE_TXT) {
		records[fact->count++].txt = data;
		return;
	}
	assert_true(ipnet_addr_parse(data, &addr));
	if (q->type == DNSTYPE_A)
		memcpy(records[fact->count++].ip, addr.b + 12, 4);
	else
		memcpy(records[fact->count++].ip, addr.b, 16);
}

static void
dns_answers(void *ctx)
{
	struct dns_ask *q = ctx;
	struct arena *a = arena_new(1u << 20);
	struct dnsfact *fact = arena_zalloc(a, 1, sizeof(*fact));
	struct dnsfact_record *records = arena_zalloc(a, 8, sizeof(*records));
	struct str zone = str_of(q->dns->zone), line;

	fact->arena = a;
	fact->type = q->type;
	fact->end = DNSFACT_NODATA;
	fact->records = records;
	fact->why = "";
	fact->canonical = arena_dup(a, str_of(q->name));
	while (str_line(&zone, &line, NULL))
		dns_record(q, line, fact, records);
	q->cb(q->ctx, fact);
	dnsfact_free(fact);
	dns_cancel(q);
}

struct dns_ask *
dns_start(struct dns *dns, const char *name, enum dnstype type,
    dns_callback *cb, void *ctx)
{
	struct dns_ask *q = calloc(1, sizeof(*q));

	assert_non_null(q);
	*q = (struct dns_ask){ .dns = dns, .type = type, .cb = cb, .ctx = ctx };
	snprintf(q->name, sizeof(q->name), "%s", name);
	q->timer = loop_timer(dns->loop, dns_answers, q);
	loop_timer_start(q->timer, 0);
	return q;
}

void
dns_cancel(struct dns_ask *q)
{
	if (q == NULL)
		return;
	loop_watch_close(q->timer);
	free(q);
}

/* serve_now - what the registry says; the text in b */
static void
serve_now(struct world *w, const char *domain, struct buf *b, char id[64])
{
	struct arena *a = arena_new(1u << 20);
	struct registry_row row;

	id[0] = '\0';
	if (registry_find(w->registry, str_of(domain), a, &row) == MTASTS_OK &&
	    row.served) {
		buf_put_str(b, row.policy.body);
		snprintf(id, 64, "%.*s", STR_ARG(row.policy.id));
	}
	arena_free(a);
}

/* site_text - what a site serves for a domain */
static void
site_text(
    struct world *w, const struct site *s, const char *domain, struct buf *b)
{
	char id[64];

	if (s->kind == SITE_OLD || (s->kind == SITE_SLOW && s->asked <= 2))
		buf_puts(b, s->old);
	else
		serve_now(w, domain, b, id);
}

/* site_is - from now on, remembering what it serves now */
static void
site_is(struct world *w, struct site *s, enum site_kind kind)
{
	char id[64];
	struct buf b;

	buf_init(&b, 4000);
	serve_now(w, DOMAIN, &b, id);
	snprintf(s->old, sizeof(s->old), "%s", b.p != NULL ? b.p : "");
	buf_free(&b);
	s->kind = kind;
	s->asked = 0;
}

static void
fetch_answers(void *ctx)
{
	struct fetch *f = ctx;
	struct tlsfact tls = { .names_host = true, .why = "" };
	struct fetchfact fact = { .end = FETCHFACT_OK,
		.status = 200,
		.why = "",
		.address = "",
		.connected = true,
		.tls = &tls };
	struct buf b;

	buf_init(&b, 70000);
	f->site->asked++;
	switch (f->site->kind) {
	case SITE_SILENT:
		fact.end = FETCHFACT_TIMEOUT;
		fact.connected = false;
		fact.why = "no connection within 5s";
		break;
	case SITE_REFUSES:
		fact.end = FETCHFACT_CONNECT;
		fact.why = "no connection: Connection refused";
		break;
	case SITE_UNTRUSTED:
		tls.trust = TLSFACT_SELF_SIGNED;
		tls.why = "it signed itself";
		break;
	case SITE_NOT_FOUND:
		fact.end = FETCHFACT_STATUS;
		fact.why = "the status is 404";
		break;
	default:
		break;
	}
	site_text(f->w, f->site, DOMAIN, &b);
	if (fact.end == FETCHFACT_OK)
		fact.body = buf_str(&b);
	f->cb(f->ctx, &fact);
	buf_free(&b);
	loop_watch_close(f->timer);
	free(f);
}

struct fetch *
fetch_start_at(struct fetcher *fetcher, const struct fetch_at *at,
    fetch_callback *cb, void *ctx)
{
	struct fetch *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_string_equal(at->host, "mta-sts." DOMAIN);
	f->w = fetcher->w;
	f->site = ipnet_addr_is_v4(&at->addr) ? &f->w->site4 : &f->w->site6;
	f->cb = cb;
	f->ctx = ctx;
	f->timer = loop_timer(f->w->loop, fetch_answers, f);
	loop_timer_start(f->timer, 0);
	return f;
}

struct fetch *
fetch_start(
    struct fetcher *fetcher, const char *host, fetch_callback *cb, void *ctx)
{
	struct fetch_at at = { .host = host };

	assert_true(ipnet_addr_parse(STR(ADDRESS), &at.addr));
	return fetch_start_at(fetcher, &at, cb, ctx);
}

void
fetch_cancel(struct fetch *f)
{
	if (f == NULL)
		return;
	loop_watch_close(f->timer);
	free(f);
}

const struct ipspecial_allowed *
fetcher_allowed(const struct fetcher *f)
{
	return &f->allowed;
}

const char *
push_end_name(enum push_end end)
{
	static const char *const names[PUSH_ENDS] = { "same", "written",
		"differs", "by hand", "foreign", "refused", "lagging",
		"unknown" };

	return names[end];
}

bool
push_has_way(const struct conf *conf, const char *name)
{
	/* The configuration of the test says it by what nobody else uses. */
	return conf->acme.orders == 4711;
}

/* bring_out - the id of what is served now, in DNS; all must serve it */
static bool
bring_out(struct world *w, const char *domain)
{
	struct buf now, seen;
	char id[64];

	buf_init(&now, 70000);
	buf_init(&seen, 70000);
	serve_now(w, domain, &now, id);
	site_text(w, &w->site4, domain, &seen);
	assert_true(str_eq(buf_str(&now), buf_str(&seen)));
	buf_free(&now);
	buf_free(&seen);
	if (strcmp(w->dns_id, id) == 0)
		return false;
	snprintf(w->dns_id, sizeof(w->dns_id), "%s", id);
	return true;
}

/* is_served - is this the id that is served now? */
static bool
is_served(struct world *w, const char *domain, const char *id)
{
	struct buf now;
	char served[64];

	buf_init(&now, 70000);
	serve_now(w, domain, &now, served);
	buf_free(&now);
	return strcmp(served, id) == 0;
}

static void
push_answers(void *ctx)
{
	struct push *p = ctx;
	struct world *w = p->w;
	struct push_result r = { .end = w->push_end,
		.domain = p->domain,
		.why = w->push_end > PUSH_WRITTEN ? "the server said no" : "",
		.fix = w->push_end > PUSH_BY_HAND ? "Ask it why" : "",
		.server = "" };

	if (!p->want.host_only && r.end <= PUSH_WRITTEN) {
		if (w->on_push != NULL)
			w->on_push(w);
		if (p->want.id != NULL && !is_served(w, p->domain, p->want.id))
			r.end = PUSH_UNKNOWN;
		else
			r.end =
			    bring_out(w, p->domain) ? PUSH_WRITTEN : PUSH_SAME;
	}
	r.id_live = !p->want.host_only && r.end <= PUSH_WRITTEN;
	p->want.done(p->want.ctx, &r);
	push_cancel(p);
}

struct push *
push_start(struct pusher *pusher, const struct push_want *want)
{
	struct push *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->w = pusher->w;
	p->want = *want;
	snprintf(p->domain, sizeof(p->domain), "%s", want->domain);
	if (want->host_only)
		p->w->host_pushed++;
	else
		p->w->pushed++;
	p->timer = loop_timer(p->w->loop, push_answers, p);
	loop_timer_start(p->timer, 0);
	return p;
}

void
push_cancel(struct push *p)
{
	if (p == NULL)
		return;
	loop_watch_close(p->timer);
	free(p);
}

static void
certify_answers(void *ctx)
{
	struct certify *c = ctx;
	struct world *w = c->w;
	bool bad = w->cert_end >= CERTIFY_LATER;
	struct certify_result r = { .end = w->cert_end,
		.domain = DOMAIN,
		.host = "mta-sts." DOMAIN,
		.why = bad ? "the authority said no" : "",
		.fix = bad ? "Ask the authority" : "",
		.next_at = w->cert_next_at };

	c->want.done(c->want.ctx, &r);
	certify_cancel(c);
}

struct certify *
certify_start(struct certifier *certifier, const struct certify_want *want)
{
	struct certify *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->w = certifier->w;
	c->want = *want;
	c->w->certified++;
	c->timer = loop_timer(c->w->loop, certify_answers, c);
	loop_timer_start(c->timer, 0);
	return c;
}

void
certify_cancel(struct certify *c)
{
	if (c == NULL)
		return;
	loop_watch_close(c->timer);
	free(c);
}

/* ---- the world ---- */

/* job_of - for task/domain */
static struct domain_job
job_of(struct world *w, struct arena *a, int64_t now_at)
{
	return (struct domain_job){
		.registry = w->registry, .arena = a, .now_at = now_at
	};
}

/* set - settings of the domain, as people write them; at a time from now */
static void
set(struct world *w, const char *word, int64_t in_s)
{
	struct arena *a = arena_new(1u << 20);
	struct domain_job job = job_of(w, a, loop_time_s() + in_s);
	struct domain_edit edit;
	struct domain_result r;

	assert_int_equal(
	    domain_read_edit(str_of(word), &edit, NULL), MTASTS_OK);
	assert_int_equal(domain_set(&job, STR(DOMAIN),
			     (struct domain_edits){ &edit, 1 }, &r),
	    MTASTS_OK);
	arena_free(a);
}

/* set_defaults - one of them */
static void
set_defaults(struct world *w, const char *word)
{
	struct arena *a = arena_new(1u << 20);
	struct domain_job job = job_of(w, a, loop_time_s());
	struct domain_edit edit;
	struct domain_result r;

	assert_int_equal(
	    domain_read_edit(str_of(word), &edit, NULL), MTASTS_OK);
	assert_int_equal(
	    domain_defaults_set(&job, (struct domain_edits){ &edit, 1 }, &r),
	    MTASTS_OK);
	arena_free(a);
}

/* remove_domain - begin its removal, so long ago */
static void
remove_domain(struct world *w, int64_t ago_s)
{
	struct arena *a = arena_new(1u << 20);
	struct domain_job job = job_of(w, a, loop_time_s() - ago_s);
	struct domain_result r;

	assert_int_equal(
	    domain_remove(&job, STR(DOMAIN), false, &r), MTASTS_OK);
	arena_free(a);
}

static int
set_up(void **state)
{
	static struct domain_edit edits[2];
	struct world *w = calloc(1, sizeof(*w));
	struct arena *a = arena_new(1u << 20);
	struct domain_job job;
	struct domain_result r;

	if (w == NULL || scratch_open(&w->dir) != 0 ||
	    loop_new(&w->loop) != MTASTS_OK ||
	    registry_open(w->dir.path, REGISTRY_WRITE, &w->registry, NULL) !=
		MTASTS_OK)
		return -1;
	w->conf = conf_new();
	w->arena = arena_new(16u << 20);
	w->stop_at = -1;
	w->dns.loop = w->loop;
	w->dns.zone = "mta-sts." DOMAIN " A " ADDRESS "\n";
	w->fetcher = (struct fetcher){ .w = w, .allowed = { .all = true } };
	w->pusher.w = w->certifier.w = w;
	job = job_of(w, a, loop_time_s() - 1000);
	edits[0] =
	    (struct domain_edit){ SETTINGS_MX, false, STR("mx.a.example") };
	edits[1] =
	    (struct domain_edit){ SETTINGS_ADDRESSES, false, STR(ADDRESS) };
	assert_int_equal(domain_add(&job, STR(DOMAIN),
			     (struct domain_edits){ edits, 2 }, &r),
	    MTASTS_OK);
	arena_free(a);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	publisher_close(w->publisher);
	registry_close(w->registry);
	conf_free(w->conf);
	arena_free(w->arena);
	loop_free(w->loop);
	scratch_close(&w->dir);
	free(w);
	return 0;
}

static void
on_done(void *ctx, const struct publish_result *r)
{
	struct world *w = ctx;

	w->ended++;
	w->end = r->end;
	w->step = r->step;
	w->changed = r->changed;
	w->next_at = r->next_at;
	snprintf(w->why, sizeof(w->why), "%s", r->why);
	snprintf(w->fix, sizeof(w->fix), "%s", r->fix);
	snprintf(w->id, sizeof(w->id), "%s", r->id);
	loop_stop(w->loop);
}

static void
on_step(void *ctx, enum publish_step step)
{
	struct world *w = ctx;
	size_t len = strlen(w->trace);

	snprintf(w->trace + len, sizeof(w->trace) - len, "%s ",
	    publish_step_name(step));
	if ((int)w->steps++ == w->stop_at)
		loop_stop(w->loop);
}

/* open_publisher - with what the world has */
static void
open_publisher(struct world *w)
{
	struct publisher_conf conf = { .loop = w->loop,
		.dns = &w->dns,
		.fetcher = &w->fetcher,
		.registry = w->registry,
		.store_url = w->dir.path,
		.conf = w->conf,
		.pusher = &w->pusher,
		.take_over_ms = 1000,
		.certifier = w->acme ? &w->certifier : NULL };

	w->conf->acme.orders = w->way ? 4711 : 250;
	publisher_close(w->publisher);
	assert_int_equal(publisher_open(&conf, &w->publisher), MTASTS_OK);
}

/* run - one job to its end, or to where it is killed */
static enum publish_end
run(struct world *w, bool now)
{
	struct publish_want want = { .domain = DOMAIN,
		.now = now,
		.done = on_done,
		.step = on_step,
		.ctx = w };
	unsigned ended = w->ended;

	w->trace[0] = '\0';
	w->steps = 0;
	open_publisher(w);
	assert_non_null(publish_start(w->publisher, &want));
	assert_int_equal(w->ended, ended); /* never before it returns */
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	return w->end;
}

/* known - what the registry has of it */
static struct registry_published
known(struct world *w)
{
	struct registry_published p;

	assert_int_equal(
	    registry_find_published(w->registry, STR(DOMAIN), w->arena, &p),
	    MTASTS_OK);
	return p;
}

/* has - is the text in it? */
static void
has(const char *needle, const char *text)
{
	if (strstr(text, needle) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", needle, text);
}

/* ---- tests ---- */

static void
test_live(void **state)
{
	struct world *w = *state;
	struct publish_due due;
	int64_t now_at = loop_time_s();

	w->way = w->acme = true;
	w->cert_end = CERTIFY_ISSUED;
	assert_int_equal(
	    publish_next(w->registry, now_at, NULL, NULL, &due), MTASTS_OK);
	assert_string_equal(due.domain, DOMAIN);
	assert_int_equal(due.at, 0);
	assert_int_equal(run(w, false), PUBLISH_LIVE);
	assert_string_equal(w->trace, "host certificate body id ");
	assert_true(w->changed);
	assert_string_equal(w->why, "");
	assert_string_equal(w->id, w->dns_id);
	assert_int_equal(w->host_pushed, 1);
	assert_true(str_eq(known(w).live_id, str_of(w->dns_id)));
	assert_true(known(w).live_at >= now_at);
	assert_true(str_eq(known(w).end, STR("live")));
	assert_int_equal(known(w).since_at, 0);
	/* Within a day it is looked at again, and nothing happens. */
	assert_true(w->next_at > now_at + DAY / 2);
	assert_true(w->next_at <= now_at + DAY + 5);
	assert_int_equal(
	    publish_next(w->registry, now_at, NULL, NULL, &due), MTASTS_OK);
	assert_int_equal(due.at, w->next_at);
	assert_int_equal(run(w, false), PUBLISH_LATER);
	assert_string_equal(w->trace, "");
	w->cert_end = CERTIFY_NOT_DUE;
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_false(w->changed);
	/* A new policy is due at once, and comes out body first. */
	set(w, "max-age=2d", 0);
	assert_int_equal(
	    publish_next(w->registry, now_at, NULL, NULL, &due), MTASTS_OK);
	assert_int_equal(due.at, 0);
	site_is(w, &w->site4, SITE_SERVES);
	assert_int_equal(run(w, false), PUBLISH_LIVE);
	assert_true(w->changed);
	assert_true(str_eq(known(w).live_id, str_of(w->dns_id)));
}

static void
test_host(void **state)
{
	struct world *w = *state;

	/* No way: it leads here, or somebody has to see to it. */
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_int_equal(w->host_pushed, 0);
	w->dns.zone = "";
	set(w, "max-age=2d", 0);
	assert_int_equal(run(w, true), PUBLISH_BY_HAND);
	assert_int_equal(w->step, PUBLISH_HOST);
	assert_string_equal(w->why, "mta-sts.a.example has no address in DNS");
	assert_string_equal(w->fix, "Set in DNS: mta-sts.a.example A " ADDRESS);
	assert_int_equal(w->pushed, 1);
	w->dns.zone = "mta-sts." DOMAIN " A 192.0.2.9\n";
	assert_int_equal(run(w, true), PUBLISH_BY_HAND);
	has("192.0.2.9, which is none of ours", w->why);
	w->dns.zone = "mta-sts." DOMAIN " SERVFAIL\n";
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("the lookup of mta-sts.a.example failed", w->why);
	/* A delegated domain: its owner sets three. */
	set_defaults(w, "rua=mailto:tls@provider.test");
	w->dns.zone = "sts.provider.test A " ADDRESS "\n";
	set(w, "delegate=sts.provider.test", 0);
	assert_int_equal(run(w, true), PUBLISH_BY_HAND);
	assert_string_equal(w->fix,
	    "The owner of the domain has to set in DNS: mta-sts.a.example "
	    "CNAME sts.provider.test; _mta-sts.a.example CNAME "
	    "a.example._mta-sts.sts.provider.test; _smtp._tls.a.example CNAME "
	    "_smtp._tls.sts.provider.test");
	/* What we may write and cannot is why. */
	w->way = true;
	w->push_end = PUSH_REFUSED;
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	assert_string_equal(w->why, "the server said no");
	assert_string_equal(w->fix, "Ask it why");
	assert_true(str_eq(known(w).dns, STR("refused")));
	/* But a record that leads here is good, whoever made it. */
	w->dns.zone = "mta-sts." DOMAIN " A " ADDRESS
		      "\nsts.provider.test A " ADDRESS "\n";
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	assert_int_equal(w->step, PUBLISH_ID);
}

static void
test_nothing_said(void **state)
{
	struct world *w = *state;

	set(w, "addresses=", 0);
	w->dns.zone = "";
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("nothing says to which addresses", w->why);
	has("defaults set host=NAME", w->fix);
	/* With an address the fetch tells. */
	w->dns.zone = "mta-sts." DOMAIN " A " ADDRESS "\n";
	assert_int_equal(run(w, true), PUBLISH_LIVE);
}

static void
test_certificate(void **state)
{
	struct world *w = *state;
	int64_t at = loop_time_s() + 500;

	w->acme = true;
	w->site4.kind = SITE_UNTRUSTED;
	w->cert_end = CERTIFY_LATER;
	w->cert_next_at = at;
	assert_int_equal(run(w, true), PUBLISH_LATER);
	assert_int_equal(w->step, PUBLISH_CERTIFICATE);
	assert_int_equal(w->next_at, at);
	assert_string_equal(w->why, "the authority said no");
	assert_int_equal(known(w).failures, 0);
	w->cert_end = CERTIFY_REFUSED;
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	assert_int_equal(w->step, PUBLISH_CERTIFICATE);
	assert_string_equal(w->fix, "Ask the authority");
	assert_int_equal(w->pushed, 0);
	/* The one that is there is still good: a warning, and on. */
	w->site4.kind = SITE_SERVES;
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_string_equal(w->why, "the authority said no");
	assert_string_equal(w->fix, "Ask the authority");
	assert_true(str_eq(known(w).why, STR("the authority said no")));
	/* Its renewal is sooner than tomorrow. */
	assert_int_equal(w->next_at, at);
	/* Without ACME it is told what there is. */
	w->acme = false;
	w->site4.kind = SITE_UNTRUSTED;
	set(w, "max-age=2d", 0);
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	assert_int_equal(w->step, PUBLISH_BODY);
	has("senders refuse its certificate: it signed itself", w->why);
	has("cert import", w->fix);
	assert_int_equal(w->pushed, 1);
}

static void
test_body(void **state)
{
	struct world *w = *state;
	char old[64];

	assert_int_equal(run(w, true), PUBLISH_LIVE);
	snprintf(old, sizeof(old), "%s", w->dns_id);
	/* The host takes over in a moment. */
	site_is(w, &w->site4, SITE_SLOW);
	set(w, "max-age=2d", 0);
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_true(w->site4.asked >= 3);
	/* It never does. */
	snprintf(old, sizeof(old), "%s", w->dns_id);
	site_is(w, &w->site4, SITE_OLD);
	set(w, "max-age=3d", 0);
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	assert_int_equal(w->step, PUBLISH_BODY);
	has("mta-sts.a.example at " ADDRESS
	    ": it still serves the policy that had the id ",
	    w->why);
	has(old, w->why);
	has("an old process", w->fix);
	assert_string_equal(w->dns_id, old);
	assert_true(str_eq(known(w).live_id, str_of(old)));
	snprintf(w->site4.old, sizeof(w->site4.old), "hello");
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("serves another text", w->why);
	site_is(w, &w->site4, SITE_NOT_FOUND);
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has(": the status is 404", w->why);
	assert_string_equal(w->dns_id, old);
}

static void
test_addresses(void **state)
{
	struct world *w = *state;

	set(w, "addresses=" ADDRESS "," ADDRESS6, 0);
	w->dns.zone = "mta-sts." DOMAIN " A " ADDRESS "\n"
		      "mta-sts." DOMAIN " AAAA " ADDRESS6 "\n";
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_int_equal(w->site6.asked, 1);
	/* We cannot get there: that proves nothing. */
	w->site6.kind = SITE_SILENT;
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	w->site4.kind = SITE_SILENT;
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("no connection within 5s", w->why);
	w->site4.kind = SITE_SERVES;
	w->site6.kind = SITE_REFUSES;
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("at " ADDRESS6 ": no connection: Connection refused", w->why);
	site_is(w, &w->site6, SITE_OLD);
	set(w, "max-age=2d", 0);
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("at " ADDRESS6 ": it still serves", w->why);
	/* An address that no stranger reaches. */
	w->site6.kind = SITE_SERVES;
	w->fetcher.allowed.all = false;
	set(w, "addresses=10.1.2.3", 0);
	w->dns.zone = "mta-sts." DOMAIN " A 10.1.2.3\n";
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("strangers cannot reach such an address", w->why);
	assert_int_equal(w->pushed, 2);
}

/* change_again - the policy becomes another while DNS is being written */
static void
change_again(struct world *w)
{
	w->on_push = NULL;
	set(w, "max-age=5d", 1);
}

static void
test_moved(void **state)
{
	struct world *w = *state;

	w->on_push = change_again;
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_string_equal(w->trace, "host certificate body id body id ");
	assert_string_equal(w->id, w->dns_id);
	/* It is looked at again soon, since it changed under the job. */
	assert_int_equal(known(w).next_at, 0);
	assert_int_equal(run(w, false), PUBLISH_LIVE);
	assert_true(known(w).next_at > 0);
}

/* vanish - it is deleted while DNS is being written */
static void
vanish(struct world *w)
{
	w->on_push = NULL;
	assert_int_equal(registry_begin(w->registry, REGISTRY_WRITE), 0);
	assert_int_equal(registry_unserve(w->registry, STR(DOMAIN), 1), 0);
	assert_int_equal(registry_delete(w->registry, STR(DOMAIN)), 0);
	assert_int_equal(registry_commit(w->registry), 0);
}

static void
test_vanished(void **state)
{
	struct world *w = *state;
	struct publish_due due;

	w->site4.kind = SITE_OLD;
	w->on_push = vanish;
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	w->site4.kind = SITE_SERVES;
	assert_int_equal(run(w, true), PUBLISH_GONE);
	assert_string_equal(w->why, "");
	assert_int_equal(run(w, true), PUBLISH_PROBLEM);
	has("is not in the registry", w->why);
	assert_int_equal(
	    publish_next(w->registry, 1, NULL, NULL, &due), MTASTS_OK);
	assert_string_equal(due.domain, "");
}

static void
test_push_ends(void **state)
{
	static const struct {
		enum push_end end;
		enum publish_end want;
		int64_t from_s, to_s;
	} rows[] = { { PUSH_BY_HAND, PUBLISH_BY_HAND, 300, 300 },
		{ PUSH_FOREIGN, PUBLISH_PROBLEM, 60, 60 },
		{ PUSH_REFUSED, PUBLISH_PROBLEM, 120, 120 },
		{ PUSH_UNKNOWN, PUBLISH_PROBLEM, 240, 240 },
		{ PUSH_LAGGING, PUBLISH_LATER, 480, 480 } };
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int64_t now_at = loop_time_s();

		w->push_end = rows[i].end;
		assert_int_equal(run(w, true), rows[i].want);
		assert_int_equal(w->step, PUBLISH_ID);
		has("the server said no", w->why);
		assert_in_range(w->next_at, now_at + rows[i].from_s,
		    now_at + rows[i].to_s + 3);
		assert_int_equal(known(w).live_id.len, 0);
		assert_true(known(w).since_at > 0);
		if (rows[i].end == PUSH_BY_HAND)
			has("_mta-sts.a.example TXT \"v=STSv1; id=", w->fix);
	}
	/* At most an hour. */
	for (unsigned i = 0; i < 5; i++)
		run(w, true);
	assert_in_range(w->next_at, loop_time_s() + 3590, loop_time_s() + 3600);
	w->push_end = PUSH_SAME;
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_int_equal(known(w).failures, 0);
	assert_int_equal(known(w).since_at, 0);
}

static void
test_long_records(void **state)
{
	struct world *w = *state;
	char word[4000];
	size_t len = 4;

	strcpy(word, "rua=");
	for (int i = 0; i < 50; i++)
		len += (size_t)snprintf(word + len, sizeof(word) - len,
		    "%smailto:tls-reports-%d@reports.example.net",
		    i > 0 ? "," : "", i);
	set(w, word, 0);
	w->push_end = PUSH_BY_HAND;
	assert_int_equal(run(w, true), PUBLISH_BY_HAND);
	has("Set in DNS: mta-sts.a.example A ", w->fix);
	has("mailto:tls-reports-9@", w->fix);
	assert_string_equal(w->fix + strlen(w->fix) - 4, " ...");
	assert_int_equal(strlen(w->fix), 1399);
}

static void
test_patience(void **state)
{
	static const int64_t rows[][2] = { { 0, 300 }, { 3700, 3600 },
		{ 8 * DAY, 6 * 3600 } };
	struct world *w = *state;

	w->dns.zone = "";
	assert_int_equal(run(w, true), PUBLISH_BY_HAND);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct registry_published p = known(w);

		p.since_at = loop_time_s() - rows[i][0];
		assert_int_equal(
		    registry_put_published(w->registry, &p, false), 0);
		assert_int_equal(run(w, true), PUBLISH_BY_HAND);
		assert_in_range(w->next_at, loop_time_s() + rows[i][1] - 3,
		    loop_time_s() + rows[i][1]);
	}
}

static void
test_removal(void **state)
{
	struct world *w = *state;
	struct arena *a = arena_new(1u << 20);
	struct registry_published p;
	struct registry_row row;

	assert_int_equal(run(w, true), PUBLISH_LIVE);
	/* Mode none goes out like any other. */
	remove_domain(w, 0);
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_int_equal(
	    registry_find(w->registry, STR(DOMAIN), a, &row), MTASTS_OK);
	assert_int_equal(row.policy.mode, MTASTS_MODE_NONE);
	assert_true(w->next_at <= row.until_at);
	/* It has run out. Somebody has to delete records. */
	row.until_at = loop_time_s() - 10;
	assert_int_equal(registry_put(w->registry, &row), MTASTS_OK);
	assert_int_equal(run(w, true), PUBLISH_BY_HAND);
	has("its records can go", w->why);
	has("Delete from DNS: mta-sts.a.example; _mta-sts.a.example", w->fix);
	/* Somebody did: resolvers may keep them for their TTL. */
	w->dns.zone = "";
	assert_int_equal(run(w, true), PUBLISH_LATER);
	assert_in_range(w->next_at, loop_time_s() + 290, loop_time_s() + 300);
	assert_int_equal(run(w, true), PUBLISH_LATER);
	assert_true(w->next_at <= loop_time_s() + 300);
	p = known(w);
	assert_true(str_eq(p.step, STR("gone")));
	p.since_at -= 301;
	assert_int_equal(
	    registry_put_published(w->registry, &p, false), MTASTS_OK);
	assert_int_equal(run(w, true), PUBLISH_GONE);
	assert_true(w->changed);
	assert_int_equal(
	    registry_find(w->registry, STR(DOMAIN), a, &row), MTASTS_ENOENT);
	arena_free(a);
}

/* Killed as each step begins, and again, until it is through. */
static void
test_killed(void **state)
{
	struct world *w = *state;

	w->way = w->acme = true;
	for (int round = 0; round < 3; round++) {
		set(w, round == 1 ? "max-age=3d" : "max-age=2d", round);
		for (int at = 0; at < PUBLISH_STEPS; at++) {
			unsigned ended = w->ended;

			w->stop_at = at;
			run(w, true);
			assert_int_equal(w->ended, ended);
			assert_int_equal(w->steps, at + 1);
			/* Not even begun: DNS has what it had. */
			assert_true(
			    str_eq(known(w).live_id, str_of(w->dns_id)));
			site_is(w, &w->site4,
			    at % 2 == 0 ? SITE_SLOW : SITE_SERVES);
		}
		w->stop_at = -1;
		assert_int_equal(run(w, true), PUBLISH_LIVE);
		assert_string_equal(w->id, w->dns_id);
	}
}

/* skip_a - its job is under way */
static bool
skip_a(void *ctx, struct str domain)
{
	return str_eq(domain, STR(DOMAIN));
}

static void
test_next(void **state)
{
	struct world *w = *state;
	struct registry_row row = { .name = STR("b.example"), .added_at = 1 };
	struct publish_due due;

	assert_int_equal(registry_put(w->registry, &row), MTASTS_OK);
	assert_int_equal(
	    publish_next(w->registry, 5, skip_a, NULL, &due), MTASTS_OK);
	assert_string_equal(due.domain, "b.example");
	assert_int_equal(run(w, true), PUBLISH_LIVE);
	assert_int_equal(
	    publish_next(w->registry, 5, NULL, NULL, &due), MTASTS_OK);
	assert_string_equal(due.domain, "b.example");
	assert_int_equal(registry_delete(w->registry, row.name), MTASTS_OK);
	assert_int_equal(
	    publish_next(w->registry, 5, skip_a, NULL, &due), MTASTS_OK);
	assert_string_equal(due.domain, "");
	/* A clock that was set back stops nothing. */
	assert_int_equal(
	    publish_next(w->registry, 5, NULL, NULL, &due), MTASTS_OK);
	assert_string_equal(due.domain, DOMAIN);
	assert_int_equal(due.at, 5);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = { CASE(test_live), CASE(test_host),
		CASE(test_nothing_said), CASE(test_certificate),
		CASE(test_body), CASE(test_addresses), CASE(test_moved),
		CASE(test_vanished), CASE(test_push_ends),
		CASE(test_long_records), CASE(test_patience),
		CASE(test_removal), CASE(test_killed), CASE(test_next) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
