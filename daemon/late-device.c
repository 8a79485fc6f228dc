#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/resolve.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/unit.h"
#include "daemon/backends.h"
#include "daemon/engine.h"
#include "daemon/late-device.h"
#include "daemon/spawn.h"

#define AGAIN_MS	1000

struct cut {
	const struct device_settings *settings;
	struct loop	*loop;
	struct model	*model;
	struct timer	*end, *again;
	bool		 named, asked;
	const char	*command;	/* the last that it was given; NULL: none */
	char		*why;		/* it has not taken it */
	int		 status;	/* -1: not decided yet */
};

static void
decide(struct cut *c, int status)
{
	c->status = status;
	loop_stop(c->loop);
}

static void
set_why(struct cut *c, const char *why)
{
	free(c->why);
	c->why = xstrdup(why);
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct cut	*c = arg;
	char		*why;

	c->asked = false;
	if (result == R_DONE) {
		printf("%s: %s: done\n", c->settings->name, c->command);
		decide(c, 0);
		return;
	}
	why = xasprintf("%s: %s%s%s", c->command, result_text(result), detail != NULL ? ", " : "",
	    detail != NULL ? detail : "");
	set_why(c, why);
	free(why);
	timer_set(c->again, AGAIN_MS);
}

static const char *
command_of(const struct cut *c, const struct device *d)
{
	size_t	 i;

	for (i = 0; i < c->settings->shutdown.n; i++)
		if (traits_can(device_traits(d), var_intern(c->settings->shutdown.at[i])))
			return c->settings->shutdown.at[i];
	return NULL;
}

static void
ask(struct cut *c, struct device *d)
{
	struct ask	 what = { .kind = REQUEST_COMMAND, .origin = "late shutdown", .confirm = true };

	c->command = command_of(c, d);
	if (c->command == NULL) {
		set_why(c, "it has none of the commands of its setting shutdown");
		decide(c, 1);
		return;
	}
	what.name = var_intern(c->command);
	c->asked = true;
	device_ask(d, &what, on_result, c);
}

static bool
is_ups(const struct device *d)
{
	const char	*type = snapshot_text(device_now(d), var_intern(REMARK_TYPE));

	return type == NULL || strcmp(type, "ups") == 0;
}

static void
look(struct cut *c)
{
	struct device	*d = model_find(c->model, c->settings->name, strlen(c->settings->name));
	const char	*why;

	if (d == NULL || c->asked || c->status != -1)
		return;
	why = snapshot_text(device_now(d), var_intern(REMARK_ROLE_WHY));
	if (why != NULL)
		set_why(c, why);
	if (device_state(d) != DEVICE_FRESH)
		return;
	if (is_ups(d) || c->named) {
		ask(c, d);
		return;
	}
	printf("%s: left alone: no UPS\n", c->settings->name);
	decide(c, 0);
}

static void
on_again(void *arg)
{
	look(arg);
}

/* In a turn of its own: this may be the middle of what changes it. */
static void
on_change(const struct change *change, void *arg)
{
	struct cut	*c = arg;

	if (!timer_running(c->again))
		timer_set(c->again, 0);
}

static void
on_end(void *arg)
{
	decide(arg, 1);
}

/* The knowledge of the other drivers would be read for nothing. */
static struct host *
make_host(struct cut *c)
{
	const struct driver	**list = xcalloc(2, sizeof(struct driver *));
	struct conf_errors	  errors = { 0 };
	struct host		 *host;
	size_t			  i;

	list[0] = driver_find(c->settings->driver);
	host = host_new(c->loop, c->model, list, wire_backends);
	host_bare(host);
	engine_learn(host, &errors);
	for (i = 0; i < errors.n; i++)
		fprintf(stderr, "%s\n", errors.texts[i]);
	conf_errors_free(&errors);
	return host;
}

int
late_device(const struct settings *all, const struct device_settings *device, bool named, int64_t limit_ms)
{
	struct cut	 c = { .settings = device, .named = named, .status = -1 };
	struct settings	 one = *all;

	one.devices = (struct device_settings *)(uintptr_t)device;
	one.ndevices = 1;
	one.nloads = one.ngroups = 0;
	c.loop = loop_new();
	c.model = model_new();
	c.end = timer_new(c.loop, on_end, &c);
	c.again = timer_new(c.loop, on_again, &c);
	timer_set(c.end, limit_ms);
	resolver_use(resolver_new(c.loop, spawn_resolver, NULL));
	model_watch(c.model, ~0u, on_change, &c);
	host_apply(make_host(&c), &one);
	while (c.status == -1)
		loop_run(c.loop);
	if (c.status != 0)
		fprintf(stderr, "busbard: %s: not told: %s\n", device->name,
		    c.why != NULL ? c.why : "it does not answer");
	fflush(stdout);
	fflush(stderr);
	return c.status;
}
