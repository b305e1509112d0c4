/*
 * proxy - ready configuration of a web server in front of mtasts-host
 *
 * Must not know which domains are registered, nor whether the files it names
 * exist. Whatever goes into the text is a domain name of A-labels, a number,
 * or was looked through by proxy_check(), so nothing has to be escaped.
 * RFC 8461 sections 3.3 and 8.2.
 *
 * Host is passed on as it came, because mtasts-host finds the policy by it; a
 * name that the web server does not know is answered by its first virtual
 * host, and there by mtasts-host, with 404.
 */
#include "core/proxy.h"

#define POLICY_PATH    "/.well-known/mta-sts.txt"
#define CHALLENGE_PATH "/.well-known/acme-challenge/"

/* Domains that the first line names; more are counted. */
#define HEADING_DOMAINS 4

/* Longest server_name that nginx takes with the settings it comes with. */
#define NGINX_NAME_LEN 46

static const struct diag_rule rule_upstream = {
	"R60",
	"proxy-upstream",
	MTASTS_ERROR,
	true,
	"",
	"Write --upstream ADDRESS:PORT, [IPV6]:PORT or unix:/PATH.",
};
static const struct diag_rule rule_path = {
	"R61",
	"proxy-path",
	MTASTS_ERROR,
	true,
	"",
	"Use an absolute path of letters, digits and / . _ + @ -",
};
static const struct diag_rule rule_port = {
	"R62",
	"proxy-port",
	MTASTS_ERROR,
	true,
	"",
	"Use different ports for HTTPS and plain HTTP.",
};

const struct diag_rule *const proxy_rules[] = { &rule_upstream, &rule_path,
	&rule_port, NULL };

/* What one kind's function works on. */
struct job {
	struct buf *b;
	const struct proxy *proxy;
	const struct mtasts_dname *domains;
	size_t count;
};

/* plain - only bytes that mean nothing in any configuration language */
static bool
plain(struct str s, const char *also)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ascii_alnum(s.p[i]) &&
		    (s.p[i] == '\0' || strchr(also, s.p[i]) == NULL))
			return false;
	return s.len > 0;
}

/* plain_path - an absolute path of plain bytes */
static bool
plain_path(struct str s)
{
	return str_starts(s, STR("/")) && plain(s, "/._+@-");
}

/* unix_path - the path of "unix:PATH"; false for another kind of address */
static bool
unix_path(struct str upstream, struct str *path)
{
	if (!str_starts(upstream, STR("unix:")))
		return false;
	*path = str_sub(upstream, strlen("unix:"), upstream.len);
	return true;
}

/* inet_address - split "HOST:PORT", the host of IPv6 being in brackets */
static bool
inet_address(struct str s, struct str *host, struct str *port)
{
	size_t colon = s.len;
	uint64_t n;

	while (colon > 0 && s.p[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return false;
	*host = str_sub(s, 0, colon - 1);
	*port = str_sub(s, colon, s.len);
	if (!str_u64(*port, 65535, &n) || n == 0)
		return false;
	if (str_starts(*host, STR("[")))
		return str_ends(*host, STR("]")) &&
		    plain(str_sub(*host, 1, host->len - 2), ":.");
	return plain(*host, ".-_");
}

/* put_inet - HOST:PORT to connect to for HOST:PORT listened on */
static bool
put_inet(struct buf *b, struct str listen)
{
	struct str host, port;

	if (str_starts(listen, STR("*:"))) {
		host = STR("127.0.0.1");
		port = str_sub(listen, 2, listen.len);
	} else if (!inet_address(listen, &host, &port)) {
		return false;
	}
	if (str_eq(host, STR("0.0.0.0")))
		host = STR("127.0.0.1");
	else if (str_eq(host, STR("[::]")))
		host = STR("[::1]");
	buf_putf(b, "%" STR_FMT ":%" STR_FMT, STR_ARG(host), STR_ARG(port));
	return true;
}

bool
proxy_upstream(struct str listen, char out[PROXY_UPSTREAM_LEN])
{
	struct str address = listen, path;
	struct buf b;
	bool ok = true;

	if (str_starts(listen, STR("inet:")))
		address = str_sub(listen, strlen("inet:"), listen.len);
	buf_init(&b, PROXY_UPSTREAM_LEN - 1);
	if (unix_path(address, &path)) {
		str_cut(address, ',', &path, NULL);
		buf_put_str(&b, path);
	} else {
		ok = put_inet(&b, address);
	}
	ok = ok && b.len > 0 && buf_error(&b) == MTASTS_OK;
	if (ok)
		memcpy(out, b.p, b.len + 1);
	buf_free(&b);
	return ok;
}

/* check_path - may a folder stand in a configuration? Else a finding */
static bool
check_path(struct str path, const char *what, struct mtasts_diags *diags)
{
	static const struct diag_place nowhere;
	struct diag_quote q;

	if (plain_path(path))
		return true;
	diag_add(diags, &rule_path, nowhere,
	    "\"%s\" cannot be the folder of the %s", diag_quote(&q, path),
	    what);
	return false;
}

/* check_upstream - may the address stand in a configuration? */
static bool
check_upstream(struct str upstream, struct mtasts_diags *diags)
{
	static const struct diag_place nowhere;
	struct str path, host, port;
	struct diag_quote q;

	if (unix_path(upstream, &path) ? plain_path(path)
				       : inet_address(upstream, &host, &port))
		return true;
	diag_add(diags, &rule_upstream, nowhere,
	    "\"%s\" is no address of mtasts-host", diag_quote(&q, upstream));
	return false;
}

enum mtasts_err
proxy_check(
    enum proxy_kind kind, const struct proxy *proxy, struct mtasts_diags *diags)
{
	static const struct diag_place nowhere;
	bool fine = true;

	if (kind != PROXY_CADDY)
		fine = check_path(proxy->webroot, "ACME challenges", diags);
	if (kind == PROXY_CERTBOT || kind == PROXY_DEHYDRATED)
		return fine ? MTASTS_OK : MTASTS_EINVAL;
	fine &= check_upstream(proxy->upstream, diags);
	if (kind != PROXY_CADDY || proxy->certificates.len > 0)
		fine &= check_path(proxy->certificates, "certificates", diags);
	if (proxy->https_port == proxy->http_port) {
		diag_add(diags, &rule_port, nowhere,
		    "port %u is to serve both HTTPS and plain HTTP",
		    proxy->https_port);
		fine = false;
	}
	return fine ? MTASTS_OK : MTASTS_EINVAL;
}

/* put_heading - what the text is */
static void
put_heading(const struct job *j, const char *what)
{
	buf_putf(j->b, "# %s", what);
	if (j->count > HEADING_DOMAINS)
		buf_putf(j->b, " %zu domains", j->count);
	for (size_t i = 0; j->count <= HEADING_DOMAINS && i < j->count; i++)
		buf_putf(j->b, " %s", j->domains[i].text);
	buf_putc(j->b, '\n');
}

/* nginx_upstream - where proxy_pass leads */
static void
nginx_upstream(const struct job *j)
{
	/* no path behind it: the request's own goes on, as it came */
	buf_putf(j->b, "http://%" STR_FMT, STR_ARG(j->proxy->upstream));
}

/* nginx_https - the server of one policy host */
static void
nginx_https(const struct job *j, const struct mtasts_dname *d)
{
	unsigned port = j->proxy->https_port;
	struct str folder = j->proxy->certificates;

	buf_putf(j->b,
	    "\nserver {\n"
	    "\tlisten %u ssl;\n"
	    "\tlisten [::]:%u ssl;\n"
	    "\tserver_name mta-sts.%s;\n",
	    port, port, d->text);
	buf_putf(j->b,
	    "\tssl_certificate %" STR_FMT "/mta-sts.%s/fullchain.pem;\n"
	    "\tssl_certificate_key %" STR_FMT "/mta-sts.%s/privkey.pem;\n"
	    "\tssl_protocols TLSv1.2 TLSv1.3;\n",
	    STR_ARG(folder), d->text, STR_ARG(folder), d->text);
	buf_puts(j->b,
	    "\n\tlocation = " POLICY_PATH " {\n"
	    "\t\tproxy_pass ");
	nginx_upstream(j);
	buf_puts(j->b,
	    ";\n"
	    "\t\tproxy_http_version 1.1;\n"
	    "\t\tproxy_set_header Host $http_host;\n"
	    "\t\tproxy_set_header X-Forwarded-For $remote_addr;\n"
	    "\t\tproxy_set_header Accept-Encoding \"\";\n"
	    "\t\tproxy_redirect off;\n"
	    "\t\tproxy_cache off;\n"
	    "\t\tgzip off;\n"
	    "\t}\n"
	    "\tlocation / {\n"
	    "\t\treturn 404;\n"
	    "\t}\n"
	    "}\n");
}

/* write_nginx - a server per policy host, one for all ACME challenges */
static void
write_nginx(const struct job *j)
{
	unsigned port = j->proxy->http_port;
	size_t longest = 0;

	put_heading(j, "nginx in front of mtasts-host for");
	for (size_t i = 0; i < j->count; i++)
		if (j->domains[i].len > longest)
			longest = j->domains[i].len;
	if (longest + strlen("mta-sts.") > NGINX_NAME_LEN)
		buf_puts(j->b,
		    "# names this long need in the section http: "
		    "server_names_hash_bucket_size 512;\n");
	for (size_t i = 0; i < j->count; i++)
		nginx_https(j, &j->domains[i]);
	if (port == 0)
		return;
	buf_putf(j->b,
	    "\nserver {\n"
	    "\tlisten %u;\n"
	    "\tlisten [::]:%u;\n"
	    "\tserver_name",
	    port, port);
	for (size_t i = 0; i < j->count; i++)
		buf_putf(j->b, "\n\t\tmta-sts.%s", j->domains[i].text);
	buf_putf(j->b,
	    ";\n"
	    "\n\tlocation ^~ " CHALLENGE_PATH " {\n"
	    "\t\troot %" STR_FMT ";\n"
	    "\t\tdefault_type text/plain;\n"
	    "\t}\n"
	    "\tlocation / {\n"
	    "\t\treturn 404;\n"
	    "\t}\n"
	    "}\n",
	    STR_ARG(j->proxy->webroot));
}

/* apache_upstream - the second argument of ProxyPass */
static void
apache_upstream(const struct job *j)
{
	struct str path;

	/* Host is preserved: the name in the URL of a socket is not used */
	if (unix_path(j->proxy->upstream, &path))
		buf_putf(j->b,
		    "\"unix:%" STR_FMT "|http://localhost" POLICY_PATH "\"",
		    STR_ARG(path));
	else
		buf_putf(j->b, "\"http://%" STR_FMT POLICY_PATH "\"",
		    STR_ARG(j->proxy->upstream));
}

/* apache_https - the virtual host of one policy host */
static void
apache_https(const struct job *j, const struct mtasts_dname *d)
{
	struct str folder = j->proxy->certificates;

	buf_putf(j->b,
	    "\n<VirtualHost *:%u>\n"
	    "\tServerName mta-sts.%s\n"
	    "\tSSLEngine on\n"
	    "\tSSLProtocol -all +TLSv1.2 +TLSv1.3\n",
	    j->proxy->https_port, d->text);
	buf_putf(j->b,
	    "\tSSLCertificateFile \"%" STR_FMT "/mta-sts.%s/fullchain.pem\"\n"
	    "\tSSLCertificateKeyFile \"%" STR_FMT "/mta-sts.%s/privkey.pem\"\n",
	    STR_ARG(folder), d->text, STR_ARG(folder), d->text);
	buf_puts(j->b,
	    "\n\tProxyRequests Off\n"
	    "\tProxyPreserveHost On\n"
	    "\tProxyAddHeaders Off\n"
	    "\tRequestHeader set X-Forwarded-For "
	    "\"expr=%{REMOTE_ADDR}\"\n"
	    "\tRequestHeader unset Accept-Encoding\n"
	    "\tProxyPass \"" POLICY_PATH "\" ");
	apache_upstream(j);
	buf_puts(j->b,
	    " disablereuse=on\n"
	    "\tRedirectMatch 404 \"^/(?!\\.well-known/mta-sts\\.txt$)\"\n"
	    "\t<IfModule cache_module>\n"
	    "\t\tCacheDisable \"/\"\n"
	    "\t</IfModule>\n"
	    "</VirtualHost>\n");
}

/* apache_listen - ports that Debian's ports.conf does not open */
static void
apache_listen(const struct job *j)
{
	if (j->proxy->https_port != PROXY_HTTPS_PORT)
		buf_putf(j->b, "Listen %u\n", j->proxy->https_port);
	if (j->proxy->http_port != 0 && j->proxy->http_port != PROXY_HTTP_PORT)
		buf_putf(j->b, "Listen %u\n", j->proxy->http_port);
}

/* write_apache - a virtual host per policy host, one for ACME challenges */
static void
write_apache(const struct job *j)
{
	struct str root = j->proxy->webroot;

	put_heading(j, "Apache in front of mtasts-host for");
	buf_puts(j->b, "# needs: a2enmod alias headers proxy proxy_http ssl\n");
	apache_listen(j);
	for (size_t i = 0; i < j->count; i++)
		apache_https(j, &j->domains[i]);
	if (j->proxy->http_port == 0)
		return;
	buf_putf(j->b, "\n<VirtualHost *:%u>\n\tServerName mta-sts.%s\n",
	    j->proxy->http_port, j->domains[0].text);
	for (size_t i = 1; i < j->count; i++)
		buf_putf(
		    j->b, "\tServerAlias mta-sts.%s\n", j->domains[i].text);
	buf_putf(j->b,
	    "\n\tAlias \"" CHALLENGE_PATH "\" \"%" STR_FMT CHALLENGE_PATH "\"\n"
	    "\t<Directory \"%" STR_FMT CHALLENGE_PATH "\">\n"
	    "\t\tAllowOverride None\n"
	    "\t\tOptions None\n"
	    "\t\tRequire all granted\n"
	    "\t</Directory>\n"
	    "\tRedirectMatch 404 \"^/(?!\\.well-known/acme-challenge/)\"\n"
	    "</VirtualHost>\n",
	    STR_ARG(root), STR_ARG(root));
}

/*
 * caddy_site - the site of one policy host
 *
 * Caddy replaces a stranger's X-Forwarded-For unasked, since version 2.5, and
 * warns when it is told to.
 */
static void
caddy_site(const struct job *j, const struct mtasts_dname *d)
{
	struct str folder = j->proxy->certificates, path;

	buf_putf(j->b, "\nhttps://mta-sts.%s", d->text);
	if (j->proxy->https_port != PROXY_HTTPS_PORT)
		buf_putf(j->b, ":%u", j->proxy->https_port);
	buf_puts(j->b, " {\n");
	if (folder.len > 0)
		buf_putf(j->b,
		    "\ttls %" STR_FMT "/mta-sts.%s/fullchain.pem %" STR_FMT
		    "/mta-sts.%s/privkey.pem\n",
		    STR_ARG(folder), d->text, STR_ARG(folder), d->text);
	buf_puts(j->b,
	    "\t@policy path " POLICY_PATH "\n"
	    "\thandle @policy {\n"
	    "\t\treverse_proxy ");
	/* "unix/" and an absolute path: two slashes */
	if (unix_path(j->proxy->upstream, &path))
		buf_putf(j->b, "unix/%" STR_FMT, STR_ARG(path));
	else
		buf_put_str(j->b, j->proxy->upstream);
	buf_puts(j->b,
	    " {\n"
	    "\t\t\ttransport http {\n"
	    "\t\t\t\tcompression off\n"
	    "\t\t\t}\n"
	    "\t\t}\n"
	    "\t}\n"
	    "\thandle {\n"
	    "\t\trespond 404\n"
	    "\t}\n"
	    "}\n");
}

/* write_caddy - a site per policy host; Caddy does ACME itself */
static void
write_caddy(const struct job *j)
{
	put_heading(j, "Caddy in front of mtasts-host for");
	for (size_t i = 0; i < j->count; i++)
		caddy_site(j, &j->domains[i]);
}

/* write_certbot - a certificate per policy host, copied on each renewal */
static void
write_certbot(const struct job *j)
{
	put_heading(j, "certificates for");
	if (j->proxy->standalone)
		buf_puts(j->b,
		    "# certbot answers on port 80 itself; nothing else may "
		    "listen there\n");
	else
		buf_puts(j->b,
		    "# behind a web server add its reload to the hook, such "
		    "as && systemctl reload nginx\n");
	for (size_t i = 0; i < j->count; i++) {
		const char *domain = j->domains[i].text;

		buf_puts(j->b, "certbot certonly ");
		if (j->proxy->standalone)
			buf_puts(j->b, "--standalone");
		else
			buf_putf(j->b, "--webroot -w %" STR_FMT,
			    STR_ARG(j->proxy->webroot));
		buf_putf(j->b,
		    " --cert-name mta-sts.%s -d mta-sts.%s"
		    " --deploy-hook 'mtasts cert import'\n",
		    domain, domain);
	}
}

/* write_dehydrated - a line per policy host: a certificate of its own */
static void
write_dehydrated(const struct job *j)
{
	put_heading(j, "lines of /etc/dehydrated/domains.txt for");
	buf_putf(j->b,
	    "# in /etc/dehydrated/config: WELLKNOWN=%" STR_FMT
	    "/.well-known/acme-challenge\n",
	    STR_ARG(j->proxy->webroot));
	for (size_t i = 0; i < j->count; i++)
		buf_putf(j->b, "mta-sts.%s\n", j->domains[i].text);
}

static const struct {
	const char *name;
	void (*write)(const struct job *j);
} kinds[PROXY_KINDS] = {
	[PROXY_NGINX] = { "nginx", write_nginx },
	[PROXY_APACHE] = { "apache", write_apache },
	[PROXY_CADDY] = { "caddy", write_caddy },
	[PROXY_CERTBOT] = { "certbot", write_certbot },
	[PROXY_DEHYDRATED] = { "dehydrated", write_dehydrated },
};

const char *
proxy_kind_name(enum proxy_kind kind)
{
	return kinds[kind].name;
}

bool
proxy_kind_find(struct str name, enum proxy_kind *kind)
{
	for (unsigned i = 0; i < PROXY_KINDS; i++) {
		if (str_eq(name, str_of(kinds[i].name))) {
			*kind = (enum proxy_kind)i;
			return true;
		}
	}
	return false;
}

void
proxy_format(enum proxy_kind kind, const struct proxy *proxy,
    const struct mtasts_dname *domains, size_t count, struct buf *b)
{
	struct job j = { b, proxy, domains, count };

	if (count > 0)
		kinds[kind].write(&j);
}
