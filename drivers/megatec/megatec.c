#include "drivers/megatec/megatec.h"

#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/megatec/driver.h"

/* -- rounds ------------------------------------------------------------------------------------ */

static bool
is_due(struct megatec *m, const struct megatec_ask *ask, struct megatec_asked **a)
{
	if (ask->when != WHEN_QUICK && !m->full)
		return false;
	if (megatec_leaves_out(m, ask) || !memory_holds(&m->memory, &ask->only))
		return false;
	*a = megatec_find_asked(m, ask);
	if (*a == NULL || (!(*a)->ever && (*a)->misses >= HOPELESS))
		return false;
	if (ask->when == WHEN_ONCE && (*a)->ever && (*a)->message != NULL) {
		(*a)->round = true;
		return false;
	}
	return true;
}

static bool
is_essential(const struct megatec *m, const struct megatec_ask *ask)
{
	size_t	 i;

	for (i = 0; i < m->profile->nclaims; i++)
		if (strcmp(m->profile->claims[i], ask->send) == 0)
			return ask->when == WHEN_QUICK;
	return false;
}

/* Of two replies that say the same the first in the profile counts. */
struct said {
	struct unit	*unit;
	enum var	 vars[MEMORY_MAX];
	size_t		 n;
};

static void
put_reading(void *arg, enum var var, const char *text)
{
	struct said	*said = arg;
	size_t		 i;

	for (i = 0; i < said->n; i++)
		if (said->vars[i] == var)
			return;
	if (said->n < MEMORY_MAX)
		said->vars[said->n++] = var;
	unit_put_text(said->unit, var, text);
}

static const char *
option_of_said(void *arg, const char *name)
{
	return unit_option(((const struct said *)arg)->unit, name);
}

static void
put_state(struct unit *u, const struct megatec_state *s)
{
	enum megatec_word	 w;
	enum flag		 f;
	size_t			 i;

	for (w = 0; w < WORD_END; w++)
		if (s->words & UINT32_C(1) << w)
			unit_status(u, megatec_word(w));
	for (f = FLAG_NONE + 1; f < FLAG_END; f++)
		if (s->flags & FLAG_BIT(f))
			unit_flag(u, flag_word(f));
	for (i = 0; i < s->nalarms; i++)
		unit_alarm(u, s->alarms[i]);
}

/* Negative: the device does not tell it, and no option of that name does. */
static double
number_of(const struct megatec *m, enum var var)
{
	const char	*text = memory_get(&m->memory, var), *option = unit_option(m->unit, var_name(var));

	if (text == NULL)
		text = option;
	return text == NULL ? -1 : strtod(text, NULL);
}

static void
put_estimate(struct megatec *m, enum var var, double n)
{
	if (n >= 0 && memory_get(&m->memory, var) == NULL)
		unit_put(m->unit, var, value_number((int64_t)(n + 0.5), 0));
}

/* They go to nobody but the reader: not to what is remembered, nor to the status. */
static void
put_estimates(struct megatec *m, const struct megatec_state *s)
{
	struct estimate_from	 f = { number_of(m, VAR_BATTERY_VOLTAGE), number_of(m, VAR_BATTERY_VOLTAGE_NOMINAL),
				    number_of(m, VAR_BATTERY_VOLTAGE_LOW), number_of(m, VAR_BATTERY_VOLTAGE_HIGH),
				    number_of(m, VAR_BATTERY_PACKS), number_of(m, VAR_BATTERY_CHARGE),
				    number_of(m, VAR_UPS_LOAD), (s->words & 1u << WORD_OL) != 0, unit_now(m->unit) };

	if (!unit_estimates(m->unit))
		return;
	/* of the whole battery already */
	if (strcmp(unit_option(m->unit, "battery_voltage_reports_one_pack"), "yes") == 0)
		f.packs = 1;
	put_estimate(m, VAR_BATTERY_CHARGE, estimate_charge(&m->estimate, &f));
	put_estimate(m, VAR_BATTERY_RUNTIME, estimate_runtime(&m->estimate, &f));
}

static void
publish(struct megatec *m)
{
	struct said			 said = { .unit = m->unit };
	const struct megatec_sink	 sink = { put_reading, option_of_said, &said };
	const struct megatec_ask	*ask;
	struct megatec_asked		*a;
	struct megatec_state		 state = { 0 };
	char				*text;
	size_t				 i;

	megatec_count_packs(m);
	for (i = 0; i < m->profile->nasks; i++) {
		ask = &m->profile->asks[i];
		if ((ask->when != WHEN_QUICK && !m->full) || !memory_holds(&m->memory, &ask->only))
			continue;
		a = megatec_find_asked(m, ask);
		if (a == NULL || !a->round || megatec_judge(m, ask, a, &text) != REPLY_GOOD)
			continue;
		megatec_decode(ask, text, &m->memory, &state, &sink);
		free(text);
	}
	put_state(m->unit, &state);
	put_estimates(m, &state);
	for (i = 0; m->full && i < m->profile->nconstants; i++)
		unit_put_text(m->unit, m->profile->constants[i].var, m->profile->constants[i].text);
	if (m->full)
		megatec_put_settings(m);
	megatec_offer(m);
	unit_done(m->unit);
}

static void
go_on_asking(struct megatec *m)
{
	const struct megatec_ask	*ask;
	struct megatec_asked		*a;

	if (m->ask != NULL && m->asked[m->now].misses > 0 && is_essential(m, m->ask)) {
		unit_fail(m->unit, m->asked[m->now].message == NULL ? "no reply to %s" : "no good reply to %s",
		    m->asked[m->now].sent);
		return;
	}
	while (m->next < m->profile->nasks) {
		ask = &m->profile->asks[m->next++];
		if (is_due(m, ask, &a)) {
			megatec_question(m, ask, a);
			return;
		}
	}
	publish(m);
}

void
megatec_go_on(struct megatec *m)
{
	if (m->chosen)
		go_on_asking(m);
	else
		megatec_try(m);
}

/* -- life ------------------------------------------------------------------------------------------ */

static void
megatec_line(const struct unit *unit, struct serial_line *line)
{
	static const struct { const char *word; unsigned raised; } powers[] = {
		{ "normal", SERIAL_DTR }, { "reverse", SERIAL_RTS }, { "both", SERIAL_DTR | SERIAL_RTS }, { "none", 0 },
	};
	size_t	 i;

	*line = (struct serial_line){ .speed = 2400, .bits = 8, .stop = 1, .parity = 'N' };
	for (i = 0; i < nitems(powers); i++)
		if (strcmp(unit_option(unit, "cablepower"), powers[i].word) == 0)
			line->raised = powers[i].raised;
}

/* An option that is one of a few words. */
static char *
megatec_check(const struct unit *unit)
{
	static const struct { const char *option, *words[5]; } rows[] = {
		{ "cablepower", { "normal", "reverse", "both", "none" } },
		{ "norating", { "no", "yes" } }, { "novendor", { "no", "yes" } }, { "nooutstats", { "no", "yes" } },
		{ "ignoresab", { "no", "yes" } }, { "battery_voltage_reports_one_pack", { "no", "yes" } },
	};
	const char	*given = unit_option(unit, "subdriver"), *points = unit_option(unit, "runtimecal");
	struct estimate	 e;
	size_t		 i, k;

	if (given != NULL && transport_find(given) == NULL)
		return xasprintf("options: there is no subdriver \"%s\"; busbar.conf(5) has them", given);
	if (!estimate_begin(&e, points, unit_option(unit, "chargetime"), unit_option(unit, "idleload")))
		return xstrdup("options: runtimecal is two runtimes with their loads, as \"240,100,720,50\": seconds at the higher "
		    "load, that load in percent, and the same of the lower; chargetime is seconds, idleload percent");
	if (points != NULL && !unit_estimates(unit))
		return xstrdup("options: runtimecal is for estimates = yes");
	for (i = 0; i < nitems(rows); i++) {
		given = unit_option(unit, rows[i].option);
		for (k = 0; rows[i].words[k] != NULL && strcmp(rows[i].words[k], given) != 0; k++)
			;
		if (rows[i].words[k] == NULL)
			return xasprintf("options: %s is %s, not \"%s\"", rows[i].option,
			    i == 0 ? "normal, reverse, both or none" : "yes or no", given);
	}
	return NULL;
}

static void
megatec_start(struct unit *unit)
{
	struct megatec				*m = unit_state(unit);
	const struct megatec_knowledge		*k = unit_knowledge(unit);
	const char				*name = unit_profile(unit);

	m->unit = unit;
	estimate_begin(&m->estimate, unit_option(unit, "runtimecal"), unit_option(unit, "chargetime"),
	    unit_option(unit, "idleload"));
	m->rest_ms = unit_wire(unit) == WIRE_SERIAL ? WARM_UP_MS : 0;
	if (unit_wire(unit) == WIRE_USB && !megatec_open(m, strcmp(name, "auto") == 0 ? &name : &(const char *){ NULL }))
		return;
	m->forced = strcmp(name, "auto") != 0;
	megatec_start_trial(m, m->forced ? megatec_profile_find(k, name) : k->first);
	megatec_try(m);
}

static void
megatec_poll(struct unit *unit, bool full)
{
	struct megatec	*m = unit_state(unit);
	size_t		 i;

	m->full = full;
	m->next = 0;
	m->ask = NULL;
	for (i = 0; i < m->nasked; i++)
		m->asked[i].round = false;
	go_on_asking(m);
}

static void
megatec_stop(struct unit *unit)
{
	struct megatec	*m = unit_state(unit);
	size_t		 i;

	for (i = 0; i < m->nasked; i++) {
		free(m->asked[i].sent);
		free(m->asked[i].message);
	}
	free(m->asked);
	free(m->offered);
	free(m->value);
	free(m->line);
	memory_free(&m->memory);
}

static void *
learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	return megatec_learn(profiles, n, errors);
}

static void
forget(void *knowledge)
{
	megatec_forget(knowledge);
}

static bool
knows(const void *knowledge, const char *profile)
{
	return megatec_profile_find(knowledge, profile) != NULL;
}

static const struct option options[] = {
	{ "subdriver", NULL, false, "the kind of a USB bridge" },
	{ "langid_fix", NULL, false, "the language of a USB bridge's strings, as 0409" },
	{ "cablepower", "normal", false, "which wires of the cable are up: normal (DTR), reverse (RTS), both, none" },
	{ "norating", "no", false, "yes: ratings are not asked for (F)" },
	{ "novendor", "no", false, "yes: maker and model are not asked for (I, FW?)" },
	{ "nooutstats", "no", false, "yes: output statistics are not asked for (WA)" },
	{ "ignoresab", "no", false, "yes: the bit \"shutdown active\" says nothing" },
	{ "battery_voltage_reports_one_pack", "no", false, "yes: the voltage told is of one of battery.packs" },
	{ "runtimecal", NULL, false, "for estimates: two runtimes with their loads, as 240,100,720,50" },
	{ "chargetime", NULL, false, "for estimates: seconds from empty to full; 43200" },
	{ "idleload", NULL, false, "for estimates: the least load, in percent; 10" },
	{ "battery.voltage.nominal", NULL, false, "for estimates, where the device does not tell it" },
	{ "battery.voltage.low", NULL, false, "for estimates: of the empty battery" },
	{ "battery.voltage.high", NULL, false, "for estimates: of the full battery" },
	{ "battery.packs", NULL, false, "how many packs the battery has, where the device does not tell" },
	{ "offdelay", NULL, false, "ups.delay.shutdown to begin with, in seconds" },
	{ "ondelay", NULL, false, "ups.delay.start to begin with, in seconds" },
	{ NULL, NULL, false, NULL }
};

static const enum wire	also[] = { WIRE_SERIAL, WIRE_USB, WIRE_NONE };

const struct driver megatec_driver = {
	.name = "megatec",
	.title = "Megatec's and Voltronic's protocols, all dialects",
	.wire = WIRE_STREAM,
	.also = also,
	.options = options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.estimates = true,
	.size = sizeof(struct megatec),
	.learn = learn,
	.forget = forget,
	.knows = knows,
	.check = megatec_check,
	.line = megatec_line,
	.start = megatec_start,
	.poll = megatec_poll,
	.command = megatec_control,
	.stop = megatec_stop,
};
