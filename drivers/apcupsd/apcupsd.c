#include "drivers/apcupsd/apcupsd.h"

#include <string.h>

#include "drivers/apcupsd/nis.h"

/*
 * apcupsd's network information server.  One question, answered by a frame
 * for each line and an empty one behind the last:
 *
 *	> 00 06 status
 *	< 00 1b STATUS   : ONLINE
 *	< 00 00
 */
#define ANSWER_MS	15000
#define LINES_MAX	256

struct apcupsd {
	struct unit	*unit;
	unsigned	 lines;
	enum nis_line	 status;	/* of the UPS, as far as the answer has come */
};

static void
end_round(struct apcupsd *a)
{
	if (a->status == NIS_OTHER) {
		unit_fail(a->unit, "the answer has no STATUS");
		return;
	}
	if (a->status == NIS_LOST) {
		unit_device_lost(a->unit, DEVICE_STALE, "apcupsd does not reach its UPS");
	} else {
		unit_type(a->unit, "ups");
		unit_put_text(a->unit, VAR_UPS_MFR, "APC");	/* apcupsd knows no other */
		unit_device_done(a->unit);
	}
	unit_done(a->unit);
}

static void
give_up(struct apcupsd *a, const char *why)
{
	stream_drop(unit_stream(a->unit), why);
	unit_fail(a->unit, "%s", why);
}

static bool
on_frame(void *arg, enum result result, char *frame, size_t len)
{
	struct apcupsd	*a = arg;
	enum nis_line	 status;

	if (result == R_TIMEOUT) {
		give_up(a, "apcupsd does not answer");
		return false;
	}
	if (result != R_DONE || ++a->lines > LINES_MAX || memchr(frame + 2, '\0', len - 2) != NULL) {
		give_up(a, "the answer is not one of apcupsd");
		return false;
	}
	if (len == 2) {
		end_round(a);
		return false;
	}
	status = nis_put(frame + 2, a->unit);
	if (status == NIS_STATUS || status == NIS_LOST)
		a->status = status;
	return true;
}

static void
apcupsd_start(struct unit *unit)
{
	struct apcupsd	*a = unit_state(unit);

	a->unit = unit;
	unit_ready(unit);
}

static void
apcupsd_poll(struct unit *unit, bool full)
{
	struct apcupsd	*a = unit_state(unit);

	a->lines = 0;
	a->status = NIS_OTHER;
	stream_ask(unit_stream(unit), &(struct exchange){ .send = "\0\6status", .len = 8,
	    .frame = nis_frame, .timeout_ms = ANSWER_MS, .done = on_frame, .arg = a });
}

const struct driver apcupsd_driver = {
	.name = "apcupsd",
	.title = "apcupsd's network information server",
	.wire = WIRE_STREAM,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.service = "3551",
	.size = sizeof(struct apcupsd),
	.start = apcupsd_start,
	.poll = apcupsd_poll,
};
