/*
 * rua - one address that TLS reports are to be sent to
 *
 * RFC 8460 section 3, RFC 3986, RFC 6068. Syntax only: whether somebody reads
 * what is sent there is not known here.
 */
#include "core/rua.h"

#include "mtasts/dname.h"

#define SALVAGE_MAX 5

/* hex_digit - 0-9, a-f, A-F */
static bool
hex_digit(char c)
{
	return ascii_digit(c) ||
	    (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'f');
}

/*
 * byte_fault - what is wrong with the byte at an offset of a URI
 *
 * RFC 3986 section 2 without the three that RFC 8460 wants encoded.
 */
static enum rua_fault
byte_fault(struct str uri, size_t i)
{
	char c = uri.p[i];

	if (ascii_alnum(c))
		return RUA_FINE;
	if (c == '!' || c == ',' || c == ';')
		return RUA_UNENCODED;
	if (ascii_wsp(c))
		return RUA_BLANK;
	if (c == '%')
		return i + 2 < uri.len && hex_digit(uri.p[i + 1]) &&
			hex_digit(uri.p[i + 2])
		    ? RUA_FINE
		    : RUA_PERCENT;
	if (c != '\0' && strchr("-._~:/?#[]@$&'()*+=", c) != NULL)
		return RUA_FINE;
	return RUA_CHARACTER;
}

/* is_size - "!10m" and the like at an offset, to the end of the text */
static bool
is_size(struct str uri, size_t at)
{
	struct str size = str_sub(uri, at + 1, uri.len);
	size_t i = 0;

	while (i < size.len && ascii_digit(size.p[i]))
		i++;
	if (i > 0 && i + 1 == size.len && ascii_alnum(size.p[i]) &&
	    strchr("kmgt", ascii_lower(size.p[i])) != NULL)
		i++;
	return i > 0 && i == size.len;
}

/* scheme_len - bytes before the colon when they are a scheme; else 0 */
static size_t
scheme_len(struct str uri)
{
	size_t i;

	for (i = 0; i < uri.len; i++) {
		char c = uri.p[i];

		if (c == ':')
			return i;
		if (!ascii_alnum(c) && c != '+' && c != '-' && c != '.')
			return 0;
		if (i == 0 && ascii_digit(c))
			return 0;
	}
	return 0;
}

/* is_name - a domain name; or, where wanted, an IPv4 address */
static bool
is_name(struct str s, bool address)
{
	enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
	struct mtasts_dname name;

	return mtasts_dname_parse(s.p, s.len, &name, NULL, &fault) ==
	    MTASTS_OK ||
	    (address && fault == MTASTS_DNAME_IP);
}

/* last_at - offset of the last "@", or the length */
static size_t
last_at(struct str s)
{
	size_t i;

	for (i = s.len; i > 0; i--)
		if (s.p[i - 1] == '@')
			return i - 1;
	return s.len;
}

/* until - the span before the first of these bytes */
static struct str
until(struct str s, const char *bytes)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] != '\0' && strchr(bytes, s.p[i]) != NULL)
			break;
	return str_sub(s, 0, i);
}

/* is_mailbox - local part, "@", domain; as RFC 6068 has it in mailto: */
static bool
is_mailbox(struct str s)
{
	size_t at = last_at(s);

	struct str local = str_sub(s, 0, at);

	return at > 0 && at < s.len && until(local, "/:[]()@").len == at &&
	    is_name(str_sub(s, at + 1, s.len), false);
}

/* is_authority - "//host" and maybe user, port and path behind it */
static bool
is_authority(struct str s)
{
	struct str host, port;
	size_t at;
	uint64_t n;

	if (!str_starts(s, STR("//")))
		return false;
	host = until(str_sub(s, 2, s.len), "/?#");
	at = last_at(host);
	if (at < host.len)
		host = str_sub(host, at + 1, host.len);
	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		return host.len > 2;
	if (str_cut(host, ':', &host, &port) && port.len > 0 &&
	    !str_u64(port, 65535, &n))
		return false;
	return is_name(host, true);
}

/* check_bytes - the first byte that may not stand in a URI as it does */
static enum rua_fault
check_bytes(struct str uri, size_t *offset)
{
	enum rua_fault fault;
	size_t i;

	for (i = 0; i < uri.len; i++) {
		fault = byte_fault(uri, i);
		if (fault == RUA_FINE)
			continue;
		*offset = i;
		if (uri.p[i] == '!' && is_size(uri, i))
			return RUA_SIZE;
		return fault;
	}
	return RUA_FINE;
}

enum rua_fault
rua_check(struct str uri, enum rua_scheme *scheme, size_t *offset)
{
	size_t len = scheme_len(uri), at = 0;
	struct str name = str_sub(uri, 0, len);
	struct str rest = str_sub(uri, len + 1, uri.len);
	enum rua_scheme which = RUA_OTHER;
	enum rua_fault fault = RUA_FINE;

	if (str_eq_nocase(name, STR("mailto")))
		which = RUA_MAILTO;
	else if (str_eq_nocase(name, STR("https")))
		which = RUA_HTTPS;
	if (uri.len == 0)
		fault = RUA_EMPTY;
	else
		fault = check_bytes(uri, &at);
	if (fault == RUA_FINE && len == 0)
		fault = RUA_NO_SCHEME;
	if (fault == RUA_FINE && which == RUA_MAILTO &&
	    !is_mailbox(until(rest, "?#")))
		fault = RUA_ADDRESS;
	if (fault == RUA_FINE && which == RUA_HTTPS && !is_authority(rest))
		fault = RUA_HOST;
	if (fault == RUA_ADDRESS || fault == RUA_HOST)
		at = len + 1;
	if (scheme != NULL && len > 0)
		*scheme = which;
	if (offset != NULL)
		*offset = at;
	return fault;
}

const char *
rua_fault_text(enum rua_fault fault)
{
	switch (fault) {
	case RUA_FINE:
		return "is fine";
	case RUA_EMPTY:
		return "is empty";
	case RUA_NO_SCHEME:
		return "has no mailto: or https: in front";
	case RUA_SIZE:
		return "has a size limit behind it, which TLSRPT does not have";
	case RUA_UNENCODED:
		return "has a comma, exclamation mark or semicolon that is "
		       "not encoded";
	case RUA_BLANK:
		return "has a blank in it";
	case RUA_PERCENT:
		return "has a percent sign without two hexadecimal digits";
	case RUA_CHARACTER:
		return "has a character that no URI may have";
	case RUA_ADDRESS:
		return "says mailto: but has no mail address";
	case RUA_HOST:
		return "says https: but has no host";
	}
	return "is no address for reports";
}

/* put_if_good - append a URI made of two parts when it is one */
static bool
put_if_good(struct buf *b, const char *scheme, struct str rest, bool first)
{
	struct buf uri;
	size_t i;
	bool good;

	buf_init(&uri, 1024);
	buf_puts(&uri, scheme);
	for (i = 0; i < rest.len; i++) {
		if (rest.p[i] == '!')
			buf_puts(&uri, "%21");
		else
			buf_putc(&uri, rest.p[i]);
	}
	good = buf_error(&uri) == MTASTS_OK &&
	    rua_check(buf_str(&uri), NULL, NULL) == RUA_FINE;
	if (good && !first)
		buf_puts(b, ",");
	if (good)
		buf_put_str(b, buf_str(&uri));
	buf_free(&uri);
	return good;
}

/* salvage_word - append the address that one word was meant to be */
static bool
salvage_word(struct str word, struct buf *b, bool first)
{
	size_t slashes = str_find(word, STR("://")), at = last_at(word);
	struct str name = str_sub(word, 0, slashes);
	size_t size, from;

	if (slashes < word.len &&
	    (str_ends(name, STR("http")) || str_ends(name, STR("https"))))
		return put_if_good(
		    b, "https:", str_sub(word, slashes + 1, word.len), first);
	if (at == word.len)
		return false;
	size = at + until(str_sub(word, at, word.len), "!").len;
	/* The mailbox begins behind the last "=", ":" or "/" before its "@". */
	for (from = at; from > 0; from--)
		if (strchr("=:/", word.p[from - 1]) != NULL)
			break;
	return put_if_good(
	    b, "mailto:", str_sub(word, from, size - from), first);
}

/* is_gap - does the byte stand between addresses, however they are written? */
static bool
is_gap(char c)
{
	return (unsigned char)c <= ' ' || (unsigned char)c > 126 ||
	    strchr(",;\"'`\\<>", c) != NULL;
}

unsigned
rua_salvage(struct str text, struct buf *b)
{
	unsigned count = 0;
	size_t len;

	while (text.len > 0 && count < SALVAGE_MAX) {
		for (len = 0; len < text.len && !is_gap(text.p[len]); len++)
			;
		if (salvage_word(str_sub(text, 0, len), b, count == 0))
			count++;
		text = str_sub(text, len + 1, text.len);
	}
	return count;
}
