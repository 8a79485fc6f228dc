#ifndef NUTPROTO_DIGEST_H
#define NUTPROTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012) under secret keys, twice for 128
 * bits: what stands for a text without being it, in this process alone.
 */
struct digest_key { uint64_t at[4]; };
struct digest { uint64_t at[2]; };

void		 digest_key_make(struct digest_key *);	/* of the kernel's random bytes */
struct digest	 digest_of(const struct digest_key *, const void *, size_t);
bool		 digest_equal(struct digest, struct digest);	/* takes the same time whatever they are */
uint64_t	 digest_siphash(const uint64_t key[2], const void *, size_t);

#endif
