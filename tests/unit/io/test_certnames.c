/*
 * test_certnames - the names in all certificates of some folders
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "io/certnames.h"
#include "support/mkcert.h"
#include "support/scratch.h"

#include <time.h>

static char told[1000];
static size_t count, stop_at;

/* on_name - note it */
static bool
on_name(void *arg, struct str name)
{
	snprintf(told + strlen(told), sizeof(told) - strlen(told),
	    "%" STR_FMT " ", STR_ARG(name));
	return ++count != stop_at;
}

/* read_all - of these folders, at a time */
static void
read_all(const char *const *folders, size_t n, int64_t at)
{
	told[0] = '\0';
	count = 0;
	assert_int_equal(
	    certnames_each(folders, n, at, on_name, NULL), MTASTS_OK);
}

static void
names_of_what_is_valid(void **state)
{
	struct mk_want mail = { .names = "DNS:mail.a.test,DNS:*.b.test" };
	struct mk_want old = { .names = "DNS:old.test",
		.from_s = -20 * MK_DAY,
		.until_s = -MK_DAY };
	int64_t now_at = time(NULL);
	const char *folders[2];
	struct scratch dir;
	struct mk_ca ca;

	stop_at = 0;
	assert_int_equal(scratch_open(&dir), 0);
	mk_ca_make(&ca);
	mk_folder(&ca, dir.path, "mail", &mail);
	mk_folder(&ca, dir.path, "old", &old);
	/* What cannot be read has no names, and keeps nobody from the rest. */
	assert_int_equal(mkdir(scratch_file(&dir, "broken"), 0755), 0);
	assert_int_equal(
	    scratch_write(&dir, "broken/fullchain.pem", "no PEM", 6), 0);
	assert_int_equal(mkdir(scratch_file(&dir, "empty"), 0755), 0);
	folders[0] = "/nonexistent/certificates";
	folders[1] = dir.path;
	read_all(folders, 2, now_at);
	assert_string_equal(told, "mail.a.test *.b.test ");
	stop_at = 1;
	read_all(folders, 2, now_at);
	assert_string_equal(told, "mail.a.test ");
	read_all(folders, 1, now_at);
	assert_string_equal(told, "");
	mk_ca_free(&ca);
	scratch_close(&dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_what_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
