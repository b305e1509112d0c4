/*
 * test_json.c - strict reading, bounded; writing that any reader takes
 */
#include "base/json.h"

#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* parse - what must be good */
static struct js *
parse(struct str text)
{
	struct mtasts_diags *d = mtasts_diags_new();
	struct js *v = NULL;

	assert_int_equal(js_parse(text, NULL, &v, d), MTASTS_OK);
	assert_int_equal(mtasts_diags_count(d), 0);
	assert_non_null(v);
	mtasts_diags_free(d);
	return v;
}

static void
test_read(void **state)
{
	struct js *v = parse(STR("{\"s\":\"a\\u00e4\\n\",\"i\":-7,\"t\":true,"
				 "\"f\":false,\"n\":null,\"r\":1.0,"
				 "\"a\":[1,\"x\",[]],\"o\":{\"k\":{}}}"));
	struct str s = STR("untouched");
	int64_t i = 4711;
	bool b = false;

	assert_true(js_is_object(v));
	assert_int_equal(js_len(v), 8);
	assert_true(js_str(js_get(v, "s"), &s));
	assert_true(str_eq(s, STR("a\xc3\xa4\n")));
	assert_true(js_int(js_get(v, "i"), &i));
	assert_int_equal(i, -7);
	assert_true(js_bool(js_get(v, "t"), &b));
	assert_true(b);
	assert_true(js_bool(js_get(v, "f"), &b));
	assert_false(b);
	assert_true(js_is_array(js_get(v, "a")));
	assert_int_equal(js_len(js_get(v, "a")), 3);
	assert_true(js_is_string(js_at(js_get(v, "a"), 1)));
	assert_true(js_is_object(js_get(js_get(v, "o"), "k")));
	assert_null(js_get(v, "missing"));
	assert_null(js_get(v, "S"));
	assert_null(js_at(js_get(v, "a"), 3));
	js_free(v);
	js_free(NULL);
}

static void
test_wrong_kind(void **state)
{
	static const char *const keys[] = { "s", "i", "t", "n", "r", "a", "o" };
	struct js *v = parse(STR("{\"s\":\"1\",\"i\":1,\"t\":true,\"n\":null,"
				 "\"r\":1.0,\"a\":[1],\"o\":{\"k\":1}}"));
	const char *key = NULL;

	for (size_t k = 0; k <= COUNT(keys); k++) {
		/* The last is none at all. */
		const char *name = k < COUNT(keys) ? keys[k] : "";
		const struct js *m = js_get(v, name);
		struct str s = STR("x");
		int64_t i = 4711;
		bool b = true;

		assert_int_equal(js_str(m, &s), *name == 's');
		assert_int_equal(js_int(m, &i), *name == 'i');
		assert_int_equal(js_bool(m, &b), *name == 't');
		assert_int_equal(js_is_string(m), *name == 's');
		assert_int_equal(js_is_array(m), *name == 'a');
		assert_int_equal(js_is_object(m), *name == 'o');
		assert_int_equal(js_at(m, 0) != NULL, *name == 'a');
		assert_int_equal(js_get(m, "k") != NULL, *name == 'o');
		assert_int_equal(js_member(m, 0, &key) != NULL, *name == 'o');
		assert_int_equal(js_len(m), *name == 'a' || *name == 'o');
		assert_true(*name == 's' || s.p[0] == 'x');
		assert_true(*name == 'i' || i == 4711);
	}
	js_free(v);
}

static void
test_members(void **state)
{
	struct js *v = parse(STR("{\"z\":0,\"a\":1,\"m\":2}"));
	static const char *const order[] = { "z", "a", "m" };
	const struct js *m;
	const char *key = NULL;
	size_t n = 0;

	for (; (m = js_member(v, n, &key)) != NULL; n++) {
		int64_t i;

		assert_string_equal(key, order[n]);
		assert_true(js_int(m, &i));
		assert_int_equal(i, n);
	}
	assert_int_equal(n, 3);
	js_free(v);
	v = parse(STR("{}"));
	assert_null(js_member(v, 0, &key));
	js_free(v);
}

/* As many members as fit: a walk that counts from the start would not end. */
static void
test_many_members(void **state)
{
	struct buf b;
	struct js_writer w;
	const char *key = NULL;
	struct js *v;
	size_t n = 0;

	buf_init(&b, JS_MAX);
	js_begin(&w, &b, false);
	js_object(&w);
	for (int i = 0; i < 200000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d", i);
		js_kv_int(&w, name, i);
	}
	js_end_object(&w);
	v = parse(buf_str(&b));
	while (js_member(v, n, &key) != NULL)
		n++;
	assert_int_equal(n, 200000);
	js_free(v);
	buf_free(&b);
}

static void
test_accepted(void **state)
{
	static const char *const rows[] = { "{}", "[]", " [ ] ", "\t\r\n{}\n",
		"\"text\"", "1", "null", "[9223372036854775807]",
		"[-9223372036854775808]", "[-0]", "[1e5]", "[0.5E-3]",
		"[\"\\ud83d\\ude00\"]", "[\"\x7f\"]", "{\"\":0}",
		"{\"a\":{\"a\":{\"a\":1}}}", "[\"\\\\\",\"[[\\\"[[\"]" };

	for (size_t i = 0; i < COUNT(rows); i++)
		js_free(parse(str_of(rows[i])));
}

static void
test_refused(void **state)
{
	static const struct {
		struct str text;
		const char *name;
		unsigned line, column;
	} rows[] = {
		{ STR(""), "json-syntax", 1, 1 },
		{ { NULL, 0 }, "json-syntax", 1, 1 },
		{ STR("{"), "json-syntax", 1, 1 },
		{ STR("[1,\n2,,]"), "json-syntax", 2, 3 },
		{ STR("[1]\n\nx"), "json-syntax", 3, 1 },
		{ STR("[1,]"), "json-syntax", 1, 4 },
		{ STR("{\"a\":1,}"), "json-syntax", 1, 8 },
		{ STR("{a:1}"), "json-syntax", 1, 2 },
		{ STR("{'a':1}"), "json-syntax", 1, 2 },
		{ STR("[01]"), "json-syntax", 1, 2 },
		{ STR("[+1]"), "json-syntax", 1, 2 },
		{ STR("[.5]"), "json-syntax", 1, 2 },
		{ STR("[NaN]"), "json-syntax", 1, 4 },
		{ STR("[tru]"), "json-syntax", 1, 4 },
		{ STR("[\"\n\"]"), "json-syntax", 1, 2 },
		{ STR("[\"\\x\"]"), "json-syntax", 1, 4 },
		{ STR("[\"a]"), "json-syntax", 1, 4 },
		{ STR("[\"\xff\"]"), "json-syntax", 1, 2 },
		{ STR("[\"\xed\xa0\x80\"]"), "json-syntax", 1, 2 },
		{ STR("[\"\xc0\x80\"]"), "json-syntax", 1, 2 },
		{ STR("[\"\\ud83d\"]"), "json-syntax", 1, 9 },
		{ STR("[\"\\u0000\"]"), "json-syntax", 1, 9 },
		{ STR("{\"\\u0000\":1}"), "json-syntax", 1, 9 },
		{ STR("[\0]"), "json-syntax", 1, 2 },
		{ STR("[]\0"), "json-syntax", 1, 3 },
		{ STR("\xef\xbb\xbf{}"), "json-syntax", 1, 3 },
		{ STR("[1]//c"), "json-syntax", 1, 4 },
		{ STR("}"), "json-syntax", 1, 1 },
		{ STR("{\"a\":1,\n \"a\":2}"), "json-duplicate-key", 2, 4 },
		{ STR("{\"a\":1,\"\\u0061\":2}"), "json-duplicate-key", 1, 15 },
		{ STR("[9223372036854775808]"), "json-number", 1, 20 },
		{ STR("[-9223372036854775809]"), "json-number", 1, 21 },
		{ STR("[1e999]"), "json-number", 1, 6 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mtasts_diags *d = mtasts_diags_new();
		struct js *v = NULL;
		const struct mtasts_finding *f;

		assert_int_equal(
		    js_parse(rows[i].text, "f", &v, d), MTASTS_ESYNTAX);
		assert_null(v);
		assert_int_equal(mtasts_diags_count(d), 1);
		f = mtasts_diags_get(d, 0);
		assert_string_equal(f->name, rows[i].name);
		assert_string_equal(f->file, "f");
		assert_int_equal(f->line, rows[i].line);
		assert_int_equal(f->column, rows[i].column);
		assert_int_equal(f->severity, MTASTS_ERROR);
		assert_null(strstr(f->message, "JSON_"));
		mtasts_diags_free(d);
		assert_int_equal(
		    js_parse(rows[i].text, NULL, &v, NULL), MTASTS_ESYNTAX);
	}
}

/* limited - is it refused for its size, at this place? */
static void
limited(struct str text, unsigned column)
{
	struct mtasts_diags *d = mtasts_diags_new();
	struct js *v = NULL;

	assert_int_equal(js_parse(text, NULL, &v, d), MTASTS_ELIMIT);
	assert_null(v);
	assert_int_equal(mtasts_diags_count(d), 1);
	assert_string_equal(mtasts_diags_get(d, 0)->name, "json-limit");
	assert_int_equal(mtasts_diags_get(d, 0)->column, column);
	mtasts_diags_free(d);
}

/* repeat - write text n times */
static void
repeat(struct buf *b, const char *text, size_t n)
{
	while (n-- > 0)
		buf_puts(b, text);
}

static void
test_depth(void **state)
{
	static const struct {
		const char *open, *close;
	} rows[] = { { "[", "]" }, { "{\"a\":", "}" },
		{ "[\"\\\"\\\\\",", "]" } };
	struct buf b;

	buf_init(&b, JS_MAX);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_clear(&b);
		repeat(&b, rows[i].open, JS_DEPTH_MAX);
		buf_puts(&b, "0");
		repeat(&b, rows[i].close, JS_DEPTH_MAX);
		js_free(parse(buf_str(&b)));
		buf_clear(&b);
		repeat(&b, rows[i].open, JS_DEPTH_MAX + 1);
		limited(buf_str(&b),
		    (unsigned)strlen(rows[i].open) * JS_DEPTH_MAX + 1);
	}
	/* Side by side is not deep, nor is what stands in a string. */
	buf_clear(&b);
	buf_puts(&b, "[");
	repeat(&b, "[],", 1000);
	buf_puts(&b, "\"");
	repeat(&b, "[{", 1000);
	buf_puts(&b, "\"]");
	js_free(parse(buf_str(&b)));
	buf_free(&b);
}

static void
test_size(void **state)
{
	struct buf b;

	buf_init(&b, JS_MAX + 1);
	buf_puts(&b, "\"");
	repeat(&b, "0123456789abcde\xc3\xa4,", JS_MAX / 18);
	while (b.len < JS_MAX - 1)
		buf_putc(&b, ' ');
	buf_puts(&b, "\"");
	assert_int_equal(b.len, JS_MAX);
	js_free(parse(buf_str(&b)));
	buf_putc(&b, '\n');
	limited(buf_str(&b), 0);
	buf_clear(&b);
	buf_puts(&b, "[");
	repeat(&b, "[],", JS_VALUES_MAX / 2 + 1);
	limited(buf_str(&b), JS_VALUES_MAX / 2 * 3 + 1);
	buf_free(&b);
}

/* what stands for nothing, and what does not */
static void
test_write_null(void **state)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, 1000);
	js_begin(&w, &b, false);
	js_object(&w);
	js_kv_span(&w, "s", STR("x"));
	js_kv_span(&w, "t", STR(""));
	js_kv_time(&w, "u", 0);
	js_kv_time(&w, "v", 1);
	js_end_object(&w);
	assert_string_equal(b.p,
	    "{\"s\":\"x\",\"t\":null,\"u\":null,"
	    "\"v\":\"1970-01-01T00:00:01Z\"}");
	buf_free(&b);
}

static void
test_write(void **state)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, 10000);
	for (int pretty = 0; pretty <= 1; pretty++) {
		buf_clear(&b);
		js_begin(&w, &b, pretty);
		js_object(&w);
		js_kv_str(&w, "s", "a\"b");
		js_kv_str(&w, "none", NULL);
		js_kv_int(&w, "i", INT64_MIN);
		js_kv_bool(&w, "t", true);
		js_key(&w, "a");
		js_array(&w);
		js_put_bool(&w, false);
		js_put_null(&w);
		js_array(&w);
		js_end_array(&w);
		js_object(&w);
		js_kv_int(&w, "\x01", 0);
		js_end_object(&w);
		js_end_array(&w);
		js_key(&w, "e");
		js_object(&w);
		js_end_object(&w);
		js_end_object(&w);
		assert_int_equal(buf_error(&b), MTASTS_OK);
		assert_string_equal(b.p,
		    pretty ? "{\n"
			     "  \"s\": \"a\\\"b\",\n"
			     "  \"none\": null,\n"
			     "  \"i\": -9223372036854775808,\n"
			     "  \"t\": true,\n"
			     "  \"a\": [\n"
			     "    false,\n"
			     "    null,\n"
			     "    [],\n"
			     "    {\n"
			     "      \"\\u0001\": 0\n"
			     "    }\n"
			     "  ],\n"
			     "  \"e\": {}\n"
			     "}"
			   : "{\"s\":\"a\\\"b\",\"none\":null,"
			     "\"i\":-9223372036854775808,\"t\":true,"
			     "\"a\":[false,null,[],{\"\\u0001\":0}],"
			     "\"e\":{}}");
		js_free(parse(buf_str(&b)));
	}
	buf_free(&b);
}

static void
test_escapes(void **state)
{
	static const struct {
		struct str in;
		const char *want;
	} rows[] = {
		{ { NULL, 0 }, "\"\"" },
		{ STR("plain /"), "\"plain /\"" },
		{ STR("\"\\\n\r\t"), "\"\\\"\\\\\\n\\r\\t\"" },
		{ STR("\0\x1f\x7f"), "\"\\u0000\\u001f\\u007f\"" },
		{ STR("\xc3\xa4\xe2\x82\xac"), "\"\xc3\xa4\xe2\x82\xac\"" },
		{ STR("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"" },
		{ STR("\xc2\x9b"), "\"\\u009b\"" },
		{ STR("\xe2\x80\xae"), "\"\\u202e\"" },
		{ STR("\xf3\xa0\x80\x81"), "\"\\udb40\\udc01\"" },
		{ STR("\xf4\x8f\xbf\xbf"), "\"\\udbff\\udfff\"" },
		{ STR("a\xffz"), "\"a\xef\xbf\xbdz\"" },
		{ STR("\xed\xa0\x80"),
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ STR("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	};
	struct js_writer w;
	struct buf b;

	buf_init(&b, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str back;
		struct js *v;

		buf_clear(&b);
		js_begin(&w, &b, false);
		js_put_str(&w, rows[i].in);
		assert_string_equal(b.p, rows[i].want);
		/* NUL can be written, but this reader refuses it. */
		if (str_chr(rows[i].in, '\0') < rows[i].in.len)
			continue;
		v = parse(buf_str(&b));
		assert_true(js_str(v, &back));
		if (str_utf8(rows[i].in))
			assert_true(str_eq(back, rows[i].in));
		js_free(v);
	}
	buf_free(&b);
}

static void
test_write_limits(void **state)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, 10000);
	js_begin(&w, &b, false);
	for (int i = 0; i < JS_DEPTH_MAX; i++) {
		js_array(&w);
		js_put_null(&w);
	}
	for (int i = 0; i < JS_DEPTH_MAX; i++)
		js_end_array(&w);
	assert_int_equal(buf_error(&b), MTASTS_OK);
	js_free(parse(buf_str(&b)));
	buf_clear(&b);
	js_begin(&w, &b, true);
	for (int i = 0; i < JS_DEPTH_MAX + 9; i++)
		js_array(&w);
	for (int i = 0; i < JS_DEPTH_MAX + 9; i++)
		js_end_array(&w);
	assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
	buf_free(&b);
	buf_init(&b, 10);
	js_begin(&w, &b, false);
	js_put_str(&w, STR("0123456789"));
	assert_int_equal(buf_error(&b), MTASTS_ELIMIT);
	buf_free(&b);
}

static void
test_findings(void **state)
{
	static const struct diag_rule full = { "F06", "mode-unknown",
		MTASTS_ERROR, true, "RFC 8461", "Mend it." };
	static const struct diag_rule bare = { "", "note", MTASTS_INFO, false,
		"", "" };
	struct mtasts_diags *d = mtasts_diags_new();
	struct js_writer w;
	struct buf b;

	diag_add(d, &full, (struct diag_place){ "p.txt", 1, 2, 3 }, "Bad.");
	diag_add(d, &bare, (struct diag_place){ 0 }, "%s", "");
	buf_init(&b, 10000);
	js_begin(&w, &b, false);
	js_object(&w);
	js_findings(&w, "findings", d);
	js_findings(&w, "none", NULL);
	js_end_object(&w);
	assert_string_equal(b.p,
	    "{\"findings\":[{\"id\":\"F06\",\"name\":\"mode-unknown\","
	    "\"severity\":\"error\",\"file\":\"p.txt\",\"line\":1,"
	    "\"record\":2,\"column\":3,\"message\":\"Bad.\","
	    "\"fix\":\"Mend it.\",\"rfc\":\"RFC 8461\"},"
	    "{\"name\":\"note\",\"severity\":\"info\"}],\"none\":[]}");
	buf_free(&b);
	mtasts_diags_free(d);
}

static void
test_rules(void **state)
{
	for (int i = 0; i < JS_RULES; i++) {
		assert_true(strlen(js_rules[i].fix) > 10);
		assert_true(js_rules[i].fatal);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    js_rules[i].name, js_rules[j].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_wrong_kind),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_many_members),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_null),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_write_limits),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
