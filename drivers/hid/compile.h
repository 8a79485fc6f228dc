#ifndef DRIVERS_HID_COMPILE_H
#define DRIVERS_HID_COMPILE_H

#include "drivers/fields.h"
#include "drivers/hid/profile.h"
#include "drivers/hid/usages.h"

/* From the sections of a profile, and of those that it is like, to its tables. */
struct compile {
	struct hid_profile	*p;
	struct conf_errors	*errors;
	const struct usages	*standard;
	struct usages		 own;
	const struct conf_item	*layer;
	size_t			 products_room, rows_room, commands_room;
};

#define HID_LAYERS_MAX	8

/* The first layer is the profile itself. */
struct hid_profile	*compile_hid(const struct conf_item *const *layers, size_t n, const struct usages *standard,
			    struct conf_errors *);
void			 compile_hid_free(struct hid_profile *);

/* compile-row.c */
void	compile_hid_variable(struct compile *, const struct conf_item *);	/* and keep */
void	compile_hid_status(struct compile *, const struct conf_item *);
void	compile_hid_alarm(struct compile *, const struct conf_item *);
void	compile_hid_command(struct compile *, const struct conf_item *);
uint8_t	compile_hid_factor(struct compile *, const char *name, struct conf_place);	/* its place; told when too many */

#endif
