/*
 * world.c - the DNS, the policy hosts and the store of a scenario
 *
 * Says what the lines "dns" and "https" say, and that no other name exists.
 */
#include "scenario/scenario.h"

#include "core/limits.h"

#include <stdarg.h>

struct fake_dns {
	struct fake_dns *next;
	const char *name;
	bool silent;
	struct dnsfact fact;
};

struct fake_https {
	struct fake_https *next;
	const char *host;
	bool silent;
	struct fetchfact fact;
};

struct stored {
	struct stored *next;
	struct str domain;
	struct cached *policy; /* null: none any more */
};

static const struct {
	const char *name;
	enum dnstype type;
} types[] = {
	{ "A", DNSTYPE_A },
	{ "AAAA", DNSTYPE_AAAA },
	{ "CNAME", DNSTYPE_CNAME },
	{ "MX", DNSTYPE_MX },
	{ "TXT", DNSTYPE_TXT },
	{ "TLSA", DNSTYPE_TLSA },
};

/* take - memory, or the end */
static void *
take(struct world *w, size_t count, size_t size)
{
	void *p = arena_zalloc(w->arena, count, size);

	if (p == NULL)
		abort();
	return p;
}

void
world_open(struct world *w)
{
	*w = (struct world){ .arena = arena_new(256u << 20) };
	if (w->arena == NULL)
		abort();
}

void
world_close(struct world *w)
{
	for (struct stored *s = w->stored; s != NULL; s = s->next)
		mem_free(s->policy);
	arena_free(w->arena);
}

/* type_of - a record type by name */
static enum dnstype
type_of(struct line *line)
{
	struct str word = next_word(line, "a record type");

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_eq(word, str_of(types[i].name)))
			return types[i].type;
	fault(line, "unknown record type");
}

/* find_dns - what is said of a name and type, or null */
static struct fake_dns *
find_dns(struct world *w, const char *name, enum dnstype type)
{
	struct fake_dns *d;

	for (d = w->dns; d != NULL; d = d->next)
		if (d->fact.type == type && strcmp(d->name, name) == 0)
			break;
	return d;
}

/* read_tlsa - "3 1 1": data of the right length, unless "short" follows */
static void
read_tlsa(struct world *w, struct line *line, struct dnsfact_record *r)
{
	static const size_t length[] = { 100, 32, 64 };
	size_t len = 32;

	r->tlsa.usage =
	    (uint8_t)number_of(line, next_word(line, "a certificate usage"));
	r->tlsa.selector =
	    (uint8_t)number_of(line, next_word(line, "a selector"));
	r->tlsa.matching =
	    (uint8_t)number_of(line, next_word(line, "a matching type"));
	if (r->tlsa.matching < 3)
		len = length[r->tlsa.matching];
	if (have_word(line) && str_eq(line->word[line->at], STR("short"))) {
		line->at++;
		len--;
	}
	r->tlsa.data = str_make(take(w, len, 1), len);
}

/* read_records - all other words of the line */
static void
read_records(struct world *w, struct line *line, struct dnsfact *fact)
{
	struct dnsfact_record *r = take(w, line->count, sizeof(*r));
	struct str word;

	fact->records = r;
	while (have_word(line)) {
		struct dnsfact_record *one = &r[fact->count++];

		if (fact->type == DNSTYPE_TLSA) {
			read_tlsa(w, line, one);
			continue;
		}
		word = next_word(line, "a value");
		if (fact->type == DNSTYPE_TXT) {
			one->txt = word;
		} else if (fact->type == DNSTYPE_MX) {
			one->mx.preference = (uint16_t)number_of(line, word);
			word = next_word(line, "a host");
			one->mx.name = str_eq(word, STR("."))
			    ? ""
			    : arena_dup(w->arena, word);
		} else if (fact->type == DNSTYPE_CNAME) {
			one->cname = arena_dup(w->arena, word);
		}
	}
	if (fact->count == 0)
		fault(line, "no records");
}

/* read_end - is the word how a lookup without records ended? */
static bool
read_end(struct str word, struct dnsfact *fact)
{
	for (int end = DNSFACT_NODATA; end < DNSFACT_ENDS; end++) {
		if (!str_eq(
			word, str_of(dnsfact_end_name((enum dnsfact_end)end))))
			continue;
		fact->end = (enum dnsfact_end)end;
		if (dnsfact_failed(fact))
			fact->why = dnsfact_end_name(fact->end);
		return true;
	}
	return false;
}

void
world_dns(struct world *w, struct line *line)
{
	const char *name = arena_dup(w->arena, next_word(line, "a name"));
	struct fake_dns *d = take(w, 1, sizeof(*d)), *old;
	struct str word, value;

	d->name = name;
	d->fact = (struct dnsfact){ .type = type_of(line),
		.ttl_s = 300,
		.canonical = name,
		.why = "" };
	while (have_word(line)) {
		word = line->word[line->at];
		if (option(line, "ttl", &value)) {
			d->fact.ttl_s = (uint32_t)duration_of(line, value);
		} else if (option(line, "cname", &value)) {
			d->fact.cnames = 1;
			d->fact.canonical = arena_dup(w->arena, value);
		} else if (str_eq(word, STR("secure"))) {
			d->fact.secure = true;
			line->at++;
		} else if (str_eq(word, STR("silent"))) {
			d->silent = true;
			line->at++;
		} else if (read_end(word, &d->fact)) {
			line->at++;
		} else {
			read_records(w, line, &d->fact);
		}
	}
	if (d->fact.end == DNSFACT_FOUND && d->fact.count == 0 && !d->silent)
		fault(line, "says nothing of %s", name);
	old = find_dns(w, name, d->fact.type);
	if (old != NULL) {
		d->next = old->next;
		*old = *d;
	} else {
		d->next = w->dns;
		w->dns = d;
	}
}

const struct dnsfact *
world_ask_dns(struct world *w, const char *name, enum dnstype type)
{
	struct fake_dns *d = find_dns(w, name, type);
	struct dnsfact *none;

	if (d != NULL)
		return d->silent ? NULL : &d->fact;
	none = take(w, 1, sizeof(*none));
	*none = (struct dnsfact){ .end = DNSFACT_NXDOMAIN,
		.type = type,
		.ttl_s = 300,
		.canonical = arena_dup(w->arena, str_of(name)),
		.why = "" };
	return none;
}

struct str
world_file(struct world *w, const struct line *line, struct str name)
{
	const char *slash = strrchr(line->file, '/');
	size_t len, room = LIMIT_POLICY_LEN + 1000;
	char path[4096], *text = take(w, room, 1);
	struct str folder = str_make(
	    line->file, slash != NULL ? (size_t)(slash - line->file) : 0);
	FILE *f = NULL;

	/* Beside the scenario, or beside the folder it is in. */
	for (int up = 0; f == NULL && up < 2; up++) {
		snprintf(path, sizeof(path), "%" STR_FMT "%s/%" STR_FMT,
		    STR_ARG(folder), up ? "/.." : "", STR_ARG(name));
		f = fopen(path, "rb");
	}
	if (f == NULL)
		fault(line, "no file %" STR_FMT, STR_ARG(name));
	len = fread(text, 1, room, f);
	fclose(f);
	return str_make(text, len);
}

/* read_end_name - is the word how a fetch failed? */
static bool
read_failure(
    struct world *w, struct line *line, struct str word, struct fetchfact *fact)
{
	for (int end = FETCHFACT_OK + 1; end < FETCHFACT_ENDS; end++) {
		const char *name = fetchfact_end_name((enum fetchfact_end)end);

		if (!str_eq(word, str_of(name)))
			continue;
		fact->end = (enum fetchfact_end)end;
		fact->why = have_word(line)
		    ? arena_dup(w->arena, next_word(line, "a reason"))
		    : name;
		return true;
	}
	return false;
}

/* read_response - status, media type and body */
static void
read_response(struct world *w, struct line *line, struct str status,
    struct fetchfact *fact)
{
	struct fetchfact_head head = { .status = (int)number_of(line, status) };
	struct str value;
	char *scratch = take(w, 200, 1);
	const char *why = "";

	fact->status = head.status;
	if (option(line, "encoding", &value))
		head.content_encoding = value;
	if (have_word(line))
		head.content_type = next_word(line, "a media type");
	if (str_eq(head.content_type, STR("-")))
		head.content_type = str_make(NULL, 0);
	fact->end = fetchfact_judge(&head, scratch, &why);
	fact->why = why;
	if (!have_word(line))
		return;
	value = next_word(line, "a body");
	if (str_starts(value, STR("policies/")))
		value = world_file(w, line, value);
	if (value.len > LIMIT_POLICY_LEN) {
		fact->end = FETCHFACT_TOO_LARGE;
		fact->why = "the body is too large";
	} else if (fact->end == FETCHFACT_OK) {
		fact->body = value;
	}
}

void
world_https(struct world *w, struct line *line)
{
	const char *host = arena_dup(w->arena, next_word(line, "a host"));
	struct str word = next_word(line, "a status, or how it failed");
	struct fake_https *h;

	for (h = w->https; h != NULL; h = h->next)
		if (strcmp(h->host, host) == 0)
			break;
	if (h == NULL) {
		h = take(w, 1, sizeof(*h));
		h->next = w->https;
		w->https = h;
	}
	h->host = host;
	h->silent = str_eq(word, STR("silent"));
	h->fact = (struct fetchfact){ .why = "", .address = "192.0.2.80" };
	if (!h->silent && !read_failure(w, line, word, &h->fact))
		read_response(w, line, word, &h->fact);
}

const struct fetchfact *
world_fetch(struct world *w, const char *host, bool *known)
{
	for (struct fake_https *h = w->https; h != NULL; h = h->next) {
		if (strcmp(h->host, host) == 0) {
			*known = true;
			return h->silent ? NULL : &h->fact;
		}
	}
	*known = false;
	return NULL;
}

struct cached *
world_stored(struct world *w, struct str domain)
{
	for (struct stored *s = w->stored; s != NULL; s = s->next)
		if (str_eq(s->domain, domain))
			return s->policy;
	return NULL;
}

void
world_store(struct world *w, struct str domain, struct cached *policy)
{
	struct stored *s;

	for (s = w->stored; s != NULL; s = s->next)
		if (str_eq(s->domain, domain))
			break;
	if (s == NULL) {
		s = take(w, 1, sizeof(*s));
		s->domain = str_of(arena_dup(w->arena, domain));
		s->next = w->stored;
		w->stored = s;
	}
	if (s->policy != policy)
		mem_free(s->policy);
	s->policy = policy;
}
