#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/rfc1628.h"
#include "subagent/power.h"
#include "subagent/values.h"

/*
 * Which columns a reading feeds.  Ratings, names and settings stay while a
 * device is stale; what is measured goes.
 */
enum tell { NUMBER, SIGNED, ENERGY, TEXT, WORD, SOURCE, DEVICE_OF, OUTLET_OF };

struct rule {
	enum thing		 thing;
	const char		*rest;		/* of the reading's name */
	enum column		 column;
	enum tell		 tell;
	unsigned		 scale;		/* digits after the point that the object has */
	const struct word	*words;
	bool			 lasting;
	enum device_kind	 kinds;		/* 0: any */
	const struct value	*(*believe)(const struct value *);
};

const struct word power_severities[] = {
	{ "good", 3 }, { "critical-low", 1 }, { "warning-low", 2 }, { "warning-high", 4 }, { "critical-high", 5 },
	{ NULL, 6 }
};

static const struct word frequency_states[] = { { "good", 3 }, { "out-of-range", 5 }, { NULL, 6 } };
static const struct word coldstarts[] = { { "on", 1 }, { "off", 2 }, { "last", 3 }, { "outlet", 4 }, { NULL, 0 } };
static const struct word wirings[] = { { "single", 1 }, { "split", 2 }, { "delta", 3 }, { "wye", 4 }, { NULL, 0 } };
static const struct word phases[] = {
	{ "L1", 1 }, { "L2", 2 }, { "L3", 3 }, { "1", 1 }, { "2", 2 }, { "3", 3 }, { "L1-N", 1 }, { "L2-N", 2 },
	{ "L3-N", 3 }, { "L1-L2", 5 }, { "L2-L3", 6 }, { "L3-L1", 7 }, { NULL, 0 }
};
const struct word power_breakers[] = { { "closed", 1 }, { "open", 2 }, { "tripped", 3 }, { NULL, 4 } };
static const struct word redundancies[] = { { "ok", 1 }, { "lost", 2 }, { NULL, 3 } };
static const struct word source_states[] = {
	{ "good", 1 }, { "warning-low", 2 }, { "critical-low", 2 }, { "warning-high", 3 }, { "critical-high", 3 },
	{ "absent", 4 }, { "fault", 5 }, { "out-of-range", 5 }, { NULL, 6 }
};
static const struct word group_states[] = { { "off", 1 }, { "on", 2 }, { "mixed", 3 }, { NULL, 4 } };
static const struct word redundancy_states[] = {
	{ "ok", 1 }, { "reduced", 2 }, { "lost", 3 }, { NULL, 4 }
};
static const struct word feed_states[] = {
	{ "good", 1 }, { "battery", 2 }, { "low", 3 }, { "off", 4 }, { NULL, 5 }
};
static const struct word branch_kinds[] = {
	{ "breaker1pole", 1 }, { "breaker2pole", 2 }, { "breaker3pole", 3 }, { "fuse", 4 }, { "bank", 5 },
	{ "outlet-section", 6 }, { "user-defined", 7 }, { NULL, 8 }
};

#define UNIT(c)		COLUMN_PDU_UNIT_##c

/* By thing and name; what stands first of those that feed the same cell of the same reading wins. */
static const struct rule rules[] = {
	/* the unit: what is said of all inlets together */
	{ THING_INPUT, "current.nominal", UNIT(RATED_CURRENT), .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_INPUT, "power.nominal", UNIT(RATED_POWER), .tell = NUMBER, .lasting = true },
	{ THING_INPUT, "realpower", UNIT(POWER), .tell = NUMBER },
	{ THING_INPUT, "power", UNIT(APPARENT), .tell = NUMBER },
	{ THING_INPUT, "powerfactor", UNIT(POWER_FACTOR), .tell = NUMBER, .scale = 3 },
	{ THING_INPUT, "energy", UNIT(ENERGY), .tell = ENERGY, .lasting = true },
	{ THING_INPUT, "energy.since", UNIT(ENERGY_SINCE), .tell = TEXT, .lasting = true },
	{ THING_INPUT, "realpower.maximum", UNIT(PEAK_POWER), .tell = NUMBER, .lasting = true },
	{ THING_INPUT, "realpower.maximum.time", UNIT(PEAK_TIME), .tell = TEXT, .lasting = true },
	{ THING_INPUT, "load.status", UNIT(LOAD_STATE), .tell = WORD, .words = power_severities },
	{ THING_OUTLETS, "coldstart", UNIT(COLD_START), .tell = WORD, .words = coldstarts, .lasting = true },
	{ THING_OUTLETS, "delay.coldstart", UNIT(COLD_START_DELAY), .tell = NUMBER, .lasting = true },
	{ THING_OUTLETS, "delay.sequence", UNIT(SEQUENCE_INTERVAL), .tell = NUMBER, .scale = 3, .lasting = true },
	/* inlets */
	{ THING_INLET, "name", COLUMN_INLET_NAME, .tell = TEXT, .lasting = true },
	{ THING_INLET, "name", COLUMN_ATS_SOURCE_NAME, .tell = TEXT, .lasting = true, .kinds = KIND_ATS },
	{ THING_INLET, "feed.desc", COLUMN_INLET_NAME, .tell = TEXT, .lasting = true },
	{ THING_INLET, "plug", COLUMN_INLET_PLUG_TYPE, .tell = TEXT, .lasting = true },
	{ THING_INLET, "wiring", COLUMN_INLET_WIRING, .tell = WORD, .words = wirings, .lasting = true },
	{ THING_INLET, "feed.color", COLUMN_INLET_FEED_COLOR, .tell = TEXT, .lasting = true },
	{ THING_INLET, "voltage.nominal", COLUMN_INLET_RATED_VOLTAGE, .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_INLET, "current.nominal", COLUMN_INLET_RATED_CURRENT, .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_INLET, "frequency", COLUMN_INLET_FREQUENCY, .tell = NUMBER, .scale = 1, .believe = rfc1628_frequency },
	{ THING_INLET, "frequency", COLUMN_ATS_SOURCE_FREQUENCY, .tell = NUMBER, .scale = 1,
	    .believe = rfc1628_frequency,
	    .kinds = KIND_ATS },
	{ THING_INLET, "voltage", COLUMN_ATS_SOURCE_VOLTAGE, .tell = NUMBER, .scale = 3, .kinds = KIND_ATS },
	{ THING_INLET, "voltage.status", COLUMN_ATS_SOURCE_STATE, .tell = WORD, .words = source_states,
	    .kinds = KIND_ATS },
	{ THING_INLET, "realpower", COLUMN_INLET_POWER, .tell = NUMBER },
	{ THING_INLET, "power", COLUMN_INLET_APPARENT, .tell = NUMBER },
	{ THING_INLET, "reactivepower", COLUMN_INLET_REACTIVE, .tell = SIGNED },
	{ THING_INLET, "powerfactor", COLUMN_INLET_POWER_FACTOR, .tell = NUMBER, .scale = 3 },
	{ THING_INLET, "energy", COLUMN_INLET_ENERGY, .tell = ENERGY, .lasting = true },
	{ THING_INLET, "unbalance", COLUMN_INLET_IMBALANCE, .tell = NUMBER, .scale = 1 },
	{ THING_INLET, "load.status", COLUMN_INLET_STATE, .tell = WORD, .words = power_severities },
	{ THING_INLET, "frequency.status", COLUMN_INLET_FREQUENCY_STATE, .tell = WORD, .words = frequency_states },
	/* lines of inlets */
	{ THING_PHASE, "voltage", COLUMN_PHASE_VOLTAGE, .tell = NUMBER, .scale = 3, .believe = rfc1628_voltage },
	{ THING_PHASE, "voltage.status", COLUMN_PHASE_VOLTAGE_STATE, .tell = WORD, .words = power_severities },
	{ THING_PHASE, "current", COLUMN_PHASE_CURRENT, .tell = NUMBER, .scale = 3 },
	{ THING_PHASE, "current.status", COLUMN_PHASE_CURRENT_STATE, .tell = WORD, .words = power_severities },
	{ THING_PHASE, "current.nominal", COLUMN_PHASE_CURRENT_CAPACITY, .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_PHASE, "load", COLUMN_PHASE_CURRENT_PERCENT, .tell = NUMBER, .scale = 1 },
	{ THING_PHASE, "current.maximum", COLUMN_PHASE_PEAK_CURRENT, .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_PHASE, "current.maximum.time", COLUMN_PHASE_PEAK_TIME, .tell = TEXT, .lasting = true },
	{ THING_PHASE, "realpower", COLUMN_PHASE_POWER, .tell = NUMBER },
	{ THING_PHASE, "power", COLUMN_PHASE_APPARENT, .tell = NUMBER },
	{ THING_PHASE, "powerfactor", COLUMN_PHASE_POWER_FACTOR, .tell = NUMBER, .scale = 3 },
	{ THING_PHASE, "crestfactor", COLUMN_PHASE_CREST_FACTOR, .tell = NUMBER, .scale = 3 },
	{ THING_PHASE, "energy", COLUMN_PHASE_ENERGY, .tell = ENERGY, .lasting = true },
	{ THING_PHASE, "current.residual", COLUMN_PHASE_RESIDUAL, .tell = NUMBER, .scale = 6 },
	/* breakers, banks, sections; and groups, which have some of the same */
	{ THING_GROUP, "name", COLUMN_BRANCH_NAME, .tell = TEXT, .lasting = true },
	{ THING_GROUP, "name", COLUMN_GROUP_NAME, .tell = TEXT, .lasting = true },
	{ THING_GROUP, "desc", COLUMN_BRANCH_NAME, .tell = TEXT, .lasting = true },
	{ THING_GROUP, "desc", COLUMN_GROUP_NAME, .tell = TEXT, .lasting = true },
	{ THING_GROUP, "id", COLUMN_BRANCH_NAME, .tell = TEXT, .lasting = true },
	{ THING_GROUP, "type", COLUMN_BRANCH_KIND, .tell = WORD, .words = branch_kinds, .lasting = true },
	{ THING_GROUP, "input", COLUMN_BRANCH_INLET, .tell = NUMBER, .lasting = true },
	{ THING_GROUP, "phase", COLUMN_BRANCH_PHASE, .tell = WORD, .words = phases, .lasting = true },
	{ THING_GROUP, "count", COLUMN_BRANCH_OUTLETS, .tell = NUMBER, .lasting = true },
	{ THING_GROUP, "breaker.status", COLUMN_BRANCH_BREAKER_STATE, .tell = WORD, .words = power_breakers },
	{ THING_GROUP, "current.nominal", COLUMN_BRANCH_RATING, .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_GROUP, "current", COLUMN_BRANCH_CURRENT, .tell = NUMBER, .scale = 3 },
	{ THING_GROUP, "current.status", COLUMN_BRANCH_CURRENT_STATE, .tell = WORD, .words = power_severities },
	{ THING_GROUP, "load", COLUMN_BRANCH_PERCENT, .tell = NUMBER, .scale = 1 },
	{ THING_GROUP, "voltage", COLUMN_BRANCH_VOLTAGE, .tell = NUMBER, .scale = 3, .believe = rfc1628_voltage },
	{ THING_GROUP, "realpower", COLUMN_BRANCH_POWER, .tell = NUMBER },
	{ THING_GROUP, "realpower", COLUMN_GROUP_POWER, .tell = NUMBER },
	{ THING_GROUP, "power", COLUMN_BRANCH_APPARENT, .tell = NUMBER },
	{ THING_GROUP, "energy", COLUMN_BRANCH_ENERGY, .tell = ENERGY, .lasting = true },
	{ THING_GROUP, "energy", COLUMN_GROUP_ENERGY, .tell = ENERGY, .lasting = true },
	{ THING_GROUP, "status", COLUMN_GROUP_STATE, .tell = WORD, .words = group_states },
	/* outlets */
	{ THING_OUTLET, "desc", COLUMN_OUTLET_DESCR, .tell = TEXT, .lasting = true },
	{ THING_OUTLET, "type", COLUMN_OUTLET_RECEPTACLE, .tell = TEXT, .lasting = true },
	{ THING_OUTLET, "input", COLUMN_OUTLET_INLET, .tell = NUMBER, .lasting = true },
	{ THING_OUTLET, "groupid", COLUMN_OUTLET_BRANCH, .tell = NUMBER, .lasting = true },
	{ THING_OUTLET, "phase", COLUMN_OUTLET_PHASE, .tell = WORD, .words = phases, .lasting = true },
	{ THING_OUTLET, "current.nominal", COLUMN_OUTLET_RATING, .tell = NUMBER, .scale = 3, .lasting = true },
	{ THING_OUTLET, "voltage", COLUMN_OUTLET_VOLTAGE, .tell = NUMBER, .scale = 3, .believe = rfc1628_voltage },
	{ THING_OUTLET, "current", COLUMN_OUTLET_CURRENT, .tell = NUMBER, .scale = 3 },
	{ THING_OUTLET, "realpower", COLUMN_OUTLET_POWER, .tell = NUMBER },
	{ THING_OUTLET, "power", COLUMN_OUTLET_APPARENT, .tell = NUMBER },
	{ THING_OUTLET, "powerfactor", COLUMN_OUTLET_POWER_FACTOR, .tell = NUMBER, .scale = 3 },
	{ THING_OUTLET, "crestfactor", COLUMN_OUTLET_CREST_FACTOR, .tell = NUMBER, .scale = 3 },
	{ THING_OUTLET, "energy", COLUMN_OUTLET_ENERGY, .tell = ENERGY, .lasting = true },
	{ THING_OUTLET, "realpower.maximum", COLUMN_OUTLET_PEAK_POWER, .tell = NUMBER, .lasting = true },
	{ THING_OUTLET, "current.status", COLUMN_OUTLET_LOAD_STATE, .tell = WORD, .words = power_severities },
	{ THING_OUTLET, "delay.start", COLUMN_OUTLET_ON_DELAY, .tell = SIGNED, .lasting = true },
	{ THING_OUTLET, "delay.shutdown", COLUMN_OUTLET_OFF_DELAY, .tell = SIGNED, .lasting = true },
	{ THING_OUTLET, "delay.reboot", COLUMN_OUTLET_CYCLE_OFF, .tell = NUMBER, .lasting = true },
	{ THING_OUTLET, "coldstart", COLUMN_OUTLET_COLD_START, .tell = WORD, .words = coldstarts, .lasting = true },
	{ THING_OUTLET, "sequence", COLUMN_OUTLET_SEQUENCE, .tell = NUMBER, .lasting = true },
	{ THING_OUTLET, "autoswitch.charge.low", COLUMN_OUTLET_BATTERY_SHED, .tell = NUMBER, .lasting = true },
	{ THING_OUTLET, "battery.charge.low", COLUMN_OUTLET_BATTERY_SHED, .tell = NUMBER, .lasting = true },
	/* loads */
	{ THING_OTHER, "feed.count", COLUMN_LOAD_FEEDS, .tell = NUMBER, .lasting = true },
	{ THING_OTHER, "feed.needed", COLUMN_LOAD_NEEDED, .tell = NUMBER, .lasting = true },
	{ THING_OTHER, "feed.alive", COLUMN_LOAD_ALIVE, .tell = NUMBER },
	{ THING_OTHER, "feed.redundancy", COLUMN_LOAD_REDUNDANCY, .tell = WORD, .words = redundancy_states,
	    .lasting = true },
	{ THING_FEED, "source", COLUMN_FEED_DEVICE, .tell = DEVICE_OF, .lasting = true },
	{ THING_FEED, "source", COLUMN_FEED_OUTLET, .tell = OUTLET_OF, .lasting = true },
	{ THING_FEED, "status", COLUMN_FEED_STATE, .tell = WORD, .words = feed_states, .lasting = true },
	/* transfer switches */
	{ THING_INPUT, "source", COLUMN_ATS_SELECTED, .tell = SOURCE, .kinds = KIND_ATS },
	{ THING_INPUT, "source.preferred", COLUMN_ATS_PREFERRED, .tell = SOURCE, .lasting = true, .kinds = KIND_ATS },
	{ THING_INPUT, "source.redundancy", COLUMN_ATS_REDUNDANCY, .tell = WORD, .words = redundancies,
	    .kinds = KIND_ATS },
	{ THING_INPUT, "transfer.count", COLUMN_ATS_TRANSFERS, .tell = NUMBER, .lasting = true, .kinds = KIND_ATS },
	{ THING_INPUT, "transfer.reason", COLUMN_ATS_LAST_REASON, .tell = TEXT, .lasting = true, .kinds = KIND_ATS },
	{ THING_INPUT, "transfer.time", COLUMN_ATS_LAST_TIME, .tell = TEXT, .lasting = true, .kinds = KIND_ATS },
	{ THING_INPUT, "phase.shift", COLUMN_ATS_PHASE_SHIFT, .tell = SIGNED, .scale = 1, .kinds = KIND_ATS },
	{ THING_INPUT, "sensitivity", COLUMN_ATS_SENSITIVITY, .tell = TEXT, .lasting = true, .kinds = KIND_ATS },
	{ THING_OTHER, "output.voltage", COLUMN_ATS_OUTPUT_VOLTAGE, .tell = NUMBER, .scale = 3, .kinds = KIND_ATS },
	{ THING_OTHER, "output.current", COLUMN_ATS_OUTPUT_CURRENT, .tell = NUMBER, .scale = 3, .kinds = KIND_ATS },
	{ THING_OTHER, "output.realpower", COLUMN_ATS_OUTPUT_POWER, .tell = NUMBER, .kinds = KIND_ATS },
};

/* -- finding ------------------------------------------------------------------------------ */

static int
compare(const struct rule *rule, enum thing thing, const char *rest)
{
	return rule->thing != thing ? rule->thing < thing ? -1 : 1 : strcmp(rule->rest, rest);
}

static int
by_name(const void *a, const void *b)
{
	const struct rule *const	*one = a, *const *other = b;
	int				 order = compare(*one, (*other)->thing, (*other)->rest);

	return order != 0 ? order : *one < *other ? -1 : 1;
}

/* The rules by name, for the life of the process. */
static const struct rule *const *
sorted_rules(void)
{
	static const struct rule	*sorted[nitems(rules)];
	size_t				 i;

	if (sorted[0] != NULL)
		return sorted;
	for (i = 0; i < nitems(rules); i++)
		sorted[i] = &rules[i];
	qsort(sorted, nitems(rules), sizeof(*sorted), by_name);
	return sorted;
}

static size_t
first_rule(const struct rule *const *sorted, enum thing thing, const char *rest)
{
	size_t	 low = 0, high = nitems(rules), middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (compare(sorted[middle], thing, rest) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* -- telling ------------------------------------------------------------------------------- */

static int64_t
clamp(int64_t n, int64_t low, int64_t high)
{
	return n < low ? low : n > high ? high : n;
}

static void
tell_text(struct power *p, const struct rule *rule, uint32_t part, const struct value *v)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*text = value_text(v, room);

	if (text != room)
		power_put_text(p, rule->column, part, text);
	else
		power_put_bytes(p, rule->column, part, text, strlen(text));
}

static void
tell_word(struct power *p, const struct rule *rule, uint32_t part, const struct value *v)
{
	int64_t	 n = power_word(rule->words, v);

	if (n != 0)
		power_put_number(p, rule->column, part, OBJECT_INTEGER, n);
}

/* A source is a number, or a letter. */
static void
tell_source(struct power *p, const struct rule *rule, uint32_t part, const struct value *v)
{
	int64_t	 n = v->type == V_NUMBER ? value_scaled(v, 0) : 0;

	if (v->type == V_TEXT && v->text[0] >= 'A' && v->text[0] <= 'H' && v->text[1] == '\0')
		n = v->text[0] - 'A' + 1;
	if (n >= 0 && n <= ABOUT_MAX && (n > 0 || v->type == V_NUMBER))
		power_put_number(p, rule->column, part, OBJECT_GAUGE32, n);
}

/* "pdu1:3" */
static void
tell_feed(struct power *p, const struct rule *rule, uint32_t part, const struct value *v)
{
	const char	*text = v->text == NULL ? "" : v->text;
	size_t		 len = strcspn(text, ":");

	if (rule->tell == DEVICE_OF && len > 0)
		power_put_bytes(p, rule->column, part, text, len);
	else if (rule->tell == OUTLET_OF && text[len] == ':')
		power_put_text(p, rule->column, part, text + len + 1);
}

static void
tell(struct power *p, const struct rule *rule, uint32_t part, const struct value *v)
{
	if (rule->believe != NULL && (v = rule->believe(v)) == NULL)
		return;
	switch (rule->tell) {
	case TEXT:
		tell_text(p, rule, part, v);
		break;
	case WORD:
		tell_word(p, rule, part, v);
		break;
	case SOURCE:
		tell_source(p, rule, part, v);
		break;
	case DEVICE_OF:
	case OUTLET_OF:
		tell_feed(p, rule, part, v);
		break;
	case SIGNED:
		if (v->type == V_NUMBER)
			power_put_number(p, rule->column, part, OBJECT_INTEGER,
			    clamp(value_scaled(v, rule->scale), INT32_MIN, INT32_MAX));
		break;
	case ENERGY:
		if (rfc1628_positive(v) != NULL)
			power_put_large(p, rule->column, part, (uint64_t)value_scaled(v, 0));
		break;
	case NUMBER:
		if (rfc1628_positive(v) != NULL)
			power_put_number(p, rule->column, part, OBJECT_GAUGE32,
			    clamp(value_scaled(v, rule->scale), 0, UINT32_MAX));
	}
}

/* Whether the row is there at all: what is a group and what a branch is not told by names. */
static bool
has_row(const struct power *p, enum column column, uint32_t part)
{
	if (column >= COLUMN_BRANCH_NAME && column <= COLUMN_BRANCH_OUTLETS)
		return group_is_branch(p, part);
	if (column >= COLUMN_GROUP_NAME && column <= COLUMN_GROUP_ENERGY)
		return group_is_switched(p, part);
	return true;
}

void
power_feed(struct power *p, enum thing thing, const char *rest, uint32_t part, const struct value *v)
{
	const struct rule *const	*sorted = sorted_rules();
	size_t				 i;

	for (i = first_rule(sorted, thing, rest); i < nitems(rules) && compare(sorted[i], thing, rest) == 0; i++) {
		const struct rule	*rule = sorted[i];

		p->order = (uint32_t)(rule - rules);
		p->scale = rule->scale;
		p->words = rule->words;
		if ((rule->kinds == 0 || (rule->kinds & p->kind) != 0) && (p->fresh || rule->lasting) &&
		    has_row(p, rule->column, part))
			tell(p, rule, part, v);
	}
	p->order = ORDER_COMPUTED;
	p->scale = 0;
	p->words = NULL;
}
