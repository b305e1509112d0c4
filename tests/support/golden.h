/*
 * golden - texts that are compared with files of tests/vectors
 *
 * With MTASTS_GOLDEN=write in the environment the files are written anew, to
 * be read before they are committed. For tests with cmocka.
 */
#ifndef TESTS_SUPPORT_GOLDEN_H
#define TESTS_SUPPORT_GOLDEN_H

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#define GOLDEN_MAX (1u << 16) /* bytes of a file */

/* golden_check - is the text that of tests/vectors/FILE? Else the test fails */
static inline void
golden_check(const char *file, const struct buf *text)
{
	const char *source = getenv("MTASTS_SOURCE");
	const char *write = getenv("MTASTS_GOLDEN");
	char path[1024], *want;
	size_t len;
	FILE *f;

	assert_int_equal(buf_error(text), MTASTS_OK);
	assert_non_null(text->p);
	snprintf(path, sizeof(path), "%s/tests/vectors/%s",
	    source != NULL ? source : ".", file);
	if (write != NULL && strcmp(write, "write") == 0) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_int_equal(fwrite(text->p, 1, text->len, f), text->len);
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(path, "r");
	if (f == NULL)
		fail_msg("%s cannot be read", path);
	want = test_calloc(1, GOLDEN_MAX);
	len = fread(want, 1, GOLDEN_MAX - 1, f);
	want[len] = '\0';
	fclose(f);
	assert_string_equal(text->p, want);
	test_free(want);
}

#endif
