/*
 * commands - the rows of the command table, one per command
 */
#ifndef MTASTS_CLI_COMMANDS_H
#define MTASTS_CLI_COMMANDS_H

#include "cli/cmd.h"

/* lint, match */
extern const struct cmd cmd_lint_policy;
extern const struct cmd cmd_lint_record;
extern const struct cmd cmd_lint_tlsrpt;
extern const struct cmd cmd_match;

/* the registry */
extern const struct cmd cmd_domain_add;
extern const struct cmd cmd_domain_set;
extern const struct cmd cmd_domain_alias;
extern const struct cmd cmd_domain_show;
extern const struct cmd cmd_domain_list;
extern const struct cmd cmd_domain_remove;
extern const struct cmd cmd_domain_import;
extern const struct cmd cmd_domain_export;
extern const struct cmd cmd_domain_refresh_mx;
extern const struct cmd cmd_defaults_show;
extern const struct cmd cmd_defaults_set;

/* from testing to enforce */
extern const struct cmd cmd_rollout_start;
extern const struct cmd cmd_rollout_status;
extern const struct cmd cmd_rollout_step;
extern const struct cmd cmd_rollout_pause;
extern const struct cmd cmd_rollout_resume;
extern const struct cmd cmd_rollout_back;

/* what others must publish or run */
extern const struct cmd cmd_dns;
extern const struct cmd cmd_dns_diff;
extern const struct cmd cmd_dns_push;
extern const struct cmd cmd_proxy;

/* all of it, in order */
extern const struct cmd cmd_publish;

/* what others publish */
extern const struct cmd cmd_check;
extern const struct cmd cmd_scan;
extern const struct cmd cmd_query;
extern const struct cmd cmd_cache_list;
extern const struct cmd cmd_cache_show;
extern const struct cmd cmd_cache_purge;
extern const struct cmd cmd_cache_refresh;
extern const struct cmd cmd_status;
extern const struct cmd cmd_doctor_postfix;
extern const struct cmd cmd_doctor_exim;
extern const struct cmd cmd_doctor_sendmail;

/* certificates */
extern const struct cmd cmd_cert_list;
extern const struct cmd cmd_cert_issue;
extern const struct cmd cmd_cert_renew;
extern const struct cmd cmd_cert_import;
extern const struct cmd cmd_acme_hook;

/* the configuration */
extern const struct cmd cmd_conf_check;
extern const struct cmd cmd_conf_dump;

#endif
