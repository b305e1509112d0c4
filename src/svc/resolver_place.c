/*
 * resolver_place.c - what mtasts-resolver finds on the machine it runs on
 *
 * Folders that are there or not, descriptors that are enough or not.
 */
#include "svc/resolver_place.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Descriptors for DNS, policy hosts, control socket and files. */
#define OTHER_FILES	1536
#define CONNECTIONS_MIN 16

static const struct diag_rule no_folder = {
	.id = "conf",
	.name = "resolver-socket-folder",
	.severity = MTASTS_WARNING,
	.rfc = "",
	.fix = "Make the folder, or take the address out of resolver.listen.",
};

/* has_folder - can a socket file be there at all? True for other addresses */
static bool
has_folder(const char *text)
{
	const struct sockaddr_un *un;
	struct listen_addr addr;
	struct str path;
	char folder[sizeof(un->sun_path) + 1];
	size_t end = 0;

	if (listen_parse(text, &addr, NULL) != MTASTS_OK ||
	    addr.kind != LISTEN_UNIX)
		return true;
	un = (const struct sockaddr_un *)&addr.sa;
	path =
	    str_make(un->sun_path, strnlen(un->sun_path, sizeof(un->sun_path)));
	for (size_t i = 1; i < path.len; i++)
		if (path.p[i] == '/')
			end = i;
	if (end == 0)
		return true;
	memcpy(folder, path.p, end);
	folder[end] = '\0';
	return access(folder, F_OK) == 0;
}

/*
 * open_one - one address
 *
 * Postfix has a user of its own, and whoever may use the machine may ask over
 * loopback anyway: a socket file is for everybody, unless its mode is given.
 */
static enum mtasts_err
open_one(const char *text, struct listen_set *set, struct mtasts_diags *diags)
{
	struct listen_addr addr;
	enum mtasts_err err;
	struct buf b;

	if (listen_parse(text, &addr, NULL) != MTASTS_OK ||
	    addr.kind != LISTEN_UNIX || addr.mode >= 0)
		return listen_open(set, text, diags);
	buf_init(&b, 4096);
	buf_putf(&b, "%s,mode=0666", text);
	err = buf_error(&b);
	if (err == MTASTS_OK)
		err = listen_open(set, b.p, diags);
	buf_free(&b);
	return err;
}

enum mtasts_err
resolver_sockets(const struct conf_list *list, struct listen_set *set,
    struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	size_t left = list->count;

	for (size_t i = 0; err == MTASTS_OK && i < list->count; i++) {
		left--;
		if ((set->count > 0 || left > 0) && !has_folder(list->v[i]))
			diag_add(diags, &no_folder, (struct diag_place){ 0 },
			    "%s is not served, for there is no such folder",
			    list->v[i]);
		else
			err = open_one(list->v[i], set, diags);
	}
	return err;
}

void
resolver_store(const char *store, struct buf *out)
{
	struct str url = str_of(store), path = url;
	struct stat st;

	buf_init(out, 8192);
	if (str_starts(url, STR("sqlite:")))
		path = str_sub(url, sizeof("sqlite:") - 1, url.len);
	buf_putf(out, "%" STR_FMT "/resolver", STR_ARG(path));
	if (buf_error(out) == MTASTS_OK && stat(out->p, &st) == 0 &&
	    S_ISDIR(st.st_mode)) {
		buf_clear(out);
		buf_putf(out, "%s/resolver", store);
		return;
	}
	buf_clear(out);
	buf_puts(out, store);
}

unsigned
resolver_room(int64_t wanted, struct log *log)
{
	int64_t room = wanted;
	struct rlimit limit;
	struct log_line line;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT32_MAX)
		room = (int64_t)limit.rlim_cur - OTHER_FILES;
	if (room >= wanted)
		return (unsigned)wanted;
	if (room < CONNECTIONS_MIN)
		room = CONNECTIONS_MIN;
	log_begin(&line, log, LOG_LEVEL_WARN, "connections-limited");
	log_int(&line, "max", room);
	log_int(&line, "wanted", wanted);
	log_int(&line, "descriptors", (int64_t)limit.rlim_cur);
	log_cstr(&line, "fix",
	    "raise LimitNOFILE (ulimit -n), or lower "
	    "resolver.max-connections");
	log_end(&line);
	return (unsigned)room;
}
