/*
 * dnsbench - lookups on a test's bench: a loop, a fake server, both engines
 *
 * The state of the one test that runs is here; every test has a fresh one. The
 * first label of a name tells the server what to do, see bench_answer().
 */
#ifndef TESTS_SUPPORT_DNSBENCH_H
#define TESTS_SUPPORT_DNSBENCH_H

#include "io/dns.h"
#include "support/dnsfake.h"
#include "support/dnsprint.h"
#include "support/scratch.h"

#define BENCH_OK      (WIRE_QR | WIRE_RD | WIRE_RA)
#define BENCH_TIME_MS 900

static struct {
	struct loop *loop;
	struct dns *dns;
	struct dnsfake fake;
	struct scratch dir;
	struct metrics *metrics;
	struct mtasts_diags *diags;
	struct log *log;
	int log_fd;
	char server[32];
	const char *servers[1];
	bool keys_ad; /* the answer to the proof's question has AD */
	int keys_servfail_ms; /* or it is SERVFAIL after so long; 0: is not */
	bool lacks; /* a question came without AD, RD or EDNS; by DNS_DIRECT:
		     * with AD or RD, or without EDNS */
	unsigned waiting; /* for callbacks */
	struct dns_conf conf;
} bench;

/* An anchor of a zone that no test asks for: all else is unsigned. */
static const char bench_anchor[] =
    "; an anchor\n"
    "$TTL 3600\n"
    "Anchor.example. 300 IN DS 12345 13 2 "
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";

/* bench_is - the first label of the question's name */
static inline bool
bench_is(const struct dnsfake_question *q, const char *label)
{
	size_t len = strlen(label);

	return strncmp(q->name, label, len) == 0 && q->name[len] == '.';
}

/* bench_put - one record of the question's type */
static inline void
bench_put(struct wire *out, const char *owner, unsigned type)
{
	static const struct {
		unsigned type;
		const char *text;
	} v[] = { { DNSTYPE_A, "192.0.2.1" }, { DNSTYPE_AAAA, "2001:db8::1" },
		{ DNSTYPE_MX, "10 MX.a.test" },
		{ DNSTYPE_TXT, "v=STSv1;| id=1;" },
		{ DNSTYPE_TLSA, "3 1 1 00ff" }, { DNSTYPE_NS, "ns.a.test" },
		{ DNSTYPE_CAA, "0 issue ca.test" },
		{ DNSTYPE_CNAME, "b.test" } };

	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
		if (v[i].type == type)
			wire_add(out,
			    &(struct wire_record){ WIRE_AN, owner,
				(uint16_t)type, 300, v[i].text, 0 });
}

/* bench_alias - one CNAME */
static inline void
bench_alias(struct wire *out, const char *owner, const char *target)
{
	wire_add(out,
	    &(struct wire_record){ WIRE_AN, owner, ns_t_cname, 60, target, 0 });
}

/* bench_soa - of a zone test. */
static inline void
bench_soa(struct wire *out)
{
	wire_add(out,
	    &(struct wire_record){ WIRE_NS, "test", ns_t_soa, 100, "50", 0 });
}

/* bench_large - many records, or a large one; over UDP it is cut */
static inline void
bench_large(struct wire *out, const struct dnsfake_question *q)
{
	static char text[65001];
	bool many = bench_is(q, "many");

	if (!q->tcp) {
		out->p[2] |= WIRE_TC >> 8;
		return;
	}
	memset(text, 'x', sizeof(text) - 1);
	if (many)
		text[40] = '\0';
	for (int i = 0; i < (many ? 200 : 1); i++) {
		if (many)
			snprintf(text, sizeof(text), "txt %d", i);
		wire_add(out,
		    &(struct wire_record){
			WIRE_AN, q->name, DNSTYPE_TXT, 300, text, 0 });
	}
}

/* bench_lie - answers that are none; true: it was one of them */
static inline bool
bench_lie(struct wire *out, const struct dnsfake_question *q)
{
	unsigned id = q->id;

	if (bench_is(q, "otherq")) {
		wire_begin(out, id, BENCH_OK, "ok.test", q->type);
		bench_put(out, "ok.test", q->type);
	} else if (bench_is(q, "othertype")) {
		wire_begin(out, id, BENCH_OK, q->name, DNSTYPE_A);
		bench_put(out, q->name, DNSTYPE_A);
	} else if (bench_is(q, "badid")) {
		wire_begin(out, id ^ 1, BENCH_OK, q->name, q->type);
		bench_put(out, q->name, q->type);
	} else if (bench_is(q, "loop")) {
		bench_alias(out, q->name, q->name);
	} else if (bench_is(q, "cut")) {
		bench_put(out, q->name, q->type);
		out->len -= 3;
	} else {
		return false;
	}
	return true;
}

/* bench_answer - what the first label says */
static inline bool
bench_answer(
    struct dnsfake *fake, const struct dnsfake_question *q, struct wire *out)
{
	bool recursive = bench.conf.backend != DNS_DIRECT;

	bench.lacks =
	    bench.lacks || q->ad != recursive || q->rd != recursive || !q->edns;
	wire_begin(out, q->id, BENCH_OK, q->name, q->type);
	if (!recursive && !bench_is(q, "lame"))
		out->p[2] |= WIRE_AA >> 8;
	if (q->type == DNSTYPE_DNSKEY) {
		if (bench.keys_ad)
			out->p[3] |= WIRE_AD;
		if (bench.keys_servfail_ms > 0) {
			out->p[3] |= ns_r_servfail;
			fake->delay_ms = bench.keys_servfail_ms;
		}
		return true;
	}
	if (bench_is(q, "mute"))
		return false;
	if (bench_is(q, "slow"))
		fake->delay_ms = 150;
	if (bench_is(q, "nx"))
		out->p[3] |= ns_r_nxdomain;
	if (bench_is(q, "servfail"))
		out->p[3] |= ns_r_servfail;
	if (bench_is(q, "refused"))
		out->p[3] |= ns_r_refused;
	if (bench_is(q, "ad"))
		out->p[3] |= WIRE_AD;
	if (bench_is(q, "nx") || bench_is(q, "nodata")) {
		bench_soa(out);
	} else if (bench_is(q, "many") || bench_is(q, "huge")) {
		bench_large(out, q);
	} else if (bench_is(q, "tc") && !q->tcp) {
		out->p[2] |= WIRE_TC >> 8;
	} else if (bench_is(q, "chain")) {
		bench_alias(out, q->name, "Ok.test");
		bench_put(out, "ok.test", q->type);
	} else if (!bench_lie(out, q) && (out->p[3] & 15) == 0) {
		bench_put(out, q->name, q->type);
	}
	return true;
}

/* bench_setup - all but dns_open() */
static int
bench_setup(void **state)
{
	memset(&bench, 0, sizeof(bench));
	if (scratch_open(&bench.dir) != 0 ||
	    scratch_write(&bench.dir, "root.key", bench_anchor,
		sizeof(bench_anchor) - 1) != 0 ||
	    loop_new(&bench.loop) != MTASTS_OK)
		return -1;
	dnsfake_open(&bench.fake, bench.loop, bench_answer);
	snprintf(bench.server, sizeof(bench.server), "127.0.0.1:%u",
	    bench.fake.port);
	bench.servers[0] = bench.server;
	bench.metrics = metrics_new();
	bench.diags = mtasts_diags_new();
	bench.log_fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	bench.log = log_new(bench.log_fd, LOG_LEVEL_INFO);
	bench.conf = (struct dns_conf){ .server = { bench.servers, 1 },
		.trust_anchor = scratch_file(&bench.dir, "root.key"),
		.timeout_ms = BENCH_TIME_MS,
		.loop = bench.loop,
		.log = bench.log,
		.metrics = bench.metrics };
	return 0;
}

/* bench_open - with an engine */
static inline void
bench_open(enum dns_backend backend)
{
	enum mtasts_err err;

	bench.conf.backend = backend;
	err = dns_open(&bench.conf, &bench.dns, bench.diags);
	if (err != MTASTS_OK && mtasts_diags_count(bench.diags) > 0)
		print_message(
		    "%s\n", mtasts_diags_get(bench.diags, 0)->message);
	assert_int_equal(err, MTASTS_OK);
}

/* bench_stop - for a timer */
static inline void
bench_stop(void *ctx)
{
	loop_stop(bench.loop);
}

/* bench_spin - let so many milliseconds go by */
static inline void
bench_spin(int64_t ms)
{
	struct loop_watch *timer = loop_timer(bench.loop, bench_stop, NULL);

	loop_timer_start(timer, ms);
	assert_int_equal(loop_run(bench.loop), MTASTS_OK);
	loop_watch_close(timer);
}

/* bench_reopen - close, and forget what was counted */
static inline void
bench_reopen(enum dns_backend backend)
{
	dns_close(bench.dns);
	bench.dns = NULL;
	metrics_free(bench.metrics);
	bench.conf.metrics = bench.metrics = metrics_new();
	bench_open(backend);
}

static int
bench_teardown(void **state)
{
	dns_close(bench.dns);
	while (bench.fake.pending > 0)
		bench_spin(20);
	dnsfake_close(&bench.fake);
	loop_free(bench.loop);
	log_free(bench.log);
	close(bench.log_fd);
	metrics_free(bench.metrics);
	mtasts_diags_free(bench.diags);
	scratch_close(&bench.dir);
	return 0;
}

/* bench_run - until all callbacks came */
static inline void
bench_run(void)
{
	if (bench.waiting > 0)
		assert_int_equal(loop_run(bench.loop), MTASTS_OK);
	assert_int_equal(bench.waiting, 0);
}

/* bench_came - count a callback */
static inline void
bench_came(void)
{
	assert_true(bench.waiting > 0);
	if (--bench.waiting == 0)
		loop_stop(bench.loop);
}

/* bench_metric - the value of a series, -1 when it is not there */
static inline long
bench_metric(const char *series)
{
	struct buf text;
	const char *at;
	long value = -1;

	buf_init(&text, 1u << 16);
	metrics_format(bench.metrics, &text);
	for (at = text.p; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, series, strlen(series)) == 0 &&
		    at[strlen(series)] == ' ')
			value = strtol(at + strlen(series), NULL, 10);
	}
	buf_free(&text);
	return value;
}

/* bench_logged - does the log hold this? */
static inline bool
bench_logged(const char *text)
{
	static char all[65536];
	ssize_t n;

	log_flush(bench.log);
	n = pread(bench.log_fd, all, sizeof(all) - 1, 0);
	all[n > 0 ? n : 0] = '\0';
	return strstr(all, text) != NULL;
}

#endif
