/*
 * conf_explain.c - names in the configuration that nobody knows
 *
 * Guesses what was meant. Only words: whether it is a fault was decided before.
 */
#include "io/conf_explain.h"

#include "io/conf_rule.h"
#include "io/conf_table.h"

#include <stdio.h>

/* The end of a message: a guess, or nothing. */
struct guess {
	char text[80];
};

/* guess - "; did you mean "workers"?" when something is near enough */
static const char *
guess(struct guess *out, const struct nearest *near)
{
	out->text[0] = '\0';
	if (near->name != NULL)
		snprintf(out->text, sizeof(out->text), "; did you mean \"%s\"?",
		    near->name);
	return out->text;
}

void
conf_explain_option(struct str section, struct str name, struct diag_place at,
    struct mtasts_diags *diags)
{
	const struct diag_rule *rule = &conf_rules[CONF_RULE_OPTION];
	const struct conf_option *row = conf_rows(section);
	const char *other = conf_elsewhere(name);
	struct diag_quote q;
	struct nearest near;
	struct guess g;

	nearest_begin(&near, name);
	for (; row->section != NULL; row++)
		if (str_eq(str_of(row->section), section))
			nearest_try(&near, row->name);
	if (near.name == NULL && other != NULL)
		diag_add(diags, rule, at,
		    "%" STR_FMT ": there is no option \"%s\"; it belongs "
		    "to %s",
		    STR_ARG(section), diag_quote(&q, name), other);
	else
		diag_add(diags, rule, at,
		    "%" STR_FMT ": there is no option \"%s\"%s",
		    STR_ARG(section), diag_quote(&q, name), guess(&g, &near));
}

bool
conf_explain_section(
    struct str name, struct diag_place at, struct mtasts_diags *diags)
{
	const char *later = conf_section_later(name);
	const char *other = conf_elsewhere(name);
	struct diag_quote q;
	struct nearest near;
	struct guess g;

	nearest_begin(&near, name);
	conf_section_near(&near);
	diag_quote(&q, name);
	if (later != NULL)
		diag_add(diags, &conf_rules[CONF_RULE_LATER], at,
		    "the section \"%s\" is passed over: it belongs to %s, "
		    "which this release does not have yet",
		    q.text, later);
	else if (other != NULL)
		diag_add(diags, &conf_rules[CONF_RULE_SECTION], at,
		    "\"%s\" is no section but an option of %s", q.text, other);
	else
		diag_add(diags, &conf_rules[CONF_RULE_SECTION], at,
		    "there is no section \"%s\"%s", q.text, guess(&g, &near));
	return later == NULL;
}

struct diag_place
conf_explain_offset(struct str text, size_t offset, const char *file)
{
	struct str before = str_sub(text, 0, offset);
	struct diag_place at = { .file = file, .line = 1, .column = 1 };
	size_t i;

	for (i = 0; i < before.len; i++) {
		at.column++;
		if (before.p[i] == '\n') {
			at.line++;
			at.column = 1;
		}
	}
	return at;
}
