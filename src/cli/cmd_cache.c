/*
 * cmd_cache.c - cache list, show, purge, refresh: the resolver's memory
 *
 * The file belongs to mtasts-resolver alone; all is asked and done through its
 * control socket. RFC 8461 section 3.3.
 */
#include "cli/commands.h"

#include "base/arena.h"
#include "base/timefmt.h"
#include "cli/ask.h"
#include "cli/out.h"
#include "cli/query_print.h"

#include <inttypes.h>
#include <stdlib.h>

#define ARENA_MAX ((size_t)2 << 30)
#define TEXT_MAX  (1u << 20)

/* One cached policy of a list. */
struct item {
	struct item *next;
	const char *domain, *mode, *id, *error;
	int64_t fetched_at, until_at, failures;
	const char *text; /* the object itself, for --json */
};

/* A list while it comes. */
struct list {
	struct cmd_env *env;
	struct arena *arena;
	struct item *first, **last;
	size_t count;
	enum mtasts_err err;
	const char *mode; /* --mode, or null */
	int64_t expiring_s; /* --expiring, or -1 */
	bool failing; /* --failing */
};

/* time_of - a member's time, or 0 */
static int64_t
time_of(const struct js *js, const char *key)
{
	struct str s;
	int64_t at;

	if (!js_str(js_get(js, key), &s) ||
	    timefmt_parse_rfc3339(s, &at) != MTASTS_OK)
		return 0;
	return at;
}

/* wanted - does it pass the filters? */
static bool
wanted(const struct list *l, const struct item *item)
{
	if (l->mode != NULL && strcmp(l->mode, item->mode) != 0)
		return false;
	if (l->failing && item->failures == 0)
		return false;
	return l->expiring_s < 0 ||
	    item->until_at <= l->env->now_at + l->expiring_s;
}

/* on_item - one line of the daemon's list */
static bool
on_item(void *ctx, struct str text, const struct js *js)
{
	struct list *l = ctx;
	struct item *item = arena_zalloc(l->arena, 1, sizeof(*item));

	l->err = MTASTS_ENOMEM;
	if (item == NULL)
		return false;
	item->domain = arena_dup(l->arena, query_text(js, "domain"));
	item->mode = arena_dup(l->arena, query_text(js, "mode"));
	item->id = arena_dup(l->arena, query_text(js, "id"));
	item->error = arena_dup(l->arena, query_text(js, "error"));
	item->text = arena_dup(l->arena, l->env->json ? text : STR(""));
	if (item->domain == NULL || item->mode == NULL || item->id == NULL ||
	    item->error == NULL || item->text == NULL)
		return false;
	item->fetched_at = time_of(js, "fetched");
	item->until_at = time_of(js, "until");
	js_int(js_get(js, "failures"), &item->failures);
	l->err = MTASTS_OK;
	if (!wanted(l, item))
		return true;
	*l->last = item;
	l->last = &item->next;
	l->count++;
	return true;
}

/* by_domain - order of names, those of one parent together */
static int
by_domain(const void *a, const void *b)
{
	const struct item *const *one = a, *const *two = b;

	return strcmp((*one)->domain, (*two)->domain);
}

/* sorted - the items in order; null without memory */
static struct item **
sorted(struct list *l)
{
	struct item **v, *item;
	size_t i = 0;

	v = arena_zalloc(l->arena, l->count + 1, sizeof(*v));
	if (v == NULL)
		return NULL;
	for (item = l->first; item != NULL; item = item->next)
		v[i++] = item;
	qsort(v, l->count, sizeof(*v), by_domain);
	return v;
}

/* list_json - an array with an object a line, so that lines can be picked */
static void
list_json(struct cmd_env *env, struct item *const *v, size_t count)
{
	size_t i;

	fputs("[", env->out);
	for (i = 0; i < count; i++)
		fprintf(env->out, "%s\n%s", i > 0 ? "," : "", v[i]->text);
	fputs(count > 0 ? "\n]\n" : "]\n", env->out);
}

/* put_row - one row of the table */
static void
put_row(struct cmd_env *env, struct out_table *t, const struct item *item)
{
	int64_t left = item->until_at - env->now_at,
		age = env->now_at - item->fetched_at;
	struct timefmt until, fetched;
	const char *cells[6] = { item->domain, item->mode,
		timefmt_ago(&fetched, age), "run out", item->id, "" };
	char note[80] = "";

	if (left >= 0)
		cells[3] = timefmt_ago(&until, left);
	if (item->failures > 0)
		snprintf(note, sizeof(note), "%" PRId64 " refresh%s failed",
		    item->failures, item->failures == 1 ? "" : "es");
	cells[5] = note;
	out_table_row(t, cells);
}

/* list_table - for people */
static void
list_table(struct cmd_env *env, struct item *const *v, size_t count)
{
	static const char *const heads[] = { "DOMAIN", "MODE", "FETCHED AGO",
		"HOLDS FOR", "ID", "" };
	struct out_table *t;
	size_t i;

	if (count > 0) {
		t = out_table_new(heads, 6);
		for (i = 0; i < count; i++)
			put_row(env, t, v[i]);
		out_table_print(env, t);
	}
	fprintf(env->out, "%zu polic%s\n", count, count == 1 ? "y" : "ies");
}

/* filters - read the options of the list; CMD_USAGE after a message */
static enum cmd_status
filters(struct list *l, const struct cmd_args *args)
{
	static const char *const modes[] = { "enforce", "testing", "none" };
	const char *expiring = cmd_value(args, "expiring");
	int64_t ms;
	size_t i;

	l->mode = cmd_value(args, "mode");
	l->failing = cmd_flag(args, "failing");
	l->expiring_s = -1;
	for (i = 0; l->mode != NULL && i < 3; i++)
		if (strcmp(l->mode, modes[i]) == 0)
			break;
	if (l->mode != NULL && i == 3) {
		out_error(l->env,
		    "'%s' is no mode; there are enforce, testing and none",
		    l->mode);
		return CMD_USAGE;
	}
	if (expiring == NULL)
		return CMD_FINE;
	if (timefmt_parse_duration(str_of(expiring), &ms) != MTASTS_OK) {
		out_error(l->env,
		    "--expiring wants a duration such as 3d, not '%s'",
		    expiring);
		return CMD_USAGE;
	}
	l->expiring_s = ms / 1000;
	return CMD_FINE;
}

/* run_list - cache list */
static enum cmd_status
run_list(struct cmd_env *env, const struct cmd_args *args)
{
	struct list l = { .env = env, .arena = arena_new(ARENA_MAX) };
	enum cmd_status status = CMD_UNKNOWN;
	struct item **v = NULL;
	enum mtasts_err err = MTASTS_ENOMEM;
	struct ask a;

	l.last = &l.first;
	if (l.arena == NULL)
		goto out;
	status = filters(&l, args);
	if (status != CMD_FINE) {
		arena_free(l.arena);
		return status;
	}
	ask_begin(&a, env, "list");
	err = ask_send(&a, on_item, &l);
	status = CMD_UNKNOWN;
	if (err == MTASTS_ENOENT)
		ask_nobody(env);
	if (err == MTASTS_OK && l.err == MTASTS_OK)
		v = sorted(&l);
out:
	if (v != NULL && env->json)
		list_json(env, v, l.count);
	else if (v != NULL)
		list_table(env, v, l.count);
	else if (err == MTASTS_OK || l.arena == NULL)
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	arena_free(l.arena);
	return v != NULL ? CMD_FINE : status;
}

/* ask_domain - ask what takes a domain; *out yours, null after a message */
static struct js *
ask_domain(struct cmd_env *env, const char *what, const char *domain)
{
	struct js *js = NULL;
	enum mtasts_err err;
	struct ask a;

	ask_begin(&a, env, what);
	js_kv_str(&a.w, "domain", domain);
	err = ask_one(&a, &js);
	if (err == MTASTS_ENOENT)
		ask_nobody(env);
	return js;
}

/* put_field - a line of "cache show" */
static void
put_field(struct cmd_env *env, struct buf *b, const char *label)
{
	if (buf_error(b) != MTASTS_OK)
		env->incomplete = true;
	else if (b->len > 0)
		out_labelled(env, 15, label, buf_str(b));
	buf_clear(b);
}

/* show_lines - the policy as it was fetched, a line each, nothing raw */
static void
show_lines(struct cmd_env *env, struct buf *b, struct str text)
{
	struct str line;

	if (text.len > 0)
		fputs("\nAs it was fetched:\n", env->out);
	while (str_line(&text, &line, NULL)) {
		if (str_ends(line, STR("\r")))
			line.len--;
		buf_clear(b);
		buf_clean(b, line, line.len);
		env->incomplete |= buf_error(b) != MTASTS_OK;
		fprintf(env->out, "  %s\n", b->len > 0 ? b->p : "");
	}
}

/* show_text - one cached policy for people */
static void
show_text(struct cmd_env *env, const struct js *js)
{
	static const struct {
		const char *key, *label;
		bool time;
	} rows[] = {
		{ "mode", "mode", false },
		{ "id", "id", false },
		{ "first", "first seen", true },
		{ "fetched", "fetched", true },
		{ "until", "holds until", true },
		{ "used", "last used", true },
		{ "next", "refresh", true },
		{ "error", "error", false },
	};
	struct buf b;
	size_t i;

	buf_init(&b, TEXT_MAX);
	query_put_safe(&b, query_text(js, "domain"));
	out_color(env, OUT_BOLD);
	fprintf(env->out, "%s\n", b.len > 0 ? b.p : "");
	out_color(env, OUT_PLAIN);
	buf_clear(&b);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].time)
			query_put_when(
			    &b, js_get(js, rows[i].key), env->now_at);
		else
			query_put_safe(&b, query_text(js, rows[i].key));
		put_field(env, &b, rows[i].label);
	}
	show_lines(env, &b, query_text(js, "text"));
	buf_free(&b);
}

/* run_show - cache show */
static enum cmd_status
run_show(struct cmd_env *env, const struct cmd_args *args)
{
	struct js *js = ask_domain(env, "show", args->words[0]);
	enum cmd_status status = CMD_FINE;

	if (js == NULL)
		return CMD_UNKNOWN;
	if (env->json)
		status = out_js(env, js);
	else
		show_text(env, js);
	js_free(js);
	return status;
}

/* purge_words - DOMAIN or --all, just one of them */
static enum cmd_status
purge_words(struct cmd_env *env, const struct cmd_args *args)
{
	bool all = cmd_flag(args, "all");

	if (all == (args->word_count > 0)) {
		out_error(env,
		    all ? "cache purge: either DOMAIN or --all, not both"
			: "cache purge: name the domain, or say --all");
		return CMD_USAGE;
	}
	return CMD_FINE;
}

/* run_purge - cache purge */
static enum cmd_status
run_purge(struct cmd_env *env, const struct cmd_args *args)
{
	enum cmd_status status = purge_words(env, args);
	struct js *js = NULL;
	enum mtasts_err err;
	int64_t n = 0;
	struct ask a;

	if (status != CMD_FINE)
		return status;
	ask_begin(&a, env, "purge");
	if (args->word_count > 0)
		js_kv_str(&a.w, "domain", args->words[0]);
	else
		js_kv_bool(&a.w, "all", true);
	err = ask_one(&a, &js);
	if (err == MTASTS_ENOENT)
		ask_nobody(env);
	if (err != MTASTS_OK)
		return CMD_UNKNOWN;
	js_int(js_get(js, "purged"), &n);
	status = CMD_FINE;
	if (env->json)
		status = out_js(env, js);
	else if (n == 0)
		fputs("Nothing was remembered.\n", env->out);
	else
		fprintf(env->out, "%" PRId64 " polic%s forgotten.\n", n,
		    n == 1 ? "y" : "ies");
	js_free(js);
	return status;
}

/* run_refresh - cache refresh */
static enum cmd_status
run_refresh(struct cmd_env *env, const struct cmd_args *args)
{
	struct js *js = ask_domain(env, "refresh", args->words[0]);
	enum cmd_status status, written = CMD_FINE;

	if (js == NULL)
		return CMD_UNKNOWN;
	status = query_status(js);
	if (env->json)
		written = out_js(env, js);
	else
		query_print(env, js);
	js_free(js);
	return written != CMD_FINE ? written : status;
}

static const struct cmd_opt list_opts[] = {
	{ "mode", "enforce|testing|none", "only policies of this mode" },
	{ "expiring", "DURATION", "only those that run out within it" },
	{ "failing", NULL, "only those whose last refresh failed" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_cache_list = {
	.name = "cache list",
	.usage = "",
	.summary = "the policies that the resolver remembers",
	.help = "With --json an array of objects with domain, id, mode, "
		"max_age, fetched, until, used, next, failures and error, one "
		"on each line.",
	.opts = list_opts,
	.run = run_list,
};

const struct cmd cmd_cache_show = {
	.name = "cache show",
	.usage = "DOMAIN",
	.summary = "one of them, as it was fetched",
	.words_min = 1,
	.words_max = 1,
	.run = run_show,
};

static const struct cmd_opt purge_opts[] = {
	{ "all", NULL, "forget all domains" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_cache_purge = {
	.name = "cache purge",
	.usage = "[DOMAIN]",
	.summary = "forget a domain, or all",
	.help = "A policy that is forgotten protects nothing until it is "
		"fetched again: somebody who can hold up DNS or HTTPS at that "
		"moment can then read mail. To get a new policy rather use "
		"cache refresh, which keeps the old one when that fails.\n"
		"\n"
		"Root, the user of mtasts-resolver and the members of its "
		"control-group may do this.",
	.opts = purge_opts,
	.words_max = 1,
	.run = run_purge,
};

const struct cmd cmd_cache_refresh = {
	.name = "cache refresh",
	.usage = "DOMAIN",
	.summary = "ask and fetch again now",
	.help = "Asks for the TXT record and fetches the policy, whatever is "
		"known and however short ago, and shows what came of it as "
		"query does. When it fails the policy that is there stays.\n"
		"\n"
		"Root, the user of mtasts-resolver and the members of its "
		"control-group may do this.",
	.words_min = 1,
	.words_max = 1,
	.run = run_refresh,
};
