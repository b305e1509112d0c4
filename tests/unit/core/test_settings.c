/*
 * test_settings.c - reading, writing, merging settings; the policy they give
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/limits.h"
#include "core/polname.h"
#include "core/settings.h"

static struct arena *arena;
static struct mtasts_diags *diags;

static int
set_up(void **state)
{
	arena = arena_new(16u << 20);
	diags = mtasts_diags_new();
	return arena == NULL || diags == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	arena_free(arena);
	mtasts_diags_free(diags);
	return 0;
}

/* text_of - a key's value as text */
static const char *
text_of(const struct settings *s, enum settings_key key)
{
	const char *text;
	struct buf b;

	buf_init(&b, 1u << 20);
	settings_get(s, key, &b);
	text = arena_dup(arena, buf_str(&b));
	buf_free(&b);
	return text;
}

static const struct {
	const char *key, *value;
	const char *text; /* as it is kept; null: refused */
	const char *finding; /* "" for none */
} values[] = {
	{ "mode", "testing", "testing", "" },
	{ "mode", " enforce ", "enforce", "" },
	{ "mode", "none", "none", "" },
	{ "mode", "enforced", NULL, "set-mode" },
	{ "mode", "Testing", NULL, "set-mode" },
	{ "mode", "report", NULL, "set-mode" },
	{ "mode", "", NULL, "set-mode" },
	/* REQ: POL-7 POL-8 */
	{ "mx", "mail.example.org", "mail.example.org", "" },
	{ "mx", "b.example, a.example\n*.c.example",
	    "b.example,a.example,*.c.example", "" },
	{ "mx", "A.Example.,a.example,,", "a.example", "" },
	{ "mx", "m\xc3\xa4il.example", "xn--mil-qla.example", "" },
	{ "mx", "", "", "" },
	/* REQ: OPS-5 */
	{ "mx", "*.org", "*.org", "set-mx-wide" },
	{ "mx", "auto", "auto", "" },
	{ "mx", "certificates", "certificates", "" },
	{ "mx", "auto,mail.example.org", "auto,mail.example.org", "" },
	{ "mx", "10 mail.example.org", NULL, "set-mx" },
	{ "mx", "mail.example.org:25", NULL, "set-mx" },
	{ "mx", "https://mail.example.org", NULL, "set-mx" },
	{ "mx", "192.0.2.1", NULL, "set-mx" },
	{ "mx", "[192.0.2.1]", NULL, "set-mx" },
	{ "mx", ".example.org", NULL, "set-mx" },
	{ "mx", "a.*.example.org", NULL, "set-mx" },
	{ "mx", "*", NULL, "set-mx" },
	{ "mx", "a..example", NULL, "set-mx" },
	{ "mx", "me@example.org", NULL, "set-mx" },
	{ "mx", "a.example,-b.example", NULL, "set-mx" },
	/* REQ: POL-9 */
	{ "max-age", "604800", "1w", "" },
	{ "max-age", "1w", "1w", "" },
	{ "max-age", "31557600", "8766h", "" },
	{ "max-age", "86400", "1d", "" },
	{ "max-age", "3600", "1h", "set-max-age-short" },
	{ "max-age", "31557601", NULL, "set-max-age" },
	{ "max-age", "0", NULL, "set-max-age" },
	{ "max-age", "-1", NULL, "set-max-age" },
	{ "max-age", "1500ms", NULL, "set-max-age" },
	{ "max-age", "99999999999999999999", NULL, "set-max-age" },
	{ "max-age", "", NULL, "set-max-age" },
	/* REQ: P2 P3 */
	{ "rua", "mailto:tls@example.org", "mailto:tls@example.org", "" },
	{ "rua", "mailto:a@b.example https://r.example/v1",
	    "mailto:a@b.example,https://r.example/v1", "" },
	{ "rua", "", "", "" },
	{ "rua", "tls@example.org", NULL, "set-rua" },
	{ "rua", "ftp://example.org/", NULL, "set-rua" },
	{ "rua", "mailto:a@b.example!10m", NULL, "set-rua" },
	{ "rua", "mailto:a;b@c.example", NULL, "set-rua" },
	{ "rua", "mailto:", NULL, "set-rua" },
	{ "rua", "https://", NULL, "set-rua" },
	{ "host", "STS.example.net.", "sts.example.net", "" },
	{ "host", "", "", "" },
	{ "host", "a b", NULL, "set-host" },
	{ "host", "192.0.2.1", NULL, "set-host" },
	{ "addresses", "192.0.2.1,2001:DB8:0::1", "192.0.2.1,2001:db8::1", "" },
	{ "addresses", "", "", "" },
	{ "addresses", "192.0.2.1/24", NULL, "set-addresses" },
	{ "addresses", "192.0.2.256", NULL, "set-addresses" },
	{ "addresses", "::g", NULL, "set-addresses" },
	{ "addresses", "mail.example.org", NULL, "set-addresses" },
	{ "addresses", "11111111111111111111111111111111111111111111111111",
	    NULL, "set-addresses" },
	{ "delegate", "MTA-STS.provider.example.", "mta-sts.provider.example",
	    "" },
	{ "delegate", "", "", "" },
	{ "delegate", "a b", NULL, "set-delegate" },
	{ "ttl", "300", "5m", "" },
	{ "ttl", "1w", "1w", "" },
	{ "ttl", "8d", NULL, "set-ttl" },
	{ "ttl", "0", NULL, "set-ttl" },
};

static void
reads_values(void **state)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct settings s = { .host = "" };
		enum settings_key key;
		const struct mtasts_finding *f;
		enum mtasts_err err;

		mtasts_diags_free(diags);
		diags = mtasts_diags_new();
		assert_true(settings_key_find(str_of(values[i].key), &key));
		err = settings_put(
		    &s, arena, key, str_of(values[i].value), diags);
		f = mtasts_diags_get(diags, 0);
		if (strcmp(f ? f->name : "", values[i].finding) != 0)
			print_message("%s=%s: %s\n", values[i].key,
			    values[i].value, f ? f->message : "");
		assert_string_equal(f ? f->name : "", values[i].finding);
		if (values[i].text == NULL) {
			assert_int_equal(err, MTASTS_ESYNTAX);
			assert_int_equal(s.set, 0);
			assert_true(strlen(f->fix) > 10);
			continue;
		}
		assert_int_equal(err, MTASTS_OK);
		assert_int_equal(s.set, 1u << key);
		assert_string_equal(text_of(&s, key), values[i].text);
		/* What is written can be read again. */
		assert_int_equal(
		    settings_put(&s, arena, key, str_of(values[i].text), NULL),
		    MTASTS_OK);
		assert_string_equal(text_of(&s, key), values[i].text);
	}
}

static void
all_faults_of_a_list(void **state)
{
	struct settings s = { .host = "" };

	assert_int_equal(settings_put(&s, arena, SETTINGS_MX,
			     STR("a..b,ok.example,c:25,10"), diags),
	    MTASTS_ESYNTAX);
	assert_int_equal(mtasts_diags_count(diags), 3);
}

/* long_list - a list of count items made by a format with %zu */
static const char *
long_list(size_t count, const char *tail)
{
	const char *text;
	struct buf b;

	buf_init(&b, 4u << 20);
	for (size_t i = 0; i < count; i++)
		buf_putf(&b, "m%zu%s,", i, tail);
	text = arena_dup(arena, buf_str(&b));
	buf_free(&b);
	return text;
}

static void
lists_have_bounds(void **state)
{
	struct settings s = { .host = "" };
	char tail[100];

	assert_int_equal(
	    settings_put(&s, arena, SETTINGS_MX,
		str_of(long_list(LIMIT_MX_COUNT, ".example")), diags),
	    MTASTS_OK);
	assert_int_equal(s.mx.count, LIMIT_MX_COUNT);
	assert_int_equal(
	    settings_put(&s, arena, SETTINGS_MX,
		str_of(long_list(LIMIT_MX_COUNT + 1, ".example")), diags),
	    MTASTS_ESYNTAX);
	assert_string_equal(mtasts_diags_get(diags, 0)->name, "set-list-long");
	/* REQ: FET-9 */
	snprintf(tail, sizeof(tail), ".%050d.%030d.example", 1, 1);
	assert_int_equal(settings_put(&s, arena, SETTINGS_MX,
			     str_of(long_list(LIMIT_MX_COUNT, tail)), diags),
	    MTASTS_ESYNTAX);
	assert_string_equal(mtasts_diags_get(diags, 1)->name, "set-mx-long");
}

static void
keys_by_name(void **state)
{
	enum settings_key key;

	for (unsigned k = 0; k < SETTINGS_COUNT; k++) {
		assert_true(settings_key_find(
		    str_of(settings_key_name((enum settings_key)k)), &key));
		assert_int_equal(key, k);
	}
	assert_false(settings_key_find(STR("max_age"), &key));
	assert_false(settings_key_seek(STR("max_age"), &key, diags));
	assert_non_null(
	    strstr(mtasts_diags_get(diags, 0)->message, "\"max-age\""));
	assert_false(settings_key_seek(STR("zzzzzz"), &key, diags));
	assert_int_equal(mtasts_diags_count(diags), 2);
	assert_string_equal(mtasts_diags_get(diags, 1)->name, "set-key");
	assert_string_equal(settings_key_name(SETTINGS_COUNT), "");
}

/* put - one good value */
static void
put(struct settings *s, enum settings_key key, const char *text)
{
	assert_int_equal(
	    settings_put(s, arena, key, str_of(text), NULL), MTASTS_OK);
}

static void
merging(void **state)
{
	struct settings builtin, defaults = { .host = "" };
	struct settings own = { .host = "" }, half, all;

	settings_builtin(&builtin);
	put(&defaults, SETTINGS_MX, "d.example");
	put(&defaults, SETTINGS_MAX_AGE, "2w");
	put(&own, SETTINGS_MODE, "none");
	put(&own, SETTINGS_MAX_AGE, "4w");
	settings_merge(&builtin, &defaults, &half);
	settings_merge(&half, &own, &all);
	assert_int_equal(all.set, (1u << SETTINGS_COUNT) - 1);
	assert_string_equal(text_of(&all, SETTINGS_MODE), "none");
	assert_string_equal(text_of(&all, SETTINGS_MX), "d.example");
	assert_string_equal(text_of(&all, SETTINGS_MAX_AGE), "4w");
	assert_string_equal(text_of(&all, SETTINGS_TTL), "5m");
	assert_string_equal(text_of(&all, SETTINGS_HOST), "");
	settings_drop(&own, SETTINGS_MAX_AGE);
	assert_int_equal(own.set, 1u << SETTINGS_MODE);
	settings_merge(&half, &own, &all);
	assert_string_equal(text_of(&all, SETTINGS_MAX_AGE), "2w");
	/* An empty list is given, too. */
	put(&own, SETTINGS_MX, "");
	settings_merge(&half, &own, &all);
	assert_int_equal(all.mx.count, 0);
}

static void
policy_text(void **state)
{
	struct settings s;
	struct mtasts_policy *p = NULL;
	struct buf b;

	settings_builtin(&s);
	buf_init(&b, LIMIT_POLICY_LEN);
	/* REQ: POL-5 */
	assert_false(settings_complete(&s));
	assert_false(settings_policy(&s, &b));
	assert_int_equal(b.len, 0);
	put(&s, SETTINGS_MX, "b.example,*.a.example");
	assert_true(settings_policy(&s, &b));
	/* REQ: POL-2 POL-3 POL-4 POL-6 */
	assert_string_equal(b.p,
	    "version: STSv1\r\nmode: testing\r\nmx: b.example\r\n"
	    "mx: *.a.example\r\nmax_age: 604800\r\n");
	assert_int_equal(mtasts_policy_parse(b.p, b.len, &p, NULL), MTASTS_OK);
	assert_int_equal(p->verdict, MTASTS_VERDICT_VALID);
	assert_true(settings_same_meaning(&s, p));
	mtasts_policy_free(p);
	buf_clear(&b);
	put(&s, SETTINGS_MODE, "none");
	assert_true(settings_policy(&s, &b));
	assert_string_equal(
	    b.p, "version: STSv1\r\nmode: none\r\nmax_age: 604800\r\n");
	buf_free(&b);
}

static void
meaning(void **state)
{
	static const struct {
		const char *body;
		bool same;
	} rows[] = {
		{ "version: STSv1\nmode: testing\nmx: b.example\n"
		  "mx: a.example\nmax_age: 604800\n",
		    true },
		{ "max_age: 604800\nmx: A.example\nmx: b.example\n"
		  "mx: a.example\nmode: testing\nversion: STSv1\nx: y\n",
		    true },
		{ "version: STSv1\nmode: testing\nmx: a.example\n"
		  "max_age: 604800\n",
		    false },
		{ "version: STSv1\nmode: testing\nmx: a.example\n"
		  "mx: b.example\nmx: c.example\nmax_age: 604800\n",
		    false },
		{ "version: STSv1\nmode: enforce\nmx: a.example\n"
		  "mx: b.example\nmax_age: 604800\n",
		    false },
		{ "version: STSv1\nmode: testing\nmx: a.example\n"
		  "mx: b.example\nmax_age: 604801\n",
		    false },
	};
	struct settings s;

	settings_builtin(&s);
	put(&s, SETTINGS_MX, "a.example,b.example");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mtasts_policy *p = NULL;

		assert_int_equal(mtasts_policy_parse(rows[i].body,
				     strlen(rows[i].body), &p, NULL),
		    MTASTS_OK);
		assert_int_equal(settings_same_meaning(&s, p), rows[i].same);
		mtasts_policy_free(p);
	}
}

static void
policy_domain_names(void **state)
{
	static const struct {
		const char *text, *name, *finding;
	} rows[] = {
		{ "Example.ORG.", "example.org", "" },
		{ "b\xc3\xbc"
		  "cher.example",
		    "xn--bcher-kva.example", "" },
		{ "mta-sts.example.org", "mta-sts.example.org",
		    "domain-name-prefix" },
		{ "_mta-sts.example.org", "_mta-sts.example.org",
		    "domain-name-prefix" },
		{ "localhost", "localhost", "domain-name-single" },
		{ "postmaster@example.org", NULL, "domain-name" },
		{ "postmaster@", NULL, "domain-name" },
		{ "https://example.org/", NULL, "domain-name" },
		{ "https:", NULL, "domain-name" },
		{ "", NULL, "domain-name" },
		{ "a b", NULL, "domain-name" },
		{ "[192.0.2.1]", NULL, "domain-name" },
		{ "\xff", NULL, "domain-name" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct diag_place at = { .line = 7 };
		struct mtasts_dname name;
		const struct mtasts_finding *f;
		enum mtasts_err err;

		mtasts_diags_free(diags);
		diags = mtasts_diags_new();
		err = polname_parse(str_of(rows[i].text), &name, at, diags);
		f = mtasts_diags_get(diags, 0);
		assert_string_equal(f ? f->name : "", rows[i].finding);
		if (f != NULL)
			assert_int_equal(f->line, 7);
		assert_int_equal(
		    err, rows[i].name != NULL ? MTASTS_OK : MTASTS_ESYNTAX);
		if (rows[i].name != NULL)
			assert_string_equal(name.text, rows[i].name);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_values),
		TEST(all_faults_of_a_list),
		TEST(lists_have_bounds),
		TEST(keys_by_name),
		TEST(merging),
		TEST(policy_text),
		TEST(meaning),
		TEST(policy_domain_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
