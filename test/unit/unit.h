#ifndef TEST_UNIT_UNIT_H
#define TEST_UNIT_UNIT_H

/* What every unit test includes: cmocka wants these before its own header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"

#endif
