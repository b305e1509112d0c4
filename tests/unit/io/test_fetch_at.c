/*
 * test_fetch_at - looks at one address: what stops a sender is looked at
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/limits.h"
#include "support/fetch_world.h"

#define LENGTH "Content-Length: 41\r\n\r\n"
#define HTML   "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"

/* is_fact - the end, part of its reason, and the body; null: none */
static void
is_fact(const struct fetchfact *fact, enum fetchfact_end end, const char *why,
    const char *body)
{
	if (fact->end != end || strstr(fact->why, why) == NULL ||
	    (why[0] == '\0') != (fact->why[0] == '\0'))
		fail_msg("%s: %s", fetchfact_end_name(fact->end), fact->why);
	assert_true((body == NULL) == (fact->body.p == NULL));
	if (body != NULL)
		assert_true(str_eq(fact->body, str_of(body)));
}

/* test_good - all that is to be seen; no DNS, no proxy, no refusal */
static void
test_good(void **state)
{
	struct fetch_world w;
	struct fetch_at at;
	const struct fetchfact *fact;
	struct site *s;
	char host[100];

	world_init(&w);
	s = site_start(&w, "127.0.0.2");
	s->answer =
	    HEAD "Cache-Control: max-age=60\r\n"
		 "Strict-Transport-Security: max-age=9 \r\n" LENGTH POLICY;
	w.conf.allow_private = false;
	w.conf.proxy = "http://127.0.0.1:1";
	w.conf.port = 1;
	world_open(&w);
	at = world_at(&w, "127.0.0.2");
	fact = world_look(&w, &at);
	is_fact(fact, FETCHFACT_OK, "", POLICY);
	assert_int_equal(fact->status, 200);
	assert_string_equal(fact->address, "127.0.0.2");
	assert_in_range(fact->took_ms, 0, 9999);
	assert_string_equal(fact->type, "text/plain");
	assert_string_equal(fact->cache_control, "max-age=60");
	assert_string_equal(fact->hsts, "max-age=9");
	assert_null(fact->location);
	assert_true(tlsfact_valid(fact->tls));
	assert_string_equal(fact->tls->version, "TLSv1.3");
	assert_int_equal(fact->tls->sent, 2);
	assert_int_equal(w.dns.asked, 0);
	assert_string_equal(s->sni, HOST);
	assert_string_equal(s->alpn, "http/1.1");
	snprintf(host, sizeof(host), "Host: " HOST ":%u\r\n", w.port);
	assert_non_null(strstr(s->request, host));
	assert_non_null(strstr(s->request, "GET /.well-known/mta-sts.txt "));
	world_end(&w);
}

/* A certificate of the policy host, and what is said of it. */
static const struct {
	struct mk_want want;
	enum tlsfact_trust trust;
	bool names_host;
	enum fetchfact_end sender; /* what a fetch comes to */
} certs[] = {
	{ { .names = "DNS:*.example.com" }, TLSFACT_TRUSTED, true,
	    FETCHFACT_OK },
	{ { .names = "DNS:www.example.com" }, TLSFACT_TRUSTED, false,
	    FETCHFACT_CERT_NAME },
	{ { .names = "DNS:" HOST, .from_s = -9 * MK_DAY, .until_s = -MK_DAY },
	    TLSFACT_EXPIRED, true, FETCHFACT_CERT_EXPIRED },
	{ { .names = "DNS:" HOST, .from_s = MK_DAY, .until_s = 9 * MK_DAY },
	    TLSFACT_NOT_YET, true, FETCHFACT_CERT_EXPIRED },
};

/* test_certificates - they stop a sender and no look, one beside the other */
static void
test_certificates(void **state)
{
	const struct fetchfact *fact;
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	at = world_at(&w, "127.0.0.1");
	for (size_t i = 0; i < sizeof(certs) / sizeof(*certs); i++) {
		site_cert(&w, s, &certs[i].want);
		fact = world_look(&w, &at);
		is_fact(fact, FETCHFACT_OK, "", POLICY);
		assert_int_equal(fact->tls->trust, certs[i].trust);
		assert_true(fact->tls->names_host == certs[i].names_host);
		assert_int_equal(world_fetch(&w), certs[i].sender);
	}
	site_cert(&w, s, &certs[0].want);
	s->with_issuer = false;
	fact = world_look(&w, &at);
	is_fact(fact, FETCHFACT_OK, "", POLICY);
	assert_int_equal(fact->tls->trust, TLSFACT_INCOMPLETE);
	assert_int_equal(world_fetch(&w), FETCHFACT_CERT_UNTRUSTED);
	world_end(&w);
}

/* One answer of a host, and its meaning. */
static const struct {
	const char *answer;
	enum site_end how;
	enum fetchfact_end end;
	int status;
	const char *why, *body, *type, *location;
} answers[] = {
	{ "HTTP/1.1 301 Moved\r\nLocation: https://www.example.com/\r\n"
	  "Content-Length: 1\r\n\r\nx",
	    SITE_HANGS, FETCHFACT_REDIRECT, 301,
	    "the answer is a redirect (status 301), which may not be followed; "
	    "it leads to \"https://www.example.com/\"",
	    NULL, NULL, "https://www.example.com/" },
	{ "HTTP/1.1 302 Found\r\nLocation: /\x1b[31m\xe4\r\n\r\n", SITE_HANGS,
	    FETCHFACT_HTTP, 302, "control bytes", NULL, NULL, NULL },
	{ "HTTP/1.1 302 Found\r\nLocation: /\xff\\\r\n\r\n", SITE_HANGS,
	    FETCHFACT_REDIRECT, 302, "redirect", NULL, NULL, "/\\xFF\\\\" },
	{ "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n" LENGTH,
	    SITE_HANGS, FETCHFACT_STATUS, 404, "has status 404", NULL,
	    "text/html", NULL },
	{ HTML LENGTH POLICY, SITE_HANGS, FETCHFACT_TYPE, 200,
	    "the media type is \"text/html\", not text/plain", POLICY,
	    "text/html", NULL },
	{ "HTTP/1.1 200 OK\r\n\r\n" POLICY, SITE_CLOSE_NOTIFY, FETCHFACT_TYPE,
	    200, "no Content-Type", POLICY, NULL, NULL },
	{ HTML LENGTH "version", SITE_DIRTY, FETCHFACT_TYPE, 200,
	    "the media type", "version", "text/html", NULL },
	{ HTML "Content-Length: 0\r\n\r\n", SITE_HANGS, FETCHFACT_TYPE, 200,
	    "the media type", "", "text/html", NULL },
	{ HEAD "Content-Encoding: gzip\r\n" LENGTH POLICY, SITE_HANGS,
	    FETCHFACT_ENCODING, 200, "coded as \"gzip\"", POLICY, "text/plain",
	    NULL },
	{ HEAD "Content-Length: 0\r\n\r\n", SITE_HANGS, FETCHFACT_OK, 200, "",
	    "", "text/plain", NULL },
	{ HEAD "Content-Length: 65537\r\n\r\n", SITE_HANGS, FETCHFACT_TOO_LARGE,
	    200, "65537", NULL, "text/plain", NULL },
	{ HEAD "\r\n" POLICY, SITE_DIRTY, FETCHFACT_CUT, 200, "close_notify",
	    NULL, "text/plain", NULL },
	{ "220 mail.example.com ESMTP\r\n", SITE_HANGS, FETCHFACT_HTTP, 0,
	    "not HTTP/1 but \"220 mail", NULL, NULL, NULL },
};

/* test_answers - each over TLS; the handshake is always told */
static void
test_answers(void **state)
{
	const struct fetchfact *fact;
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	at = world_at(&w, "127.0.0.1");
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		s->answer = answers[i].answer;
		s->end = answers[i].how;
		fact = world_look(&w, &at);
		is_fact(fact, answers[i].end, answers[i].why, answers[i].body);
		assert_int_equal(fact->status, answers[i].status);
		assert_true(tlsfact_valid(fact->tls));
		/* The address is not said again. */
		assert_null(strstr(fact->why, "127.0.0.1"));
		if (answers[i].type == NULL)
			assert_null(fact->type);
		else
			assert_string_equal(fact->type, answers[i].type);
		if (answers[i].location == NULL)
			assert_null(fact->location);
		else
			assert_string_equal(
			    fact->location, answers[i].location);
	}
	world_end(&w);
}

/* test_endless - a page without end is read up to the cap */
static void
test_endless(void **state)
{
	const struct fetchfact *fact;
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	s->answer = HTML "\r\n<p>";
	s->end = SITE_ENDLESS;
	world_open(&w);
	at = world_at(&w, "127.0.0.1");
	fact = world_look(&w, &at);
	assert_int_equal(fact->end, FETCHFACT_TYPE);
	assert_int_equal(fact->body.len, LIMIT_POLICY_LEN);
	assert_true(str_starts(fact->body, STR("<p>>>")));
	world_end(&w);
}

/* test_no_tls - none at all, or an old one */
static void
test_no_tls(void **state)
{
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	world_open(&w);
	at = world_at(&w, "127.0.0.1");
	s->kind = SITE_PLAIN;
	is_fact(world_look(&w, &at), FETCHFACT_TLS,
	    "it answers without TLS on this port", NULL);
	assert_null(w.seen->tls);
	s->kind = SITE_CLOSES;
	is_fact(world_look(&w, &at), FETCHFACT_TLS, "during the TLS handshake",
	    NULL);
	s->kind = SITE_HTTPS;
	s->name_refused = true;
	is_fact(world_look(&w, &at), FETCHFACT_TLS, "with alert 112", NULL);
	s->name_refused = false;
	s->tls_max = TLS1_1_VERSION;
	is_fact(world_look(&w, &at), FETCHFACT_TLS,
	    "it speaks no TLS 1.2 or later", NULL);
	assert_null(w.seen->tls);
	s->tls_max = TLS1_2_VERSION;
	is_fact(world_look(&w, &at), FETCHFACT_OK, "", POLICY);
	assert_string_equal(w.seen->tls->version, "TLSv1.2");
	world_end(&w);
}

/* test_plain - http: whatever ends the connection, and no word of TLS */
static void
test_plain(void **state)
{
	const struct fetchfact *fact;
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;
	char host[100];

	world_init(&w);
	s = site_start(&w, "::1");
	s->kind = SITE_HTTP;
	world_open(&w);
	at = world_at(&w, "::1");
	at.plain = true;
	fact = world_look(&w, &at);
	is_fact(fact, FETCHFACT_OK, "", POLICY);
	assert_null(fact->tls);
	assert_string_equal(fact->address, "::1");
	snprintf(host, sizeof(host), "Host: " HOST ":%u\r\n", w.port);
	assert_non_null(strstr(s->request, host));
	s->answer = HEAD "\r\n" POLICY;
	is_fact(world_look(&w, &at), FETCHFACT_OK, "", POLICY);
	s->answer = HEAD LENGTH "version";
	is_fact(world_look(&w, &at), FETCHFACT_CUT, "7 of the 41 bytes", NULL);
	s->answer = "HTTP/1.1 301 x\r\nLocation: https://" HOST "/\r\n\r\n";
	fact = world_look(&w, &at);
	is_fact(fact, FETCHFACT_REDIRECT, "redirect", NULL);
	assert_string_equal(fact->location, "https://" HOST "/");
	s->answer = HTML "\r\n<html>";
	is_fact(world_look(&w, &at), FETCHFACT_TYPE, "text/html", "<html>");
	s->kind = SITE_CLOSES;
	is_fact(world_look(&w, &at), FETCHFACT_CUT, "closed without an answer",
	    NULL);
	world_end(&w);
}

/* test_unreachable - nobody there, or nobody who says anything */
static void
test_unreachable(void **state)
{
	const struct fetchfact *fact;
	struct fetch_world w;
	struct fetch_at at;
	struct site *s;

	world_init(&w);
	s = site_start(&w, "127.0.0.1");
	w.conf.timeout_ms = 200;
	world_open(&w);
	at = world_at(&w, "127.0.0.3");
	fact = world_look(&w, &at);
	is_fact(
	    fact, FETCHFACT_CONNECT, "no connection: Connection refused", NULL);
	assert_string_equal(fact->address, "127.0.0.3");
	at = world_at(&w, "127.0.0.1");
	s->kind = SITE_SILENT;
	fact = world_look(&w, &at);
	is_fact(fact, FETCHFACT_TIMEOUT,
	    "the TLS handshake was not finished within 200ms", NULL);
	assert_null(fact->tls);
	assert_in_range(fact->took_ms, 199, 5000);
	at.plain = true;
	is_fact(world_look(&w, &at), FETCHFACT_TIMEOUT,
	    "no answer within 200ms", NULL);
	at.plain = false;
	s->kind = SITE_HTTPS;
	s->end = SITE_HANGS;
	s->answer = HEAD LENGTH "version";
	fact = world_look(&w, &at);
	is_fact(fact, FETCHFACT_TIMEOUT, "7 of body came", NULL);
	assert_int_equal(fact->status, 200);
	assert_string_equal(fact->type, "text/plain");
	assert_true(tlsfact_valid(fact->tls));
	world_end(&w);
}

/* test_no_way - where nothing can leave this machine, nobody is blamed */
static void
test_no_way(void **state)
{
	struct fetch_world w;
	struct fetch_at at;

	world_init(&w);
	world_open(&w);
	/* Linux has no route to it, whatever the machine is connected to. */
	at = world_at(&w, "255.255.255.255");
	at.port = 443;
	is_fact(world_look(&w, &at), FETCHFACT_OURS,
	    "this machine has no way there by IPv4", NULL);
	/* A sender's fetch has failed all the same. */
	w.dns.a.addresses = "255.255.255.255";
	assert_int_equal(world_fetch(&w), FETCHFACT_CONNECT);
	world_end(&w);
}

/* Several looks at once. */
static struct {
	struct fetch_world *w;
	unsigned left;
	int64_t longest_ms;
} many;

/* on_many - one of them has ended */
static void
on_many(void *ctx, const struct fetchfact *fact)
{
	assert_int_equal(fact->end, FETCHFACT_TIMEOUT);
	if (fact->took_ms > many.longest_ms)
		many.longest_ms = fact->took_ms;
	if (--many.left == 0)
		loop_stop(many.w->loop);
}

/* test_turns - a look waits for its turn, and nobody is blamed for that */
static void
test_turns(void **state)
{
	struct fetch_world w;
	struct fetch_at at;
	int64_t began_ms;

	world_init(&w);
	site_start(&w, "127.0.0.1")->kind = SITE_SILENT;
	w.conf.timeout_ms = 150;
	w.conf.max_fetches = 1;
	world_open(&w);
	at = world_at(&w, "127.0.0.1");
	many.w = &w;
	many.left = 4;
	many.longest_ms = 0;
	began_ms = loop_now_ms();
	for (int i = 0; i < 4; i++)
		assert_non_null(fetch_start_at(w.fetcher, &at, on_many, NULL));
	assert_int_equal(loop_run(w.loop), MTASTS_OK);
	assert_in_range(loop_now_ms() - began_ms, 4 * 149, 60000);
	assert_in_range(
	    many.longest_ms, 149, (loop_now_ms() - began_ms) - 3 * 149);
	world_end(&w);
}

/* on_any - count it */
static void
on_any(void *ctx, const struct fetchfact *fact)
{
	unsigned *count = ctx;

	(*count)++;
}

/* test_cancel - waiting, running, and all of them by the fetcher's end */
static void
test_cancel(void **state)
{
	struct fetch *looks[6];
	unsigned came = 0;
	struct fetch_world w;
	struct fetch_at at;

	world_init(&w);
	site_start(&w, "127.0.0.1");
	w.conf.max_fetches = 2;
	world_open(&w);
	at = world_at(&w, "127.0.0.1");
	for (int i = 0; i < 6; i++)
		looks[i] = fetch_start_at(w.fetcher, &at, on_any, &came);
	fetch_cancel(looks[0]);
	fetch_cancel(looks[5]);
	is_fact(world_look(&w, &at), FETCHFACT_OK, "", POLICY);
	assert_int_equal(came, 4);
	for (int i = 0; i < 6; i++)
		assert_non_null(fetch_start_at(w.fetcher, &at, on_any, &came));
	world_end(&w);
	assert_int_equal(came, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_no_tls),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_no_way),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
