/*
 * doctor_postfix.c - is the local Postfix set up to ask mtasts-resolver?
 *
 * Reads what postconf(1) says is in force, the socket as smtp(8) sees it from
 * its chroot, and asks one question there. What the lines must be and why is
 * docs/postfix.md.
 *
 * BUGS: options behind -o in master.cf are not looked at.
 */
#include "cli/doctor_postfix.h"

#include "core/reply.h"

struct str
postfix_value(const char *conf, const char *name)
{
	struct str rest = str_of(conf), line, key, text;

	while (str_line(&rest, &line, NULL)) {
		if (str_cut(line, '=', &key, &text) &&
		    str_eq(str_trim(key), str_of(name)))
			return str_trim(text);
	}
	return (struct str){ NULL, 0 };
}

bool
postfix_is(const struct postfix *p, const char *name, const char *want)
{
	return str_eq_nocase(postfix_value(p->conf, name), str_of(want));
}

bool
postfix_newer(const struct postfix *p, unsigned major, unsigned minor)
{
	return p->major > major || (p->major == major && p->minor >= minor);
}

/* ask_postconf - run it; the words, null at the end, behind -c FOLDER */
static const char *
ask_postconf(struct postfix *p, const char *const *words, bool *missing)
{
	const char *program = cmd_value(p->args, "postconf"),
		   *folder = cmd_value(p->args, "config-dir"), *argv[32];
	size_t n = 0;

	argv[n++] = program != NULL ? program : "postconf";
	if (folder != NULL) {
		argv[n++] = "-c";
		argv[n++] = folder;
	}
	while (*words != NULL && n < 31)
		argv[n++] = *words++;
	argv[n] = NULL;
	return doctor_run(&p->d, argv, missing);
}

/* read_version - "3.10.5" to numbers */
static void
read_version(struct postfix *p)
{
	struct str version = postfix_value(p->conf, "mail_version"), major,
		   minor, rest;
	uint64_t a = 0, b = 0;

	str_cut(version, '.', &major, &rest);
	str_cut(rest, '.', &minor, NULL);
	/* "3.12-20260821" is a snapshot. */
	str_cut(minor, '-', &minor, NULL);
	if (str_u64(major, 1000, &a) && str_u64(minor, 1000, &b))
		p->d.version = arena_dup(p->d.arena, version);
	p->major = (unsigned)a;
	p->minor = (unsigned)b;
}

/* learn - all that postconf says; false: there is no Postfix to look at */
static bool
learn(struct postfix *p)
{
	static const char *const words[] = { "-x", "mail_version",
		"queue_directory", "mail_owner", "smtp_tls_policy_maps",
		"smtp_dns_support_level", "smtp_host_lookup",
		"smtp_tls_security_level", "smtp_tls_CAfile", "smtp_tls_CApath",
		"tls_append_default_CA", "smtp_tlsrpt_enable", NULL };
	static const char *const master[] = { "-F", "smtp/unix/chroot", NULL };
	const char *text;
	bool missing;

	p->conf = ask_postconf(p, words, &missing);
	if (missing)
		doctor_say(&p->d, DOCTOR_FAIL, "version",
		    "Install Postfix, or name the program: --postconf FILE.",
		    "there is no postconf here");
	if (p->conf == NULL)
		return false;
	read_version(p);
	p->queue =
	    arena_dup(p->d.arena, postfix_value(p->conf, "queue_directory"));
	if (p->queue == NULL || p->d.version == NULL) {
		doctor_say(&p->d, DOCTOR_FAIL, "version", NULL,
		    "postconf does not say which version this is");
		return false;
	}
	text = ask_postconf(p, master, &missing);
	p->chroot = text != NULL &&
	    str_eq(postfix_value(text, "smtp/unix/chroot"), STR("y"));
	return true;
}

/* check_version - does it know what the answers hold? */
static void
check_version(struct postfix *p)
{
	if (!postfix_newer(p, 3, 4))
		doctor_say(&p->d, DOCTOR_FAIL, "version",
		    "Upgrade to Postfix 3.4 or later.",
		    "%s does not know servername=, which every answer has: "
		    "mail under a policy would wait",
		    p->d.version);
	else if (!postfix_newer(p, 3, 10))
		doctor_say(&p->d, DOCTOR_PASS, "version", NULL,
		    "%s: MX hosts are checked by certificate, not by the "
		    "policy's patterns; no TLS reports",
		    p->d.version);
	else
		doctor_say(&p->d, DOCTOR_PASS, "version", NULL,
		    "%s: can report, and from 3.10.5 on tries only MX hosts "
		    "of the policy",
		    p->d.version);
}

/* socket_path - where a unix: path of Postfix leads, from the root */
static const char *
socket_path(struct postfix *p, struct str path)
{
	if (str_starts(path, STR("/")) && !p->chroot)
		return arena_dup(p->d.arena, path);
	while (str_starts(path, STR("/")))
		path = str_sub(path, 1, path.len);
	return arena_printf(
	    p->d.arena, "%s/%" STR_FMT, p->queue, STR_ARG(path));
}

/* read_server - one item of smtp_tls_policy_maps */
static bool
read_server(struct postfix *p, struct str item, struct server *s)
{
	struct str rest, port;
	size_t colon;

	*s = (struct server){ .path = "" };
	if (!str_cut(item, ':', &s->type, &s->rest))
		return false;
	rest = s->rest;
	if (str_eq(s->type, STR("socketmap"))) {
		for (colon = rest.len; colon > 0 && rest.p[colon - 1] != ':';)
			colon--;
		if (colon == 0)
			return false;
		s->map = str_sub(rest, colon, rest.len);
		rest = str_sub(rest, 0, colon - 1);
	} else if (!str_eq(s->type, STR("tcp"))) {
		return false;
	}
	s->is_unix = str_starts(rest, STR("unix:"));
	if (s->is_unix) {
		s->path = socket_path(p, str_sub(rest, 5, rest.len));
		return s->path != NULL;
	}
	if (str_starts(rest, STR("inet:")))
		rest = str_sub(rest, 5, rest.len);
	for (colon = rest.len; colon > 0 && rest.p[colon - 1] != ':';)
		colon--;
	if (colon == 0)
		return false;
	s->host = str_sub(rest, 0, colon - 1);
	if (str_starts(s->host, STR("[")) && str_ends(s->host, STR("]")))
		s->host = str_sub(s->host, 1, s->host.len - 2);
	port = str_sub(rest, colon, rest.len);
	return str_u64(port, 65535, &s->port);
}

/* is_ours - does mtasts-resolver listen there? */
static bool
is_ours(const struct postfix *p, const struct server *s)
{
	if (s->is_unix)
		return doctor_listens_unix(&p->d, s->path);
	return doctor_listens_tcp(&p->d, s->host, s->port);
}

/* wanted_map - the map name for this Postfix */
static const char *
wanted_map(const struct postfix *p)
{
	if (!postfix_is(p, "smtp_dns_support_level", "dnssec") &&
	    p->d.conf->resolver.dane == REPLY_DANE_BY_MAP)
		return "postfix";
	return postfix_newer(p, 3, 10) ? "QUERYwithTLSRPT" : "QUERY";
}

/* wanted_server - the address as Postfix writes it; null: none fits */
static const char *
wanted_server(struct postfix *p)
{
	const struct conf_list *list = &p->d.conf->resolver.listen;
	struct str s, queue = str_of(p->queue);
	size_t i;

	for (i = 0; i < list->count; i++) {
		str_cut(str_of(list->v[i]), ',', &s, NULL);
		if (str_starts(s, STR("systemd:")))
			continue;
		if (!str_starts(s, STR("unix:")))
			return arena_printf(p->d.arena, "%s%" STR_FMT,
			    str_starts(s, STR("inet:")) ? "" : "inet:",
			    STR_ARG(s));
		s = str_sub(s, 5, s.len);
		/* The same file inside the chroot and outside. */
		if (str_starts(s, queue) && s.len > queue.len &&
		    s.p[queue.len] == '/')
			return arena_printf(p->d.arena, "unix:%" STR_FMT,
			    STR_ARG(str_sub(s, queue.len + 1, s.len)));
		if (!p->chroot)
			return arena_printf(
			    p->d.arena, "unix:%" STR_FMT, STR_ARG(s));
	}
	return NULL;
}

/* next_item - take the next table off the list; braces hold blanks */
static bool
next_item(struct str *rest, struct str *item)
{
	size_t i = 0, depth = 0, from;

	while (i < rest->len && strchr(" \t,", rest->p[i]) != NULL)
		i++;
	from = i;
	for (; i < rest->len; i++) {
		if (rest->p[i] == '{')
			depth++;
		else if (rest->p[i] == '}' && depth > 0)
			depth--;
		else if (depth == 0 && strchr(" \t,", rest->p[i]) != NULL)
			break;
	}
	*item = str_sub(*rest, from, i - from);
	*rest = str_sub(*rest, i, rest->len);
	return item->len > 0;
}

/*
 * put_maps_line - smtp_tls_policy_maps as it should be
 *
 * Tables of exceptions stay before us; another policy server gives way.
 */
static void
put_maps_line(struct postfix *p, struct str maps)
{
	const char *server = wanted_server(p);
	struct server other;
	struct str item;
	struct buf b;

	if (server == NULL)
		return;
	buf_init(&b, 16384);
	while (next_item(&maps, &item)) {
		if (!read_server(p, item, &other))
			buf_putf(&b, "%" STR_FMT ", ", STR_ARG(item));
	}
	buf_putf(&b, "socketmap:%s:%s", server, wanted_map(p));
	if (buf_error(&b) == MTASTS_OK)
		doctor_line(&p->d, "smtp_tls_policy_maps = %s", b.p);
	else
		p->d.failed = true;
	buf_free(&b);
}

/* check_order - what stands before our map */
static void
check_order(struct postfix *p, struct str before)
{
	struct server other;
	struct str item, type;

	if (before.len == 0) {
		doctor_say(&p->d, DOCTOR_PASS, "map-order", NULL,
		    "mtasts-resolver is asked first");
		return;
	}
	while (next_item(&before, &item)) {
		str_cut(item, ':', &type, NULL);
		if (read_server(p, item, &other)) {
			doctor_say(&p->d, DOCTOR_WARN, "map-order",
			    "Leave only one policy server there.",
			    "another policy server is asked before "
			    "mtasts-resolver: %" STR_FMT,
			    STR_ARG(item));
			return;
		}
		if (str_eq(type, STR("static"))) {
			doctor_say(&p->d, DOCTOR_FAIL, "map-order",
			    "Remove it, or put it behind mtasts-resolver.",
			    "%" STR_FMT " answers everything, so that "
			    "mtasts-resolver is never asked",
			    STR_ARG(item));
			return;
		}
	}
	doctor_say(&p->d, DOCTOR_PASS, "map-order", NULL,
	    "tables of exceptions are asked first, then mtasts-resolver");
}

/* find_server - our server among the maps, and what stands before it */
static void
find_server(struct postfix *p)
{
	struct str maps = postfix_value(p->conf, "smtp_tls_policy_maps"),
		   rest = maps, item, before;

	while (!p->found && next_item(&rest, &item)) {
		before = str_sub(maps, 0, (size_t)(item.p - maps.p));
		while (before.len > 0 &&
		    strchr(" \t,", before.p[before.len - 1]) != NULL)
			before.len--;
		p->found =
		    read_server(p, item, &p->server) && is_ours(p, &p->server);
	}
	if (p->found) {
		doctor_say(&p->d, DOCTOR_PASS, "policy-maps", NULL,
		    "smtp_tls_policy_maps asks mtasts-resolver: %" STR_FMT,
		    STR_ARG(item));
		check_order(p, before);
		return;
	}
	doctor_say(&p->d, DOCTOR_FAIL, "policy-maps",
	    wanted_server(p) != NULL
		? "Put the line below into main.cf, then: postfix reload."
		: "Let mtasts-resolver listen where Postfix can reach it, such "
		  "as 127.0.0.1:8461.",
	    "smtp_tls_policy_maps does not ask mtasts-resolver: %" STR_FMT,
	    STR_ARG(maps.len > 0 ? maps : STR("it is empty")));
	put_maps_line(p, maps);
}

/* check_map - the map name decides what the answers hold */
static void
check_map(struct postfix *p)
{
	struct str map = p->server.map;
	bool dnssec = postfix_is(p, "smtp_dns_support_level", "dnssec");

	if (!p->found || !str_eq(p->server.type, STR("socketmap")))
		return;
	if (str_eq_nocase(map, STR("QUERYwithTLSRPT")) &&
	    !postfix_newer(p, 3, 10))
		doctor_say(&p->d, DOCTOR_FAIL, "map-name",
		    "Use the map name QUERY.",
		    "Postfix %s takes no answer of QUERYwithTLSRPT: mail under "
		    "a policy waits",
		    p->d.version);
	else if (str_eq_nocase(map, STR("sts")))
		doctor_say(&p->d, DOCTOR_FAIL, "map-name",
		    "Use the map name QUERY.", "sts is sendmail's map name");
	else if (str_eq_nocase(map, STR("QUERY")) && postfix_newer(p, 3, 10))
		doctor_say(&p->d, DOCTOR_WARN, "map-name",
		    "Use the map name QUERYwithTLSRPT.",
		    "with QUERY, Postfix %s does not learn the policy's "
		    "patterns and reports nothing",
		    p->d.version);
	else if (str_eq_nocase(map, STR("postfix")) && dnssec)
		doctor_say(&p->d, DOCTOR_WARN, "map-name",
		    "Use the map name QUERY, or QUERYwithTLSRPT from Postfix "
		    "3.10 on.",
		    "with the map name postfix, DANE is never used");
	else
		doctor_say(&p->d, DOCTOR_PASS, "map-name", NULL,
		    "%" STR_FMT " fits Postfix %s", STR_ARG(map), p->d.version);
}

/* probe - the question itself */
static void
probe(struct postfix *p)
{
	struct doctor_probe ask = { .domain = cmd_value(p->args, "probe") };
	bool v6 = str_chr(p->server.host, ':') < p->server.host.len;

	/* Nobody uses tcp: with it; its protocol is not asked here. */
	if (!p->found || !str_eq(p->server.type, STR("socketmap")))
		return;
	if (p->server.is_unix)
		ask.address =
		    arena_printf(p->d.arena, "unix:%s", p->server.path);
	else if (str_eq_nocase(p->server.host, STR("localhost")))
		ask.address = arena_printf(
		    p->d.arena, "127.0.0.1:%u", (unsigned)p->server.port);
	else
		ask.address = arena_printf(p->d.arena, "%s%" STR_FMT "%s:%u",
		    v6 ? "[" : "", STR_ARG(p->server.host), v6 ? "]" : "",
		    (unsigned)p->server.port);
	ask.map = arena_dup(p->d.arena, p->server.map);
	if (ask.address == NULL || ask.map == NULL)
		p->d.failed = true;
	else
		doctor_probe(&p->d, &ask);
}

enum cmd_status
doctor_postfix(struct cmd_env *env, const struct cmd_args *args)
{
	struct postfix p = { .args = args };
	enum cmd_status status = doctor_begin(&p.d, env, "Postfix", "main.cf");

	if (status != CMD_FINE)
		return status;
	if (!learn(&p))
		return doctor_give_up(&p.d);
	check_version(&p);
	find_server(&p);
	check_map(&p);
	postfix_check_sending(&p);
	doctor_resolver(&p.d);
	postfix_check_socket(&p);
	probe(&p);
	return doctor_end(&p.d);
}
