/*
 * stage.c - core/decide driven in the world of a scenario
 *
 * As a daemon drives it: questions go out together and are answered in their
 * order, the decision is taken as soon as it can be given, the store follows
 * the policy, runs of which answers are silent go on waiting.
 */
#include "scenario/scenario.h"

#include "core/reply.h"

/* A destination in memory, and its run. */
struct actor {
	struct actor *next;
	struct dest *dest;
	struct decide *run; /* null: nothing is being found out */
	struct decide_ask ask;
	bool waits; /* somebody waits for the decision */
	struct decide_question *out;
	size_t out_count;
};

#define OUT_MAX 1000

/* names - names with ":" between */
static const char *
names(struct stage *s, const char *const *name, size_t count)
{
	struct buf b;
	const char *text;

	buf_init(&b, 1u << 20);
	buf_puts(&b, "");
	for (size_t i = 0; i < count; i++)
		buf_putf(&b, "%s%s", i > 0 ? ":" : "", name[i]);
	text = arena_dup(s->world.arena, buf_str(&b));
	buf_free(&b);
	return text;
}

/* replies - in the words of each dialect */
static void
replies(struct stage *s, const struct decision *d)
{
	for (int i = 0; i < DIALECTS; i++) {
		struct reply_form form = { .dialect = (enum dialect)i,
			.testing = (enum reply_testing)s->testing,
			.max = REPLY_MAX };
		enum reply_status status;
		struct buf b;

		buf_init(&b, 1u << 20);
		status = reply_format(d, &form, &b);
		s->outcome.reply[i] =
		    arena_printf(s->world.arena, b.len > 0 ? "%s %.*s" : "%s",
			reply_status_name(status), (int)b.len, b.p);
		buf_free(&b);
	}
}

/* note - keep what was decided */
static void
note(struct stage *s, const struct decision *d)
{
	s->outcome = (struct outcome){ .decided = true,
		.kind = decision_kind_name(d->kind),
		.reason = decision_reason_name(d->reason),
		.text = arena_dup(s->world.arena, str_of(d->text)),
		.match = names(s, d->match, d->match_count),
		.patterns = names(s, d->pattern, d->pattern_count),
		.failure = fetchfact_end_name(d->failure),
		.mode =
		    d->policy != NULL ? mtasts_mode_name(d->policy->mode) : "-",
		.current = d->match_current,
		.until_at = d->until_at };
	replies(s, d);
}

/* follow - the store does what decide_policy_changed() asks for */
static void
follow(struct stage *s, struct actor *a)
{
	struct dest *d = a->dest;
	struct str domain = str_of(d->key.domain.text);
	struct cached *policy = d->policy;

	if (!decide_policy_changed(a->run) || (policy && d->policy_borrowed))
		return;
	if (d->once)
		policy = NULL;
	for (struct actor *o = s->actors; o != NULL; o = o->next)
		if (o != a && str_eq(str_of(o->dest->key.domain.text), domain))
			dest_set_policy(o->dest, policy, true);
	world_store(&s->world, domain, policy);
	if (policy != NULL)
		dest_set_policy(d, policy, true);
}

/* decided - take the decision when it can be given, or when it must be */
static void
decided(struct stage *s, struct actor *a, bool must)
{
	struct decision d;

	if (!a->waits ||
	    (!must && !decide_ready(a->run, a->ask.dane, s->now_at)))
		return;
	decide_verdict(a->run, &a->ask, s->now_at, &d);
	note(s, &d);
	a->waits = false;
}

/* count - what was asked by this event */
static void
count(struct stage *s, const struct decide_question *q)
{
	if (q->kind == DECIDE_FETCH)
		s->fetched++;
	else
		s->asked[q->type]++;
	s->sent++;
}

/* send - all questions that may begin now */
static void
send(struct stage *s, const struct line *line, struct actor *a)
{
	struct decide_question q;

	while (decide_next(a->run, &q, s->now_at)) {
		if (a->out_count == OUT_MAX || s->sent > OUT_MAX)
			fault(line, "asks without end");
		count(s, &q);
		a->out[a->out_count++] = q;
	}
}

/* answer - the first question that is not met with silence; false: none */
static bool
answer(struct stage *s, const struct line *line, struct actor *a)
{
	for (size_t i = 0; i < a->out_count; i++) {
		struct decide_question q = a->out[i];
		const struct dnsfact *dns = NULL;
		const struct fetchfact *fetch = NULL;
		bool known = true;

		if (q.kind == DECIDE_DNS)
			dns = world_ask_dns(&s->world, q.name, q.type);
		else
			fetch = world_fetch(&s->world, q.name, &known);
		if (!known)
			fault(line,
			    "%s is fetched from, no line https says "
			    "what it serves",
			    q.name);
		if (dns == NULL && fetch == NULL)
			continue;
		a->out_count--;
		memmove(&a->out[i], &a->out[i + 1],
		    (a->out_count - i) * sizeof(*a->out));
		if (dns != NULL)
			decide_dns(a->run, q.tag, dns, s->now_at, s->diags);
		else
			decide_fetched(
			    a->run, q.tag, fetch, s->now_at, s->diags);
		return true;
	}
	return false;
}

/* drive - until all is answered but what is silent */
static void
drive(struct stage *s, const struct line *line, struct actor *a)
{
	do {
		follow(s, a);
		decided(s, a, false);
		send(s, line, a);
	} while (answer(s, line, a));
	if (a->out_count == 0 && !decide_idle(a->run))
		fault(line, "waits for nothing");
	if (a->out_count == 0 && a->waits)
		fault(line, "all is answered, nothing decided");
	/* Time is up. */
	decided(s, a, true);
	if (a->out_count > 0)
		return;
	decide_free(a->run);
	a->run = NULL;
}

/* clear - what the last event left */
static void
clear(struct stage *s)
{
	mtasts_diags_free(s->diags);
	s->diags = mtasts_diags_new();
	memset(s->asked, 0, sizeof(s->asked));
	s->fetched = s->sent = 0;
	s->outcome = (struct outcome){ 0 };
}

/* actor_of - the destination of this key, with its stored policy */
static struct actor *
actor_of(struct stage *s, const struct destkey *key)
{
	struct arena *arena = s->world.arena;
	struct actor *a;

	for (a = s->actors; a != NULL; a = a->next)
		if (strcmp(a->dest->key.text, key->text) == 0)
			return a;
	a = arena_zalloc(arena, 1, sizeof(*a));
	a->dest = dest_new(key);
	a->out = arena_zalloc(arena, OUT_MAX, sizeof(*a->out));
	if (a->dest == NULL || a->out == NULL)
		abort();
	dest_set_policy(
	    a->dest, world_stored(&s->world, str_of(key->domain.text)), true);
	a->next = s->actors;
	s->actors = a;
	return a;
}

/* no_domain - the decision of a key that is none; others make it */
static void
no_domain(struct stage *s)
{
	struct decision d = { .kind = DECISION_NONE,
		.reason = DECISION_NO_DOMAIN };

	note(s, &d);
}

/* rule_of - the rule for a domain */
static const struct rule *
rule_of(struct stage *s, struct str domain)
{
	static const uint64_t seed[2] = { 1, 2 };
	struct rule_set *set = NULL;
	const struct rule *found;

	if (rule_set_new(s->rules, s->rule_count, seed, &set) != MTASTS_OK)
		abort();
	found = rule_find(set, domain, s->now_at);
	for (size_t i = 0; found != NULL && i < s->rule_count; i++) {
		if (strcmp(s->rules[i].name, found->name) == 0) {
			found = &s->rules[i];
			break;
		}
	}
	rule_set_free(set);
	return found;
}

void
stage_ask(struct stage *s, const struct line *line, struct str text,
    enum decide_purpose purpose)
{
	struct destkey key;
	struct actor *a;

	clear(s);
	if (destkey_parse(text, &key, NULL) != DESTKEY_DOMAIN) {
		no_domain(s);
		return;
	}
	a = actor_of(s, &key);
	a->ask = (struct decide_ask){ .purpose = purpose,
		.dane = s->dane && purpose != DECIDE_REFRESH,
		.mixed = s->mixed,
		.rule = rule_of(s, str_of(key.domain.text)),
		.jitter = s->jitter };
	a->waits = purpose != DECIDE_REFRESH;
	if (a->run != NULL)
		decide_join(a->run, &a->ask, s->now_at);
	else
		a->run = decide_new(a->dest, &a->ask, s->now_at);
	if (a->run == NULL)
		abort();
	drive(s, line, a);
}

void
stage_late(struct stage *s, const struct line *line)
{
	clear(s);
	for (struct actor *a = s->actors; a != NULL; a = a->next) {
		if (a->run == NULL)
			continue;
		a->waits = true;
		drive(s, line, a);
	}
}

bool
stage_idle(const struct stage *s)
{
	for (const struct actor *a = s->actors; a != NULL; a = a->next)
		if (a->run != NULL)
			return false;
	return true;
}

void
stage_restart(struct stage *s)
{
	for (struct actor *a = s->actors; a != NULL; a = a->next) {
		decide_free(a->run);
		dest_free(a->dest);
	}
	s->actors = NULL;
	clear(s);
}

void
stage_close(struct stage *s)
{
	stage_restart(s);
	mtasts_diags_free(s->diags);
}
