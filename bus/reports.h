#ifndef BUS_REPORTS_H
#define BUS_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/hidwire.h"

/*
 * A recorded HID device, as busbarctl record writes it and a port "replay:FILE"
 * plays it.  What it is, its report descriptor, and a line for each thing that
 * it gave, with the ms since the beginning:
 *
 *	device 051d:0002 0106 "APC" "Back-UPS ES 700" "XX1111" 1-1.2
 *	descriptor 05840904a101...
 *	120 feature 01 = 010c		report 1, with its id if it has one
 *	130 feature 05			the device has none
 *	140 string 03 = 506241		as UTF-8
 *	500 input = 0104		by itself
 *
 * Bytes are hexadecimal.  What begins with # is a comment.  Pure.
 */
struct reports_event {
	enum hid_heard	 what;
	int64_t		 at;
	uint8_t		 number;
	bool		 there;
	struct buf	 bytes;
};

#define REPORTS_BYTES_MAX	(4 << 20)	/* of a recording */

struct reports {
	uint16_t		 vendor, product, release;
	char			*maker, *model, *serial, *place;	/* NULL: none */
	struct buf		 descriptor;
	struct reports_event	*events;
	size_t			 n, room;
	size_t			 size;		/* bytes of all events */
};

struct reports	*reports_new(void);
void		 reports_free(struct reports *);		/* NULL is fine */
struct reports	*reports_parse(const char *text, size_t len, char **why);	/* NULL: *why malloc'd */
void		 reports_set_device(struct reports *, const struct hid *);
/* bytes NULL: there is none.  False: it is full, or was before what is there already. */
bool		 reports_add(struct reports *, enum hid_heard, int64_t at, uint8_t number, const uint8_t *, size_t);
/* bus/mask.h */
void		 reports_mask(struct reports *, const char *text);
void		 reports_print(const struct reports *, struct buf *);

/* The last until then, else the first; NULL: there is none. */
const struct reports_event *reports_find(const struct reports *, enum hid_heard, uint8_t number, int64_t at);

#endif
