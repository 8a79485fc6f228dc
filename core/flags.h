#ifndef CORE_FLAGS_H
#define CORE_FLAGS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a driver can tell with unit_flag() beyond the words of ups.status, and
 * what the remark .flags holds.  The first 24 are the identities of RFC 1628's
 * upsWellKnownAlarms under their numbers, so that a device with an alarm table
 * of its own passes each row on.  OB, BYPASS, OFF and LB belong in ups.status
 * as well: the flag alone raises the alarm, the word alone suffices for both.
 *
 *	number, id, word, what it says
 */
#define FLAG_LIST(F) \
	F( 1, BATTERY_BAD,	"battery-bad",		"Battery must be replaced") \
	F( 2, ON_BATTERY,	"on-battery",		"Output is fed from the battery") \
	F( 3, LOW_BATTERY,	"low-battery",		"Battery is low") \
	F( 4, DEPLETED,		"depleted",		"Battery cannot carry the load") \
	F( 5, TEMPERATURE_BAD,	"temperature-bad",	"Temperature out of tolerance") \
	F( 6, INPUT_BAD,	"input-bad",		"Input out of tolerance") \
	F( 7, OUTPUT_BAD,	"output-bad",		"Output out of tolerance, overload apart") \
	F( 8, OUTPUT_OVERLOAD,	"output-overload",	"Load exceeds the capacity") \
	F( 9, ON_BYPASS,	"on-bypass",		"Output is fed through the bypass") \
	F(10, BYPASS_BAD,	"bypass-bad",		"Bypass out of tolerance or not available") \
	F(11, OUTPUT_OFF_AS_REQUESTED, "output-off-as-requested", "Output is off, as was asked") \
	F(12, UPS_OFF_AS_REQUESTED, "ups-off-as-requested", "Whole unit is off, as was asked") \
	F(13, CHARGER_FAILED,	"charger-failed",	"Charger does not work") \
	F(14, OUTPUT_OFF,	"output-off",		"Output is off") \
	F(15, SYSTEM_OFF,	"system-off",		"Whole unit is off or on standby") \
	F(16, FAN_FAILURE,	"fan-failure",		"A fan has failed") \
	F(17, FUSE_FAILURE,	"fuse-failure",		"A fuse has blown") \
	F(18, GENERAL_FAULT,	"general-fault",	"Internal fault") \
	F(19, TEST_FAILED,	"test-failed",		"The last test found a fault") \
	F(20, COMMUNICATIONS_LOST, "communications-lost", "The unit itself cannot be reached") \
	F(21, AWAITING_POWER,	"awaiting-power",	"Output is off until mains is back") \
	F(22, SHUTDOWN_PENDING,	"shutdown-pending",	"A shutdown countdown runs") \
	F(23, SHUTDOWN_IMMINENT, "shutdown-imminent",	"Load will lose power within seconds") \
	F(24, TEST_IN_PROGRESS,	"test-in-progress",	"A test runs") \
	/* without a number in the RFC: bbAlarmIdentities.1 and so on of BUSBAR-MIB */ \
	F(25, NO_BATTERY,	"no-battery",		"No battery is installed") \
	F(26, HIGH_BATTERY,	"high-battery",		"Battery voltage is too high") \
	F(27, CALIBRATION,	"calibration",		"Runtime calibration runs") \
	F(28, LOAD_LOW,		"load-low",		"Load is below its limit")

enum flag {
	FLAG_NONE,
#define FLAG_ENUM(number, id, word, text)	FLAG_##id = number,
	FLAG_LIST(FLAG_ENUM)
#undef FLAG_ENUM
	FLAG_END			/* one more than the last */
};

#define FLAG_WELL_KNOWN		24	/* the last of upsWellKnownAlarms */
#define FLAG_BIT(flag)		(UINT64_C(1) << (flag))

enum flag	 flag_find(const char *word, size_t len);	/* FLAG_NONE: no such word */
const char	*flag_word(enum flag);
const char	*flag_text(enum flag);
uint64_t	 flags_parse(const char *words);	/* NULL: none; unknown words do not matter */

#endif
