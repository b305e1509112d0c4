/*
 * follow.c - watching mtasts-publisher bring a domain out
 *
 * Only words for what it tells on its control socket; it goes on whether
 * somebody watches or not.
 */
#include "cli/follow.h"

#include "cli/ask.h"
#include "cli/out.h"
#include "cli/query_print.h"

/* An authority may make us wait for hours. */
#define SILENCE_MS ((int64_t)7 * 86400 * 1000)

/* What was heard last. */
struct follow {
	struct cmd_env *env;
	const char *domain;
	bool step_open; /* a step was begun, and its line is not ended */
	enum cmd_status status;
};

/* close_step - its line, with how it went */
static void
close_step(struct follow *f, const char *word, enum out_color color)
{
	if (!f->step_open)
		return;
	f->step_open = false;
	out_color(f->env, color);
	fputs(word, f->env->out);
	out_color(f->env, OUT_PLAIN);
	fputc('\n', f->env->out);
}

/* say_step - a step begins */
static void
say_step(struct follow *f, struct str step)
{
	close_step(f, "done", OUT_GREEN);
	fprintf(f->env->out, "  %-12" STR_FMT " ", STR_ARG(step));
	fflush(f->env->out);
	f->step_open = true;
}

/* say_texts - why, and what to do */
static void
say_texts(struct follow *f, const struct js *js)
{
	static const char *const keys[] = { "why", "fix" };
	struct buf b;

	for (size_t i = 0; i < 2; i++) {
		struct str text = query_text(js, keys[i]);

		buf_init(&b, 1u << 20);
		query_put_safe(&b, text);
		if (text.len > 0 && buf_error(&b) == MTASTS_OK)
			out_wrap_str(f->env, f->env->out, 4, buf_str(&b));
		buf_free(&b);
	}
}

/* say_next - when it is looked at again, by itself */
static void
say_next(struct follow *f, const struct js *js)
{
	struct buf b;

	if (query_text(js, "next").len == 0)
		return;
	buf_init(&b, 4096);
	buf_puts(&b, "Looked at again, by itself: ");
	query_put_when(&b, js_get(js, "next"), f->env->now_at);
	if (buf_error(&b) == MTASTS_OK)
		out_wrap_str(f->env, f->env->out, 4, buf_str(&b));
	buf_free(&b);
}

/* say_end - how a job ended; it may go on */
static void
say_end(struct follow *f, const struct js *js)
{
	struct str end = query_text(js, "end");
	bool live = str_eq(end, STR("live")) || str_eq(end, STR("gone")),
	     later = str_eq(end, STR("later"));
	enum out_color color = live ? OUT_GREEN : later ? OUT_YELLOW : OUT_RED;

	close_step(f, live ? "done" : "not yet", live ? OUT_GREEN : color);
	fprintf(f->env->out, "%s: ", f->domain);
	out_color(f->env, color);
	fprintf(f->env->out, "%" STR_FMT, STR_ARG(end));
	out_color(f->env, OUT_PLAIN);
	if (query_text(js, "id").len > 0)
		fprintf(f->env->out, ", id %" STR_FMT,
		    STR_ARG(query_text(js, "id")));
	fputc('\n', f->env->out);
	say_texts(f, js);
	if (!live)
		say_next(f, js);
	fflush(f->env->out);
	f->status = live ? CMD_FINE : CMD_PROBLEM;
}

/* on_line - something has happened */
static bool
on_line(void *ctx, struct str text, const struct js *js)
{
	struct follow *f = ctx;

	if (query_text(js, "end").len > 0)
		say_end(f, js);
	else if (query_text(js, "step").len > 0)
		say_step(f, query_text(js, "step"));
	return true;
}

enum cmd_status
follow_domain(struct cmd_env *env, const char *domain)
{
	struct follow f = { env, domain, false, CMD_UNKNOWN };
	enum mtasts_err err;
	struct ask a;

	ask_publisher(&a, env, "publish");
	js_kv_str(&a.w, "domain", domain);
	js_kv_bool(&a.w, "follow", true);
	a.silence_ms = SILENCE_MS;
	err = ask_send(&a, on_line, &f);
	if (f.step_open)
		fputc('\n', env->out);
	if (err == MTASTS_ENOENT)
		fprintf(env->out,
		    "mtasts-publisher does not run here. To bring it out: "
		    "mtasts publish %s\n",
		    domain);
	return err == MTASTS_OK ? f.status : CMD_UNKNOWN;
}
