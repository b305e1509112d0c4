/*
 * certdir - writing a certificate and its key as one
 *
 * All names are taken relative to open folders and no link is followed to what
 * is written: root may run this in a folder that belongs to another user.
 * Knows nothing of what is in the files.
 */
#include "io/certdir.h"

#include "io/tlskeys_place.h"
#include "io/x509.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Begins with a dot, so that no reader takes it for a certificate's. */
#define TEMP ".import"

static const struct diag_rule rule_write = {
	"K10", "cert-folder-unwritable", MTASTS_ERROR, true, "",
	"Run it as root or as the owner of the folder, and see that the disk has room."
};
static const struct diag_rule rule_group = {
	"K11", "cert-group-unset", MTASTS_WARNING, false, "",
	"Run it as root, or give the files to the group mtasts, which mtasts-host reads them with."
};

/* What is open while a pair is written. */
struct work {
	const struct certdir_pair *pair;
	int folder; /* the configured folder */
	int temp; /* TEMP in it */
	uid_t owner;
	gid_t group;
	bool no_group; /* could not be set */
};

/* open_folder - open it, make it when need be, and be alone in it */
static int
open_folder(const char *path)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = open(path, flags);

	if (fd < 0 && errno == ENOENT && mkdir(path, 0750) == 0)
		fd = open(path, flags);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
		if (errno == EINTR)
			continue;
		close(fd);
		fd = -1;
	}
	return fd;
}

/* set_owner - owner, group and mode of what was made */
static int
set_owner(struct work *w, int fd, mode_t mode)
{
	uid_t owner = geteuid() == 0 ? w->owner : (uid_t)-1;

	if (fchown(fd, owner, w->group) != 0) {
		if (errno != EPERM || owner != (uid_t)-1)
			return -1;
		w->no_group = true;
	}
	/* Last: a change of owner takes mode bits away. */
	return fchmod(fd, mode);
}

/* write_all - write and flush to the disk */
static int
write_all(int fd, struct str s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		s = str_sub(s, (size_t)n, s.len);
	}
	return fsync(fd);
}

/* write_file - a new file in TEMP */
static int
write_file(struct work *w, const char *name, struct str bytes)
{
	int rc = -1;
	int fd = openat(w->temp, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	if (set_owner(w, fd, 0640) == 0)
		rc = write_all(fd, bytes);
	if (close(fd) != 0)
		rc = -1;
	return rc;
}

/* remove_pair - remove a folder, or a link to one, that holds just a pair */
static void
remove_pair(int folder, const char *name)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int saved = errno, fd = openat(folder, name, flags);

	if (fd >= 0) {
		(void)unlinkat(fd, TLSKEYS_CERT_FILE, 0);
		(void)unlinkat(fd, TLSKEYS_KEY_FILE, 0);
		close(fd);
		(void)unlinkat(folder, name, AT_REMOVEDIR);
	} else {
		(void)unlinkat(folder, name, 0);
	}
	errno = saved;
}

/* make_temp - the pair in TEMP, on the disk */
static int
make_temp(struct work *w)
{
	remove_pair(w->folder, TEMP);
	if (mkdirat(w->folder, TEMP, 0700) != 0)
		return -1;
	w->temp = openat(
	    w->folder, TEMP, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->temp < 0 || write_file(w, TLSKEYS_KEY_FILE, w->pair->key) != 0 ||
	    write_file(w, TLSKEYS_CERT_FILE, w->pair->chain) != 0 ||
	    set_owner(w, w->temp, 0750) != 0)
		return -1;
	return fsync(w->temp);
}

/* only_pair - may the old folder be replaced whole? A link may, too. */
static bool
only_pair(int folder, const char *name)
{
	int fd = openat(
	    folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool only = true;
	struct dirent *entry;
	DIR *list;

	if (fd < 0)
		return true;
	list = fdopendir(fd);
	if (list == NULL) {
		close(fd);
		return false;
	}
	while ((entry = readdir(list)) != NULL) {
		struct str s = str_of(entry->d_name);

		only = only &&
		    (str_eq(s, STR(".")) || str_eq(s, STR("..")) ||
			str_eq(s, STR(TLSKEYS_CERT_FILE)) ||
			str_eq(s, STR(TLSKEYS_KEY_FILE)));
	}
	closedir(list);
	return only;
}

/* move_files - key and certificate into the old folder, one by one */
static int
move_files(struct work *w)
{
	int rc = -1;
	int fd = openat(w->folder, w->pair->name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (renameat(w->temp, TLSKEYS_KEY_FILE, fd, TLSKEYS_KEY_FILE) == 0 &&
	    renameat(w->temp, TLSKEYS_CERT_FILE, fd, TLSKEYS_CERT_FILE) == 0)
		rc = fsync(fd);
	close(fd);
	return rc;
}

/* put_in_place - let the new pair take the place of the old */
static int
put_in_place(struct work *w)
{
	const char *name = w->pair->name;
	struct stat st;
	int rc = -1;

	if (fstatat(w->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		rc = renameat(w->folder, TEMP, w->folder, name);
	} else {
		if (only_pair(w->folder, name))
			rc = renameat2(
			    w->folder, TEMP, w->folder, name, RENAME_EXCHANGE);
		/* Old and network file systems cannot exchange. */
		if (rc != 0)
			rc = move_files(w);
	}
	if (rc == 0)
		rc = fsync(w->folder);
	return rc;
}

/* same_file - are these the bytes of FOLDER/NAME/FILE? */
static bool
same_file(
    const char *folder, const char *name, const char *file, struct str bytes)
{
	char path[TLSKEYS_DIR_MAX + 16];
	struct buf b;
	bool same;

	if (snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file) >=
	    (int)sizeof(path))
		return false;
	buf_init(&b, X509_FILE_MAX);
	same = x509_read_file(path, &b, NULL) == MTASTS_OK &&
	    str_eq(buf_str(&b), bytes);
	x509_wipe(&b);
	return same;
}

/* write_pair - the work in an open folder */
static int
write_pair(struct work *w)
{
	struct group *group = getgrnam(w->pair->group);
	struct stat st;
	int rc = -1;

	if (fstat(w->folder, &st) != 0)
		return -1;
	w->owner = st.st_uid;
	w->group = group != NULL ? group->gr_gid : st.st_gid;
	if (make_temp(w) == 0)
		rc = put_in_place(w);
	/* The old pair when they were exchanged, else what could not be. */
	remove_pair(w->folder, TEMP);
	if (w->temp >= 0)
		close(w->temp);
	return rc;
}

enum mtasts_err
certdir_put(const char *folder, const struct certdir_pair *pair, bool *changed,
    struct mtasts_diags *diags)
{
	struct work w = { .pair = pair, .temp = -1 };
	struct diag_place where = { .file = folder };
	bool same = false;
	int rc = -1, saved;

	w.folder = open_folder(folder);
	if (w.folder >= 0) {
		same = same_file(folder, pair->name, TLSKEYS_CERT_FILE,
			   pair->chain) &&
		    same_file(folder, pair->name, TLSKEYS_KEY_FILE, pair->key);
		rc = same ? 0 : write_pair(&w);
	}
	saved = errno;
	if (w.folder >= 0)
		close(w.folder);
	errno = saved;
	if (rc != 0) {
		diag_add(diags, &rule_write, where,
		    "%s cannot be written in this folder: %s", pair->name,
		    strerror(errno));
		return MTASTS_ESYS;
	}
	if (w.no_group)
		diag_add(diags, &rule_group, where,
		    "the files could not be given to the group %s",
		    pair->group);
	*changed = !same;
	return MTASTS_OK;
}
