/*
 * test_mapask.c - asking a policy server, and reading a daemon's metrics
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/mapask.h"
#include "io/metrics_get.h"
#include "support/fake_map.h"
#include "support/scratch.h"

/* Answers, and what must be made of them. */
static const struct {
	const char *map;
	const char *answer;
	enum mtasts_err err;
	const char *out;
} rows[] = {
	{ "QUERY", "9:NOTFOUND ,", MTASTS_OK, "NOTFOUND " },
	{ "QUERY", "14:OK secure a=b,", MTASTS_ESYNTAX, "" },
	{ "QUERY", "12:OK secure a=,", MTASTS_OK, "OK secure a=" },
	{ "QUERY", "0:,", MTASTS_OK, "" },
	{ "QUERY", "9:NOTFOUND ", MTASTS_ESYNTAX, "" },
	{ "QUERY", "12:OK secure a=b,", MTASTS_ESYNTAX, "" },
	{ "QUERY", "220 mail.example ESMTP\r\n", MTASTS_ESYNTAX, "" },
	{ "QUERY", "200000:x", MTASTS_ESYNTAX, "" },
	{ "QUERY", "", MTASTS_ESYNTAX, "" },
	{ NULL, "enforce", MTASTS_OK, "enforce" },
	{ NULL, "", MTASTS_OK, "" },
	{ "QUERY", NULL, MTASTS_ETIMEOUT, "" },
	{ NULL, NULL, MTASTS_ETIMEOUT, "" },
};

/* ask_row - one row over an address */
static void
ask_row(size_t i, const char *address)
{
	struct mapask ask = { address, rows[i].map, "key", 300 };
	enum mtasts_err err;
	int64_t took_us = -1;
	struct buf b;

	buf_init(&b, 200000);
	buf_puts(&b, "");
	err = mapask(&ask, &b, &took_us);
	if (err != rows[i].err || !str_eq(buf_str(&b), str_of(rows[i].out)))
		fail_msg("%zu: %d %s", i, (int)err, b.p);
	assert_true(took_us >= 0);
	buf_free(&b);
}

/* each answer, over TCP and over a unix socket */
static void
test_answers(void **state)
{
	char address[300];
	struct scratch folder;
	struct fake_map m;
	size_t i;

	assert_int_equal(scratch_open(&folder), 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* A map that says nothing waits for the client to go. */
		if (rows[i].map == NULL && rows[i].answer == NULL)
			continue;
		fake_map_open(&m, NULL, rows[i].answer);
		snprintf(address, sizeof(address), "127.0.0.1:%u", m.port);
		ask_row(i, address);
		fake_map_close(&m);
		assert_string_equal(
		    m.heard, rows[i].map != NULL ? "9:QUERY key," : "key\n");
	}
	snprintf(
	    address, sizeof(address), "unix:%s", scratch_file(&folder, "s"));
	fake_map_open(&m, address + 5, rows[0].answer);
	ask_row(0, address);
	fake_map_close(&m);
	scratch_close(&folder);
}

/* nobody there, and addresses that are none */
static void
test_nobody(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", "systemd:x",
		"unix:" };
	struct mapask ask = { "unix:/nonexistent/s", "m", "k", 100 };
	int64_t took_us;
	struct buf b;
	size_t i;

	buf_init(&b, 100);
	assert_int_equal(mapask(&ask, &b, &took_us), MTASTS_ESYS);
	for (i = 0; i < 4; i++) {
		ask.address = bad[i];
		assert_int_equal(mapask(&ask, &b, &took_us), MTASTS_EINVAL);
		assert_int_equal(metrics_get(bad[i], 100, &b), MTASTS_EINVAL);
	}
	assert_int_equal(
	    metrics_get("unix:/nonexistent/s", 100, &b), MTASTS_ENOENT);
	buf_free(&b);
}

#define METRICS                                            \
	"# TYPE a counter\n"                               \
	"mtasts_build_info{x=\"1\",version=\"0.1.0\"} 1\n" \
	"a_total{code=\"200\"} 3\n"                        \
	"a_total{code=\"404\"} 4\n"                        \
	"a_total_more 9\n"                                 \
	"age 2.75\n"                                       \
	"broken{x 1\n"

/* metrics: what is read from what is served */
static void
test_metrics(void **state)
{
	static const struct {
		const char *answer;
		enum mtasts_err err;
	} answers[] = {
		{ "HTTP/1.1 200 OK\r\nA: b\r\n\r\n" METRICS, MTASTS_OK },
		{ "HTTP/1.1 404 Not Found\r\n\r\n" METRICS, MTASTS_ESYNTAX },
		{ "SSH-2.0-x\r\n", MTASTS_ESYNTAX },
		{ "", MTASTS_ESYNTAX },
		{ NULL, MTASTS_ETIMEOUT },
	};
	struct str text = STR("");
	char address[100];
	struct fake_map m;
	int64_t n = -1;
	struct buf b;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		buf_init(&b, 1 << 20);
		fake_map_open(&m, NULL, answers[i].answer);
		snprintf(address, sizeof(address), "127.0.0.1:%u", m.port);
		assert_int_equal(metrics_get(address, 300, &b), answers[i].err);
		fake_map_close(&m);
		if (i == 0)
			assert_string_equal(b.p, METRICS);
		buf_free(&b);
	}
	assert_string_equal(m.heard, "GET /metrics HTTP/1.0\r\n\r\n");
	text = STR(METRICS);
	assert_true(metrics_find(text, "a_total", &n));
	assert_int_equal(n, 7);
	assert_true(metrics_find(text, "age", &n));
	assert_int_equal(n, 2);
	assert_false(metrics_find(text, "broken", &n));
	assert_false(metrics_find(text, "a_tot", &n));
	assert_true(str_eq(
	    metrics_label(text, "mtasts_build_info", "version"), STR("0.1.0")));
	assert_true(str_eq(metrics_label(text, "a_total", "x"), STR("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
