#ifndef BUS_SERIAL_H
#define BUS_SERIAL_H

#include <stdbool.h>

#include "core/wire.h"

/* libserialport, which knows how the many kinds of ports are set. */
struct serial;

/*
 * Opens it; DTR and RTS are raised, as by any open, and HUPCL is set: termios_keep_wires() is
 * to follow.  NULL: it cannot, or has no use for that port (a pty, some virtual
 * ones), which bus/termios.h is for.
 */
struct serial	*serial_new(const char *path);
void		 serial_free(struct serial *);		/* and closes it */
int		 serial_fd(const struct serial *);
bool		 serial_set(struct serial *, const struct serial_line *);	/* but for DTR and RTS */

#endif
