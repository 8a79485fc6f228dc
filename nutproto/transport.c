/* Between a client and its socket. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nutproto/transport.h"

#define INPUT	16384	/* bytes of one read */

static ssize_t
again(ssize_t n)
{
	if (n == -1 && errno == EINTR)
		errno = EAGAIN;
	return n;
}

static ssize_t
send_bytes(int fd, struct buf *out)
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

/* -- life ----------------------------------------------------------------------- */

void
transport_init(struct transport *t, int fd)
{
	int	 one = 1;

	*t = (struct transport){ .fd = fd };
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

/* The other end is told that this was all (RFC 8446, 6.1), if it can be told now. */
static void
end_tls(struct transport *t)
{
	if (t->tls != NULL)
		tls_end(t->tls, &t->cipher);
	send_bytes(t->fd, &t->cipher);
	tls_free(t->tls);
	buf_free(&t->cipher);
}

/* Bytes left unread would make the kernel reset the connection, and lose our last answer. */
void
transport_close(struct transport *t)
{
	char	 unread[INPUT];

	end_tls(t);
	recv(t->fd, unread, sizeof(unread), MSG_DONTWAIT);
	close(t->fd);
	t->fd = -1;
}

void
transport_secure(struct transport *t, struct tls_context *context)
{
	t->tls = tls_new(context, NULL);
}

/* Whoever has nothing waiting holds no buffer. */
static ssize_t
send_records(struct transport *t)
{
	ssize_t	 n = send_bytes(t->fd, &t->cipher);

	if (t->cipher.len == 0)
		buf_free(&t->cipher);
	return n;
}

/* -- receiving ------------------------------------------------------------------- */

static ssize_t
receive_plain(struct transport *t, struct buf *in)
{
	ssize_t	 n = again(recv(t->fd, buf_reserve(in, INPUT), INPUT, 0));

	if (n > 0)
		buf_grew(in, (size_t)n);
	return n;
}

/* A handshake's answers go out at once; an alert as well, before the end. */
static ssize_t
receive_tls(struct transport *t, struct buf *in)
{
	char		 records[INPUT];
	const size_t	 before = in->len;
	ssize_t		 n = again(recv(t->fd, records, sizeof(records), 0));
	enum tls_result	 result;

	if (n <= 0)
		return n;
	result = tls_take(t->tls, records, (size_t)n, in, &t->cipher);
	if (send_records(t) == -1)
		return -1;
	if (result == TLS_FAILED) {
		errno = EPROTO;
		return -1;
	}
	t->ended = result == TLS_ENDED;
	if (in->len > before)
		return (ssize_t)(in->len - before);
	errno = EAGAIN;
	return t->ended ? 0 : -1;
}

ssize_t
transport_receive(struct transport *t, struct buf *in)
{
	return t->tls == NULL ? receive_plain(t, in) : receive_tls(t, in);
}

/* -- sending ------------------------------------------------------------------------ */

/* Records are made of all there is: what of them the socket does not take cannot be taken back. */
static ssize_t
send_tls(struct transport *t, struct buf *out)
{
	if (out->len > 0 && !tls_put(t->tls, buf_bytes(out), out->len, &t->cipher))
		return -1;
	buf_clear(out);
	return send_records(t);
}

ssize_t
transport_send(struct transport *t, struct buf *out)
{
	return t->tls == NULL ? send_bytes(t->fd, out) : send_tls(t, out);
}
