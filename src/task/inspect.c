/*
 * inspect - see all that a stranger can see of a domain
 *
 * Begins, counts what is under way, and hands over what was seen. What there
 * is to be looked at is known by inspect_sts.c, inspect_host.c, inspect_mx.c,
 * inspect_servers.c and inspect_rest.c; what it means is not known here.
 */
#include "task/inspect.h"

#include "task/inspect_int.h"

enum mtasts_err
inspector_open(const struct inspector_conf *conf, struct inspector **out)
{
	struct inspector *ins = mem_zalloc(1, sizeof(*ins));

	if (ins == NULL)
		return MTASTS_ENOMEM;
	ins->conf = *conf;
	if (ins->conf.per_address == 0)
		ins->conf.per_address = INSPECT_PER_ADDRESS;
	LIST_INIT(&ins->running);
	TAILQ_INIT(&ins->kept);
	map_init(&ins->gates, conf->seed);
	map_init(&ins->looks, conf->seed);
	map_init(&ins->servers, conf->seed);
	map_init(&ins->deads, conf->seed);
	TAILQ_INIT(&ins->dead_ages);
	*out = ins;
	return MTASTS_OK;
}

void
inspector_close(struct inspector *ins)
{
	if (ins == NULL)
		return;
	ins->closing = true;
	while (!LIST_EMPTY(&ins->running))
		inspect_cancel(LIST_FIRST(&ins->running));
	looks_free(ins);
	gates_free(ins);
	servers_free(ins);
	deads_free(ins);
	mem_free(ins);
}

/* release - the domain's own; what was seen is somebody else's by now */
static void
release(struct inspect *in)
{
	while (!LIST_EMPTY(&in->asks))
		ask_cancel(LIST_FIRST(&in->asks));
	while (!LIST_EMPTY(&in->fetches))
		fetch_abandon(LIST_FIRST(&in->fetches));
	while (!LIST_EMPTY(&in->waits))
		look_cancel(LIST_FIRST(&in->waits));
	loop_watch_close(in->timer);
	LIST_REMOVE(in, link);
	mem_free(in->mxs);
	mem_free(in);
}

void
inspect_cancel(struct inspect *in)
{
	if (in == NULL)
		return;
	seen_free(in->seen);
	release(in);
}

/* on_done - nothing is pending any more: hand it over */
static void
on_done(void *ctx)
{
	struct inspect *in = ctx;
	struct inspector *ins = in->ins;
	inspect_callback *cb = in->cb;
	void *cb_ctx = in->ctx;
	struct seen *s = in->seen;

	s->dnssec = dns_validation(ins->conf.dns) == DNS_VALIDATION_WORKS;
	s->no_smtp = ins->conf.no_smtp;
	if (ins->conf.own != NULL)
		ins->conf.own(ins->conf.own_ctx, s->domain, s);
	if (in->failed) {
		seen_free(s);
		s = NULL;
	}
	release(in);
	/* From here on the inspector may be closed by whom we call. */
	cb(cb_ctx, s);
}

void
inspect_enter(struct inspect *in)
{
	in->pending++;
}

void
inspect_leave(struct inspect *in)
{
	if (--in->pending == 0)
		loop_timer_start(in->timer, 0);
}

const char *
inspect_refused(const struct inspect *in, const struct ipnet_addr *addr)
{
	return ipspecial_refused(addr, &in->ins->conf.allowed);
}

struct inspect *
inspect_start(
    struct inspector *ins, const char *domain, inspect_callback *cb, void *ctx)
{
	struct inspect *in = mem_zalloc(1, sizeof(*in));

	if (in == NULL)
		return NULL;
	in->ins = ins;
	in->cb = cb;
	in->ctx = ctx;
	LIST_INSERT_HEAD(&ins->running, in, link);
	in->seen = seen_new(domain, loop_time_s());
	in->timer = loop_timer(ins->conf.loop, on_done, in);
	if (in->seen == NULL || in->timer == NULL) {
		inspect_cancel(in);
		return NULL;
	}
	/* Answers may come at once: it is not over before all has begun. */
	inspect_enter(in);
	inspect_begin_sts(in);
	inspect_begin_host(in);
	inspect_begin_mx(in);
	inspect_begin_servers(in);
	inspect_begin_rpt(in);
	inspect_leave(in);
	return in;
}
