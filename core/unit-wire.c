/* The driver host: which wire a unit has, and how it goes up and down. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/log.h"

static void
on_wire(void *arg, bool up, const char *why)
{
	struct unit	*u = arg;

	if (up && u->up) {
		u->woken = true;
		/* What made a start fail may have been just that. */
		if (!u->ready)
			timer_stop(u->next);
	}
	if (!up) {
		unit_note_failure(u, why != NULL ? why : "the wire is down");
		unit_abandon(u, u->why);
		unit_drop_requests(u, NULL, u->why);
		timer_stop(u->next);
	}
	u->up = up;
	unit_continue(u);
}

bool
driver_speaks_on(const struct driver *d, enum wire wire)
{
	const enum wire	*also;

	for (also = d->also; also != NULL && *also != WIRE_NONE; also++)
		if (*also == wire)
			return true;
	return d->wire == wire;
}

const struct wire_backend *
host_backend(const struct host *h, const struct driver *d, const struct device_settings *s)
{
	const struct wire_backend	*b, *other = NULL;
	size_t				 i;

	for (i = 0; (b = h->backends[i]) != NULL; i++) {
		if (!driver_speaks_on(d, b->wire))
			continue;
		if (b->means != NULL && b->means(s->port))
			return b;
		if (other == NULL || b->means == NULL)
			other = b;
	}
	return other;
}

static const struct driver *
driver_of(const struct host *h, const char *name, const void **knowledge)
{
	size_t	 i;

	for (i = 0; h->drivers[i] != NULL; i++)
		if (strcmp(h->drivers[i]->name, name) == 0) {
			*knowledge = h->knowledge[i];
			return h->drivers[i];
		}
	return NULL;
}

void
unit_choose_driver(struct unit *u)
{
	u->driver = driver_of(u->host, u->settings->driver, &u->knowledge);
	assert(u->driver != NULL);		/* settings_load() has seen to it */
}

void
unit_open(struct unit *u)
{
	struct serial_line	 line = { 0 };
	char			*why = NULL;

	u->backend = host_backend(u->host, u->driver, u->settings);
	u->carrier = carrier_of(u->host, u->backend == NULL ? NULL : u->backend->role);
	if (u->carrier != NULL) {
		hosted_open(u);
		return;
	}
	/* Spread the first starts over a moment, so that a thousand devices do not open at once. */
	timer_set(u->next, unit_spread(u, 0, u->host->settings->ndevices / 8 + 1));
	if (u->backend == NULL) {
		u->up = u->driver->wire == WIRE_NONE;
		return;
	}
	u->wire = u->backend->open(u->host->loop, u->settings, u->driver, on_wire, u, &why);
	if (u->wire == NULL) {
		log_error(u->settings->name, "%s", why != NULL ? why : "the port cannot be opened");
		free(u->why);
		u->why = why;
		return;
	}
	if (u->backend->wire == WIRE_SERIAL) {
		u->driver->line(u, &line);
		u->backend->line(u->wire, &line);
	}
}

void
unit_close(struct unit *u)
{
	unit_abandon(u, "the device is being reconfigured");
	unit_drop_requests(u, NULL, "the device is being reconfigured");
	if (u->wire != NULL)
		u->backend->close(u->wire);
	u->wire = NULL;
	u->carrier = NULL;
	u->up = u->ready = false;
	u->failures = 0;
	free(u->why);
	u->why = NULL;
	timer_stop(u->next);
}
