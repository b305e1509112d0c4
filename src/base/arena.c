/*
 * arena.c - one object, one free; and the only calls of malloc
 *
 * mem_* are the choke point: tests make the n-th call of malloc, calloc or
 * realloc fail and see what happens to whoever asked. An arena takes memory in
 * chunks that double; nothing in it moves, so pointers stay good until
 * arena_free(). With AddressSanitizer, chunks are poisoned but for what was
 * handed out, so that running from one object into the next is seen.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define RED_ZONE ALIGN
#else
#define ASAN_POISON_MEMORY_REGION(p, len)   ((void)(p), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(p, len) ((void)(p), (void)(len))
#define RED_ZONE			    ((size_t)0)
#endif

#define ALIGN	    (_Alignof(max_align_t))
#define CHUNK_FIRST 512u
#define CHUNK_MOST  (64u << 10)

struct chunk {
	struct chunk *next;
	size_t len; /* bytes of mem */
	size_t used;
	_Alignas(max_align_t) char mem[];
};

struct arena {
	struct chunk *head; /* where small requests are served */
	size_t next_len;
	size_t used;
	size_t max;
};

/* size_of - bytes to ask for, never 0; or 0 when no object can be so large */
static size_t
size_of(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX)
		return 0;
	return bytes == 0 ? 1 : bytes;
}

void *
mem_alloc(size_t size)
{
	size_t bytes = size_of(1, size);

	return bytes == 0 ? NULL : malloc(bytes);
}

void *
mem_zalloc(size_t count, size_t size)
{
	size_t bytes = size_of(count, size);

	return bytes == 0 ? NULL : calloc(1, bytes);
}

void *
mem_grow(void *p, size_t count, size_t size)
{
	size_t bytes = size_of(count, size);

	return bytes == 0 ? NULL : realloc(p, bytes);
}

void
mem_free(void *p)
{
	free(p);
}

char *
mem_strdup(struct str s)
{
	char *p = s.len == SIZE_MAX ? NULL : mem_alloc(s.len + 1);

	if (p == NULL)
		return NULL;
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	p[s.len] = '\0';
	return p;
}

struct arena *
arena_new(size_t max)
{
	struct arena *a = mem_zalloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->next_len = CHUNK_FIRST;
	a->max = max;
	return a;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	while (a->head != NULL) {
		struct chunk *c = a->head;

		a->head = c->next;
		ASAN_UNPOISON_MEMORY_REGION(c->mem, c->len);
		mem_free(c);
	}
	mem_free(a);
}

/* chunk_new - a cleared chunk that holds len bytes at least */
static struct chunk *
chunk_new(struct arena *a, size_t len)
{
	struct chunk *c;

	if (len < a->next_len)
		len = a->next_len;
	if (len > SIZE_MAX - sizeof(*c))
		return NULL;
	c = mem_zalloc(1, sizeof(*c) + len);
	if (c == NULL)
		return NULL;
	c->len = len;
	ASAN_POISON_MEMORY_REGION(c->mem, c->len);
	if (a->next_len < CHUNK_MOST)
		a->next_len *= 2;
	return c;
}

/* chunk_link - a full chunk goes behind the head, which keeps its room */
static void
chunk_link(struct arena *a, struct chunk *c, size_t taken)
{
	struct chunk *head = a->head;

	if (head != NULL && c->len - taken < head->len - head->used) {
		c->next = head->next;
		head->next = c;
	} else {
		c->next = head;
		a->head = c;
	}
}

void *
arena_alloc(struct arena *a, size_t size)
{
	struct chunk *c = a->head;
	size_t take;
	char *p;

	if (size > SIZE_MAX - 3 * ALIGN)
		return NULL;
	size += size == 0;
	take = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (take > a->max - a->used)
		return NULL;
	if (c == NULL || take + RED_ZONE > c->len - c->used) {
		c = chunk_new(a, take + RED_ZONE);
		if (c == NULL)
			return NULL;
		chunk_link(a, c, take + RED_ZONE);
	}
	p = c->mem + c->used;
	c->used += take + RED_ZONE;
	a->used += take;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

void *
arena_zalloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

char *
arena_dup(struct arena *a, struct str s)
{
	char *p = s.len == SIZE_MAX ? NULL : arena_alloc(a, s.len + 1);

	/* The arena's memory is cleared: the end is there. */
	if (p != NULL && s.len > 0)
		memcpy(p, s.p, s.len);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		return NULL;
	p = arena_alloc(a, (size_t)len + 1);
	if (p == NULL)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
