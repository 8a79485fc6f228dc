#ifndef BUS_TERMIOS_H
#define BUS_TERMIOS_H

#include <stdbool.h>

#include "core/wire.h"

/* Ports that libserialport refuses: set by POSIX's own means, the usual speeds only. */
bool	termios_set(int fd, const struct serial_line *);	/* raw; but for DTR and RTS */
/*
 * Of any port: its last close, which may be our death, is not to drop DTR and
 * RTS.  And a read without bytes is not taken for the end.
 */
bool	termios_keep_wires(int fd);

#endif
