/*
 * cmd_domain_list.c - domain list: each registered name, in one line
 *
 * For a handful of domains and for thousands of customers'; what is told was
 * seen when it was looked at last, nothing is asked here.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_item.h"
#include "cli/domain_table.h"
#include "cli/out.h"
#include "cli/registry_cli.h"

#include <unistd.h>

#define JSON_MAX (256u << 20)

/* A list being printed: as a table, as paragraphs or as JSON. */
struct listing {
	struct cmd_env *env;
	struct domain_table *table;
	struct overview_filter filter;
	struct js_writer w;
	struct buf b;
	size_t count, problems, untried;
};

/* put_problem - a name that needs somebody, with why and what to do */
static void
put_problem(struct listing *l, const struct overview *o)
{
	const struct registry_published *p = &o->published;
	struct cmd_env *env = l->env;
	struct timefmt since;

	out_color(env, OUT_BOLD);
	fprintf(env->out, "%" STR_FMT, STR_ARG(o->row->name));
	out_color(env, OUT_PLAIN);
	if (p->since_at > 0 && p->since_at < env->now_at)
		fprintf(env->out, "  for %s",
		    timefmt_ago(&since, env->now_at - p->since_at));
	fputc('\n', env->out);
	out_wrap(env, env->out, 4, o->why);
	if (o->fix[0] != '\0')
		out_wrap(env, env->out, 4, o->fix);
}

/* on_name - one name, in the form that was asked for */
static bool
on_name(void *arg, const struct overview *o)
{
	struct listing *l = arg;

	l->count++;
	l->problems += o->why[0] != '\0';
	l->untried += o->published.tried_at == 0;
	if (l->env->json) {
		js_object(&l->w);
		domain_item_json(o, &l->w);
		js_end_object(&l->w);
	} else if (l->filter.problems) {
		put_problem(l, o);
	} else {
		domain_table_add(l->table, o);
	}
	return true;
}

/* tell_none - nothing passes the filter */
static void
tell_none(const struct listing *l)
{
	const struct overview_filter *f = &l->filter;

	if (f->problems)
		fputs("mtasts: no domain needs anybody\n", l->env->err);
	else if (f->mode != NULL || f->state != NULL)
		fputs("mtasts: no domain is like that\n", l->env->err);
	else
		fprintf(l->env->err, "mtasts: no domain%s%" STR_FMT "\n",
		    f->part.len > 0 ? " has this in its name: " : " yet",
		    STR_ARG(f->part));
}

/* tell_end - what is left to be said */
static void
tell_end(struct listing *l)
{
	bool fit = isatty(fileno(l->env->out));

	domain_table_print(l->table, fit);
	l->table = NULL;
	if (l->count == 0)
		tell_none(l);
	else if (l->problems > 0 && !l->filter.problems)
		fprintf(l->env->err,
		    "mtasts: %zu of %zu need%s somebody: mtasts domain list "
		    "--problems\n",
		    l->problems, l->count, l->problems == 1 ? "s" : "");
	if (l->untried > 0)
		fprintf(l->env->err,
		    "mtasts: %zu of %zu %s not been published yet: "
		    "mtasts-publisher does it, or: mtasts publish --all\n",
		    l->untried, l->count, l->untried == 1 ? "has" : "have");
}

/* read_filter - CMD_USAGE after a message */
static enum cmd_status
read_filter(struct listing *l, const struct cmd_args *args)
{
	static const char *const modes[] = { "none", "testing", "enforce" };
	struct overview_filter *f = &l->filter;
	bool known = false;

	f->part = str_of(args->word_count > 0 ? args->words[0] : "");
	f->problems = cmd_flag(args, "problems");
	f->mode = cmd_value(args, "mode");
	f->state = cmd_value(args, "state");
	for (size_t i = 0; i < 3 && f->mode != NULL; i++)
		known |= strcmp(f->mode, modes[i]) == 0;
	if (f->mode != NULL && !known) {
		out_error(l->env, "--mode is none, testing or enforce");
		return CMD_USAGE;
	}
	if (f->state != NULL && !overview_is_state(f->state)) {
		out_error(l->env, "--state is one of: %s", overview_states());
		return CMD_USAGE;
	}
	return CMD_FINE;
}

/* list - all that pass */
static enum cmd_status
list(struct listing *l, struct registry_cli *c)
{
	enum mtasts_err err;

	js_begin(&l->w, &l->b, true);
	js_object(&l->w);
	js_key(&l->w, "domains");
	js_array(&l->w);
	err = overview_list(&c->job, &l->filter, on_name, l);
	js_end_array(&l->w);
	js_end_object(&l->w);
	if (err != MTASTS_OK)
		return registry_cli_done(c, err, NULL);
	if (l->env->json)
		return out_json(l->env, &l->b);
	tell_end(l);
	return CMD_FINE;
}

/* run_list - "mtasts domain list" */
static enum cmd_status
run_list(struct cmd_env *env, const struct cmd_args *args)
{
	struct registry_cli c = { .env = env };
	struct listing l = { .env = env };
	enum cmd_status status = read_filter(&l, args);

	buf_init(&l.b, JSON_MAX);
	if (status == CMD_FINE)
		status = registry_cli_open(&c, env, REGISTRY_READ);
	if (status == CMD_FINE && !env->json && !l.filter.problems) {
		l.table = domain_table_new(env);
		if (l.table == NULL)
			status = registry_cli_done(&c, MTASTS_ENOMEM, NULL);
	}
	if (status == CMD_FINE)
		status = list(&l, &c);
	/* Released by printing, unless it did not come to that. */
	domain_table_free(l.table);
	buf_free(&l.b);
	registry_cli_close(&c);
	return status;
}

static const struct cmd_opt list_opts[] = {
	{ "problems", NULL, "those that need somebody: why, and what to do" },
	{ "mode", "none|testing|enforce", "those that serve this mode" },
	{ "state", "STATE", "those in this state, such as by-hand or waits" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_domain_list = {
	.name = "domain list",
	.usage = "[PART-OF-NAME]",
	.summary = "the domains whose policies are hosted here",
	.help =
	    "One line a domain or alias: its mode and id; whether that policy "
	    "is live for strangers, or waits while an older one is; how DNS "
	    "is; days that are left of its certificate; and how it is. What "
	    "was looked at last is told, by mtasts-publisher or by \"mtasts "
	    "publish\"; columns of which nothing is known are left out. With "
	    "a word, only names that have it in them, and their aliases.\n"
	    "\n"
	    "--state takes served, needs-mx, not-served, removing, run-out; "
	    "of the policy live, waits, new; of the last try by-hand, later, "
	    "problem; of DNS in-step, lags, foreign, refused.",
	.opts = list_opts,
	.words_min = 0,
	.words_max = 1,
	.run = run_list,
};
