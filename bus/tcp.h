#ifndef BUS_TCP_H
#define BUS_TCP_H

#include "core/unit.h"

/* Streams over TCP: HOST:PORT or [V6]:PORT, connected again for as long as they are open. */
extern const struct wire_backend tcp_wire;

#endif
