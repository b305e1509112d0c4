/*
 * cmd_publish.c - publish: what the registry says, brought out now
 *
 * What there is to do for one name is task/publish's; here it is begun for all
 * that are named, or registered, and told as it ends.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/domain_words.h"
#include "cli/net.h"
#include "cli/out.h"
#include "cli/registry_cli.h"
#include "io/conf.h"
#include "task/publish.h"

#include <unistd.h>

#define KIND_MAX 20 /* so many that ended alike are told, of --all */
#define JSON_MAX (64u << 20)
#define RUNNING	 64 /* names at a time */

/* What the command works with. */
struct work {
	struct cmd_env *env;
	struct registry_cli registry;
	struct net *net;
	struct net_parts parts;
	unsigned dns_port; /* of authoritative servers; 0: the usual one */
	struct pusher *pusher;
	struct certify_dns dns_01;
	struct certifier *certifier; /* null: ACME is not enabled */
	struct publisher *publisher;
	struct domain_words words;
	size_t begun, left;
	size_t ends[PUBLISH_ENDS];
	bool force, all;
	bool unknown; /* something could not be found out */
	bool broken; /* memory was short */
	bool terminal; /* somebody watches */
	struct js_writer json;
	struct buf text;
};

/* ---- telling ---- */

/* put_json - one element */
static void
put_json(struct work *w, const struct publish_result *r)
{
	struct js_writer *js = &w->json;

	js_object(js);
	js_kv_str(js, "domain", r->domain);
	js_kv_str(js, "end", publish_end_name(r->end));
	js_kv_str(js, "step", publish_step_name(r->step));
	js_kv_str(js, "id", r->id[0] != '\0' ? r->id : NULL);
	js_kv_bool(js, "changed", r->changed);
	js_kv_str(js, "why", r->why[0] != '\0' ? r->why : NULL);
	js_kv_str(js, "fix", r->fix[0] != '\0' ? r->fix : NULL);
	js_kv_time(js, "next", r->next_at);
	js_end_object(js);
}

/* color_of - of an end */
static enum out_color
color_of(enum publish_end end)
{
	switch (end) {
	case PUBLISH_LIVE:
	case PUBLISH_GONE:
		return OUT_GREEN;
	case PUBLISH_PROBLEM:
		return OUT_RED;
	default:
		return OUT_YELLOW;
	}
}

/* put_words - what an end means for this name */
static void
put_words(FILE *f, const struct publish_result *r)
{
	static const char *const live[PUBLISH_STEPS] = {
		"the name of the policy host", "its certificate", "the policy",
		"DNS"
	};

	if (r->end == PUBLISH_LIVE)
		fprintf(
		    f, ", id %s%s", r->id, r->changed ? "" : ": nothing to do");
	else if (r->end == PUBLISH_GONE)
		fputs(": it is registered no more", f);
	else
		fprintf(f, " at %s", live[r->step]);
	fputc('\n', f);
}

/* put_text - how it ended, for people */
static void
put_text(struct work *w, const struct publish_result *r)
{
	struct cmd_env *env = w->env;
	struct timefmt at;

	fprintf(env->out, "%s  ", r->domain);
	out_color(env, color_of(r->end));
	fputs(publish_end_name(r->end), env->out);
	out_color(env, OUT_PLAIN);
	put_words(env->out, r);
	if (r->why[0] != '\0')
		out_wrap(env, env->out, 4, r->why);
	if (r->fix[0] != '\0')
		out_wrap(env, env->out, 4, r->fix);
	if (r->end == PUBLISH_LATER && r->next_at > env->now_at)
		fprintf(env->out, "    To be tried again after %s\n",
		    timefmt_rfc3339(&at, r->next_at));
	fflush(env->out);
}

static void begin_more(struct work *w);

/* ended - how many have */
static size_t
ended(const struct work *w)
{
	size_t n = 0;

	for (unsigned i = 0; i < PUBLISH_ENDS; i++)
		n += w->ends[i];
	return n;
}

/* is_told - with --all only what is new, and not thousands of a kind */
static bool
is_told(const struct work *w, const struct publish_result *r)
{
	if (!w->all)
		return true;
	if (r->end == PUBLISH_LIVE && !r->changed)
		return false;
	return w->ends[r->end] <= KIND_MAX;
}

/* on_done - a job has ended */
static void
on_done(void *ctx, const struct publish_result *result)
{
	struct work *w = ctx;

	w->ends[result->end]++;
	w->unknown |= result->unknown;
	if (w->all)
		out_progress(w->env, 0, 0);
	if (w->env->json)
		put_json(w, result);
	else if (is_told(w, result))
		put_text(w, result);
	w->left--;
	if (w->all)
		out_progress(w->env, ended(w), w->words.count);
	begin_more(w);
}

/* on_step - tell who watches what is being done to the one name */
static void
on_step(void *ctx, enum publish_step step)
{
	static const char *const words[PUBLISH_STEPS] = {
		"seeing where the policy host leads",
		"seeing to the certificate",
		"fetching the policy as strangers do",
		"bringing DNS in step, and asking its servers"
	};
	struct work *w = ctx;

	if (w->terminal && w->words.count == 1)
		fprintf(w->env->err, "%s ...\n", words[step]);
}

/* ---- what to work on ---- */

/* on_name - a registered name */
static bool
on_name(void *arg, const struct registry_publishable *row)
{
	struct work *w = arg;

	return domain_words_add(&w->words, row->known.domain);
}

/* read_domains - those that are named, or all */
static enum cmd_status
read_domains(struct work *w, const struct cmd_args *args)
{
	enum mtasts_err err;

	w->words.registry = &w->registry;
	if (!cmd_flag(args, "all"))
		return domain_words_read(&w->words, args);
	err = registry_each_published(w->registry.registry, on_name, w);
	return domain_words_end(&w->words, err);
}

/* check_words - names, or all of them; CMD_USAGE after a message */
static enum cmd_status
check_words(struct cmd_env *env, const struct cmd_args *args)
{
	if (cmd_flag(args, "all") == (args->word_count == 0))
		return CMD_FINE;
	out_error(env,
	    args->word_count == 0
		? "publish: which domain? --all means all of them"
		: "publish: name domains, or say --all");
	return CMD_USAGE;
}

/* ---- open, run, close ---- */

/* told - findings, and a message when there are none; the status */
static enum cmd_status
told(struct work *w, enum mtasts_err err, const char *what,
    struct mtasts_diags *diags)
{
	out_findings(w->env, w->env->err, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(w->env, "%s: %s", what, mtasts_strerror(err));
	mtasts_diags_free(diags);
	if (err == MTASTS_ECONF)
		return CMD_PROBLEM;
	return err == MTASTS_OK ? CMD_FINE : CMD_UNKNOWN;
}

/* open_pusher - CMD_FINE, or a status after a message */
static enum cmd_status
open_pusher(struct work *w)
{
	struct pusher_conf conf = { .loop = w->parts.loop,
		.dns = w->parts.dns,
		.registry = w->registry.registry,
		.store_url = cmd_store_url(w->env),
		.conf = cmd_conf(w->env),
		.dns_port = w->dns_port };
	struct mtasts_diags *diags = mtasts_diags_new();
	enum mtasts_err err = pusher_open(&conf, &w->pusher, diags);

	return told(w, err, "DNS cannot be written", diags);
}

/* open_certifier - the same; without ACME there is none */
static enum cmd_status
open_certifier(struct work *w)
{
	struct certifier_conf conf = { .loop = w->parts.loop,
		.dns = w->parts.dns,
		.registry = w->registry.registry,
		.store_url = cmd_store_url(w->env),
		.conf = cmd_conf(w->env),
		.ca_file = w->parts.ca_file };
	struct mtasts_diags *diags;
	enum mtasts_err err;

	if (!conf.conf->acme.enabled)
		return CMD_FINE;
	if (conf.conf->push.count > 0) {
		push_certify_dns(w->pusher, &w->dns_01);
		conf.dns_01 = &w->dns_01;
	}
	diags = mtasts_diags_new();
	err = certifier_open(&conf, &w->certifier, diags);
	return told(w, err, "certificates cannot be ordered", diags);
}

/* open_publisher - the same */
static enum cmd_status
open_publisher(struct work *w)
{
	struct publisher_conf conf = { .loop = w->parts.loop,
		.dns = w->parts.dns,
		.fetcher = w->parts.fetcher,
		.https_port = w->parts.https_port,
		.registry = w->registry.registry,
		.store_url = cmd_store_url(w->env),
		.conf = cmd_conf(w->env),
		.pusher = w->pusher,
		.certifier = w->certifier };
	enum mtasts_err err = publisher_open(&conf, &w->publisher);

	if (err == MTASTS_OK)
		return CMD_FINE;
	out_error(w->env, "%s", mtasts_strerror(err));
	return CMD_UNKNOWN;
}

/* open_all - CMD_FINE, or a status after a message */
static enum cmd_status
open_all(struct work *w, const struct cmd_args *args)
{
	enum cmd_status status = check_words(w->env, args);

	if (status == CMD_FINE)
		status = net_port(w->env, args, "dns-port", &w->dns_port);
	/* Before rights are given up: it may be readable for root alone. */
	if (status == CMD_FINE && cmd_conf(w->env) == NULL)
		status = CMD_UNKNOWN;
	if (status == CMD_FINE)
		status =
		    registry_cli_open(&w->registry, w->env, REGISTRY_WRITE);
	if (status == CMD_FINE)
		status = net_open(w->env, args, &w->net);
	if (status != CMD_FINE)
		return status;
	net_parts(w->net, &w->parts);
	status = open_pusher(w);
	if (status == CMD_FINE)
		status = open_certifier(w);
	if (status == CMD_FINE)
		status = open_publisher(w);
	return status == CMD_FINE ? read_domains(w, args) : status;
}

/* begin_more - as many as may be at a time; stop when none is left */
static void
begin_more(struct work *w)
{
	/* Those of all that failed a while ago are not ordered again. */
	struct publish_want want = { .now = true,
		.calm = w->all,
		.force = w->force,
		.done = on_done,
		.step = on_step,
		.ctx = w };

	while (w->left < RUNNING && w->begun < w->words.count) {
		want.domain = w->words.v[w->begun++];
		if (publish_start(w->publisher, &want) != NULL)
			w->left++;
		else
			w->broken = true;
	}
	if (w->left == 0)
		loop_stop(w->parts.loop);
}

/* many_of_a_kind - were there so many that not all were told? */
static bool
many_of_a_kind(const struct work *w)
{
	for (unsigned i = 0; i < PUBLISH_ENDS; i++)
		if (i != PUBLISH_LIVE && w->ends[i] > KIND_MAX)
			return true;
	return false;
}

/* tell_sum - how many ended how, when there were several */
static void
tell_sum(const struct work *w)
{
	const char *between = "";

	if (w->words.count < 2 || w->env->json)
		return;
	for (unsigned i = 0; i < PUBLISH_ENDS; i++) {
		if (w->ends[i] == 0)
			continue;
		fprintf(w->env->out, "%s%zu %s", between, w->ends[i],
		    publish_end_name((enum publish_end)i));
		between = ", ";
	}
	fputc('\n', w->env->out);
	if (w->all && many_of_a_kind(w))
		fprintf(w->env->out,
		    "Of each kind %d are told above. All: mtasts domain list "
		    "--problems\n",
		    KIND_MAX);
}

/* run_jobs - all of them to their end */
static enum cmd_status
run_jobs(struct work *w)
{
	enum mtasts_err err = MTASTS_OK;

	begin_more(w);
	if (w->left > 0)
		err = loop_run(w->parts.loop);
	if (err != MTASTS_OK || w->broken) {
		out_error(w->env, "%s",
		    mtasts_strerror(err != MTASTS_OK ? err : MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	tell_sum(w);
	if (w->ends[PUBLISH_BY_HAND] > 0 || w->ends[PUBLISH_LATER] > 0 ||
	    (w->ends[PUBLISH_PROBLEM] > 0 && !w->unknown))
		return CMD_PROBLEM;
	return w->unknown ? CMD_UNKNOWN : CMD_FINE;
}

/* run_all - with everything open */
static enum cmd_status
run_all(struct work *w)
{
	enum cmd_status status, written = CMD_FINE;

	buf_init(&w->text, JSON_MAX);
	js_begin(&w->json, &w->text, true);
	js_object(&w->json);
	js_key(&w->json, "domains");
	js_array(&w->json);
	status = run_jobs(w);
	js_end_array(&w->json);
	js_kv_int(&w->json, "live", (int64_t)w->ends[PUBLISH_LIVE]);
	js_end_object(&w->json);
	if (w->env->json)
		written = out_json(w->env, &w->text);
	buf_free(&w->text);
	return written != CMD_FINE ? written : status;
}

/* run - "mtasts publish" */
static enum cmd_status
run(struct cmd_env *env, const struct cmd_args *args)
{
	struct work w = { .env = env,
		.force = cmd_flag(args, "force"),
		.all = cmd_flag(args, "all"),
		.terminal = isatty(fileno(env->err)) };
	enum cmd_status status = open_all(&w, args);

	if (status == CMD_FINE)
		status = run_all(&w);
	publisher_close(w.publisher);
	certifier_close(w.certifier);
	pusher_close(w.pusher);
	net_close(w.net);
	registry_cli_close(&w.registry);
	return status;
}

static const struct cmd_opt opts[] = {
	{ "all", NULL, "every registered domain and alias" },
	{ "force", NULL, "over DNS records that others wrote, too" },
	{ "dns-port", "N", "port of authoritative DNS servers (53)" },
	NET_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_publish = {
	.name = "publish",
	.usage = "DOMAIN... | --all",
	.summary = "bring out what the registry says, step by step",
	.help =
	    "For each domain or alias, in this order: the name of the policy "
	    "host leads here; it has a certificate, by ACME when acme.enabled "
	    "is true; the policy is live at every address, as strangers fetch "
	    "it; then its id goes into DNS, and every authoritative server has "
	    "it. Where push: of the configuration has no way into a zone, the "
	    "records are looked at, and what somebody has to set is told. It "
	    "can be ended and begun again at any time.\n"
	    "\n"
	    "mtasts-publisher does the same by itself, again and again; this "
	    "is for now, and for where no daemon runs:\n"
	    "\n"
	    "  mtasts publish --all\n"
	    "\n"
	    "With --all what was live already is counted, and of others that "
	    "end alike 20 are told; \"mtasts domain list --problems\" has all.",
	.opts = opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run,
};
