#ifndef DRIVERS_HID_MEND_H
#define DRIVERS_HID_MEND_H

#include "drivers/hid/descriptor.h"

/*
 * Descriptors with limits that the values themselves contradict: mended by
 * name, as a profile says, before anything is read.
 */
extern const char *const	mend_names[];	/* NULL-ended */

void	descriptor_mend(struct descriptor *, unsigned which);	/* a place in mend_names */

#endif
