/*
 * siphash - SipHash-2-4 with 128 bits of output
 *
 * Two rounds for each eight bytes, four at the end of each half of the output.
 * Words are little-endian whatever the machine. Must not know what is hashed.
 * "openssl mac -macopt size:16 ... SIPHASH" gives the same bytes.
 */
#include "core/siphash.h"

struct state {
	uint64_t v[4];
};

/* load - eight bytes as a number, least significant first */
static uint64_t
load(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)p[i] << (8 * i);
	return word;
}

/* store - a number as eight bytes, least significant first */
static void
store(uint8_t *p, uint64_t word)
{
	for (size_t i = 0; i < 8; i++)
		p[i] = (uint8_t)(word >> (8 * i));
}

/* rotate - bits to the left, around */
static uint64_t
rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

/* rounds - stir the state */
static void
rounds(struct state *s, unsigned count)
{
	uint64_t *v = s->v;

	while (count-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

/* absorb - one word of the message */
static void
absorb(struct state *s, uint64_t word)
{
	s->v[3] ^= word;
	rounds(s, 2);
	s->v[0] ^= word;
}

void
siphash(
    const uint8_t key[SIPHASH_KEY_LEN], struct str s, uint8_t out[SIPHASH_LEN])
{
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	const uint8_t *p = (const uint8_t *)s.p;
	size_t whole = s.len - s.len % 8;
	struct state st = { {
	    UINT64_C(0x736f6d6570736575) ^ k0,
	    UINT64_C(0x646f72616e646f6d) ^ k1 ^ 0xee,
	    UINT64_C(0x6c7967656e657261) ^ k0,
	    UINT64_C(0x7465646279746573) ^ k1,
	} };

	for (size_t i = 0; i < whole; i += 8)
		absorb(&st, load(p + i, 8));
	absorb(&st,
	    (uint64_t)s.len << 56 |
		(s.len > whole ? load(p + whole, s.len - whole) : 0));
	st.v[2] ^= 0xee;
	rounds(&st, 4);
	store(out, st.v[0] ^ st.v[1] ^ st.v[2] ^ st.v[3]);
	st.v[1] ^= 0xdd;
	rounds(&st, 4);
	store(out + 8, st.v[0] ^ st.v[1] ^ st.v[2] ^ st.v[3]);
}
