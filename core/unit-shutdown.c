/* The driver host: what orders to go off or on need of a device. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"

#define SHUTDOWN_KEYS	"shutdown/"	/* of kept orders; then which */

/* -- what they call ------------------------------------------------------------- */

static void
on_send(void *arg, enum request_kind kind, enum var name, const char *value, const char *origin, result_fn *done,
    void *done_arg)
{
	struct ask	 ask = { .kind = kind, .name = name, .value = value, .origin = origin };

	target_request(arg, &ask, done, done_arg);
}

static enum timing
on_timing(void *arg, enum var command)
{
	const struct target	*t = arg;
	const char		*name = var_name(command), *at = t->timing;
	size_t			 len = strlen(name);

	for (; at != NULL && *at != '\0'; at += strcspn(at, " "), at += *at == ' ')
		if (strcspn(at, "=") == len && strncmp(at, name, len) == 0)
			return at[len + 1] == '0' + TIMING_VALUE ? TIMING_VALUE : TIMING_OWN;
	return TIMING_SETTING;
}

static const struct traits *
on_traits(void *arg)
{
	const struct target	*t = arg;

	return t->traits;
}

static struct readings
on_readings(void *arg)
{
	const struct target	*t = arg;

	return readings_of_device(t->device);
}

/* Clients see it before the device is told anything. */
static void
on_force(void *arg, const char *origin)
{
	struct target	*t = arg;

	fsd_set(t->fsd, origin, loop_now(t->unit->host->loop));
	log_warning(device_name(t->device), "forced shutdown set by %s", origin);
	events_tell(t->unit->host->events, EVENT_FSD_SET, device_name(t->device), "origin", origin, NULL);
	target_publish(t);
}

static unsigned
on_logins(void *arg)
{
	const struct target	*t = arg;

	return fsd_logins(t->fsd)->count;
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

/* The kernel's name for this boot; where it has none, no boot is another's. */
static const char *
on_boot(void *arg)
{
	static char	 id[64];
	ssize_t		 n;
	int		 fd;

	if (id[0] != '\0')
		return id;
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, id, sizeof(id) - 1);
	if (fd >= 0)
		close(fd);
	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, " \n")] = '\0';
	if (id[0] == '\0')
		strcpy(id, "-");
	return id;
}

static void
on_kept(enum result result, const char *detail, void *arg)
{
	const struct target	*t = arg;

	if (result != R_DONE)
		log_warning(device_name(t->device), "what was ordered cannot be kept%s%s: it ends with busbard",
		    detail != NULL ? ", " : "", detail != NULL ? detail : "");
}

static void
on_keep(void *arg, const char *which, const char *text)
{
	char	*what = xasprintf(SHUTDOWN_KEYS "%s", which);

	target_keep_command(arg, what, text, text != NULL ? on_kept : NULL, arg);
	free(what);
}

static void
on_tell(void *arg, const char *order, int64_t seconds, const char *origin, bool asked, enum result result,
    const char *detail)
{
	const struct target	*t = arg;
	char			 value[32];

	snprintf(value, sizeof(value), "%" PRId64, seconds);
	events_tell(t->unit->host->events, asked ? EVENT_COMMAND_ASKED : EVENT_COMMAND_ENDED, device_name(t->device),
	    "command", order, "value", seconds >= 0 ? value : NULL, "origin", origin,
	    "result", asked ? NULL : result_text(result), "detail", detail, NULL);
}

static const struct shutdowns_calls calls = {
	.send = on_send, .timing = on_timing, .traits = on_traits, .readings = on_readings, .force = on_force,
	.logins = on_logins, .publish = on_publish, .wall = on_wall, .boot = on_boot, .keep = on_keep, .tell = on_tell,
};

/* -- life --------------------------------------------------------------------------- */

void
target_configure_shutdowns(struct target *t)
{
	const struct device_settings	*s = t->unit->settings;

	shutdowns_settings(t->shutdowns, device_name(t->device), &(struct shutdowns_settings){
	    .fsd_before_shutdown = s->fsd_before_shutdown, .restart_on_mains = s->restart_on_mains,
	    .hostsync_ms = (int64_t)t->unit->host->settings->nut.hostsync * 1000 });
}

void
target_add_shutdowns(struct target *t)
{
	t->shutdowns = shutdowns_new(t->unit->host->loop, &calls, t);
	target_configure_shutdowns(t);
}

static void
restore(struct target *t, const char *what, const char *text, enum outlets_device device)
{
	shutdowns_restore(t->shutdowns, what, text, device);
}

void
target_restore_shutdowns(struct target *t)
{
	target_restore_commands(t, SHUTDOWN_KEYS, restore);
}

/* -- requests -------------------------------------------------------------------------- */

static bool
is_ups(const struct target *t)
{
	return t->type == NULL || strcmp(t->type, "ups") == 0;
}

bool
target_takes_shutdown(const struct target *t, const struct ask *ask)
{
	return ask->kind == REQUEST_TIMER ||
	    (ask->kind == REQUEST_COMMAND && is_ups(t) && shutdowns_take(t->shutdowns, ask->name));
}

static void
ask_shutdowns(struct target *t, const struct ask *ask, result_fn *fn, void *arg)
{
	char		*why = NULL;
	enum result	 result = is_ups(t) ? R_DONE : R_UNKNOWN;

	/* A timer is part of a shutdown, which nothing holds up. */
	if (result == R_DONE && ask->kind == REQUEST_COMMAND)
		result = target_judge(t, ask, &why);
	if (result == R_DONE)
		shutdowns_ask(t->shutdowns, ask, fn, arg);
	else
		fn(result, why, arg);
	free(why);
}

void
target_ask_shutdown(struct target *t, const struct ask *ask, struct pending *pending)
{
	target_ask_queue(t, ask, pending, ask_shutdowns);
}
