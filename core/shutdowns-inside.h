#ifndef CORE_SHUTDOWNS_INSIDE_H
#define CORE_SHUTDOWNS_INSIDE_H

#include "core/shutdowns.h"

/* The inside of core/shutdowns.h, shared by shutdowns*.c and nobody else. */

#define STEPS_MAX	3

/* One request to the driver. */
struct step {
	enum request_kind	 kind;
	enum var		 name;
	char			*value;		/* malloc'd; NULL: none */
};

enum order_kind { ORDER_OFF, ORDER_ON, ORDER_REBOOT };

/* What is to be done for an order, and who counts. */
struct plan {
	struct step	 steps[STEPS_MAX];
	size_t		 n;
	size_t		 pause;		/* busbard counts before this step; n: never */
	int64_t		 given;		/* s that the device counts after the last step; what comes to it from its own settings too */
};

enum job_phase {
	JOB_IDLE,
	JOB_COUNTING,		/* by busbard */
	JOB_MAINS,		/* it is due, and waits for mains */
	JOB_SENDING,
	JOB_GIVEN		/* the device counts */
};

struct job {
	struct shutdowns	*all;
	const char		*which;		/* "off", "on": as it is kept */
	enum order_kind		 kind;
	enum job_phase		 phase;
	struct plan		 plan;
	size_t			 step;
	int64_t			 seconds;	/* asked for; -1: as the device has it */
	bool			 system, restart;	/* upsShutdownType, upsAutoRestart */
	bool			 hosts;		/* waits only until nobody is logged in */
	int64_t			 due;		/* ms: when the power goes, or comes */
	unsigned		 tries;
	unsigned		 serial;	/* of the order: another one at each change */
	char			*origin;
	result_fn		*fn;		/* of who waits for the outcome; NULL: nobody */
	void			*fn_arg;
	struct timer		*timer;
};

/* The power that was cut, until it is seen back. */
struct cut {
	bool			 open, seen;	/* seen: off, or silent */
	bool			 system, restart;
	int64_t			 due;		/* ms */
};

struct shutdowns {
	struct loop			*loop;
	const struct shutdowns_calls	*calls;
	void				*arg;
	const char			*device;
	struct shutdowns_settings	 settings;
	struct job			 off, on;	/* a reboot is an order to come on, with power cut before */
	struct cut			 cut;
	struct timer			*tick;		/* the next second of a countdown */
	bool				 closing;
};

/* shutdowns-plan.c: which requests make it true */
/* R_DONE with a plan, R_UNKNOWN: it cannot at all, or R_INVALID: not so. */
enum result	 plan_off(const struct shutdowns *, int64_t seconds, bool system, bool restart, struct plan *);
enum result	 plan_on(const struct shutdowns *, int64_t seconds, struct plan *);
enum result	 plan_reboot(const struct shutdowns *, int64_t seconds, struct plan *);
/* One command as a NUT client gives it; seconds -1: as the device has it; value: whatever else comes with it. */
enum result	 plan_command(const struct shutdowns *, enum var command, int64_t seconds, const char *value,
		    struct plan *);
/* Takes back what the device counts; false: it cannot. */
bool		 plan_stop(const struct shutdowns *, enum order_kind, struct plan *);
/* Puts that before all that is planned; false: it cannot. */
bool		 plan_stop_first(const struct shutdowns *, struct plan *);
void		 plan_clear(struct plan *);
void		 plan_add(struct plan *, enum request_kind, enum var, const char *value);	/* copies */
/* Adds the command as it acts soonest: at once, or with the delay that is the device's own; false: it cannot. */
int64_t		 plan_own_delay(const struct shutdowns *, enum var command);	/* s; 0: at once, or nobody knows */
bool		 plan_tell(const struct shutdowns *, struct plan *, enum var command);

/* shutdowns-run.c: an order from its taking to its end */
void		 job_begin(struct job *);
void		 job_go_on(struct job *);		/* count, from where it was kept */
void		 job_answer(struct job *, enum result, const char *detail);
void		 job_close(struct job *, enum result, const char *detail);
void		 job_end(struct job *, enum result, const char *detail);	/* and says why, if it was not done */
void		 job_on_timer(void *job);
const char	*job_word(const struct job *);		/* "shutdown" */

/* shutdowns-show.c */
enum var	 job_timer(enum order_kind);		/* where its countdown is shown */
bool		 job_is_counted(const struct job *);	/* by busbard */

#endif
