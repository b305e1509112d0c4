/*
 * conf_rule - what can be wrong with a configuration
 */
#ifndef MTASTS_IO_CONF_RULE_H
#define MTASTS_IO_CONF_RULE_H

#include "base/diag.h"

enum conf_rule {
	CONF_RULE_SYNTAX = 0, /* no YAML */
	CONF_RULE_FEATURE, /* YAML that is refused */
	CONF_RULE_SHAPE, /* a list where a text belongs, and so on */
	CONF_RULE_SECTION, /* no such section */
	CONF_RULE_LATER, /* a section of a later release */
	CONF_RULE_OPTION, /* no such option */
	CONF_RULE_TWICE, /* a key or an item is there twice */
	CONF_RULE_VALUE, /* no value of this option */
	CONF_RULE_RANGE, /* a number out of range */
	CONF_RULE_EMPTY, /* no value at all */
	CONF_RULE_FILE, /* cannot be read */
	CONF_RULE_SIZE, /* too large */
	CONF_RULE_COUNT
};

/* conf_rules - by enum conf_rule */
extern const struct diag_rule conf_rules[];

#endif
