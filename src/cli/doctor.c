/*
 * doctor.c - what the doctors of all MTAs share
 *
 * Gathers checks, prints them, runs programs. Must not know any MTA's
 * configuration.
 */
#include "cli/doctor.h"

#include "cli/out.h"
#include "io/run.h"

#include <errno.h>

#define ARENA_MAX  (64u << 20)
#define SAID_MAX   (4u << 20) /* bytes of a program's output */
#define RUN_MS	   20000
#define RESULT_COL 24 /* where the texts begin */

struct doctor_check {
	struct doctor_check *next;
	enum doctor_result result;
	const char *name, *text, *fix;
};

struct doctor_line {
	struct doctor_line *next;
	const char *text;
};

static const char *const results[] = { "pass", "warn", "fail", "skip" };

enum cmd_status
doctor_begin(
    struct doctor *d, struct cmd_env *env, const char *mta, const char *file)
{
	*d = (struct doctor){ .env = env, .mta = mta, .file = file };
	d->last = &d->first;
	d->last_line = &d->lines;
	d->conf = cmd_conf(env);
	if (d->conf == NULL)
		return CMD_UNKNOWN;
	d->arena = arena_new(ARENA_MAX);
	if (d->arena != NULL)
		return CMD_FINE;
	out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	return CMD_UNKNOWN;
}

/* format - a printable text in the arena; null when memory is short */
static const char *
format(struct doctor *d, const char *fmt, va_list ap)
{
	const char *text = NULL;
	struct buf raw, safe;

	buf_init(&raw, 65536);
	buf_init(&safe, 4 * 65536);
	buf_vputf(&raw, fmt, ap);
	buf_clean(&safe, buf_str(&raw), 4096);
	if (buf_error(&raw) == MTASTS_OK && buf_error(&safe) == MTASTS_OK)
		text = arena_dup(d->arena, buf_str(&safe));
	buf_free(&raw);
	buf_free(&safe);
	return text;
}

void
doctor_say(struct doctor *d, enum doctor_result result, const char *name,
    const char *fix, const char *fmt, ...)
{
	struct doctor_check *c = arena_zalloc(d->arena, 1, sizeof(*c));
	va_list ap;

	if (c == NULL) {
		d->failed = true;
		return;
	}
	va_start(ap, fmt);
	c->text = format(d, fmt, ap);
	va_end(ap);
	c->fix = fix != NULL ? arena_dup(d->arena, str_of(fix)) : "";
	if (c->text == NULL || c->fix == NULL) {
		d->failed = true;
		return;
	}
	c->result = result;
	c->name = name;
	*d->last = c;
	d->last = &c->next;
	d->count[result]++;
}

void
doctor_line(struct doctor *d, const char *fmt, ...)
{
	struct doctor_line *line = arena_zalloc(d->arena, 1, sizeof(*line));
	va_list ap;

	if (line == NULL) {
		d->failed = true;
		return;
	}
	va_start(ap, fmt);
	line->text = format(d, fmt, ap);
	va_end(ap);
	if (line->text == NULL) {
		d->failed = true;
		return;
	}
	*d->last_line = line;
	d->last_line = &line->next;
}

/* say_json - all of it as one object */
static enum cmd_status
say_json(struct doctor *d)
{
	const struct doctor_check *c;
	const struct doctor_line *line;
	struct js_writer w;
	struct buf b;

	buf_init(&b, ARENA_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_str(&w, "mta", d->mta);
	js_kv_str(&w, "version", d->version);
	js_kv_bool(&w, "fine", d->count[DOCTOR_FAIL] == 0);
	js_key(&w, "checks");
	js_array(&w);
	for (c = d->first; c != NULL; c = c->next) {
		js_object(&w);
		js_kv_str(&w, "name", c->name);
		js_kv_str(&w, "result", results[c->result]);
		js_kv_str(&w, "message", c->text);
		if (c->fix[0] != '\0')
			js_kv_str(&w, "fix", c->fix);
		js_end_object(&w);
	}
	js_end_array(&w);
	js_key(&w, "lines");
	js_array(&w);
	for (line = d->lines; line != NULL; line = line->next)
		js_put_str(&w, str_of(line->text));
	js_end_array(&w);
	js_end_object(&w);
	return out_json(d->env, &b);
}

/* say_head - the verdict in one sentence */
static void
say_head(struct doctor *d)
{
	size_t fails = d->count[DOCTOR_FAIL], warns = d->count[DOCTOR_WARN];
	FILE *f = d->env->out;

	out_color(d->env, OUT_BOLD);
	out_color(d->env,
	    fails > 0	    ? OUT_RED
		: warns > 0 ? OUT_YELLOW
			    : OUT_GREEN);
	fprintf(f, "%s%s%s", d->mta, d->version != NULL ? " " : "",
	    d->version != NULL ? d->version : "");
	if (fails > 0)
		fprintf(
		    f, ": %zu thing%s to mend", fails, fails == 1 ? "" : "s");
	else if (warns > 0)
		fprintf(f, ": asks mtasts-resolver; %zu thing%s to think about",
		    warns, warns == 1 ? "" : "s");
	else
		fputs(": asks mtasts-resolver; nothing to mend", f);
	out_color(d->env, OUT_PLAIN);
	fputs("\n\n", f);
}

/* say_check - one check, and how to mend it */
static void
say_check(struct doctor *d, const struct doctor_check *c)
{
	static const enum out_color colors[] = { OUT_GREEN, OUT_YELLOW, OUT_RED,
		OUT_DIM };
	char label[64];

	snprintf(label, sizeof(label), "%s  %s",
	    c->result == DOCTOR_FAIL ? "FAIL" : results[c->result], c->name);
	out_color(d->env, colors[c->result]);
	out_labelled(d->env, RESULT_COL, label, str_of(c->text));
	out_color(d->env, OUT_PLAIN);
	if (c->fix[0] != '\0')
		out_wrap(d->env, d->env->out, RESULT_COL, c->fix);
}

enum cmd_status
doctor_end(struct doctor *d)
{
	enum cmd_status status =
	    d->count[DOCTOR_FAIL] > 0 ? CMD_PROBLEM : CMD_FINE;
	const struct doctor_check *c;
	const struct doctor_line *line;
	enum cmd_status written = CMD_FINE;

	d->env->incomplete |= d->failed;
	if (d->env->json) {
		written = say_json(d);
	} else {
		say_head(d);
		for (c = d->first; c != NULL; c = c->next)
			say_check(d, c);
		if (d->lines != NULL)
			fprintf(d->env->out, "\nLines for %s:\n", d->file);
		for (line = d->lines; line != NULL; line = line->next)
			fprintf(d->env->out, "  %s\n", line->text);
	}
	arena_free(d->arena);
	return written != CMD_FINE ? written : status;
}

enum cmd_status
doctor_give_up(struct doctor *d)
{
	/* Without a check there was a message. */
	if (d->first != NULL)
		(void)doctor_end(d);
	else
		arena_free(d->arena);
	return CMD_UNKNOWN;
}

const char *
doctor_run(struct doctor *d, const char *const *argv, bool *missing)
{
	const char *text = NULL;
	enum mtasts_err err;
	struct buf b;
	int status = 0;

	*missing = false;
	buf_init(&b, SAID_MAX);
	err = run_program(argv, RUN_MS, &b, &status);
	if (err == MTASTS_ENOENT)
		*missing = true;
	else if (err != MTASTS_OK)
		out_error(d->env, "cannot run %s: %s", argv[0],
		    err == MTASTS_ESYS ? strerror(errno)
				       : mtasts_strerror(err));
	else
		text = arena_dup(d->arena, buf_str(&b));
	if (err == MTASTS_OK && text == NULL)
		out_error(d->env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	buf_free(&b);
	return text;
}
