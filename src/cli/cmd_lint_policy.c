/*
 * cmd_lint_policy.c - lint policy: what is wrong with a policy file
 *
 * Reads a file, standard input or a policy host, and prints the verdict, the
 * policy and the findings; what the file says is explained in core/lint.
 * RFC 8461 section 3.2.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/lint_fetch.h"
#include "cli/net.h"
#include "cli/out.h"
#include "core/limits.h"
#include "mtasts/dname.h"
#include "mtasts/policy.h"

#include <errno.h>

#define JSON_MAX (4u << 20)
#define WEEK_S	 (7 * 86400)

/* What one reading has found out. */
struct reading {
	const struct mtasts_policy *policy; /* null when there is none */
	const struct mtasts_diags *diags;
	enum mtasts_verdict verdict;
};

/* read_stream - at most one byte more than a policy may have */
static bool
read_stream(FILE *f, struct buf *b)
{
	char block[4096];
	size_t n, room;

	do {
		room = LIMIT_POLICY_LEN + 1 - b->len;
		n = fread(
		    block, 1, room < sizeof(block) ? room : sizeof(block), f);
		buf_put(b, block, n);
	} while (n > 0 && b->len <= LIMIT_POLICY_LEN);
	return !ferror(f);
}

/* is_domain - could a name that is no file be a mail domain? */
static bool
is_domain(const char *name)
{
	struct mtasts_dname d;

	return strchr(name, '/') == NULL && strchr(name, '.') != NULL &&
	    mtasts_dname_parse(name, strlen(name), &d, NULL, NULL) == MTASTS_OK;
}

/* cannot_open - say why, and what a domain's name was to be */
static void
cannot_open(struct cmd_env *env, const char *name, int error)
{
	out_error(env, "cannot read %s: %s", name, strerror(error));
	if (error == ENOENT && is_domain(name))
		fprintf(env->err,
		    "To look at the policy of a domain:\n\n"
		    "    mtasts lint policy \\\n"
		    "        https://mta-sts.%s/.well-known/mta-sts.txt\n",
		    name);
}

/* read_file - the bytes of the file or of standard input; or a message */
static bool
read_file(struct cmd_env *env, const char *name, struct buf *b)
{
	bool standard = strcmp(name, "-") == 0, done;
	FILE *f = standard ? env->in : fopen(name, "rb");

	done = f != NULL && read_stream(f, b);
	if (!done)
		cannot_open(env, standard ? "standard input" : name, errno);
	else if (buf_error(b) != MTASTS_OK)
		out_error(env, "cannot read %s: %s", name,
		    mtasts_strerror(buf_error(b)));
	if (f != NULL && !standard)
		fclose(f);
	return done && buf_error(b) == MTASTS_OK;
}

/* say_json - the contract of "lint": every key, whatever was found */
static enum cmd_status
say_json(struct cmd_env *env, const struct reading *r)
{
	const struct mtasts_policy *p = r->policy;
	struct js_writer w;
	struct buf b;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_str(&w, "verdict", mtasts_verdict_name(r->verdict));
	js_key(&w, "mode");
	if (p != NULL)
		js_put_str(&w, str_of(mtasts_mode_name(p->mode)));
	else
		js_put_null(&w);
	js_key(&w, "max_age");
	if (p != NULL)
		js_put_int(&w, p->max_age_s);
	else
		js_put_null(&w);
	js_key(&w, "mx");
	js_array(&w);
	for (size_t i = 0; p != NULL && i < p->mx_count; i++)
		js_put_str(&w, str_of(p->mx[i]));
	js_end_array(&w);
	js_findings(&w, "findings", r->diags);
	js_end_object(&w);
	return out_json(env, &b);
}

/* say_verdict - the headline */
static void
say_verdict(struct cmd_env *env, const char *name, enum mtasts_verdict verdict)
{
	static const enum out_color colors[] = {
		[MTASTS_VERDICT_NONE] = OUT_RED,
		[MTASTS_VERDICT_INVALID] = OUT_RED,
		[MTASTS_VERDICT_USABLE] = OUT_YELLOW,
		[MTASTS_VERDICT_VALID] = OUT_GREEN,
	};
	static const char *const words[] = {
		[MTASTS_VERDICT_NONE] = "invalid",
		[MTASTS_VERDICT_INVALID] = "invalid",
		[MTASTS_VERDICT_USABLE] = "usable, but not right",
		[MTASTS_VERDICT_VALID] = "valid",
	};
	struct buf b;

	buf_init(&b, 8192);
	buf_printable(
	    &b, str_of(strcmp(name, "-") == 0 ? "standard input" : name), 1024);
	fprintf(env->out, "%s: ", b.p != NULL ? b.p : "");
	buf_free(&b);
	out_color(env, OUT_BOLD);
	out_color(env, colors[verdict]);
	fputs(words[verdict], env->out);
	out_color(env, OUT_PLAIN);
	fputc('\n', env->out);
}

/* duration - how long that is, for people */
static const char *
duration(struct timefmt *out, uint32_t seconds)
{
	if (seconds == 0)
		return "not at all";
	if (seconds == LIMIT_MAX_AGE_S)
		return "for 1 year";
	if (seconds % WEEK_S == 0)
		snprintf(out->text, sizeof(out->text), "for %u week%s",
		    (unsigned)(seconds / WEEK_S), seconds == WEEK_S ? "" : "s");
	else {
		struct timefmt ago;

		snprintf(out->text, sizeof(out->text), "for %.30s",
		    timefmt_ago(&ago, seconds));
	}
	return out->text;
}

/* say_policy - mode, max_age and mx, with what they mean */
static void
say_policy(struct cmd_env *env, const struct mtasts_policy *policy)
{
	static const char *const modes[] = {
		[MTASTS_MODE_NONE] = "senders act as if there were no policy",
		[MTASTS_MODE_TESTING] = "senders report failures and deliver",
		[MTASTS_MODE_ENFORCE] =
		    "senders deliver only to hosts that pass",
	};
	struct timefmt time;

	fprintf(env->out, "  mode     %s: %s\n", mtasts_mode_name(policy->mode),
	    modes[policy->mode]);
	fprintf(env->out, "  max_age  %u: senders remember it %s\n",
	    (unsigned)policy->max_age_s, duration(&time, policy->max_age_s));
	for (size_t i = 0; i < policy->mx_count; i++)
		fprintf(env->out, "  %-7s  %s\n", i == 0 ? "mx" : "",
		    policy->mx[i]);
}

/* count - "1 error", "2 warnings" */
static const char *
count(char out[40], unsigned n, const char *noun)
{
	snprintf(out, 40, "%u %s%s", n, noun, n == 1 ? "" : "s");
	return out;
}

/* say_summary - what to do now */
static void
say_summary(struct cmd_env *env, const struct reading *r)
{
	unsigned n[3] = { 0 };
	const struct mtasts_finding *f;
	char errors[40], warnings[40];
	struct buf b;

	for (size_t i = 0; (f = mtasts_diags_get(r->diags, i)) != NULL; i++)
		n[f->severity]++;
	count(errors, n[MTASTS_ERROR], "error");
	count(warnings, n[MTASTS_WARNING], "warning");
	buf_init(&b, 1024);
	if (r->verdict == MTASTS_VERDICT_VALID && n[MTASTS_WARNING] > 0)
		buf_putf(&b, "%s to think about; senders accept the file.",
		    warnings);
	else if (r->verdict == MTASTS_VERDICT_VALID)
		buf_puts(&b, "Nothing to mend.");
	else if (r->verdict == MTASTS_VERDICT_USABLE)
		buf_putf(&b,
		    "Mend the %s: strict senders take this file for no "
		    "policy.",
		    n[MTASTS_ERROR] == 1 ? "error" : errors);
	else
		buf_putf(&b,
		    "Mend the %s: with this file senders act as if there were "
		    "no policy.",
		    n[MTASTS_ERROR] == 1 ? "error" : errors);
	fputc('\n', env->out);
	out_wrap(env, env->out, 0, b.p != NULL ? b.p : "");
	buf_free(&b);
}

/* say_text - everything, for people */
static void
say_text(struct cmd_env *env, const char *name, const struct reading *r)
{
	say_verdict(env, name, r->verdict);
	if (r->policy != NULL)
		say_policy(env, r->policy);
	if (mtasts_diags_count(r->diags) > 0)
		fputc('\n', env->out);
	out_findings(env, env->out, r->diags);
	say_summary(env, r);
}

/* say - print what came of it; the exit status */
static enum cmd_status
say(struct cmd_env *env, const char *name, const struct reading *r)
{
	enum cmd_status written = CMD_FINE;

	if (env->json)
		written = say_json(env, r);
	else
		say_text(env, name, r);
	if (written != CMD_FINE)
		return written;
	return r->verdict == MTASTS_VERDICT_VALID ? CMD_FINE : CMD_PROBLEM;
}

/* judge - parse the text and say what came out */
static enum cmd_status
judge(struct cmd_env *env, const char *name, struct str text,
    struct mtasts_diags *diags)
{
	struct mtasts_policy *policy = NULL;
	enum cmd_status status = CMD_UNKNOWN;
	enum mtasts_err err;
	struct reading r;

	err = mtasts_policy_parse(text.p, text.len, &policy, diags);
	if (err == MTASTS_ENOMEM) {
		out_error(env, "%s", mtasts_strerror(err));
	} else {
		r = (struct reading){ policy, diags,
			policy != NULL ? policy->verdict
				       : MTASTS_VERDICT_INVALID };
		status = say(env, name, &r);
	}
	mtasts_policy_free(policy);
	return status;
}

/* run_lint_policy - lint policy */
static enum cmd_status
run_lint_policy(struct cmd_env *env, const struct cmd_args *args)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	const char *name = args->words[0];
	enum cmd_status status = CMD_UNKNOWN;
	struct reading none = { NULL, diags, MTASTS_VERDICT_NONE };
	struct buf b;

	buf_init(&b, LIMIT_POLICY_LEN + 1);
	if (diags == NULL)
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
	else if (lint_is_url(name))
		status = lint_fetch(env, args, &b, diags);
	else if (read_file(env, name, &b))
		status = CMD_FINE;
	if (status == CMD_FINE)
		status = judge(env, name, buf_str(&b), diags);
	else if (status == CMD_PROBLEM)
		status = say(env, name, &none);
	buf_free(&b);
	mtasts_diags_free(diags);
	return status;
}

static const struct cmd_opt lint_opts[] = {
	NET_OPTIONS,
	{ NULL, NULL, NULL },
};

const struct cmd cmd_lint_policy = {
	.name = "lint policy",
	.usage = "FILE|-|URL",
	.summary = "what is wrong with a policy file",
	.help = "Reads a policy file, or standard input when the name is -, "
		"and says what senders make of it:\n"
		"\n"
		"  valid    to the letter of RFC 8461\n"
		"  usable   lenient senders use it, strict ones do not\n"
		"  invalid  all senders act as if there were no policy\n"
		"\n"
		"Each finding names the line and how to mend it. The exit "
		"status is 0 when the file is valid, 1 when it is usable or "
		"invalid, 3 when it cannot be read or fetched.\n"
		"\n"
		"A URL is fetched as a sender does: over https with a valid "
		"certificate, without following redirects. What is wrong "
		"with that is a finding, too. " NET_HELP "\n"
		"\n"
		"  mtasts lint policy \\\n"
		"      https://mta-sts.example.com/.well-known/mta-sts.txt",
	.opts = lint_opts,
	.words_min = 1,
	.words_max = 1,
	.run = run_lint_policy,
};
