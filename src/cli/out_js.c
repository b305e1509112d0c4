/*
 * out_js.c - JSON that was read, printed again
 *
 * What a daemon said passes through our writer, so that it is indented like
 * all other output and nothing in it reaches a terminal raw.
 */
#include "cli/out.h"

#define TEXT_MAX (64u << 20)

void
out_put_js(struct js_writer *w, const struct js *v)
{
	const char *key = NULL;
	const struct js *m;
	struct str s;
	int64_t n;
	size_t i;
	bool b;

	if (js_is_object(v)) {
		js_object(w);
		for (i = 0; (m = js_member(v, i, &key)) != NULL; i++) {
			js_key(w, key);
			out_put_js(w, m);
		}
		js_end_object(w);
	} else if (js_is_array(v)) {
		js_array(w);
		for (i = 0; i < js_len(v); i++)
			out_put_js(w, js_at(v, i));
		js_end_array(w);
	} else if (js_str(v, &s)) {
		js_put_str(w, s);
	} else if (js_int(v, &n)) {
		js_put_int(w, n);
	} else if (js_bool(v, &b)) {
		js_put_bool(w, b);
	} else {
		js_put_null(w);
	}
}

enum cmd_status
out_js(struct cmd_env *env, const struct js *js)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	js_begin(&w, &b, true);
	out_put_js(&w, js);
	return out_json(env, &b);
}
