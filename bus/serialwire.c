#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/serialwire.h"
#include "bus/tty.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/stream.h"

#define AGAIN_FIRST_MS	500
#define AGAIN_LAST_MS	5000	/* an adapter that is plugged in again is seen by then */
#define READ_SIZE	4096
#define BACKLOG_MAX	65536

struct port {
	struct loop		*loop;
	struct stream		*stream;
	char			*path;
	struct serial_line	 line;
	struct tty		*tty;		/* NULL: closed */
	struct io		*io;
	struct timer		*again;
	unsigned		 again_ms;
	struct buf		 out;
	void			(*changed)(void *, bool, const char *);
	void			*arg;
};

/* -- up and down ------------------------------------------------------------------- */

static void
close_tty(struct port *p)
{
	io_free(p->io);
	p->io = NULL;
	tty_close(p->tty);
	p->tty = NULL;
	buf_clear(&p->out);
}

static void
lost(struct port *p, const char *why)
{
	close_tty(p);
	timer_set(p->again, p->again_ms);
	p->again_ms = p->again_ms * 2 < AGAIN_LAST_MS ? p->again_ms * 2 : AGAIN_LAST_MS;
	stream_down(p->stream);
	p->changed(p->arg, false, why);
}

static void
lost_for(struct port *p, const char *what)
{
	char	*why = xasprintf("%s: %s", p->path, what);

	lost(p, why);
	free(why);
}

/* -- bytes --------------------------------------------------------------------------- */

/* False: the port is lost. */
static bool
read_some(struct port *p)
{
	char	 bytes[READ_SIZE];
	ssize_t	 n = read(tty_fd(p->tty), bytes, sizeof(bytes));

	if (n > 0)
		return stream_feed(p->stream, bytes, (size_t)n) && p->tty != NULL;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return true;
	lost_for(p, n == 0 || errno == EIO ? "hung up" : strerror(errno));
	return false;
}

static void
write_some(struct port *p)
{
	ssize_t	 n;

	if (p->out.len > 0) {
		n = write(tty_fd(p->tty), buf_bytes(&p->out), p->out.len);
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			lost_for(p, strerror(errno));
			return;
		}
		if (n > 0)
			buf_eat(&p->out, (size_t)n);
	}
	io_want(p->io, p->out.len > 0 ? IO_READ | IO_WRITE : IO_READ);
}

static void
on_io(int fd, unsigned what, void *arg)
{
	struct port	*p = arg;

	if ((what & IO_READ) != 0 && !read_some(p))
		return;
	write_some(p);
}

static void
on_again(void *arg)
{
	struct port	*p = arg;
	char		*why;

	p->tty = tty_open(p->path, &p->line, &why);
	if (p->tty == NULL) {
		lost(p, why);
		free(why);
		return;
	}
	p->again_ms = AGAIN_FIRST_MS;
	p->io = io_new(p->loop, tty_fd(p->tty), IO_READ, on_io, p);
	stream_up(p->stream);
	p->changed(p->arg, true, NULL);
}

/* -- what the stream asks for ------------------------------------------------------------ */

static bool
port_send(void *line, const void *bytes, size_t len)
{
	struct port	*p = line;

	if (p->tty == NULL || p->out.len + len > BACKLOG_MAX)
		return false;
	buf_put(&p->out, bytes, len);
	io_want(p->io, IO_READ | IO_WRITE);
	return true;
}

static void
port_drop(void *line, const char *why)
{
	lost_for(line, why);
}

static void
port_free(void *line)
{
	struct port	*p = line;

	close_tty(p);
	timer_free(p->again);
	buf_free(&p->out);
	free(p->path);
	free(p);
}

/* The wires stay as they were made since: what opens the port again begins with the driver's. */
static bool
port_format(void *line, const struct serial_line *how)
{
	struct port	*p = line;

	return p->tty != NULL && tty_format(p->tty, how);
}

static bool
port_raise(void *line, unsigned raised)
{
	struct port	*p = line;

	return p->tty != NULL && tty_raise(p->tty, raised);
}

static bool
port_read(void *line, unsigned *wires)
{
	struct port	*p = line;

	return p->tty != NULL && tty_read(p->tty, wires);
}

static bool
port_hold(void *line, bool low)
{
	struct port	*p = line;

	return p->tty != NULL && tty_hold(p->tty, low);
}

static const struct serial_ops wires = {
	.format = port_format, .raise = port_raise, .read = port_read, .hold = port_hold,
};

static const struct stream_ops ops = {
	.send = port_send, .drop = port_drop, .free = port_free, .serial = &wires,
};

/* -- the backend ---------------------------------------------------------------------------- */

static bool
serial_means(const char *port)
{
	return *port == '/';
}

static char *
serial_check(const struct device_settings *settings, const struct driver *driver)
{
	if (serial_means(settings->port))
		return NULL;
	return xasprintf("\"%s\" is no serial port; \"/dev/ttyS0\" is, or one of /dev/serial/by-id", settings->port);
}

static void *
serial_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct port	*p;

	if ((*why = serial_check(settings, driver)) != NULL)
		return NULL;
	p = xcalloc(1, sizeof(*p));
	*p = (struct port){ .loop = loop, .path = xstrdup(settings->port), .again_ms = AGAIN_FIRST_MS,
	    .changed = changed, .arg = arg };
	p->again = timer_new(loop, on_again, p);
	return p->stream = stream_new(loop, &ops, p);
}

static void
serial_begin(void *handle, const struct serial_line *line)
{
	struct port	*p = stream_line(handle);

	p->line = *line;
	timer_set(p->again, 0);
}

static void
serial_forget(void *handle)
{
	stream_forget(handle);
}

static void
serial_close(void *handle)
{
	stream_free(handle);
}

const struct wire_backend serial_wire = {
	.wire = WIRE_SERIAL,
	.name = "serial",
	.role = "tty",
	.means = serial_means,
	.open = serial_open,
	.check = serial_check,
	.forget = serial_forget,
	.close = serial_close,
	.line = serial_begin,
};
