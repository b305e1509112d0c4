/*
 * What PowerDNS's API is told and tells, and what a hook is told and tells.
 */
#include "io/pdnsapi.h"
#include "io/pushhook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the three above first. */
#include <cmocka.h>

static const struct str old[] = { { "v=STSv1; id=1;", 14 },
	{ "say \"hi\\\"", 9 } };
static const struct str new_[] = { { "v=STSv1; id=2;", 14 },
	{ "say \"hi\\\"", 9 } };
static const struct str host[] = { { "h.test", 6 } };

static const struct dnschange changes[] = {
	{ "_mta-sts.a.test", DNSTYPE_TXT, 300, old, new_, 2, 2 },
	{ "mta-sts.a.test", DNSTYPE_CNAME, 60, NULL, host, 0, 1 },
	{ "mta-sts.a.test", DNSTYPE_A, 60, host, NULL, 1, 0 },
};

/* the body of a PATCH: what goes goes first, texts are quoted twice */
static void
test_put(void **state)
{
	struct buf b;

	buf_init(&b, 10000);
	pdnsapi_put(changes, 3, &b);
	assert_string_equal(b.p,
	    "{\"rrsets\":[{\"name\":\"mta-sts.a.test.\",\"type\":\"A\","
	    "\"changetype\":\"DELETE\"},"
	    "{\"name\":\"_mta-sts.a.test.\",\"type\":\"TXT\","
	    "\"changetype\":\"REPLACE\",\"ttl\":300,\"records\":["
	    "{\"content\":\"\\\"v=STSv1; id=2;\\\"\",\"disabled\":false},"
	    "{\"content\":\"\\\"say \\\\\\\"hi\\\\\\\\\\\\\\\"\\\"\","
	    "\"disabled\":false}]},"
	    "{\"name\":\"mta-sts.a.test.\",\"type\":\"CNAME\","
	    "\"changetype\":\"REPLACE\",\"ttl\":60,\"records\":["
	    "{\"content\":\"h.test.\",\"disabled\":false}]}]}");
	buf_free(&b);
}

/* reads - the values in an answer as one text; null: it makes no sense */
static char *
reads(const char *json, const struct dnschange *c, char out[1000])
{
	struct arena *a = arena_new(1 << 20);
	struct pdnsapi_values v;
	size_t len = 0;

	out[0] = '\0';
	if (pdnsapi_read(str_of(json), c, a, &v) != MTASTS_OK) {
		arena_free(a);
		return NULL;
	}
	for (size_t i = 0; i < v.count; i++)
		len += (size_t)snprintf(
		    out + len, 1000 - len, "[%.*s]", (int)v.v[i].len, v.v[i].p);
	arena_free(a);
	return out;
}

#define SET(name, type, records)                                      \
	"{\"name\":\"" name "\",\"type\":\"" type "\",\"ttl\":1,\"re" \
	"cords\":[" records "]}"
#define RECORD(content) "{\"content\":\"" content "\",\"disabled\":false}"

/* answers: the one RRset that is meant, strings joined, names without dot */
static void
test_read(void **state)
{
	const struct dnschange *txt = &changes[0], *cname = &changes[1];
	char out[1000];

	assert_string_equal(reads("{\"rrsets\":[]}", txt, out), "");
	assert_string_equal(
	    reads(
		"{\"rrsets\":[" SET("_mta-sts.A.test.", "TXT",
		    RECORD("\\\"v=STSv1; \\\" \\\"id=1;\\\"") "," RECORD(
			"\\\"a\\\\\\\"\\\\\\\\\\\\065\\\"")) "," SET("_mta-sts.b.test.",
		    "TXT", RECORD("\\\"x\\\"")) "," SET("_mta-sts.a.test.", "A",
		    RECORD("192.0.2.1")) "]}",
		txt, out),
	    "[v=STSv1; id=1;][a\"\\A]");
	assert_string_equal(reads("{\"rrsets\":[" SET("mta-sts.a.test", "CNAME",
				      RECORD("h.test.")) "]}",
				cname, out),
	    "[h.test]");
	assert_string_equal(
	    reads("{\"rrsets\":[{\"name\":\"_mta-sts.a.test.\",\"type\":"
		  "\"TXT\",\"records\":[{\"content\":\"\\\"x\\\"\","
		  "\"disabled\":true}]}]}",
		txt, out),
	    "");

	assert_null(reads("", txt, out));
	assert_null(reads("[]", txt, out));
	assert_null(reads("{\"rrsets\":{}}", txt, out));
	assert_null(reads(
	    "{\"rrsets\":[" SET("_mta-sts.a.test.", "TXT", RECORD("bare")) "]}",
	    txt, out));
	assert_null(reads("{\"rrsets\":[" SET("_mta-sts.a.test.", "TXT",
			      RECORD("\\\"open")) "]}",
	    txt, out));
	assert_null(reads("{\"rrsets\":[" SET("_mta-sts.a.test.", "TXT",
			      RECORD("\\\"\\\\999\\\"")) "]}",
	    txt, out));
	assert_null(
	    reads("{\"rrsets\":[" SET("_mta-sts.a.test.", "TXT", "{}") "]}",
		txt, out));
}

/* what a person is told of an error */
static void
test_reason(void **state)
{
	struct buf b;

	buf_init(&b, 1000);
	pdnsapi_reason(STR("{\"error\": \"no \\u001b[31m zone\"}"), &b);
	assert_string_equal(b.p, "no \\x1B[31m zone");
	buf_clear(&b);
	pdnsapi_reason(STR("<html>"), &b);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

/* what a hook gets */
static void
test_hook_json(void **state)
{
	struct pushhook_want want = {
		.zone = "a.test", .changes = changes, .count = 1
	};
	struct buf b;

	buf_init(&b, 10000);
	pushhook_json(&want, &b);
	assert_string_equal(b.p,
	    "{\n"
	    "  \"version\": 1,\n"
	    "  \"zone\": \"a.test\",\n"
	    "  \"changes\": [\n"
	    "    {\n"
	    "      \"name\": \"_mta-sts.a.test\",\n"
	    "      \"type\": \"TXT\",\n"
	    "      \"ttl\": 300,\n"
	    "      \"old\": [\n"
	    "        \"v=STSv1; id=1;\",\n"
	    "        \"say \\\"hi\\\\\\\"\"\n"
	    "      ],\n"
	    "      \"new\": [\n"
	    "        \"v=STSv1; id=2;\",\n"
	    "        \"say \\\"hi\\\\\\\"\"\n"
	    "      ],\n"
	    "      \"remove\": [\n"
	    "        \"v=STSv1; id=1;\"\n"
	    "      ],\n"
	    "      \"add\": [\n"
	    "        \"v=STSv1; id=2;\"\n"
	    "      ]\n"
	    "    }\n"
	    "  ]\n"
	    "}\n");
	buf_free(&b);
}

/* what a hook tells: its last line that is none of blanks */
static void
test_hook_reason(void **state)
{
	static const struct {
		const char *said, *reason;
	} rows[] = {
		{ "", "" },
		{ "\n \n", "" },
		{ "one\ntwo\n", "two" },
		{ "one\ntwo\r\n\n  \n", "two" },
		{ "no end", "no end" },
		{ "a\033b\n", "a\\x1Bb" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 1000);
		buf_puts(&b, "");
		pushhook_reason(str_of(rows[i].said), &b);
		assert_string_equal(b.p, rows[i].reason);
		buf_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_hook_json),
		cmocka_unit_test(test_hook_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
