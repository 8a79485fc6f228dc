#ifndef DAEMON_BACKENDS_H
#define DAEMON_BACKENDS_H

#include "core/unit.h"

/* Every kind of wire there is, one backend each; NULL-ended. */
extern const struct wire_backend *const wire_backends[];

#endif
