/*
 * test_httphead - the request head: what is read, what is refused, and that
 * both are the same however the bytes arrive
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/httphead.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_HEAD 8192
#define GET	 "GET / HTTP/1.1\r\n"
#define HOST	 "Host: a.example\r\n"

struct row {
	const char *name;
	struct str bytes;
	int status;
};

/* T - the bytes of a literal, NUL inside included */
#define T(literal)                           \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct row rows[] = {
	/* Good heads. */
	{ "plain", T(GET HOST "\r\n"), 200 },
	{ "1.0 without host", T("GET / HTTP/1.0\r\n\r\n"), 200 },
	{ "empty line in front", T("\r\n" GET HOST "\r\n"), 200 },
	{ "later minor version", T("GET / HTTP/1.7\r\n" HOST "\r\n"), 200 },
	{ "blanks around a value", T(GET "Host: \t a.example \t \r\n\r\n"),
	    200 },
	{ "empty value", T(GET HOST "X:\r\n\r\n"), 200 },
	{ "obs-text in a value", T(GET HOST "X: \xe4\r\n\r\n"), 200 },
	{ "any method token", T("M-SEARCH * HTTP/1.1\r\n" HOST "\r\n"), 200 },
	{ "connect", T("CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n"), 200 },
	{ "empty host", T(GET "Host:\r\n\r\n"), 200 },

	/* The request line. */
	{ "HTTP/0.9", T("GET /\r\n"), 400 },
	{ "literal HTTP/0.9", T("GET / HTTP/0.9\r\n"), 505 },
	{ "HTTP/2.0", T("GET / HTTP/2.0\r\n"), 505 },
	{ "HTTP/2 preface", T("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505 },
	{ "lower-case version", T("GET / http/1.1\r\n"), 400 },
	{ "version with more digits", T("GET / HTTP/1.10\r\n"), 400 },
	{ "version without point", T("GET / HTTP/11\r\n"), 400 },
	{ "two blanks", T("GET  / HTTP/1.1\r\n"), 400 },
	{ "tab", T("GET\t/ HTTP/1.1\r\n"), 400 },
	{ "blank at the end", T("GET / HTTP/1.1 \r\n"), 400 },
	{ "blank in front", T(" GET / HTTP/1.1\r\n"), 400 },
	{ "no target", T("GET HTTP/1.1\r\n"), 400 },
	{ "relative target", T("GET x HTTP/1.1\r\n"), 400 },
	{ "fragment", T("GET /#x HTTP/1.1\r\n"), 400 },
	{ "NUL in the target", T("GET /\0 HTTP/1.1\r\n"), 400 },
	{ "high byte in the target", T("GET /\xc3\xa4 HTTP/1.1\r\n"), 400 },
	{ "method is no token", T("G@T / HTTP/1.1\r\n"), 400 },
	{ "TLS on the plain port", T("\x16\x03\x01\x02"), 400 },
	{ "two empty lines in front", T("\r\n\r\n" GET), 400 },
	{ "other scheme", T("GET ftp://a/ HTTP/1.1\r\n"), 400 },
	{ "no authority", T("GET http:///x HTTP/1.1\r\n"), 400 },
	{ "user in the authority", T("GET http://u@a/ HTTP/1.1\r\n"), 400 },

	/* Lines. */
	{ "bare LF after the request line", T("GET / HTTP/1.1\n"), 400 },
	{ "bare LF after a field", T(GET "Host: a\n"), 400 },
	{ "bare LF at the end", T(GET HOST "\n"), 400 },
	{ "bare CR in a value", T(GET "X: a\rb\r\n"), 400 },
	{ "NUL in a value", T(GET "Host: a\0.b\r\n"), 400 },
	{ "NUL in a name", T(GET "Ho\0st: a\r\n"), 400 },
	{ "control byte in a value", T(GET "X: \x01\r\n"), 400 },
	{ "DEL in a value", T(GET "X: \x7f\r\n"), 400 },
	{ "folded line", T(GET "X: a\r\n b\r\n"), 400 },
	{ "folded by a tab", T(GET "X: a\r\n\tb\r\n"), 400 },
	{ "folded first field", T(GET " Host: a\r\n"), 400 },
	{ "blank before the colon", T(GET "Host : a\r\n"), 400 },
	{ "no colon", T(GET "Host\r\n"), 400 },
	{ "no name", T(GET ": x\r\n"), 400 },

	/* Host. */
	{ "1.1 without host", T(GET "\r\n"), 400 },
	{ "host twice", T(GET HOST HOST "\r\n"), 400 },
	{ "host with blank", T(GET "Host: a b\r\n"), 400 },
	{ "host with slash", T(GET "Host: a/b\r\n"), 400 },
	{ "host with user", T(GET "Host: u@b\r\n"), 400 },
	{ "host with high byte", T(GET "Host: \xc3\xa4\r\n"), 400 },

	/* The length of a body. */
	{ "length 0", T(GET HOST "Content-Length: 0\r\n\r\n"), 200 },
	{ "length 5", T(GET HOST "Content-Length: 5\r\n\r\n"), 200 },
	{ "length twice",
	    T(GET HOST "Content-Length: 5\r\ncontent-length: 5\r\n"), 400 },
	{ "length list", T(GET HOST "Content-Length: 5, 5\r\n"), 400 },
	{ "length signed", T(GET HOST "Content-Length: +5\r\n"), 400 },
	{ "length negative", T(GET HOST "Content-Length: -5\r\n"), 400 },
	{ "length hexadecimal", T(GET HOST "Content-Length: 0x5\r\n"), 400 },
	{ "length empty", T(GET HOST "Content-Length:\r\n"), 400 },
	{ "length absurd",
	    T(GET HOST "Content-Length: 99999999999999999999\r\n"), 400 },
	{ "length over 2^63",
	    T(GET HOST "Content-Length: 9223372036854775808\r\n"), 400 },
	{ "chunked", T(GET HOST "Transfer-Encoding: Chunked\r\n\r\n"), 200 },
	{ "length and chunked",
	    T(GET HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
		       "\r\n"),
	    400 },
	{ "chunked and length",
	    T(GET HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"
		       "\r\n"),
	    400 },
	{ "coding twice",
	    T(GET HOST "Transfer-Encoding: chunked\r\n"
		       "Transfer-Encoding: chunked\r\n"),
	    400 },
	{ "chunked twice",
	    T(GET HOST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 400 },
	{ "not chunked at the end",
	    T(GET HOST "Transfer-Encoding: chunked, gzip\r\n\r\n"), 400 },
	{ "unknown coding",
	    T(GET HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501 },
	{ "no coding", T(GET HOST "Transfer-Encoding:\r\n\r\n"), 400 },
	{ "vertical tab before chunked",
	    T(GET HOST "Transfer-Encoding: \vchunked\r\n"), 400 },
	{ "chunked in HTTP/1.0",
	    T("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400 },
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* exact - a copy of exactly so many bytes, so that a read past it is seen */
static char *
exact(struct str s)
{
	char *p = malloc(s.len ? s.len : 1);

	assert_non_null(p);
	memcpy(p, s.p, s.len);
	return p;
}

/* parse_exact - parse the first len bytes of the row */
static int
parse_exact(struct str s, size_t len, size_t max)
{
	char *p = exact(str_sub(s, 0, len));
	struct httphead head;
	int status = httphead_parse(str_make(p, len), max, &head);

	if (status == 200 && head.len > len)
		fail_msg("longer than what was given");
	free(p);
	return status;
}

static void
test_rows(void **state)
{
	size_t i;

	for (i = 0; i < ROW_COUNT; i++) {
		int got =
		    parse_exact(rows[i].bytes, rows[i].bytes.len, MAX_HEAD);

		if (got != rows[i].status)
			fail_msg("%s: %d, want %d", rows[i].name, got,
			    rows[i].status);
	}
}

/* test_every_prefix - of a good head needs more; of a bad one, the same end */
static void
test_every_prefix(void **state)
{
	size_t i, len;

	for (i = 0; i < ROW_COUNT; i++) {
		int got = 0;

		for (len = 0; got == 0 && len <= rows[i].bytes.len; len++)
			got = parse_exact(rows[i].bytes, len, MAX_HEAD);
		if (got != rows[i].status)
			fail_msg("%s: %d byte by byte, want %d", rows[i].name,
			    got, rows[i].status);
		if (got == 200 && len - 1 != rows[i].bytes.len)
			fail_msg(
			    "%s: complete at %zu bytes", rows[i].name, len - 1);
	}
}

static void
test_rest_is_left(void **state)
{
	struct httphead head;
	struct str two = STR(GET HOST "\r\nGET /2 HTTP/1.1\r\n\xff");

	assert_int_equal(httphead_parse(two, MAX_HEAD, &head), 200);
	assert_int_equal(head.len, 35);
}

static void
test_fields(void **state)
{
	struct str s = STR("HEAD /a/b?c=d?e HTTP/1.1\r\n"
			   "User-Agent: one\r\n"
			   "hOsT: mta-sts.Example.COM:443\r\n"
			   "X-Forwarded-For: 192.0.2.1\r\n"
			   "Host2: x\r\n"
			   "X-Forwarded-For: 192.0.2.2, 192.0.2.3\r\n"
			   "User-Agent: two\r\n\r\n");
	struct httphead h;

	assert_int_equal(httphead_parse(s, MAX_HEAD, &h), 200);
	assert_int_equal(h.method, HTTPHEAD_HEAD);
	assert_true(str_eq(h.method_text, STR("HEAD")));
	assert_true(str_eq(h.target, STR("/a/b?c=d?e")));
	assert_true(str_eq(h.path, STR("/a/b")));
	assert_true(str_eq(h.query, STR("c=d?e")));
	assert_false(h.absolute);
	assert_int_equal(h.minor, 1);
	assert_true(h.has_host);
	assert_true(str_eq(h.host, STR("mta-sts.Example.COM:443")));
	assert_true(str_eq(h.forwarded_for, STR("192.0.2.2, 192.0.2.3")));
	assert_true(str_eq(h.user_agent, STR("one")));
	assert_true(h.keep_alive);
	assert_false(h.has_body);
	assert_int_equal(h.len, s.len);
}

static void
test_targets(void **state)
{
	static const struct {
		const char *line, *path, *query, *host;
		bool absolute;
	} t[] = {
		{ "GET / HTTP/1.1", "/", "", "", false },
		{ "GET /? HTTP/1.1", "/", "", "", false },
		{ "GET //x HTTP/1.1", "//x", "", "", false },
		{ "GET /%2e HTTP/1.1", "/%2e", "", "", false },
		{ "OPTIONS * HTTP/1.1", "*", "", "", false },
		{ "GET http://a.b HTTP/1.1", "/", "", "a.b", true },
		{ "GET HTTPS://A.b:1/x?y HTTP/1.1", "/x", "y", "A.b:1", true },
		{ "GET http://a?q HTTP/1.1", "/", "q", "a", true },
		{ "CONNECT a:443 HTTP/1.1", "/", "", "", false },
	};
	char text[200];
	struct httphead h;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(
		    text, sizeof(text), "%s\r\nHost: a\r\n\r\n", t[i].line);
		assert_int_equal(
		    httphead_parse(str_of(text), MAX_HEAD, &h), 200);
		if (!str_eq(h.path, str_of(t[i].path)) ||
		    !str_eq(h.query, str_of(t[i].query)) ||
		    !str_eq(h.uri_host, str_of(t[i].host)) ||
		    h.absolute != t[i].absolute)
			fail_msg("%s", t[i].line);
	}
}

static void
test_keep_alive(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} t[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		    false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: x,CLOSE ,y\r\n\r\n",
		    false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\n"
		  "Connection: close\r\n\r\n",
		    false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n",
		    true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
		    false },
	};
	struct httphead h;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(
		    httphead_parse(str_of(t[i].text), MAX_HEAD, &h), 200);
		if (h.keep_alive != t[i].keep)
			fail_msg("%s", t[i].text);
	}
}

static void
test_body(void **state)
{
	static const struct {
		const char *line;
		bool body;
	} t[] = {
		{ "Content-Length: 0", false },
		{ "Content-Length: 000", false },
		{ "Content-Length: 9223372036854775807", true },
		{ "Transfer-Encoding: chunked", true },
		{ "Expect: 100-continue", false },
	};
	char text[200];
	struct httphead h;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(text, sizeof(text),
		    "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", t[i].line);
		assert_int_equal(
		    httphead_parse(str_of(text), MAX_HEAD, &h), 200);
		if (h.has_body != t[i].body)
			fail_msg("%s", t[i].line);
	}
}

static void
test_maximum(void **state)
{
	struct str s = STR(GET HOST "\r\n");
	struct httphead h;

	assert_int_equal(httphead_parse(s, s.len, &h), 200);
	assert_int_equal(httphead_parse(s, s.len - 1, &h), 431);
	assert_int_equal(httphead_parse(STR(GET HOST), 33, &h), 431);
	assert_int_equal(httphead_parse(STR(GET HOST), 34, &h), 0);
	/* A fault that stands before the bound is what is said. */
	assert_int_equal(httphead_parse(STR("GET /\r\nxxxx"), 10, &h), 400);
	assert_int_equal(httphead_parse(STR("GET /"), 5, &h), 431);
}

static void
test_out_untouched(void **state)
{
	struct httphead h;

	memset(&h, 0x5a, sizeof(h));
	assert_int_equal(httphead_parse(STR(GET "\r\n"), MAX_HEAD, &h), 400);
	assert_int_equal(httphead_parse(STR(GET), MAX_HEAD, &h), 0);
	assert_int_equal(h.minor, 0x5a5a5a5a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_prefix),
		cmocka_unit_test(test_rest_is_left),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_out_untouched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
