/*
 * test_dane - one MX host, from its addresses to what DANE says of it
 *
 * A row tells which lookups must be made, and what each of them answers: one
 * that is not in the row may not be asked, one that is in it must be.
 */
#include "core/dane.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define MX    "mx.example.com"
#define TLSA  "_25._tcp." MX
#define FAR   "far.example.net"
#define TFAR  "_25._tcp." FAR
#define LOOKS 5

/* Sets of TLSA records that an answer may have. */
enum set { SET_NONE = 0, SET_USABLE, SET_MIXED, SET_UNUSABLE };

static const char hash[64] = "0123456789abcdef";

#define RECORD(u, s, m, n)                   \
	{                                    \
		.tlsa = {                    \
			.data = { hash, n }, \
			.usage = u,          \
			.selector = s,       \
			.matching = m        \
		}                            \
	}

static const struct dnsfact_record usable_set[] = { RECORD(3, 1, 1, 32) };
static const struct dnsfact_record mixed_set[] = { RECORD(1, 1, 1, 32),
	RECORD(2, 0, 2, 64), RECORD(3, 1, 1, 31) };
static const struct dnsfact_record unusable_set[] = { RECORD(0, 0, 1, 32),
	RECORD(1, 1, 1, 32) };

struct look {
	enum dnstype type;
	const char *name;
	enum dnsfact_end end;
	bool secure;
	const char *canonical; /* behind a CNAME; null: no CNAME */
	enum set set;
	uint32_t ttl_s;
};

struct row {
	const char *what;
	struct look looks[LOOKS];
	enum dane_class want;
	const char *base;
	const char *why; /* is in the reason; null: there is none */
	uint32_t ttl_s;
};

/* Answers that many rows have. */
#define A_SECURE                                                 \
	{                                                        \
		DNSTYPE_A, MX, DNSFACT_FOUND, true, NULL, 0, 300 \
	}
#define A_INSECURE                                                \
	{                                                         \
		DNSTYPE_A, MX, DNSFACT_FOUND, false, NULL, 0, 300 \
	}
#define A_CNAME                                                 \
	{                                                       \
		DNSTYPE_A, MX, DNSFACT_FOUND, true, FAR, 0, 300 \
	}
#define A_CNAME_OPEN                                             \
	{                                                        \
		DNSTYPE_A, MX, DNSFACT_FOUND, false, FAR, 0, 300 \
	}
#define A_NODATA                                                  \
	{                                                         \
		DNSTYPE_A, MX, DNSFACT_NODATA, true, NULL, 0, 400 \
	}
#define A_NXDOMAIN                                                  \
	{                                                           \
		DNSTYPE_A, MX, DNSFACT_NXDOMAIN, true, NULL, 0, 400 \
	}
#define A_FAILS(end)                                  \
	{                                             \
		DNSTYPE_A, MX, end, false, NULL, 0, 0 \
	}
#define AAAA_SECURE                                                 \
	{                                                           \
		DNSTYPE_AAAA, MX, DNSFACT_FOUND, true, NULL, 0, 500 \
	}
#define AAAA_NODATA                                                  \
	{                                                            \
		DNSTYPE_AAAA, MX, DNSFACT_NODATA, true, NULL, 0, 500 \
	}
#define AAAA_OPEN                                                     \
	{                                                             \
		DNSTYPE_AAAA, MX, DNSFACT_NODATA, false, NULL, 0, 500 \
	}
#define AAAA_NXDOMAIN                                                  \
	{                                                              \
		DNSTYPE_AAAA, MX, DNSFACT_NXDOMAIN, true, NULL, 0, 500 \
	}
#define AAAA_FAILS                                                    \
	{                                                             \
		DNSTYPE_AAAA, MX, DNSFACT_SERVFAIL, false, NULL, 0, 0 \
	}
#define CNAME(end, ok)                                   \
	{                                                \
		DNSTYPE_CNAME, MX, end, ok, NULL, 0, 600 \
	}
#define T(name, end, ok, set)                               \
	{                                                   \
		DNSTYPE_TLSA, name, end, ok, NULL, set, 200 \
	}

/* clang-format off */
/* REQ: DANE-2 DANE-3 DANE-4 DANE-5 DANE-6 DANE-7 DANE-9 */
static const struct row rows[] = {
	{ "signed, usable TLSA", { A_SECURE, AAAA_SECURE,
	    T(TLSA, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "some records usable, some not", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_FOUND, true, SET_MIXED) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "no usable record", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_FOUND, true, SET_UNUSABLE) },
	    DANE_UNUSABLE, MX, "none of 2 TLSA records", 200 },
	{ "no TLSA, proven", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_NXDOMAIN, true, 0) }, DANE_NONE, "", NULL, 200 },
	{ "unsigned TLSA never counts", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_FOUND, false, SET_USABLE) },
	    DANE_NONE, "", NULL, 200 },
	{ "unsigned address: TLSA is not asked for", { A_INSECURE, AAAA_OPEN },
	    DANE_NONE, "", NULL, 300 },

	/* every failure of the TLSA lookup */
	{ "bogus TLSA", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_BOGUS, false, 0) },
	    DANE_ERROR, "", "TLSA lookup: bogus", 300 },
	{ "TLSA SERVFAIL", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_SERVFAIL, false, 0) },
	    DANE_ERROR, "", "TLSA lookup: servfail", 300 },
	{ "TLSA timeout", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_TIMEOUT, false, 0) },
	    DANE_ERROR, "", "TLSA lookup: timeout", 300 },
	{ "TLSA malformed", { A_SECURE, AAAA_NODATA,
	    T(TLSA, DNSFACT_MALFORMED, false, 0) },
	    DANE_ERROR, "", "TLSA lookup: malformed", 300 },

	/* addresses */
	{ "AAAA fails, A answers", { A_SECURE, AAAA_FAILS,
	    T(TLSA, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "A fails, AAAA answers", { A_FAILS(DNSFACT_TIMEOUT), AAAA_SECURE,
	    T(TLSA, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "IPv6 only", { A_NODATA, AAAA_SECURE,
	    T(TLSA, DNSFACT_NODATA, true, 0) }, DANE_NONE, "", NULL, 200 },
	{ "AAAA fails, unsigned A answers", { A_INSECURE, AAAA_FAILS },
	    DANE_NONE, "", NULL, 300 },
	{ "both fail", { A_FAILS(DNSFACT_BOGUS), AAAA_FAILS },
	    DANE_ERROR, "", "A lookup: bogus", 0 },
	{ "no A, AAAA unknown", { A_NODATA, AAAA_FAILS },
	    DANE_ERROR, "", "AAAA lookup: servfail", 400 },
	{ "no such name, whatever failed", { A_NXDOMAIN, AAAA_FAILS },
	    DANE_GONE, "", NULL, 400 },
	{ "no address", { A_NODATA, AAAA_NODATA },
	    DANE_GONE, "", NULL, 400 },
	{ "no such name", { A_NXDOMAIN, AAAA_NXDOMAIN },
	    DANE_GONE, "", NULL, 400 },

	/* CNAMEs: RFC 7672 section 2.2.2 */
	{ "TLSA at the end of the CNAMEs", { A_CNAME, AAAA_NODATA,
	    T(TFAR, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, FAR, NULL, 200 },
	{ "TLSA at the original name only", { A_CNAME, AAAA_NODATA,
	    T(TFAR, DNSFACT_NODATA, true, 0),
	    T(TLSA, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "unsigned TLSA at the end: the original name", { A_CNAME, AAAA_NODATA,
	    T(TFAR, DNSFACT_FOUND, false, SET_USABLE),
	    T(TLSA, DNSFACT_FOUND, true, SET_UNUSABLE) },
	    DANE_UNUSABLE, MX, "none of 2", 200 },
	{ "unusable at the end counts: first RRset wins",
	    { A_CNAME, AAAA_NODATA,
	    T(TFAR, DNSFACT_FOUND, true, SET_UNUSABLE) },
	    DANE_UNUSABLE, FAR, "none of 2", 200 },
	{ "error at the end is not passed over", { A_CNAME, AAAA_NODATA,
	    T(TFAR, DNSFACT_SERVFAIL, false, 0) },
	    DANE_ERROR, "", "TLSA records of " FAR, 300 },
	{ "no TLSA at either name", { A_CNAME, AAAA_NODATA,
	    T(TFAR, DNSFACT_NXDOMAIN, true, 0),
	    T(TLSA, DNSFACT_NXDOMAIN, true, 0) }, DANE_NONE, "", NULL, 200 },
	{ "signed CNAME to an unsigned zone", { A_CNAME_OPEN, AAAA_OPEN,
	    CNAME(DNSFACT_FOUND, true),
	    T(TLSA, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "signed CNAME to an unsigned zone, no TLSA",
	    { A_CNAME_OPEN, AAAA_OPEN, CNAME(DNSFACT_FOUND, true),
	    T(TLSA, DNSFACT_NODATA, true, 0) }, DANE_NONE, "", NULL, 200 },
	{ "unsigned CNAME", { A_CNAME_OPEN, AAAA_OPEN,
	    CNAME(DNSFACT_FOUND, false) }, DANE_NONE, "", NULL, 300 },
	{ "CNAME lookup fails", { A_CNAME_OPEN, AAAA_OPEN,
	    CNAME(DNSFACT_BOGUS, false) },
	    DANE_ERROR, "", "CNAME lookup: bogus", 300 },
	{ "CNAME onto itself in another case is none", {
	    { DNSTYPE_A, MX, DNSFACT_FOUND, true, MX, 0, 300 }, AAAA_NODATA,
	    T(TLSA, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, MX, NULL, 200 },
	{ "the signed answer's CNAMEs count", {
	    A_INSECURE,
	    { DNSTYPE_AAAA, MX, DNSFACT_FOUND, true, FAR, 0, 500 },
	    T(TFAR, DNSFACT_FOUND, true, SET_USABLE) },
	    DANE_USABLE, FAR, NULL, 200 },
};
/* clang-format on */

/* fact_of - the answer that a row gives */
static struct dnsfact
fact_of(const struct look *l)
{
	static const struct {
		const struct dnsfact_record *records;
		size_t count;
	} sets[] = { { NULL, 0 }, { usable_set, 1 }, { mixed_set, 3 },
		{ unusable_set, 2 } };
	struct dnsfact fact = { .end = l->end,
		.type = l->type,
		.secure = l->secure,
		.cnames = l->canonical != NULL,
		.ttl_s = l->ttl_s,
		.canonical = l->canonical != NULL ? l->canonical : l->name,
		.count = sets[l->set].count,
		.records = sets[l->set].records,
		.why = "" };

	return fact;
}

/* find_look - the row's answer to a question; each is asked once */
static const struct look *
find_look(const struct row *row, const struct dane_question *q, unsigned *asked)
{
	size_t i;

	for (i = 0; i < LOOKS && row->looks[i].name != NULL; i++) {
		if (row->looks[i].type != q->type ||
		    strcmp(row->looks[i].name, q->name) != 0)
			continue;
		if (*asked & 1U << i)
			fail_msg("%s: %s asked twice", row->what, q->name);
		*asked |= 1U << i;
		return &row->looks[i];
	}
	fail_msg("%s: asks type %d of %s", row->what, (int)q->type, q->name);
	return NULL;
}

/* play - run a row; last: the later of two questions is answered first */
static void
play(const struct row *row, bool last, struct dane_host *h)
{
	const struct look *out[2];
	struct dane_question q;
	struct dnsfact fact;
	unsigned asked = 0;
	size_t n, i;

	dane_begin(h, MX, 25);
	while (!dane_done(h)) {
		for (n = 0; dane_next(h, &q); n++) {
			assert_true(n < 2);
			out[n] = find_look(row, &q, &asked);
		}
		assert_true(n > 0);
		for (i = 0; i < n; i++) {
			fact = fact_of(out[last ? n - 1 - i : i]);
			assert_false(dane_done(h));
			dane_answer(h, &fact);
		}
	}
	assert_false(dane_next(h, &q));
	for (i = 0; i < LOOKS && row->looks[i].name != NULL; i++)
		if ((asked & 1U << i) == 0)
			fail_msg(
			    "%s: %s not asked", row->what, row->looks[i].name);
}

/* check - what the machine found is what the row says */
static void
check(const struct row *row, const struct dane_host *h)
{
	const struct dane_result *r = &h->result;

	if (r->dane != row->want)
		fail_msg("%s: %s", row->what, dane_class_name(r->dane));
	assert_string_equal(r->base, row->base);
	if (row->why == NULL)
		assert_string_equal(r->why, "");
	else if (strstr(r->why, row->why) == NULL)
		fail_msg("%s: why is \"%s\"", row->what, r->why);
	if (r->ttl_s != row->ttl_s)
		fail_msg("%s: ttl %u", row->what, r->ttl_s);
}

/* test_rows - every row, answered in both orders */
static void
test_rows(void **state)
{
	struct dane_host h;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		play(&rows[i], false, &h);
		check(&rows[i], &h);
		/* Of two failures the first to come is told. */
		if (strcmp(rows[i].what, "both fail") == 0)
			continue;
		play(&rows[i], true, &h);
		check(&rows[i], &h);
	}
}

/* test_counts - how many records are of use, and was the address signed */
static void
test_counts(void **state)
{
	struct dane_host h;

	play(&rows[1], false, &h);
	assert_int_equal(h.result.usable, 1);
	assert_int_equal(h.result.unusable, 2);
	assert_true(h.result.address_secure);
	play(&rows[5], false, &h);
	assert_false(h.result.address_secure);
}

/* test_together - A and AAAA are asked before either is answered */
static void
test_together(void **state)
{
	struct dane_host h;
	struct dane_question q;

	dane_begin(&h, MX, 587);
	assert_true(dane_next(&h, &q));
	assert_int_equal(q.type, DNSTYPE_A);
	assert_string_equal(q.name, MX);
	assert_true(dane_next(&h, &q));
	assert_int_equal(q.type, DNSTYPE_AAAA);
	assert_false(dane_next(&h, &q));
	assert_false(dane_done(&h));
}

/* test_port - the port of the destination stands in the question */
static void
test_port(void **state)
{
	struct look a = A_SECURE, aaaa = AAAA_NODATA;
	struct dnsfact fa = fact_of(&a), faaaa = fact_of(&aaaa);
	struct dane_host h;
	struct dane_question q;

	dane_begin(&h, MX, 587);
	while (dane_next(&h, &q))
		;
	dane_answer(&h, &fa);
	dane_answer(&h, &faaaa);
	assert_true(dane_next(&h, &q));
	assert_int_equal(q.type, DNSTYPE_TLSA);
	assert_string_equal(q.name, "_587._tcp." MX);
}

/* test_stray - answers that nobody asked for change nothing */
static void
test_stray(void **state)
{
	struct look tlsa = T(TLSA, DNSFACT_FOUND, true, SET_USABLE);
	struct look mx = { DNSTYPE_MX, MX, DNSFACT_FOUND, true, NULL, 0, 1 };
	struct look a = A_FAILS(DNSFACT_SERVFAIL);
	struct dnsfact ftlsa = fact_of(&tlsa), fmx = fact_of(&mx);
	struct dnsfact fa = fact_of(&a);
	struct dane_host h, before;

	dane_begin(&h, MX, 25);
	before = h;
	dane_answer(&h, &ftlsa);
	dane_answer(&h, &fmx);
	/* Not out yet. */
	dane_answer(&h, &fa);
	assert_memory_equal(&h, &before, sizeof(h));
	play(&rows[0], false, &h);
	before = h;
	dane_answer(&h, &fa);
	assert_memory_equal(&h, &before, sizeof(h));
}

/* name_of - a name of exactly len bytes, in labels of at most 50 */
static void
name_of(char out[254], size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = i % 50 == 49 && i + 1 < len ? '.' : 'x';
	out[len] = '\0';
}

/* test_long - a TLSA name that is no DNS name any more is not asked for */
static void
test_long(void **state)
{
	struct look a = A_SECURE, aaaa = AAAA_NODATA;
	struct dnsfact fa, faaaa = fact_of(&aaaa);
	struct dane_question q;
	struct dane_host h;
	char name[254];
	size_t len;

	for (len = 243; len <= 253; len++) {
		name_of(name, len);
		fa = fact_of(&a);
		fa.canonical = name;
		dane_begin(&h, name, 25);
		while (dane_next(&h, &q))
			;
		dane_answer(&h, &fa);
		dane_answer(&h, &faaaa);
		assert_int_equal(dane_next(&h, &q), len <= 244);
		assert_int_equal(dane_done(&h), len > 244);
		if (len > 244)
			assert_int_equal(h.result.dane, DANE_NONE);
		/* A long expansion is passed over for the name itself. */
		fa.cnames = 1;
		dane_begin(&h, MX, 25);
		while (dane_next(&h, &q))
			;
		dane_answer(&h, &fa);
		dane_answer(&h, &faaaa);
		assert_true(dane_next(&h, &q));
		assert_int_equal(strcmp(q.name, TLSA) == 0, len > 244);
	}
}

/* test_why - the reason holds name and cause, and never runs over */
static void
test_why(void **state)
{
	struct look l = A_FAILS(DNSFACT_SERVFAIL), aaaa = AAAA_FAILS;
	struct dnsfact fact = fact_of(&l), faaaa = fact_of(&aaaa);
	struct dane_question q;
	struct dane_host h;
	char name[254], why[300];

	memset(why, 'w', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	name_of(name, 253);
	fact.why = why;
	dane_begin(&h, name, 25);
	while (dane_next(&h, &q))
		;
	dane_answer(&h, &fact);
	dane_answer(&h, &faaaa);
	assert_true(strlen(h.result.why) < sizeof(h.result.why));
	assert_true(strstr(h.result.why, "servfail (www") != NULL);
	assert_true(strstr(h.result.why, ", xxx") != NULL);
}

/* REQ: DANE-10 */
static const struct {
	struct dnsfact_record record;
	bool usable;
} tlsa_rows[] = {
	{ RECORD(3, 1, 1, 32), true },
	{ RECORD(2, 0, 1, 32), true },
	{ RECORD(3, 0, 2, 64), true },
	{ RECORD(2, 1, 0, 1), true },
	{ RECORD(2, 1, 0, 0), false },
	{ RECORD(3, 1, 1, 31), false },
	{ RECORD(3, 1, 1, 33), false },
	{ RECORD(3, 1, 1, 64), false },
	{ RECORD(3, 1, 2, 32), false },
	{ RECORD(3, 1, 2, 63), false },
	{ RECORD(3, 1, 3, 32), false },
	{ RECORD(3, 1, 255, 32), false },
	{ RECORD(3, 2, 1, 32), false },
	{ RECORD(3, 255, 1, 32), false },
	{ RECORD(0, 0, 1, 32), false },
	{ RECORD(1, 1, 1, 32), false },
	{ RECORD(4, 1, 1, 32), false },
	{ RECORD(255, 1, 1, 32), false },
};

/* test_usable - one record */
static void
test_usable(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(tlsa_rows) / sizeof(tlsa_rows[0]); i++)
		if (dane_tlsa_usable(&tlsa_rows[i].record) !=
		    tlsa_rows[i].usable)
			fail_msg("row %zu", i);
}

/* test_names - each class has its word */
static void
test_names(void **state)
{
	assert_string_equal(dane_class_name(DANE_OPEN), "open");
	assert_string_equal(dane_class_name(DANE_NONE), "none");
	assert_string_equal(dane_class_name(DANE_USABLE), "usable");
	assert_string_equal(dane_class_name(DANE_UNUSABLE), "unusable");
	assert_string_equal(dane_class_name(DANE_ERROR), "error");
	assert_string_equal(dane_class_name(DANE_GONE), "gone");
	assert_string_equal(dane_class_name((enum dane_class)99), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_stray),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_usable),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
