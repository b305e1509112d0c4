/*
 * doctor_exim.c - is the local Exim set up to ask mtasts-resolver?
 *
 * Exim has no policy table: a router and a transport ask through readsocket.
 * What is looked for are the marks of the recipe in its configuration.
 *
 * BUGS: the configuration is searched as text; macros whose values are written
 * elsewhere are seen only as Exim prints them.
 */
#include "cli/doctor.h"

/* What is known of the Exim. */
#define RESOLV_CONF "/etc/resolv.conf"

struct exim {
	struct doctor d;
	const struct cmd_args *args;
	const char *about; /* -bV */
	const char *config; /* -bP config */
	const char *address; /* ours, as io/mapask */
};

/* ask_exim - run it with one or two words; -C FILE before them */
static const char *
ask_exim(struct exim *e, const char *one, const char *two, bool *missing)
{
	static const char *const names[] = { "exim4", "exim", NULL };
	const char *program = cmd_value(e->args, "exim"),
		   *file = cmd_value(e->args, "exim-config");
	const char *argv[8], *text = NULL;
	size_t i, n;

	for (i = 0, *missing = true; *missing && names[i] != NULL; i++) {
		n = 0;
		argv[n++] = program != NULL ? program : names[i];
		if (file != NULL) {
			argv[n++] = "-C";
			argv[n++] = file;
		}
		argv[n++] = one;
		if (two != NULL)
			argv[n++] = two;
		argv[n] = NULL;
		text = doctor_run(&e->d, argv, missing);
		if (program != NULL)
			break;
	}
	return text;
}

/* holds - does a text hold this? */
static bool
holds(const char *text, const char *what)
{
	return str_find(str_of(text), str_of(what)) < strlen(text);
}

/* learn - version and configuration; false: there is nothing to look at */
static bool
learn(struct exim *e)
{
	struct str rest, line, version = STR("");
	bool missing;

	e->about = ask_exim(e, "-bV", NULL, &missing);
	if (missing)
		doctor_say(&e->d, DOCTOR_FAIL, "version",
		    "Install Exim, or name the program: --exim FILE.",
		    "there is no exim here");
	if (e->about == NULL)
		return false;
	for (rest = str_of(e->about); str_line(&rest, &line, NULL);)
		if (str_starts(line, STR("Exim version ")))
			version = str_sub(line, 13, line.len);
	str_cut(version, ' ', &version, NULL);
	if (version.len > 0)
		e->d.version = arena_dup(e->d.arena, version);
	doctor_say(&e->d, DOCTOR_PASS, "version", NULL, "%" STR_FMT,
	    STR_ARG(version.len > 0 ? version : STR("unknown")));
	e->config = ask_exim(e, "-bP", "config", &missing);
	if (e->config != NULL && e->config[0] != '\0')
		return true;
	doctor_say(&e->d, DOCTOR_FAIL, "config",
	    "Be root; or run exim -bP config by hand and mend what it "
	    "complains about.",
	    "exim -bP config shows nothing");
	return false;
}

/* check_features - what Exim was built with */
static void
check_features(struct exim *e)
{
	bool tls = holds(e->about, "OpenSSL") || holds(e->about, "GnuTLS");

	doctor_say(&e->d, tls ? DOCTOR_PASS : DOCTOR_FAIL, "tls",
	    tls ? NULL : "Install an Exim with TLS.",
	    tls ? "built with TLS" : "built without TLS");
	if (holds(e->about, "DANE"))
		doctor_say(&e->d, DOCTOR_PASS, "dane", NULL,
		    "built with DANE, which it checks itself");
	else
		doctor_say(&e->d, DOCTOR_WARN, "dane",
		    "Install an Exim with DANE.",
		    "built without DANE: only MTA-STS protects mail");
}

/* check_trust - does the C library let Exim see what DNSSEC says? */
static void
check_trust(struct exim *e)
{
	FILE *f = fopen(RESOLV_CONF, "r");
	char line[300];
	bool trust = false;

	if (f == NULL || !holds(e->config, "hosts_try_dane"))
		goto out;
	while (fgets(line, sizeof(line), f) != NULL)
		trust |= str_starts(str_of(line), STR("options")) &&
		    holds(line, "trust-ad");
	if (trust)
		doctor_say(&e->d, DOCTOR_PASS, "trust-ad", NULL,
		    "%s lets Exim see DNSSEC (trust-ad)", RESOLV_CONF);
	else
		doctor_say(&e->d, DOCTOR_WARN, "trust-ad",
		    "Add the line \"options trust-ad\" to it when the name "
		    "server is a validating one on this machine.",
		    "%s has no trust-ad: Exim does no DANE and does not say so",
		    RESOLV_CONF);
out:
	if (f != NULL)
		fclose(f);
}

/* check_socket - does the configuration name one of our sockets? */
static void
check_socket(struct exim *e)
{
	const struct conf_list *list = &e->d.conf->resolver.listen;
	struct str s;
	size_t i;

	for (i = 0; i < list->count && e->address == NULL; i++) {
		str_cut(str_of(list->v[i]), ',', &s, NULL);
		if (str_starts(s, STR("inet:")))
			s = str_sub(s, 5, s.len);
		if (str_starts(s, STR("unix:")) &&
		    str_find(str_of(e->config), str_sub(s, 5, s.len)) <
			strlen(e->config))
			e->address = arena_dup(e->d.arena, s);
		else if (!str_starts(s, STR("unix:")) &&
		    str_find(str_of(e->config), s) < strlen(e->config))
			e->address = arena_dup(e->d.arena, s);
	}
	if (e->address != NULL && holds(e->config, "readsocket"))
		doctor_say(&e->d, DOCTOR_PASS, "socket", NULL,
		    "the configuration asks mtasts-resolver at %s", e->address);
	else
		doctor_say(&e->d, DOCTOR_FAIL, "socket",
		    "Take over the parts of the recipe in docs/exim.md.",
		    "the configuration asks none of the sockets that "
		    "mtasts-resolver listens on");
}

/* check_marks - the parts of the recipe in docs/exim.md */
static void
check_marks(struct exim *e)
{
	static const struct {
		const char *name, *mark, *text, *fix;
	} marks[] = {
		{ "router", "mode $domain",
		    "a router asks for the mode of the domain",
		    "Add the routers of docs/exim.md before the one for remote domains." },
		{ "mx", "mx $domain $host",
		    "a transport asks whether the policy names the MX",
		    "Add event_action of docs/exim.md to the transport." },
		{ "verify", "tls_verify_hosts",
		    "a transport verifies certificates",
		    "Set tls_verify_hosts = * in the transport." },
		{ "names", "tls_verify_cert_hostnames",
		    "a transport checks the names in certificates",
		    "Set tls_verify_cert_hostnames = * in the transport." },
		{ "require", "hosts_require_tls", "a transport requires TLS",
		    "Set hosts_require_tls = * in the transport." },
	};
	size_t i;
	bool there;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		there = holds(e->config, marks[i].mark);
		doctor_say(&e->d, there ? DOCTOR_PASS : DOCTOR_FAIL,
		    marks[i].name, there ? NULL : marks[i].fix, "%s%s",
		    there ? "" : "not seen: ", marks[i].text);
	}
}

enum cmd_status
doctor_exim(struct cmd_env *env, const struct cmd_args *args)
{
	struct exim e = { .args = args };
	struct doctor_probe probe = { .domain = cmd_value(args, "probe") };
	enum cmd_status status =
	    doctor_begin(&e.d, env, "Exim", "the configuration of Exim");

	if (status != CMD_FINE)
		return status;
	if (!learn(&e))
		return doctor_give_up(&e.d);
	check_features(&e);
	check_trust(&e);
	check_socket(&e);
	check_marks(&e);
	doctor_resolver(&e.d);
	probe.address = e.address;
	if (e.address != NULL)
		doctor_probe(&e.d, &probe);
	return doctor_end(&e.d);
}
