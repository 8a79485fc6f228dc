#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/log.h"
#include "nutproto/digest.h"

static inline uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
rounds(uint64_t v[4], unsigned n)
{
	while (n-- > 0) {
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

/* Little-endian, up to 8 bytes. */
static uint64_t
word(const uint8_t *bytes, size_t n)
{
	uint64_t	 w = 0;

	while (n-- > 0)
		w = w << 8 | bytes[n];
	return w;
}

static void
mix(uint64_t v[4], uint64_t w)
{
	v[3] ^= w;
	rounds(v, 2);
	v[0] ^= w;
}

uint64_t
digest_siphash(const uint64_t key[2], const void *data, size_t len)
{
	uint64_t	 v[4] = {
		key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
		key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573
	};
	const uint8_t	*bytes = data;
	size_t		 left;

	for (left = len; left >= 8; left -= 8, bytes += 8)
		mix(v, word(bytes, 8));
	mix(v, word(bytes, left) | (uint64_t)len << 56);
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
digest_key_make(struct digest_key *key)
{
	ssize_t	 n;

	do
		n = getrandom(key, sizeof(*key), 0);
	while (n == -1 && errno == EINTR);
	if (n != (ssize_t)sizeof(*key)) {
		log_error("nut", "no random bytes: %s", strerror(errno));
		abort();
	}
}

struct digest
digest_of(const struct digest_key *key, const void *data, size_t len)
{
	return (struct digest){ { digest_siphash(key->at, data, len),
	    digest_siphash(key->at + 2, data, len) } };
}

bool
digest_equal(struct digest a, struct digest b)
{
	return ((a.at[0] ^ b.at[0]) | (a.at[1] ^ b.at[1])) == 0;
}
