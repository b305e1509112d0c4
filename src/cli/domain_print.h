/*
 * domain_print - what the jobs of the registry did, in words and as JSON
 */
#ifndef MTASTS_CLI_DOMAIN_PRINT_H
#define MTASTS_CLI_DOMAIN_PRINT_H

#include "cli/cmd.h"
#include "task/domain.h"

/* domain_print_json - the end of a job as one JSON object */
enum cmd_status domain_print_json(struct cmd_env *env, enum mtasts_err err,
    const struct domain_result *result, const struct mtasts_diags *diags);

/* domain_print_settings - "  mx  old -> new" for each setting that changed */
void domain_print_settings(
    struct cmd_env *env, const struct domain_result *result);

/* domain_print_record - the _mta-sts record that a change asks for */
void domain_print_record(struct cmd_env *env, const struct domain_change *c);

/*
 * domain_print_records - those of all changes of a job, the first twenty
 *
 * Aliases' records point to their targets' and need no change.
 */
void domain_print_records(
    struct cmd_env *env, const struct domain_result *result);

/*
 * domain_print_delegates - what the owners of delegated domains have to set
 *
 * Of those that were added; nothing when there are none.
 */
void domain_print_delegates(
    struct cmd_env *env, const struct domain_result *result);

/* domain_print_counts - "3 added, 1 changed", or "nothing to do" */
void domain_print_counts(
    struct cmd_env *env, const struct domain_result *result);

/* domain_print_dns_too - did settings change that other DNS records follow? */
bool domain_print_dns_too(const struct domain_result *result);

#endif
