#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/channel.h"
#include "core/mem.h"

#define ROOM_BYTES	65536		/* more than this unsent: no room */
#define READ_BYTES	65536
#define LINE_BYTES_MAX	1048576		/* a longer line is no line of ours */
#define PASSED_AT_ONCE	8
#define PASSED_WAITING	64		/* more that no line has claimed are closed */
#define PASS_MARK	'@'		/* first byte of a line that carries a descriptor */

/* A descriptor that goes with the byte at this place of the stream. */
struct passing {
	STAILQ_ENTRY(passing) entry;
	uint64_t	 at;
	int		 fd;
};
STAILQ_HEAD(passings, passing);

struct channel {
	struct loop	*loop;
	int		 fd;
	struct io	*io;
	const struct channel_calls *calls;
	void		*arg;
	struct buf	 in, out;
	size_t		 scanned;	/* bytes of in known to hold no LF */
	size_t		 npassed;
	uint64_t	 sent;		/* bytes of the stream so far */
	struct passings	 passing;	/* to be sent */
	struct passings	 passed;	/* come, and waiting for their lines */
	bool		 wanted_room, broken;
	bool		*freed;		/* set when freed inside a callback */
};

static void	on_io(int, unsigned, void *);

struct channel *
channel_new(struct loop *loop, int fd, const struct channel_calls *calls, void *arg)
{
	struct channel	*c = xcalloc(1, sizeof(*c));

	*c = (struct channel){ .loop = loop, .fd = fd, .calls = calls, .arg = arg };
	STAILQ_INIT(&c->passing);
	STAILQ_INIT(&c->passed);
	c->io = io_new(loop, fd, IO_READ, on_io, c);
	return c;
}

static void
drop_passings(struct passings *list)
{
	struct passing	*p;

	while ((p = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, entry);
		close(p->fd);
		free(p);
	}
}

void
channel_free(struct channel *c)
{
	if (c == NULL)
		return;
	if (c->freed != NULL)
		*c->freed = true;
	io_free(c->io);
	close(c->fd);
	drop_passings(&c->passing);
	drop_passings(&c->passed);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

static void
break_off(struct channel *c)
{
	if (c->broken)
		return;
	c->broken = true;
	io_want(c->io, 0);
	buf_clear(&c->out);
	c->calls->broken(c->arg);
}

/* -- sending -------------------------------------------------------------------- */

struct buf *
channel_out(struct channel *c)
{
	return &c->out;
}

void
channel_send(struct channel *c)
{
	if (!c->broken)
		io_want(c->io, IO_READ | IO_WRITE);
}

void
channel_pass(struct channel *c, const char *line, int fd)
{
	struct passing	*p = xcalloc(1, sizeof(*p));

	p->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	p->at = c->sent + c->out.len;
	STAILQ_INSERT_TAIL(&c->passing, p, entry);
	buf_printf(&c->out, "%c%s\n", PASS_MARK, line);
	channel_send(c);
}

bool
channel_has_room(const struct channel *c)
{
	return c->out.len < ROOM_BYTES;
}

bool
channel_idle(const struct channel *c)
{
	return c->out.len == 0;
}

/* Bytes up to the next one that a descriptor goes with; with it, when that is the first. */
static ssize_t
send_some(struct channel *c)
{
	struct passing	*p = STAILQ_FIRST(&c->passing);
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec	 bytes = { .iov_base = buf_bytes(&c->out), .iov_len = c->out.len };
	struct msghdr	 m = { .msg_iov = &bytes, .msg_iovlen = 1 };
	struct cmsghdr	*h;
	ssize_t		 n;

	if (p != NULL && p->at > c->sent)
		bytes.iov_len = (size_t)(p->at - c->sent);
	if (p != NULL && p->at == c->sent) {
		bytes.iov_len = 1;
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(h), &p->fd, sizeof(int));
	}
	n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0 && m.msg_control != NULL) {
		STAILQ_REMOVE_HEAD(&c->passing, entry);
		close(p->fd);
		free(p);
	}
	return n;
}

/* True when all was taken; where the other end is gone, the channel may be gone as well. */
static bool
send_all(struct channel *c)
{
	ssize_t	 n;

	while (c->out.len > 0) {
		if ((n = send_some(c)) == -1) {
			if (errno != EAGAIN && errno != EINTR)
				break_off(c);
			return false;
		}
		buf_eat(&c->out, (size_t)n);
		c->sent += (uint64_t)n;
	}
	return true;
}

/* A broken socket is found by the loop. */
void
channel_push(struct channel *c)
{
	ssize_t	 n;

	while (!c->broken && STAILQ_EMPTY(&c->passing) && c->out.len > 0 && (n = send_some(c)) > 0) {
		buf_eat(&c->out, (size_t)n);
		c->sent += (uint64_t)n;
	}
}

/* Fills up and sends until the kernel takes no more or nobody has anything. */
static void
on_writable(struct channel *c)
{
	do {
		if (c->calls->room != NULL && channel_has_room(c))
			c->calls->room(c->arg);
		if (c->out.len == 0) {
			io_want(c->io, IO_READ);
			return;
		}
	} while (send_all(c));
}

/* -- receiving ---------------------------------------------------------------------- */

static void
keep_passed(struct channel *c, struct msghdr *m)
{
	struct cmsghdr	*h;
	size_t		 i, n;
	struct passing	*p;
	int		 fd;

	for (h = CMSG_FIRSTHDR(m); h != NULL; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(int));
			if (c->npassed == PASSED_WAITING) {
				close(fd);
				continue;
			}
			p = xcalloc(1, sizeof(*p));
			p->fd = fd;
			STAILQ_INSERT_TAIL(&c->passed, p, entry);
			c->npassed++;
		}
	}
}

static ssize_t
receive(struct channel *c)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * PASSED_AT_ONCE)];
	struct iovec	 bytes = { .iov_base = buf_reserve(&c->in, READ_BYTES), .iov_len = READ_BYTES };
	struct msghdr	 m = { .msg_iov = &bytes, .msg_iovlen = 1,
	    .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t		 n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n > 0) {
		buf_grew(&c->in, (size_t)n);
		keep_passed(c, &m);
	}
	return n;
}

static void
deliver(struct channel *c, char *line)
{
	struct passing	*p;
	int		 fd;

	if (*line != PASS_MARK) {
		c->calls->line(c->arg, line, -1);
		return;
	}
	if ((p = STAILQ_FIRST(&c->passed)) == NULL)
		return;
	STAILQ_REMOVE_HEAD(&c->passed, entry);
	c->npassed--;
	fd = p->fd;
	free(p);
	c->calls->line(c->arg, line + 1, fd);
}

/* False: freed or broken inside a callback. */
static bool
deliver_lines(struct channel *c)
{
	bool		 freed = false;
	uint8_t		*end;
	size_t		 n;

	c->freed = &freed;
	while ((end = memchr(buf_bytes(&c->in) + c->scanned, '\n', c->in.len - c->scanned)) != NULL) {
		*end = '\0';
		n = (size_t)(end + 1 - buf_bytes(&c->in));
		deliver(c, (char *)buf_bytes(&c->in));
		if (freed)
			return false;
		c->scanned = 0;
		buf_eat(&c->in, n);
		if (c->broken)
			break;
	}
	c->freed = NULL;
	c->scanned = c->in.len;
	return !c->broken;
}

static void
on_readable(struct channel *c)
{
	ssize_t	 n = receive(c);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		break_off(c);
		return;
	}
	if (deliver_lines(c) && c->in.len > LINE_BYTES_MAX)
		break_off(c);
}

static void
on_io(int fd, unsigned what, void *arg)
{
	struct channel	*c = arg;
	bool		 freed = false;

	if (what & IO_WRITE) {
		c->freed = &freed;
		on_writable(c);
		if (freed)
			return;
		c->freed = NULL;
	}
	if ((what & IO_READ) && !c->broken)
		on_readable(c);
}

/* -- words and texts ------------------------------------------------------------------- */

static void
put_escaped(struct buf *b, const char *s, const char *special)
{
	size_t	 n;

	for (;; s++) {
		n = strcspn(s, special);
		buf_put(b, s, n);
		if (*(s += n) == '\0')
			return;
		buf_putc(b, '\\');
		buf_putc(b, *s == '\n' ? 'n' : *s == ' ' ? 's' : *s);
	}
}

void
channel_put_word(struct buf *b, const char *word)
{
	buf_putc(b, ' ');
	put_escaped(b, word, "\\\n ");
}

void
channel_put_text(struct buf *b, const char *text)
{
	buf_putc(b, ' ');
	put_escaped(b, text, "\\\n");
}

static void
unescape(char *s)
{
	char	*to;

	if ((s = strchr(s, '\\')) == NULL)
		return;
	for (to = s; *s != '\0'; s++) {
		if (*s != '\\' || s[1] == '\0') {
			*to++ = *s;
			continue;
		}
		s++;
		*to++ = *s == 'n' ? '\n' : *s == 's' ? ' ' : *s;
	}
	*to = '\0';
}

char *
channel_word(char **rest)
{
	char	*word = *rest == NULL ? NULL : strsep(rest, " ");

	if (word != NULL)
		unescape(word);
	return word;
}

char *
channel_text(char **rest)
{
	char	*text = *rest;

	*rest = NULL;
	if (text != NULL)
		unescape(text);
	return text;
}
