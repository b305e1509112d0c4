/*
 * registry_cli - what the commands on the registry share
 */
#ifndef MTASTS_CLI_REGISTRY_CLI_H
#define MTASTS_CLI_REGISTRY_CLI_H

#include "cli/cmd.h"
#include "task/domain.h"

/* A command's registry and job. Zeroed before registry_cli_open(). */
struct registry_cli {
	struct cmd_env *env;
	struct registry *registry;
	struct arena *arena;
	struct mtasts_diags *diags;
	struct domain_job job;
};

/*
 * registry_cli_open - open the registry that the command line names
 *
 * As root, the rights of the folder's owner are taken first, for good: files
 * that the command needs must be open by then. Returns CMD_FINE, or a status
 * after a message.
 */
enum cmd_status registry_cli_open(
    struct registry_cli *c, struct cmd_env *env, enum registry_access access);

/*
 * registry_cli_peek - read the registry when there is one, without a word
 *
 * Rights as for registry_cli_open(). Only c->registry is taken: yours,
 * registry_close(). ENOENT: there is none; else findings say why not.
 */
enum mtasts_err registry_cli_peek(struct registry_cli *c, struct cmd_env *env,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/* registry_cli_close - release what registry_cli_open() took */
void registry_cli_close(struct registry_cli *c);

/*
 * registry_cli_edits - words KEY=VALUE from "from" on, as edits
 *
 * In the arena. CMD_USAGE when a word is wrong: told by registry_cli_done().
 */
enum cmd_status registry_cli_edits(struct registry_cli *c,
    const struct cmd_args *args, size_t from, struct domain_edits *out);

/*
 * registry_cli_done - print findings and how it ended; the exit status
 *
 * err     of the job
 * result  of the job when it went well; may be null
 *
 * With --json this is the whole output.
 */
enum cmd_status registry_cli_done(struct registry_cli *c, enum mtasts_err err,
    const struct domain_result *result);

#endif
