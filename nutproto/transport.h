#ifndef NUTPROTO_TRANSPORT_H
#define NUTPROTO_TRANSPORT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/buf.h"

/*
 * How a client's bytes travel.  Nothing here waits: what the socket does not
 * take now is told, and is to be tried again when it is writable.
 */
struct transport {
	int	 fd;
};

void	transport_init(struct transport *, int fd);	/* a connected socket; owns it */
void	transport_close(struct transport *);

/*
 * Appends what came.  As recv(2): how many bytes; 0: nothing more will come;
 * -1 and EAGAIN: nothing for now; -1 else: the client is gone.
 */
ssize_t	transport_receive(struct transport *, struct buf *in);

/*
 * Sends from the buffer; what is left stays in it.  Returns how many bytes the
 * socket took; -1: the client is gone.
 */
ssize_t	transport_send(struct transport *, struct buf *out);

#endif
