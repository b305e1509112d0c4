/*
 * resolve_explain.c - telling what is known, and forgetting it
 *
 * For the administrator: "mtasts query", "cache purge", "status".
 */
#include "task/resolve_int.h"

/* put_reply - what one dialect would be answered */
static void
put_reply(struct run *run, enum dialect dialect, struct js_writer *w)
{
	struct resolve *r = run->r;
	const struct resolve_ask ask = { .dialect = dialect,
		.verb = dialect == DIALECT_LINE ? SOCKETMAP_MODE
						: SOCKETMAP_LOOKUP };
	struct resolve_reply reply;
	struct buf text;

	ready_make(run, &ask, r->dane[dialect] && run->ask.dane, &reply);
	buf_init(&text, REPLY_MAX + 64);
	if (dialect != DIALECT_LINE)
		buf_putf(&text, "%s ", reply_status_name(reply.status));
	buf_put_str(&text, reply.data);
	js_key(w, dialect_name(dialect));
	js_put_str(w, buf_str(&text));
	buf_free(&text);
}

/* put_known - all of a destination and what was decided */
static void
put_known(struct run *run, struct js_writer *w)
{
	struct resolve *r = run->r;
	int64_t now_at = r->world->time_s();
	struct decision d;

	run_decide(run, run->ask.dane, now_at, &d);
	dest_explain(run->e->dest, now_at, w);
	decision_explain(&d, w);
	js_kv_bool(w, "observe", r->conf.observe);
	js_kv_bool(w, "dns_validation",
	    r->world->dns_validation(r->conf.dns) == DNS_VALIDATION_WORKS);
	js_key(w, "replies");
	js_object(w);
	for (unsigned i = 0; i < DIALECT_COUNT; i++)
		put_reply(run, (enum dialect)i, w);
	js_end_object(w);
}

void
explain_answer(struct resolve_wait *wait, struct run *run)
{
	struct resolve *r = wait->r;
	struct js_writer w;

	buf_clear(&r->json);
	js_begin(&w, &r->json, false);
	js_object(&w);
	if (run != NULL) {
		put_known(run, &w);
	} else {
		js_key(&w, "key");
		js_put_str(&w, wait->ask.key);
		js_kv_str(&w, "error",
		    wait->fault != NULL ? wait->fault
					: "the resolver is short of memory, "
					  "or stopping");
	}
	js_end_object(&w);
	if (buf_error(&r->json) == MTASTS_OK) {
		wait->explain(wait->ctx, buf_str(&r->json));
		return;
	}
	wait->explain(wait->ctx,
	    STR("{\"error\":\"the explanation is too long, or memory is "
		"short\"}"));
}

/* fault_of - why a key is no policy domain; null: it is one */
static const char *
fault_of(struct str key)
{
	enum mtasts_dname_fault fault;
	struct destkey out;

	switch (destkey_parse(key, &out, &fault)) {
	case DESTKEY_DOMAIN:
		return NULL;
	case DESTKEY_PARENT:
		return "begins with a dot: that is no policy domain";
	case DESTKEY_ADDRESS:
		return "is an address: MTA-STS and DANE need a name";
	case DESTKEY_BAD:
		break;
	}
	return mtasts_dname_fault_text(fault);
}

struct resolve_wait *
resolve_explain(struct resolve *r, struct str key, bool renew,
    resolve_explain_callback *cb, void *ctx)
{
	const struct resolve_ask ask = { .dialect = DIALECT_TLSRPT,
		.key = key,
		.deadline_ms = RESOLVE_EXPLAIN_MS };
	struct resolve_wait *w;

	if (r->closing)
		return NULL;
	w = wait_new(r, &ask);
	if (w == NULL)
		return NULL;
	w->explain = cb;
	w->ctx = ctx;
	w->renew = renew;
	w->fault = fault_of(key);
	wait_soon(w);
	return w;
}

/* forget - what is known of one; with a run it stays, to begin anew */
static void
forget(struct resolve *r, struct entry *e)
{
	struct run *run = e->run;

	dest_set_policy(e->dest, NULL, false);
	if (run == NULL) {
		entry_free(r, e);
		return;
	}
	run_quit(run);
	if (!entry_renew(r, e))
		entry_unready(e);
}

bool
resolve_purge(struct resolve *r, struct str domain)
{
	struct entry *e, *kin;
	struct destkey key;
	bool known;

	/* A copy: what is dropped may hold the bytes of the name. */
	if (destkey_parse(domain, &key, NULL) != DESTKEY_DOMAIN)
		return false;
	domain = str_make(key.domain.text, key.domain.len);
	e = entry_first(r, domain);
	known = e != NULL || policies_get(r->conf.policies, domain) != NULL;
	for (; e != NULL; e = kin) {
		kin = e->kin;
		forget(r, e);
	}
	policies_drop(r->conf.policies, domain);
	/* Not before: what begins borrows the policy that it finds. */
	for (e = entry_first(r, domain); e != NULL; e = e->kin)
		run_restart(e->run);
	return known;
}

size_t
resolve_purge_all(struct resolve *r)
{
	size_t pos = 0, count = policies_count(r->conf.policies);
	struct cached *c;
	struct run *run;
	void *value;

	while (map_next(&r->dests, &pos, NULL, &value))
		forget(r, value);
	pos = 0;
	while ((c = policies_next(r->conf.policies, &pos)) != NULL) {
		struct mtasts_dname name = { .len = c->domain_len };

		memcpy(name.text, c->bytes, c->domain_len);
		policies_drop(r->conf.policies, str_make(name.text, name.len));
	}
	TAILQ_FOREACH(run, &r->runs, next)
	run_restart(run);
	return count;
}

void
resolve_status(struct resolve *r, struct js_writer *w)
{
	enum dns_validation dns = r->world->dns_validation(r->conf.dns);

	js_kv_int(w, "policies", (int64_t)policies_count(r->conf.policies));
	js_kv_bool(w, "loaded", policies_loaded(r->conf.policies));
	js_kv_int(w, "destinations", (int64_t)r->dests.count);
	js_kv_int(w, "waiting", (int64_t)r->wait_count);
	js_kv_int(w, "running", (int64_t)r->run_count);
	js_kv_str(w, "dns_validation",
	    dns == DNS_VALIDATION_WORKS	      ? "works"
		: dns == DNS_VALIDATION_FAILS ? "fails"
					      : "open");
	js_kv_str(w, "store", policies_trouble(r->conf.policies));
	js_kv_bool(w, "observe", r->conf.observe);
	js_kv_int(w, "questions",
	    metric_value(r->tell.hit) + metric_value(r->tell.miss));
	js_kv_int(w, "hits", metric_value(r->tell.hit));
}
