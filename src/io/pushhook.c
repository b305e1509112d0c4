/*
 * pushhook.c - records written by a program of the administrator's
 *
 * Must not know why records change.
 */
#include "io/pushhook.h"

#include "base/arena.h"
#include "base/json.h"
#include "io/child.h"

#include <stdlib.h>

#define INPUT_MAX  (1u << 20)
#define SAID_MAX   65536 /* bytes of its standard error */
#define REASON_MAX 200 /* of which so many are told */

struct pushhook {
	struct child *child;
	dnschange_callback *cb;
	void *ctx;
};

/* Texts of a change. */
struct texts {
	const struct str *v;
	size_t count;
};

/* put_texts - a key and texts; those of "but" are left out */
static void
put_texts(
    struct js_writer *w, const char *key, struct texts t, struct texts but)
{
	size_t i, j;

	js_key(w, key);
	js_array(w);
	for (i = 0; i < t.count; i++) {
		for (j = 0; j < but.count && !str_eq(t.v[i], but.v[j]); j++)
			;
		if (j == but.count)
			js_put_str(w, t.v[i]);
	}
	js_end_array(w);
}

/* put_change - one element */
static void
put_change(struct js_writer *w, const struct dnschange *c)
{
	struct texts old = { c->old, c->old_count };
	struct texts new_ = { c->new_, c->new_count }, none = { NULL, 0 };

	js_object(w);
	js_kv_str(w, "name", c->name);
	js_kv_str(w, "type", dnstype_name(c->type));
	js_kv_int(w, "ttl", c->ttl_s);
	put_texts(w, "old", old, none);
	put_texts(w, "new", new_, none);
	put_texts(w, "remove", old, new_);
	put_texts(w, "add", new_, old);
	js_end_object(w);
}

void
pushhook_json(const struct pushhook_want *want, struct buf *b)
{
	struct js_writer w;

	js_begin(&w, b, true);
	js_object(&w);
	js_kv_int(&w, "version", 1);
	js_kv_str(&w, "zone", want->zone);
	js_key(&w, "changes");
	js_array(&w);
	for (size_t i = 0; i < want->count; i++)
		put_change(&w, &want->changes[i]);
	js_end_array(&w);
	js_end_object(&w);
	buf_putc(b, '\n');
}

void
pushhook_reason(struct str said, struct buf *b)
{
	struct str line, last = STR("");

	while (str_line(&said, &line, NULL)) {
		line = str_trim(line);
		while (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len > 0)
			last = line;
	}
	buf_printable(b, last, REASON_MAX);
}

/* end_of - what its end means */
static enum dnschange_end
end_of(const struct child_result *r)
{
	if (r->end == CHILD_TIMEOUT)
		return DNSCHANGE_TIMEOUT;
	if (r->end == CHILD_SIGNALED)
		return DNSCHANGE_FAILED;
	return r->status == 0 ? DNSCHANGE_DONE
	    : r->status == 1  ? DNSCHANGE_REFUSED
			      : DNSCHANGE_FAILED;
}

/* on_ended - it has */
static void
on_ended(void *ctx, const struct child_result *r)
{
	struct pushhook *hook = ctx;
	enum dnschange_end end = end_of(r);
	struct buf why;

	buf_init(&why, 4 * REASON_MAX + 64);
	pushhook_reason(r->err, &why);
	if (r->end == CHILD_SIGNALED) {
		buf_clear(&why);
		buf_putf(&why, "it was ended by signal %d", r->status);
	} else if (end != DNSCHANGE_DONE && end != DNSCHANGE_TIMEOUT &&
	    why.len == 0) {
		buf_putf(&why, "it exited with %d and said nothing", r->status);
	}
	hook->cb(hook->ctx, end, why.p != NULL ? why.p : "");
	buf_free(&why);
	mem_free(hook);
}

/* run - with the document made */
static enum mtasts_err
run(struct pushhook *hook, const struct pushhook_want *want, struct str input)
{
	static const char path[] =
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *argv[] = { want->program, NULL };
	const char *env[] = { path, NULL, NULL };
	struct child_conf conf = { .loop = want->loop,
		.argv = argv,
		.env = env,
		.input = input,
		.out_max = 0,
		.err_max = SAID_MAX,
		.timeout_ms = want->timeout_ms };
	enum mtasts_err err;
	struct buf b;

	buf_init(&b, 8192);
	if (folder != NULL) {
		buf_putf(&b, "CREDENTIALS_DIRECTORY=%s", folder);
		env[1] = b.p;
	}
	err = buf_error(&b) != MTASTS_OK
	    ? buf_error(&b)
	    : child_start(&conf, on_ended, hook, &hook->child);
	buf_free(&b);
	return err;
}

enum mtasts_err
pushhook_start(const struct pushhook_want *want, dnschange_callback *cb,
    void *ctx, struct pushhook **out)
{
	struct pushhook *hook = mem_zalloc(1, sizeof(*hook));
	enum mtasts_err err;
	struct buf input;

	if (hook == NULL)
		return MTASTS_ENOMEM;
	hook->cb = cb;
	hook->ctx = ctx;
	buf_init(&input, INPUT_MAX);
	pushhook_json(want, &input);
	err = buf_error(&input);
	if (err == MTASTS_OK)
		err = run(hook, want, buf_str(&input));
	buf_free(&input);
	if (err == MTASTS_OK)
		*out = hook;
	else
		mem_free(hook);
	return err;
}

void
pushhook_cancel(struct pushhook *hook)
{
	if (hook == NULL)
		return;
	child_cancel(hook->child);
	mem_free(hook);
}
