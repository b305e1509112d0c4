/*
 * zone_format - a list of records in the language of a DNS server or tool
 *
 * Here the languages of servers and people; those of tools are in zone_code.
 * One function per language, all of the same shape: walk the RRsets of a part
 * and write. Must not know why a record is there.
 */
#include "core/zone_format.h"
#include "core/zone_code.h"
#include "core/zone_walk.h"

/* put_data - a record's data as zone files have it, through a layer */
static void
put_data(struct buf *b, enum zone_layer layer, const struct zone_record *r)
{
	struct zone_quote q = { .b = b, .layer = layer };

	zone_quote_data(&q, r);
}

/* stale - is an RRset of this type in the way of those we put? */
static bool
stale(const struct zone_walk *w, const struct zone_rrset *set,
    enum zone_type type)
{
	return set->new_name && zone_walk_kin(set->v, type) &&
	    !zone_walk_has(w, set->v->name, type);
}

/* write_bind - lines of a zone file */
static void
write_bind(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;

	zone_walk_heading(w, ";");
	while (zone_walk_next(w, &pos, &set)) {
		for (size_t i = 0; i < set.count; i++) {
			buf_putf(w->b, "%s. %u IN %s ", set.v[i].name,
			    w->z->ttl_s, zone_type_name(set.v[i].type));
			put_data(w->b, ZONE_LAYER_NONE, &set.v[i]);
			buf_putc(w->b, '\n');
		}
	}
}

/* pdnsutil - the beginning of a command for one RRset */
static void
pdnsutil(const struct zone_walk *w, const char *command,
    const struct zone_record *r, enum zone_type type)
{
	buf_putf(w->b, "pdnsutil %s %" STR_FMT " %" STR_FMT " %s", command,
	    STR_ARG(w->apex), STR_ARG(zone_walk_relative(w, r)),
	    zone_type_name(type));
}

/*
 * write_pdnsutil - shell commands
 *
 * pdnsutil refuses a CNAME beside other records, and leaves the serial and
 * the order of names for DNSSEC to us.
 */
static void
write_pdnsutil(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;

	zone_walk_heading(w, "#");
	while (zone_walk_next(w, &pos, &set)) {
		for (unsigned type = 0; type <= ZONE_TXT; type++) {
			if (!stale(w, &set, type))
				continue;
			pdnsutil(w, "delete-rrset", set.v, type);
			buf_putc(w->b, '\n');
		}
		pdnsutil(w, "replace-rrset", set.v, set.v->type);
		buf_putf(w->b, " %u", w->z->ttl_s);
		for (size_t i = 0; i < set.count; i++) {
			buf_puts(w->b, " '");
			put_data(w->b, ZONE_LAYER_SHELL, &set.v[i]);
			buf_putc(w->b, '\'');
		}
		buf_putc(w->b, '\n');
	}
	buf_putf(
	    w->b, "pdnsutil increase-serial %" STR_FMT "\n", STR_ARG(w->apex));
	buf_putf(
	    w->b, "pdnsutil rectify-zone %" STR_FMT "\n", STR_ARG(w->apex));
}

/* write_nsupdate - one update message: all records change at once */
static void
write_nsupdate(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;

	zone_walk_heading(w, ";");
	buf_putf(w->b, "zone %" STR_FMT ".\n", STR_ARG(w->apex));
	while (zone_walk_next(w, &pos, &set)) {
		for (unsigned type = 0; type <= ZONE_TXT; type++)
			if (set.new_name && zone_walk_kin(set.v, type))
				buf_putf(w->b, "update delete %s. %s\n",
				    set.v->name, zone_type_name(type));
		for (size_t i = 0; i < set.count; i++) {
			buf_putf(w->b, "update add %s. %u %s ", set.v[i].name,
			    w->z->ttl_s, zone_type_name(set.v[i].type));
			put_data(w->b, ZONE_LAYER_NONE, &set.v[i]);
			buf_putc(w->b, '\n');
		}
	}
	buf_puts(w->b, "send\n");
}

/* powerdns_rrset - the beginning of one element of "rrsets" */
static void
powerdns_rrset(const struct zone_walk *w, const char *name, enum zone_type type,
    bool first)
{
	buf_putf(w->b, "%s\n  {\"name\":\"%s.\",\"type\":\"%s\"",
	    first ? "" : ",", name, zone_type_name(type));
}

/*
 * write_powerdns_json - one PATCH: all RRsets change at once
 *
 * The server looks at "rrsets" alone; "name" tells people the zone.
 */
static void
write_powerdns_json(const struct zone_walk *w)
{
	size_t pos = 0;
	struct zone_rrset set;
	bool first = true;

	buf_putf(
	    w->b, "{\"name\":\"%" STR_FMT ".\",\"rrsets\":[", STR_ARG(w->apex));
	while (zone_walk_next(w, &pos, &set)) {
		for (unsigned type = 0; type <= ZONE_TXT; type++) {
			if (!stale(w, &set, type))
				continue;
			powerdns_rrset(w, set.v->name, type, first);
			buf_puts(w->b, ",\"changetype\":\"DELETE\"}");
			first = false;
		}
		powerdns_rrset(w, set.v->name, set.v->type, first);
		buf_putf(w->b,
		    ",\"ttl\":%u,\"changetype\":\"REPLACE\",\"records\":[",
		    w->z->ttl_s);
		for (size_t i = 0; i < set.count; i++) {
			buf_puts(w->b, i > 0 ? "," : "");
			buf_puts(w->b, "{\"content\":\"");
			put_data(w->b, ZONE_LAYER_LITERAL, &set.v[i]);
			buf_puts(w->b, "\",\"disabled\":false}");
		}
		buf_puts(w->b, "]}");
		first = false;
	}
	buf_puts(w->b, "\n]}\n");
}

/* put_cell - a text, and blanks up to a width */
static void
put_cell(struct buf *b, struct str s, size_t width)
{
	buf_put_str(b, s);
	for (size_t n = s.len; n < width + 2; n++)
		buf_putc(b, ' ');
}

/* write_table - columns; a text stands as it is, whatever its length */
static void
write_table(const struct zone_walk *w)
{
	size_t width = strlen("NAME"), pos = 0;
	struct zone_rrset set;

	zone_walk_heading(w, "#");
	while (zone_walk_next(w, &pos, &set))
		if (zone_walk_relative(w, set.v).len > width)
			width = zone_walk_relative(w, set.v).len;
	put_cell(w->b, STR("NAME"), width);
	buf_puts(w->b, "TYPE   TTL     VALUE\n");
	pos = 0;
	while (zone_walk_next(w, &pos, &set)) {
		for (size_t i = 0; i < set.count; i++) {
			put_cell(w->b, zone_walk_relative(w, &set.v[i]), width);
			buf_putf(w->b, "%-5s  %-6u  %s\n",
			    zone_type_name(set.v[i].type), w->z->ttl_s,
			    set.v[i].data);
		}
	}
}

static const struct {
	const char *name;
	void (*write)(const struct zone_walk *w);
} formats[ZONE_FORMATS] = {
	[ZONE_FORMAT_BIND] = { "bind", write_bind },
	[ZONE_FORMAT_PDNSUTIL] = { "pdnsutil", write_pdnsutil },
	[ZONE_FORMAT_NSUPDATE] = { "nsupdate", write_nsupdate },
	[ZONE_FORMAT_POWERDNS_JSON] = { "powerdns-json", write_powerdns_json },
	[ZONE_FORMAT_DNSCONTROL] = { "dnscontrol", zone_code_dnscontrol },
	[ZONE_FORMAT_OCTODNS] = { "octodns", zone_code_octodns },
	[ZONE_FORMAT_TERRAFORM] = { "terraform", zone_code_cloudflare },
	[ZONE_FORMAT_TERRAFORM_ROUTE53] = { "terraform-route53",
	    zone_code_route53 },
	[ZONE_FORMAT_TABLE] = { "table", write_table },
};

const char *
zone_format_name(enum zone_format format)
{
	return formats[format].name;
}

bool
zone_format_find(struct str name, enum zone_format *format)
{
	for (unsigned i = 0; i < ZONE_FORMATS; i++) {
		if (str_eq(name, str_of(formats[i].name))) {
			*format = (enum zone_format)i;
			return true;
		}
	}
	return false;
}

void
zone_format_part(const struct zone *z, enum zone_format format,
    enum zone_part part, struct buf *b)
{
	struct zone_walk w = { .b = b, .z = z, .part = part };

	if (!z->parts[part])
		return;
	w.apex = str_of(z->apex[part]);
	formats[format].write(&w);
}

void
zone_format(const struct zone *z, enum zone_format format, struct buf *b)
{
	bool any = false;

	for (unsigned part = 0; part < ZONE_PARTS; part++) {
		if (any && z->parts[part])
			buf_putc(b, '\n');
		zone_format_part(z, format, part, b);
		any |= z->parts[part];
	}
}
