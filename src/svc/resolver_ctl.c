/*
 * resolver_ctl.c - what mtasts-resolver tells on its control socket
 *
 * Who may do what is decided here; what is known and forgotten is
 * task/resolve's. BUGS: a list that is read while policies come and go may
 * leave out one of those, or tell it twice.
 */
#include "svc/resolver_ctl.h"

#include "base/arena.h"

#include <unistd.h>

/* Policies told at once; then the client has to take them. */
#define LIST_STEP 200

/* Bytes of an answer's line; a policy's text escaped is the longest. */
#define LINE_MAX_LEN ((size_t)1 << 20)

/* Something that a call waits for. */
struct pending {
	struct resolver_facts *facts;
	struct ctl_call *call;
	struct resolve_wait *wait; /* query, reply */
	size_t pos; /* list */
};

/* pending_gone - the call has ended, or its client has gone */
static void
pending_gone(void *data)
{
	struct pending *p = data;

	resolve_cancel(p->wait);
	mem_free(p);
}

/* pending_new - for this call, released with it; null: it was ended */
static struct pending *
pending_new(struct resolver_facts *facts, struct ctl_call *call)
{
	struct pending *p = mem_zalloc(1, sizeof(*p));

	if (p == NULL) {
		ctl_end(call, "memory is short");
		return NULL;
	}
	p->facts = facts;
	p->call = call;
	ctl_set(call, p, pending_gone);
	return p;
}

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

/* line_send - end the object, hand it over */
static void
line_send(struct line *line, struct ctl_call *call)
{
	js_end_object(&line->w);
	if (buf_error(&line->b) == MTASTS_OK)
		ctl_line(call, buf_str(&line->b));
	buf_free(&line->b);
}

/* put_span - a key and a text */
static void
put_span(struct js_writer *w, const char *key, struct str text)
{
	js_key(w, key);
	js_put_str(w, text);
}

/* put_policy - what a line of the list tells */
static void
put_policy(struct js_writer *w, const struct cached *c)
{
	struct cached_row row;

	cached_row_of(c, &row);
	put_span(w, "domain", row.domain);
	put_span(w, "id", row.id);
	js_kv_str(w, "mode", mtasts_mode_name(row.mode));
	js_kv_int(w, "max_age", row.max_age_s);
	js_kv_time(w, "fetched", row.fetched_at);
	js_kv_time(w, "until", cached_until(c));
	js_kv_time(w, "used", row.used_at);
	js_kv_time(w, "next", row.next_at);
	js_kv_int(w, "failures", row.failures);
	if (row.error.len > 0)
		put_span(w, "error", row.error);
	else
		js_kv_str(w, "error", NULL);
}

/* on_explained - a query is answered */
static void
on_explained(void *ctx, struct str json)
{
	struct pending *p = ctx;

	p->wait = NULL;
	ctl_line(p->call, json);
	ctl_end(p->call, NULL);
}

/* explain - query and refresh */
static void
explain(struct resolver_facts *facts, struct ctl_call *call, struct str key,
    bool renew)
{
	struct pending *p;

	if (renew && !ctl_admin(call)) {
		ctl_end(call,
		    "to ask anew takes root or a member of control-group");
		return;
	}
	p = pending_new(facts, call);
	if (p == NULL)
		return;
	p->wait = resolve_explain(facts->resolve, key, renew, on_explained, p);
	if (p->wait == NULL)
		ctl_end(
		    call, "the resolver has too much to do, or is stopping");
}

/* do_query - {"do":"query","key":K,"renew":B} */
static void
do_query(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct str key;
	bool renew = false;

	js_bool(js_get(js, "renew"), &renew);
	if (js_str(js_get(js, "key"), &key))
		explain(facts, call, key, renew);
	else
		ctl_end(call, "a query needs a key");
}

/* do_refresh - {"do":"refresh","domain":D} */
static void
do_refresh(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct str domain;

	if (js_str(js_get(js, "domain"), &domain))
		explain(facts, call, domain, true);
	else
		ctl_end(call, "a refresh needs a domain");
}

/* on_reply - the reply to an MTA is there */
static void
on_reply(void *ctx, const struct resolve_reply *reply)
{
	struct pending *p = ctx;
	struct line line;
	struct buf text;

	p->wait = NULL;
	buf_init(&text, REPLY_MAX + 64);
	buf_putf(&text, "%s ", reply_status_name(reply->status));
	buf_put_str(&text, reply->data);
	put_span(line_begin(&line), "reply", buf_str(&text));
	line_send(&line, p->call);
	buf_free(&text);
	ctl_end(p->call, NULL);
}

/* do_reply - {"do":"reply","map":M,"key":K} */
static void
do_reply(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct resolve_ask ask = { .verb = SOCKETMAP_LOOKUP };
	struct resolve_reply reply;
	struct pending *p;
	struct str map;

	if (!js_str(js_get(js, "key"), &ask.key) ||
	    !js_str(js_get(js, "map"), &map)) {
		ctl_end(call, "a reply needs a key and a map");
		return;
	}
	if (!dialect_find(map, &ask.dialect)) {
		ctl_end(call,
		    "the map is one of QUERYwithTLSRPT, QUERY, postfix, sts");
		return;
	}
	p = pending_new(facts, call);
	if (p == NULL)
		return;
	if (resolve_cached(facts->resolve, &ask, &reply)) {
		on_reply(p, &reply);
		return;
	}
	p->wait = resolve_start(facts->resolve, &ask, on_reply, p);
	if (p->wait == NULL)
		ctl_end(
		    call, "the resolver has too much to do, or is stopping");
}

/* list_some - some lines; more when those have been taken */
static void
list_some(void *ctx)
{
	struct pending *p = ctx;
	const struct cached *c = NULL;
	struct line line;

	for (unsigned i = 0; i < LIST_STEP; i++) {
		c = policies_next(p->facts->policies, &p->pos);
		if (c == NULL)
			break;
		put_policy(line_begin(&line), c);
		line_send(&line, p->call);
	}
	if (c != NULL)
		ctl_on_drain(p->call, list_some, p);
	else
		ctl_end(p->call, NULL);
}

/* do_list - {"do":"list"} */
static void
do_list(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct pending *p = pending_new(facts, call);

	if (p != NULL)
		list_some(p);
}

/* read_domain - the member "domain", normalised; false: it is none */
static bool
read_domain(const struct js *js, struct mtasts_dname *out)
{
	struct str text;

	return js_str(js_get(js, "domain"), &text) &&
	    mtasts_dname_parse(text.p, text.len, out, NULL, NULL) == MTASTS_OK;
}

/* do_show - {"do":"show","domain":D} */
static void
do_show(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct mtasts_dname name;
	const struct cached *c;
	struct line line;

	if (!read_domain(js, &name)) {
		ctl_end(call, "to show a policy takes a domain name");
		return;
	}
	c = policies_get(facts->policies, str_make(name.text, name.len));
	if (c == NULL) {
		ctl_end(call, "no policy of this domain is cached");
		return;
	}
	put_policy(line_begin(&line), c);
	js_kv_time(&line.w, "first", c->first_at);
	put_span(&line.w, "text", cached_text(c));
	line_send(&line, call);
	ctl_end(call, NULL);
}

/* log_purge - who made it forget what */
static void
log_purge(struct resolver_facts *facts, struct ctl_call *call,
    const char *domain, int64_t count)
{
	struct log_line line;

	log_begin(&line, facts->log, LOG_LEVEL_INFO, "purged");
	log_cstr(&line, "domain", domain);
	log_int(&line, "purged", count);
	log_int(&line, "uid", (int64_t)ctl_uid(call));
	log_end(&line);
}

/* do_purge - {"do":"purge","domain":D}, {"do":"purge","all":true} */
static void
do_purge(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct mtasts_dname name = { .text = "all" };
	bool all = false;
	struct line line;
	int64_t count;

	if (!ctl_admin(call)) {
		ctl_end(
		    call, "to purge takes root or a member of control-group");
		return;
	}
	js_bool(js_get(js, "all"), &all);
	/* What is not read yet would come back. */
	if (all && !policies_loaded(facts->policies)) {
		ctl_end(call,
		    "the policies are still being read: try again in a while");
		return;
	}
	if (!all && !read_domain(js, &name)) {
		ctl_end(call, "to purge takes a domain name, or all");
		return;
	}
	if (all)
		count = (int64_t)resolve_purge_all(facts->resolve);
	else
		count = resolve_purge(
		    facts->resolve, str_make(name.text, name.len));
	log_purge(facts, call, name.text, count);
	js_kv_int(line_begin(&line), "purged", count);
	line_send(&line, call);
	ctl_end(call, NULL);
}

/* do_status - {"do":"status"} */
static void
do_status(
    struct resolver_facts *facts, struct ctl_call *call, const struct js *js)
{
	struct line line;
	struct js_writer *w = line_begin(&line);

	js_kv_str(w, "version", MTASTS_VERSION);
	js_kv_int(w, "pid", getpid());
	js_kv_time(w, "started", facts->started_at);
	js_kv_int(w, "uptime_s", (loop_now_ms() - facts->started_ms) / 1000);
	js_key(w, "listen");
	js_array(w);
	for (size_t i = 0; i < facts->sockets->count; i++)
		js_put_str(w, str_of(facts->sockets->v[i].label));
	js_end_array(w);
	js_kv_int(w, "connections", (int64_t)conns_count(facts->conns));
	resolve_status(facts->resolve, w);
	line_send(&line, call);
	ctl_end(call, NULL);
}

void
resolver_request(void *ctx, struct ctl_call *call, const struct js *js)
{
	static const struct {
		const char *name;
		void (*act)(struct resolver_facts *facts, struct ctl_call *call,
		    const struct js *js);
	} acts[] = { { "query", do_query }, { "refresh", do_refresh },
		{ "reply", do_reply }, { "list", do_list }, { "show", do_show },
		{ "purge", do_purge }, { "status", do_status } };
	struct str name;

	if (js_str(js_get(js, "do"), &name)) {
		for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
			if (str_eq(str_of(acts[i].name), name)) {
				acts[i].act(ctx, call, js);
				return;
			}
		}
	}
	ctl_end(call,
	    "\"do\" is one of query, refresh, reply, list, show, purge and "
	    "status");
}
