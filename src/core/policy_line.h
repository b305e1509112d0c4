/*
 * policy_line - the lines of a policy file, and a first look over all of them
 *
 * RFC 8461 section 3.2. Splits; judges nothing.
 */
#ifndef MTASTS_CORE_POLICY_LINE_H
#define MTASTS_CORE_POLICY_LINE_H

#include "base/str.h"
#include "mtasts/policy.h"

enum policy_key {
	POLICY_VERSION = 0,
	POLICY_MODE,
	POLICY_MAX_AGE,
	POLICY_MX,
	POLICY_OTHER /* any other key; also the count of known ones */
};

/* policy_key_name - "version", "mode", "max_age", "mx"; "" for others */
const char *policy_key_name(enum policy_key key);

/* policy_key_find - the key of exactly this name, or POLICY_OTHER */
enum policy_key policy_key_find(struct str name);

/* Room for the letters of a key that may be near to a known one. */
#define POLICY_FOLD_SIZE 20

/*
 * policy_key_fold - the letters of a key, in lower case
 *
 * Without "_", "-", blanks, other signs and digits at the end: "Max-Age" is
 * "maxage". False when none or too many are left.
 */
bool policy_key_fold(struct str name, char out[POLICY_FOLD_SIZE]);

/* policy_key_like - the key with the same letters, or POLICY_OTHER */
enum policy_key policy_key_like(struct str name);

/* policy_mode_find - the mode of exactly this name; false when none */
bool policy_mode_find(struct str name, enum mtasts_mode *mode);

/* What a line looks like; those without a field may be folded into one note. */
enum policy_shape {
	POLICY_SHAPE_FIELD = 0,
	POLICY_SHAPE_EMPTY, /* nothing, or only blanks */
	POLICY_SHAPE_COMMENT, /* begins with # */
	POLICY_SHAPE_NO_COLON,
	POLICY_SHAPE_SEPARATOR, /* "mode=enforce", "mode enforce" */
	POLICY_SHAPE_COUNT
};

struct policy_line {
	unsigned number; /* from 1 */
	enum policy_shape shape;
	bool indented; /* blanks before the first character */
	bool blank_before_colon;
	bool crlf; /* ended with CR LF */
	bool ended; /* ended with a line end at all */
	struct str text; /* without the blanks at both ends */
	/* of a field, and of a line with another separator */
	enum policy_key key;
	struct str name;
	struct str value;
	unsigned column; /* of the key, from 1 */
	unsigned value_column;
};

/*
 * policy_line_next - take the next line off *rest
 *
 * Start with *line cleared. False at the end.
 */
bool policy_line_next(struct str *rest, struct policy_line *line);

/* Lines that share one note: where, and the first few of them. */
#define POLICY_FOLD_SHOWN 8
struct policy_fold {
	unsigned count;
	unsigned last;
	unsigned lines[POLICY_FOLD_SHOWN];
};

/* What a first look over all lines tells. */
struct policy_survey {
	/* by enum policy_key: lines with the key, and the first of them */
	unsigned keys[POLICY_OTHER + 1];
	unsigned first[POLICY_OTHER + 1];
	struct policy_fold shapes[POLICY_SHAPE_COUNT];
	struct policy_fold indented;
	struct policy_fold blank_before_colon;
	unsigned last_text; /* last line that is not empty */
	unsigned mixed; /* first line that ends unlike the first line */
	unsigned front_matter; /* line of the closing "---", or 0 */
	bool has_mode; /* the first mode line names a mode: */
	enum mtasts_mode mode;
};

/* policy_survey - look over the lines of a text */
void policy_survey(struct str text, struct policy_survey *out);

#endif
