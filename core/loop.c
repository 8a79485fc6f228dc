#include <assert.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"

#define SLOW_US		10000		/* what no callback may take */

struct io {
	struct loop	*loop;
	struct event	*event;
	int		 fd;
	unsigned	 want;
	io_fn		*fn;
	void		*arg;
};

struct timer {
	struct loop	*loop;
	int64_t		 at;		/* ms */
	uint64_t	 order;		/* timers of one moment fire as they were set */
	size_t		 place;		/* in the heap; NOWHERE when not running */
	timer_fn	*fn;
	void		*arg;
};
#define NOWHERE		((size_t)-1)

struct watcher {
	struct loop	*loop;
	struct watcher	*next;
	struct event	*event;
	signal_fn	*fn;
	void		*arg;
};

struct loop {
	struct event_base *base;
	struct event	*alarm;		/* wakes the base for the first timer */
	int		 alarm_fd;	/* a timerfd; -1 on virtual time */
	int64_t		 alarm_at;	/* what it is set to, never after the first timer; -1: not set */
	bool		 virtual, stopped;
	int64_t		 virtual_us;
	int64_t		 now;		/* ms */
	int64_t		 longest_us;
	uint64_t	 calls;		/* callbacks so far */
	struct timer	**heap;
	size_t		 n, room;
	uint64_t	 order;
	struct watcher	*watchers;
};

/* -- the clock ------------------------------------------------------------- */

int64_t
loop_now_us(const struct loop *l)
{
	struct timespec	 t;

	if (l->virtual)
		return l->virtual_us;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
loop_now(const struct loop *l)
{
	return l->now;
}

int64_t
loop_longest_us(const struct loop *l)
{
	return l->longest_us;
}

/* Begins a callback: its now, and the start of its time. */
static int64_t
call_begins(struct loop *l)
{
	int64_t	 start = loop_now_us(l);

	l->now = start / 1000;
	l->calls++;
	return start;
}

static void
call_ended(struct loop *l, int64_t start, const char *kind, int fd)
{
	int64_t	 took = loop_now_us(l) - start;

	if (took > l->longest_us)
		l->longest_us = took;
	if (took > SLOW_US)
		log_debug("loop", "a callback of %s %d took %lld us", kind, fd, (long long)took);
}

/* -- timers: a binary heap, the earliest on top ------------------------------- */

static bool
earlier(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
put_at(struct loop *l, size_t i, struct timer *t)
{
	l->heap[i] = t;
	t->place = i;
}

static void
sift(struct loop *l, size_t i)
{
	struct timer	*t = l->heap[i];
	size_t		 child;

	for (; i > 0 && earlier(t, l->heap[(i - 1) / 2]); i = (i - 1) / 2)
		put_at(l, i, l->heap[(i - 1) / 2]);
	for (; (child = 2 * i + 1) < l->n; i = child) {
		if (child + 1 < l->n && earlier(l->heap[child + 1], l->heap[child]))
			child++;
		if (!earlier(l->heap[child], t))
			break;
		put_at(l, i, l->heap[child]);
	}
	put_at(l, i, t);
}

struct timer *
timer_new(struct loop *l, timer_fn *fn, void *arg)
{
	struct timer	*t = xcalloc(1, sizeof(*t));

	*t = (struct timer){ .loop = l, .place = NOWHERE, .fn = fn, .arg = arg };
	return t;
}

void
timer_set(struct timer *t, int64_t ms)
{
	struct loop	*l = t->loop;

	timer_stop(t);
	t->at = l->now + (ms < 0 ? 0 : ms);
	t->order = l->order++;
	l->heap = array_room(l->heap, l->n, &l->room, sizeof(*l->heap));
	put_at(l, l->n, t);
	sift(l, l->n++);
}

void
timer_stop(struct timer *t)
{
	struct loop	*l = t->loop;
	size_t		 i = t->place;

	if (i == NOWHERE)
		return;
	t->place = NOWHERE;
	if (i == --l->n)
		return;
	put_at(l, i, l->heap[l->n]);
	sift(l, i);
}

bool
timer_running(const struct timer *t)
{
	return t->place != NOWHERE;
}

int64_t
timer_left(const struct timer *t)
{
	if (t->place == NOWHERE)
		return -1;
	return t->at > t->loop->now ? t->at - t->loop->now : 0;
}

void
timer_free(struct timer *t)
{
	if (t == NULL)
		return;
	timer_stop(t);
	free(t);
}

/* Fires what was due when this turn began; what they set anew waits for the next turn. */
static void
fire_due(struct loop *l)
{
	uint64_t	 before = l->order;
	int64_t		 now;

	l->now = now = loop_now_us(l) / 1000;
	while (l->n > 0 && l->heap[0]->at <= now && l->heap[0]->order < before) {
		struct timer	*t = l->heap[0];
		int64_t		 start = call_begins(l);

		timer_stop(t);
		t->fn(t->arg);
		call_ended(l, start, "timer", -1);
	}
}

/* -- descriptors --------------------------------------------------------------- */

static void
on_event(evutil_socket_t fd, short events, void *arg)
{
	struct io	*io = arg;
	struct loop	*l = io->loop;
	int64_t		 start = call_begins(l);

	io->fn((int)fd, (events & EV_READ ? IO_READ : 0) | (events & EV_WRITE ? IO_WRITE : 0), io->arg);
	call_ended(l, start, "descriptor", (int)fd);
}

struct io *
io_new(struct loop *l, int fd, unsigned want, io_fn *fn, void *arg)
{
	struct io	*io = xcalloc(1, sizeof(*io));

	*io = (struct io){ .loop = l, .fd = fd, .fn = fn, .arg = arg };
	if ((io->event = event_new(l->base, fd, 0, on_event, io)) == NULL)
		abort();
	io_want(io, want);
	return io;
}

void
io_want(struct io *io, unsigned want)
{
	short	 events = EV_PERSIST;

	if (want == io->want)
		return;
	if (io->want != 0)
		event_del(io->event);
	io->want = want;
	if (want == 0)
		return;
	events |= (want & IO_READ ? EV_READ : 0) | (want & IO_WRITE ? EV_WRITE : 0);
	event_assign(io->event, io->loop->base, io->fd, events, on_event, io);
	if (event_add(io->event, NULL) == -1)
		log_error("loop", "cannot wait for descriptor %d", io->fd);
}

void
io_free(struct io *io)
{
	if (io == NULL)
		return;
	event_free(io->event);
	free(io);
}

/* -- signals --------------------------------------------------------------------- */

static void
on_signal(evutil_socket_t signo, short events, void *arg)
{
	struct watcher	*w = arg;
	int64_t		 start = call_begins(w->loop);

	w->fn((int)signo, w->arg);
	call_ended(w->loop, start, "signal", (int)signo);
}

void
loop_signal(struct loop *l, int signo, signal_fn *fn, void *arg)
{
	struct watcher	*w = xcalloc(1, sizeof(*w));

	*w = (struct watcher){ .loop = l, .next = l->watchers, .fn = fn, .arg = arg };
	w->event = evsignal_new(l->base, signo, on_signal, w);
	l->watchers = w;
	evsignal_add(w->event, NULL);
}

/* -- the loop itself ---------------------------------------------------------------- */

/* The base returns by itself after any event; this one only wakes it. */
static void
on_alarm(evutil_socket_t fd, short events, void *arg)
{
	struct loop	*l = arg;
	uint64_t	 expirations;

	if (read(fd, &expirations, sizeof(expirations)) > 0)
		l->alarm_at = -1;
}

/*
 * A descriptor of our own: with timers of the base's, libevent would set its
 * clock anew in each turn, whether anything changed or not.
 */
static bool
make_alarm(struct loop *l)
{
	l->alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->alarm_fd == -1)
		return false;
	l->alarm = event_new(l->base, l->alarm_fd, EV_READ | EV_PERSIST, on_alarm, l);
	return l->alarm != NULL && event_add(l->alarm, NULL) == 0;
}

static struct loop *
make(bool virtual)
{
	struct loop		*l = xcalloc(1, sizeof(*l));
	struct event_config	*config = event_config_new();

	if (config == NULL)
		abort();
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME);
	l->base = event_base_new_with_config(config);
	event_config_free(config);
	l->alarm_fd = -1;
	if (l->base == NULL || (!virtual && !make_alarm(l)))
		abort();
	l->virtual = virtual;
	l->virtual_us = 1000000;
	l->alarm_at = -1;
	l->now = loop_now_us(l) / 1000;
	return l;
}

struct loop *
loop_new(void)
{
	return make(false);
}

struct loop *
loop_new_virtual(void)
{
	return make(true);
}

void
loop_free(struct loop *l)
{
	struct watcher	*w;

	if (l == NULL)
		return;
	assert(l->n == 0);
	while ((w = l->watchers) != NULL) {
		l->watchers = w->next;
		event_free(w->event);
		free(w);
	}
	if (l->alarm_fd != -1) {
		event_free(l->alarm);
		close(l->alarm_fd);
	}
	event_base_free(l->base);
	free(l->heap);
	free(l);
}

/* To wake too early does no harm, and is cheaper than to set it anew for every change. */
static void
set_alarm(struct loop *l, int64_t at, int64_t now)
{
	struct itimerspec	 when = { .it_value.tv_sec = at / 1000, .it_value.tv_nsec = at % 1000 * 1000000 };

	if (at == -1 || (l->alarm_at > now && l->alarm_at <= at))
		return;
	l->alarm_at = at;
	timerfd_settime(l->alarm_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Waits for a descriptor, a signal, the first timer, or until the time given (-1: none). */
static void
wait_real(struct loop *l, int timeout_ms)
{
	int64_t	 until = l->n > 0 ? l->heap[0]->at : -1;
	int64_t	 now = timeout_ms >= 0 ? loop_now_us(l) / 1000 : l->now;	/* that of fire_due(), just before */

	if (timeout_ms >= 0 && (until == -1 || until > now + timeout_ms))
		until = now + timeout_ms;
	if (until != -1 && until <= now) {
		event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		return;
	}
	set_alarm(l, until, now);
	event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
}

/* Time stands still while any descriptor is ready. */
static bool
wait_virtual(struct loop *l)
{
	uint64_t	 calls = l->calls;

	event_base_loop(l->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	if (l->calls != calls)
		return true;
	if (l->n == 0)
		return false;
	if (l->heap[0]->at * 1000 > l->virtual_us)
		l->virtual_us = l->heap[0]->at * 1000;
	return true;
}

bool
loop_once(struct loop *l, int timeout_ms)
{
	bool	 more = true;

	if (l->virtual)
		more = wait_virtual(l);
	else
		wait_real(l, timeout_ms);
	fire_due(l);
	return more && !l->stopped;
}

void
loop_run(struct loop *l)
{
	while (loop_once(l, -1))
		;
	l->stopped = false;
}

void
loop_stop(struct loop *l)
{
	l->stopped = true;
}
