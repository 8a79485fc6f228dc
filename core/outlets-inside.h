#ifndef CORE_OUTLETS_INSIDE_H
#define CORE_OUTLETS_INSIDE_H

#include <sys/queue.h>

#include "core/outlets.h"

/* The inside of core/outlets.h, shared by outlets*.c and nobody else. */

enum phase {
	PHASE_IDLE, PHASE_KEEPING, PHASE_DELAY, PHASE_FORGETTING,
	PHASE_SEND_OFF, PHASE_SEE_OFF, PHASE_REST, PHASE_SEND_ON, PHASE_SEE_ON,
	PHASE_SEND_CYCLE, PHASE_SEE_DIP, PHASE_SEE_BACK
};

/* One that was commanded since we started. */
struct outlet {
	TAILQ_ENTRY(outlet)	 entry;
	struct outlets		*outlets;
	unsigned		 number;
	enum phase		 phase;
	enum outlet_command	 command;	/* what was asked */
	bool			 confirmed;
	bool			 own_cycle;	/* the device's; else we count */
	bool			 shown;		/* it has shown some state since the last step */
	bool			 looked;	/* there was news of the device since */
	int64_t			 due, deadline;	/* ms */
	unsigned		 rest;		/* s, between off and on */
	unsigned		 tries;
	enum result		 trouble;	/* of the first half of a cycle; R_DONE: none */
	struct timer		*timer;
	char			*origin;
	char			*canceller;	/* of what is being forgotten; NULL: nothing is */
	result_fn		*fn;		/* of who waits for the outcome; NULL: nobody */
	void			*fn_arg;
	enum outlet_command	 last;
	enum outlet_result	 last_result;
	int64_t			 last_time;
	char			*last_origin;
};

struct outlets {
	struct loop			*loop;
	const struct outlets_calls	*calls;
	void				*arg;
	const char			*device;
	const struct outlet_settings	*settings;
	size_t				 nsettings;
	unsigned			*numbers;	/* of the configured ones; 0: the device has no such */
	struct traits			*from;		/* the driver's, of which the offers were made; NULL: not made */
	enum var			*offers;	/* commands besides the driver's */
	size_t				 noffers, offers_room;
	bool				 told;		/* the log knows which it has not */
	unsigned			 news;		/* of the device, so far */
	bool				 closing;
	struct timer			*tick;		/* while a countdown is shown */
	TAILQ_HEAD(, outlet)		 list;
};

/* outlets.c */
struct outlet	*outlets_find(const struct outlets *, unsigned number);	/* NULL: never commanded */
bool		 outlets_can(const struct traits *, unsigned number, enum outlet_command);
bool		 outlets_switchable(const struct traits *, unsigned number, enum outlet_command);

/* outlets-run.c: a command from its taking to its end */
void		 outlet_note(struct outlet *, enum outlet_result, enum outlet_command, const char *origin);
void		 outlet_tell(const struct outlet *, bool asked, enum result, const char *detail);
void		 outlet_answer(struct outlet *, enum result, const char *detail);
void		 outlet_end(struct outlet *, enum result, const char *detail);
void		 outlet_begin(struct outlet *);
void		 outlet_enter(struct outlet *, enum phase);
char		*outlet_kept_text(const struct outlet *, const char *phase, int64_t left_ms);
result_fn	 outlet_on_kept;
/* Nothing is done any more of what waits; fn has the answer when no restart can bring it back. */
void		 outlet_forget(struct outlet *, const char *origin, result_fn *fn, void *arg);
void		 outlet_on_timer(void *outlet);

/* outlets-show.c */
unsigned	 outlets_resolve(const struct traits *, const struct update *, const char *label);
void		 outlets_on_tick(void *outlets);

#endif
