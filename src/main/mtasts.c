/*
 * mtasts - the command line: a table of commands
 */
#include "cli/commands.h"

#include <string.h>

static const struct cmd *const commands[] = {
	&cmd_lint_policy,
	&cmd_lint_record,
	&cmd_lint_tlsrpt,
	&cmd_match,
	&cmd_check,
	&cmd_scan,
	&cmd_query,
	&cmd_cache_list,
	&cmd_cache_show,
	&cmd_cache_purge,
	&cmd_cache_refresh,
	&cmd_doctor_postfix,
	&cmd_doctor_exim,
	&cmd_doctor_sendmail,
	&cmd_domain_add,
	&cmd_domain_set,
	&cmd_domain_alias,
	&cmd_domain_show,
	&cmd_domain_list,
	&cmd_domain_remove,
	&cmd_domain_import,
	&cmd_domain_export,
	&cmd_domain_refresh_mx,
	&cmd_defaults_show,
	&cmd_defaults_set,
	&cmd_rollout_start,
	&cmd_rollout_status,
	&cmd_rollout_step,
	&cmd_rollout_pause,
	&cmd_rollout_resume,
	&cmd_rollout_back,
	&cmd_dns,
	&cmd_dns_diff,
	&cmd_dns_push,
	&cmd_proxy,
	&cmd_publish,
	&cmd_cert_list,
	&cmd_cert_issue,
	&cmd_cert_renew,
	&cmd_cert_import,
	&cmd_status,
	&cmd_conf_check,
	&cmd_conf_dump,
	&cmd_acme_hook,
	NULL,
};

/* What uacme is given as its hook: a link of this name to this program. */
#define HOOK "mtasts-acme-hook"

/* as_hook - its words as those of the command, whatever they begin with */
static int
as_hook(int argc, char **argv)
{
	char name[] = HOOK, command[] = "__acme-hook", dashes[] = "--";
	char *words[16] = { name, command, dashes };
	int count = 3;

	for (int i = 1; i < argc && count < 15; i++)
		words[count++] = argv[i];
	return cmd_main(commands, count, words);
}

int
main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (argc > 0 && strcmp(slash != NULL ? slash + 1 : argv[0], HOOK) == 0)
		return as_hook(argc, argv);
	return cmd_main(commands, argc, argv);
}
