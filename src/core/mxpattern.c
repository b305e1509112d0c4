/*
 * mxpattern - one mx value of a policy: a host name or "*." and a name
 *
 * RFC 8461 sections 3.2 and 4.1. Tells apart what people write instead, so
 * that whoever reports it can say how to mend it. Knows no findings: the
 * policy reader and the settings have their own.
 */
#include "core/mxpattern.h"

#include "core/limits.h"

/* has - is one of the bytes in the span? */
static bool
has(struct str s, const char *bytes)
{
	for (; *bytes != '\0'; bytes++)
		if (str_chr(s, *bytes) < s.len)
			return true;
	return false;
}

/* has_port - "name:25" or "[address]:25"; an IPv6 address has none */
static bool
has_port(struct str s)
{
	size_t bracket = str_find(s, STR("]:"));
	struct str before, after;

	if (s.len > 0 && s.p[0] == '[')
		return bracket < s.len;
	return str_cut(s, ':', &before, &after) &&
	    str_chr(after, ':') == after.len;
}

/*
 * shape_fault - what is wrong before the name is looked at
 *
 * The order tells what a text is called that has several faults: "10
 * mx.example.com:25" is several words first.
 */
static enum mxpattern_fault
shape_fault(struct str s, bool wildcard)
{
	struct str name = wildcard ? str_sub(s, 2, s.len) : s;

	if (s.len == 0)
		return MXPATTERN_EMPTY;
	if (has(s, " \t,;"))
		return MXPATTERN_BLANK;
	if (has(s, "/"))
		return MXPATTERN_URL;
	if (has(s, "@"))
		return MXPATTERN_ADDRESS;
	if (has_port(s))
		return MXPATTERN_PORT;
	if (has(name, "*"))
		return MXPATTERN_STAR;
	if (s.p[0] == '.' && s.len > 1)
		return MXPATTERN_LEADING_DOT;
	return MXPATTERN_FINE;
}

bool
mxpattern_parse(struct str s, struct mxpattern *out, unsigned *notes,
    enum mxpattern_fault *fault, enum mtasts_dname_fault *name_fault)
{
	bool wildcard = str_starts(s, STR("*."));
	struct str name = wildcard ? str_sub(s, 2, s.len) : s;
	struct mxpattern p = { .wildcard = wildcard };
	enum mtasts_dname_fault why = MTASTS_DNAME_FINE;
	enum mxpattern_fault shape = shape_fault(s, wildcard);

	if (shape == MXPATTERN_FINE &&
	    mtasts_dname_parse(name.p, name.len, &p.name, notes, &why) !=
		MTASTS_OK)
		shape = MXPATTERN_NAME;
	if (why == MTASTS_DNAME_IP)
		shape = MXPATTERN_ADDRESS;
	/* "*." and a name that long leave no room for a label. */
	if (shape == MXPATTERN_FINE && wildcard &&
	    p.name.len > LIMIT_DNAME_LEN - 2) {
		shape = MXPATTERN_NAME;
		why = MTASTS_DNAME_LONG;
	}
	if (fault != NULL)
		*fault = shape;
	if (name_fault != NULL)
		*name_fault = why;
	if (shape != MXPATTERN_FINE)
		return false;
	*out = p;
	return true;
}

bool
mxpattern_fits(
    const struct mxpattern *pattern, const struct mtasts_dname *mx_host)
{
	struct str name = str_make(pattern->name.text, pattern->name.len);
	struct str host = str_make(mx_host->text, mx_host->len);
	struct str label, parent;

	if (!pattern->wildcard)
		return str_eq(host, name);
	/* Exactly one label stands for the star: the parent must be it. */
	return str_cut(host, '.', &label, &parent) && str_eq(parent, name);
}
