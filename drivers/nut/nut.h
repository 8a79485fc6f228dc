#ifndef DRIVERS_NUT_NUT_H
#define DRIVERS_NUT_NUT_H

#include "core/driver.h"

extern const struct driver nut_driver;

#endif
