/*
 * cmd_match.c - match: does the name of an MX host fit a pattern?
 *
 * RFC 8461 section 4.1. Asks no DNS: whether the host is an MX of a domain is
 * for the checker.
 */
#include "cli/commands.h"
#include "cli/out.h"
#include "core/lint.h"
#include "core/mxpattern.h"

#define JSON_MAX 65536

/* read_host - the MX host; a message when it is no name */
static bool
read_host(struct cmd_env *env, const char *text, struct mtasts_dname *out)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct diag_quote q;
	enum mtasts_err err;

	err = mtasts_dname_parse(text, strlen(text), out, NULL, &fault);
	if (err == MTASTS_ESYNTAX)
		out_error(env, "HOST \"%s\" %s%s", diag_quote(&q, str_of(text)),
		    mtasts_dname_fault_text(fault),
		    str_starts(str_of(text), STR("*."))
			? "; the pattern comes behind the host"
			: "");
	else if (err != MTASTS_OK)
		out_error(env, "%s", mtasts_strerror(err));
	return err == MTASTS_OK;
}

/* read_pattern - one pattern; a message when it is none */
static bool
read_pattern(struct cmd_env *env, const char *text, struct mxpattern *out)
{
	struct str value = str_trim(str_of(text));
	struct lint_mx_fault why = { MXPATTERN_FINE, MTASTS_DNAME_FINE };
	struct diag_quote q;

	if (mxpattern_parse(value, out, NULL, &why.fault, &why.name))
		return true;
	out_error(env, "PATTERN \"%s\" %s", diag_quote(&q, value),
	    lint_mx_text(value, why));
	return false;
}

/* say_json - {"host","fits","pattern"} */
static enum cmd_status
say_json(struct cmd_env *env, const struct mtasts_dname *host,
    const struct mxpattern *pattern)
{
	struct js_writer w;
	struct buf b, text;

	buf_init(&b, JSON_MAX);
	buf_init(&text, sizeof(pattern->name.text) + 2);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_str(&w, "host", host->text);
	js_kv_bool(&w, "fits", pattern != NULL);
	if (pattern != NULL) {
		buf_putf(&text, "%s%s", pattern->wildcard ? "*." : "",
		    pattern->name.text);
		js_kv_str(&w, "pattern", text.p);
	}
	js_end_object(&w);
	buf_free(&text);
	return out_json(env, &b);
}

/* say_near - why a wildcard that seems to cover the host does not */
static void
say_near(struct cmd_env *env, const struct mtasts_dname *host,
    const struct mxpattern *pattern)
{
	struct str name = str_make(pattern->name.text, pattern->name.len);
	struct str full = str_make(host->text, host->len);

	if (!pattern->wildcard || !str_ends(full, name))
		return;
	if (full.len == name.len)
		fprintf(env->out,
		    "    *.%s fits names below %s, not the name itself.\n",
		    name.p, name.p);
	else if (full.p[full.len - name.len - 1] == '.')
		fprintf(env->out,
		    "    In *.%s the star stands for exactly one label.\n",
		    name.p);
}

/* say_fits - the answer, for people; count: how many patterns there were */
static void
say_fits(struct cmd_env *env, const struct mtasts_dname *host,
    const struct mxpattern *pattern, size_t count)
{
	fprintf(env->out, "%s ", host->text);
	out_color(env, pattern != NULL ? OUT_GREEN : OUT_RED);
	fputs(pattern != NULL ? "fits" : "does not fit", env->out);
	out_color(env, OUT_PLAIN);
	if (pattern == NULL && count > 1)
		fprintf(env->out, " any of the %zu patterns", count);
	if (pattern != NULL)
		fprintf(env->out, " %s%s", pattern->wildcard ? "*." : "",
		    pattern->name.text);
	fputc('\n', env->out);
}

/* run_match - match */
static enum cmd_status
run_match(struct cmd_env *env, const struct cmd_args *args)
{
	const struct mxpattern *fits = NULL;
	struct mxpattern pattern, first;
	struct mtasts_dname host;
	enum cmd_status written;
	size_t i;

	if (!read_host(env, args->words[0], &host))
		return CMD_USAGE;
	/* All are read before anything is said: a slip must not go unseen. */
	for (i = 1; i < args->word_count; i++) {
		if (!read_pattern(env, args->words[i], &pattern))
			return CMD_USAGE;
		if (fits == NULL && mxpattern_fits(&pattern, &host)) {
			first = pattern;
			fits = &first;
		}
	}
	if (env->json) {
		written = say_json(env, &host, fits);
		if (written != CMD_FINE)
			return written;
	} else {
		say_fits(env, &host, fits, args->word_count - 1);
	}
	for (i = 1; i < args->word_count && !env->json && fits == NULL; i++) {
		if (read_pattern(env, args->words[i], &pattern))
			say_near(env, &host, &pattern);
	}
	return fits != NULL ? CMD_FINE : CMD_PROBLEM;
}

const struct cmd cmd_match = {
	.name = "match",
	.usage = "HOST PATTERN...",
	.summary = "does the name of an MX host fit a pattern?",
	.help = "Says whether HOST, as it stands in an MX record, fits one of "
		"the patterns, as they stand in the mx lines of a policy. "
		"Case and a final dot do not count. A pattern may begin with "
		"\"*.\", which stands for exactly one label; quote it for the "
		"shell.\n"
		"\n"
		"  mtasts match mx1.example.com '*.example.com'\n"
		"\n"
		"The exit status is 0 when it fits any, 1 when it fits none, "
		"2 when the host or a pattern is malformed.",
	.words_min = 2,
	.words_max = SIZE_MAX,
	.run = run_match,
};
