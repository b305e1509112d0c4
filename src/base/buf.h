/*
 * buf - growable output with a hard cap
 *
 * Failure is sticky: after the first write that does not fit, nothing more is
 * written and buf_error() tells why, so a formatter checks once at its end.
 * What was written is always followed by a NUL that is not counted.
 */
#ifndef MTASTS_BASE_BUF_H
#define MTASTS_BASE_BUF_H

#include "base/str.h"
#include "mtasts/err.h"

#include <stdarg.h>

struct buf {
	char *p; /* null until the first write */
	size_t len;
	size_t cap;
	size_t max; /* bytes at most */
	enum mtasts_err err;
};

/* buf_init - an empty buffer of at most max bytes; release: buf_free() */
void buf_init(struct buf *b, size_t max);

/* buf_free - release; the buffer is empty again and usable */
void buf_free(struct buf *b);

/* buf_clear - empty it, keep the memory, forget the error */
void buf_clear(struct buf *b);

/* buf_put - append len bytes */
void buf_put(struct buf *b, const void *p, size_t len);

/* buf_puts - append a C string */
void buf_puts(struct buf *b, const char *s);

/* buf_put_str - append a span */
void buf_put_str(struct buf *b, struct str s);

/* buf_putc - append one byte */
void buf_putc(struct buf *b, char c);

/* buf_put_u64 - append a decimal number; for where printf is too slow */
void buf_put_u64(struct buf *b, uint64_t n);

/* buf_putf - append as printf does */
void buf_putf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* buf_vputf - append as vprintf does */
void buf_vputf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/*
 * buf_printable - append untrusted bytes so that any terminal and log is safe
 *
 * Printable ASCII and well-formed printable UTF-8 stay; backslash doubles;
 * other bytes become \t \n \r or \xHH. At most max_in bytes of the input are
 * shown, then "..." follows.
 */
void buf_printable(struct buf *b, struct str s, size_t max_in);

/*
 * buf_clean - as buf_printable, but a backslash stays single
 *
 * For text in which strangers' bytes were escaped already.
 */
void buf_clean(struct buf *b, struct str s, size_t max_in);

/* buf_cut - drop all after the first len bytes, which must be there */
void buf_cut(struct buf *b, size_t len);

/* buf_error - MTASTS_OK, or why the first failed write failed */
enum mtasts_err buf_error(const struct buf *b);

/* buf_str - what was written so far; valid until the next write */
struct str buf_str(const struct buf *b);

/*
 * buf_take - hand over the bytes, NUL-terminated
 *
 * Yours: mem_free(). Null after an error. The buffer is empty again.
 */
char *buf_take(struct buf *b);

#endif
