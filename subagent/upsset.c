/*
 * The objects of UPS-MIB that take a SET (RFC 1628; subagent/set.h).
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "subagent/set.h"
#include "subagent/values.h"

static const struct set_object objects[];

/* -- names -------------------------------------------------------------------------- */

/* NVT ASCII without controls; a DisplayString may have them, and no manager shows them. */
static enum pdu_error
printable(struct set_item *item)
{
	for (const char *c = item->text; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			return PDU_WRONG_VALUE;
	return PDU_OK;
}

/* -- tests --------------------------------------------------------------------------- */

#define COMMANDS_MAX	3

/* The commands that can start or stop a test, the best first. */
static const struct test {
	int64_t		 number;	/* upsWellKnownTests.n */
	const char	*commands[COMMANDS_MAX];
} tests[] = {
	{ TEST_GENERAL_SYSTEMS, { "test.system.start", "test.panel.start", "test.battery.start.quick" } },
	{ TEST_QUICK_BATTERY, { "test.battery.start.quick", "test.battery.start" } },
	{ TEST_DEEP_CALIBRATION, { "calibrate.start", "test.battery.start.deep" } },
}, stops[] = {
	{ TEST_GENERAL_SYSTEMS, { "test.system.stop", "test.panel.stop", "test.battery.stop" } },
	{ TEST_DEEP_CALIBRATION, { "calibrate.stop", "test.battery.stop" } },
	{ 0, { "test.battery.stop", "calibrate.stop", "test.system.stop" } },	/* any other, and one unknown */
};

static enum var
first_command(const struct device *device, const char *const commands[COMMANDS_MAX])
{
	for (size_t i = 0; i < COMMANDS_MAX && commands[i] != NULL; i++) {
		enum var command = var_find(commands[i], strlen(commands[i]));

		if (command != VAR_NONE && traits_can(device_traits(device), command))
			return command;
	}
	return VAR_NONE;
}

static enum var
stop_command(const struct device *device)
{
	const struct value *running = snapshot_get(device_now(device), var_intern(REMARK_TEST));
	int64_t number = running == NULL ? 0 : value_scaled(running, 0);
	size_t i;

	for (i = 0; i < nitems(stops) - 1 && stops[i].number != number; i++)
		;
	return first_command(device, stops[i].commands);
}

/* A test, or its end, that the device can do; what is done without a test running is the moment's affair. */
static enum pdu_error
test_value(struct set_item *item)
{
	static const uint32_t well_known[] = { 1, 3, 6, 1, 2, 1, 33, 1, 7, 7 };
	const struct oid parent = { well_known, nitems(well_known) };

	if (item->given->ref.len != parent.len + 1 || !oid_below(parent, item->given->ref))
		return PDU_WRONG_VALUE;
	if (item->number == TEST_ABORT)
		item->name = stop_command(item->device);
	for (size_t i = 0; i < nitems(tests); i++)
		if (tests[i].number == item->number)
			item->name = first_command(item->device, tests[i].commands);
	item->kind = REQUEST_COMMAND;
	return item->name != VAR_NONE ? PDU_OK : PDU_WRONG_VALUE;
}

/* A deep discharge wants mains, and a full battery where that is known. */
static bool
ready_for_calibration(const struct readings *r)
{
	const struct value *charge = rfc1628_charge(r);

	return rfc1628_output_source(r) != SOURCE_BATTERY &&
	    (charge == NULL || value_floor(charge, 0) >= 100);
}

/* RFC 1628: only together with the lock; one test at a time. */
static enum pdu_error
test_moment(struct set_item *item)
{
	struct readings r = readings_of_device(item->device);
	bool runs = rfc1628_test_summary(&r) == TEST_IN_PROGRESS;
	bool locked = false;

	for (const struct set_object *lock = objects; lock->name != NULL; lock++)
		locked |= lock->lock && set_other(item, lock) != NULL;
	if (!locked || runs != (item->number == TEST_ABORT))
		return PDU_INCONSISTENT_VALUE;
	if (item->number == TEST_DEEP_CALIBRATION && !ready_for_calibration(&r))
		return PDU_INCONSISTENT_VALUE;
	return PDU_OK;
}

static enum pdu_error
lock_moment(struct set_item *item)
{
	if (item->number != tree_lock(set_tree(item), item->device))
		return PDU_INCONSISTENT_VALUE;
	item->number = item->number == INT32_MAX ? 0 : item->number + 1;
	return PDU_OK;
}

static bool
can_test(const struct set_item *item)
{
	for (size_t i = 0; i < nitems(tests); i++)
		if (first_command(item->device, tests[i].commands) != VAR_NONE)
			return true;
	return false;
}

/* -- configuration ---------------------------------------------------------------------- */

enum rounding { ROUND_NOT, ROUND_UP };

/* The variables behind upsConfigGroup, by the object's number. */
static const struct setting {
	uint8_t		 number;
	enum var	 var;
	unsigned	 scale;		/* digits after the point that the object has */
	int64_t		 times;		/* the variable's unit in one of the object's */
	enum rounding	 rounding;	/* to what the device supports */
	enum pdu_error	 refusal;	/* of a number that it does not */
} settings[] = {
	{ 1, VAR_INPUT_VOLTAGE_NOMINAL, 0, 1, ROUND_NOT, PDU_WRONG_VALUE },
	{ 2, VAR_INPUT_FREQUENCY_NOMINAL, 1, 1, ROUND_NOT, PDU_WRONG_VALUE },
	{ 3, VAR_OUTPUT_VOLTAGE_NOMINAL, 0, 1, ROUND_NOT, PDU_WRONG_VALUE },
	{ 4, VAR_OUTPUT_FREQUENCY_NOMINAL, 1, 1, ROUND_NOT, PDU_WRONG_VALUE },
	{ 7, VAR_BATTERY_RUNTIME_LOW, 0, 60, ROUND_UP, PDU_WRONG_VALUE },
	{ 9, VAR_INPUT_TRANSFER_LOW, 0, 1, ROUND_NOT, PDU_INCONSISTENT_VALUE },
	{ 10, VAR_INPUT_TRANSFER_HIGH, 0, 1, ROUND_NOT, PDU_INCONSISTENT_VALUE },
};

static const struct setting *
setting_of(const struct set_item *item)
{
	size_t i;

	for (i = 0; i < nitems(settings) - 1 && settings[i].number != item->object->number; i++)
		;
	return &settings[i];
}

static const struct settable *
settable_of(const struct set_item *item)
{
	return traits_settable(device_traits(item->device), setting_of(item)->var);
}

static bool
can_configure(const struct set_item *item)
{
	return settable_of(item) != NULL;
}

/* The text that the device takes for the number: "230", or "230.0" where its list says so. */
static char *
spelled(const struct settable *settable, struct value number)
{
	for (size_t i = 0; i < settable->nenums; i++) {
		struct value v = value_from_text(settable->enums[i]);

		if (v.type == V_NUMBER && value_compare(&v, &number) == 0)
			return xstrdup(settable->enums[i]);
	}
	return settable_number(settable, number, true);
}

/* No longer than the limits between which the device says that a transfer point must be. */
static bool
within_limits(const struct set_item *item, const struct value *number)
{
	struct readings r = readings_of_device(item->device);
	const char *name = var_name(setting_of(item)->var);
	const struct value *min = readings_number(&r, readings_var("%s.min", name));
	const struct value *max = readings_number(&r, readings_var("%s.max", name));

	return (min == NULL || value_compare(number, min) >= 0) && (max == NULL || value_compare(number, max) <= 0);
}

static enum pdu_error
setting_moment(struct set_item *item)
{
	const struct setting *setting = setting_of(item);
	struct value number = value_number(item->number * setting->times, setting->scale), taken;
	char *text = spelled(settable_of(item), number);
	bool fits;

	taken = value_from_text(text);
	fits = taken.type == V_NUMBER && within_limits(item, &number) &&
	    (setting->rounding == ROUND_UP || value_compare(&taken, &number) == 0);
	if (!fits) {
		free(text);
		return setting->refusal;
	}
	item->kind = REQUEST_SET;
	item->name = setting->var;
	item->value = text;
	return PDU_OK;
}

/* -- the beeper -------------------------------------------------------------------------- */

enum { AUDIBLE_DISABLED = 1, AUDIBLE_ENABLED, AUDIBLE_MUTED };

static const struct beeping {
	const char	*commands[COMMANDS_MAX];
	const char	*word;		/* of ups.beeper.status */
} beepings[] = {
	[AUDIBLE_DISABLED] = { { "beeper.disable", "beeper.off" }, "disabled" },
	[AUDIBLE_ENABLED] = { { "beeper.enable", "beeper.on" }, "enabled" },
	[AUDIBLE_MUTED] = { { "beeper.mute" }, "muted" },
};

static bool
ask_beeper(struct set_item *item, int64_t number)
{
	const struct beeping *beeping = &beepings[number];
	enum var command = first_command(item->device, beeping->commands);

	if (command != VAR_NONE) {
		item->kind = REQUEST_COMMAND;
		item->name = command;
		return true;
	}
	if (settable_takes(traits_settable(device_traits(item->device), VAR_UPS_BEEPER_STATUS), beeping->word) != R_DONE)
		return false;
	item->kind = REQUEST_SET;
	item->name = VAR_UPS_BEEPER_STATUS;
	item->value = xstrdup(beeping->word);
	return true;
}

static bool
can_beep(const struct set_item *item)
{
	struct set_item probe = *item;
	bool can = false;

	for (int64_t i = AUDIBLE_DISABLED; i <= AUDIBLE_MUTED && !can; i++) {
		probe.value = NULL;
		can = ask_beeper(&probe, i);
		free(probe.value);
	}
	return can;
}

static enum pdu_error
beeper_value(struct set_item *item)
{
	return ask_beeper(item, item->number) ? PDU_OK : PDU_WRONG_VALUE;
}

/* RFC 1628: muting while nothing sounds is accepted and ignored. */
static enum pdu_error
beeper_moment(struct set_item *item)
{
	const struct snapshot *now = device_now(item->device);
	const char *status = snapshot_text(now, VAR_UPS_BEEPER_STATUS);

	if (item->number == AUDIBLE_MUTED && (snapshot_get(now, var_intern(REMARK_ALARMS)) == NULL ||
	    (status != NULL && strcmp(status, "disabled") == 0)))
		item->name = VAR_NONE;
	return PDU_OK;
}

/* -- control --------------------------------------------------------------------------- */

static bool
can(const struct set_item *item, enum var command)
{
	return traits_can(device_traits(item->device), command);
}

static bool
can_shut_down(const struct set_item *item)
{
	return can(item, CMD_LOAD_OFF) || can(item, CMD_LOAD_OFF_DELAY) || can(item, CMD_SHUTDOWN_RETURN) ||
	    can(item, CMD_SHUTDOWN_STAYOFF);
}

static bool
can_start(const struct set_item *item)
{
	return can(item, CMD_LOAD_ON) || can(item, CMD_LOAD_ON_DELAY);
}

static bool
can_reboot(const struct set_item *item)
{
	return can(item, CMD_SHUTDOWN_REBOOT) || (can(item, CMD_LOAD_OFF) && can_start(item)) ||
	    (can(item, CMD_SHUTDOWN_RETURN) &&
	    traits_settable(device_traits(item->device), VAR_UPS_DELAY_START) != NULL);
}

/* Only what can turn itself off takes the whole unit along. */
static enum pdu_error
type_value(struct set_item *item)
{
	return item->number == SHUTDOWN_OUTPUT || can(item, CMD_SHUTDOWN_STAYOFF) ? PDU_OK : PDU_WRONG_VALUE;
}

/* The device's own, where it has one; else it is kept. */
static enum pdu_error
restart_value(struct set_item *item)
{
	const struct settable *own = traits_settable(device_traits(item->device), VAR_UPS_START_AUTO);
	const char *word = item->number == RESTART_ON ? "yes" : "no";

	if (own == NULL || settable_takes(own, word) != R_DONE)
		return PDU_OK;
	item->kind = REQUEST_SET;
	item->name = VAR_UPS_START_AUTO;
	item->value = xstrdup(word);
	return PDU_OK;
}

/* What that object will be after this SET. */
static int64_t
becomes(const struct set_item *item, uint8_t number, int64_t now)
{
	const struct set_object *object;
	const struct set_item *other;

	for (object = objects; object->group != item->object->group || object->number != number; object++)
		;
	other = set_other(item, object);
	return other != NULL ? other->number : now;
}

/* Which command does it is the engine's to choose. */
static enum pdu_error
timer_moment(struct set_item *item)
{
	static const enum var timers[] = { VAR_UPS_TIMER_SHUTDOWN, VAR_UPS_TIMER_START, VAR_UPS_TIMER_REBOOT };
	struct readings r = readings_of_device(item->device);

	item->kind = REQUEST_TIMER;
	item->name = timers[item->object->number - 2];
	item->value = xasprintf("%lld %s %s", (long long)item->number,
	    becomes(item, 1, values_shutdown_type(&r)) == SHUTDOWN_SYSTEM ? "system" : "output",
	    becomes(item, 5, values_auto_restart(&r)) == RESTART_ON ? "on" : "off");
	return PDU_OK;
}

/* -- the objects -------------------------------------------------------------------------- */

#define ANY_NUMBER	.type = OBJECT_INTEGER, .min = 0, .max = INT32_MAX
#define NAME		.right = WRITABLE_NAMES, .type = OBJECT_OCTETS, .max = 63, .value = printable
#define ONE_OR_TWO	.type = OBJECT_INTEGER, .min = 1, .max = 2
#define TIMER(most)	.right = WRITABLE_CONTROL, .type = OBJECT_INTEGER, .min = -1, .max = most, .moment = timer_moment
#define SETTING		.right = WRITABLE_CONFIG, ANY_NUMBER, .has = can_configure, .moment = setting_moment

static const struct set_object objects[] = {
	{ "upsIdentName", 1, 5, NAME, .remark = REMARK_IDENT_NAME },
	{ "upsIdentAttachedDevices", 1, 6, NAME, .remark = REMARK_ATTACHED },
	{ "upsTestId", 7, 1, .right = WRITABLE_TEST, .type = OBJECT_OID, .has = can_test, .value = test_value,
	    .moment = test_moment, .lasting = true },
	{ "upsTestSpinLock", 7, 2, .right = WRITABLE_TEST, ANY_NUMBER, .has = can_test, .moment = lock_moment,
	    .lock = true, .remark = REMARK_TEST_LOCK },
	{ "upsShutdownType", 8, 1, .right = WRITABLE_CONTROL, ONE_OR_TWO, .has = can_shut_down, .value = type_value,
	    .remark = REMARK_SHUTDOWN_TYPE },
	{ "upsShutdownAfterDelay", 8, 2, TIMER(INT32_MAX), .has = can_shut_down },
	{ "upsStartupAfterDelay", 8, 3, TIMER(INT32_MAX), .has = can_start },
	{ "upsRebootWithDuration", 8, 4, TIMER(300), .has = can_reboot },
	{ "upsAutoRestart", 8, 5, .right = WRITABLE_CONTROL, ONE_OR_TWO, .has = can_shut_down, .value = restart_value,
	    .remark = REMARK_AUTO_RESTART },
	{ "upsConfigInputVoltage", 9, 1, SETTING },
	{ "upsConfigInputFreq", 9, 2, SETTING },
	{ "upsConfigOutputVoltage", 9, 3, SETTING },
	{ "upsConfigOutputFreq", 9, 4, SETTING },
	{ "upsConfigLowBattTime", 9, 7, SETTING },
	{ "upsConfigAudibleStatus", 9, 8, .right = WRITABLE_CONFIG, .type = OBJECT_INTEGER, .min = AUDIBLE_DISABLED,
	    .max = AUDIBLE_MUTED, .has = can_beep, .value = beeper_value, .moment = beeper_moment },
	{ "upsConfigLowVoltageTransferPoint", 9, 9, SETTING },
	{ "upsConfigHighVoltageTransferPoint", 9, 10, SETTING },
	{ .name = NULL }
};

/* 1.3.6.1.2.1.33.1.GROUP.OBJECT.0 */
static const struct set_object *
find(struct tree *tree, const char *context, size_t len, struct oid oid, struct set_item *item, bool *there)
{
	static const uint32_t root[] = { 1, 3, 6, 1, 2, 1, 33, 1 };
	const struct set_object *object;

	if (oid.len < nitems(root) + 2 || !oid_below((struct oid){ root, nitems(root) }, oid))
		return NULL;
	for (object = objects; object->name != NULL; object++)
		if (object->group == oid.ids[nitems(root)] && object->number == oid.ids[nitems(root) + 1])
			break;
	item->device = tree_device(tree, context, len);
	*there = oid.len == nitems(root) + 3 && oid.ids[nitems(root) + 2] == 0;
	return object->name != NULL && item->device != NULL ? object : NULL;
}

const struct set_family upsmib_family = { .find = find };
