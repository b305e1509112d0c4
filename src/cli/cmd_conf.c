/*
 * cmd_conf.c - looking at the configuration: conf check, conf dump
 *
 * Says all faults of all files at once, and what a fault-free configuration
 * will do here. Touches nothing and asks no daemon.
 */
#include "cli/commands.h"

#include "base/timefmt.h"
#include "cli/out.h"
#include "core/rule.h"
#include "io/conf.h"
#include "io/conf_push.h"
#include "io/conf_table.h"
#include "io/dns.h"
#include "io/listen.h"
#include "io/tsigkey.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_MAX (4u << 20)

static const struct diag_rule folder_rule = {
	.id = "C13",
	.name = "conf-folder",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Create it (systemd-tmpfiles --create mtasts.conf), or name "
	       "another one.",
};

static const struct diag_rule idle_rule = {
	.id = "C14",
	.name = "conf-host-idle",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Give host: https or host: http an address.",
};
static const struct diag_rule open_rule = {
	.id = "C15",
	.name = "conf-http-open",
	.severity = MTASTS_WARNING,
	.rfc = "RFC 8461 section 3.3",
	.fix = "Listen on 127.0.0.1, or see to it that only your web server "
	       "reaches this address.",
};

static const struct diag_rule reachless_rule = {
	.id = "C16",
	.name = "conf-resolver-dns",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "", /* that of the finding */
};
static const struct diag_rule asked_rule = {
	.id = "C17",
	.name = "conf-resolver-open",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Listen on 127.0.0.1, or on a socket file.",
};
static const struct diag_rule over_rule = {
	.id = "C18",
	.name = "conf-rule-over",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Remove the rule, or give it a later date.",
};

static const struct diag_rule key_rule = {
	.id = "C20",
	.name = "conf-push-key",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "", /* that of the finding */
};
static const struct diag_rule program_rule = {
	.id = "C22",
	.name = "conf-push-program",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Name a program that the user mtasts-admin may run.",
};

static const struct diag_rule uacme_rule = {
	.id = "C23",
	.name = "conf-acme-program",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Install it (apt install uacme), or name it in acme: program.",
};

/* check_folder - a finding when a folder is not there */
static void
check_folder(const char *what, const char *path, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return;
	diag_add(diags, &folder_rule, nowhere, "%s: %s %s", what, path,
	    errno == EACCES ? "cannot be looked at"
			    : "is no folder here, or not yet");
}

/* is_loopback - is an address only reachable from this machine? */
static bool
is_loopback(const char *text)
{
	const struct sockaddr_in6 *v6;
	const struct sockaddr_in *v4;
	struct listen_addr addr;

	if (listen_parse(text, &addr, NULL) != MTASTS_OK ||
	    addr.kind != LISTEN_INET)
		return true;
	v4 = (const struct sockaddr_in *)&addr.sa;
	v6 = (const struct sockaddr_in6 *)&addr.sa;
	if (addr.sa.ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* check_host - addresses of mtasts-host that are hardly meant */
static void
check_host(const struct conf *conf, struct mtasts_diags *diags)
{
	const struct conf_host *host = &conf->host;
	struct diag_place nowhere = { 0 };
	size_t i;

	if (host->https.count == 0 && host->http.count == 0)
		diag_add(diags, &idle_rule, nowhere,
		    "mtasts-host has no address to listen on");
	/* Authorities come by http, from anywhere. */
	for (i = 0; i < host->http.count && !conf->acme.enabled; i++)
		if (!is_loopback(host->http.v[i]))
			diag_add(diags, &open_rule, nowhere,
			    "host: http: %s is open to other machines, "
			    "without TLS",
			    host->http.v[i]);
}

/* check_dns - what would keep mtasts-resolver from starting */
static void
check_dns(const struct conf *conf, struct mtasts_diags *diags)
{
	struct dns_conf dns = { .backend = (enum dns_backend)conf->dns.backend,
		.server = conf->dns.server,
		.trust_anchor = conf->dns.trust_anchor,
		.timeout_ms = conf->dns.timeout_ms };
	struct mtasts_diags *found = mtasts_diags_new();
	struct diag_place nowhere = { 0 };
	const struct mtasts_finding *f;
	size_t i;

	if (found != NULL)
		dns_check_conf(&dns, found);
	for (i = 0; (f = mtasts_diags_get(found, i)) != NULL; i++)
		diag_add_fix(diags, &reachless_rule, nowhere, f->fix,
		    "mtasts-resolver will not start: %s", f->message);
	mtasts_diags_free(found);
}

/* check_resolver - addresses and rules that are hardly meant */
static void
check_resolver(
    const struct conf *conf, int64_t now_at, struct mtasts_diags *diags)
{
	const struct conf_dest_rule *rule = conf->rules.v;
	const struct conf_list *listen = &conf->resolver.listen;
	struct diag_place nowhere = { 0 };
	struct timefmt t;
	size_t i;

	for (i = 0; i < listen->count; i++)
		if (!is_loopback(listen->v[i]))
			diag_add(diags, &asked_rule, nowhere,
			    "resolver: listen: %s is open to other machines, "
			    "and answers can be forged on the way",
			    listen->v[i]);
	for (i = 0; i < conf->rules.count; i++, rule++) {
		if (rule->until_at == 0 ||
		    rule->until_at > now_at + RULE_WARN_S)
			continue;
		diag_add(diags, &over_rule, nowhere, "rules: %s %s %.10s",
		    rule->name,
		    rule->until_at < now_at ? "has not held since"
					    : "holds only until",
		    timefmt_rfc3339(&t, rule->until_at));
	}
}

/* check_key - a warning when it could not be used */
static void
check_key(const struct conf_push *way, struct mtasts_diags *diags)
{
	struct mtasts_diags *found = mtasts_diags_new();
	struct diag_place nowhere = { 0 };
	const struct mtasts_finding *f;
	struct secret secret = { 0 };
	struct tsigkey key;
	enum mtasts_err err;

	if (way->method == CONF_PUSH_RFC2136) {
		err = tsigkey_read(way->key_file, &key, found);
		tsigkey_wipe(&key);
	} else {
		err = secret_read(way->key_file, &secret, found);
		secret_free(&secret);
	}
	f = mtasts_diags_get(found, 0);
	if (err == MTASTS_ECONF && f != NULL)
		diag_add_fix(diags, &key_rule, nowhere, f->fix,
		    CONF_PUSHES ": %s", f->message);
	mtasts_diags_free(found);
}

/* check_pushes - keys and programs of the ways into DNS */
static void
check_pushes(const struct conf *conf, struct mtasts_diags *diags)
{
	const struct conf_push *way = conf->push.v;
	struct diag_place nowhere = { 0 };

	for (size_t i = 0; i < conf->push.count; i++, way++) {
		if (way->method == CONF_PUSH_HOOK) {
			if (access(way->program, X_OK) != 0)
				diag_add(diags, &program_rule, nowhere,
				    CONF_PUSHES ": %s cannot be run: %s",
				    way->program, strerror(errno));
		} else if (strchr(way->key_file, '/') != NULL &&
		    (access(way->key_file, R_OK) == 0 || errno == ENOENT)) {
			check_key(way, diags);
		}
	}
}

/* check_acme - a warning when no certificate could be ordered */
static void
check_acme(const struct conf_acme *acme, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };

	if (acme->enabled && access(acme->program, X_OK) != 0)
		diag_add(diags, &uacme_rule, nowhere,
		    "acme: no certificate can be ordered: %s: %s",
		    acme->program, strerror(errno));
}

/* check_here - what fits the grammar but not this machine */
static void
check_here(const struct conf *conf, int64_t now_at, struct mtasts_diags *diags)
{
	struct str url = str_of(conf->store.url);
	size_t i;

	if (str_starts(url, STR("sqlite:")))
		check_folder("store: url",
		    conf->store.url + sizeof("sqlite:") - 1, diags);
	for (i = 0; i < conf->host.certificates.count; i++)
		check_folder(
		    "host: certificates", conf->host.certificates.v[i], diags);
	check_host(conf, diags);
	check_dns(conf, diags);
	check_resolver(conf, now_at, diags);
	check_pushes(conf, diags);
	check_acme(&conf->acme, diags);
}

/* check_path - the file that would be read, or null: built-in values */
static const char *
check_path(struct cmd_env *env, const struct cmd_args *args)
{
	if (args->word_count > 0)
		return args->words[0];
	if (env->config != NULL)
		return env->config;
	return access(CONF_DEFAULT_FILE, F_OK) == 0 ? CONF_DEFAULT_FILE : NULL;
}

/* put_text - "  NAME     text" */
static void
put_text(struct cmd_env *env, const char *name, const char *text)
{
	out_labelled(env, 16, name, str_of(text[0] != '\0' ? text : "none"));
}

/* put_list - the same of several, with commas between */
static void
put_list(struct cmd_env *env, const char *name, const struct conf_list *list)
{
	struct buf b;
	size_t i;

	buf_init(&b, DUMP_MAX);
	buf_puts(&b, "");
	for (i = 0; i < list->count; i++)
		buf_putf(&b, "%s%s", i > 0 ? ", " : "", list->v[i]);
	env->incomplete |= buf_error(&b) != MTASTS_OK;
	put_text(env, name, b.p != NULL ? b.p : "");
	buf_free(&b);
}

/* say_resolver - what mtasts-resolver will do with it */
static void
say_resolver(struct cmd_env *env, const struct conf *conf)
{
	fputs("mtasts-resolver\n", env->out);
	put_list(env, "listen", &conf->resolver.listen);
	put_text(env, "control", conf->resolver.control);
	put_text(env, "metrics", conf->resolver.metrics);
	if (conf->dns.server.count > 0)
		put_list(env, "dns", &conf->dns.server);
	else
		put_text(env, "dns", "from the root down");
	fprintf(env->out, "  %-14s%zu\n", "rules", conf->rules.count);
}

/* put_ways - the ways into DNS, one a line */
static void
put_ways(struct cmd_env *env, const struct conf *conf)
{
	const char *name = "push";

	if (conf->push.count == 0)
		put_text(env, name, "none: records are set by hand");
	for (size_t i = 0; i < conf->push.count; i++) {
		const struct conf_push *way = &conf->push.v[i];
		struct buf b;

		buf_init(&b, DUMP_MAX);
		buf_putf(&b, "%s for ", conf_push_method_name(way->method));
		for (size_t k = 0; k < way->zones.count; k++)
			buf_putf(&b, "%s%s", k > 0 ? ", " : "",
			    strcmp(way->zones.v[k], "*") == 0
				? "every zone"
				: way->zones.v[k]);
		env->incomplete |= buf_error(&b) != MTASTS_OK;
		put_text(env, name, b.p != NULL ? b.p : "");
		buf_free(&b);
		name = "";
	}
}

/* say_publisher - what mtasts-publisher, and the command line, will do */
static void
say_publisher(struct cmd_env *env, const struct conf *conf)
{
	fputs("mtasts-publisher\n", env->out);
	put_text(env, "acme",
	    conf->acme.enabled ? conf->acme.directory
			       : "off: certificates come from elsewhere");
	put_ways(env, conf);
	put_text(env, "control", conf->publisher.control);
	put_text(env, "metrics", conf->publisher.metrics);
}

/* say_plan - what the programs will do with it */
static void
say_plan(struct cmd_env *env, const struct conf *conf)
{
	fprintf(env->out, "store            %s\n", conf->store.url);
	say_resolver(env, conf);
	fputs("mtasts-host\n", env->out);
	put_list(env, "https", &conf->host.https);
	put_list(env, "http", &conf->host.http);
	put_list(env, "certificates", &conf->host.certificates);
	put_text(env, "metrics", conf->host.metrics);
	say_publisher(env, conf);
}

/* say_json - the verdict as JSON */
static enum cmd_status
say_json(struct cmd_env *env, const char *path, bool valid,
    const struct mtasts_diags *diags)
{
	struct js_writer w;
	struct buf b;

	buf_init(&b, DUMP_MAX);
	js_begin(&w, &b, true);
	js_object(&w);
	js_kv_str(&w, "file", path);
	js_kv_bool(&w, "valid", valid);
	js_findings(&w, "findings", diags);
	js_end_object(&w);
	return out_json(env, &b);
}

/* say_text - the verdict for people */
static void
say_text(struct cmd_env *env, const char *path, const struct conf *conf,
    const struct mtasts_diags *diags)
{
	size_t errors = diag_errors(diags) + mtasts_diags_dropped(diags);

	out_findings(env, env->out, diags);
	if (conf == NULL) {
		out_color(env, OUT_RED);
		fprintf(env->out, "%s: %zu fault%s\n", path, errors,
		    errors == 1 ? "" : "s");
		out_color(env, OUT_PLAIN);
		return;
	}
	out_color(env, OUT_GREEN);
	fprintf(env->out, "%s: ok",
	    path != NULL ? path : "no file, built-in values");
	if (mtasts_diags_count(diags) > 0)
		fputs(", but see the warnings above", env->out);
	fputc('\n', env->out);
	out_color(env, OUT_PLAIN);
	say_plan(env, conf);
}

/* run_check - conf check */
static enum cmd_status
run_check(struct cmd_env *env, const struct cmd_args *args)
{
	struct mtasts_diags *diags = mtasts_diags_new();
	const char *path = check_path(env, args);
	enum cmd_status printed = CMD_FINE;
	enum mtasts_err err = MTASTS_ENOMEM;
	struct conf *conf = NULL;

	if (diags == NULL)
		goto out;
	if (path != NULL) {
		err = conf_load(path, &conf, diags);
	} else {
		conf = conf_new();
		err = conf != NULL ? MTASTS_OK : MTASTS_ENOMEM;
	}
	if (err != MTASTS_OK && err != MTASTS_ECONF)
		goto out;
	if (conf != NULL)
		check_here(conf, env->now_at, diags);
	if (env->json)
		printed = say_json(env, path, conf != NULL, diags);
	else
		say_text(env, path, conf, diags);
out:
	if (err == MTASTS_ENOENT)
		out_error(env, "there is no file %s", path);
	else if (err != MTASTS_OK && err != MTASTS_ECONF)
		out_error(env, "cannot check: %s", mtasts_strerror(err));
	conf_free(conf);
	mtasts_diags_free(diags);
	if (err == MTASTS_OK || printed != CMD_FINE)
		return printed;
	return err == MTASTS_ECONF ? CMD_PROBLEM : CMD_UNKNOWN;
}

const struct cmd cmd_conf_check = {
	.name = "conf check",
	.usage = "[FILE]",
	.summary = "say all that is wrong with the configuration",
	.help =
	    "Reads FILE, else what --config names, else "
	    "/etc/mtasts/mtasts.yaml, and the files conf.d/*.yaml beside it "
	    "in the order of their names. Each fault is told with its line "
	    "and column. Without faults it says what the programs will do.\n"
	    "\n"
	    "What is allowed but hardly meant is a warning and does not count: "
	    "a folder that is not there yet, plain HTTP open to others, a "
	    "rule that has run out, DNS that mtasts-resolver would not start "
	    "with, a key of push that could not be used.",
	.words_max = 1,
	.run = run_check,
};

/* dump_json - all values as JSON; durations and sizes as people write them */
static void
dump_json(const struct conf *conf, struct buf *b)
{
	const struct conf_option *row = conf_options;
	const char *section;
	struct js_writer w;

	js_begin(&w, b, true);
	js_object(&w);
	while (row->section != NULL) {
		section = row->section;
		js_key(&w, section);
		js_object(&w);
		for (;
		     row->section != NULL && strcmp(row->section, section) == 0;
		     row++) {
			js_key(&w, row->name);
			conf_put_json(conf, row, &w);
		}
		js_end_object(&w);
	}
	js_key(&w, CONF_PUSHES);
	conf_pushes_json(conf, &w);
	js_key(&w, CONF_DESTS);
	conf_dests_json(conf, &w);
	js_end_object(&w);
	buf_putc(b, '\n');
}

/* run_dump - conf dump */
static enum cmd_status
run_dump(struct cmd_env *env, const struct cmd_args *args)
{
	bool sample = cmd_flag(args, "sample");
	struct conf *builtin = NULL;
	const struct conf *conf;
	enum cmd_status status;
	struct buf b;

	/* The sample shows defaults, whatever is configured here. */
	if (sample)
		conf = builtin = conf_new();
	else
		conf = cmd_conf(env);
	if (conf == NULL)
		return CMD_UNKNOWN;
	buf_init(&b, DUMP_MAX);
	if (sample)
		conf_sample(conf, &b);
	else if (env->json)
		dump_json(conf, &b);
	else
		conf_dump(conf, &b);
	status = out_buf(env, &b);
	buf_free(&b);
	conf_free(builtin);
	return status;
}

static const struct cmd_opt dump_opts[] = {
	{ "sample", NULL, "print a commented file to start from" },
	{ NULL, NULL, NULL },
};

const struct cmd cmd_conf_dump = {
	.name = "conf dump",
	.usage = "",
	.summary = "print the configuration in force, with all defaults",
	.help = "Prints every option with the value that holds after all "
		"files are read. The output is a valid configuration file.",
	.opts = dump_opts,
	.run = run_dump,
};
