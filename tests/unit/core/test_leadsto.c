/*
 * test_leadsto - addresses of policy hosts beside those that are ours
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/leadsto.h"

#define HOST "mta-sts.a.example"

/* A lookup: how it ended, its addresses, the names it was led over. */
struct lookup {
	enum dnsfact_end end;
	const char *addresses; /* "192.0.2.1 192.0.2.2"; null: none */
	const char *over; /* one CNAME, or null */
};

/* make - the fact of a lookup */
static struct dnsfact *
make(struct arena *a, enum dnstype type, struct lookup l)
{
	struct dnsfact *f = arena_zalloc(a, 1, sizeof(*f));
	struct dnsfact_record *v = arena_zalloc(a, 4, sizeof(*v));
	const char **chain = arena_zalloc(a, 1, sizeof(*chain));
	struct str rest = str_of(l.addresses), one;
	struct ipnet_addr addr;

	f->type = type;
	f->end = l.end;
	f->records = v;
	for (; rest.len > 0 && f->count < 4; f->count++) {
		str_cut(rest, ' ', &one, &rest);
		assert_true(ipnet_addr_parse(one, &addr));
		if (type == DNSTYPE_A)
			memcpy(v[f->count].ip, addr.b + 12, 4);
		else
			memcpy(v[f->count].ip, addr.b, 16);
	}
	if (l.over != NULL) {
		chain[0] = l.over;
		f->chain = chain;
		f->cnames = 1;
	}
	return f;
}

static void
test_judge(void **state)
{
	static const struct {
		const char *settings; /* "host=... addresses=..." */
		struct lookup a, aaaa, our_a, our_aaaa;
		enum leadsto_end want;
		const char *strange;
	} rows[] = {
		{ "", { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_NO_TARGET, "" },
		/* Its own target says nothing. */
		{ "host=" HOST, { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_NO_TARGET, "" },
		{ "addresses=192.0.2.1,2001:db8::1",
		    { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_FOUND, "2001:db8::1", NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_US, "" },
		{ "addresses=192.0.2.1",
		    { DNSFACT_FOUND, "192.0.2.1 192.0.2.2", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_ELSEWHERE, "192.0.2.2" },
		/* One family astray is enough: senders may take it. */
		{ "addresses=192.0.2.1", { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_FOUND, "2001:db8::9", NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_ELSEWHERE, "2001:db8::9" },
		{ "addresses=192.0.2.1", { DNSFACT_NXDOMAIN, NULL, NULL },
		    { DNSFACT_NXDOMAIN, NULL, NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_NO_ADDRESS, "" },
		{ "addresses=192.0.2.1", { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_TIMEOUT, NULL, NULL }, { 0, NULL, NULL },
		    { 0, NULL, NULL }, LEADSTO_FAILED, "" },
		/* By the addresses of our host, or by its name. */
		{ "host=p.example", { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL },
		    { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, LEADSTO_US, "" },
		{ "host=p.example", { DNSFACT_FOUND, "192.0.2.7", "p.example" },
		    { DNSFACT_NODATA, NULL, NULL },
		    { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, LEADSTO_US, "" },
		{ "host=p.example", { DNSFACT_FOUND, "192.0.2.7", "q.example" },
		    { DNSFACT_NODATA, NULL, NULL },
		    { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, LEADSTO_ELSEWHERE,
		    "192.0.2.7" },
		{ "host=p.example", { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL },
		    { DNSFACT_SERVFAIL, NULL, NULL },
		    { DNSFACT_NODATA, NULL, NULL }, LEADSTO_FAILED, "" },
		/* A delegate goes before the host. */
		{ "host=p.example delegate=d.example",
		    { DNSFACT_FOUND, "192.0.2.7", "p.example" },
		    { DNSFACT_NODATA, NULL, NULL },
		    { DNSFACT_FOUND, "192.0.2.1", NULL },
		    { DNSFACT_NODATA, NULL, NULL }, LEADSTO_ELSEWHERE,
		    "192.0.2.7" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct arena *a = arena_new(1u << 20);
		struct str rest = str_of(rows[i].settings), word, key, value;
		struct settings builtin, own = { .host = "" }, merged;
		char strange[IPNET_TEXT_LEN];
		struct leadsto_facts facts;
		enum settings_key k;
		struct leadsto to;

		while (str_cut(rest, ' ', &word, &rest), word.len > 0) {
			assert_true(str_cut(word, '=', &key, &value));
			assert_true(settings_key_find(key, &k));
			assert_int_equal(
			    settings_put(&own, a, k, value, NULL), 0);
		}
		settings_builtin(&builtin);
		settings_merge(&builtin, &own, &merged);
		assert_int_equal(
		    leadsto_read(&merged, HOST, a, &to), MTASTS_OK);
		facts = (struct leadsto_facts){ make(a, DNSTYPE_A, rows[i].a),
			make(a, DNSTYPE_AAAA, rows[i].aaaa),
			make(a, DNSTYPE_A, rows[i].our_a),
			make(a, DNSTYPE_AAAA, rows[i].our_aaaa) };
		if (to.our_host[0] == '\0')
			facts.our_a = facts.our_aaaa = NULL;
		if (leadsto_judge(&to, &facts, strange) != rows[i].want)
			fail_msg("row %zu", i);
		assert_string_equal(strange, rows[i].strange);
		/* What could not be asked for is not known. */
		facts.a = NULL;
		assert_int_equal(
		    leadsto_judge(&to, &facts, strange), LEADSTO_FAILED);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_judge) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
