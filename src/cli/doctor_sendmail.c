/*
 * doctor_sendmail.c - is the local sendmail set up to ask mtasts-resolver?
 *
 * FEATURE(sts) of sendmail 8.17 and later makes a socket map "sts"; what is
 * looked at is the finished sendmail.cf, not the .mc that it comes from.
 */
#include "cli/doctor.h"
#include "cli/out.h"

#include <errno.h>
#include <sys/stat.h>

#define CF_MAX (4u << 20)
/* -d5: seconds it waits; -T: it defers when nobody answers */
#define FEATURE "FEATURE(`sts', `socket -d5 -T<TMPF> "

/* What is known of the sendmail. */
struct sendmail {
	struct doctor d;
	const struct cmd_args *args;
	struct str cf; /* the text of sendmail.cf */
	const char *address; /* ours, as io/mapask */
};

/* cf_name - where sendmail.cf is */
static const char *
cf_name(const struct sendmail *s)
{
	const char *name = cmd_value(s->args, "cf");

	return name != NULL ? name : "/etc/mail/sendmail.cf";
}

/* read_cf - the whole file; false after a check that says why not */
static bool
read_cf(struct sendmail *s)
{
	FILE *f = fopen(cf_name(s), "r");
	char chunk[16384];
	struct buf b;
	size_t n;

	if (f == NULL) {
		doctor_say(&s->d, DOCTOR_FAIL, "cf",
		    "Name the file: --cf FILE.", "%s: %s", cf_name(s),
		    strerror(errno));
		return false;
	}
	buf_init(&b, CF_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, n);
	fclose(f);
	s->cf = str_of(arena_dup(s->d.arena, buf_str(&b)));
	buf_free(&b);
	s->d.failed |= s->cf.p == NULL;
	return s->cf.p != NULL;
}

/* check_version - is this part of sendmail built in? */
static void
check_version(struct sendmail *s)
{
	const char *program = cmd_value(s->args, "sendmail"), *text;
	/* 0.13: what it was compiled with, parts for trial included */
	const char *const argv[] = { program != NULL ? program : "sendmail",
		"-C", cf_name(s), "-d0.13", "-bv", "root", NULL };
	struct str rest, line, version = STR("");
	bool missing;

	text = doctor_run(&s->d, argv, &missing);
	if (missing)
		doctor_say(&s->d, DOCTOR_SKIP, "version",
		    "Name the program: --sendmail FILE.",
		    "there is no sendmail here");
	if (text == NULL)
		return;
	for (rest = str_of(text); str_line(&rest, &line, NULL);)
		if (str_starts(line, STR("Version ")))
			version = str_trim(str_sub(line, 8, line.len));
	s->d.version = version.len > 0 ? arena_dup(s->d.arena, version) : NULL;
	if (str_find(str_of(text), STR("_FFR_MTA_STS")) < strlen(text))
		doctor_say(&s->d, DOCTOR_PASS, "version", NULL,
		    "%" STR_FMT ", built with _FFR_MTA_STS", STR_ARG(version));
	else
		doctor_say(&s->d, DOCTOR_FAIL, "version",
		    "Install a sendmail from 8.17.1 on that has it, such as "
		    "Debian's.",
		    "%" STR_FMT " was built without _FFR_MTA_STS",
		    STR_ARG(version.len > 0 ? version : STR("this sendmail")));
}

/* sts_map - the definition of the map sts; p is null when there is none */
static struct str
sts_map(const struct sendmail *s)
{
	struct str rest = s->cf, line;

	while (str_line(&rest, &line, NULL))
		if (str_starts(line, STR("Ksts")) && line.len > 4 &&
		    ascii_wsp(line.p[4]))
			return line;
	return (struct str){ NULL, 0 };
}

/* read_address - "inet:5461@127.0.0.1", "local:/path" as ours; null: none */
static const char *
read_address(struct sendmail *s, struct str text)
{
	struct str port, host;
	bool v6 = str_starts(text, STR("inet6:"));

	if (str_starts(text, STR("local:")))
		return arena_printf(s->d.arena, "unix:%" STR_FMT,
		    STR_ARG(str_sub(text, 6, text.len)));
	if (str_starts(text, STR("unix:")))
		return arena_dup(s->d.arena, text);
	if (!v6 && !str_starts(text, STR("inet:")))
		return NULL;
	text = str_sub(text, v6 ? 6 : 5, text.len);
	if (!str_cut(text, '@', &port, &host))
		host = v6 ? STR("::1") : STR("127.0.0.1");
	if (str_eq(host, STR("localhost")))
		host = STR("127.0.0.1");
	return arena_printf(s->d.arena, "%s%" STR_FMT "%s:%" STR_FMT,
	    v6 ? "[" : "", STR_ARG(host), v6 ? "]" : "", STR_ARG(port));
}

/* is_ours - does mtasts-resolver listen there? */
static bool
is_ours(const struct sendmail *s, const char *address)
{
	struct str a = str_of(address), host, port;
	size_t colon = a.len;
	uint64_t n;

	if (str_starts(a, STR("unix:")))
		return doctor_listens_unix(&s->d, address + 5);
	while (colon > 0 && a.p[colon - 1] != ':')
		colon--;
	if (colon == 0)
		return false;
	host = str_sub(a, 0, colon - 1);
	port = str_sub(a, colon, a.len);
	if (str_starts(host, STR("[")))
		host = str_sub(host, 1, host.len - 2);
	return str_u64(port, 65535, &n) && doctor_listens_tcp(&s->d, host, n);
}

/* put_feature - the line of the .mc that leads to us */
static void
put_feature(struct sendmail *s)
{
	const struct conf_list *list = &s->d.conf->resolver.listen;
	struct str a, host, port;
	size_t i;

	for (i = 0; i < list->count; i++) {
		str_cut(str_of(list->v[i]), ',', &a, NULL);
		if (str_starts(a, STR("unix:"))) {
			doctor_line(&s->d, FEATURE "local:%" STR_FMT "')dnl",
			    STR_ARG(str_sub(a, 5, a.len)));
			return;
		}
		if (str_starts(a, STR("[")) || !str_cut(a, ':', &host, &port))
			continue;
		doctor_line(&s->d,
		    FEATURE "inet:%" STR_FMT "@%" STR_FMT "')dnl",
		    STR_ARG(port), STR_ARG(host));
		return;
	}
}

/* check_map - the map, and where it leads */
static void
check_map(struct sendmail *s)
{
	struct str line = sts_map(s), word, rest = line, last = STR("");
	const char *address;

	if (line.p == NULL) {
		doctor_say(&s->d, DOCTOR_FAIL, "map",
		    "Put the line below into the .mc and make sendmail.cf "
		    "anew.",
		    "%s has no map sts: FEATURE(sts) is missing", cf_name(s));
		put_feature(s);
		return;
	}
	while (rest.len > 0) {
		str_cut(rest, ' ', &word, &rest);
		if (word.len > 0)
			last = word;
	}
	address = read_address(s, last);
	if (address != NULL && is_ours(s, address)) {
		s->address = address;
		doctor_say(&s->d, DOCTOR_PASS, "map", NULL,
		    "the map sts asks mtasts-resolver at %s", address);
		return;
	}
	doctor_say(&s->d, DOCTOR_FAIL, "map",
	    "Put the line below into the .mc and make sendmail.cf anew.",
	    "the map sts asks %" STR_FMT
	    ", where mtasts-resolver does not listen",
	    STR_ARG(last));
	put_feature(s);
}

/* check_ca - without authorities no certificate is ever good */
static void
check_ca(struct sendmail *s)
{
	struct str rest = s->cf, line, name, value;
	const char *path;
	struct stat st;

	while (str_line(&rest, &line, NULL)) {
		if (!str_starts(line, STR("O CACert")) ||
		    !str_cut(str_sub(line, 2, line.len), '=', &name, &value))
			continue;
		path = arena_dup(s->d.arena, str_trim(value));
		if (path != NULL && path[0] == '/' && stat(path, &st) == 0 &&
		    (S_ISDIR(st.st_mode) || st.st_size > 0)) {
			doctor_say(&s->d, DOCTOR_PASS, "ca", NULL,
			    "%" STR_FMT " is %s", STR_ARG(name), path);
			return;
		}
	}
	doctor_say(&s->d, DOCTOR_FAIL, "ca",
	    "Put the line below into the .mc and make sendmail.cf anew.",
	    "no usable CACertFile or CACertPath: no certificate is ever good, "
	    "and mail under a policy waits");
	doctor_line(&s->d, "define(`confCACERT_PATH', `/etc/ssl/certs')dnl");
	doctor_line(&s->d,
	    "define(`confCACERT', `/etc/ssl/certs/ca-certificates.crt')dnl");
}

enum cmd_status
doctor_sendmail(struct cmd_env *env, const struct cmd_args *args)
{
	struct sendmail s = { .args = args };
	struct doctor_probe probe = { .map = "sts",
		.domain = cmd_value(args, "probe") };
	enum cmd_status status =
	    doctor_begin(&s.d, env, "sendmail", "sendmail.mc");

	if (status != CMD_FINE)
		return status;
	if (!read_cf(&s))
		return doctor_give_up(&s.d);
	check_version(&s);
	check_map(&s);
	check_ca(&s);
	doctor_resolver(&s.d);
	probe.address = s.address;
	if (s.address != NULL)
		doctor_probe(&s.d, &probe);
	return doctor_end(&s.d);
}
