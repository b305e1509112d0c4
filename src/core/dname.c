/*
 * dname - domain names: read as people write them, kept in one form
 *
 * RFC 5321 section 4.1.2, RFC 1123 section 2.1, RFC 5891 section 5. The only
 * room that knows the libraries for international names (IDNA2008 with the
 * non-transitional mapping of UTS #46) and for public suffixes; both are asked
 * for their built-in tables, never for files. Knows nothing of policies.
 *
 * Names in ASCII, nearly all of them, go past the library. An xn-- label is
 * then taken as it stands even when IDNA2008 would not allow what it decodes
 * to: such names exist in DNS, and no byte but letters, digits and hyphens can
 * come through.
 */
#include "mtasts/dname.h"

#include "base/str.h"
#include "core/limits.h"

#include <idn2.h>
#include <libpsl.h>

/*
 * Bytes of UTF-8 that are looked at. A name of 253 bytes in A-labels has fewer
 * even when every label decodes to the longest that fits.
 */
#define U_NAME_MAX 1024

/* A name being read. */
struct reading {
	struct mtasts_dname name;
	unsigned notes;
};

/* put_label - append a label's bytes in lower case */
static enum mtasts_dname_fault
put_label(struct reading *r, struct str label)
{
	size_t i;

	for (i = 0; i < label.len; i++) {
		char c = label.p[i];

		if (c == '_')
			r->notes |= MTASTS_DNAME_UNDERSCORE;
		else if (c >= 'A' && c <= 'Z')
			r->notes |= MTASTS_DNAME_UPPER_CASE;
		else if (!ascii_alnum(c) && c != '-')
			return MTASTS_DNAME_CHARACTER;
		r->name.text[r->name.len++] = ascii_lower(c);
	}
	return MTASTS_DNAME_FINE;
}

/* take_label - check one label and append it */
static enum mtasts_dname_fault
take_label(struct reading *r, struct str label)
{
	enum mtasts_dname_fault fault;

	if (label.len == 0)
		return MTASTS_DNAME_EMPTY_LABEL;
	if (label.len > LIMIT_LABEL_LEN)
		return MTASTS_DNAME_LONG_LABEL;
	fault = put_label(r, label);
	if (fault != MTASTS_DNAME_FINE)
		return fault;
	if (label.p[0] == '-' || label.p[label.len - 1] == '-')
		return MTASTS_DNAME_HYPHEN;
	return MTASTS_DNAME_FINE;
}

/*
 * is_literal - an IPv6 address, or "[...]" around an address of any kind
 *
 * Only asked about texts that are no names, to say so in better words.
 */
static bool
is_literal(struct str s)
{
	size_t i, colons = 0;
	bool bracket = s.len > 1 && s.p[0] == '[' && s.p[s.len - 1] == ']';

	if (bracket)
		s = str_sub(s, 1, s.len - 2);
	if (bracket && str_starts_nocase(s, STR("IPv6:")))
		return true;
	for (i = 0; i < s.len; i++) {
		char c = ascii_lower(s.p[i]);

		if (c == ':')
			colons++;
		else if (!ascii_digit(c) && c != '.' && (c < 'a' || c > 'f'))
			return false;
	}
	return s.len > 0 && (bracket || colons > 1);
}

/* read_ascii - check a name of ASCII bytes and append it to an empty *r */
static enum mtasts_dname_fault
read_ascii(struct reading *r, struct str s)
{
	enum mtasts_dname_fault fault;
	struct str label, rest = s;
	bool more;

	if (str_ends(rest, STR("."))) {
		r->notes |= MTASTS_DNAME_FINAL_DOT;
		rest.len--;
	}
	if (rest.len == 0)
		return MTASTS_DNAME_EMPTY;
	if (rest.len > LIMIT_DNAME_LEN)
		return MTASTS_DNAME_LONG;
	do {
		more = str_cut(rest, '.', &label, &rest);
		if (r->name.len > 0)
			r->name.text[r->name.len++] = '.';
		fault = take_label(r, label);
		if (fault == MTASTS_DNAME_CHARACTER && is_literal(s))
			return MTASTS_DNAME_IP;
		if (fault != MTASTS_DNAME_FINE)
			return fault;
	} while (more);
	r->name.text[r->name.len] = '\0';
	/* No top-level domain is a number: 192.0.2.1, and 127.1 in libc. */
	return str_digits(label) ? MTASTS_DNAME_IP : MTASTS_DNAME_FINE;
}

/* idn_fault - what the library's refusal means */
static enum mtasts_dname_fault
idn_fault(int rc)
{
	switch (rc) {
	case IDN2_TOO_BIG_DOMAIN:
		return MTASTS_DNAME_LONG;
	case IDN2_TOO_BIG_LABEL:
	case IDN2_PUNYCODE_BIG_OUTPUT:
		return MTASTS_DNAME_LONG_LABEL;
	case IDN2_HYPHEN_STARTEND:
		return MTASTS_DNAME_HYPHEN;
	default:
		return MTASTS_DNAME_IDNA;
	}
}

/* read_unicode - convert a name with other than ASCII bytes and read that */
static enum mtasts_err
read_unicode(struct reading *r, struct str s, enum mtasts_dname_fault *fault)
{
	char text[U_NAME_MAX + 1];
	uint8_t *ascii = NULL;
	int rc;

	*fault = MTASTS_DNAME_LONG;
	if (s.len > U_NAME_MAX)
		return MTASTS_OK;
	*fault = MTASTS_DNAME_CHARACTER;
	if (!str_utf8(s))
		return MTASTS_OK;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	rc = idn2_lookup_u8((const uint8_t *)text, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc == IDN2_MALLOC)
		return MTASTS_ENOMEM;
	if (rc != IDN2_OK) {
		*fault = idn_fault(rc);
		return MTASTS_OK;
	}
	/* The mapping may give any ASCII, even a slash or an IP address. */
	*fault = read_ascii(r, str_of((const char *)ascii));
	r->notes |= MTASTS_DNAME_U_LABEL;
	idn2_free(ascii);
	return MTASTS_OK;
}

enum mtasts_err
mtasts_dname_parse(const char *text, size_t len, struct mtasts_dname *out,
    unsigned *notes, enum mtasts_dname_fault *fault)
{
	enum mtasts_dname_fault why = MTASTS_DNAME_FINE;
	enum mtasts_err err = MTASTS_OK;
	struct str s = str_make(text, len);
	struct reading r = { .notes = 0 };

	if (str_high(s) == s.len)
		why = read_ascii(&r, s);
	else
		err = read_unicode(&r, s, &why);
	if (err != MTASTS_OK)
		return err;
	if (fault != NULL)
		*fault = why;
	if (why != MTASTS_DNAME_FINE)
		return MTASTS_ESYNTAX;
	*out = r.name;
	if (notes != NULL)
		*notes = r.notes;
	return MTASTS_OK;
}

const char *
mtasts_dname_fault_text(enum mtasts_dname_fault fault)
{
	switch (fault) {
	case MTASTS_DNAME_FINE:
		return "is a domain name";
	case MTASTS_DNAME_EMPTY:
		return "is empty";
	case MTASTS_DNAME_EMPTY_LABEL:
		return "has an empty label (two dots, or a dot in front)";
	case MTASTS_DNAME_LONG_LABEL:
		return "has a label of more than 63 bytes";
	case MTASTS_DNAME_LONG:
		return "is longer than 253 bytes";
	case MTASTS_DNAME_HYPHEN:
		return "has a label that begins or ends with a hyphen";
	case MTASTS_DNAME_CHARACTER:
		return "has a character that no host name may have";
	case MTASTS_DNAME_IP:
		return "is an IP address or ends in a number";
	case MTASTS_DNAME_IDNA:
		return "has a label that IDNA2008 does not allow";
	}
	return "is no domain name";
}

int
mtasts_dname_is_public_suffix(const struct mtasts_dname *name)
{
	const psl_ctx_t *psl = psl_builtin();

	/* Without a list, what has no dot is surely one. */
	if (psl == NULL)
		return memchr(name->text, '.', name->len) == NULL;
	return psl_is_public_suffix(psl, name->text);
}
