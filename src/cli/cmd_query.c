/*
 * cmd_query.c - query: what a sender decides about a domain, and why
 *
 * The running daemon is asked when it is there, since its memory decides about
 * real mail; else, and with options of the network, the same code runs here.
 */
#include "cli/commands.h"

#include "cli/ask.h"
#include "cli/net.h"
#include "cli/out.h"
#include "cli/query_print.h"

#define ANSWER_MAX (4u << 20)
#define KEY_MAX	   1024

/* What is asked. */
struct query {
	struct cmd_env *env;
	const struct cmd_args *args;
	struct str key;
	const char *map; /* --reply, or null */
};

/* here - find out ourselves; *out yours: js_free() */
static enum cmd_status
here(const struct query *q, struct js **out)
{
	enum mtasts_err err = MTASTS_OK;
	enum cmd_status status;
	struct net *net = NULL;
	struct buf json;

	buf_init(&json, ANSWER_MAX);
	status = net_open(q->env, q->args, &net);
	if (status != CMD_FINE)
		goto out;
	err = net_explain(net, q->key, &json);
	if (err == MTASTS_OK)
		err = js_parse(buf_str(&json), "answer", out, NULL);
	if (err != MTASTS_OK) {
		out_error(q->env, "cannot find out: %s", mtasts_strerror(err));
		status = CMD_UNKNOWN;
	}
out:
	net_close(net);
	buf_free(&json);
	return status;
}

/* reply_of - the answer for a map name in an explanation; empty: none */
static struct str
reply_of(const struct js *js, const char *map)
{
	const struct js *replies = js_get(js, "replies"), *reply;
	const char *name = NULL;
	struct str s = STR("");
	size_t i;

	for (i = 0; (reply = js_member(replies, i, &name)) != NULL; i++)
		if (str_eq_nocase(str_of(name), str_of(map)))
			js_str(reply, &s);
	return s;
}

/* say_reply - the MTA's answer, bare; its status as ours */
static enum cmd_status
say_reply(const struct query *q, struct str reply)
{
	struct cmd_env *env = q->env;
	enum cmd_status status, written;
	struct js_writer w;
	struct buf b;

	status = str_starts(reply, STR("TEMP")) ||
		str_starts(reply, STR("PERM")) || str_starts(reply, STR("temp"))
	    ? CMD_PROBLEM
	    : CMD_FINE;
	buf_init(&b, ANSWER_MAX);
	if (env->json) {
		js_begin(&w, &b, true);
		js_object(&w);
		js_key(&w, "reply");
		js_put_str(&w, reply);
		js_end_object(&w);
	} else {
		buf_clean(&b, reply, reply.len);
	}
	written = out_json(env, &b);
	return written != CMD_FINE ? written : status;
}

/* say - print what was found out */
static enum cmd_status
say(const struct query *q, const struct js *js)
{
	enum cmd_status status = query_status(js), written = CMD_FINE;
	struct str reply;

	if (q->map != NULL) {
		reply = reply_of(js, q->map);
		if (reply.len > 0)
			return say_reply(q, reply);
		out_error(
		    q->env, "there is no answer for the map name '%s'", q->map);
		return CMD_USAGE;
	}
	if (q->env->json)
		written = out_js(q->env, js);
	else
		query_print(q->env, js);
	return written != CMD_FINE ? written : status;
}

/* daemon_reply - the daemon's very answer; ENOENT: there is no daemon */
static enum mtasts_err
daemon_reply(const struct query *q, enum cmd_status *status)
{
	enum mtasts_err err;
	struct js *js = NULL;
	struct ask a;
	struct str s;

	ask_begin(&a, q->env, "reply");
	js_kv_str(&a.w, "map", q->map);
	js_key(&a.w, "key");
	js_put_str(&a.w, q->key);
	err = ask_one(&a, &js);
	*status = CMD_UNKNOWN;
	if (err == MTASTS_OK && js_str(js_get(js, "reply"), &s))
		*status = say_reply(q, s);
	js_free(js);
	return err;
}

/* daemon_explain - ask the daemon; ENOENT: there is none */
static enum mtasts_err
daemon_explain(const struct query *q, struct js **out)
{
	struct ask a;

	ask_begin(&a, q->env, "query");
	js_key(&a.w, "key");
	js_put_str(&a.w, q->key);
	js_kv_bool(&a.w, "renew", cmd_flag(q->args, "renew"));
	return ask_one(&a, out);
}

/* ask_daemon - false when there is no daemon to ask */
static bool
ask_daemon(const struct query *q, enum cmd_status *status)
{
	/* The line protocol has no map name that a socketmap could ask. */
	bool line =
	    q->map != NULL && str_eq_nocase(str_of(q->map), STR("line"));
	enum mtasts_err err;
	struct js *js = NULL;

	*status = CMD_UNKNOWN;
	if (q->map != NULL && !line && !cmd_flag(q->args, "renew"))
		return daemon_reply(q, status) != MTASTS_ENOENT;
	err = daemon_explain(q, &js);
	if (err == MTASTS_OK)
		*status = say(q, js);
	js_free(js);
	return err != MTASTS_ENOENT;
}

/* with_port - the key with --smtp-port behind it; CMD_USAGE after a message */
static enum cmd_status
with_port(struct query *q, struct buf *b)
{
	enum cmd_status status;
	unsigned port;

	status = net_smtp_port(q->env, q->args, &port);
	if (status != CMD_FINE || port == 25)
		return status;
	buf_put_str(b, q->key);
	buf_putf(b, ":%u", port);
	if (buf_error(b) != MTASTS_OK)
		return CMD_UNKNOWN;
	q->key = buf_str(b);
	return CMD_FINE;
}

/* run_query - query */
static enum cmd_status
run_query(struct cmd_env *env, const struct cmd_args *args)
{
	struct query q = { env, args, str_of(args->words[0]),
		cmd_value(args, "reply") };
	bool direct = cmd_flag(args, "direct") || net_given(args);
	enum cmd_status status;
	struct js *js = NULL;
	struct buf key;

	buf_init(&key, KEY_MAX);
	status = with_port(&q, &key);
	if (status != CMD_FINE || (!direct && ask_daemon(&q, &status)))
		goto out;
	if (!direct && cmd_conf(env) != NULL)
		fputs("mtasts-resolver does not run here; asked afresh, "
		      "without its memory.\n",
		    env->err);
	status = here(&q, &js);
	if (status == CMD_FINE)
		status = say(&q, js);
out:
	js_free(js);
	buf_free(&key);
	return status;
}

static const struct cmd_opt query_opts[] = {
	{ "reply", "QUERYwithTLSRPT|QUERY|postfix|sts|line",
	    "print only what this map name is answered" },
	{ "renew", NULL, "ask and fetch again, whatever is known" },
	{ "direct", NULL, "find out here, without mtasts-resolver" },
	NET_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_query = {
	.name = "query",
	.usage = "DOMAIN",
	.summary = "what a sender decides about a domain, and why",
	.help =
	    "Says whether mail to the domain is protected, and shows what that "
	    "is made of: the TXT record, the policy, each mail server with "
	    "what DANE says of it, and what each kind of MTA is told. DOMAIN "
	    "may also be a next hop such as [mail.example.com]:587.\n"
	    "\n"
	    "The running mtasts-resolver is asked, since its memory decides "
	    "about real mail. Without it, with --direct, or with an option of "
	    "the network everything is found out here, and nothing is "
	    "remembered. " NET_HELP "\n"
	    "\n"
	    "The map name line stands for the line protocol of Exim.\n"
	    "\n"
	    "The exit status is 0 when all is well, with or without a policy; "
	    "1 when mail has to wait or the policy is broken; 3 when lookups "
	    "failed, so that nothing is known.",
	.opts = query_opts,
	.words_min = 1,
	.words_max = 1,
	.run = run_query,
};
