#ifndef NUTPROTO_FAILURES_H
#define NUTPROTO_FAILURES_H

#include <stdint.h>

/*
 * Wrong passwords, by where they came from and for whom.  Each costs its
 * sender a longer wait for the answer; nobody is ever locked out, and what is
 * remembered is bounded.  Pure.
 */
#define FAILURES_MAX		1024	/* pairs; the oldest makes room */
#define FAILURES_FIRST_MS	250
#define FAILURES_MOST_MS	2000	/* libupsclient gives up after 5 s */
#define FAILURES_FORGET_MS	60000	/* without another one */

struct origin { uint8_t at[16]; };	/* an address of either kind; of IPv6 only its network of 64 bits */
struct failures;

struct origin	 origin_of(const uint8_t *address, int v6);
struct failures	*failures_new(void);
void		 failures_free(struct failures *);
/* One more; returns how long its answer is to take, in ms. */
int64_t		 failures_note(struct failures *, struct origin, uint64_t user, int64_t now);
void		 failures_clear(struct failures *, struct origin, uint64_t user);	/* the right one came */

#endif
