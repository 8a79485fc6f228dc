#ifndef BUS_SERIALWIRE_H
#define BUS_SERIALWIRE_H

#include "core/unit.h"

/*
 * Serial ports as a wire: /dev/ttyS0, /dev/serial/by-id/..., opened again for
 * as long as they are wanted.  It runs in the role tty.
 */
extern const struct wire_backend serial_wire;

#endif
