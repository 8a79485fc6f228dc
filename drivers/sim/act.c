#include "drivers/sim/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/state.h"

struct act *
act_new(void)
{
	return xcalloc(1, sizeof(struct act));
}

void
act_free(struct act *act)
{
	if (act == NULL)
		return;
	points_free(&act->points);
	dev_free(act->dev);
	free(act->dues);
	free(act);
}

const struct points *
act_points(const struct act *act)
{
	return &act->points;
}

const struct dev *
act_dev(const struct act *act)
{
	return act->dev;
}

/* What a line of the file says.  In a sequence, nothing takes a variable away, as an alarm that is over. */
static void
act_line(struct act *act, const struct dev_line *line)
{
	enum var	 var = var_intern(line->name);
	const char	*text = act->dev->sequence && line->value[0] == '\0' ? NULL : line->value;

	if (points_file(&act->points, var, text))
		state_reset(act, var);
}

static void
act_step(struct act *act)
{
	const struct dev_step	*step = &act->dev->steps[act->step];
	size_t			 i;

	for (i = 0; i < step->n; i++)
		act_line(act, &act->dev->lines[step->first + i]);
}

/* A device without sequence, or at the end of one that does not begin again, has no next step. */
static bool
act_steps_on(const struct act *act)
{
	return act->dev != NULL && act->dev->sequence &&
	    (act->loop || act->step + 1 < act->dev->nsteps);
}

void
act_file(struct act *act, struct dev *dev, bool loop, int64_t now)
{
	dev_free(act->dev);
	act->dev = dev;
	act->loop = loop;
	act->step = 0;
	act->step_due = now + dev->steps[0].wait_ms;
	points_untold(&act->points);
	act_step(act);
	points_forget_untold(&act->points);
	state_show(act, now);
}

void
act_play(struct act *act, int64_t now)
{
	/* After a suspended host a sequence goes on from where it was: it does not catch up. */
	if (act_steps_on(act) && now - act->step_due > 60000)
		act->step_due = now;
	while (act_steps_on(act) && act->step_due <= now) {
		act->step = (act->step + 1) % act->dev->nsteps;
		act_step(act);
		act->step_due += act->dev->steps[act->step].wait_ms;
	}
	state_play(act, now);
	state_show(act, now);
}

int64_t
act_next(const struct act *act, int64_t now)
{
	int64_t	next = state_next(act, now), step;

	if (!act_steps_on(act))
		return next;
	step = act->step_due > now ? act->step_due - now : 0;
	return next < 0 || step < next ? step : next;
}

enum result
act_set(struct act *act, enum var var, const char *value)
{
	if (points_file_text(&act->points, var) == NULL)
		return R_UNKNOWN;
	points_make(&act->points, var, value);
	return R_DONE;
}
