/* Virtual time, the order of timers, and what callbacks may do to each other. */
#include <signal.h>
#include <unistd.h>
#include <sys/socket.h>

#include "core/loop.h"
#include "test/unit/unit.h"

struct trace {
	struct loop	*loop;
	char		 text[64];
	struct timer	*timers[8];
	struct io	*ios[2];
};

static void
note(struct trace *t, char c)
{
	size_t	 n = strlen(t->text);

	t->text[n] = c;
	t->text[n + 1] = '\0';
}

static void on_a(void *arg) { note(arg, 'a'); }
static void on_b(void *arg) { note(arg, 'b'); }
static void on_c(void *arg) { note(arg, 'c'); }

static void
timers_fire_by_time_then_by_order(void **state)
{
	struct trace	 t = { .loop = loop_new_virtual() };
	struct timer	*a = timer_new(t.loop, on_a, &t), *b = timer_new(t.loop, on_b, &t);
	struct timer	*c = timer_new(t.loop, on_c, &t);
	int64_t		 start = loop_now(t.loop);

	timer_set(c, 3600000);
	timer_set(b, 10);
	timer_set(a, 10);
	assert_int_equal(timer_left(c), 3600000);
	loop_run(t.loop);
	assert_string_equal(t.text, "bac");
	assert_int_equal(loop_now(t.loop) - start, 3600000);
	assert_int_equal(timer_left(a), -1);
	timer_free(a);
	timer_free(b);
	timer_free(c);
	loop_free(t.loop);
}

static void
on_again(void *arg)
{
	struct trace	*t = arg;

	note(t, 'r');
	if (strlen(t->text) < 5)
		timer_set(t->timers[0], 0);
}

static void
what_is_set_for_now_waits_for_the_next_turn(void **state)
{
	struct trace	 t = { .loop = loop_new_virtual() };

	t.timers[0] = timer_new(t.loop, on_again, &t);
	timer_set(t.timers[0], 0);
	loop_once(t.loop, 0);
	assert_string_equal(t.text, "r");
	loop_run(t.loop);
	assert_string_equal(t.text, "rrrrr");
	timer_free(t.timers[0]);
	loop_free(t.loop);
}

static void
on_free_other(void *arg)
{
	struct trace	*t = arg;

	note(t, 'f');
	timer_free(t->timers[1]);
	timer_free(t->timers[0]);		/* itself as well */
}

static void
a_freed_timer_is_not_called(void **state)
{
	struct trace	 t = { .loop = loop_new_virtual() };

	t.timers[0] = timer_new(t.loop, on_free_other, &t);
	t.timers[1] = timer_new(t.loop, on_a, &t);
	timer_set(t.timers[0], 5);
	timer_set(t.timers[1], 5);
	loop_run(t.loop);
	assert_string_equal(t.text, "f");
	loop_free(t.loop);
}

struct row {
	struct loop	*loop;
	struct timer	*timer;
	int64_t		 due;		/* -1: stopped */
	int64_t		*last;		/* when the one before fired */
	int		 fired;
};

static void
on_row(void *arg)
{
	struct row	*r = arg;

	r->fired++;
	assert_int_equal(loop_now(r->loop), r->due);
	assert_true(r->due >= *r->last);
	*r->last = r->due;
}

/* Many timers at random, some set twice, some stopped: each fires once at its time, or never. */
static void
the_heap_keeps_its_order(void **state)
{
	enum { N = 1000 };
	struct loop	*loop = loop_new_virtual();
	struct row	 rows[N];
	int64_t		 last = 0;
	unsigned	 seed = 4711, i, ms;

	for (i = 0; i < N; i++) {
		rows[i] = (struct row){ .loop = loop, .last = &last };
		rows[i].timer = timer_new(loop, on_row, &rows[i]);
		timer_set(rows[i].timer, 1);
	}
	for (i = 0; i < N; i++) {
		ms = (unsigned)rand_r(&seed) % 300;
		timer_set(rows[i].timer, ms);
		rows[i].due = loop_now(loop) + ms;
		if (i % 3 != 0)
			continue;
		timer_stop(rows[i].timer);
		rows[i].due = -1;
	}
	loop_run(loop);
	for (i = 0; i < N; i++) {
		assert_int_equal(rows[i].fired, rows[i].due != -1);
		timer_free(rows[i].timer);
	}
	loop_free(loop);
}

static void
on_both(int fd, unsigned what, void *arg)
{
	struct trace	*t = arg;

	note(t, what & IO_READ ? 'R' : 'W');
	io_free(t->ios[0]);
	io_free(t->ios[1]);
	t->ios[0] = t->ios[1] = NULL;
}

static void
a_freed_descriptor_is_not_called_in_the_same_turn(void **state)
{
	struct trace	 t = { .loop = loop_new_virtual() };
	int		 ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[0], "x", 1), 1);
	assert_int_equal(write(ends[1], "x", 1), 1);
	t.ios[0] = io_new(t.loop, ends[0], IO_READ, on_both, &t);
	t.ios[1] = io_new(t.loop, ends[1], IO_READ, on_both, &t);
	loop_once(t.loop, 0);
	assert_string_equal(t.text, "R");
	close(ends[0]);
	close(ends[1]);
	loop_free(t.loop);
}

static void
on_bytes(int fd, unsigned what, void *arg)
{
	char	 byte;

	if (what & IO_READ)
		assert_int_equal(read(fd, &byte, 1), 1);
	note(arg, what & IO_READ ? 'R' : 'W');
}

static void
time_stands_still_while_a_descriptor_is_ready(void **state)
{
	struct trace	 t = { .loop = loop_new_virtual() };
	struct timer	*a = timer_new(t.loop, on_a, &t);
	struct io	*io;
	int		 ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	io = io_new(t.loop, ends[0], IO_READ, on_bytes, &t);
	assert_int_equal(write(ends[1], "xx", 2), 2);
	timer_set(a, 1000);
	loop_run(t.loop);
	assert_string_equal(t.text, "RRa");
	io_want(io, IO_WRITE);
	loop_once(t.loop, 0);
	assert_string_equal(t.text, "RRaW");
	io_want(io, 0);
	assert_false(loop_once(t.loop, 0));
	io_free(io);
	timer_free(a);
	close(ends[0]);
	close(ends[1]);
	loop_free(t.loop);
}

struct moment {
	struct loop	*loop;
	int64_t		 cached, clock;		/* ms */
};

static void
on_signal(int signo, void *arg)
{
	struct moment	*m = arg;

	m->cached = loop_now(m->loop);
	m->clock = loop_now_us(m->loop) / 1000;
	loop_stop(m->loop);
}

static void
raise_after_a_while(void *arg)
{
	struct moment	*m = arg;
	int64_t		 until = loop_now_us(m->loop) + 30000;

	while (loop_now_us(m->loop) < until)
		;
	raise(SIGUSR1);
}

/* What a signal starts is timed from now, and not from what was done last. */
static void
a_signal_has_its_own_now(void **state)
{
	struct moment	 m = { .loop = loop_new() };
	struct timer	*t = timer_new(m.loop, raise_after_a_while, &m);

	loop_signal(m.loop, SIGUSR1, on_signal, &m);
	timer_set(t, 0);
	loop_run(m.loop);
	assert_in_range(m.clock - m.cached, 0, 10);
	timer_free(t);
	loop_free(m.loop);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(timers_fire_by_time_then_by_order),
		cmocka_unit_test(what_is_set_for_now_waits_for_the_next_turn),
		cmocka_unit_test(a_freed_timer_is_not_called),
		cmocka_unit_test(the_heap_keeps_its_order),
		cmocka_unit_test(a_freed_descriptor_is_not_called_in_the_same_turn),
		cmocka_unit_test(time_stands_still_while_a_descriptor_is_ready),
		cmocka_unit_test(a_signal_has_its_own_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
