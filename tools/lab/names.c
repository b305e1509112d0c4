/*
 * names.c - what DNS knows in the laboratory: names, their records, their
 * faults; and the records' data from words
 *
 * Knows nothing of messages but the form of names and data.
 */
#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>

#define DATA_MAX 65535

static const struct {
	const char *name;
	unsigned number;
} types[] = { { "A", LAB_TYPE_A }, { "NS", LAB_TYPE_NS },
	{ "CNAME", LAB_TYPE_CNAME }, { "SOA", LAB_TYPE_SOA },
	{ "MX", LAB_TYPE_MX }, { "TXT", LAB_TYPE_TXT },
	{ "AAAA", LAB_TYPE_AAAA }, { "DNSKEY", LAB_TYPE_DNSKEY },
	{ "TLSA", LAB_TYPE_TLSA }, { "CAA", LAB_TYPE_CAA } };

unsigned
names_type(struct str word)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (str_eq_nocase(str_of(types[i].name), word))
			return types[i].number;
	return 0;
}

const char *
names_type_name(unsigned type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].number == type)
			return types[i].name;
	return "?";
}

const char *
names_full(struct lab *lab, const struct lab_domain *domain, struct str word)
{
	char *name;

	if (str_eq(word, STR("@")))
		return domain->name;
	if (str_ends(word, STR(".")))
		name = lab_dup(lab, str_sub(word, 0, word.len - 1));
	else
		name = arena_printf(
		    lab->arena, "%" STR_FMT ".%s", STR_ARG(word), domain->name);
	lab_check(name != NULL, "memory");
	for (char *p = name; *p != '\0'; p++)
		*p = ascii_lower(*p);
	return name;
}

const char *
names_address(struct lab *lab, const struct lab_domain *domain, struct str word)
{
	char *text;

	if (!str_starts(word, STR(".")))
		return lab_dup(lab, word);
	text =
	    arena_printf(lab->arena, "%s%" STR_FMT, domain->net, STR_ARG(word));
	lab_check(text != NULL, "memory");
	return text;
}

struct lab_name *
names_find(const struct lab *lab, struct str name)
{
	return map_get(&lab->names, name);
}

struct lab_name *
names_make(struct lab *lab, const char *name)
{
	struct lab_name *n = names_find(lab, str_of(name));
	const char *dot = strchr(name, '.');

	if (n != NULL)
		return n;
	n = arena_zalloc(lab->arena, 1, sizeof(*n));
	lab_check(n != NULL, "memory");
	n->name = lab_dup(lab, str_of(name));
	lab_check(map_put(&lab->names, str_of(n->name), n, NULL) == MTASTS_OK,
	    "memory");
	if (dot != NULL)
		names_make(lab, dot + 1);
	return n;
}

const struct lab_domain *
names_domain(const struct lab *lab, struct str name)
{
	for (;;) {
		const struct lab_name *n = names_find(lab, name);

		if (n != NULL && n->domain != NULL)
			return n->domain;
		if (!str_cut(name, '.', NULL, &name))
			return NULL;
	}
}

void
names_put(struct buf *b, struct str name)
{
	struct str label;

	while (name.len > 0) {
		str_cut(name, '.', &label, &name);
		buf_putc(b, (char)label.len);
		buf_put_str(b, label);
	}
	buf_putc(b, '\0');
}

/* put_u16 - a number of two bytes */
static void
put_u16(struct buf *b, struct str word)
{
	uint64_t n;

	if (!str_u64(word, 65535, &n))
		lab_fail("\"%" STR_FMT "\" is no number", STR_ARG(word));
	buf_putc(b, (char)(n >> 8));
	buf_putc(b, (char)n);
}

/* put_u8 - a number of one byte */
static void
put_u8(struct buf *b, struct str word)
{
	uint64_t n;

	if (!str_u64(word, 255, &n))
		lab_fail("\"%" STR_FMT "\" is no number", STR_ARG(word));
	buf_putc(b, (char)n);
}

/* put_address - an address in 4 or 16 bytes */
static void
put_address(struct buf *b, int family, const char *text)
{
	uint8_t bytes[16];

	if (inet_pton(family, text, bytes) != 1)
		lab_fail("\"%s\" is no such address", text);
	buf_put(b, bytes, family == AF_INET ? 4 : 16);
}

/* put_hex - bytes from hex digits */
static void
put_hex(struct buf *b, struct str hex)
{
	for (size_t i = 0; i + 1 < hex.len; i += 2) {
		char digits[3] = { hex.p[i], hex.p[i + 1], '\0' };
		unsigned byte = 0;

		if (sscanf(digits, "%2x", &byte) != 1)
			lab_fail("\"%s\" is not hex", digits);
		buf_putc(b, (char)byte);
	}
}

/* put_string - a character string of at most 255 bytes */
static void
put_string(struct buf *b, struct str s)
{
	if (s.len > 255)
		lab_fail("a string has more than 255 bytes");
	buf_putc(b, (char)s.len);
	buf_put_str(b, s);
}

/* least_words - how many words the data of a type has at least */
static size_t
least_words(unsigned type)
{
	switch (type) {
	case LAB_TYPE_MX:
	case LAB_TYPE_SOA:
		return 2;
	case LAB_TYPE_CAA:
		return 3;
	case LAB_TYPE_TLSA:
		return 4;
	default:
		return 1;
	}
}

/* put_numbers - those at the end of a SOA record */
static void
put_numbers(struct buf *b)
{
	static const uint8_t numbers[20] = { 0, 0, 0, 1, 0, 0, 14, 16, 0, 0, 2,
		88, 0, 9, 58, 128, 0, 0, 1, 44 };

	buf_put(b, numbers, sizeof(numbers));
}

struct str
names_data(struct lab *lab, const struct lab_domain *domain, unsigned type,
    struct lab_words words)
{
	const struct str *w = words.v;
	struct str data;
	struct buf b;

	if (words.count < least_words(type))
		lab_fail("%s records have more words", names_type_name(type));
	buf_init(&b, DATA_MAX);
	switch (type) {
	case LAB_TYPE_A:
	case LAB_TYPE_AAAA:
		put_address(&b, type == LAB_TYPE_A ? AF_INET : AF_INET6,
		    names_address(lab, domain, w[0]));
		break;
	case LAB_TYPE_TXT:
		for (size_t i = 0; i < words.count; i++)
			put_string(&b, w[i]);
		break;
	case LAB_TYPE_MX:
		put_u16(&b, w[0]);
		if (str_eq(w[1], STR(".")))
			buf_putc(&b, '\0');
		else
			names_put(&b, str_of(names_full(lab, domain, w[1])));
		break;
	case LAB_TYPE_TLSA:
		for (size_t i = 0; i < 3; i++)
			put_u8(&b, w[i]);
		put_hex(&b, w[3]);
		break;
	case LAB_TYPE_DNSKEY:
		put_hex(&b, w[0]);
		break;
	case LAB_TYPE_CAA:
		put_u8(&b, w[0]);
		put_string(&b, w[1]);
		buf_put_str(&b, w[2]);
		break;
	case LAB_TYPE_SOA:
		names_put(&b, str_of(names_full(lab, domain, w[0])));
		names_put(&b, str_of(names_full(lab, domain, w[1])));
		put_numbers(&b);
		break;
	default:
		names_put(&b, str_of(names_full(lab, domain, w[0])));
	}
	lab_check(buf_error(&b) == MTASTS_OK, "memory");
	data = str_make(lab_dup(lab, buf_str(&b)), b.len);
	buf_free(&b);
	return data;
}

struct lab_rr *
names_add(struct lab *lab, const char *name, unsigned type, struct str data)
{
	struct lab_name *n = names_make(lab, name);
	struct lab_rr *rr = arena_zalloc(lab->arena, 1, sizeof(*rr));
	struct lab_rr **end = &n->rrs;

	lab_check(rr != NULL, "memory");
	rr->type = type;
	rr->ttl_s = LAB_TTL_S;
	rr->where = LAB_WHERE_ALL;
	rr->data = data;
	while (*end != NULL)
		end = &(*end)->next;
	*end = rr;
	return rr;
}

void
names_drop(struct lab *lab, const char *name, unsigned type, unsigned where)
{
	struct lab_name *n = names_find(lab, str_of(name));

	if (n == NULL)
		return;
	for (struct lab_rr **at = &n->rrs; *at != NULL;) {
		if (type == 0 || (*at)->type == type)
			(*at)->where &= ~where;
		if ((*at)->where == 0)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

struct lab_rr *
names_addf(struct lab *lab, const struct lab_domain *domain, const char *line)
{
	struct str v[8], rest = str_of(line);
	struct lab_words words = { v + 2, 0 };
	size_t count = 0;
	unsigned type;

	while (rest.len > 0 && count < 8)
		str_cut(rest, ' ', &v[count++], &rest);
	lab_check(count > 2, line);
	words.count = count - 2;
	type = names_type(v[1]);
	return names_add(lab, names_full(lab, domain, v[0]), type,
	    names_data(lab, domain, type, words));
}
