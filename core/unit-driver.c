/* The driver host: what a driver may ask of it, and how it says that it is done. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"

void *
unit_state(struct unit *u)
{
	return u->state;
}

const void *
unit_knowledge(const struct unit *u)
{
	return u->knowledge;
}

const char *
unit_name(const struct unit *u)
{
	return u->settings->name;
}

const char *
unit_option(const struct unit *u, const char *name)
{
	const struct option	*o;
	size_t			 i;

	for (i = 0; i < u->settings->options.n; i++)
		if (strcmp(u->settings->options.at[i].name, name) == 0)
			return u->settings->options.at[i].value;
	for (o = u->driver->options; o != NULL && o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o->dflt;
	return NULL;
}

bool
unit_estimates(const struct unit *u)
{
	return u->settings->estimates;
}

const char *
unit_profile(const struct unit *u)
{
	return u->settings->profile;
}

enum wire
unit_wire(const struct unit *u)
{
	return u->backend == NULL ? WIRE_NONE : u->backend->wire;
}

struct peer *
unit_peer(struct unit *u)
{
	return unit_wire(u) == WIRE_SNMP ? u->wire : NULL;
}

struct stream *
unit_stream(struct unit *u)
{
	return unit_wire(u) == WIRE_STREAM || unit_wire(u) == WIRE_SERIAL ? u->wire : NULL;
}

struct file *
unit_file(struct unit *u)
{
	return unit_wire(u) == WIRE_FILE ? u->wire : NULL;
}

struct usb *
unit_usb(struct unit *u)
{
	return unit_wire(u) == WIRE_USB ? u->wire : NULL;
}

struct hid *
unit_hid(struct unit *u)
{
	return unit_wire(u) == WIRE_HID ? u->wire : NULL;
}

int64_t
unit_now(const struct unit *u)
{
	return loop_now(u->host->loop);
}

void
unit_wake(struct unit *u, int64_t ms)
{
	if (ms < 0)
		timer_stop(u->wake);
	else
		timer_set(u->wake, ms);
}

void
unit_ready(struct unit *u)
{
	assert(u->op == OP_START);
	unit_end(u, true);
}

void
unit_done(struct unit *u)
{
	assert(u->op == OP_QUICK || u->op == OP_FULL || u->op == OP_PUSH);
	unit_end(u, true);
}

void
unit_fail(struct unit *u, const char *fmt, ...)
{
	va_list	 ap;
	char	*why;

	va_start(ap, fmt);
	why = xvasprintf(fmt, ap);
	va_end(ap);
	unit_note_failure(u, why);
	free(why);
	unit_end(u, false);
}

void
unit_restart(struct unit *u)
{
	u->restart = true;
	u->failures++;		/* one that is another each time is not asked ever faster */
	if (u->op == OP_NONE)
		unit_continue(u);
	else if (u->op != OP_COMMAND && !u->ended)
		unit_end(u, false);
}

void
unit_log(const struct unit *u, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_at(LOG_LEVEL_INFO, u->settings->name, fmt, ap);
	va_end(ap);
}

void
unit_debug(const struct unit *u, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	log_at(u->settings->debug > 0 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG, u->settings->name, fmt, ap);
	va_end(ap);
}
