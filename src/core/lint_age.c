/*
 * lint_age - explaining max_age, and advice on a good one
 *
 * People think in days and weeks and write units, separators of thousands and
 * comments. The advice is RFC 8461 sections 3.2 and 10.2: weeks or more, since
 * whoever can block the renewal of a policy for its max_age switches it off.
 * Mode testing protects nothing yet, and mode none is how a policy ends: a
 * short time is right for both.
 */
#include "core/lint.h"
#include "core/limits.h"

#define DAY_S  86400
#define WEEK_S (7 * DAY_S)

/* Units that people write; "d", "day" and "days" are all the fourth. */
static const struct {
	const char *name;
	unsigned seconds;
} units[] = {
	{ "seconds", 1 },
	{ "minutes", 60 },
	{ "hours", 3600 },
	{ "days", DAY_S },
	{ "weeks", WEEK_S },
};

/* unit_seconds - of a unit or the beginning of one; none is 1; 0: unknown */
static unsigned
unit_seconds(struct str word)
{
	if (word.len == 0)
		return 1;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (str_starts_nocase(str_of(units[i].name), word))
			return units[i].seconds;
	}
	return 0;
}

/* digits_of - copy the digits, dropping separators of thousands */
static bool
digits_of(struct str s, char out[16])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == ',' || s.p[i] == '.' || s.p[i] == '_' ||
		    s.p[i] == '\'' || s.p[i] == ' ')
			continue;
		if (!ascii_digit(s.p[i]) || n >= 10)
			return false;
		out[n++] = s.p[i];
	}
	out[n] = '\0';
	return n > 0;
}

bool
lint_number(struct str value, uint64_t *out)
{
	struct str bare = lint_bare(value);
	size_t n = bare.len;
	uint64_t number;
	unsigned scale;
	char digits[16];

	while (n > 0 && !ascii_digit(bare.p[n - 1]))
		n--;
	scale = unit_seconds(str_trim(str_sub(bare, n, SIZE_MAX)));
	if (scale == 0 || !digits_of(str_sub(bare, 0, n), digits) ||
	    !str_u64(str_of(digits), UINT32_MAX, &number))
		return false;
	*out = number * scale;
	return true;
}

/* only_digits - nothing but digits */
static bool
only_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (!ascii_digit(s.p[i]))
			return false;
	}
	return s.len > 0;
}

void
lint_max_age(struct policy_notes *notes, const struct policy_line *line)
{
	const char *fault = ", which is not a number of seconds in digits";
	struct diag_quote q;
	enum mtasts_mode mode;
	struct lint_fix fix;

	diag_quote(&q, line->value);
	if (line->value.len == 0) {
		policy_note(notes, POLICY_MAX_AGE_NUMBER, lint_at(line),
		    "max_age has no value");
		return;
	}
	if (only_digits(line->value)) {
		policy_note(notes, POLICY_MAX_AGE_DIGITS, lint_at_value(line),
		    "max_age is \"%s\", which has more than 10 digits", q.text);
		return;
	}
	if (str_chr(line->value, '#') < line->value.len)
		fault = "; a comment is not allowed behind it";
	else if (policy_mode_find(line->value, &mode))
		fault = ", which is a mode and not a number of seconds";
	policy_note_fix(notes, POLICY_MAX_AGE_NUMBER, lint_at_value(line),
	    lint_meant(&fix, POLICY_MAX_AGE, line->value),
	    "max_age is \"%s\"%s%s", q.text, fault,
	    lint_not_ascii(line->value));
}

void
lint_max_age_advice(struct policy_notes *notes, const struct policy_line *line,
    uint64_t max_age_s, const struct policy_survey *survey)
{
	struct diag_place at = lint_at_value(line);

	/* Mode none is how a policy ends: short is right then. */
	if (max_age_s == 0)
		policy_note(notes, POLICY_MAX_AGE_ZERO, at,
		    "max_age is 0: no sender remembers the policy, so it "
		    "protects nothing");
	else if (!survey->has_mode || survey->mode == MTASTS_MODE_NONE)
		return;
	else if (max_age_s < DAY_S)
		policy_note(notes, POLICY_MAX_AGE_DAY, at,
		    "max_age is %u, less than a day; some senders "
		    "ignore such a policy or replace the time",
		    (unsigned)max_age_s);
	else if (max_age_s < WEEK_S && survey->mode == MTASTS_MODE_ENFORCE)
		policy_note(notes, POLICY_MAX_AGE_WEEK, at,
		    "max_age is %u, less than a week; who can block "
		    "its renewal for that long switches the policy off",
		    (unsigned)max_age_s);
}
