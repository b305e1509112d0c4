/*
 * cmd_lint_record.c - lint record, lint tlsrpt: what is wrong with TXT records
 *
 * Reads the TXT records of one name, as arguments or from standard input, and
 * prints the verdict and the findings. Asks no DNS; what a record says is
 * explained in core. RFC 8461 section 3.1, RFC 8460 section 3.
 */
#include "cli/commands.h"
#include "cli/out.h"
#include "base/arena.h"
#include "core/limits.h"
#include "mtasts/record.h"

#define JSON_MAX  (4u << 20)
#define INPUT_MAX (4u << 20) /* bytes of standard input */

/* The records of one answer. */
struct answer {
	struct arena *arena;
	struct mtasts_txt txt[LIMIT_TXT_COUNT + 1];
	size_t count;
};

/* What one reading has found out. */
struct reading {
	enum mtasts_verdict verdict;
	bool tlsrpt; /* it is about a TLSRPT record */
	const char *id; /* null when there is none */
	const struct mtasts_rptrec *rpt; /* null when there is none */
	const struct mtasts_diags *diags;
};

/* add - one more record; past the limit they are not even counted */
static void
add(struct answer *a, struct str text)
{
	if (a->count < LIMIT_TXT_COUNT + 1)
		a->txt[a->count++] = (struct mtasts_txt){ text.p, text.len };
}

/* escape_len - bytes of the escape at the beginning: "\DDD" or "\C" */
static size_t
escape_len(struct str s, char *byte)
{
	uint64_t n;

	if (s.len >= 4 && str_u64(str_sub(s, 1, 3), 255, &n)) {
		*byte = (char)n;
		return 4;
	}
	*byte = s.len > 1 ? s.p[1] : '\\';
	return s.len > 1 ? 2 : 1;
}

/*
 * unquote - one record as DNS tools print it: "string" "string"
 *
 * RFC 1035 section 5.1. Null when memory is short.
 */
static const char *
unquote(struct arena *arena, struct str line, size_t *len)
{
	char *text = arena_alloc(arena, line.len + 1);
	bool inside = false;
	size_t i = 0, n = 0;

	while (text != NULL && i < line.len) {
		if (line.p[i] == '"') {
			inside = !inside;
			i++;
		} else if (line.p[i] == '\\') {
			i += escape_len(str_sub(line, i, line.len), &text[n++]);
		} else if (inside || !ascii_wsp(line.p[i])) {
			text[n++] = line.p[i++];
		} else {
			i++;
		}
	}
	*len = n;
	return text;
}

/* add_lines - one record per line */
static enum mtasts_err
add_lines(struct answer *a, struct str input)
{
	bool quoted = str_starts(input, STR("\"")) ||
	    str_find(input, STR("\n\"")) < input.len;
	struct str line;

	while (str_line(&input, &line, NULL)) {
		if (str_ends(line, STR("\r")))
			line.len--;
		if (line.len == 0)
			continue;
		if (quoted && line.p[0] != '"')
			continue; /* a CNAME before the TXT record */
		if (quoted) {
			line.p = unquote(a->arena, line, &line.len);
			if (line.p == NULL)
				return MTASTS_ENOMEM;
		}
		add(a, line);
	}
	return MTASTS_OK;
}

/* read_input - the records on standard input */
static enum mtasts_err
read_input(struct cmd_env *env, struct answer *a)
{
	enum mtasts_err err;
	char block[4096];
	struct buf b;
	char *text;
	size_t n, len;

	buf_init(&b, INPUT_MAX);
	do {
		n = fread(block, 1, sizeof(block), env->in);
		buf_put(&b, block, n);
	} while (n > 0 && buf_error(&b) == MTASTS_OK);
	err = ferror(env->in) ? MTASTS_ESYS : buf_error(&b);
	len = b.len;
	text = arena_dup(a->arena, buf_str(&b));
	buf_free(&b);
	if (err == MTASTS_OK && text == NULL)
		err = MTASTS_ENOMEM;
	return err == MTASTS_OK ? add_lines(a, str_make(text, len)) : err;
}

/* gather - all records that the command line names */
static enum mtasts_err
gather(struct cmd_env *env, const struct cmd_args *args, struct answer *a)
{
	enum mtasts_err err = MTASTS_OK;
	size_t i;

	for (i = 0; i < args->word_count && err == MTASTS_OK; i++) {
		if (strcmp(args->words[i], "-") == 0)
			err = read_input(env, a);
		else
			add(a, str_of(args->words[i]));
	}
	return err;
}

/* say_json - the contract of "lint": every key, whatever was found */
static enum cmd_status
say_json(struct cmd_env *env, const struct reading *r)
{
	struct js_writer w;
	struct buf b;
	size_t i;

	buf_init(&b, JSON_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_str(&w, "verdict", mtasts_verdict_name(r->verdict));
	js_key(&w, r->tlsrpt ? "rua" : "id");
	if (r->tlsrpt) {
		js_array(&w);
		for (i = 0; r->rpt != NULL && i < r->rpt->rua_count; i++)
			js_put_str(&w, str_of(r->rpt->rua[i]));
		js_end_array(&w);
	} else if (r->id != NULL) {
		js_put_str(&w, str_of(r->id));
	} else {
		js_put_null(&w);
	}
	js_findings(&w, "findings", r->diags);
	js_end_object(&w);
	return out_json(env, &b);
}

/* say_rest - what stands behind the verdict in the headline */
static void
say_rest(struct cmd_env *env, const struct reading *r)
{
	size_t i;

	if (r->id != NULL)
		fprintf(env->out, "id %s", r->id);
	else if (r->rpt != NULL)
		for (i = 0; i < r->rpt->rua_count; i++)
			fprintf(env->out, "%s%s", i == 0 ? "rua " : ",",
			    r->rpt->rua[i]);
	else if (r->verdict == MTASTS_VERDICT_NONE)
		fputs("there is no record of this kind", env->out);
	else
		fputs("counts as if there were no record", env->out);
}

/* say_text - everything, for people */
static void
say_text(struct cmd_env *env, const struct reading *r)
{
	bool good = r->verdict == MTASTS_VERDICT_VALID;

	out_color(env, OUT_BOLD);
	out_color(env, good ? OUT_GREEN : OUT_RED);
	fputs(mtasts_verdict_name(r->verdict), env->out);
	out_color(env, OUT_PLAIN);
	fputs(": ", env->out);
	say_rest(env, r);
	fputc('\n', env->out);
	if (mtasts_diags_count(r->diags) > 0)
		fputc('\n', env->out);
	out_findings(env, env->out, r->diags);
}

/* say - the verdict, printed and as exit status */
static enum cmd_status
say(struct cmd_env *env, const struct reading *r)
{
	enum cmd_status written = CMD_FINE;

	if (env->json)
		written = say_json(env, r);
	else
		say_text(env, r);
	if (written != CMD_FINE)
		return written;
	return r->verdict == MTASTS_VERDICT_VALID ? CMD_FINE : CMD_PROBLEM;
}

/* judge_sts - read the answer for _mta-sts */
static enum cmd_status
judge_sts(
    struct cmd_env *env, const struct answer *a, struct mtasts_diags *diags)
{
	struct mtasts_stsrec rec;
	struct reading r = { .diags = diags };

	r.verdict = mtasts_stsrec_parse(a->txt, a->count, &rec, diags);
	if (r.verdict == MTASTS_VERDICT_VALID)
		r.id = rec.id;
	return say(env, &r);
}

/* judge_rpt - read the answer for _smtp._tls */
static enum cmd_status
judge_rpt(
    struct cmd_env *env, const struct answer *a, struct mtasts_diags *diags)
{
	struct mtasts_rptrec *rec = NULL;
	struct reading r = { .tlsrpt = true, .diags = diags };
	enum cmd_status status;

	r.verdict = mtasts_rptrec_parse(a->txt, a->count, &rec, diags);
	r.rpt = rec;
	status = say(env, &r);
	mtasts_rptrec_free(rec);
	return status;
}

/* lint - read the records and judge them */
static enum cmd_status
lint(struct cmd_env *env, const struct cmd_args *args,
    enum cmd_status (*judge)(
	struct cmd_env *, const struct answer *, struct mtasts_diags *))
{
	struct mtasts_diags *diags = mtasts_diags_new();
	struct arena *arena = arena_new(4 * INPUT_MAX);
	struct answer *a = NULL;
	enum cmd_status status = CMD_UNKNOWN;
	enum mtasts_err err = MTASTS_ENOMEM;

	if (arena != NULL)
		a = arena_zalloc(arena, 1, sizeof(*a));
	if (a != NULL && diags != NULL) {
		a->arena = arena;
		err = gather(env, args, a);
	}
	if (err == MTASTS_OK)
		status = judge(env, a, diags);
	else
		out_error(
		    env, "cannot read the records: %s", mtasts_strerror(err));
	arena_free(arena);
	mtasts_diags_free(diags);
	return status;
}

/*
 * hint_cut - say when it looks as if the shell took what stood behind a ;
 *
 * Then its error about a command "id=..." has scrolled by already.
 */
static void
hint_cut(struct cmd_env *env, const struct cmd_args *args, const char *version)
{
	if (args->word_count == 1 && strcmp(args->words[0], version) == 0)
		out_error(env,
		    "did the shell cut the record at its ;? Quote it: '%s; "
		    "...'",
		    version);
}

/* run_record - lint record */
static enum cmd_status
run_record(struct cmd_env *env, const struct cmd_args *args)
{
	hint_cut(env, args, "v=STSv1");
	return lint(env, args, judge_sts);
}

/* run_tlsrpt - lint tlsrpt */
static enum cmd_status
run_tlsrpt(struct cmd_env *env, const struct cmd_args *args)
{
	hint_cut(env, args, "v=TLSRPTv1");
	return lint(env, args, judge_rpt);
}

#define HELP_INPUT                                                             \
	"\n"                                                                   \
	"Each argument is one whole TXT record, its character-strings "        \
	"joined; quote it for the shell. With - records are read from "        \
	"standard input, one per line. Lines in double quotes are read as "    \
	"DNS tools print them, and other lines among those are passed over.\n" \
	"\n"                                                                   \
	"The exit status is 0 when the record is valid, 1 when it is "         \
	"invalid or there is none, 3 when the input cannot be read.\n"         \
	"\n"

const struct cmd cmd_lint_record = {
	.name = "lint record",
	.usage = "TXT...|-",
	.summary = "what is wrong with the TXT records at _mta-sts",
	.help = "Reads all TXT records of the name _mta-sts.DOMAIN and says "
		"what senders make of them: valid, invalid, or none when no "
		"record is an MTA-STS record. A record that nearly is one is "
		"explained.\n" HELP_INPUT
		"  mtasts lint record 'v=STSv1; id=20250101T000000;'\n"
		"  dig +short TXT _mta-sts.example.com | mtasts lint record -",
	.words_min = 1,
	.words_max = SIZE_MAX,
	.run = run_record,
};

const struct cmd cmd_lint_tlsrpt = {
	.name = "lint tlsrpt",
	.usage = "TXT...|-",
	.summary = "what is wrong with the TXT records at _smtp._tls",
	.help = "Reads all TXT records of the name _smtp._tls.DOMAIN and says "
		"what senders of TLS reports make of them: valid, invalid, or "
		"none when no record is a TLSRPT record. A record that nearly "
		"is one is explained.\n" HELP_INPUT
		"  mtasts lint tlsrpt 'v=TLSRPTv1; "
		"rua=mailto:tls-reports@example.com'\n"
		"  dig +short TXT _smtp._tls.example.com | mtasts lint tlsrpt "
		"-",
	.words_min = 1,
	.words_max = SIZE_MAX,
	.run = run_tlsrpt,
};
