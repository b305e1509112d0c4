/*
 * conf_form.c - what texts of the configuration must look like
 *
 * Says of a value what its option wants when it is none. Knows the forms of
 * texts; numbers and choices are conf_value.c's.
 */
#include "io/conf_form.h"

#include "base/utf8.h"
#include "core/reply.h"
#include "core/rule.h"
#include "io/challenge.h"
#include "io/conf_rule.h"
#include "io/listen.h"
#include "mtasts/dname.h"

#include <arpa/inet.h>

#define ITEM_MAX 4096 /* bytes of one text */

enum mtasts_err
conf_refuse(const struct conf_check *c, const char *want)
{
	struct diag_quote q;

	diag_add(c->diags, &conf_rules[CONF_RULE_VALUE], c->at,
	    "%s: %s wants %s, not \"%s\"", c->row->section, c->row->name, want,
	    diag_quote(&q, c->text));
	return MTASTS_ECONF;
}

void
conf_type_text(const struct conf_option *row, struct buf *b)
{
	static const char *const forms[] = { [CONF_ANY] = "a text",
		[CONF_URL] = "a URL such as sqlite:/var/lib/mtasts",
		[CONF_ADDRESS] = ("an address such as 127.0.0.1:443, "
				  "[::1]:443, unix:/PATH or systemd:NAME"),
		[CONF_NETWORK] = "an address or network such as 10.0.0.0/8",
		[CONF_PATH] = "a path that begins with a slash",
		[CONF_NAME] = "a host name",
		[CONF_SERVER] = ("system, or an address such as 127.0.0.1, "
				 "127.0.0.1:53 or [::1]:53"),
		[CONF_SOCKET] = "a path such as /run/mtasts/resolver.ctl",
		[CONF_MAP] = "QUERYwithTLSRPT, QUERY, postfix or sts",
		[CONF_PROXY] = "a URL such as http://proxy.example:3128",
		[CONF_REPLY] = "a value of a Postfix TLS policy table",
		[CONF_HTTPS] = "a URL such as https://ca.example/directory",
		[CONF_MAIL] = "an address such as hostmaster@example.org",
		[CONF_CHALLENGE] = "tls-alpn-01, http-01 or dns-01",
		[CONF_PEER] = "an address such as 192.0.2.53, 192.0.2.53:53 "
			      "or [2001:db8::53]:53",
		[CONF_API] = "a URL such as http://127.0.0.1:8081",
		[CONF_ZONE] = "a zone such as example.org, or *",
		[CONF_SECRET] = "a path, or the name of a credential" };
	size_t i;

	switch (row->type) {
	case CONF_TEXT:
	case CONF_LIST:
		buf_puts(b, forms[row->form]);
		break;
	case CONF_BOOL:
		buf_puts(b, "true or false");
		break;
	case CONF_INT:
		buf_puts(b, "a number");
		break;
	case CONF_DURATION:
		buf_puts(b, "a duration such as 5s, 10m or 1h");
		break;
	case CONF_SIZE:
		buf_puts(b, "a size such as 512, 8k or 1m");
		break;
	case CONF_WHEN:
		buf_puts(b,
		    "a date such as 2027-11-30, or a time such as "
		    "2027-11-30T12:00:00Z");
		break;
	case CONF_CHOICE:
		buf_puts(b, "one of");
		for (i = 0; row->choices[i] != NULL; i++)
			buf_putf(b, "%s %s", i > 0 ? "," : "", row->choices[i]);
		break;
	}
}

enum mtasts_err
conf_refuse_type(const struct conf_check *c)
{
	enum mtasts_err err = MTASTS_ENOMEM;
	struct buf b;

	buf_init(&b, 1024);
	conf_type_text(c->row, &b);
	if (buf_error(&b) == MTASTS_OK)
		err = conf_refuse(c, b.p);
	buf_free(&b);
	return err;
}

/* printable - nothing in it that a log or a terminal must not see */
static bool
printable(struct str s)
{
	uint32_t cp;
	size_t n;

	while (s.len > 0) {
		n = utf8_next(s, &cp);
		if (n == 0 || !utf8_printable(cp))
			return false;
		s = str_sub(s, n, s.len);
	}
	return true;
}

/* is_address - an IP address, bare */
static bool
is_address(struct str s)
{
	bool v6 = str_chr(s, ':') < s.len;
	unsigned char addr[16];
	char text[64];

	if (s.len == 0 || s.len >= sizeof(text))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, addr) == 1;
}

/* is_network - ADDR or ADDR/BITS */
static bool
is_network(struct str s)
{
	struct str ip, bits;
	uint64_t n;
	bool slash;

	slash = str_cut(s, '/', &ip, &bits);
	if (!is_address(ip))
		return false;
	return !slash ||
	    str_u64(bits, str_chr(ip, ':') < ip.len ? 128 : 32, &n);
}

/* cut_port - HOST:PORT or [V6]:PORT to its host; false: it is neither */
static bool
cut_port(struct str s, struct str *host)
{
	bool brackets = s.len > 0 && s.p[0] == '[';
	size_t end = str_chr(s, brackets ? ']' : ':') + (brackets ? 1 : 0);
	uint64_t port;

	*host = brackets ? str_sub(s, 1, end - 2) : str_sub(s, 0, end);
	return end < s.len && s.p[end] == ':' &&
	    (str_chr(*host, ':') < host->len) == brackets &&
	    str_u64(str_sub(s, end + 1, s.len), 65535, &port) && port > 0;
}

/* is_server - "system", ADDR, ADDR:PORT or [V6]:PORT */
static bool
is_server(struct str s)
{
	struct str host;

	if (str_eq(s, STR("system")) || is_address(s))
		return true;
	return cut_port(s, &host) && is_address(host);
}

/* is_api - http://ADDR:PORT */
static bool
is_api(struct str s)
{
	struct str host;

	return str_starts(s, STR("http://")) &&
	    cut_port(str_sub(s, sizeof("http://") - 1, s.len), &host) &&
	    is_address(host);
}

/* is_secret - a path, or a name that cannot lead out of its folder */
static bool
is_secret(struct str s)
{
	return s.p[0] == '/' || (str_chr(s, '/') == s.len && s.p[0] != '.');
}

/* is_proxy - http://HOST:PORT */
static bool
is_proxy(struct str s)
{
	struct mtasts_dname name;
	struct str host;

	if (!str_starts(s, STR("http://")) ||
	    !cut_port(str_sub(s, sizeof("http://") - 1, s.len), &host))
		return false;
	return is_address(host) ||
	    mtasts_dname_parse(host.p, host.len, &name, NULL, NULL) ==
	    MTASTS_OK;
}

/* is_https - https:// and a host, without blanks */
static bool
is_https(struct str s)
{
	return str_starts(s, STR("https://")) && str_chr(s, ' ') == s.len &&
	    s.len > sizeof("https://") - 1 &&
	    ascii_alnum(s.p[sizeof("https://") - 1]);
}

/* is_mail - something on both sides of an @, a letter or digit first */
static bool
is_mail(struct str s)
{
	struct mtasts_dname name;
	struct str local, domain;

	return str_cut(s, '@', &local, &domain) && local.len > 0 &&
	    ascii_alnum(local.p[0]) && str_chr(s, ' ') == s.len &&
	    mtasts_dname_parse(domain.p, domain.len, &name, NULL, NULL) ==
	    MTASTS_OK;
}

/* has_form - does a text look as the option wants it? */
static bool
has_form(const struct conf_option *row, struct str s)
{
	struct mtasts_dname name;
	enum challenge_type type;
	enum dialect dialect;

	switch (row->form) {
	case CONF_URL:
		return (str_starts(s, STR("sqlite:")) &&
			   s.len > sizeof("sqlite:") - 1) ||
		    str_starts(s, STR("postgresql://"));
	case CONF_NETWORK:
		return is_network(s);
	case CONF_PATH:
		return s.p[0] == '/';
	case CONF_SERVER:
		return is_server(s);
	case CONF_PROXY:
		return is_proxy(s);
	case CONF_HTTPS:
		return is_https(s);
	case CONF_MAIL:
		return is_mail(s);
	case CONF_CHALLENGE:
		return challenge_type_find(s, &type);
	case CONF_PEER:
		return is_server(s) && !str_eq(s, STR("system"));
	case CONF_API:
		return is_api(s);
	case CONF_SECRET:
		return is_secret(s);
	case CONF_MAP:
		return dialect_find(s, &dialect);
	case CONF_ZONE:
		if (str_eq(s, STR("*")))
			return true;
		/* fall through */
	case CONF_NAME:
		return mtasts_dname_parse(s.p, s.len, &name, NULL, NULL) ==
		    MTASTS_OK;
	default:
		return true;
	}
}

/* check_reply - a reply that Postfix can parse; core/rule says what not */
static enum mtasts_err
check_reply(const struct conf_check *c)
{
	const char *wrong = rule_check_reply(c->text);
	struct diag_quote q;

	if (wrong == NULL)
		return MTASTS_OK;
	diag_add(c->diags, &conf_rules[CONF_RULE_VALUE], c->at,
	    "%s: %s \"%s\" %s", c->row->section, c->row->name,
	    diag_quote(&q, c->text), wrong);
	return MTASTS_ECONF;
}

/* check_address - an address to listen on; io/listen says what is wrong */
static enum mtasts_err
check_address(const struct conf_check *c)
{
	struct mtasts_diags *found = mtasts_diags_new();
	const struct mtasts_finding *first;
	char text[ITEM_MAX + 1];
	struct listen_addr addr;
	enum mtasts_err err;

	memcpy(text, c->text.p, c->text.len);
	text[c->text.len] = '\0';
	err = listen_parse(text, &addr, found);
	first = mtasts_diags_get(found, 0);
	if (err != MTASTS_OK && first != NULL)
		diag_add_fix(c->diags, &conf_rules[CONF_RULE_VALUE], c->at,
		    first->fix, "%s: %s: %s", c->row->section, c->row->name,
		    first->message);
	else if (err != MTASTS_OK)
		err = conf_refuse_type(c);
	mtasts_diags_free(found);
	return err == MTASTS_ESYNTAX ? MTASTS_ECONF : err;
}

enum mtasts_err
conf_check_text(const struct conf_check *c)
{
	if (c->text.len > ITEM_MAX)
		return conf_refuse(c, "at most 4096 bytes");
	if (!printable(c->text))
		return conf_refuse(c, "text without control characters");
	if (c->text.len == 0 ||
	    (c->row->form == CONF_SOCKET && c->text.p[0] == '/'))
		return MTASTS_OK;
	if (c->row->form == CONF_ADDRESS || c->row->form == CONF_SOCKET)
		return check_address(c);
	if (c->row->form == CONF_REPLY)
		return check_reply(c);
	if (!has_form(c->row, c->text))
		return conf_refuse_type(c);
	return MTASTS_OK;
}

enum mtasts_err
conf_check_item(const struct conf_option *row, struct str text,
    struct diag_place at, struct mtasts_diags *diags)
{
	struct conf_check c = { row, text, at, diags };

	return text.len == 0 ? conf_refuse_type(&c) : conf_check_text(&c);
}
