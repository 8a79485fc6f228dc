#ifndef CORE_OUTLETS_H
#define CORE_OUTLETS_H

#include "core/loop.h"
#include "core/outlet.h"
#include "core/settings.h"
#include "core/update.h"

/*
 * The outlets of one device, as the engine switches them: one command at a
 * time for each, whoever gave it.  Policy, delays, the two halves of a cycle,
 * and the look at the device afterwards; core/outlet.h says what askers get.
 * Knows the device only by the calls below, and time only by the loop.
 *
 * A delayed command is kept before it is taken, and goes on after a restart
 * when it is not due yet; one that became due while nobody was there has
 * failed.  A cycle that was cut short is ended after a restart within
 * OUTLET_LATE_MAX, so that no outlet stays off by our death.
 */
#define OUTLET_CYCLE_OFF	10		/* s, where neither the settings nor the device say */
#define OUTLET_SEEN_MS		10000		/* for the device to show what was done */
#define OUTLET_BACK_MS		660000		/* for a device's own cycle to end: up to 600 s off */
#define OUTLET_LOOK_MS		1000		/* between looks meanwhile */
#define OUTLET_LATE_MAX		300		/* s */

struct outlets;

struct outlets_calls {
	/* To the driver; done exactly once, perhaps at once. */
	void		(*send)(void *arg, enum var command, const char *origin, result_fn *done, void *done_arg);
	void		(*look)(void *arg);		/* poll the device soon */
	void		(*publish)(void *arg);		/* what is said of an outlet differs */
	int64_t		(*wall)(void *arg);		/* s since 1970 */
	/* Why no text can be kept now, NULL: one can; and keep it, NULL: forget.  done may be NULL, and is never called at once. */
	const char	*(*unable)(void *arg);
	void		(*keep)(void *arg, unsigned outlet, const char *text, result_fn *done, void *done_arg);
	/* For the journal: it was taken (asked), or has ended so.  May be NULL. */
	void		(*tell)(void *arg, unsigned outlet, enum outlet_command, const char *origin, bool asked,
			    enum result, const char *detail);
	/* Why switching it off has to be confirmed, malloc'd; NULL: it need not. */
	char		*(*objection)(void *arg, unsigned outlet);
};

struct outlets	*outlets_new(struct loop *, const struct outlets_calls *, void *arg);
/* Askers that wait hear R_TIMEOUT; what is kept stays. */
void		 outlets_free(struct outlets *);
/* The device's name, for the log, and what is configured of its outlets: borrowed until the next call. */
void		 outlets_settings(struct outlets *, const char *device, const struct outlet_settings *, size_t n);
/* How the device compares with the one that was there when something was kept, or until now. */
enum outlets_device {
	OUTLETS_SAME,
	OUTLETS_SAME_PLACE,	/* the same hardware, spoken to in another way */
	OUTLETS_OTHER		/* another one, or none: the name alone is the same */
};
/*
 * What keep() was given in another life.  On another device nothing goes on;
 * of the same in another place what cuts power does not, while the second half
 * of a cycle still comes.
 */
void		 outlets_restore(struct outlets *, unsigned outlet, const char *text, enum outlets_device);
/* Likewise with what pends now: it ends as failed, and why is said. */
void		 outlets_abandon(struct outlets *, enum outlets_device, const char *why);

/*
 * Adds to what is about to be committed: configured names, remarks, and the
 * commands that follow from the driver's own (traits, which may be NULL).
 * Then, after the commit, whether what was commanded is seen: polled, the
 * readings are an answer of the device to a later question.
 */
void		 outlets_put(struct outlets *, const struct traits *, struct update *);
void		 outlets_seen(struct outlets *, const struct snapshot *, bool polled);

/* Whether the command is for here: the rest goes to the driver as it is. */
bool		 outlets_take(const struct outlets *, const struct traits *, enum var command);
/* traits: the driver's own; the snapshot may be NULL.  The result_fn comes exactly once, perhaps at once. */
void		 outlets_ask(struct outlets *, const struct traits *, const struct snapshot *, bool fresh,
		    const struct ask *, result_fn *, void *arg);
/*
 * What a command that the driver carries out by itself may do: outlet 0 is
 * all of them.  R_DONE, R_DENIED or R_CONFIRM, with *why malloc'd or NULL.
 */
enum result	 outlets_judge(const struct outlets *, unsigned outlet, bool off, bool confirm, char **why);
/* Whether a command of any outlet pends. */
bool		 outlets_busy(const struct outlets *);

#endif
