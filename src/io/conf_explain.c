/*
 * conf_explain.c - names in the configuration that nobody knows
 *
 * Guesses what was meant. Only words: whether it is a fault was decided before.
 */
#include "io/conf_explain.h"

#include "io/conf_rule.h"
#include "io/conf_table.h"

/* tell - a finding: there is no such thing; did you mean another? */
static void
tell(const struct diag_rule *rule, struct diag_place at, const char *what,
    const struct nearest *near, struct mtasts_diags *diags)
{
	struct diag_quote q;

	diag_add(diags, rule, at, "%s \"%s\"%s%s%s", what,
	    diag_quote(&q, near->word),
	    near->name != NULL ? "; did you mean \"" : "",
	    near->name != NULL ? near->name : "",
	    near->name != NULL ? "\"?" : "");
}

void
conf_explain_option(struct str section, struct str name, struct diag_place at,
    struct mtasts_diags *diags)
{
	const struct diag_rule *rule = &conf_rules[CONF_RULE_OPTION];
	const char *other = conf_elsewhere(name);
	struct diag_quote q;
	struct nearest near;
	size_t i;

	nearest_begin(&near, name);
	for (i = 0; conf_options[i].section != NULL; i++)
		if (str_eq(str_of(conf_options[i].section), section))
			nearest_try(&near, conf_options[i].name);
	if (near.name == NULL && other != NULL)
		diag_add(diags, rule, at,
		    "%" STR_FMT " has no option \"%s\"; it belongs to %s",
		    STR_ARG(section), diag_quote(&q, name), other);
	else
		tell(rule, at, "there is no option", &near, diags);
}

void
conf_explain_section(
    struct str name, struct diag_place at, struct mtasts_diags *diags)
{
	const char *later = conf_section_later(name);
	const char *other = conf_elsewhere(name);
	struct diag_quote q;
	struct nearest near;

	nearest_begin(&near, name);
	conf_section_near(&near);
	diag_quote(&q, name);
	if (later != NULL)
		diag_add(diags, &conf_rules[CONF_RULE_LATER], at,
		    "the section \"%s\" belongs to %s, which this release "
		    "does not have yet",
		    q.text, later);
	else if (other != NULL)
		diag_add(diags, &conf_rules[CONF_RULE_SECTION], at,
		    "\"%s\" is no section but an option of %s", q.text, other);
	else
		tell(&conf_rules[CONF_RULE_SECTION], at, "there is no section",
		    &near, diags);
}
