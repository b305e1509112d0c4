/*
 * scan_input.c - the lines of a list, as they come
 *
 * A fixed window over the input: memory does not depend on how long the list
 * is, nor on how long a line.
 */
#include "cli/scan_input.h"

#include "base/arena.h"
#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW 65536

struct scan_input {
	int fd;
	bool own; /* close it */
	struct loop_watch *watch; /* null: reading never waits */
	loop_callback *on_more;
	void *ctx;
	int64_t size; /* of a file; 0: not known */
	int64_t taken; /* bytes given out */
	uint64_t number;
	bool ended;
	bool dropping; /* the rest of a line that was too long */
	size_t from, to;
	char window[WINDOW];
};

/* on_readable - something has come, or the end */
static void
on_readable(void *ctx)
{
	struct scan_input *in = ctx;

	loop_fd_set(in->watch, 0);
	in->on_more(in->ctx);
}

enum cmd_status
scan_input_open(struct cmd_env *env, const char *name, struct scan_input **out)
{
	bool standard = strcmp(name, "-") == 0;
	struct scan_input *in = mem_zalloc(1, sizeof(*in));
	struct stat st;

	if (in == NULL) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	in->own = !standard;
	in->fd = standard ? fileno(env->in) : open(name, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0 || fstat(in->fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		out_error(env, "cannot read %s: %s",
		    standard ? "standard input" : name,
		    in->fd >= 0 ? "it is a folder" : strerror(errno));
		scan_input_close(in);
		return CMD_UNKNOWN;
	}
	if (S_ISREG(st.st_mode))
		in->size = st.st_size;
	*out = in;
	return CMD_FINE;
}

void
scan_input_on_more(
    struct scan_input *in, struct loop *loop, loop_callback *on_more, void *ctx)
{
	in->on_more = on_more;
	in->ctx = ctx;
	if (in->size > 0)
		return;
	/* What cannot be waited for never makes wait. */
	in->watch = loop_fd(loop, in->fd, LOOP_READ, on_readable, in);
	if (in->watch != NULL)
		loop_fd_set(in->watch, 0);
}

void
scan_input_close(struct scan_input *in)
{
	if (in == NULL)
		return;
	loop_watch_close(in->watch);
	if (in->own && in->fd >= 0)
		close(in->fd);
	mem_free(in);
}

/* can_read - would reading wait now? */
static bool
can_read(const struct scan_input *in)
{
	struct pollfd p = { in->fd, POLLIN, 0 };

	return in->watch == NULL || poll(&p, 1, 0) != 0;
}

/* fill - more into the window, which has room; false with errno */
static bool
fill(struct scan_input *in)
{
	ssize_t n;

	if (in->from > 0) {
		memmove(in->window, in->window + in->from, in->to - in->from);
		in->to -= in->from;
		in->from = 0;
	}
	do
		n = read(in->fd, in->window + in->to, WINDOW - in->to);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return false;
	in->ended = n == 0;
	in->to += (size_t)n;
	return true;
}

/* take - the line in front; false: its end is not there yet */
static bool
take(struct scan_input *in, struct str *line)
{
	struct str all = str_make(in->window + in->from, in->to - in->from);
	size_t len = str_chr(all, '\n');
	bool whole = len < all.len;

	if (!whole && len < SCAN_LINE_MAX && !(in->ended && len > 0))
		return false;
	in->from += len + whole;
	in->taken += (int64_t)(len + whole);
	*line = str_sub(all, 0, len < SCAN_LINE_MAX ? len : SCAN_LINE_MAX);
	if (str_ends(*line, STR("\r")))
		line->len--;
	if (in->dropping) {
		/* It is the rest of one that was given out. */
		in->dropping = !whole;
		return whole && take(in, line);
	}
	in->dropping = !whole;
	in->number++;
	return true;
}

enum scan_input_step
scan_input_next(struct scan_input *in, struct str *line, uint64_t *number)
{
	while (!take(in, line)) {
		if (in->ended)
			return SCAN_END;
		if (!can_read(in)) {
			loop_fd_set(in->watch, LOOP_READ);
			return SCAN_WAIT;
		}
		if (!fill(in))
			return SCAN_FAILED;
	}
	*number = in->number;
	return SCAN_LINE;
}

int
scan_input_part(const struct scan_input *in)
{
	if (in->size <= 0)
		return -1;
	return in->taken >= in->size ? 1000
				     : (int)(in->taken * 1000 / in->size);
}
