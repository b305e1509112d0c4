/*
 * fuzz.h - what every fuzz target has
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* LLVMFuzzerTestOneInput - the target: one input, any bytes; returns 0 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* require - a broken promise stops the fuzzer */
static inline void
require(bool holds)
{
	if (!holds)
		abort();
}

#endif
