/*
 * overview.c - how each registered name is, in one line
 *
 * Four walks in the order of names, each one statement, and three fingers that
 * follow the last. Must not know how it is shown.
 */
#include "task/overview.h"

#include <stdio.h>

#define SOON_S (7 * INT64_C(86400)) /* a certificate's end is near */

const char *
overview_policy_name(enum overview_policy policy)
{
	static const char *const names[OVERVIEW_POLICIES] = { "none", "new",
		"waits", "live" };

	return (unsigned)policy < OVERVIEW_POLICIES ? names[policy] : "";
}

/* ---- words ---- */

/* dns_word - of what task/push said, in a word for people */
static const char *
dns_word(const struct registry_published *p)
{
	static const char *const words[][2] = { { "same", "in step" },
		{ "written", "in step" }, { "by hand", "by hand" },
		{ "differs", "by hand" }, { "foreign", "foreign" },
		{ "refused", "refused" }, { "lagging", "lags" } };

	if (str_eq(p->end, STR("by hand")))
		return "by hand";
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_eq(p->dns, str_of(words[i][0])))
			return words[i][1];
	return "?";
}

/* policy_of - is what is served live? */
static enum overview_policy
policy_of(const struct registry_row *row, const struct registry_published *p)
{
	if (!row->served)
		return OVERVIEW_NONE;
	if (p->live_id.len == 0)
		return OVERVIEW_NEW;
	return str_eq(p->live_id, row->policy.id) ? OVERVIEW_LIVE
						  : OVERVIEW_WAITS;
}

/* copy - a span as a text of the arena; "" when memory is short */
static const char *
copy(struct arena *a, struct str s)
{
	const char *text = s.len > 0 ? arena_dup(a, s) : "";

	return text != NULL ? text : "";
}

/* trouble - what somebody has to do, if anything */
static void
trouble(struct overview *o, const struct domain_job *job)
{
	const struct registry_published *p = &o->published;
	bool person =
	    str_eq(p->end, STR("by hand")) || str_eq(p->end, STR("problem"));

	o->why = o->fix = "";
	if (o->state == DOMAIN_NEEDS_MX || o->state == DOMAIN_NOT_SERVED) {
		o->why = "its settings give no policy, since there is no mx";
		o->fix = "Name its MX hosts: mtasts domain set DOMAIN "
			 "mx=HOST,...";
	} else if (person ||
	    (p->why.len > 0 && o->policy == OVERVIEW_LIVE &&
		!str_eq(p->end, STR("later")))) {
		/* The latter: a certificate that is not renewed. */
		o->why = copy(job->arena, p->why);
		o->fix = copy(job->arena, p->fix);
	} else if (o->cert_until_at != 0 &&
	    o->cert_until_at < job->now_at + SOON_S) {
		o->why = o->cert_until_at <= job->now_at
		    ? "its certificate has run out"
		    : "its certificate runs out within days";
		o->fix = "'mtasts cert list' shows who keeps it.";
	}
}

/* mx_word - what the last look of a roll-out saw */
static const char *
mx_word(const struct rollout_state *s)
{
	if (s->looked_at == 0)
		return "";
	if (s->failing_at != 0)
		return "fail";
	return s->passed_at == s->looked_at ? "ok" : "?";
}

/* add_rollout - where a roll-out is, and whether it needs somebody */
static void
add_rollout(struct overview *o, const struct domain_job *job,
    const struct registry_rollout *r)
{
	const struct rollout_state *s = &r->state;
	const char *text;

	if (s->stage == ROLLOUT_NONE)
		return;
	o->mx = mx_word(s);
	text = arena_printf(job->arena, "%s%s", rollout_stage_name(s->stage),
	    s->alarm	    ? " alarm"
		: s->paused ? " paused"
			    : "");
	o->rollout = text != NULL ? text : "";
	if (s->failing_at == 0 || o->why[0] != '\0')
		return;
	o->why = r->why.len > 0 ? copy(job->arena, r->why)
				: rollout_reason_text(r->reason);
	text = arena_printf(job->arena,
	    s->alarm ? "Mend it, or go back to testing: mtasts rollout back "
		       "%" STR_FMT
		     : "See what the roll-out waits for: mtasts rollout "
		       "status %" STR_FMT,
	    STR_ARG(o->row->name));
	o->fix = text != NULL ? text : "";
}

/* fill - from what is known to what is told; r may be null */
static void
fill(struct overview *o, const struct domain_job *job,
    const struct registry_rollout *r)
{
	o->policy = policy_of(o->row, &o->published);
	o->dns = dns_word(&o->published);
	o->cert_until_at = o->published.cert_until_at != 0
	    ? o->published.cert_until_at
	    : o->cert.not_after_at;
	o->mx = o->rollout = "";
	trouble(o, job);
	if (r != NULL)
		add_rollout(o, job, r);
}

/* ---- states ---- */

/* same_word - the same but for blanks and bars */
static bool
same_word(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++)
		if (ascii_lower(*a == ' ' ? '-' : *a) !=
		    ascii_lower(*b == ' ' ? '-' : *b))
			return false;
	return *a == *b;
}

bool
overview_is(const struct overview *o, const char *state)
{
	char end[16];

	snprintf(end, sizeof(end), "%" STR_FMT, STR_ARG(o->published.end));
	return same_word(state, domain_state_name(o->state)) ||
	    same_word(state, end) ||
	    same_word(state, overview_policy_name(o->policy)) ||
	    same_word(state, o->dns);
}

/* All words of overview_is(). */
static const char states[] =
    "served, needs-mx, not-served, removing, run-out, live, waits, new, "
    "by-hand, later, problem, in-step, lags, foreign, refused";

const char *
overview_states(void)
{
	return states;
}

bool
overview_is_state(const char *state)
{
	struct str rest = str_of(states), word;
	char text[16];

	while (rest.len > 0) {
		str_cut(rest, ',', &word, &rest);
		snprintf(
		    text, sizeof(text), "%" STR_FMT, STR_ARG(str_trim(word)));
		if (same_word(state, text))
			return true;
	}
	return false;
}

/* ---- lists ---- */

/* What is known of all names, in their order. */
struct known {
	struct arena *arena;
	struct registry_published *published;
	size_t published_count, published_room, published_at;
	struct registry_cert *certs;
	size_t cert_count, cert_room, cert_at;
	struct registry_rollout *rollouts;
	size_t rollout_count, rollout_room, rollout_at;
	bool failed; /* memory was short */
};

/* more - room for one more element; null when memory is short */
static void *
more(struct known *k, void *v, size_t count, size_t *room, size_t size)
{
	void *grown;

	if (count < *room)
		return v;
	*room = *room > 0 ? *room * 2 : 256;
	grown = mem_grow(v, *room, size);
	if (grown == NULL)
		k->failed = true;
	return grown;
}

/* keep - a span in the arena */
static bool
keep(struct known *k, struct str *s)
{
	if (s->len == 0) {
		*s = STR("");
		return true;
	}
	s->p = arena_dup(k->arena, *s);
	if (s->p == NULL)
		k->failed = true;
	return s->p != NULL;
}

/* on_published - one more; those of which nothing is known are left out */
static bool
on_published(void *arg, const struct registry_publishable *row)
{
	struct known *k = arg;
	struct registry_published *v, p = row->known;

	if (p.tried_at == 0)
		return true;
	v = more(k, k->published, k->published_count, &k->published_room,
	    sizeof(*v));
	if (v == NULL)
		return false;
	k->published = v;
	if (!keep(k, &p.domain) || !keep(k, &p.live_id) || !keep(k, &p.step) ||
	    !keep(k, &p.end) || !keep(k, &p.dns) || !keep(k, &p.why) ||
	    !keep(k, &p.fix))
		return false;
	v[k->published_count++] = p;
	return true;
}

/* on_cert - the same of certificates */
static bool
on_cert(void *arg, const struct registry_cert *cert)
{
	struct known *k = arg;
	struct registry_cert *v, c = *cert;

	if (c.tried_at == 0)
		return true;
	v = more(k, k->certs, k->cert_count, &k->cert_room, sizeof(*v));
	if (v == NULL)
		return false;
	k->certs = v;
	if (!keep(k, &c.domain) || !keep(k, &c.why))
		return false;
	v[k->cert_count++] = c;
	return true;
}

/* on_rollout - the same of roll-outs */
static bool
on_rollout(void *arg, const struct registry_rollout *row)
{
	struct known *k = arg;
	struct registry_rollout *v, r = *row;

	v = more(
	    k, k->rollouts, k->rollout_count, &k->rollout_room, sizeof(*v));
	if (v == NULL)
		return false;
	k->rollouts = v;
	if (!keep(k, &r.domain) || !keep(k, &r.why))
		return false;
	r.published_id = STR("");
	v[k->rollout_count++] = r;
	return true;
}

/* A list under way. */
struct listing {
	const struct domain_job *job;
	const struct overview_filter *filter;
	bool (*fn)(void *arg, const struct overview *o);
	void *arg;
	struct known known;
};

/* find_rollout - that of a name, or null; the finger only moves on */
static const struct registry_rollout *
find_rollout(struct known *k, struct str name)
{
	while (k->rollout_at < k->rollout_count &&
	    str_cmp(k->rollouts[k->rollout_at].domain, name) < 0)
		k->rollout_at++;
	if (k->rollout_at < k->rollout_count &&
	    str_eq(k->rollouts[k->rollout_at].domain, name))
		return &k->rollouts[k->rollout_at];
	return NULL;
}

/* find - what else is known of a name; the fingers only move on */
static void
find(struct known *k, struct str name, struct overview *o)
{
	while (k->published_at < k->published_count &&
	    str_cmp(k->published[k->published_at].domain, name) < 0)
		k->published_at++;
	while (k->cert_at < k->cert_count &&
	    str_cmp(k->certs[k->cert_at].domain, name) < 0)
		k->cert_at++;
	if (k->published_at < k->published_count &&
	    str_eq(k->published[k->published_at].domain, name))
		o->published = k->published[k->published_at];
	if (k->cert_at < k->cert_count &&
	    str_eq(k->certs[k->cert_at].domain, name))
		o->cert = k->certs[k->cert_at];
}

/* passes - does the filter let it through? */
static bool
passes(const struct overview_filter *f, const struct overview *o)
{
	if (f->problems && o->why[0] == '\0')
		return false;
	if (f->mode != NULL &&
	    (!o->row->served ||
		strcmp(f->mode, mtasts_mode_name(o->row->policy.mode)) != 0))
		return false;
	return f->state == NULL || overview_is(o, f->state);
}

/* on_item - one name */
static bool
on_item(void *arg, const struct domain_item *item)
{
	struct listing *l = arg;
	struct overview o = { .row = item->row, .state = item->state };

	find(&l->known, item->row->name, &o);
	fill(&o, l->job, find_rollout(&l->known, item->row->name));
	return !passes(l->filter, &o) || l->fn(l->arg, &o);
}

enum mtasts_err
overview_list(const struct domain_job *job,
    const struct overview_filter *filter,
    bool (*fn)(void *arg, const struct overview *o), void *arg)
{
	struct listing l = { job, filter, fn, arg, { .arena = job->arena } };
	enum mtasts_err err;

	err = registry_each_published(job->registry, on_published, &l.known);
	if (err == MTASTS_OK && !l.known.failed)
		err = registry_each_cert(job->registry, on_cert, &l.known);
	if (err == MTASTS_OK && !l.known.failed)
		err =
		    registry_each_rollout(job->registry, on_rollout, &l.known);
	if (err == MTASTS_OK && l.known.failed)
		err = MTASTS_ENOMEM;
	if (err == MTASTS_OK)
		err = domain_list(job, filter->part, on_item, &l);
	mem_free(l.known.published);
	mem_free(l.known.certs);
	mem_free(l.known.rollouts);
	if (err == MTASTS_ESTORE && mtasts_diags_count(job->diags) == 0)
		registry_explain(job->registry, job->diags);
	return err;
}

enum mtasts_err
overview_of(const struct domain_job *job, const struct domain_view *view,
    struct overview *out)
{
	struct overview o = { .row = &view->row, .state = view->state };
	struct registry_rollout r = { .next_at = 0 };
	enum mtasts_err err, there;

	err = registry_find_published(
	    job->registry, view->row.name, job->arena, &o.published);
	if (err == MTASTS_OK)
		err = registry_find_cert(
		    job->registry, view->row.name, job->arena, &o.cert);
	if (err != MTASTS_OK)
		return err;
	there = registry_find_rollout(
	    job->registry, view->row.name, job->arena, &r);
	if (there != MTASTS_OK && there != MTASTS_ENOENT)
		return there;
	fill(&o, job, there == MTASTS_OK ? &r : NULL);
	*out = o;
	return MTASTS_OK;
}
