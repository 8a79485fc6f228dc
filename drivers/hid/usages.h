#ifndef DRIVERS_HID_USAGES_H
#define DRIVERS_HID_USAGES_H

#include "core/driver.h"
#include "drivers/hid/profile.h"

/* Names of usages: "usages { Voltage = 00840030 }", looked up without case. */
struct usage {
	const char	*name;		/* lives as long as the conf */
	uint32_t	 code;
};

struct usages {
	size_t		 n, room;
	struct usage	*list;
};

void	usages_add(struct usages *, const struct conf_item *section, struct conf_errors *);
void	usages_sort(struct usages *);
void	usages_free(struct usages *);

/*
 * "UPS.Input.[1].Voltage": names, of which the profile's own come before the
 * standard ones, numbers of eight digits in hexadecimal, and [n] for the step
 * into an indexed collection.  False: told.
 */
bool	usages_path(const struct usages *own, const struct usages *standard, const struct conf_value *,
	    struct hid_path *, struct conf_errors *);

#endif
