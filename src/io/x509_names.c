/*
 * x509_names - which hosts a certificate names
 *
 * Only dNSNames of subjectAltName count: RFC 8461 section 3.3, RFC 9525
 * section 6.3. Names are checked when they are read, so that matching is a
 * comparison of bytes.
 */
#include "io/x509.h"
#include "io/x509_parts.h"

#include "base/arena.h"
#include "mtasts/dname.h"

#include <openssl/x509v3.h>

/* Text of one name: "*." and a domain name. */
struct san {
	char text[2 + sizeof(((struct mtasts_dname *)0)->text)];
	size_t len;
};

/* read_san - the name in lower case; false when no host can have it */
static bool
read_san(const ASN1_IA5STRING *ia5, struct san *out)
{
	struct str s = str_make((const char *)ASN1_STRING_get0_data(ia5),
	    (size_t)ASN1_STRING_length(ia5));
	size_t lead = str_starts(s, STR("*.")) ? 2 : 0;
	struct mtasts_dname name;
	unsigned notes;

	if (mtasts_dname_parse(s.p + lead, s.len - lead, &name, &notes, NULL) !=
	    MTASTS_OK)
		return false;
	/* A certificate holds A-labels; other peers would not match these. */
	if ((notes & (MTASTS_DNAME_FINAL_DOT | MTASTS_DNAME_U_LABEL)) != 0)
		return false;
	memcpy(out->text, s.p, lead);
	memcpy(out->text + lead, name.text, name.len);
	out->len = lead + name.len;
	return true;
}

/*
 * walk_sans - read every dNSName; with x->names set, keep them there
 *
 * The number of names, their bytes in *text_len.
 */
static size_t
walk_sans(const GENERAL_NAMES *all, struct x509 *x, size_t *text_len)
{
	char *text =
	    x->names != NULL ? (char *)(x->names + x->name_count) : NULL;
	size_t count = 0;
	struct san san;
	int i;

	*text_len = 0;
	for (i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *general = sk_GENERAL_NAME_value(all, i);

		if (general->type != GEN_DNS ||
		    !read_san(general->d.dNSName, &san))
			continue;
		if (text != NULL) {
			memcpy(text + *text_len, san.text, san.len);
			x->names[count] = str_make(text + *text_len, san.len);
		}
		*text_len += san.len;
		count++;
	}
	return count;
}

enum mtasts_err
x509_take_names(struct x509 *x)
{
	GENERAL_NAMES *all =
	    X509_get_ext_d2i(x->leaf, NID_subject_alt_name, NULL, NULL);
	enum mtasts_err err = MTASTS_OK;
	size_t count, text_len;

	if (all == NULL)
		goto out;
	if (sk_GENERAL_NAME_num(all) > X509_NAMES_MAX) {
		err = MTASTS_ELIMIT;
		goto out;
	}
	count = walk_sans(all, x, &text_len);
	if (count == 0)
		goto out;
	x->names = mem_alloc(count * sizeof(*x->names) + text_len);
	if (x->names == NULL) {
		err = MTASTS_ENOMEM;
		goto out;
	}
	x->name_count = count;
	(void)walk_sans(all, x, &text_len);
out:
	GENERAL_NAMES_free(all);
	return err;
}

size_t
x509_name_count(const struct x509 *x)
{
	return x->name_count;
}

struct str
x509_name(const struct x509 *x, size_t i)
{
	return i < x->name_count ? x->names[i] : str_make(NULL, 0);
}

/* name_fits - does one dNSName stand for the host? */
static bool
name_fits(struct str name, struct str host)
{
	struct str label, parent;

	if (!str_starts(name, STR("*.")))
		return str_eq(name, host);
	return str_cut(host, '.', &label, &parent) && label.len > 0 &&
	    str_eq(str_sub(name, 2, name.len), parent);
}

bool
x509_names_host(const struct x509 *x, struct str host)
{
	size_t i;

	for (i = 0; i < x->name_count; i++) {
		if (name_fits(x->names[i], host))
			return true;
	}
	return false;
}
