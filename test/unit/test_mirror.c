/* A model carried over a socket: states, breaks, requests, events, descriptors. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/channel.h"
#include "core/mirror.h"
#include "test/unit/unit.h"

struct world {
	struct loop		*loop;
	struct model		*truth, *copy;
	struct feed		*feed;
	struct mirror		*mirror;
	unsigned		 changes, feed_broken, mirror_broken;
	struct watch		*watch;
	enum result		 result;
	unsigned		 results;
	char			 asked[64], line[64], detail[64];
	int			 fd;
	uint64_t		 events[64];
	size_t			 nevents;
};

static void on_feed_broken(void *arg) { ((struct world *)arg)->feed_broken++; }
static void on_mirror_broken(void *arg) { ((struct world *)arg)->mirror_broken++; }
static void on_change(const struct change *c, void *arg) { ((struct world *)arg)->changes++; }

static void
connect_world(struct world *w)
{
	int	 ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	w->feed = feed_new(w->loop, w->truth, ends[0], on_feed_broken, w);
	w->mirror = mirror_new(w->loop, w->copy, ends[1], on_mirror_broken, w);
}

static struct world *
world_new(void)
{
	struct world	*w = xcalloc(1, sizeof(*w));

	w->loop = loop_new_virtual();
	w->truth = model_new();
	w->copy = model_new();
	w->watch = model_watch(w->copy, EV_CHANGED | EV_STATE | EV_TRAITS, on_change, w);
	w->fd = -1;
	return w;
}

static void
world_free(struct world *w)
{
	feed_free(w->feed);
	mirror_free(w->mirror);
	model_free(w->truth);
	model_free(w->copy);
	loop_free(w->loop);
	free(w);
}

static struct device *
copy_of(const struct world *w, const char *name)
{
	return model_find(w->copy, name, strlen(name));
}

static void
set(struct device *d, const char *name, const char *text)
{
	struct update	*u = update_continue(d);

	update_put_text(u, var_intern(name), text);
	update_state(u, DEVICE_FRESH);
	update_commit(u);
}

/* Equal in every reading, trait and state. */
static void
assert_same(const struct world *w)
{
	struct device	*d = NULL, *c;
	size_t		 i;

	assert_int_equal(model_size(w->truth), model_size(w->copy));
	while ((d = model_next(w->truth, d)) != NULL) {
		c = copy_of(w, device_name(d));
		assert_non_null(c);
		assert_int_equal(device_state(d), device_state(c));
		assert_int_equal(snapshot_size(device_now(d)), snapshot_size(device_now(c)));
		for (i = 0; i < snapshot_size(device_now(d)); i++) {
			assert_int_equal(snapshot_at(device_now(d), i)->var, snapshot_at(device_now(c), i)->var);
			assert_true(value_equal(&snapshot_at(device_now(d), i)->value,
			    &snapshot_at(device_now(c), i)->value));
		}
		assert_int_equal(traits_commands(device_traits(d)), traits_commands(device_traits(c)));
		assert_int_equal(traits_settables(device_traits(d)), traits_settables(device_traits(c)));
	}
}

static void
on_first_line(void *arg, const char *word, const char *text, int fd)
{
	struct world	*w = arg;

	snprintf(w->line, sizeof(w->line), "%s %s %d", word, text, mirror_complete(w->mirror));
}

/* The reader of a feed without a model is complete before the first line, though that is sent at once. */
static void
a_blind_reader_is_complete_from_the_start(void **state)
{
	struct world	*w = world_new();
	struct model	*truth = w->truth;

	w->truth = NULL;
	connect_world(w);
	w->truth = truth;
	mirror_on_line(w->mirror, on_first_line, w);
	feed_send(w->feed, "query", "1", -1);
	loop_run(w->loop);
	assert_string_equal(w->line, "query 1 1");
	world_free(w);
}

static void
every_byte_comes_through(void **state)
{
	static const char	*const enums[] = { "a b", "", "\\" };
	const struct range	 range = { value_number(1, 1), value_number(5, 0) };
	const struct settable	 s = { .var = VAR_INPUT_SENSITIVITY, .maxlen = 7, .enums = enums, .nenums = 3,
	    .ranges = &range, .nranges = 1 };
	struct world		*w = world_new();
	struct device		*d = model_add(w->truth, "ups1");
	const struct settable	*got;
	struct update		*u;
	char			 odd[256];
	int			 i;

	for (i = 1; i < 256; i++)
		odd[i - 1] = (char)i;
	odd[255] = '\0';
	set(d, "odd", odd);
	set(d, "name with blanks\\ and more", " text with blanks ");
	set(d, "number", "0764");
	set(d, "empty", "");
	u = update_continue(d);
	update_command(u, CMD_LOAD_OFF);
	update_settable(u, &s);
	update_commit(u);
	connect_world(w);
	loop_run(w->loop);
	assert_same(w);
	assert_true(mirror_complete(w->mirror));
	got = traits_settable(device_traits(copy_of(w, "ups1")), VAR_INPUT_SENSITIVITY);
	assert_int_equal(got->maxlen, 7);
	assert_string_equal(got->enums[0], "a b");
	assert_string_equal(got->enums[1], "");
	assert_int_equal(got->ranges[0].min.scale, 1);
	world_free(w);
}

static void
a_first_snapshot_is_one_change_and_a_second_dump_none(void **state)
{
	struct world	*w = world_new();
	struct device	*d = model_add(w->truth, "ups1");
	struct update	*u = update_begin(d);
	char		 name[32];
	int		 i;

	for (i = 0; i < 97; i++) {
		snprintf(name, sizeof(name), "outlet.%d.current", i);
		update_put_text(u, var_intern(name), "1.5");
	}
	update_state(u, DEVICE_FRESH);
	update_commit(u);
	connect_world(w);
	loop_run(w->loop);
	assert_int_equal(w->changes, 1);
	set(d, "ups.status", "OB");
	loop_run(w->loop);
	assert_int_equal(w->changes, 2);
	assert_same(w);
	world_free(w);
}

static void
a_slow_reader_gets_fewer_steps_and_the_same_end(void **state)
{
	struct world	*w = world_new();
	struct device	*d[20];
	char		 text[32];
	int		 i, j;

	for (i = 0; i < 20; i++) {
		snprintf(text, sizeof(text), "ups%d", i);
		d[i] = model_add(w->truth, text);
	}
	connect_world(w);
	loop_run(w->loop);
	w->changes = 0;
	for (j = 0; j < 1000; j++)		/* nobody reads meanwhile */
		for (i = 0; i < 20; i++) {
			snprintf(text, sizeof(text), "%d", j);
			set(d[i], "battery.charge", text);
		}
	loop_run(w->loop);
	assert_int_equal(w->changes, 20);
	assert_same(w);
	world_free(w);
}

static void
devices_come_and_go(void **state)
{
	struct world	*w = world_new();
	struct device	*a = model_add(w->truth, "a");

	model_add(w->truth, "b");
	connect_world(w);
	loop_run(w->loop);
	assert_same(w);
	set(a, "x", "1");
	model_remove(a);
	a = model_add(w->truth, "a");		/* another one of the same name */
	set(a, "y", "2");
	model_add(w->truth, "c");
	model_remove(model_find(w->truth, "b", 1));
	loop_run(w->loop);
	assert_same(w);
	assert_null(snapshot_get(device_now(copy_of(w, "a")), var_intern("x")));
	world_free(w);
}

/* -- requests ----------------------------------------------------------------------- */

static void
answer(struct device *d, const struct ask *ask, struct pending *p, void *arg)
{
	struct world	*w = arg;

	snprintf(w->asked, sizeof(w->asked), "%s|%s|%s|%s|%d", device_name(d), var_name(ask->name),
	    ask->value == NULL ? "-" : ask->value, ask->origin, ask->confirm);
	pending_done(p, R_FAILED, "no; not today");
}

static void
hold_for_ever(struct device *d, const struct ask *ask, struct pending *p, void *arg)
{
	*(struct pending **)arg = p;
}

static void
on_result(enum result r, const char *detail, void *arg)
{
	struct world	*w = arg;

	w->result = r;
	w->results++;
	snprintf(w->detail, sizeof(w->detail), "%s", detail == NULL ? "-" : detail);
}

static void
a_request_travels_and_its_answer_comes_back(void **state)
{
	struct world	*w = world_new();
	struct ask	 ask = { .kind = REQUEST_SET, .name = VAR_UPS_ID, .value = "two words ",
	    .origin = "nut admin@192.0.2.1", .confirm = true };

	set(model_add(w->truth, "ups1"), "ups.id", "x");
	model_on_ask(w->truth, answer, w);
	connect_world(w);
	loop_run(w->loop);
	device_ask(copy_of(w, "ups1"), &ask, on_result, w);
	loop_run(w->loop);
	assert_string_equal(w->asked, "ups1|ups.id|two words |nut admin@192.0.2.1|1");
	assert_int_equal(w->result, R_FAILED);
	assert_string_equal(w->detail, "no; not today");
	assert_int_equal(w->results, 1);
	world_free(w);
}

static void
a_break_ends_every_open_request(void **state)
{
	struct world	*w = world_new();
	struct ask	 ask = { .kind = REQUEST_COMMAND, .name = CMD_LOAD_OFF, .origin = "test" };
	struct pending	*held = NULL;

	set(model_add(w->truth, "ups1"), "ups.status", "OL");
	model_on_ask(w->truth, hold_for_ever, &held);
	connect_world(w);
	loop_run(w->loop);
	device_ask(copy_of(w, "ups1"), &ask, on_result, w);
	loop_run(w->loop);
	assert_non_null(held);
	feed_free(w->feed);
	w->feed = NULL;
	loop_run(w->loop);
	assert_int_equal(w->mirror_broken, 1);
	assert_int_equal(w->results, 1);
	assert_int_equal(w->result, R_GONE);
	pending_done(held, R_DONE, NULL);	/* the device did it; nobody listens any more */
	assert_int_equal(w->results, 1);
	world_free(w);
}

/* -- events --------------------------------------------------------------------------- */

static void
on_event(void *arg, uint64_t serial, const char *text)
{
	struct world	*w = arg;

	w->events[w->nevents++] = serial;
}

static void
an_event_is_sent_again_until_it_is_safe(void **state)
{
	struct world		*w = world_new();
	struct event_log	*log = event_log_new(100);

	event_log_add(log, "one");
	connect_world(w);
	mirror_on_event(w->mirror, on_event, w);
	feed_events(w->feed, log);
	loop_run(w->loop);
	event_log_add(log, "two");
	event_log_add(log, "three");
	loop_run(w->loop);
	assert_int_equal(w->nevents, 3);
	assert_int_equal(w->events[0], 101);
	mirror_ack(w->mirror, 102);
	loop_run(w->loop);
	assert_int_equal(event_log_held(log), 1);
	/* The keeper dies and comes back: what it had not acknowledged comes again, nothing else. */
	feed_free(w->feed);
	mirror_free(w->mirror);
	connect_world(w);
	mirror_on_event(w->mirror, on_event, w);
	feed_events(w->feed, log);
	loop_run(w->loop);
	assert_int_equal(w->nevents, 4);
	assert_int_equal(w->events[3], 103);
	feed_free(w->feed);
	w->feed = NULL;
	event_log_free(log);
	world_free(w);
}

static void
the_event_log_is_bounded_and_counts(void **state)
{
	struct event_log	*log = event_log_new(0);
	uint64_t		 serial;
	int			 i;

	for (i = 0; i < EVENTS_HELD + 5; i++)
		event_log_add(log, "e");
	assert_int_equal(event_log_held(log), EVENTS_HELD);
	assert_int_equal(event_log_dropped(log), 5);
	assert_non_null(event_log_after(log, 0, &serial));
	assert_int_equal(serial, 6);
	event_log_free(log);
}

/* -- the role's own lines ------------------------------------------------------------------ */

static void
on_line(void *arg, const char *word, const char *text, int fd)
{
	struct world	*w = arg;

	snprintf(w->line, sizeof(w->line), "%s|%s", word, text);
	w->fd = fd;
}

static void
a_line_carries_a_descriptor(void **state)
{
	struct world	*w = world_new();
	int		 ends[2];
	char		 byte = 0;

	connect_world(w);
	mirror_on_line(w->mirror, on_line, w);
	assert_int_equal(pipe(ends), 0);
	feed_send(w->feed, "plain", "first\nline", -1);
	feed_send(w->feed, "listener", "127.0.0.1:3493", ends[1]);
	close(ends[1]);
	loop_run(w->loop);
	assert_string_equal(w->line, "listener|127.0.0.1:3493");
	assert_int_not_equal(w->fd, -1);
	assert_int_equal(write(w->fd, "x", 1), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	close(w->fd);
	close(ends[0]);
	world_free(w);
}

static void
free_feed(void *arg)
{
	struct world	*w = arg;

	w->feed_broken++;
	feed_free(w->feed);
	w->feed = NULL;
}

/* The engine finds out when it sends, and drops the feed on the spot. */
static void
a_feed_may_be_freed_when_its_reader_is_gone(void **state)
{
	struct world	*w = world_new();
	struct device	*d = model_add(w->truth, "ups1");
	int		 ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	w->feed = feed_new(w->loop, w->truth, ends[0], free_feed, w);
	set(d, "ups.status", "OL");
	close(ends[1]);
	loop_run(w->loop);
	assert_int_equal(w->feed_broken, 1);
	assert_null(w->feed);
	world_free(w);
}

static void
pass(int to, int fd, const char *line)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec	 bytes = { (char *)(uintptr_t)line, strlen(line) };
	struct msghdr	 m = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control,
	    .msg_controllen = sizeof(control) };
	struct cmsghdr	*h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(h), &fd, sizeof(int));
	assert_int_equal(sendmsg(to, &m, 0), (ssize_t)strlen(line));
}

static unsigned
count_descriptors(void)
{
	unsigned	 n = 0;
	int		 fd;

	for (fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

/* A role that went bad cannot fill up the engine's descriptors. */
static void
descriptors_that_nobody_asked_for_are_closed(void **state)
{
	struct world	*w = world_new();
	int		 ends[2], i;
	unsigned	 before;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	w->feed = feed_new(w->loop, w->truth, ends[0], on_feed_broken, w);
	loop_run(w->loop);
	before = count_descriptors();
	for (i = 0; i < 100; i++) {
		pass(ends[1], ends[1], "@line\n");
		loop_run(w->loop);
	}
	assert_int_equal(count_descriptors(), before);
	for (i = 0; i < 300; i++) {
		pass(ends[1], ends[1], "of no line ");
		loop_run(w->loop);
	}
	assert_in_range(count_descriptors(), before, before + 100);
	close(ends[1]);
	world_free(w);
}

/* Nothing that comes down the pipe may harm the reader. */
static void
foreign_lines_do_no_harm(void **state)
{
	static const char *const lines[] = {
		"", " ", "SETINFO", "SETINFO a b", "DATAOK", "DEVICE", "DEVICE ", "GONE nobody", "DEVICE ups1",
		"SETINFO", "SETINFO x", "ADDENUM y", "SETTABLE", "SETTABLE v", "SETTABLE v 5", "ADDRANGE 1",
		"ADDRANGE 1 2", "GONE ups1", "ADDENUM z", "DATAOK", "ANSWER", "ANSWER 1", "ANSWER 77 0 x",
		"EVENT", "EVENT 1", "nonsense", "DEVICE ups2", "SETINFO a\\", "DATASTALE",
	};
	struct world	*w = world_new();
	size_t		 i;

	connect_world(w);
	for (i = 0; i < nitems(lines); i++) {
		char	*line = xstrdup(lines[i]);

		mirror_take(w->mirror, line);
		free(line);
	}
	assert_non_null(copy_of(w, "ups2"));
	assert_null(copy_of(w, "ups1"));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_byte_comes_through),
		cmocka_unit_test(a_blind_reader_is_complete_from_the_start),
		cmocka_unit_test(a_first_snapshot_is_one_change_and_a_second_dump_none),
		cmocka_unit_test(a_slow_reader_gets_fewer_steps_and_the_same_end),
		cmocka_unit_test(devices_come_and_go),
		cmocka_unit_test(a_request_travels_and_its_answer_comes_back),
		cmocka_unit_test(a_break_ends_every_open_request),
		cmocka_unit_test(an_event_is_sent_again_until_it_is_safe),
		cmocka_unit_test(the_event_log_is_bounded_and_counts),
		cmocka_unit_test(a_line_carries_a_descriptor),
		cmocka_unit_test(a_feed_may_be_freed_when_its_reader_is_gone),
		cmocka_unit_test(descriptors_that_nobody_asked_for_are_closed),
		cmocka_unit_test(foreign_lines_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
