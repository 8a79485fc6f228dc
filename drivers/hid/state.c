#include <string.h>

#include "core/mem.h"
#include "drivers/hid/state.h"

/* What follows from one state alone. */
static const struct consequence {
	const char	*status, *flag, *alarm;
} consequences[STATE_END] = {
	[STATE_DEPLETED] = { NULL, "depleted", NULL },
	[STATE_LOW_BATTERY] = { "LB", NULL, NULL },
	[STATE_TIME_LIMIT] = { "LB", NULL, NULL },
	[STATE_SHUTDOWN_IMMINENT] = { "LB", "shutdown-imminent", "Shutdown imminent" },
	[STATE_OVERLOAD] = { "OVER", "output-overload", NULL },
	[STATE_REPLACE_BATTERY] = { "RB", "battery-bad", "Replace battery" },
	[STATE_NO_BATTERY] = { "RB", "no-battery", "No battery installed" },
	[STATE_BATTERY_LOW] = { NULL, NULL, "Battery voltage too low" },
	[STATE_BATTERY_HIGH] = { NULL, "high-battery", "Battery voltage too high" },
	[STATE_CHARGER_FAILED] = { NULL, "charger-failed", "Charger failed" },
	[STATE_FAN_FAILURE] = { NULL, "fan-failure", "Fan failure" },
	[STATE_OVERHEATED] = { NULL, "temperature-bad", "Temperature too high" },
	[STATE_FAULT] = { NULL, "general-fault", "Internal fault" },
	[STATE_LINK_LOST] = { NULL, "communications-lost", "Communication with the UPS lost" },
	[STATE_AWAITING_POWER] = { NULL, "awaiting-power", "Awaiting power" },
	[STATE_TRIM] = { "TRIM", NULL, NULL },
	[STATE_BOOST] = { "BOOST", NULL, NULL },
	[STATE_BYPASS_AUTO] = { "BYPASS", NULL, "On automatic bypass" },
	[STATE_BYPASS_MANUAL] = { "BYPASS", NULL, "On manual bypass" },
	[STATE_OFF] = { "OFF", NULL, NULL },
	[STATE_CALIBRATING] = { NULL, "calibration", NULL },
	[STATE_VOLTAGE_RANGE] = { NULL, "input-bad", NULL },
	[STATE_FREQUENCY_RANGE] = { NULL, "input-bad", NULL },
	[STATE_ECO] = { "ECO", NULL, NULL },
	[STATE_TESTING] = { NULL, "test-in-progress", NULL },
	[STATE_TEST_FAILED] = { NULL, "test-failed", NULL },
};

static const struct { enum state state, ends; } opposites[] = {
	{ STATE_ONLINE, STATE_OFFLINE }, { STATE_OFFLINE, STATE_ONLINE },
	{ STATE_FULL, STATE_NOT_FULL }, { STATE_NOT_FULL, STATE_FULL },
};

static enum state
find(const char *word, size_t len)
{
	static const char *const	words[] = {
#define STATE_WORD(id, word)	word,
		STATE_LIST(STATE_WORD)
#undef STATE_WORD
	};
	enum state			s;

	for (s = 0; s < STATE_END; s++)
		if (strlen(words[s]) == len && memcmp(words[s], word, len) == 0)
			break;
	return s;
}

bool
states_parse(const char *s, uint64_t *begin, uint64_t *end, const char **bad)
{
	size_t		len;
	bool		ends;
	enum state	state;

	for (*begin = *end = 0; *(s += strspn(s, " ")) != '\0'; s += len) {
		*bad = s;
		ends = *s == '-';
		s += ends;
		len = strcspn(s, " ");
		state = find(s, len);
		if (state == STATE_END)
			return false;
		*(ends ? end : begin) |= STATE_BIT(state);
	}
	return true;
}

uint64_t
states_change(uint64_t now, uint64_t begin, uint64_t end)
{
	size_t	i;

	for (i = 0; i < nitems(opposites); i++)
		if ((begin & STATE_BIT(opposites[i].state)) != 0)
			end |= STATE_BIT(opposites[i].ends);
	return (now & ~end) | begin;
}

static bool
is(uint64_t now, enum state s)
{
	return (now & STATE_BIT(s)) != 0;
}

static bool
is_calibrating(uint64_t now, enum both both)
{
	return is(now, STATE_CALIBRATING) ||
	    (both == BOTH_CALIBRATING && is(now, STATE_ONLINE) && is(now, STATE_DISCHARGING));
}

/* NULL: the device says nothing from which it could be known. */
static const char *
source(uint64_t now, enum both both)
{
	if (is(now, STATE_OFFLINE))
		return "OB";
	if (is(now, STATE_ONLINE))
		return is(now, STATE_DISCHARGING) && both == BOTH_ON_BATTERY ? "OB" : "OL";
	return is(now, STATE_DISCHARGING) ? "OB" : NULL;
}

/* Many a UPS says charging for as long as its charger is on: one that is full does not charge. */
static bool
is_charging(uint64_t now, int charge)
{
	if (!is(now, STATE_CHARGING) || is(now, STATE_FULL))
		return false;
	return is(now, STATE_NOT_FULL) || (charge > 0 && charge < 100);
}

void
states_publish(struct unit *u, uint64_t now, enum both both, int charge)
{
	const struct consequence	*c;
	const char			*word = source(now, both);

	if (is_calibrating(now, both))
		unit_status(u, "CAL");
	if (word != NULL)
		unit_status(u, word);
	if (is(now, STATE_DISCHARGING) && !is(now, STATE_DEPLETED))
		unit_status(u, "DISCHRG");
	if (is_charging(now, charge))
		unit_status(u, "CHRG");
	for (c = consequences; c < consequences + STATE_END; c++) {
		if (!is(now, (enum state)(c - consequences)))
			continue;
		if (c->status != NULL)
			unit_status(u, c->status);
		if (c->flag != NULL)
			unit_flag(u, c->flag);
		if (c->alarm != NULL)
			unit_alarm(u, c->alarm);
	}
}
