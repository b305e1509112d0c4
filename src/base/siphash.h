/*
 * siphash - a short keyed hash, in the two sizes that are needed here
 *
 * SipHash by Aumasson and Bernstein. It is no signature: whoever knows the key
 * may look for collisions.
 */
#ifndef MTASTS_BASE_SIPHASH_H
#define MTASTS_BASE_SIPHASH_H

#include "base/str.h"

#define SIPHASH_KEY_LEN 16 /* bytes */
#define SIPHASH_LEN	16 /* bytes */

/*
 * siphash64 - SipHash-1-3: for tables, where speed counts
 *
 * With a secret key nobody can choose names that collide.
 */
uint64_t siphash64(const uint64_t key[2], struct str s);

/*
 * siphash128 - SipHash-2-4 with 128 bits: for names that must be made shorter
 * and stay different
 *
 * With a known key a collision is found after about 2^64 tries.
 */
void siphash128(
    const uint8_t key[SIPHASH_KEY_LEN], struct str s, uint8_t out[SIPHASH_LEN]);

#endif
