#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/outlet.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "subagent/power.h"

/* What the tables of outlets and groups have besides single readings. */

enum {				/* bbOutletState */
	STATE_OFF = 1, STATE_ON, STATE_PENDING_OFF, STATE_PENDING_ON, STATE_CYCLING, STATE_LOCKED, STATE_FAULT,
	STATE_UNKNOWN
};
enum {				/* bbOutletCaps, the first bit is the highest */
	CAN_SWITCH = 0x80, CAN_CYCLE = 0x40, CAN_DELAY = 0x20, IS_METERED = 0x10, HAS_COLDSTART = 0x08, HAS_LOCK = 0x04
};
enum { IS_TRUE = 1, IS_FALSE = 2 };				/* TruthValue */
enum { DELAY_OF_DEVICE = -1 };					/* bbOutletCommandDelay */
enum { KIND_OF_DEVICE = 1, KIND_OF_BUSBAR = 2 };		/* bbGroupKind */

const struct word power_outlet_states[] = {
	{ "on", STATE_ON }, { "off", STATE_OFF }, { "pendingOff", STATE_PENDING_OFF },
	{ "pendingOn", STATE_PENDING_ON }, { "cycling", STATE_CYCLING }, { "rebooting", STATE_CYCLING },
	{ "locked", STATE_LOCKED }, { "fault", STATE_FAULT }, { "error", STATE_FAULT }, { NULL, STATE_UNKNOWN }
};

static const int pending_states[OUTLET_COMMANDS] = {
	[OUTLET_ON] = STATE_PENDING_ON, [OUTLET_OFF] = STATE_PENDING_OFF, [OUTLET_CYCLE] = STATE_CYCLING,
	[OUTLET_DELAYED_ON] = STATE_PENDING_ON, [OUTLET_DELAYED_OFF] = STATE_PENDING_OFF,
	[OUTLET_DELAYED_CYCLE] = STATE_CYCLING,
};

/* -- locks --------------------------------------------------------------------------------- */

uint32_t
power_lock(const struct device *d, const char *prefix)
{
	char			 name[48];
	const struct value	*kept;

	snprintf(name, sizeof(name), ".%s.lock", prefix);
	kept = snapshot_get(device_now(d), var_find(name, strlen(name)));
	if (kept != NULL && kept->type == V_NUMBER)
		return (uint32_t)value_scaled(kept, 0) & INT32_MAX;
	return (name_hash(device_name(d), strlen(device_name(d))) ^ name_hash(name, strlen(name))) & INT32_MAX;
}

static void
put_lock(struct power *p, enum column column, uint32_t part, const char *format)
{
	char	 prefix[32];

	snprintf(prefix, sizeof(prefix), "%s.%u", format, part);
	power_put_number(p, column, part, OBJECT_INTEGER, power_lock(p->to->device, prefix));
}

/* DateAndTime (RFC 2579) in UTC. */
static void
put_date(struct power *p, enum column column, uint32_t part, int64_t seconds)
{
	time_t		 when = (time_t)seconds;
	struct tm	 t;
	uint8_t		 bytes[11] = { 0 };

	if (gmtime_r(&when, &t) == NULL)
		return;
	bytes[0] = (uint8_t)((t.tm_year + 1900) >> 8);
	bytes[1] = (uint8_t)(t.tm_year + 1900);
	bytes[2] = (uint8_t)(t.tm_mon + 1);
	bytes[3] = (uint8_t)t.tm_mday;
	bytes[4] = (uint8_t)t.tm_hour;
	bytes[5] = (uint8_t)t.tm_min;
	bytes[6] = (uint8_t)t.tm_sec;
	bytes[8] = '+';
	power_put_bytes(p, column, part, bytes, sizeof(bytes));
}

/* -- groups ------------------------------------------------------------------------------- */

static bool
group_can(const struct power *p, uint32_t group, const char *command)
{
	return traits_can(device_traits(p->to->device), readings_var("outlet.group.%u.%s", group, command));
}

static bool
group_is_a(const struct power *p, uint32_t group, const char *type)
{
	const struct value	*v = power_reading(p, "outlet.group.%u.type", group);

	return v != NULL && v->type == V_TEXT && strcmp(v->text, type) == 0;
}

bool
group_is_switched(const struct power *p, uint32_t group)
{
	return group_is_a(p, group, "user-defined") || group_can(p, group, "load.on") ||
	    group_can(p, group, "load.off");
}

bool
group_is_branch(const struct power *p, uint32_t group)
{
	if (group_is_a(p, group, "user-defined"))
		return false;
	return !group_is_switched(p, group) || power_reading(p, "outlet.group.%u.type", group) != NULL;
}

static void
put_member(struct power *p, uint32_t group, uint32_t place, uint32_t device, uint32_t outlet)
{
	power_put_number(p, COLUMN_MEMBER_DEVICE, PART_MEMBER(group, place), OBJECT_GAUGE32, device);
	power_put_number(p, COLUMN_MEMBER_OUTLET, PART_MEMBER(group, place), OBJECT_GAUGE32, outlet);
}

/* Of a group of the configuration (core/group-view.h); one that is not there now has its place, and no row. */
static void
put_configured_members(struct power *p, uint32_t group, uint32_t n)
{
	const struct value	*v;
	uint32_t		 place, device, outlet;

	for (place = 1; place <= n; place++)
		if ((v = power_reading(p, REMARK_OUTLET "group.%u.member.%u", group, place)) != NULL &&
		    v->type == V_TEXT && sscanf(v->text, "%u %u", &device, &outlet) == 2)
			put_member(p, group, place, device, outlet);
}

/* The outlets that are listed, else those that say that they belong to it. */
static uint32_t
put_members(struct power *p, uint32_t group)
{
	const struct value	*v = power_reading(p, "outlet.group.%u.members", group), *of;
	char			 room[VALUE_TEXT_MAX];
	const char		*at = v == NULL ? "" : value_text(v, room);
	uint32_t		 n = 0, outlet;
	int			 used;
	size_t			 i;

	for (; sscanf(at, "%9u%n", &outlet, &used) == 1; at += used)
		put_member(p, group, ++n, p->to->index, outlet);
	for (i = 0; v == NULL && i < p->nparts; i++) {
		outlet = p->parts[i].about.item;
		if (p->parts[i].about.thing != THING_OUTLET ||
		    (of = power_reading(p, "outlet.%u.groupid", outlet)) == NULL || value_scaled(of, 0) != group)
			continue;
		put_member(p, group, ++n, p->to->index, outlet);
	}
	return n;
}

/* bbGroupControlTable */
static void
put_group_control(struct power *p, uint32_t group)
{
	const struct value	*failures = power_reading(p, REMARK_OUTLET "group.%u.failures", group);
	struct outlet_said	 said;

	group_said(device_now(p->to->device), group, &said);
	power_put_number(p, COLUMN_GROUP_COMMAND, group, OBJECT_INTEGER, said.pending);
	power_put_number(p, COLUMN_GROUP_DELAY, group, OBJECT_INTEGER, DELAY_OF_DEVICE);
	put_lock(p, COLUMN_GROUP_CONFIRM, group, "outlet.group");
	if (said.last == OUTLET_NONE)
		return;
	power_put_number(p, COLUMN_GROUP_LAST_RESULT, group, OBJECT_INTEGER, said.result);
	if (said.origin != NULL)
		power_put_text(p, COLUMN_GROUP_LAST_BY, group, said.origin);
	put_date(p, COLUMN_GROUP_LAST_TIME, group, said.time);
	if (failures != NULL && failures->type == V_TEXT)
		power_put_text(p, COLUMN_GROUP_LAST_FAILURES, group, failures->text);
}

static void
put_group(struct power *p, uint32_t group)
{
	const struct value	*count = rfc1628_positive(power_reading(p, "outlet.group.%u.count", group));
	bool			 configured = group_is_a(p, group, GROUP_CONFIGURED);
	uint32_t		 members = 0;

	if (!group_is_switched(p, group))
		return;
	if (configured)
		put_configured_members(p, group, count == NULL ? 0 : (uint32_t)value_scaled(count, 0));
	else
		members = put_members(p, group);
	power_put_number(p, COLUMN_GROUP_KIND, group, OBJECT_INTEGER, configured ? KIND_OF_BUSBAR : KIND_OF_DEVICE);
	if (group_can(p, group, "load.on") || group_can(p, group, "load.off"))
		put_group_control(p, group);
	if (members > 0 || count != NULL)
		power_put_number(p, COLUMN_GROUP_MEMBERS, group, OBJECT_GAUGE32,
		    members > 0 ? members : value_scaled(count, 0));
}

/* -- outlets -------------------------------------------------------------------------------- */

static bool
can(const struct power *p, uint32_t outlet, enum outlet_command command)
{
	return traits_can(device_traits(p->to->device),
	    readings_var("outlet.%u.%s", outlet, outlet_command_word(command)));
}

static bool
says(const struct power *p, uint32_t outlet, const char *what, const char *word)
{
	const struct value	*v = power_reading(p, "outlet.%u.%s", outlet, what);

	return v != NULL && (word == NULL || (v->type == V_TEXT && strcmp(v->text, word) == 0));
}

static uint8_t
abilities(const struct power *p, uint32_t outlet)
{
	unsigned	 caps = 0;

	if (can(p, outlet, OUTLET_ON) || can(p, outlet, OUTLET_OFF) || says(p, outlet, "switchable", "yes"))
		caps |= CAN_SWITCH;
	if (can(p, outlet, OUTLET_CYCLE))
		caps |= CAN_CYCLE;
	if (can(p, outlet, OUTLET_DELAYED_OFF) || can(p, outlet, OUTLET_DELAYED_ON))
		caps |= CAN_DELAY;
	if (says(p, outlet, "current", NULL) || says(p, outlet, "realpower", NULL))
		caps |= IS_METERED;
	if (says(p, outlet, "coldstart", NULL))
		caps |= HAS_COLDSTART;
	if (says(p, outlet, "lock", NULL))
		caps |= HAS_LOCK;
	return (uint8_t)caps;
}

static int64_t
state_of(const struct power *p, uint32_t outlet, const struct outlet_said *said)
{
	const struct value	*v = power_reading(p, "outlet.%u.status", outlet);

	if (!p->fresh)
		return STATE_UNKNOWN;
	if (pending_states[said->pending] != 0)
		return pending_states[said->pending];
	if (says(p, outlet, "lock", "yes"))
		return STATE_LOCKED;
	return v == NULL ? STATE_UNKNOWN : power_word(power_outlet_states, v);
}

/* bbOutletControlTable: what pends and how the last command ended. */
static void
put_control(struct power *p, uint32_t outlet, const struct outlet_said *said)
{
	power_put_number(p, COLUMN_CONTROL_COMMAND, outlet, OBJECT_INTEGER, said->pending);
	power_put_number(p, COLUMN_CONTROL_DELAY, outlet, OBJECT_INTEGER, DELAY_OF_DEVICE);
	put_lock(p, COLUMN_CONTROL_CONFIRM, outlet, "outlet");
	if (said->pending != OUTLET_NONE)
		power_put_time(p, COLUMN_CONTROL_PENDING, outlet, OBJECT_GAUGE32, TELL_SECONDS_UNTIL, said->due);
	else
		power_put_number(p, COLUMN_CONTROL_PENDING, outlet, OBJECT_GAUGE32, 0);
	if (said->pending == OUTLET_NONE && said->last == OUTLET_NONE)
		return;
	power_put_number(p, COLUMN_CONTROL_LAST_RESULT, outlet, OBJECT_INTEGER,
	    said->pending != OUTLET_NONE ? OUTLET_PENDING : said->result);
	if (said->origin != NULL)
		power_put_text(p, COLUMN_CONTROL_LAST_BY, outlet, said->origin);
	if (said->time > 0)
		put_date(p, COLUMN_CONTROL_LAST_TIME, outlet, said->time);
}

/* What it was called over SNMP, its label, or what is printed beside it. */
static void
put_name(struct power *p, uint32_t outlet)
{
	static const char *const	 names[] = { "name", "desc", "designator", "id" };
	const struct value		*v = power_reading(p, REMARK_OUTLET "%u.name", outlet);
	char				 room[VALUE_TEXT_MAX];
	size_t				 i;

	for (i = 0; v == NULL && i < nitems(names); i++)
		v = power_reading(p, "outlet.%u.%s", outlet, names[i]);
	if (v != NULL && v->text != NULL)
		power_put_text(p, COLUMN_OUTLET_NAME, outlet, v->text);
	else if (v != NULL)
		power_put_bytes(p, COLUMN_OUTLET_NAME, outlet, value_text(v, room), strlen(value_text(v, room)));
}

static uint8_t
put_outlet(struct power *p, uint32_t outlet)
{
	struct outlet_said	 said;
	uint8_t			 caps = abilities(p, outlet);

	outlet_said(device_now(p->to->device), outlet, &said);
	put_name(p, outlet);
	power_put_bytes(p, COLUMN_OUTLET_CAPS, outlet, &caps, 1);
	power_put_number(p, COLUMN_OUTLET_STATE, outlet, OBJECT_INTEGER, state_of(p, outlet, &said));
	power_put_number(p, COLUMN_OUTLET_CRITICAL, outlet, OBJECT_INTEGER, said.critical ? IS_TRUE : IS_FALSE);
	if (caps & CAN_SWITCH)
		put_control(p, outlet, &said);
	return caps;
}

void
outlets_make(struct power *p)
{
	uint32_t	 switched = 0, metered = 0;
	size_t		 i;

	for (i = 0; i < p->nparts; i++) {
		const struct about	*a = &p->parts[i].about;
		uint8_t			 caps = 0;

		if (a->thing == THING_OUTLET)
			caps = put_outlet(p, a->item);
		else if (a->thing == THING_GROUP)
			put_group(p, a->item);
		switched += (caps & CAN_SWITCH) != 0;
		metered += (caps & IS_METERED) != 0;
	}
	if ((p->kind & (KIND_PDU | KIND_ATS)) == 0)
		return;
	power_put_number(p, COLUMN_PDU_UNIT_SWITCHED, 0, OBJECT_GAUGE32, switched);
	power_put_number(p, COLUMN_PDU_UNIT_METERED, 0, OBJECT_GAUGE32, metered);
}
