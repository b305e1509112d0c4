/*
 * siphash - SipHash-2-4 with 128 bits of output
 *
 * A short keyed hash by Aumasson and Bernstein, for names that must be made
 * shorter and stay different. It is no signature: who knows the key may look
 * for collisions, and finds one after about 2^64 tries.
 */
#ifndef MTASTS_CORE_SIPHASH_H
#define MTASTS_CORE_SIPHASH_H

#include "base/str.h"

#define SIPHASH_KEY_LEN 16 /* bytes */
#define SIPHASH_LEN	16 /* bytes */

/* siphash - the hash of any bytes under a key */
void siphash(
    const uint8_t key[SIPHASH_KEY_LEN], struct str s, uint8_t out[SIPHASH_LEN]);

#endif
