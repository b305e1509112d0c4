/*
 * domain_live - the policy that a domain publishes now, as a sender sees it
 */
#ifndef MTASTS_CLI_DOMAIN_LIVE_H
#define MTASTS_CLI_DOMAIN_LIVE_H

#include "cli/net.h"

/* What is published; nothing of it is borrowed. */
struct domain_live_seen {
	char id[40];
	struct buf body; /* yours: buf_free() */
};

/*
 * domain_live_look - ask for the record, fetch the policy
 *
 * domain  A-labels
 *
 * CMD_FINE; CMD_PROBLEM when nothing valid is published, CMD_UNKNOWN when it
 * could not be found out: findings or a message say why. out->body is
 * initialised in any case.
 */
enum cmd_status domain_live_look(struct cmd_env *env, struct net *net,
    const char *domain, struct domain_live_seen *out,
    struct mtasts_diags *diags);

/* domain_live_add - "domain add DOMAIN --from-live": the whole command */
enum cmd_status domain_live_add(
    struct cmd_env *env, const struct cmd_args *args);

#endif
