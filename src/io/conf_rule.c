/*
 * conf_rule.c - what can be wrong with a configuration
 */
#include "io/conf_rule.h"

#define FAULT(id_, name_, fix_)                                     \
	{                                                           \
		.id = id_, .name = name_, .severity = MTASTS_ERROR, \
		.fatal = true, .rfc = "", .fix = fix_               \
	}

const struct diag_rule conf_rules[CONF_RULE_COUNT] = {
	[CONF_RULE_SYNTAX] = FAULT("C01", "conf-syntax",
	    "Mend the YAML at this place; look at indentation and quotes."),
	[CONF_RULE_FEATURE] = FAULT("C02", "conf-yaml-feature",
	    "Write the value itself; use one plain YAML document."),
	[CONF_RULE_SHAPE] = FAULT("C03", "conf-shape",
	    "Write it in the form that the manual page mtasts.yaml(5) shows."),
	[CONF_RULE_SECTION] = FAULT("C04", "conf-unknown-section",
	    "Remove it; 'mtasts conf dump' shows all sections."),
	[CONF_RULE_LATER] = { "C05", "conf-later-section", MTASTS_WARNING,
	    false, "",
	    "Leave it for the release that reads it, or remove it." },
	[CONF_RULE_OPTION] = FAULT("C06", "conf-unknown-option",
	    "Remove it; 'mtasts conf dump' shows all options."),
	[CONF_RULE_TWICE] =
	    FAULT("C07", "conf-twice", "Remove one of the two."),
	[CONF_RULE_VALUE] = FAULT("C08", "conf-value",
	    "Write a value that the manual page mtasts.yaml(5) allows."),
	[CONF_RULE_RANGE] =
	    FAULT("C09", "conf-range", "Choose a value within the bounds."),
	[CONF_RULE_EMPTY] = FAULT("C10", "conf-empty",
	    "Write a value, or remove the line to get the default."),
	[CONF_RULE_FILE] =
	    FAULT("C11", "conf-file", "Let the program's user read this file."),
	[CONF_RULE_SIZE] = FAULT("C12", "conf-size",
	    "Keep the file small; domains belong into the registry."),
};
