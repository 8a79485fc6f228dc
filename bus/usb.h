#ifndef BUS_USB_H
#define BUS_USB_H

#include "core/unit.h"

/* HID devices on USB, through libusb. */
extern const struct wire_backend usb_wire;

#endif
