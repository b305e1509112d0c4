/*
 * policy_note - what can be found in a policy file, and noting it
 *
 * The rules of the policy reader and of lint stand in one table. Every finding
 * of a policy file goes through policy_note(), which also keeps the two facts
 * that decide the verdict: they hold without any list of findings, too.
 */
#ifndef MTASTS_CORE_POLICY_NOTE_H
#define MTASTS_CORE_POLICY_NOTE_H

#include "base/diag.h"

enum policy_rule {
	/* the file as a whole */
	POLICY_TOO_LARGE = 0,
	POLICY_LARGE,
	POLICY_EMPTY_FILE,
	POLICY_HTML,
	POLICY_JSON,
	POLICY_GZIP,
	POLICY_TXT_RECORD,
	POLICY_OTHER_TEXT,
	POLICY_UTF16,
	POLICY_NUL,
	POLICY_BOM,
	POLICY_BARE_CR,
	POLICY_MIXED_ENDS,
	/* the shape of lines */
	POLICY_EMPTY_LINE,
	POLICY_INDENTED,
	POLICY_BLANK_BEFORE_COLON,
	POLICY_COMMENT,
	POLICY_FRONT_MATTER,
	POLICY_NO_COLON,
	POLICY_SEPARATOR,
	/* version */
	POLICY_NO_VERSION,
	POLICY_VERSION_CASE,
	POLICY_VERSION_UNKNOWN,
	POLICY_VERSION_LATE,
	/* mode */
	POLICY_NO_MODE,
	POLICY_MODE_CASE,
	POLICY_MODE_PLACEHOLDER,
	POLICY_MODE_UNKNOWN,
	/* max_age */
	POLICY_NO_MAX_AGE,
	POLICY_MAX_AGE_NUMBER,
	POLICY_MAX_AGE_DIGITS,
	POLICY_MAX_AGE_OVER,
	POLICY_MAX_AGE_ZERO,
	POLICY_MAX_AGE_DAY,
	POLICY_MAX_AGE_WEEK,
	/* mx */
	POLICY_NO_MX,
	POLICY_MX_EMPTY,
	POLICY_MX_STAR,
	POLICY_MX_URL,
	POLICY_MX_PORT,
	POLICY_MX_ADDRESS,
	POLICY_MX_PRIORITY,
	POLICY_MX_SEVERAL,
	POLICY_MX_LEADING_DOT,
	POLICY_MX_NAME,
	POLICY_MX_PLACEHOLDER,
	POLICY_MX_FINAL_DOT,
	POLICY_MX_U_LABEL,
	POLICY_MX_UNDERSCORE,
	POLICY_MX_TOO_MANY,
	POLICY_MX_REPEATED,
	POLICY_MX_SINGLE_LABEL,
	POLICY_MX_PUBLIC_SUFFIX,
	POLICY_MX_TEMPLATE,
	POLICY_MX_EXAMPLE,
	/* other keys */
	POLICY_KEY_REPEATED,
	POLICY_KEY_CASE,
	POLICY_KEY_NEAR,
	POLICY_KEY_ELSEWHERE,
	POLICY_KEY_UNKNOWN,
	POLICY_KEY_BAD,
	POLICY_VALUE_BAD,
	POLICY_RULE_COUNT
};

/* policy_rules - by enum policy_rule */
extern const struct diag_rule policy_rules[POLICY_RULE_COUNT];

/* Findings of one rule that are written out; the rest are counted. */
#define POLICY_NOTE_EACH 10

struct policy_notes {
	struct mtasts_diags *diags; /* may be null */
	unsigned seen[POLICY_RULE_COUNT];
	bool flawed; /* an error was noted: not to the letter */
	bool fatal; /* nothing usable */
};

/* policy_notes_init - nothing found yet; diags is borrowed, may be null */
void policy_notes_init(struct policy_notes *notes, struct mtasts_diags *diags);

/*
 * policy_note - note one finding
 *
 * fmt is as for diag_add(): untrusted bytes come through diag_quote().
 */
void policy_note(struct policy_notes *notes, enum policy_rule rule,
    struct diag_place at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* policy_note_fix - as policy_note(), with a repair made for this case */
void policy_note_fix(struct policy_notes *notes, enum policy_rule rule,
    struct diag_place at, const char *fix, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* policy_notes_end - say how many findings of a rule were not written out */
void policy_notes_end(struct policy_notes *notes);

#endif
