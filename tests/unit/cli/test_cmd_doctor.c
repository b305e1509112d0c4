/*
 * test_cmd_doctor - doctor and status, with made-up MTAs and daemons
 *
 * The MTAs' programs are shell scripts that print what the real ones would.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/json.h"
#include "base/timefmt.h"
#include "cli/commands.h"
#include "io/conf.h"
#include "support/fake_map.h"
#include "support/fake_resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const struct cmd *const commands[] = { &cmd_doctor_postfix,
	&cmd_doctor_exim, &cmd_doctor_sendmail, &cmd_status, NULL };

#define STATUS                                                           \
	"{\"version\":\"0.1.0\",\"pid\":7,\"started\":"                  \
	"\"2026-01-31T11:00:00Z\",\"uptime_s\":3600,\"listen\":"         \
	"[\"127.0.0.1:8461\"],\"connections\":3,\"policies\":1000,"      \
	"\"destinations\":20,\"waiting\":1,\"running\":2,"               \
	"\"dns_validation\":\"works\",\"store\":null,\"observe\":false," \
	"\"questions\":200,\"hits\":150}\n"
#define SICK                                                         \
	"{\"version\":\"0.1.0\",\"pid\":7,\"started\":"              \
	"\"2026-01-31T11:00:00Z\",\"listen\":[],\"dns_validation\":" \
	"\"fails\",\"store\":\"disk full\",\"observe\":true,"        \
	"\"questions\":0}\n"

static const struct fake_answer fine[] = {
	{ "{\"do\":\"status\"}", STATUS, NULL },
	{ NULL, NULL, NULL },
};
static const struct fake_answer sick[] = {
	{ "{\"do\":\"status\"}", SICK, NULL },
	{ NULL, NULL, NULL },
};

/* A machine: daemons, a socket for the MTA, programs. */
struct machine {
	struct fake_resolver resolver;
	struct fake_map map; /* TCP */
	struct fake_map unix_map; /* queue/m/s */
	char folder[128];
};

/* put - write a file of the machine; %F in the text is its folder */
static void
put(struct machine *m, const char *name, const char *text, mode_t mode)
{
	char path[512];
	struct str rest = str_of(text);
	size_t at;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", m->folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	while (rest.len > 0) {
		at = str_find(rest, STR("%F"));
		fwrite(rest.p, 1, at, f);
		rest = str_sub(rest, at, rest.len);
		if (rest.len > 0 && rest.p[1] == 'F')
			fputs(m->folder, f);
		rest = str_sub(rest, 2, rest.len);
	}
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

/* machine_open - answers of the daemon; what the MTA's socket says */
static void
machine_open(struct machine *m, const struct fake_answer *answers,
    const char *reply, const char *more)
{
	char text[1024], path[256];

	fake_open(&m->resolver, answers);
	snprintf(m->folder, sizeof(m->folder), "%s", m->resolver.folder.path);
	assert_int_equal(chmod(m->folder, 0755), 0);
	snprintf(path, sizeof(path), "%s/queue", m->folder);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/queue/m", m->folder);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/queue/m/s", m->folder);
	fake_map_open(&m->map, NULL, reply);
	fake_map_open(&m->unix_map, path, reply);
	assert_int_equal(chmod(path, 0666), 0);
	snprintf(text, sizeof(text),
	    "resolver: { control: \"%%F/ctl\", listen: [\"127.0.0.1:%u\", "
	    "\"unix:%%F/queue/m/s,mode=666\"] }\n%s",
	    m->map.port, more != NULL ? more : "host: { metrics: \"\" }\n");
	put(m, "c.yaml", text, 0644);
	put(m, "ca.pem", "x", 0644);
}

/* machine_close - end of it */
static void
machine_close(struct machine *m)
{
	fake_map_close(&m->map);
	fake_map_close(&m->unix_map);
	fake_close(&m->resolver);
}

/* run_words - a line of words; what was printed, yours: free() */
static char *
run_words(struct machine *m, const char *line, int *status)
{
	struct cmd_env env = { .in = stdin, .width = 80 };
	char copy[512], *argv[16] = { (char *)"mtasts" }, *save = NULL;
	char *out = NULL;
	size_t len;
	int argc = 1;

	assert_int_equal(
	    timefmt_parse_rfc3339(STR("2026-01-31T12:00:00Z"), &env.now_at),
	    MTASTS_OK);
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc++] = (char *)"--config";
	argv[argc++] = m->resolver.config;
	env.out = env.err = open_memstream(&out, &len);
	*status = (int)cmd_run(&env, commands, argc, argv);
	fclose(env.out);
	conf_free(env.conf);
	return out;
}

/* check - a line's status and a piece of what it prints */
static void
check(struct machine *m, const char *line, int status, const char *want)
{
	int got;
	char *out = run_words(m, line, &got);

	if (got != status || strstr(out, want) == NULL)
		fail_msg("%s: %d, without \"%s\"\n%s", line, got, want, out);
	free(out);
}

/* A Postfix: what postconf says, and what must be found. */
struct postfix_row {
	const char *version;
	const char *maps; /* smtp_tls_policy_maps; P the port */
	const char *dns, *level, *ca, *chroot;
	int status;
	const char *want;
};

#define CA  "smtp_tls_CAfile = %F/ca.pem"
#define MAP "socketmap:inet:127.0.0.1:P:"

static const struct postfix_row postfixes[] = {
	{ "3.10.5", MAP "QUERYwithTLSRPT", "dnssec", "dane", CA, "y", 0,
	    "Postfix 3.10.5: asks mtasts-resolver; nothing to mend" },
	{ "3.7.11", MAP "QUERY", "dnssec", "dane", CA, "n", 0,
	    "pass  map-name        QUERY fits Postfix 3.7.11" },
	{ "3.7.11", MAP "QUERY", "dnssec", "may", CA, "n", 0,
	    "smtp_tls_dane_insecure_mx_policy = dane\n" },
	{ "3.7.11", MAP "QUERY",
	    "dnssec\nsmtp_tls_dane_insecure_mx_policy = dane", "may", CA, "n",
	    0, "nothing to mend" },
	{ "3.7.11", MAP "QUERYwithTLSRPT", "dnssec", "may", CA, "n", 1,
	    "Use the map name QUERY." },
	{ "3.10.5", MAP "QUERY", "dnssec", "may", CA, "n", 0,
	    "Use the map name QUERYwithTLSRPT." },
	{ "3.12-20260821", MAP "querywithtlsrpt", "dnssec", "may", CA, "n", 0,
	    "pass  version" },
	{ "3.3.1", MAP "QUERY", "dnssec", "may", CA, "n", 1,
	    "Upgrade to Postfix 3.4" },
	{ "3.7.11", MAP "sts", "dnssec", "may", CA, "n", 1,
	    "sendmail's map name" },
	{ "3.7.11", MAP "postfix", "", "may", CA, "n", 0, "need not be" },
	{ "3.7.11", MAP "postfix", "dnssec", "may", CA, "n", 0,
	    "DANE is never used" },
	{ "3.7.11", "", "dnssec", "may", CA, "n", 1,
	    "smtp_tls_policy_maps = socketmap:inet:127.0.0.1:P:QUERY\n" },
	{ "3.10.1", "hash:/a, cdb:/b", "", "may", CA, "n", 1,
	    "smtp_tls_policy_maps = hash:/a, cdb:/b, socketmap:inet:127.0.0.1:"
	    "P:postfix\n" },
	{ "3.7.11", "socketmap:inet:127.0.0.1:1:QUERY", "dnssec", "may", CA,
	    "n", 1,
	    "smtp_tls_policy_maps = socketmap:inet:127.0.0.1:P:QUERY\n" },
	{ "3.7.11", "hash:/a, " MAP "QUERY", "dnssec", "may", CA, "n", 0,
	    "tables of exceptions are asked first" },
	{ "3.7.11", "static:may, " MAP "QUERY", "dnssec", "may", CA, "n", 1,
	    "static:may answers everything" },
	{ "3.7.11", "inline:{ a.example = may }, " MAP "QUERY", "dnssec", "may",
	    CA, "n", 0, "tables of exceptions" },
	{ "3.7.11", "socketmap:inet:127.0.0.1:1:x " MAP "QUERY", "dnssec",
	    "may", CA, "n", 0, "another policy server" },
	{ "3.7.11", MAP "QUERY", "", "may", CA, "n", 1,
	    "smtp_dns_support_level = dnssec\n" },
	{ "3.7.11", MAP "QUERY", "dnssec\nsmtp_host_lookup = native", "may", CA,
	    "n", 1, "smtp_host_lookup = dns\n" },
	{ "3.7.11", MAP "QUERY", "dnssec", "", CA, "n", 0,
	    "smtp_tls_security_level = may\n" },
	{ "3.7.11", MAP "QUERY", "dnssec", "encrypt", CA, "n", 0,
	    "stricter than usual" },
	{ "3.7.11", MAP "QUERY", "dnssec", "may", "", "n", 1,
	    "there is no smtp_tls_CAfile" },
	{ "3.7.11", MAP "QUERY", "dnssec", "may", "smtp_tls_CAfile = /none",
	    "n", 1, "cannot be read or" },
	{ "3.7.11", MAP "QUERY", "dnssec", "may", "smtp_tls_CApath = %F/queue",
	    "n", 0, "pass  ca" },
	/* Inside the chroot it is another folder. */
	{ "3.7.11", MAP "QUERY", "dnssec", "may", "smtp_tls_CApath = %F/queue",
	    "y", 1, "inside the" },
	{ "3.7.11", MAP "QUERY", "dnssec", "may", "smtp_tls_CApath = /m", "y",
	    0, "pass  ca" },
	{ "3.7.11", MAP "QUERY", "dnssec", "may", "tls_append_default_CA = yes",
	    "y", 0, "Rather name the file" },
	{ "3.7.11", "socketmap:unix:m/s:QUERY", "dnssec", "may", CA, "y", 0,
	    "queue/m/s is there, root may use" },
	{ "3.7.11", "socketmap:unix:/m/s:QUERY", "dnssec", "may", CA, "y", 0,
	    "pass  probe" },
	{ "3.7.11", "socketmap:unix:%F/queue/m/s:QUERY", "dnssec", "may", CA,
	    "n", 0, "pass  socket" },
	/* Without the chroot a path from the root means another file. */
	{ "3.7.11", "socketmap:unix:/m/s:QUERY", "dnssec", "may", CA, "n", 1,
	    "FAIL  policy-maps" },
	{ "x", MAP "QUERY", "dnssec", "may", CA, "n", 1, "FAIL  version" },
};

/* with_port - the row's text with P as the port; static memory of the test */
static const char *
with_port(const struct machine *m, const char *text, char *out, size_t size)
{
	struct str before, after;

	if (!str_cut(str_of(text), 'P', &before, &after) ||
	    str_find(str_of(text), STR(":P:")) == strlen(text))
		snprintf(out, size, "%s", text);
	else
		snprintf(out, size, "%.*s:%u:%s",
		    (int)str_find(str_of(text), STR(":P:")), text, m->map.port,
		    text + str_find(str_of(text), STR(":P:")) + 3);
	return out;
}

/* put_postconf - a program that prints the row */
static void
put_postconf(struct machine *m, const struct postfix_row *row)
{
	char text[2048], maps[512];

	with_port(m, row->maps, maps, sizeof(maps));
	snprintf(text, sizeof(text),
	    "#!/bin/sh\n"
	    "if [ \"$1\" = -F ]; then echo smtp/unix/chroot = %s; exit; fi\n"
	    "cat <<'END'\n"
	    "mail_version = %s\nqueue_directory = %%F/queue\n"
	    "mail_owner = root\nsmtp_tls_policy_maps = %s\n"
	    "smtp_dns_support_level = %s\nsmtp_tls_security_level = %s\n%s\n"
	    "END\n",
	    row->chroot, row->version, maps, row->dns, row->level, row->ca);
	put(m, "postconf", text, 0755);
}

/* each Postfix: the one thing that is wrong is found */
static void
test_postfix(void **state)
{
	char want[512], line[512];
	struct machine m;
	size_t i;

	machine_open(&m, fine, "9:NOTFOUND ,", NULL);
	snprintf(line, sizeof(line), "doctor postfix --postconf %s/postconf",
	    m.folder);
	for (i = 0; i < sizeof(postfixes) / sizeof(postfixes[0]); i++) {
		put_postconf(&m, &postfixes[i]);
		with_port(&m, postfixes[i].want, want, sizeof(want));
		check(&m, line,
		    strcmp(postfixes[i].version, "x") == 0
			? CMD_UNKNOWN
			: postfixes[i].status,
		    want);
	}
	check(&m, "doctor postfix --postconf /none", CMD_UNKNOWN,
	    "there is no postconf here");
	machine_close(&m);
}

/* the page of a good one, whole, and as JSON */
static void
test_postfix_page(void **state)
{
	char line[512], want[2048];
	struct machine m;
	struct js *js = NULL;
	bool is_fine = false;
	int status;
	char *out;

	machine_open(&m, fine, "9:NOTFOUND ,", NULL);
	put_postconf(&m, &postfixes[1]);
	snprintf(line, sizeof(line),
	    "doctor postfix --postconf %s/postconf --json", m.folder);
	out = run_words(&m, line, &status);
	assert_int_equal(status, CMD_FINE);
	assert_int_equal(js_parse(str_of(out), "", &js, NULL), MTASTS_OK);
	assert_true(js_bool(js_get(js, "fine"), &is_fine) && is_fine);
	assert_int_equal(js_len(js_get(js, "checks")), 10);
	js_free(js);
	free(out);
	line[strlen(line) - 7] = '\0';
	out = run_words(&m, line, &status);
	snprintf(want, sizeof(want),
	    "Postfix 3.7.11: asks mtasts-resolver; nothing to mend\n"
	    "\n"
	    "  pass  version         3.7.11: MX hosts are checked by "
	    "certificate, not by the\n"
	    "                        policy's patterns; no TLS reports\n"
	    "  pass  policy-maps     smtp_tls_policy_maps asks "
	    "mtasts-resolver:\n"
	    "                        socketmap:inet:127.0.0.1:%u:QUERY\n"
	    "  pass  map-order       mtasts-resolver is asked first\n"
	    "  pass  map-name        QUERY fits Postfix 3.7.11\n"
	    "  pass  dnssec          smtp_dns_support_level is dnssec\n"
	    "  pass  host-lookup     smtp_host_lookup begins with dns\n"
	    "  pass  security-level  smtp_tls_security_level is dane\n"
	    "  pass  ca              smtp_tls_CAfile is %s/ca.pem\n"
	    "  pass  resolver        mtasts-resolver runs, and DNSSEC works "
	    "for it\n"
	    "  pass  probe           asked for example.com over the MTA's own "
	    "socket, it\n"
	    "                        answers NOTFOUND  in ",
	    m.map.port, m.folder);
	assert_memory_equal(out, want, strlen(want) - 12);
	free(out);
	machine_close(&m);
}

/* answers of the socket, and daemons that are ill or away */
static void
test_probe(void **state)
{
	static const struct {
		const struct fake_answer *answers;
		const char *reply;
		int status;
		const char *want;
	} rows[] = {
		{ fine, "18:PERM unknown map,", CMD_PROBLEM,
		    "answers in no way" },
		{ fine, "16:PERM unknown map,", CMD_PROBLEM, "FAIL  probe" },
		{ fine, "9:TEMP down,", CMD_FINE, "mail to such" },
		{ fine, "24:OK secure match=\033[31mx.y,", CMD_FINE,
		    "match=\\x1B[31m" },
		{ sick, "9:NOTFOUND ,", CMD_FINE, "warn  resolver" },
		{ NULL, "9:NOTFOUND ,", CMD_PROBLEM,
		    "systemctl start mtasts-resolver" },
	};
	struct machine m;
	char line[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		machine_open(&m, rows[i].answers, rows[i].reply, NULL);
		put_postconf(&m, &postfixes[1]);
		snprintf(line, sizeof(line),
		    "doctor postfix --postconf %s/postconf --probe a.example "
		    "--config-dir /x",
		    m.folder);
		/* The script sees -c /x first, so it prints the values. */
		check(&m, line, rows[i].status, rows[i].want);
		assert_string_equal(m.map.heard, "15:QUERY a.example,");
		machine_close(&m);
	}
}

#define EXIM_GOOD                                                         \
	"condition = ${if eq{${readsocket{%F/queue/m/s}{mode $domain\\n}" \
	"{5s}{}{defer}}}{enforce}}\nhosts_require_tls = *\n"              \
	"tls_verify_hosts = *\ntls_verify_cert_hostnames = *\n"           \
	"event_action = ${readsocket{%F/queue/m/s}{mx $domain $host\\n}}\n"

/* Exim: what it was built with, and the recipe */
static void
test_exim(void **state)
{
	static const struct {
		const char *about, *config;
		int status;
		const char *want;
	} rows[] = {
		{ "Exim version 4.96 #2\nSupport for: OpenSSL DANE DNSSEC",
		    EXIM_GOOD, CMD_FINE,
		    "Exim 4.96: asks mtasts-resolver; "
		    "nothing to mend" },
		{ "Exim version 4.96 #2\nSupport for: GnuTLS", EXIM_GOOD,
		    CMD_FINE, "built without DANE" },
		{ "Exim version 4.96 #2\nSupport for: IPv6", EXIM_GOOD,
		    CMD_PROBLEM, "built without TLS" },
		{ "Exim version 4.96 #2\nSupport for: OpenSSL DANE", "a = b",
		    CMD_PROBLEM, "asks none of the sockets" },
		{ "Exim version 4.96 #2\nSupport for: OpenSSL DANE", "",
		    CMD_UNKNOWN, "exim -bP config shows nothing" },
	};
	char line[512], text[4096];
	struct machine m;
	size_t i;

	machine_open(&m, fine, "absent", NULL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
		    "#!/bin/sh\nif [ \"$1\" = -bV ]; then cat <<'END'\n%s\n"
		    "END\nexit; fi\n[ \"$1 $2\" = '-bP config' ] || exit 1\n"
		    "printf '%%s' '%s'\n",
		    rows[i].about, rows[i].config);
		put(&m, "exim", text, 0755);
		snprintf(
		    line, sizeof(line), "doctor exim --exim %s/exim", m.folder);
		check(&m, line, rows[i].status, rows[i].want);
	}
	assert_string_equal(m.unix_map.heard, "mode example.com\n");
	check(&m, "doctor exim --exim /none", CMD_UNKNOWN, "no exim here");
	machine_close(&m);
}

/* sendmail: the map of FEATURE(sts) */
static void
test_sendmail(void **state)
{
	static const struct {
		const char *about, *cf;
		int status;
		const char *want;
	} rows[] = {
		{ "Version 8.17.1.9\n FFR Defines: _FFR_MTA_STS",
		    "O CACertFile=%F/ca.pem\n"
		    "Ksts socket -d5 -T<TMPF> inet:P@127.0.0.1\n",
		    CMD_FINE, "sendmail 8.17.1.9: asks mtasts-resolver; " },
		{ "Version 8.17.1.9\n FFR Defines: _FFR_MTA_STS",
		    "O CACertPath=%F\n"
		    "Ksts socket -d5 -T<TMPF> local:%F/queue/m/s\n",
		    CMD_FINE, "pass  ca" },
		{ "Version 8.17.1.9", "O CACertPath=%F\nKsts socket inet:P\n",
		    CMD_PROBLEM, "built without _FFR_MTA_STS" },
		{ "Version 8.17.1.9\n FFR Defines: _FFR_MTA_STS",
		    "O CACertPath=%F\nKsts socket inet:5461@127.0.0.1\n",
		    CMD_PROBLEM, "mtasts-resolver does not listen" },
		{ "Version 8.17.1.9\n FFR Defines: _FFR_MTA_STS",
		    "O CACertPath=%F\nKstsx socket inet:P\n", CMD_PROBLEM,
		    "FEATURE(`sts', `socket -d5 -T<TMPF> inet:P@127.0.0.1')dnl" },
		{ "Version 8.17.1.9\n FFR Defines: _FFR_MTA_STS",
		    "O CACertFile\nKsts socket inet:P\n", CMD_PROBLEM,
		    "define(`confCACERT'" },
	};
	char line[512], text[4096], port[16], *cut;
	struct machine m;
	size_t i;

	machine_open(&m, fine, "9:NOTFOUND ,", NULL);
	snprintf(port, sizeof(port), "%u", m.map.port);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "#!/bin/sh\necho '%s'\n",
		    rows[i].about);
		put(&m, "sendmail", text, 0755);
		cut = strstr(rows[i].cf, "inet:P");
		snprintf(text, sizeof(text), "%.*s%s%s%s",
		    cut != NULL ? (int)(cut - rows[i].cf) : 4000, rows[i].cf,
		    cut != NULL ? "inet:" : "", cut != NULL ? port : "",
		    cut != NULL ? cut + 6 : "");
		put(&m, "sendmail.cf", text, 0644);
		snprintf(line, sizeof(line),
		    "doctor sendmail --sendmail %s/sendmail --cf "
		    "%s/sendmail.cf",
		    m.folder, m.folder);
		cut = strstr(rows[i].want, "inet:P");
		snprintf(text, sizeof(text), "%.*s%s%s%s",
		    cut != NULL ? (int)(cut - rows[i].want) : 4000,
		    rows[i].want, cut != NULL ? "inet:" : "",
		    cut != NULL ? port : "", cut != NULL ? cut + 6 : "");
		check(&m, line, rows[i].status, text);
	}
	check(&m, "doctor sendmail --cf /none", CMD_UNKNOWN, "--cf FILE");
	machine_close(&m);
}

#define METRICS                                          \
	"HTTP/1.1 200 OK\r\n\r\n"                        \
	"mtasts_build_info{version=\"0.1.0\"} 1\n"       \
	"mtasts_start_time_seconds 1769857200\n"         \
	"mtasts_host_domains 12\n"                       \
	"mtasts_http_requests_total{status=\"200\"} 5\n" \
	"mtasts_http_requests_total{status=\"404\"} 6\n"

/* status: both daemons, one, none; well and ill */
static void
test_status(void **state)
{
	struct fake_map host;
	char more[200];
	struct machine m;

	fake_map_open(&host, NULL, METRICS);
	snprintf(more, sizeof(more), "host: { metrics: \"127.0.0.1:%u\" }\n",
	    host.port);
	machine_open(&m, fine, "", more);
	check(&m, "status", CMD_FINE,
	    "mtasts-resolver 0.1.0: runs since 2026-01-31 11:00 UTC (1 hour "
	    "ago), pid 7\n"
	    "  listens      127.0.0.1:8461\n"
	    "  connections  3 open\n"
	    "  questions    200, 75 % of them answered from memory\n"
	    "  remembers    1000 policies, 20 destinations in use\n"
	    "  works on     2 lookups under way, 1 question waits\n"
	    "  DNSSEC       works\n"
	    "mtasts-host 0.1.0: runs for 1 hour\n"
	    "  serves       policies of 12 domains\n"
	    "  connections  0 open\n"
	    "  requests     11 answered, 0 refused; 0 handshakes failed\n");
	check(&m, "status --json", CMD_FINE, "\"requests\": 11,");
	machine_close(&m);
	machine_open(&m, sick, "", NULL);
	check(&m, "status", CMD_PROBLEM, "TROUBLE      DNSSEC does not work");
	check(&m, "status", CMD_PROBLEM, "the MTA is told nothing");
	check(&m, "status", CMD_PROBLEM, "of the policies: disk full\n");
	check(&m, "status --json", CMD_PROBLEM, "\"troubles\": 2");
	machine_close(&m);
	machine_open(&m, NULL, "", more);
	check(&m, "status", CMD_FINE, "mtasts-resolver: does not run here\n");
	fake_map_close(&host);
	check(&m, "status", CMD_UNKNOWN, "mtasts-host: does not run here\n");
	check(&m, "status --json", CMD_UNKNOWN, "\"host\": null");
	machine_close(&m);
	fake_map_open(&host, NULL,
	    "HTTP/1.0 200 OK\r\n\r\nmtasts_config_reload_ok 0\n"
	    "mtasts_host_snapshot_age_seconds 120\n");
	snprintf(more, sizeof(more), "host: { metrics: \"127.0.0.1:%u\" }\n",
	    host.port);
	machine_open(&m, NULL, "", more);
	check(&m, "status", CMD_PROBLEM, "not been read for 120 seconds");
	check(&m, "status", CMD_PROBLEM, "configuration was refused");
	fake_map_close(&host);
	machine_close(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postfix),
		cmocka_unit_test(test_postfix_page),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_exim),
		cmocka_unit_test(test_sendmail),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
