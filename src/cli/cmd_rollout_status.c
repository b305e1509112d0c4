/*
 * cmd_rollout_status.c - rollout status: how roll-outs stand
 *
 * Reads the registry alone; looks at nothing.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "cli/rollout_print.h"

#include <stdio.h>

#define JSON_MAX (256u << 20)

/* A list being made. */
struct listing {
	struct cmd_env *env;
	struct registry_cli c;
	bool problems; /* only those */
	size_t shown, bad;
	bool in_table; /* else each in full */
	struct out_table *table; /* null: it has no row yet */
	bool broken; /* memory was short */
	struct js_writer js;
	struct buf text;
};

/* is_problem - should someone look? */
static bool
is_problem(const struct rollout_item *item)
{
	return item->state->alarm || item->reason == ROLLOUT_FAILING ||
	    item->reason == ROLLOUT_REPORTED || item->reason == ROLLOUT_FOREIGN;
}

/* put_row - one line of the table */
static void
put_row(struct listing *l, const struct rollout_item *item)
{
	static const char *const heads[] = { "DOMAIN", "STAGE", "SINCE",
		"WAITS", "WHY" };
	struct timefmt since;
	char wait[60];
	const char *cells[5] = { item->domain,
		rollout_stage_name(item->state->stage), since.text,
		rollout_print_wait(wait, sizeof(wait), item, l->env->now_at),
		item->why };

	if (l->table == NULL)
		l->table = out_table_new(heads, 5);
	l->broken |= l->table == NULL;
	timefmt_rfc3339(&since, item->state->stage_at);
	since.text[10] = '\0';
	if (l->table != NULL)
		out_table_row(l->table, cells);
}

/* on_item - one of them */
static bool
on_item(void *arg, const struct rollout_item *item)
{
	struct listing *l = arg;
	bool bad = is_problem(item);

	l->bad += bad;
	if (l->problems && !bad)
		return true;
	l->shown++;
	if (l->env->json)
		rollout_print_item_json(&l->js, item);
	else if (l->in_table)
		put_row(l, item);
	else
		rollout_print_item(l->env, item);
	return true;
}

/* walk - the named ones, or all */
static enum mtasts_err
walk(struct listing *l, const struct cmd_args *args)
{
	enum mtasts_err err = MTASTS_OK;

	if (args->word_count == 0)
		return rollout_status(&l->c.job, str_of(""), on_item, l);
	for (size_t i = 0; !err && i < args->word_count; i++)
		err = rollout_status(
		    &l->c.job, str_of(args->words[i]), on_item, l);
	return err;
}

/* status_json - as JSON */
static enum cmd_status
status_json(struct listing *l, const struct cmd_args *args)
{
	enum mtasts_err err;

	buf_init(&l->text, JSON_MAX);
	js_begin(&l->js, &l->text, true);
	js_object(&l->js);
	js_key(&l->js, "rollouts");
	js_array(&l->js);
	err = walk(l, args);
	js_end_array(&l->js);
	js_kv_int(&l->js, "problems", (int64_t)l->bad);
	js_end_object(&l->js);
	if (err == MTASTS_OK)
		return out_json(l->env, &l->text);
	buf_free(&l->text);
	return registry_cli_done(&l->c, err, NULL);
}

/* status_text - a table of all, or each in full */
static enum cmd_status
status_text(struct listing *l, const struct cmd_args *args)
{
	enum mtasts_err err;

	l->in_table = args->word_count == 0;
	err = walk(l, args);
	if (l->broken)
		err = MTASTS_ENOMEM;
	if (l->table != NULL)
		out_table_print(l->env, l->table);
	if (err == MTASTS_OK && l->shown == 0 && l->in_table)
		fputs(l->problems ? "mtasts: no roll-out has a problem\n"
				  : "mtasts: no domain has a roll-out; it is "
				    "begun by: mtasts rollout start DOMAIN\n",
		    l->env->err);
	return err == MTASTS_OK ? CMD_FINE
				: registry_cli_done(&l->c, err, NULL);
}

/* run_status - rollout status */
static enum cmd_status
run_status(struct cmd_env *env, const struct cmd_args *args)
{
	struct listing l = { .env = env,
		.problems = cmd_flag(args, "problems") };
	enum cmd_status status = registry_cli_open(&l.c, env, REGISTRY_READ);

	if (status == CMD_FINE)
		status =
		    env->json ? status_json(&l, args) : status_text(&l, args);
	if (status == CMD_FINE && l.bad > 0)
		status = CMD_PROBLEM;
	registry_cli_close(&l.c);
	return status;
}

static const struct cmd_opt opts[] = {
	{ "problems", NULL, "only those that someone should look at" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_rollout_status = {
	.name = "rollout status",
	.usage = "[DOMAIN...]",
	.summary = "how far roll-outs are, and what they wait for",
	.help = "Without a domain a table of all; with one all about it, what "
		"happened included. Asks nobody: what it tells is what the "
		"last look saw. The exit status is 1 when one fails.",
	.opts = opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_status,
};
