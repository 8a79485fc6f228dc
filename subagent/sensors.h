#ifndef SUBAGENT_SENSORS_H
#define SUBAGENT_SENSORS_H

#include "core/readings.h"

/*
 * What of a device is a sensor in the sense of RFC 3433: each reading with a
 * unit that it knows, and charge and load in percent.  A sensor's part number
 * is its own for ever, by the tables of sensors.c.
 */
enum sensor_type {		/* EntitySensorDataType */
	SENSOR_OTHER = 1, SENSOR_VOLTS_AC = 3, SENSOR_VOLTS_DC, SENSOR_AMPERES, SENSOR_WATTS,
	SENSOR_HERTZ, SENSOR_CELSIUS, SENSOR_PERCENT_RH
};

struct sensor {
	uint32_t		 part;		/* below INDEX_ENTITIES */
	enum sensor_type	 type;
	unsigned		 precision;	/* digits after the point, the same for all of its kind */
	const char		*units;
	struct value		 value;		/* a number */
	char			 what[40];	/* "input voltage", "outlet 3 current" */
};

#define SENSORS_MAX	1024

/* By part; for the caller to free. */
struct sensor	*sensors_of(const struct device *, size_t *n);

#endif
