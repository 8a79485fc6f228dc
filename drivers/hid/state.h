#ifndef DRIVERS_HID_STATE_H
#define DRIVERS_HID_STATE_H

#include "core/driver.h"

/*
 * What the bits of a UPS say of it, by the words that profiles use.  They are
 * kept from report to report; the words of ups.status, the flags of the alarm
 * table and the texts of ups.alarm follow from all of them together.
 */
#define STATE_LIST(S) \
	S(ONLINE,	"online") \
	S(OFFLINE,	"offline") \
	S(DISCHARGING,	"discharging") \
	S(CHARGING,	"charging") \
	S(FULL,		"full") \
	S(NOT_FULL,	"not-full") \
	S(DEPLETED,	"depleted") \
	S(LOW_BATTERY,	"low-battery") \
	S(TIME_LIMIT,	"time-limit") \
	S(SHUTDOWN_IMMINENT, "shutdown-imminent") \
	S(OVERLOAD,	"overload") \
	S(REPLACE_BATTERY, "replace-battery") \
	S(NO_BATTERY,	"no-battery") \
	S(BATTERY_LOW,	"battery-voltage-low") \
	S(BATTERY_HIGH,	"battery-voltage-high") \
	S(CHARGER_FAILED, "charger-failed") \
	S(FAN_FAILURE,	"fan-failure") \
	S(OVERHEATED,	"overheated") \
	S(FAULT,	"fault") \
	S(LINK_LOST,	"link-lost") \
	S(AWAITING_POWER, "awaiting-power") \
	S(TRIM,		"trim") \
	S(BOOST,	"boost") \
	S(BYPASS_AUTO,	"bypass-auto") \
	S(BYPASS_MANUAL, "bypass-manual") \
	S(OFF,		"off") \
	S(CALIBRATING,	"calibrating") \
	S(VOLTAGE_RANGE, "voltage-range") \
	S(FREQUENCY_RANGE, "frequency-range") \
	S(ECO,		"eco") \
	S(TESTING,	"testing") \
	S(TEST_FAILED,	"test-failed")

enum state {
#define STATE_ENUM(id, word)	STATE_##id,
	STATE_LIST(STATE_ENUM)
#undef STATE_ENUM
	STATE_END
};

#define STATE_BIT(s)	(UINT64_C(1) << (s))

/* "online -overload": states that begin and, with a minus, end.  False: *bad is no such word. */
bool	 states_parse(const char *words, uint64_t *begin, uint64_t *end, const char **bad);
/* Online ends offline and the other way round, and so do full and not-full. */
uint64_t states_change(uint64_t now, uint64_t begin, uint64_t end);

/* Those of which the report that speaks last decides; any other holds while one report says so. */
#define STATES_IN_TURN	(STATE_BIT(STATE_ONLINE) | STATE_BIT(STATE_OFFLINE) | STATE_BIT(STATE_FULL) | STATE_BIT(STATE_NOT_FULL))

/* What a UPS is that says online and discharging at once. */
enum both { BOTH_ONLINE, BOTH_ON_BATTERY, BOTH_CALIBRATING };

/* Tells the unit the words, flags and alarm texts; charge is battery.charge, or negative. */
void	 states_publish(struct unit *, uint64_t now, enum both, int charge);

#endif
