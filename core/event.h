#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

/*
 * Something that happened: a kind, a device, and what else there is to say of
 * it as named texts.  The journal has all of them; those that managers are
 * notified of besides say which notification cancels which.
 *
 *	id, word, notified, family, side, object
 *
 * Of two that wait for the same device, family and object, and stand on
 * opposite sides, neither is sent: nobody has heard of the first; but where it
 * goes on from an earlier one of its side (a field "was" says what that said), or
 * is about another row (a field "id"), both are.  Of many alike
 * of one family that wait, the first and the last are sent.  The object
 * is the name of the field that tells, say, one alarm from another.
 */
#define EVENT_LIST(E) \
	E(BEGAN,		"began",		false, 0, 0, NULL) /* the journal; version */ \
	E(ALARM_ADDED,		"alarm-added",		true, 1, +1, "alarm") /* alarm id text */ \
	E(ALARM_REMOVED,	"alarm-removed",	true, 1, -1, "alarm") /* alarm id text */ \
	E(ON_BATTERY,		"on-battery",		true, 1, +1, "alarm") /* minutes seconds low */ \
	E(TEST_COMPLETED,	"test-completed",	true, 0, 0, NULL) /* test lock summary detail began took */ \
	E(DEVICE_UP,		"device-up",		true, 2, -1, NULL) /* state */ \
	E(DEVICE_STALE,		"device-stale",		true, 2, +1, NULL) /* state */ \
	E(DEVICE_ADDED,		"device-added",		true, 3, +1, NULL) /* state */ \
	E(DEVICE_REMOVED,	"device-removed",	true, 3, -1, NULL) /* state */ \
	E(FSD_SET,		"fsd-set",		false, 0, 0, NULL) /* origin */ \
	E(FSD_CLEARED,		"fsd-cleared",		false, 0, 0, NULL) /* origin */ \
	E(COMMAND_ASKED,	"command-asked",	false, 0, 0, NULL) /* command value origin */ \
	E(COMMAND_ENDED,	"command-ended",	false, 0, 0, NULL) /* command value origin result detail */ \
	E(COMMAND_REFUSED,	"command-refused",	true, 0, 0, "result") /* command origin result detail */ \
	E(OUTLET_ASKED,		"outlet-asked",		false, 0, 0, NULL) /* outlet command origin */ \
	E(OUTLET_ENDED,		"outlet-ended",		false, 0, 0, NULL) /* outlet command origin result detail */ \
	E(GROUP_ASKED,		"group-asked",		false, 0, 0, NULL) /* command value origin; the device is the group */ \
	E(GROUP_ENDED,		"group-ended",		false, 0, 0, NULL) /* command value origin result detail */ \
	E(GROUP_FAILED,		"group-failed",		true, 0, 0, NULL) /* as group-ended, and code: of bbGroupLastResult */ \
	E(OUTLET_FAILED,	"outlet-failed",	true, 0, 0, "outlet") /* outlet name command origin result code detail */ \
	E(OUTLET_CHANGED,	"outlet-changed",	true, 5, 0, "outlet") /* outlet name state before origin */ \
	E(BREAKER_OPENED,	"breaker-opened",	true, 6, +1, "breaker") /* breaker name state before */ \
	E(BREAKER_CLOSED,	"breaker-closed",	true, 6, -1, "breaker") /* breaker name state before */ \
	E(LIMIT_CROSSED,	"limit-crossed",	true, 7, +1, "reading") /* reading value state before */ \
	E(LIMIT_CLEARED,	"limit-cleared",	true, 7, -1, "reading") /* reading value state before */ \
	E(SENSOR_CHANGED,	"sensor-changed",	true, 8, 0, "reading") /* reading value before name */ \
	E(TRANSFERRED,		"transferred",		true, 9, 0, NULL) /* source before reason */ \
	E(FEEDS_REDUCED,	"feeds-reduced",	true, 4, +1, NULL) /* state alive needed feeds was */ \
	E(FEEDS_RESTORED,	"feeds-restored",	true, 4, -1, NULL) /* state alive needed feeds */ \
	E(VALUE_KEPT,		"value-kept",		false, 0, 0, NULL) /* name value origin result */ \
	E(ACCESS_REFUSED,	"access-refused",	true, 0, 0, NULL) /* by text */ \
	E(CONFIG_RELOADED,	"config-reloaded",	true, 0, 0, NULL) /* text */ \
	E(CONFIG_REJECTED,	"config-rejected",	true, 0, 0, NULL) /* text */ \
	E(DROPPED,		"dropped",		true, 0, 0, NULL) /* text */

enum event_kind {
#define EVENT_ENUM(id, word, notified, family, side, object)	EVENT_##id,
	EVENT_LIST(EVENT_ENUM)
#undef EVENT_ENUM
	EVENT_KINDS
};

struct event_facts {
	const char	*word;
	bool		 notified;
	int		 family, side;
	const char	*object;	/* NULL: there is one object of a device only */
};

const struct event_facts *event_facts(enum event_kind);
enum event_kind	 event_kind_find(const char *word);	/* EVENT_KINDS: no such word */

struct event_field {
	const char	*name, *value;
};

#define FIELDS_MAX	24

struct event {
	enum event_kind	 kind;
	const char	*device;	/* "": of none */
	struct event_field	 fields[FIELDS_MAX];	/* up to a NULL name */
	bool		 quiet;		/* for the journal alone */
	/* What is kept from then on (core/kept.h), on disk in the same moment.  key NULL: nothing; keep NULL: away with it. */
	const char	*key, *keep;
	int64_t		 time;		/* ms since 1970; filled in by event_note() */
};

const char	*event_field(const struct event *, const char *name);	/* NULL: it has none */

/*
 * As one line, on its way to the store and to the agentx role:
 *
 *	NOTIFIED TIME KIND DEVICE KEY KEEP NAME VALUE NAME VALUE ...
 *
 * in words of core/channel.h; NOTIFIED is 0 or 1, KEY "" for none, KEEP "="
 * and the text, or "".
 */
void		 event_write(const struct event *, struct buf *);
/* Cuts the line in place, and what the event has is borrowed from it; false: not such a line. */
bool		 event_read(char *line, struct event *);

#endif
