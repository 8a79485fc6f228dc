#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "core/events.h"
#include "core/log.h"
#include "core/mem.h"

struct events {
	struct event_log	*log;
	struct kept		*kept;
	struct outbox		*outbox;
	struct buf		 line;
	uint64_t		 dropped;	/* so many were told of */
};

struct events *
events_new(struct loop *loop, struct kept *kept, const struct outbox_calls *calls, void *arg)
{
	struct events	*e = xcalloc(1, sizeof(*e));

	e->log = event_log_new(0);
	e->kept = kept;
	e->outbox = outbox_new(loop, calls, arg);
	return e;
}

void
events_free(struct events *e)
{
	if (e == NULL)
		return;
	outbox_free(e->outbox);
	event_log_free(e->log);
	buf_free(&e->line);
	free(e);
}

void
events_begin(struct events *e, uint64_t last)
{
	event_log_raise(e->log, last);
}

static int64_t
wall_ms(void)
{
	struct timespec	 now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
events_note(struct events *e, const struct event *event)
{
	struct event	 copy = *event;
	uint64_t	 serial;

	copy.time = wall_ms();
	buf_clear(&e->line);
	event_write(&copy, &e->line);
	serial = event_log_add(e->log, buf_text(&e->line));
	if (copy.key != NULL)
		kept_note(e->kept, copy.key, copy.keep);
	if (event_facts(copy.kind)->notified && !copy.quiet)
		outbox_add(e->outbox, serial, &copy, buf_text(&e->line), false);
}

void
events_tell(struct events *e, enum event_kind kind, const char *device, ...)
{
	struct event	 event = { .kind = kind, .device = device };
	va_list		 ap;
	const char	*name;
	size_t		 n;

	if (e == NULL)
		return;
	va_start(ap, device);
	for (n = 0; n < FIELDS_MAX && (name = va_arg(ap, const char *)) != NULL; n++) {
		event.fields[n].name = name;
		event.fields[n].value = va_arg(ap, const char *);
	}
	va_end(ap);
	events_note(e, &event);
}

/* Once somebody writes down again. */
static void
tell_dropped(struct events *e)
{
	uint64_t	 dropped = event_log_dropped(e->log);
	char		*text;

	if (dropped == e->dropped)
		return;
	text = xasprintf("%" PRIu64 " events are lost: nobody wrote them down in time", dropped - e->dropped);
	e->dropped = dropped;
	log_error("store", "%s", text);
	events_tell(e, EVENT_DROPPED, "", "text", text, NULL);
	free(text);
}

void
events_acked(struct events *e, uint64_t serial)
{
	event_log_ack(e->log, serial);
	outbox_stored(e->outbox, serial);
	tell_dropped(e);
}

struct event_log *
events_log(struct events *e)
{
	return e->log;
}

struct outbox *
events_outbox(struct events *e)
{
	return e->outbox;
}
