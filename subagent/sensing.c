#include <string.h>

#include "core/mem.h"
#include "core/rfc1628.h"
#include "subagent/power.h"

/* bbSensorTable and bbThresholdTable: sensors of the environment, and limits of whatever has some. */

static int64_t
in_32_bits(int64_t n)
{
	return n > INT32_MAX ? INT32_MAX : n < INT32_MIN ? INT32_MIN : n;
}

/* -- sensors ----------------------------------------------------------------------------------- */

enum { KIND_CONTACT = 3 };
enum { IS_TRUE = 1, IS_FALSE = 2 };				/* TruthValue */

static const struct word detected[] = { { "clear", 0 }, { "alarm", 1 }, { "yes", 1 }, { "no", 0 }, { NULL, -1 } };
static const struct word opened[] = {
	{ "closed", 0 }, { "open", 1 }, { "inactive", 0 }, { "active", 1 }, { NULL, -1 }
};

/* bbSensorKind with the words of those that are not numbers. */
static const struct sensor_kind {
	const char		*name;
	uint32_t		 kind;
	unsigned		 scale;
	const struct word	*words;
	bool			 alarms;	/* 1 is an alarm */
} sensor_kinds[] = {
	{ "temperature", 1, 1, NULL, false },
	{ "humidity", 2, 1, NULL, false },
	{ "water", 4, 0, detected, true },
	{ "smoke", 5, 0, detected, true },
	{ "door", 6, 0, opened, false },
	{ "airflow", 7, 3, NULL, false },
	{ "pressure", 8, 0, NULL, false },
	{ "fan", 9, 0, NULL, false },
	{ "vibration", 10, 0, detected, true },
};

/* bbSensorIndex: a hundred for each place, with one for each kind and the contacts behind. */
#define SENSOR_INDEX(item, slot)	((uint32_t)(item) * 100 + (slot))
#define SLOT_CONTACTS			20
#define CONTACT_MAX			79

static const struct sensor_kind *
kind_of(const char *rest, const char **tail)
{
	size_t	 len = strcspn(rest, "."), i;

	*tail = rest[len] == '.' ? rest + len + 1 : "";
	for (i = 0; i < nitems(sensor_kinds); i++)
		if (strlen(sensor_kinds[i].name) == len && strncmp(sensor_kinds[i].name, rest, len) == 0)
			return &sensor_kinds[i];
	return NULL;
}

static void
put_kind(struct power *p, uint32_t index, uint32_t kind)
{
	power_put_number(p, COLUMN_SENSOR_KIND, index, OBJECT_INTEGER, kind);
}

static void
put_measured(struct power *p, enum column column, uint32_t index, const struct sensor_kind *kind,
    const struct value *v)
{
	if (v->type != V_NUMBER)
		return;
	power_put_number(p, column, index, OBJECT_INTEGER, in_32_bits(value_scaled(v, kind->scale)));
}

static void
put_detected(struct power *p, uint32_t index, const struct word *words, bool alarms, const struct value *v)
{
	int64_t	 n = power_word(words, v);

	if (n < 0)
		return;
	power_put_number(p, COLUMN_SENSOR_READING, index, OBJECT_INTEGER, n);
	if (alarms)
		power_put_number(p, COLUMN_SENSOR_STATE, index, OBJECT_INTEGER,
		    n == 1 ? SEVERITY_HIGH_CRITICAL : SEVERITY_NORMAL);
}

/* A contact that says whether it is active, or says its rest position, says whether something is wrong. */
static void
take_contact(struct power *p, const struct about *a, const struct value *v)
{
	uint32_t		 index = SENSOR_INDEX(a->item, SLOT_CONTACTS + a->sub);
	const struct value	*rest;
	const char		*text = v->type == V_TEXT ? v->text : "";
	bool			 known, wrong;

	if (a->sub < 1 || a->sub > CONTACT_MAX || strcmp(a->rest, "status") != 0)
		return;
	put_kind(p, index, KIND_CONTACT);
	if (!p->fresh)
		return;
	put_detected(p, index, opened, strcmp(text, "active") == 0 || strcmp(text, "inactive") == 0, v);
	rest = a->item == 0 ? power_reading(p, "ambient.contacts.%u.config", a->sub) :
	    power_reading(p, "ambient.%u.contacts.%u.config", a->item, a->sub);
	known = rest != NULL && rest->type == V_TEXT && (strcmp(text, "open") == 0 || strcmp(text, "closed") == 0);
	wrong = known && (strcmp(text, "open") == 0) != (strcmp(rest->text, "normal-open") == 0);
	if (known)
		power_put_number(p, COLUMN_SENSOR_STATE, index, OBJECT_INTEGER,
		    wrong ? SEVERITY_HIGH_CRITICAL : SEVERITY_NORMAL);
}

void
sensing_take(struct power *p, const struct about *a, const struct value *v)
{
	const char			*tail;
	const struct sensor_kind	*kind;
	uint32_t			 index;

	if (a->thing == THING_CONTACT) {
		take_contact(p, a, v);
		return;
	}
	if ((kind = kind_of(a->rest, &tail)) == NULL)
		return;
	index = SENSOR_INDEX(a->item, kind->kind);
	if (*tail == '\0')
		put_kind(p, index, kind->kind);
	if (*tail == '\0' && p->fresh && kind->words != NULL)
		put_detected(p, index, kind->words, kind->alarms, v);
	else if (*tail == '\0' && p->fresh)
		put_measured(p, COLUMN_SENSOR_READING, index, kind, v);
	else if (strcmp(tail, "status") == 0 && p->fresh)
		power_put_number(p, COLUMN_SENSOR_STATE, index, OBJECT_INTEGER, power_word(power_severities, v));
	else if (strcmp(tail, "minimum") == 0)
		put_measured(p, COLUMN_SENSOR_MINIMUM, index, kind, v);
	else if (strcmp(tail, "maximum") == 0)
		put_measured(p, COLUMN_SENSOR_MAXIMUM, index, kind, v);
}

static const struct value *
of_place(const struct power *p, uint32_t item, const char *what)
{
	return item == 0 ? power_reading(p, "ambient.%s", what) : power_reading(p, "ambient.%u.%s", item, what);
}

static void
put_text(struct power *p, enum column column, uint32_t part, const struct value *v)
{
	char	 room[VALUE_TEXT_MAX];

	if (v->text != NULL)
		power_put_text(p, column, part, v->text);
	else
		power_put_bytes(p, column, part, value_text(v, room), strlen(value_text(v, room)));
}

/* What is said of the place, for the sensor of it. */
static void
put_place(struct power *p, uint32_t index, uint32_t item, const struct value *name)
{
	const struct value	*present = of_place(p, item, "present");

	if (name != NULL || (name = of_place(p, item, "name")) != NULL)
		put_text(p, COLUMN_SENSOR_LABEL, index, name);
	if (present != NULL && present->type == V_TEXT && p->fresh)
		power_put_number(p, COLUMN_SENSOR_PRESENT, index, OBJECT_INTEGER,
		    strcmp(present->text, "yes") == 0 ? IS_TRUE : IS_FALSE);
}

static void
put_places(struct power *p)
{
	size_t	 i, kind;

	for (i = 0; i < p->nparts; i++) {
		const struct about	*a = &p->parts[i].about;

		if (a->thing == THING_CONTACT && a->sub >= 1 && a->sub <= CONTACT_MAX &&
		    (a->item == 0 ? power_reading(p, "ambient.contacts.%u.status", a->sub) :
		    power_reading(p, "ambient.%u.contacts.%u.status", a->item, a->sub)) != NULL)
			put_place(p, SENSOR_INDEX(a->item, SLOT_CONTACTS + a->sub), a->item, a->item == 0 ?
			    power_reading(p, "ambient.contacts.%u.name", a->sub) :
			    power_reading(p, "ambient.%u.contacts.%u.name", a->item, a->sub));
		for (kind = 0; a->thing == THING_SENSOR && kind < nitems(sensor_kinds); kind++)
			if (of_place(p, a->item, sensor_kinds[kind].name) != NULL)
				put_place(p, SENSOR_INDEX(a->item, sensor_kinds[kind].kind), a->item, NULL);
	}
}

/* -- limits ------------------------------------------------------------------------------------- */

enum class { CLASS_INLET = 1, CLASS_PHASE, CLASS_BRANCH, CLASS_OUTLET, CLASS_SENSOR, CLASS_UNIT };

static const struct quantity {	/* bbThresholdQuantity, by place */
	const char	*name;
	unsigned	 scale;
} quantities[] = {
	{ "voltage", 3 }, { "current", 3 }, { "realpower", 0 }, { "power", 0 }, { "load", 1 }, { "frequency", 1 },
	{ "temperature", 1 }, { "humidity", 1 }, { "unbalance", 1 }, { "powerfactor", 3 }, { "pressure", 0 },
	{ "airflow", 3 },
};

/* ".low" and ".high" alone stand for the critical ones where those are missing. */
static const struct { const char *name; enum column column; uint32_t order; } limits[] = {
	{ "low.critical", COLUMN_THRESHOLD_LOW_CRITICAL, 0 }, { "low", COLUMN_THRESHOLD_LOW_CRITICAL, 1 },
	{ "low.warning", COLUMN_THRESHOLD_LOW_WARNING, 0 }, { "high.warning", COLUMN_THRESHOLD_HIGH_WARNING, 0 },
	{ "high.critical", COLUMN_THRESHOLD_HIGH_CRITICAL, 0 }, { "high", COLUMN_THRESHOLD_HIGH_CRITICAL, 1 },
	{ "hysteresis", COLUMN_THRESHOLD_HYSTERESIS, 0 },
};

static unsigned
quantity_of(const char *rest, const char **tail)
{
	size_t	 len = strcspn(rest, "."), i;

	*tail = rest[len] == '.' ? rest + len + 1 : "";
	for (i = 0; i < nitems(quantities); i++)
		if (strlen(quantities[i].name) == len && strncmp(quantities[i].name, rest, len) == 0)
			return (unsigned)i + 1;
	return 0;
}

/* Which class and item it is about; false: none that has limits here. */
static bool
place_of(const struct power *p, const struct about *a, unsigned quantity, uint32_t *class, uint32_t *item)
{
	bool		 pdu = (p->kind & (KIND_PDU | KIND_ATS)) != 0, of_line = quantity <= 2 || quantity == 5;
	uint32_t	 inlet = a->item == 0 ? 1 : a->item;
	const struct sensor_kind *kind;
	const char	*tail;

	*item = inlet;
	switch (a->thing) {
	case THING_INPUT:
	case THING_INLET:
		*class = p->single_phase && of_line ? CLASS_PHASE : CLASS_INLET;
		if (*class == CLASS_PHASE)
			*item = inlet * 10 + LINE_L1;
		return pdu && (p->inlets == 1 || a->item > 0) && (p->single_phase || !of_line);
	case THING_PHASE:
		*class = CLASS_PHASE;
		*item = inlet * 10 + a->sub;
		return pdu && (p->inlets == 1 || a->item > 0);
	case THING_GROUP:
		*class = CLASS_BRANCH;
		return group_is_branch(p, a->item);
	case THING_OUTLET:
		*class = CLASS_OUTLET;
		return true;
	case THING_OUTLETS:
		*class = CLASS_UNIT;
		*item = 1;
		return pdu;
	case THING_SENSOR:
		*class = CLASS_SENSOR;
		if ((kind = kind_of(a->rest, &tail)) != NULL)
			*item = SENSOR_INDEX(a->item, kind->kind);
		return kind != NULL;
	default:
		return false;
	}
}

/* "good" of the quantity that the limit belongs to. */
static void
put_state(struct power *p, uint32_t part, const char *name, size_t base)
{
	const struct value	*v = power_reading(p, "%.*sstatus", (int)base, name);

	power_put_number(p, COLUMN_THRESHOLD_STATE, part, OBJECT_INTEGER,
	    v != NULL && p->fresh ? power_word(power_severities, v) : SEVERITY_UNKNOWN);
}

void
limits_take(struct power *p, const struct about *a, const char *name, const struct value *v)
{
	uint32_t	 class, item, part;
	const char	*tail;
	unsigned	 quantity = quantity_of(a->rest, &tail);
	int64_t		 n;
	size_t		 i;

	if (quantity == 0 || v->type != V_NUMBER)
		return;
	for (i = 0; i < nitems(limits) && strcmp(limits[i].name, tail) != 0; i++)
		;
	if (i == nitems(limits) || !place_of(p, a, quantity, &class, &item))
		return;
	part = PART_THRESHOLD(class, item, quantity);
	n = value_scaled(v, quantities[quantity - 1].scale);
	p->order = limits[i].order;
	p->scale = quantities[quantity - 1].scale;
	power_put_number(p, limits[i].column, part, OBJECT_INTEGER, in_32_bits(n));
	p->order = ORDER_COMPUTED;
	p->scale = 0;
	put_state(p, part, name, (size_t)(tail - name));
}

void
sensing_make(struct power *p)
{
	put_places(p);
}
