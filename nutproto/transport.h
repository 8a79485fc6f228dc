#ifndef NUTPROTO_TRANSPORT_H
#define NUTPROTO_TRANSPORT_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/tls.h"

/*
 * How a client's bytes travel: in clear, or by TLS.  Nothing here waits: what
 * the socket does not take now is told, and is to be tried again when it is
 * writable.
 */
struct transport {
	int		 fd;
	struct tls	*tls;	/* NULL: in clear */
	struct buf	 cipher;	/* records that the socket does not take yet */
	bool		 ended;		/* the client has said that no more will come */
};

void	transport_init(struct transport *, int fd);	/* a connected socket; owns it */
void	transport_close(struct transport *);

/* From here on by TLS, for which the client is to begin a handshake. */
void	transport_secure(struct transport *, struct tls_context *);

/*
 * Appends what came.  As recv(2): how many bytes; 0: nothing more will come;
 * -1 and EAGAIN: nothing for now, or only what concerns TLS; -1 else: the
 * client is gone, and with EPROTO because of tls_error().
 */
ssize_t	transport_receive(struct transport *, struct buf *in);

/*
 * Sends from the buffer; what is left stays in it, or in here as records.
 * Returns how many bytes the socket took; -1: the client is gone.
 */
ssize_t	transport_send(struct transport *, struct buf *out);

/* Records wait for the socket. */
static inline bool
transport_waits(const struct transport *t)
{
	return t->cipher.len > 0;
}

#endif
