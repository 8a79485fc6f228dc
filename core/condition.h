#ifndef CORE_CONDITION_H
#define CORE_CONDITION_H

#include "core/update.h"

/*
 * What the engine derives of one device from commit to commit: since when it
 * is on battery, how often its input went bad, its alarm table and its tests
 * (spec: RFC 1628's upsSecondsOnBattery, upsInputLineBads, upsAlarmTable,
 * upsTestStartTime).  The results are the remarks of core/remarks.h, put into
 * the very update that causes them.  In the engine only, one per device, kept
 * as long as the device.
 *
 * An alarm must hold, or be gone, for two polls or ALARM_HOLD_MS before its
 * row comes or goes, on battery and communications lost apart.  While a
 * device is stale nothing is known, so no other row moves.
 */
#define ALARM_HOLD_MS	3000

struct condition;

/* A device that was not reached within max_age_ms of the first commit has lost its communications. */
struct condition	*condition_new(int64_t max_age_ms);
void			 condition_free(struct condition *);	/* NULL is fine */
/* An alarm that was told before a restart: if it still holds, its row has this id again. */
void			 condition_recall(struct condition *, unsigned identity, uint32_t id);

/*
 * Once per commit, with all readings, .flags and the state already in the
 * update and nothing committed in between.  polled: the update carries a
 * fresh answer of the device, as opposed to a recall, a change of state or of
 * remarks only.
 *
 * Returns the time (ms, as now) at which to commit an update_continue()
 * through here again, polled false, if nothing else was committed until then;
 * -1: no need.
 */
int64_t			 condition_apply(struct condition *, struct update *, bool polled, int64_t now);

/* The device took this command: the test that begins next is the one that it starts. */
void			 condition_asked(struct condition *, enum var command);

#endif
