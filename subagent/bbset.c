/*
 * The objects of BUSBAR-MIB that take a SET (subagent/set.h): commands of
 * outlets and groups, names of outlets, and settings that devices keep.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/outlet.h"
#include "core/remarks.h"
#include "subagent/fleet.h"
#include "subagent/power.h"
#include "subagent/set.h"
#include "subagent/values.h"

#define SOURCE_MAX	26	/* A to Z */

/* One writable column. */
struct written {
	struct set_object	 object;	/* first: an item leads here */
	enum column		 column, row;	/* row: the column that says whether there is such a row */
	const char		*prefix;	/* of the names of its variables and commands: "outlet" */
};

static const struct written *
written_of(const struct set_item *item)
{
	return (const struct written *)(const void *)item->object;
}

/* "outlet.3.delay.start"; the names of a row that is there are not made up by a manager. */
static enum var
name_of(const struct set_item *item, const char *rest)
{
	return var_internf("%s.%u.%s", written_of(item)->prefix, item->part, rest);
}

/*
 * -- commands ------------------------------------------------------------------------------
 *
 * They are not lasting: the engine knows what runs, and a cycle or a sequence may be cancelled.
 */

static bool
can_switch(const struct set_item *item)
{
	const struct traits	*traits = device_traits(item->device);

	return traits_can(traits, name_of(item, outlet_command_word(OUTLET_ON))) ||
	    traits_can(traits, name_of(item, outlet_command_word(OUTLET_OFF)));
}

/* none(0) can only be read. */
static enum pdu_error
command_value(struct set_item *item)
{
	if (item->number == OUTLET_NONE)
		return PDU_WRONG_VALUE;
	item->kind = REQUEST_COMMAND;
	item->name = name_of(item, outlet_command_word((enum outlet_command)item->number));
	return traits_can(device_traits(item->device), item->name) ? PDU_OK : PDU_WRONG_VALUE;
}

/* The item of another column for the same outlet or group in the same PDU; NULL: there is none. */
static const struct set_item	*beside(const struct set_item *, enum column);

static bool
is_delayed(int64_t command)
{
	return command == OUTLET_DELAYED_ON || command == OUTLET_DELAYED_OFF || command == OUTLET_DELAYED_CYCLE;
}

/* A delay counts once, for a delayed command in the same PDU; -1 is the device's own. */
static enum pdu_error
command_moment(struct set_item *item)
{
	const struct set_item	*delay = beside(item, COLUMN_CONTROL_DELAY);

	if (delay == NULL)
		delay = beside(item, COLUMN_GROUP_DELAY);
	if (delay != NULL && delay->number >= 0 && !is_delayed(item->number))
		return PDU_INCONSISTENT_VALUE;
	if (delay != NULL && delay->number >= 0)
		item->value = xasprintf("%lld", (long long)delay->number);
	item->confirm = beside(item, COLUMN_CONTROL_CONFIRM) != NULL || beside(item, COLUMN_GROUP_CONFIRM) != NULL;
	return PDU_OK;
}

static enum pdu_error
delay_moment(struct set_item *item)
{
	return beside(item, COLUMN_CONTROL_COMMAND) != NULL || beside(item, COLUMN_GROUP_COMMAND) != NULL ? PDU_OK :
	    PDU_INCONSISTENT_VALUE;
}

/* TestAndIncr (RFC 2579): two managers cannot both have read it. */
static enum pdu_error
confirm_moment(struct set_item *item)
{
	char	 prefix[32];

	snprintf(prefix, sizeof(prefix), "%s.%u", written_of(item)->prefix, item->part);
	if (item->number != (int64_t)power_lock(item->device, prefix))
		return PDU_INCONSISTENT_VALUE;
	item->kind = REQUEST_KEEP;
	item->name = var_internf(".%s.lock", prefix);
	item->value = xasprintf("%lld", item->number == INT32_MAX ? 0LL : (long long)item->number + 1);
	return PDU_OK;
}

/* -- names and settings ---------------------------------------------------------------------- */

/* Text that a manager shows as it was written. */
static bool
is_clean(const char *text)
{
	char	 clean[255];
	size_t	 len = admin_string(text, clean, sizeof(clean));

	return len == strlen(text) && memcmp(clean, text, len) == 0;
}

static enum pdu_error
name_value(struct set_item *item)
{
	if (!is_clean(item->text))
		return PDU_WRONG_VALUE;
	item->kind = REQUEST_KEEP;
	item->name = var_internf(REMARK_OUTLET "%u.name", item->part);
	item->value = xstrdup(item->text);
	return PDU_OK;
}

static bool
can_set(const struct set_item *item)
{
	struct setting	 setting;

	return power_setting(item->device, written_of(item)->column, item->part, &setting);
}

/* The number as the device takes it: "16.5" where the object has 16500, "A" of a source where that is its word. */
static char *
number_text(const struct set_item *item, const struct setting *setting)
{
	struct value	 v = value_number(item->number, setting->scale);
	char		 room[VALUE_TEXT_MAX], letter[2] = { 0 };
	const char	*text;

	while (v.scale > 0 && v.digits % 10 == 0)
		v = value_number(v.digits / 10, v.scale - 1u);
	text = value_text(&v, room);
	if (written_of(item)->column == COLUMN_ATS_PREFERRED && settable_takes(setting->settable, text) != R_DONE &&
	    item->number >= 1 && item->number <= SOURCE_MAX) {
		letter[0] = (char)('A' + item->number - 1);
		text = letter;
	}
	return xstrdup(text);
}

static char *
word_text(const struct set_item *item, const struct word *word)
{
	while (word->word != NULL && word->number != item->number)
		word++;
	return word->word == NULL ? NULL : xstrdup(word->word);
}

static enum pdu_error
setting_value(struct set_item *item)
{
	struct setting	 setting;

	if (!power_setting(item->device, written_of(item)->column, item->part, &setting) ||
	    (item->text != NULL && !is_clean(item->text)))
		return PDU_WRONG_VALUE;
	item->value = item->text != NULL ? xstrdup(item->text) : setting.words != NULL ? word_text(item, setting.words) :
	    number_text(item, &setting);
	if (item->value == NULL || settable_takes(setting.settable, item->value) != R_DONE)
		return PDU_WRONG_VALUE;
	item->kind = REQUEST_SET;
	item->name = setting.settable->var;
	return PDU_OK;
}

/* -- the objects ------------------------------------------------------------------------------ */

#define OUTLET		.prefix = "outlet", .row = COLUMN_OUTLET_STATE
#define GROUP		.prefix = "outlet.group", .row = COLUMN_GROUP_KIND
#define UNIT		.row = COLUMN_PDU_UNIT_OUTLETS
#define SWITCH		.row = COLUMN_ATS_PREFERRED
#define LIMITS		.row = COLUMN_THRESHOLD_STATE
#define COMMAND(name)	{ name, .right = WRITABLE_CONTROL, .type = OBJECT_INTEGER, .max = OUTLET_CANCEL, .has = can_switch, \
	.value = command_value, .moment = command_moment }
#define DELAY(name)	{ name, .right = WRITABLE_CONTROL, .type = OBJECT_INTEGER, .min = -1, .max = OUTLET_DELAY_MAX, \
	.has = can_switch, .moment = delay_moment }
#define CONFIRM(name)	{ name, .right = WRITABLE_CONTROL, .type = OBJECT_INTEGER, .max = INT32_MAX, .has = can_switch, \
	.moment = confirm_moment, .lock = true }
#define SETTING(name, of, low, high) { name, .right = WRITABLE_CONFIG, .type = (of), .min = (low), .max = (high), \
	.has = can_set, .value = setting_value }
#define NUMBER(name, low, high)	SETTING(name, OBJECT_INTEGER, low, high)
#define COUNT(name, high)	SETTING(name, OBJECT_GAUGE32, 0, high)
#define TEXT(name)		SETTING(name, OBJECT_OCTETS, 0, 64)
#define LIMIT(name)		NUMBER(name, INT32_MIN, INT32_MAX)

static const struct written objects[] = {
	{ { "bbOutletName", .right = WRITABLE_NAMES, .type = OBJECT_OCTETS, .max = 64, .value = name_value },
	    .column = COLUMN_OUTLET_NAME, OUTLET },
	{ TEXT("bbOutletDescr"), .column = COLUMN_OUTLET_DESCR, OUTLET },
	{ NUMBER("bbOutletOnDelay", -1, OUTLET_DELAY_MAX), .column = COLUMN_OUTLET_ON_DELAY, OUTLET },
	{ NUMBER("bbOutletOffDelay", -1, OUTLET_DELAY_MAX), .column = COLUMN_OUTLET_OFF_DELAY, OUTLET },
	{ COUNT("bbOutletCycleOff", OUTLET_DELAY_MAX), .column = COLUMN_OUTLET_CYCLE_OFF, OUTLET },
	{ NUMBER("bbOutletColdStart", 1, 3), .column = COLUMN_OUTLET_COLD_START, OUTLET },
	{ COUNT("bbOutletSequence", OUTLET_MAX), .column = COLUMN_OUTLET_SEQUENCE, OUTLET },
	{ COUNT("bbOutletBatteryShed", 100), .column = COLUMN_OUTLET_BATTERY_SHED, OUTLET },
	{ TEXT("bbGroupName"), .column = COLUMN_GROUP_NAME, GROUP },
	{ NUMBER("bbPduUnitColdStart", 1, 4), .column = COLUMN_PDU_UNIT_COLD_START, UNIT },
	{ COUNT("bbPduUnitColdStartDelay", OUTLET_DELAY_MAX), .column = COLUMN_PDU_UNIT_COLD_START_DELAY, UNIT },
	{ COUNT("bbPduUnitSequenceInterval", OUTLET_DELAY_MAX * 1000), .column = COLUMN_PDU_UNIT_SEQUENCE_INTERVAL, UNIT },
	{ COUNT("bbAtsPreferred", SOURCE_MAX), .column = COLUMN_ATS_PREFERRED, SWITCH },
	{ LIMIT("bbThresholdLowCritical"), .column = COLUMN_THRESHOLD_LOW_CRITICAL, LIMITS },
	{ LIMIT("bbThresholdLowWarning"), .column = COLUMN_THRESHOLD_LOW_WARNING, LIMITS },
	{ LIMIT("bbThresholdHighWarning"), .column = COLUMN_THRESHOLD_HIGH_WARNING, LIMITS },
	{ LIMIT("bbThresholdHighCritical"), .column = COLUMN_THRESHOLD_HIGH_CRITICAL, LIMITS },
	{ LIMIT("bbThresholdHysteresis"), .column = COLUMN_THRESHOLD_HYSTERESIS, LIMITS },
	{ COMMAND("bbOutletCommand"), .column = COLUMN_CONTROL_COMMAND, OUTLET },
	{ DELAY("bbOutletCommandDelay"), .column = COLUMN_CONTROL_DELAY, OUTLET },
	{ CONFIRM("bbOutletConfirm"), .column = COLUMN_CONTROL_CONFIRM, OUTLET },
	{ COMMAND("bbGroupCommand"), .column = COLUMN_GROUP_COMMAND, GROUP },
	{ DELAY("bbGroupCommandDelay"), .column = COLUMN_GROUP_DELAY, GROUP },
	{ CONFIRM("bbGroupConfirm"), .column = COLUMN_GROUP_CONFIRM, GROUP },
};

static const struct set_item *
beside(const struct set_item *item, enum column column)
{
	size_t	 i;

	for (i = 0; i < nitems(objects); i++)
		if (objects[i].column == column)
			return set_other(item, &objects[i].object);
	return NULL;
}

static const struct set_object *
find(struct tree *tree, const char *context, size_t len, struct oid oid, struct set_item *item, bool *there)
{
	struct located	 at;
	size_t		 i;

	(void)context;
	if (len > 0 || !fleet_locate(tree_fleet(tree), oid, &at))
		return NULL;
	for (i = 0; i < nitems(objects) && objects[i].column != at.column; i++)
		;
	if (i == nitems(objects))
		return NULL;
	item->device = at.device;
	item->part = at.part;
	*there = at.device != NULL && fleet_has(tree_fleet(tree), &at, objects[i].row);
	return &objects[i].object;
}

const struct set_family bbmib_family = { .find = find };
