/*
 * policy_line - the lines of a policy file, and a first look over all of them
 *
 * The reader needs to know of the whole file before it speaks of a line: a
 * "Mode:" is a curiosity where "mode:" stands too, and fatal where it does
 * not. So the text is split twice, which costs less than keeping the lines.
 * Knows no findings and no verdict.
 *
 * RFC 8461 section 3.2.
 */
#include "core/policy_line.h"

static const char *const key_names[POLICY_OTHER + 1] = {
	[POLICY_VERSION] = "version",
	[POLICY_MODE] = "mode",
	[POLICY_MAX_AGE] = "max_age",
	[POLICY_MX] = "mx",
	[POLICY_OTHER] = "",
};

const char *
policy_key_name(enum policy_key key)
{
	return key_names[key];
}

enum policy_key
policy_key_find(struct str name)
{
	enum policy_key key = POLICY_VERSION;

	while (key < POLICY_OTHER && !str_eq(name, str_of(key_names[key])))
		key++;
	return key;
}

bool
policy_key_fold(struct str name, char out[POLICY_FOLD_SIZE])
{
	size_t n = 0;

	while (name.len > 0 && ascii_digit(name.p[name.len - 1]))
		name = str_sub(name, 0, name.len - 1);
	for (size_t i = 0; i < name.len; i++) {
		if (!ascii_alnum(name.p[i]))
			continue;
		if (n == POLICY_FOLD_SIZE - 1)
			return false;
		out[n++] = ascii_lower(name.p[i]);
	}
	out[n] = '\0';
	return n > 0;
}

enum policy_key
policy_key_like(struct str name)
{
	static const char *const folded[POLICY_OTHER] = { "version", "mode",
		"maxage", "mx" };
	enum policy_key key = POLICY_VERSION;
	char letters[POLICY_FOLD_SIZE];

	if (!policy_key_fold(name, letters))
		return POLICY_OTHER;
	while (key < POLICY_OTHER && strcmp(letters, folded[key]) != 0)
		key++;
	return key;
}

bool
policy_mode_find(struct str name, enum mtasts_mode *mode)
{
	enum mtasts_mode m;

	for (m = MTASTS_MODE_NONE; m <= MTASTS_MODE_ENFORCE; m++) {
		if (str_eq(name, str_of(mtasts_mode_name(m)))) {
			*mode = m;
			return true;
		}
	}
	return false;
}

/* separator_length - bytes before the first "=", blank or tab */
static size_t
separator_length(struct str text)
{
	size_t n = 0;

	while (n < text.len && text.p[n] != '=' && !ascii_wsp(text.p[n]))
		n++;
	return n;
}

/* split_other - read "mode=enforce" and "mode enforce" as what they mean */
static bool
split_other(struct policy_line *line)
{
	size_t n = separator_length(line->text);
	struct str rest = str_trim_left(str_sub(line->text, n, SIZE_MAX));

	if (str_starts(rest, STR("=")))
		rest = str_trim_left(str_sub(rest, 1, SIZE_MAX));
	line->name = str_sub(line->text, 0, n);
	line->key = policy_key_like(line->name);
	line->value = rest;
	return line->key != POLICY_OTHER && rest.len > 0;
}

/* split_field - read "key: value"; false when there is no colon */
static bool
split_field(struct policy_line *line)
{
	struct str name, value;

	if (!str_cut(line->text, ':', &name, &value))
		return false;
	line->name = str_trim_right(name);
	line->blank_before_colon = line->name.len != name.len;
	line->key = policy_key_find(line->name);
	line->value = str_trim_left(value);
	line->value_column =
	    line->column + (unsigned)(line->text.len - line->value.len);
	return true;
}

/* line_shape - fill in what the text of the line tells */
static enum policy_shape
line_shape(struct policy_line *line)
{
	line->key = POLICY_OTHER;
	if (line->text.len == 0)
		return POLICY_SHAPE_EMPTY;
	if (line->text.p[0] == '#')
		return POLICY_SHAPE_COMMENT;
	if (split_field(line))
		return POLICY_SHAPE_FIELD;
	if (split_other(line))
		return POLICY_SHAPE_SEPARATOR;
	return POLICY_SHAPE_NO_COLON;
}

bool
policy_line_next(struct str *rest, struct policy_line *line)
{
	unsigned number = line->number + 1;
	struct str raw, left;
	bool ended;

	if (!str_line(rest, &raw, &ended))
		return false;
	memset(line, 0, sizeof(*line));
	line->number = number;
	line->ended = ended;
	line->crlf = ended && str_ends(raw, STR("\r"));
	if (line->crlf)
		raw = str_sub(raw, 0, raw.len - 1);
	left = str_trim_left(raw);
	line->text = str_trim_right(left);
	line->column = 1 + (unsigned)(raw.len - left.len);
	line->indented = line->text.len > 0 && line->column > 1;
	line->shape = line_shape(line);
	return true;
}

/* fold_add - one more line of a kind */
static void
fold_add(struct policy_fold *fold, unsigned number)
{
	if (fold->count < POLICY_FOLD_SHOWN)
		fold->lines[fold->count] = number;
	fold->last = number;
	fold->count++;
}

/* survey_line - add what one line tells */
static void
survey_line(struct policy_survey *s, const struct policy_line *line)
{
	/* Front matter has a finding of its own, which stands for them all. */
	if (line->number > s->front_matter || line->shape == POLICY_SHAPE_FIELD)
		fold_add(&s->shapes[line->shape], line->number);
	if (line->indented)
		fold_add(&s->indented, line->number);
	if (line->blank_before_colon)
		fold_add(&s->blank_before_colon, line->number);
	if (line->text.len > 0)
		s->last_text = line->number;
	if (line->shape != POLICY_SHAPE_FIELD)
		return;
	if (s->keys[line->key]++ == 0)
		s->first[line->key] = line->number;
	if (line->key == POLICY_MODE && s->keys[POLICY_MODE] == 1)
		s->has_mode = policy_mode_find(line->value, &s->mode);
}

/* front_matter - the line of the "---" that closes an opening one, or 0 */
static unsigned
front_matter(struct str text)
{
	struct policy_line line = { 0 };

	if (!str_starts(text, STR("---")))
		return 0;
	while (policy_line_next(&text, &line)) {
		if (str_eq(line.text, STR("---"))) {
			if (line.number > 1)
				return line.number;
		} else if (line.number == 1) {
			return 0;
		}
	}
	return 0;
}

void
policy_survey(struct str text, struct policy_survey *out)
{
	struct policy_line line = { 0 };
	bool crlf = false;

	memset(out, 0, sizeof(*out));
	out->front_matter = front_matter(text);
	while (policy_line_next(&text, &line)) {
		survey_line(out, &line);
		if (line.number == 1)
			crlf = line.crlf;
		else if (line.ended && line.crlf != crlf && out->mixed == 0)
			out->mixed = line.number;
	}
}
