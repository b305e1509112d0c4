/*
 * resolve_ready.c - decisions as replies, made once and given often
 *
 * core/reply knows what an MTA wants to read; here it is asked, and what it
 * wrote is kept beside the destination for as long as the decision says. Knows
 * no frame: the status word and the protocol around it are the caller's.
 */
#include "task/resolve_int.h"

#include "base/arena.h"

/* Status word and blank in front of the data, as core/reply counts them. */
#define STATUS_LEN sizeof("NOTFOUND")

const struct ready *
ready_get(const struct resolve *r, const struct entry *e, enum dialect dialect,
    int64_t now_at)
{
	const struct ready *ready = e->ready[dialect];

	if (ready == NULL || ready->epoch != r->epoch ||
	    ready->generation != e->dest->generation ||
	    ready->dane != r->dane[dialect])
		return NULL;
	if (now_at < ready->made_at)
		return NULL; /* the clock was set back */
	if (now_at >= ready->until_at &&
	    (e->run == NULL || e->run->serial != ready->serial))
		return NULL;
	return ready;
}

bool
ready_fits(const struct ready *ready, size_t max)
{
	return max == 0 || ready->len + STATUS_LEN <= max;
}

/* put_line - the reply in the line protocol */
static enum reply_status
put_line(const struct decision *d, const struct resolve_ask *ask, struct buf *b)
{
	if (ask->verb == SOCKETMAP_MX)
		reply_line_mx(d, ask->host, b);
	else
		reply_line_mode(d, b);
	return d->kind == DECISION_TEMP ? REPLY_TEMP : REPLY_OK;
}

/* put_reply - the reply as it would be without observe */
static enum reply_status
put_reply(const struct resolve *r, const struct decision *d,
    const struct resolve_ask *ask, struct buf *b)
{
	const struct reply_form form = { .dialect = ask->dialect,
		.testing = r->conf.testing,
		.max = ask->max != 0 ? ask->max : REPLY_MAX };

	if (ask->dialect == DIALECT_LINE)
		return put_line(d, ask, b);
	return reply_format(d, &form, b);
}

/* nothing - the reply that lets mail go as if we were not there */
static void
nothing(const struct resolve_ask *ask, struct resolve_reply *out)
{
	out->status = REPLY_NOTFOUND;
	out->data = STR("");
	if (ask->dialect != DIALECT_LINE)
		return;
	out->status = REPLY_OK;
	if (ask->verb != SOCKETMAP_MX)
		out->data = STR("absent");
}

void
ready_temp(const struct resolve_ask *ask, struct resolve_reply *out)
{
	*out = (struct resolve_reply){ .status = REPLY_TEMP,
		.data = STR("the resolver is short of memory, or stopping"),
		.kind = DECISION_TEMP,
		.reason = DECISION_OURS };
	if (ask->dialect == DIALECT_LINE && ask->verb != SOCKETMAP_MX)
		out->data =
		    STR("temp the resolver is short of memory, or stopping");
}

void
ready_refuse(const struct resolve_ask *ask, struct resolve_reply *out)
{
	*out = (struct resolve_reply){ .kind = DECISION_NONE,
		.reason = DECISION_NO_DOMAIN,
		.cached = true };
	nothing(ask, out);
}

/* keep - for the next who asks, if memory allows */
static void
keep(struct run *run, const struct ready *form, struct str data,
    enum dialect dialect)
{
	struct entry *e = run->e;
	struct ready *ready = mem_alloc(sizeof(*ready) + data.len);

	mem_free(e->ready[dialect]);
	e->ready[dialect] = ready;
	if (ready == NULL)
		return;
	*ready = *form;
	ready->generation = e->dest->generation;
	ready->epoch = run->r->epoch;
	ready->serial = run->serial;
	ready->len = (uint32_t)data.len;
	if (data.len > 0)
		memcpy(ready->data, data.p, data.len);
}

/* may_keep - is it the whole answer, to a question that others ask too? */
static bool
may_keep(const struct run *run, const struct resolve_ask *ask, bool dane)
{
	return ask->verb != SOCKETMAP_MX && ask->max == 0 &&
	    run_ready(run, dane) && dane == run->r->dane[ask->dialect];
}

void
ready_make(struct run *run, const struct resolve_ask *ask, bool dane,
    struct resolve_reply *out)
{
	struct resolve *r = run->r;
	int64_t now_at = r->world->time_s();
	struct ready form = { .dane = dane, .made_at = now_at };
	struct decision d;

	run_decide(run, dane, now_at, &d);
	buf_clear(&r->scratch);
	*out = (struct resolve_reply){ .kind = d.kind, .reason = d.reason };
	out->status = put_reply(r, &d, ask, &r->scratch);
	out->data = buf_str(&r->scratch);
	if (buf_error(&r->scratch) != MTASTS_OK) {
		ready_temp(ask, out);
		return;
	}
	if (r->conf.observe)
		nothing(ask, out);
	form.status = out->status;
	form.kind = out->kind;
	form.reason = out->reason;
	form.until_at = d.until_at;
	if (may_keep(run, ask, dane))
		keep(run, &form, out->data, ask->dialect);
}
