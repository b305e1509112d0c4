/*
 * audit_text.c - the results of checks, for a person at a terminal
 *
 * What mail does now and what to do next come first; then what is to be
 * mended, each with its repair, the most urgent in front; what could not be
 * found out; and in a few lines all else. Colours only underline what the words
 * say already. Texts are printable when they get here.
 */
#include "cli/audit_text_int.h"

#include "base/timefmt.h"

#include <inttypes.h>

#define INDENT	       6 /* of what is said of a problem */
#define CHECK_COLUMN   13
#define OPINION_COLUMN 16
#define SHOWN_MAX      8 /* findings of one check, unless verbose */
#define NEXT_COLUMN    10
#define REPAIR	       "Repair: "
#define PUBLISH	       " Publish: " /* what follows is to be copied */

static const enum out_color status_colors[AUDIT_STATUSES] = {
	[AUDIT_PASS] = OUT_GREEN,
	[AUDIT_INFO] = OUT_PLAIN,
	[AUDIT_WARN] = OUT_YELLOW,
	[AUDIT_FAIL] = OUT_RED,
	[AUDIT_SKIP] = OUT_DIM,
};

void
audit_text_colored(struct cmd_env *env, enum out_color color, const char *text)
{
	if (color != OUT_PLAIN)
		out_color(env, color);
	fputs(text, env->out);
	if (color != OUT_PLAIN)
		out_color(env, OUT_PLAIN);
}

/* section - an empty line and a title */
static void
section(struct cmd_env *env, const char *title)
{
	fputc('\n', env->out);
	audit_text_colored(env, OUT_BOLD, title);
	fputc('\n', env->out);
}

struct str
audit_text_take(struct audit_out *out)
{
	if (buf_error(&out->b) == MTASTS_OK)
		return buf_str(&out->b);
	out->env->incomplete = true;
	return STR("");
}

void
audit_text_dim(struct audit_out *out, unsigned indent, const char *text)
{
	out_color(out->env, OUT_DIM);
	out_wrap(out->env, out->env->out, indent, text);
	out_color(out->env, OUT_PLAIN);
}

/* put_fix - a repair, up to column n; a record to publish has its own line */
static void
put_fix(struct cmd_env *env, unsigned n, struct str fix)
{
	size_t at = str_find(fix, STR(PUBLISH));
	struct str record = str_sub(fix, at + sizeof(PUBLISH) - 1, fix.len);

	if (record.len == 0) {
		out_hang(env, n, fix);
		return;
	}
	out_hang(env, n, str_sub(fix, 0, at + sizeof(PUBLISH) - 2));
	fprintf(env->out, "%*s%" STR_FMT "\n", (int)n, "", STR_ARG(record));
}

/* put_label - "  Next:   " */
static void
put_label(struct cmd_env *env, const char *label)
{
	fputs("  ", env->out);
	audit_text_colored(env, OUT_BOLD, label);
	fprintf(env->out, "%*s", (int)(NEXT_COLUMN - 2 - strlen(label)), "");
}

/* put_sentence - "  Sender: what becomes of mail" */
static void
put_sentence(struct cmd_env *env, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	put_label(env, label);
	out_hang(env, NEXT_COLUMN, str_of(text));
}

/* names_host - does a sentence name the host of a place? */
static bool
names_host(const char *text, struct str host)
{
	return str_find(str_of(text), host) < strlen(text);
}

/* put_next - what to do; what was seen stands right below, with the check */
static void
put_next(struct audit_out *out, const struct audit *a)
{
	const struct audit_check *c = a->next_of;
	struct str host, line;

	if (c == NULL || !audit_out_problem(c) || c->fix[0] == '\0') {
		put_sentence(out->env, "Next:", a->next);
		return;
	}
	str_cut(str_of(c->place), ' ', &host, NULL);
	buf_puts(&out->b, c->check->id);
	str_cut(str_of(c->place), ',', &line, NULL);
	if (str_eq(host, STR("line")))
		buf_putf(&out->b, ", %" STR_FMT, STR_ARG(line));
	else if (str_chr(host, '.') < host.len && !names_host(c->fix, host))
		buf_putf(&out->b, ", %" STR_FMT, STR_ARG(host));
	buf_putf(&out->b, ": %s", c->fix);
	put_label(out->env, "Next:");
	put_fix(out->env, NEXT_COLUMN, audit_text_take(out));
	buf_clear(&out->b);
}

/* put_head - the domain, its result, and the three sentences */
static void
put_head(struct audit_out *out, const struct audit *a)
{
	struct cmd_env *env = out->env;

	audit_text_colored(env, OUT_BOLD, a->domain);
	fputs("  ", env->out);
	audit_text_colored(
	    env, audit_text_colors[a->result], audit_text_words[a->result]);
	fputc('\n', env->out);
	audit_out_counts(&out->b, a);
	if (buf_error(&out->b) == MTASTS_OK && out->b.len > 0)
		audit_text_dim(out, 0, out->b.p);
	else if (buf_error(&out->b) != MTASTS_OK)
		env->incomplete = true;
	buf_clear(&out->b);
	fputc('\n', env->out);
	put_sentence(env, "Sender:", a->sender_text);
	put_sentence(env, "DANE:", a->dane_text);
	put_next(out, a);
}

/* put_seen_at - "PLACE: what was seen", behind column n */
static void
put_seen_at(struct audit_out *out, unsigned n, const struct mtasts_finding *f)
{
	audit_out_place(&out->b, f);
	buf_putf(&out->b, "%s%s", out->b.len > 0 ? ": " : "", f->message);
	out_hang(out->env, n, audit_text_take(out));
	buf_clear(&out->b);
}

/* put_repair - how to mend it, and where that is written */
static void
put_repair(struct audit_out *out, unsigned n, const struct mtasts_finding *f)
{
	if (f->fix[0] != '\0') {
		fprintf(out->env->out, "%*s%s", (int)n, "", REPAIR);
		put_fix(out->env, n + sizeof(REPAIR) - 1, str_of(f->fix));
	}
	if (f->rfc[0] != '\0')
		audit_text_dim(out, n + sizeof(REPAIR) - 1, f->rfc);
}

/* same_repair - are both mended in the same way? */
static bool
same_repair(const struct mtasts_finding *a, const struct mtasts_finding *b)
{
	return strcmp(a->fix, b->fix) == 0 && strcmp(a->rfc, b->rfc) == 0;
}

/* shown_of - how many findings of a check are shown */
static size_t
shown_of(const struct audit_out *out, const struct audit_check *c)
{
	size_t n = 0;

	while (n < c->finding_count && (out->verbose || n < SHOWN_MAX) &&
	    (out->verbose || c->status == AUDIT_INFO ||
		c->finding[n]->severity > MTASTS_INFO))
		n++;
	return n;
}

/* worth_of - how many findings of a check would be worth showing */
static size_t
worth_of(const struct audit_check *c)
{
	size_t n = 0;

	while (n < c->finding_count &&
	    (c->status == AUDIT_INFO || c->finding[n]->severity > MTASTS_INFO))
		n++;
	return n;
}

/* put_problem - one check with all that was found, and the repairs */
static void
put_problem(struct audit_out *out, const struct audit_check *c)
{
	size_t shown = shown_of(out, c), worth = worth_of(c);
	struct cmd_env *env = out->env;

	audit_text_colored(env, status_colors[c->status],
	    c->status == AUDIT_FAIL ? "FAIL" : "WARN");
	fprintf(env->out, "  %s  ", c->check->id);
	out_hang(env, 11, str_of(c->check->title));
	for (size_t i = 0; i < shown; i++) {
		fprintf(env->out, "%*s", INDENT, "");
		put_seen_at(out, INDENT, c->finding[i]);
		/* Many of one kind: the repair once, behind them. */
		if (i + 1 == shown ||
		    !same_repair(c->finding[i], c->finding[i + 1]))
			put_repair(out, INDENT, c->finding[i]);
	}
	if (worth > shown)
		fprintf(env->out,
		    "%*sand %zu more (--verbose shows them all)\n", INDENT, "",
		    worth - shown);
}

/* of_policy - is it mended in the policy file? */
static bool
of_policy(const struct audit_check *c)
{
	static const char *const mx[] = { "M03", "M04", "M05" };

	for (size_t i = 0; i < sizeof(mx) / sizeof(*mx); i++)
		if (strcmp(c->check->id, mx[i]) == 0)
			return true;
	return c->check->id[0] == 'F';
}

/* put_problem_apart - behind an empty line */
static void
put_problem_apart(struct audit_out *out, const struct audit_check *c)
{
	fputc('\n', out->env->out);
	put_problem(out, c);
}

/* put_problems - what to do first, then failures, then warnings */
static void
put_problems(struct audit_out *out, const struct audit *a)
{
	static const enum audit_status order[] = { AUDIT_FAIL, AUDIT_WARN };
	const struct audit_check *first = a->next_of;
	bool policy = false;

	if (first != NULL && audit_out_problem(first))
		put_problem_apart(out, first);
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < a->count; i++) {
			const struct audit_check *c = &a->check[i];

			if (c->status != order[k])
				continue;
			policy |= of_policy(c);
			if (c != first)
				put_problem_apart(out, c);
		}
	if (!policy)
		return;
	fputc('\n', out->env->out);
	out_wrap(out->env, out->env->out, 0,
	    "Whenever the policy file changes, change the id in the record "
	    "_mta-sts, too: senders fetch the file again when they see a new "
	    "id.");
}

/* put_unknown - what could not be found out: reasons, and the ids of each */
static void
put_unknown(struct audit_out *out, const struct audit *a)
{
	const struct audit_check *c;
	bool titled = false;

	for (size_t i = 0; i < a->count; i++) {
		c = &a->check[i];
		if (c->status != AUDIT_SKIP || !c->unknown ||
		    !audit_out_first(a, i))
			continue;
		if (!titled)
			section(out->env, "Could not be found out");
		titled = true;
		out_wrap(out->env, out->env->out, 2, c->message);
		audit_out_ids(&out->b, a, audit_out_same, c);
		out_color(out->env, OUT_DIM);
		out_wrap_str(out->env, out->env->out, 4, audit_text_take(out));
		out_color(out->env, OUT_PLAIN);
		buf_clear(&out->b);
	}
}

/* put_infos - what is worth knowing */
static void
put_infos(struct audit_out *out, const struct audit *a)
{
	const struct audit_check *c;

	if (audit_count(a, AUDIT_INFO) == 0)
		return;
	section(out->env, "Worth knowing");
	for (size_t i = 0; i < a->count; i++) {
		c = &a->check[i];
		for (size_t k = 0;
		     c->status == AUDIT_INFO && k < shown_of(out, c); k++) {
			fprintf(out->env->out, "  %s  ", c->check->id);
			put_seen_at(out, 7, c->finding[k]);
		}
	}
}

/* put_check - verbose: one check, and what was seen */
static void
put_check(struct audit_out *out, const struct audit_check *c)
{
	struct cmd_env *env = out->env;

	fputs("  ", env->out);
	audit_text_colored(
	    env, status_colors[c->status], audit_status_name(c->status));
	fprintf(env->out, "  %s  ", c->check->id);
	out_hang(env, CHECK_COLUMN, str_of(c->check->title));
	if (c->seen[0] != '\0') {
		fprintf(env->out, "%*sSeen: ", CHECK_COLUMN, "");
		out_hang(env, CHECK_COLUMN + 6, str_of(c->seen));
	}
	if (c->status == AUDIT_SKIP)
		out_wrap(env, env->out, CHECK_COLUMN, c->message);
	/* Problems were told in full above. */
	for (size_t i = 0; c->status == AUDIT_INFO && i < c->finding_count;
	     i++) {
		fprintf(env->out, "%*s", CHECK_COLUMN, "");
		put_seen_at(out, CHECK_COLUMN, c->finding[i]);
		if (i + 1 == c->finding_count ||
		    !same_repair(c->finding[i], c->finding[i + 1]))
			put_repair(out, CHECK_COLUMN, c->finding[i]);
	}
}

/* put_checks - verbose: all of them, by parts */
static void
put_checks(struct audit_out *out, const struct audit *a)
{
	const struct audit_part *part;
	bool titled;

	for (size_t i = 0; (part = audit_part_get(i)) != NULL; i++) {
		titled = false;
		for (size_t k = 0; k < a->count; k++) {
			if (a->check[k].check->id[0] != part->letter)
				continue;
			if (!titled)
				section(out->env, part->title);
			titled = true;
			put_check(out, &a->check[k]);
		}
	}
}

/* put_document - verbose: where a recommendation stands */
static void
put_document(
    struct audit_out *out, unsigned n, const struct audit_advice *advice)
{
	buf_putf(&out->b, "%s, %s", advice->document, advice->url);
	out_color(out->env, OUT_DIM);
	out_wrap_str(out->env, out->env->out, n, audit_text_take(out));
	out_color(out->env, OUT_PLAIN);
	buf_clear(&out->b);
}

/* put_one_advice - a line: the country, is it met, what it asks for */
static void
put_one_advice(
    struct audit_out *out, size_t width, const struct audit_advice *advice)
{
	static const enum out_color colors[] = { [ADVICE_MET] = OUT_GREEN,
		[ADVICE_NOT_MET] = OUT_YELLOW,
		[ADVICE_UNKNOWN] = OUT_PLAIN };
	const char *met = audit_out_met(advice);
	size_t pad = width + 2 - out_columns(str_of(advice->country));
	unsigned column = (unsigned)width + 13;

	fprintf(out->env->out, "  %s%*s", advice->country, (int)pad, "");
	audit_text_colored(out->env, colors[advice->met], met);
	fprintf(out->env->out, "%*s", (int)(9 - strlen(met)), "");
	out_hang(out->env, column, str_of(advice->text));
	put_document(out, column, advice);
}

/* put_advice - what countries recommend */
static void
put_advice(struct audit_out *out, const struct audit *a)
{
	size_t width = 0, n;

	if (a->advice_count == 0)
		return;
	section(out->env, "Recommendations of countries");
	for (size_t i = 0; i < a->advice_count; i++) {
		n = out_columns(str_of(a->advice[i].country));
		width = n > width ? n : width;
	}
	for (size_t i = 0; i < a->advice_count; i++)
		put_one_advice(out, width, &a->advice[i]);
}

/* put_opinions - the pages of other checkers */
static void
put_opinions(struct audit_out *out, const struct audit *a)
{
	const char *name;

	section(out->env, "Second opinions");
	for (size_t i = 0; (name = audit_opinion(a, i, &out->b)) != NULL; i++) {
		out_labelled(
		    out->env, OPINION_COLUMN, name, audit_text_take(out));
		buf_clear(&out->b);
	}
}

/* put_when - verbose: when and how long */
static void
put_when(struct audit_out *out, const struct audit *a)
{
	struct timefmt t;

	timefmt_rfc3339(&t, a->at);
	fputc('\n', out->env->out);
	out_color(out->env, OUT_DIM);
	fprintf(out->env->out,
	    "%zu checks on %.10s at %.5s UTC, in %" PRId64 ".%d s\n", a->count,
	    t.text, t.text + 11, a->took_ms / 1000,
	    (int)(a->took_ms % 1000 / 100));
	out_color(out->env, OUT_PLAIN);
}

/* one - the page of a domain */
static void
one(struct audit_out *out, const struct audit *a)
{
	if (out->count > 0)
		fputc('\n', out->env->out);
	if (!out->single)
		buf_putf(&out->kept[a->result], "%s%s",
		    out->results[a->result] > 0 ? " " : "", a->domain);
	put_head(out, a);
	put_problems(out, a);
	put_unknown(out, a);
	if (out->verbose) {
		put_checks(out, a);
		put_advice(out, a);
		put_opinions(out, a);
		put_when(out, a);
		return;
	}
	put_infos(out, a);
	audit_text_brief(out, a);
	if (out->single)
		audit_text_hint(out);
}

/* end - how all of them ended */
static void
end(struct audit_out *out)
{
	if (out->single || out->count == 0)
		return;
	if (!out->verbose)
		audit_text_hint(out);
	audit_text_total(out);
}

const struct audit_format audit_text = { .name = "text",
	.one = one,
	.end = end,
	.exits = { CMD_FINE, CMD_FINE, CMD_UNKNOWN, CMD_PROBLEM } };
