/*
 * cmd_proxy.c - proxy: configuration of a web server before mtasts-host
 *
 * Prints text for others to put in place; changes nothing itself. The registry
 * is only looked at to warn of a domain that nobody would answer for.
 */
#include "cli/commands.h"
#include "cli/out.h"
#include "core/proxy.h"
#include "core/zone_name.h"
#include "io/conf.h"
#include "store/registry_db.h"

#define TEXT_MAX (64u << 20)

/* When neither option nor configuration names an address. */
#define UPSTREAM_DEFAULT "127.0.0.1:8080"

static const struct diag_rule rule_unregistered = {
	.id = "R41",
	.name = "proxy-unregistered",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Add it: mtasts domain add DOMAIN",
};

/* What the words and options ask for. */
struct request {
	enum proxy_kind kind;
	struct proxy proxy;
	struct mtasts_dname *domains;
	size_t count;
	char upstream[PROXY_UPSTREAM_LEN];
	bool no_conf; /* the configuration was needed, and is not usable */
};

/* read_kind - what the text is for; a message when it is nothing we know */
static bool
read_kind(struct cmd_env *env, const char *word, enum proxy_kind *out)
{
	struct diag_quote q;

	if (proxy_kind_find(str_of(word), out))
		return true;
	out_error(env,
	    "proxy: \"%s\" is none of nginx, apache, caddy, certbot, "
	    "dehydrated",
	    diag_quote(&q, str_of(word)));
	return false;
}

/* read_port - a port; zero only where it means "none" */
static bool
read_port(struct cmd_env *env, const struct cmd_args *args, const char *name,
    bool zero, uint16_t *out)
{
	const char *text = cmd_value(args, name);
	uint64_t n;

	if (text == NULL)
		return true;
	if (!str_u64(str_of(text), 65535, &n) || (n == 0 && !zero)) {
		out_error(env, "--%s: a port is a number from %d to 65535",
		    name, zero ? 0 : 1);
		return false;
	}
	*out = (uint16_t)n;
	return true;
}

/* read_upstream - the option, or what the configuration lets the host do */
static bool
read_upstream(
    struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	const char *text = cmd_value(args, "upstream");
	const struct conf *conf;

	rq->proxy.upstream = STR(UPSTREAM_DEFAULT);
	if (text != NULL) {
		rq->proxy.upstream = str_of(text);
		return true;
	}
	conf = cmd_conf(env);
	rq->no_conf = conf == NULL;
	if (conf == NULL)
		return false;
	if (conf->host.http.count == 0)
		return true;
	if (!proxy_upstream(str_of(conf->host.http.v[0]), rq->upstream)) {
		out_error(env,
		    "nothing can connect to %s by that name; say where "
		    "mtasts-host listens with --upstream",
		    conf->host.http.v[0]);
		return false;
	}
	rq->proxy.upstream = str_of(rq->upstream);
	return true;
}

/* read_certificates - the option, or the host's first folder */
static bool
read_certificates(
    struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	const char *text = cmd_value(args, "certificates");
	const struct conf *conf;

	if (text != NULL || rq->kind == PROXY_CADDY) {
		rq->proxy.certificates = str_of(text);
		return true;
	}
	conf = cmd_conf(env);
	rq->no_conf = conf == NULL;
	if (conf == NULL)
		return false;
	rq->proxy.certificates = conf->host.certificates.count > 0
	    ? str_of(conf->host.certificates.v[0])
	    : STR("/var/lib/mtasts/certificates");
	return true;
}

/* read_standalone - who answers the challenges; only certbot can itself */
static bool
read_standalone(
    struct cmd_env *env, const struct cmd_args *args, struct request *rq)
{
	rq->proxy.standalone = cmd_flag(args, "standalone");
	if (!rq->proxy.standalone || rq->kind == PROXY_CERTBOT)
		return true;
	out_error(env, "--standalone is for certbot, not for %s",
	    proxy_kind_name(rq->kind));
	return false;
}

/* read_domains - the words behind the first; false after a message */
static bool
read_domains(struct cmd_env *env, const struct cmd_args *args,
    struct request *rq, struct mtasts_diags *diags)
{
	bool fine = true;

	for (size_t i = 1; i < args->word_count; i++) {
		enum mtasts_dname_fault fault = MTASTS_DNAME_FINE;
		struct str word = str_of(args->words[i]);
		struct mtasts_dname *d = &rq->domains[rq->count];
		struct diag_quote q;

		if (mtasts_dname_parse(word.p, word.len, d, NULL, &fault) !=
		    MTASTS_OK) {
			out_error(env, "proxy: \"%s\" %s", diag_quote(&q, word),
			    mtasts_dname_fault_text(fault));
			fine = false;
		} else if (!zone_name_check(d, diags)) {
			fine = false;
		} else {
			rq->count++;
		}
	}
	return fine;
}

/* drop_repeats - a name twice would be two servers of one name */
static void
drop_repeats(struct request *rq)
{
	size_t kept = 0;

	for (size_t i = 0; i < rq->count; i++) {
		bool seen = false;

		for (size_t k = 0; k < kept && !seen; k++)
			seen = strcmp(rq->domains[k].text,
				   rq->domains[i].text) == 0;
		if (!seen)
			rq->domains[kept++] = rq->domains[i];
	}
	rq->count = kept;
}

/* registered - is the domain known? Also true when nobody can tell */
static bool
registered(struct registry *db, const struct mtasts_dname *d)
{
	struct arena *a = arena_new(1u << 20);
	enum mtasts_err err = MTASTS_ENOMEM;
	struct registry_row row;

	if (a != NULL)
		err = registry_find(db, str_of(d->text), a, &row);
	arena_free(a);
	return err != MTASTS_ENOENT;
}

/* unregistered - the finding that nobody answers for a domain */
static void
unregistered(const struct mtasts_dname *d, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };
	struct buf fix;

	buf_init(&fix, 1024);
	buf_putf(&fix, "Add it: mtasts domain add %s", d->text);
	diag_add_fix(diags, &rule_unregistered, nowhere,
	    fix.p != NULL ? fix.p : rule_unregistered.fix,
	    "%s is not in the registry, so its policy is not served yet",
	    d->text);
	buf_free(&fix);
}

/* look_up - find the domains that mtasts-host would not answer for */
static void
look_up(
    struct cmd_env *env, const struct request *rq, struct mtasts_diags *diags)
{
	const char *url = cmd_store_url(env);
	struct registry *db = NULL;

	if (url == NULL ||
	    registry_open(url, REGISTRY_READ, &db, NULL) != MTASTS_OK)
		return;
	for (size_t i = 0; i < rq->count; i++)
		if (!registered(db, &rq->domains[i]))
			unregistered(&rq->domains[i], diags);
	registry_close(db);
}

/* say - the text; findings go to standard error */
static enum cmd_status
say(struct cmd_env *env, const struct request *rq)
{
	enum cmd_status status;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	proxy_format(rq->kind, &rq->proxy, rq->domains, rq->count, &b);
	if (buf_error(&b) == MTASTS_OK) {
		status = out_buf(env, &b);
	} else {
		out_error(env, "%s", mtasts_strerror(buf_error(&b)));
		status = CMD_UNKNOWN;
	}
	buf_free(&b);
	return status;
}

/* run_proxy - proxy */
static enum cmd_status
run_proxy(struct cmd_env *env, const struct cmd_args *args)
{
	struct request rq = { .proxy = { .webroot = STR(PROXY_WEBROOT),
				  .https_port = PROXY_HTTPS_PORT,
				  .http_port = PROXY_HTTP_PORT } };
	struct mtasts_diags *diags = mtasts_diags_new();
	enum cmd_status status = CMD_USAGE;

	rq.domains = mem_zalloc(args->word_count, sizeof(*rq.domains));
	if (rq.domains == NULL || diags == NULL) {
		status = CMD_UNKNOWN;
		goto out;
	}
	if (cmd_value(args, "webroot") != NULL)
		rq.proxy.webroot = str_of(cmd_value(args, "webroot"));
	if (!read_kind(env, args->words[0], &rq.kind) ||
	    !read_port(env, args, "listen", false, &rq.proxy.https_port) ||
	    !read_port(env, args, "http-port", true, &rq.proxy.http_port) ||
	    !read_upstream(env, args, &rq) ||
	    !read_certificates(env, args, &rq) ||
	    !read_standalone(env, args, &rq) ||
	    !read_domains(env, args, &rq, diags))
		goto out;
	drop_repeats(&rq);
	if (proxy_check(rq.kind, &rq.proxy, diags) != MTASTS_OK)
		goto out;
	status = say(env, &rq);
	look_up(env, &rq, diags);
out:
	out_findings(env, env->err, diags);
	mtasts_diags_free(diags);
	mem_free(rq.domains);
	return rq.no_conf ? CMD_UNKNOWN : status;
}

static const struct cmd_opt opts[] = {
	{ "upstream", "ADDRESS", "where mtasts-host listens for plain HTTP" },
	{ "certificates", "FOLDER",
	    "of mta-sts.DOMAIN/fullchain.pem, privkey.pem" },
	{ "webroot", "FOLDER", "of ACME challenges; else " PROXY_WEBROOT },
	{ "listen", "PORT", "port for HTTPS; else 443" },
	{ "http-port", "PORT", "port for ACME challenges; else 80; 0: none" },
	{ "standalone", NULL,
	    "certbot answers on port 80, there is no server" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_proxy = {
	.name = "proxy",
	.usage = "KIND DOMAIN...",
	.summary = "configuration of a web server before mtasts-host",
	.help =
	    "KIND is nginx, apache, caddy, certbot or dehydrated.\n"
	    "\n"
	    "For a machine whose port 443 belongs to a web server. The text "
	    "for nginx and apache is a file to be included, such as "
	    "/etc/nginx/conf.d/mta-sts.conf or "
	    "/etc/apache2/sites-enabled/mta-sts.conf; that for caddy is a "
	    "Caddyfile or a part of one. Only the policy file is passed on, "
	    "everything else is 404.\n"
	    "\n"
	    "nginx and Apache do not start without the certificates: to get "
	    "the first ones, put the last block alone in place, that for "
	    "plain HTTP.\n"
	    "\n"
	    "certbot and dehydrated print the command and the lines of "
	    "domains.txt that get a certificate for each domain. Where "
	    "mtasts-host itself has port 443, and nothing has port 80, use "
	    "certbot with --standalone.\n"
	    "\n"
	    "ADDRESS is ADDR:PORT or unix:PATH, else the first of host.http; "
	    "certificates come from the first of host.certificates, unless "
	    "said otherwise. Caddy gets its own and chooses its own port for "
	    "challenges.\n"
	    "\n"
	    "mtasts-host must take the address of the client from the web "
	    "server: name its address in host.trusted-proxies.",
	.opts = opts,
	.words_min = 2,
	.words_max = SIZE_MAX,
	.run = run_proxy,
};
