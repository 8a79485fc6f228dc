#ifndef CORE_READINGS_H
#define CORE_READINGS_H

#include "core/update.h"

/*
 * What one device says, for rules that hold alike for a snapshot and for an
 * update that is about to become one.  Everything is borrowed from it.
 */
struct readings {
	const struct value	*(*get)(const void *from, enum var);
	const void		*from;
	enum device_state	 state;
	unsigned		 status;	/* bits of core/status.h */
	uint64_t		 flags;		/* bits of core/flags.h: what the driver raised */
};

struct readings	readings_of_device(const struct device *);
struct readings	readings_of_update(const struct update *);

const struct value	*readings_get(const struct readings *, enum var);	/* NULL: absent */
const struct value	*readings_number(const struct readings *, enum var);	/* NULL: absent or a text */
/* As a client sees it; "" when absent.  Borrowed from the readings or from room. */
const char		*readings_text(const struct readings *, enum var, char room[VALUE_TEXT_MAX]);
/* For names that are no enumerators: "input.L1-N.voltage". */
enum var		 readings_var(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
/* Whether a remark that holds words holds this one. */
bool			 readings_has_word(const struct readings *, enum var, const char *word);

#endif
