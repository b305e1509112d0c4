/*
 * adder - what "domain add" does beside adding: roll-out, watching
 */
#ifndef MTASTS_CLI_ADDER_H
#define MTASTS_CLI_ADDER_H

#include "cli/registry_cli.h"

/* Rows of the option table. */
#define ADDER_OPTIONS                                                      \
	{ "rollout", NULL,                                                 \
		"begin its roll-out: testing, then enforce in steps" },    \
	{                                                                  \
		"wait", NULL, "show how it is published, until it is live" \
	}

/* adder_wanted - is it to be watched? On a terminal, a roll-out always is */
bool adder_wanted(const struct cmd_env *env, const struct cmd_args *args);

/*
 * adder_edits - settings with those that a roll-out begins with
 *
 * Mode and max-age, unless they are given: so that the first policy is that of
 * the first stage. ENOMEM.
 */
enum mtasts_err adder_edits(
    struct registry_cli *c, struct domain_edits *edits) MTASTS_MUST_CHECK;

/*
 * adder_begin - begin the roll-out of a domain that was just added
 *
 * The configuration must be loaded. Findings and a message say what went wrong.
 */
enum mtasts_err adder_begin(
    struct registry_cli *c, struct str name) MTASTS_MUST_CHECK;

#endif
