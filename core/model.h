#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "core/value.h"
#include "core/vars.h"

/*
 * What is known of every device, for those who show it.  A publisher cannot
 * tell whether it holds the engine's own model or a mirror of it.
 */
struct model;
struct device;		/* one UPS, PDU, transfer switch or load, by name */
struct snapshot;	/* all that one device said: complete, unchanging, counted */
struct traits;		/* what one device can do: commands, settable variables; likewise */
struct watch;		/* a subscription */

/* -- reading ------------------------------------------------------------- */

struct device	*model_find(const struct model *, const char *name, size_t len);	/* without case */
struct device	*model_next(const struct model *, const struct device *);	/* NULL starts; by name */
size_t		 model_size(const struct model *);

/* WAITING until the first good poll; STALE when the last one is older than max-age. */
enum device_state { DEVICE_WAITING, DEVICE_FRESH, DEVICE_STALE };

const char		*device_name(const struct device *);
/* A group of the configuration (core/group-view.h) is a device that nobody is shown as one. */
#define GROUP_PREFIX	"group:"
bool			 device_is_group(const struct device *);
enum device_state	 device_state(const struct device *);
struct model		*device_model(const struct device *);

/*
 * The current snapshot and traits, or NULL before the first.  Borrowed: good
 * until control returns to the loop.  Hold them to keep them longer, and
 * release what you hold (NULL is fine for both).
 */
const struct snapshot	*device_now(const struct device *);
const struct traits	*device_traits(const struct device *);
const struct snapshot	*snapshot_hold(const struct snapshot *);
void			 snapshot_release(const struct snapshot *);
const struct traits	*traits_hold(const struct traits *);
void			 traits_release(const struct traits *);

struct reading {
	enum var	 var;
	struct value	 value;		/* its text lives as long as the snapshot */
};

/* All of these take NULL for an empty snapshot. */
size_t			 snapshot_size(const struct snapshot *);
const struct reading	*snapshot_at(const struct snapshot *, size_t);	/* by name, hidden ones first */
const struct value	*snapshot_get(const struct snapshot *, enum var);	/* NULL: absent */
const char		*snapshot_text(const struct snapshot *, enum var);	/* NULL: absent or a number */
/* by name without case, as a client spells it; for a hidden name NULL */
const struct reading	*snapshot_lookup(const struct snapshot *, const char *name, size_t len);

struct range { struct value min, max; };

/* A variable that can be set.  No enums and no ranges: any text of up to maxlen bytes. */
struct settable {
	enum var		 var;
	unsigned		 maxlen;	/* 0: a number */
	size_t			 nenums, nranges;
	const char *const	*enums;
	const struct range	*ranges;
};

/* All of these take NULL for no traits at all. */
size_t			 traits_commands(const struct traits *);
enum var		 traits_command(const struct traits *, size_t);		/* by name */
bool			 traits_can(const struct traits *, enum var command);
size_t			 traits_settables(const struct traits *);
const struct settable	*traits_settable_at(const struct traits *, size_t);	/* by name */
const struct settable	*traits_settable(const struct traits *, enum var);	/* NULL: read only */

/* -- following ------------------------------------------------------------ */

enum {
	EV_ADDED = 1,		/* the device is new; before is NULL */
	EV_CHANGED = 2,		/* some reading differs between before and after */
	EV_STATE = 4,		/* device_state() differs */
	EV_TRAITS = 8,		/* device_traits() differ */
	EV_REMOVED = 16		/* the device is about to go; after is NULL */
};

struct change {
	unsigned		 events;	/* all that happened in this one commit */
	struct device		*device;
	const struct snapshot	*before, *after;	/* either may be NULL */
};

/* Inside any watch_fn watches may be added and cancelled, and updates committed. */
typedef void watch_fn(const struct change *, void *);
struct watch	*model_watch(struct model *, unsigned events, watch_fn *, void *arg);
void		 watch_cancel(struct watch *);		/* NULL is fine */

/* -- acting ----------------------------------------------------------------- */

enum result {
	R_DONE,
	R_UNKNOWN,		/* no such command, or variable, or device */
	R_READONLY,
	R_INVALID,		/* not a value that it takes */
	R_TOO_LONG,
	R_DENIED,		/* by configuration */
	R_CONFIRM,		/* critical: ask again with confirm */
	R_BUSY,			/* something else runs on it */
	R_FAILED,		/* the device said no, or did not do it */
	R_TIMEOUT,		/* the device did not answer: it may have done it, or not */
	R_GONE			/* the device is not reachable, or the request expired unsent */
};
const char	*result_text(enum result);	/* "the device did not answer" */

/* Whether it takes such a text: R_DONE, R_READONLY (for NULL), R_TOO_LONG or R_INVALID. */
enum result	 settable_takes(const struct settable *, const char *text);

/*
 * What it takes for this number: the number itself, or where it takes only some the next larger one,
 * or if largest and there is none that large its largest.  malloc'd; NULL: nothing.
 */
char		*settable_number(const struct settable *, struct value, bool largest);

enum request_kind {
	REQUEST_COMMAND,
	REQUEST_SET,
	REQUEST_FSD,		/* forced shutdown: name and value are not used, the device's state does not matter */
	REQUEST_FSD_CLEAR,	/* take it back, by hand */
	/*
	 * Keep the value as the device's remark of that name (core/remarks.h says which can be kept), or
	 * forget it (NULL).  R_DONE: it is safe on disk, and a remark of the device.  Nothing goes to the device.
	 * With test, R_DONE: it would be tried; R_GONE: the store is away or its disk full.
	 */
	REQUEST_KEEP,
	/*
	 * Sets what ups.timer.shutdown, .start or .reboot of a UPS counts, as UPS-MIB's control group has it: the
	 * value is "30", or "30 system off" with upsShutdownType (output or system) and upsAutoRestart (on or off),
	 * which are output and on where they are not said; "-1": cancel.  core/shutdowns.h says more.
	 */
	REQUEST_TIMER,
	REQUEST_KINDS
};

const char	*request_kind_word(enum request_kind);	/* "COMMAND", "SET", "FSD", "FSDCLEAR", "KEEP", "TIMER" */

static inline bool
request_is_fsd(enum request_kind kind)
{
	return kind == REQUEST_FSD || kind == REQUEST_FSD_CLEAR;
}

/* All borrowed for the call.  The origin goes to the audit: "nut admin@192.0.2.1". */
struct ask {
	enum request_kind	 kind;
	enum var		 name;		/* the command or the variable */
	const char		*value;		/* NULL: none */
	const char		*origin;
	bool			 confirm;
	bool			 test;		/* only say whether it would be taken; nothing is done */
	bool			 quiet;		/* in the engine: a refusal is no news, and not counted */
	unsigned		 expires_ms;	/* not begun by then: R_GONE; 0: 10 s */
};

/*
 * The result_fn is called exactly once, possibly before this returns; detail
 * is one sentence or NULL.  What is returned is good until then, and NULL when
 * it has ended already.  A request cannot be taken back, but its asker can
 * stop listening: pending_forget().
 */
typedef void result_fn(enum result, const char *detail, void *arg);
struct pending;
struct pending	*device_ask(struct device *, const struct ask *, result_fn *, void *arg);
void		 pending_forget(struct pending *);

/*
 * A publisher's own remark on a device, which the engine makes one of the
 * device's readings: name is one of core/remarks.h.  Told anew after each
 * change; there is no answer.
 */
void		 device_tell(struct device *, const char *remark, const char *text);

#endif
