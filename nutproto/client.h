#ifndef NUTPROTO_CLIENT_H
#define NUTPROTO_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/loop.h"
#include "nutproto/desk.h"

/*
 * The connections of NUT clients: bytes between their sockets and their
 * sessions.  What a client makes us hold is bounded: it is not read from
 * while answers wait for it, and closed when it is silent, or does not read,
 * for CLIENT_SILENT_MS.  Who is logged in may be silent: hosts that vanish are
 * found out by TCP.
 */
struct clients;

#define CLIENT_SILENT_MS	60000	/* upsd's figure */
#define CLIENT_IDLE_MS		1000	/* silent for that long: may have to make room */

struct clients	*clients_new(struct desk *);			/* borrowed */
void		 clients_free(struct clients *);		/* closes them all */
void		 clients_add(struct clients *, int fd, const struct from *);	/* a connected socket; owns it */
size_t		 clients_count(const struct clients *);
size_t		 clients_from(const struct clients *, const struct from *);	/* of that address */
/* Closes the client that has been idle the longest, of those not logged in (from there, unless NULL); false: there is none. */
bool		 clients_make_room(struct clients *, const struct from *);

#endif
