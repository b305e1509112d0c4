/*
 * domain_live.c - the policy that a domain publishes now, as a sender sees it
 *
 * RFC 8461 sections 3.1 and 3.3. A record that is not valid, and a policy that
 * cannot be fetched, are none: there is nothing to take over then. Waits on the
 * command's own loop; knows no registry.
 */
#include "cli/domain_live.h"

#include "cli/out.h"
#include "core/host_rules.h"
#include "core/limits.h"
#include "mtasts/record.h"

#define TXT_MAX 64 /* records of an answer that are read */

static const struct diag_place nowhere;

/* A lookup that is waited for. */
struct asking {
	struct loop *loop;
	struct dnsfact *fact;
};

/* on_answer - keep it, stop waiting */
static void
on_answer(void *ctx, const struct dnsfact *fact)
{
	struct asking *a = ctx;

	a->fact = dnsfact_hold(fact);
	loop_stop(a->loop);
}

/* ask - the TXT records; null after a message */
static struct dnsfact *
ask(struct cmd_env *env, struct net *net, const char *name)
{
	struct net_parts parts;
	struct asking a = { NULL, NULL };
	enum mtasts_err err = MTASTS_ENOMEM;

	net_parts(net, &parts);
	a.loop = parts.loop;
	if (dns_start(parts.dns, name, DNSTYPE_TXT, on_answer, &a) != NULL)
		err = loop_run(parts.loop);
	if (a.fact == NULL)
		out_error(env, "%s cannot be looked up: %s", name,
		    mtasts_strerror(err != MTASTS_OK ? err : MTASTS_ENOMEM));
	return a.fact;
}

/* read_record - the id of the one valid record */
static enum cmd_status
read_record(struct cmd_env *env, const char *name, const struct dnsfact *fact,
    struct domain_live_seen *out, struct mtasts_diags *diags)
{
	struct mtasts_txt txt[TXT_MAX];
	struct mtasts_stsrec rec = { .id = "" };
	size_t count = 0;

	if (dnsfact_failed(fact)) {
		out_error(env, "the lookup of %s failed: %s", name,
		    fact->why[0] != '\0' ? fact->why
					 : dnsfact_end_name(fact->end));
		return CMD_UNKNOWN;
	}
	if (fact->end == DNSFACT_FOUND)
		for (; count < fact->count && count < TXT_MAX; count++)
			txt[count] =
			    (struct mtasts_txt){ fact->records[count].txt.p,
				    fact->records[count].txt.len };
	switch (mtasts_stsrec_parse(txt, count, &rec, diags)) {
	case MTASTS_VERDICT_VALID:
		snprintf(out->id, sizeof(out->id), "%s", rec.id);
		return CMD_FINE;
	case MTASTS_VERDICT_NONE:
		out_error(env,
		    "there is no MTA-STS record at %s: there is nothing to "
		    "take over; without --from-live a new policy begins",
		    name);
		return CMD_PROBLEM;
	default:
		out_error(env,
		    "senders use no policy while %s is not valid: there is "
		    "nothing to take over",
		    name);
		return CMD_PROBLEM;
	}
}

/* fetch - the policy's text */
static enum cmd_status
fetch(struct cmd_env *env, struct net *net, const char *host,
    struct domain_live_seen *out, struct mtasts_diags *diags)
{
	struct net_fetched got = { FETCHFACT_OURS, "" };
	enum mtasts_err err = net_fetch(net, host, &got, &out->body);
	const struct diag_rule *rule = host_rule(got.end);

	if (err == MTASTS_OK && got.end == FETCHFACT_OK)
		return CMD_FINE;
	if (err == MTASTS_OK && rule != NULL) {
		diag_add(diags, rule, nowhere, "%s", got.why);
		return CMD_PROBLEM;
	}
	out_error(env, "cannot fetch the policy from %s: %s", host,
	    err != MTASTS_OK ? mtasts_strerror(err) : got.why);
	return CMD_UNKNOWN;
}

enum cmd_status
domain_live_look(struct cmd_env *env, struct net *net, const char *domain,
    struct domain_live_seen *out, struct mtasts_diags *diags)
{
	char name[300];
	struct dnsfact *fact;
	enum cmd_status status = CMD_UNKNOWN;

	out->id[0] = '\0';
	buf_init(&out->body, LIMIT_POLICY_LEN);
	snprintf(name, sizeof(name), "_mta-sts.%s", domain);
	fact = ask(env, net, name);
	if (fact != NULL)
		status = read_record(env, name, fact, out, diags);
	dnsfact_free(fact);
	snprintf(name, sizeof(name), "mta-sts.%s", domain);
	if (status == CMD_FINE)
		status = fetch(env, net, name, out, diags);
	return status;
}
