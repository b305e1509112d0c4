/*
 * decide_mx.c - the MX hosts of a destination
 *
 * RFC 5321 section 5.1, RFC 7505, RFC 7672 section 2.2.1. Names that left the
 * last answer are kept for a while, since whoever sends may have them from an
 * older one; with a name goes what DANE said of it. Knows of policies whether
 * one is to be enforced, and of TLSA nothing.
 */
#include "core/decide_int.h"

#include "base/arena.h"

/* A name of an answer. */
struct mx_name {
	struct mtasts_dname name;
	uint16_t preference;
};

/* A list of hosts that is being made. */
struct mx_list {
	struct dest_mx *mx;
	size_t count;
	unsigned left_out;
	bool failed; /* memory was short */
};

int64_t
decide_mx_window(const struct dest *d)
{
	return decide_clamp(d->mx_ttl_s, DECIDE_MX_KEEP_S, 7 * 86400);
}

bool
decide_mx_known(const struct decide *run, int64_t now_at)
{
	const struct dest *d = run->dest;

	if (d->key.brackets)
		return d->mx_state != DEST_MX_UNKNOWN;
	return !decide_pending(run, DECIDE_MX) &&
	    d->mx_state != DEST_MX_UNKNOWN &&
	    (run->at[DECIDE_MX].times > 0 ||
		decide_holds(d->mx_until_at, now_at, DECIDE_TTL_MAX_S));
}

/* find - the host of this name in a list, or null */
static struct dest_mx *
find(struct dest_mx *mx, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (mx[i].name != NULL && strcmp(mx[i].name, name) == 0)
			return &mx[i];
	return NULL;
}

/* add - a host of the answer; one that was known keeps what is known */
static void
add(struct mx_list *list, struct dest *d, const struct mx_name *n,
    int64_t now_at)
{
	struct dest_mx *m = find(list->mx, list->count, n->name.text), *known;

	if (m != NULL) {
		if (n->preference < m->preference)
			m->preference = n->preference;
		return;
	}
	if (list->count == DEST_MX_MAX) {
		list->left_out++;
		return;
	}
	m = &list->mx[list->count];
	*m = (struct dest_mx){ 0 };
	known = find(d->mx, d->mx_count, n->name.text);
	if (known != NULL) {
		m->dane = known->dane;
		m->usable = known->usable;
		m->unusable = known->unusable;
		m->dane_until_at = known->dane_until_at;
		m->base = known->base;
		m->why = known->why;
		known->base = known->why = NULL;
	}
	m->name = mem_strdup(str_of(n->name.text));
	m->preference = n->preference;
	m->current = true;
	m->seen_at = now_at;
	list->count++;
	list->failed |= m->name == NULL;
}

/* add_answer - the names of an answer; what is no host name is left out */
static void
add_answer(struct mx_list *list, struct dest *d, const struct dnsfact *fact,
    int64_t now_at)
{
	for (size_t i = 0; i < fact->count; i++) {
		const struct dnsfact_record *r = &fact->records[i];
		struct mx_name n = { .preference = r->mx.preference };
		struct str s = str_of(r->mx.name);

		if (mtasts_dname_parse(s.p, s.len, &n.name, NULL, NULL))
			list->left_out++;
		else
			add(list, d, &n, now_at);
	}
}

/* order - those of the last answer first, then by preference and name */
static bool
order(const struct dest_mx *a, const struct dest_mx *b)
{
	if (a->current != b->current)
		return a->current;
	if (a->preference != b->preference)
		return a->preference < b->preference;
	return strcmp(a->name, b->name) < 0;
}

/* sort - by insertion: there are few */
static void
sort(struct dest_mx *mx, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct dest_mx m = mx[i];
		size_t at;

		for (at = i; at > 0 && order(&m, &mx[at - 1]); at--)
			mx[at] = mx[at - 1];
		mx[at] = m;
	}
}

/* keep_recent - move hosts that left the answer not long ago */
static void
keep_recent(struct mx_list *list, struct dest *d, int64_t now_at)
{
	int64_t window_s = decide_mx_window(d);

	for (size_t i = 0; i < d->mx_count; i++) {
		struct dest_mx *m = &d->mx[i];

		if (list->count == DEST_MX_MAX ||
		    !decide_lately(m->seen_at, now_at, window_s) ||
		    find(list->mx, list->count, m->name) != NULL)
			continue;
		list->mx[list->count] = *m;
		list->mx[list->count++].current = false;
		*m = (struct dest_mx){ 0 };
	}
}

/* mx_failed - nothing is known; the last known hosts stay */
static void
mx_failed(struct dest *d, const char *why, int64_t now_at)
{
	d->mx_state = DEST_MX_FAILED;
	d->mx_until_at = now_at + DECIDE_ERROR_S;
	decide_copy(d->mx_why, sizeof(d->mx_why), why);
}

/* take_over - the hosts of the destination are these now; or it failed */
static void
take_over(struct dest *d, struct mx_list *list, int64_t now_at)
{
	if (!list->failed)
		keep_recent(list, d, now_at);
	dest_free_mx(d->mx, d->mx_count);
	d->mx = NULL;
	d->mx_count = 0;
	if (list->failed) {
		dest_free_mx(list->mx, list->count);
		mx_failed(d, "memory is short", now_at);
		return;
	}
	sort(list->mx, list->count);
	d->mx = list->mx;
	d->mx_count = list->count;
	d->mx_left_out = list->left_out;
	d->mx_state = DEST_MX_FOUND;
}

/* list_of - a list with room for what an answer has, and for known hosts */
static struct mx_list
list_of(const struct dest *d, size_t count)
{
	size_t room = count + d->mx_count;

	if (room > DEST_MX_MAX)
		room = DEST_MX_MAX;
	return (struct mx_list){ .mx = mem_zalloc(
				     room + 1, sizeof(struct dest_mx)) };
}

/* itself - the destination is its only MX host: there is no MX record */
static void
itself(struct dest *d, int64_t now_at)
{
	struct mx_list list = list_of(d, 1);
	struct mx_name n = { .name = d->key.domain };

	if (list.mx == NULL) {
		mx_failed(d, "memory is short", now_at);
		return;
	}
	add(&list, d, &n, now_at);
	take_over(d, &list, now_at);
}

/* is_null_mx - the one record ".": RFC 7505 section 3 */
static bool
is_null_mx(const struct dnsfact *fact)
{
	return fact->end == DNSFACT_FOUND && fact->count == 1 &&
	    fact->records[0].mx.name[0] == '\0';
}

void
decide_mx_fact(struct decide *run, const struct dnsfact *fact, int64_t now_at)
{
	struct dest *d = run->dest;
	bool none = fact != NULL && fact->end != DNSFACT_FOUND;
	struct mx_list list;

	d->generation++;
	decide_dane_stop(run);
	d->mx_why[0] = '\0';
	if (fact == NULL || dnsfact_failed(fact)) {
		mx_failed(d,
		    fact != NULL ? fact->why : "the lookup was not possible",
		    now_at);
		return;
	}
	d->mx_secure = fact->secure;
	d->mx_ttl_s = fact->ttl_s;
	d->mx_until_at = now_at +
	    decide_clamp(fact->ttl_s,
		none ? DECIDE_TTL_MIN_S : DECIDE_DANE_MIN_S, DECIDE_TTL_MAX_S);
	if (is_null_mx(fact)) {
		d->mx_state = DEST_MX_NULL;
		return;
	}
	if (none) {
		itself(d, now_at);
		return;
	}
	list = list_of(d, fact->count);
	if (list.mx == NULL) {
		mx_failed(d, "memory is short", now_at);
		return;
	}
	add_answer(&list, d, fact, now_at);
	take_over(d, &list, now_at);
}

/* plan_brackets - no MX lookup, so there is nothing that could be forged */
static void
plan_brackets(struct dest *d, int64_t now_at)
{
	if (d->mx_state != DEST_MX_FOUND) {
		d->mx_secure = true;
		itself(d, now_at);
		d->generation++;
	}
	if (d->mx_state == DEST_MX_FOUND)
		d->mx_until_at = now_at + DECIDE_TTL_MAX_S;
}

void
decide_mx_plan(struct decide *run, int64_t now_at)
{
	struct decide_progress *at = &run->at[DECIDE_MX];
	struct dest *d = run->dest;
	bool needed = run->dane || decide_enforces(run, now_at) ||
	    /* Beside the fetch it costs no time. */
	    decide_pending(run, DECIDE_GET);

	/* A refresh alone is nobody's delivery. */
	if (!needed || (!run->answer && !run->renew))
		return;
	if (d->key.brackets) {
		plan_brackets(d, now_at);
		return;
	}
	if (at->out || at->times > 0)
		return;
	at->wanted = run->renew || d->mx_state == DEST_MX_UNKNOWN ||
	    !decide_holds(d->mx_until_at, now_at, DECIDE_TTL_MAX_S);
}
