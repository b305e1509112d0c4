/*
 * test_export.c - the export file: what is read, how it is written, and that
 * every fault of a bad one is told with its line
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "core/export.h"

#define BODY \
	"version: STSv1\\nmode: enforce\\nmx: a.example\\nmax_age: 86400\\n"
#define F    "{\"format\":\"mtasts-registry-1\""
#define TIME "\"2025-02-27T00:00:00Z\""
#define POLICY(id) \
	"{\"id\":\"" id "\",\"first_at\":" TIME ",\"body\":\"" BODY "\"}"
#define OLD(id)                                                          \
	"{\"id\":\"" id "\",\"first_at\":" TIME ",\"replaced_at\":" TIME \
	",\"body\":\"" BODY "\"}"

static const char whole[] =
    "{\n\"format\": \"mtasts-registry-1\",\n"
    "\"defaults\": {\"mx\":[\"m.example\"],\"max-age\":1209600},\n"
    "\"domains\": [\n"
    "{\"name\":\"a.example\",\"added_at\":" TIME
    ",\"settings\":{\"mode\":\"enforce\",\"mx\":[\"a.example\",\"*.b.example\"]"
    ",\"rua\":[],\"host\":\"h.example\",\"addresses\":[\"192.0.2.1\"],"
    "\"ttl\":60},\"policies\":[" OLD("1") "," POLICY(
	"2") "]},\n"
	     "{\"name\":\"b.example\",\"added_at\":" TIME
	     ",\"alias_of\":\"a.example\"},\n"
	     "{\"name\":\"c.example\",\"added_at\":" TIME
	     ",\"removing\":{\"since\":" TIME
	     ",\"until\":\"2025-03-01T00:00:00Z\"}}\n"
	     "],\n\"former\": [\n"
	     "{\"name\":\"d.example\",\"policies\":[" OLD("x") "]}\n"
							       "]\n}\n";

static void
reads_and_writes_the_same(void **state)
{
	struct export_file *f = NULL;
	const struct export_domain *d;
	struct buf b;

	assert_int_equal(export_parse(str_of(whole), "f", &f, NULL), MTASTS_OK);
	assert_int_equal(f->count, 4);
	assert_true(f->has_defaults);
	assert_false(f->names_only);
	assert_int_equal(f->defaults.max_age_s, 1209600);
	d = export_find(f, STR("a.example"));
	assert_non_null(d);
	assert_int_equal(d->line, 5);
	assert_int_equal(d->added_at, 1740614400);
	assert_int_equal(d->settings.mx.count, 2);
	assert_int_equal(d->policy_count, 2);
	assert_int_equal(d->policies[0].replaced_at, 1740614400);
	assert_string_equal(d->policies[1].id, "2");
	assert_int_equal(d->policies[1].mode, MTASTS_MODE_ENFORCE);
	assert_int_equal(d->policies[1].max_age_s, 86400);
	assert_int_equal(d->policies[1].mx_count, 1);
	assert_string_equal(
	    export_find(f, STR("b.example"))->target, "a.example");
	assert_int_equal(
	    export_find(f, STR("c.example"))->until_at, 1740787200);
	assert_true(export_find(f, STR("d.example"))->former);
	assert_null(export_find(f, STR("e.example")));
	buf_init(&b, 1u << 20);
	export_format(f, &b);
	assert_string_equal(b.p, whole);
	buf_free(&b);
	export_free(f);
}

static void
any_layout(void **state)
{
	static const char *const texts[] = {
		F "}",
		"\n\t " F " , \"domains\" : [ ] }\n\n",
		"{\"domains\":[],\"former\":[],\"format\":\"mtasts-registry-1\"}",
		F
		",\"domains\":[{\"policies\":[],\"settings\":{},\n\n\"name\"\n:"
		"\"a.example\"}]}",
		/* Values as people write them. */
		F
		",\"defaults\":{\"max-age\":\"2w\",\"mx\":\"a.example, b.example\"}}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct export_file *f = NULL;

		assert_int_equal(
		    export_parse(str_of(texts[i]), "f", &f, NULL), MTASTS_OK);
		export_free(f);
	}
}

static void
plain_lists(void **state)
{
	static const char text[] =
	    "# ours\nexample.org\r\n  Example.COM.  # big one\n\n"
	    "b\xc3\xbc"
	    "cher.example";
	struct export_file *f = NULL;

	assert_int_equal(export_parse(STR(""), "f", &f, NULL), MTASTS_OK);
	assert_true(f->names_only && f->count == 0);
	export_free(f);
	assert_int_equal(export_parse(str_of(text), "f", &f, NULL), MTASTS_OK);
	assert_true(f->names_only);
	assert_int_equal(f->count, 3);
	assert_int_equal(export_find(f, STR("example.com"))->line, 3);
	assert_non_null(export_find(f, STR("xn--bcher-kva.example")));
	export_free(f);
}

/* Bad files: the finding wanted, and its line. */
static const struct {
	const char *text;
	const char *finding;
	unsigned line;
} bad[] = {
	{ "example.org mode=testing\n", "import-list", 1 },
	{ "a.example\nb..example\n", "domain-name", 2 },
	{ "a.example\n\nA.example.\n", "import-twice", 3 },
	{ "[]", "import-json", 1 },
	{ "{", "import-json", 1 },
	{ F, "import-json", 1 },
	{ F "} x", "import-json", 1 },
	{ F ",\n\"domains\":[{\"name\":\"a.example\"}", "import-json", 2 },
	{ F ",\n\"domains\":[{\"name\":\"a.example\"},]}", "import-json", 2 },
	{ F ",\n\"domains\":{}}", "import-json", 2 },
	{ F ",\n\"domains\":[\n{\"name\":\"a.example\"", "import-json", 3 },
	{ F ",\n\"domains\":[\n{\"name\":\n,}]}", "json-syntax", 4 },
	{ F ",\"domains\":[{\"name\":\"a\\u0000b\"}]}", "json-syntax", 1 },
	{ F ",\"domains\":[{\"name\":\"a\",\"name\":\"b\"}]}",
	    "json-duplicate-key", 1 },
	{ "{}", "import-format", 0 },
	{ "{\"format\":\"mtasts-registry-2\"}", "import-format", 1 },
	{ "{\"format\":1}", "import-format", 1 },
	{ F ",\"domain\":[]}", "import-format", 1 },
	{ F ",\"domains\":[],\n\"domains\":[]}", "import-twice", 2 },
	{ F ",\"domains\":[\n7]}", "import-value", 2 },
	{ F ",\"domains\":[\n{}]}", "import-value", 2 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"mx\":[]}]}", "import-key",
	    1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"added_at\":5}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"added_at\":\"1970-01-01T00:00:00Z\"}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"alias_of\":5}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"alias_of\":\"..\"}]}",
	    "domain-name", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"removing\":5}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"settings\":5}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"settings\":{\"mode\":{}}}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"settings\":{\"mx\":[5]}}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"settings\":{\"modus\":\"none\"}}]}",
	    "set-key", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\n\"settings\":{\"mode\":\"on\"}}]}",
	    "set-mode", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"alias_of\":\"b.example\",\"settings\":{\"ttl\":60}}]}",
	    "import-alias", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":5}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[" POLICY(
	      "no-id") "]}]}",
	    "import-id", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[" POLICY(
	      "") "]}]}",
	    "import-id", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[" OLD(
	      "1") "," OLD("1") "]}]}",
	    "import-id", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[" POLICY(
	      "1") "," POLICY("2") "]}]}",
	    "import-served", 1 },
	{ F ",\"former\":[{\"name\":\"a.example\",\"policies\":[" POLICY(
	      "1") "]}]}",
	    "import-served", 1 },
	{ F ",\"former\":[{\"name\":\"a.example\",\"settings\":{}}]}",
	    "import-key", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[{\"id\":\"1\",\"first_at\":" TIME
	    "}]}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[{\"id\":\"1\",\"first_at\":" TIME
	    ",\"body\":\"hello\"}]}]}",
	    NULL, 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[{\"id\":\"1\",\"first_at\":" TIME
	    ",\"body\":\"" BODY "\",\"x\":1}]}]}",
	    "import-key", 1 },
	{ F ",\"domains\":[{\"name\":\"a.example\",\"policies\":[{\"id\":\"1\",\"body\":\"" BODY
	    "\"}]}]}",
	    "import-value", 1 },
	{ F ",\"domains\":[\n{\"name\":\"a.example\"},\n{\"name\":\"A.example\"}]}",
	    "import-twice", 3 },
	{ F ",\"domains\":[\n{\"name\":\"a.example\"}],\n\"former\":[{\"name\":\"a.example\"}]}",
	    "import-twice", 3 },
	{ F ",\"defaults\":{\"ttl\":0}}", "set-ttl", 1 },
	{ F ",\"defaults\":[]}", "import-value", 1 },
	{ F ",\"defaults\":}", "import-json", 1 },
	{ F ",\"defaults\"}", "import-json", 1 },
};

static void
bad_files(void **state)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct export_file *f = NULL;
		const struct mtasts_finding *found = NULL;
		enum mtasts_err err;

		err = export_parse(str_of(bad[i].text), "f", &f, diags);
		for (size_t k = 0; k < mtasts_diags_count(diags); k++) {
			found = mtasts_diags_get(diags, k);
			if (bad[i].finding == NULL ||
			    strcmp(found->name, bad[i].finding) == 0)
				break;
			found = NULL;
		}
		if (err != MTASTS_ESYNTAX || found == NULL ||
		    found->line != bad[i].line) {
			print_message("%s\n", bad[i].text);
			for (size_t k = 0; k < mtasts_diags_count(diags); k++)
				print_message("  got %s line %u: %s\n",
				    mtasts_diags_get(diags, k)->name,
				    mtasts_diags_get(diags, k)->line,
				    mtasts_diags_get(diags, k)->message);
		}
		assert_int_equal(err, MTASTS_ESYNTAX);
		assert_null(f);
		assert_non_null(found);
		assert_int_equal(found->line, bad[i].line);
		assert_string_equal(found->file, "f");
		mtasts_diags_free(diags);
	}
}

static void
every_fault_is_told(void **state)
{
	static const char text[] =
	    "a..example\ngood.example\nb c\nc..example\ngood.example\n";
	static const char json[] =
	    F ",\"domains\":[\n{\"name\":\"..\"},\n{\"name\":\"b.example\","
	      "\"settings\":{\"mode\":\"x\",\"ttl\":\"y\"}},\n"
	      "{\"name\":\"c.example\",},\n{\"x\":1}]}";
	struct mtasts_diags *diags = mtasts_diags_new();
	struct export_file *f = NULL;

	assert_int_equal(
	    export_parse(str_of(text), "f", &f, diags), MTASTS_ESYNTAX);
	assert_int_equal(diag_errors(diags), 4);
	mtasts_diags_free(diags);
	diags = mtasts_diags_new();
	assert_int_equal(
	    export_parse(str_of(json), "f", &f, diags), MTASTS_ESYNTAX);
	assert_int_equal(diag_errors(diags), 5);
	/* Findings of an entry name it. */
	assert_non_null(
	    strstr(mtasts_diags_get(diags, 1)->message, "b.example: "));
	mtasts_diags_free(diags);
}

static void
grown_by_hand(void **state)
{
	struct export_file *f = export_new(), *back = NULL;
	struct buf b;

	for (int i = 0; i < 100; i++) {
		struct export_domain *d = export_add(f);

		d->name = arena_printf(f->arena, "d%d.example", i);
		for (int k = 1; k <= i; k++) {
			struct export_policy *p = export_add_policy(f);

			p->id = arena_printf(f->arena, "%d", k);
			p->first_at = p->replaced_at = 1000 + k;
			p->body = STR("version: STSv1\nmode: none\n"
				      "max_age: 1\n");
		}
	}
	buf_init(&b, 16u << 20);
	export_format(f, &b);
	assert_int_equal(
	    export_parse(buf_str(&b), "f", &back, NULL), MTASTS_OK);
	assert_int_equal(back->count, 100);
	assert_int_equal(
	    export_find(back, STR("d99.example"))->policy_count, 99);
	buf_free(&b);
	export_free(back);
	export_free(f);
}

static void
rules_are_whole(void **state)
{
	for (int i = 0; i < EXPORT_RULES; i++) {
		assert_non_null(export_rules[i].name);
		assert_true(strlen(export_rules[i].fix) > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_the_same),
		cmocka_unit_test(any_layout),
		cmocka_unit_test(plain_lists),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(every_fault_is_told),
		cmocka_unit_test(grown_by_hand),
		cmocka_unit_test(rules_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
