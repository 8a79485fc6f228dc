#include "drivers/sim/act.h"
#include "drivers/sim/rights.h"
#include "drivers/sim/sim.h"

#include <stdlib.h>
#include <string.h>

/*
 * Plays NUT's recordings of devices, so that each published one is a device.
 * The file is the wire; drivers/sim/act.h is the device behind it.
 */
struct sim {
	struct act	*act;
	uint64_t	 version;	/* of the file that it was made from */
	char		*why;		/* what is wrong with the file; NULL: nothing */
	unsigned	 shape;		/* of act's points, when traits were last told */
	bool		 told;		/* they were */
};

static const struct option sim_options[] = {
	{ "loop", "yes", false, "no: a sequence stays at its last step instead of beginning again" },
	{ NULL, NULL, false, NULL },
};

static void
sim_command_offered(void *arg, const char *name)
{
	unit_command(arg, var_intern(name));
	if (act_timed(name))
		unit_timing(arg, var_intern(name), TIMING_VALUE);
}

/* Those that the recording says the device had, as far as there is something behind them. */
static void
sim_command_recorded(void *arg, const char *name)
{
	const struct sim	*sim = unit_state(arg);
	const struct dev	*dev = act_dev(sim->act);
	size_t			 i;

	for (i = 0; i < dev->ncommands; i++)
		if (strcmp(dev->commands[i], name) == 0)
			sim_command_offered(arg, name);
}

static void
sim_traits(struct unit *unit, struct sim *sim)
{
	const struct points	*points = act_points(sim->act);
	const struct dev	*dev = act_dev(sim->act);

	if (sim->told && sim->shape == points->shape)
		return;
	sim->told = true;
	sim->shape = points->shape;
	unit_forget_traits(unit);
	act_commands(sim->act, dev->ncommands > 0 ? sim_command_recorded : sim_command_offered, unit);
	rights_offer(unit, dev, points);
}

/* All readings, for a round or a push. */
static void
sim_publish(struct unit *unit, struct sim *sim)
{
	const struct points	*points = act_points(sim->act);
	const struct point	*point;
	const char		*type = points_text(points, VAR_DEVICE_TYPE);
	size_t			 i;

	sim_traits(unit, sim);
	unit_type(unit, type == NULL ? "ups" : type);
	for (i = 0; i < points->n; i++) {
		point = &points->at[i];
		if (point_text(point) != NULL)
			unit_put_text(unit, point->var, point_text(point));
		else
			unit_absent(unit, point->var);
	}
	unit_done(unit);
	unit_wake(unit, act_next(sim->act, unit_now(unit)));
}

/* Takes the file's content into the device; while that is none, the device says nothing and goes stale. */
static void
sim_read(struct unit *unit, struct sim *sim)
{
	const char	*loop = unit_option(unit, "loop"), *text, *why;
	struct dev	*dev;
	size_t		 len;

	free(sim->why);
	sim->why = NULL;
	sim->version = file_version(unit_file(unit));
	if ((text = file_text(unit_file(unit), &len, &why)) == NULL) {
		sim->why = xstrdup(why);
		return;
	}
	if ((dev = dev_parse(text, len, &sim->why)) == NULL)
		return;
	act_file(sim->act, dev, loop == NULL || strcmp(loop, "no") != 0, unit_now(unit));
	sim->told = false;
}

static void
sim_round(struct unit *unit, struct sim *sim)
{
	if (sim->why != NULL) {
		unit_fail(unit, "%s", sim->why);
		return;
	}
	act_play(sim->act, unit_now(unit));
	sim_publish(unit, sim);
}

static void
sim_start(struct unit *unit)
{
	struct sim	*sim = unit_state(unit);

	sim->act = act_new();
	sim_read(unit, sim);
	if (sim->why != NULL)
		unit_fail(unit, "%s", sim->why);
	else
		unit_ready(unit);
}

static void
sim_poll(struct unit *unit, bool full)
{
	sim_round(unit, unit_state(unit));
}

/* A countdown moved, the sequence goes on, or the file is another one: all of it shows at once. */
static void
sim_woken(struct unit *unit)
{
	struct sim	*sim = unit_state(unit);

	if (sim->version != file_version(unit_file(unit))) {
		sim_read(unit, sim);
		if (sim->why != NULL)
			unit_log(unit, "the file is no recording now: %s", sim->why);
	}
	sim_round(unit, sim);
}

static void
sim_command(struct unit *unit, struct request *request)
{
	struct sim	*sim = unit_state(unit);
	const char	*detail = NULL;
	enum result	 result;

	if (act_dev(sim->act) == NULL)
		result = R_GONE;
	else if (request_kind(request) == REQUEST_SET)
		result = act_set(sim->act, request_name(request), request_value(request));
	else
		result = act_command(sim->act, var_name(request_name(request)),
		    request_value(request), unit_now(unit), &detail);
	request_done(request, result, detail);
}

static void
sim_stop(struct unit *unit)
{
	struct sim	*sim = unit_state(unit);

	act_free(sim->act);
	free(sim->why);
}

const struct driver sim_driver = {
	.name = "sim",
	.title = "NUT's recordings of devices (.dev, .seq), played",
	.wire = WIRE_FILE,
	.options = sim_options,
	.poll_ms = 10000,
	.poll_full_ms = 30000,
	.verbatim = true,
	.size = sizeof(struct sim),
	.start = sim_start,
	.poll = sim_poll,
	.command = sim_command,
	.woken = sim_woken,
	.stop = sim_stop,
};
