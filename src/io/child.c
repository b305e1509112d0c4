/*
 * child.c - another program, run beside the loop
 *
 * Its end is known by a pidfd, so that no signal handler is needed and nobody
 * else's children are touched. Until it was waited for its number belongs to
 * it, so that killing its group never meets a stranger.
 */
#include "io/child.h"

#include "base/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK	   16384
#define READS	   16 /* chunks at once, then others have their turn */
#define LAST_READS 256 /* chunks that may lie in the pipes at the end */
#define KEEP_FD	   3
#define INPUT_MAX  ((size_t)16 << 20)

/* One of the pipes it writes into. */
struct stream {
	int fd; /* -1: it has ended */
	struct loop_watch *watch;
	struct buf text;
	size_t max;
	bool cut;
};

struct child {
	struct loop *loop;
	child_callback *cb;
	void *ctx;
	pid_t pid;
	int pidfd;
	struct loop_watch *ended, *timer, *writable;
	int input_fd; /* -1: all was written */
	struct buf input;
	size_t sent;
	struct stream out, err;
	bool late;
};

/* close_stream - nothing more is read */
static void
close_stream(struct stream *s)
{
	loop_watch_close(s->watch);
	s->watch = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* close_input - it sees the end of its input */
static void
close_input(struct child *c)
{
	loop_watch_close(c->writable);
	c->writable = NULL;
	if (c->input_fd >= 0)
		close(c->input_fd);
	c->input_fd = -1;
}

/* child_free - release all; it was waited for, or never begun */
static void
child_free(struct child *c)
{
	close_input(c);
	close_stream(&c->out);
	close_stream(&c->err);
	loop_watch_close(c->ended);
	loop_watch_close(c->timer);
	if (c->pidfd >= 0)
		close(c->pidfd);
	buf_free(&c->input);
	buf_free(&c->out.text);
	buf_free(&c->err.text);
	mem_free(c);
}

/* keep - what it wrote, as far as it is wanted */
static void
keep(struct stream *s, const char *p, size_t len)
{
	size_t room = s->max - s->text.len;

	if (len > room) {
		s->cut = true;
		len = room;
	}
	buf_put(&s->text, p, len);
}

/* hear - read what is there, "chunks" of it at most */
static void
hear(struct stream *s, size_t chunks)
{
	char chunk[CHUNK];
	ssize_t n;

	while (s->fd >= 0 && chunks-- > 0) {
		n = read(s->fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			close_stream(s);
		else
			keep(s, chunk, (size_t)n);
	}
}

/* on_stream - it has written something, or closed its end */
static void
on_stream(void *ctx)
{
	hear(ctx, READS);
}

/* on_writable - it takes more input */
static void
on_writable(void *ctx)
{
	struct child *c = ctx;
	ssize_t n =
	    write(c->input_fd, c->input.p + c->sent, c->input.len - c->sent);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->sent += (size_t)n;
	/* One that does not want its input is no fault of ours. */
	if (n < 0 || c->sent == c->input.len)
		close_input(c);
}

/* on_timer - it takes too long: its end is told by the pidfd */
static void
on_timer(void *ctx)
{
	struct child *c = ctx;

	c->late = true;
	kill(-c->pid, SIGKILL);
	kill(c->pid, SIGKILL);
}

/* reap - end what is left of its group, and wait for itself */
static int
reap(struct child *c)
{
	int raw = 0;

	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &raw, 0) < 0 && errno == EINTR)
		;
	return raw;
}

/* on_ended - it is over */
static void
on_ended(void *ctx)
{
	struct child *c = ctx;
	int raw = reap(c);
	struct child_result result = { .end = CHILD_EXITED };

	hear(&c->out, LAST_READS);
	hear(&c->err, LAST_READS);
	if (WIFEXITED(raw)) {
		result.status = WEXITSTATUS(raw);
	} else {
		result.end = CHILD_SIGNALED;
		result.status = WTERMSIG(raw);
	}
	if (c->late)
		result.end = CHILD_TIMEOUT;
	result.out = buf_str(&c->out.text);
	result.err = buf_str(&c->err.text);
	result.out_cut = c->out.cut;
	result.err_cut = c->err.cut;
	c->cb(c->ctx, &result);
	child_free(c);
}

/* The ends of the pipes that the program gets. */
struct ends {
	int in, out, err;
};

/* close_ends - ours no more */
static void
close_ends(struct ends *e)
{
	if (e->in >= 0)
		close(e->in);
	if (e->out >= 0)
		close(e->out);
	if (e->err >= 0)
		close(e->err);
}

/* open_pipe - *ours without blocking, *its; false with errno */
static bool
open_pipe(int *ours, int *its, bool we_write)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return false;
	*ours = fds[we_write ? 1 : 0];
	*its = fds[we_write ? 0 : 1];
	return fcntl(*ours, F_SETFL, O_NONBLOCK) == 0;
}

/* set_files - what the program gets as 0, 1, 2, perhaps 3, and nothing else */
static int
set_files(posix_spawn_file_actions_t *files, const struct ends *e, int keep_fd)
{
	int rc = posix_spawn_file_actions_adddup2(files, e->in, STDIN_FILENO);
	int from = KEEP_FD;

	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(
		    files, e->out, STDOUT_FILENO);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(
		    files, e->err, STDERR_FILENO);
	if (rc == 0 && keep_fd > 0) {
		rc = posix_spawn_file_actions_adddup2(files, keep_fd, KEEP_FD);
		from = KEEP_FD + 1;
	}
	return rc == 0 ? posix_spawn_file_actions_addclosefrom_np(files, from)
		       : rc;
}

/* set_attributes - a group of its own, signals as at the beginning */
static int
set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, usual;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	sigaddset(&usual, SIGHUP);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &usual);
	posix_spawnattr_setpgroup(attr, 0);
	return posix_spawnattr_setflags(attr,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETPGROUP);
}

/* spawn - begin it; 0, or an errno */
static int
spawn(struct child *c, const struct child_conf *conf, const struct ends *e)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc = posix_spawn_file_actions_init(&files);

	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attr);
	if (rc == 0) {
		rc = set_files(&files, e, conf->keep_fd);
		if (rc == 0)
			rc = set_attributes(&attr);
		if (rc == 0)
			rc = posix_spawn(&c->pid, conf->argv[0], &files, &attr,
			    (char *const *)conf->argv,
			    (char *const *)conf->env);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

/* watch - be told of what it says and of its end; false: no memory */
static bool
watch(struct child *c, const struct child_conf *conf)
{
	c->ended = loop_fd(c->loop, c->pidfd, LOOP_READ, on_ended, c);
	c->timer = loop_timer(c->loop, on_timer, c);
	c->out.watch =
	    loop_fd(c->loop, c->out.fd, LOOP_READ, on_stream, &c->out);
	c->err.watch =
	    loop_fd(c->loop, c->err.fd, LOOP_READ, on_stream, &c->err);
	if (c->input.len == 0)
		close_input(c);
	else
		c->writable =
		    loop_fd(c->loop, c->input_fd, LOOP_WRITE, on_writable, c);
	if (c->ended == NULL || c->timer == NULL || c->out.watch == NULL ||
	    c->err.watch == NULL || (c->input.len > 0 && c->writable == NULL))
		return false;
	loop_timer_start(c->timer, conf->timeout_ms);
	return true;
}

/* run - with pipes open: begin it, follow it; 0, or an errno */
static int
run(struct child *c, const struct child_conf *conf, const struct ends *e)
{
	int rc = spawn(c, conf, e);

	if (rc != 0)
		return rc;
	c->pidfd = pidfd_open(c->pid, 0);
	if (c->pidfd < 0)
		rc = errno;
	else if (fcntl(c->pidfd, F_SETFD, FD_CLOEXEC) != 0 || !watch(c, conf))
		rc = ENOMEM;
	if (rc != 0) {
		kill(c->pid, SIGKILL);
		reap(c);
	}
	return rc;
}

/* child_new - nothing open */
static struct child *
child_new(const struct child_conf *conf, child_callback *cb, void *ctx)
{
	struct child *c = mem_zalloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->loop = conf->loop;
	c->cb = cb;
	c->ctx = ctx;
	c->pidfd = c->input_fd = c->out.fd = c->err.fd = -1;
	c->out.max = conf->out_max;
	c->err.max = conf->err_max;
	buf_init(&c->input, INPUT_MAX);
	buf_init(&c->out.text, conf->out_max + 1);
	buf_init(&c->err.text, conf->err_max + 1);
	buf_put_str(&c->input, conf->input);
	return c;
}

enum mtasts_err
child_start(const struct child_conf *conf, child_callback *cb, void *ctx,
    struct child **out)
{
	struct child *c = child_new(conf, cb, ctx);
	struct ends e = { -1, -1, -1 };
	int rc;

	if (c == NULL)
		return MTASTS_ENOMEM;
	if (buf_error(&c->input) != MTASTS_OK) {
		child_free(c);
		return MTASTS_ENOMEM;
	}
	rc = open_pipe(&c->input_fd, &e.in, true) &&
		open_pipe(&c->out.fd, &e.out, false) &&
		open_pipe(&c->err.fd, &e.err, false)
	    ? run(c, conf, &e)
	    : errno;
	close_ends(&e);
	if (rc != 0)
		child_free(c);
	else
		*out = c;
	errno = rc;
	return rc == 0	   ? MTASTS_OK
	    : rc == ENOENT ? MTASTS_ENOENT
	    : rc == ENOMEM ? MTASTS_ENOMEM
			   : MTASTS_ESYS;
}

void
child_cancel(struct child *c)
{
	if (c == NULL)
		return;
	kill(c->pid, SIGKILL);
	reap(c);
	child_free(c);
}
