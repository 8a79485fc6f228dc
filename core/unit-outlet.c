/* The driver host: what the outlets of a device need of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/host.h"
#include "core/mem.h"

#define OUTLET_KEYS	"outlet/"	/* of kept commands; then the number */

/* -- what they call ------------------------------------------------------------- */

static void
on_send(void *arg, enum var command, const char *origin, result_fn *done, void *done_arg)
{
	struct ask	 ask = { .kind = REQUEST_COMMAND, .name = command, .origin = origin };

	target_request(arg, &ask, done, done_arg);
}

static void
on_look(void *arg)
{
	struct target	*t = arg;

	if (!t->unit->ready)
		return;
	unit_poll_soon(t->unit, true);
	unit_continue(t->unit);
}

static void
on_publish(void *arg)
{
	target_publish(arg);
}

static int64_t
on_wall(void *arg)
{
	return time(NULL);
}

static const char *
on_unable(void *arg)
{
	const struct target	*t = arg;

	return t->unit->host->kept == NULL ? "nothing is kept" : kept_unable(t->unit->host->kept);
}

static void
on_keep(void *arg, unsigned outlet, const char *text, result_fn *done, void *done_arg)
{
	char	*what = xasprintf(OUTLET_KEYS "%u", outlet);

	target_keep_command(arg, what, text, done, done_arg);
	free(what);
}

static char *
on_objection(void *arg, unsigned outlet)
{
	const struct target	*t = arg;
	const struct feed_cut	 cut = { device_name(t->device), outlet };
	const struct feed_cuts	 cuts = { &cut, 1 };

	return t->unit->host->loads == NULL ? NULL : loads_objection(t->unit->host->loads, &cuts);
}

static void
on_tell(void *arg, unsigned outlet, enum outlet_command command, const char *origin, bool asked, enum result result,
    const char *detail)
{
	const struct target	*t = arg;
	enum event_kind		 ended = result == R_DONE ? EVENT_OUTLET_ENDED : EVENT_OUTLET_FAILED;
	char			 number[16], code[16], name[VALUE_TEXT_MAX];

	snprintf(number, sizeof(number), "%u", outlet);
	snprintf(code, sizeof(code), "%d", (int)outlet_result_of(result));
	events_tell(t->unit->host->events, asked ? EVENT_OUTLET_ASKED : ended, device_name(t->device),
	    "outlet", number, "name", outlet_shown_name(device_now(t->device), outlet, name), "command", outlet_command_word(command), "origin", origin,
	    "result", asked ? NULL : result_text(result), "code", asked ? NULL : code, "detail", detail, NULL);
}

static const struct outlets_calls calls = {
	.send = on_send, .look = on_look, .publish = on_publish, .wall = on_wall, .unable = on_unable,
	.keep = on_keep, .objection = on_objection, .tell = on_tell,
};

/* -- life --------------------------------------------------------------------------- */

void
target_configure_outlets(struct target *t)
{
	const struct device_settings	*s = t->unit->settings;

	/* The sections in a device are about its own outlets, not those of what it speaks for. */
	outlets_settings(t->outlets, device_name(t->device), s->outlets, t->suffix == NULL ? s->noutlets : 0);
}

void
target_add_outlets(struct target *t)
{
	t->outlets = outlets_new(t->unit->host->loop, &calls, t);
	target_configure_outlets(t);
}

static void
restore(struct target *t, const char *what, const char *text, enum outlets_device device)
{
	outlets_restore(t->outlets, (unsigned)strtoul(what, NULL, 10), text, device);
}

void
target_restore_outlets(struct target *t)
{
	target_restore_commands(t, OUTLET_KEYS, restore);
}

void
target_free_outlets(struct target *t)
{
	outlets_free(t->outlets);
}

/* -- requests -------------------------------------------------------------------------- */

bool
target_takes_outlet(const struct target *t, const struct ask *ask)
{
	return outlets_take(t->outlets, t->traits, ask->name);
}

static void
ask_outlets(struct target *t, const struct ask *ask, result_fn *fn, void *arg)
{
	bool	 fresh = t->state == DEVICE_FRESH && t->unit->ready;

	outlets_ask(t->outlets, t->traits, device_now(t->device), fresh, ask, fn, arg);
}

void
target_ask_outlet(struct target *t, const struct ask *ask, struct pending *pending)
{
	target_ask_queue(t, ask, pending, ask_outlets);
}

/* -- what goes to the driver as it is --------------------------------------------------- */

/* Commands of the whole device that a person gives; those of a shutdown are never held up. */
static const struct {
	const char	*name;
	bool		 off;
} whole[] = {
	{ "load.on", false }, { "load.on.delay", false }, { "load.off", true }, { "load.off.delay", true },
	{ "load.cycle", true }, { "load.cycle.delay", true }, { "shutdown.return", true },
};

enum result
target_judge(const struct target *t, const struct ask *ask, char **why)
{
	const char	*name = var_name(ask->name), *rest = name;
	unsigned	 outlet = outlet_number(name, &rest);
	size_t		 i;

	*why = NULL;
	if (ask->kind != REQUEST_COMMAND)
		return R_DONE;
	if (outlet == 0 && strncmp(name, "outlet.group.", 13) == 0) {
		rest = name + 13 + strspn(name + 13, "0123456789");
		rest += *rest == '.';
	} else if (outlet == 0 && strncmp(name, "shutdown.", 9) == 0) {
		return R_DONE;
	}
	for (i = 0; i < nitems(whole); i++)
		if (strcmp(rest, whole[i].name) == 0)
			return outlets_judge(t->outlets, outlet, whole[i].off, ask->confirm, why);
	return R_DONE;
}
