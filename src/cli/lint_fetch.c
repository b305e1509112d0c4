/*
 * lint_fetch.c - getting the policy that a URL names, for "lint policy"
 *
 * Only URLs that a sender would fetch: anything else would be linted as if it
 * were a policy. RFC 8461 section 3.3.
 */
#include "cli/lint_fetch.h"

#include "cli/net.h"
#include "cli/out.h"
#include "core/host_rules.h"
#include "mtasts/dname.h"

#define PATH "/.well-known/mta-sts.txt"

bool
lint_is_url(const char *word)
{
	return str_find(str_of(word), STR("://")) < strlen(word);
}

/* host_of - the policy host of a URL; CMD_USAGE after a message */
static enum cmd_status
host_of(struct cmd_env *env, const char *url, struct mtasts_dname *host)
{
	struct str s = str_of(url), name, path;
	size_t slash;

	if (!str_starts_nocase(s, STR("https://"))) {
		out_error(env,
		    "policies are served over https alone, so a "
		    "URL begins with https://");
		return CMD_USAGE;
	}
	s = str_sub(s, sizeof("https://") - 1, s.len);
	slash = str_chr(s, '/');
	name = str_sub(s, 0, slash);
	path = str_sub(s, slash, s.len);
	if (str_chr(name, ':') < name.len) {
		out_error(env,
		    "a policy host has no port of its own; in a "
		    "laboratory say --https-port N");
		return CMD_USAGE;
	}
	if (!str_eq(path, STR(PATH))) {
		out_error(
		    env, "senders look only at https://mta-sts.DOMAIN" PATH);
		return CMD_USAGE;
	}
	if (mtasts_dname_parse(name.p, name.len, host, NULL, NULL) !=
	    MTASTS_OK) {
		out_error(env, "'%" STR_FMT "' is no host name", STR_ARG(name));
		return CMD_USAGE;
	}
	return CMD_FINE;
}

/* judge - how a fetch ended, as a status and a finding or a message */
static enum cmd_status
judge(struct cmd_env *env, const char *url, const struct net_fetched *got,
    struct mtasts_diags *diags)
{
	const struct diag_rule *rule = host_rule(got->end);
	struct diag_place nowhere = { 0 };

	if (got->end == FETCHFACT_OK)
		return CMD_FINE;
	if (rule != NULL) {
		diag_add(diags, rule, nowhere, "%s", got->why);
		return CMD_PROBLEM;
	}
	out_error(env, "cannot fetch %s: %s", url, got->why);
	return CMD_UNKNOWN;
}

enum cmd_status
lint_fetch(struct cmd_env *env, const struct cmd_args *args, struct buf *body,
    struct mtasts_diags *diags)
{
	struct net_fetched got = { FETCHFACT_OURS, "" };
	const char *url = args->words[0];
	struct mtasts_dname host;
	struct net *net = NULL;
	enum cmd_status status;
	enum mtasts_err err;

	status = host_of(env, url, &host);
	if (status == CMD_FINE)
		status = net_open(env, args, &net);
	if (status != CMD_FINE)
		return status;
	err = net_fetch(net, host.text, &got, body);
	net_close(net);
	if (err == MTASTS_OK)
		return judge(env, url, &got, diags);
	out_error(env, "cannot fetch %s: %s", url, mtasts_strerror(err));
	return CMD_UNKNOWN;
}
