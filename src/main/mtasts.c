/*
 * mtasts - the command line: a table of commands
 */
#include "cli/commands.h"

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
	&cmd_defaults_show,
	&cmd_defaults_set,
	&cmd_dns,
	&cmd_proxy,
	&cmd_cert_import,
	&cmd_status,
	&cmd_conf_check,
	&cmd_conf_dump,
	NULL,
};

int
main(int argc, char **argv)
{
	return cmd_main(commands, argc, argv);
}
