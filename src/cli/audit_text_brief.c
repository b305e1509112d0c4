/*
 * audit_text_brief.c - what needs nobody's attention, in a line each
 *
 * The end of a page, and of all pages. Must not be longer than what is to be
 * mended.
 */
#include "cli/audit_text_int.h"

#define BRIEF_COLUMN 17
#define TOTAL_COLUMN 17

const enum out_color audit_text_colors[AUDIT_RESULTS] = {
	[AUDIT_RESULT_PASS] = OUT_GREEN,
	[AUDIT_RESULT_WARN] = OUT_YELLOW,
	[AUDIT_RESULT_UNKNOWN] = OUT_YELLOW,
	[AUDIT_RESULT_FAIL] = OUT_RED,
};
const char *const audit_text_words[AUDIT_RESULTS] = {
	[AUDIT_RESULT_PASS] = "PASS",
	[AUDIT_RESULT_WARN] = "WARN",
	[AUDIT_RESULT_UNKNOWN] = "UNKNOWN",
	[AUDIT_RESULT_FAIL] = "FAIL",
};

/* ended_as - a choice: the checks of a status that are not unknown */
static bool
ended_as(const struct audit_check *c, const void *ctx)
{
	const enum audit_status *status = ctx;

	return c->status == *status && !c->unknown;
}

/* put_ids - "  Passed         D01-D11 P01-P16" */
static void
put_ids(struct audit_out *out, const struct audit *a, const char *label,
    enum audit_status status)
{
	audit_out_ids(&out->b, a, ended_as, &status);
	if (out->b.len > 0)
		out_labelled(
		    out->env, BRIEF_COLUMN, label, audit_text_take(out));
	else if (buf_error(&out->b) != MTASTS_OK)
		out->env->incomplete = true;
	buf_clear(&out->b);
}

/* put_countries - how many recommendations are met, and whose are not */
static void
put_countries(struct audit_out *out, const struct audit *a)
{
	size_t n[3] = { 0 };
	const char *before = "; not met: ";

	/* Of some checks only they cannot be told. */
	if (a->advice_count == 0 || a->pick.some)
		return;
	for (size_t i = 0; i < a->advice_count; i++)
		n[a->advice[i].met]++;
	buf_putf(&out->b, "%zu of %zu recommendations met", n[ADVICE_MET],
	    a->advice_count);
	if (n[ADVICE_UNKNOWN] > 0)
		buf_putf(&out->b, ", %zu not found out", n[ADVICE_UNKNOWN]);
	for (size_t i = 0; i < a->advice_count; i++) {
		if (a->advice[i].met != ADVICE_NOT_MET)
			continue;
		buf_putf(&out->b, "%s%s", before, a->advice[i].country);
		before = ", ";
	}
	out_labelled(out->env, BRIEF_COLUMN, "Countries", audit_text_take(out));
	buf_clear(&out->b);
}

void
audit_text_brief(struct audit_out *out, const struct audit *a)
{
	fputc('\n', out->env->out);
	put_ids(out, a, "Passed", AUDIT_PASS);
	put_ids(out, a, "Not looked at", AUDIT_SKIP);
	put_countries(out, a);
}

void
audit_text_hint(struct audit_out *out)
{
	fputc('\n', out->env->out);
	audit_text_dim(out, 0,
	    "With --verbose: what was seen, what countries recommend, links to "
	    "other checkers. With --explain ID: what a check means.");
}

void
audit_text_total(struct audit_out *out)
{
	static const enum audit_result order[] = { AUDIT_RESULT_FAIL,
		AUDIT_RESULT_UNKNOWN, AUDIT_RESULT_WARN, AUDIT_RESULT_PASS };
	struct cmd_env *env = out->env;

	fprintf(env->out, "\n%zu domain%s\n", out->count,
	    out->count == 1 ? "" : "s");
	for (size_t i = 0; i < AUDIT_RESULTS; i++) {
		const char *word = audit_text_words[order[i]];

		if (out->results[order[i]] == 0)
			continue;
		fputs("  ", env->out);
		audit_text_colored(env, audit_text_colors[order[i]], word);
		fprintf(env->out, "%*s%5zu  ", (int)(8 - strlen(word)), "",
		    out->results[order[i]]);
		out_hang(env, TOTAL_COLUMN, buf_str(&out->kept[order[i]]));
	}
}
