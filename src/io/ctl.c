/*
 * ctl.c - a daemon's control socket: listening, and who may do what
 *
 * Everybody whom the file system lets connect may ask; to change something
 * takes root, the daemon's own user, or the group. Who it is comes from the
 * kernel as it was when the client connected (SO_PEERCRED, SO_PEERGROUPS): no
 * user database is asked while clients wait. One call is ctl_call.c's.
 */
#include "io/ctl.h"

#include "base/arena.h"
#include "io/ctl_int.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define ACCEPT_AT_ONCE 8
#define RETRY_MS       1000 /* when descriptors are short */
#define REQUEST_MS     5000
#define STALL_MS       30000

#define GROUPS_MAX 65536 /* the kernel's own bound */

static const struct diag_rule no_group = {
	.id = "conf",
	.name = "control-group",
	.severity = MTASTS_ERROR,
	.fatal = true,
	.rfc = "",
	.fix = "Make the group (groupadd --system NAME), or name another one.",
};

/* has_group - is the client in the group, as it was when it connected? */
static bool
has_group(int fd, gid_t primary, gid_t wanted)
{
	gid_t *groups = NULL;
	socklen_t len = 0;
	bool found = primary == wanted;
	size_t i;

	/* The first call says how much room it takes. */
	if (found || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0)
		return found;
	if (errno != ERANGE || len > GROUPS_MAX * sizeof(*groups))
		return false;
	groups = mem_alloc(len);
	if (groups != NULL &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		for (i = 0; i < len / sizeof(*groups); i++)
			found = found || groups[i] == wanted;
	mem_free(groups);
	return found;
}

bool
ctl_peer(const struct ctl *ctl, int fd, struct ucred *cred, bool *admin)
{
	socklen_t len = sizeof(*cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, cred, &len) != 0)
		return false;
	*admin = cred->uid == 0 || cred->uid == geteuid() ||
	    (ctl->has_user && cred->uid == ctl->uid) ||
	    (ctl->group[0] != '\0' && has_group(fd, cred->gid, ctl->gid));
	return true;
}

/* close_watches - accept nobody */
static void
close_watches(struct ctl *ctl)
{
	size_t i;

	for (i = 0; ctl->watches != NULL && i < ctl->set.count; i++) {
		loop_watch_close(ctl->watches[i]);
		ctl->watches[i] = NULL;
	}
}

/* on_client - somebody connects */
static void
on_client(void *ctx)
{
	struct ctl *ctl = ctx;
	size_t i, n;
	int fd = 0;

	for (i = 0; i < ctl->set.count; i++) {
		for (n = 0; n < ACCEPT_AT_ONCE && fd >= 0; n++) {
			fd = accept4(ctl->set.v[i].fd, NULL, NULL,
			    SOCK_NONBLOCK | SOCK_CLOEXEC);
			if (fd >= 0)
				ctl_call_start(ctl, fd);
		}
		if (fd < 0 && errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED) {
			/* It would be ready again at once, and so on. */
			log_event(ctl->conf.log, LOG_LEVEL_WARN,
			    "control-accept", "error", strerror(errno));
			close_watches(ctl);
			loop_timer_start(ctl->retry, RETRY_MS);
			return;
		}
		fd = 0;
	}
}

/* open_watches - accept from all sockets */
static bool
open_watches(struct ctl *ctl)
{
	size_t i;

	for (i = 0; i < ctl->set.count; i++) {
		ctl->watches[i] = loop_fd(ctl->conf.loop, ctl->set.v[i].fd,
		    LOOP_READ, on_client, ctl);
		if (ctl->watches[i] == NULL) {
			close_watches(ctl);
			return false;
		}
	}
	return true;
}

/* on_retry - accept again */
static void
on_retry(void *ctx)
{
	struct ctl *ctl = ctx;

	if (!open_watches(ctl))
		loop_timer_start(ctl->retry, RETRY_MS);
}

/* find_group - the number of the group that may change things */
static enum mtasts_err
find_group(struct ctl *ctl, struct mtasts_diags *diags)
{
	struct diag_place nowhere = { 0 };
	const struct group *group;
	struct diag_quote q;

	if (ctl->group[0] == '\0')
		return MTASTS_OK;
	group = getgrnam(ctl->group);
	if (group == NULL) {
		diag_add(diags, &no_group, nowhere, "there is no group \"%s\"",
		    diag_quote(&q, str_of(ctl->group)));
		return MTASTS_ECONF;
	}
	ctl->gid = group->gr_gid;
	return MTASTS_OK;
}

/* find_user - the number of the user who may, if there is one */
static void
find_user(struct ctl *ctl, const char *name)
{
	const struct passwd *user = NULL;

	if (name != NULL && name[0] != '\0')
		user = getpwnam(name);
	if (user == NULL)
		return;
	ctl->uid = user->pw_uid;
	ctl->has_user = true;
}

/* start - find the group, open the sockets, accept */
static enum mtasts_err
start(struct ctl *ctl, struct mtasts_diags *diags)
{
	enum mtasts_err err = find_group(ctl, diags);
	struct buf b;

	buf_init(&b, 4096);
	buf_puts(&b, ctl->address);
	if (ctl->address[0] == '/') {
		buf_clear(&b);
		buf_putf(&b, "unix:%s,mode=0660", ctl->address);
		if (ctl->group[0] != '\0')
			buf_putf(&b, ",group=%s", ctl->group);
	}
	if (err == MTASTS_OK)
		err = buf_error(&b);
	if (err == MTASTS_OK)
		err = listen_open(&ctl->set, b.p, diags);
	buf_free(&b);
	if (err != MTASTS_OK)
		return err;
	ctl->watches = mem_zalloc(ctl->set.count, sizeof(*ctl->watches));
	ctl->retry = loop_timer(ctl->conf.loop, on_retry, ctl);
	if (ctl->watches == NULL || ctl->retry == NULL || !open_watches(ctl))
		return MTASTS_ENOMEM;
	return MTASTS_OK;
}

enum mtasts_err
ctl_open(
    const struct ctl_conf *conf, struct ctl **out, struct mtasts_diags *diags)
{
	struct ctl *ctl = mem_zalloc(1, sizeof(*ctl));
	enum mtasts_err err = MTASTS_ENOMEM;

	if (ctl == NULL)
		return MTASTS_ENOMEM;
	ctl->conf = *conf;
	if (conf->request_ms == 0)
		ctl->conf.request_ms = REQUEST_MS;
	if (conf->stall_ms == 0)
		ctl->conf.stall_ms = STALL_MS;
	listen_init(&ctl->set);
	ctl->address = mem_strdup(str_of(conf->address));
	ctl->group = mem_strdup(str_of(conf->group));
	find_user(ctl, conf->user);
	ctl->conf.user = NULL;
	ctl->conf.address = ctl->address;
	ctl->conf.group = ctl->group;
	if (ctl->address != NULL && ctl->group != NULL)
		err = start(ctl, diags);
	if (err != MTASTS_OK)
		ctl_close(ctl);
	else
		*out = ctl;
	return err;
}

void
ctl_close(struct ctl *ctl)
{
	if (ctl == NULL)
		return;
	while (ctl->calls != NULL)
		ctl_call_free(ctl->calls);
	close_watches(ctl);
	mem_free(ctl->watches);
	loop_watch_close(ctl->retry);
	listen_close(&ctl->set);
	mem_free(ctl->address);
	mem_free(ctl->group);
	mem_free(ctl);
}
