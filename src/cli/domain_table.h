/*
 * domain_table - the table of registered names
 */
#ifndef MTASTS_CLI_DOMAIN_TABLE_H
#define MTASTS_CLI_DOMAIN_TABLE_H

#include "cli/cmd.h"
#include "task/overview.h"

struct domain_table;

/* domain_table_new - an empty one; null when memory is short */
struct domain_table *domain_table_new(struct cmd_env *env);

/* domain_table_add - one more name */
void domain_table_add(struct domain_table *t, const struct overview *o);

/* domain_table_free - release it unprinted; null is fine */
void domain_table_free(struct domain_table *t);

/*
 * domain_table_print - print it, and release it; null is fine
 *
 * Columns that say nothing of any name are left out. fit: of those that are
 * left, the least important ones go, and long names are shortened, until the
 * lines are as wide as env->width; else names are whole, for other programs.
 */
void domain_table_print(struct domain_table *t, bool fit);

#endif
