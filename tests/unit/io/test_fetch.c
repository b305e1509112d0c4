/*
 * test_fetch - what a policy host may answer, and what a fetch makes of it
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/fetch_world.h"

#define LENGTH	"Content-Length: 41\r\n\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define TOTAL	"mtasts_fetches_total"

/* One answer of a host, and its meaning. */
struct row {
	const char *id;
	const char *answer;
	enum site_end how;
	enum fetchfact_end end;
	int status;
	const char *why; /* part of the reason */
};

/* HTTP answers; F numbers are those of corpus/vectors/policy_fetch.tsv. */
static const struct row rows[] = {
	{ "whole", HEAD LENGTH POLICY, SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200,
	    "" },
	{ "a length needs no close_notify", HEAD LENGTH POLICY, SITE_DIRTY,
	    FETCHFACT_OK, 200, "" },
	{ "a length needs no end at all", HEAD LENGTH POLICY, SITE_HANGS,
	    FETCHFACT_OK, 200, "" },
	{ "up to the end", HEAD "\r\n" POLICY, SITE_CLOSE_NOTIFY, FETCHFACT_OK,
	    200, "" },
	{ "HTTP/1.0",
	    "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },
	{ "chunks",
	    HEAD CHUNKED "1d\r\nversion: STSv1\nmode: none\nmax\r\n"
			 "C;x=y\r\n_age: 86400\n\r\n0\r\n\r\n",
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },
	{ "early hints",
	    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" HEAD LENGTH POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },
	{ "a byte at a time in time",
	    "HTTP/1.1 200\nContent-type:text/plain"
	    "\ncontent-length:41\n\n" POLICY,
	    SITE_DRIPS, FETCHFACT_OK, 200, "" },
	{ "F005 charset",
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n" LENGTH
		POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },
	{ "F013 upper case",
	    "HTTP/1.1 200 OK\r\nContent-Type: TEXT/PLAIN\r\n" LENGTH POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },
	{ "F012 parameters",
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain;a=b; c=\"d\"\r\n" LENGTH
		POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },
	{ "identity", HEAD "Content-Encoding: identity\r\n" LENGTH POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_OK, 200, "" },

	/* REQ: FET-4 */
	{ "F002 404", "HTTP/1.1 404 Not Found\r\n" LENGTH POLICY, SITE_HANGS,
	    FETCHFACT_STATUS, 404, "404" },
	{ "F007 502",
	    "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9999999\r\n\r\n",
	    SITE_HANGS, FETCHFACT_STATUS, 502, "502" },
	{ "F016 201",
	    "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\n" LENGTH
		POLICY,
	    SITE_HANGS, FETCHFACT_STATUS, 201, "201" },
	{ "F016 204", "HTTP/1.1 204 No Content\r\n\r\n", SITE_HANGS,
	    FETCHFACT_STATUS, 204, "204" },
	{ "F016 206",
	    "HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\n" LENGTH
		POLICY,
	    SITE_HANGS, FETCHFACT_STATUS, 206, "206" },
	{ "F016 304", "HTTP/1.1 304 Not Modified\r\n\r\n", SITE_HANGS,
	    FETCHFACT_REDIRECT, 304, "304" },
	{ "101 was not asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
	    SITE_HANGS, FETCHFACT_STATUS, 101, "101" },

	/* REQ: FET-5 */
	{ "F003 301",
	    "HTTP/1.1 301 Moved\r\nLocation: https://www.example.com/x\r\n"
	    "Content-Length: 0\r\n\r\n",
	    SITE_HANGS, FETCHFACT_REDIRECT, 301,
	    "leads to \"https://www.example.com/x\"" },
	{ "F011 302",
	    "HTTP/1.1 302 Found\r\nLocation: https://" HOST
	    "/.well-known/mta-sts.txt\r\n\r\n",
	    SITE_HANGS, FETCHFACT_REDIRECT, 302, "302" },

	/* REQ: POL-12 */
	{ "F006 json",
	    "HTTP/1.1 200 OK\r\nContent-Type: text/json\r\n" LENGTH POLICY,
	    SITE_HANGS, FETCHFACT_TYPE, 200, "text/json" },
	{ "F010, F014 html",
	    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" LENGTH POLICY,
	    SITE_HANGS, FETCHFACT_TYPE, 200, "text/html" },
	{ "F015 octets",
	    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" LENGTH
		POLICY,
	    SITE_HANGS, FETCHFACT_TYPE, 200, "octet-stream" },
	{ "no type", "HTTP/1.1 200 OK\r\n" LENGTH POLICY, SITE_HANGS,
	    FETCHFACT_TYPE, 200, "no Content-Type" },
	{ "two types", HEAD "Content-Type: text/html\r\n" LENGTH POLICY,
	    SITE_HANGS, FETCHFACT_TYPE, 200, "several" },
	{ "gzip", HEAD "Content-Encoding: gzip\r\n" LENGTH POLICY, SITE_HANGS,
	    FETCHFACT_ENCODING, 200, "gzip" },
	{ "gzip behind identity",
	    HEAD "Content-Encoding: identity\r\nContent-Encoding: br\r\n" LENGTH
		POLICY,
	    SITE_HANGS, FETCHFACT_ENCODING, 200, "br" },

	{ "short, closed", HEAD "Content-Length: 100\r\n\r\n" POLICY,
	    SITE_CLOSE_NOTIFY, FETCHFACT_CUT, 200,
	    "after 41 of the 100 bytes" },
	{ "short, broken off", HEAD "Content-Length: 100\r\n\r\n" POLICY,
	    SITE_DIRTY, FETCHFACT_CUT, 200, "after 41 of the 100 bytes" },
	{ "up to the end, broken off", HEAD "\r\n" POLICY, SITE_DIRTY,
	    FETCHFACT_CUT, 200, "without TLS's close_notify" },
	{ "chunks, broken off", HEAD CHUNKED "5\r\nversi", SITE_DIRTY,
	    FETCHFACT_CUT, 200, "before the last chunk" },
	{ "chunks, closed between", HEAD CHUNKED "5\r\nversi\r\n",
	    SITE_CLOSE_NOTIFY, FETCHFACT_CUT, 200, "after 5 bytes" },
	{ "in the head", "HTTP/1.1 200 OK\r\nContent-Ty", SITE_CLOSE_NOTIFY,
	    FETCHFACT_CUT, 200, "after 27 bytes, within the head" },
	{ "no answer", "", SITE_CLOSE_NOTIFY, FETCHFACT_CUT, 0,
	    "without an answer" },
	{ "no answer, broken off", "", SITE_DIRTY, FETCHFACT_CUT, 0,
	    "without an answer" },

	{ "chunk of no size", HEAD CHUNKED "x\r\nversi\r\n0\r\n\r\n",
	    SITE_HANGS, FETCHFACT_HTTP, 200, "chunks are broken" },
	{ "chunk without end",
	    HEAD CHUNKED "5\r\nversi6\r\non: ST\r\n0\r\n\r\n", SITE_HANGS,
	    FETCHFACT_HTTP, 200, "goes on with \"6" },
	{ "two lengths", HEAD "Content-Length: 40\r\n" LENGTH POLICY,
	    SITE_HANGS, FETCHFACT_HTTP, 200, "differ" },
	{ "length and chunks",
	    HEAD "Content-Length: 5\r\n" CHUNKED "5\r\nversi\r\n0\r\n\r\n",
	    SITE_HANGS, FETCHFACT_HTTP, 200, "both" },
	{ "coded transfer",
	    HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	    SITE_HANGS, FETCHFACT_HTTP, 200, "gzip, chunked" },
	{ "another protocol", "220 mail.example.com ESMTP\r\n", SITE_HANGS,
	    FETCHFACT_HTTP, 0, "not HTTP/1 but \"220 mail.example.com" },
	{ "control bytes", "HTTP/1.1 200 OK\r\nX: \x1b[31m\r\n\r\n", SITE_HANGS,
	    FETCHFACT_HTTP, 200, "\\x1B[31m" },

	{ "announced too large", HEAD "Content-Length: 65537\r\n\r\nv",
	    SITE_HANGS, FETCHFACT_TOO_LARGE, 200, "65537" },
	{ "endless", HEAD "\r\nx", SITE_ENDLESS, FETCHFACT_TOO_LARGE, 200,
	    "65536" },
	{ "endless chunk", HEAD CHUNKED "FFFFFFFFFFFFFFFFFFFF\r\nx",
	    SITE_ENDLESS, FETCHFACT_TOO_LARGE, 200, "65536" },
	{ "endless head", HEAD "X: y", SITE_ENDLESS, FETCHFACT_TOO_LARGE, 200,
	    "32768" },
	{ "endless status line", "HTTP/1.1 200 O", SITE_ENDLESS,
	    FETCHFACT_TOO_LARGE, 0, "32768" },
};

/* check_row - one answer from the host */
static void
check_row(struct fetch_world *w, struct site *s, const struct row *row)
{
	struct result *r = &w->result;

	s->answer = row->answer;
	s->end = row->how;
	world_fetch(w);
	if (r->end != row->end || r->status != row->status ||
	    strstr(r->why, row->why) == NULL)
		fail_msg("%s: %s, status %d, \"%s\"", row->id,
		    fetchfact_end_name(r->end), r->status, r->why);
	assert_string_equal(r->address, "127.0.0.1");
	if (row->end == FETCHFACT_OK) {
		assert_string_equal(r->body, POLICY);
		assert_string_equal(r->why, "");
	} else {
		assert_int_equal(r->len, 0);
		assert_non_null(strstr(r->why, "127.0.0.1 port "));
	}
}

/* REQ: FET-4 FET-5 FET-8 */
static void
test_answers(void **state)
{
	struct fetch_world w;
	struct site *s;
	size_t i;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&w, s, &rows[i]);
	/* One connection per question: nothing was followed or repeated. */
	assert_int_equal(atomic_load(&s->connections), i);
	assert_int_equal(world_metric(&w, TOTAL "{end=\"ok\"}"), 12);
	assert_int_equal(world_metric(&w, TOTAL "{end=\"redirect\"}"), 3);
	assert_int_equal(world_metric(&w, "mtasts_fetches_in_flight"), 0);
	assert_int_equal(
	    world_metric(&w, "mtasts_fetch_seconds_count"), (long)i);
	world_end(&w);
}

/* Large answers, which are made. */
/* REQ: FET-8 */
static void
test_large(void **state)
{
	static const struct {
		const char *head, *line;
		size_t count;
		enum fetchfact_end end;
		size_t len;
	} t[] = {
		/* F004: one byte over, and the cap itself */
		{ HEAD "\r\n", "0123456789abcde\n", 4096, FETCHFACT_OK, 65536 },
		{ HEAD "\r\nx", "0123456789abcde\n", 4096, FETCHFACT_TOO_LARGE,
		    0 },
		{ HEAD "Content-Length: 65536\r\n\r\n", "0123456789abcde\n",
		    4096, FETCHFACT_OK, 65536 },
		/* F008: whether nothing is a policy is the parser's matter */
		{ HEAD "Content-Length: 0\r\n\r\n", "", 1, FETCHFACT_OK, 0 },
		{ HEAD CHUNKED, "1\r\nx\r\n", 65537, FETCHFACT_TOO_LARGE, 0 },
		{ HEAD, "X-Line: y\r\n", 10000, FETCHFACT_TOO_LARGE, 0 },
		{ "", "HTTP/1.1 100 Continue\r\n\r\n", 10000,
		    FETCHFACT_TOO_LARGE, 0 },
	};
	char *answer = malloc(1 << 20), *p;
	struct fetch_world w;
	struct site *s;
	size_t i, k;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	s->answer = answer;
	world_open(&w);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		p = stpcpy(answer, t[i].head);
		for (k = 0; k < t[i].count; k++)
			p = stpcpy(p, t[i].line);
		assert_true(p < answer + (1 << 20));
		if (world_fetch(&w) != t[i].end || w.result.len != t[i].len)
			fail_msg("%zu: %s, %zu bytes", i, w.result.why,
			    w.result.len);
	}
	world_end(&w);
	free(answer);
}

/* REQ: FET-6 FET-14 */
static void
test_request(void **state)
{
	static const char want[] = "GET /.well-known/mta-sts.txt HTTP/1.1\r\n"
				   "Host: " HOST ":%u\r\n"
				   "User-Agent: mtasts/" MTASTS_VERSION "\r\n"
				   "Accept: text/plain\r\n"
				   "Accept-Encoding: identity\r\n"
				   "Connection: close\r\n\r\n";
	struct fetch_world w;
	char text[1000];
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	snprintf(text, sizeof(text), want, w.port);
	assert_string_equal(s->request, text);
	assert_string_equal(s->sni, HOST);
	assert_string_equal(s->alpn, "http/1.1");
	assert_string_equal(w.dns.name, HOST);
	assert_int_equal(w.dns.asked, 2);
	/* The same again: no condition, no session, no connection kept. */
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(s->request, text);
	assert_int_equal(atomic_load(&s->connections), 2);
	world_end(&w);
}

/* What hangs is ended by the deadline, wherever it hangs. */
/* REQ: FET-8 */
static void
test_deadline(void **state)
{
	static const struct {
		enum site_kind kind;
		enum site_end end;
		const char *answer, *why;
	} t[] = {
		{ SITE_SILENT, 0, "",
		    "the TLS handshake was not finished within 600ms" },
		{ SITE_HTTPS, SITE_HANGS, "", "no answer within" },
		{ SITE_HTTPS, SITE_HANGS, HEAD, "43 bytes of head" },
		{ SITE_HTTPS, SITE_HANGS, HEAD LENGTH "ver", "3 of body" },
		/* F021 */
		{ SITE_HTTPS, SITE_DRIPS, HEAD LENGTH POLICY,
		    "was not finished within" },
	};
	struct fetch_world w;
	struct site *s;
	size_t i;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	/* Long enough for the handshake on a machine that is busy. */
	w.conf.timeout_ms = 600;
	world_open(&w);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s->kind = t[i].kind;
		s->end = t[i].end;
		s->answer = t[i].answer;
		if (world_fetch(&w) != FETCHFACT_TIMEOUT ||
		    strstr(w.result.why, t[i].why) == NULL)
			fail_msg("%zu: %s", i, w.result.why);
		if (w.result.took_ms < 590 || w.result.took_ms > 5000)
			fail_msg("%zu: %d ms", i, (int)w.result.took_ms);
	}
	world_end(&w);
}

/* hold_port - a listener whose queue is full: who connects waits for ever */
static int
hold_port(struct fetch_world *w, const char *ip, int held[3])
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)w->port) };
	int fd = site_bind(w, ip), i;

	sa.sin_port = htons((uint16_t)w->port);
	inet_pton(AF_INET, ip, &sa.sin_addr);
	assert_true(fd >= 0);
	assert_int_equal(listen(fd, 0), 0);
	for (i = 0; i < 3; i++) {
		held[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(held[i], (struct sockaddr *)&sa, sizeof(sa));
	}
	return fd;
}

/* Each way in which the first address can fail; the second is good. */
static void
test_next_address(void **state)
{
	struct fetch_world w;
	struct site *bad, *good;
	int held[3], full, i;

	world_init(&w);
	good = site_start(&w, "127.0.0.1");
	bad = site_start(&w, "127.0.0.2");
	full = hold_port(&w, "127.0.0.3", held);
	w.conf.timeout_ms = 1600;
	w.dns.a.addresses = "127.0.0.2 127.0.0.1";
	world_open(&w);

	bad->kind = SITE_CLOSES;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "127.0.0.1");
	assert_string_equal(w.result.why, "");
	bad->kind = SITE_PLAIN;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	bad->kind = SITE_HTTPS;
	site_cert(&w, bad, &(struct mk_want){ .names = "DNS:other.test" });
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	site_cert(&w, bad, &(struct mk_want){ .names = "DNS:" HOST });
	bad->answer = "";
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_int_equal(atomic_load(&bad->connections), 4);
	assert_int_equal(atomic_load(&good->connections), 4);
	/* An answer is an answer, good or bad. */
	bad->answer = "HTTP/1.1 503 Busy\r\n\r\n";
	assert_int_equal(world_fetch(&w), FETCHFACT_STATUS);
	assert_string_equal(w.result.address, "127.0.0.2");
	assert_int_equal(atomic_load(&good->connections), 4);
	/* Hanging in TLS, before the answer, in TCP; and nobody there. */
	bad->kind = SITE_SILENT;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	bad->kind = SITE_HTTPS;
	bad->answer = "";
	bad->end = SITE_HANGS;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	w.dns.a.addresses = "127.0.0.3 127.0.0.1";
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_true(w.result.took_ms >= 500 && w.result.took_ms < 1590);
	w.dns.a.addresses = "127.0.0.4 127.0.0.5 127.0.0.6 127.0.0.1";
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	world_end(&w);
	for (i = 0; i < 3; i++)
		close(held[i]);
	close(full);
}

/* Of several failures the gravest is told. */
static void
test_gravest(void **state)
{
	struct fetch_world w;
	struct site *a, *b;

	world_init(&w);
	a = site_start(&w, "127.0.0.1");
	b = site_start(&w, "127.0.0.2");
	w.conf.timeout_ms = 1000;
	world_open(&w);
	site_cert(&w, a, &(struct mk_want){ .names = "DNS:other.test" });

	w.dns.a.addresses = "127.0.0.1 127.0.0.3";
	assert_int_equal(world_fetch(&w), FETCHFACT_CERT_NAME);
	assert_string_equal(w.result.address, "127.0.0.1");
	assert_non_null(strstr(w.result.why, "for other.test"));
	assert_non_null(strstr(w.result.why, "(2 addresses were tried)"));
	b->kind = SITE_SILENT;
	w.dns.a.addresses = "127.0.0.1 127.0.0.2";
	assert_int_equal(world_fetch(&w), FETCHFACT_CERT_NAME);
	assert_true(w.result.took_ms >= 990);
	w.dns.a.addresses = "127.0.0.3 127.0.0.1";
	assert_int_equal(world_fetch(&w), FETCHFACT_CERT_NAME);
	b->kind = SITE_PLAIN;
	w.dns.a.addresses = "127.0.0.3 127.0.0.2";
	assert_int_equal(world_fetch(&w), FETCHFACT_TLS);
	w.dns.a.addresses = "127.0.0.3 127.0.0.4";
	assert_int_equal(world_fetch(&w), FETCHFACT_CONNECT);
	assert_string_equal(w.result.address, "127.0.0.4");
	assert_non_null(strstr(w.result.why, "Connection refused"));
	world_end(&w);
}

/* IPv6 first, then in turn. */
static void
test_ipv6(void **state)
{
	struct fetch_world w;
	struct site *v4, *v6;
	int fd;

	world_init(&w);
	v4 = site_start(&w, "127.0.0.1");
	fd = site_bind(&w, "::1");
	if (fd < 0) {
		world_end(&w);
		print_message("no IPv6 here\n");
		skip();
	}
	close(fd);
	v6 = site_start(&w, "::1");
	w.dns.aaaa.addresses = "::1";
	world_open(&w);
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "::1");
	assert_int_equal(atomic_load(&v4->connections), 0);
	/* Alone, the other lookup having failed. */
	w.dns.a = (struct fake_answer){ .end = DNSFACT_SERVFAIL };
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	/* In turn: the second address is IPv4. */
	v6->kind = SITE_CLOSES;
	w.dns.a = (struct fake_answer){ .addresses = "127.0.0.1" };
	w.dns.aaaa.addresses = "::1 ::1 ::1";
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "127.0.0.1");
	assert_int_equal(atomic_load(&v6->connections), 3);
	/* A late AAAA is not waited for long; A is not waited for at all. */
	w.dns.aaaa.delay_ms = -1;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_true(w.result.took_ms < 1000);
	v6->kind = SITE_HTTPS;
	w.dns.aaaa.delay_ms = 0;
	w.dns.a.delay_ms = -1;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "::1");
	/* An answer that comes while the first address fails is used. */
	v6->kind = SITE_CLOSES;
	w.dns.a.delay_ms = 200;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "127.0.0.1");
	/* It also ends the patience with one that hangs. */
	v6->kind = SITE_SILENT;
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "127.0.0.1");
	assert_true(w.result.took_ms < 5000);
	world_end(&w);
}

static void
test_no_address(void **state)
{
	static const struct {
		struct fake_answer a, aaaa;
		enum fetchfact_end end;
		const char *why;
	} t[] = {
		{ { .addresses = "" }, { .addresses = "" },
		    FETCHFACT_NO_ADDRESS, "neither A nor AAAA" },
		{ { .end = DNSFACT_NXDOMAIN }, { .end = DNSFACT_NXDOMAIN },
		    FETCHFACT_NO_ADDRESS, "there is no host " HOST },
		{ { .end = DNSFACT_NXDOMAIN }, { .end = DNSFACT_SERVFAIL },
		    FETCHFACT_NO_ADDRESS, "NXDOMAIN" },
		{ { .end = DNSFACT_SERVFAIL, .why = "no server" },
		    { .addresses = "" }, FETCHFACT_DNS,
		    "A lookup servfail (no server)" },
		{ { .addresses = "" }, { .end = DNSFACT_BOGUS }, FETCHFACT_DNS,
		    "AAAA lookup bogus" },
		{ { .end = DNSFACT_TIMEOUT }, { .end = DNSFACT_MALFORMED },
		    FETCHFACT_DNS, "A lookup timeout; AAAA lookup malformed" },
		{ { .delay_ms = -1 }, { .addresses = "" }, FETCHFACT_TIMEOUT,
		    "looking up the addresses of " HOST },
		/* F023 */
		{ { .addresses = "127.0.0.1 10.0.0.1" },
		    { .addresses = "::1 ::ffff:192.168.0.1" },
		    FETCHFACT_PRIVATE, "4 that may not (" },
		{ { .addresses = "169.254.169.254" },
		    { .end = DNSFACT_SERVFAIL }, FETCHFACT_PRIVATE,
		    "169.254.169.254, a link-local" },
	};
	struct fetch_world w;
	size_t i;

	world_init(&w);
	w.conf.allow_private = false;
	w.conf.timeout_ms = 300;
	world_open(&w);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		w.dns.a = t[i].a;
		w.dns.aaaa = t[i].aaaa;
		if (world_fetch(&w) != t[i].end ||
		    strstr(w.result.why, t[i].why) == NULL)
			fail_msg("%zu: %s", i, w.result.why);
		assert_string_equal(w.result.address, "");
	}
	world_end(&w);
}

static void
test_networks(void **state)
{
	static const char *const nets[] = { "10.0.0.0/8", "127.0.0.1" };
	struct fetch_world w;

	world_init(&w);
	site_start(&w, "127.0.0.1");
	w.conf.allow_private = false;
	w.conf.allow_networks = (struct conf_list){ nets, 2 };
	w.dns.a.addresses = "127.0.0.2 127.0.0.1";
	world_open(&w);
	assert_int_equal(world_fetch(&w), FETCHFACT_OK);
	assert_string_equal(w.result.address, "127.0.0.1");
	world_end(&w);
}

/* ---- several at once ---- */

struct crowd {
	struct fetch_world *w;
	struct fetch *fetch[40];
	unsigned order[40], ended, want;
	enum fetchfact_end ends[40];
};
struct one {
	struct crowd *crowd;
	unsigned i;
};

/* on_one - one of many has ended */
static void
on_one(void *ctx, const struct fetchfact *fact)
{
	struct one *one = ctx;
	struct crowd *c = one->crowd;

	c->ends[one->i] = fact->end;
	c->fetch[one->i] = NULL;
	c->order[c->ended++] = one->i;
	if (c->ended == c->want)
		loop_stop(c->w->loop);
}

/* start_crowd - n fetches at once */
static void
start_crowd(struct crowd *c, struct one *ones, unsigned n)
{
	unsigned i;

	c->want = n;
	for (i = 0; i < n; i++) {
		ones[i] = (struct one){ c, i };
		c->fetch[i] =
		    fetch_start(c->w->fetcher, HOST, on_one, &ones[i]);
		assert_non_null(c->fetch[i]);
	}
}

static void
test_queue(void **state)
{
	struct fetch_world w;
	struct crowd c = { .w = &w };
	struct one ones[40];
	unsigned i;

	world_init(&w);
	site_start(&w, "127.0.0.1");
	w.conf.max_fetches = 1;
	w.conf.max_waiting = 20;
	world_open(&w);
	start_crowd(&c, ones, 25);
	assert_int_equal(world_metric(&w, "mtasts_fetches_in_flight"), 1);
	assert_int_equal(loop_run(w.loop), MTASTS_OK);
	/* Those past the limit first, the others in their order. */
	for (i = 0; i < 4; i++) {
		assert_true(c.order[i] >= 21);
		assert_int_equal(c.ends[21 + i], FETCHFACT_OURS);
	}
	for (i = 0; i < 21; i++) {
		assert_int_equal(c.order[4 + i], i);
		assert_int_equal(c.ends[i], FETCHFACT_OK);
	}
	assert_int_equal(world_metric(&w, "mtasts_fetches_in_flight"), 0);
	world_end(&w);
}

/* Waiting counts as time. */
static void
test_queue_deadline(void **state)
{
	struct fetch_world w;
	struct crowd c = { .w = &w };
	struct one ones[40];
	unsigned i;

	world_init(&w);
	w.dns.a.delay_ms = w.dns.aaaa.delay_ms = -1;
	w.conf.max_fetches = 2;
	w.conf.timeout_ms = 200;
	world_open(&w);
	start_crowd(&c, ones, 6);
	assert_int_equal(loop_run(w.loop), MTASTS_OK);
	for (i = 0; i < 6; i++)
		assert_true(c.ends[i] == FETCHFACT_TIMEOUT ||
		    c.ends[i] == FETCHFACT_OURS);
	assert_int_equal(c.ends[0], FETCHFACT_TIMEOUT);
	assert_int_equal(world_metric(&w, TOTAL "{end=\"ours\"}") +
		world_metric(&w, TOTAL "{end=\"timeout\"}"),
	    6);
	world_end(&w);
}

/* on_cancel_time - cancel all that is left */
static void
on_cancel_time(void *ctx)
{
	struct crowd *c = ctx;
	unsigned i;

	for (i = 0; i < c->want; i++)
		fetch_cancel(c->fetch[i]);
	loop_stop(c->w->loop);
}

/* on_close_time - close the fetcher under what runs */
static void
on_close_time(void *ctx)
{
	struct crowd *c = ctx;

	fetcher_close(c->w->fetcher);
	c->w->fetcher = NULL;
	loop_stop(c->w->loop);
}

/* Cancelled or closed in every phase, waiting included. */
static void
test_cancel(void **state)
{
	static const struct {
		enum site_kind kind;
		enum site_end end;
		const char *answer;
		int dns_ms, after_ms;
	} t[] = {
		{ SITE_SILENT, 0, "", 0, 0 },
		{ SITE_SILENT, 0, "", -1, 10 },
		{ SITE_SILENT, 0, "", 0, 50 },
		{ SITE_HTTPS, SITE_HANGS, "", 0, 50 },
		{ SITE_HTTPS, SITE_HANGS, HEAD, 0, 50 },
		{ SITE_HTTPS, SITE_HANGS, HEAD LENGTH "ver", 0, 50 },
		{ SITE_HTTPS, SITE_DRIPS, HEAD LENGTH "ver", 0, 50 },
	};
	size_t i;

	for (i = 0; i < 2 * sizeof(t) / sizeof(t[0]); i++) {
		loop_callback *cb = i % 2 == 0 ? on_cancel_time : on_close_time;
		struct fetch_world w;
		struct crowd c = { .w = &w };
		struct loop_watch *timer;
		struct one ones[40];
		struct site *s;

		world_init(&w);
		s = site_start(&w, "127.0.0.1");
		s->kind = t[i / 2].kind;
		s->end = t[i / 2].end;
		s->answer = t[i / 2].answer;
		w.dns.a.delay_ms = t[i / 2].dns_ms;
		w.conf.max_fetches = 2;
		world_open(&w);
		start_crowd(&c, ones, 5);
		timer = loop_timer(w.loop, cb, &c);
		loop_timer_start(timer, t[i / 2].after_ms);
		assert_int_equal(loop_run(w.loop), MTASTS_OK);
		assert_int_equal(c.ended, 0);
		assert_int_equal(w.dns.open, 0);
		assert_int_equal(
		    world_metric(&w, "mtasts_fetches_in_flight"), 0);
		loop_watch_close(timer);
		world_end(&w);
	}
}

/* on_fact_close - the callback closes the fetcher that called it */
static void
on_fact_close(void *ctx, const struct fetchfact *fact)
{
	struct fetch_world *w = ctx;

	fetcher_close(w->fetcher);
	w->fetcher = NULL;
	assert_int_equal(fact->body.len, strlen(POLICY));
	loop_stop(w->loop);
}

static void
test_close_from_callback(void **state)
{
	struct fetch_world w;

	world_init(&w);
	site_start(&w, "127.0.0.1");
	world_open(&w);
	assert_non_null(fetch_start(w.fetcher, HOST, on_fact_close, &w));
	assert_non_null(fetch_start(w.fetcher, HOST, on_fact_close, &w));
	assert_int_equal(loop_run(w.loop), MTASTS_OK);
	assert_null(w.fetcher);
	fetch_cancel(NULL);
	world_end(&w);
}

/* Every end has its series, under its own name. */
static void
test_series(void **state)
{
	struct fetch_world w;
	char series[100];
	int i;

	world_init(&w);
	world_open(&w);
	for (i = 0; i < FETCHFACT_ENDS; i++) {
		snprintf(series, sizeof(series), TOTAL "{end=\"%s\"}",
		    fetchfact_end_name(i));
		if (world_metric(&w, series) != 0)
			fail_msg("no %s", series);
	}
	world_end(&w);
}

static void
test_ours(void **state)
{
	struct fetch_world w;

	world_init(&w);
	world_open(&w);
	w.dns.no_memory = true;
	assert_int_equal(world_fetch(&w), FETCHFACT_OURS);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_next_address),
		cmocka_unit_test(test_gravest),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_queue),
		cmocka_unit_test(test_queue_deadline),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_close_from_callback),
		cmocka_unit_test(test_series),
		cmocka_unit_test(test_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
