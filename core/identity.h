#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include "core/driver.h"
#include "core/outlets.h"
#include "core/settings.h"

/*
 * Which device a section means, as two numbers that may be kept: where it is,
 * and how it is spoken to there.  What pends is for a device and not for its
 * name, which may stand for another one after a reload or a restart.  Pure.
 *
 * Secrets have no part in it.  One that is renewed leaves the device what it
 * is, and must cancel nothing that pends for it; and what is kept on disk must
 * tell nobody anything about a secret.
 */
struct identity {
	uint64_t	 place, source;
};

/* suffix: of one of several devices that the source speaks for, or NULL. */
struct identity	 identity_of(const struct driver *, const struct device_settings *, const char *suffix);
enum outlets_device identity_compare(const struct identity *was, const struct identity *now);

#endif
