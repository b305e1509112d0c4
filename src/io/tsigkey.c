/*
 * tsigkey.c - keys of TSIG, as DNS servers and their tools write them
 *
 * All forms are read as words, or texts in quotes: braces and semicolons stand
 * between them, as blanks do. Must not know what is signed.
 */
#include "io/tsigkey.h"

#include "base/buf.h"
#include "base/enc.h"
#include "mtasts/dname.h"

#include <stdio.h>

#define SECRET_BYTES 512

static const struct diag_rule rule_form = {
	.id = "C21",
	.name = "tsig-key-form",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "RFC 8945",
	.fix = "Make one with: tsig-keygen -a hmac-sha256 NAME, or keymgr -t "
	       "NAME hmac-sha256",
};

const struct diag_rule *const tsigkey_rules[] = { &rule_form, NULL };

static const char *const algorithms[] = { "hmac-sha256", "hmac-sha512",
	"hmac-sha384", "hmac-sha224", "hmac-sha1" };

/* What the words have told so far; spans of the text. */
struct parts {
	struct str name, algorithm, secret;
	bool twice;
};

void
tsigkey_wipe(struct tsigkey *key)
{
	secret_wipe(key, sizeof(*key));
}

/* refuse - a finding that says nothing of what stands there */
static enum mtasts_err
refuse(const char *file, const char *what, struct mtasts_diags *diags)
{
	diag_add(diags, &rule_form, (struct diag_place){ .file = file },
	    "the key of TSIG %s", what);
	return MTASTS_ECONF;
}

/* between - may this stand between two words? */
static bool
between(char c)
{
	return ascii_wsp(c) || c == '\n' || c == '\r' || c == '{' || c == '}' ||
	    c == ';';
}

/*
 * skip_comment - the length of a comment at the beginning, or 0
 *
 * A secret may begin with two slashes: where a value is to come they are its.
 */
static size_t
skip_comment(struct str s, bool value)
{
	size_t end;

	if (str_starts(s, STR("/*"))) {
		end = str_find(str_sub(s, 2, s.len), STR("*/"));
		return end + 4 < s.len ? end + 4 : s.len;
	}
	if (str_starts(s, STR("#")) || (!value && str_starts(s, STR("//"))))
		return str_chr(s, '\n');
	return 0;
}

/* next_word - take the next word off the text; false at its end */
static bool
next_word(struct str *rest, struct str *word, bool value)
{
	size_t n = 0;

	while (rest->len > 0) {
		n = between(rest->p[0]) ? 1 : skip_comment(*rest, value);
		if (n == 0)
			break;
		*rest = str_sub(*rest, n, rest->len);
	}
	if (rest->len > 0 && rest->p[0] == '"') {
		*rest = str_sub(*rest, 1, rest->len);
		return str_cut(*rest, '"', word, rest);
	}
	for (n = 0; n < rest->len && !between(rest->p[n]);)
		n++;
	*word = str_sub(*rest, 0, n);
	*rest = str_sub(*rest, n, rest->len);
	return n > 0;
}

/* is_label - is it the word, with or without a colon behind it? */
static bool
is_label(struct str word, struct str label)
{
	if (word.len == label.len + 1 && word.p[label.len] == ':')
		word.len--;
	return str_eq_nocase(word, label);
}

/* take - the word after a label is its value */
static void
take(struct parts *p, struct str *value, struct str *rest)
{
	p->twice |= value->len > 0;
	if (!next_word(rest, value, true))
		*value = STR("");
}

/* read_words - the forms of BIND and Knot; false for words of neither */
static bool
read_words(struct str text, struct parts *p)
{
	struct str word;

	while (next_word(&text, &word, false)) {
		if (str_eq(word, STR("key:")) || str_eq(word, STR("-")))
			continue;
		if (str_eq_nocase(word, STR("key")) ||
		    is_label(word, STR("id")))
			take(p, &p->name, &text);
		else if (is_label(word, STR("algorithm")))
			take(p, &p->algorithm, &text);
		else if (is_label(word, STR("secret")))
			take(p, &p->secret, &text);
		else
			return false;
	}
	return true;
}

/* read_short - ALGORITHM:NAME:SECRET; false when it is not that */
static bool
read_short(struct str text, struct parts *p)
{
	struct str word, more, rest;

	return next_word(&text, &word, false) &&
	    !next_word(&text, &more, false) &&
	    str_cut(word, ':', &p->algorithm, &rest) &&
	    str_cut(rest, ':', &p->name, &p->secret) && p->name.len > 0;
}

/* set_algorithm - one that we know, in its one form */
static bool
set_algorithm(struct str s, struct tsigkey *out)
{
	if (s.len > 0 && s.p[s.len - 1] == '.')
		s.len--;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		if (!str_eq_nocase(s, str_of(algorithms[i])))
			continue;
		snprintf(out->algorithm, sizeof(out->algorithm), "%s",
		    algorithms[i]);
		return true;
	}
	return false;
}

/* set_secret - base64 of 1 to 512 bytes */
static bool
set_secret(struct str s, struct tsigkey *out)
{
	struct buf bytes;
	bool good;

	buf_init(&bytes, SECRET_BYTES);
	good = s.len > 0 && s.len < sizeof(out->secret) &&
	    enc_base64_decode(&bytes, s) == MTASTS_OK &&
	    buf_error(&bytes) == MTASTS_OK && bytes.len > 0;
	if (good) {
		memcpy(out->secret, s.p, s.len);
		out->secret[s.len] = '\0';
	}
	secret_wipe(bytes.p, bytes.len);
	buf_free(&bytes);
	return good;
}

enum mtasts_err
tsigkey_parse(struct str text, const char *file, struct tsigkey *out,
    struct mtasts_diags *diags)
{
	struct parts p = { .twice = false };
	struct mtasts_dname name;

	*out = (struct tsigkey){ .name = "" };
	if (!read_short(text, &p)) {
		p = (struct parts){ .twice = false };
		if (!read_words(text, &p))
			return refuse(file,
			    "stands in no form that is known here: key \"NAME\" "
			    "{ algorithm ...; secret ...; }; or "
			    "ALGORITHM:NAME:SECRET",
			    diags);
	}
	if (p.twice)
		return refuse(file, "is not the only one", diags);
	if (mtasts_dname_parse(p.name.p, p.name.len, &name, NULL, NULL) !=
	    MTASTS_OK)
		return refuse(file, "has no name, or one that is none", diags);
	if (!set_algorithm(p.algorithm, out))
		return refuse(file,
		    "is for no algorithm of ours: hmac-sha256, hmac-sha512, "
		    "hmac-sha384, hmac-sha224 or hmac-sha1",
		    diags);
	if (!set_secret(p.secret, out))
		return refuse(
		    file, "has no secret in base64, or a damaged one", diags);
	memcpy(out->name, name.text, name.len + 1u);
	return MTASTS_OK;
}

enum mtasts_err
tsigkey_read(const char *name, struct tsigkey *out, struct mtasts_diags *diags)
{
	struct secret text = { 0 };
	enum mtasts_err err = secret_read(name, &text, diags);

	if (err != MTASTS_OK)
		return err;
	err = tsigkey_parse(str_make(text.text, text.len), name, out, diags);
	if (err != MTASTS_OK)
		tsigkey_wipe(out);
	secret_free(&text);
	return err;
}
