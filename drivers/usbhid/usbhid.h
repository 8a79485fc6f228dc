#ifndef DRIVERS_USBHID_H
#define DRIVERS_USBHID_H

#include "core/driver.h"

extern const struct driver	usbhid_driver;

#endif
