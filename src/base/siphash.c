/*
 * siphash - SipHash-1-3 with 64 bits, SipHash-2-4 with 128
 *
 * So many rounds for each eight bytes, so many at the end. Words are
 * little-endian whatever the machine. Must not know what is hashed.
 * "openssl mac -macopt size:16 ... SIPHASH" gives the same 128 bits.
 */
#include "base/siphash.h"

struct state {
	uint64_t v[4];
};

/* load - up to eight bytes as a number, least significant first */
static uint64_t
load(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
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

/* begin - the state under a key */
static struct state
begin(uint64_t k0, uint64_t k1)
{
	return (struct state){ {
	    UINT64_C(0x736f6d6570736575) ^ k0,
	    UINT64_C(0x646f72616e646f6d) ^ k1,
	    UINT64_C(0x6c7967656e657261) ^ k0,
	    UINT64_C(0x7465646279746573) ^ k1,
	} };
}

/* absorb - one word of the message */
static void
absorb(struct state *s, uint64_t word, unsigned count)
{
	s->v[3] ^= word;
	rounds(s, count);
	s->v[0] ^= word;
}

/* absorb_all - the message and its length */
static void
absorb_all(struct state *st, struct str s, unsigned count)
{
	uint64_t last = (uint64_t)s.len << 56;
	size_t i;

	for (i = 0; s.len - i >= 8; i += 8)
		absorb(st, load(s.p + i, 8), count);
	if (i < s.len)
		last |= load(s.p + i, s.len - i);
	absorb(st, last, count);
}

/* fold - the state as one word */
static uint64_t
fold(const struct state *s)
{
	return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}

uint64_t
siphash64(const uint64_t key[2], struct str s)
{
	struct state st = begin(key[0], key[1]);

	absorb_all(&st, s, 1);
	st.v[2] ^= 0xff;
	rounds(&st, 3);
	return fold(&st);
}

void
siphash128(
    const uint8_t key[SIPHASH_KEY_LEN], struct str s, uint8_t out[SIPHASH_LEN])
{
	struct state st = begin(load(key, 8), load(key + 8, 8));

	st.v[1] ^= 0xee;
	absorb_all(&st, s, 2);
	st.v[2] ^= 0xee;
	rounds(&st, 4);
	store(out, fold(&st));
	st.v[1] ^= 0xdd;
	rounds(&st, 4);
	store(out + 8, fold(&st));
}
