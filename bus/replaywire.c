#include <stdlib.h>
#include <string.h>

#include "bus/dialogue.h"
#include "bus/replayfile.h"
#include "bus/replaywire.h"
#include "core/mem.h"
#include "core/stream.h"

#define ANSWER_LAST_MS	1000

struct replay {
	struct loop	*loop;
	struct stream	*stream;
	struct dialogue	*dialogue;
	struct timer	*open, *answer, *wire;
	size_t		 next, end;	/* of the answer */
	int64_t		 began;		/* of it, in ms: when its question was sent */
	size_t		 question;	/* the event that it was */
	size_t		 wire_next;
	int64_t		 opened;
	unsigned	 wires;
	void		(*changed)(void *, bool, const char *);
	void		*arg;
};

/* -- what comes ------------------------------------------------------------------------ */

static void
plan_answer(struct replay *r)
{
	const struct dialogue_event	*e = r->dialogue->events;
	int64_t				 after, now = loop_now(r->loop);

	while (r->next < r->end && e[r->next].kind != DIALOGUE_CAME)
		r->next++;
	if (r->next == r->end)
		return;
	after = e[r->next].at - e[r->question].at;
	after = after < ANSWER_LAST_MS ? after : ANSWER_LAST_MS;
	timer_set(r->answer, r->began + after > now ? r->began + after - now : 0);
}

static void
on_answer(void *arg)
{
	struct replay			*r = arg;
	const struct dialogue_event	*e = &r->dialogue->events[r->next++];

	if (stream_feed(r->stream, buf_bytes(&e->bytes), e->bytes.len) && !timer_running(r->answer))
		plan_answer(r);
}

static void
begin_answer(struct replay *r, size_t question)
{
	const struct dialogue	*d = r->dialogue;

	timer_stop(r->answer);
	r->question = question;
	r->began = loop_now(r->loop);
	for (r->end = r->next; r->end < d->n && d->events[r->end].kind != DIALOGUE_SENT; r->end++)
		;
	plan_answer(r);
}

static void
on_wire(void *arg)
{
	struct replay		*r = arg;
	const struct dialogue	*d = r->dialogue;
	int64_t			 since = loop_now(r->loop) - r->opened;

	for (; r->wire_next < d->n; r->wire_next++) {
		if (d->events[r->wire_next].kind != DIALOGUE_WIRES)
			continue;
		if (d->events[r->wire_next].at > since) {
			timer_set(r->wire, d->events[r->wire_next].at - since);
			return;
		}
		r->wires = d->events[r->wire_next].wires;
	}
}

static void
on_open(void *arg)
{
	struct replay	*r = arg;

	r->opened = loop_now(r->loop);
	/* The wires were read before anything else; their first state is that of the beginning. */
	r->wires = 0;
	for (r->wire_next = 0; r->wire_next < r->dialogue->n; r->wire_next++)
		if (r->dialogue->events[r->wire_next].kind == DIALOGUE_WIRES) {
			r->wires = r->dialogue->events[r->wire_next++].wires;
			break;
		}
	on_wire(r);
	r->next = 0;
	stream_up(r->stream);
	r->changed(r->arg, true, NULL);
}

/* -- what the stream asks for ------------------------------------------------------------- */

static bool
replay_send(void *line, const void *bytes, size_t len)
{
	struct replay	*r = line;
	size_t		 question = dialogue_find(r->dialogue, r->next, bytes, len);

	if (question == r->dialogue->n)
		return true;
	r->next = question + 1;
	begin_answer(r, question);
	return true;
}

static void
replay_drop(void *line, const char *why)
{
	struct replay	*r = line;

	timer_stop(r->answer);
	stream_down(r->stream);
	timer_set(r->open, ANSWER_LAST_MS);
	r->changed(r->arg, false, why);
}

static void
replay_free(void *line)
{
	struct replay	*r = line;

	timer_free(r->open);
	timer_free(r->answer);
	timer_free(r->wire);
	dialogue_free(r->dialogue);
	free(r);
}

static bool
replay_format(void *line, const struct serial_line *how)
{
	return true;
}

static bool
replay_raise(void *line, unsigned raised)
{
	return true;
}

static bool
replay_read(void *line, unsigned *wires)
{
	*wires = ((struct replay *)line)->wires;
	return true;
}

static bool
replay_hold(void *line, bool low)
{
	return true;
}

static const struct serial_ops serial = {
	.format = replay_format, .raise = replay_raise, .read = replay_read, .hold = replay_hold,
};

static const struct stream_ops serial_ops = {
	.send = replay_send, .drop = replay_drop, .free = replay_free, .serial = &serial,
};

static const struct stream_ops stream_ops = {
	.send = replay_send, .drop = replay_drop, .free = replay_free,
};

/* -- the backends ----------------------------------------------------------------------------- */

/* NULL with *why malloc'd. */
static struct dialogue *
read_dialogue(const char *port, char **why)
{
	struct buf	 text = { 0 };
	struct dialogue	*d = NULL;
	char		*mistake = NULL;

	if (!replayfile_read(port, &text, why))
		return NULL;
	if ((d = dialogue_parse(buf_text(&text), text.len, &mistake)) == NULL)
		*why = xasprintf("%s: %s", port, mistake);
	free(mistake);
	buf_free(&text);
	return d;
}

static char *
replay_check(const struct device_settings *settings, const struct driver *driver)
{
	char		*why = NULL;
	struct dialogue	*d = read_dialogue(settings->port, &why);

	dialogue_free(d);
	return why;
}

static struct stream *
open_with(const struct stream_ops *ops, struct loop *loop, const struct device_settings *settings,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct dialogue	*d = read_dialogue(settings->port, why);
	struct replay	*r;

	if (d == NULL)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	*r = (struct replay){ .loop = loop, .dialogue = d, .changed = changed, .arg = arg };
	r->open = timer_new(loop, on_open, r);
	r->answer = timer_new(loop, on_answer, r);
	r->wire = timer_new(loop, on_wire, r);
	timer_set(r->open, 0);
	return r->stream = stream_new(loop, ops, r);
}

static void *
open_serial(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	return open_with(&serial_ops, loop, settings, changed, arg, why);
}

static void *
open_stream(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	return open_with(&stream_ops, loop, settings, changed, arg, why);
}

/* It was set as the driver wanted it when it was recorded. */
static void
replay_line(void *handle, const struct serial_line *line)
{
}

static void
replay_forget(void *handle)
{
	stream_forget(handle);
}

static void
replay_close(void *handle)
{
	stream_free(handle);
}

const struct wire_backend replay_serial_wire = {
	.wire = WIRE_SERIAL,
	.name = "replay",
	.means = replayfile_is,
	.open = open_serial,
	.check = replay_check,
	.forget = replay_forget,
	.close = replay_close,
	.line = replay_line,
};

const struct wire_backend replay_stream_wire = {
	.wire = WIRE_STREAM,
	.name = "replay",
	.means = replayfile_is,
	.open = open_stream,
	.check = replay_check,
	.forget = replay_forget,
	.close = replay_close,
};
