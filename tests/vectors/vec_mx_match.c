/*
 * vec_mx_match - MX hosts and patterns, as other implementations test them
 */
#include "mtasts/match.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/tsv.h"

/*
 * Rows whose reading is "see note": what is asked of the matching alone, with
 * the remark of the row's mode or port cut off. A null host is the text that
 * the table describes in words.
 */
static const struct {
	const char *row;
	const char *host;
	const char *pattern;
	bool fits;
} decided[] = {
	/* not convertible: a name that is none fits nothing */
	{ "M009", NULL, "x.com", false },
	/* testing delivers all the same, but the name does not fit */
	{ "M023", "mx01.mail.icloud.com.", "*.mx.cloudflare.net", false },
	/* two hosts: the first fits ... */
	{ "M024", "mx01.mail.icloud.com.", "*.mail.icloud.com", true },
	/* ... and the second does not */
	{ "M024", "backup.example.net.", "*.mail.icloud.com", false },
	/* the bare parent does not fit; testing never refuses */
	{ "M029", "mimecast.net", "*.mimecast.com", false },
};

/* fits_any - does the host fit one of the patterns between commas? */
static bool
fits_any(const char *host, struct str patterns)
{
	char text[1024];
	const char *mx[16];
	struct mtasts_policy policy = { .mx = mx };
	struct str one;
	bool more = patterns.len > 0;
	size_t used = 0;

	while (more && policy.mx_count < 16) {
		more = str_cut(patterns, ',', &one, &patterns);
		assert_true(used + one.len + 1 < sizeof(text));
		memcpy(text + used, one.p, one.len);
		text[used + one.len] = '\0';
		mx[policy.mx_count++] = text + used;
		used += one.len + 1;
	}
	return mtasts_policy_match(&policy, host) < policy.mx_count;
}

/* check_decided - the row's cases above; false when it has none */
static bool
check_decided(struct str row)
{
	static char long_name[65536 + 4];
	bool found = false;
	size_t i;

	memset(long_name, 'x', 65536);
	memcpy(long_name + 65536, "\xef\xbc\x80", 4);
	for (i = 0; i < sizeof(decided) / sizeof(decided[0]); i++) {
		const char *host = decided[i].host;

		if (!str_eq(row, str_of(decided[i].row)))
			continue;
		found = true;
		if (mtasts_match(host ? host : long_name, decided[i].pattern) !=
		    decided[i].fits)
			fail_msg("%s", decided[i].row);
	}
	return found;
}

/* check_row - one row by its reading */
static void
check_row(const struct str column[TSV_COLUMNS])
{
	char host[1024];

	if (check_decided(column[0]))
		return;
	assert_true(column[2].len < sizeof(host));
	memcpy(host, column[2].p, column[2].len);
	host[column[2].len] = '\0';
	if (fits_any(host, column[3]) != str_eq(column[5], STR("match")))
		fail_msg("%" STR_FMT ": not %" STR_FMT, STR_ARG(column[0]),
		    STR_ARG(column[5]));
}

/* REQ: VAL-2 */
/* test_table - every row of mx_match.tsv */
static void
test_table(void **state)
{
	tsv_check("mx_match.tsv", check_row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
