#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "subagent/power.h"
#include "subagent/values.h"

#define TEXT_MAX	64	/* SnmpAdminString (SIZE (0..64)) */
#define FAILURES_MAX	255	/* of bbGroupLastFailures */

/* -- what is put -------------------------------------------------------------------- */

static struct put *
put(struct power *p, enum column column, uint32_t part, enum telling_of how)
{
	p->puts = array_room(p->puts, p->n, &p->room, sizeof(*p->puts));
	p->puts[p->n] = (struct put){ .key = COLUMN_KEY(column, part), .order = p->order, .how = (uint8_t)how,
	    .scale = (uint8_t)p->scale, .words = p->words };
	return &p->puts[p->n++];
}

void
power_put_number(struct power *p, enum column column, uint32_t part, enum object_type type, int64_t number)
{
	struct put	*one = put(p, column, part, PUT_NUMBER);

	one->type = (uint8_t)type;
	one->number = number;
}

void
power_put_large(struct power *p, enum column column, uint32_t part, uint64_t number)
{
	put(p, column, part, PUT_LARGE)->number = (int64_t)number;
}

void
power_put_text(struct power *p, enum column column, uint32_t part, const char *text)
{
	if (*text != '\0')
		put(p, column, part, PUT_TEXT)->text = text;
}

void
power_put_bytes(struct power *p, enum column column, uint32_t part, const void *bytes, size_t len)
{
	struct put	*one = put(p, column, part, PUT_BYTES);

	one->len = (uint8_t)(len < sizeof(one->bytes) ? len : sizeof(one->bytes));
	memcpy(one->bytes, bytes, one->len);
}

void
power_put_time(struct power *p, enum column column, uint32_t part, enum object_type type, enum telling telling,
    int64_t ms)
{
	struct put	*one = put(p, column, part, PUT_TIME);

	one->type = (uint8_t)type;
	one->telling = (uint8_t)telling;
	one->number = ms;
}

int64_t
power_word(const struct word *words, const struct value *v)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*text = value_text(v, room);

	while (words->word != NULL && strcmp(words->word, text) != 0)
		words++;
	return words->number;
}

const struct value *
power_reading(const struct power *p, const char *fmt, ...)
{
	char	 name[64];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return readings_get(&p->r, var_find(name, strlen(name)));
}

/* -- the pass over all readings -------------------------------------------------------- */

static uint64_t
place_of(const struct about *a)
{
	return (uint64_t)a->thing << 56 | (uint64_t)a->item << 24 | a->sub;
}

static void
note_part(struct power *p, const struct about *a, const char *name)
{
	uint64_t	 place = place_of(a);

	if (a->thing == THING_OTHER || (p->nparts > 0 && p->parts[p->nparts - 1].place == place))
		return;
	p->parts = array_room(p->parts, p->nparts, &p->parts_room, sizeof(*p->parts));
	p->parts[p->nparts++] = (struct part){ .place = place, .about = *a, .name = name };
}

static int
by_place(const void *a, const void *b)
{
	const struct part	*one = a, *other = b;

	return one->place < other->place ? -1 : one->place > other->place;
}

static void
sort_parts(struct power *p)
{
	size_t	 i, n = 0;

	if (p->nparts > 1)
		qsort(p->parts, p->nparts, sizeof(*p->parts), by_place);
	for (i = 0; i < p->nparts; i++)
		if (n == 0 || p->parts[n - 1].place != p->parts[i].place)
			p->parts[n++] = p->parts[i];
	p->nparts = n;
}

/* Which inlets and lines there are says what a name without their numbers means. */
static void
look_over(struct power *p)
{
	const struct snapshot	*s = device_now(p->to->device);
	const struct value	*count = power_reading(p, "input.count"), *phases = power_reading(p, "input.phases");
	size_t			 i;

	p->inlets = 1;
	for (i = 0; i < snapshot_size(s); i++) {
		const char	*name = var_name(snapshot_at(s, i)->var);
		struct about	 a = about_of(name);

		note_part(p, &a, name);
		p->numbered |= a.thing == THING_INLET || (a.thing == THING_PHASE && a.item > 0);
		p->named_lines |= a.thing == THING_PHASE;
		if ((a.thing == THING_INLET || a.thing == THING_PHASE) && a.item > p->inlets)
			p->inlets = a.item;
	}
	if (count != NULL && count->type == V_NUMBER && value_scaled(count, 0) > p->inlets &&
	    value_scaled(count, 0) <= ABOUT_MAX)
		p->inlets = (unsigned)value_scaled(count, 0);
	p->single_phase = !p->named_lines && (phases == NULL || value_scaled(phases, 0) <= 1);
	sort_parts(p);
}

/*
 * What is said without a number is said of the only inlet; what is said
 * without a phase, of the only line.  Of several it would be a sum, or no
 * more than the first.
 */
static void
take_input(struct power *p, const struct about *a, const struct value *v)
{
	uint32_t	 inlet = a->item == 0 ? 1 : a->item;

	if ((p->kind & (KIND_PDU | KIND_ATS)) == 0)
		return;
	if (a->thing == THING_INPUT)
		power_feed(p, THING_INPUT, a->rest, 0, v);
	if (p->inlets > 1 && a->item == 0)
		return;
	if (a->thing == THING_PHASE) {
		power_feed(p, THING_PHASE, a->rest, PART_PHASE(inlet, a->sub), v);
		return;
	}
	power_feed(p, THING_INLET, a->rest, inlet, v);
	if (p->single_phase)
		power_feed(p, THING_PHASE, a->rest, PART_PHASE(inlet, LINE_L1), v);
}

static void
take(struct power *p, const char *name, const struct value *v)
{
	struct about	 a = about_of(name);

	switch (a.thing) {
	case THING_INPUT:
	case THING_INLET:
	case THING_PHASE:
		take_input(p, &a, v);
		break;
	case THING_GROUP:
		power_feed(p, THING_GROUP, a.rest, a.item, v);
		break;
	case THING_SENSOR:
	case THING_CONTACT:
		sensing_take(p, &a, v);
		break;
	case THING_OUTLET:
	case THING_FEED:
		power_feed(p, a.thing, a.rest, a.item, v);
		break;
	default:
		power_feed(p, a.thing, a.rest, 0, v);
	}
	limits_take(p, &a, name, v);
}

static void
take_all(struct power *p)
{
	const struct snapshot	*s = device_now(p->to->device);
	size_t			 i;

	for (i = 0; i < snapshot_size(s); i++)
		if (!var_hidden(snapshot_at(s, i)->var))
			take(p, var_name(snapshot_at(s, i)->var), &snapshot_at(s, i)->value);
}

/* -- the unit ---------------------------------------------------------------------------- */

static uint32_t
count_parts(const struct power *p, enum thing thing)
{
	uint32_t	 n = 0;
	size_t		 i;

	for (i = 0; i < p->nparts; i++)
		n += p->parts[i].about.thing == thing;
	return n;
}

/* The device's own count, else what can be seen of them. */
static void
put_count(struct power *p, enum column column, const char *name, uint32_t seen)
{
	const struct value	*v = rfc1628_positive(power_reading(p, "%s", name));
	int64_t			 n = v == NULL ? 0 : value_scaled(v, 0);

	power_put_number(p, column, 0, OBJECT_GAUGE32, n > seen && n <= ABOUT_MAX ? n : seen);
}

static void
put_psus(struct power *p)
{
	uint8_t		 bits = 0;
	unsigned	 i, seen = 0;

	for (i = 1; i <= 2; i++) {
		const struct value	*v = power_reading(p, "device.psu.%u.status", i);

		seen += v != NULL;
		if (v != NULL && v->type == V_TEXT && strcmp(v->text, "failed") == 0)
			bits = (uint8_t)(bits | 0x80 >> (i - 1));
	}
	if (seen > 0 && p->fresh)
		power_put_bytes(p, COLUMN_PDU_UNIT_PSU_STATUS, 0, &bits, 1);
}

/* Inlets, else lines, if each that there is has its own. */
static void
put_sum(struct power *p, enum column column, const char *quantity)
{
	int64_t		 sum = 0;
	uint32_t	 n = 0;
	size_t		 i;

	for (i = 0; i < p->nparts; i++) {
		const struct about	*a = &p->parts[i].about;
		const struct value	*v;

		if (a->thing != THING_PHASE || a->item > 0 || a->sub > LINE_L3)
			continue;
		v = rfc1628_positive(power_reading(p, "input.L%u.%s", a->sub, quantity));
		if (v == NULL)
			return;
		sum += value_scaled(v, 0);
		n++;
	}
	if (n > 0 && p->fresh)
		power_put_number(p, column, 0, OBJECT_GAUGE32, sum);
}

static void
put_unit(struct power *p)
{
	const struct value	*phases = power_reading(p, "input.phases");
	int64_t			 n = phases == NULL ? 0 : value_scaled(phases, 0);
	uint32_t		 branches = 0, groups = 0;
	size_t			 i;

	for (i = 0; i < p->nparts; i++) {
		branches += p->parts[i].about.thing == THING_GROUP && group_is_branch(p, p->parts[i].about.item);
		groups += p->parts[i].about.thing == THING_GROUP && group_is_switched(p, p->parts[i].about.item);
	}
	power_put_number(p, COLUMN_PDU_UNIT_INLETS, 0, OBJECT_GAUGE32, p->inlets);
	power_put_number(p, COLUMN_PDU_UNIT_PHASES, 0, OBJECT_GAUGE32,
	    n >= 1 && n <= 3 ? n : p->named_lines && power_reading(p, "input.L2.current") != NULL ? 3 : 1);
	power_put_number(p, COLUMN_PDU_UNIT_BRANCHES, 0, OBJECT_GAUGE32, branches);
	put_count(p, COLUMN_PDU_UNIT_OUTLETS, "outlet.count", count_parts(p, THING_OUTLET));
	power_put_number(p, COLUMN_PDU_UNIT_GROUPS, 0, OBJECT_GAUGE32, groups);
	put_count(p, COLUMN_PDU_UNIT_SENSORS, "ambient.count", count_parts(p, THING_SENSOR));
	put_sum(p, COLUMN_PDU_UNIT_POWER, "realpower");
	put_sum(p, COLUMN_PDU_UNIT_APPARENT, "power");
	put_psus(p);
}

/* -- all of it ------------------------------------------------------------------------------ */

static int
by_key(const void *a, const void *b)
{
	const struct put	*one = a, *other = b;

	if (one->key != other->key)
		return one->key < other->key ? -1 : 1;
	return one->order < other->order ? -1 : one->order > other->order;
}

static void
add_text(struct objects *to, const struct put *one)
{
	char	 clean[FAILURES_MAX];
	size_t	 max = COLUMN_OF(one->key) == COLUMN_GROUP_LAST_FAILURES ? FAILURES_MAX : TEXT_MAX;
	size_t	 len = admin_string(one->text, clean, max);

	if (len > 0)
		objects_add_text(to, one->key, clean, len);
}

static void
add(struct objects *to, const struct put *one)
{
	switch ((enum telling_of)one->how) {
	case PUT_NUMBER:
		objects_add_number(to, one->key, one->type, one->number);
		break;
	case PUT_LARGE:
		objects_add_large(to, one->key, (uint64_t)one->number);
		break;
	case PUT_TEXT:
		add_text(to, one);
		break;
	case PUT_BYTES:
		objects_add_text(to, one->key, one->bytes, one->len);
		break;
	case PUT_TIME:
		objects_add_time(to, one->key, one->type, one->telling, one->number);
	}
}

static enum device_kind
kind_of(const struct readings *r)
{
	static const struct { const char *type; enum device_kind kind; } kinds[] = {
		{ "ups", KIND_UPS }, { "pdu", KIND_PDU }, { "ats", KIND_ATS },
	};
	char		 room[VALUE_TEXT_MAX];
	const char	*type = readings_text(r, var_intern(REMARK_TYPE), room);
	size_t		 i;

	for (i = 0; i < nitems(kinds); i++)
		if (strcmp(type, kinds[i].type) == 0)
			return kinds[i].kind;
	return KIND_OTHER;
}

static struct power
begin(const struct cells *to)
{
	struct power	 p = { .to = to, .r = readings_of_device(to->device), .order = ORDER_COMPUTED };

	p.fresh = p.r.state == DEVICE_FRESH;
	p.kind = kind_of(&p.r);
	look_over(&p);
	return p;
}

static void
end(struct power *p)
{
	free(p->puts);
	free(p->parts);
}

void
power_make(const struct cells *to)
{
	struct power	 p = begin(to);
	size_t		 i;

	take_all(&p);
	if (p.kind & (KIND_PDU | KIND_ATS))
		put_unit(&p);
	outlets_make(&p);
	sensing_make(&p);
	if (p.n > 1)
		qsort(p.puts, p.n, sizeof(*p.puts), by_key);
	for (i = 0; i < p.n; i++)
		if (i == 0 || p.puts[i].key != p.puts[i - 1].key)
			add(to->out, &p.puts[i]);
	end(&p);
}

/* -- the other way round ---------------------------------------------------------------------- */

bool
power_setting(const struct device *d, enum column column, uint32_t part, struct setting *to)
{
	const struct cells	 cells = { .device = d };
	const struct traits	*traits = device_traits(d);
	struct power		 p = begin(&cells);
	const struct value	*v;
	uint32_t		 order = UINT32_MAX;
	size_t			 i, j;

	*to = (struct setting){ .settable = NULL };
	for (i = 0; i < traits_settables(traits); i++) {
		const struct settable	*s = traits_settable_at(traits, i);

		if (var_hidden(s->var) || (v = readings_get(&p.r, s->var)) == NULL)
			continue;
		p.n = 0;
		take(&p, var_name(s->var), v);
		for (j = 0; j < p.n; j++) {
			if (p.puts[j].key != COLUMN_KEY(column, part) || p.puts[j].order >= order)
				continue;
			order = p.puts[j].order;
			*to = (struct setting){ .settable = s, .scale = p.puts[j].scale, .words = p.puts[j].words };
		}
	}
	end(&p);
	return to->settable != NULL;
}
