/*
 * lint_shape - explaining lines that are no fields
 *
 * A web page has hundreds of lines without a colon; one sentence is enough.
 * So lines of one kind are noted together, at the first of them.
 *
 * RFC 8461 section 3.2: no empty line, no comment, no blank before a key.
 */
#include "core/lint.h"

#include <stdio.h>

/* Room for "lines 1, 2, 3, 4, 5, 6, 7, 8 and 65528 more". */
struct line_list {
	char text[160];
};

/* list_lines - the numbers of folded lines as words */
static const char *
list_lines(struct line_list *out, const struct policy_fold *fold)
{
	unsigned shown =
	    fold->count < POLICY_FOLD_SHOWN ? fold->count : POLICY_FOLD_SHOWN;
	size_t n;

	if (fold->count == 1)
		return "the line";
	if (fold->count > 2 && fold->last - fold->lines[0] + 1 == fold->count) {
		snprintf(out->text, sizeof(out->text), "lines %u to %u",
		    fold->lines[0], fold->last);
		return out->text;
	}
	n = (size_t)snprintf(
	    out->text, sizeof(out->text), "lines %u", fold->lines[0]);
	for (unsigned i = 1; i < shown; i++) {
		const char *glue = i + 1 == fold->count ? " and " : ", ";

		n += (size_t)snprintf(out->text + n, sizeof(out->text) - n,
		    "%s%u", glue, fold->lines[i]);
	}
	if (fold->count > shown)
		snprintf(out->text + n, sizeof(out->text) - n, " and %u more",
		    fold->count - shown);
	return out->text;
}

/* opens - is this line the first of its fold? */
static bool
opens(const struct policy_fold *fold, const struct policy_line *line)
{
	return fold->count > 0 && fold->lines[0] == line->number;
}

/* note_empty - empty lines: at the end they have their own repair */
static void
note_empty(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	const struct policy_fold *fold = &survey->shapes[POLICY_SHAPE_EMPTY];
	const char *fix = NULL;
	struct line_list list;

	if (fold->lines[0] > survey->last_text)
		fix = fold->count == 1
		    ? "Delete the empty line at the end of the file."
		    : "Delete the empty lines at the end of the file.";
	policy_note_fix(notes, POLICY_EMPTY_LINE, lint_at(line), fix,
	    "%s %s empty", list_lines(&list, fold),
	    fold->count == 1 ? "is" : "are");
}

/* note_no_colon - lines that are neither field nor anything known */
static void
note_no_colon(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	const struct policy_fold *fold = &survey->shapes[POLICY_SHAPE_NO_COLON];
	struct line_list list;
	struct diag_quote q;

	diag_quote(&q, line->text);
	if (fold->count == 1)
		policy_note(notes, POLICY_NO_COLON, lint_at(line),
		    "\"%s\" has no colon, so it is not a field", q.text);
	else
		policy_note(notes, POLICY_NO_COLON, lint_at(line),
		    "%s have no colon, so they are not fields; the first is "
		    "\"%s\"",
		    list_lines(&list, fold), q.text);
}

/* note_front_matter - the block that a site generator would take away */
static void
note_front_matter(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	policy_note(notes, POLICY_FRONT_MATTER, lint_at(line),
	    "lines 1 to %u are the front matter of a site generator, not part "
	    "of a policy",
	    survey->front_matter);
}

/* note_kind - the line itself is no field */
static void
note_kind(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	const struct policy_fold *fold = &survey->shapes[line->shape];
	struct line_list list;

	if (line->shape == POLICY_SHAPE_EMPTY) {
		note_empty(notes, line, survey);
	} else if (line->shape == POLICY_SHAPE_COMMENT) {
		policy_note(notes, POLICY_COMMENT, lint_at(line),
		    "%s %s with \"#\", but a policy has no comments",
		    list_lines(&list, fold),
		    fold->count == 1 ? "begins" : "begin");
	} else if (line->shape == POLICY_SHAPE_NO_COLON) {
		note_no_colon(notes, line, survey);
	}
}

void
lint_shape(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	struct line_list list;

	if (line->number == 1 && survey->front_matter > 0)
		note_front_matter(notes, line, survey);
	if (line->number == survey->mixed)
		policy_note(notes, POLICY_MIXED_ENDS,
		    (struct diag_place){ .line = line->number },
		    "line %u ends with %s, unlike the lines before it",
		    line->number, line->crlf ? "CR LF" : "LF alone");
	if (opens(&survey->indented, line))
		policy_note(notes, POLICY_INDENTED,
		    (struct diag_place){ .line = line->number, .column = 1 },
		    "%s %s with blanks", list_lines(&list, &survey->indented),
		    survey->indented.count == 1 ? "begins" : "begin");
	if (opens(&survey->blank_before_colon, line))
		policy_note(notes, POLICY_BLANK_BEFORE_COLON,
		    (struct diag_place){ .line = line->number,
			.column = line->column + (unsigned)line->name.len },
		    "%s %s a blank before the colon",
		    list_lines(&list, &survey->blank_before_colon),
		    survey->blank_before_colon.count == 1 ? "has" : "have");
	if (line->shape != POLICY_SHAPE_FIELD &&
	    opens(&survey->shapes[line->shape], line))
		note_kind(notes, line, survey);
}
