/*
 * scan_output.c - where the lines of a scan go, and what stands there already
 *
 * Of each line that is there a hash is kept, eight bytes, so that a list which
 * has changed in the meantime is noticed.
 */
#include "cli/scan_output.h"

#include "base/arena.h"
#include "cli/out.h"

#include <inttypes.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK	  65536
#define LINE_MAX_ (16u << 20)

struct scan_output {
	FILE *f;
	bool own;
	int error; /* errno of the first failure */
	uint64_t *done; /* by number of the line; 0: not done */
	size_t done_cap;
	uint64_t had;
};

/* note - a line of the list is done; false: no memory */
static bool
note(struct scan_output *o, uint64_t number, uint64_t hash)
{
	size_t cap = o->done_cap;
	uint64_t *grown;

	if (number > ((uint64_t)1 << 32))
		return true;
	while (cap <= number)
		cap = cap == 0 ? 4096 : cap * 2;
	if (cap > o->done_cap) {
		grown = mem_grow(o->done, cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		memset(grown + o->done_cap, 0,
		    (cap - o->done_cap) * sizeof(*grown));
		o->done = grown;
		o->done_cap = cap;
	}
	o->had += o->done[number] == 0;
	o->done[number] = hash;
	return true;
}

/* What reading an output again needs. */
struct reread {
	struct scan_output *o;
	struct scan_tally *tally;
	struct buf line; /* the one that has not ended yet */
	off_t whole; /* bytes up to the end of the last whole line */
	uint64_t lines;
	bool bad; /* a line is none of ours */
};

/* take_lines - all that end within a block; false: no memory */
static bool
take_lines(struct reread *r, struct str block)
{
	uint64_t number, hash;
	size_t len;

	while ((len = str_chr(block, '\n')) < block.len) {
		buf_put_str(&r->line, str_sub(block, 0, len));
		if (buf_error(&r->line) == MTASTS_ENOMEM)
			return false;
		r->lines++;
		r->whole += (off_t)r->line.len + 1;
		if (buf_error(&r->line) != MTASTS_OK ||
		    !scan_tally_line(
			r->tally, buf_str(&r->line), &number, &hash))
			r->bad = true;
		else if (!note(r->o, number, hash))
			return false;
		if (r->bad)
			return true;
		buf_clear(&r->line);
		block = str_sub(block, len + 1, block.len);
	}
	buf_put_str(&r->line, block);
	return true;
}

/* reread - what is there; CMD_UNKNOWN after a message */
static enum cmd_status
reread(struct cmd_env *env, const char *name, struct reread *r)
{
	FILE *f = r->o->f;
	char block[BLOCK];
	size_t n;

	rewind(f);
	while (!r->bad && (n = fread(block, 1, sizeof(block), f)) > 0)
		if (!take_lines(r, str_make(block, n))) {
			out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
			return CMD_UNKNOWN;
		}
	if (r->bad) {
		out_error(env,
		    "line %" PRIu64
		    " of %s was not written by \"mtasts scan\": "
		    "name another file with --output",
		    r->lines, name);
		return CMD_USAGE;
	}
	/* What a crash cut off is made again. */
	if (ferror(f) || ftruncate(fileno(f), r->whole) != 0 ||
	    fseeko(f, 0, SEEK_END) != 0) {
		out_error(
		    env, "cannot go on with %s: %s", name, strerror(errno));
		return CMD_UNKNOWN;
	}
	return CMD_FINE;
}

/* open_file - a new one, or one with lines to go on with */
static enum cmd_status
open_file(
    struct cmd_env *env, const char *name, bool resume, struct scan_output *o)
{
	struct stat st;

	o->f = fopen(name, "a+e");
	if (o->f == NULL || fstat(fileno(o->f), &st) != 0) {
		out_error(env, "cannot write %s: %s", name, strerror(errno));
		return CMD_UNKNOWN;
	}
	o->own = true;
	if (st.st_size == 0 || resume)
		return CMD_FINE;
	out_error(env,
	    "%s has results already: go on with them by --resume, or name "
	    "another file",
	    name);
	return CMD_USAGE;
}

enum cmd_status
scan_output_open(struct cmd_env *env, const char *name, bool resume,
    struct scan_tally *tally, struct scan_output **out)
{
	struct scan_output *o = mem_zalloc(1, sizeof(*o));
	struct reread r = { .o = o, .tally = tally };
	enum cmd_status status = CMD_FINE;

	if (o == NULL) {
		out_error(env, "%s", mtasts_strerror(MTASTS_ENOMEM));
		return CMD_UNKNOWN;
	}
	o->f = env->out;
	buf_init(&r.line, LINE_MAX_);
	if (name != NULL)
		status = open_file(env, name, resume, o);
	if (status == CMD_FINE && resume && name != NULL)
		status = reread(env, name, &r);
	buf_free(&r.line);
	if (status == CMD_FINE)
		*out = o;
	else
		scan_output_close(o);
	return status;
}

void
scan_output_close(struct scan_output *o)
{
	if (o == NULL)
		return;
	if (o->own)
		fclose(o->f);
	mem_free(o->done);
	mem_free(o);
}

bool
scan_output_had(const struct scan_output *o, uint64_t number, struct str domain,
    bool *other)
{
	uint64_t hash = number < o->done_cap ? o->done[number] : 0;

	*other = hash != 0 && hash != scan_tally_hash(domain);
	return hash != 0;
}

uint64_t
scan_output_count(const struct scan_output *o)
{
	return o->had;
}

void
scan_output_put(struct scan_output *o, struct str line)
{
	if (fwrite(line.p, 1, line.len, o->f) != line.len && o->error == 0)
		o->error = errno;
}

bool
scan_output_flush(struct scan_output *o)
{
	if (fflush(o->f) != 0 && o->error == 0)
		o->error = errno;
	errno = o->error;
	return o->error == 0;
}
