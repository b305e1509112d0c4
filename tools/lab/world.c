/*
 * world.c - reads the file that says what the laboratory has
 *
 * Line by line; each domain begins healthy, its lines say what is different.
 * The file's own head lists the words.
 */
#include "world.h"
#include "ca.h"
#include "server.h"

#include <errno.h>
#include <stdio.h>

#define FILE_LEN_MAX 1000000
#define WORDS_MAX    24
#define NET_FIRST    16 /* 127.16.1.* is the first domain's */
#define NET_SIZE     200

/* The file while it is read. */
struct reading {
	struct lab *lab;
	unsigned line;
	struct lab_domain *domain; /* the lines are about it */
	unsigned where; /* records for these alone: "at 2 ..." */
	struct str word[WORDS_MAX];
};

/* escape - the byte that \x.. and others stand for; *i is at its last one */
static char
escape(struct str s, size_t *i)
{
	static const char from[] = "nrt0\\\"", to[] = "\n\r\t\0\\\"";
	char hex[3] = "";
	unsigned byte = 0;

	if (++*i >= s.len)
		return '\\';
	for (size_t k = 0; k < sizeof(from) - 1; k++)
		if (from[k] == s.p[*i])
			return to[k];
	if (s.p[*i] != 'x' || *i + 2 >= s.len)
		return s.p[*i];
	memcpy(hex, s.p + *i + 1, 2);
	if (sscanf(hex, "%2x", &byte) != 1)
		lab_fail("\\x wants two hex digits");
	*i += 2;
	return (char)byte;
}

/* next_word - plain, or in quotes with escapes; false: the end of the line */
static bool
next_word(struct lab *lab, struct str *line, struct str *word)
{
	struct buf b;
	size_t i = 0;
	bool quoted;

	*line = str_trim(*line);
	if (line->len == 0 || line->p[0] == '#')
		return false;
	quoted = line->p[0] == '"';
	buf_init(&b, FILE_LEN_MAX);
	for (i = quoted; i < line->len; i++) {
		if (quoted ? line->p[i] == '"' : ascii_wsp(line->p[i]))
			break;
		buf_putc(
		    &b, line->p[i] == '\\' ? escape(*line, &i) : line->p[i]);
	}
	if (quoted && i >= line->len)
		lab_fail("a quote is not closed");
	lab_check(buf_error(&b) == MTASTS_OK, "memory");
	*word = str_make(lab_dup(lab, buf_str(&b)), b.len);
	*line = str_sub(*line, i + quoted, line->len);
	buf_free(&b);
	return true;
}

/* add_txt - a TXT record of one string */
static void
add_txt(struct lab *lab, struct lab_domain *d, const char *name, const char *s)
{
	struct str text = str_of(s);
	struct lab_words words = { &text, 1 };

	names_add(lab, names_full(lab, d, str_of(name)), LAB_TYPE_TXT,
	    names_data(lab, d, LAB_TYPE_TXT, words));
}

/* add_records - those of a healthy domain */
static void
add_records(struct lab *lab, struct lab_domain *d)
{
	static const char *const lines[] = { "@ SOA ns1 hostmaster", "@ NS ns1",
		"@ NS ns2", "ns1 A .1", "ns2 A .2", "mta-sts A .10",
		"@ MX 10 mx1", "mx1 A .25", "@ CAA 0 issue lab.test" };
	const char *rua = strcmp(d->name, "post.test") == 0
	    ? "v=TLSRPTv1; rua=mailto:reports@good.test"
	    : "v=TLSRPTv1; rua=mailto:reports@post.test";

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		names_addf(lab, d, lines[i]);
	add_txt(lab, d, "_mta-sts", "v=STSv1; id=lab1;");
	add_txt(lab, d, "_smtp._tls", rua);
	add_txt(lab, d, "@", "v=spf1 mx -all");
}

/* new_domain - a healthy one */
static struct lab_domain *
new_domain(struct lab *lab, struct str name)
{
	struct lab_domain *d = arena_zalloc(lab->arena, 1, sizeof(*d));
	unsigned n = lab->domain_count++;
	struct lab_name *top;

	lab_check(d != NULL, "memory");
	d->name = lab_dup(lab, name);
	d->net = arena_printf(lab->arena, "127.%u.%u", NET_FIRST + n / NET_SIZE,
	    n % NET_SIZE + 1);
	d->mode = "enforce";
	d->max_age = "1209600";
	d->patterns = arena_printf(lab->arena, "mx1.%s", d->name);
	lab_check(d->net != NULL && d->patterns != NULL, "memory");
	top = names_make(lab, d->name);
	if (top->domain != NULL)
		lab_fail("%s is there already", d->name);
	top->domain = d;
	d->next = lab->domains;
	lab->domains = d;
	add_records(lab, d);
	server_new(lab, d, ROLE_HTTPS, names_address(lab, d, STR(".10")));
	server_new(lab, d, ROLE_SMTP, names_address(lab, d, STR(".25")));
	return d;
}

/* type_of - a type's number */
static unsigned
type_of(struct str word)
{
	unsigned type = names_type(word);

	if (type == 0)
		lab_fail("there is no type \"%" STR_FMT "\"", STR_ARG(word));
	return type;
}

/* do_domain - begin one */
static void
do_domain(struct reading *r, struct lab_words w)
{
	r->domain = new_domain(r->lab, w.v[0]);
}

/* do_signed - all of it is signed */
static void
do_signed(struct reading *r, struct lab_words w)
{
	r->domain->is_signed = true;
}

/* do_add - a record more */
static void
do_add(struct reading *r, struct lab_words w)
{
	unsigned type = type_of(w.v[1]);
	struct lab_words data = { w.v + 2, w.count - 2 };
	struct lab_rr *rr =
	    names_add(r->lab, names_full(r->lab, r->domain, w.v[0]), type,
		names_data(r->lab, r->domain, type, data));

	rr->where = r->where;
}

/* do_del - no records of a type, or of any, and nothing below */
static void
do_del(struct reading *r, struct lab_words w)
{
	const char *name = names_full(r->lab, r->domain, w.v[0]);

	names_drop(r->lab, name, w.count > 1 ? type_of(w.v[1]) : 0, r->where);
	if (w.count == 1 && r->where == LAB_WHERE_ALL)
		map_del(&r->lab->names, str_of(name));
}

/* do_set - this record and no other of the type; a CNAME stands alone */
static void
do_set(struct reading *r, struct lab_words w)
{
	unsigned type = type_of(w.v[1]);

	names_drop(r->lab, names_full(r->lab, r->domain, w.v[0]),
	    type == LAB_TYPE_CNAME ? 0 : type, r->where);
	do_add(r, w);
}

/* do_ttl - of the records of a type */
static void
do_ttl(struct reading *r, struct lab_words w)
{
	struct lab_name *n =
	    names_find(r->lab, str_of(names_full(r->lab, r->domain, w.v[0])));
	unsigned type = type_of(w.v[1]);
	uint64_t ttl_s;

	if (n == NULL || !str_u64(w.v[2], UINT32_MAX, &ttl_s))
		lab_fail("no such name, or no number");
	for (struct lab_rr *rr = n->rrs; rr != NULL; rr = rr->next)
		if (rr->type == type && (rr->where & r->where) != 0)
			rr->ttl_s = (uint32_t)ttl_s;
}

/* do_fault - lookups of a name fail */
static void
do_fault(struct reading *r, struct lab_words w)
{
	static const char *const names[] = { "none", "servfail", "bogus",
		"timeout", "nxdomain", "refused", "loop" };
	struct lab_name *n =
	    names_make(r->lab, names_full(r->lab, r->domain, w.v[0]));

	n->fault_type = w.count > 2 ? type_of(w.v[2]) : 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!str_eq(str_of(names[i]), w.v[1]))
			continue;
		n->fault = (enum lab_fault)i;
		return;
	}
	lab_fail("there is no such fault");
}

/* server_number - 1 or 2 */
static unsigned
server_number(struct str word)
{
	uint64_t n;

	if (!str_u64(word, LAB_NS_COUNT, &n) || n == 0)
		lab_fail("a domain has name servers 1 and 2");
	return (unsigned)n;
}

/* do_dead - a name server does not run */
static void
do_dead(struct reading *r, struct lab_words w)
{
	r->domain->dead[server_number(w.v[0]) - 1] = true;
}

/* do_mode - of the policy */
static void
do_mode(struct reading *r, struct lab_words w)
{
	r->domain->mode = w.v[0].p;
}

/* do_max_age - of the policy */
static void
do_max_age(struct reading *r, struct lab_words w)
{
	r->domain->max_age = w.v[0].p;
}

/* do_mx - the patterns of the policy; names of the domain without dot */
static void
do_mx(struct reading *r, struct lab_words w)
{
	struct buf b;

	buf_init(&b, FILE_LEN_MAX);
	for (size_t i = 0; i < w.count; i++)
		buf_putf(&b, "%s%s", i > 0 ? " " : "",
		    names_full(r->lab, r->domain, w.v[i]));
	r->domain->patterns = lab_dup(r->lab, buf_str(&b));
	buf_free(&b);
}

/* do_server - of a role, at an address */
static void
do_server(struct reading *r, struct lab_words w, enum lab_role role)
{
	struct lab_words rest = { w.v + 1, w.count - 1 };

	server_words(r->lab,
	    server_new(r->lab, r->domain, role,
		names_address(r->lab, r->domain, w.v[0])),
	    rest);
}

/* do_https - a policy host, or another one */
static void
do_https(struct reading *r, struct lab_words w)
{
	do_server(r, w, ROLE_HTTPS);
}

/* do_smtp - a mail server */
static void
do_smtp(struct reading *r, struct lab_words w)
{
	do_server(r, w, ROLE_SMTP);
}

/* do_tlsa - a record for the mail server at an address: fits, or does not */
static void
do_tlsa(struct reading *r, struct lab_words w)
{
	struct lab *lab = r->lab;
	struct lab_server *s = server_new(
	    lab, r->domain, ROLE_SMTP, names_address(lab, r->domain, w.v[0]));
	struct str data[4] = { w.v[1], w.v[2], w.v[3] };
	struct lab_words words = { data, 4 };
	unsigned params[3];
	uint64_t n;
	struct buf b;

	for (size_t i = 0; i < 3; i++) {
		if (!str_u64(w.v[1 + i], 255, &n))
			lab_fail("usage, selector and matching are numbers");
		params[i] = (unsigned)n;
	}
	if (s->ident == NULL)
		s->ident = ca_mint(lab, s->cert, s->names);
	buf_init(&b, FILE_LEN_MAX);
	ca_tlsa(lab, s->ident, params, &b);
	if (str_eq(w.v[4], STR("bad")))
		memset(b.p, 'a', b.len);
	else if (!str_eq(w.v[4], STR("good")))
		lab_fail("a TLSA record is good or bad");
	data[3] = buf_str(&b);
	names_add(lab, arena_printf(lab->arena, "_25._tcp.%s", s->names),
	    LAB_TYPE_TLSA, names_data(lab, r->domain, LAB_TYPE_TLSA, words));
	buf_free(&b);
}

static const struct {
	const char *name;
	size_t least; /* words behind it */
	void (*run)(struct reading *r, struct lab_words w);
} commands[] = {
	{ "domain", 1, do_domain },
	{ "signed", 0, do_signed },
	{ "add", 3, do_add },
	{ "set", 3, do_set },
	{ "del", 1, do_del },
	{ "ttl", 3, do_ttl },
	{ "fault", 2, do_fault },
	{ "dead", 1, do_dead },
	{ "mode", 1, do_mode },
	{ "max-age", 1, do_max_age },
	{ "mx", 0, do_mx },
	{ "https", 2, do_https },
	{ "smtp", 1, do_smtp },
	{ "tlsa", 5, do_tlsa },
};

/* run_words - a line */
static void
run_words(struct reading *r, struct lab_words w)
{
	r->where = LAB_WHERE_ALL;
	if (w.count > 2 && str_eq(w.v[0], STR("at"))) {
		r->where = LAB_WHERE_NS << (server_number(w.v[1]) - 1);
		w = (struct lab_words){ w.v + 2, w.count - 2 };
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!str_eq(str_of(commands[i].name), w.v[0]))
			continue;
		if (w.count - 1 < commands[i].least)
			lab_fail("\"%s\" wants more words", commands[i].name);
		if (i > 0 && r->domain == NULL)
			lab_fail("this is of no domain");
		commands[i].run(r, (struct lab_words){ w.v + 1, w.count - 1 });
		return;
	}
	lab_fail("there is no \"%" STR_FMT "\"", STR_ARG(w.v[0]));
}

/* read_file - all of it */
static struct str
read_file(struct lab *lab, const char *path)
{
	char *text = arena_alloc(lab->arena, FILE_LEN_MAX);
	FILE *f = fopen(path, "r");
	size_t len;

	if (f == NULL || text == NULL)
		lab_fail("%s: %s", path, strerror(errno));
	len = fread(text, 1, FILE_LEN_MAX, f);
	fclose(f);
	return str_make(text, len);
}

/* add_root - the root's key: whoever asks shall see that it is signed */
static void
add_root(struct lab *lab)
{
	static const char key[] = "0101030d"
				  "00112233445566778899aabbccddeeff"
				  "00112233445566778899aabbccddeeff"
				  "00112233445566778899aabbccddeeff"
				  "00112233445566778899aabbccddeeff";
	struct str hex = str_of(key);
	struct lab_words words = { &hex, 1 };
	struct lab_domain *root = arena_zalloc(lab->arena, 1, sizeof(*root));

	lab_check(root != NULL, "memory");
	root->name = "";
	root->is_signed = true;
	names_add(lab, "", LAB_TYPE_DNSKEY,
	    names_data(lab, root, LAB_TYPE_DNSKEY, words));
	names_find(lab, STR(""))->domain = root;
}

void
world_read(struct lab *lab, const char *path)
{
	struct reading r = { .lab = lab };
	struct str rest = read_file(lab, path), line;

	add_root(lab);
	while (str_line(&rest, &line, NULL)) {
		struct lab_words words = { r.word, 0 };

		lab_fail_at(path, ++r.line);
		while (words.count < WORDS_MAX &&
		    next_word(lab, &line, &r.word[words.count]))
			words.count++;
		if (words.count > 0)
			run_words(&r, words);
	}
	lab_fail_at(path, 0);
}

void
world_finish(struct lab *lab)
{
	if (lab->scan > 0 && names_domain(lab, STR("scan.test")) == NULL)
		new_domain(lab, STR("scan.test"));
	server_usual(&lab->scan_host, ROLE_HTTPS);
	server_usual(&lab->scan_mx, ROLE_SMTP);
	lab->scan_host.names = "mta-sts.scan.test";
	lab->scan_mx.names = "mx.scan.test";
	for (struct lab_server *s = lab->servers; s != NULL; s = s->next)
		server_ready(lab, s);
}
