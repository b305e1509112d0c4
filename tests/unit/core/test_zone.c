/*
 * Which records a domain publishes, and their text in every format.
 *
 * The texts are in tests/vectors/zone/CASE.FORMAT.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/zone.h"
#include "core/zone_format.h"

#include "support/golden.h"

#define ID "20270102T030405"

/* A domain to publish; null for what is not given. */
struct source {
	const char *domain;
	const char *alias_of;
	const char *delegate;
	const char *defaults; /* "KEY=VALUE KEY=VALUE" */
	const char *own;
	const char *apex;
	const char *provider_apex;
	const char *id;
};

/* What a source points to while it is in use. */
struct made {
	struct arena *arena;
	struct settings defaults, own;
	struct mtasts_dname names[5];
	struct zone_source src;
	struct mtasts_diags *diags;
	struct zone *zone;
	enum mtasts_err err;
};

static void
put_settings(struct settings *s, struct arena *a, const char *text)
{
	struct str rest = str_of(text), word, name, value;
	enum settings_key key;

	while (str_cut(rest, ' ', &word, &rest), word.len > 0) {
		assert_true(str_cut(word, '=', &name, &value));
		assert_true(settings_key_find(name, &key));
		assert_int_equal(settings_put(s, a, key, value, NULL), 0);
	}
}

static const struct mtasts_dname *
put_name(struct mtasts_dname *out, const char *text)
{
	if (text == NULL)
		return NULL;
	assert_int_equal(
	    mtasts_dname_parse(text, strlen(text), out, NULL, NULL), 0);
	return out;
}

/* long_rua - report addresses whose record has several character-strings */
static void
long_rua(struct made *m)
{
	static const char *uris[] = {
		"mailto:o'brien+a!b;c,d@example.com",
		"mailto:%22quoted%22@example.com",
		"https://reports.example.net/v1/tlsrpt?domain=example.com&x=1",
		"mailto:this-is-a-rather-long-address-for-reports-about-tls-"
		"sessions-to-our-mail-servers@reports.example.org",
		"mailto:and-this-makes-the-record-longer-than-one-string@"
		"example.org",
	};

	m->defaults.rua = (struct settings_list){ uris, 5 };
}

static struct made *
make(const struct source *s)
{
	struct made *m = test_calloc(1, sizeof(*m));

	m->arena = arena_new(1u << 20);
	m->diags = mtasts_diags_new();
	assert_non_null(m->arena);
	assert_non_null(m->diags);
	settings_builtin(&m->defaults);
	if (s->defaults != NULL && strcmp(s->defaults, "long") == 0)
		long_rua(m);
	else
		put_settings(&m->defaults, m->arena, s->defaults);
	put_settings(&m->own, m->arena, s->own);
	m->src.domain = put_name(&m->names[0], s->domain);
	m->src.alias_of = put_name(&m->names[1], s->alias_of);
	m->src.delegate = put_name(&m->names[2], s->delegate);
	m->src.apex = put_name(&m->names[3], s->apex);
	m->src.provider_apex = put_name(&m->names[4], s->provider_apex);
	m->src.id = str_of(s->id != NULL ? s->id : ID);
	m->src.defaults = &m->defaults;
	m->src.own = &m->own;
	m->err = zone_plan(&m->src, &m->zone, m->diags);
	return m;
}

static void
drop(struct made *m)
{
	zone_free(m->zone);
	mtasts_diags_free(m->diags);
	arena_free(m->arena);
	test_free(m);
}

/* L63 - a label of 63 letters; with dots: long names */
#define L63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"

static const struct {
	const char *name;
	struct source source;
	const char *records; /* PART NAME TYPE DATA lines */
	const char *findings; /* their names, blanks between */
	enum mtasts_err err;
} plans[] = {
	/* REQ: TXT-1 TXT-2 TXT-3 OPS-3 */
	{ "host",
	    { .domain = "example.com",
		.defaults =
		    "host=policy.example.net rua=mailto:r@example.net" },
	    "direct mta-sts.example.com CNAME policy.example.net\n"
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n"
	    "direct _smtp._tls.example.com TXT "
	    "v=TLSRPTv1; rua=mailto:r@example.net\n",
	    "", MTASTS_OK },
	/* REQ: OPS-3 */
	{ "addresses by family",
	    { .domain = "example.com",
		.own = "addresses=2001:db8::1,192.0.2.1,192.0.2.2" },
	    "direct mta-sts.example.com A 192.0.2.1\n"
	    "direct mta-sts.example.com A 192.0.2.2\n"
	    "direct mta-sts.example.com AAAA 2001:db8::1\n"
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n",
	    "zone-no-rua", MTASTS_OK },
	{ "a domain's addresses go before the host of all",
	    { .domain = "example.com",
		.defaults = "host=policy.example.net",
		.own = "addresses=192.0.2.1 rua=mailto:r@example.com" },
	    "direct mta-sts.example.com A 192.0.2.1\n"
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n"
	    "direct _smtp._tls.example.com TXT "
	    "v=TLSRPTv1; rua=mailto:r@example.com\n",
	    "", MTASTS_OK },
	{ "a domain's host goes before the addresses of all",
	    { .domain = "example.com",
		.defaults = "addresses=192.0.2.1 rua=mailto:r@example.com",
		.own = "host=policy.example.net" },
	    "direct mta-sts.example.com CNAME policy.example.net\n"
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n"
	    "direct _smtp._tls.example.com TXT "
	    "v=TLSRPTv1; rua=mailto:r@example.com\n",
	    "", MTASTS_OK },
	{ "the policy host's own domain needs addresses",
	    { .domain = "example.com",
		.defaults = "host=mta-sts.example.com "
			    "addresses=192.0.2.1 rua=mailto:r@example.com" },
	    "direct mta-sts.example.com A 192.0.2.1\n"
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n"
	    "direct _smtp._tls.example.com TXT "
	    "v=TLSRPTv1; rua=mailto:r@example.com\n",
	    "", MTASTS_OK },
	{ "the policy host's own domain without addresses",
	    { .domain = "example.com", .defaults = "host=mta-sts.example.com" },
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n",
	    "zone-host-is-self zone-no-rua", MTASTS_OK },
	{ "nothing set", { .domain = "example.com" },
	    "direct _mta-sts.example.com TXT v=STSv1; id=" ID ";\n",
	    "zone-no-host zone-no-rua", MTASTS_OK },
	/* REQ: OPS-3 */
	{ "alias",
	    { .domain = "alias.example",
		.alias_of = "example.com",
		.defaults =
		    "host=policy.example.net rua=mailto:r@example.net" },
	    "direct mta-sts.alias.example CNAME mta-sts.example.com\n"
	    "direct _mta-sts.alias.example CNAME _mta-sts.example.com\n"
	    "direct _smtp._tls.alias.example CNAME _smtp._tls.example.com\n",
	    "", MTASTS_OK },
	{ "alias of a domain without reports",
	    { .domain = "alias.example", .alias_of = "example.com" },
	    "direct mta-sts.alias.example CNAME mta-sts.example.com\n"
	    "direct _mta-sts.alias.example CNAME _mta-sts.example.com\n",
	    "zone-no-rua", MTASTS_OK },
	/* REQ: OPS-3 */
	{ "delegated",
	    { .domain = "example.com",
		.delegate = "sts.provider.example",
		.defaults = "rua=mailto:r@provider.example" },
	    "customer mta-sts.example.com CNAME sts.provider.example\n"
	    "customer _mta-sts.example.com CNAME "
	    "example.com._mta-sts.sts.provider.example\n"
	    "customer _smtp._tls.example.com CNAME "
	    "_smtp._tls.sts.provider.example\n"
	    "provider example.com._mta-sts.sts.provider.example TXT "
	    "v=STSv1; id=" ID ";\n"
	    "provider _smtp._tls.sts.provider.example TXT "
	    "v=TLSRPTv1; rua=mailto:r@provider.example\n",
	    "", MTASTS_OK },
	{ "delegated, with report addresses of its own",
	    { .domain = "example.com",
		.delegate = "sts.provider.example",
		.defaults = "rua=mailto:r@provider.example",
		.own = "rua=mailto:own@example.com" },
	    "customer mta-sts.example.com CNAME sts.provider.example\n"
	    "customer _mta-sts.example.com CNAME "
	    "example.com._mta-sts.sts.provider.example\n"
	    "customer _smtp._tls.example.com TXT "
	    "v=TLSRPTv1; rua=mailto:own@example.com\n"
	    "provider example.com._mta-sts.sts.provider.example TXT "
	    "v=STSv1; id=" ID ";\n",
	    "", MTASTS_OK },
	{ "a delegated alias follows its target",
	    { .domain = "alias.example",
		.alias_of = "example.com",
		.delegate = "sts.provider.example",
		.defaults = "rua=mailto:r@provider.example" },
	    "customer mta-sts.alias.example CNAME sts.provider.example\n"
	    "customer _mta-sts.alias.example CNAME "
	    "example.com._mta-sts.sts.provider.example\n"
	    "customer _smtp._tls.alias.example CNAME "
	    "_smtp._tls.sts.provider.example\n"
	    "provider example.com._mta-sts.sts.provider.example TXT "
	    "v=STSv1; id=" ID ";\n"
	    "provider _smtp._tls.sts.provider.example TXT "
	    "v=TLSRPTv1; rua=mailto:r@provider.example\n",
	    "", MTASTS_OK },
	{ "delegated to its own policy host",
	    { .domain = "example.com", .delegate = "mta-sts.example.com" },
	    "customer _mta-sts.example.com CNAME "
	    "example.com._mta-sts.mta-sts.example.com\n"
	    "provider example.com._mta-sts.mta-sts.example.com TXT "
	    "v=STSv1; id=" ID ";\n",
	    "zone-host-is-self zone-no-rua", MTASTS_OK },
	/* 244 bytes: _mta-sts fits, _smtp._tls does not */
	{ "longest domain, delegated",
	    { .domain = L63 "." L63 "." L63
			    ".abcdefghijabcdefghijabcdefghijabcdefghijabcd"
			    ".example",
		.delegate = "sts.provider.example",
		.defaults = "rua=mailto:r@provider.example" },
	    "customer mta-sts." L63 "." L63 "." L63
	    ".abcdefghijabcdefghijabcdefghijabcdefghijabcd.example CNAME "
	    "sts.provider.example\n"
	    "customer _mta-sts." L63 "." L63 "." L63
	    ".abcdefghijabcdefghijabcdefghijabcdefghijabcd.example CNAME "
	    "HASH._mta-sts.sts.provider.example\n"
	    "provider HASH._mta-sts.sts.provider.example TXT "
	    "v=STSv1; id=" ID ";\n",
	    "zone-tlsrpt-long", MTASTS_OK },
	/* REQ: TXT-3 */
	{ "no id", { .domain = "example.com", .id = "" }, "", "zone-bad-id",
	    MTASTS_EINVAL },
	/* REQ: TXT-3 */
	{ "an id that would break out of its record",
	    { .domain = "example.com", .id = "1;x=\"" }, "", "zone-bad-id",
	    MTASTS_EINVAL },
	{ "a domain too long to publish",
	    { .domain = L63 "." L63 "." L63
			    ".abcdefghijabcdefghijabcdefghijabcdefghijabcde"
			    ".example" },
	    "", "zone-domain-long", MTASTS_EINVAL },
	{ "a host too long to delegate to",
	    { .domain = "example.com",
		.delegate = L63 "." L63 "." L63 ".abcdefghijabc.example" },
	    "", "zone-delegate-long", MTASTS_EINVAL },
	{ "a zone that does not hold the domain",
	    { .domain = "notexample.com",
		.apex = "example.com",
		.defaults = "host=policy.example.net" },
	    "", "zone-outside", MTASTS_EINVAL },
	{ "a zone that does not hold the provider's names",
	    { .domain = "example.com",
		.delegate = "sts.provider.example",
		.provider_apex = "a.sts.provider.example" },
	    "", "zone-outside", MTASTS_EINVAL },
};

/* hash - the label that stands for the domain of the case "longest domain" */
static const char hash[] = "d98d267dedb3b18d54c1485153d02bfc";

static void
test_plan(void **state)
{
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct made *m = make(&plans[i].source);
		struct str want = str_of(plans[i].records), before;
		struct buf b, w;

		buf_init(&b, 1u << 16);
		buf_init(&w, 1u << 16);
		print_message("%s\n", plans[i].name);
		assert_int_equal(m->err, plans[i].err);
		for (size_t n = 0; m->zone != NULL && n < m->zone->count; n++) {
			const struct zone_record *r = &m->zone->records[n];

			buf_putf(&b, "%s %s %s %s\n", zone_part_name(r->part),
			    r->name, zone_type_name(r->type), r->data);
		}
		for (size_t at;
		     (at = str_find(want, STR("HASH"))) < want.len;) {
			before = str_sub(want, 0, at);
			buf_put_str(&w, before);
			buf_puts(&w, hash);
			want = str_sub(want, at + 4, want.len);
		}
		buf_put_str(&w, want);
		assert_string_equal(b.p != NULL ? b.p : "", w.p);
		buf_clear(&b);
		for (size_t n = 0; n < mtasts_diags_count(m->diags); n++)
			buf_putf(&b, "%s%s", n > 0 ? " " : "",
			    mtasts_diags_get(m->diags, n)->name);
		assert_string_equal(b.p != NULL ? b.p : "", plans[i].findings);
		buf_free(&w);
		buf_free(&b);
		drop(m);
	}
}

static void
test_long_rua(void **state)
{
	struct made *m = make(&(struct source){ .domain = "example.com" });
	const char *uris[100];
	char uri[1001];

	zone_free(m->zone);
	m->zone = NULL;
	memset(uri, 'a', sizeof(uri));
	memcpy(uri, "mailto:", 7);
	uri[1000] = '\0';
	for (size_t i = 0; i < 100; i++)
		uris[i] = uri;
	m->own.rua = (struct settings_list){ uris, 100 };
	m->own.set |= 1u << SETTINGS_RUA;
	assert_int_equal(zone_plan(&m->src, &m->zone, m->diags), 0);
	assert_string_equal(
	    mtasts_diags_get(m->diags, mtasts_diags_count(m->diags) - 1)->name,
	    "zone-rua-long");
	assert_int_equal(m->zone->count, 1);
	drop(m);
}

static void
test_parts(void **state)
{
	enum zone_part part;
	enum zone_format format;

	for (unsigned i = 0; i < ZONE_PARTS; i++) {
		assert_true(zone_part_find(
		    str_of(zone_part_name((enum zone_part)i)), &part));
		assert_int_equal(part, i);
	}
	assert_false(zone_part_find(STR("custom"), &part));
	for (unsigned i = 0; i < ZONE_FORMATS; i++) {
		assert_true(zone_format_find(
		    str_of(zone_format_name((enum zone_format)i)), &format));
		assert_int_equal(format, i);
	}
	assert_false(zone_format_find(STR("binds"), &format));
}

static const struct {
	const char *name; /* of the files */
	struct source source;
} texts[] = {
	/* REQ: TXT-1 TXT-2 P1 P2 P3 */
	{ "direct",
	    { .domain = "example.com",
		.defaults = "long",
		.own = "addresses=192.0.2.1,2001:db8::1,192.0.2.2" } },
	{ "host",
	    { .domain = "sub.example.com",
		.apex = "example.com",
		.defaults = "host=policy.example.net rua=mailto:r@example.net "
			    "ttl=30" } },
	{ "delegated",
	    { .domain = "163.example",
		.delegate = "sts.provider.example",
		.defaults = "rua=mailto:r@provider.example" } },
};

static void
check_golden(const struct zone *z, const char *name, enum zone_format format)
{
	char file[128];
	struct buf b;

	buf_init(&b, 1u << 16);
	zone_format(z, format, &b);
	snprintf(
	    file, sizeof(file), "zone/%s.%s", name, zone_format_name(format));
	golden_check(file, &b);
	buf_free(&b);
}

static void
test_formats(void **state)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct made *m = make(&texts[i].source);

		assert_int_equal(m->err, MTASTS_OK);
		assert_int_equal(mtasts_diags_count(m->diags), 0);
		for (unsigned f = 0; f < ZONE_FORMATS; f++)
			check_golden(
			    m->zone, texts[i].name, (enum zone_format)f);
		drop(m);
	}
}

/* One part alone is a piece of the whole. */
static void
test_one_part(void **state)
{
	struct made *m = make(&texts[2].source);
	struct buf whole, part;

	buf_init(&whole, 1u << 16);
	buf_init(&part, 1u << 16);
	zone_format(m->zone, ZONE_FORMAT_BIND, &whole);
	zone_format_part(m->zone, ZONE_FORMAT_BIND, ZONE_DIRECT, &part);
	assert_int_equal(part.len, 0);
	zone_format_part(m->zone, ZONE_FORMAT_BIND, ZONE_PROVIDER, &part);
	assert_true(str_ends(buf_str(&whole), buf_str(&part)));
	assert_true(part.len > 0 && part.len < whole.len);
	buf_free(&part);
	buf_free(&whole);
	drop(m);
}

/* A tool that cannot take it all is told so, once, at the end. */
static void
test_full_buffer(void **state)
{
	struct made *m = make(&texts[0].source);

	for (unsigned f = 0; f < ZONE_FORMATS; f++) {
		struct buf b;

		buf_init(&b, 100);
		zone_format(m->zone, (enum zone_format)f, &b);
		assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
		buf_free(&b);
	}
	drop(m);
}

/* Bytes that no URI has still break out of nothing. */
static void
test_escapes(void **state)
{
	static const struct zone_record record = { ZONE_DIRECT, ZONE_TXT,
		"x.example", "a\"b\\c'd\n\x7f${e}%{f};" };
	struct zone z = { .domain = "example",
		.ttl_s = 60,
		.parts = { true },
		.apex = { "example" },
		.records = &record,
		.count = 1 };
	static const struct {
		enum zone_format format;
		const char *want;
	} rows[] = {
		{ ZONE_FORMAT_BIND, "\"a\\\"b\\\\c'd\\010\\127${e}%{f};\"" },
		{ ZONE_FORMAT_PDNSUTIL,
		    "'\"a\\\"b\\\\c'\\''d\\010\\127${e}%{f};\"'" },
		{ ZONE_FORMAT_POWERDNS_JSON,
		    "\"\\\"a\\\\\\\"b\\\\\\\\c'd\\\\010\\\\127${e}%{f};\\\"\"" },
		{ ZONE_FORMAT_DNSCONTROL,
		    "\"a\\\"b\\\\c'd\\u000a\\u007f${e}%{f};\"" },
		{ ZONE_FORMAT_TERRAFORM,
		    "\"\\\"a\\\\\\\"b\\\\\\\\c'd\\\\010\\\\127$${e}%%{f};\\\"\"" },
		{ ZONE_FORMAT_TERRAFORM_ROUTE53,
		    "\"a\\\\\\\"b\\\\\\\\c'd\\\\010\\\\127$${e}%%{f};\"" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 4096);
		zone_format(&z, rows[i].format, &b);
		if (strstr(b.p, rows[i].want) == NULL)
			fail_msg("%s: no %s in\n%s",
			    zone_format_name(rows[i].format), rows[i].want,
			    b.p);
		buf_free(&b);
	}
}

/* listed - is the name among the findings of the cases above? */
static bool
listed(const char *name)
{
	if (strcmp(name, "zone-rua-long") == 0) /* test_long_rua */
		return true;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		if (strstr(plans[i].findings, name) != NULL)
			return true;
	return false;
}

/* Every rule is triggered by a case. */
static void
test_rules(void **state)
{
	for (size_t i = 0; zone_rules[i] != NULL; i++)
		if (!listed(zone_rules[i]->name))
			fail_msg("%s is not tested", zone_rules[i]->name);
	for (size_t i = 0; zone_name_rules[i] != NULL; i++)
		if (!listed(zone_name_rules[i]->name))
			fail_msg("%s is not tested", zone_name_rules[i]->name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_long_rua),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_one_part),
		cmocka_unit_test(test_full_buffer),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
