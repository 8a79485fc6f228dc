#ifndef DRIVERS_SIM_STATE_H
#define DRIVERS_SIM_STATE_H

#include "drivers/sim/act.h"

/* What commands made of a device: the inside of struct act, for act.c, state.c and orders.c. */

enum part { PART_AS_FILE, PART_NO, PART_YES };
enum test { TEST_NONE, TEST_SELF, TEST_CALIBRATION };
enum due_kind { DUE_OFF, DUE_ON, DUE_TEST_END };

/* Something that will happen by itself.  Each thing has at most one of a kind. */
struct due {
	enum due_kind	kind;
	enum var	status;		/* what goes on and off: ups.status, outlet.3.status */
	enum var	timer;		/* where the time left is shown; VAR_NONE: nowhere */
	int64_t		at;
	int64_t		back_ms;	/* DUE_OFF: on again so much later; -1: never */
	enum var	timer_on;	/* DUE_OFF: where the time until then is shown */
	bool		mains;		/* not on again before mains is there */
};

struct act {
	struct points	 points;
	struct dev	*dev;
	bool		 loop;
	size_t		 step;
	int64_t		 step_due;

	enum part	 off, bypass;	/* of the whole device */
	bool		 failure;	/* mains is pretended to have failed */
	enum test	 test;
	struct due	*dues;
	size_t		 ndues, dues_room;
};

bool	state_mains(const struct act *);
bool	state_is_off(const struct act *, enum var status);
void	state_switch(struct act *, enum var status, bool on);
void	state_later(struct act *, const struct due *);	/* replaces one of the same kind and status */
bool	state_cancel(struct act *, enum due_kind, enum var status);	/* true: there was one */
bool	state_test(struct act *, enum test, int64_t until);	/* false: one runs already */
bool	state_test_end(struct act *, const char *result);	/* false: none runs */

void	state_reset(struct act *, enum var changed);	/* the file says another thing of it */
void	state_play(struct act *, int64_t now);
int64_t	state_next(const struct act *, int64_t now);
void	state_show(struct act *, int64_t now);	/* ups.status and the timers, from all this */

#endif
