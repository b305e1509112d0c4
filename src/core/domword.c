/*
 * domword.c - a domain as people type and paste it
 *
 * Takes off what stands around a domain in mail addresses, URLs, records and
 * lists. Knows no grammar of names: what is left may still be anything.
 */
#include "core/domword.h"

#define POLICY_PATH STR("/.well-known/mta-sts.txt")

/* without_scheme - what follows "https://" or "mailto:" */
static struct str
without_scheme(struct str s)
{
	size_t at = str_find(s, STR("://"));

	if (at < s.len)
		return str_sub(s, at + 3, s.len);
	return str_starts_nocase(s, STR("mailto:"))
	    ? str_sub(s, strlen("mailto:"), s.len)
	    : s;
}

/* cut_path - drop path, query and fragment; was it a policy's path? */
static bool
cut_path(struct str *s)
{
	size_t len = str_chr(*s, '/');
	bool policy = str_starts(str_sub(*s, len, s->len), POLICY_PATH);

	s->len = len;
	s->len = str_chr(*s, '?');
	s->len = str_chr(*s, '#');
	return policy;
}

/* without_user - what follows the last "@" */
static struct str
without_user(struct str s)
{
	struct str before, after = s;

	while (str_cut(s, '@', &before, &after))
		s = after;
	return s;
}

/* without_port - a colon and digits at the end go, an IPv6 address stays */
static struct str
without_port(struct str s)
{
	size_t colon = str_chr(s, ':');
	struct str port = str_sub(s, colon + 1, s.len);

	if (colon < s.len && (port.len == 0 || str_digits(port)))
		s.len = colon;
	return s;
}

/* without_rank - "12,example.org" of lists of popular domains */
static struct str
without_rank(struct str s)
{
	struct str rank, rest;

	return str_cut(s, ',', &rank, &rest) && str_digits(rank) ? rest : s;
}

/* without_prefix - the name of a record or policy host begins with a label */
static struct str
without_prefix(struct str s, struct str prefix)
{
	return str_starts_nocase(s, prefix) ? str_sub(s, prefix.len, s.len) : s;
}

struct str
domword_meant(struct str word)
{
	struct str s = without_rank(str_trim(word));
	bool policy;

	s = str_trim(s);
	if (s.len >= 2 && s.p[0] == '<' && s.p[s.len - 1] == '>')
		s = str_sub(s, 1, s.len - 2);
	s = without_scheme(s);
	policy = cut_path(&s);
	s = without_port(without_user(s));
	s = without_prefix(s, STR("_mta-sts."));
	s = without_prefix(s, STR("_smtp._tls."));
	if (policy)
		s = without_prefix(s, STR("mta-sts."));
	return s;
}
