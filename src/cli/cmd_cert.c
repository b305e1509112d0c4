/*
 * cmd_cert - certificates for mtasts-host: cert import
 *
 * By hand, or as what an ACME client calls after a renewal: certbot tells by
 * an environment variable, dehydrated by words.
 */
#include "cli/commands.h"
#include "cli/out.h"

#include "base/timefmt.h"
#include "io/conf.h"
#include "task/certs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define JSON_MAX (1u << 20)

/* What to import, and room for what is put together. */
struct request {
	struct certs_import in;
	char chain[PATH_MAX];
	char key[PATH_MAX];
};

/* Hooks of dehydrated that have nothing to do with a certificate's use. */
static const char *const other_hooks[] = {
	"clean_challenge",
	"deploy_challenge",
	"deploy_ocsp",
	"exit_hook",
	"generate_csr",
	"invalid_challenge",
	"request_failure",
	"startup_hook",
	"sync_cert",
	"unchanged_cert",
};

/* is_other_hook - is it for somebody else? Unknown hooks must be ignored. */
static bool
is_other_hook(const struct cmd_args *args)
{
	struct str word;
	size_t i;

	if (args->word_count == 0)
		return false;
	word = str_of(args->words[0]);
	for (i = 0; i < sizeof(other_hooks) / sizeof(other_hooks[0]); i++) {
		if (str_eq(word, str_of(other_hooks[i])))
			return true;
	}
	/* What dehydrated calls to see whether hooks are ignored. */
	return str_starts(word, STR("this_hookscript_is_broken"));
}

/* from_lineage - certbot: a folder with both files, named as it shall be */
static bool
from_lineage(struct request *rq, const char *lineage)
{
	struct str base = str_of(lineage);
	size_t slash;

	while (str_ends(base, STR("/")))
		base = str_sub(base, 0, base.len - 1);
	snprintf(rq->chain, sizeof(rq->chain), "%" STR_FMT "/fullchain.pem",
	    STR_ARG(base));
	if (snprintf(rq->key, sizeof(rq->key), "%" STR_FMT "/privkey.pem",
		STR_ARG(base)) >= (int)sizeof(rq->key))
		return false;
	rq->in.chain_path = rq->chain;
	rq->in.key_path = rq->key;
	while ((slash = str_chr(base, '/')) < base.len)
		base = str_sub(base, slash + 1, base.len);
	/* The end of the caller's text, unless that ended with a slash. */
	if (rq->in.name == NULL && base.p[base.len] == '\0')
		rq->in.name = base.p;
	return true;
}

/* read_request - which files; false after a message */
static bool
read_request(
    struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	const char *lineage = getenv("RENEWED_LINEAGE");
	char **words = args->words;

	rq->in.name = cmd_value(args, "name");
	rq->in.force = cmd_flag(args, "force");
	rq->in.at = env->now_at;
	if (args->word_count == 2) {
		rq->in.chain_path = words[0];
		rq->in.key_path = words[1];
		return true;
	}
	if (args->word_count >= 5 && strcmp(words[0], "deploy_cert") == 0) {
		/* DOMAIN KEYFILE CERTFILE FULLCHAINFILE CHAINFILE TIMESTAMP */
		if (rq->in.name == NULL && words[1][0] != '*')
			rq->in.name = words[1];
		rq->in.key_path = words[2];
		rq->in.chain_path = words[4];
		return true;
	}
	if (args->word_count == 0 && lineage != NULL && lineage[0] != '\0' &&
	    from_lineage(rq, lineage))
		return true;
	out_error(env,
	    "cert import: give FULLCHAIN and KEY, the words of dehydrated's "
	    "deploy_cert, or certbot's RENEWED_LINEAGE");
	return false;
}

/* choose_folder - --folder, else the first one of the host */
static enum cmd_status
choose_folder(
    struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	const struct conf *conf;

	rq->in.folder = cmd_value(args, "folder");
	if (rq->in.folder != NULL)
		return CMD_FINE;
	conf = cmd_conf(env);
	if (conf == NULL)
		return CMD_UNKNOWN;
	if (conf->host.certificates.count == 0) {
		out_error(env,
		    "cert import: host.certificates names no folder; "
		    "give --folder");
		return CMD_USAGE;
	}
	rq->in.folder = conf->host.certificates.v[0];
	return CMD_FINE;
}

/* say_text - the outcome for people; a hook's output goes into mails */
static void
say_text(struct cmd_env *env, const struct certs_report *done,
    const struct mtasts_diags *diags)
{
	struct timefmt until;
	size_t i;

	out_findings(env, env->err, diags);
	if (done->dir == NULL)
		return;
	fprintf(env->out, "%s %s\n",
	    done->changed ? "imported" : "there already:", done->dir);
	fputs("  names   ", env->out);
	for (i = 0; i < done->name_count; i++)
		fprintf(env->out, "%s%s", i > 0 ? ", " : "", done->names[i]);
	fprintf(env->out, "\n  issuer  %s\n  until   %s\n", done->issuer,
	    timefmt_rfc3339(&until, done->not_after_at));
}

/* say_json - the outcome as JSON */
static enum cmd_status
say_json(struct cmd_env *env, const struct certs_report *done,
    const struct mtasts_diags *diags)
{
	struct timefmt until;
	struct js_writer w;
	struct buf b;
	size_t i;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_bool(&w, "imported", done->dir != NULL);
	if (done->dir != NULL) {
		js_kv_bool(&w, "changed", done->changed);
		js_kv_str(&w, "folder", done->dir);
		js_kv_str(&w, "issuer", done->issuer);
		js_kv_str(
		    &w, "until", timefmt_rfc3339(&until, done->not_after_at));
		js_key(&w, "names");
		js_array(&w);
		for (i = 0; i < done->name_count; i++)
			js_put_str(&w, str_of(done->names[i]));
		js_end_array(&w);
	}
	js_findings(&w, "findings", diags);
	js_end_object(&w);
	return out_json(env, &b);
}

/* run_cert_import - cert import */
static enum cmd_status
run_cert_import(struct cmd_env *env, const struct cmd_args *args)
{
	struct request rq = { .in = { 0 } };
	struct certs_report done = { 0 };
	struct mtasts_diags *diags;
	enum cmd_status status;
	enum mtasts_err err;

	if (is_other_hook(args))
		return CMD_FINE;
	if (!read_request(env, args, &rq))
		return CMD_USAGE;
	status = choose_folder(env, args, &rq);
	if (status != CMD_FINE)
		return status;
	diags = mtasts_diags_new();
	err = certs_import(&rq.in, &done, diags);
	if (err != MTASTS_OK && mtasts_diags_count(diags) == 0)
		out_error(env, "cert import: %s", mtasts_strerror(err));
	if (env->json)
		status = say_json(env, &done, diags);
	else
		say_text(env, &done, diags);
	if (err == MTASTS_ENOENT || err == MTASTS_ESYS || err == MTASTS_ENOMEM)
		status = CMD_UNKNOWN;
	else if (err != MTASTS_OK)
		status = CMD_PROBLEM;
	certs_report_free(&done);
	mtasts_diags_free(diags);
	return status;
}

static const struct cmd_opt opts[] = {
	{ "name", "NAME", "name of the folder; else that of the certificate" },
	{ "folder", "DIR",
	    "where it is made; else first of host.certificates" },
	{ "force", NULL, "also when the certificate is expired" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_cert_import = {
	.name = "cert import",
	.usage = "[FULLCHAIN KEY]",
	.summary = "put a certificate where mtasts-host finds it",
	.help =
	    "Checks that the key fits, that the certificate names hosts and is "
	    "valid, and copies both into a folder of their own, readable for "
	    "the group mtasts. A running mtasts-host takes them over within a "
	    "second. FULLCHAIN has the certificate first, then its issuers.\n"
	    "\n"
	    "certbot calls it after each renewal, and passes what it renewed:\n"
	    "\n"
	    "  certbot certonly --deploy-hook \"mtasts cert import\" ...\n"
	    "\n"
	    "dehydrated wants one program as its HOOK; other hooks than "
	    "deploy_cert are ignored:\n"
	    "\n"
	    "  #!/bin/sh\n"
	    "  exec mtasts cert import \"$@\"",
	.opts = opts,
	.words_min = 0,
	.words_max = SIZE_MAX,
	.run = run_cert_import,
};
