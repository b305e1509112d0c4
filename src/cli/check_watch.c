/*
 * check_watch.c - tell what has changed since the last look
 *
 * Of the last look at each domain little is kept: how each check ended, and by
 * which finding. A finding that only words itself differently, such as days
 * that are left, is no change. People are told of problems that come and go;
 * programs, in JSON, of all that changes.
 */
#include "cli/check_watch.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "cli/audit_out_int.h"
#include "cli/out.h"

#include <stdio.h>

#define CHECKS_MAX  128
#define JSON_MAX    (1u << 20)
#define MESSAGE_MAX (1u << 16)

/* How a check ended. */
struct ended {
	uint8_t status; /* enum audit_status */
	const char *name; /* of the finding; constant text of its rule, "" */
};

/* The last look at a domain. */
struct last {
	bool seen;
	enum audit_result result;
	enum audit_outlook sender, dane;
	struct ended check[CHECKS_MAX]; /* by checks_get() */
};

struct check_watch {
	struct cmd_env *env;
	struct audit_out_conf conf;
	size_t count;
	struct last last[];
};

/* One change, as it is told. */
struct change {
	const struct audit *a;
	const char *what; /* "S05", "sender" */
	const char *from, *to;
	const char *message, *fix; /* may be "" */
};

struct check_watch *
check_watch_open(
    struct cmd_env *env, const struct audit_out_conf *conf, size_t count)
{
	struct check_watch *w;

	w = mem_zalloc(1, sizeof(*w) + count * sizeof(w->last[0]));
	if (w == NULL)
		return NULL;
	w->env = env;
	w->conf = *conf;
	/* A line of JSON for each; of text, no sum at the end. */
	w->conf.single = conf->format != audit_format_find("json");
	w->count = count;
	return w;
}

/* rule_name - the constant text of a finding's name */
static const char *
rule_name(const char *name)
{
	const struct diag_rule *rule;

	for (size_t i = 0; (rule = checks_rule(i)) != NULL; i++)
		if (strcmp(rule->name, name) == 0)
			return rule->name;
	return "";
}

/* index_of - of a check in checks_get() */
static size_t
index_of(const struct check *check)
{
	size_t i = 0;

	while (checks_get(i) != NULL && checks_get(i) != check)
		i++;
	return i;
}

/* say_json - a change as a line */
static void
say_json(struct check_watch *w, const struct change *c)
{
	struct js_writer js;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&js, &b, false);
	js_object(&js);
	js_kv_time(&js, "time", c->a->at);
	js_kv_str(&js, "domain", c->a->domain);
	js_kv_str(&js, "changed", c->what);
	js_kv_str(&js, "from", c->from);
	js_kv_str(&js, "to", c->to);
	js_kv_str(&js, "message", c->message);
	js_kv_str(&js, "fix", c->fix);
	js_end_object(&js);
	out_json(w->env, &b);
}

/* color_of - of a word that stands for how something is */
static enum out_color
color_of(const char *word)
{
	if (strcmp(word, "fail") == 0 || strcmp(word, "defer") == 0)
		return OUT_RED;
	if (strcmp(word, "warn") == 0 || strcmp(word, "deliver-any") == 0 ||
	    strcmp(word, "unknown") == 0)
		return OUT_YELLOW;
	return strcmp(word, "pass") == 0 || strcmp(word, "deliver-tls") == 0
	    ? OUT_GREEN
	    : OUT_PLAIN;
}

/* say_text - a change for people */
static void
say_text(struct check_watch *w, const struct change *c)
{
	struct timefmt time;

	fprintf(w->env->out, "%s %s: %s %s, now ",
	    timefmt_rfc3339(&time, c->a->at), c->a->domain, c->what, c->from);
	out_color(w->env, color_of(c->to));
	fputs(c->to, w->env->out);
	out_color(w->env, OUT_PLAIN);
	fputc('\n', w->env->out);
	if (c->message[0] != '\0')
		out_wrap(w->env, w->env->out, 2, c->message);
	if (c->fix[0] != '\0') {
		fputs("  Repair: ", w->env->out);
		out_hang(w->env, 10, str_of(c->fix));
	}
}

/* is_json - is it programs that are told? */
static bool
is_json(const struct check_watch *w)
{
	return w->env->json || w->conf.format == audit_format_find("json");
}

/* say - a change */
static void
say(struct check_watch *w, const struct change *c)
{
	if (strcmp(c->from, c->to) == 0 && c->fix[0] == '\0')
		return;
	if (is_json(w))
		say_json(w, c);
	else
		say_text(w, c);
}

/* say_outlooks - result, and what senders would do */
static void
say_outlooks(
    struct check_watch *w, const struct last *last, const struct audit *a)
{
	struct change result = { a, "result", audit_result_name(last->result),
		audit_result_name(a->result), "", "" };
	struct change sender = { a, "sender", audit_outlook_name(last->sender),
		audit_outlook_name(a->sender), a->sender_text, "" };
	struct change dane = { a, "dane", audit_outlook_name(last->dane),
		audit_outlook_name(a->dane), a->dane_text, "" };

	if (last->result != a->result)
		say(w, &result);
	if (last->sender != a->sender)
		say(w, &sender);
	if (last->dane != a->dane)
		say(w, &dane);
}

/* matters - does a person want to know that the i-th check ended otherwise? */
static bool
matters(const struct audit *a, size_t i, const struct ended *before)
{
	const struct audit_check *c = &a->check[i];

	if (before->status == AUDIT_FAIL || before->status == AUDIT_WARN ||
	    audit_out_problem(c))
		return true;
	/* What many checks could not find out is told once. */
	return c->status == AUDIT_SKIP && c->unknown && audit_out_first(a, i);
}

/* place_message - "HOST: what was seen", as on the page; false: no memory */
static bool
place_message(const struct audit_check *c, struct buf *b)
{
	if (c->finding_count > 0)
		audit_out_place(b, c->finding[0]);
	buf_putf(b, "%s%s", b->len > 0 ? ": " : "", c->message);
	return buf_error(b) == MTASTS_OK;
}

/* say_check - the i-th check ended otherwise, or by another finding */
static void
say_check(struct check_watch *w, const struct audit *a, size_t i,
    const struct ended *before)
{
	const struct audit_check *c = &a->check[i];
	struct buf b;
	struct change change = { a, c->check->id,
		audit_status_name((enum audit_status)before->status),
		audit_status_name(c->status), c->message, c->fix };

	if (before->status == c->status && strcmp(before->name, c->name) == 0)
		return;
	buf_init(&b, MESSAGE_MAX);
	/* That all is well again needs no words. */
	if (c->status == AUDIT_PASS)
		change.message = c->seen;
	else if (!is_json(w) && place_message(c, &b))
		change.message = b.p;
	if (is_json(w) || matters(a, i, before))
		say(w, &change);
	buf_free(&b);
}

/* keep - this look is the last one now */
static void
keep(struct last *last, const struct audit *a)
{
	last->seen = true;
	last->result = a->result;
	last->sender = a->sender;
	last->dane = a->dane;
	for (size_t i = 0; i < a->count; i++) {
		const struct audit_check *c = &a->check[i];
		struct ended *ended = &last->check[index_of(c->check)];

		ended->status = (uint8_t)c->status;
		ended->name = rule_name(c->name);
	}
}

void
check_watch_put(struct check_watch *w, size_t i, const struct audit *a)
{
	struct last *last = &w->last[i];
	struct audit_out *out;

	if (!last->seen) {
		out = audit_out_open(w->env, &w->conf);
		if (out != NULL)
			audit_out_put(out, a);
		audit_out_close(out);
		keep(last, a);
		return;
	}
	say_outlooks(w, last, a);
	for (size_t n = 0; n < a->count; n++)
		say_check(w, a, n, &last->check[index_of(a->check[n].check)]);
	keep(last, a);
}

enum cmd_status
check_watch_close(struct check_watch *w)
{
	enum cmd_status status = CMD_FINE;

	for (size_t i = 0; i < w->count; i++) {
		const struct last *last = &w->last[i];

		if (last->result == AUDIT_RESULT_FAIL && last->seen)
			status = CMD_PROBLEM;
		else if (status == CMD_FINE &&
		    (!last->seen || last->result == AUDIT_RESULT_UNKNOWN))
			status = CMD_UNKNOWN;
	}
	mem_free(w);
	return status;
}
