/*
 * Keys of TSIG in every form that servers and tools write, and the files that
 * hold them: nothing of a key is ever in a finding.
 */
#include "io/tsigkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the first ones before. */
#include <cmocka.h>

#define SECRET	"c2VjcmV0LW9mLXRoZS10ZXN0"
#define SLASHES "//8A"

/* A text, and the key in it; algorithm null: refused. */
static const struct row {
	const char *text, *name, *algorithm;
} rows[] = {
	{ "key \"a.test\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET
	  "\";\n};\n",
	    "a.test", "hmac-sha256" },
	{ "key a.test. { algorithm HMAC-SHA512.; secret " SECRET "; };",
	    "a.test", "hmac-sha512" },
	{ "// ours\nkey \"a\" { /* { */ algorithm hmac-sha1; # x\n"
	  "secret \"" SECRET "\"; };",
	    "a", "hmac-sha1" },
	{ "# hmac-sha256:a.test:" SECRET "\nkey:\n  - id: a.test\n"
	  "    algorithm: hmac-sha384\n    secret: " SECRET "\n",
	    "a.test", "hmac-sha384" },
	{ "key \"a\" { algorithm hmac-sha256; secret /* ! */ \"" SLASHES
	  "\"; };",
	    "a", "hmac-sha256" },
	{ "key:\n  - id: a\n    algorithm: hmac-sha256\n    secret: " SLASHES
	  "\n",
	    "a", "hmac-sha256" },
	{ "hmac-sha224:a.test:" SECRET "\n", "a.test", "hmac-sha224" },
	{ "hmac-sha256:a.test.:" SECRET, "a.test", "hmac-sha256" },

	{ "", NULL, NULL },
	{ SECRET, NULL, NULL },
	{ "a.test:" SECRET, NULL, NULL },
	{ "hmac-md5:a.test:" SECRET, NULL, NULL },
	{ "hmac-sha256:a b:" SECRET, NULL, NULL },
	{ "hmac-sha256:a.test:", NULL, NULL },
	{ "hmac-sha256:a.test:" SECRET "=", NULL, NULL },
	{ "hmac-sha256:..:" SECRET, NULL, NULL },
	{ "key \"a\" { algorithm hmac-sha256; };", NULL, NULL },
	{ "key \"a\" { secret \"" SECRET "\"; };", NULL, NULL },
	{ "key { algorithm hmac-sha256; secret \"" SECRET "\"; };", NULL,
	    NULL },
	{ "key \"a\" { algorithm hmac-sha256; secret \"" SECRET "\"; };"
	  "key \"b\" { algorithm hmac-sha256; secret \"" SECRET "\"; };",
	    NULL, NULL },
	{ "-----BEGIN PRIVATE KEY-----\n" SECRET "\n", NULL, NULL },
	{ "key \"a\" { algorithm hmac-sha256; secret", NULL, NULL },
	{ "/* " SECRET, NULL, NULL },
};

/* hides - no finding has a piece of the secret */
static void
hides(const struct mtasts_diags *diags)
{
	for (size_t i = 0; i < mtasts_diags_count(diags); i++) {
		const struct mtasts_finding *f = mtasts_diags_get(diags, i);

		assert_null(strstr(f->message, "c2Vj"));
		assert_null(strstr(f->fix, "c2Vj"));
		assert_string_not_equal(f->fix, "");
	}
}

/* every row */
static void
test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct mtasts_diags *diags = mtasts_diags_new();
		struct tsigkey key;
		enum mtasts_err err =
		    tsigkey_parse(str_of(rows[i].text), "k", &key, diags);

		if (rows[i].algorithm == NULL) {
			if (err != MTASTS_ECONF)
				fail_msg("accepted: %s", rows[i].text);
			assert_int_equal(mtasts_diags_count(diags), 1);
		} else {
			if (err != MTASTS_OK)
				fail_msg("%s: %s", rows[i].text,
				    mtasts_diags_get(diags, 0)->message);
			assert_string_equal(key.name, rows[i].name);
			assert_string_equal(key.algorithm, rows[i].algorithm);
			assert_string_equal(key.secret,
			    strstr(rows[i].text, SLASHES) != NULL ? SLASHES
								  : SECRET);
		}
		hides(diags);
		tsigkey_wipe(&key);
		assert_int_equal(key.secret[0], 0);
		mtasts_diags_free(diags);
	}
}

/* put - a file of the test with a mode */
static void
put(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

/* reads - what comes of reading a name; findings hide the key */
static enum mtasts_err
reads(const char *name, const char *finding)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct secret s = { 0 };
	enum mtasts_err err = secret_read(name, &s, diags);

	if (err == MTASTS_OK) {
		assert_true(str_eq(secret_line(&s), STR(SECRET)));
		assert_null(finding);
	} else {
		assert_string_equal(mtasts_diags_get(diags, 0)->name, finding);
	}
	hides(diags);
	secret_free(&s);
	mtasts_diags_free(diags);
	return err;
}

/* files: who may read them, where they are looked for */
static void
test_files(void **state)
{
	char folder[] = "/tmp/mtasts-key-XXXXXX", path[200], none[200];
	static char large[SECRET_MAX + 2];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	snprintf(none, sizeof(none), "%s/none", folder);
	put(path, SECRET "\r\n", 0640);
	assert_int_equal(reads(path, NULL), MTASTS_OK);
	put(path, SECRET "\n", 0644);
	assert_int_equal(reads(path, "secret-readable"), MTASTS_ECONF);
	put(path, SECRET "\n", 0602);
	assert_int_equal(reads(path, "secret-readable"), MTASTS_ECONF);
	put(path, " \n", 0600);
	assert_int_equal(reads(path, "secret-shape"), MTASTS_ECONF);
	memset(large, 'x', sizeof(large) - 1);
	put(path, large, 0600);
	assert_int_equal(reads(path, "secret-shape"), MTASTS_ECONF);
	assert_int_equal(reads(folder, "secret-shape"), MTASTS_ECONF);
	assert_int_equal(reads(none, "secret-missing"), MTASTS_ECONF);

	put(path, SECRET, 0600);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(reads("key", "secret-missing"), MTASTS_ECONF);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	assert_int_equal(reads("key", NULL), MTASTS_OK);
	assert_int_equal(reads("none", "secret-missing"), MTASTS_ECONF);
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink(path);
	rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
