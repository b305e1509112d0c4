/*
 * looker.c - looking at domains before something is decided about them
 *
 * A job says in a dry run whom it wants to have looked at; then it is run with
 * what was seen. So no command has to know what is unsafe. Knows no rules.
 */
#include "cli/looker.h"

#include "base/arena.h"
#include "cli/out.h"
#include "io/loop.h"

#include <signal.h>
#include <unistd.h>

#define AT_ONCE	  20
#define ARENA_MAX ((size_t)1 << 30)

/* One domain. */
struct target {
	struct looker *l;
	const char *name;
	struct check_run *run;
};

struct looker {
	struct cmd_env *env;
	struct checker *checker;
	struct arena *arena;
	const struct audit **audit;
	struct mxauto_seen **mx; /* of the same index, by name below */
	const char **mx_name;
	size_t audit_count, mx_count, room;
	size_t begun, running, count; /* of a look */
	struct target *target;
	bool interrupted;
};

enum cmd_status
looker_open(
    struct cmd_env *env, const struct cmd_args *args, struct looker **out)
{
	struct looker *l = mem_zalloc(1, sizeof(*l));
	enum cmd_status status = CMD_UNKNOWN;

	if (l == NULL) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return status;
	}
	l->env = env;
	status =
	    checker_open(env, args, CHECKER_OWN | CHECKER_SERVERS, &l->checker);
	if (status != CMD_FINE)
		looker_close(l);
	else
		*out = l;
	return status;
}

/* forget - what was seen before */
static void
forget(struct looker *l)
{
	for (size_t i = 0; i < l->audit_count; i++)
		audit_free((struct audit *)l->audit[i]);
	for (size_t i = 0; i < l->mx_count; i++)
		mxauto_seen_free(l->mx[i]);
	l->audit_count = l->mx_count = 0;
	arena_free(l->arena);
	l->arena = NULL;
}

void
looker_close(struct looker *l)
{
	if (l == NULL)
		return;
	checker_close(l->checker);
	forget(l);
	mem_free(l);
}

/* on_seen - keep what the audit will not have */
static void
on_seen(void *ctx, const struct seen *seen)
{
	struct looker *l = ctx;
	struct mxauto_seen *mx = mxauto_see(seen);

	if (mx == NULL || l->mx_count == l->room)
		return;
	l->mx_name[l->mx_count] = arena_dup(l->arena, str_of(seen->domain));
	if (l->mx_name[l->mx_count] == NULL)
		mxauto_seen_free(mx);
	else
		l->mx[l->mx_count++] = mx;
}

const struct mxauto_seen *
looker_mx(const struct looker *l, const char *name)
{
	for (size_t i = l->mx_count; i > 0; i--)
		if (strcmp(l->mx_name[i - 1], name) == 0)
			return l->mx[i - 1];
	return NULL;
}

static void start_more(struct looker *l);

/* on_audit - one is ready */
static void
on_audit(void *ctx, struct audit *audit)
{
	struct target *t = ctx;
	struct looker *l = t->l;

	t->run = NULL;
	if (audit != NULL)
		l->audit[l->audit_count++] = audit;
	l->running--;
	start_more(l);
	if (l->running == 0)
		loop_stop(checker_loop(l->checker));
}

/* start_more - as many as may be under way */
static void
start_more(struct looker *l)
{
	while (l->begun < l->count && l->running < AT_ONCE) {
		struct target *t = &l->target[l->begun++];

		t->run = checker_start(l->checker, t->name, on_audit, t);
		l->running += t->run != NULL;
	}
}

/* on_signal - enough */
static void
on_signal(void *ctx)
{
	struct looker *l = ctx;

	l->interrupted = true;
	loop_stop(checker_loop(l->checker));
}

/* make_room - for so many domains; false when memory is short */
static bool
make_room(struct looker *l, size_t count)
{
	l->arena = arena_new(ARENA_MAX);
	if (l->arena == NULL)
		return false;
	l->audit =
	    arena_zalloc(l->arena, count + 1, sizeof(const struct audit *));
	l->mx = arena_zalloc(l->arena, count + 1, sizeof(struct mxauto_seen *));
	l->mx_name = arena_zalloc(l->arena, count + 1, sizeof(const char *));
	l->target = arena_zalloc(l->arena, count + 1, sizeof(*l->target));
	l->room = count;
	return l->audit != NULL && l->mx != NULL && l->mx_name != NULL &&
	    l->target != NULL;
}

/* wait_all - until all have been looked at, or somebody has enough */
static void
wait_all(struct looker *l)
{
	struct loop *loop = checker_loop(l->checker);
	struct loop_watch *interrupt = loop_signal(loop, SIGINT, on_signal, l);
	struct loop_watch *terminate = loop_signal(loop, SIGTERM, on_signal, l);
	bool shown = isatty(fileno(l->env->err)) == 1;

	if (shown) {
		fprintf(l->env->err, "Looking at %s%s ...", l->target[0].name,
		    l->count > 1 ? " and others" : "");
		fflush(l->env->err);
	}
	start_more(l);
	if (l->running > 0 && loop_run(loop) != MTASTS_OK)
		l->interrupted = true;
	if (shown)
		fputs("\r\033[K", l->env->err);
	for (size_t i = 0; i < l->begun; i++)
		checker_cancel(l->target[i].run);
	loop_watch_close(interrupt);
	loop_watch_close(terminate);
}

enum cmd_status
looker_look(struct looker *l, const char *const *names, size_t count,
    struct safe_looks *out)
{
	forget(l);
	*out = (struct safe_looks){ NULL, 0 };
	if (count == 0)
		return CMD_FINE;
	if (!make_room(l, count)) {
		out_error(l->env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	for (size_t i = 0; i < count; i++)
		l->target[i] = (struct target){ l, names[i], NULL };
	l->count = count;
	l->begun = l->running = 0;
	checker_peek(l->checker, on_seen, l);
	wait_all(l);
	*out = (struct safe_looks){ l->audit, l->audit_count };
	if (l->interrupted) {
		out_error(l->env, "interrupted; nothing was changed");
		return CMD_UNKNOWN;
	}
	return CMD_FINE;
}

/* collect - whom does the job want to have looked at? */
static void
collect(struct registry_cli *c, const struct looker_job *job,
    struct domain_looks *looks)
{
	struct domain_job dry = c->job;
	struct domain_result result;
	enum mtasts_err err;

	looks->collect = true;
	dry.looks = looks;
	dry.dry_run = true;
	dry.diags = NULL;
	/* What is wrong with it is told when it is run. */
	err = job->run(&dry, job->ctx, &result);
	looks->collect = false;
	if (err != MTASTS_OK)
		looks->wanted_count = 0;
}

enum cmd_status
looker_run(struct registry_cli *c, const struct cmd_args *args,
    const struct looker_job *job, struct domain_result *result,
    enum mtasts_err *err)
{
	struct domain_looks looks = { .collect = false };
	enum cmd_status status = CMD_FINE;
	struct looker *l = NULL;

	if (!c->job.force)
		collect(c, job, &looks);
	if (looks.wanted_count > 0)
		status = looker_open(c->env, args, &l);
	if (status == CMD_FINE && l != NULL)
		status = looker_look(
		    l, looks.wanted, looks.wanted_count, &looks.seen);
	if (status == CMD_FINE) {
		c->job.looks = &looks;
		*err = job->run(&c->job, job->ctx, result);
		c->job.looks = NULL;
	}
	looker_close(l);
	return status;
}
