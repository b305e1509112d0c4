/*
 * Live DNS beside wanted records: what is the same by meaning, what is to be
 * done, what is somebody else's, when the id is live.
 */
#include "core/zonediff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the three above first. */
#include <cmocka.h>

#define VALUES 4
#define NAMED  "TXT v=STSv1; id=2;"

/* One name: values are "TYPE data"; a server "-" does not answer. */
struct row {
	const char *what;
	const char *name;
	const char *want[VALUES];
	const char *ours[VALUES];
	const char *has[2][VALUES]; /* at two servers; the second may be none */
	const char *far[VALUES]; /* texts where the first one's CNAME leads */
	const char *ends[2]; /* an address each: wanted and live, in the end */
	const char *verdict;
};

#define STS  "_mta-sts.example.org"
#define RPT  "_smtp._tls.example.org"
#define HOST "mta-sts.example.org"

static const struct row rows[] = {
	{ "nothing there", STS, { NAMED }, { 0 }, { { "" } }, { 0 }, { 0 },
	    "add differs | TXT > v=STSv1; id=2;" },
	{ "the same", STS, { NAMED }, { 0 }, { { NAMED }, { NAMED } }, { 0 },
	    { 0 }, "same same,id same,id" },
	{ "other blanks and fields", STS, { NAMED }, { 0 },
	    { { "TXT v=STSv1;id=2;x=y" } }, { 0 }, { 0 },
	    "same same,id,words" },
	{ "other texts do not matter", STS, { NAMED }, { 0 },
	    { { NAMED, "TXT v=spf1 -all" } }, { 0 }, { 0 }, "same same,id" },
	{ "but two records do", STS, { NAMED }, { 0 },
	    { { NAMED, "TXT v=STSv1; id=3;" } }, { 0 }, { 0 },
	    "change foreign differs | TXT v=STSv1; id=2;, v=STSv1; id=3; > "
	    "v=STSv1; id=2;" },
	{ "an id of ours", STS, { NAMED }, { 0 }, { { "TXT v=STSv1; id=1;" } },
	    { 0 }, { 0 },
	    "change differs | TXT v=STSv1; id=1; > v=STSv1; id=2;" },
	{ "an id of ours in other words", STS, { NAMED }, { 0 },
	    { { "TXT v=STSv1;id=1" } }, { 0 }, { 0 },
	    "change differs | TXT v=STSv1;id=1 > v=STSv1; id=2;" },
	{ "another id", STS, { NAMED }, { 0 }, { { "TXT v=STSv1; id=9;" } },
	    { 0 }, { 0 },
	    "change foreign differs | TXT v=STSv1; id=9; > v=STSv1; id=2;" },
	{ "malformed, never ours", STS, { NAMED }, { 0 },
	    { { "TXT v=STSv1; id=;" } }, { 0 }, { 0 },
	    "change foreign differs | TXT v=STSv1; id=; > v=STSv1; id=2;" },
	{ "other texts stay", STS, { NAMED }, { 0 },
	    { { "TXT hello", "TXT v=STSv1; id=1;" } }, { 0 }, { 0 },
	    "change differs | TXT hello, v=STSv1; id=1; > hello, "
	    "v=STSv1; id=2;" },
	{ "a CNAME to another record", STS, { NAMED }, { 0 },
	    { { "CNAME x.test" } }, { "v=STSv1; id=9;" }, { 0 },
	    "change foreign differs | CNAME x.test > ; TXT > "
	    "v=STSv1; id=2;" },
	{ "a CNAME to the same record", STS, { NAMED }, { 0 },
	    { { "CNAME x.test" } }, { "v=STSv1; id=2;" }, { 0 },
	    "same same,id,elsewhere" },
	{ "a CNAME that we wrote", STS, { NAMED }, { "CNAME x.test" },
	    { { "CNAME x.test" } }, { "v=STSv1; id=2;" }, { 0 },
	    "change differs,id | CNAME x.test > ; TXT > v=STSv1; id=2;" },
	{ "our text where a CNAME belongs", STS, { "CNAME p.test" }, { 0 },
	    { { "TXT v=STSv1; id=1;" } }, { 0 }, { 0 },
	    "change differs | CNAME > p.test; TXT v=STSv1; id=1; > " },
	{ "another text where a CNAME belongs", STS, { "CNAME p.test" }, { 0 },
	    { { "TXT hello" } }, { 0 }, { 0 },
	    "add foreign differs | CNAME > p.test; TXT hello > " },
	{ "a CNAME in other case", STS, { "CNAME p.test" }, { 0 },
	    { { "CNAME P.Test" } }, { 0 }, { 0 }, "same same,id" },
	{ "one server lags", STS, { NAMED }, { 0 },
	    { { NAMED }, { "TXT v=STSv1; id=1;" } }, { 0 }, { 0 },
	    "same same,id differs" },
	{ "one does not answer", STS, { NAMED }, { 0 }, { { NAMED }, { "-" } },
	    { 0 }, { 0 }, "same same,id failed" },
	{ "the primary does not", STS, { NAMED }, { 0 }, { { "-" }, { NAMED } },
	    { 0 }, { 0 }, "unknown failed same,id" },

	{ "addresses in other order", RPT,
	    { "TXT v=TLSRPTv1; rua=mailto:a@b.test,https://c.test/" }, { 0 },
	    { { "TXT v=TLSRPTv1;rua=https://c.test/,mailto:a@b.test;" } },
	    { 0 }, { 0 }, "same same,words" },
	{ "one address less", RPT,
	    { "TXT v=TLSRPTv1; rua=mailto:a@b.test,https://c.test/" }, { 0 },
	    { { "TXT v=TLSRPTv1; rua=mailto:a@b.test" } }, { 0 }, { 0 },
	    "change foreign differs | TXT v=TLSRPTv1; rua=mailto:a@b.test > "
	    "v=TLSRPTv1; rua=mailto:a@b.test,https://c.test/" },
	{ "that we wrote", RPT, { "TXT v=TLSRPTv1; rua=mailto:a@b.test" },
	    { "TXT v=TLSRPTv1; rua=mailto:old@b.test" },
	    { { "TXT v=TLSRPTv1; rua=mailto:old@b.test" } }, { 0 }, { 0 },
	    "change differs | TXT v=TLSRPTv1; rua=mailto:old@b.test > "
	    "v=TLSRPTv1; rua=mailto:a@b.test" },

	{ "addresses, any order", HOST, { "A 192.0.2.1", "A 192.0.2.2" }, { 0 },
	    { { "A 192.0.2.2", "A 192.0.2.1" } }, { 0 }, { 0 }, "same same" },
	{ "one address more", HOST, { "A 192.0.2.1" }, { "A 192.0.2.1" },
	    { { "A 192.0.2.1", "A 192.0.2.9" } }, { 0 }, { 0 },
	    "change foreign differs | A 192.0.2.1, 192.0.2.9 > 192.0.2.1" },
	{ "CNAME for addresses of ours", HOST, { "CNAME h.test" },
	    { "A 192.0.2.1", "AAAA 2001:db8::1" },
	    { { "A 192.0.2.1", "AAAA 2001:db8::1" } }, { 0 }, { 0 },
	    "change differs | CNAME > h.test; A 192.0.2.1 > ; AAAA "
	    "2001:db8::1 > " },
	{ "somebody's addresses", HOST, { "CNAME h.test" }, { 0 },
	    { { "A 192.0.2.1" } }, { 0 }, { "192.0.2.7", "192.0.2.1" },
	    "change foreign differs | CNAME > h.test; A 192.0.2.1 > " },
	{ "that are those of the host", HOST, { "CNAME h.test" }, { 0 },
	    { { "A 192.0.2.1" }, { "A 192.0.2.1" } }, { 0 },
	    { "192.0.2.1", "192.0.2.1" },
	    "same same,elsewhere same,elsewhere" },
	{ "somebody's CNAME to our address", HOST, { "A 192.0.2.1" }, { 0 },
	    { { "CNAME h.test" } }, { 0 }, { "192.0.2.1", "192.0.2.1" },
	    "same same,elsewhere" },

	{ "not wanted, not there", STS, { 0 }, { 0 }, { { "TXT hello" } },
	    { 0 }, { 0 }, "same same" },
	{ "not wanted, ours by its id", STS, { 0 }, { 0 },
	    { { "TXT hello", "TXT v=STSv1; id=1;" } }, { 0 }, { 0 },
	    "remove differs | TXT hello, v=STSv1; id=1; > hello" },
	{ "not wanted, not ours", STS, { 0 }, { 0 },
	    { { "TXT v=STSv1; id=9;" } }, { 0 }, { 0 }, "same same" },
	{ "not wanted, a host of ours", HOST, { 0 },
	    { "CNAME h.test", "A 192.0.2.1" }, { { "CNAME h.test" } }, { 0 },
	    { 0 }, "remove differs | CNAME h.test > " },
	{ "not wanted, somebody's address", HOST, { 0 }, { "A 192.0.2.1" },
	    { { "A 192.0.2.9", "A 192.0.2.1" } }, { 0 }, { 0 },
	    "remove differs | A 192.0.2.9, 192.0.2.1 > 192.0.2.9" },

	{ "a challenge", "_acme-challenge." HOST, { "TXT abc" }, { 0 },
	    { { "TXT other" } }, { 0 }, { 0 },
	    "add differs | TXT other > other, abc" },
	{ "that is there", "_acme-challenge." HOST, { "TXT abc" }, { 0 },
	    { { "TXT other", "TXT abc" } }, { 0 }, { 0 }, "same same" },
};

/* put - a value "TYPE data" into its set */
static void
put(struct zonediff *d, struct zonediff_set *sets, const char *value)
{
	struct str type, data;

	assert_true(str_cut(str_of(value), ' ', &type, &data));
	for (unsigned t = 0; t < ZONEDIFF_TYPES; t++)
		if (str_eq(type, str_of(zone_type_name((enum zone_type)t))))
			zonediff_put(d, &sets[t], data);
}

/* put_all - those of an array */
static void
put_all(struct zonediff *d, struct zonediff_set *sets,
    const char *const values[VALUES])
{
	for (size_t i = 0; i < VALUES && values[i] != NULL; i++)
		if (values[i][0] != '\0')
			put(d, sets, values[i]);
}

/* add_server - one of a row */
static void
add_server(
    struct zonediff *d, struct zonediff_name *n, const char *const has[VALUES])
{
	struct zonediff_server *s = zonediff_server(d, n, "ns", "192.0.2.53");

	assert_non_null(s);
	s->ttl_s = 300;
	if (strcmp(has[0], "-") == 0)
		s->failed = true;
	else
		put_all(d, s->set, has);
}

/* words - values with commas between */
static void
words(const struct zonediff_set *set, struct buf *b)
{
	for (size_t i = 0; i < set->count; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		buf_put_str(b, set->v[i]);
	}
}

/* verdict - all of it as one text */
static void
verdict(const struct zonediff_name *n, struct buf *b)
{
	buf_puts(b, zonediff_state_name(n->state));
	buf_puts(b, n->foreign ? " foreign" : "");
	for (size_t i = 0; i < n->server_count; i++) {
		const struct zonediff_server *s = &n->servers[i];

		buf_puts(b,
		    s->failed	  ? " failed"
			: s->same ? " same"
				  : " differs");
		buf_puts(b, s->has_id ? ",id" : "");
		buf_puts(b, s->notes & ZONEDIFF_NOTE_WORDS ? ",words" : "");
		buf_puts(b, s->notes & ZONEDIFF_NOTE_TTL ? ",ttl" : "");
		buf_puts(
		    b, s->notes & ZONEDIFF_NOTE_ELSEWHERE ? ",elsewhere" : "");
	}
	for (size_t i = 0; i < n->change_count; i++) {
		buf_putf(b, "%s%s ", i == 0 ? " | " : "; ",
		    zone_type_name(n->change[i].type));
		words(&n->change[i].old, b);
		buf_puts(b, n->change[i].old.count > 0 ? " > " : "> ");
		words(&n->change[i].new_, b);
	}
}

/* make - the comparison of a row, judged */
static struct zonediff *
make(const struct row *row)
{
	struct zonediff *d = zonediff_new("example.org");
	struct zonediff_name *n = zonediff_at(d, row->name);

	d->id = "2";
	d->ttl_s = 300;
	zonediff_put(d, &d->ids, STR("1"));
	zonediff_put(d, &d->ids, STR("2"));
	put_all(d, n->want, row->want);
	put_all(d, n->ours, row->ours);
	for (size_t i = 0; i < 2 && row->has[i][0] != NULL; i++)
		add_server(d, n, row->has[i]);
	for (size_t i = 0; i < VALUES && row->far[i] != NULL; i++)
		zonediff_put(d, &n->servers[0].far_txt, str_of(row->far[i]));
	if (row->ends[0] != NULL) {
		zonediff_put(d, &n->want_ends, str_of(row->ends[0]));
		zonediff_put(d, &n->has_ends, str_of(row->ends[1]));
	}
	zonediff_judge(d);
	assert_false(d->short_of_memory);
	return d;
}

/* every row */
static void
test_rows(void **state)
{
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct zonediff *d = make(&rows[i]);
		struct buf b;

		buf_init(&b, 65536);
		verdict(&d->names[0], &b);
		if (strcmp(b.p, rows[i].verdict) != 0) {
			print_error("%s:\n  wanted %s\n  seen   %s\n",
			    rows[i].what, rows[i].verdict, b.p);
			bad++;
		}
		/* Judged again it is the same. */
		zonediff_judge(d);
		buf_clear(&b);
		verdict(&d->names[0], &b);
		assert_string_equal(b.p, rows[i].verdict);
		buf_free(&b);
		zonediff_free(d);
	}
	assert_int_equal(bad, 0);
}

/* another TTL is a note and no difference */
static void
test_ttl(void **state)
{
	struct zonediff *d = make(&rows[1]);

	d->names[0].servers[1].ttl_s = 60;
	zonediff_judge(d);
	assert_int_equal(d->names[0].state, ZONEDIFF_SAME);
	assert_int_equal(d->names[0].servers[0].notes, 0);
	assert_int_equal(d->names[0].servers[1].notes, ZONEDIFF_NOTE_TTL);
	assert_true(zonediff_agree(&d->names[0]));
	zonediff_free(d);
}

/* what is taken away of a challenge is its value alone */
static void
test_challenge_gone(void **state)
{
	static const struct row row = { "", "_acme-challenge." HOST,
		{ "TXT abc" }, { 0 }, { { "TXT other", "TXT abc" } }, { 0 },
		{ 0 }, "" };
	struct zonediff *d = make(&row);
	struct buf b;

	d->names[0].gone = true;
	zonediff_judge(d);
	buf_init(&b, 1000);
	verdict(&d->names[0], &b);
	assert_string_equal(b.p, "remove differs | TXT other, abc > other");
	buf_free(&b);
	zonediff_free(d);
}

/* the id is live when all servers of all names that lead to it have it */
static void
test_id_live(void **state)
{
	static const struct row cname = { "", STS, { "CNAME p.test" }, { 0 },
		{ { "CNAME p.test" }, { "CNAME p.test" } }, { 0 }, { 0 }, "" };
	struct zonediff *d = make(&rows[1]);
	struct zonediff_name *n;
	static const char *const record[VALUES] = { NAMED };
	static const char *const old[VALUES] = { "TXT v=STSv1; id=1;" };

	assert_true(zonediff_id_live(d));
	d->names[0].servers[1].failed = true;
	zonediff_judge(d);
	assert_false(zonediff_id_live(d));
	zonediff_free(d);

	/* Delegated: the CNAME, and the provider's record. */
	d = make(&cname);
	n = zonediff_at(d, "example.org._mta-sts.sts.test");
	n->watched = true;
	put_all(d, n->want, record);
	assert_false(zonediff_id_live(d));
	add_server(d, n, old);
	zonediff_judge(d);
	assert_false(zonediff_id_live(d));
	n->servers[0].set[ZONE_TXT].count = 0;
	put_all(d, n->servers[0].set, record);
	zonediff_judge(d);
	assert_true(zonediff_id_live(d));
	d->names[0].servers[0].set[ZONE_CNAME].count = 0;
	zonediff_judge(d);
	assert_false(zonediff_id_live(d));
	zonediff_free(d);
}

/* what is printed of strangers' values is safe for a terminal */
static void
test_put(void **state)
{
	static const struct row row = { "", STS, { NAMED }, { 0 },
		{ { "TXT a\033[31mb", "CNAME x.test" } }, { 0 }, { 0 }, "" };
	struct zonediff *d = make(&row);
	struct buf b;

	buf_init(&b, 1000);
	zonediff_put_has(&d->names[0], &d->names[0].servers[0], &b);
	assert_string_equal(b.p, "CNAME x.test; TXT a\\x1B[31mb");
	buf_clear(&b);
	zonediff_put_want(&d->names[0], &b);
	assert_string_equal(b.p, NAMED);
	buf_free(&b);
	zonediff_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_challenge_gone),
		cmocka_unit_test(test_id_live),
		cmocka_unit_test(test_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
