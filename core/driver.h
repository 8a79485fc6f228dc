#ifndef CORE_DRIVER_H
#define CORE_DRIVER_H

/* All that a driver may include, besides libc and its own folder. */

#include "core/conf.h"
#include "core/mem.h"
#include "core/model.h"
#include "core/wire.h"

struct unit;		/* one configured source: a driver on a wire */
struct request;		/* a command or a setting on its way through a driver */

enum wire { WIRE_NONE, WIRE_SNMP, WIRE_STREAM, WIRE_FILE, WIRE_SERIAL, WIRE_HID, WIRE_USB };

/* Words that a driver takes in options = {"name=value"}.  Ends with a NULL name. */
struct option {
	const char	*name;
	const char	*dflt;		/* NULL: none */
	bool		 secret;	/* never logged or shown; "@/path" is read */
	const char	*text;		/* one line for the manual */
};

/*
 * A driver turns one dialect into readings.  It holds no globals, opens
 * nothing, keeps no clock and never blocks; the host does all of that.
 *
 * The host calls start once the wire is up, then poll at every interval, then
 * stop.  start ends with unit_ready() or unit_fail(), poll with unit_done() or
 * unit_fail(), command with request_done(): now or from a later callback, and
 * exactly once.  Until then the host calls nothing but stop.  After a
 * unit_fail() in start, the host calls stop and, after a back-off, start again
 * with a fresh state.  After stop no callback of a wire arrives.
 */
struct driver {
	const char		*name;		/* its word in busbar.conf */
	const char		*title;		/* one line for the manual */
	enum wire		 wire;
	const enum wire		*also;		/* further wires, ended by WIRE_NONE: the port tells which; may be NULL */
	const struct option	*options;	/* may be NULL */
	unsigned		 poll_ms, poll_full_ms;		/* defaults */
	bool			 estimates;	/* computes charge and runtime where the device tells none, when asked to */
	bool			 verbatim;	/* the host adds no driver.* and device.* readings */
	const char		*service;	/* the TCP port where the setting names none: "3493" */
	size_t			 size;		/* of the state, zeroed by the host */

	/*
	 * Device knowledge: turns the profile files below profiles/NAME/ into the
	 * driver's own tables, once for all units; mistakes go to the list with
	 * their file and line.  May be NULL.  The tables outlive every unit.
	 * Drivers of one folder have one learn(), and one set of tables.
	 */
	const char *profiles;	/* the folder; NULL: of the driver's name */
	void	*(*learn)(const struct conf *const *profiles, size_t n, struct conf_errors *);
	void	 (*forget)(void *knowledge);
	bool	 (*knows)(const void *knowledge, const char *profile);	/* NULL: there are no profiles */

	/*
	 * Whether the section is a device itself, by its options (there is no state
	 * yet); if not, there are only those of unit_device().  NULL: it is.
	 */
	bool	(*own)(const struct unit *);

	/* NULL, or what is wrong with the options, malloc'd; there is no state.  May be NULL. */
	char	*(*check)(const struct unit *);
	/* WIRE_SERIAL, also among others, and never NULL there: how the line is when it opens, by the options and the profile. */
	void	 (*line)(const struct unit *, struct serial_line *);

	void	(*start)(struct unit *);
	void	(*poll)(struct unit *, bool full);
	void	(*command)(struct unit *, struct request *);	/* NULL: takes none */
	/* unit_wake() is due, or the file changed; never while an operation runs.  May be NULL. */
	void	(*woken)(struct unit *);
	void	(*stop)(struct unit *);		/* may be NULL */
};

extern const struct driver *const drivers[];	/* NULL-ended; drivers/drivers.c */
const struct driver	*driver_find(const char *name);

void		*unit_state(struct unit *);
const void	*unit_knowledge(const struct unit *);
const char	*unit_name(const struct unit *);		/* of its device, for messages */
const char	*unit_option(const struct unit *, const char *name);	/* NULL: not given, no default */
bool		 unit_estimates(const struct unit *);		/* the user asks for them */
const char	*unit_profile(const struct unit *);		/* "auto" or a name */
enum wire	 unit_wire(const struct unit *);		/* which of its driver's */
struct peer	*unit_peer(struct unit *);
struct stream	*unit_stream(struct unit *);		/* WIRE_STREAM, WIRE_SERIAL */
struct file	*unit_file(struct unit *);
struct hid	*unit_hid(struct unit *);
struct usb	*unit_usb(struct unit *);
int64_t		 unit_now(const struct unit *);			/* ms, for timers that a driver plays */
void		 unit_wake(struct unit *, int64_t ms);		/* one alarm: woken() after ms; -1: none */

/* How an operation ends. */
void	unit_ready(struct unit *);
void	unit_done(struct unit *);	/* publish this round's readings as one snapshot */
void	unit_fail(struct unit *, const char *fmt, ...)	/* this round is void; say why */
	    __attribute__((__format__(__printf__, 2, 3)));
/*
 * From woken, poll or a callback: the device is another one.  Ends what runs,
 * a command apart, and starts again; the state may be gone when it returns.
 */
void	unit_restart(struct unit *);

/*
 * Readings of the round in progress; from woken() too, which unit_done() then
 * publishes as a round of its own (a push).  A quick round replaces what quick
 * rounds put and keeps what only full rounds put; a full round replaces all;
 * a push only adds and replaces.  The text is copied.
 */
void	unit_put(struct unit *, enum var, struct value);
void	unit_put_text(struct unit *, enum var, const char *);
void	unit_absent(struct unit *, enum var);	/* in a push: it is no longer there */
/* Adds words to ups.status, each once.  Status, alarms and flags are made anew by every round and push. */
void	unit_status(struct unit *, const char *words);
void	unit_alarm(struct unit *, const char *text);	/* adds a text to ups.alarm; ALARM follows by itself */
void	unit_flag(struct unit *, const char *flag);	/* a word of core/flags.h */
void	unit_type(struct unit *, const char *type);	/* ups pdu ats scd psu */
/* What the source calls it for people, where the configuration says nothing; NULL: no more. */
void	unit_description(struct unit *, const char *text);

/* What the device can do; stays until unit_forget_traits(). */
void	unit_forget_traits(struct unit *);
void	unit_command(struct unit *, enum var);
/*
 * Where a command of the whole device has its time from, in s: of the delayed
 * ones and of shutdowns until it acts, of shutdown.reboot how long it stays off.
 */
enum timing {
	TIMING_SETTING,		/* ups.delay.shutdown or .start: of what a driver says nothing about */
	TIMING_VALUE,		/* the command's value; "-1" of load.off.delay and load.on.delay stops what counts */
	TIMING_OWN		/* nobody can tell it */
};
void	unit_timing(struct unit *, enum var command, enum timing);
void	unit_settable(struct unit *, const struct settable *);	/* copied */

/*
 * A source that speaks for several devices: what follows is about this one;
 * NULL: the unit's own.  False: there cannot be such a device, since its name
 * is taken or none that we can use (the log knows); what follows is ignored.
 */
bool	unit_device(struct unit *, const char *suffix);
/* Those that are there, also from before a restart: NULL starts, and ends.  Borrowed until one is gone. */
const char	*unit_next_device(const struct unit *, const char *suffix);
/* In a poll, about the device of the last unit_device(), which unit_done() then leaves alone: */
void	unit_device_done(struct unit *);	/* that was all there is to say of it: publish it now */
bool	unit_device_same(struct unit *);	/* all as at its last round; false: there was none, say it all */
/*
 * The number of the outlet of that label, of the device of the last
 * unit_device(): given once, kept over restarts, never another's.  0: there is
 * no more.
 */
uint32_t unit_number(struct unit *, const char *label);
/* The source has no good news of it: stale, or waiting if it is not connected there. */
void	unit_device_lost(struct unit *, enum device_state, const char *why);
void	unit_device_gone(struct unit *);	/* the source no longer has it */

const char		*request_device(const struct request *);	/* NULL: the unit's own */
enum request_kind	 request_kind(const struct request *);
enum var		 request_name(const struct request *);
const char		*request_value(const struct request *);	/* NULL: none */
/* After R_DONE the host polls at once, so that everybody sees what it did. */
void			 request_done(struct request *, enum result, const char *detail);

void	unit_log(const struct unit *, const char *fmt, ...)	/* a change worth a line */
	    __attribute__((__format__(__printf__, 2, 3)));
void	unit_debug(const struct unit *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));

#endif
