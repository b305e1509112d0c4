/*
 * test_policyhost - the table "Served" of the design, row by row
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "core/policyhost.h"

#include <stdio.h>

#define PATH "/.well-known/mta-sts.txt"

struct row {
	const char *name;
	const char *request; /* request line and fields, by "|" */
	const char *sni;
	int status;
	const char *domain;
};

static const struct row rows[] = {
	/* REQ: POL-1 */
	{ "the one request", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example",
	    "", 200, "a.example" },
	{ "HEAD", "HEAD " PATH " HTTP/1.1|Host: mta-sts.a.example", "", 200,
	    "a.example" },
	{ "HTTP/1.0 with host", "GET " PATH " HTTP/1.0|Host: mta-sts.a.example",
	    "", 200, "a.example" },
	{ "query is ignored",
	    "GET " PATH "?x=1 HTTP/1.1|Host: mta-sts.a.example", "", 200,
	    "a.example" },

	/* The domain of the host's name. */
	{ "upper case", "GET " PATH " HTTP/1.1|Host: MTA-STS.A.Example", "",
	    200, "a.example" },
	{ "port", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example:8443", "", 200,
	    "a.example" },
	{ "empty port", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example:", "",
	    200, "a.example" },
	{ "final dot", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example.", "",
	    200, "a.example" },
	{ "final dot and port",
	    "GET " PATH " HTTP/1.1|Host: mta-sts.a.example.:443", "", 200,
	    "a.example" },
	{ "prefix is cut once",
	    "GET " PATH " HTTP/1.1|Host: mta-sts.mta-sts.a.example", "", 200,
	    "mta-sts.a.example" },
	{ "one label", "GET " PATH " HTTP/1.1|Host: mta-sts.localhost", "", 200,
	    "localhost" },
	{ "underscore", "GET " PATH " HTTP/1.1|Host: mta-sts.a_b.example", "",
	    200, "a_b.example" },
	{ "no prefix", "GET " PATH " HTTP/1.1|Host: a.example", "", 404, "" },
	{ "prefix inside", "GET " PATH " HTTP/1.1|Host: x.mta-sts.a.example",
	    "", 404, "" },
	{ "prefix alone", "GET " PATH " HTTP/1.1|Host: mta-sts.", "", 404, "" },
	{ "prefix without dot", "GET " PATH " HTTP/1.1|Host: mta-sts", "", 404,
	    "" },
	{ "prefix with underscore",
	    "GET " PATH " HTTP/1.1|Host: _mta-sts.a.example", "", 404, "" },
	{ "two final dots", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example..",
	    "", 404, "" },
	{ "empty label", "GET " PATH " HTTP/1.1|Host: mta-sts.a..example", "",
	    404, "" },
	{ "address behind the prefix",
	    "GET " PATH " HTTP/1.1|Host: mta-sts.192.0.2.1", "", 404, "" },
	{ "IPv4", "GET " PATH " HTTP/1.1|Host: 192.0.2.1", "", 404, "" },
	{ "IPv4 and port", "GET " PATH " HTTP/1.1|Host: 192.0.2.1:443", "", 404,
	    "" },
	{ "IPv6", "GET " PATH " HTTP/1.1|Host: [2001:db8::1]:443", "", 404,
	    "" },
	{ "percent", "GET " PATH " HTTP/1.1|Host: mta-sts%2ea.example", "", 404,
	    "" },
	{ "comma", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example,b.example",
	    "", 404, "" },

	/* Host itself. */
	{ "HTTP/1.0 without host", "GET " PATH " HTTP/1.0", "", 400, "" },
	{ "empty host", "GET " PATH " HTTP/1.1|Host:", "", 400, "" },
	{ "only a dot", "GET " PATH " HTTP/1.1|Host: .", "", 404, "" },
	{ "only a port", "GET " PATH " HTTP/1.1|Host: :443", "", 400, "" },
	{ "port is no number",
	    "GET " PATH " HTTP/1.1|Host: mta-sts.a.example:https", "", 400,
	    "" },
	{ "port too large",
	    "GET " PATH " HTTP/1.1|Host: mta-sts.a.example:65536", "", 400,
	    "" },
	{ "two ports", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example:1:2", "",
	    400, "" },
	{ "bracket left open", "GET " PATH " HTTP/1.1|Host: [::1", "", 400,
	    "" },
	{ "text behind the bracket", "GET " PATH " HTTP/1.1|Host: [::1]x", "",
	    400, "" },

	/* The absolute form. */
	{ "absolute",
	    "GET https://mta-sts.a.example" PATH
	    " HTTP/1.1|Host: mta-sts.a.example",
	    "", 200, "a.example" },
	{ "absolute in other case and with port",
	    "GET https://MTA-STS.a.example:443" PATH
	    " HTTP/1.1|Host: mta-sts.a.example",
	    "", 200, "a.example" },
	{ "absolute and host differ",
	    "GET https://mta-sts.b.example" PATH
	    " HTTP/1.1|Host: mta-sts.a.example",
	    "", 400, "" },
	{ "absolute with a bad port",
	    "GET https://mta-sts.a.example:x" PATH
	    " HTTP/1.1|Host: mta-sts.a.example",
	    "", 400, "" },

	/* REQ: FET-15 */
	{ "SNI fits", "GET " PATH " HTTP/1.1|Host: mta-sts.A.example:443",
	    "mta-sts.a.example", 200, "a.example" },
	{ "SNI differs", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example",
	    "mta-sts.b.example", 421, "" },
	{ "SNI differs, no prefix", "GET " PATH " HTTP/1.1|Host: a.example",
	    "mta-sts.b.example", 421, "" },
	{ "SNI begins alike", "GET " PATH " HTTP/1.1|Host: mta-sts.a.example",
	    "mta-sts.a.example.org", 421, "" },
	{ "SNI differs, other method",
	    "POST " PATH " HTTP/1.1|Host: mta-sts.a.example",
	    "mta-sts.b.example", 421, "" },

	/* Methods. */
	{ "POST", "POST " PATH " HTTP/1.1|Host: mta-sts.a.example", "", 405,
	    "" },
	{ "OPTIONS *", "OPTIONS * HTTP/1.1|Host: mta-sts.a.example", "", 405,
	    "" },
	{ "CONNECT", "CONNECT a:443 HTTP/1.1|Host: mta-sts.a.example", "", 405,
	    "" },
	{ "unknown method", "FROB " PATH " HTTP/1.1|Host: mta-sts.a.example",
	    "", 405, "" },
	{ "method in lower case",
	    "get " PATH " HTTP/1.1|Host: mta-sts.a.example", "", 405, "" },

	/* Paths. */
	{ "root", "GET / HTTP/1.1|Host: mta-sts.a.example", "", 404, "" },
	{ "double slash in front",
	    "GET /" PATH " HTTP/1.1|Host: mta-sts.a.example", "", 404, "" },
	{ "double slash inside",
	    "GET /.well-known//mta-sts.txt HTTP/1.1|Host: mta-sts.a.example",
	    "", 404, "" },
	{ "final slash", "GET " PATH "/ HTTP/1.1|Host: mta-sts.a.example", "",
	    404, "" },
	{ "encoded dot",
	    "GET /%2ewell-known/mta-sts.txt HTTP/1.1|Host: mta-sts.a.example",
	    "", 404, "" },
	{ "dot segment",
	    "GET /./.well-known/mta-sts.txt HTTP/1.1|Host: mta-sts.a.example",
	    "", 404, "" },
	{ "dot dot segment",
	    "GET /x/.." PATH " HTTP/1.1|Host: mta-sts.a.example", "", 404, "" },
	{ "other case",
	    "GET /.well-known/MTA-STS.txt HTTP/1.1|Host: mta-sts.a.example", "",
	    404, "" },
	{ "parameter", "GET " PATH ";x HTTP/1.1|Host: mta-sts.a.example", "",
	    404, "" },
	{ "asterisk", "GET * HTTP/1.1|Host: mta-sts.a.example", "", 404, "" },
	{ "absolute without path",
	    "GET https://mta-sts.a.example HTTP/1.1|Host: mta-sts.a.example",
	    "", 404, "" },
};

/* route - parse a request written with "|" and ask */
static int
route(const char *request, const char *sni, int other,
    struct mtasts_dname *domain)
{
	struct policyhost_rules rules = { .other_path_status = other };
	struct str rest = str_of(request), line;
	struct httphead head;
	struct buf text;
	bool more = true;
	int status;

	buf_init(&text, 4096);
	while (more) {
		more = str_cut(rest, '|', &line, &rest);
		buf_put_str(&text, line);
		buf_puts(&text, "\r\n");
	}
	buf_puts(&text, "\r\n");
	status = httphead_parse(buf_str(&text), 8192, &head);
	if (status == 200)
		status = policyhost_route(&rules, &head, str_of(sni), domain);
	buf_free(&text);
	return status;
}

static void
test_rows(void **state)
{
	struct mtasts_dname domain;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int got;

		memset(&domain, 0, sizeof(domain));
		got = route(rows[i].request, rows[i].sni, 404, &domain);
		if (got != rows[i].status)
			fail_msg("%s: %d, want %d", rows[i].name, got,
			    rows[i].status);
		if (strcmp(domain.text, rows[i].domain) != 0)
			fail_msg("%s: \"%s\", want \"%s\"", rows[i].name,
			    domain.text, rows[i].domain);
	}
}

static void
test_other_path_status(void **state)
{
	struct mtasts_dname domain;

	assert_int_equal(
	    route("GET / HTTP/1.1|Host: mta-sts.a.example", "", 403, &domain),
	    403);
	/* An unknown name is not another path. */
	assert_int_equal(
	    route("GET " PATH " HTTP/1.1|Host: a.example", "", 403, &domain),
	    404);
}

static void
test_long_names(void **state)
{
	static const char label[] =
	    "123456789-123456789-123456789-123456789-123456789-12345678x.";
	struct mtasts_dname domain;
	char text[600];

	/* mta-sts. + 4 * 60 + 4 = 252: a name; 244 bytes are the domain's. */
	snprintf(text, sizeof(text),
	    "GET " PATH " HTTP/1.1|Host: mta-sts.%s%s%s%sabcd", label, label,
	    label, label);
	assert_int_equal(route(text, "", 404, &domain), 200);
	assert_int_equal(domain.len, 244);
	snprintf(text, sizeof(text),
	    "GET " PATH " HTTP/1.1|Host: mta-sts.%s%s%s%sabcde", label, label,
	    label, label);
	assert_int_equal(route(text, "", 404, &domain), 404);
	snprintf(text, sizeof(text),
	    "GET " PATH " HTTP/1.1|Host: mta-sts.%s%s%s%s%sabcd", label, label,
	    label, label, label);
	assert_int_equal(route(text, "", 404, &domain), 404);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_other_path_status),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
