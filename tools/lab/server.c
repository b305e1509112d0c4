/*
 * server.c - the servers of a domain, as lines of the world file change them
 */
#include "server.h"
#include "ca.h"

#include <stddef.h>

#define BODY_MAX 262144

/* A word that a line may have, and what it sets. */
struct word {
	const char *name;
	enum {
		SET_FLAG = 0,
		SET_TEXT,
		SET_SPAN,
		SET_NAMES,
		SET_CERT,
		SET_NUMBER,
		SET_PROFILE,
		SET_STEP,
		SET_BODY,
		SET_HEADER
	} set;
	size_t at; /* in struct lab_server */
};

#define AT(member) offsetof(struct lab_server, member)

static const struct word words_known[] = {
	{ "name", SET_NAMES, 0 },
	{ "cert", SET_CERT, AT(cert) },
	{ "no-sni", SET_CERT, AT(no_sni) },
	{ "tls", SET_PROFILE, 0 },
	{ "status", SET_TEXT, AT(status) },
	{ "type", SET_TEXT, AT(type) },
	{ "header", SET_HEADER, 0 },
	{ "body", SET_BODY, 0 },
	{ "fill", SET_NUMBER, AT(fill) },
	{ "slow", SET_NUMBER, AT(slow_ms) },
	{ "chunked", SET_FLAG, AT(chunked) },
	{ "cut", SET_FLAG, AT(cut) },
	{ "no-answer", SET_FLAG, AT(close) },
	{ "http", SET_TEXT, AT(http) },
	{ "banner", SET_SPAN, AT(banner) },
	{ "ext", SET_TEXT, AT(ext) },
	{ "ext-tls", SET_TEXT, AT(ext_tls) },
	{ "starttls", SET_TEXT, AT(starttls) },
	{ "inject", SET_FLAG, AT(inject) },
	{ "tarpit", SET_FLAG, AT(tarpit) },
	{ "early", SET_FLAG, AT(early) },
	{ "silent", SET_FLAG, AT(silent) },
	{ "flood", SET_FLAG, AT(flood) },
	{ "close", SET_STEP, 0 },
};

static const char *const profile_names[] = {
	[TLS_USUAL] = "usual",
	[TLS_OLD_TOO] = "old-too",
	[TLS_OLD_ONLY] = "old-only",
	[TLS_WEAK] = "weak",
	[TLS_OFF] = "off",
};

static const char *const step_names[] = {
	[STEP_NONE] = "never",
	[STEP_CONNECT] = "connect",
	[STEP_BANNER] = "banner",
	[STEP_EHLO] = "ehlo",
	[STEP_STARTTLS] = "starttls",
	[STEP_HANDSHAKE] = "handshake",
	[STEP_TLS] = "tls",
};

/* position - of a word in a list of names */
static size_t
position(const char *const *names, size_t count, struct str word)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] != NULL && str_eq(str_of(names[i]), word))
			return i;
	lab_fail("\"%" STR_FMT "\" is not known here", STR_ARG(word));
}

/* host_names - whose certificate a server of a domain has, by its address */
static const char *
host_names(struct lab *lab, const struct lab_server *s)
{
	struct str last = str_of(s->address);
	uint64_t n = 25;
	const char *text;

	while (str_cut(last, '.', NULL, &last) && str_chr(last, '.') < last.len)
		;
	str_u64(last, 255, &n);
	text = s->role == ROLE_HTTPS
	    ? arena_printf(lab->arena, "mta-sts.%s", s->domain->name)
	    : arena_printf(lab->arena, "mx%u.%s", n < 25 ? 1 : (unsigned)n - 24,
		  s->domain->name);
	lab_check(text != NULL, "memory");
	return text;
}

void
server_usual(struct lab_server *s, enum lab_role role)
{
	s->role = role;
	s->cert = "valid";
	s->status = "200 OK";
	s->type = "text/plain";
	s->ext = "PIPELINING SIZE_10485760 STARTTLS 8BITMIME";
	s->ext_tls = "PIPELINING SIZE_10485760 8BITMIME";
}

struct lab_server *
server_new(struct lab *lab, struct lab_domain *domain, enum lab_role role,
    const char *address)
{
	struct lab_server *s;

	for (s = lab->servers; s != NULL; s = s->next)
		if (s->role == role && s->domain == domain &&
		    strcmp(s->address, address) == 0)
			return s;
	s = arena_zalloc(lab->arena, 1, sizeof(*s));
	lab_check(s != NULL, "memory");
	server_usual(s, role);
	s->domain = domain;
	s->address = address;
	s->names = host_names(lab, s);
	s->next = lab->servers;
	lab->servers = s;
	return s;
}

/* put_default - the policy of the domain as its words say */
static void
put_default(const struct lab_server *s, struct buf *b)
{
	const struct lab_domain *d = s->domain;
	struct str rest = str_of(d->patterns), pattern;

	buf_putf(b, "version: STSv1\r\nmode: %s\r\n", d->mode);
	while (rest.len > 0) {
		str_cut(rest, ' ', &pattern, &rest);
		buf_putf(b, "mx: %" STR_FMT "\r\n", STR_ARG(pattern));
	}
	buf_puts(b, "max_age:");
	for (unsigned i = 0; i < s->fill; i++)
		buf_putc(b, ' ');
	buf_putf(b, " %s\r\n", d->max_age);
}

/* set_text - a word, whole and terminated */
static void
set_text(struct lab *lab, struct lab_server *s, const struct word *w,
    struct str value)
{
	*(const char **)((char *)s + w->at) = lab_dup(lab, value);
}

/* set_names - as names of records are written, with commas between */
static void
set_names(struct lab *lab, struct lab_server *s, struct str value)
{
	struct str name;
	struct buf b;

	buf_init(&b, BODY_MAX);
	while (value.len > 0) {
		str_cut(value, ',', &name, &value);
		buf_putf(&b, "%s%s", b.len > 0 ? "," : "",
		    names_full(lab, s->domain, name));
	}
	lab_check(buf_error(&b) == MTASTS_OK && b.len > 0, "names");
	s->names = lab_dup(lab, buf_str(&b));
	buf_free(&b);
}

/* set_cert - a kind of certificate, or "refuse" without SNI */
static void
set_cert(struct lab *lab, struct lab_server *s, const struct word *w,
    struct str value)
{
	set_text(lab, s, w, value);
	if (!ca_kind(*(const char **)((char *)s + w->at)) &&
	    !(w->at == AT(no_sni) && str_eq(value, STR("refuse"))))
		lab_fail("no certificate is \"%" STR_FMT "\"", STR_ARG(value));
}

/* set_body - with the domain's name for each "@" */
static void
set_body(struct lab *lab, struct lab_server *s, struct str value)
{
	struct buf b;

	buf_init(&b, BODY_MAX);
	for (size_t i = 0; i < value.len; i++) {
		if (value.p[i] == '@')
			buf_puts(&b, s->domain->name);
		else
			buf_putc(&b, value.p[i]);
	}
	lab_check(buf_error(&b) == MTASTS_OK, "body");
	s->body = str_make(lab_dup(lab, buf_str(&b)), b.len);
	s->has_body = true;
	buf_free(&b);
}

/* set_header - a line more in the head */
static void
set_header(struct lab *lab, struct lab_server *s, struct str value)
{
	char *lines = arena_printf(lab->arena, "%" STR_FMT "%" STR_FMT "\r\n",
	    STR_ARG(s->headers), STR_ARG(value));

	lab_check(lines != NULL, "memory");
	s->headers = str_of(lines);
}

/* set_number - milliseconds, or bytes */
static void
set_number(struct lab_server *s, const struct word *w, struct str value)
{
	uint64_t n;

	if (!str_u64(value, 1000000, &n))
		lab_fail("\"%" STR_FMT "\" is no number", STR_ARG(value));
	*(unsigned *)((char *)s + w->at) = (unsigned)n;
}

/* set - what a word says */
static void
set(struct lab *lab, struct lab_server *s, const struct word *w,
    struct str value)
{
	switch (w->set) {
	case SET_FLAG:
		*(bool *)((char *)s + w->at) = true;
		break;
	case SET_TEXT:
		set_text(lab, s, w, value);
		break;
	case SET_SPAN:
		*(struct str *)((char *)s + w->at) =
		    str_make(lab_dup(lab, value), value.len);
		break;
	case SET_NAMES:
		set_names(lab, s, value);
		break;
	case SET_CERT:
		set_cert(lab, s, w, value);
		break;
	case SET_NUMBER:
		set_number(s, w, value);
		break;
	case SET_PROFILE:
		s->profile = (enum lab_profile)position(profile_names,
		    sizeof(profile_names) / sizeof(char *), value);
		break;
	case SET_STEP:
		s->close_at = (enum lab_step)position(
		    step_names, sizeof(step_names) / sizeof(char *), value);
		break;
	case SET_BODY:
		set_body(lab, s, value);
		break;
	case SET_HEADER:
		set_header(lab, s, value);
	}
}

void
server_words(struct lab *lab, struct lab_server *s, struct lab_words words)
{
	size_t count = sizeof(words_known) / sizeof(*words_known);

	for (size_t i = 0; i < words.count; i++) {
		const struct word *w = words_known;

		while (w < words_known + count &&
		    !str_eq(words.v[i], str_of(w->name)))
			w++;
		if (w == words_known + count)
			lab_fail("a server has no \"%" STR_FMT "\"",
			    STR_ARG(words.v[i]));
		if (w->set != SET_FLAG && ++i == words.count)
			lab_fail("\"%s\" wants a value", w->name);
		set(lab, s, w, w->set != SET_FLAG ? words.v[i] : STR(""));
	}
	if (s->type != NULL && *s->type == '\0')
		s->type = NULL;
}

/* add_host - find it by its name, too */
static void
add_host(struct lab *lab, struct lab_server *s, struct str name)
{
	bool v6 = str_eq(str_of(s->address), STR("::1"));
	char *key = arena_printf(
	    lab->arena, "%s%" STR_FMT, v6 ? "6" : "", STR_ARG(name));

	lab_check(key != NULL &&
		map_put(&lab->hosts, str_of(key), s, NULL) == MTASTS_OK,
	    "memory");
}

void
server_ready(struct lab *lab, struct lab_server *s)
{
	struct str rest = str_of(s->names), name;
	struct buf b;

	if (s->ident == NULL)
		s->ident = ca_mint(lab, s->cert, s->names);
	if (s->no_sni != NULL && ca_kind(s->no_sni))
		s->ident_no_sni = ca_mint(lab, s->no_sni, s->names);
	while (rest.len > 0) {
		str_cut(rest, ',', &name, &rest);
		add_host(lab, s, name);
	}
	if (s->has_body || s->role != ROLE_HTTPS)
		return;
	buf_init(&b, BODY_MAX);
	put_default(s, &b);
	lab_check(buf_error(&b) == MTASTS_OK, "body");
	s->body = str_make(lab_dup(lab, buf_str(&b)), b.len);
	buf_free(&b);
}
