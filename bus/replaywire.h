#ifndef BUS_REPLAYWIRE_H
#define BUS_REPLAYWIRE_H

#include "core/unit.h"

/*
 * Ports "replay:FILE" of drivers that speak bytes: a recorded conversation
 * (bus/dialogue.h) answers for the device.  What the driver sends is looked for
 * behind what it sent last, round the end, and what came of it then comes
 * again, as fast or slow as it did, but within a second; to what was never sent
 * there is no answer.  Wires change as they did.
 */
extern const struct wire_backend replay_serial_wire, replay_stream_wire;

#endif
