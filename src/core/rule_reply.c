/*
 * rule_reply - a static reply of the configuration, held against Postfix
 *
 * The value of a TLS policy table entry (postconf(5), smtp_tls_policy_maps) as
 * Postfix takes it apart: a level, then attributes between blanks and commas,
 * or in braces when a value has blanks. A reply that Postfix cannot read
 * defers all mail of its destination, so what is not known is refused here.
 */
#include "core/rule.h"

static const char *const levels[] = { "none", "may", "encrypt", "dane",
	"dane-only", "fingerprint", "verify", "secure" };

/* At which levels an attribute may stand. */
enum where { ANYWHERE = 0, WITH_MATCH, WITH_CHAIN, WITH_TYPE };

static const struct {
	const char *name;
	enum where where;
} attributes[] = {
	{ "ciphers", ANYWHERE },
	{ "protocols", ANYWHERE },
	{ "exclude", ANYWHERE },
	{ "servername", ANYWHERE },
	{ "connection_reuse", ANYWHERE },
	{ "enable_rpk", ANYWHERE },
	{ "match", WITH_MATCH },
	{ "tafile", WITH_CHAIN },
	{ "policy_type", ANYWHERE },
	{ "policy_domain", WITH_TYPE },
	{ "mx_host_pattern", WITH_TYPE },
	{ "policy_string", WITH_TYPE },
	{ "policy_failure", WITH_TYPE },
	{ "policy_ttl", WITH_TYPE },
};

#define LEVELS	   (sizeof(levels) / sizeof(levels[0]))
#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

/* What was seen so far of a reply. */
struct reading {
	bool match, chain; /* what the level allows */
	bool has_type, needs_type;
};

/* is_separator - between two attributes */
static bool
is_separator(char c)
{
	return c == ' ' || c == ',';
}

/* has_brace - a brace where Postfix would begin to count them */
static bool
has_brace(struct str s)
{
	return str_chr(s, '{') < s.len || str_chr(s, '}') < s.len;
}

/*
 * next_token - take a word, or the inside of a pair of braces, off *rest
 *
 * False at the end; *why is set when what comes is neither.
 */
static bool
next_token(struct str *rest, struct str *token, const char **why)
{
	size_t len = 0;
	bool braces;

	while (rest->len > 0 && is_separator(rest->p[0]))
		*rest = str_sub(*rest, 1, rest->len);
	if (rest->len == 0)
		return false;
	braces = rest->p[0] == '{';
	if (braces) {
		*rest = str_sub(*rest, 1, rest->len);
		len = str_chr(*rest, '}');
		if (len == rest->len)
			*why = "has a brace that is not closed";
	} else {
		while (len < rest->len && !is_separator(rest->p[len]))
			len++;
	}
	*token = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len + braces, rest->len);
	if (has_brace(*token))
		*why = "has a brace inside another word";
	if (braces && rest->len > 0 && !is_separator(rest->p[0]))
		*why = "has no blank behind a closing brace";
	return *why == NULL;
}

/* read_level - the first word */
static const char *
read_level(struct reading *r, struct str token)
{
	size_t i;

	for (i = 0; i < LEVELS; i++)
		if (str_eq_nocase(token, str_of(levels[i])))
			break;
	if (i == LEVELS)
		return "does not begin with a level: none, may, encrypt, "
		       "dane, dane-only, fingerprint, verify or secure";
	r->chain = i >= LEVELS - 2;
	r->match = i >= LEVELS - 3;
	return NULL;
}

/* read_attribute - "name=value", with blanks only where braces stand around */
static const char *
read_attribute(struct reading *r, struct str token)
{
	struct str name, value;
	size_t i;

	if (!str_cut(token, '=', &name, &value))
		return "has an attribute without an equals sign";
	name = str_trim(name);
	for (i = 0; i < ATTRIBUTES; i++)
		if (str_eq_nocase(name, str_of(attributes[i].name)))
			break;
	if (i == ATTRIBUTES)
		return "has an attribute that Postfix does not know";
	if (str_trim(value).len == 0)
		return "has an attribute without a value";
	if (attributes[i].where == WITH_MATCH && !r->match)
		return "has match= at a level that compares no names";
	if (attributes[i].where == WITH_CHAIN && !r->chain)
		return "has tafile= at a level that checks no chain";
	if (str_eq_nocase(name, STR("policy_type")))
		r->has_type = true;
	if (attributes[i].where == WITH_TYPE)
		r->needs_type = true;
	return NULL;
}

/* all_printable - nothing but printable ASCII and blanks */
static bool
all_printable(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

const char *
rule_check_reply(struct str reply)
{
	struct reading r = { .match = false };
	const char *why = NULL;
	struct str token;

	if (!all_printable(reply))
		return "has a byte that is no printable ASCII";
	if (reply.len == 0)
		return "is empty";
	/* Postfix takes no braces around the level. */
	if (reply.p[0] == '{' || !next_token(&reply, &token, &why))
		token = STR("");
	if (why == NULL)
		why = read_level(&r, token);
	while (why == NULL && next_token(&reply, &token, &why))
		why = read_attribute(&r, token);
	if (why == NULL && r.needs_type && !r.has_type)
		why = "has policy attributes without policy_type";
	return why;
}
