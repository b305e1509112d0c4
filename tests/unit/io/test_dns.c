/*
 * test_dns - lookups by both engines, from a server that lies when told to
 */
#include "io/dns.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>

#include "support/dnsbench.h"

#define TXT DNSTYPE_TXT

/* What is asked, and what each engine makes of the answer. */
struct row {
	const char *name;
	enum dnstype type;
	const char *validate;
	const char *stub; /* null: the same */
};

#define UNUSABLE "servfail: no server gave a usable answer"
#define LATE	 "timeout: no answer within 900 ms"
#define NO_NAME	 "malformed: this is no name that DNS can hold"
#define L64 \
	"a234567890123456789012345678901234567890123456789012345678901234567"

/* clang-format off */
static const struct row rows[] = {
/* REQ: TXT-5 */
{ "ok.test", TXT, "found ttl=300 cnames=0 ok.test: \"v=STSv1; id=1;\"", NULL },
{ "Ok.Test", DNSTYPE_MX, "found ttl=300 cnames=0 ok.test: 10/mx.a.test", NULL },
{ "ok.test", DNSTYPE_A, "found ttl=300 cnames=0 ok.test: 192.0.2.1", NULL },
{ "ok.test", DNSTYPE_AAAA, "found ttl=300 cnames=0 ok.test: 2001:db8::1", NULL },
{ "_25._tcp.ok.test", DNSTYPE_TLSA,
	"found ttl=300 cnames=0 _25._tcp.ok.test: 3/1/1/00ff", NULL },
{ "ok.localhost", TXT,
	"found ttl=300 cnames=0 ok.localhost: \"v=STSv1; id=1;\"", NULL },
/* REQ: TXT-6 */
{ "chain.test", TXT, "found ttl=60 cnames=1 ok.test: \"v=STSv1; id=1;\"", NULL },
{ "nx.test", TXT, "nxdomain ttl=50 cnames=0 nx.test:", NULL },
{ "nodata.test", TXT, "nodata ttl=50 cnames=0 nodata.test:", NULL },
{ "slow.test", TXT, "found ttl=300 cnames=0 slow.test: \"v=STSv1; id=1;\"", NULL },
{ "tc.test", TXT, "found ttl=300 cnames=0 tc.test: \"v=STSv1; id=1;\"", NULL },
{ "many.test", TXT, "found ttl=300 cnames=0 many.test: \"txt 0\" \"txt 1\" "
	"\"txt 2\" \"txt 3\" \"txt 4\" and 195 more", NULL },
{ "huge.test", TXT, "found ttl=300 cnames=0 huge.test: "
	"\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"",
	NULL },
/* Only a stub believes AD. */
{ "ad.test", TXT, "found ttl=300 cnames=0 ad.test: \"v=STSv1; id=1;\"",
	"found ttl=300 cnames=0 secure ad.test: \"v=STSv1; id=1;\"" },
{ "servfail.test", TXT, UNUSABLE,
	"servfail: the server answered SERVFAIL" },
{ "refused.test", TXT, UNUSABLE, "servfail: the server answered REFUSED" },
{ "mute.test", TXT, LATE, NULL },
{ "otherq.test", TXT, UNUSABLE, LATE },
{ "badid.test", TXT, LATE, NULL },
{ "loop.test", TXT, UNUSABLE,
	"malformed: the CNAME chain is too long, or a loop" },
{ "cut.test", TXT, UNUSABLE, "malformed: the message does not parse" },
{ L64 ".test", TXT, NO_NAME, NULL },
{ "a..test", TXT, NO_NAME, NULL },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(*rows))

static struct {
	char text[300];
	bool in_start;
} got[ROWS];

/* no_time - as if no second had gone by since the server spoke */
static void
no_time(char *text)
{
	static const char *const v[][2] = { { "ttl=299", "ttl=300" },
		{ "ttl=59", "ttl=60" }, { "ttl=49", "ttl=50" } };
	char *at;

	for (size_t i = 0; i < 3; i++)
		if ((at = strstr(text, v[i][0])) != NULL)
			memcpy(at, v[i][1], strlen(v[i][1]));
}

/* on_row - keep the fact as text */
static void
on_row(void *ctx, const struct dnsfact *fact)
{
	size_t i = (size_t)((const struct row *)ctx - rows);
	struct buf line;

	assert_false(got[i].in_start);
	buf_init(&line, 4096);
	dnsprint(&line, fact);
	snprintf(got[i].text, sizeof(got[i].text), "%s", line.p);
	no_time(got[i].text);
	buf_free(&line);
	bench_came();
}

/* ask_rows - all at once */
static void
ask_rows(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		got[i].in_start = true;
		bench.waiting++;
		assert_non_null(dns_start(bench.dns, rows[i].name, rows[i].type,
		    on_row, (void *)&rows[i]));
		got[i].in_start = false;
	}
	bench_run();
}

/* want_of - what an engine makes of a row */
static const char *
want_of(const struct row *row, enum dns_backend backend)
{
	if (backend == DNS_VALIDATE || row->stub == NULL)
		return row->validate;
	if (backend == DNS_DIRECT && strstr(row->stub, " secure ") != NULL)
		return row->validate;
	return row->stub;
}

/* check_rows - what came of them; whole: and not just how they ended */
static void
check_rows(enum dns_backend backend, bool whole)
{
	const char *want;
	size_t len;

	for (size_t i = 0; i < ROWS; i++) {
		want = want_of(&rows[i], backend);
		len = whole ? strlen(want) + 1 : strcspn(want, " :");
		if (strncmp(got[i].text, want, len) != 0)
			fail_msg("%s is %s\nand not %s", rows[i].name,
			    got[i].text, want);
	}
}

/* REQ: TXT-5 TXT-6 */
static void
test_stub(void **state)
{
	bench_open(DNS_STUB);
	ask_rows();
	check_rows(DNS_STUB, true);
	assert_false(bench.lacks);
	assert_true(bench.fake.asked_tcp >= 3);
	assert_int_equal(bench_metric("mtasts_dns_in_flight"), 0);
	assert_int_equal(
	    bench_metric("mtasts_dns_lookups_total{end=\"nxdomain\"}"), 1);
	assert_int_equal(
	    bench_metric("mtasts_dns_lookups_total{end=\"timeout\"}"), 3);
	/* and that for the proof */
	assert_int_equal(
	    bench_metric("mtasts_dns_lookup_seconds_count"), ROWS + 1);
}

/* REQ: TXT-5 TXT-6 */
static void
test_validate(void **state)
{
	bench_open(DNS_VALIDATE);
	ask_rows();
	check_rows(DNS_VALIDATE, true);
	assert_int_equal(bench_metric("mtasts_dns_in_flight"), 0);
	/* Again, from its memory: the callback still comes later. */
	ask_rows();
	check_rows(DNS_VALIDATE, false);
}

static char one_got[300];

/* on_one - keep the fact as text */
static void
on_one(void *ctx, const struct dnsfact *fact)
{
	struct buf line;

	buf_init(&line, 4096);
	dnsprint(&line, fact);
	snprintf(one_got, sizeof(one_got), "%s", line.p);
	buf_free(&line);
	bench_came();
}

/* ask_one - a question and what comes of it */
static const char *
ask_one(const char *name, enum dnstype type)
{
	bench.waiting++;
	assert_non_null(dns_start(bench.dns, name, type, on_one, NULL));
	bench_run();
	return one_got;
}

/* test_direct - no recursion, no proof, no AD; what is not its own is nothing
 */
static void
test_direct(void **state)
{
	bench.keys_ad = true;
	bench_open(DNS_DIRECT);
	assert_string_equal(ask_one("ok.test", DNSTYPE_NS),
	    "found ttl=300 cnames=0 ok.test: ns.a.test");
	assert_string_equal(ask_one("ok.test", DNSTYPE_CAA),
	    "found ttl=300 cnames=0 ok.test: 0/issue/ca.test");
	/* No question but these: it looks for no proof. */
	assert_int_equal(bench.fake.asked + bench.fake.asked_tcp, 2);
	assert_string_equal(ask_one("lame.test", TXT),
	    "servfail: the server has no authority for this name");
	ask_rows();
	check_rows(DNS_DIRECT, true);
	assert_false(bench.lacks);
	assert_int_equal(dns_validation(bench.dns), DNS_VALIDATION_OPEN);
	assert_int_equal(bench_metric("mtasts_dns_validation_ok"), -1);
	assert_int_equal(bench_metric("mtasts_dns_in_flight"), 0);
	assert_false(bench_logged("dns-validation"));
}

/* test_direct_many - servers come and go by the thousand, some of them while
 * they are asked; nobody runs out of descriptors */
static void
test_direct_many(void **state)
{
	for (int i = 0; i < 2000; i++) {
		bench_open(DNS_DIRECT);
		if (i % 100 == 0)
			assert_string_equal(ask_one("ok.test", DNSTYPE_MX),
			    "found ttl=300 cnames=0 ok.test: 10/mx.a.test");
		else if (i % 2 == 0)
			assert_non_null(
			    dns_start(bench.dns, "ok.test", TXT, on_one, NULL));
		dns_close(bench.dns);
		bench.dns = NULL;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_stub, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(
		    test_validate, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(
		    test_direct, bench_setup, bench_teardown),
		cmocka_unit_test_setup_teardown(
		    test_direct_many, bench_setup, bench_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
