/*
 * listen - opening listening sockets
 *
 * Our own, and those that systemd hands over (sd_listen_fds: LISTEN_PID,
 * LISTEN_FDS, LISTEN_FDNAMES, from descriptor 3 on). A failure names what to
 * do, since it is the first thing a new administrator meets.
 */
#include "io/listen.h"

#include "base/arena.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG	       4096
#define SYSTEMD_FIRST  3
#define SYSTEMD_FD_MAX 1024

static const struct diag_rule failed = {
	.id = "conf",
	.name = "listen-failed",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Mend what the system complains about, or choose another "
	       "address.",
};
static const struct diag_rule in_use = {
	.id = "conf",
	.name = "listen-in-use",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Stop the program that has the address (ss -lptn shows it), or "
	       "choose another one; when systemd holds it for this program, "
	       "write systemd:NAME, with the FileDescriptorName of its socket "
	       "unit.",
};
static const struct diag_rule no_privilege = {
	.id = "conf",
	.name = "listen-privilege",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Ports below 1024 need CAP_NET_BIND_SERVICE, which the systemd "
	       "unit gives, or a systemd socket (systemd:NAME); or choose a "
	       "port above 1023.",
};
static const struct diag_rule not_here = {
	.id = "conf",
	.name = "listen-not-here",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Use an address of this machine (ip address shows them).",
};
static const struct diag_rule no_owner = {
	.id = "conf",
	.name = "listen-owner",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Name a user and group that exist and that this program may "
	       "give files to.",
};
static const struct diag_rule no_systemd = {
	.id = "conf",
	.name = "listen-systemd",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Start it by a socket unit with this FileDescriptorName=, or "
	       "name an address instead.",
};

/* complain - a finding about one address, with the system's reason */
static void
complain(struct mtasts_diags *diags, const struct diag_rule *rule,
    const char *text, const char *what)
{
	struct diag_quote quote;

	diag_add(diags, rule, (struct diag_place){ 0 },
	    "cannot listen on \"%s\": %s", diag_quote(&quote, str_of(text)),
	    what);
}

void
listen_init(struct listen_set *set)
{
	*set = (struct listen_set){ 0 };
}

/* append - one more socket into the set, which then owns it */
static enum mtasts_err
append(struct listen_set *set, const struct listen_socket *s)
{
	struct listen_socket *v = mem_grow(set->v, set->count + 1, sizeof(*v));

	if (v == NULL)
		return MTASTS_ENOMEM;
	v[set->count++] = *s;
	set->v = v;
	return MTASTS_OK;
}

/* make_label - the bound address as text */
static void
make_label(struct listen_socket *s)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	char ip[INET6_ADDRSTRLEN] = "";

	if (getsockname(s->fd, (struct sockaddr *)&sa, &len) != 0)
		return;
	s->is_unix = sa.ss_family == AF_UNIX;
	if (sa.ss_family == AF_INET) {
		inet_ntop(AF_INET, &((struct sockaddr_in *)&sa)->sin_addr, ip,
		    sizeof(ip));
		snprintf(
		    s->label, sizeof(s->label), "%s:%u", ip, listen_port(s));
	} else if (sa.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&sa)->sin6_addr,
		    ip, sizeof(ip));
		snprintf(
		    s->label, sizeof(s->label), "[%s]:%u", ip, listen_port(s));
	} else if (sa.ss_family == AF_UNIX) {
		snprintf(s->label, sizeof(s->label), "unix:%.107s",
		    ((struct sockaddr_un *)&sa)->sun_path);
	}
}

unsigned
listen_port(const struct listen_socket *s)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);

	if (getsockname(s->fd, (struct sockaddr *)&sa, &len) != 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&sa)->sin_port);
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&sa)->sin6_port);
	return 0;
}

/* tune - options of a TCP socket; connections inherit NODELAY */
static void
tune(int fd, int family)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
}

/* explain - the finding that fits errno */
static void
explain(const char *text, const struct listen_addr *addr,
    struct mtasts_diags *diags)
{
	const struct diag_rule *rule = &failed;

	if (errno == EADDRINUSE)
		rule = &in_use;
	else if (errno == EADDRNOTAVAIL)
		rule = &not_here;
	else if (errno == EACCES && addr->kind == LISTEN_INET)
		rule = &no_privilege;
	complain(diags, rule, text, strerror(errno));
}

/*
 * clear_stale - remove a socket file that nobody answers
 *
 * Only after a refused connect: a living server keeps its file. True when the
 * path is free now.
 */
static bool
clear_stale(const struct listen_addr *addr)
{
	const char *path = ((const struct sockaddr_un *)&addr->sa)->sun_path;
	struct stat st;
	bool stale;
	int fd;

	/* A plain file refuses a connection too, but it is not ours. */
	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)&addr->sa, addr->sa_len) !=
		0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return stale && unlink(path) == 0;
}

/* user_id - of a name or number; false when there is none */
static bool
user_id(const char *name, uid_t *id)
{
	const struct passwd *pw;
	uint64_t n;

	if (str_u64(str_of(name), INT32_MAX, &n)) {
		*id = (uid_t)n;
		return true;
	}
	pw = getpwnam(name);
	if (pw != NULL)
		*id = pw->pw_uid;
	return pw != NULL;
}

/* group_id - of a name or number; false when there is none */
static bool
group_id(const char *name, gid_t *id)
{
	const struct group *gr;
	uint64_t n;

	if (str_u64(str_of(name), INT32_MAX, &n)) {
		*id = (gid_t)n;
		return true;
	}
	gr = getgrnam(name);
	if (gr != NULL)
		*id = gr->gr_gid;
	return gr != NULL;
}

/* give_file - owner, group and mode of the new socket file */
static bool
give_file(const char *text, const struct listen_addr *addr,
    struct mtasts_diags *diags)
{
	const char *path = ((const struct sockaddr_un *)&addr->sa)->sun_path;
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;

	if (addr->owner[0] != '\0' && !user_id(addr->owner, &uid)) {
		complain(diags, &no_owner, text, "there is no such user");
		return false;
	}
	if (addr->group[0] != '\0' && !group_id(addr->group, &gid)) {
		complain(diags, &no_owner, text, "there is no such group");
		return false;
	}
	if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
	    chown(path, uid, gid) != 0) {
		complain(diags, &no_owner, text, strerror(errno));
		return false;
	}
	if (addr->mode >= 0 && chmod(path, (mode_t)addr->mode) != 0) {
		complain(diags, &no_owner, text, strerror(errno));
		return false;
	}
	return true;
}

/* bind_unix - bind, replacing a stale file, and note which file is ours */
static bool
bind_unix(const char *text, const struct listen_addr *addr,
    struct listen_socket *s, struct mtasts_diags *diags)
{
	const struct sockaddr *sa = (const struct sockaddr *)&addr->sa;
	const char *path = ((const struct sockaddr_un *)&addr->sa)->sun_path;
	struct stat st;

	if (bind(s->fd, sa, addr->sa_len) != 0 &&
	    (errno != EADDRINUSE || !clear_stale(addr) ||
		bind(s->fd, sa, addr->sa_len) != 0)) {
		explain(text, addr, diags);
		return false;
	}
	if (stat(path, &st) == 0) {
		s->dev = (uint64_t)st.st_dev;
		s->ino = (uint64_t)st.st_ino;
	}
	return give_file(text, addr, diags);
}

/* remove_file - our socket file, unless another program's took its place */
static void
remove_file(const struct listen_socket *s)
{
	struct sockaddr_un sa = { 0 };
	socklen_t len = sizeof(sa);
	struct stat st;

	if (s->ino != 0 &&
	    getsockname(s->fd, (struct sockaddr *)&sa, &len) == 0 &&
	    stat(sa.sun_path, &st) == 0 && (uint64_t)st.st_dev == s->dev &&
	    (uint64_t)st.st_ino == s->ino)
		unlink(sa.sun_path);
}

/* open_own - a socket of ours */
static enum mtasts_err
open_own(struct listen_set *set, const char *text,
    const struct listen_addr *addr, struct mtasts_diags *diags)
{
	struct listen_socket s = { .fd = -1 };
	int family = addr->sa.ss_family;
	enum mtasts_err err = MTASTS_ESYS;

	s.fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s.fd < 0) {
		explain(text, addr, diags);
		return err;
	}
	if (addr->kind == LISTEN_UNIX) {
		if (!bind_unix(text, addr, &s, diags))
			goto out;
	} else {
		tune(s.fd, family);
		if (bind(s.fd, (const struct sockaddr *)&addr->sa,
			addr->sa_len) != 0) {
			explain(text, addr, diags);
			goto out;
		}
	}
	if (listen(s.fd, BACKLOG) != 0) {
		explain(text, addr, diags);
		goto out;
	}
	make_label(&s);
	err = append(set, &s);
out:
	if (err != MTASTS_OK) {
		remove_file(&s);
		close(s.fd);
	}
	return err;
}

/* systemd_count - how many descriptors were handed to this process */
static unsigned
systemd_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	uint64_t p, n;

	if (pid == NULL || fds == NULL ||
	    !str_u64(str_of(pid), INT32_MAX, &p) ||
	    !str_u64(str_of(fds), SYSTEMD_FD_MAX, &n) ||
	    p != (uint64_t)getpid())
		return 0;
	return (unsigned)n;
}

/* take_inherited - make one of systemd's descriptors ours */
static enum mtasts_err
take_inherited(struct listen_set *set, int inherited, const char *text,
    struct mtasts_diags *diags)
{
	struct listen_socket s = { .inherited = true };
	int listening = 0;
	socklen_t len = sizeof(listening);
	enum mtasts_err err;

	if (getsockopt(
		inherited, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 ||
	    listening == 0) {
		complain(diags, &no_systemd, text,
		    "what systemd gave is no listening stream socket");
		return MTASTS_ESYS;
	}
	/* A copy: the number stays as it is for whoever asks again. */
	s.fd = fcntl(inherited, F_DUPFD_CLOEXEC, SYSTEMD_FIRST);
	if (s.fd < 0 || fcntl(s.fd, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(inherited, F_SETFD, FD_CLOEXEC) != 0) {
		complain(diags, &failed, text, strerror(errno));
		if (s.fd >= 0)
			close(s.fd);
		return MTASTS_ESYS;
	}
	make_label(&s);
	if (!s.is_unix)
		tune(s.fd, AF_INET);
	err = append(set, &s);
	if (err != MTASTS_OK)
		close(s.fd);
	return err;
}

/* open_systemd - every descriptor of that name */
static enum mtasts_err
open_systemd(struct listen_set *set, const char *text,
    const struct listen_addr *addr, struct mtasts_diags *diags)
{
	const char *all = getenv("LISTEN_FDNAMES");
	struct str names = str_of(all), name;
	unsigned i, count = systemd_count(), found = 0;
	enum mtasts_err err = MTASTS_OK;
	char why[256];

	for (i = 0; err == MTASTS_OK && i < count; i++) {
		str_cut(names, ':', &name, &names);
		if (!str_eq(name, str_of(addr->name)))
			continue;
		err = take_inherited(set, SYSTEMD_FIRST + (int)i, text, diags);
		found++;
	}
	if (found > 0)
		return err;
	snprintf(why, sizeof(why), "systemd handed over no socket%s%s",
	    count == 0 ? "s" : " of this name, only ",
	    count == 0	      ? ""
		: all != NULL ? all
			      : "some without names");
	complain(diags, &no_systemd, text, why);
	return MTASTS_ENOENT;
}

/* close_from - close the last sockets, down to a count */
static void
close_from(struct listen_set *set, size_t count)
{
	while (set->count > count) {
		struct listen_socket *s = &set->v[--set->count];

		remove_file(s);
		close(s->fd);
	}
}

enum mtasts_err
listen_open(
    struct listen_set *set, const char *text, struct mtasts_diags *diags)
{
	size_t before = set->count;
	struct listen_addr addr;
	enum mtasts_err err = listen_parse(text, &addr, diags);

	if (err != MTASTS_OK)
		return err;
	if (addr.kind == LISTEN_SYSTEMD)
		err = open_systemd(set, text, &addr, diags);
	else
		err = open_own(set, text, &addr, diags);
	if (err != MTASTS_OK)
		close_from(set, before);
	return err;
}

void
listen_close(struct listen_set *set)
{
	close_from(set, 0);
	mem_free(set->v);
	listen_init(set);
}
