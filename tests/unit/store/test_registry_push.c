/*
 * test_registry_push - what was written into DNS, and for whom
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/registry_push.h"
#include "support/scratch.h"

static struct scratch dir;
static struct registry *reg;

static int
set_up(void **state)
{
	if (scratch_open(&dir) != 0)
		return -1;
	return registry_open(dir.path, REGISTRY_WRITE, &reg, NULL);
}

static int
tear_down(void **state)
{
	registry_close(reg);
	scratch_close(&dir);
	return 0;
}

/* put - remember one */
static void
put(const char *domain, const char *name, const char *type, const char *value)
{
	struct registry_pushed row = { str_of(domain), str_of(name),
		str_of(type), str_of(value), 7 };

	assert_int_equal(registry_push_remember(reg, &row), MTASTS_OK);
}

/* note - rows as a text */
static bool
note(void *arg, const struct registry_pushed *row)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 8000 - len, "%.*s %.*s %.*s %.*s|",
	    STR_ARG(row->domain), STR_ARG(row->name), STR_ARG(row->type),
	    STR_ARG(row->value));
	return true;
}

/* of - those of a domain */
static const char *
of(const char *domain, char out[8000])
{
	out[0] = '\0';
	assert_int_equal(
	    registry_each_pushed(reg, str_of(domain), note, out), MTASTS_OK);
	return out;
}

/* note_value - values as a text */
static bool
note_value(void *arg, const struct registry_pushed_value *value)
{
	char *text = arg;
	size_t len = strlen(text);

	snprintf(text + len, 8000 - len, "%.*s %.*s%s%s|", STR_ARG(value->type),
	    STR_ARG(value->value), value->own ? " own" : "",
	    value->others ? " others" : "");
	return true;
}

/* at - those at a name, for a.test */
static const char *
at(const char *name, char out[8000])
{
	struct registry_pushed_place place = { str_of(name), STR("a.test") };

	out[0] = '\0';
	assert_int_equal(
	    registry_each_pushed_at(reg, &place, note_value, out), MTASTS_OK);
	return out;
}

static void
test_rows(void **state)
{
	char text[8000];

	assert_int_equal(registry_begin(reg, REGISTRY_WRITE), MTASTS_OK);
	put("a.test", "mta-sts.a.test", "CNAME", "h.test");
	put("a.test", "_smtp._tls.p.test", "TXT", "one");
	put("b.test", "_smtp._tls.p.test", "TXT", "one");
	put("b.test", "_smtp._tls.p.test", "TXT", "two");
	put("b.test", "_smtp._tls.p.test", "A", "192.0.2.1");
	put("a.test", "mta-sts.a.test", "CNAME", "h.test");
	assert_int_equal(registry_commit(reg), MTASTS_OK);
	assert_string_equal(of("a.test", text),
	    "a.test _smtp._tls.p.test TXT one|"
	    "a.test mta-sts.a.test CNAME h.test|");
	assert_string_equal(at("_smtp._tls.p.test", text),
	    "A 192.0.2.1 others|TXT one own others|TXT two others|");
	assert_int_equal(
	    registry_push_forget(reg, STR("b.test"), STR("_smtp._tls.p.test")),
	    MTASTS_OK);
	assert_string_equal(of("b.test", text), "");
	assert_string_equal(at("_smtp._tls.p.test", text), "TXT one own|");
	assert_string_equal(at("none", text), "");
}

/* the oldest are forgotten; one that is written again is new */
static void
test_keep(void **state)
{
	char value[20], text[8000];

	put("c.test", "n", "TXT", "first");
	put("c.test", "n", "A", "192.0.2.1");
	for (int i = 0; i < REGISTRY_PUSH_KEEP - 1; i++) {
		snprintf(value, sizeof(value), "v%d", i);
		put("c.test", "n", "TXT", value);
	}
	assert_non_null(strstr(of("c.test", text), " first|"));
	put("c.test", "n", "TXT", "first");
	put("c.test", "n", "TXT", "more");
	assert_non_null(strstr(of("c.test", text), " first|"));
	assert_non_null(strstr(text, " more|"));
	assert_non_null(strstr(text, " 192.0.2.1|"));
	assert_null(strstr(text, " v0|"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
