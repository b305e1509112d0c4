/*
 * bench_registry - a registry on a test's bench, and short ways to work on it
 *
 * The state of the one test that runs is here; every test has a fresh one.
 */
#ifndef TESTS_SUPPORT_BENCH_REGISTRY_H
#define TESTS_SUPPORT_BENCH_REGISTRY_H

#include "support/scratch.h"
#include "task/domain.h"

static struct scratch dir;
static struct registry *reg;
static struct arena *arena;
static struct mtasts_diags *diags; /* of the last job */
static struct domain_result result; /* of the last job */
static int64_t now_at;
static bool force, dry_run;
static struct domain_looks *looks;

/* bench_open - an empty registry at 2025-02-27T00:00:00Z */
static int
bench_open(void **state)
{
	now_at = INT64_C(1740614400);
	force = dry_run = false;
	looks = NULL;
	diags = NULL;
	arena = arena_new(256u << 20);
	if (arena == NULL || scratch_open(&dir) != 0)
		return -1;
	return registry_open(dir.path, REGISTRY_WRITE, &reg, NULL);
}

/* bench_close - without it */
static int
bench_close(void **state)
{
	registry_close(reg);
	arena_free(arena);
	mtasts_diags_free(diags);
	scratch_close(&dir);
	return 0;
}

/* job - a job at the bench's time, with fresh findings */
static struct domain_job
job(void)
{
	mtasts_diags_free(diags);
	diags = mtasts_diags_new();
	return (struct domain_job){ reg, arena, diags, now_at, force, dry_run,
		looks };
}

/* finding - the name of the first finding of the last job, or "" */
static inline const char *
finding(void)
{
	return mtasts_diags_count(diags) > 0 ? mtasts_diags_get(diags, 0)->name
					     : "";
}

/* read_words - edits from words between blanks */
static enum mtasts_err
read_words(const char *words, struct domain_edit *v, size_t *count)
{
	struct str rest = str_of(arena_dup(arena, str_of(words))), word;
	enum mtasts_err err = MTASTS_OK;

	*count = 0;
	while (!err && rest.len > 0) {
		str_cut(rest, ' ', &word, &rest);
		err = domain_read_edit(word, &v[(*count)++], diags);
	}
	return err;
}

/* do_edits - a job that takes words */
static enum mtasts_err
do_edits(const char *name, const char *words,
    enum mtasts_err (*run)(const struct domain_job *, struct str,
	struct domain_edits, struct domain_result *))
{
	struct domain_job j = job();
	struct domain_edit v[16];
	size_t count;
	enum mtasts_err err = read_words(words, v, &count);

	if (err)
		return err;
	return run(
	    &j, str_of(name), (struct domain_edits){ v, count }, &result);
}

static inline enum mtasts_err
do_add(const char *name, const char *words)
{
	return do_edits(name, words, domain_add);
}

static inline enum mtasts_err
do_set(const char *name, const char *words)
{
	return do_edits(name, words, domain_set);
}

static inline enum mtasts_err
do_defaults(const char *words)
{
	struct domain_job j = job();
	struct domain_edit v[16];
	size_t count;
	enum mtasts_err err = read_words(words, v, &count);

	if (err)
		return err;
	return domain_defaults_set(
	    &j, (struct domain_edits){ v, count }, &result);
}

static inline enum mtasts_err
do_alias(const char *name, const char *target)
{
	struct domain_job j = job();

	return domain_alias(&j, str_of(name), str_of(target), &result);
}

static inline enum mtasts_err
do_remove(const char *name, bool at_once)
{
	struct domain_job j = job();

	return domain_remove(&j, str_of(name), at_once, &result);
}

/* must - the job did it */
#define must(call)                                                 \
	do {                                                       \
		enum mtasts_err must_err = (call);                 \
		if (must_err != MTASTS_OK)                         \
			print_message("refused: %s\n", finding()); \
		assert_int_equal(must_err, MTASTS_OK);             \
	} while (0)

/* refuses - the job did not, for this reason */
#define refuses(call, want, name)                     \
	do {                                          \
		assert_int_equal((call), want);       \
		assert_string_equal(finding(), name); \
	} while (0)

/* What served() looks for and found. */
struct looking {
	const char *name;
	const char *text;
};

/* look_served - keep "ID BODY" of one name */
static bool
look_served(void *arg, const struct registry_served *row)
{
	struct looking *l = arg;

	if (!str_eq(row->domain, str_of(l->name)))
		return true;
	l->text = arena_printf(
	    arena, "%.*s %.*s", STR_ARG(row->id), STR_ARG(row->body));
	return false;
}

/* served - "ID BODY" of what a name serves, or "" */
static inline const char *
served(const char *name)
{
	struct looking l = { name, "" };

	assert_int_equal(registry_each_served(reg, look_served, &l), MTASTS_OK);
	return l.text;
}

/* job_show - see view() */
static struct domain_view bench_view;

static inline enum mtasts_err
job_show(const char *name)
{
	struct domain_job j = job();

	return domain_show(&j, str_of(name), &bench_view);
}

/* view - all about a name that is there */
static inline const struct domain_view *
view(const char *name)
{
	assert_int_equal(job_show(name), MTASTS_OK);
	return &bench_view;
}

/* add_name - "NAME:STATE " to a list */
static bool
add_name(void *arg, const struct domain_item *item)
{
	buf_putf(arg, "%.*s:%s ", STR_ARG(item->row->name),
	    domain_state_name(item->state));
	return true;
}

/* names - the list as one text */
static inline const char *
names(const char *filter)
{
	struct domain_job j = job();
	const char *text;
	struct buf b;

	buf_init(&b, 1u << 20);
	assert_int_equal(
	    domain_list(&j, str_of(filter), add_name, &b), MTASTS_OK);
	text = arena_dup(arena, buf_str(&b));
	buf_free(&b);
	return text;
}

/* count_one - one more */
static bool
count_one(void *arg, const struct domain_item *item)
{
	++*(size_t *)arg;
	return true;
}

/* count_names - how many names are in the registry */
static inline size_t
count_names(void)
{
	struct domain_job j = job();
	size_t n = 0;

	assert_int_equal(domain_list(&j, str_of(""), count_one, &n), MTASTS_OK);
	return n;
}

/* exported - the export file as text */
static inline const char *
exported(void)
{
	struct domain_job j = job();
	struct export_file *f = NULL;
	const char *text;
	struct buf b;

	assert_int_equal(domain_export(&j, &f), MTASTS_OK);
	buf_init(&b, 16u << 20);
	export_format(f, &b);
	assert_int_equal(buf_error(&b), MTASTS_OK);
	text = arena_dup(arena, buf_str(&b));
	buf_free(&b);
	export_free(f);
	return text;
}

/* do_import - a file of this text */
static inline enum mtasts_err
do_import(const char *text, bool prune)
{
	struct domain_job j = job();
	struct domain_import import = { NULL, "file", prune };
	struct export_file *f = NULL;
	enum mtasts_err err;

	err = export_parse_some(str_of(text), "file", &f, diags);
	import.file = f;
	if (!err)
		err = domain_import(&j, &import, &result);
	export_free(f);
	return err;
}

/* every_id_has_one_body - of any name: the history is sound */
static inline void
every_id_has_one_body(void)
{
	struct domain_job j = job();
	struct export_file *f = NULL;

	assert_int_equal(domain_export(&j, &f), MTASTS_OK);
	for (size_t i = 0; i < f->count; i++) {
		const struct export_domain *d = &f->domains[i];
		size_t now = 0;

		for (size_t a = 0; a < d->policy_count; a++) {
			now += d->policies[a].replaced_at == 0;
			for (size_t b = 0; b < a; b++)
				assert_string_not_equal(
				    d->policies[a].id, d->policies[b].id);
		}
		assert_true(now <= 1);
	}
	export_free(f);
}

#endif
