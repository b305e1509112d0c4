/*
 * zone_code - records for the tools that keep DNS as code
 *
 * Each tool adds its own layer of quoting; octoDNS wants semicolons escaped,
 * Cloudflare's provider wants a text in quotes and Route 53's adds them
 * itself. Must not know why a record is there.
 */
#include "core/zone_code.h"

/* put_quoted - a text between the quotes of its layer */
static void
put_quoted(struct buf *b, enum zone_layer layer, struct str s)
{
	char mark = layer == ZONE_LAYER_YAML ? '\'' : '"';
	struct zone_quote q = { .b = b, .layer = layer };

	buf_putc(b, mark);
	for (size_t i = 0; i < s.len; i++)
		zone_quote_putc(&q, s.p[i]);
	buf_putc(b, mark);
}

void
zone_code_dnscontrol(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;

	zone_walk_heading(w, "//");
	buf_putf(w->b, "D_EXTEND(\"%" STR_FMT "\"", STR_ARG(w->apex));
	while (zone_walk_next(w, &pos, &set)) {
		for (size_t i = 0; i < set.count; i++) {
			const struct zone_record *r = &set.v[i];

			buf_putf(w->b, ",\n\t%s(\"%" STR_FMT "\", ",
			    zone_type_name(r->type),
			    STR_ARG(zone_walk_relative(w, r)));
			if (r->type == ZONE_CNAME)
				buf_putf(w->b, "\"%s.\"", r->data);
			else
				put_quoted(
				    w->b, ZONE_LAYER_LITERAL, str_of(r->data));
			buf_putf(w->b, ", TTL(%u))", w->z->ttl_s);
		}
	}
	buf_puts(w->b, "\n);\n");
}

/* octodns_value - a value; semicolons escaped in the way of octoDNS */
static void
octodns_value(struct buf *b, const struct zone_record *r)
{
	struct zone_quote q = { .b = b, .layer = ZONE_LAYER_YAML };

	buf_putc(b, '\'');
	for (const char *p = r->data; *p != '\0'; p++) {
		if (r->type == ZONE_TXT && (*p == ';' || *p == '\\'))
			zone_quote_putc(&q, '\\');
		zone_quote_putc(&q, *p);
	}
	buf_puts(b, r->type == ZONE_CNAME ? ".'\n" : "'\n");
}

/* octodns_rrset - one RRset; an item of a list when its name has several */
static void
octodns_rrset(
    const struct zone_walk *w, const struct zone_rrset *set, bool listed)
{
	const char *in = listed ? "    " : "  ";

	buf_putf(w->b, "%sttl: %u\n%stype: %s\n", listed ? "  - " : in,
	    w->z->ttl_s, in, zone_type_name(set->v->type));
	if (set->count == 1) {
		buf_putf(w->b, "%svalue: ", in);
		octodns_value(w->b, set->v);
		return;
	}
	buf_putf(w->b, "%svalues:\n", in);
	for (size_t i = 0; i < set->count; i++) {
		buf_putf(w->b, "%s  - ", in);
		octodns_value(w->b, &set->v[i]);
	}
}

/* next_name - the first name behind "last" by its bytes; null at the end */
static const char *
next_name(const struct zone_walk *w, const char *last)
{
	const char *best = NULL;
	struct zone_rrset set;
	size_t pos = 0;

	while (zone_walk_next(w, &pos, &set)) {
		if (last != NULL && strcmp(set.v->name, last) <= 0)
			continue;
		if (best == NULL || strcmp(set.v->name, best) < 0)
			best = set.v->name;
	}
	return best;
}

void
zone_code_octodns(const struct zone_walk *w)
{
	const char *name = NULL;

	zone_walk_heading(w, "#");
	buf_puts(w->b, "---\n");
	while ((name = next_name(w, name)) != NULL) {
		bool listed = zone_walk_has(w, name, ZONE_A) &&
		    zone_walk_has(w, name, ZONE_AAAA);
		struct zone_rrset set;
		size_t pos = 0;

		buf_putf(w->b, "%" STR_FMT ":\n",
		    STR_ARG(zone_name_relative(str_of(name), w->apex)));
		while (zone_walk_next(w, &pos, &set))
			if (strcmp(set.v->name, name) == 0)
				octodns_rrset(w, &set, listed);
	}
}

/*
 * hcl_head - the beginning of a resource; number 0: it is the only one
 *
 * Dots become underscores and hyphens stay, so that a-b.example and
 * a.b.example do not get one name.
 */
static void
hcl_head(const struct zone_walk *w, const struct zone_record *r,
    const char *kind, size_t number)
{
	buf_putf(w->b, "resource \"%s\" \"%s", kind,
	    ascii_digit(r->name[0]) ? "_" : "");
	for (const char *p = r->name; *p != '\0'; p++)
		buf_putc(w->b, *p == '.' ? '_' : *p);
	if (r->type == ZONE_A || r->type == ZONE_AAAA)
		buf_putf(w->b, "_%s", zone_type_name(r->type));
	if (number > 0)
		buf_putf(w->b, "_%zu", number);
	buf_putf(w->b,
	    "\" {\n  zone_id = var.zone_id[\"%" STR_FMT "\"]\n"
	    "  name    = \"%s\"\n  type    = \"%s\"\n",
	    STR_ARG(w->apex), r->name, zone_type_name(r->type));
}

/* hcl_data - a record's data; texts in quotes, or with them between strings */
static void
hcl_data(const struct zone_walk *w, const struct zone_record *r, bool quotes)
{
	struct zone_quote q = { .b = w->b, .layer = ZONE_LAYER_HCL };

	buf_putc(w->b, '"');
	if (r->type != ZONE_TXT)
		zone_quote_puts(&q, r->data); /* names without final dot */
	else if (quotes)
		zone_quote_data(&q, r);
	else
		zone_quote_strings(&q, str_of(r->data), "\"\"");
	buf_putc(w->b, '"');
}

/* hcl_heading - whose records follow, and the variable they need */
static void
hcl_heading(const struct zone_walk *w)
{
	zone_walk_heading(w, "#");
	buf_putf(w->b,
	    "# needs once: variable \"zone_id\" { type = map(string) }, with "
	    "the id of %" STR_FMT "\n",
	    STR_ARG(w->apex));
}

/* cloudflare_ttl - a TTL that Cloudflare takes; 1 would mean "automatic" */
static uint32_t
cloudflare_ttl(uint32_t ttl_s)
{
	if (ttl_s < 60)
		return 60;
	return ttl_s > 86400 ? 86400 : ttl_s;
}

void
zone_code_cloudflare(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;

	hcl_heading(w);
	while (zone_walk_next(w, &pos, &set)) {
		for (size_t i = 0; i < set.count; i++) {
			const struct zone_record *r = &set.v[i];

			hcl_head(w, r, "cloudflare_dns_record",
			    set.count > 1 ? i + 1 : 0);
			buf_putf(w->b, "  ttl     = %u\n  content = ",
			    cloudflare_ttl(w->z->ttl_s));
			hcl_data(w, r, true);
			/* Cloudflare's own proxy would serve the policy */
			if (r->type != ZONE_TXT)
				buf_puts(w->b, "\n  proxied = false");
			buf_puts(w->b, "\n}\n");
		}
	}
}

void
zone_code_route53(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;

	hcl_heading(w);
	while (zone_walk_next(w, &pos, &set)) {
		hcl_head(w, set.v, "aws_route53_record", 0);
		buf_putf(w->b, "  ttl     = %u\n  records = [", w->z->ttl_s);
		for (size_t i = 0; i < set.count; i++) {
			buf_puts(w->b, i > 0 ? ", " : "");
			hcl_data(w, &set.v[i], false);
		}
		buf_puts(w->b, "]\n}\n");
	}
}
