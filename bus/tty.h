#ifndef BUS_TTY_H
#define BUS_TTY_H

#include <stdbool.h>

#include "core/wire.h"

/*
 * One open serial port: ours alone, and its wires as they were asked for.
 * Linux raises DTR and RTS whenever a port opens, and HUPCL drops them at its
 * last close; on some cables either is the order to cut power.  So HUPCL goes
 * before anything else, both wires are set in one step at once, and closing,
 * also by death, leaves them as they are.
 *
 * Opening may wait in the kernel; whoever calls this has nothing else to do.
 */
struct tty;

/* NULL with *why malloc'd: locked, not there, not permitted, no serial port, a format that it cannot. */
struct tty	*tty_open(const char *path, const struct serial_line *, char **why);
void		 tty_close(struct tty *);		/* NULL is fine */
int		 tty_fd(const struct tty *);		/* does not block */
bool		 tty_format(struct tty *, const struct serial_line *);
bool		 tty_raise(struct tty *, unsigned raised);
bool		 tty_read(struct tty *, unsigned *wires);
bool		 tty_hold(struct tty *, bool low);

#endif
