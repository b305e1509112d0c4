/*
 * zone_walk - what the writers of all formats share
 *
 * Must not know any format. Names come as A-labels and need no escape in any
 * language; only texts do. RFC 1035 section 5.1.
 */
#include "core/zone_walk.h"

#define STRING_LEN 255 /* bytes of one character-string */

bool
zone_walk_next(const struct zone_walk *w, size_t *pos, struct zone_rrset *set)
{
	const struct zone_record *v = w->z->records, *first;
	size_t n = w->z->count, i = *pos;

	while (i < n && v[i].part != w->part)
		i++;
	if (i == n)
		return false;
	first = v + i;
	set->new_name = i == 0 || v[i - 1].part != w->part ||
	    strcmp(v[i - 1].name, first->name) != 0;
	while (i < n && v[i].part == w->part && v[i].type == first->type &&
	    strcmp(v[i].name, first->name) == 0)
		i++;
	set->v = first;
	set->count = (size_t)(v + i - first);
	*pos = i;
	return true;
}

struct str
zone_walk_relative(const struct zone_walk *w, const struct zone_record *r)
{
	return zone_name_relative(str_of(r->name), w->apex);
}

bool
zone_walk_has(const struct zone_walk *w, const char *name, enum zone_type type)
{
	struct zone_rrset set;
	size_t pos = 0;

	while (zone_walk_next(w, &pos, &set))
		if (set.v->type == type && strcmp(set.v->name, name) == 0)
			return true;
	return false;
}

bool
zone_walk_kin(const struct zone_record *r, enum zone_type type)
{
	bool text =
	    r->type == ZONE_TXT || (r->type == ZONE_CNAME && r->name[0] == '_');

	return type == ZONE_CNAME || (type == ZONE_TXT) == text;
}

void
zone_walk_heading(const struct zone_walk *w, const char *mark)
{
	buf_putf(w->b, "%s MTA-STS and TLS-RPT of %s", mark, w->z->domain);
	if (w->part == ZONE_CUSTOMER)
		buf_puts(w->b, ", part 1 of 2: the customer's zone");
	else if (w->part == ZONE_PROVIDER)
		buf_puts(w->b, ", part 2 of 2: the provider's zone");
	if (w->part != ZONE_DIRECT)
		buf_putf(w->b, " %" STR_FMT, STR_ARG(w->apex));
	buf_putc(w->b, '\n');
}

/* put_literal - one byte inside "..." */
static void
put_literal(struct zone_quote *q, char c)
{
	if (c < ' ' || c > '~') {
		buf_putf(q->b, "\\u%04x", (unsigned char)c);
		return;
	}
	if (c == '"' || c == '\\')
		buf_putc(q->b, '\\');
	else if (q->layer == ZONE_LAYER_HCL && c == '{' &&
	    (q->last == '$' || q->last == '%'))
		buf_putc(q->b, q->last); /* "$${" stands for "${" */
	buf_putc(q->b, c);
}

void
zone_quote_putc(struct zone_quote *q, char c)
{
	switch (q->layer) {
	case ZONE_LAYER_SHELL:
		buf_puts(q->b, c == '\'' ? "'\\'" : "");
		buf_putc(q->b, c);
		break;
	case ZONE_LAYER_YAML:
		buf_puts(q->b, c == '\'' ? "'" : "");
		buf_putc(q->b, c);
		break;
	case ZONE_LAYER_LITERAL:
	case ZONE_LAYER_HCL:
		put_literal(q, c);
		break;
	case ZONE_LAYER_NONE:
		buf_putc(q->b, c);
	}
	q->last = c;
}

void
zone_quote_puts(struct zone_quote *q, const char *s)
{
	for (; *s != '\0'; s++)
		zone_quote_putc(q, *s);
}

/* put_escaped - one byte of a character-string */
static void
put_escaped(struct zone_quote *q, char c)
{
	unsigned code = (unsigned char)c;

	if (c < ' ' || c > '~') {
		zone_quote_putc(q, '\\');
		zone_quote_putc(q, (char)('0' + code / 100));
		zone_quote_putc(q, (char)('0' + code / 10 % 10));
		zone_quote_putc(q, (char)('0' + code % 10));
		return;
	}
	if (c == '"' || c == '\\')
		zone_quote_putc(q, '\\');
	zone_quote_putc(q, c);
}

void
zone_quote_strings(struct zone_quote *q, struct str text, const char *between)
{
	for (size_t i = 0; i < text.len; i++) {
		if (i > 0 && i % STRING_LEN == 0)
			zone_quote_puts(q, between);
		put_escaped(q, text.p[i]);
	}
}

void
zone_quote_data(struct zone_quote *q, const struct zone_record *r)
{
	switch (r->type) {
	case ZONE_TXT:
		zone_quote_putc(q, '"');
		zone_quote_strings(q, str_of(r->data), "\" \"");
		zone_quote_putc(q, '"');
		break;
	case ZONE_CNAME:
		zone_quote_puts(q, r->data);
		zone_quote_putc(q, '.');
		break;
	case ZONE_A:
	case ZONE_AAAA:
		zone_quote_puts(q, r->data);
	}
}
