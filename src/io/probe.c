/*
 * probe.c - look at one address: STARTTLS over SMTP, or TLS at once
 *
 * The probes that run, the deadline of each, and what is told of it at the
 * end. The deadline is absolute: no byte of a server moves it. What is needed
 * to tell a result is there before a probe begins, so that one always comes.
 */
#include "io/probe.h"
#include "io/probe_int.h"

#include "base/arena.h"

#define ARENA_MAX (8u << 10)

void
probe_ended(struct probe *probe, enum probefact_end end, const char *fmt, ...)
{
	va_list ap;

	probe->end = end;
	buf_clear(&probe->why);
	va_start(ap, fmt);
	buf_vputf(&probe->why, fmt, ap);
	va_end(ap);
}

/* ---- the result ---- */

/* keep - a copy in the fact, or null */
static const char *
keep(struct probefact *fact, const struct buf *b)
{
	if (buf_error(b) == MTASTS_ENOMEM)
		return NULL;
	return arena_dup(fact->arena, buf_str(b));
}

/* fill_fact - what is told */
static void
fill_fact(struct probe *probe)
{
	const struct smtpdlg *d = &probe->dlg;
	struct probefact *fact = probe->fact;
	const char *why = keep(fact, &probe->why);
	const char *greeting = keep(fact, &d->greeting);

	fact->end = probe->end;
	fact->took_ms = loop_now_ms() - probe->started_ms;
	fact->greeting_code = d->greeting_code;
	fact->early = d->early;
	fact->ext_clear = d->ext_clear;
	fact->ext_tls = d->ext_tls;
	if (greeting != NULL)
		fact->greeting = greeting;
	if (why != NULL && greeting != NULL &&
	    (why[0] != '\0' || fact->end == PROBEFACT_OK)) {
		fact->why = why;
		return;
	}
	fact->end = PROBEFACT_OURS;
	fact->why = "memory is short";
}

/* fact_new - a fact to be filled in */
static struct probefact *
fact_new(const struct probe_want *want)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct probefact *fact;

	if (arena == NULL)
		return NULL;
	fact = arena_alloc(arena, sizeof(*fact));
	if (fact == NULL) {
		arena_free(arena);
		return NULL;
	}
	*fact = (struct probefact){ .why = "", .greeting = "", .arena = arena };
	ipnet_addr_text(&want->addr, fact->address);
	return fact;
}

/* ---- life and death ---- */

/* release - all that a probe holds but its fact */
static void
release(struct probe *probe)
{
	if (probe->next != NULL)
		probe->next->link = probe->link;
	*probe->link = probe->next;
	probe_conn_close(probe);
	loop_watch_close(probe->timer);
	smtpdlg_free(&probe->dlg);
	buf_free(&probe->why);
	mem_free(probe);
}

void
probe_done(struct probe *probe)
{
	struct probefact *fact = probe->fact;
	probe_callback *cb = probe->cb;
	void *ctx = probe->ctx;

	fill_fact(probe);
	release(probe);
	cb(ctx, fact);
	probefact_free(fact);
}

/* on_timer - the deadline, or the end of what could not begin */
static void
on_timer(void *ctx)
{
	struct probe *probe = ctx;

	if (probe->step != PROBE_IDLE)
		probe_conn_late(probe);
	probe_done(probe);
}

/* probe_new - in the list of its prober; null: no memory */
static struct probe *
probe_new(struct prober *p, const struct probe_want *want)
{
	struct probe *probe = mem_zalloc(1, sizeof(*probe));

	if (probe == NULL)
		return NULL;
	probe->fact = fact_new(want);
	probe->timer = loop_timer(p->loop, on_timer, probe);
	if (probe->fact == NULL || probe->timer == NULL) {
		probefact_free(probe->fact);
		loop_watch_close(probe->timer);
		mem_free(probe);
		return NULL;
	}
	probe->p = p;
	probe->fd = -1;
	probe->started_ms = loop_now_ms();
	buf_init(&probe->why, PROBE_WHY_MAX);
	smtpdlg_init(&probe->dlg, p->helo);
	probe->next = p->first;
	probe->link = &p->first;
	if (p->first != NULL)
		p->first->link = &probe->next;
	p->first = probe;
	return probe;
}

struct probe *
probe_start(struct prober *p, const struct probe_want *want, probe_callback *cb,
    void *ctx)
{
	struct str host = str_sub(
	    str_of(want->host), 0, sizeof(((struct probe *)0)->host) - 1);
	struct probe *probe = probe_new(p, want);

	if (probe == NULL)
		return NULL;
	probe->cb = cb;
	probe->ctx = ctx;
	if (host.len > 0)
		memcpy(probe->host, host.p, host.len);
	probe->want = *want;
	probe->want.host = probe->host;
	loop_timer_start(
	    probe->timer, probe_conn_start(probe) ? p->timeout_ms : 0);
	return probe;
}

void
probe_cancel(struct probe *probe)
{
	struct probefact *fact;

	if (probe == NULL)
		return;
	fact = probe->fact;
	release(probe);
	probefact_free(fact);
}

enum mtasts_err
prober_open(const struct prober_conf *conf, struct prober **out,
    struct mtasts_diags *diags)
{
	struct prober *p = mem_zalloc(1, sizeof(*p));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (p == NULL)
		return err;
	p->loop = conf->loop;
	p->timeout_ms = conf->timeout_ms;
	p->helo = mem_strdup(str_of(conf->helo));
	if (p->helo != NULL)
		err = probe_tls_open(&p->tls, conf->ca_file, diags);
	if (err != MTASTS_OK)
		prober_close(p);
	else
		*out = p;
	return err;
}

void
prober_close(struct prober *p)
{
	if (p == NULL)
		return;
	while (p->first != NULL)
		probe_cancel(p->first);
	probe_tls_close(&p->tls);
	mem_free(p->helo);
	mem_free(p);
}
