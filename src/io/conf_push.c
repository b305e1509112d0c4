/*
 * conf_push.c - the ways to write into DNS: the list of the section "push"
 *
 * Its rows, what goes with which method, and writing it. Must not know YAML's
 * events (conf_yaml.c) nor how anything is written into DNS.
 */
#include "io/conf_push.h"

#include "base/arena.h"
#include "io/conf_rule.h"

#define SECONDS(n) ((int64_t)(n)*1000)
#define WAY(field_)                           \
	.section = CONF_PUSHES, .live = true, \
	.offset = offsetof(struct conf_push, field_)

/* In the order of enum conf_push_method. */
static const char *const methods[] = { "rfc2136", "powerdns", "hook", NULL };

const struct conf_option conf_push_options[] = {
	{ WAY(method), .name = "method", .type = CONF_CHOICE,
	    .choices = methods, .preset = "rfc2136",
	    .help = "how records are written",
	    .more = "rfc2136: dynamic updates signed with TSIG, as Knot, BIND "
		    "and others take them. powerdns: the HTTP API of "
		    "PowerDNS. hook: a program of your own." },
	{ WAY(zones), .name = "zones", .type = CONF_LIST, .form = CONF_ZONE,
	    .preset = "*", .help = "the zones that are written this way",
	    .more = "A zone stands for itself and all below it, \"*\" for "
		    "every one. The first entry that has a zone wins." },
	{ WAY(server), .name = "server", .type = CONF_TEXT, .form = CONF_PEER,
	    .may_be_empty = true, .preset = "",
	    .help = "of rfc2136: the primary server, ADDR or ADDR:PORT" },
	{ WAY(url), .name = "url", .type = CONF_TEXT, .form = CONF_API,
	    .may_be_empty = true, .preset = "",
	    .help = "of powerdns: the API, such as http://127.0.0.1:8081",
	    .more = "It has no TLS of its own: let it be on loopback, or "
		    "reached through a tunnel." },
	{ WAY(key_file), .name = "key-file", .type = CONF_TEXT,
	    .form = CONF_SECRET, .may_be_empty = true, .preset = "",
	    .help = "file with the key of rfc2136 or powerdns",
	    .more = "Of TSIG as BIND and Knot write it, or "
		    "ALGORITHM:NAME:SECRET; of PowerDNS the bare key. Nobody "
		    "but its owner and group may read it. A name without "
		    "slash is a credential of systemd." },
	{ WAY(program), .name = "program", .type = CONF_TEXT, .form = CONF_PATH,
	    .may_be_empty = true, .preset = "",
	    .help = "of hook: the program that writes",
	    .more = "It gets the changes as JSON." },
	{ WAY(zone), .name = "zone", .type = CONF_TEXT, .form = CONF_NAME,
	    .may_be_empty = true, .preset = "",
	    .help = "the name of the zone, where DNS does not tell it" },
	{ WAY(timeout_ms), .name = "timeout", .type = CONF_DURATION, .min = 100,
	    .max = SECONDS(600), .preset = "30s", .help = "for writing once" },

	{ .section = NULL },
};

const char *
conf_push_method_name(int64_t method)
{
	return methods[method];
}

enum mtasts_err
conf_push_preset(struct conf_push *way, struct arena *arena)
{
	struct conf_into into = { way, arena };
	const struct conf_option *row;
	enum mtasts_err err = MTASTS_OK;

	for (row = conf_push_options; row->section != NULL; row++)
		if (err == MTASTS_OK)
			err = conf_preset(into, row);
	return err;
}

struct conf_push *
conf_push_room(struct conf *conf)
{
	struct conf_push *v =
	    arena_zalloc(conf->arena, CONF_PUSHES_MAX + 1, sizeof(*v));

	conf->push.v = v;
	conf->push.count = 0;
	return v;
}

/* want - a finding when an option that the method needs is not there */
static bool
want(const struct conf_push *way, const char *name, const char *value,
    struct diag_place at, struct mtasts_diags *diags)
{
	if (value[0] != '\0')
		return true;
	diag_add(diags, &conf_rules[CONF_RULE_EMPTY], at,
	    CONF_PUSHES ": method %s needs %s", methods[way->method], name);
	return false;
}

enum mtasts_err
conf_push_check(const struct conf_push *way, struct diag_place at,
    struct mtasts_diags *diags)
{
	bool good = true;

	switch (way->method) {
	case CONF_PUSH_RFC2136:
		good &= want(way, "server", way->server, at, diags);
		good &= want(way, "key-file", way->key_file, at, diags);
		break;
	case CONF_PUSH_POWERDNS:
		good &= want(way, "url", way->url, at, diags);
		good &= want(way, "key-file", way->key_file, at, diags);
		break;
	default:
		good &= want(way, "program", way->program, at, diags);
		break;
	}
	return good ? MTASTS_OK : MTASTS_ECONF;
}

/* has_zone - does an item of "zones" have the name? */
static bool
has_zone(struct str zone, struct str name)
{
	if (str_eq(zone, STR("*")))
		return true;
	if (zone.len > 0 && zone.p[zone.len - 1] == '.')
		zone.len--;
	if (zone.len >= name.len)
		return str_eq_nocase(zone, name);
	return name.p[name.len - zone.len - 1] == '.' &&
	    str_eq_nocase(zone, str_sub(name, name.len - zone.len, zone.len));
}

const struct conf_push *
conf_push_find(const struct conf *conf, struct str name)
{
	const struct conf_push *way;
	size_t i, j;

	for (i = 0; i < conf->push.count; i++) {
		way = &conf->push.v[i];
		for (j = 0; j < way->zones.count; j++)
			if (has_zone(str_of(way->zones.v[j]), name))
				return way;
	}
	return NULL;
}

/* is_set - does the way say something here? */
static bool
is_set(const struct conf_push *way, const struct conf_option *row)
{
	const void *value = (const char *)way + row->offset;

	return row->type != CONF_TEXT ||
	    (*(const char *const *)value)[0] != '\0';
}

/* dump_way - one item of the list on a line */
static void
dump_way(const struct conf_push *way, struct buf *b)
{
	const struct conf_option *row;
	const char *sep = " ";

	buf_puts(b, "  - {");
	for (row = conf_push_options; row->section != NULL; row++) {
		if (!is_set(way, row))
			continue;
		buf_putf(b, "%s%s: ", sep, row->name);
		conf_put_value(way, row, b);
		sep = ", ";
	}
	buf_puts(b, " }\n");
}

void
conf_pushes_dump(const struct conf *conf, struct buf *b)
{
	size_t i;

	buf_puts(b, CONF_PUSHES ":");
	buf_puts(b, conf->push.count == 0 ? " []\n" : "\n");
	for (i = 0; i < conf->push.count; i++)
		dump_way(&conf->push.v[i], b);
}

void
conf_pushes_json(const struct conf *conf, struct js_writer *w)
{
	const struct conf_option *row;
	size_t i;

	js_array(w);
	for (i = 0; i < conf->push.count; i++) {
		js_object(w);
		for (row = conf_push_options; row->section != NULL; row++) {
			js_key(w, row->name);
			conf_put_json(&conf->push.v[i], row, w);
		}
		js_end_object(w);
	}
	js_end_array(w);
}
