/*
 * lint_mx - explaining mx values, and advice on good ones
 *
 * The MX record has a preference, a final dot and often several names; the
 * policy has one bare name a line, and that is what people get wrong most.
 * What is accepted is for mxpattern to say.
 *
 * RFC 8461 sections 3.2, 4.1 and 10.4. Cannot know the domain's MX records:
 * whether a pattern fits them is for the checker.
 */
#include "core/lint.h"
#include "core/limits.h"
#include "core/zone_name.h"

#include <stdio.h>

/* Pieces of names that stand in templates, never in DNS. */
static const char *const template_parts[] = {
	"your_domain",
	"your-domain",
	"yourdomain",
	"your.domain",
	"your-mail",
	"yourmail",
	"mydomain.",
	"my-domain.",
	"domain.tld",
	"example.tld",
	"mx_host",
	"mailserver.tld",
};

/* is_template - it reads as if copied from instructions */
static bool
is_template(struct str value)
{
	value = str_sub(value, 0, 300);
	for (size_t i = 0; i < sizeof(template_parts) / sizeof(*template_parts);
	     i++) {
		struct str part = str_of(template_parts[i]);

		if (str_find_nocase(value, part) < value.len)
			return true;
	}
	return false;
}

/* is_bracketed - "<mx>", "{{ mx }}", "[mx.example.net]", "$MX" */
static bool
is_bracketed(struct str value)
{
	static const struct str signs = { "<{$", 3 };

	if (value.len < 2)
		return false;
	/* "[192.0.2.1]" and "[IPv6:...]" are address literals. */
	if (value.p[0] == '[')
		return !ascii_digit(value.p[1]) &&
		    !str_starts_nocase(value, STR("[IPv6"));
	return str_chr(signs, value.p[0]) < signs.len;
}

/* last_word - what stands behind the last blank */
static struct str
last_word(struct str s)
{
	size_t n;

	s = str_trim(s);
	n = s.len;
	while (n > 0 && !ascii_wsp(s.p[n - 1]))
		n--;
	return str_sub(s, n, SIZE_MAX);
}

/* is_priority - begins with the preference of an MX record */
static bool
is_priority(struct str value)
{
	size_t n = 0;

	if (str_starts_nocase(value, STR("priority")) ||
	    str_starts_nocase(value, STR("preference")))
		return true;
	while (n < value.len && ascii_digit(value.p[n]))
		n++;
	return n > 0 && n < value.len && ascii_wsp(value.p[n]);
}

/* bad_rule - which kind of bad mx value it is */
static enum policy_rule
bad_rule(struct str value, struct lint_mx_fault why)
{
	if (why.fault == MXPATTERN_EMPTY)
		return POLICY_MX_EMPTY;
	if (is_template(value) || is_bracketed(value))
		return POLICY_MX_PLACEHOLDER;
	if (is_priority(value))
		return POLICY_MX_PRIORITY;
	if (why.fault == MXPATTERN_BLANK || str_chr(value, ',') < value.len ||
	    str_chr(value, '#') < value.len)
		return POLICY_MX_SEVERAL;
	switch (why.fault) {
	case MXPATTERN_STAR:
		return POLICY_MX_STAR;
	case MXPATTERN_URL:
		return POLICY_MX_URL;
	case MXPATTERN_PORT:
		return POLICY_MX_PORT;
	case MXPATTERN_ADDRESS:
		return POLICY_MX_ADDRESS;
	case MXPATTERN_LEADING_DOT:
		return POLICY_MX_LEADING_DOT;
	default:
		return why.name == MTASTS_DNAME_IP ? POLICY_MX_ADDRESS
						   : POLICY_MX_NAME;
	}
}

/* candidate - the part of the value that holds the name that was meant */
static struct str
candidate(struct str value, enum policy_rule rule)
{
	struct str rest = lint_bare(value);

	switch (rule) {
	case POLICY_MX_PRIORITY:
		return lint_bare(last_word(rest));
	case POLICY_MX_URL:
		if (str_find(rest, STR("//")) < rest.len)
			rest = str_sub(
			    rest, str_find(rest, STR("//")) + 2, SIZE_MAX);
		(void)str_cut(rest, '/', &rest, NULL);
		(void)str_cut(rest, ':', &rest, NULL);
		return rest;
	case POLICY_MX_PORT:
		(void)str_cut(rest, ':', &rest, NULL);
		return rest;
	case POLICY_MX_STAR:
	case POLICY_MX_ADDRESS:
	case POLICY_MX_PLACEHOLDER:
		return STR("");
	case POLICY_MX_LEADING_DOT:
		/* The form of early drafts: any host below the name. */
		return str_sub(rest, 1, SIZE_MAX);
	default:
		return rest;
	}
}

/* pattern_text - a pattern as it is to be written */
static const char *
pattern_text(char out[LIMIT_DNAME_LEN + 3], const struct mxpattern *pattern)
{
	snprintf(out, LIMIT_DNAME_LEN + 3, "%s%s",
	    pattern->wildcard ? "*." : "", pattern->name.text);
	return out;
}

/* repair - the line with the name that can be made out, or null */
static const char *
repair(struct lint_fix *out, struct str value, enum policy_rule rule)
{
	char text[LIMIT_DNAME_LEN + 3];
	struct mxpattern pattern;
	unsigned notes;

	if (!mxpattern_parse(
		candidate(value, rule), &pattern, &notes, NULL, NULL) ||
	    (notes & MTASTS_DNAME_UNDERSCORE) ||
	    strchr(pattern.name.text, '.') == NULL)
		return NULL;
	if (rule == POLICY_MX_LEADING_DOT)
		pattern.wildcard = true;
	return lint_write(out, "mx", pattern_text(text, &pattern));
}

/* bad_text - what is wrong, to stand behind the quoted value */
static const char *
bad_text(struct str value, enum policy_rule rule, struct lint_mx_fault why)
{
	switch (rule) {
	case POLICY_MX_PLACEHOLDER:
		return "is a placeholder left over from a template";
	case POLICY_MX_STAR:
		return "has a * that is not the whole first label";
	case POLICY_MX_URL:
		return "is a URL or part of one, not a host name";
	case POLICY_MX_PORT:
		return "has a port or a colon in it";
	case POLICY_MX_ADDRESS:
		return "is an address, not a host name";
	case POLICY_MX_PRIORITY:
		return "has the preference of an MX record in it";
	case POLICY_MX_SEVERAL:
		if (str_chr(value, '#') < value.len)
			return "has a comment behind the name";
		return "is not one host name";
	case POLICY_MX_LEADING_DOT:
		return "begins with a dot";
	default:
		if (why.name == MTASTS_DNAME_EMPTY)
			return "names no host";
		return mtasts_dname_fault_text(why.name);
	}
}

const char *
lint_mx_text(struct str value, struct lint_mx_fault why)
{
	enum policy_rule rule = bad_rule(value, why);

	if (rule == POLICY_MX_EMPTY)
		return "is empty";
	return bad_text(value, rule, why);
}

void
lint_mx_bad(struct policy_notes *notes, const struct policy_line *line,
    struct lint_mx_fault why)
{
	enum policy_rule rule = bad_rule(line->value, why);
	struct diag_quote q;
	struct lint_fix fix;

	if (rule == POLICY_MX_EMPTY) {
		policy_note(notes, rule, lint_at(line), "mx has no value");
		return;
	}
	policy_note_fix(notes, rule, lint_at_value(line),
	    repair(&fix, line->value, rule), "mx \"%s\" %s",
	    diag_quote(&q, line->value), bad_text(line->value, rule, why));
}

/* note_normalised - forms that senders mend but the RFC does not allow */
static void
note_normalised(struct policy_notes *notes, const struct policy_line *line,
    const struct mxpattern *pattern, unsigned dname_notes)
{
	char text[LIMIT_DNAME_LEN + 3];
	struct diag_place at = lint_at_value(line);
	struct lint_fix fix;
	struct diag_quote q;

	diag_quote(&q, line->value);
	lint_write(&fix, "mx", pattern_text(text, pattern));
	if (dname_notes & MTASTS_DNAME_FINAL_DOT)
		policy_note_fix(notes, POLICY_MX_FINAL_DOT, at, fix.text,
		    "mx \"%s\" ends with a dot", q.text);
	if (dname_notes & MTASTS_DNAME_U_LABEL)
		policy_note_fix(notes, POLICY_MX_U_LABEL, at, fix.text,
		    "mx \"%s\" is not written in ASCII", q.text);
	if (!(dname_notes & MTASTS_DNAME_UNDERSCORE))
		return;
	if (is_template(line->value))
		policy_note(notes, POLICY_MX_PLACEHOLDER, at,
		    "mx \"%s\" is a placeholder left over from a template",
		    q.text);
	else
		policy_note(notes, POLICY_MX_UNDERSCORE, at,
		    "mx \"%s\" has an underscore, which no host name has",
		    q.text);
}

/* is_example - a name that RFC 2606 keeps for examples */
static bool
is_example(struct str name)
{
	static const struct str kept[] = { { "example.com", 11 },
		{ "example.net", 11 }, { "example.org", 11 } };

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (zone_name_below(name, kept[i]))
			return true;
	}
	return false;
}

/* note_advice - a pattern to the letter that will not do what is wanted */
static void
note_advice(struct policy_notes *notes, const struct policy_line *line,
    const struct mxpattern *pattern)
{
	struct str name = str_make(pattern->name.text, pattern->name.len);
	struct diag_place at = lint_at_value(line);
	char text[LIMIT_DNAME_LEN + 3];

	pattern_text(text, pattern);
	if (pattern->wildcard && mtasts_dname_is_public_suffix(&pattern->name))
		policy_note(notes, POLICY_MX_PUBLIC_SUFFIX, at,
		    "mx \"%s\" lets in every name that anybody registers "
		    "below \"%s\"",
		    text, name.p);
	else if (!pattern->wildcard && str_chr(name, '.') == name.len)
		policy_note(notes, POLICY_MX_SINGLE_LABEL, at,
		    "mx \"%s\" is a single label, which no MX record in the "
		    "public DNS names",
		    text);
	else if (is_template(name))
		policy_note(notes, POLICY_MX_TEMPLATE, at,
		    "mx \"%s\" looks like a placeholder of a template", text);
	else if (is_example(name) && notes->seen[POLICY_MX_EXAMPLE] == 0)
		policy_note(notes, POLICY_MX_EXAMPLE, at,
		    "mx \"%s\" is a name reserved for examples", text);
}

void
lint_mx_fine(struct policy_notes *notes, const struct policy_line *line,
    const struct mxpattern *pattern, unsigned dname_notes)
{
	if (dname_notes != 0)
		note_normalised(notes, line, pattern, dname_notes);
	if (notes->diags != NULL && !(dname_notes & MTASTS_DNAME_UNDERSCORE))
		note_advice(notes, line, pattern);
}
