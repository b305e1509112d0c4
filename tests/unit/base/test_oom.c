/*
 * test_oom.c - each allocation of the floor fails once: nothing crashes,
 * nothing leaks, and the caller is told
 *
 * A scene is run again and again, with the first, the
 * second, ... allocation failing, until it needs no more than were allowed.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/enc.h"
#include "base/json.h"
#include "base/map.h"
#include "base/metrics.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/oom.h"

static const struct diag_rule rule = { "X01", "test", MTASTS_ERROR, true, "",
	"Mend it." };

/* A scene returns what it was told: MTASTS_OK or MTASTS_ENOMEM. */

/* scene_mem - the calls of malloc themselves */
static enum mtasts_err
scene_mem(void)
{
	char *p = mem_strdup(STR("text")), *q, *z = mem_zalloc(3, 5);
	enum mtasts_err err = MTASTS_ENOMEM;

	q = p == NULL ? NULL : mem_grow(p, 1000, 2);
	if (q != NULL) {
		assert_string_equal(q, "text");
		p = q;
	} else if (p != NULL) {
		assert_string_equal(p, "text"); /* untouched */
	}
	if (q != NULL && z != NULL)
		err = MTASTS_OK;
	mem_free(p);
	mem_free(z);
	return err;
}

/* scene_arena - several chunks */
static enum mtasts_err
scene_arena(void)
{
	struct arena *a = arena_new(SIZE_MAX);
	enum mtasts_err err = MTASTS_OK;

	if (a == NULL)
		return MTASTS_ENOMEM;
	for (size_t i = 0; i < 40; i++)
		if (arena_alloc(a, 100 * i) == NULL)
			err = MTASTS_ENOMEM;
	if (arena_printf(a, "%4000d", 1) == NULL)
		err = MTASTS_ENOMEM;
	if (arena_dup(a, STR("x")) == NULL)
		err = MTASTS_ENOMEM;
	arena_free(a);
	return err;
}

/* scene_buf - growth; what was there stays */
static enum mtasts_err
scene_buf(void)
{
	enum mtasts_err err;
	struct buf b;
	char *p;

	buf_init(&b, 100000);
	for (int i = 0; i < 1000; i++)
		buf_putf(&b, "%05d", i);
	err = buf_error(&b);
	assert_int_equal(b.len % 5, 0);
	if (b.len > 0)
		assert_int_equal(b.p[b.len], '\0');
	p = buf_take(&b);
	assert_int_equal(p == NULL, err != MTASTS_OK);
	mem_free(p);
	p = buf_take(&b); /* of nothing */
	if (p == NULL)
		err = MTASTS_ENOMEM;
	mem_free(p);
	return err;
}

/* scene_enc - decoders report the buffer's error */
static enum mtasts_err
scene_enc(void)
{
	static const struct str text = STR("Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy"
					   "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy"
					   "Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFy");
	enum mtasts_err (*const decode[])(struct buf *, struct str) = {
		enc_base64_decode,
		enc_percent_decode,
	};
	enum mtasts_err err = MTASTS_OK;
	struct buf b;

	for (size_t i = 0; i < 2; i++) {
		enum mtasts_err e;

		buf_init(&b, 1000);
		e = decode[i](&b, text);
		if (e != MTASTS_OK)
			err = e;
		buf_free(&b);
	}
	return err;
}

/* scene_diag - a finding is kept or counted, and none is half there */
static enum mtasts_err
scene_diag(void)
{
	struct mtasts_diags *to = mtasts_diags_new();
	struct mtasts_diags *from = mtasts_diags_new();
	enum mtasts_err err = MTASTS_ENOMEM;
	struct diag_quote q;
	size_t n;

	for (unsigned i = 0; i < 20; i++)
		diag_add_fix(from, &rule,
		    (struct diag_place){ i % 2 ? "f" : "g", i, 0, 0 },
		    "Do that.", "%s %0300d", diag_quote(&q, STR("\xff")), 1);
	diag_add(to, &rule, (struct diag_place){ 0 }, "x");
	diag_move(to, from);
	n = mtasts_diags_count(to);
	if (to != NULL && from != NULL) {
		assert_int_equal(n + mtasts_diags_dropped(to), 21);
		assert_int_equal(diag_errors(to), n);
		err = n == 21 ? MTASTS_OK : MTASTS_ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const struct mtasts_finding *f = mtasts_diags_get(to, i);

		assert_non_null(f->message);
		assert_non_null(f->file);
		assert_non_null(f->fix);
	}
	/* A quote that could not be made only spoils the text. */
	if (oom.failed > 0)
		err = MTASTS_ENOMEM;
	mtasts_diags_free(to);
	mtasts_diags_free(from);
	return err;
}

/* scene_map - what was in it stays in it */
static enum mtasts_err
scene_map(void)
{
	static const uint64_t seed[2] = { 1, 2 };
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	enum mtasts_err err = MTASTS_OK;
	size_t count = 0;
	struct map m;

	map_init(&m, seed);
	for (size_t i = 0; i < sizeof(digits); i++) {
		struct str key = str_make(digits + i, 1);
		void *old = &m;
		enum mtasts_err e = map_put(&m, key, &m, &old);

		if (e == MTASTS_OK) {
			assert_null(old);
			count++;
		} else {
			assert_ptr_equal(old, &m); /* untouched */
			assert_null(map_get(&m, key));
			err = e;
		}
		assert_int_equal(m.count, count);
		if (count > 0 && err == MTASTS_OK)
			assert_ptr_equal(map_get(&m, STR("0")), &m);
	}
	map_free(&m);
	return err;
}

/* scene_json - the writer, and findings of the reader */
static enum mtasts_err
scene_json(void)
{
	struct mtasts_diags *d = mtasts_diags_new();
	struct js *v = NULL;
	struct js_writer w;
	enum mtasts_err err;
	struct buf b;

	assert_int_equal(js_parse(STR("[1,]"), "f", &v, d), MTASTS_ESYNTAX);
	assert_null(v);
	buf_init(&b, 10000);
	js_begin(&w, &b, true);
	js_object(&w);
	js_findings(&w, "findings", d);
	js_kv_str(&w, "key", "\xff\x01text");
	js_end_object(&w);
	err = buf_error(&b);
	if (d == NULL || mtasts_diags_count(d) != 1)
		err = MTASTS_ENOMEM;
	buf_free(&b);
	mtasts_diags_free(d);
	return err;
}

/* scene_metrics - a metric that is not there may be counted all the same */
static enum mtasts_err
scene_metrics(void)
{
	static const char labels[] = "x=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"";
	static const int64_t bounds[32];
	struct metrics *m = metrics_new();
	enum mtasts_err err = m == NULL ? MTASTS_ENOMEM : MTASTS_OK;

	/* Each tail is a series of its own. */
	for (size_t i = 0; i < sizeof(labels); i++) {
		const char *own = labels + i;
		struct metric *c =
		    metrics_add(m, METRIC_COUNTER, "a", "b", own);
		struct metric *h = metrics_add_histogram(
		    m, "c", "d", own, METRIC_BOUNDS(bounds));

		if (c == NULL || h == NULL)
			err = MTASTS_ENOMEM;
		metric_inc(c);
		metric_observe(h, 1);
	}
	metrics_free(m);
	return err;
}

/* play - the scene with every allocation failing in its turn */
static void
play(enum mtasts_err (*scene)(void), bool all)
{
	unsigned n = 0;

	do {
		enum mtasts_err err;

		oom.left = ++n;
		oom.all = all;
		oom.failed = 0;
		err = scene();
		oom.left = 0;
		assert_int_equal(
		    err, oom.failed > 0 ? MTASTS_ENOMEM : MTASTS_OK);
	} while (oom.failed > 0);
	assert_true(n > 2); /* it did fail, more than once */
}

static void
test_scenes(void **state)
{
	static enum mtasts_err (*const scenes[])(void) = { scene_mem,
		scene_arena, scene_buf, scene_enc, scene_diag, scene_map,
		scene_json, scene_metrics };

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++) {
		play(scenes[i], false);
		play(scenes[i], true);
	}
}

/* lib_alloc - jansson's allocation, under the same plan */
static void *
lib_alloc(size_t size)
{
	return oom_fails() ? NULL : __real_malloc(size);
}

static void
test_json_library(void **state)
{
	static const struct str text =
	    STR("{\"a\":[1,\"text\",{\"b\":null}],\"c\":{\"d\":1.5}}");
	unsigned n = 0, told = 0;

	json_set_alloc_funcs(lib_alloc, free);
	do {
		struct js *v = NULL;
		enum mtasts_err err;

		oom.left = ++n;
		oom.all = false;
		oom.failed = 0;
		err = js_parse(text, NULL, &v, NULL);
		oom.left = 0;
		if (oom.failed == 0)
			assert_int_equal(err, MTASTS_OK);
		else /* see BUGS of json.c */
			assert_true(
			    err == MTASTS_ENOMEM || err == MTASTS_ESYNTAX);
		assert_int_equal(v == NULL, err != MTASTS_OK);
		told += err == MTASTS_ENOMEM;
		js_free(v);
	} while (oom.failed > 0);
	assert_true(told > 3);
	json_set_alloc_funcs(malloc, free);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_json_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
