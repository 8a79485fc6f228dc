#ifndef DRIVERS_CONTACT_CONTACT_H
#define DRIVERS_CONTACT_CONTACT_H

#include "core/driver.h"

extern const struct driver contact_driver;

#endif
