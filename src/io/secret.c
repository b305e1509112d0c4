/*
 * secret.c - keys that stand in files
 *
 * Must not know what a key is for, and never says a byte of one.
 */
#include "io/secret.h"

#include "base/arena.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAULT(name_, fix_)                                            \
	{                                                             \
		.id = "C20", .name = name_, .severity = MTASTS_ERROR, \
		.fatal = true, .rfc = "", .fix = fix_                 \
	}

static const struct diag_rule rule_missing = FAULT(
    "secret-missing", "Let the program's user read it, or name another file.");
static const struct diag_rule rule_open = FAULT("secret-readable",
    "Take the rights away (chmod o= FILE), and make a new key: others may "
    "have read this one.");
static const struct diag_rule rule_shape =
    FAULT("secret-shape", "Name a file with the key alone in it.");

const struct diag_rule *const secret_rules[] = { &rule_missing, &rule_open,
	&rule_shape, NULL };

static const struct diag_place nowhere;

void
secret_wipe(void *p, size_t len)
{
	if (p != NULL && len > 0)
		explicit_bzero(p, len);
}

void
secret_free(struct secret *s)
{
	secret_wipe(s->text, s->len);
	mem_free(s->text);
	*s = (struct secret){ 0 };
}

struct str
secret_line(const struct secret *s)
{
	struct str line = str_make(s->text, s->len);

	while (line.len > 0 &&
	    (ascii_wsp(line.p[line.len - 1]) || line.p[line.len - 1] == '\n' ||
		line.p[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* read_fd - all its bytes; ESYS with errno, ELIMIT */
static enum mtasts_err
read_fd(int fd, struct secret *out)
{
	char *text = mem_alloc(SECRET_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (text == NULL)
		return MTASTS_ENOMEM;
	while (n > 0 && len <= SECRET_MAX) {
		n = read(fd, text + len, SECRET_MAX + 1 - len);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	if (n < 0 || len > SECRET_MAX) {
		secret_wipe(text, len);
		mem_free(text);
		return n < 0 ? MTASTS_ESYS : MTASTS_ELIMIT;
	}
	text[len] = '\0';
	*out = (struct secret){ text, len };
	return MTASTS_OK;
}

/* read_checked - of an open file, when its rights are as they should be */
static enum mtasts_err
read_checked(
    int fd, const char *path, struct secret *out, struct mtasts_diags *diags)
{
	enum mtasts_err err;
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		diag_add(
		    diags, &rule_shape, nowhere, "%s is no plain file", path);
		return MTASTS_ECONF;
	}
	if ((st.st_mode & S_IRWXO) != 0) {
		diag_add(diags, &rule_open, nowhere,
		    "%s holds a key, and others may read it or change it "
		    "(mode %03o)",
		    path, (unsigned)(st.st_mode & 0777));
		return MTASTS_ECONF;
	}
	err = read_fd(fd, out);
	if (err == MTASTS_ENOMEM)
		return err;
	if (err == MTASTS_OK && secret_line(out).len > 0)
		return MTASTS_OK;
	diag_add(diags, &rule_shape, nowhere, "%s %s", path,
	    err == MTASTS_ELIMIT     ? "is too large for a key"
		: err == MTASTS_ESYS ? strerror(errno)
				     : "is empty");
	if (err == MTASTS_OK)
		secret_free(out);
	return MTASTS_ECONF;
}

/* path_of - where the file is; null after a finding, or without memory */
static char *
path_of(const char *name, struct mtasts_diags *diags, enum mtasts_err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct buf b;
	char *path;

	*err = MTASTS_ENOMEM;
	if (strchr(name, '/') != NULL)
		return mem_strdup(str_of(name));
	if (folder == NULL || folder[0] == '\0') {
		diag_add(diags, &rule_missing, nowhere,
		    "%s is the name of a credential, and systemd gave none "
		    "(no CREDENTIALS_DIRECTORY)",
		    name);
		*err = MTASTS_ECONF;
		return NULL;
	}
	buf_init(&b, 8192);
	buf_putf(&b, "%s/%s", folder, name);
	path = buf_take(&b);
	return path;
}

enum mtasts_err
secret_read(const char *name, struct secret *out, struct mtasts_diags *diags)
{
	enum mtasts_err err = MTASTS_OK;
	char *path = path_of(name, diags, &err);
	int fd;

	if (path == NULL)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		diag_add(diags, &rule_missing, nowhere, "%s, with a key: %s",
		    path, strerror(errno));
		err = MTASTS_ECONF;
	} else {
		err = read_checked(fd, path, out, diags);
		close(fd);
	}
	mem_free(path);
	return err;
}
