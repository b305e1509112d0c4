/*
 * domain_words - the registered domains that a command is about
 *
 * Named on the command line, or put in one by one. For commands that begin a
 * job for each.
 */
#ifndef MTASTS_CLI_DOMAIN_WORDS_H
#define MTASTS_CLI_DOMAIN_WORDS_H

#include "cli/registry_cli.h"

struct domain_words {
	struct registry_cli *registry; /* open; its arena has the names */
	const char **v; /* A-labels, no final dot */
	size_t count, room;
	bool broken; /* memory was short */
};

/* domain_words_add - one more; false and broken when memory is short */
bool domain_words_add(struct domain_words *w, struct str domain);

/*
 * domain_words_read - the domains that are named
 *
 * A word may be a mail address, a URL or the name of a policy host: its domain
 * is meant. CMD_USAGE after findings.
 */
enum cmd_status domain_words_read(
    struct domain_words *w, const struct cmd_args *args);

/*
 * domain_words_end - after a walk through the registry that added names
 *
 * err is that of the walk. CMD_FINE, or a status after a message.
 */
enum cmd_status domain_words_end(struct domain_words *w, enum mtasts_err err);

#endif
