/*
 * fuzz_json.c - what the reader accepts, the writer writes and the reader
 * reads again as the same tree
 *
 * Numbers with a fraction are not in our writer's vocabulary: they are written
 * as null, and anything that is no other kind counts as equal.
 */
#include "base/json.h"
#include "fuzz.h"

/* copy - write the tree v */
static void
copy(struct js_writer *w, const struct js *v)
{
	const struct js *m;
	const char *key = NULL;
	struct str s;
	int64_t n;
	bool b;

	if (js_is_object(v)) {
		js_object(w);
		for (size_t i = 0; (m = js_member(v, i, &key)) != NULL; i++) {
			require(m == js_get(v, key));
			js_key(w, key);
			copy(w, m);
		}
		js_end_object(w);
	} else if (js_is_array(v)) {
		js_array(w);
		for (size_t i = 0; i < js_len(v); i++)
			copy(w, js_at(v, i));
		js_end_array(w);
	} else if (js_str(v, &s)) {
		require(str_utf8(s));
		js_put_str(w, s);
	} else if (js_int(v, &n)) {
		js_put_int(w, n);
	} else if (js_bool(v, &b)) {
		js_put_bool(w, b);
	} else {
		js_put_null(w);
	}
}

static void same(const struct js *a, const struct js *b);

/* same_inside - members and elements, in their order */
static void
same_inside(const struct js *a, const struct js *b)
{
	const char *ka = NULL, *kb = NULL;

	require(js_len(a) == js_len(b));
	for (size_t i = 0; i < js_len(a); i++) {
		if (js_is_array(a)) {
			same(js_at(a, i), js_at(b, i));
		} else {
			same(js_member(a, i, &ka), js_member(b, i, &kb));
			require(str_eq(str_of(ka), str_of(kb)));
		}
	}
}

/* same - two trees say the same */
static void
same(const struct js *a, const struct js *b)
{
	struct str sa = { 0 }, sb = { 0 };
	int64_t na = 0, nb = 0;
	bool ba = false, bb = false;

	require(js_is_object(a) == js_is_object(b));
	require(js_is_array(a) == js_is_array(b));
	require(js_str(a, &sa) == js_str(b, &sb) && str_eq(sa, sb));
	require(js_int(a, &na) == js_int(b, &nb) && na == nb);
	require(js_bool(a, &ba) == js_bool(b, &bb) && ba == bb);
	same_inside(a, b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mtasts_diags *d = mtasts_diags_new();
	struct js *v = NULL, *again = NULL;
	struct js_writer w;
	struct buf b;

	if (js_parse(str_make((const char *)data, size), "f", &v, d) !=
	    MTASTS_OK) {
		require(v == NULL && mtasts_diags_count(d) == 1);
		require(mtasts_diags_get(d, 0)->line > 0 || size > JS_MAX);
		goto out;
	}
	require(mtasts_diags_count(d) == 0);
	for (int pretty = 0; pretty <= 1; pretty++) {
		/* The writer's escapes make a text up to six times longer. */
		buf_init(&b, SIZE_MAX);
		js_begin(&w, &b, pretty);
		copy(&w, v);
		require(buf_error(&b) == MTASTS_OK && str_utf8(buf_str(&b)));
		if (b.len <= JS_MAX) {
			require(
			    js_parse(buf_str(&b), "f", &again, d) == MTASTS_OK);
			same(v, again);
			js_free(again);
		}
		buf_free(&b);
	}
out:
	js_free(v);
	mtasts_diags_free(d);
	return 0;
}
