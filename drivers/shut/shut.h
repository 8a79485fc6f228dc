#ifndef DRIVERS_SHUT_SHUT_H
#define DRIVERS_SHUT_SHUT_H

#include "core/driver.h"

extern const struct driver shut_driver;

#endif
