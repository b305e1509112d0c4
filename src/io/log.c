/*
 * log - one line per event, to a descriptor
 *
 * A line is built on the caller's stack and handed over whole. Access lines
 * gather in one block under a lock, so that busy threads share one write. The
 * log has no clock and no thread: a line has no time stamp (the journal adds
 * it), and who calls log_end_later() also calls log_flush() within a second.
 */
#include "io/log.h"

#include "base/arena.h"
#include "base/buf.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELD_MAX     65536
#define VALUE_MAX_IN 256 /* bytes of a value that are shown */
#define STUCK_MS     1000 /* a reader that takes nothing for so long loses */

struct log {
	int fd;
	bool journal;
	atomic_int level;
	pthread_mutex_t lock;
	size_t held_len;
	char held[HELD_MAX];
};

/* A line keeps room for the mark that something was left out, and LF. */
#define LINE_MAX_LEN (sizeof(((struct log_line *)0)->text) - 8)

static const struct {
	const char *name;
	const char *priority; /* of syslog */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", "<3>" },
	[LOG_LEVEL_WARN] = { "warn", "<4>" },
	[LOG_LEVEL_INFO] = { "info", "<6>" },
	[LOG_LEVEL_DEBUG] = { "debug", "<7>" },
};

/* is_journal - systemd names the device and inode of the journal's socket */
static bool
is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct str dev, ino;
	uint64_t d, i;
	struct stat st;

	return stream != NULL && fstat(fd, &st) == 0 &&
	    str_cut(str_of(stream), ':', &dev, &ino) &&
	    str_u64(dev, UINT64_MAX, &d) && str_u64(ino, UINT64_MAX, &i) &&
	    d == (uint64_t)st.st_dev && i == (uint64_t)st.st_ino;
}

struct log *
log_new(int fd, enum log_level level)
{
	struct log *log = mem_zalloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	log->fd = fd;
	log->journal = is_journal(fd);
	atomic_init(&log->level, level);
	pthread_mutex_init(&log->lock, NULL);
	return log;
}

void
log_free(struct log *log)
{
	if (log == NULL)
		return;
	log_flush(log);
	pthread_mutex_destroy(&log->lock);
	mem_free(log);
}

void
log_set_level(struct log *log, enum log_level level)
{
	atomic_store(&log->level, level);
}

/* write_all - the bytes, or as many as the reader takes in time */
static void
write_all(int fd, const char *p, size_t len)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (poll(&poll_fd, 1, STUCK_MS) <= 0)
				return;
		} else if (errno != EINTR) {
			return;
		}
	}
}

/* write_held - with the lock held */
static void
write_held(struct log *log)
{
	write_all(log->fd, log->held, log->held_len);
	log->held_len = 0;
}

void
log_flush(struct log *log)
{
	if (log == NULL)
		return;
	pthread_mutex_lock(&log->lock);
	write_held(log);
	pthread_mutex_unlock(&log->lock);
}

/* put - append bytes, all or none */
static bool
put(struct log_line *line, struct str s)
{
	if (s.len > LINE_MAX_LEN || line->len > LINE_MAX_LEN - s.len)
		return false;
	if (s.len > 0)
		memcpy(line->text + line->len, s.p, s.len);
	line->len += s.len;
	return true;
}

void
log_begin(struct log_line *line, struct log *log, enum log_level level,
    const char *event)
{
	line->log = NULL;
	line->level = level;
	line->len = 0;
	if (log == NULL || (int)level > atomic_load(&log->level))
		return;
	line->log = log;
	if (log->journal)
		put(line, str_of(levels[level].priority));
	put(line, str_of(levels[level].name));
	put(line, STR(" "));
	put(line, str_of(event));
}

/* put_pair - " key=value", or " ..." when it does not fit */
static void
put_pair(struct log_line *line, const char *key, struct str value)
{
	size_t before = line->len;

	if (put(line, STR(" ")) && put(line, str_of(key)) &&
	    put(line, STR("=")) && put(line, value))
		return;
	line->len = before;
	if (!str_ends(str_make(line->text, line->len), STR(" ..."))) {
		memcpy(line->text + line->len, " ...", 4);
		line->len += 4;
	}
}

/* plain - can the value stand as it is? */
static bool
plain(struct str s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == '"' ||
		    s.p[i] == '\\' || s.p[i] == '=')
			return false;
	return s.len > 0 && s.len <= VALUE_MAX_IN;
}

/* quote - append in quotes, made printable, quotes inside escaped */
static void
quote(struct buf *out, struct str value)
{
	struct buf text;
	size_t i;

	buf_init(&text, (size_t)VALUE_MAX_IN * 4 + 4);
	buf_printable(&text, value, VALUE_MAX_IN);
	buf_putc(out, '"');
	for (i = 0; i < text.len; i++) {
		if (text.p[i] == '"')
			buf_putc(out, '\\');
		buf_putc(out, text.p[i]);
	}
	buf_putc(out, '"');
	buf_free(&text);
}

void
log_str(struct log_line *line, const char *key, struct str value)
{
	struct buf quoted;

	if (line->log == NULL)
		return;
	if (plain(value)) {
		put_pair(line, key, value);
		return;
	}
	buf_init(&quoted, sizeof(line->text));
	quote(&quoted, value);
	put_pair(line, key, buf_str(&quoted));
	buf_free(&quoted);
}

void
log_cstr(struct log_line *line, const char *key, const char *value)
{
	if (value != NULL)
		log_str(line, key, str_of(value));
}

void
log_int(struct log_line *line, const char *key, int64_t value)
{
	char text[24];

	if (line->log == NULL)
		return;
	snprintf(text, sizeof(text), "%lld", (long long)value);
	put_pair(line, key, str_of(text));
}

/* hold - take the line over, with the lock held */
static void
hold(struct log *log, struct log_line *line)
{
	line->text[line->len++] = '\n';
	if (log->held_len + line->len > sizeof(log->held))
		write_held(log);
	memcpy(log->held + log->held_len, line->text, line->len);
	log->held_len += line->len;
}

void
log_end(struct log_line *line)
{
	struct log *log = line->log;

	if (log == NULL)
		return;
	pthread_mutex_lock(&log->lock);
	/* Together with what is held, so that lines stay in their order. */
	hold(log, line);
	write_held(log);
	pthread_mutex_unlock(&log->lock);
	line->log = NULL;
}

void
log_end_later(struct log_line *line)
{
	struct log *log = line->log;

	if (log == NULL)
		return;
	if (line->level <= LOG_LEVEL_WARN) {
		log_end(line);
		return;
	}
	pthread_mutex_lock(&log->lock);
	hold(log, line);
	pthread_mutex_unlock(&log->lock);
	line->log = NULL;
}

/* severity_level - how loud a finding is */
static enum log_level
severity_level(enum mtasts_severity severity)
{
	if (severity == MTASTS_ERROR)
		return LOG_LEVEL_ERROR;
	return severity == MTASTS_WARNING ? LOG_LEVEL_WARN : LOG_LEVEL_INFO;
}

/* log_number - a place that is known */
static void
log_number(struct log_line *line, const char *key, unsigned n)
{
	if (n != 0)
		log_int(line, key, n);
}

void
log_findings(
    struct log *log, const char *event, const struct mtasts_diags *diags)
{
	const struct mtasts_finding *f;
	struct log_line line;
	size_t i;

	for (i = 0; (f = mtasts_diags_get(diags, i)) != NULL; i++) {
		log_begin(&line, log, severity_level(f->severity), event);
		log_cstr(&line, "finding", f->name);
		if (f->file[0] != '\0')
			log_cstr(&line, "file", f->file);
		log_number(&line, "line", f->line);
		log_number(&line, "record", f->record);
		log_number(&line, "column", f->column);
		log_cstr(&line, "message", f->message);
		if (f->fix[0] != '\0')
			log_cstr(&line, "fix", f->fix);
		if (f->rfc[0] != '\0')
			log_cstr(&line, "rfc", f->rfc);
		log_end(&line);
	}
}

void
log_event(struct log *log, enum log_level level, const char *event,
    const char *key, const char *value)
{
	struct log_line line;

	log_begin(&line, log, level, event);
	if (key != NULL)
		log_cstr(&line, key, value);
	log_end(&line);
}
