/*
 * log - one line per event, "level event key=value ...", to standard error
 *
 * Untrusted bytes are made printable and quoted; a line is written whole or
 * not at all. Access lines may be held back up to a second; warnings and
 * errors never are. Any thread may log.
 */
#ifndef MTASTS_IO_LOG_H
#define MTASTS_IO_LOG_H

#include "base/str.h"
#include "mtasts/diag.h"

enum log_level {
	LOG_LEVEL_ERROR = 0, /* degraded */
	LOG_LEVEL_WARN, /* someone should look */
	LOG_LEVEL_INFO, /* one line per transaction */
	LOG_LEVEL_DEBUG
};

struct log;

/* A line being built, on the caller's stack. */
struct log_line {
	struct log *log; /* null: the level is off, all calls do nothing */
	enum log_level level;
	size_t len;
	char text[2048];
};

/*
 * log_new - a log that writes lines up to a level to a descriptor
 *
 * fd is borrowed. When standard error goes to the journal each line begins
 * with its syslog priority "<6>". Null when memory is short.
 */
struct log *log_new(int fd, enum log_level level);

/* log_free - write what is held back, release; null is fine */
void log_free(struct log *log);

/* log_set_level - change what is written from now on */
void log_set_level(struct log *log, enum log_level level);

/* log_begin - start a line; event is a static word with dashes */
void log_begin(struct log_line *line, struct log *log, enum log_level level,
    const char *event);

/* log_str - key=value; quoted when it holds blanks, quotes or escapes */
void log_str(struct log_line *line, const char *key, struct str value);

/* log_cstr - the same for a terminated string; null is left out */
void log_cstr(struct log_line *line, const char *key, const char *value);

/* log_int - key=number */
void log_int(struct log_line *line, const char *key, int64_t value);

/* log_end - write the line */
void log_end(struct log_line *line);

/*
 * log_end_later - write it with others: for access lines
 *
 * The caller sees to it that log_flush() is called within a second.
 */
void log_end_later(struct log_line *line);

/* log_flush - write what is held back */
void log_flush(struct log *log);

/* log_findings - one line per finding at the level of its severity */
void log_findings(
    struct log *log, const char *event, const struct mtasts_diags *diags);

/*
 * log_event - a line of one event and up to one text, the short way
 *
 * key may be null, value too: then it is left out.
 */
void log_event(struct log *log, enum log_level level, const char *event,
    const char *key, const char *value);

#endif
