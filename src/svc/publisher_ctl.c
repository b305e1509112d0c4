/*
 * publisher_ctl.c - what mtasts-publisher tells and is told on its control
 * socket
 *
 * Who may do what is decided here, and who hears of which domain; what is done,
 * and when, are other rooms' business. To look at the registry earlier than in
 * its turn changes nothing: that everybody may ask for who can connect.
 */
#include "svc/publisher_ctl.h"

#include "base/arena.h"
#include "io/loop.h"
#include "mtasts/dname.h"

#include <stdio.h>
#include <sys/queue.h>
#include <unistd.h>

#define LINE_MAX_LEN ((size_t)64 << 10)

/* A call that waits for a domain. */
struct waiter {
	LIST_ENTRY(waiter) link;
	struct ctl_call *call;
	bool follow; /* until it is live, or stuck */
	char domain[256];
};

struct pubctl {
	struct pubctl_conf conf;
	struct ctl *ctl; /* null: none is wanted */
	LIST_HEAD(, waiter) waiters;
	int64_t started_at, started_ms;
};

/* A line of JSON that is being made. */
struct line {
	struct buf b;
	struct js_writer w;
};

/* line_begin - an object */
static struct js_writer *
line_begin(struct line *line)
{
	buf_init(&line->b, LINE_MAX_LEN);
	js_begin(&line->w, &line->b, false);
	js_object(&line->w);
	return &line->w;
}

/* line_end - end the object, hand it over */
static void
line_end(struct line *line, struct ctl_call *call)
{
	js_end_object(&line->w);
	if (buf_error(&line->b) == MTASTS_OK)
		ctl_line(call, buf_str(&line->b));
	buf_free(&line->b);
}

/* ---- those who wait ---- */

/* on_gone - a call has ended, or its client has gone */
static void
on_gone(void *data)
{
	struct waiter *waiter = data;

	LIST_REMOVE(waiter, link);
	mem_free(waiter);
}

void
pubctl_step(struct pubctl *c, const char *domain, enum publish_step step)
{
	struct waiter *waiter;
	struct line line;

	if (c == NULL)
		return;
	LIST_FOREACH(waiter, &c->waiters, link)
	{
		if (strcmp(waiter->domain, domain) != 0)
			continue;
		js_kv_str(line_begin(&line), "step", publish_step_name(step));
		line_end(&line, waiter->call);
	}
}

/* put_text - a member, or null when there is nothing to say */
static void
put_text(struct js_writer *w, const char *key, const char *text)
{
	js_kv_str(w, key, text[0] != '\0' ? text : NULL);
}

/* tell_end - how a job ended */
static void
tell_end(struct ctl_call *call, const struct publish_result *r)
{
	struct line line;
	struct js_writer *w = line_begin(&line);

	js_kv_str(w, "end", publish_end_name(r->end));
	js_kv_str(w, "step", publish_step_name(r->step));
	put_text(w, "id", r->id);
	js_kv_bool(w, "changed", r->changed);
	put_text(w, "why", r->why);
	put_text(w, "fix", r->fix);
	js_kv_time(w, "next", r->next_at);
	line_end(&line, call);
}

void
pubctl_done(struct pubctl *c, const struct publish_result *result)
{
	struct waiter *waiter, *next;

	if (c == NULL)
		return;
	for (waiter = LIST_FIRST(&c->waiters); waiter != NULL; waiter = next) {
		next = LIST_NEXT(waiter, link);
		if (strcmp(waiter->domain, result->domain) != 0)
			continue;
		tell_end(waiter->call, result);
		/* Nothing is wrong then: it goes on by itself. */
		if (!waiter->follow || result->end != PUBLISH_LATER)
			ctl_end(waiter->call, NULL);
	}
}

/* ---- what is asked ---- */

/* read_domain - the member "domain", normalised; false: it is none */
static bool
read_domain(const struct js *js, struct mtasts_dname *out)
{
	struct str text;

	return js_str(js_get(js, "domain"), &text) &&
	    mtasts_dname_parse(text.p, text.len, out, NULL, NULL) == MTASTS_OK;
}

/* begin - with a domain; ends the call when that cannot be */
static void
begin(struct pubctl *c, struct ctl_call *call, const struct js *js,
    const char *domain)
{
	struct waiter *waiter = mem_zalloc(1, sizeof(*waiter));
	bool force = false;

	if (waiter == NULL) {
		ctl_end(call, "memory is short");
		return;
	}
	waiter->call = call;
	snprintf(waiter->domain, sizeof(waiter->domain), "%s", domain);
	js_bool(js_get(js, "follow"), &waiter->follow);
	js_bool(js_get(js, "force"), &force);
	LIST_INSERT_HEAD(&c->waiters, waiter, link);
	ctl_set(call, waiter, on_gone);
	if (!pubjobs_now(c->conf.jobs, domain, force))
		ctl_end(call,
		    "nothing can be begun just now: the daemon stops, or the "
		    "registry is away; see its log");
}

/* do_publish - {"do":"publish","domain":D,...} */
static void
do_publish(struct pubctl *c, struct ctl_call *call, const struct js *js)
{
	struct mtasts_dname name;

	if (!ctl_admin(call))
		ctl_end(call, "to publish takes root or the daemon's own user");
	else if (!read_domain(js, &name))
		ctl_end(call, "to publish takes a domain name");
	else
		begin(c, call, js, name.text);
}

/* do_poke - {"do":"poke"} */
static void
do_poke(struct pubctl *c, struct ctl_call *call, const struct js *js)
{
	struct mtasts_dname name;

	c->conf.poke(c->conf.ctx);
	/* What a person has changed does not wait behind an import. */
	if (read_domain(js, &name) && ctl_admin(call))
		pubjobs_now(c->conf.jobs, name.text, false);
	ctl_end(call, NULL);
}

/* do_status - {"do":"status"} */
static void
do_status(struct pubctl *c, struct ctl_call *call, const struct js *js)
{
	struct line line;
	struct js_writer *w = line_begin(&line);

	js_kv_str(w, "version", MTASTS_VERSION);
	js_kv_int(w, "pid", getpid());
	js_kv_time(w, "started", c->started_at);
	js_kv_int(w, "uptime_s", (loop_now_ms() - c->started_ms) / 1000);
	js_kv_str(w, "registry", c->conf.store->away ? "away" : "ok");
	pubjobs_status(c->conf.jobs, w);
	publooks_status(c->conf.looks, w);
	pubcerts_status(c->conf.certs, w);
	line_end(&line, call);
	ctl_end(call, NULL);
}

/* on_request - a client asks */
static void
on_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	static const struct {
		const char *name;
		void (*act)(struct pubctl *c, struct ctl_call *call,
		    const struct js *js);
	} acts[] = { { "status", do_status }, { "poke", do_poke },
		{ "publish", do_publish } };
	struct str name;

	if (js_str(js_get(js, "do"), &name)) {
		for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
			if (str_eq(str_of(acts[i].name), name)) {
				acts[i].act(ctx, call, js);
				return;
			}
		}
	}
	ctl_end(call, "\"do\" is one of status, poke and publish");
}

/* ---- open and close ---- */

enum mtasts_err
pubctl_open(const struct pubctl_conf *conf, struct pubctl **out,
    struct mtasts_diags *diags)
{
	struct pubctl *c = mem_zalloc(1, sizeof(*c));
	const struct ctl_conf ctl = {
		.address = conf->svc->conf->publisher.control,
		.group = "",
		.request = on_request,
		.ctx = c,
		.loop = conf->svc->loop,
		.log = conf->svc->log,
	};
	enum mtasts_err err = MTASTS_OK;

	if (c == NULL)
		return MTASTS_ENOMEM;
	c->conf = *conf;
	LIST_INIT(&c->waiters);
	c->started_at = loop_time_s();
	c->started_ms = loop_now_ms();
	if (ctl.address[0] != '\0')
		err = ctl_open(&ctl, &c->ctl, diags);
	if (err == MTASTS_OK)
		*out = c;
	else
		mem_free(c);
	return err;
}

void
pubctl_close(struct pubctl *c)
{
	if (c == NULL)
		return;
	ctl_close(c->ctl);
	mem_free(c);
}
