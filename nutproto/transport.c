/* Between a client and its socket. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nutproto/transport.h"

#define INPUT	16384	/* bytes of one read */

void
transport_init(struct transport *t, int fd)
{
	int	 one = 1;

	*t = (struct transport){ .fd = fd };
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* Bytes left unread would make the kernel reset the connection, and lose our last answer. */
void
transport_close(struct transport *t)
{
	char	 unread[INPUT];

	recv(t->fd, unread, sizeof(unread), MSG_DONTWAIT);
	close(t->fd);
	t->fd = -1;
}

static ssize_t
again(ssize_t n)
{
	if (n == -1 && errno == EINTR)
		errno = EAGAIN;
	return n;
}

ssize_t
transport_receive(struct transport *t, struct buf *in)
{
	ssize_t	 n = again(recv(t->fd, buf_reserve(in, INPUT), INPUT, 0));

	if (n > 0)
		buf_grew(in, (size_t)n);
	return n;
}

static ssize_t
send_plain(int fd, struct buf *out)
{
	ssize_t	 n;

	if (out->len == 0)
		return 0;
	n = again(send(fd, buf_bytes(out), out->len, MSG_NOSIGNAL));
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	buf_eat(out, (size_t)n);
	return n;
}

ssize_t
transport_send(struct transport *t, struct buf *out)
{
	return send_plain(t->fd, out);
}
