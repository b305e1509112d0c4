/*
 * test_seen - one object, one free; does a host do what a sender needs?
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/seen_tls.h"

/* dns - a fact of its own, to be released */
static struct dnsfact *
dns(enum dnstype type)
{
	struct dnsfact *fact =
	    dnsfact_new_failed("example.com", type, DNSFACT_TIMEOUT, "late");

	assert_non_null(fact);
	return fact;
}

/* probe - the same of a look at a mail server */
static struct probefact *
probe(void)
{
	struct arena *arena = arena_new(4096);
	struct probefact *fact = arena_alloc(arena, sizeof(*fact));

	assert_non_null(fact);
	fact->why = "";
	fact->arena = arena;
	return fact;
}

/* fetched - the same of a fetch */
static struct fetchfact *
fetched(void)
{
	struct fetchfact lent = { .end = FETCHFACT_CONNECT,
		.why = "no connection",
		.address = "192.0.2.1" };
	struct fetchfact *fact = fetchfact_keep(&lent);

	assert_non_null(fact);
	return fact;
}

/* policy - one that is read */
static struct mtasts_policy *
policy(void)
{
	struct mtasts_policy *p = NULL;

	assert_int_equal(mtasts_policy_parse(SEEN_WORLD_POLICY,
			     strlen(SEEN_WORLD_POLICY), &p, NULL),
	    MTASTS_OK);
	return p;
}

/* fill_record - every fact about the record, reports and what is around */
static void
fill_record(struct seen *s)
{
	struct mtasts_txt rpt = { SEEN_WORLD_RPT, strlen(SEEN_WORLD_RPT) };

	s->sts = dns(DNSTYPE_TXT);
	s->sts_apex = dns(DNSTYPE_TXT);
	s->sts_plain = dns(DNSTYPE_TXT);
	s->sts_under = dns(DNSTYPE_TXT);
	s->ns_set = dns(DNSTYPE_NS);
	s->ns_count = 1;
	s->ns[0].address = dns(DNSTYPE_A);
	s->ns[0].sts = dns(DNSTYPE_TXT);
	s->rpt = dns(DNSTYPE_TXT);
	s->rpt_old = dns(DNSTYPE_TXT);
	assert_int_equal(mtasts_rptrec_parse(&rpt, 1, &s->rpt_rec, NULL),
	    MTASTS_VERDICT_VALID);
	s->rua_count = 1;
	s->rua[0].mx = dns(DNSTYPE_MX);
	s->rua[0].a = dns(DNSTYPE_A);
	s->rua[0].aaaa = dns(DNSTYPE_AAAA);
	s->rua[0].tls = probe();
	s->caa_count = 1;
	s->caa[0].fact = dns(DNSTYPE_CAA);
	s->sub_count = 1;
	s->sub[0].mx = dns(DNSTYPE_MX);
	s->sub[0].sts = dns(DNSTYPE_TXT);
}

/* fill_hosts - every fact about policy host and mail servers */
static void
fill_hosts(struct seen *s)
{
	s->host_a = dns(DNSTYPE_A);
	s->host_aaaa = dns(DNSTYPE_AAAA);
	s->addr_count = 1;
	s->addr[0].got = fetched();
	s->best = &s->addr[0];
	s->host_no_sni = probe();
	s->host_plain = fetched();
	s->policy = policy();
	s->text_policy = policy();
	s->text_diags = mtasts_diags_new();
	s->mx = dns(DNSTYPE_MX);
	s->mx_count = 1;
	s->mxs = arena_zalloc(s->arena, 1, sizeof(*s->mxs));
	assert_non_null(s->mxs);
	s->mxs[0].a = dns(DNSTYPE_A);
	s->mxs[0].aaaa = dns(DNSTYPE_AAAA);
	s->mxs[0].tlsa = dns(DNSTYPE_TLSA);
	s->mxs[0].addr_count = 1;
	s->mxs[0].addr[0].probe = probe();
	s->mxs[0].no_sni = probe();
	s->mxs[0].old_tls = probe();
}

/* Nothing leaks: the sanitizer looks. */
static void
test_release(void **state)
{
	char name[] = "example.org";
	struct seen *s = seen_new(name, 7);

	assert_non_null(s);
	name[0] = 'x';
	assert_string_equal(s->domain, "example.org");
	assert_string_equal(s->policy_host, "mta-sts.example.org");
	assert_int_equal(s->at, 7);
	assert_null(s->sts);
	fill_record(s);
	fill_hosts(s);
	seen_free(s);
	seen_free(NULL);
}

/* One reading may be both policies. */
static void
test_same_policy(void **state)
{
	struct seen *s = seen_new("example.org", 0);

	assert_non_null(s);
	s->policy = s->text_policy = policy();
	seen_free(s);
}

/* Facts may have other owners. */
static void
test_shared(void **state)
{
	struct seen *s = seen_new("example.org", 0);
	struct probefact *p = probe();

	assert_non_null(s);
	s->host_no_sni = probefact_hold(p);
	seen_free(s);
	assert_string_equal(p->why, "");
	probefact_free(p);
}

static void
test_host_valid(void **state)
{
	struct seen_world w;
	struct seen_addr *addr;

	seen_world_open(&w);
	addr = &w.s.addr[0];
	assert_true(seen_host_valid(addr));
	addr->got->tls->names_host = false;
	assert_false(seen_host_valid(addr));
	addr->got->tls->names_host = true;
	addr->got->tls->trust = TLSFACT_EXPIRED;
	assert_false(seen_host_valid(addr));
	addr->got->tls->trust = TLSFACT_TRUSTED;
	addr->got->end = FETCHFACT_STATUS;
	assert_false(seen_host_valid(addr));
	addr->got->end = FETCHFACT_OK;
	addr->got->tls = NULL;
	assert_false(seen_host_valid(addr));
	addr->got = NULL;
	assert_false(seen_host_valid(addr));
	seen_world_close(&w);
}

/* One address is enough, if mail gets through over TLS that is valid. */
static void
test_mx_works(void **state)
{
	struct seen_world w;

	seen_world_open(&w);
	assert_true(seen_mx_works(&w.mx[0]));
	w.mx[0].addr[0].probe->tls->names_host = false;
	assert_false(seen_mx_works(&w.mx[0]));
	seen_world_mx_addr(&w, &w.mx[0], "192.0.2.27");
	assert_true(seen_mx_works(&w.mx[0]));
	seen_tls_end(&w, 0, 1, PROBEFACT_AFTER_TLS, "EHLO was refused");
	assert_false(seen_mx_works(&w.mx[0]));
	seen_tls_end(&w, 0, 1, PROBEFACT_NO_STARTTLS, "none");
	assert_false(seen_mx_works(&w.mx[0]));
	w.mx[0].addr[1].probe = NULL;
	assert_false(seen_mx_works(&w.mx[0]));
	seen_world_close(&w);
}

static void
test_mx_dane(void **state)
{
	struct seen_world w;
	struct seen_mx *mx;

	seen_world_open(&w);
	mx = &w.mx[0];
	assert_false(seen_mx_dane(mx, w.s.at));
	seen_tls_tlsa(&w, 0, "a");
	assert_true(seen_mx_dane(mx, w.s.at));
	/* Whom the certificate names and who signed it does not matter. */
	mx->addr[0].probe->tls->names_host = false;
	mx->addr[0].probe->tls->trust = TLSFACT_SELF_SIGNED;
	assert_true(seen_mx_dane(mx, w.s.at));
	seen_tls_tlsa(&w, 0, "ba");
	assert_true(seen_mx_dane(mx, w.s.at));
	seen_tls_tlsa(&w, 0, "b");
	assert_false(seen_mx_dane(mx, w.s.at));
	/* Usage 1 is none for mail, whatever the hash. */
	seen_tls_tlsa(&w, 0, "1b");
	seen_tls_hash(&w, 0, 0, '1');
	assert_false(seen_mx_dane(mx, w.s.at));
	mx->addr[0].probe->tls = NULL;
	assert_true(seen_mx_dane(mx, w.s.at));
	seen_tls_tlsa(&w, 0, "1");
	assert_false(seen_mx_dane(mx, w.s.at));
	seen_world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_same_policy),
		cmocka_unit_test(test_shared),
		cmocka_unit_test(test_host_valid),
		cmocka_unit_test(test_mx_works),
		cmocka_unit_test(test_mx_dane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
