#ifndef CORE_SHUTDOWNS_H
#define CORE_SHUTDOWNS_H

#include "core/driver.h"
#include "core/loop.h"
#include "core/outlets.h"
#include "core/readings.h"

/*
 * When one UPS goes off or comes on because somebody ordered it: UPS-MIB's
 * control group (REQUEST_TIMER) and NUT's shutdown commands, one queue for
 * both.  There is one order to go off at a time and one to come on; a newer
 * one replaces it.
 *
 * The device counts, where its driver can give it the time: as the value of a
 * command, or in ups.delay.shutdown or .start.  Else busbard counts and gives
 * the command when it is due; the log and the reading
 * experimental.ups.timer.shutdown.counter (busbard or device) say which.
 * ups.timer.shutdown, .start and .reboot are shown either way.
 *
 * An order that busbard counts is kept, and goes on when busbard comes back
 * before it is due, in the same boot of the host and with the same device.
 * One to go off is never carried out later than that.  The way back on is, up
 * to OUTLET_LATE_MAX.  Nothing waits for the disk: an order that cannot be
 * kept is taken, and ends with busbard.
 *
 * Before the power goes, its clients are told of a forced shutdown (FSD), at
 * once: they have the delay that was asked for, whoever counts it.  A command
 * without a delay waits up to hostsync for those who are logged in.
 *
 * An order is answered when the device has taken it, or when busbard counts
 * or waits for hosts.  Results:
 *
 *	R_UNKNOWN	the device cannot be switched so at all
 *	R_INVALID	not a time, or no way to do it as asked at this time
 *	R_BUSY		it cannot be taken back any more
 *	R_GONE		the device is not fresh
 */
#define SHUTDOWN_MAX		2147483647	/* s */
#define REBOOT_MAX		300		/* s: upsRebootWithDuration */
#define SHUTDOWN_SEEN_MS	60000		/* after it was due: for the device to be seen off */

struct shutdowns;

struct shutdowns_calls {
	/* To the driver; done exactly once, perhaps at once. */
	void			 (*send)(void *arg, enum request_kind, enum var, const char *value, const char *origin,
				    result_fn *done, void *done_arg);
	enum timing		 (*timing)(void *arg, enum var command);
	const struct traits	*(*traits)(void *arg);			/* the driver's own */
	struct readings		 (*readings)(void *arg);
	void			 (*force)(void *arg, const char *origin);	/* sets FSD; published later */
	unsigned		 (*logins)(void *arg);
	void			 (*publish)(void *arg);
	int64_t			 (*wall)(void *arg);		/* s since 1970 */
	const char		*(*boot)(void *arg);		/* another text at each boot; no blanks in it */
	void			 (*keep)(void *arg, const char *which, const char *text);	/* NULL: forget */
	/* For the journal: "shutdown" was asked, or has ended so. */
	void			 (*tell)(void *arg, const char *order, int64_t seconds, const char *origin, bool asked,
				    enum result, const char *detail);
};

struct shutdowns_settings {
	bool	 fsd_before_shutdown, restart_on_mains;
	int64_t	 hostsync_ms;
};

struct shutdowns	*shutdowns_new(struct loop *, const struct shutdowns_calls *, void *arg);
void		 shutdowns_free(struct shutdowns *);	/* askers that wait hear R_TIMEOUT; what is kept stays */
void		 shutdowns_settings(struct shutdowns *, const char *device, const struct shutdowns_settings *);

/* Whether a command is for here; REQUEST_TIMER always is. */
bool		 shutdowns_take(const struct shutdowns *, enum var command);
/* The result_fn comes exactly once, perhaps at once. */
void		 shutdowns_ask(struct shutdowns *, const struct ask *, result_fn *, void *arg);
/* The driver has carried out a command that was not ordered here: if it cuts power, what follows is the same. */
void		 shutdowns_note(struct shutdowns *, enum var command);
void		 shutdowns_logins_gone(struct shutdowns *);	/* nobody is logged in any more */

/* What keep() was given in another life. */
void		 shutdowns_restore(struct shutdowns *, const char *which, const char *text, enum outlets_device);
void		 shutdowns_abandon(struct shutdowns *, enum outlets_device, const char *why);

/* Adds countdowns to what is about to be committed. */
void		 shutdowns_put(struct shutdowns *, struct update *);
/* The alarms that follow from what was ordered, as bits of core/flags.h. */
uint64_t	 shutdowns_flags(const struct shutdowns *, const struct update *);
/* After the commit; polled: it is an answer of the device. */
void		 shutdowns_seen(struct shutdowns *, bool polled);
/* An order to go off runs, or the device was not seen on again since. */
bool		 shutdowns_pending(const struct shutdowns *);

#endif
