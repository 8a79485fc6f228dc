#ifndef BUS_USB_H
#define BUS_USB_H

#include "core/unit.h"

/* USB devices, through libusb: those of the HID class as reports, and any as bare transfers. */
extern const struct wire_backend hid_wire;
extern const struct wire_backend usb_wire;

#endif
