#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/stream.h"

#define DEVICE_WIRES	(SERIAL_CTS | SERIAL_DSR | SERIAL_DCD | SERIAL_RI)
#define LOOK_MS		100	/* waiting for a change would block */
#define EARLY_MAX	64	/* exchanges that wait for their answers at once */

struct queued {
	TAILQ_ENTRY(queued)	 entry;
	struct exchange		 x;
	bool			 sent, rested, secure;
	uint8_t			 bytes[];
};

struct stream {
	struct loop		*loop;
	const struct stream_ops	*ops;
	void			*line;
	bool			 up;
	TAILQ_HEAD(queue, queued) queue;	/* the first is the one being answered */
	struct queued		*unsent;	/* the first of those; NULL: all are sent */
	size_t			 waiting;	/* sent and in the queue */
	struct timer		*limit;		/* of the answer, or the rest before sending */
	struct timer		*later;		/* pumps, or drops, in a turn of its own */
	struct buf		 in, message;
	frame_fn		*frame;		/* the listener's */
	answer_fn		*listener;
	void			*listener_arg;
	char			*drop;		/* why; NULL: it is well */
	/* of a serial line */
	struct timer		*look;		/* at the wires; NULL: not needed yet */
	struct timer		*held;		/* the break ends; NULL: likewise */
	unsigned		 wires;		/* as they were told last */
	wires_fn		*watcher;	/* NULL: nobody is told */
	void			*watcher_arg;
	void			(*unheld)(void *);
	void			*unheld_arg;
	bool			 telling;
	unsigned		 epoch;		/* another one whenever all is forgotten */
	bool			*freed;		/* set while somebody is told */
};

static const struct stream_ear	*ear;
static void			*ear_arg;

static void	on_limit(void *);
static void	on_later(void *);
static void	forget_wires(struct stream *);

ssize_t
frame_lf(const uint8_t *bytes, size_t len)
{
	const uint8_t	*lf = memchr(bytes, '\n', len);

	return lf == NULL ? 0 : lf + 1 - bytes;
}

ssize_t
frame_any(const uint8_t *bytes, size_t len)
{
	return (ssize_t)(len < STREAM_FRAME_MAX ? len : STREAM_FRAME_MAX);
}

void
stream_overhear(const struct stream_ear *who, void *arg)
{
	ear = who;
	ear_arg = arg;
}

/* -- life ------------------------------------------------------------------------- */

struct stream *
stream_new(struct loop *loop, const struct stream_ops *ops, void *line)
{
	struct stream	*s = xcalloc(1, sizeof(*s));

	*s = (struct stream){ .loop = loop, .ops = ops, .line = line };
	TAILQ_INIT(&s->queue);
	s->limit = timer_new(loop, on_limit, s);
	s->later = timer_new(loop, on_later, s);
	return s;
}

void
stream_free(struct stream *s)
{
	if (s->freed != NULL)
		*s->freed = true;
	stream_forget(s);
	timer_free(s->limit);
	timer_free(s->later);
	timer_free(s->look);
	timer_free(s->held);
	buf_free(&s->in);
	buf_free(&s->message);
	free(s->drop);
	s->ops->free(s->line);
	free(s);
}

void *
stream_line(struct stream *s)
{
	return s->line;
}

void
stream_forget(struct stream *s)
{
	struct queued	*q;

	while ((q = TAILQ_FIRST(&s->queue)) != NULL) {
		TAILQ_REMOVE(&s->queue, q, entry);
		free(q);
	}
	s->unsent = NULL;
	s->waiting = 0;
	s->listener = NULL;
	s->epoch++;
	timer_stop(s->limit);
	forget_wires(s);
}

static void
begin_anew(struct stream *s, bool up)
{
	stream_forget(s);
	buf_clear(&s->in);
	timer_stop(s->later);
	if (s->held != NULL)
		timer_stop(s->held);
	free(s->drop);
	s->drop = NULL;
	s->up = up;
}

void
stream_up(struct stream *s)
{
	begin_anew(s, true);
}

void
stream_down(struct stream *s)
{
	begin_anew(s, false);
}

void
stream_drop(struct stream *s, const char *why)
{
	stream_forget(s);
	buf_clear(&s->in);
	if (s->drop != NULL || !s->up)
		return;
	s->drop = xstrdup(why);
	timer_set(s->later, 0);
}

/* -- the wires of a serial line ------------------------------------------------------ */

static const struct serial_ops *
serial_of(const struct stream *s)
{
	return s->up && s->drop == NULL ? s->ops->serial : NULL;
}

static bool
breaking(const struct stream *s)
{
	return s->held != NULL && timer_running(s->held);
}

/* A break that is on its way ends in time, though nobody asks any more. */
static void
forget_wires(struct stream *s)
{
	s->watcher = NULL;
	s->unheld = NULL;
	if (s->look != NULL)
		timer_stop(s->look);
}

bool
serial_format(struct stream *s, const struct serial_line *line)
{
	return serial_of(s) != NULL && s->ops->serial->format(s->line, line);
}

bool
serial_raise(struct stream *s, unsigned raised)
{
	return serial_of(s) != NULL && s->ops->serial->raise(s->line, raised);
}

bool
serial_read(struct stream *s, unsigned *wires)
{
	if (serial_of(s) == NULL || !s->ops->serial->read(s->line, wires))
		return false;
	if (ear != NULL)
		ear->wires(ear_arg, *wires & DEVICE_WIRES);
	return true;
}

static void
on_look(void *arg)
{
	struct stream	*s = arg;
	unsigned	 wires, before = s->wires;

	if (s->watcher == NULL)
		return;
	timer_set(s->look, LOOK_MS);
	if (!serial_read(s, &wires) || (wires & DEVICE_WIRES) == before)
		return;
	s->wires = wires & DEVICE_WIRES;
	s->watcher(s->watcher_arg, wires);
}

void
serial_watch(struct stream *s, wires_fn *fn, void *arg)
{
	unsigned	 wires;

	s->watcher = fn;
	s->watcher_arg = arg;
	if (fn == NULL)
		return;
	s->wires = serial_read(s, &wires) ? wires & DEVICE_WIRES : 0;
	if (s->look == NULL)
		s->look = timer_new(s->loop, on_look, s);
	timer_set(s->look, LOOK_MS);
}

static void
on_held(void *arg)
{
	struct stream	*s = arg;
	void		(*done)(void *) = s->unheld;

	s->unheld = NULL;
	if (s->up)
		s->ops->serial->hold(s->line, false);
	timer_set(s->later, 0);
	if (done != NULL)
		done(s->unheld_arg);
}

bool
serial_break(struct stream *s, unsigned ms, void (*done)(void *), void *arg)
{
	if (serial_of(s) == NULL || breaking(s) || !s->ops->serial->hold(s->line, true))
		return false;
	if (s->held == NULL)
		s->held = timer_new(s->loop, on_held, s);
	s->unheld = done;
	s->unheld_arg = arg;
	timer_set(s->held, ms);
	return true;
}

/* -- sending ------------------------------------------------------------------------ */

static void
send_next(struct stream *s)
{
	struct queued	*q = s->unsent;

	if (s->ops->serial != NULL && s->waiting == 0 && s->listener == NULL)
		buf_clear(&s->in);
	if (q->x.len > 0 && ear != NULL)
		ear->sent(ear_arg, q->bytes, q->x.len);
	if (q->x.len > 0 && !s->ops->send(s->line, q->bytes, q->x.len)) {
		stream_drop(s, "the peer takes nothing");
		return;
	}
	/* What came in the clear behind the answer to STARTTLS is nobody's. */
	if (q->secure && (s->in.len > 0 || s->ops->secure == NULL || !s->ops->secure(s->line))) {
		stream_drop(s, s->in.len > 0 ? "bytes in the clear where TLS begins" : "there is no TLS on this line");
		return;
	}
	s->unsent = TAILQ_NEXT(q, entry);
	if (q->x.frame == NULL) {
		TAILQ_REMOVE(&s->queue, q, entry);
		free(q);
		return;
	}
	q->sent = true;
	if (s->waiting++ == 0)
		timer_set(s->limit, q->x.timeout_ms);
}

/* Whether the first of the unsent may go now. */
static bool
may_send(struct stream *s)
{
	struct queued	*q = s->unsent;

	if (q == NULL || s->drop != NULL || !s->up || s->telling || breaking(s))
		return false;
	if (s->waiting > 0)
		return q->x.early && q->x.pause_ms == 0 && s->waiting < EARLY_MAX &&
		    !TAILQ_FIRST(&s->queue)->secure;
	if (q->x.pause_ms == 0 || q->rested)
		return true;
	if (!timer_running(s->limit))
		timer_set(s->limit, q->x.pause_ms);
	return false;
}

static void
pump(struct stream *s)
{
	while (may_send(s))
		send_next(s);
}

static struct queued *
enqueue(struct stream *s, const struct exchange *x)
{
	struct queued	*q;

	assert(x->len <= STREAM_SEND_MAX && (x->frame == NULL || x->done != NULL));
	q = xcalloc(1, sizeof(*q) + x->len);
	q->x = *x;
	q->x.send = NULL;
	if (x->len > 0)
		memcpy(q->bytes, x->send, x->len);
	TAILQ_INSERT_TAIL(&s->queue, q, entry);
	if (s->unsent == NULL)
		s->unsent = q;
	if (!s->telling && s->drop == NULL)
		timer_set(s->later, 0);
	return q;
}

void
stream_ask(struct stream *s, const struct exchange *x)
{
	enqueue(s, x);
}

void
stream_secure(struct stream *s, unsigned timeout_ms, answer_fn *done, void *arg)
{
	enqueue(s, &(struct exchange){ .frame = frame_lf, .timeout_ms = timeout_ms, .done = done,
	    .arg = arg })->secure = true;
}

void
stream_listen(struct stream *s, frame_fn *frame, answer_fn *fn, void *arg)
{
	s->frame = frame;
	s->listener = fn;
	s->listener_arg = arg;
}

/* -- answers -------------------------------------------------------------------------- */

/* Tells somebody of s->message.  False: the stream was freed meanwhile. */
static bool
tell(struct stream *s, answer_fn *fn, void *arg, enum result result, bool *goes_on)
{
	unsigned	 epoch = s->epoch;
	bool		 freed = false, more;

	s->freed = &freed;
	s->telling = true;
	more = fn(arg, result, (char *)(uintptr_t)buf_text(&s->message), s->message.len);
	if (freed)
		return false;
	s->freed = NULL;
	s->telling = false;
	*goes_on = more && s->epoch == epoch;
	return true;
}

/* The first exchange is out of the queue while it is told.  False: the stream was freed. */
static bool
answer(struct stream *s, enum result result)
{
	struct queued	*q = TAILQ_FIRST(&s->queue);
	bool		 goes_on = false;

	TAILQ_REMOVE(&s->queue, q, entry);
	s->waiting--;
	timer_stop(s->limit);
	if (!tell(s, q->x.done, q->x.arg, result, &goes_on)) {
		free(q);
		return false;
	}
	if (goes_on && result == R_DONE) {
		TAILQ_INSERT_HEAD(&s->queue, q, entry);
		s->waiting++;
	} else {
		free(q);
	}
	if (s->waiting > 0)
		timer_set(s->limit, TAILQ_FIRST(&s->queue)->x.timeout_ms);
	pump(s);
	return true;
}

bool
stream_secured(struct stream *s, const char *why)
{
	if (s->waiting == 0 || !TAILQ_FIRST(&s->queue)->secure)
		return true;
	buf_clear(&s->message);
	if (why != NULL)
		buf_puts(&s->message, why);
	return answer(s, why != NULL ? R_FAILED : R_DONE);
}

static void
on_limit(void *arg)
{
	struct stream	*s = arg;

	if (s->waiting == 0) {
		if (s->unsent != NULL)
			s->unsent->rested = true;
		pump(s);
		return;
	}
	buf_clear(&s->message);
	answer(s, R_TIMEOUT);
}

static void
on_later(void *arg)
{
	struct stream	*s = arg;
	char		*why = s->drop;

	if (why == NULL) {
		pump(s);
		return;
	}
	s->drop = NULL;
	s->up = false;
	s->ops->drop(s->line, why);
	free(why);
}

/* Takes one message off the front of what came, if it is whole.  False: the stream was freed. */
static bool
take_message(struct stream *s, frame_fn *frame, bool *took)
{
	struct queued	*first = s->waiting > 0 ? TAILQ_FIRST(&s->queue) : NULL;
	ssize_t		 n = frame(buf_bytes(&s->in), s->in.len);
	enum result	 result = R_DONE;
	bool		 goes_on;

	*took = n != 0 || s->in.len > STREAM_FRAME_MAX;
	if (!*took)
		return true;
	if (n < 0) {
		buf_eat(&s->in, 1);
		return true;
	}
	buf_clear(&s->message);
	if (n == 0 || n > STREAM_FRAME_MAX) {
		buf_clear(&s->in);
		result = R_FAILED;
	} else {
		buf_put(&s->message, buf_bytes(&s->in), (size_t)n);
		buf_eat(&s->in, (size_t)n);
	}
	if (first != NULL)
		return answer(s, result);
	if (!tell(s, s->listener, s->listener_arg, result, &goes_on))
		return false;
	pump(s);			/* what the listener asked */
	return true;
}

bool
stream_feed(struct stream *s, const void *bytes, size_t len)
{
	bool	 took = true;

	if (!s->up || s->drop != NULL)
		return true;
	if (ear != NULL)
		ear->came(ear_arg, bytes, len);
	buf_put(&s->in, bytes, len);
	while (took && s->in.len > 0 && s->up && s->drop == NULL) {
		if (s->waiting == 0 && s->listener == NULL) {
			buf_clear(&s->in);
			break;
		}
		if (!take_message(s, s->waiting > 0 ? TAILQ_FIRST(&s->queue)->x.frame : s->frame, &took))
			return false;
	}
	return true;
}
