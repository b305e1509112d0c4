/*
 * conf_dest.c - the rules for single destinations
 *
 * Keeps them by name while documents are read, and writes them. Must not know
 * YAML's events (conf_yaml.c) nor what a rule does (core/rule).
 */
#include "io/conf_dest.h"

#include "base/arena.h"
#include "io/conf_form.h"
#include "io/conf_rule.h"
#include "mtasts/dname.h"

/* Names come from the administrator: collisions are nobody's weapon here. */
static const uint64_t seed[2] = { 1, 2 };

/* A key in its one form: "*", ".suffix" or a name. */
struct dest_name {
	char text[sizeof(".") + 254];
};

/* normalise - the one form of a key; ESYNTAX with the fault; ENOMEM */
static enum mtasts_err
normalise(struct str key, struct dest_name *out, enum mtasts_dname_fault *fault)
{
	size_t dot = str_starts(key, STR(".")) ? 1 : 0;
	struct mtasts_dname name;
	enum mtasts_err err;

	if (str_eq(key, STR("*"))) {
		memcpy(out->text, "*", 2);
		return MTASTS_OK;
	}
	err =
	    mtasts_dname_parse(key.p + dot, key.len - dot, &name, NULL, fault);
	if (err != MTASTS_OK)
		return err;
	out->text[0] = '.';
	memcpy(out->text + dot, name.text, name.len + 1u);
	return MTASTS_OK;
}

/* append - a rule of this name, empty; null: no memory */
static struct conf_dest *
append(struct conf_dests *d, struct str name)
{
	struct arena *arena = d->conf->arena;
	struct conf_dest *dest = arena_zalloc(arena, 1, sizeof(*dest));
	char *copy = arena_dup(arena, name);

	if (dest == NULL || copy == NULL ||
	    map_put(&d->by_name, str_of(copy), dest, NULL) != MTASTS_OK)
		return NULL;
	dest->rule.name = copy;
	*d->last = dest;
	d->last = &dest->next;
	return dest;
}

enum mtasts_err
conf_dests_begin(struct conf_dests *dests, struct conf *conf)
{
	struct conf_dest *dest;
	size_t i;

	*dests = (struct conf_dests){ .conf = conf };
	dests->last = &dests->first;
	map_init(&dests->by_name, seed);
	for (i = 0; i < conf->rules.count; i++) {
		dest = append(dests, str_of(conf->rules.v[i].name));
		if (dest == NULL) {
			conf_dests_free(dests);
			return MTASTS_ENOMEM;
		}
		dest->rule = conf->rules.v[i];
	}
	return MTASTS_OK;
}

void
conf_dests_free(struct conf_dests *dests)
{
	map_free(&dests->by_name);
}

/* bad_name - a finding: the key is no name */
static enum mtasts_err
bad_name(struct str key, enum mtasts_dname_fault fault, struct diag_place at,
    struct mtasts_diags *diags)
{
	struct diag_quote q;

	diag_add_fix(diags, &conf_rules[CONF_RULE_VALUE], at,
	    "Write a domain, \".suffix\" for all below it, or \"*\" for all "
	    "others.",
	    CONF_DESTS ": \"%s\" is no destination: it %s", diag_quote(&q, key),
	    mtasts_dname_fault_text(fault));
	return MTASTS_ECONF;
}

/* clear - the rule as nothing but its name */
static enum mtasts_err
clear(struct conf_dests *d, struct conf_dest *dest)
{
	struct conf_into into = { &dest->rule, d->conf->arena };
	const struct conf_option *row;
	enum mtasts_err err = MTASTS_OK;

	for (row = conf_dest_options; row->section != NULL; row++)
		if (err == MTASTS_OK)
			err = conf_preset(into, row);
	return err;
}

enum mtasts_err
conf_dests_add(struct conf_dests *dests, struct str key, struct diag_place at,
    struct conf_dest **out, struct mtasts_diags *diags)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct dest_name name;
	struct conf_dest *dest;
	enum mtasts_err err = normalise(key, &name, &fault);

	if (err == MTASTS_ESYNTAX)
		return bad_name(key, fault, at, diags);
	if (err != MTASTS_OK)
		return err;
	dest = map_get(&dests->by_name, str_of(name.text));
	if (dest != NULL && dest->line != 0) {
		diag_add(diags, &conf_rules[CONF_RULE_TWICE], at,
		    "%s is here a second time; first in line %u", name.text,
		    dest->line);
		return MTASTS_ECONF;
	}
	if (dest == NULL && dests->by_name.count == CONF_DESTS_MAX) {
		diag_add(diags, &conf_rules[CONF_RULE_SIZE], at,
		    "there are at most %d rules", CONF_DESTS_MAX);
		return MTASTS_ECONF;
	}
	if (dest == NULL)
		dest = append(dests, str_of(name.text));
	if (dest == NULL)
		return MTASTS_ENOMEM;
	dest->line = at.line;
	*out = dest;
	return clear(dests, dest);
}

enum mtasts_err
conf_dests_end(struct conf_dests *dests)
{
	size_t count = dests->by_name.count, i = 0;
	const struct conf_dest *dest;
	struct conf_dest_rule *v;

	v = arena_zalloc(dests->conf->arena, count + 1, sizeof(*v));
	if (v == NULL)
		return MTASTS_ENOMEM;
	for (dest = dests->first; dest != NULL; dest = dest->next)
		v[i++] = dest->rule;
	dests->conf->rules.v = v;
	dests->conf->rules.count = count;
	return MTASTS_OK;
}

/* is_set - does the rule say something here? */
static bool
is_set(const struct conf_dest_rule *rule, const struct conf_option *row)
{
	const void *value = (const char *)rule + row->offset;

	if (row->type == CONF_TEXT)
		return (*(const char *const *)value)[0] != '\0';
	return *(const int64_t *)value != 0;
}

/* dump_rule - one rule on a line */
static void
dump_rule(const struct conf_dest_rule *rule, struct buf *b)
{
	const struct conf_option *row;
	const char *sep = " ";

	buf_puts(b, "  ");
	conf_put_quoted(b, rule->name);
	buf_puts(b, ": {");
	for (row = conf_dest_options; row->section != NULL; row++) {
		if (!is_set(rule, row))
			continue;
		buf_putf(b, "%s%s: ", sep, row->name);
		conf_put_value(rule, row, b);
		sep = ", ";
	}
	buf_puts(b, " }\n");
}

void
conf_dests_dump(const struct conf *conf, struct buf *b)
{
	size_t i;

	buf_puts(b, CONF_DESTS ":");
	buf_puts(b, conf->rules.count == 0 ? " {}\n" : "\n");
	for (i = 0; i < conf->rules.count; i++)
		dump_rule(&conf->rules.v[i], b);
}

void
conf_dests_json(const struct conf *conf, struct js_writer *w)
{
	const struct conf_option *row;
	size_t i;

	js_object(w);
	for (i = 0; i < conf->rules.count; i++) {
		js_key(w, conf->rules.v[i].name);
		js_object(w);
		for (row = conf_dest_options; row->section != NULL; row++) {
			js_key(w, row->name);
			conf_put_json(&conf->rules.v[i], row, w);
		}
		js_end_object(w);
	}
	js_end_object(w);
}
