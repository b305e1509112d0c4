/*
 * lab_registry - a registry with a few domains, for tests that only read it
 *
 *   example.com       policy, host of all
 *   alias.example     an alias of example.com
 *   own.example       addresses and report addresses of its own, TTL 60
 *   empty.example     no policy
 */
#ifndef TESTS_SUPPORT_LAB_REGISTRY_H
#define TESTS_SUPPORT_LAB_REGISTRY_H

#include "store/registry_db.h"

#define REGISTRY_ID	  "20270102T030405"
#define REGISTRY_OTHER_ID "20270203T040506"

/* lab_registry_settings - settings of "KEY=VALUE KEY=VALUE" */
static inline void
lab_registry_settings(struct settings *s, struct arena *a, const char *text)
{
	struct str rest = str_of(text), word, name, value;
	enum settings_key key;

	*s = (struct settings){ .host = "" };
	while (str_cut(rest, ' ', &word, &rest), word.len > 0) {
		assert_true(str_cut(word, '=', &name, &value));
		assert_true(settings_key_find(name, &key));
		assert_int_equal(settings_put(s, a, key, value, NULL), 0);
	}
}

/* lab_registry_put - one domain; null target or id: none */
static inline void
lab_registry_put(struct registry *r, const char *name, const char *target,
    const char *settings, const char *id)
{
	struct registry_row row = {
		.name = str_of(name), .target = str_of(target), .added_at = 100
	};
	struct registry_policy p = { .id = str_of(id),
		.body = STR("version: STSv1\r\nmode: testing\r\n"
			    "mx: mx.example.com\r\nmax_age: 604800\r\n"),
		.mode = MTASTS_MODE_TESTING,
		.max_age_s = 604800,
		.mx_count = 1,
		.first_at = 100 };
	struct arena *a = arena_new(1u << 20);
	struct settings s;

	assert_non_null(a);
	lab_registry_settings(&s, a, settings);
	assert_int_equal(registry_set_values(&row, &s, a), 0);
	assert_int_equal(registry_put(r, &row), 0);
	if (id != NULL)
		assert_int_equal(registry_serve(r, row.name, &p, 100), 0);
	arena_free(a);
}

/* lab_registry_fill - the domains above; defaults as given */
static inline void
lab_registry_fill(const char *folder, const char *defaults)
{
	struct registry *r = NULL;
	struct arena *a = arena_new(1u << 20);
	struct settings s;

	assert_non_null(a);
	lab_registry_settings(&s, a, defaults);
	assert_int_equal(registry_open(folder, REGISTRY_WRITE, &r, NULL), 0);
	assert_int_equal(registry_begin(r, REGISTRY_WRITE), 0);
	assert_int_equal(registry_put_defaults(r, &s), 0);
	lab_registry_put(r, "example.com", NULL, "", REGISTRY_ID);
	lab_registry_put(r, "alias.example", "example.com", "", REGISTRY_ID);
	lab_registry_put(r, "own.example", NULL,
	    "addresses=192.0.2.1 rua=mailto:own@own.example ttl=60",
	    REGISTRY_OTHER_ID);
	lab_registry_put(r, "empty.example", NULL, "", NULL);
	assert_int_equal(registry_commit(r), 0);
	registry_close(r);
	arena_free(a);
}

#endif
