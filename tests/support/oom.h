/*
 * oom.h - allocations that fail when the test says so
 *
 * For a test called test_oom.c: the linker puts the functions __wrap_* between
 * base/arena and libc (see tests/CMakeLists.txt).
 */
#ifndef TESTS_SUPPORT_OOM_H
#define TESTS_SUPPORT_OOM_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);

static struct {
	unsigned left; /* allocations until one fails; 0: none will */
	bool all; /* and all after it */
	unsigned failed;
} oom;

/* oom_fails - is this the one? */
static inline bool
oom_fails(void)
{
	if (oom.left == 0)
		return false;
	if (oom.left > 1) {
		oom.left--;
		return false;
	}
	oom.left = oom.all;
	oom.failed++;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return oom_fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return oom_fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *p, size_t size)
{
	return oom_fails() ? NULL : __real_realloc(p, size);
}

#endif
