/*
 * test_tlsfact - which TLSA records fit what was shown; words
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "core/probefact.h"

#define NOW 1000

/* Certificates that are told apart by one letter: the leaf's is 'a'. */
struct shown {
	struct certfact cert[3];
	char der[3][4], spki[3][4];
	struct tlsfact fact;
};

/* show - leaf, issuer and root, all as they should be */
static void
show(struct shown *s)
{
	*s = (struct shown){ .fact = { .sent = 3,
				 .count = 3,
				 .cert = s->cert,
				 .names_host = true } };
	for (int i = 0; i < 3; i++) {
		struct certfact *c = &s->cert[i];

		memset(s->der[i], 'a' + i, sizeof(s->der[i]));
		memset(s->spki[i], 'A' + i, sizeof(s->spki[i]));
		c->der = str_make(s->der[i], sizeof(s->der[i]));
		c->spki = str_make(s->spki[i], sizeof(s->spki[i]));
		memset(&c->of_der, 'a' + i, sizeof(c->of_der));
		memset(&c->of_spki, 'A' + i, sizeof(c->of_spki));
		c->not_before_at = NOW - 10;
		c->not_after_at = NOW + 10;
		c->signed_by_next = i < 2;
	}
}

/* What is done to the chain before it is asked. */
enum change {
	NOTHING = 0,
	WRONG_NAME,
	LEAF_EXPIRED,
	ISSUER_EXPIRED,
	ISSUER_EARLY,
	UNLINKED, /* the leaf was not signed by the issuer */
	EMPTY
};

struct tlsa_case {
	uint8_t usage, selector, matching;
	char letter;
	size_t len;
	enum change change;
	bool fits;
};

static const struct tlsa_case tlsa_cases[] = {
	{ 3, 0, 0, 'a', 4, NOTHING, true },
	{ 3, 0, 1, 'a', 32, NOTHING, true },
	{ 3, 0, 2, 'a', 64, NOTHING, true },
	{ 3, 1, 0, 'A', 4, NOTHING, true },
	{ 3, 1, 1, 'A', 32, NOTHING, true },
	{ 3, 1, 2, 'A', 64, NOTHING, true },
	{ 3, 1, 1, 'a', 32, NOTHING, false },
	{ 3, 0, 1, 'A', 32, NOTHING, false },
	{ 3, 0, 1, 'a', 31, NOTHING, false },
	{ 3, 0, 1, 'a', 64, NOTHING, false },
	{ 3, 0, 0, 'a', 0, NOTHING, false },
	{ 3, 0, 3, 'a', 32, NOTHING, false },
	{ 3, 2, 1, 'a', 32, NOTHING, false },
	{ 3, 0, 1, 'b', 32, NOTHING, false },
	{ 3, 1, 1, 'A', 32, WRONG_NAME, true },
	{ 3, 1, 1, 'A', 32, LEAF_EXPIRED, true },
	{ 3, 1, 1, 'A', 32, UNLINKED, true },
	{ 3, 1, 1, 'A', 32, EMPTY, false },
	{ 2, 0, 1, 'a', 32, NOTHING, false },
	{ 2, 0, 1, 'b', 32, NOTHING, true },
	{ 2, 1, 2, 'B', 64, NOTHING, true },
	{ 2, 0, 0, 'c', 4, NOTHING, true },
	{ 2, 0, 0, 'd', 4, NOTHING, false },
	{ 2, 0, 1, 'b', 32, WRONG_NAME, false },
	{ 2, 0, 1, 'b', 32, LEAF_EXPIRED, false },
	{ 2, 0, 1, 'b', 32, ISSUER_EXPIRED, false },
	{ 2, 0, 1, 'c', 32, ISSUER_EXPIRED, false },
	{ 2, 0, 1, 'b', 32, ISSUER_EARLY, false },
	{ 2, 0, 1, 'b', 32, UNLINKED, false },
	{ 2, 0, 1, 'b', 32, EMPTY, false },
	{ 0, 0, 1, 'b', 32, NOTHING, false },
	{ 1, 0, 1, 'a', 32, NOTHING, false },
	{ 255, 0, 1, 'a', 32, NOTHING, false },
};

/* change - spoil the chain as a case says */
static void
change(struct shown *s, enum change what)
{
	s->fact.names_host = what != WRONG_NAME;
	if (what == LEAF_EXPIRED)
		s->cert[0].not_after_at = NOW - 1;
	if (what == ISSUER_EXPIRED)
		s->cert[1].not_after_at = NOW - 1;
	if (what == ISSUER_EARLY)
		s->cert[1].not_before_at = NOW + 1;
	if (what == UNLINKED)
		s->cert[0].signed_by_next = false;
	if (what == EMPTY)
		s->fact.count = 0;
}

static void
test_tlsa(void **state)
{
	struct dnsfact_record r = { 0 };
	struct shown s;
	char data[64];

	for (size_t i = 0; i < sizeof(tlsa_cases) / sizeof(tlsa_cases[0]);
	     i++) {
		const struct tlsa_case *t = &tlsa_cases[i];

		show(&s);
		change(&s, t->change);
		memset(data, t->letter, sizeof(data));
		r.tlsa.usage = t->usage;
		r.tlsa.selector = t->selector;
		r.tlsa.matching = t->matching;
		r.tlsa.data = str_make(data, t->len);
		print_message("case %zu\n", i);
		assert_int_equal(tlsfact_matches(&s.fact, &r, NOW), t->fits);
	}
}

/* test_edges - both dates are within */
static void
test_edges(void **state)
{
	struct dnsfact_record r = { .tlsa = { .usage = 2 } };
	struct shown s;

	show(&s);
	r.tlsa.data = s.cert[1].der;
	assert_true(tlsfact_matches(&s.fact, &r, NOW - 10));
	assert_true(tlsfact_matches(&s.fact, &r, NOW + 10));
	assert_false(tlsfact_matches(&s.fact, &r, NOW - 11));
	assert_false(tlsfact_matches(&s.fact, &r, NOW + 11));
}

static void
test_names(void **state)
{
	static const char *const names[] = { "a.b", "c\\x00", "d", "e", "f",
		"g", "h" };
	static const struct {
		size_t count;
		const char *text;
	} cases[] = {
		{ 0, "no host: it has no dNSName" },
		{ 1, "a.b" },
		{ 2, "a.b and c\\x00" },
		{ 5, "a.b, c\\x00, d, e and f" },
		{ 7, "a.b, c\\x00, d, e, f and 2 more" },
	};
	struct tlsfact fact = { .names = names };
	struct buf b;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fact.name_count = cases[i].count;
		buf_init(&b, 1000);
		tlsfact_put_names(&fact, &b);
		assert_string_equal(b.p, cases[i].text);
		buf_free(&b);
	}
}

static void
test_words(void **state)
{
	struct tlsfact fact = { .trust = TLSFACT_TRUSTED, .names_host = true };
	struct probefact probe = { 0 };
	int i;

	for (i = 0; i < TLSFACT_TRUSTS; i++)
		assert_true(strlen(tlsfact_trust_name(i)) > 1);
	assert_string_equal(tlsfact_trust_name(TLSFACT_TRUSTS), "?");
	for (i = 0; i < PROBEFACT_ENDS; i++) {
		assert_true(strlen(probefact_end_name(i)) > 1);
		probe.end = i;
		assert_int_equal(probefact_talked(&probe),
		    i == PROBEFACT_OK || i >= PROBEFACT_BUSY);
	}
	assert_string_equal(probefact_end_name(PROBEFACT_ENDS), "?");
	assert_true(tlsfact_valid(&fact));
	fact.names_host = false;
	assert_false(tlsfact_valid(&fact));
}

/* test_owners - the last one releases */
static void
test_owners(void **state)
{
	struct arena *a = arena_new(1000), *b = arena_new(1000);
	struct tlsfact *tls = arena_alloc(a, sizeof(*tls));
	struct probefact *probe = arena_alloc(b, sizeof(*probe));

	tls->arena = a;
	probe->arena = b;
	probe->tls = tlsfact_hold(tls);
	assert_ptr_equal(probefact_hold(probe), probe);
	probefact_free(probe);
	assert_ptr_equal(probe->tls, tls);
	probefact_free(probe);
	assert_int_equal(tls->holders, 0);
	tlsfact_free(tls);
	tlsfact_free(NULL);
	probefact_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tlsa),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
