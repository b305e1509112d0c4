/*
 * lint_key - explaining keys: near misses, keys of the DNS records, strangers
 *
 * A key is guessed by its letters: case, "_", "-", blanks and digits at the
 * end do not count; then by a short list of words seen in the wild; then by
 * the distance, if the value reads like one of that key. To guess wrong costs
 * a sentence, never a policy: an unknown key is ignored by every sender, RFC
 * 8461 section 3.2.
 */
#include "core/lint.h"
#include "core/limits.h"

/* What people write for a key, folded by policy_key_fold(). */
static const struct {
	const char *word;
	enum policy_key key;
} key_words[] = {
	{ "max", POLICY_MAX_AGE },
	{ "age", POLICY_MAX_AGE },
	{ "maximumage", POLICY_MAX_AGE },
	{ "ttl", POLICY_MAX_AGE },
	{ "v", POLICY_VERSION },
	{ "ver", POLICY_VERSION },
	{ "mxs", POLICY_MX },
	{ "mxhost", POLICY_MX },
	{ "mxrecord", POLICY_MX },
	{ "mailserver", POLICY_MX },
};

/* What is missing when the whole file has no line with the key. */
static const enum policy_rule missing_rules[POLICY_OTHER] = {
	[POLICY_VERSION] = POLICY_NO_VERSION,
	[POLICY_MODE] = POLICY_NO_MODE,
	[POLICY_MAX_AGE] = POLICY_NO_MAX_AGE,
	[POLICY_MX] = POLICY_NO_MX,
};

/* near_distance - is the word a slip of the pen away? */
static bool
near_distance(struct str word, struct str name)
{
	unsigned most = name.len > 4 ? 2 : 1;

	/* Saves the long way for most words. */
	if (word.len > name.len + most || word.len + most < name.len)
		return false;
	return str_distance(word, name) <= most;
}

/* is_likely - does the value read like one of the key? */
static bool
is_likely(enum policy_key key, struct str value)
{
	struct lint_fix fix;

	if (key == POLICY_VERSION)
		return str_starts_nocase(value, STR("STS"));
	return lint_meant(&fix, key, value) != NULL;
}

/* guess_key - the key that was meant, or POLICY_OTHER */
static enum policy_key
guess_key(const struct policy_line *line)
{
	char letters[POLICY_FOLD_SIZE], folded[POLICY_FOLD_SIZE];
	enum policy_key key = policy_key_like(line->name);
	struct str word;

	if (key != POLICY_OTHER || !policy_key_fold(line->name, letters))
		return key;
	word = str_of(letters);
	for (size_t i = 0; i < sizeof(key_words) / sizeof(*key_words); i++) {
		if (str_eq(word, str_of(key_words[i].word)))
			return key_words[i].key;
	}
	for (key = POLICY_VERSION; key < POLICY_OTHER; key++) {
		(void)policy_key_fold(str_of(policy_key_name(key)), folded);
		if (near_distance(word, str_of(folded)) &&
		    is_likely(key, line->value))
			break;
	}
	return key;
}

/* is_missing - the file has no such field, needs it, and nobody said so yet */
static bool
is_missing(const struct policy_notes *notes, enum policy_key key,
    const struct policy_survey *survey)
{
	if (key == POLICY_OTHER || survey->keys[key] > 0)
		return false;
	if (key == POLICY_MX && survey->has_mode &&
	    survey->mode == MTASTS_MODE_NONE)
		return false;
	return notes->seen[missing_rules[key]] == 0;
}

/* key_grammar - 1 to 32 letters, digits, "_", "-", "."; alnum first */
static bool
key_grammar(struct str name)
{
	if (name.len == 0 || name.len > LIMIT_EXT_NAME ||
	    !ascii_alnum(name.p[0]))
		return false;
	for (size_t i = 1; i < name.len; i++) {
		char c = name.p[i];

		if (!ascii_alnum(c) && c != '_' && c != '-' && c != '.')
			return false;
	}
	return true;
}

/* value_grammar - not empty, UTF-8, no control characters */
static bool
value_grammar(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.p[i];

		/* The inner blanks are SP alone by the ABNF. */
		if (c < ' ' || c == 0x7f)
			return false;
	}
	return value.len > 0 && str_utf8(value);
}

/* note_malformed - a key or value outside the extension grammar; or false */
static bool
note_malformed(struct policy_notes *notes, const struct policy_line *line)
{
	struct diag_quote q;

	if (!key_grammar(line->name)) {
		policy_note(notes, POLICY_KEY_BAD, lint_at(line),
		    line->name.len == 0 ? "there is no key before the colon%s"
					: "\"%s\" is not a well-formed key",
		    diag_quote(&q, line->name));
		return true;
	}
	if (!value_grammar(line->value)) {
		policy_note(notes, POLICY_VALUE_BAD, lint_at(line),
		    line->value.len == 0
			? "the unknown key \"%s\" has no value"
			: "the value of the unknown key \"%s\" holds bytes "
			  "that are not printable UTF-8",
		    diag_quote(&q, line->name));
		return true;
	}
	return false;
}

/* note_separator - a known key, but no colon behind it */
static void
note_separator(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	bool missing = is_missing(notes, line->key, survey);
	struct diag_quote q;
	struct lint_fix fix;

	policy_note_fix(notes,
	    missing ? missing_rules[line->key] : POLICY_SEPARATOR,
	    lint_at(line), lint_meant(&fix, line->key, line->value),
	    missing ? "\"%s\" has no colon, so it is not read and %s is missing"
		    : "\"%s\" has no colon, so it does not count as %s",
	    diag_quote(&q, line->text), policy_key_name(line->key));
}

/* note_near - the key is nearly a known one */
static void
note_near(struct policy_notes *notes, const struct policy_line *line,
    enum policy_key key)
{
	bool only_case =
	    str_eq_nocase(line->name, str_of(policy_key_name(key)));
	struct diag_quote q;

	diag_quote(&q, line->name);
	policy_note(notes, only_case ? POLICY_KEY_CASE : POLICY_KEY_NEAR,
	    lint_at(line),
	    only_case ? "\"%s\" is not the key \"%s\": case counts, and the "
			"line is ignored"
		      : "unknown key \"%s\": did you mean \"%s\"? The line "
			"is ignored",
	    q.text, policy_key_name(key));
}

/* note_missing - the near miss is why a field is missing */
static void
note_missing(struct policy_notes *notes, const struct policy_line *line,
    enum policy_key key)
{
	struct diag_quote q;
	struct lint_fix fix;

	policy_note_fix(notes, missing_rules[key], lint_at(line),
	    lint_meant(&fix, key, line->value),
	    "\"%s\" is not the key \"%s\", so %s is missing%s",
	    diag_quote(&q, line->name), policy_key_name(key),
	    policy_key_name(key), lint_not_ascii(line->name));
}

void
lint_key(struct policy_notes *notes, const struct policy_line *line,
    const struct policy_survey *survey)
{
	enum policy_key near;
	struct diag_quote q;

	if (line->shape == POLICY_SHAPE_SEPARATOR) {
		note_separator(notes, line, survey);
		return;
	}
	near = guess_key(line);
	if (is_missing(notes, near, survey)) {
		note_missing(notes, line, near);
		/* Outside the grammar is one more fault, but said already. */
		return;
	}
	if (note_malformed(notes, line))
		return;
	if (near != POLICY_OTHER) {
		note_near(notes, line, near);
	} else if (str_eq_nocase(line->name, STR("id")) ||
	    str_eq_nocase(line->name, STR("rua"))) {
		policy_note(notes, POLICY_KEY_ELSEWHERE, lint_at(line),
		    "\"%s\" belongs into a TXT record in DNS; here it is "
		    "ignored",
		    diag_quote(&q, line->name));
	} else if (line->number > survey->front_matter) {
		policy_note(notes, POLICY_KEY_UNKNOWN, lint_at(line),
		    "unknown key \"%s\"; senders ignore it",
		    diag_quote(&q, line->name));
	}
}
