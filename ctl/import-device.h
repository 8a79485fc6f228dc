#ifndef CTL_IMPORT_DEVICE_H
#define CTL_IMPORT_DEVICE_H

#include "ctl/import.h"

/* A section of ups.conf on its way to a device section; what the files about devices share. */
struct device {
	struct import			*im;
	const struct nut_section	*section;
	const char			*port;
	struct buf			 options;	/* what is in the braces */
};

struct word {
	const char	*theirs, *ours;
};

/* An option of a NUT driver; NULL words: as it is, NULL ours: nothing is needed in its place. */
struct option_row {
	const char		*theirs, *ours;
	const struct word	*words;
};

struct driver_row {
	const char			*theirs;
	void				(*print)(struct device *);
	const struct option_row		*options;
	/* Whether we can have this one at all, by how it is configured; NULL: whenever it has a port. */
	bool				(*can)(const struct device *);
};

void	device_text(struct device *, const char *name, const char *text);
void	device_option(struct device *, const char *name, const char *value);
void	device_map(struct device *, const struct option_row *);	/* the options that have a counterpart */
void	device_end(struct device *);				/* its options, and what all drivers have */

/* UPSes on USB and serial lines; ends with a NULL name. */
extern const struct driver_row	import_ports[];

#endif
