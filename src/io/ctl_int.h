/*
 * ctl_int - what the rooms of ctl share; not for others
 */
#ifndef MTASTS_IO_CTL_INT_H
#define MTASTS_IO_CTL_INT_H

#include "io/ctl.h"
#include "io/listen.h"

#include <sys/socket.h>

struct ctl {
	struct ctl_conf conf;
	char *address, *group; /* copies of conf's */
	gid_t gid; /* of the group */
	bool has_user;
	uid_t uid; /* of the user */
	struct listen_set set;
	struct loop_watch **watches; /* of set's sockets, or null */
	struct loop_watch *retry; /* accepting again after a shortage */
	struct ctl_call *calls;
	size_t count; /* of calls */
};

enum ctl_state { CTL_READING = 0, CTL_ASKED, CTL_ENDED };

struct ctl_call {
	struct ctl *ctl;
	struct ctl_call *next, **link; /* in ctl->calls */
	int fd;
	struct ucred cred;
	bool admin;
	enum ctl_state state;
	struct buf in, out;
	size_t sent; /* bytes of out that have left */
	size_t extra; /* bytes that came behind the request */
	struct loop_watch *read, *write, *timer;
	void *data;
	void (*gone)(void *data);
	loop_callback *drain;
	void *drain_ctx;
};

/* ctl_call_start - a client has come; takes over fd, whatever happens */
void ctl_call_start(struct ctl *ctl, int fd);

/* ctl_call_free - end it now, tell the daemon if it does not know yet */
void ctl_call_free(struct ctl_call *call);

/* ctl_peer - who is at the other end; false when the kernel does not say */
bool ctl_peer(const struct ctl *ctl, int fd, struct ucred *cred, bool *admin);

#endif
