/*
 * proxy - ready configuration of a web server in front of mtasts-host
 *
 * RFC 8461 section 8.2: the policy host may be a reverse proxy. Only
 * /.well-known/mta-sts.txt is passed on, Host as it came; no redirect, no
 * cache, no compression, and X-Forwarded-For is the address of the client,
 * whatever it sent itself. Everything else is 404, but for the challenges of
 * ACME on plain HTTP. Pure text.
 *
 * nginx, apache  a file to be included: conf.d/NAME.conf, sites-enabled/NAME
 * caddy          a Caddyfile, or a part of one
 * certbot        a command for each domain's certificate
 * dehydrated     lines of domains.txt
 */
#ifndef MTASTS_CORE_PROXY_H
#define MTASTS_CORE_PROXY_H

#include "base/buf.h"
#include "base/diag.h"
#include "mtasts/dname.h"

enum proxy_kind {
	PROXY_NGINX = 0,
	PROXY_APACHE,
	PROXY_CADDY,
	PROXY_CERTBOT,
	PROXY_DEHYDRATED,
	PROXY_KINDS
};

#define PROXY_HTTPS_PORT 443
#define PROXY_HTTP_PORT	 80
#define PROXY_WEBROOT	 "/var/www/html"

/* What the configuration names; spans are borrowed. */
struct proxy {
	/*
	 * Where mtasts-host listens for plain HTTP: "ADDR:PORT",
	 * "[V6]:PORT" or "unix:PATH"
	 */
	struct str upstream;
	/*
	 * Folder of NAME/fullchain.pem and NAME/privkey.pem; empty, which
	 * only caddy may have: it gets certificates itself
	 */
	struct str certificates;
	struct str webroot; /* folder for answers to ACME challenges */
	uint16_t https_port;
	uint16_t http_port; /* 0: nothing for plain HTTP */
	bool standalone; /* certbot: no web server, it answers itself */
};

/* proxy_kind_name - "nginx", "apache", "caddy", "certbot", "dehydrated" */
const char *proxy_kind_name(enum proxy_kind kind);

/* proxy_kind_find - the kind of a name; false when there is none */
bool proxy_kind_find(struct str name, enum proxy_kind *kind);

/*
 * proxy_upstream - turn a listening address into the one to connect to
 *
 * listen  one of the addresses of io/listen: "inet:" and what follows the
 *         comma after a path are cut off, the wildcard becomes loopback
 *
 * False when nobody can connect to it by its name ("systemd:...") or it does
 * not fit. out is terminated.
 */
#define PROXY_UPSTREAM_LEN 256 /* bytes, terminator included */
bool proxy_upstream(struct str listen, char out[PROXY_UPSTREAM_LEN]);

/*
 * proxy_check - may all this stand in a configuration?
 *
 * Paths must be absolute and addresses plain, both of letters, digits and a
 * few signs that mean nothing in any of the languages. EINVAL with findings.
 */
enum mtasts_err proxy_check(enum proxy_kind kind, const struct proxy *proxy,
    struct mtasts_diags *diags) MTASTS_MUST_CHECK;

/*
 * proxy_format - append the configuration for the policy hosts of domains
 *
 * proxy must have passed proxy_check(); errors are the buffer's.
 */
void proxy_format(enum proxy_kind kind, const struct proxy *proxy,
    const struct mtasts_dname *domains, size_t count, struct buf *b);

/* proxy_rules - every finding of this room, a null at the end */
extern const struct diag_rule *const proxy_rules[];

#endif
