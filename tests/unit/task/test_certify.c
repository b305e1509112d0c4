/*
 * test_certify - from a name to a certificate, with a uacme of the test's own
 *
 * DNS is a server on the test's loop, the authority a folder of certificates
 * that are ready; what uacme itself does is seen end to end.
 */
#include "task/certify.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "io/x509.h"
#include "support/dnsfake.h"
#include "support/lab_registry.h"
#include "support/mkcert.h"
#include "support/scratch.h"

#define OUR_ADDRESS "192.0.2.1"
#define A_HOST	    "mta-sts.a.example"
#define B_HOST	    "mta-sts.b.example"

struct world {
	struct scratch dir;
	struct mk_ca ca;
	struct loop *loop;
	struct dnsfake fake;
	struct dns *dns;
	struct registry *registry;
	struct conf *conf;
	struct certifier *certifier;
	char store[200], certs[200], made[200], program[200], hook[200],
	    roots[200], server[40];
	const char *server_list[1];
	const char *folders[1];
	/* how the last job ended */
	unsigned ended, waiting, orders_begun;
	enum certify_end end;
	enum certify_cause cause;
	int64_t next_at, until_at;
	char why[700];
};

/* answer - addresses; CAA records of forbids.example */
static bool
answer(struct dnsfake *fake, const struct dnsfake_question *q, struct wire *out)
{
	const char *address = NULL, *caa = NULL;

	wire_begin(out, q->id, WIRE_QR | WIRE_RD | WIRE_RA, q->name, q->type);
	if (q->type == ns_t_a)
		address = strstr(q->name, "away") != NULL ? "192.0.2.9"
		    : strstr(q->name, "nowhere") != NULL  ? NULL
							  : OUR_ADDRESS;
	if (q->type == 257 && strcmp(q->name, "forbids.example") == 0)
		caa = "0 issue ;";
	if (address != NULL)
		wire_add(out,
		    &(struct wire_record){
			WIRE_AN, q->name, ns_t_a, 60, address, 0 });
	if (caa != NULL)
		wire_add(out,
		    &(struct wire_record){ WIRE_AN, q->name, 257, 60, caa, 0 });
	return true;
}

/* script - the uacme of this test; "issue" comes behind the last option */
static void
script(struct world *w, const char *issue)
{
	char text[4000], name[] = "uacme";
	int n = snprintf(text, sizeof(text),
	    "#!/bin/sh\n"
	    "conf=$2\n"
	    "for host; do :; done\n"
	    "case \" $* \" in *' new '*) exit 0 ;; esac\n"
	    "made=%s\n"
	    "%s\n"
	    "mkdir -p $conf/$host $conf/private/$host\n"
	    "cp $made/$host/privkey.pem $conf/private/$host/key.pem &&\n"
	    "cp $made/$host/fullchain.pem $conf/$host/cert.pem\n",
	    w->made, issue);

	MK_DO(scratch_write(&w->dir, name, text, (size_t)n) == 0);
	MK_DO(chmod(w->program, 0700) == 0);
}

/* make_conf - ACME is on */
static void
make_conf(struct world *w)
{
	w->conf = conf_new();
	MK_DO(w->conf != NULL);
	w->folders[0] = w->certs;
	w->conf->host.certificates = (struct conf_list){ w->folders, 1 };
	w->conf->acme.enabled = true;
	w->conf->acme.directory = "https://ca.test/directory";
	w->conf->acme.program = w->program;
	w->conf->acme.ca_file = w->roots;
	w->conf->acme.timeout_ms = 20000;
}

/* make_registry - domains that lead to us, and some that do not */
static void
make_registry(struct world *w)
{
	static const char *const names[] = { "a.example", "b.example",
		"away.example", "nowhere.example", "forbids.example" };
	struct arena *a = arena_new(1u << 20);
	struct settings s;

	MK_DO(registry_open(w->store, REGISTRY_WRITE, &w->registry, NULL) == 0);
	lab_registry_settings(&s, a, "addresses=" OUR_ADDRESS);
	MK_DO(registry_put_defaults(w->registry, &s) == 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		lab_registry_put(w->registry, names[i], NULL, "", NULL);
	lab_registry_put(w->registry, "alias.example", "a.example", "", NULL);
	arena_free(a);
}

/* paths - of the test's folder */
static void
paths(struct world *w)
{
	const char *at = w->dir.path;

	snprintf(w->store, sizeof(w->store), "%s/store", at);
	snprintf(w->certs, sizeof(w->certs), "%s/certs", at);
	snprintf(w->made, sizeof(w->made), "%s/made", at);
	snprintf(w->program, sizeof(w->program), "%s/uacme", at);
	snprintf(w->hook, sizeof(w->hook), "/bin/true");
	snprintf(w->roots, sizeof(w->roots), "%s/roots.pem", at);
	MK_DO(mkdir(w->store, 0700) == 0 && mkdir(w->certs, 0700) == 0 &&
	    mkdir(w->made, 0700) == 0);
}

static int
set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct dns_conf dns = { .backend = DNS_STUB, .timeout_ms = 3000 };
	struct mk_want a = { .names = "DNS:" A_HOST },
		       b = { .names = "DNS:" B_HOST };
	FILE *f;

	signal(SIGPIPE, SIG_IGN);
	MK_DO(scratch_open(&w->dir) == 0);
	paths(w);
	mk_ca_make(&w->ca);
	mk_folder(&w->ca, w->made, A_HOST, &a);
	mk_folder(&w->ca, w->made, B_HOST, &b);
	f = fopen(w->roots, "w");
	MK_DO(f != NULL && PEM_write_X509(f, w->ca.root) == 1);
	MK_DO(fclose(f) == 0);
	make_conf(w);
	make_registry(w);
	script(w, "");
	MK_DO(loop_new(&w->loop) == MTASTS_OK);
	dnsfake_open(&w->fake, w->loop, answer);
	snprintf(w->server, sizeof(w->server), "127.0.0.1:%u", w->fake.port);
	w->server_list[0] = w->server;
	dns.server = (struct conf_list){ w->server_list, 1 };
	dns.loop = w->loop;
	MK_DO(dns_open(&dns, &w->dns, NULL) == MTASTS_OK);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	certifier_close(w->certifier);
	dns_close(w->dns);
	dnsfake_close(&w->fake);
	registry_close(w->registry);
	conf_free(w->conf);
	loop_free(w->loop);
	mk_ca_free(&w->ca);
	scratch_close(&w->dir);
	free(w);
	return 0;
}

/* open_with - open, with findings */
static enum mtasts_err
open_with(struct world *w, struct mtasts_diags *diags)
{
	struct certifier_conf conf = { .loop = w->loop,
		.dns = w->dns,
		.registry = w->registry,
		.store_url = w->store,
		.conf = w->conf,
		.hook = w->hook };

	return certifier_open(&conf, &w->certifier, diags);
}

/* on_done - remember it */
static void
on_done(void *ctx, const struct certify_result *r)
{
	struct world *w = ctx;

	w->ended++;
	w->end = r->end;
	w->cause = r->cause;
	w->next_at = r->next_at;
	w->until_at = r->cert.not_after_at;
	snprintf(w->why, sizeof(w->why), "%s", r->why);
	if (--w->waiting == 0)
		loop_stop(w->loop);
}

/* on_step - an order begins? */
static void
on_step(void *ctx, enum certify_step step, int64_t until_at)
{
	struct world *w = ctx;

	if (step == CERTIFY_STEP_ORDER) {
		w->orders_begun++;
		if (w->waiting == 0)
			loop_stop(w->loop);
	}
}

/* start - a job for a domain */
static struct certify *
start(struct world *w, const char *domain, struct certify_want want)
{
	want.domain = domain;
	want.done = on_done;
	want.step = on_step;
	want.ctx = w;
	if (w->certifier == NULL)
		assert_int_equal(open_with(w, NULL), MTASTS_OK);
	return certify_start(w->certifier, &want);
}

/* see - the same to its end */
static enum certify_end
see(struct world *w, const char *domain, struct certify_want want)
{
	unsigned before = w->ended;

	w->waiting = 1;
	assert_non_null(start(w, domain, want));
	assert_int_equal(w->ended, before); /* never before it returns */
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->ended, before + 1);
	return w->end;
}

#define PLAIN ((struct certify_want){ .now = false })
#define NOW   ((struct certify_want){ .now = true })
#define FORCE ((struct certify_want){ .now = true, .force = true })

/* row_of - what the registry knows */
static struct registry_cert
row_of(struct world *w, const char *domain)
{
	struct arena *a = arena_new(1u << 16);
	struct registry_cert row;

	assert_int_equal(
	    registry_find_cert(w->registry, str_of(domain), a, &row),
	    MTASTS_OK);
	arena_free(a);
	row.domain = row.why = STR("");
	return row;
}

/* placed - the end of validity of what is in place; 0 */
static int64_t
placed(struct world *w, const char *host)
{
	char chain[500], key[500];
	struct x509 *x = NULL;
	int64_t until_at = 0;

	snprintf(chain, sizeof(chain), "%s/%s/fullchain.pem", w->certs, host);
	snprintf(key, sizeof(key), "%s/%s/privkey.pem", w->certs, host);
	if (x509_load(NULL, chain, key, &x, NULL) == MTASTS_OK)
		until_at = x509_not_after(x);
	x509_free(x);
	return until_at;
}

/* orders - made so far */
static size_t
orders(struct world *w)
{
	struct registry_orders o = { 0 };

	assert_int_equal(registry_orders_since(w->registry, 0, &o), MTASTS_OK);
	mem_free(o.at);
	return o.count;
}

/* ---- */

static void
test_open(void **state)
{
	struct world *w = *state;
	struct mtasts_diags *diags = mtasts_diags_new();

	w->conf->acme.enabled = false;
	assert_int_equal(open_with(w, diags), MTASTS_ECONF);
	w->conf->acme.enabled = true;
	w->conf->host.certificates.count = 0;
	assert_int_equal(open_with(w, diags), MTASTS_ECONF);
	w->conf->host.certificates.count = 1;
	snprintf(w->hook, sizeof(w->hook), "/nonexistent");
	assert_int_equal(open_with(w, diags), MTASTS_ENOENT);
	snprintf(w->hook, sizeof(w->hook), "/bin/true");
	w->conf->acme.ca_file = "/nonexistent";
	assert_int_equal(open_with(w, diags), MTASTS_ESYS);
	w->conf->acme.ca_file = w->roots;
	w->conf->acme.folder = w->program; /* a file */
	assert_int_equal(open_with(w, diags), MTASTS_ESYS);
	assert_int_equal(mtasts_diags_count(diags), 5);
	mtasts_diags_free(diags);
	assert_null(w->certifier);
}

static void
test_issue(void **state)
{
	struct world *w = *state;
	struct registry_cert row;

	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_ISSUED);
	assert_string_equal(w->why, "");
	assert_true(placed(w, A_HOST) > 0);
	assert_int_equal(placed(w, A_HOST), w->until_at);
	row = row_of(w, "a.example");
	assert_int_equal(row.state, REGISTRY_CERT_ISSUED);
	assert_true(row.managed);
	assert_int_equal(row.next_at, w->next_at);
	assert_true(row.next_at < w->until_at - 29 * MK_DAY);
	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_NOT_DUE);
	assert_int_equal(orders(w), 1);
	assert_int_equal(see(w, "a.example", FORCE), CERTIFY_ISSUED);
	assert_int_equal(orders(w), 2);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *domain;
		enum certify_cause cause;
		const char *why;
	} rows[] = {
		{ "other.example", CERTIFY_CAUSE_UNREGISTERED,
		    "other.example is not in the registry" },
		{ "no name", CERTIFY_CAUSE_UNREGISTERED,
		    "no name is not in the registry" },
		{ "away.example", CERTIFY_CAUSE_ELSEWHERE,
		    "mta-sts.away.example has the address 192.0.2.9, which is "
		    "none of ours" },
		{ "nowhere.example", CERTIFY_CAUSE_NO_ADDRESS,
		    "mta-sts.nowhere.example has no address in DNS" },
		{ "forbids.example", CERTIFY_CAUSE_CAA,
		    "the CAA records of forbids.example forbid every authority "
		    "to issue" },
	};
	struct world *w = *state;
	int64_t now_at = loop_time_s();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(see(w, rows[i].domain, NOW), CERTIFY_REFUSED);
		assert_string_equal(w->why, rows[i].why);
		assert_int_equal(w->cause, rows[i].cause);
	}
	assert_int_equal(orders(w), 0);
	assert_int_equal(row_of(w, "away.example").failures, 1);
	/* A look costs little: it is not put off for long. */
	for (size_t i = 0; i < 8; i++)
		see(w, "away.example", NOW);
	assert_true(w->next_at < now_at + 2 * CERTPLAN_LOOK_MAX_S);
	assert_int_equal(row_of(w, "other.example").state, REGISTRY_CERT_NONE);
}

static void
test_back_off(void **state)
{
	struct world *w = *state;
	int64_t before, now_at = loop_time_s();

	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_ISSUED);
	before = placed(w, A_HOST);
	script(w, "echo 'uacme: out of \033[31m order' >&2; exit 2");
	assert_int_equal(see(w, "b.example", PLAIN), CERTIFY_FAILED);
	assert_int_equal(w->cause, CERTIFY_CAUSE_AUTHORITY);
	assert_string_equal(w->why, "the order failed: out of \\x1B[31m order");
	assert_true(w->next_at > now_at + 200 && w->next_at < now_at + 400);
	assert_int_equal(see(w, "b.example", PLAIN), CERTIFY_LATER);
	assert_int_equal(w->cause, CERTIFY_CAUSE_BACKOFF);
	assert_int_equal(orders(w), 2);
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_FAILED);
	assert_int_equal(row_of(w, "b.example").failures, 2);
	/* By force, and failing: what is in place stays. */
	assert_int_equal(see(w, "a.example", FORCE), CERTIFY_FAILED);
	assert_int_equal(placed(w, A_HOST), before);
	script(w, "kill -9 $$");
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_FAILED);
	assert_int_equal(w->cause, CERTIFY_CAUSE_PROGRAM);
	script(w, "");
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_ISSUED);
	assert_int_equal(row_of(w, "b.example").failures, 0);
}

/* the authority says: too many; then nobody orders for an hour */
static void
test_limited(void **state)
{
	struct world *w = *state;

	script(w,
	    "echo '    \"type\": \"urn:ietf:params:acme:error:rateLimited\",' "
	    ">&2; exit 2");
	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_FAILED);
	assert_int_equal(w->cause, CERTIFY_CAUSE_LIMITED);
	assert_true(w->next_at >= loop_time_s() + 3590);
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_LATER);
	assert_int_equal(w->cause, CERTIFY_CAUSE_RATE);
	assert_int_equal(orders(w), 1);
}

static void
test_rate(void **state)
{
	struct world *w = *state;
	int64_t at = 0, now_at = loop_time_s();
	struct registry_cert row;

	w->conf->acme.orders = 1;
	w->conf->acme.orders_per_ms = 3600000;
	assert_int_equal(see(w, "a.example", NOW), CERTIFY_ISSUED);
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_LATER);
	assert_int_equal(w->cause, CERTIFY_CAUSE_RATE);
	assert_true(w->next_at >= now_at + 3600 && w->next_at < now_at + 3700);
	row = row_of(w, "b.example");
	assert_int_equal(row.failures, 0);
	assert_int_equal(row.next_at, w->next_at);
	assert_int_equal(certify_expect_end(w->certifier, 3, &at), MTASTS_OK);
	assert_true(at >= now_at + 3 * 3600 && at < now_at + 3 * 3600 + 100);
	assert_int_equal(certify_expect_end(w->certifier, 0, &at), MTASTS_OK);
	assert_true(at <= loop_time_s());
	/* Who begins anew is bound by it, too. */
	certifier_close(w->certifier);
	w->certifier = NULL;
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_LATER);
}

/* a short rate is waited for */
static void
test_wait(void **state)
{
	struct world *w = *state;
	struct certify_want want = { .now = true, .wait = true };

	w->conf->acme.orders = 1;
	w->conf->acme.orders_per_ms = 1000;
	w->waiting = 2;
	assert_non_null(start(w, "a.example", want));
	assert_non_null(start(w, "b.example", want));
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->end, CERTIFY_ISSUED);
	assert_true(placed(w, A_HOST) > 0 && placed(w, B_HOST) > 0);
	assert_int_equal(w->orders_begun, 2);
}

static void
test_others(void **state)
{
	struct mk_want want = { .names = "DNS:" A_HOST ",DNS:x.example" };
	struct certify_want over = {
		.now = true, .force = true, .take_over = true
	};
	struct world *w = *state;
	char dir[300];

	/* Of certbot, say: in a folder of another name. */
	mk_folder(&w->ca, w->certs, "x.example", &want);
	assert_int_equal(see(w, "a.example", NOW), CERTIFY_OTHERS);
	snprintf(dir, sizeof(dir), "its certificate is kept in %s/x.example",
	    w->certs);
	assert_string_equal(w->why, dir);
	assert_int_equal(see(w, "a.example", FORCE), CERTIFY_OTHERS);
	assert_int_equal(orders(w), 0);
	assert_true(w->next_at > loop_time_s());
	assert_int_equal(see(w, "a.example", over), CERTIFY_ISSUED);
	assert_true(row_of(w, "a.example").managed);
}

/* one that was theirs has run out: then it is ours to get */
static void
test_others_expired(void **state)
{
	struct mk_want want = { .names = "DNS:" A_HOST,
		.from_s = -90 * MK_DAY,
		.until_s = -MK_DAY };
	struct world *w = *state;

	mk_folder(&w->ca, w->certs, A_HOST, &want);
	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_ISSUED);
	assert_true(placed(w, A_HOST) > loop_time_s());
}

static void
test_pair(void **state)
{
	static const struct {
		const char *script, *why;
	} rows[] = {
		{ "cp $made/" B_HOST "/* $made/$host/",
		    "what was issued is no use: it does not name " A_HOST },
		{ "cp $made/" B_HOST "/privkey.pem $made/$host/",
		    "what was issued is no use: " },
		{ "echo > $made/$host/fullchain.pem",
		    "what was issued is no use: " },
		{ "rm $made/$host/fullchain.pem; "
		  "cp() { :; }",
		    "what was issued is no use: " },
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		script(w, rows[i].script);
		assert_int_equal(see(w, "a.example", NOW), CERTIFY_FAILED);
		assert_int_equal(w->cause, CERTIFY_CAUSE_PAIR);
		if (strncmp(w->why, rows[i].why, strlen(rows[i].why)) != 0)
			fail_msg("%zu: %s", i, w->why);
		assert_int_equal(placed(w, A_HOST), 0);
	}
}

/* an authority whose root nobody trusts; a certificate that has run out */
static void
test_untrusted(void **state)
{
	struct mk_want late = { .names = "DNS:" B_HOST,
		.from_s = -9 * MK_DAY,
		.until_s = -MK_DAY };
	struct world *w = *state;
	struct mk_ca other;
	struct mk_want want = { .names = "DNS:" A_HOST };

	mk_ca_make(&other);
	mk_folder(&other, w->made, A_HOST, &want);
	mk_ca_free(&other);
	assert_int_equal(see(w, "a.example", NOW), CERTIFY_FAILED);
	assert_int_equal(w->cause, CERTIFY_CAUSE_PAIR);
	mk_folder(&w->ca, w->made, B_HOST, &late);
	assert_int_equal(see(w, "b.example", NOW), CERTIFY_FAILED);
	assert_string_equal(
	    w->why, "what was issued is no use: it is not valid now");
}

/* killed after the order and before the pair was in place */
static void
test_take_up(void **state)
{
	struct world *w = *state;
	char path[400], command[900];
	int64_t before;

	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_ISSUED);
	before = placed(w, A_HOST);
	snprintf(path, sizeof(path), "%s/" A_HOST, w->certs);
	snprintf(command, sizeof(command), "rm -r '%s'", path);
	assert_int_equal(system(command), 0);
	certifier_close(w->certifier);
	w->certifier = NULL;
	assert_int_equal(see(w, "a.example", PLAIN), CERTIFY_ISSUED);
	assert_int_equal(placed(w, A_HOST), before);
	assert_int_equal(orders(w), 1);
}

/* a registry that another one keeps: no order is made */
static void
test_locked(void **state)
{
	struct world *w = *state;
	struct registry *other = NULL;

	assert_int_equal(
	    registry_open(w->store, REGISTRY_WRITE, &other, NULL), MTASTS_OK);
	assert_int_equal(registry_begin(other, REGISTRY_WRITE), MTASTS_OK);
	script(w, "echo x >$made/called");
	assert_int_equal(see(w, "a.example", NOW), CERTIFY_FAILED);
	assert_int_equal(w->cause, CERTIFY_CAUSE_STORE);
	registry_rollback(other);
	registry_close(other);
	assert_int_equal(
	    access(scratch_file(&w->dir, "made/called"), F_OK), -1);
	assert_int_equal(see(w, "a.example", NOW), CERTIFY_ISSUED);
}

static void
test_cancel(void **state)
{
	struct world *w = *state;
	struct certify *job, *queued;

	script(w, "sleep 600");
	job = start(w, "a.example", NOW);
	queued = start(w, "b.example", NOW);
	assert_int_equal(loop_run(w->loop), MTASTS_OK); /* the order begins */
	assert_int_equal(w->orders_begun, 1);
	script(w, "");
	certify_cancel(job);
	certify_cancel(NULL);
	/* The next one has its turn. */
	w->waiting = 1;
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_int_equal(w->end, CERTIFY_ISSUED);
	assert_true(placed(w, B_HOST) > 0);
	assert_int_equal(placed(w, A_HOST), 0);
	(void)queued;
	/* Closed with jobs in every state. */
	script(w, "sleep 600");
	assert_non_null(start(w, "a.example", NOW));
	assert_non_null(start(w, "alias.example", NOW));
	w->waiting = 0;
	assert_int_equal(loop_run(w->loop), MTASTS_OK);
	assert_non_null(start(w, "b.example", FORCE));
	certifier_close(w->certifier);
	w->certifier = NULL;
	assert_int_equal(w->ended, 1);
}

static void
test_timeout(void **state)
{
	struct world *w = *state;

	w->conf->acme.timeout_ms = 300;
	script(w, "sleep 600");
	assert_int_equal(see(w, "a.example", NOW), CERTIFY_FAILED);
	assert_int_equal(w->cause, CERTIFY_CAUSE_TIMEOUT);
	assert_string_equal(w->why, "the order took longer than 300ms");
}

/* on_due - for certify_each_due() */
static bool
on_due(void *ctx, const struct certify_due *due)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(
	    text + len, 500 - len, "%s %lld|", due->domain, (long long)due->at);
	return due->at < 4980;
}

static void
test_due(void **state)
{
	struct world *w = *state;
	struct registry_cert row = { .state = REGISTRY_CERT_ISSUED };
	static const char *const names[] = { "a.example", "alias.example",
		"away.example", "b.example", "forbids.example" };
	char text[500] = "";

	assert_int_equal(
	    certify_each_due(w->registry, false, 2, on_due, text), 0);
	assert_string_equal(text, "a.example 0|alias.example 0|");
	for (size_t i = 0; i < 5; i++) {
		row.domain = str_of(names[i]);
		row.next_at = 5000 - 10 * (int64_t)i;
		row.managed = i % 2 == 0;
		assert_int_equal(registry_put_cert(w->registry, &row), 0);
	}
	/* One was never looked at. */
	text[0] = '\0';
	assert_int_equal(
	    certify_each_due(w->registry, false, 9, on_due, text), 0);
	assert_string_equal(text,
	    "nowhere.example 0|forbids.example 4960|b.example 4970|"
	    "away.example 4980|");
	text[0] = '\0';
	assert_int_equal(
	    certify_each_due(w->registry, true, 9, on_due, text), 0);
	assert_string_equal(text, "forbids.example 4960|away.example 4980|");
}

/* on_item - for certify_list() */
static bool
on_item(void *ctx, const struct certify_item *item)
{
	char *text = ctx;
	size_t len = strlen(text);

	snprintf(text + len, 2000 - len, "%s %s %s%s\n", item->domain,
	    certplan_age_name(item->age), registry_cert_state_name(item->state),
	    item->others ? " others" : "");
	return strcmp(item->domain, "b.example") != 0;
}

static void
test_list(void **state)
{
	struct mk_want old = { .names = "DNS:" B_HOST,
		.from_s = -80 * MK_DAY,
		.until_s = 10 * MK_DAY };
	struct world *w = *state;
	char text[2000] = "";
	struct metrics *metrics = metrics_new();
	struct certify_metrics m = { 0 };
	struct certify_list list = { .registry = w->registry,
		.conf = w->conf,
		.at = loop_time_s(),
		.fn = on_item,
		.ctx = text };

	see(w, "a.example", NOW);
	see(w, "away.example", NOW);
	mk_folder(&w->ca, w->certs, B_HOST, &old);
	assert_int_equal(certify_list(&list), MTASTS_OK);
	assert_string_equal(text,
	    "a.example fine issued\n"
	    "alias.example missing none\n"
	    "away.example missing refused\n"
	    "b.example soon none others\n");
	certify_metrics_open(&m, metrics);
	assert_int_equal(certify_metrics_look(&m, &list), MTASTS_OK);
	assert_int_equal(metric_value(m.ages[CERTPLAN_FINE]), 1);
	assert_int_equal(metric_value(m.ages[CERTPLAN_SOON]), 1);
	assert_int_equal(metric_value(m.ages[CERTPLAN_MISSING]), 4);
	assert_int_equal(metric_value(m.others), 1);
	assert_int_equal(metric_value(m.failing), 1);
	assert_int_equal(metric_value(m.orders), 1);
	assert_true(metric_value(m.soonest) > 9 * MK_DAY &&
	    metric_value(m.soonest) <= 10 * MK_DAY);
	metrics_free(metrics);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_open),
		CASE(test_issue),
		CASE(test_refused),
		CASE(test_back_off),
		CASE(test_limited),
		CASE(test_rate),
		CASE(test_wait),
		CASE(test_others),
		CASE(test_others_expired),
		CASE(test_pair),
		CASE(test_untrusted),
		CASE(test_take_up),
		CASE(test_locked),
		CASE(test_cancel),
		CASE(test_timeout),
		CASE(test_due),
		CASE(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
