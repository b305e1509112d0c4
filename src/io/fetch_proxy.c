/*
 * fetch_proxy - where our own HTTPS proxy is
 *
 * "http://HOST:PORT", HOST a name or an address, IPv6 in brackets. The proxy
 * is asked in plain text for a tunnel (RFC 9110 section 9.3.6), TLS goes
 * through it to the policy host. No password, no TLS to the proxy.
 */
#include "io/fetch.h"

#include "io/fetch_int.h"
#include "mtasts/dname.h"

static const struct diag_rule bad_proxy = {
	.id = "conf",
	.name = "fetch-proxy",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Write it as http://HOST:PORT, such as "
	       "http://proxy.example.com:3128, or leave it empty.",
};

/* complain - a finding; false for the caller to return */
static bool
complain(struct mtasts_diags *diags, const char *text, const char *what)
{
	struct diag_quote quote;

	diag_add(diags, &bad_proxy, (struct diag_place){ 0 },
	    "the proxy \"%s\" %s", diag_quote(&quote, str_of(text)), what);
	return false;
}

/* take_host - a name or an address */
static bool
take_host(struct str host, bool brackets, struct fetch_proxy *out)
{
	struct mtasts_dname name;
	bool v6;

	if (host.len == 0 || host.len >= sizeof(out->host))
		return false;
	out->is_addr = ipnet_addr_parse(host, &out->addr);
	v6 = out->is_addr && str_chr(host, ':') < host.len;
	if (brackets != v6)
		return false;
	memcpy(out->host, host.p, host.len);
	out->host[host.len] = '\0';
	if (out->is_addr)
		return true;
	if (mtasts_dname_parse(host.p, host.len, &name, NULL, NULL) !=
	    MTASTS_OK)
		return false;
	memcpy(out->host, name.text, name.len + 1);
	return true;
}

bool
fetch_proxy_parse(
    const char *text, struct fetch_proxy *out, struct mtasts_diags *diags)
{
	struct fetch_proxy proxy = { .host = "" };
	struct str rest = str_of(text), host, port;
	bool brackets;
	uint64_t n;

	*out = proxy;
	if (rest.len == 0)
		return true;
	if (!str_starts_nocase(rest, STR("http://")))
		return complain(diags, text,
		    "does not begin with http://, the only kind there is");
	rest = str_sub(rest, 7, rest.len);
	if (str_ends(rest, STR("/")))
		rest.len--;
	if (str_chr(rest, '@') < rest.len)
		return complain(
		    diags, text, "has a user, and that is not supported");
	brackets = str_starts(rest, STR("["));
	if (brackets) {
		if (!str_cut(str_sub(rest, 1, rest.len), ']', &host, &port) ||
		    !str_starts(port, STR(":")))
			return complain(diags, text, "has no port");
		port = str_sub(port, 1, port.len);
	} else if (!str_cut(rest, ':', &host, &port)) {
		return complain(diags, text, "has no port");
	}
	if (!str_u64(port, 65535, &n) || n == 0)
		return complain(diags, text, "has no port from 1 to 65535");
	proxy.port = (unsigned)n;
	if (!take_host(host, brackets, &proxy))
		return complain(
		    diags, text, "names no host: neither name nor address");
	*out = proxy;
	return true;
}
