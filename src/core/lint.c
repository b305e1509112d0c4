/*
 * lint - explaining version and mode, and what all explanations share
 *
 * What real files get wrong: words of other products ("reject", "report"),
 * inflections ("enforced"), brackets of a template left in, comments behind a
 * value. Called only for a value that the reader has refused, so nothing here
 * decides what is accepted.
 *
 * RFC 8461 section 3.2.
 */
#include "core/lint.h"
#include "core/limits.h"

#include <stdio.h>

/* Characters that look like a blank, or like nothing. */
static const struct str invisible[] = {
	{ "\xc2\xa0", 2 }, /* no-break space */
	{ "\xe2\x80\x8b", 3 }, /* zero width space */
	{ "\xef\xbb\xbf", 3 }, /* byte order mark */
	{ "\xe2\x80\xaf", 3 }, /* narrow no-break space */
};

/* What people write for a mode. */
static const struct {
	const char *word;
	enum mtasts_mode mode;
} mode_words[] = {
	{ "enforced", MTASTS_MODE_ENFORCE },
	{ "enforcing", MTASTS_MODE_ENFORCE },
	{ "enforcement", MTASTS_MODE_ENFORCE },
	{ "force", MTASTS_MODE_ENFORCE },
	{ "strict", MTASTS_MODE_ENFORCE },
	{ "reject", MTASTS_MODE_ENFORCE },
	{ "test", MTASTS_MODE_TESTING },
	{ "tested", MTASTS_MODE_TESTING },
	{ "report", MTASTS_MODE_TESTING },
	{ "report-only", MTASTS_MODE_TESTING },
	{ "reporting", MTASTS_MODE_TESTING },
	{ "monitor", MTASTS_MODE_TESTING },
	{ "off", MTASTS_MODE_NONE },
	{ "no", MTASTS_MODE_NONE },
	{ "disabled", MTASTS_MODE_NONE },
};

const char *
lint_write(struct lint_fix *out, const char *key, const char *value)
{
	snprintf(out->text, sizeof(out->text), "Write \"%s: %s\".", key, value);
	return out->text;
}

/* strip_invisible - cut one invisible character off either end */
static bool
strip_invisible(struct str *s)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(*invisible); i++) {
		if (str_starts(*s, invisible[i])) {
			*s = str_sub(*s, invisible[i].len, SIZE_MAX);
			return true;
		}
		if (str_ends(*s, invisible[i])) {
			*s = str_sub(*s, 0, s->len - invisible[i].len);
			return true;
		}
	}
	return false;
}

/* strip_wrapping - cut one quote, bracket or closing mark off either end */
static bool
strip_wrapping(struct str *s)
{
	static const struct str both = { "\"'`[]<>{}()", 11 };
	static const struct str behind = { ";,.", 3 };

	if (s->len > 0 && str_chr(both, s->p[0]) < both.len) {
		*s = str_sub(*s, 1, SIZE_MAX);
		return true;
	}
	if (s->len > 0 &&
	    (str_chr(both, s->p[s->len - 1]) < both.len ||
		str_chr(behind, s->p[s->len - 1]) < behind.len)) {
		*s = str_sub(*s, 0, s->len - 1);
		return true;
	}
	return false;
}

struct str
lint_bare(struct str value)
{
	size_t before;

	(void)str_cut(value, '#', &value, NULL);
	do {
		before = value.len;
		value = str_trim(value);
		if (!strip_invisible(&value))
			(void)strip_wrapping(&value);
	} while (value.len != before);
	return value;
}

const char *
lint_not_ascii(struct str text)
{
	return str_high(text) < text.len
	    ? " (it holds a character that is not ASCII)"
	    : "";
}

void
lint_version(struct policy_notes *notes, const struct policy_line *line)
{
	struct diag_quote q;

	diag_quote(&q, line->value);
	if (line->value.len == 0)
		policy_note(notes, POLICY_VERSION_UNKNOWN, lint_at(line),
		    "version has no value");
	else if (str_eq_nocase(line->value, STR("STSv1")))
		policy_note(notes, POLICY_VERSION_CASE, lint_at_value(line),
		    "version is \"%s\"; the case of its letters counts",
		    q.text);
	else
		policy_note(notes, POLICY_VERSION_UNKNOWN, lint_at_value(line),
		    "version is \"%s\", not \"STSv1\"%s", q.text,
		    lint_not_ascii(line->value));
}

/* near_mode - the mode that a word was meant to be; false when unclear */
static bool
near_mode(struct str word, enum mtasts_mode *mode)
{
	enum mtasts_mode m;
	size_t i;

	for (i = 0; i < sizeof(mode_words) / sizeof(*mode_words); i++) {
		if (str_eq_nocase(word, str_of(mode_words[i].word))) {
			*mode = mode_words[i].mode;
			return true;
		}
	}
	for (m = MTASTS_MODE_NONE; m <= MTASTS_MODE_ENFORCE; m++) {
		struct str name = str_of(mtasts_mode_name(m));

		if (str_distance(word, name) <= (name.len > 4 ? 2u : 1u)) {
			*mode = m;
			return true;
		}
	}
	return false;
}

/* mode_rule - which kind of wrong mode it is */
static enum policy_rule
mode_rule(struct str value, struct str bare, bool near)
{
	static const struct str brackets = { "[<{|", 4 };

	for (size_t i = 0; i < value.len && i < 40; i++) {
		if (str_chr(brackets, value.p[i]) < brackets.len)
			return POLICY_MODE_PLACEHOLDER;
		if (value.p[i] == '/' && !near)
			return POLICY_MODE_PLACEHOLDER;
	}
	if (bare.len == value.len && near) {
		enum mtasts_mode mode;

		for (mode = 0; mode <= MTASTS_MODE_ENFORCE; mode++) {
			if (str_eq_nocase(
				value, str_of(mtasts_mode_name(mode))))
				return POLICY_MODE_CASE;
		}
	}
	return POLICY_MODE_UNKNOWN;
}

void
lint_mode(struct policy_notes *notes, const struct policy_line *line)
{
	struct str bare = lint_bare(line->value);
	enum mtasts_mode mode = MTASTS_MODE_NONE;
	bool near = near_mode(bare, &mode);
	enum policy_rule rule = mode_rule(line->value, bare, near);
	const char *fault = ", which is none of testing, enforce and none";
	struct diag_quote q;
	struct lint_fix fix;

	if (line->value.len == 0) {
		policy_note(notes, POLICY_MODE_UNKNOWN, lint_at(line),
		    "mode has no value");
		return;
	}
	if (rule == POLICY_MODE_CASE)
		fault = "; modes are written in lower case";
	else if (rule == POLICY_MODE_PLACEHOLDER)
		fault = ", a placeholder left over from a template";
	else if (str_chr(line->value, '#') < line->value.len)
		fault = "; a comment is not allowed behind it";
	else if (near && bare.len != line->value.len)
		fault = "; nothing may stand around the word";
	policy_note_fix(notes, rule, lint_at_value(line),
	    near ? lint_write(&fix, "mode", mtasts_mode_name(mode)) : NULL,
	    "mode is \"%s\"%s%s", diag_quote(&q, line->value), fault,
	    lint_not_ascii(line->value));
}

const char *
lint_meant(struct lint_fix *out, enum policy_key key, struct str value)
{
	enum mtasts_mode mode;
	struct mxpattern mx;
	struct diag_quote q;
	uint64_t seconds;
	char digits[16];

	switch (key) {
	case POLICY_VERSION:
		return lint_write(out, "version", "STSv1");
	case POLICY_MODE:
		if (!near_mode(lint_bare(value), &mode))
			return NULL;
		return lint_write(out, "mode", mtasts_mode_name(mode));
	case POLICY_MAX_AGE:
		if (!lint_number(value, &seconds) || seconds > LIMIT_MAX_AGE_S)
			return NULL;
		snprintf(digits, sizeof(digits), "%u", (unsigned)seconds);
		return lint_write(out, "max_age", digits);
	default:
		if (!mxpattern_parse(value, &mx, NULL, NULL, NULL))
			return NULL;
		return lint_write(out, "mx", diag_quote(&q, value));
	}
}
