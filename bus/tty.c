#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "bus/devicenode.h"
#include "bus/serial.h"
#include "bus/termios.h"
#include "bus/tty.h"
#include "bus/ttylock.h"
#include "core/mem.h"

struct tty {
	int		 fd;		/* -1: not open yet */
	struct serial	*serial;	/* NULL: one that the library refuses */
	bool		 held;		/* TX is low */
};

static const struct {
	unsigned	 wire;
	int		 bit;
} bits[] = {
	{ SERIAL_DTR, TIOCM_DTR }, { SERIAL_RTS, TIOCM_RTS }, { SERIAL_CTS, TIOCM_CTS },
	{ SERIAL_DSR, TIOCM_DSR }, { SERIAL_DCD, TIOCM_CAR }, { SERIAL_RI, TIOCM_RNG },
};

/* -- wires --------------------------------------------------------------------------- */

int
tty_fd(const struct tty *t)
{
	return t->fd;
}

/* One call for both: between two there would be a moment of a state that nobody asked for. */
bool
tty_raise(struct tty *t, unsigned raised)
{
	int	 set = 0;
	size_t	 i;

	for (i = 0; i < nitems(bits); i++)
		if (raised & bits[i].wire & (SERIAL_DTR | SERIAL_RTS))
			set |= bits[i].bit;
	return ioctl(t->fd, TIOCMSET, &set) == 0;
}

bool
tty_read(struct tty *t, unsigned *wires)
{
	int	 is = 0;
	size_t	 i;

	if (ioctl(t->fd, TIOCMGET, &is) == -1)
		return false;
	*wires = 0;
	for (i = 0; i < nitems(bits); i++)
		if (is & bits[i].bit)
			*wires |= bits[i].wire;
	return true;
}

bool
tty_hold(struct tty *t, bool low)
{
	if (ioctl(t->fd, low ? TIOCSBRK : TIOCCBRK, 0) == -1)
		return false;
	t->held = low;
	return true;
}

bool
tty_format(struct tty *t, const struct serial_line *line)
{
	return t->serial != NULL ? serial_set(t->serial, line) : termios_set(t->fd, line);
}

/* -- opening ------------------------------------------------------------------------- */

static char *
refusal(const char *path, int error)
{
	const char	*reason = strerror(error);
	char		*owner, *group, *text;

	if (error != EACCES || (owner = devicenode_owner(path)) == NULL)
		return xasprintf("%s: %s%s", path, reason,
		    error == EBUSY ? "; another program has it for itself (TIOCEXCL)" : "");
	group = devicenode_group(path);
	text = xasprintf("%s: %s; it %s, who must be in that group (usermod -a -G %s), or a udev rule must give the node "
	    "to group busbar", path, reason, owner, group != NULL ? group : "dialout");
	free(owner);
	free(group);
	return text;
}

/* Once only: every open raises DTR and RTS anew.  And libserialport asks for HUPCL where the port does not have it. */
static char *
open_port(struct tty *t, const char *path)
{
	struct stat	 st;
	char		*why = ttylock_look(path);

	if (why != NULL)
		return why;
	/* A look before: opening some other device may do more than open it. */
	if (stat(path, &st) == 0 && !S_ISCHR(st.st_mode))
		return xasprintf("%s: no serial port", path);
	t->serial = serial_new(path);
	t->fd = t->serial != NULL ? serial_fd(t->serial) : open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (t->fd == -1)
		return refusal(path, errno);
	if (!isatty(t->fd))
		return xasprintf("%s: no serial port", path);
	if (!termios_keep_wires(t->fd))
		return xasprintf("%s: %s", path, strerror(errno));
	return ttylock_take(t->fd, path);
}

static char *
set_wires(struct tty *t, const char *path, const struct serial_line *line)
{
	if (tty_raise(t, line->raised) || !line->needs_wires)
		return NULL;
	return xasprintf("%s: has no DTR and RTS (%s)", path, strerror(errno));
}

static char *
set_up(struct tty *t, const char *path, const struct serial_line *line)
{
	char	*why;

	if ((why = open_port(t, path)) != NULL || (why = set_wires(t, path, line)) != NULL)
		return why;
	if (!tty_format(t, line))
		return xasprintf("%s: cannot be set to %u baud, %u%c%u", path, line->speed, line->bits,
		    line->parity, line->stop);
	if (ioctl(t->fd, TIOCEXCL) == -1)
		return xasprintf("%s: %s", path, strerror(errno));
	tcflush(t->fd, TCIFLUSH);
	return NULL;
}

struct tty *
tty_open(const char *path, const struct serial_line *line, char **why)
{
	struct tty	*t = xcalloc(1, sizeof(*t));

	t->fd = -1;
	if ((*why = set_up(t, path, line)) == NULL)
		return t;
	tty_close(t);
	return NULL;
}

/* What could not be sent yet is thrown away: close() would wait for it. */
void
tty_close(struct tty *t)
{
	if (t == NULL)
		return;
	if (t->held)
		tty_hold(t, false);
	if (t->fd != -1) {
		tcflush(t->fd, TCOFLUSH);
		ioctl(t->fd, TIOCNXCL);		/* which would outlive us while anybody else has it open */
	}
	if (t->serial != NULL)
		serial_free(t->serial);
	else if (t->fd != -1)
		close(t->fd);
	free(t);
}
