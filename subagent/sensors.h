#ifndef SUBAGENT_SENSORS_H
#define SUBAGENT_SENSORS_H

#include "core/readings.h"

/*
 * What a device consists of in the sense of RFC 6933: its inlets, breakers
 * and outlets, and what RFC 3433 calls a sensor: each reading with a unit that
 * it knows, and charge, load and the like as others.  A part's number is its
 * own for ever, by the tables of sensors.c, and says what it is contained in.
 */
enum sensor_type {		/* EntitySensorDataType */
	SENSOR_OTHER = 1, SENSOR_VOLTS_AC = 3, SENSOR_VOLTS_DC, SENSOR_AMPERES, SENSOR_WATTS,
	SENSOR_HERTZ, SENSOR_CELSIUS, SENSOR_PERCENT_RH, SENSOR_RPM
};

enum sensor_kind {
	KIND_NO_SENSOR, KIND_VOLTS_AC, KIND_VOLTS_DC, KIND_AMPERES, KIND_WATTS, KIND_HERTZ, KIND_CELSIUS,
	KIND_HUMIDITY, KIND_PERCENT, KIND_VOLT_AMPERES, KIND_POWER_FACTOR, KIND_RPM, SENSOR_KINDS
};

struct sensor_scale {
	enum sensor_type	 type;
	unsigned		 precision;	/* digits after the point, the same for all of its kind */
	const char		*units;
};
extern const struct sensor_scale sensor_scales[SENSOR_KINDS];

struct sensor {
	uint32_t		 part;		/* below INDEX_ENTITIES */
	enum sensor_kind	 kind;
	struct value		 value;		/* of a sensor: a number */
	char			 what[64];	/* "input voltage", "outlet 3 current"; of an outlet its label */
};

enum { PART_CHASSIS = 0 };

struct containment {		/* what the number of a part says */
	uint32_t	 container;	/* PART_CHASSIS, or the outlet or breaker that the sensor is at */
	uint32_t	 position;	/* there */
	bool		 sensor;
	const char	*called;	/* "outlet", of what is no sensor */
	uint32_t	 number;
};
struct containment	 sensors_containment(uint32_t part);

#define SENSORS_MAX	4096

/* By part; for the caller to free. */
struct sensor	*sensors_of(const struct device *, size_t *n);

#endif
