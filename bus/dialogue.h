#ifndef BUS_DIALOGUE_H
#define BUS_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/*
 * A recorded conversation with a device, as busbarctl record writes it and a
 * port "replay:FILE" plays it.  One line for each thing that happened:
 *
 *	120 > "Q1\r"		the driver sent it
 *	180 < "(226.0 ...\r"	it came from the device
 *	200 = CTS DCD		the device's wires are so from then on
 *
 * The number is ms since the beginning.  A text is as in C: \r \n \t \\ \" and
 * \xNN.  What begins with # is a comment.  Pure: text in, events or the first
 * mistake out.
 */
enum dialogue_kind { DIALOGUE_SENT, DIALOGUE_CAME, DIALOGUE_WIRES };

struct dialogue_event {
	enum dialogue_kind	 kind;
	int64_t			 at;
	struct buf		 bytes;
	unsigned		 wires;		/* of enum serial_wire, the device's */
};

#define DIALOGUE_BYTES_MAX	(4 << 20)	/* of a recording */

struct dialogue {
	struct dialogue_event	*events;
	size_t			 n, room;
	size_t			 size;		/* bytes of all events */
};

struct dialogue	*dialogue_new(void);
void		 dialogue_free(struct dialogue *);		/* NULL is fine */
struct dialogue	*dialogue_parse(const char *text, size_t len, char **why);	/* NULL: *why malloc'd */
/* What came in pieces is one event.  False: it is full, or came before what is there already. */
bool		 dialogue_add(struct dialogue *, enum dialogue_kind, int64_t at, const void *, size_t);
bool		 dialogue_add_wires(struct dialogue *, int64_t at, unsigned wires);
/* bus/mask.h */
void		 dialogue_mask(struct dialogue *, const char *text);
void		 dialogue_print(const struct dialogue *, struct buf *);

/* The next after i, round the end, that the driver sent just so; n: there is none. */
size_t		 dialogue_find(const struct dialogue *, size_t i, const void *, size_t);

#endif
