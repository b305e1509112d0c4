/*
 * doctor_postfix_send.c - what Postfix needs besides the policy map
 *
 * DNSSEC for DANE, a TLS level for domains without a policy, authorities, and
 * the socket as smtp(8) sees it from its chroot.
 */
#include "cli/doctor_postfix.h"

#include "core/reply.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#define CA_FILE "/etc/ssl/certs/ca-certificates.crt"

/* asks_dane - may an answer over this map have a DANE level? */
static bool
asks_dane(const struct postfix *p)
{
	if (p->d.conf->resolver.dane != REPLY_DANE_BY_MAP)
		return p->d.conf->resolver.dane == REPLY_DANE_ON;
	return !str_eq_nocase(p->server.map, STR("postfix"));
}

/* check_dns - DANE needs DNSSEC in Postfix */
static void
check_dns(struct postfix *p)
{
	struct str lookup = postfix_value(p->conf, "smtp_host_lookup");
	bool dnssec = postfix_is(p, "smtp_dns_support_level", "dnssec");

	if (dnssec)
		doctor_say(&p->d, DOCTOR_PASS, "dnssec", NULL,
		    "smtp_dns_support_level is dnssec");
	else if (asks_dane(p)) {
		doctor_say(&p->d, DOCTOR_FAIL, "dnssec",
		    "Put the line below into main.cf; or use the map name "
		    "postfix, which leaves DANE out.",
		    "smtp_dns_support_level is not dnssec: mail to domains "
		    "with DANE would wait");
		doctor_line(&p->d, "smtp_dns_support_level = dnssec");
	} else
		doctor_say(&p->d, DOCTOR_PASS, "dnssec", NULL,
		    "smtp_dns_support_level is not dnssec, and with this map "
		    "name need not be");
	if (lookup.p == NULL || str_find(lookup, STR("dns")) == 0)
		doctor_say(&p->d, DOCTOR_PASS, "host-lookup", NULL,
		    "smtp_host_lookup begins with dns");
	else {
		doctor_say(&p->d, asks_dane(p) ? DOCTOR_FAIL : DOCTOR_WARN,
		    "host-lookup", "Put the line below into main.cf.",
		    "smtp_host_lookup is %" STR_FMT
		    ": addresses do not come from DNS, so that DANE cannot be "
		    "used",
		    STR_ARG(lookup));
		doctor_line(&p->d, "smtp_host_lookup = dns");
	}
}

/* check_half_dane - signed hosts behind MX records that are not signed */
static void
check_half_dane(struct postfix *p)
{
	/* Later ones take it for granted once DNSSEC is on. */
	if (postfix_newer(p, 3, 10) || !asks_dane(p) ||
	    postfix_is(p, "smtp_tls_security_level", "dane") ||
	    postfix_is(p, "smtp_tls_dane_insecure_mx_policy", "dane"))
		return;
	doctor_say(&p->d, DOCTOR_WARN, "insecure-mx",
	    "Put the line below into main.cf.",
	    "smtp_tls_dane_insecure_mx_policy is not dane: hosts with DANE "
	    "behind MX records without DNSSEC are not checked");
	doctor_line(&p->d, "smtp_tls_dane_insecure_mx_policy = dane");
}

/* check_level - what holds for domains without a policy */
static void
check_level(struct postfix *p)
{
	struct str level = postfix_value(p->conf, "smtp_tls_security_level");

	if (str_eq(level, STR("may")) || str_eq(level, STR("dane")))
		doctor_say(&p->d, DOCTOR_PASS, "security-level", NULL,
		    "smtp_tls_security_level is %" STR_FMT, STR_ARG(level));
	else if (level.len == 0 || str_eq(level, STR("none"))) {
		doctor_say(&p->d, DOCTOR_WARN, "security-level",
		    "Put the line below into main.cf.",
		    "smtp_tls_security_level is %" STR_FMT
		    ": mail to domains without a policy goes without TLS",
		    STR_ARG(level.len > 0 ? level : STR("empty")));
		doctor_line(&p->d, "smtp_tls_security_level = may");
	} else
		doctor_say(&p->d, DOCTOR_WARN, "security-level",
		    "Use may or dane unless you mean it.",
		    "smtp_tls_security_level is %" STR_FMT
		    ": stricter than usual for domains without a policy",
		    STR_ARG(level));
}

/* readable - is it a file with something in it, or a folder? */
static bool
readable(const char *path, bool folder)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	return folder ? S_ISDIR(st.st_mode)
		      : S_ISREG(st.st_mode) && st.st_size > 0;
}

/* check_ca - without authorities no certificate is ever good */
static void
check_ca(struct postfix *p)
{
	struct str file = postfix_value(p->conf, "smtp_tls_CAfile"),
		   path = postfix_value(p->conf, "smtp_tls_CApath");
	const char *name = arena_dup(p->d.arena, file), *folder;

	folder = arena_printf(p->d.arena, "%s%" STR_FMT,
	    p->chroot ? p->queue : "", STR_ARG(path));
	if (name == NULL || folder == NULL) {
		p->d.failed = true;
	} else if (file.len > 0 && readable(name, false)) {
		/* Read before smtp(8) enters its chroot. */
		doctor_say(&p->d, DOCTOR_PASS, "ca", NULL,
		    "smtp_tls_CAfile is %s", name);
	} else if (path.len > 0 && readable(folder, true)) {
		doctor_say(&p->d, DOCTOR_PASS, "ca", NULL,
		    "smtp_tls_CApath is %s", folder);
	} else if (postfix_is(p, "tls_append_default_CA", "yes")) {
		doctor_say(&p->d, DOCTOR_WARN, "ca",
		    "Rather name the file: the line below.",
		    "only the system's authorities are trusted, and those "
		    "must be readable inside the chroot");
		doctor_line(&p->d, "smtp_tls_CAfile = " CA_FILE);
	} else {
		doctor_say(&p->d, DOCTOR_FAIL, "ca",
		    "Put the line below into main.cf.",
		    "%s: no certificate is ever good, and mail under a policy "
		    "waits",
		    file.len > 0       ? "smtp_tls_CAfile cannot be read or "
					 "is empty"
			: path.len > 0 ? "smtp_tls_CApath is not there inside "
					 "the chroot"
				       : "there is no smtp_tls_CAfile");
		doctor_line(&p->d, "smtp_tls_CAfile = " CA_FILE);
	}
}

/* may_use - may a user do what these bits stand for? */
static bool
may_use(const struct stat *st, const struct passwd *pw, unsigned bits)
{
	gid_t groups[64];
	int count = 64, i;

	if (st->st_uid == pw->pw_uid)
		return (st->st_mode >> 6 & bits) == bits;
	if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &count) < 0)
		count = 64;
	for (i = 0; i < count; i++)
		if (st->st_gid == groups[i])
			return (st->st_mode >> 3 & bits) == bits;
	return (st->st_mode & bits) == bits;
}

void
postfix_check_socket(struct postfix *p)
{
	const char *owner =
	    arena_dup(p->d.arena, postfix_value(p->conf, "mail_owner"));
	const struct passwd *pw;
	struct stat st;

	if (!p->found || !p->server.is_unix || owner == NULL)
		return;
	pw = getpwnam(owner);
	if (stat(p->server.path, &st) != 0)
		doctor_say(&p->d, errno == EACCES ? DOCTOR_SKIP : DOCTOR_FAIL,
		    "socket",
		    errno == EACCES ? "Run this as root."
				    : "Start mtasts-resolver, and let it "
				      "listen there.",
		    "%s: %s", p->server.path, strerror(errno));
	else if (!S_ISSOCK(st.st_mode))
		doctor_say(&p->d, DOCTOR_FAIL, "socket",
		    "Remove it, then restart mtasts-resolver.",
		    "%s is no socket", p->server.path);
	else if (pw == NULL)
		doctor_say(&p->d, DOCTOR_SKIP, "socket", NULL,
		    "there is no user %s to look at it with", owner);
	else if (!may_use(&st, pw, 2))
		doctor_say(&p->d, DOCTOR_FAIL, "socket",
		    "Add \",group=postfix,mode=660\" to the address in "
		    "resolver: listen.",
		    "%s may not write to %s", owner, p->server.path);
	else
		doctor_say(&p->d, DOCTOR_PASS, "socket", NULL,
		    "%s is there, %s may use it", p->server.path, owner);
}

/* check_tlsrpt - does Postfix tell what became of TLS? */
static void
check_tlsrpt(struct postfix *p)
{
	if (!postfix_newer(p, 3, 10))
		return;
	if (postfix_is(p, "smtp_tlsrpt_enable", "yes"))
		doctor_say(&p->d, DOCTOR_PASS, "tlsrpt", NULL,
		    "smtp_tlsrpt_enable is yes");
	else
		doctor_say(&p->d, DOCTOR_SKIP, "tlsrpt", NULL,
		    "Postfix counts nothing for TLS reports "
		    "(smtp_tlsrpt_enable)");
}

void
postfix_check_sending(struct postfix *p)
{
	check_dns(p);
	check_half_dane(p);
	check_level(p);
	check_ca(p);
	check_tlsrpt(p);
}
