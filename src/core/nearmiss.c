/*
 * nearmiss - why a TXT record does not count as the record it was meant to be
 *
 * RFC 8461 section 3.1, RFC 8460 section 3. Only words people's mistakes: the
 * decision that the record does not count was made before, by the letter. The
 * order of the questions matters, since one mistake often brings another: a
 * pasted line of a zone file has quotes too.
 */
#include "core/nearmiss.h"

#include "core/limits.h"

/* What begins with v= too. */
struct foreign {
	struct str version;
	const char *seen;
	bool ours; /* of the two records that we know */
};

static const struct foreign foreigns[] = {
	{ { "v=STSv1", 7 },
	    "it is an MTA-STS record, which belongs at _mta-sts", true },
	{ { "v=TLSRPTv1", 10 },
	    "it is a TLSRPT record, which belongs at _smtp._tls", true },
	{ { "v=spf1", 6 }, "it is an SPF record, which belongs at the domain",
	    false },
	{ { "v=DMARC1", 8 }, "it is a DMARC record, which belongs at _dmarc",
	    false },
	{ { "v=DKIM1", 7 }, "it is a DKIM key, which belongs at its selector",
	    false },
	{ { "v=BIMI1", 7 }, "it is a BIMI record", false },
};

/* contains - is the word in the span, in any case? */
static bool
contains(struct str s, struct str word)
{
	return str_find_nocase(s, word) < s.len;
}

/* first_of - offset of the first byte that is one of these, or s.len */
static size_t
first_of(struct str s, const char *bytes)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] != '\0' && strchr(bytes, s.p[i]) != NULL)
			break;
	return i;
}

/* skip_junk - without blanks, quotes and the like at the beginning */
static struct str
skip_junk(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (ascii_alnum(s.p[i]) || s.p[i] == '_')
			break;
	return str_sub(s, i, s.len);
}

/* say - fill the answer */
static bool
say(struct nearmiss *out, enum txtrec_rule rule, size_t offset,
    const char *seen)
{
	*out = (struct nearmiss){
		.rule = rule,
		.column = (unsigned)offset + 1,
		.seen = seen,
		.meant = true,
	};
	return true;
}

/* inside - the character at an offset that should not be in the record */
static bool
inside(
    struct nearmiss *out, enum txtrec_rule rule, struct str text, size_t offset)
{
	say(out, rule, offset, NULL);
	out->inside = txtrec_byte_name(str_sub(text, offset, text.len));
	return true;
}

/* wrapped - is the record inside of something: a zone line, quotes, Unicode? */
static bool
wrapped(const struct txtkind *kind, struct str text, size_t word,
    struct nearmiss *out)
{
	struct str before = str_sub(text, 0, word);
	size_t quote = first_of(text, "\"'`\\");
	size_t high = str_high(text);

	if (contains(before, STR("TXT ")) || contains(before, STR("TXT\t")) ||
	    str_starts_nocase(text, str_of(kind->owner)))
		return say(out, TXTREC_ZONE_LINE, 0,
		    "it is a whole line of a zone file");
	if (quote < text.len && quote <= high)
		return inside(out, TXTREC_QUOTES, text, quote);
	if (high < text.len)
		return inside(out, TXTREC_NOT_ASCII, text, high);
	if (text.p[0] == ' ' || text.p[0] == '\t')
		return say(
		    out, TXTREC_LEADING_BLANK, 0, "it begins with a blank");
	return false;
}

/* only - does the span hold none but these bytes? */
static bool
only(struct str s, const char *bytes)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '\0' || strchr(bytes, s.p[i]) == NULL)
			return false;
	return true;
}

/* misplaced - what stands before the version's word is not "v=" */
static void
misplaced(struct str text, size_t word, struct nearmiss *out)
{
	struct str before = str_sub(text, 0, word);
	bool file =
	    contains(text, STR("mode")) || contains(text, STR("max_age"));

	if (str_eq_nocase(before, STR("v=")))
		say(out, TXTREC_VERSION_CASE, 0, "its v is a capital letter");
	else if (str_starts_nocase(before, STR("version")) && file)
		say(out, TXTREC_FILE, 0, "it is the text of a policy file");
	else if (only(before, "vVersion=:- \t"))
		say(out, TXTREC_VERSION_FORM, 0,
		    word == 0 ? "it has no v= in front"
			      : "it does not begin with v=");
	else if (str_starts_nocase(before, STR("v=")) &&
	    first_of(before, "; \t") == before.len)
		say(out, TXTREC_VERSION_WORD, 2, "its version is unknown");
	else
		say(out, TXTREC_ORDER, word, "its version does not come first");
}

/* with_word - the version's word stands in the text at this offset */
static void
with_word(const struct txtkind *kind, struct str text, size_t word,
    struct nearmiss *out)
{
	struct str rest = str_sub(text, word + kind->word.len, text.len);

	if (wrapped(kind, text, word, out))
		return;
	if (!str_eq(str_sub(text, 0, word), STR("v="))) {
		misplaced(text, word, out);
		return;
	}
	if (!str_starts(text, kind->version))
		say(out, TXTREC_VERSION_CASE, word,
		    "its version is in the wrong case");
	else if (str_trim(rest).len == 0)
		say(out, TXTREC_VERSION_ALONE, text.len,
		    "it has a version and nothing else");
	else if (ascii_digit(rest.p[0]))
		say(out, TXTREC_VERSION_WORD, 2, "its version is unknown");
	else
		say(out, TXTREC_NO_SEMICOLON, word + kind->word.len,
		    "no semicolon follows its version");
}

/* bad_version - v= and a word that looks like our version; or our field */
static bool
bad_version(const struct txtkind *kind, struct str s, size_t offset,
    struct nearmiss *out)
{
	struct str word = str_sub(s, 2, s.len), after;

	if (str_starts_nocase(s, STR("v=")) ||
	    str_starts_nocase(s, STR("v:"))) {
		word = str_sub(word, 0, first_of(word, "; ,\t"));
		if (contains(word, kind->stem) ||
		    str_distance(word, kind->word) <= 2)
			return say(out, TXTREC_VERSION_WORD, offset + 2,
			    "its version is unknown");
		return false;
	}
	after = str_trim_left(str_sub(s, kind->field.len, s.len));
	if (str_starts_nocase(s, kind->field) &&
	    (str_starts(after, STR("=")) || str_starts(after, STR(":"))))
		return say(out, TXTREC_NO_VERSION, offset, "it has no version");
	return false;
}

/* foreign - a record of another standard; null when it is none we know */
static const struct foreign *
foreign(const struct txtkind *kind, struct str s)
{
	size_t i;

	for (i = 0; i < sizeof(foreigns) / sizeof(foreigns[0]); i++)
		if (str_starts_nocase(s, foreigns[i].version) &&
		    !str_eq(kind->version, foreigns[i].version))
			return &foreigns[i];
	return NULL;
}

void
nearmiss_find(const struct txtkind *kind, struct str text, struct nearmiss *out)
{
	struct str s = str_sub(text, 0, LIMIT_TXT_LEN);
	size_t word = str_find_nocase(s, kind->word);
	struct str bare = skip_junk(s);
	const struct foreign *other;

	if (str_trim(s).len == 0) {
		say(out, TXTREC_BLANK, 0, "it is empty");
		out->meant = false;
		return;
	}
	if (word < s.len) {
		with_word(kind, s, word, out);
		return;
	}
	other = foreign(kind, bare);
	if (other == NULL && bad_version(kind, bare, s.len - bare.len, out))
		return;
	say(out, TXTREC_UNRELATED, 0, "it is about something else");
	out->meant = false;
	if (other != NULL)
		out->seen = other->seen;
	if (other != NULL && other->ours)
		out->rule = TXTREC_OTHER_KIND;
}
