#ifndef BUS_REPLAYHID_H
#define BUS_REPLAYHID_H

#include "core/unit.h"

/*
 * Ports "replay:FILE" of drivers for HID devices: recorded reports
 * (bus/reports.h) answer for the device, each with what it was at that time, and
 * what it sent by itself comes when it came.  At the end it stays as it was.
 */
extern const struct wire_backend replay_hid_wire;

#endif
