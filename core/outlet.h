#ifndef CORE_OUTLET_H
#define CORE_OUTLET_H

#include "core/model.h"

/*
 * One outlet of a device, for those who show or command it.  Pure.
 *
 * It is commanded by device_ask() with one of the names below; the engine
 * decides, whoever asks:
 *
 *	R_UNKNOWN	it cannot be switched, or there is no such outlet
 *	R_DENIED	writable = no
 *	R_CONFIRM	off or cycle of a critical outlet, or of the last live feed
 *			of a load, without ask.confirm
 *	R_BUSY		a command pends already: cancel it first
 *	R_INVALID	not a delay
 *	R_GONE		the device is not fresh
 *	R_FAILED	a delayed one that no disk takes
 *
 * on, off and cycle end when the device shows what was wanted: R_DONE is what
 * it shows, not that it took the request; else R_FAILED, or R_TIMEOUT when it
 * shows nothing.  The delayed forms are answered when they are taken, and
 * their value is the delay in s, 0 to OUTLET_DELAY_MAX (NULL or "": the
 * device's own outlet.N.delay.shutdown or .delay.start, else
 * OUTLET_DELAY_OFF or OUTLET_DELAY_ON); how they ended is shown by
 * outlet_said() and told as an event.  A cancel of nothing is R_DONE.
 * With ask.test all of this is only said, and nothing is done.
 */
enum outlet_command {		/* the numbers are those of bbOutletCommand */
	OUTLET_NONE, OUTLET_ON, OUTLET_OFF, OUTLET_CYCLE,
	OUTLET_DELAYED_ON, OUTLET_DELAYED_OFF, OUTLET_DELAYED_CYCLE, OUTLET_CANCEL,
	OUTLET_COMMANDS
};

enum outlet_result {		/* the numbers are those of bbOutletLastResult */
	OUTLET_NEVER, OUTLET_OK, OUTLET_REFUSED, OUTLET_UNSUPPORTED, OUTLET_FAILED, OUTLET_TIMED_OUT,
	OUTLET_PENDING,
	OUTLET_RESULTS
};

#define OUTLET_DELAY_MAX	86400	/* s */
#define OUTLET_DELAY_OFF	20	/* s, where neither the asker nor the device says: as NUT's drivers have it */
#define OUTLET_DELAY_ON		30
#define OUTLET_MAX		9999	/* the highest number of an outlet */

/* "outlet.3.load.off.delay" of outlet 3 and OUTLET_DELAYED_OFF. */
enum var	 outlet_command_var(unsigned outlet, enum outlet_command);
/* OUTLET_NONE: it is no such name. */
enum outlet_command outlet_command_of(enum var, unsigned *outlet);
const char	*outlet_command_word(enum outlet_command);	/* "load.off.delay" */
enum outlet_command outlet_command_named(const char *word);	/* the other way round; OUTLET_NONE: it is none */
enum outlet_command outlet_base_of(enum outlet_command);	/* on, off or cycle, whenever it acts */
bool		 outlet_cuts_power(enum outlet_command);	/* at once or later, for good or for a while */
/* The number of the outlet that a name is about, and the rest behind its dot; 0: none, or a group of outlets. */
unsigned	 outlet_number(const char *name, const char **rest);
enum outlet_result outlet_result_of(enum result);

/* What a device calls an outlet, behind "outlet.N.": names that a configuration may use.  NULL-ended. */
extern const char *const outlet_labels[];

/*
 * The outlets that a device has, by what it shows and takes: from the first
 * to the last of their numbers, and whether one of them has this number.
 */
struct outlet_range {
	unsigned	 first, last;	/* 0: it has none, or has not said so yet */
	bool		 has;
};

struct outlet_range outlet_range(const struct snapshot *, const struct traits *, unsigned outlet);

/* What the device shows of it: 1: on, 0: off, -1: it does not say. */
int		 outlet_shown_state(const struct snapshot *, unsigned outlet);

/* What it is called: as it was named, else what the device calls it.  In the room, or borrowed; NULL: nothing. */
const char	*outlet_shown_name(const struct snapshot *, unsigned outlet, char room[VALUE_TEXT_MAX]);

/* What the engine says of an outlet, read from its device's remarks. */
struct outlet_said {
	bool			 critical, readonly;
	enum outlet_command	 pending;	/* OUTLET_NONE: nothing pends */
	int64_t			 due;		/* ms of CLOCK_MONOTONIC; of what pends, when it acts next */
	enum outlet_command	 last;		/* OUTLET_NONE: there was none yet */
	enum outlet_result	 result;	/* of the last */
	int64_t			 time;		/* s since 1970: when the last was taken, or has ended */
	const char		*origin;	/* who gave the last: borrowed from the snapshot, as long as it; or NULL */
};

void		 outlet_said(const struct snapshot *, unsigned outlet, struct outlet_said *);
/* Likewise of a group of outlets; a device that keeps groups itself has nothing said of them. */
void		 group_said(const struct snapshot *, unsigned group, struct outlet_said *);
/* The remarks that outlet_said() reads; malloc'd. */
char		*outlet_pending_text(enum outlet_command, int64_t due);
char		*outlet_last_text(enum outlet_result, enum outlet_command, int64_t time, const char *origin);

#endif
