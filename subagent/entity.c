#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/indexes.h"
#include "core/remarks.h"
#include "subagent/columns.h"
#include "subagent/sensors.h"
#include "subagent/values.h"

/*
 * A device in ENTITY-MIB (RFC 6933) is a chassis with its sensors in it; its
 * SNMP context is a logical entity.  A column that would have nothing to say
 * for any of them is not served: SNMP's "no such instance" is clearer than the
 * empty text.
 */
enum { CLASS_CHASSIS = 3, CLASS_SENSOR = 8 };			/* PhysicalClass */
enum { SCALE_UNITS = 9 };					/* EntitySensorDataScale */
enum { STATUS_SENSOR_OK = 1, STATUS_SENSOR_UNAVAILABLE = 2 };	/* EntitySensorStatus */
enum { IS_TRUE = 1, IS_FALSE = 2 };				/* TruthValue */

#define CHASSIS		0	/* its part number */
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

/* A number for the chassis, another for all its sensors. */
static void
numbers(struct making *m, enum column column, int64_t chassis, int64_t sensor)
{
	size_t	 i;

	number(m, column, CHASSIS, chassis);
	for (i = 0; i < m->nsensors; i++)
		number(m, column, m->sensors[i].part, sensor);
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

/* A manager takes it for the sensor's label, so it says of which device. */
static void
physical_name(struct making *m)
{
	char	 name[128];
	size_t	 i;

	text(m, COLUMN_PHYSICAL_NAME, CHASSIS, device_name(m->to->device), 255);
	for (i = 0; i < m->nsensors; i++) {
		snprintf(name, sizeof(name), "%s %s", device_name(m->to->device), m->sensors[i].what);
		text(m, COLUMN_PHYSICAL_NAME, m->sensors[i].part, name, 255);
	}
}

static void
physical(struct making *m)
{
	size_t	 i;

	physical_descr(m);
	objects_add_oid(m->to->out, COLUMN_KEY(COLUMN_PHYSICAL_VENDOR_TYPE, CHASSIS),
	    (struct oid){ nothing, 2 });
	for (i = 0; i < m->nsensors; i++)
		objects_add_oid(m->to->out, COLUMN_KEY(COLUMN_PHYSICAL_VENDOR_TYPE, m->sensors[i].part),
		    (struct oid){ nothing, 2 });
	numbers(m, COLUMN_PHYSICAL_CONTAINED_IN, 0, (int64_t)m->to->index * INDEX_ENTITIES);
	numbers(m, COLUMN_PHYSICAL_CLASS, CLASS_CHASSIS, CLASS_SENSOR);
	number(m, COLUMN_PHYSICAL_PARENT_REL_POS, CHASSIS, -1);
	for (i = 0; i < m->nsensors; i++)
		number(m, COLUMN_PHYSICAL_PARENT_REL_POS, m->sensors[i].part, m->sensors[i].part);
	physical_name(m);
	chassis_text(m, COLUMN_PHYSICAL_FIRMWARE_REV, VAR_UPS_FIRMWARE, VAR_NONE, 255);
	chassis_text(m, COLUMN_PHYSICAL_SERIAL_NUM, VAR_DEVICE_SERIAL, VAR_UPS_SERIAL, 32);
	chassis_text(m, COLUMN_PHYSICAL_MFG_NAME, VAR_DEVICE_MFR, VAR_UPS_MFR, 255);
	chassis_text(m, COLUMN_PHYSICAL_MODEL_NAME, VAR_DEVICE_MODEL, VAR_UPS_MODEL, 255);
	numbers(m, COLUMN_PHYSICAL_IS_FRU, IS_TRUE, IS_FALSE);
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
	int64_t	 n = value_scaled(&s->value, s->precision);

	return n > VALUE_LIMIT ? VALUE_LIMIT : n < -VALUE_LIMIT ? -VALUE_LIMIT : n;
}

/* What is too old to be believed has no value, though its row goes on. */
static void
sensors(struct making *m)
{
	bool			 fresh = m->r.state == DEVICE_FRESH;
	const struct sensor	*end = m->nsensors == 0 ? m->sensors : m->sensors + m->nsensors, *s;

	for (s = m->sensors; s < end; s++)
		number(m, COLUMN_SENSOR_TYPE, s->part, s->type);
	for (s = m->sensors; s < end; s++)
		number(m, COLUMN_SENSOR_SCALE, s->part, SCALE_UNITS);
	for (s = m->sensors; s < end; s++)
		number(m, COLUMN_SENSOR_PRECISION, s->part, s->precision);
	for (s = m->sensors; fresh && s < end; s++)
		number(m, COLUMN_SENSOR_VALUE, s->part, sensor_value(s));
	for (s = m->sensors; s < end; s++)
		number(m, COLUMN_SENSOR_OPER_STATUS, s->part,
		    fresh ? STATUS_SENSOR_OK : STATUS_SENSOR_UNAVAILABLE);
	for (s = m->sensors; s < end; s++)
		text(m, COLUMN_SENSOR_UNITS_DISPLAY, s->part, s->units, 255);
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
