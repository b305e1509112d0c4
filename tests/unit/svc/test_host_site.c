/*
 * test_host_site - which requests get the answer to a challenge, which do not
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/loop.h"
#include "svc/host_site.h"

#define PRINT "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"
#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr_oA"
#define AT    "/.well-known/acme-challenge/"
#define HOST  "|Host: mta-sts.a.example"

static const struct {
	const char *name;
	const char *request; /* request line and fields, by "|" */
	bool tls;
	int status;
} rows[] = {
	{ "the one", "GET " AT TOKEN " HTTP/1.1" HOST, false, 200 },
	{ "HEAD", "HEAD " AT TOKEN " HTTP/1.1" HOST, false, 200 },
	{ "a port", "GET " AT TOKEN " HTTP/1.1" HOST ":80", false, 200 },
	{ "other letters", "GET " AT TOKEN " HTTP/1.1|Host: MTA-STS.A.Example.",
	    false, 200 },
	{ "a query", "GET " AT TOKEN "?x HTTP/1.1" HOST, false, 200 },
	{ "over TLS", "GET " AT TOKEN " HTTP/1.1" HOST, true, 404 },
	{ "POST", "POST " AT TOKEN " HTTP/1.1|Content-Length: 0" HOST, false,
	    405 },
	{ "another host", "GET " AT TOKEN " HTTP/1.1|Host: mta-sts.b.example",
	    false, 404 },
	{ "no host", "GET " AT TOKEN " HTTP/1.0|X: y", false, 400 },
	{ "no token", "GET " AT " HTTP/1.1" HOST, false, 404 },
	{ "another token", "GET " AT "evaGxf HTTP/1.1" HOST, false, 404 },
	{ "a longer one", "GET " AT TOKEN "x HTTP/1.1" HOST, false, 404 },
	{ "with a slash", "GET " AT TOKEN "/ HTTP/1.1" HOST, false, 404 },
	{ "encoded", "GET " AT "%65vaGxf HTTP/1.1" HOST, false, 404 },
	{ "dots", "GET " AT "../acme-challenge/" TOKEN " HTTP/1.1" HOST, false,
	    404 },
	{ "upper case",
	    "GET /.Well-Known/acme-challenge/" TOKEN " HTTP/1.1" HOST, false,
	    404 },
};

/* ask - one request; the status, and the body in scratch */
static int
ask(struct host_site *site, const char *text, bool tls, struct buf *scratch,
    struct httpd_response *response)
{
	struct str rest = str_of(text), line;
	struct httphead head;
	struct httpd_request request = {
		.head = &head, .tls = tls, .scratch = scratch
	};
	struct buf b;
	bool more = true;
	int status;

	buf_init(&b, 4096);
	while (more) {
		more = str_cut(rest, '|', &line, &rest);
		buf_put_str(&b, line);
		buf_puts(&b, "\r\n");
	}
	buf_puts(&b, "\r\n");
	status = httphead_parse(buf_str(&b), 8192, &head);
	*response = (struct httpd_response){ .status = status };
	if (status == 200)
		host_site_policy(site, &request, response);
	buf_free(&b);
	return response->status;
}

static void
test_rows(void **state)
{
	struct challenges_conf conf = { .seed = { 1, 2 } };
	struct challenge ch = { CHALLENGE_HTTP, STR("mta-sts.a.example"),
		STR(TOKEN), STR(TOKEN "." PRINT) };
	struct host_site site = { .watch = NULL };
	struct httpd_response rsp;
	struct buf scratch;

	buf_init(&scratch, 4096);
	atomic_init(&site.other_path_status, 404);
	assert_int_equal(challenges_open(&conf, &site.challenges), MTASTS_OK);
	/* Before it is pending it is any path. */
	assert_int_equal(
	    ask(&site, rows[0].request, false, &scratch, &rsp), 404);
	assert_int_equal(
	    challenges_begin(site.challenges, &ch, loop_now_ms()), MTASTS_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int got;

		buf_clear(&scratch);
		got = ask(&site, rows[i].request, rows[i].tls, &scratch, &rsp);
		if (got != rows[i].status)
			fail_msg("%s: %d, want %d", rows[i].name, got,
			    rows[i].status);
		if (got == 200)
			assert_true(str_eq(rsp.body, STR(TOKEN "." PRINT)));
		else
			assert_int_equal(scratch.len, 0);
	}
	challenges_close(site.challenges);
	buf_free(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
