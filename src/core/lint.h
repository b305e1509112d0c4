/*
 * lint - explaining what a person meant, and what would be wiser
 *
 * The policy reader knows right from wrong; here is what to say about it: the
 * near miss, the repair, and advice beyond the grammar. Each function notes
 * what it finds; none changes what the policy is.
 */
#ifndef MTASTS_CORE_LINT_H
#define MTASTS_CORE_LINT_H

#include "core/mxpattern.h"
#include "core/policy_line.h"
#include "core/policy_note.h"

/* lint_at - the place of a line's key */
static inline struct diag_place
lint_at(const struct policy_line *line)
{
	return (
	    struct diag_place){ .line = line->number, .column = line->column };
}

/* lint_at_value - the place of a field's value */
static inline struct diag_place
lint_at_value(const struct policy_line *line)
{
	return (struct diag_place){ .line = line->number,
		.column = line->value_column };
}

/* A repair in the making. */
struct lint_fix {
	char text[400];
};

/* lint_write - "Write "KEY: VALUE"."; out is filled and returned as text */
const char *lint_write(
    struct lint_fix *out, const char *key, const char *value);

/*
 * lint_bare - the word inside a value: without quotes, brackets, a comment
 * behind it, closing punctuation and invisible characters around it
 */
struct str lint_bare(struct str value);

/* lint_not_ascii - a remark when the text holds other bytes, else "" */
const char *lint_not_ascii(struct str text);

/* lint_number - a number as people write it: "604,800", "7d", "1 week" */
bool lint_number(struct str value, uint64_t *out);

/*
 * lint_meant - the line that was meant by a value, right or wrong, of a key
 *
 * "Write "mode: enforce"." for "Enforced"; null when nothing can be made out.
 */
const char *lint_meant(
    struct lint_fix *out, enum policy_key key, struct str value);

/* lint_version, lint_mode, lint_max_age - explain a value that is not right */
void lint_version(struct policy_notes *notes, const struct policy_line *line);
void lint_mode(struct policy_notes *notes, const struct policy_line *line);
void lint_max_age(struct policy_notes *notes, const struct policy_line *line);

/* lint_max_age_advice - is it wise? By the mode, RFC 8461 section 10.2 */
void lint_max_age_advice(struct policy_notes *notes,
    const struct policy_line *line, uint64_t max_age_s,
    const struct policy_survey *survey);

/* Why an mx value is no pattern: mxpattern_parse()'s answer. */
struct lint_mx_fault {
	enum mxpattern_fault fault;
	enum mtasts_dname_fault name;
};

/* lint_mx_text - why it is none, a phrase such as "begins with a dot" */
const char *lint_mx_text(struct str value, struct lint_mx_fault why);

/* lint_mx_bad - explain an mx value that is no pattern */
void lint_mx_bad(struct policy_notes *notes, const struct policy_line *line,
    struct lint_mx_fault why);

/* lint_mx_fine - note what was normalised away, and advice on the pattern */
void lint_mx_fine(struct policy_notes *notes, const struct policy_line *line,
    const struct mxpattern *pattern, unsigned dname_notes);

/*
 * lint_key - explain a key that is none of the four, or a line that has
 * another separator than the colon
 *
 * Where the field that was meant is missing in the whole file, that is what is
 * noted, once.
 */
void lint_key(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey);

/*
 * lint_shape - explain lines that are no fields, and blanks at wrong places
 *
 * Lines of one kind are noted together, at the first of them.
 */
void lint_shape(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey);

/*
 * lint_bytes - bytes that no leniency helps: is the text worth reading?
 *
 * False after noting that it is empty, compressed, UTF-16, or holds a NUL or a
 * CR that no LF follows.
 */
bool lint_bytes(struct policy_notes *notes, struct str text);

/*
 * lint_other_text - a web page, JSON or the DNS record, without one field
 *
 * True after noting it: nothing else need be said.
 */
bool lint_other_text(struct policy_notes *notes, struct str text,
    const struct policy_survey *survey);

#endif
