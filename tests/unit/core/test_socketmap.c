/*
 * test_socketmap - requests of three protocols, whole, in pieces and broken
 */
#include "core/socketmap.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"

struct row {
	struct str in;
	bool at_end;
	enum socketmap_end end;
	size_t used;
	/* of a request */
	enum socketmap_protocol protocol;
	enum socketmap_verb verb;
	const char *map, *key, *host;
	const char *why; /* is in the reason */
};

#define S(text)                        \
	{                              \
		text, sizeof(text) - 1 \
	}
#define MORE	      SOCKETMAP_MORE, 0, 0, 0, NULL, NULL, NULL, ""
#define BROKEN(why)   SOCKETMAP_BROKEN, 0, 0, 0, NULL, NULL, NULL, why
#define NET(map, key) SOCKETMAP_NETSTRING, SOCKETMAP_LOOKUP, map, key, "", ""
#define GET(key)      SOCKETMAP_TCP_TABLE, SOCKETMAP_LOOKUP, "", key, "", ""
#define MODE(key)     SOCKETMAP_LINE, SOCKETMAP_MODE, "", key, "", ""
#define MX(key, host) SOCKETMAP_LINE, SOCKETMAP_MX, "", key, host, ""

/* clang-format off */
static const struct row rows[] = {
	/* netstrings */
	{ S("17:QUERY example.com,"), false, SOCKETMAP_REQUEST, 21,
	    NET("QUERY", "example.com") },
	{ S("17:QUERY example.com,17:QUERY"), false, SOCKETMAP_REQUEST, 21,
	    NET("QUERY", "example.com") },
	{ S("00017:QUERY example.com,"), false, BROKEN("leading zero") },
	{ S("9:sts a b:c,"), false, SOCKETMAP_REQUEST, 12,
	    NET("sts", "a b:c") },
	{ S("6:sts \0x,"), false, SOCKETMAP_REQUEST, 9, NET("sts", NULL) },
	{ S("4:sts ,"), false, SOCKETMAP_REQUEST, 7, NET("sts", "") },
	{ S("2: x,"), false, SOCKETMAP_REQUEST, 5, NET("", "x") },
	{ S("0:,"), false, SOCKETMAP_REFUSED, 3,
	    SOCKETMAP_NETSTRING, 0, NULL, NULL, NULL, "no blank" },
	{ S("5:QUERY,x"), false, SOCKETMAP_REFUSED, 8,
	    SOCKETMAP_NETSTRING, 0, NULL, NULL, NULL, "no blank" },
	{ S("1"), false, MORE },
	{ S("17"), false, MORE },
	{ S("17:"), false, MORE },
	{ S("17:QUERY example.com"), false, MORE },
	{ S("17:QUERY example.com"), true, MORE },
	{ S("10000:"), false, MORE },
	{ S("10001:"), false, BROKEN("over 10000") },
	{ S("10001"), false, BROKEN("over 10000") },
	{ S("99999:"), false, BROKEN("over 10000") },
	{ S("100000"), false, BROKEN("more than 5") },
	{ S("10000000:"), false, BROKEN("more than 5") },
	{ S("01:x,"), false, BROKEN("leading zero") },
	{ S("17x"), false, BROKEN("no colon") },
	{ S("17 :"), false, BROKEN("no colon") },
	{ S("17:QUERY example.com;"), false, BROKEN("no comma") },
	{ S("17:QUERY example.comx,"), false, BROKEN("no comma") },
	{ S("-1:x,"), false, BROKEN("neither") },
	{ S("+1:x,"), false, BROKEN("neither") },
	{ S(" 1:x,"), false, BROKEN("neither") },
	{ S(":x,"), false, BROKEN("neither") },

	/* tcp_table */
	{ S("get example.com\n"), false, SOCKETMAP_REQUEST, 16,
	    GET("example.com") },
	{ S("get example.com\r\nget"), false, SOCKETMAP_REQUEST, 17,
	    GET("example.com") },
	{ S("get a%20b%25%2Ec%2e\n"), false, SOCKETMAP_REQUEST, 20,
	    GET("a b%.c.") },
	{ S("get \n"), false, SOCKETMAP_REQUEST, 5, GET("") },
	{ S("get a%2\n"), false, SOCKETMAP_REFUSED, 8, SOCKETMAP_TCP_TABLE, 0,
	    NULL, NULL, NULL, "two hexadecimal" },
	{ S("get a%\n"), false, SOCKETMAP_REFUSED, 7, SOCKETMAP_TCP_TABLE, 0,
	    NULL, NULL, NULL, "two hexadecimal" },
	{ S("get %2g\n"), false, SOCKETMAP_REFUSED, 8, SOCKETMAP_TCP_TABLE, 0,
	    NULL, NULL, NULL, "two hexadecimal" },
	{ S("get %g2\nx"), false, SOCKETMAP_REFUSED, 8, SOCKETMAP_TCP_TABLE, 0,
	    NULL, NULL, NULL, "two hexadecimal" },
	{ S("g"), false, MORE },
	{ S("get"), false, MORE },
	{ S("get "), false, MORE },
	{ S("get example.com"), false, MORE },
	{ S("get example.com"), true, MORE },
	{ S("get\n"), false, BROKEN("neither") },
	{ S("ge\n"), false, BROKEN("neither") },
	{ S("GET / HTTP/1.1\r\n"), false, BROKEN("neither") },
	{ S("put a b\n"), false, BROKEN("neither") },

	/* the line protocol */
	{ S("mode example.com\n"), false, SOCKETMAP_REQUEST, 17,
	    MODE("example.com") },
	{ S("mode  example.com \r\nm"), false, SOCKETMAP_REQUEST, 20,
	    MODE("example.com") },
	{ S("mode example.com"), true, SOCKETMAP_REQUEST, 16,
	    MODE("example.com") },
	{ S("mode example.com"), false, MORE },
	{ S("mode \n"), false, SOCKETMAP_REFUSED, 6, SOCKETMAP_LINE,
	    SOCKETMAP_MODE, NULL, NULL, NULL, "no domain" },
	{ S("mx example.com mx.example.net\n"), false, SOCKETMAP_REQUEST, 30,
	    MX("example.com", "mx.example.net") },
	{ S("mx example.com   mx.example.net"), true, SOCKETMAP_REQUEST, 31,
	    MX("example.com", "mx.example.net") },
	{ S("mx example.com\n"), false, SOCKETMAP_REFUSED, 15, SOCKETMAP_LINE,
	    SOCKETMAP_MX, NULL, NULL, NULL, "no domain and host" },
	{ S("mx \n"), false, SOCKETMAP_REFUSED, 4, SOCKETMAP_LINE,
	    SOCKETMAP_MX, NULL, NULL, NULL, "no domain and host" },
	{ S("m"), false, MORE },
	{ S("mo"), false, MORE },
	{ S("mo"), true, BROKEN("neither") },
	{ S("mod e"), false, BROKEN("neither") },
	{ S("my x\n"), false, BROKEN("neither") },
	{ S("\n"), false, BROKEN("neither") },
	{ S("\x16\x03\x01"), false, BROKEN("neither") },
	{ S("\0"), false, BROKEN("neither") },
};
/* clang-format on */

/* check - one result against its row */
static void
check(const struct row *row, enum socketmap_end end,
    const struct socketmap_request *rq)
{
	if (end != row->end || rq->used != row->used)
		fail_msg("%s: %d, %zu used (%s)", row->in.p, (int)end, rq->used,
		    rq->why);
	if (row->why != NULL && strstr(rq->why, row->why) == NULL)
		fail_msg("%s: %s", row->in.p, rq->why);
	if (end == SOCKETMAP_REQUEST || end == SOCKETMAP_REFUSED) {
		assert_int_equal(rq->protocol, row->protocol);
		assert_int_equal(rq->verb, row->verb);
	}
	if (end != SOCKETMAP_REQUEST)
		return;
	assert_true(str_eq(rq->map, str_of(row->map)));
	if (row->key != NULL)
		assert_true(str_eq(rq->key, str_of(row->key)));
	else
		assert_true(str_eq(rq->key, STR("\0x")));
	assert_true(str_eq(rq->host, str_of(row->host)));
}

/* test_rows - each input, in memory of exactly its size */
static void
test_rows(void **state)
{
	static char scratch[SOCKETMAP_MAX];
	struct socketmap_request rq;
	enum socketmap_end end;
	size_t i;
	char *in;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		in = mem_alloc(rows[i].in.len);
		assert_non_null(in);
		memcpy(in, rows[i].in.p, rows[i].in.len);
		end = socketmap_parse(
		    str_make(in, rows[i].in.len), rows[i].at_end, scratch, &rq);
		check(&rows[i], end, &rq);
		mem_free(in);
	}
}

/* test_split - every prefix of a request asks for more */
static void
test_split(void **state)
{
	static char scratch[SOCKETMAP_MAX];
	struct socketmap_request rq;
	size_t i, len;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].end != SOCKETMAP_REQUEST || rows[i].at_end)
			continue;
		for (len = 1; len < rows[i].used; len++)
			if (socketmap_parse(str_sub(rows[i].in, 0, len), false,
				scratch, &rq) != SOCKETMAP_MORE ||
			    rq.used != 0)
				fail_msg("%s: %zu", rows[i].in.p, len);
	}
}

/* test_long - the longest request and the first that is too long */
static void
test_long(void **state)
{
	static char scratch[SOCKETMAP_MAX], in[SOCKETMAP_MAX + 20];
	struct socketmap_request rq;

	memset(in, 'x', sizeof(in));
	memcpy(in, "10000:QUERY ", 12);
	in[6 + SOCKETMAP_MAX] = ',';
	assert_int_equal(socketmap_parse(str_make(in, 7 + SOCKETMAP_MAX), false,
			     scratch, &rq),
	    SOCKETMAP_REQUEST);
	assert_int_equal(rq.key.len, SOCKETMAP_MAX - 6);
	memset(in, 'x', sizeof(in));
	memcpy(in, "get ", 4);
	assert_int_equal(
	    socketmap_parse(str_make(in, SOCKETMAP_MAX), false, scratch, &rq),
	    SOCKETMAP_MORE);
	in[SOCKETMAP_MAX] = '\n';
	assert_int_equal(
	    socketmap_parse(str_make(in, sizeof(in)), false, scratch, &rq),
	    SOCKETMAP_REQUEST);
	assert_int_equal(rq.used, SOCKETMAP_MAX + 1);
	in[SOCKETMAP_MAX] = 'x';
	in[SOCKETMAP_MAX + 1] = '\n';
	assert_int_equal(
	    socketmap_parse(str_make(in, sizeof(in)), false, scratch, &rq),
	    SOCKETMAP_BROKEN);
	assert_int_equal(socketmap_parse(str_make(in, SOCKETMAP_MAX + 1), true,
			     scratch, &rq),
	    SOCKETMAP_BROKEN);
}

static const struct {
	enum socketmap_protocol protocol;
	enum reply_status status;
	const char *data, *frame;
} frame_rows[] = {
	{ SOCKETMAP_NETSTRING, REPLY_OK, "secure match=a.b",
	    "19:OK secure match=a.b," },
	{ SOCKETMAP_NETSTRING, REPLY_NOTFOUND, "", "9:NOTFOUND ," },
	{ SOCKETMAP_NETSTRING, REPLY_TEMP, "why", "8:TEMP why," },
	{ SOCKETMAP_NETSTRING, REPLY_PERM, "no such map",
	    "16:PERM no such map," },
	{ SOCKETMAP_TCP_TABLE, REPLY_OK, "secure match=a.b:.c",
	    "200 secure%20match=a.b:.c\n" },
	{ SOCKETMAP_TCP_TABLE, REPLY_OK, "100%\x7f\xc3\n",
	    "200 100%25%7F%C3%0A\n" },
	{ SOCKETMAP_TCP_TABLE, REPLY_NOTFOUND, "", "500 not%20found\n" },
	{ SOCKETMAP_TCP_TABLE, REPLY_TEMP, "why not", "400 why%20not\n" },
	{ SOCKETMAP_TCP_TABLE, REPLY_PERM, "why", "400 why\n" },
	{ SOCKETMAP_LINE, REPLY_OK, "enforce", "enforce" },
	{ SOCKETMAP_LINE, REPLY_OK, "", "" },
	{ SOCKETMAP_LINE, REPLY_PERM, "no domain", "no domain" },
};

/* test_frame - replies in each protocol, one after the other */
static void
test_frame(void **state)
{
	struct buf b;
	size_t i, start;

	buf_init(&b, 10000);
	for (i = 0; i < sizeof(frame_rows) / sizeof(frame_rows[0]); i++) {
		start = b.len;
		socketmap_frame(frame_rows[i].protocol, frame_rows[i].status,
		    str_of(frame_rows[i].data), &b);
		assert_int_equal(buf_error(&b), MTASTS_OK);
		assert_true(str_eq(str_sub(buf_str(&b), start, b.len),
		    str_of(frame_rows[i].frame)));
	}
	buf_free(&b);
}

/* test_frame_long - no tcp_table line is longer than Postfix reads */
static void
test_frame_long(void **state)
{
	char data[SOCKETMAP_TCP_MAX];
	struct buf b;

	memset(data, 'x', sizeof(data));
	buf_init(&b, 10000);
	socketmap_frame(SOCKETMAP_TCP_TABLE, REPLY_OK,
	    str_make(data, SOCKETMAP_TCP_MAX - 5), &b);
	assert_int_equal(b.len, SOCKETMAP_TCP_MAX);
	socketmap_frame(SOCKETMAP_TCP_TABLE, REPLY_OK,
	    str_make(data, SOCKETMAP_TCP_MAX - 4), &b);
	assert_string_equal(
	    b.p + SOCKETMAP_TCP_MAX, "400 reply%20over%204096%20bytes\n");
	buf_clear(&b);
	/* A full buffer stays one. */
	b.max = 20;
	socketmap_frame(SOCKETMAP_NETSTRING, REPLY_OK, str_make(data, 100), &b);
	assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_frame_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
