/*
 * test_log - lines are whole, in order, and safe to look at
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/diag.h"
#include "io/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX (1 << 20)

struct fixture {
	struct log *log;
	FILE *file;
	char *text;
};

/* content - what has been written since the last call */
static const char *
content(struct fixture *f)
{
	size_t n;

	rewind(f->file);
	n = fread(f->text, 1, TEXT_MAX - 1, f->file);
	f->text[n] = '\0';
	rewind(f->file);
	assert_int_equal(ftruncate(fileno(f->file), 0), 0);
	assert_int_equal(lseek(fileno(f->file), 0, SEEK_SET), 0);
	return f->text;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->file = tmpfile();
	f->text = malloc(TEXT_MAX);
	f->log = log_new(fileno(f->file), LOG_LEVEL_INFO);
	assert_non_null(f->log);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	log_free(f->log);
	fclose(f->file);
	free(f->text);
	free(f);
	return 0;
}

static void
test_values(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} t[] = {
		{ { "plain", 5 }, "info event k=plain\n" },
		{ { "", 0 }, "info event k=\"\"\n" },
		{ { "two words", 9 }, "info event k=\"two words\"\n" },
		{ { "a=b", 3 }, "info event k=\"a=b\"\n" },
		{ { "say \"x\"", 7 }, "info event k=\"say \\\"x\\\"\"\n" },
		{ { "a\nb", 3 }, "info event k=\"a\\nb\"\n" },
		{ { "a\0b", 3 }, "info event k=\"a\\x00b\"\n" },
		{ { "\x1b[31m", 5 }, "info event k=\"\\x1B[31m\"\n" },
		{ { "\\", 1 }, "info event k=\"\\\\\"\n" },
		{ { "\xff", 1 }, "info event k=\"\\xFF\"\n" },
		{ { "\xc3\xa4", 2 }, "info event k=\"\xc3\xa4\"\n" },
	};
	struct fixture *f = *state;
	struct log_line line;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		log_begin(&line, f->log, LOG_LEVEL_INFO, "event");
		log_str(&line, "k", t[i].in);
		log_end(&line);
		assert_string_equal(content(f), t[i].out);
	}
}

static void
test_pairs(void **state)
{
	struct fixture *f = *state;
	struct log_line line;

	log_begin(&line, f->log, LOG_LEVEL_WARN, "event");
	log_int(&line, "n", -5);
	log_cstr(&line, "s", "x");
	log_cstr(&line, "none", NULL);
	log_int(&line, "max", INT64_MAX);
	log_end(&line);
	assert_string_equal(
	    content(f), "warn event n=-5 s=x max=9223372036854775807\n");
	log_event(f->log, LOG_LEVEL_ERROR, "event", "key", "value");
	log_event(f->log, LOG_LEVEL_ERROR, "event", NULL, NULL);
	assert_string_equal(content(f), "error event key=value\nerror event\n");
}

static void
test_levels(void **state)
{
	struct fixture *f = *state;

	log_event(f->log, LOG_LEVEL_DEBUG, "quiet", NULL, NULL);
	assert_string_equal(content(f), "");
	log_set_level(f->log, LOG_LEVEL_DEBUG);
	log_event(f->log, LOG_LEVEL_DEBUG, "loud", NULL, NULL);
	assert_string_equal(content(f), "debug loud\n");
	log_set_level(f->log, LOG_LEVEL_ERROR);
	log_event(f->log, LOG_LEVEL_WARN, "quiet", NULL, NULL);
	log_event(NULL, LOG_LEVEL_ERROR, "nowhere", "k", "v");
	assert_string_equal(content(f), "");
}

static void
test_long(void **state)
{
	struct fixture *f = *state;
	struct log_line line;
	char big[4000];
	const char *text;
	int i;

	memset(big, 'x', sizeof(big));
	log_begin(&line, f->log, LOG_LEVEL_INFO, "event");
	log_str(&line, "big", str_make(big, sizeof(big)));
	log_end(&line);
	text = content(f);
	/* Cut, in quotes, and the line ends as every line. */
	assert_in_range(strlen(text), 256, 300);
	assert_non_null(strstr(text, "x...\"\n"));

	log_begin(&line, f->log, LOG_LEVEL_INFO, "event");
	for (i = 0; i < 100; i++)
		log_str(&line, "big", str_make(big, 250));
	log_int(&line, "n", 1);
	log_end(&line);
	text = content(f);
	assert_true(strlen(text) <= sizeof(line.text));
	assert_null(strstr(text, "... ..."));
	assert_non_null(strstr(text, " ..."));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void
test_held(void **state)
{
	struct fixture *f = *state;
	struct log_line line;
	int i;

	log_begin(&line, f->log, LOG_LEVEL_INFO, "one");
	log_end_later(&line);
	assert_string_equal(content(f), "");
	log_flush(f->log);
	assert_string_equal(content(f), "info one\n");

	/* A warning is never held, and what came before stays before. */
	log_begin(&line, f->log, LOG_LEVEL_INFO, "two");
	log_end_later(&line);
	log_begin(&line, f->log, LOG_LEVEL_WARN, "three");
	log_end_later(&line);
	assert_string_equal(content(f), "info two\nwarn three\n");

	/* What does not fit is written before. */
	for (i = 0; i < 10000; i++) {
		log_begin(&line, f->log, LOG_LEVEL_INFO, "many");
		log_end_later(&line);
	}
	assert_true(strlen(content(f)) > 0);
	log_flush(f->log);
}

static void *
write_lines(void *arg)
{
	struct log_line line;
	int i;

	for (i = 0; i < 1000; i++) {
		log_begin(&line, arg, LOG_LEVEL_INFO, "event");
		log_cstr(&line, "text", "0123456789");
		log_int(&line, "n", 1234567890);
		if (i % 3 == 0)
			log_end(&line);
		else
			log_end_later(&line);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	static const char want[] = "info event text=0123456789 n=1234567890";
	struct fixture *f = *state;
	pthread_t threads[4];
	struct str rest, line;
	unsigned count = 0;
	int i;

	for (i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, write_lines, f->log), 0);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_flush(f->log);
	rest = str_of(content(f));
	while (str_line(&rest, &line, NULL)) {
		assert_true(str_eq(line, str_of(want)));
		count++;
	}
	assert_int_equal(count, 4000);
}

static void
test_findings(void **state)
{
	static const struct diag_rule rule = { "F01", "some-name", MTASTS_ERROR,
		false, "RFC 8461 section 3.2", "Mend it." };
	static const struct diag_rule hint = { "F02", "hint", MTASTS_INFO,
		false, "", "" };
	struct fixture *f = *state;
	struct mtasts_diags *diags = mtasts_diags_new();

	diag_add(diags, &rule,
	    (struct diag_place){ .file = "a.yaml", .line = 3, .column = 7 },
	    "saw that");
	diag_add(diags, &hint, (struct diag_place){ .record = 2 }, "saw");
	log_findings(f->log, "start", diags);
	assert_string_equal(content(f),
	    "error start finding=some-name file=a.yaml line=3 column=7 "
	    "message=\"saw that\" fix=\"Mend it.\" "
	    "rfc=\"RFC 8461 section 3.2\"\n"
	    "info start finding=hint record=2 message=saw\n");
	log_findings(f->log, "start", NULL);
	assert_string_equal(content(f), "");
	mtasts_diags_free(diags);
}

static void
test_journal(void **state)
{
	struct fixture *f = *state;
	struct log *log;
	struct stat st;
	char text[100];

	assert_int_equal(fstat(fileno(f->file), &st), 0);
	snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
	log = log_new(fileno(f->file), LOG_LEVEL_INFO);
	log_event(log, LOG_LEVEL_WARN, "event", NULL, NULL);
	log_event(log, LOG_LEVEL_INFO, "event", NULL, NULL);
	assert_string_equal(content(f), "<4>warn event\n<6>info event\n");
	log_free(log);
	setenv("JOURNAL_STREAM", "1:1", 1);
	log = log_new(fileno(f->file), LOG_LEVEL_INFO);
	log_event(log, LOG_LEVEL_INFO, "event", NULL, NULL);
	assert_string_equal(content(f), "info event\n");
	log_free(log);
	unsetenv("JOURNAL_STREAM");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pairs, setup, teardown),
		cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long, setup, teardown),
		cmocka_unit_test_setup_teardown(test_held, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_findings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
