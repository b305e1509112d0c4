/*
 * fake_resolver - a control socket that answers from a table, for cmocka
 *
 * Stands in for mtasts-resolver: on a loop in a thread of its own, at a path
 * that a configuration file in the same folder names.
 */
#ifndef TESTS_SUPPORT_FAKE_RESOLVER_H
#define TESTS_SUPPORT_FAKE_RESOLVER_H

#include "io/ctl.h"
#include "support/scratch.h"

#include <pthread.h>

/* A request, as it must come, and the lines of the answer. */
struct fake_answer {
	const char *request; /* all its members as JSON */
	const char *lines; /* each with a line end; may be null */
	const char *error; /* or null */
};

struct fake_resolver {
	struct scratch folder;
	char config[256]; /* path of the configuration */
	const struct fake_answer *answers; /* a null request at the end */
	struct loop *loop;
	struct ctl *ctl;
	pthread_t thread;
	bool running;
};

/* fake_same - the same members with the same values, texts and flags only */
static inline bool
fake_same(const struct js *a, const struct js *b)
{
	const struct js *m, *n;
	const char *key = NULL;
	struct str s, t;
	bool p, q;
	size_t i;

	for (i = 0; (m = js_member(a, i, &key)) != NULL; i++) {
		n = js_get(b, key);
		if (js_str(m, &s) && (!js_str(n, &t) || !str_eq(s, t)))
			return false;
		if (js_bool(m, &p) && (!js_bool(n, &q) || p != q))
			return false;
	}
	return js_len(a) == js_len(b);
}

/* fake_request - answer from the table */
static inline void
fake_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	const struct fake_resolver *f = ctx;
	const struct fake_answer *a;
	struct js *want = NULL;
	struct str rest, line;
	bool same = false;

	for (a = f->answers; a->request != NULL && !same; a++) {
		if (js_parse(str_of(a->request), "", &want, NULL) == MTASTS_OK)
			same = fake_same(want, js);
		js_free(want);
		want = NULL;
		if (!same)
			continue;
		rest = str_of(a->lines);
		while (str_line(&rest, &line, NULL))
			ctl_line(call, line);
		ctl_end(call, a->error);
		return;
	}
	ctl_end(call, "the test has no answer to this");
}

/* fake_run - the thread */
static inline void *
fake_run(void *ctx)
{
	struct fake_resolver *f = ctx;

	return loop_run(f->loop) == MTASTS_OK ? f : NULL;
}

/* fake_open - answers null: write the configuration, but nobody answers */
static inline void
fake_open(struct fake_resolver *f, const struct fake_answer *answers)
{
	char text[512], path[256];
	struct ctl_conf conf = {
		.address = path, .group = "", .request = fake_request, .ctx = f
	};

	memset(f, 0, sizeof(*f));
	assert_int_equal(scratch_open(&f->folder), 0);
	snprintf(path, sizeof(path), "%s/ctl", f->folder.path);
	snprintf(text, sizeof(text),
	    "resolver: { control: \"%s\", metrics: \"\" }\n"
	    "host: { metrics: \"\" }\n",
	    path);
	assert_int_equal(
	    scratch_write(&f->folder, "c.yaml", text, strlen(text)), 0);
	snprintf(f->config, sizeof(f->config), "%s/c.yaml", f->folder.path);
	if (answers == NULL)
		return;
	f->answers = answers;
	assert_int_equal(loop_new(&f->loop), MTASTS_OK);
	conf.loop = f->loop;
	assert_int_equal(ctl_open(&conf, &f->ctl, NULL), MTASTS_OK);
	assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
	f->running = true;
}

/* fake_close - end it, remove the folder */
static inline void
fake_close(struct fake_resolver *f)
{
	if (f->running) {
		loop_stop(f->loop);
		pthread_join(f->thread, NULL);
		ctl_close(f->ctl);
		loop_free(f->loop);
	}
	scratch_close(&f->folder);
}

#endif
