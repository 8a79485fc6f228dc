#include "drivers/sim/rights.h"

#include <string.h>

/* What a variable takes. */
struct kind {
	unsigned	 maxlen;	/* 0: a number */
	size_t		 nenums, nranges;
	const char	*enums[3];
	struct range	 range;
};

#define TEXT_MAX	32		/* as long as most devices' own */

static const struct kind text = { .maxlen = TEXT_MAX };
static const struct kind number = { .maxlen = 0 };
static const struct kind percent = { .nranges = 1,
    .range = { { .type = V_NUMBER }, { .type = V_NUMBER, .digits = 100 } } };
static const struct kind yes_no = { TEXT_MAX, .nenums = 2, .enums = { "yes", "no" } };
static const struct kind enabled = { TEXT_MAX, .nenums = 2, .enums = { "enabled", "disabled" } };
static const struct kind beeper = { TEXT_MAX, .nenums = 3,
    .enums = { "enabled", "disabled", "muted" } };

/* The names that NUT's record has as writable, and older ones of the same meaning; * is a number. */
static const struct {
	const char		*name;
	const struct kind	*kind;
} rights[] = {
	{ "device.description", &text },
	{ "device.contact", &text },
	{ "device.location", &text },
	{ "ups.load.high", &percent },
	{ "ups.id", &text },
	{ "ups.delay.start", &number },
	{ "ups.delay.shutdown", &number },
	{ "ups.delay.reboot", &number },
	{ "ups.test.interval", &number },
	{ "ups.test.date", &text },
	{ "ups.display.language", &text },
	{ "ups.beeper.status", &beeper },
	{ "ups.start.auto", &yes_no },
	{ "ups.start.battery", &yes_no },
	{ "ups.start.reboot", &yes_no },
	{ "ups.shutdown", &enabled },
	{ "input.voltage.low.warning", &number },
	{ "input.voltage.low.critical", &number },
	{ "input.voltage.high.warning", &number },
	{ "input.voltage.high.critical", &number },
	{ "input.voltage.nominal", &number },
	{ "input.voltage.extended", &yes_no },
	{ "input.transfer.delay", &number },
	{ "input.transfer.low", &number },
	{ "input.transfer.high", &number },
	{ "input.sensitivity", &text },
	{ "input.current.low.warning", &number },
	{ "input.current.low.critical", &number },
	{ "input.current.high.warning", &number },
	{ "input.current.high.critical", &number },
	{ "input.feed.desc", &text },
	{ "input.frequency.low", &number },
	{ "input.frequency.high", &number },
	{ "input.frequency.extended", &yes_no },
	{ "input.transfer.boost.low", &number },
	{ "input.transfer.boost.high", &number },
	{ "input.transfer.trim.low", &number },
	{ "input.transfer.trim.high", &number },
	{ "input.transfer.eco.low", &number },
	{ "input.transfer.eco.high", &number },
	{ "input.transfer.bypass.low", &number },
	{ "input.transfer.bypass.high", &number },
	{ "input.transfer.frequency.bypass.range", &percent },
	{ "input.transfer.frequency.eco.range", &percent },
	{ "input.transfer.hysteresis", &number },
	{ "input.transfer.bypass.forced", &enabled },
	{ "input.transfer.bypass.overload", &enabled },
	{ "input.transfer.bypass.outlimits", &enabled },
	{ "input.bypass.switchable", &enabled },
	{ "input.source.preferred", &text },
	{ "input.eco.switchable", &text },
	{ "output.voltage.nominal", &number },
	{ "battery.charge.low", &percent },
	{ "battery.charge.restart", &percent },
	{ "battery.voltage.low", &number },
	{ "battery.runtime.low", &number },
	{ "battery.alarm.threshold", &text },
	{ "battery.date", &text },
	{ "battery.mfr.date", &text },
	{ "battery.packs", &number },
	{ "battery.packs.external", &number },
	{ "battery.protection", &yes_no },
	{ "battery.energysave", &yes_no },
	{ "battery.energysave.load", &percent },
	{ "battery.energysave.delay", &number },
	{ "battery.energysave.realpower", &number },
	{ "ambient.*.temperature.high.warning", &number },
	{ "ambient.*.temperature.high.critical", &number },
	{ "ambient.*.temperature.low.warning", &number },
	{ "ambient.*.temperature.low.critical", &number },
	{ "ambient.*.humidity.high.warning", &percent },
	{ "ambient.*.humidity.high.critical", &percent },
	{ "ambient.*.humidity.low.warning", &percent },
	{ "ambient.*.humidity.low.critical", &percent },
	{ "ambient.temperature.high", &number },
	{ "ambient.temperature.low", &number },
	{ "ambient.humidity.high", &percent },
	{ "ambient.humidity.low", &percent },
	{ "outlet.desc", &text },
	{ "outlet.*.name", &text },
	{ "outlet.*.desc", &text },
	{ "outlet.*.autoswitch.charge.low", &percent },
	{ "outlet.*.delay.shutdown", &number },
	{ "outlet.*.delay.start", &number },
	{ "outlet.*.current.low.warning", &number },
	{ "outlet.*.current.low.critical", &number },
	{ "outlet.*.current.high.warning", &number },
	{ "outlet.*.current.high.critical", &number },
	{ "outlet.*.voltage.low.warning", &number },
	{ "outlet.*.voltage.low.critical", &number },
	{ "outlet.*.voltage.high.warning", &number },
	{ "outlet.*.voltage.high.critical", &number },
};

static bool
rights_match(const char *pattern, const char *name)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '*') {
			if (*name++ != *pattern)
				return false;
			continue;
		}
		if (*name < '0' || *name > '9')
			return false;
		name += strspn(name, "0123456789");
	}
	return *name == '\0';
}

static const struct kind *
rights_kind(const char *name)
{
	size_t	i;

	for (i = 0; i < nitems(rights); i++)
		if (rights_match(rights[i].name, name))
			return rights[i].kind;
	return NULL;
}

/* False when the device has values of its own kind, so that the usual ones would be wrong for it. */
static bool
kind_fits(const struct kind *kind, const char *now)
{
	struct value	value = value_from_text(now);
	size_t		i;

	if (kind->nenums == 0)
		return kind->maxlen > 0 || value.type == V_NUMBER;
	for (i = 0; i < kind->nenums; i++)
		if (strcmp(kind->enums[i], now) == 0)
			return true;
	return false;
}

/* What it has must fit. */
static unsigned
rights_length(const char *now)
{
	size_t	len = strlen(now);

	return len > TEXT_MAX ? (unsigned)len : TEXT_MAX;
}

static void
rights_offer_usual(struct unit *unit, const struct point *point)
{
	const struct kind	*kind = rights_kind(var_name(point->var));
	struct settable		 settable = { .var = point->var };

	if (kind == NULL)
		return;
	if (!kind_fits(kind, point->file))
		kind = &text;
	settable.maxlen = kind->maxlen;
	settable.nenums = kind->nenums;
	settable.enums = kind->enums;
	settable.nranges = kind->nranges;
	settable.ranges = &kind->range;
	if (kind == &text)
		settable.maxlen = rights_length(point->file);
	unit_settable(unit, &settable);
}

/* -- as recorded ------------------------------------------------------------------ */

#define RECORDED_MAX	64	/* enumerated values and ranges of one variable */

static void
rights_offer_recorded(struct unit *unit, const struct dev *dev, const struct point *point)
{
	const char	*enums[RECORDED_MAX];
	struct range	 ranges[RECORDED_MAX];
	struct settable	 settable = { .var = point->var, .enums = enums, .ranges = ranges };
	bool		 named = false;
	size_t		 i;

	for (i = 0; i < dev->nrights; i++) {
		const struct dev_right	*right = &dev->rights[i];

		if (strcmp(right->name, var_name(point->var)) != 0)
			continue;
		named = true;
		if (right->kind == DEV_STRING)
			settable.maxlen = right->maxlen == 0 ? TEXT_MAX : right->maxlen;
		else if (right->kind == DEV_ENUM && settable.nenums < RECORDED_MAX) {
			enums[settable.nenums++] = right->first;
			if (rights_length(right->first) > settable.maxlen)
				settable.maxlen = rights_length(right->first);
		} else if (right->kind == DEV_RANGE && settable.nranges < RECORDED_MAX)
			ranges[settable.nranges++] = (struct range){
			    value_from_text(right->first), value_from_text(right->second) };
	}
	if (named)
		unit_settable(unit, &settable);
}

void
rights_offer(struct unit *unit, const struct dev *dev, const struct points *points)
{
	size_t	i;

	for (i = 0; i < points->n; i++) {
		if (points->at[i].file == NULL)
			continue;
		if (dev->nrights > 0)
			rights_offer_recorded(unit, dev, &points->at[i]);
		else
			rights_offer_usual(unit, &points->at[i]);
	}
}
