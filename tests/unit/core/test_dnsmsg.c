/*
 * test_dnsmsg - answers, true ones and lies
 */
#include "core/dnsmsg.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/dnsprint.h"
#include "support/dnswire.h"

#define OK     (WIRE_QR | WIRE_RD | WIRE_RA)
#define NX     (OK | 3)
#define TXT    DNSTYPE_TXT
#define STS    "_mta-sts.a.example"
#define SOA    ns_t_soa
#define CNAME  ns_t_cname
#define RECORD "v=STSv1; id=1;"

/* What is asked, what comes, and what it means. */
struct row {
	const char *name;
	enum dnstype type;
	unsigned flags;
	struct wire_record v[6];
	const char *want;
};

/* clang-format off */
static const struct row rows[] = {
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 300, RECORD, 0 } },
	"found ttl=300 cnames=0 _mta-sts.a.example: \"v=STSv1; id=1;\"" },
/* REQ: TXT-5 */
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 300, "v=STSv1;| id=|1;|", 0 } },
	"found ttl=300 cnames=0 _mta-sts.a.example: \"v=STSv1; id=1;\"" },
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 300, "", 0 } },
	"found ttl=300 cnames=0 _mta-sts.a.example: \"\"" },
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 300, "\4a\0\"\n", 5 } },
	"found ttl=300 cnames=0 _mta-sts.a.example: \"a\\x00\"\\n\"" },
/* The lowest TTL counts; whatever the case of names. */
{ "a.example", DNSTYPE_MX, OK,
	{ { WIRE_AN, "A.Example", 15, 300, "10 MX1.a.Example", 0 },
	  { WIRE_AN, "a.EXAMPLE", 15, 30, "20 mx2.a.example", 0 } },
	"found ttl=30 cnames=0 a.example: 10/mx1.a.example "
	"20/mx2.a.example" },
/* RFC 7505: a null MX */
{ "a.example", DNSTYPE_MX, OK, { { WIRE_AN, "a.example", 15, 1, "0 .", 0 } },
	"found ttl=1 cnames=0 a.example: 0/" },
/* Names that are none of hosts: printable, refused by mtasts_dname_parse */
{ "a.example", DNSTYPE_MX, OK,
	{ { WIRE_AN, "a.example", 15, 1, "0 a\\.b\\032\\009.A\\255", 0 } },
	"found ttl=1 cnames=0 a.example: 0/a\\.b\\032\\009.a\\255" },
{ "a.example", DNSTYPE_A, OK, { { WIRE_AN, "a.example", 1, 9, "192.0.2.1", 0 } },
	"found ttl=9 cnames=0 a.example: 192.0.2.1" },
{ "a.example", DNSTYPE_AAAA, OK,
	{ { WIRE_AN, "a.example", 28, 9, "2001:db8::1", 0 } },
	"found ttl=9 cnames=0 a.example: 2001:db8::1" },
{ "_25._tcp.a.example", DNSTYPE_TLSA, OK,
	{ { WIRE_AN, "_25._tcp.a.example", 52, 9, "3 1 1 00ff", 0 },
	  { WIRE_AN, "_25._tcp.a.example", 52, 9, "2 0 0", 0 } },
	"found ttl=9 cnames=0 _25._tcp.a.example: 3/1/1/00ff 2/0/0/" },
{ "a.example", DNSTYPE_NS, OK,
	{ { WIRE_AN, "a.example", 2, 9, "NS1.A.example", 0 },
	  { WIRE_AN, "a.example", 2, 9, ".", 0 } },
	"found ttl=9 cnames=0 a.example: ns1.a.example " },
{ "a.example", DNSTYPE_CAA, OK,
	{ { WIRE_AN, "a.example", 257, 9, "0 issue ca.example; x=1", 0 },
	  { WIRE_AN, "a.example", 257, 9, "128 iodef ", 0 },
	  { WIRE_AN, "a.example", 257, 9, "\0\1a", 3 },
	  { WIRE_AN, "a.example", 257, 9, "\0\2\0\nb\xff", 6 } },
	"found ttl=9 cnames=0 a.example: 0/issue/ca.example; x=1 128/iodef/ "
	"0/a/ 0/\\x00\\n/b\\xFF" },
{ "", DNSTYPE_DNSKEY, OK, { { WIRE_AN, ".", 48, 9, "x", 0 } },
	"found ttl=9 cnames=0 : key" },
{ "a.example", DNSTYPE_CNAME, OK,
	{ { WIRE_AN, "a.example", CNAME, 9, "B.example.", 0 } },
	"found ttl=9 cnames=0 a.example: b.example" },

/* REQ: TXT-6 */
{ STS, TXT, OK,
	{ { WIRE_AN, STS, CNAME, 60, "_mta-sts.B.example", 0 },
	  { WIRE_AN, "_mta-sts.b.example", CNAME, 10, "c.example", 0 },
	  { WIRE_AN, "c.example", TXT, 300, RECORD, 0 } },
	"found ttl=10 cnames=2 c.example: \"v=STSv1; id=1;\"" },
/* in any order, with the DNAME that the CNAME was made from */
{ STS, TXT, OK,
	{ { WIRE_AN, "c.example", TXT, 300, RECORD, 0 },
	  { WIRE_AN, "_mta-sts.b.example", CNAME, 10, "c.example", 0 },
	  { WIRE_AN, "a.example", ns_t_dname, 5, "b.example", 0 },
	  { WIRE_AN, STS, CNAME, 60, "_mta-sts.b.example", 0 } },
	"found ttl=10 cnames=2 c.example: \"v=STSv1; id=1;\"" },
/* of two at one name the first */
{ STS, TXT, OK,
	{ { WIRE_AN, STS, CNAME, 60, "b.example", 0 },
	  { WIRE_AN, STS, CNAME, 60, "c.example", 0 },
	  { WIRE_AN, "b.example", TXT, 300, RECORD, 0 } },
	"found ttl=60 cnames=1 b.example: \"v=STSv1; id=1;\"" },
{ STS, TXT, NX,
	{ { WIRE_AN, STS, CNAME, 60, "b.example", 0 },
	  { WIRE_NS, "example", SOA, 90, "40", 0 } },
	"nxdomain ttl=40 cnames=1 b.example:" },
{ "a.example", TXT, OK, { { WIRE_AN, "a.example", CNAME, 60, "a.example", 0 } },
	"malformed: the CNAME chain is too long, or a loop" },
{ "a.example", TXT, OK,
	{ { WIRE_AN, "a.example", CNAME, 60, "b.example", 0 },
	  { WIRE_AN, "b.example", CNAME, 60, "A.example", 0 } },
	"malformed: the CNAME chain is too long, or a loop" },

/* Nothing: until when? RFC 2308 section 5 */
{ STS, TXT, NX, { { WIRE_NS, "a.example", SOA, 300, "60", 0 } },
	"nxdomain ttl=60 cnames=0 _mta-sts.a.example:" },
{ STS, TXT, OK, { { WIRE_NS, "", SOA, 30, "60", 0 } },
	"nodata ttl=30 cnames=0 _mta-sts.a.example:" },
{ STS, TXT, OK, { { WIRE_NS, STS, SOA, 30, "60", 0 } },
	"nodata ttl=30 cnames=0 _mta-sts.a.example:" },
{ STS, TXT, OK, { { 0, NULL, 0, 0, NULL, 0 } },
	"nodata ttl=0 cnames=0 _mta-sts.a.example:" },
{ STS, TXT, OK, { { WIRE_NS, "b.example", SOA, 30, "60", 0 } },
	"nodata ttl=0 cnames=0 _mta-sts.a.example:" },
{ "x\\.a.example", TXT, OK, { { WIRE_NS, "a.example", SOA, 30, "60", 0 } },
	"nodata ttl=0 cnames=0 x\\.a.example:" },
{ "x\\\\.a.example", TXT, OK, { { WIRE_NS, "a.example", SOA, 30, "60", 0 } },
	"nodata ttl=30 cnames=0 x\\\\.a.example:" },
{ STS, TXT, OK, { { WIRE_NS, "a.example", SOA, 300, "\0\0abcd", 6 } },
	"nodata ttl=0 cnames=0 _mta-sts.a.example:" },
/* RFC 2181 section 8 */
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 0x80000000u, RECORD, 0 } },
	"found ttl=0 cnames=0 _mta-sts.a.example: \"v=STSv1; id=1;\"" },
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 0x7fffffffu, RECORD, 0 } },
	"found ttl=2147483647 cnames=0 _mta-sts.a.example: "
	"\"v=STSv1; id=1;\"" },

/* What was not asked for does not count. */
{ STS, TXT, OK,
	{ { WIRE_AN, "b.example", TXT, 5, RECORD, 0 },
	  { WIRE_AN, STS, 1, 5, "192.0.2.1", 0 },
	  { WIRE_AN, STS, TXT, 300, RECORD, 0 },
	  { WIRE_AR, STS, TXT, 5, "x", 0 },
	  { WIRE_AR, ".", ns_t_opt, 0, NULL, 0 } },
	"found ttl=300 cnames=0 _mta-sts.a.example: \"v=STSv1; id=1;\"" },
{ STS, TXT, OK, { { WIRE_NS, STS, TXT, 300, RECORD, 0 } },
	"nodata ttl=0 cnames=0 _mta-sts.a.example:" },

/* Failures */
{ STS, TXT, OK | 2, { { WIRE_AN, STS, TXT, 300, RECORD, 0 } },
	"servfail: the server answered SERVFAIL" },
{ STS, TXT, OK | 5, { { 0, NULL, 0, 0, NULL, 0 } },
	"servfail: the server answered REFUSED" },
{ STS, TXT, OK | 10, { { 0, NULL, 0, 0, NULL, 0 } },
	"servfail: the server answered NOTZONE" },
{ STS, TXT, OK | 11, { { 0, NULL, 0, 0, NULL, 0 } },
	"servfail: the server answered code 11" },
/* EDNS keeps the upper bits: BADVERS looks like success. */
{ STS, TXT, OK, { { WIRE_AR, ".", ns_t_opt, 1u << 24, NULL, 0 } },
	"servfail: the server answered code 16" },
{ STS, TXT, OK | WIRE_TC, { { WIRE_AN, STS, TXT, 300, RECORD, 0 } },
	"malformed: the answer is cut off" },
{ STS, TXT, OK & ~WIRE_QR, { { WIRE_AN, STS, TXT, 300, RECORD, 0 } },
	"malformed: the message is no response" },
{ STS, TXT, OK | 0x2800, { { WIRE_AN, STS, TXT, 300, RECORD, 0 } },
	"malformed: the message is no answer to a query" },
{ STS, TXT, NX, { { WIRE_AN, STS, TXT, 300, RECORD, 0 } },
	"malformed: a name that is not there has records" },
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 300, "\5abc", 4 } },
	"malformed: a string of a TXT record is cut off" },
{ STS, TXT, OK, { { WIRE_AN, STS, TXT, 300, NULL, 0 } },
	"malformed: a TXT record has no string" },
{ "a.example", DNSTYPE_A, OK, { { WIRE_AN, "a.example", 1, 9, "abcde", 5 } },
	"malformed: an address has a wrong length" },
{ "a.example", DNSTYPE_AAAA, OK, { { WIRE_AN, "a.example", 28, 9, "abcd", 4 } },
	"malformed: an address has a wrong length" },
{ "a.example", DNSTYPE_TLSA, OK, { { WIRE_AN, "a.example", 52, 9, "\3\1", 2 } },
	"malformed: a TLSA record is too short" },
{ "a.example", DNSTYPE_CAA, OK, { { WIRE_AN, "a.example", 257, 9, NULL, 0 } },
	"malformed: a CAA record is too short" },
{ "a.example", DNSTYPE_CAA, OK, { { WIRE_AN, "a.example", 257, 9, "\0\0", 2 } },
	"malformed: a CAA record is too short" },
{ "a.example", DNSTYPE_CAA, OK, { { WIRE_AN, "a.example", 257, 9, "\0\0a", 3 } },
	"malformed: the tag of a CAA record has a wrong length" },
{ "a.example", DNSTYPE_CAA, OK,
	{ { WIRE_AN, "a.example", 257, 9, "\0\6issue", 7 } },
	"malformed: the tag of a CAA record has a wrong length" },
{ "a.example", DNSTYPE_CAA, OK,
	{ { WIRE_AN, "a.example", 257, 9, "\0\xffissue", 7 } },
	"malformed: the tag of a CAA record has a wrong length" },
{ "a.example", DNSTYPE_NS, OK, { { WIRE_AN, "a.example", 2, 9, NULL, 0 } },
	"malformed: a name in a record does not parse" },
{ "a.example", DNSTYPE_NS, OK, { { WIRE_AN, "a.example", 2, 9, "\0x", 2 } },
	"malformed: a name in a record does not parse" },
{ "a.example", DNSTYPE_MX, OK, { { WIRE_AN, "a.example", 15, 9, "\0\1", 2 } },
	"malformed: an MX record is too short" },
{ "a.example", DNSTYPE_MX, OK,
	{ { WIRE_AN, "a.example", 15, 9, "\0\1\1a\0\0", 6 } },
	"malformed: a name in a record does not parse" },
{ "a.example", DNSTYPE_MX, OK,
	{ { WIRE_AN, "a.example", 15, 9, "\0\1\xff\xff", 4 } },
	"malformed: a name in a record does not parse" },
{ "a.example", TXT, OK, { { WIRE_AN, "a.example", CNAME, 9, "\1", 1 } },
	"malformed: a name in a record does not parse" },
};
/* clang-format on */

/* expect - what a message means */
static void
expect(
    const struct wire *w, const char *name, enum dnstype type, const char *want)
{
	struct dnsfact *fact = NULL;
	struct buf line;

	buf_init(&line, 1u << 20);
	assert_int_equal(dnsmsg_parse(str_make((const char *)w->p, w->len),
			     name, type, &fact),
	    MTASTS_OK);
	dnsprint(&line, fact);
	assert_string_equal(line.p, want);
	assert_false(fact->secure);
	assert_int_equal(fact->type, type);
	assert_true(dnsfact_failed(fact) == (*fact->why != '\0'));
	dnsfact_free(fact);
	buf_free(&line);
}

/* REQ: TXT-5 TXT-6 */
static void
test_rows(void **state)
{
	static struct wire w;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];

		wire_begin(&w, 1, row->flags, row->name, row->type);
		for (size_t k = 0; k < 6 && row->v[k].owner != NULL; k++)
			wire_add(&w, &row->v[k]);
		print_message("%s\n", row->want);
		expect(&w, row->name, row->type, row->want);
	}
}

/* test_question - another name, type, class, none, two */
static void
test_question(void **state)
{
	static struct wire w;
	const char *other = "malformed: the answer is to another question";
	const char *many = "malformed: the answer has not exactly one question";

	wire_begin(&w, 1, OK, "_MTA-sts.A.example", TXT);
	expect(&w, STS, TXT, "nodata ttl=0 cnames=0 _mta-sts.a.example:");
	wire_begin(&w, 1, OK, "_mta-sts.b.example", TXT);
	expect(&w, STS, TXT, other);
	wire_begin(&w, 1, OK, STS, DNSTYPE_A);
	expect(&w, STS, TXT, other);
	wire_begin(&w, 1, OK, STS, TXT);
	w.p[w.len - 1] = ns_c_chaos;
	expect(&w, STS, TXT, other);
	wire_begin(&w, 1, OK, STS, 0);
	expect(&w, STS, TXT, many);
	wire_begin(&w, 1, OK, STS, TXT);
	w.p[5] = 2;
	wire_name(&w, STS);
	wire_u16(&w, TXT);
	wire_u16(&w, ns_c_in);
	expect(&w, STS, TXT, many);
	/* FORMERR comes without the question. */
	wire_begin(&w, 1, OK | 1, STS, 0);
	expect(&w, STS, TXT, "servfail: the server answered FORMERR");
}

/* test_class - records of CHAOS are none of ours */
static void
test_class(void **state)
{
	static struct wire w;
	struct wire_record rec = { WIRE_AN, STS, TXT, 300, RECORD, 0 };
	struct wire_record alias = { WIRE_AN, STS, CNAME, 60, "b.example", 0 };

	wire_begin(&w, 1, OK, STS, TXT);
	wire_record_of(&w, &rec, ns_c_chaos);
	wire_record_of(&w, &alias, ns_c_chaos);
	expect(&w, STS, TXT, "nodata ttl=0 cnames=0 _mta-sts.a.example:");
}

/* test_cut - every beginning of a message is malformed */
static void
test_cut(void **state)
{
	static struct wire w;
	struct wire_record rec = { WIRE_AN, STS, TXT, 300, RECORD, 0 };
	size_t whole;

	wire_begin(&w, 1, OK, STS, TXT);
	wire_add(&w, &rec);
	whole = w.len;
	for (w.len = 0; w.len < whole; w.len++)
		expect(&w, STS, TXT, "malformed: the message does not parse");
	wire_u8(&w, 0);
	w.len = whole + 1;
	expect(&w, STS, TXT, "malformed: the message does not parse");
}

/* test_pointers - compressed names: good, to themselves, out of the message */
static void
test_pointers(void **state)
{
	static const struct {
		unsigned pointer;
		const char *want;
	} v[] = {
		{ 0xc00c, "found ttl=7 cnames=0 a.example: \"x\"" },
		{ 0xc01b, "malformed: the name of a record does not parse" },
		{ 0xffff, "malformed: the name of a record does not parse" },
	};
	static struct wire w;

	for (size_t i = 0; i < 3; i++) {
		wire_begin(&w, 1, OK, "a.example", TXT);
		assert_int_equal(w.len, 0x1b);
		w.p[7] = 1;
		wire_u16(&w, v[i].pointer);
		wire_u16(&w, TXT);
		wire_u16(&w, ns_c_in);
		wire_u32(&w, 7);
		wire_u16(&w, 2);
		wire_txt(&w, "x");
		expect(&w, "a.example", TXT, v[i].want);
	}
}

/* chain - a.example -> 1.example -> ... and one TXT at its end */
static void
chain(struct wire *w, unsigned links)
{
	char owner[32] = "a.example", target[32];
	struct wire_record txt = { WIRE_AN, owner, TXT, 7, "x", 0 };
	struct wire_record alias = { WIRE_AN, owner, CNAME, 7, target, 0 };

	wire_begin(w, 1, OK, "a.example", TXT);
	for (unsigned i = 1; i <= links; i++) {
		snprintf(target, sizeof(target), "%u.example", i);
		wire_add(w, &alias);
		memcpy(owner, target, sizeof(owner));
	}
	wire_add(w, &txt);
}

/* test_long_chain - as long as allowed, and one more */
static void
test_long_chain(void **state)
{
	static struct wire w;

	chain(&w, DNSFACT_CNAMES_MAX);
	expect(&w, "a.example", TXT, "found ttl=7 cnames=16 16.example: \"x\"");
	chain(&w, DNSFACT_CNAMES_MAX + 1);
	expect(&w, "a.example", TXT,
	    "malformed: the CNAME chain is too long, or a loop");
	chain(&w, 65);
	expect(
	    &w, "a.example", TXT, "malformed: the answer has too many CNAMEs");
}

/* test_chain_names - the names on the way, none without CNAMEs */
static void
test_chain_names(void **state)
{
	static struct wire w;
	struct dnsfact *fact = NULL;
	char want[32];

	for (unsigned links = 0; links <= DNSFACT_CNAMES_MAX; links++) {
		chain(&w, links);
		assert_int_equal(
		    dnsmsg_parse(str_make((const char *)w.p, w.len),
			"a.example", TXT, &fact),
		    MTASTS_OK);
		assert_int_equal(fact->cnames, links);
		assert_true((fact->chain == NULL) == (links == 0));
		for (unsigned i = 0; i < links; i++) {
			snprintf(want, sizeof(want), "%u.example", i + 1);
			assert_string_equal(fact->chain[i], want);
		}
		if (links > 0)
			assert_string_equal(fact->canonical, want);
		dnsfact_free(fact);
	}
}

/* test_many - 200 records, and more than fit */
static void
test_many(void **state)
{
	static struct wire w;
	struct wire_record rec = { WIRE_AN, "a.example", TXT, 7, "x", 0 };

	wire_begin(&w, 1, OK, "a.example", TXT);
	for (unsigned i = 0; i < 200; i++)
		wire_add(&w, &rec);
	expect(&w, "a.example", TXT,
	    "found ttl=7 cnames=0 a.example: "
	    "\"x\" \"x\" \"x\" \"x\" \"x\" and 195 more");
	for (unsigned i = 200; i < 1500; i++)
		wire_add(&w, &rec);
	expect(&w, "a.example", TXT,
	    "found ttl=7 cnames=0 a.example: "
	    "\"x\" \"x\" \"x\" \"x\" \"x\" and 995 more");
}

/* test_large - 64 KiB of TXT, and a thousand MX names of 1,000 characters */
static void
test_large(void **state)
{
	static struct wire w;
	static char text[65100];
	struct wire_record rec = { WIRE_AN, "a.example", TXT, 7, text, 0 };
	struct dnsfact *fact = NULL;
	size_t name_at;

	memset(text, 'x', 65000);
	wire_begin(&w, 1, OK, "a.example", TXT);
	wire_add(&w, &rec);
	assert_true(w.len > 65000);
	assert_int_equal(dnsmsg_parse(str_make((const char *)w.p, w.len),
			     "a.example", TXT, &fact),
	    MTASTS_OK);
	assert_int_equal(fact->records[0].txt.len, 65000);
	dnsfact_free(fact);

	wire_begin(&w, 1, OK, "a.example", DNSTYPE_MX);
	name_at = w.len;
	for (unsigned i = 0; i < 4; i++) {
		/* all of it escaped, "\001" */
		memset(text, 1, 61);
		wire_u8(&w, 61);
		wire_put(&w, text, 61);
	}
	wire_u8(&w, 0);
	/* Hidden in the record of another type. */
	memmove(w.p + name_at + 21, w.p + name_at, w.len - name_at);
	w.len = name_at;
	wire_name(&w, "a.example");
	wire_u16(&w, 99);
	wire_u16(&w, ns_c_in);
	wire_u32(&w, 7);
	wire_u16(&w, 249);
	w.len += 249;
	name_at += 21;
	for (unsigned i = 0; i < 1200; i++) {
		wire_u16(&w, 0xc00c);
		wire_u16(&w, DNSTYPE_MX);
		wire_u16(&w, ns_c_in);
		wire_u32(&w, 7);
		wire_u16(&w, 4);
		wire_u16(&w, i);
		wire_u16(&w, 0xc000u | (unsigned)name_at);
	}
	w.p[6] = 1201 >> 8;
	w.p[7] = 1201 & 0xff;
	assert_int_equal(dnsmsg_parse(str_make((const char *)w.p, w.len),
			     "a.example", DNSTYPE_MX, &fact),
	    MTASTS_OK);
	assert_string_equal(fact->why, "");
	assert_int_equal(fact->count, DNSFACT_RECORDS_MAX);
	assert_int_equal(strlen(fact->records[999].mx.name), 4 * 61 * 4 + 3);
	dnsfact_free(fact);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_question),
		cmocka_unit_test(test_class),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_long_chain),
		cmocka_unit_test(test_chain_names),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
