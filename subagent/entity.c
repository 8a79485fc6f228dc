#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/indexes.h"
#include "core/remarks.h"
#include "subagent/columns.h"
#include "subagent/sensors.h"
#include "subagent/values.h"

/*
 * A device in ENTITY-MIB (RFC 6933) is a chassis with its inlets, breakers,
 * outlets and sensors in it; its SNMP context is a logical entity.  A column
 * that would have nothing to say for any of them is not served: SNMP's "no
 * such instance" is clearer than the empty text.
 *
 * Of each part there is a cell for what it is (entPhysicalDescr), of a sensor
 * two more: its kind, as entPhySensorType, and its value.  All other columns
 * follow from these and from the part's number, and are told when they are
 * asked for: a PDU has hundreds of parts.
 */
enum { CLASS_CHASSIS = 3, CLASS_SENSOR = 8, CLASS_ENERGY_OBJECT = 13 };		/* PhysicalClass */
enum { SCALE_UNITS = 9 };					/* EntitySensorDataScale */
enum { STATUS_SENSOR_OK = 1, STATUS_SENSOR_UNAVAILABLE = 2 };	/* EntitySensorStatus */
enum { IS_TRUE = 1, IS_FALSE = 2 };				/* TruthValue */

#define CHASSIS		PART_CHASSIS
#define VALUE_LIMIT	1000000000	/* EntitySensorValue: beyond is told as this */

struct making {
	const struct cells	*to;
	struct readings		 r;
	struct sensor		*sensors;
	size_t			 nsensors;
};

static const uint32_t ups_mib[] = { 1, 3, 6, 1, 2, 1, 33 };
static const uint32_t nothing[] = { 0, 0 };	/* zeroDotZero */

static void
number(struct making *m, enum column column, uint32_t part, int64_t n)
{
	objects_add_number(m->to->out, COLUMN_KEY(column, part), OBJECT_INTEGER, n);
}

static void
text(struct making *m, enum column column, uint32_t part, const char *s, size_t max)
{
	char	 clean[255];

	objects_add_text(m->to->out, COLUMN_KEY(column, part), clean,
	    admin_string(s, clean, max < sizeof(clean) ? max : sizeof(clean)));
}

static const char *
reading(struct making *m, enum var var, enum var other, char room[VALUE_TEXT_MAX])
{
	const char	*s = readings_text(&m->r, var, room);

	return *s != '\0' ? s : readings_text(&m->r, other, room);
}

static void
chassis_text(struct making *m, enum column column, enum var var, enum var other, size_t max)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*s = reading(m, var, other, room);

	if (*s != '\0')
		text(m, column, CHASSIS, s, max);
}

static void
physical_descr(struct making *m)
{
	char	 room[2][VALUE_TEXT_MAX], descr[256];
	size_t	 i;

	snprintf(descr, sizeof(descr), "%s %s", reading(m, VAR_DEVICE_MFR, VAR_UPS_MFR, room[0]),
	    reading(m, VAR_DEVICE_MODEL, VAR_UPS_MODEL, room[1]));
	text(m, COLUMN_PHYSICAL_DESCR, CHASSIS,
	    descr[strspn(descr, " ")] != '\0' ? descr : device_name(m->to->device), 255);
	for (i = 0; i < m->nsensors; i++)
		text(m, COLUMN_PHYSICAL_DESCR, m->sensors[i].part, m->sensors[i].what, 255);
}

static void
physical(struct making *m)
{
	physical_descr(m);
	chassis_text(m, COLUMN_PHYSICAL_FIRMWARE_REV, VAR_UPS_FIRMWARE, VAR_NONE, 255);
	chassis_text(m, COLUMN_PHYSICAL_SERIAL_NUM, VAR_DEVICE_SERIAL, VAR_UPS_SERIAL, 32);
	chassis_text(m, COLUMN_PHYSICAL_MFG_NAME, VAR_DEVICE_MFR, VAR_UPS_MFR, 255);
	chassis_text(m, COLUMN_PHYSICAL_MODEL_NAME, VAR_DEVICE_MODEL, VAR_UPS_MODEL, 255);
}

/* A device's SNMP context, which speaks UPS-MIB. */
static void
logical(struct making *m)
{
	char	 room[VALUE_TEXT_MAX];

	if (strcmp(readings_text(&m->r, var_intern(REMARK_CONTEXT), room), "yes") != 0)
		return;
	text(m, COLUMN_LOGICAL_DESCR, 0, device_name(m->to->device), 255);
	objects_add_oid(m->to->out, COLUMN_KEY(COLUMN_LOGICAL_TYPE, 0),
	    (struct oid){ ups_mib, sizeof(ups_mib) / sizeof(*ups_mib) });
	text(m, COLUMN_LOGICAL_CONTEXT_ENGINE, 0, "", 0);
	text(m, COLUMN_LOGICAL_CONTEXT_NAME, 0, device_name(m->to->device), 255);
	number(m, COLUMN_LP_PHYSICAL_INDEX, CHASSIS, (int64_t)m->to->index * INDEX_ENTITIES);
}

static int64_t
sensor_value(const struct sensor *s)
{
	int64_t	 n = value_scaled(&s->value, sensor_scales[s->kind].precision);

	return n > VALUE_LIMIT ? VALUE_LIMIT : n < -VALUE_LIMIT ? -VALUE_LIMIT : n;
}

/* What is too old to be believed has no value, though its row goes on. */
static void
sensors(struct making *m)
{
	const struct sensor	*end = m->nsensors == 0 ? m->sensors : m->sensors + m->nsensors, *s;

	for (s = m->sensors; s < end; s++)
		if (s->kind != KIND_NO_SENSOR)
			number(m, COLUMN_SENSOR_TYPE, s->part, s->kind);
	for (s = m->sensors; m->r.state == DEVICE_FRESH && s < end; s++)
		if (s->kind != KIND_NO_SENSOR)
			number(m, COLUMN_SENSOR_VALUE, s->part, sensor_value(s));
}

void
entity_make(const struct cells *to)
{
	struct making	 m = { .to = to, .r = readings_of_device(to->device) };

	m.sensors = sensors_of(to->device, &m.nsensors);
	physical(&m);
	logical(&m);
	sensors(&m);
	free(m.sensors);
}

/* -- columns that follow from others ----------------------------------------------------------- */

enum column
entity_basis(enum column c)
{
	switch (c) {
	case COLUMN_PHYSICAL_VENDOR_TYPE:
	case COLUMN_PHYSICAL_CONTAINED_IN:
	case COLUMN_PHYSICAL_CLASS:
	case COLUMN_PHYSICAL_PARENT_REL_POS:
	case COLUMN_PHYSICAL_NAME:
	case COLUMN_PHYSICAL_IS_FRU:
		return COLUMN_PHYSICAL_DESCR;
	case COLUMN_SENSOR_SCALE:
	case COLUMN_SENSOR_PRECISION:
	case COLUMN_SENSOR_OPER_STATUS:
	case COLUMN_SENSOR_UNITS_DISPLAY:
		return COLUMN_SENSOR_TYPE;
	default:
		return c;
	}
}

static void
tell_number(struct object *o, int64_t n)
{
	o->type = OBJECT_INTEGER;
	o->number = (uint64_t)n;
}

static void
tell_text(struct object *o, const char *s, size_t len)
{
	o->type = OBJECT_OCTETS;
	o->bytes = (const uint8_t *)s;
	o->len = len;
}

/* A manager takes it for the label, so it says of which device. */
static void
tell_name(const struct entity *e, const struct containment *c, char room[ENTITY_NAME_MAX], struct object *o)
{
	char	 name[ENTITY_NAME_MAX + 1];

	if (e->part == CHASSIS)
		snprintf(name, sizeof(name), "%s", device_name(e->device));
	else if (c->sensor)
		snprintf(name, sizeof(name), "%s %.*s", device_name(e->device), (int)e->basis->len,
		    (const char *)e->basis->bytes);
	else
		snprintf(name, sizeof(name), "%s %s %u", device_name(e->device), c->called, c->number);
	tell_text(o, room, admin_string(name, room, ENTITY_NAME_MAX));
}

void
entity_tell(const struct entity *e, enum column column, char room[ENTITY_NAME_MAX], struct object *o)
{
	struct containment		 c = sensors_containment(e->part);
	bool				 chassis = e->part == CHASSIS;
	const struct sensor_scale	*scale = &sensor_scales[0];

	if (entity_basis(column) == COLUMN_SENSOR_TYPE)
		scale = &sensor_scales[e->basis->number];
	switch (column) {
	case COLUMN_PHYSICAL_VENDOR_TYPE:
		o->type = OBJECT_OID;
		o->ref = (struct oid){ nothing, 2 };
		break;
	case COLUMN_PHYSICAL_CONTAINED_IN:
		tell_number(o, chassis ? 0 : (int64_t)e->index * INDEX_ENTITIES + c.container);
		break;
	case COLUMN_PHYSICAL_CLASS:
		tell_number(o, chassis ? CLASS_CHASSIS : c.sensor ? CLASS_SENSOR : CLASS_ENERGY_OBJECT);
		break;
	case COLUMN_PHYSICAL_PARENT_REL_POS:
		tell_number(o, chassis ? -1 : (int64_t)c.position);
		break;
	case COLUMN_PHYSICAL_NAME:
		tell_name(e, &c, room, o);
		break;
	case COLUMN_PHYSICAL_IS_FRU:
		tell_number(o, chassis ? IS_TRUE : IS_FALSE);
		break;
	case COLUMN_SENSOR_TYPE:
		tell_number(o, scale->type);
		break;
	case COLUMN_SENSOR_SCALE:
		tell_number(o, SCALE_UNITS);
		break;
	case COLUMN_SENSOR_PRECISION:
		tell_number(o, scale->precision);
		break;
	case COLUMN_SENSOR_OPER_STATUS:
		tell_number(o, device_state(e->device) == DEVICE_FRESH ? STATUS_SENSOR_OK : STATUS_SENSOR_UNAVAILABLE);
		break;
	case COLUMN_SENSOR_UNITS_DISPLAY:
		tell_text(o, scale->units, strlen(scale->units));
		break;
	default:
		break;
	}
}
