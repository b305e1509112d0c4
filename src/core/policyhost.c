/*
 * policyhost - what a request to the policy host asks for
 *
 * RFC 8461 sections 3.2 and 3.3: one path, one method, the domain from the
 * name of the host. Knows no table of domains, no socket and no certificate;
 * the SNI is a parameter.
 */
#include "core/policyhost.h"

#include "core/limits.h"

#define POLICY_PATH    "/.well-known/mta-sts.txt"
#define HOST_PREFIX    "mta-sts."
#define CHALLENGE_PATH "/.well-known/acme-challenge/"

/*
 * cut_port - the host of "host", "host:port", "[v6]" or "[v6]:port"
 *
 * False when what stands behind the colon is no port.
 */
static bool
cut_port(struct str s, struct str *host)
{
	struct str port = STR("");
	uint64_t n;
	size_t end;

	if (s.len > 0 && s.p[0] == '[') {
		end = str_chr(s, ']');
		if (end == s.len)
			return false;
		*host = str_sub(s, 0, end + 1);
		port = str_sub(s, end + 1, s.len);
		if (port.len > 0 && port.p[0] != ':')
			return false;
		port = str_sub(port, 1, port.len);
	} else {
		str_cut(s, ':', host, &port);
	}
	/* RFC 3986 section 3.2.3: the port behind the colon may be empty. */
	return port.len == 0 || str_u64(port, 65535, &n);
}

/* read_host - the name without port and final dot; false for none */
static bool
read_host(struct str s, struct str *host)
{
	if (!cut_port(s, host))
		return false;
	/* Two final dots are not a name: then the parser shall see both. */
	if (host->len > 1 && str_ends(*host, STR(".")) &&
	    !str_ends(*host, STR("..")))
		host->len--;
	return host->len > 0;
}

/* read_domain - the policy domain of a host name; 200 or 404 */
static int
read_domain(struct str host, struct mtasts_dname *domain)
{
	struct mtasts_dname name;
	struct str rest;
	enum mtasts_err err;

	if (!str_starts_nocase(host, STR(HOST_PREFIX)))
		return 404;
	rest = str_sub(host, sizeof(HOST_PREFIX) - 1, host.len);
	err = mtasts_dname_parse(rest.p, rest.len, &name, NULL, NULL);
	if (err == MTASTS_ENOMEM)
		return 503;
	if (err != MTASTS_OK || name.len > LIMIT_POLICY_DOMAIN_LEN)
		return 404;
	*domain = name;
	return 200;
}

int
policyhost_route(const struct policyhost_rules *rules,
    const struct httphead *head, struct str sni, struct mtasts_dname *domain)
{
	struct str host, uri_host;

	if (!head->has_host || !read_host(head->host, &host))
		return 400;
	if (head->absolute &&
	    (!read_host(head->uri_host, &uri_host) ||
		!str_eq_nocase(uri_host, host)))
		return 400;
	/* The certificate was chosen for another name: RFC 9110 15.5.20. */
	if (sni.len > 0 && !str_eq_nocase(sni, host))
		return 421;
	if (head->method == HTTPHEAD_OTHER)
		return 405;
	/* Bytes are compared as sent: no decoding, no dot segments. */
	if (!str_eq(head->path, STR(POLICY_PATH)))
		return rules->other_path_status;
	return read_domain(host, domain);
}

bool
policyhost_token(struct str token)
{
	size_t i = 0;

	while (i < token.len &&
	    (ascii_alnum(token.p[i]) || token.p[i] == '-' || token.p[i] == '_'))
		i++;
	return i == token.len && i > 0 && i <= POLICYHOST_TOKEN_MAX;
}

bool
policyhost_challenge(
    const struct httphead *head, struct policyhost_challenge *out)
{
	struct policyhost_challenge found;

	if (!str_starts(head->path, STR(CHALLENGE_PATH)) ||
	    head->method == HTTPHEAD_OTHER || head->has_body ||
	    !head->has_host || !read_host(head->host, &found.host))
		return false;
	found.token =
	    str_sub(head->path, sizeof(CHALLENGE_PATH) - 1, head->path.len);
	if (!policyhost_token(found.token))
		return false;
	*out = found;
	return true;
}
