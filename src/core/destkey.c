/*
 * destkey - the destination that an MTA asks about
 *
 * RFC 8461 section 3.4; postconf(5) transport_maps for the forms of a next
 * hop. On the path of every question: a name that stands in its one form, as
 * nearly all do, is looked at once and copied; nothing is allocated. Knows no
 * policy and no DNS.
 */
#include "core/destkey.h"

#include "core/limits.h"

#include <stdio.h>

/* The services by name that a next hop of a mail server may have. */
static const struct {
	struct str name;
	unsigned port;
} services[] = {
	{ { "smtp", 4 }, 25 },
	{ { "submission", 10 }, 587 },
	{ { "submissions", 11 }, 465 },
	{ { "smtps", 5 }, 465 },
};

/* port_parse - a number, or one of a few names; 0: it is none */
static unsigned
port_parse(struct str s)
{
	uint64_t n;
	size_t i;

	if (str_u64(s, 65535, &n))
		return (unsigned)n;
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (str_eq_nocase(s, services[i].name))
			return services[i].port;
	return 0;
}

/* A key, taken apart. */
struct parts {
	struct str host;
	bool brackets;
	bool has_port;
	struct str port;
};

/* split_brackets - "[host]" or "[host]:port"; false for anything else */
static bool
split_brackets(struct str key, struct parts *out)
{
	size_t end = str_chr(key, ']');
	struct str rest;

	if (end == key.len)
		return false;
	rest = str_sub(key, end + 1, key.len);
	out->brackets = true;
	out->host = str_sub(key, 1, end - 1);
	out->has_port = rest.len > 0;
	if (!out->has_port)
		return true;
	out->port = str_sub(rest, 1, rest.len);
	return rest.p[0] == ':';
}

/* split - "host", "host:port"; what has more colons is left as it is */
static void
split(struct str key, struct parts *out)
{
	struct str host, port;

	out->host = key;
	if (!str_cut(key, ':', &host, &port) || str_chr(port, ':') < port.len)
		return;
	out->host = host;
	out->has_port = true;
	out->port = port;
}

/* bad - no name, and why */
static enum destkey_kind
bad(enum mtasts_dname_fault why, enum mtasts_dname_fault *fault)
{
	if (fault != NULL)
		*fault = why;
	return why == MTASTS_DNAME_IP ? DESTKEY_ADDRESS : DESTKEY_BAD;
}

/* put_text - the canonical form: no port when it is the usual one */
static void
put_text(struct destkey *k)
{
	char *p = k->text;

	if (k->brackets)
		*p++ = '[';
	memcpy(p, k->domain.text, k->domain.len);
	p += k->domain.len;
	if (k->brackets)
		*p++ = ']';
	*p = '\0';
	if (k->port != DESTKEY_PORT)
		p += snprintf(p, sizeof(":65535"), ":%u", k->port & 0xffff);
	k->len = (size_t)(p - k->text);
}

/*
 * is_plain - a name that mtasts_dname_parse() would give back as it is
 *
 * Only a way to be quick: false for some names that are fine, too.
 */
static bool
is_plain(struct str s)
{
	size_t i, label = 0;
	bool number = true;

	for (i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (c == '.') {
			if (label == 0 || s.p[i - 1] == '-')
				return false;
			label = 0;
			number = true;
			continue;
		}
		if (!ascii_digit(c)) {
			if ((c < 'a' || c > 'z') && (c != '-' || label == 0))
				return false;
			number = false;
		}
		if (++label > LIMIT_LABEL_LEN)
			return false;
	}
	return label > 0 && s.p[s.len - 1] != '-' && !number &&
	    s.len <= LIMIT_POLICY_DOMAIN_LEN;
}

/* take_plain - such a name is domain and canonical key at once */
static enum destkey_kind
take_plain(struct str key, struct destkey *out)
{
	memcpy(out->domain.text, key.p, key.len);
	out->domain.text[key.len] = '\0';
	out->domain.len = (unsigned char)key.len;
	out->brackets = false;
	out->port = DESTKEY_PORT;
	memcpy(out->text, out->domain.text, key.len + 1);
	out->len = key.len;
	return DESTKEY_DOMAIN;
}

enum destkey_kind
destkey_parse(
    struct str key, struct destkey *out, enum mtasts_dname_fault *fault)
{
	enum mtasts_dname_fault why = MTASTS_DNAME_FINE;
	struct parts parts = { .has_port = false };
	unsigned port = DESTKEY_PORT;

	if (key.len == 0)
		return bad(MTASTS_DNAME_EMPTY, fault);
	if (key.p[0] == '.')
		return DESTKEY_PARENT;
	if (is_plain(key))
		return take_plain(key, out);
	if (key.p[0] != '[')
		split(key, &parts);
	else if (!split_brackets(key, &parts))
		return bad(MTASTS_DNAME_CHARACTER, fault);
	/* The tag of RFC 5321 section 4.1.3; other addresses need none. */
	if (parts.brackets && str_starts_nocase(parts.host, STR("IPv6:")))
		return bad(MTASTS_DNAME_IP, fault);
	if (parts.has_port && (port = port_parse(parts.port)) == 0)
		return bad(MTASTS_DNAME_CHARACTER, fault);
	if (mtasts_dname_parse(parts.host.p, parts.host.len, &out->domain, NULL,
		&why) != MTASTS_OK)
		return bad(why, fault);
	if (out->domain.len > LIMIT_POLICY_DOMAIN_LEN)
		return bad(MTASTS_DNAME_LONG, fault);
	out->brackets = parts.brackets;
	out->port = port;
	put_text(out);
	return DESTKEY_DOMAIN;
}
