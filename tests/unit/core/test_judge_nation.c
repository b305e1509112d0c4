/*
 * test_judge_nation - which recommendations of countries are met
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/judge_case.h"

/* Countries in the order of the rows: NL, UK (TLS), UK (MTA-STS), US, CA. */
#define COUNTRIES 5

/* One world, and a letter a row: y met, n not met, ? not known. */
struct nation_row {
	const char *name;
	void (*spoil)(struct seen_world *w);
	const char *met;
};

static void
dane(struct seen_world *w)
{
	for (size_t i = 0; i < w->s.mx_count; i++) {
		w->mx[i].dane.result.dane = DANE_USABLE;
		w->mx[i].dane.result.usable = 1;
		w->mx[i].addr[0].probe->tls = NULL;
	}
}

static void
dane_error(struct seen_world *w)
{
	w->mx[0].dane.result.dane = DANE_ERROR;
}

static void
no_dnssec(struct seen_world *w)
{
	w->s.dnssec = false;
}

static void
no_starttls(struct seen_world *w)
{
	struct seen_mx *mx = &w->mx[1];

	mx->addr[0].probe = seen_world_probe(w, mx->addr[0].text, NULL);
}

static void
not_probed(struct seen_world *w)
{
	w->s.no_smtp = true;
	for (size_t i = 0; i < w->s.mx_count; i++) {
		w->mx[i].addr[0].probe = NULL;
		w->mx[i].no_sni = w->mx[i].old_tls = NULL;
	}
}

static void
old_version(struct seen_world *w)
{
	w->mx[0].addr[0].probe->tls->version = "TLSv1.1";
}

static void
weak(struct seen_world *w)
{
	w->mx[0].old_tls->tls = seen_world_tls(w, "mx1.example.com");
	w->mx[0].old_tls->tls->weak_cipher = true;
}

static void
not_asked_old(struct seen_world *w)
{
	w->mx[0].old_tls = NULL;
}

static void
testing(struct seen_world *w)
{
	seen_world_policy(w,
	    "version: STSv1\nmode: testing\nmax_age: 86400\n"
	    "mx: *.example.com\n");
}

static void
no_reports(struct seen_world *w)
{
	seen_world_rpt(w,
	    seen_world_dns(
		w, "_smtp._tls.example.com", DNSTYPE_TXT, DNSFACT_NXDOMAIN));
}

static void
lost(struct seen_world *w)
{
	seen_world_sts(w,
	    seen_world_dns(
		w, "_mta-sts.example.com", DNSTYPE_TXT, DNSFACT_TIMEOUT));
}

static const struct nation_row rows[] = {
	{ "all well", NULL, "nyyyy" },
	{ "DANE", dane, "yyyyy" },
	{ "DANE in error", dane_error, "?yyyy" },
	{ "no DNSSEC here", no_dnssec, "?yyyy" },
	{ "no STARTTLS", no_starttls, "nnynn" },
	{ "not probed", not_probed, "n?y??" },
	{ "TLS 1.1", old_version, "nnyyy" },
	{ "weak cipher", weak, "nyyny" },
	{ "old TLS not tried", not_asked_old, "nyy?y" },
	{ "testing", testing, "nynyy" },
	{ "no reports", no_reports, "nynyy" },
	{ "record lost", lost, "ny?yy" },
};

/* check_row - one world */
static void
check_row(const struct nation_row *row)
{
	static const char letters[] = "yn?";
	char met[COUNTRIES + 1] = "";
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	if (row->spoil != NULL)
		row->spoil(&w);
	a = audit_new(w.s.domain, NULL, w.s.at);
	assert_non_null(a);
	judge_smtp(&w.s, a);
	assert_int_equal(audit_end(a), MTASTS_OK);
	judge_nation(&w.s, a);
	assert_int_equal(a->advice_count, COUNTRIES);
	for (size_t i = 0; i < COUNTRIES; i++) {
		assert_true(strlen(a->advice[i].country) > 0);
		assert_true(strlen(a->advice[i].document) > 0);
		assert_true(strlen(a->advice[i].text) > 0);
		assert_true(
		    str_starts(str_of(a->advice[i].url), STR("https://")));
		met[i] = letters[a->advice[i].met];
	}
	if (strcmp(met, row->met) != 0)
		fail_msg("%s: %s", row->name, met);
	audit_free(a);
	seen_world_close(&w);
}

/* test_rows - all worlds */
static void
test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i]);
}

/* test_no_mail - a domain that wants no mail is asked nothing */
static void
test_no_mail(void **state)
{
	struct seen_world w;
	struct audit *a;

	seen_world_open(&w);
	w.s.null_mx = true;
	w.s.mx_count = 0;
	a = audit_new(w.s.domain, NULL, w.s.at);
	assert_int_equal(audit_end(a), MTASTS_OK);
	judge_nation(&w.s, a);
	assert_int_equal(a->advice_count, 0);
	audit_free(a);
	seen_world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_mail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
