/*
 * decide_bench.h - a run of core/decide on a bench, and short ways to answer it
 *
 * For what a scenario file cannot say: wrong tags, late answers, runs that are
 * cancelled, memory that is short. Include after cmocka.
 */
#ifndef TESTS_SUPPORT_DECIDE_BENCH_H
#define TESTS_SUPPORT_DECIDE_BENCH_H

#include "base/arena.h"
#include "core/decide.h"

#define BENCH_OUT 300
#define BENCH_NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

#define BENCH_POLICY                                                    \
	"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: *.mx." \
	"example.net\nmax_age: 604800\n"

/* The run of the one test that is on, and the questions that it has out. */
static struct {
	struct dest *dest;
	struct decide *run;
	struct decide_ask ask;
	int64_t now_at;
	struct decide_question out[BENCH_OUT];
	size_t count;
	struct mtasts_diags *diags; /* may be null */
} bench;

/* bench_pull - take all questions that may begin */
static inline void
bench_pull(void)
{
	struct decide_question q;

	while (decide_next(bench.run, &q, bench.now_at)) {
		assert_true(bench.count < BENCH_OUT);
		bench.out[bench.count++] = q;
	}
}

/* bench_start - a run for a key; false when memory was short */
static inline bool
bench_start(const char *key, bool dane)
{
	struct destkey k;

	if (destkey_parse(str_of(key), &k, NULL) != DESTKEY_DOMAIN)
		return false;
	if (bench.dest == NULL)
		bench.dest = dest_new(&k);
	if (bench.dest == NULL)
		return false;
	if (bench.now_at == 0)
		bench.now_at = BENCH_NOW;
	bench.ask.dane = dane;
	bench.run = decide_new(bench.dest, &bench.ask, bench.now_at);
	bench.count = 0;
	if (bench.run == NULL)
		return false;
	bench_pull();
	return true;
}

/* bench_end - the run is over, the destination stays */
static inline void
bench_end(void)
{
	decide_free(bench.run);
	bench.run = NULL;
	bench.count = 0;
}

/* bench_clear - all is over */
static inline void
bench_clear(void)
{
	bench_end();
	dest_free(bench.dest);
	memset(&bench, 0, sizeof(bench));
}

/* bench_find - the place of a question that is out, or -1 */
static inline int
bench_find(enum dnstype type, const char *name)
{
	for (size_t i = 0; i < bench.count; i++)
		if (strcmp(bench.out[i].name, name) == 0 &&
		    (type == 0 ? bench.out[i].kind == DECIDE_FETCH
			       : bench.out[i].type == type))
			return (int)i;
	return -1;
}

/* bench_take - the tag of a question that is out; it is so no longer */
static inline unsigned
bench_take(enum dnstype type, const char *name)
{
	int i = bench_find(type, name);
	unsigned tag;

	if (i < 0)
		fail_msg("%s %s is not asked", name, dnstype_name(type));
	tag = bench.out[i].tag;
	bench.out[i] = bench.out[--bench.count];
	return tag;
}

/* bench_fact - an answer with these records */
static inline struct dnsfact
bench_fact(
    enum dnstype type, const struct dnsfact_record *records, size_t count)
{
	return (struct dnsfact){ .end = DNSFACT_FOUND,
		.type = type,
		.ttl_s = 300,
		.canonical = "",
		.count = count,
		.records = records,
		.why = "" };
}

/* bench_dns - hand over an answer, and take what is asked then */
static inline void
bench_dns(unsigned tag, const struct dnsfact *fact)
{
	decide_dns(bench.run, tag, fact, bench.now_at, bench.diags);
	bench_pull();
}

/* bench_txt - the record says this */
static inline void
bench_txt(const char *text)
{
	struct dnsfact_record r = { .txt = str_of(text) };
	struct dnsfact fact = bench_fact(DNSTYPE_TXT, &r, 1);

	bench_dns(bench_take(DNSTYPE_TXT, "_mta-sts.example.com"), &fact);
}

/* bench_mx - these are the MX hosts */
static inline void
bench_mx(const char *const *name, size_t count, bool secure)
{
	struct dnsfact_record *r = mem_zalloc(count, sizeof(*r));
	struct dnsfact fact = bench_fact(DNSTYPE_MX, r, count);

	for (size_t i = 0; r != NULL && i < count; i++) {
		r[i].mx.name = name[i];
		r[i].mx.preference = (uint16_t)(10 * i);
	}
	fact.secure = secure;
	bench_dns(
	    bench_take(DNSTYPE_MX, "example.com"), r != NULL ? &fact : NULL);
	mem_free(r);
}

/* bench_none - there is no such name */
static inline void
bench_none(enum dnstype type, const char *name)
{
	struct dnsfact fact = bench_fact(type, NULL, 0);

	fact.end = DNSFACT_NXDOMAIN;
	bench_dns(bench_take(type, name), &fact);
}

/* bench_address - the host has one, signed or not */
static inline void
bench_address(const char *name, bool secure)
{
	static const struct dnsfact_record r;
	struct dnsfact fact = bench_fact(DNSTYPE_A, &r, 1);

	fact.secure = secure;
	fact.canonical = name;
	bench_dns(bench_take(DNSTYPE_A, name), &fact);
	bench_none(DNSTYPE_AAAA, name);
}

/* bench_tlsa - the host has a usable record */
static inline void
bench_tlsa(const char *name)
{
	struct dnsfact_record r = {
		.tlsa = { .data = STR("0123456789abcdef0123456789abcdef"),
		    .usage = 3,
		    .selector = 1,
		    .matching = 1 }
	};
	struct dnsfact fact = bench_fact(DNSTYPE_TLSA, &r, 1);

	fact.secure = true;
	bench_dns(bench_take(DNSTYPE_TLSA, name), &fact);
}

/* bench_fetched - the policy host serves this; null: the fetch failed */
static inline void
bench_fetched(const char *text)
{
	struct fetchfact fact = { .end =
				      text ? FETCHFACT_OK : FETCHFACT_CONNECT,
		.why = text ? "" : "connection refused",
		.body = str_of(text),
		.address = "" };

	decide_fetched(bench.run, bench_take(0, "mta-sts.example.com"), &fact,
	    bench.now_at, bench.diags);
	bench_pull();
}

/* bench_ready - can the decision be given? */
static inline bool
bench_ready(void)
{
	return decide_ready(bench.run, bench.ask.dane, bench.now_at);
}

/* bench_verdict - the decision by what is known */
static inline struct decision
bench_verdict(void)
{
	struct decision d;

	decide_verdict(bench.run, &bench.ask, bench.now_at, &d);
	return d;
}

#endif
