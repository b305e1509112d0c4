/*
 * test_httpresp - responses in one piece, byte by byte, and cut anywhere
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/httpresp.h"

#include "core/limits.h"

#include <stdlib.h>

#define HEAD	"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
#define LEN(n)	"Content-Length: " n "\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* How the bytes end. */
enum last { LEFT_OPEN, CLOSED, CUT };

struct row {
	const char *bytes;
	enum last last;
	enum fetchfact_end end; /* ENDS: it is not over */
	const char *body, *why;
};

#define MORE FETCHFACT_ENDS

static const struct row rows[] = {
	/* bodies */
	{ HEAD LEN("5") "\r\nhello", LEFT_OPEN, FETCHFACT_OK, "hello", "" },
	{ HEAD LEN("5") "\r\nhello, and more", LEFT_OPEN, FETCHFACT_OK, "hello",
	    "" },
	{ HEAD LEN("05") "\r\nhello", LEFT_OPEN, FETCHFACT_OK, "hello", "" },
	{ HEAD LEN("0") "\r\n", LEFT_OPEN, FETCHFACT_OK, "", "" },
	{ HEAD LEN("5") LEN("5") "\r\nhello", LEFT_OPEN, FETCHFACT_OK, "hello",
	    "" },
	{ HEAD LEN("5") "\r\nhell", LEFT_OPEN, MORE, "", "" },
	{ HEAD LEN("5") "\r\nhell", CLOSED, FETCHFACT_CUT, "",
	    "after 4 of the 5 bytes" },
	{ HEAD "\r\nhello", LEFT_OPEN, MORE, "", "" },
	{ HEAD "\r\nhello", CLOSED, FETCHFACT_OK, "hello", "" },
	{ HEAD "\r\n", CLOSED, FETCHFACT_OK, "", "" },
	{ HEAD "\r\nhello", CUT, FETCHFACT_CUT, "", "close_notify" },
	{ CHUNKED "5\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_OK, "hello", "" },
	{ CHUNKED "2\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n", LEFT_OPEN,
	    FETCHFACT_OK, "hello", "" },
	{ CHUNKED "005\r\nhello\r\n00\r\n\r\n", LEFT_OPEN, FETCHFACT_OK,
	    "hello", "" },
	{ CHUNKED "5 \t\r\nhello\r\n0;a=\"b\"\r\n\r\n", LEFT_OPEN, FETCHFACT_OK,
	    "hello", "" },
	{ CHUNKED "5\r\nhello\r\n0\r", LEFT_OPEN, MORE, "", "" },
	{ CHUNKED "5\r\nhello\r\n0\r", CLOSED, FETCHFACT_CUT, "",
	    "before the last chunk" },
	{ CHUNKED "5\r\nhello", CLOSED, FETCHFACT_CUT, "",
	    "after 5 bytes, before" },

	/* broken chunks */
	{ CHUNKED "\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "no size but \"\\r\"" },
	{ CHUNKED "5\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "no size but \"5\"" },
	{ CHUNKED "0x5\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "0x5" },
	{ CHUNKED "+5\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "+5" },
	{ CHUNKED " 5\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "\" 5" },
	{ CHUNKED "5 x\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "5 x" },
	{ CHUNKED "5;\x01\r\nhello\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "5;" },
	{ CHUNKED "5\r\nhelloworld\r\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "does not end where it should" },
	{ CHUNKED "5\r\nhello\n0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "does not end where it should" },
	{ CHUNKED "5\r\nhello\rx0\r\n", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "does not end where it should" },
	{ CHUNKED "10001\r\nx", LEFT_OPEN, FETCHFACT_TOO_LARGE, "",
	    "may have 65536" },
	{ CHUNKED "2\r\nab\r\nffff\r\n", LEFT_OPEN, FETCHFACT_TOO_LARGE, "",
	    "" },
	{ CHUNKED "fffffffffffffffffffffffff1\r\n", LEFT_OPEN,
	    FETCHFACT_TOO_LARGE, "", "" },

	/* framing that is none */
	{ HEAD LEN("5") "Transfer-Encoding: chunked\r\n\r\n", LEFT_OPEN,
	    FETCHFACT_HTTP, "", "both" },
	{ HEAD LEN("5") LEN("6") "\r\nhello", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "differ" },
	{ HEAD LEN("5, 5") "\r\nhello", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "no number: \"5, 5\"" },
	{ HEAD LEN("+5") "\r\nhello", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "no number" },
	{ HEAD LEN("-5") "\r\nhello", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "no number" },
	{ HEAD LEN("") "\r\nhello", LEFT_OPEN, FETCHFACT_HTTP, "",
	    "no number" },
	{ HEAD LEN("00000000000000000000000000000000005") "\r\nhello",
	    LEFT_OPEN, FETCHFACT_TOO_LARGE, "", "policy may have" },
	{ HEAD LEN("99999999999999999999999999999999999") "\r\n", LEFT_OPEN,
	    FETCHFACT_TOO_LARGE, "", "9999" },
	{ HEAD "Transfer-Encoding: identity\r\n\r\nhello", LEFT_OPEN,
	    FETCHFACT_HTTP, "", "identity" },
	{ HEAD "Transfer-Encoding: chunked\r\n"
	       "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	    LEFT_OPEN, FETCHFACT_HTTP, "", "not chunked" },
	{ "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n"
	  "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	    LEFT_OPEN, FETCHFACT_HTTP, "", "HTTP/1.0" },

	/* heads */
	{ "HTTP/1.1 200\r\nCONTENT-TYPE:\ttext/plain \r\n\r\n", CLOSED,
	    FETCHFACT_OK, "", "" },
	{ "HTTP/1.1 200 \r\ncontent-type: text/plain\r\n\r\n", CLOSED,
	    FETCHFACT_OK, "", "" },
	{ "HTTP/1.1 200 Ouais, d\xc3\xa9j\xc3\xa0\r\n"
	  "Content-Type: text/plain\r\n\r\n",
	    CLOSED, FETCHFACT_OK, "", "" },
	{ "HTTP/1.1 200 OK\nContent-Type: text/plain\n\nhello", CLOSED,
	    FETCHFACT_OK, "hello", "" },
	{ "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 100 Go\r\n\r\n" HEAD
	  "\r\nhello",
	    CLOSED, FETCHFACT_OK, "hello", "" },
	/* What an interim head says is not the answer's. */
	{ "HTTP/1.1 103 Early\r\nContent-Type: text/plain\r\n" LEN(
	      "1") "\r\nHTTP/1.1 200 OK\r\n\r\nhello",
	    CLOSED, FETCHFACT_TYPE, "", "no Content-Type" },
	{ HEAD "X-Long: a\r\n b\r\n\tc\r\n\r\nhello", CLOSED, FETCHFACT_OK,
	    "hello", "" },
	{ HEAD " ; charset=x\r\n\r\nhello", CLOSED, FETCHFACT_HTTP, "",
	    "goes on in the next line" },
	{ HEAD "Content-Length:\r\n 5\r\n\r\nhello", CLOSED, FETCHFACT_HTTP, "",
	    "goes on in the next line" },
	{ "HTTP/1.1 200 OK\r\n X: y\r\n\r\n", CLOSED, FETCHFACT_HTTP, "",
	    "goes on in the next line" },
	{ HEAD "no field\r\n\r\n", CLOSED, FETCHFACT_HTTP, "",
	    "no field: \"no field\"" },
	{ HEAD "X : y\r\n\r\n", CLOSED, FETCHFACT_HTTP, "", "\"X : y\"" },
	{ HEAD ": y\r\n\r\n", CLOSED, FETCHFACT_HTTP, "", "\": y\"" },
	{ HEAD "X: a\rb\r\n\r\n", CLOSED, FETCHFACT_HTTP, "", "control bytes" },
	{ "HTTP/1.1 301 Moved\r\nLocation: https://a/\r\n\r\n", LEFT_OPEN,
	    FETCHFACT_REDIRECT, "", "leads to \"https://a/\"" },
	{ "HTTP/1.1 301 Moved\r\n\r\n", LEFT_OPEN, FETCHFACT_REDIRECT, "",
	    "301" },
	{ "HTTP/1.1 404 Not Found\r\n" LEN("x")
		LEN("y") "Transfer-Encoding: z\r\n\r\n",
	    LEFT_OPEN, FETCHFACT_STATUS, "", "404" },
	{ "HTTP/1.1 999 What\r\n\r\n", LEFT_OPEN, FETCHFACT_STATUS, "", "999" },

	/* no HTTP/1 */
	{ "x", LEFT_OPEN, FETCHFACT_HTTP, "", "not HTTP/1 but \"x" },
	{ "\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "not HTTP/1" },
	{ "\n", LEFT_OPEN, FETCHFACT_HTTP, "", "not HTTP/1" },
	{ "http/1.1 200 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "http/1.1" },
	{ "HTTP/2 200\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "HTTP/2" },
	{ "HTTP/1.x 200 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "HTTP/1.x" },
	{ "HTTP/1.11 200 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "1.11" },
	{ "HTTP/1.1  200 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "  200" },
	{ "HTTP/1.1 20 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "20 OK" },
	{ "HTTP/1.1 2000 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "2000" },
	{ "HTTP/1.1 099 OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "099" },
	{ "HTTP/1.1 200OK\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "200OK" },
	{ "HTTP/1.1\r\n", LEFT_OPEN, FETCHFACT_HTTP, "", "HTTP/1.1\"" },

	/* ends */
	{ "", CLOSED, FETCHFACT_CUT, "", "without an answer" },
	{ "HTTP/1.1 20", CUT, FETCHFACT_CUT, "", "after 11 bytes" },
	{ HEAD, CLOSED, FETCHFACT_CUT, "", "within the head" },
	{ "HTTP/1.1 100 Go\r\n\r\n", CLOSED, FETCHFACT_CUT, "",
	    "within the head" },
};

/* run - feed in pieces of so many bytes, and say how it ended */
static void
run(const struct row *row, enum httpresp_kind kind, size_t step,
    struct httpresp *r)
{
	struct str rest = str_of(row->bytes), piece;
	bool over = false;

	httpresp_init(r, kind);
	while (!over && rest.len > 0) {
		piece = str_sub(rest, 0, step);
		rest = str_sub(rest, step, rest.len);
		over = httpresp_feed(r, &piece);
		assert_true(over || piece.len == 0);
	}
	if (row->last != LEFT_OPEN)
		httpresp_closed(r, row->last == CLOSED);
}

/* check - one row, in pieces of so many bytes */
static void
check(const struct row *row, size_t step, bool why)
{
	struct httpresp r;
	bool over;

	run(row, HTTPRESP_POLICY, step, &r);
	over = r.phase == HTTPRESP_OVER;
	if (row->end == MORE ? over : !over || r.end != row->end)
		fail_msg("%s\n(by %zu) is %s: %s", row->bytes, step,
		    over ? fetchfact_end_name(r.end) : "not over",
		    r.why.p != NULL ? r.why.p : "");
	if (row->end == FETCHFACT_OK &&
	    !str_eq(buf_str(&r.body), str_of(row->body)))
		fail_msg("%s\n(by %zu): another body", row->bytes, step);
	if (why && row->end != MORE &&
	    str_find(buf_str(&r.why), str_of(row->why)) == r.why.len &&
	    row->why[0] != '\0')
		fail_msg("%s: %s", row->bytes, r.why.p);
	httpresp_free(&r);
}

/* REQ: FET-4 FET-5 */
static void
test_rows(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		check(&rows[i], SIZE_MAX, true);
		check(&rows[i], 1, false);
		check(&rows[i], 7, false);
	}
}

/* test_look_ends - a look ends as a sender's fetch, for the same reason */
static void
test_look_ends(void **state)
{
	struct httpresp a, b;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(&rows[i], HTTPRESP_POLICY, SIZE_MAX, &a);
		run(&rows[i], HTTPRESP_LOOK, 5, &b);
		if (a.phase == HTTPRESP_OVER)
			httpresp_closed(&b, true);
		assert_int_equal(
		    a.phase == HTTPRESP_OVER, b.phase == HTTPRESP_OVER);
		assert_int_equal(a.end, b.end);
		assert_int_equal(a.status, b.status);
		if (a.end == FETCHFACT_TYPE || a.end == FETCHFACT_ENCODING)
			assert_string_equal(a.why.p, b.why.p);
		httpresp_free(&a);
		httpresp_free(&b);
	}
}

#define HTML "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
#define GZIP HEAD "Content-Encoding: gzip\r\n"

/* Bodies that a sender does not read, and what there is of them. */
static const struct row look_rows[] = {
	{ HTML LEN("5") "\r\nhello", LEFT_OPEN, FETCHFACT_TYPE, "hello",
	    "text/html" },
	{ HTML LEN("0") "\r\n", LEFT_OPEN, FETCHFACT_TYPE, "", "text/html" },
	{ "HTTP/1.1 200 OK\r\n\r\nhello", CLOSED, FETCHFACT_TYPE, "hello",
	    "no Content-Type" },
	{ "HTTP/1.1 200 OK\r\n\r\nhello", CUT, FETCHFACT_TYPE, "hello",
	    "no Content-Type" },
	{ HTML "Content-Type: text/plain\r\n\r\nhello", CLOSED, FETCHFACT_TYPE,
	    "hello", "several" },
	{ GZIP LEN("5") "\r\n\x1f\x8b\x08xx", LEFT_OPEN, FETCHFACT_ENCODING,
	    "\x1f\x8b\x08xx", "gzip" },
	{ HTML "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n",
	    LEFT_OPEN, FETCHFACT_TYPE, "hello", "text/html" },
	/* What is wrong with such a body is no matter any more. */
	{ HTML LEN("9") "\r\nhello", CLOSED, FETCHFACT_TYPE, "hello",
	    "text/html" },
	{ HTML LEN("9x") "\r\nhello", LEFT_OPEN, FETCHFACT_TYPE, "",
	    "text/html" },
	{ HTML LEN("99999999") "\r\nhello", CLOSED, FETCHFACT_TYPE, "hello",
	    "text/html" },
	{ HTML "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nx\r\n", LEFT_OPEN,
	    FETCHFACT_TYPE, "he", "text/html" },
	/* Only 200 has one. */
	{ "HTTP/1.1 404 No\r\n" LEN("5") "\r\nhello", LEFT_OPEN,
	    FETCHFACT_STATUS, "", "404" },
	{ "HTTP/1.1 302 No\r\nLocation: /x\r\n" LEN("5") "\r\nhello", LEFT_OPEN,
	    FETCHFACT_REDIRECT, "", "\"/x\"" },
};

/* test_look_bodies - however they are parted */
static void
test_look_bodies(void **state)
{
	static const size_t steps[] = { SIZE_MAX, 1, 7 };

	for (size_t i = 0; i < 3 * sizeof(look_rows) / sizeof(*look_rows);
	     i++) {
		const struct row *row = &look_rows[i / 3];
		struct httpresp r;

		run(row, HTTPRESP_LOOK, steps[i % 3], &r);
		if (r.phase != HTTPRESP_OVER || r.end != row->end)
			fail_msg(
			    "%s is %s", row->bytes, fetchfact_end_name(r.end));
		if (!str_eq(buf_str(&r.body), str_of(row->body)))
			fail_msg("%s: another body", row->bytes);
		if (strstr(r.why.p, row->why) == NULL)
			fail_msg("%s: %s", row->bytes, r.why.p);
		httpresp_free(&r);
	}
}

/* test_for_people - fields that are told: the first, cut to their room */
static void
test_for_people(void **state)
{
	static const char none[] = HEAD LEN("0") "\r\n";
	static const char some[] =
	    HEAD "strict-transport-security: max-age=1\r\n"
		 "Strict-Transport-Security: max-age=2\r\n"
		 "CACHE-CONTROL:\r\nCache-Control: public\r\n";
	struct str bytes = str_of(none);
	struct httpresp r;

	httpresp_init(&r, HTTPRESP_LOOK);
	assert_true(httpresp_feed(&r, &bytes));
	assert_false(
	    r.head.has_hsts || r.head.has_cache_control || r.head.has_location);
	httpresp_free(&r);
	httpresp_init(&r, HTTPRESP_LOOK);
	bytes = str_of(some);
	assert_false(httpresp_feed(&r, &bytes));
	assert_true(r.head.has_hsts && r.head.has_cache_control);
	assert_string_equal(r.head.hsts, "max-age=1");
	assert_string_equal(r.head.cache_control, "");
	for (int i = 0; i < 200; i++) {
		bytes = i == 0 ? STR("Location: ") : STR("ab");
		assert_false(httpresp_feed(&r, &bytes));
	}
	bytes = STR("\r\nA: b\r\n folded\r\n" LEN("0") "\r\n");
	assert_true(httpresp_feed(&r, &bytes));
	assert_int_equal(r.end, FETCHFACT_OK);
	assert_int_equal(strlen(r.head.location), 127);
	httpresp_free(&r);
}

/* feed - so many copies of a text; is it over? */
static bool
feed(struct httpresp *r, const char *text, size_t count)
{
	bool over = r->phase == HTTPRESP_OVER;
	struct str bytes;

	while (!over && count-- > 0) {
		bytes = str_of(text);
		over = httpresp_feed(r, &bytes);
	}
	return over;
}

/* REQ: FET-8 */
static void
test_bounds(void **state)
{
	static const struct {
		const char *begin, *more;
		size_t fits; /* copies of more */
		enum fetchfact_end end; /* with one copy more */
	} t[] = {
		{ HEAD "\r\n", "x", LIMIT_POLICY_LEN, FETCHFACT_TOO_LARGE },
		{ HTML "\r\n", "x", LIMIT_POLICY_LEN, FETCHFACT_TYPE },
		{ HTML LEN("65537") "\r\n", "x", LIMIT_POLICY_LEN,
		    FETCHFACT_TYPE },
		{ CHUNKED, "1\r\nx\r\n", LIMIT_POLICY_LEN,
		    FETCHFACT_TOO_LARGE },
		/* 32768 = 17 + 2975 * 11 + 26 */
		{ "HTTP/1.1 200 OK\r\n", "X-Line: y\r\n", 2977,
		    FETCHFACT_TOO_LARGE },
		{ "HTTP/1.1 200 ", "x", HTTPRESP_HEAD_MAX - 13,
		    FETCHFACT_TOO_LARGE },
		{ HEAD "X: ", "x", HTTPRESP_HEAD_MAX - 46,
		    FETCHFACT_TOO_LARGE },
		{ "", "HTTP/1.1 100 Continue\r\n\r\n", 1310,
		    FETCHFACT_TOO_LARGE },
		{ CHUNKED "5;", "x", 253, FETCHFACT_HTTP },
	};
	struct httpresp r;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		httpresp_init(&r, HTTPRESP_LOOK);
		if (feed(&r, t[i].begin, 1) || feed(&r, t[i].more, t[i].fits))
			fail_msg("%zu: over too early: %s", i, r.why.p);
		if (!feed(&r, t[i].more, 1) || r.end != t[i].end)
			fail_msg("%zu: not over", i);
		assert_true(r.body.len <= LIMIT_POLICY_LEN);
		httpresp_free(&r);
	}
}

/* The answer to CONNECT ends with its head, whatever that says. */
static void
test_tunnel(void **state)
{
	struct httpresp r;
	struct str bytes = STR("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");

	httpresp_init(&r, HTTPRESP_TUNNEL);
	assert_true(httpresp_feed(&r, &bytes));
	assert_int_equal(r.end, FETCHFACT_OK);
	assert_int_equal(r.status, 200);
	assert_true(str_eq(bytes, STR("x")));
	httpresp_free(&r);
	httpresp_init(&r, HTTPRESP_TUNNEL);
	bytes = STR("HTTP/1.1 407 Who?\r\n\r\n");
	assert_true(httpresp_feed(&r, &bytes));
	assert_int_equal(r.end, FETCHFACT_OK);
	assert_int_equal(r.status, 407);
	httpresp_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_look_ends),
		cmocka_unit_test(test_look_bodies),
		cmocka_unit_test(test_for_people),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
