#ifndef SUBAGENT_ABOUT_H
#define SUBAGENT_ABOUT_H

#include <stdbool.h>
#include <stdint.h>

/* Which part of a PDU, transfer switch or sensor a reading is about, by its name (doc/drivers.md).  Pure. */
enum thing {
	THING_OTHER,		/* rest: the whole name */
	THING_INPUT,		/* "input.voltage": the only inlet, or all of them together */
	THING_INLET,		/* "input.2.voltage" */
	THING_PHASE,		/* "input.L1.voltage" (item 0), "input.2.L1-L2.voltage" */
	THING_OUTLETS,		/* "outlet.current", "outlet.0.current": all together */
	THING_OUTLET,		/* "outlet.3.current" */
	THING_GROUP,		/* "outlet.group.2.current" */
	THING_SENSOR,		/* "ambient.temperature" (item 0), "ambient.2.temperature" */
	THING_FEED,		/* "feed.1.status", of a load */
	THING_CONTACT		/* "ambient.contacts.1.status", "ambient.2.contacts.1.status" */
};

/* Lines of an inlet, as bbPhaseIndex counts them; "L2-N" is L2. */
enum line { LINE_L1 = 1, LINE_L2, LINE_L3, LINE_N, LINE_L1_L2, LINE_L2_L3, LINE_L3_L1, LINES_END };

#define ABOUT_MAX	9999	/* the largest number of a thing */

struct about {
	enum thing	 thing;
	uint32_t	 item;
	uint32_t	 sub;		/* THING_PHASE: enum line; THING_CONTACT: its number */
	const char	*rest;		/* "current.status"; borrowed from the name */
};

struct about	 about_of(const char *name);
unsigned	 about_line(const char *word);	/* enum line of "L1", "L1-N", "L3-L1"; 0: none */

#endif
