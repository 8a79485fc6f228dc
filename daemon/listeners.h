#ifndef DAEMON_LISTENERS_H
#define DAEMON_LISTENERS_H

#include "core/loop.h"
#include "core/publisher.h"

/*
 * The listening TCP sockets.  The engine holds them, so that a role that
 * serves them can die and come back while clients wait at the door.
 */
struct listeners;

/* changed() tells that an address that could not be had before is there now. */
struct listeners	*listeners_new(struct loop *, void (*changed)(void *), void *arg);
void			 listeners_free(struct listeners *);
/* Opens what is new, closes what is no longer wanted, leaves the rest alone. */
void			 listeners_apply(struct listeners *, const struct strings *addresses);
const struct listener	*listeners_now(const struct listeners *, size_t *n);	/* those that are open */

#endif
