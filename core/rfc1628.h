#ifndef CORE_RFC1628_H
#define CORE_RFC1628_H

#include "core/readings.h"

/*
 * The rules by which the words and values of a device become the states of
 * RFC 1628, and which values are believed.  Pure.
 */
enum battery_status {		/* upsBatteryStatus */
	BATTERY_UNKNOWN = 1, BATTERY_NORMAL, BATTERY_LOW, BATTERY_DEPLETED
};
enum output_source {		/* upsOutputSource */
	SOURCE_OTHER = 1, SOURCE_NONE, SOURCE_NORMAL, SOURCE_BYPASS, SOURCE_BATTERY,
	SOURCE_BOOSTER, SOURCE_REDUCER
};
enum test_summary {		/* upsTestResultsSummary */
	TEST_DONE_PASS = 1, TEST_DONE_WARNING, TEST_DONE_ERROR, TEST_ABORTED,
	TEST_IN_PROGRESS, TEST_NONE_INITIATED
};

enum well_known_test {		/* the n of upsWellKnownTests.n */
	TEST_NO_TESTS_INITIATED = 1, TEST_ABORT, TEST_GENERAL_SYSTEMS, TEST_QUICK_BATTERY,
	TEST_DEEP_CALIBRATION
};

enum battery_status	rfc1628_battery_status(const struct readings *);
enum output_source	rfc1628_output_source(const struct readings *);
enum test_summary	rfc1628_test_summary(const struct readings *);
enum test_summary	rfc1628_test_result(const char *text);	/* what ups.test.result alone says */
bool			rfc1628_input_bad(const struct readings *);	/* any input line bad */
/* The alarms that hold now, as bits of core/flags.h; a stale device has only communications lost. */
uint64_t		rfc1628_alarms(const struct readings *);

/* Believable values, or NULL: sentinels and nonsense of the field count as absent. */
const struct value	*rfc1628_charge(const struct readings *);	/* % */
const struct value	*rfc1628_runtime(const struct readings *);	/* s */
const struct value	*rfc1628_positive(const struct value *);	/* a number, 0 or above */
const struct value	*rfc1628_load(const struct value *);		/* % */
const struct value	*rfc1628_voltage(const struct value *);		/* V of a line */
const struct value	*rfc1628_frequency(const struct value *);	/* Hz */
/* Seconds that a countdown has left; -1: it does not run.  A 0 does not run either. */
int64_t			 rfc1628_timer(const struct readings *, enum var);

#endif
