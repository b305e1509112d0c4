/*
 * mxauto_see.c - from what was seen of a domain to the names of its MX hosts
 *
 * Believes an answer only when every authoritative server gives it, and what
 * the resolver says, too. What follows from the names is mxauto.c.
 *
 * RFC 5321 section 5.1, RFC 7505, RFC 8461 section 4.1.
 */
#include "core/mxauto.h"

#include "mtasts/dname.h"

#include <stdlib.h>

#define SEEN_MAX (1u << 20)

/* A copy in the making. */
struct making {
	struct mxauto_seen *out;
	struct mxauto_host *host;
	size_t room;
	bool broken; /* memory was short */
};

/* begin - nothing was seen; false when memory is short */
static bool
begin(struct making *m, size_t room, int64_t at)
{
	struct arena *a = arena_new(SEEN_MAX);

	*m = (struct making){ .room = room };
	if (a == NULL)
		return false;
	m->out = arena_zalloc(a, 1, sizeof(*m->out));
	m->host = arena_zalloc(a, room + 1, sizeof(*m->host));
	if (m->out == NULL || m->host == NULL) {
		arena_free(a);
		return false;
	}
	*m->out = (struct mxauto_seen){ .at = at, .why = "", .arena = a };
	return true;
}

/* not_usable - why it changes nothing: "who" and what of it, or what alone */
static void
not_usable(
    struct making *m, const char *who, const char *name, const char *what)
{
	const char *text =
	    arena_printf(m->out->arena, "%s%s%s", who, name, what);

	m->out->usable = false;
	m->out->count = 0;
	m->out->why = text != NULL ? text : "memory is short";
}

/* compare - by name */
static int
compare(const void *a, const void *b)
{
	const struct mxauto_host *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* add - one more host; the first of a name stays */
static void
add(struct making *m, const char *name, bool works, bool fails)
{
	struct mxauto_host *h;

	for (size_t i = 0; i < m->out->count; i++)
		if (strcmp(m->host[i].name, name) == 0)
			return;
	if (m->out->count == m->room)
		return;
	h = &m->host[m->out->count++];
	h->name = arena_dup(m->out->arena, str_of(name));
	h->works = works;
	h->fails = fails;
	m->broken |= h->name == NULL;
}

/* end - put in order; null when memory was short */
static struct mxauto_seen *
end(struct making *m)
{
	if (m->broken) {
		mxauto_seen_free(m->out);
		return NULL;
	}
	qsort(m->host, m->out->count, sizeof(*m->host), compare);
	m->out->host = m->host;
	return m->out;
}

/* why_none - why an answer is no list of hosts; null: it is one */
static const char *
why_none(const struct dnsfact *fact)
{
	if (fact == NULL)
		return " was not asked";
	if (fact->end == DNSFACT_NXDOMAIN)
		return " says that the domain does not exist";
	if (dnsfact_failed(fact))
		return " gives no answer";
	if (fact->end == DNSFACT_NODATA || fact->count == 0)
		return " has no MX record";
	for (size_t i = 0; i < fact->count; i++)
		if (fact->records[i].mx.name[0] == '\0')
			return " has a null MX record";
	return NULL;
}

/* agree - every server gives the same list; else says who does not */
static bool
agree(struct making *m, const struct seen *s)
{
	const char *why = why_none(s->mx);

	if (why != NULL) {
		not_usable(
		    m, "the resolver, asked for the MX records,", "", why);
		return false;
	}
	for (size_t i = 0; i < s->mx_ns_count; i++) {
		const struct seen_mx_ns *ns = &s->mx_ns[i];

		why = why_none(ns->mx);
		if (why == NULL && !dnsfact_same_mx(ns->mx, s->mx))
			why = " names other MX hosts than the resolver";
		if (why == NULL)
			continue;
		not_usable(m, "the name server ", ns->name, why);
		return false;
	}
	if (s->mx_ns_count > 0 && s->mx_ns_more == 0)
		return true;
	not_usable(m, "", "",
	    s->mx_ns_count == 0
		? "no authoritative name server could be asked for the MX "
		  "records"
		: "the domain has more name servers than are asked");
	return false;
}

/* answers_badly - did an address show that mail over TLS does not work? */
static bool
answers_badly(const struct seen_mx *mx)
{
	for (size_t i = 0; i < mx->addr_count; i++) {
		const struct probefact *p = mx->addr[i].probe;

		if (p == NULL || !probefact_talked(p) ||
		    p->end == PROBEFACT_BUSY ||
		    p->end == PROBEFACT_STARTTLS_LATER)
			continue;
		if (p->end != PROBEFACT_OK || !tlsfact_valid(p->tls))
			return true;
	}
	return false;
}

/* ttl - the longest that the answer is remembered anywhere */
static uint32_t
ttl(const struct seen *s)
{
	uint32_t most = s->mx->ttl_s;

	for (size_t i = 0; i < s->mx_ns_count; i++)
		if (s->mx_ns[i].mx != NULL && s->mx_ns[i].mx->ttl_s > most)
			most = s->mx_ns[i].mx->ttl_s;
	return most;
}

struct mxauto_seen *
mxauto_see(const struct seen *s)
{
	struct making m;

	if (!begin(&m, s->mx_count, s->at))
		return NULL;
	if (!agree(&m, s))
		return end(&m);
	m.out->usable = true;
	m.out->secure = s->mx->secure;
	m.out->ttl_s = ttl(s);
	for (size_t i = 0; i < s->mx_count; i++) {
		bool bad = answers_badly(&s->mxs[i]);

		add(&m, s->mxs[i].name, !bad && seen_mx_works(&s->mxs[i]), bad);
	}
	if (s->mx_more > 0 || m.out->count == 0)
		not_usable(&m, "", "",
		    "the domain has more MX hosts than are looked at");
	return end(&m);
}

/* other_purpose - is the name one for something else than mail servers? */
static bool
other_purpose(const char *name)
{
	static const char *const prefixes[] = { "mta-sts.", "autoconfig.",
		"autodiscover." };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (str_starts_nocase(str_of(name), str_of(prefixes[i])))
			return true;
	return false;
}

struct mxauto_seen *
mxauto_see_names(const char *const *names, size_t count, int64_t at)
{
	struct mtasts_dname name;
	struct making m;

	if (!begin(&m, count, at))
		return NULL;
	m.out->usable = m.out->secure = true;
	for (size_t i = 0; i < count; i++)
		if (!other_purpose(names[i]) && names[i][0] != '*' &&
		    mtasts_dname_parse(names[i], strlen(names[i]), &name, NULL,
			NULL) == MTASTS_OK)
			add(&m, name.text, true, false);
	if (m.out->count == 0)
		not_usable(
		    &m, "", "", "no certificate has the name of a mail server");
	return end(&m);
}

void
mxauto_seen_free(struct mxauto_seen *seen)
{
	if (seen != NULL)
		arena_free(seen->arena);
}
