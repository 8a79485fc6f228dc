#ifndef BUS_KEYS_H
#define BUS_KEYS_H

#include "bus/snmp.h"
#include "core/loop.h"

/*
 * Keys made from passphrases (Ku).  Making one takes some 2 ms, so each is
 * made once however many devices share it, and only one in a turn of the loop.
 * Forgotten, and wiped, when nobody holds it.
 */
struct key;

/* ready() comes in a later turn, once, and holds and releases nothing; never when key_made() is true right away. */
struct key	*key_hold(struct loop *, int auth, const char *passphrase, void (*ready)(void *), void *arg);
void		 key_release(struct key *);		/* NULL is fine */
bool		 key_made(const struct key *);
const uint8_t	*key_bytes(const struct key *, size_t *len);	/* len 0: it could not be made */

#endif
