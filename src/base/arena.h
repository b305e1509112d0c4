/*
 * arena - one object, one free; and the only calls of malloc
 *
 * A parsed object takes all it keeps from its own arena and is released by one
 * arena_free(). mem_* is for the few things that grow or outlive an arena.
 */
#ifndef MTASTS_BASE_ARENA_H
#define MTASTS_BASE_ARENA_H

#include "base/str.h"

/* mem_alloc - size bytes, not cleared; null when short; 0 gives 1 byte */
void *mem_alloc(size_t size);

/* mem_zalloc - count elements of size bytes, cleared; null on overflow too */
void *mem_zalloc(size_t count, size_t size);

/* mem_grow - realloc to count elements of size bytes; null leaves p as it is */
void *mem_grow(void *p, size_t count, size_t size);

/* mem_free - release; null is fine */
void mem_free(void *p);

/* mem_strdup - a terminated copy of the span; yours: mem_free() */
char *mem_strdup(struct str s);

struct arena;

/*
 * arena_new - an arena that holds at most max bytes in all
 *
 * Each request counts rounded up to the strictest alignment (16 bytes).
 * Yours: arena_free(). Null when memory is short.
 */
struct arena *arena_new(size_t max);

/* arena_free - release all that was taken from it; null is fine */
void arena_free(struct arena *a);

/* arena_alloc - size cleared bytes, aligned for any type; null when short */
void *arena_alloc(struct arena *a, size_t size);

/* arena_zalloc - count elements of size bytes, cleared; null on overflow */
void *arena_zalloc(struct arena *a, size_t count, size_t size);

/* arena_dup - a terminated copy of the span; null when short */
char *arena_dup(struct arena *a, struct str s);

/* arena_printf - a formatted terminated string; null when short */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* arena_used - bytes taken so far */
size_t arena_used(const struct arena *a);

#endif
