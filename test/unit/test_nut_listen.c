/*
 * The nut role on the loopback, with clients that behave and clients that do
 * not.  The role's time is virtual: what waits a minute here takes none.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "core/tls-make.h"
#include "core/update.h"

#define REPLY		"VAR ups1 ups.status \"OL\"\n"
#define REQUEST		"GET VAR ups1 ups.status\n"
#define PATIENCE_MS	10000	/* of the real clock, for what the kernel does in its own time */

struct stage {
	struct loop	*loop;
	struct timer	*tick;
	struct model	*model;
	struct settings	 settings;
	struct listener	 listeners[2];
	struct publish	 publish;
	void		*role;
	unsigned	 warnings;
};

static void
on_tick(void *arg)
{
	*(bool *)arg = true;
}

static bool ticked;

static void
count_warning(enum log_level level, const char *line, void *arg)
{
	struct stage	*s = arg;

	s->warnings += level == LOG_LEVEL_WARNING;
}

static int
open_listener(void)
{
	struct sockaddr_in	 a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int			 fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 2048), 0);
	return fd;
}

static void
add_ups(struct model *m, unsigned readings)
{
	struct update	*u = update_begin(model_add(m, "ups1"));
	unsigned	 i;

	update_put_text(u, VAR_UPS_STATUS, "OL");
	for (i = 1; i < readings; i++)
		update_put_text(u, var_internf("outlet.%u.current", i), "1.25");
	update_state(u, DEVICE_FRESH);
	update_commit(u);
}

static int
set_up(void **state)
{
	struct stage	*s = xcalloc(1, sizeof(*s));

	s->loop = loop_new_virtual();
	s->tick = timer_new(s->loop, on_tick, &ticked);
	s->model = model_new();
	add_ups(s->model, 500);
	s->settings.nut.max_connections = s->settings.nut.max_per_address = 1024;
	s->listeners[0].fd = open_listener();
	s->listeners[1].fd = open_listener();
	s->publish = (struct publish){ .loop = s->loop, .model = s->model, .settings = &s->settings,
	    .listeners = s->listeners, .nlisteners = 1 };
	s->role = nut_publisher.start(&s->publish);
	log_to(count_warning, s);
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	struct stage	*s = *state;

	nut_publisher.stop(s->role);
	close(s->listeners[0].fd);
	close(s->listeners[1].fd);
	model_free(s->model);
	timer_free(s->tick);
	loop_free(s->loop);
	log_to(NULL, NULL);
	free(s);
	return 0;
}

/* One turn.  The role's clock stands still. */
static void
turn(struct stage *s)
{
	timer_set(s->tick, 0);
	loop_once(s->loop, 0);
}

static void
advance(struct stage *s, int64_t ms)
{
	ticked = false;
	timer_set(s->tick, ms);
	while (!ticked)
		loop_once(s->loop, 0);
}

static int64_t
real_ms(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
connect_to(int fd, const struct listener *l)
{
	struct sockaddr_in	 a;
	socklen_t		 len = sizeof(a);

	assert_int_equal(getsockname(l->fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

static int
call(struct stage *s)
{
	int	 fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	connect_to(fd, &s->listeners[0]);
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads while the role runs, until so many bytes or the end has come.  Returns how many bytes. */
static size_t
hear(struct stage *s, int fd, char *text, size_t room)
{
	struct pollfd	 p = { .fd = fd, .events = POLLIN };
	int64_t		 until = real_ms() + PATIENCE_MS;
	size_t		 got = 0;
	ssize_t		 n;

	while (got < room) {
		turn(s);
		n = recv(fd, text + got, room - got, 0);
		if (n > 0) {
			got += (size_t)n;
			continue;
		}
		if (n == 0 || errno != EAGAIN)
			break;
		assert_true(real_ms() < until);
		poll(&p, 1, 1);
	}
	return got;
}

static void
expect(struct stage *s, int fd, const char *text)
{
	char	 have[4096];
	size_t	 len = strlen(text);

	assert_true(len < sizeof(have));
	have[hear(s, fd, have, len)] = '\0';
	assert_string_equal(have, text);
}

static void
expect_end(struct stage *s, int fd)
{
	char	 byte;

	assert_int_equal(hear(s, fd, &byte, 1), 0);
	close(fd);
}

static void
test_dialogue(void **state)
{
	struct stage	*s = *state;
	int		 fd = call(s);

	say(fd, REQUEST);
	expect(s, fd, REPLY);
	say(fd, REQUEST "PROTVER\n" REQUEST);
	expect(s, fd, REPLY "1.3\n" REPLY);
	for (const char *p = REQUEST; *p != '\0'; p++) {
		assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
		turn(s);
	}
	expect(s, fd, REPLY);
	close(fd);
}

static void
test_logout(void **state)
{
	struct stage	*s = *state;
	int		 fd = call(s);

	say(fd, REQUEST "LOGOUT\n" REQUEST);
	expect(s, fd, REPLY "OK Goodbye\n");
	expect_end(s, fd);
}

/* All answers first, the whole ones; then the end. */
static void
test_half_close(void **state)
{
	struct stage	*s = *state;
	int		 fd = call(s);

	say(fd, REQUEST REQUEST "GET VAR ups1 ups.sta");
	shutdown(fd, SHUT_WR);
	expect(s, fd, REPLY REPLY);
	expect_end(s, fd);
}

/* A stranger is not let in. */
static void
test_allow(void **state)
{
	struct stage	*s = *state;
	struct network	 ten = { .address = { 10 }, .bits = 8 }, loopback = { .address = { 127 }, .bits = 8 };
	int		 fd, old = call(s);

	say(old, REQUEST);
	expect(s, old, REPLY);
	s->settings.nut.allow = (struct networks){ .n = 1, .at = &ten };
	nut_publisher.reload(s->role, &s->publish);
	fd = call(s);
	expect_end(s, fd);
	say(old, REQUEST);
	expect(s, old, REPLY);
	s->settings.nut.allow = (struct networks){ .n = 1, .at = &loopback };
	nut_publisher.reload(s->role, &s->publish);
	fd = call(s);
	say(fd, REQUEST);
	expect(s, fd, REPLY);
	close(fd);
	close(old);
}

/* After a reload the role listens where it is told to, and nobody is dropped. */
static void
test_reload(void **state)
{
	struct stage	*s = *state;
	int		 old = call(s), fd;

	say(old, REQUEST);
	expect(s, old, REPLY);
	s->publish.nlisteners = 2;
	nut_publisher.reload(s->role, &s->publish);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	connect_to(fd, &s->listeners[1]);
	say(fd, REQUEST);
	expect(s, fd, REPLY);
	say(old, REQUEST);
	expect(s, old, REPLY);
	close(fd);
	close(old);
}

static void
test_silence(void **state)
{
	struct stage	*s = *state;
	int		 quiet = call(s), busy = call(s);

	turn(s);
	for (unsigned i = 0; i < 3; i++) {
		say(busy, REQUEST);
		expect(s, busy, REPLY);
		advance(s, 25000);
	}
	expect_end(s, quiet);
	say(busy, REQUEST);
	expect(s, busy, REPLY);
	advance(s, 59000);
	say(busy, REQUEST);
	expect(s, busy, REPLY);
	advance(s, 60000);
	expect_end(s, busy);
}

/* A handshake that is not finished is silence, however many bytes trickle in. */
static void
test_slow_handshake(void **state)
{
	const struct tls_request request = { .use = TLS_FOR_SERVER, .name = "localhost", .days = 100 };
	struct tls_pair		 pair = tls_make(&request, NULL);
	struct stage		*s = *state;
	int			 fd, before = call(s);

	say(before, "STARTTLS\n");
	expect(s, before, "ERR FEATURE-NOT-CONFIGURED\n");
	s->settings.nut.certificate = pair.certificate;
	s->settings.nut.key = pair.key;
	s->settings.nut.tls_min = TLS_1_2;
	nut_publisher.reload(s->role, &s->publish);
	fd = call(s);
	say(fd, REQUEST "STARTTLS\n" REQUEST);
	expect(s, fd, REPLY "OK STARTTLS\n");
	for (const char *p = "\x16\x03\x01"; *p != '\0'; p++) {
		assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
		advance(s, 25000);
	}
	expect_end(s, fd);
	s->settings.nut.certificate = NULL;
	nut_publisher.reload(s->role, &s->publish);
	close(before);
	tls_pair_free(&pair);
}

/* -- clients that do not read ---------------------------------------------------------- */

/* Asks until nothing is taken any more.  Returns how often. */
static size_t
ask_without_reading(struct stage *s, int fd)
{
	static const char	 ask[] = "LIST VAR ups1\n";
	const size_t		 len = sizeof(ask) - 1;
	size_t			 sent = 0, refused = 0;
	ssize_t			 n;

	/* The kernel takes some on both sides; far more than that would be the role's own. */
	while (refused < 100) {
		assert_true(sent < 64 << 20);
		n = send(fd, ask + sent % len, len - sent % len, MSG_NOSIGNAL);
		turn(s);
		if (n > 0)
			sent += (size_t)n;
		refused = n > 0 ? 0 : refused + 1;
	}
	return sent / len;
}

/* The whole reply to LIST VAR, malloc'd. */
static char *
hear_list(struct stage *s, size_t *len)
{
	const size_t	 room = 1 << 20;
	char		*text = xmalloc(room);
	int		 fd = call(s);

	say(fd, "LIST VAR ups1\n");
	shutdown(fd, SHUT_WR);
	*len = hear(s, fd, text, room);
	assert_true(*len > 10000 && *len < room);
	close(fd);
	return text;
}

static int
call_with_small_buffer(struct stage *s)
{
	int	 fd = socket(AF_INET, SOCK_STREAM, 0), size = 4096;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	connect_to(fd, &s->listeners[0]);
	return fd;
}

/* Who does not read is not read from, harms nobody, and gets every answer later. */
static void
test_slow_reader(void **state)
{
	struct stage	*s = *state;
	int		 slow = call_with_small_buffer(s), other = call(s);
	size_t		 len, asked = ask_without_reading(s, slow);
	char		*want = hear_list(s, &len), *have = xmalloc(len);

	say(other, REQUEST);
	expect(s, other, REPLY);
	assert_true(asked > 100);
	while (asked-- > 0) {
		assert_int_equal(hear(s, slow, have, len), len);
		assert_memory_equal(have, want, len);
	}
	free(have);
	free(want);
	close(slow);
	close(other);
}

static void
test_never_reader(void **state)
{
	struct stage	*s = *state;
	int		 fd = call_with_small_buffer(s);
	char		*text = xmalloc(16 << 20);

	ask_without_reading(s, fd);
	advance(s, 59000);
	advance(s, 2000);
	assert_true(hear(s, fd, text, 16 << 20) < 16 << 20);
	free(text);
	close(fd);
}

/* -- many clients ------------------------------------------------------------------------- */

static void
test_thousand(void **state)
{
	struct stage	*s = *state;
	struct rlimit	 files;
	int		 fds[1000];
	size_t		 i;

	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_max < 2100)
		skip();
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < nitems(fds); i++) {
		fds[i] = call(s);
		say(fds[i], REQUEST);
	}
	for (i = 0; i < nitems(fds); i++)
		expect(s, fds[i], REPLY);
	for (i = 0; i < nitems(fds); i++)
		close(fds[i]);
}

/* With all places taken, one that is idle makes room, and one that is not does not. */
static void
test_limit(void **state)
{
	struct stage	*s = *state;
	int		 fds[3], fd;
	size_t		 i;

	s->settings.nut.max_connections = 3;
	for (i = 0; i < 3; i++) {
		fds[i] = call(s);
		say(fds[i], REQUEST);
		expect(s, fds[i], REPLY);
	}
	for (i = 0; i < 5; i++)
		expect_end(s, call(s));
	assert_int_equal(s->warnings, 1);
	advance(s, 1500);
	say(fds[0], REQUEST);
	expect(s, fds[0], REPLY);
	fd = call(s);
	say(fd, REQUEST);
	expect(s, fd, REPLY);
	expect_end(s, fds[1]);
	say(fds[0], REQUEST);
	expect(s, fds[0], REPLY);
	say(fds[2], REQUEST);
	expect(s, fds[2], REPLY);
	close(fds[0]);
	close(fds[2]);
	close(fd);
}

/* One address cannot take every place; what it leaves is for others. */
static void
test_address_limit(void **state)
{
	struct stage		*s = *state;
	struct sockaddr_in	 other = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002) };
	int			 fds[3], fd;
	size_t			 i;

	s->settings.nut.max_connections = 4;
	s->settings.nut.max_per_address = 0;	/* three quarters */
	for (i = 0; i < 3; i++) {
		fds[i] = call(s);
		say(fds[i], REQUEST);
		expect(s, fds[i], REPLY);
	}
	for (i = 0; i < 5; i++)
		expect_end(s, call(s));
	assert_int_equal(s->warnings, 1);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&other, sizeof(other)), 0);
	connect_to(fd, &s->listeners[0]);
	say(fd, REQUEST);
	expect(s, fd, REPLY);
	close(fds[0]);
	advance(s, 1);
	fds[0] = call(s);
	say(fds[0], REQUEST);
	expect(s, fds[0], REPLY);
	advance(s, 1500);	/* its own idle ones make room, before those of others */
	say(fds[0], REQUEST);
	expect(s, fds[0], REPLY);
	close(fd);
	fd = call(s);
	say(fd, REQUEST);
	expect(s, fd, REPLY);
	expect_end(s, fds[1]);
	fds[1] = dup(fd);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	close(fd);
}

/* Who is logged in is neither closed to make room nor for silence. */
static void
test_logged_in(void **state)
{
	struct stage		*s = *state;
	struct user_settings	 user = { .name = (char[]){ "mon" }, .password = (char[]){ "x" },
	    .upsmon = UPSMON_SECONDARY, .devices = { 1, (char *[]){ (char[]){ "*" } } } };
	int			 host, idle, fd;

	s->settings.users = &user;
	s->settings.nusers = 1;
	s->settings.nut.max_connections = 2;
	host = call(s);
	say(host, "USERNAME mon\nPASSWORD x\nLOGIN ups1\n");
	expect(s, host, "OK\nOK\nOK\n");
	idle = call(s);
	say(idle, REQUEST);
	expect(s, idle, REPLY);
	advance(s, 2000);
	fd = call(s);
	say(fd, "GET NUMLOGINS ups1\n");
	expect(s, fd, "NUMLOGINS ups1 1\n");
	expect_end(s, idle);
	advance(s, 300000);
	say(host, REQUEST);
	expect(s, host, REPLY);
	expect_end(s, fd);
	close(host);
	s->settings.nusers = 0;
	s->settings.users = NULL;
}

static void
keep_report(void *arg, const char *lines)
{
	char	**kept = arg;

	free(*kept);
	*kept = xstrdup(lines);
}

static void
test_report(void **state)
{
	struct stage	*s = *state;
	char		*lines = NULL;
	int		 fd;

	nut_publisher.stop(s->role);
	s->publish.report = keep_report;
	s->publish.report_arg = &lines;
	s->role = nut_publisher.start(&s->publish);
	advance(s, 10);
	assert_non_null(strstr(lines, "clients 0\nclients.limit 1024\n"));
	fd = call(s);
	say(fd, REQUEST);
	expect(s, fd, REPLY);
	advance(s, 1500);
	assert_non_null(strstr(lines, "clients 1\n"));
	assert_non_null(strstr(lines, "accepted 1\n"));
	assert_non_null(strstr(lines, "\nlogins 0\n"));
	close(fd);
	advance(s, 2500);
	assert_non_null(strstr(lines, "clients 0\n"));
	free(lines);
	lines = NULL;
	advance(s, 60000);
	assert_null(lines);		/* nothing new, nothing told */
	s->publish.report = NULL;
}

/* Without descriptors the role waits, says so once, and goes on when there are some. */
static void
test_no_descriptors(void **state)
{
	struct stage	*s = *state;
	struct rlimit	 files, few;
	int		 waiting = call(s), probe;
	size_t		 i;

	say(waiting, REQUEST);
	probe = dup(waiting);
	close(probe);
	getrlimit(RLIMIT_NOFILE, &files);
	few = (struct rlimit){ .rlim_cur = (rlim_t)probe, .rlim_max = files.rlim_max };
	setrlimit(RLIMIT_NOFILE, &few);
	for (i = 0; i < 50; i++)
		advance(s, 100);
	assert_int_equal(s->warnings, 1);
	setrlimit(RLIMIT_NOFILE, &files);
	advance(s, 200);
	expect(s, waiting, REPLY);
	close(waiting);
}

#define with_stage(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_stage(test_dialogue),
		with_stage(test_logout),
		with_stage(test_half_close),
		with_stage(test_allow),
		with_stage(test_reload),
		with_stage(test_silence),
		with_stage(test_slow_handshake),
		with_stage(test_slow_reader),
		with_stage(test_never_reader),
		with_stage(test_thousand),
		with_stage(test_limit),
		with_stage(test_address_limit),
		with_stage(test_logged_in),
		with_stage(test_report),
		with_stage(test_no_descriptors),
	};

	return cmocka_run_group_tests_name("nut listener", tests, NULL, NULL);
}
