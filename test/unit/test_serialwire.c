#include "unit.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "bus/serialwire.h"
#include "bus/tty.h"
#include "core/stream.h"

#define PATIENCE_US	10000000

/* A pseudo terminal as the device, its name as udev gives it, and what the wire's owner was told. */
struct line {
	struct loop	*loop;
	struct stream	*stream;
	int		 master, keep;	/* keep: the other end, so that it has a state before it is opened */
	char		 folder[64], path[128], device[64];
	unsigned	 told;
	bool		 up;
	char		 why[256];
	char		 answer[256];
	enum result	 result;
	unsigned	 answers;
};

static const struct serial_line usual = { .speed = 2400, .bits = 8, .stop = 1, .parity = 'N', .raised = SERIAL_DTR };

static void
changed(void *arg, bool up, const char *why)
{
	struct line	*l = arg;

	l->told++;
	l->up = up;
	snprintf(l->why, sizeof l->why, "%s", why == NULL ? "" : why);
}

static bool
on_answer(void *arg, enum result result, char *message, size_t len)
{
	struct line	*l = arg;

	l->answers++;
	l->result = result;
	snprintf(l->answer, sizeof l->answer, "%s", message);
	return false;
}

static void
wait_until(struct line *l, bool (*met)(struct line *), const char *what)
{
	int64_t	 until = loop_now_us(l->loop) + PATIENCE_US;

	while (!met(l)) {
		if (loop_now_us(l->loop) > until)
			fail_msg("%s: not in time; told last: %s", what, l->why);
		loop_once(l->loop, 20);
	}
}

static bool
is_up(struct line *l)
{
	return l->told > 0 && l->up;
}

static bool
is_down(struct line *l)
{
	return l->told > 0 && !l->up;
}

static bool
is_answered(struct line *l)
{
	return l->answers > 0;
}

static void
plug(struct line *l)
{
	assert_int_equal(openpty(&l->master, &l->keep, l->device, NULL, NULL), 0);
	unlink(l->path);
	assert_int_equal(symlink(l->device, l->path), 0);
}

static void
unplug(struct line *l)
{
	if (l->master == -1)
		return;
	close(l->master);
	close(l->keep);
	l->master = l->keep = -1;
	unlink(l->path);
}

static void
begin(struct line *l, const struct serial_line *how)
{
	struct device_settings	 settings = { .port = l->path };
	char			*why = NULL;

	l->stream = serial_wire.open(l->loop, &settings, NULL, changed, l, &why);
	assert_non_null(l->stream);
	serial_wire.line(l->stream, how);
	assert_int_equal(l->told, 0);
}

static int
setup(void **state)
{
	struct line	*l = xcalloc(1, sizeof *l);

	strcpy(l->folder, "/tmp/busbar-serial-XXXXXX");
	if (mkdtemp(l->folder) == NULL)
		return -1;
	snprintf(l->path, sizeof l->path, "%s/usb-ACME_UPS", l->folder);
	l->loop = loop_new();
	l->master = l->keep = -1;
	*state = l;
	return 0;
}

static int
teardown(void **state)
{
	struct line	*l = *state;

	if (l->stream != NULL)
		serial_wire.close(l->stream);
	unplug(l);
	loop_free(l->loop);
	rmdir(l->folder);
	free(l);
	return 0;
}

static void
ask(struct line *l, const char *text)
{
	l->answers = 0;
	stream_ask(l->stream, &(struct exchange){ .send = text, .len = strlen(text), .frame = frame_lf,
	    .timeout_ms = 5000, .done = on_answer, .arg = l });
}

static void
expect_heard(struct line *l, const char *text)
{
	char	 heard[64] = "";
	size_t	 n = 0;
	ssize_t	 got;
	int64_t	 until = loop_now_us(l->loop) + PATIENCE_US;

	fcntl(l->master, F_SETFL, O_NONBLOCK);
	while (n < strlen(text)) {
		assert_true(loop_now_us(l->loop) < until);
		loop_once(l->loop, 20);
		if ((got = read(l->master, heard + n, sizeof heard - 1 - n)) > 0)
			n += (size_t)got;
	}
	assert_string_equal(heard, text);
}

static void
say(struct line *l, const char *text)
{
	assert_int_equal(write(l->master, text, strlen(text)), strlen(text));
}

/* -- tests ---------------------------------------------------------------------------- */

static void
carries_bytes(void **state)
{
	struct line	*l = *state;
	struct termios	 t;
	unsigned	 wires;

	plug(l);
	begin(l, &usual);
	wait_until(l, is_up, "it opens");
	assert_int_equal(tcgetattr(l->keep, &t), 0);
	assert_int_equal(cfgetospeed(&t), B2400);
	assert_int_equal(t.c_cflag & (CSIZE | PARENB | CSTOPB | HUPCL), CS8);
	assert_int_equal(t.c_lflag & (ECHO | ICANON | ISIG), 0);
	ask(l, "Q1\r");
	expect_heard(l, "Q1\r");
	say(l, "(208.4 ");
	loop_once(l->loop, 10);
	say(l, "140.0\r\n");
	wait_until(l, is_answered, "the answer");
	assert_int_equal(l->result, R_DONE);
	assert_string_equal(l->answer, "(208.4 140.0\r\n");
	/* A pseudo terminal has no such wires; a driver that needs none does not mind. */
	assert_false(serial_read(l->stream, &wires));
	assert_false(serial_raise(l->stream, SERIAL_RTS));
}

static void
takes_another_format(void **state)
{
	struct line		*l = *state;
	struct serial_line	 other = { .speed = 9600, .bits = 7, .stop = 2, .parity = 'E', .xonxoff = true };
	struct termios		 t;

	plug(l);
	begin(l, &usual);
	wait_until(l, is_up, "it opens");
	assert_true(serial_format(l->stream, &other));
	assert_int_equal(tcgetattr(l->keep, &t), 0);
	assert_int_equal(cfgetospeed(&t), B9600);
	/* Of a pseudo terminal the kernel takes neither size nor parity. */
	assert_int_equal(t.c_cflag & CSTOPB, CSTOPB);
	assert_int_equal(t.c_iflag & (IXON | IXOFF), IXON | IXOFF);
	other.speed = 12345;
	assert_false(serial_format(l->stream, &other));
}

static void
comes_back_after_a_hang_up(void **state)
{
	struct line	*l = *state;

	plug(l);
	begin(l, &usual);
	wait_until(l, is_up, "it opens");
	ask(l, "Q1\r");
	unplug(l);
	wait_until(l, is_down, "it hangs up");
	assert_non_null(strstr(l->why, "hung up"));
	assert_int_equal(l->answers, 0);	/* forgotten, and the unit knows from changed() */
	wait_until(l, is_down, "it is away");
	plug(l);
	wait_until(l, is_up, "it is there again, by the same name");
	ask(l, "Q1\r");
	expect_heard(l, "Q1\r");
}

static void
waits_for_a_port_that_is_not_there(void **state)
{
	struct line	*l = *state;

	begin(l, &usual);
	wait_until(l, is_down, "nothing is there");
	assert_non_null(strstr(l->why, "No such file"));
	plug(l);
	wait_until(l, is_up, "it is plugged in");
}

static void
waits_for_whoever_holds_it(void **state)
{
	struct line	*l = *state;
	struct termios	 before, after;
	char		 who[64], c;
	int		 ready[2], fd;
	pid_t		 pid;

	plug(l);
	assert_int_equal(tcgetattr(l->keep, &before), 0);
	assert_int_equal(pipe(ready), 0);
	if ((pid = fork()) == 0) {
		fd = open(l->device, O_RDWR | O_NOCTTY);
		c = fd != -1 && flock(fd, LOCK_EX) == 0 ? 'y' : 'n';
		if (write(ready[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	begin(l, &usual);
	wait_until(l, is_down, "it is held");
	snprintf(who, sizeof who, "test_serialwire (process %d) holds it (flock)", (int)pid);
	assert_non_null(strstr(l->why, who));
	assert_non_null(strstr(l->why, "a NUT driver"));
	/* Nothing of it was touched. */
	assert_int_equal(tcgetattr(l->keep, &after), 0);
	assert_int_equal(after.c_cflag, before.c_cflag);
	assert_int_equal(after.c_lflag, before.c_lflag);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	wait_until(l, is_up, "it is let go");
	close(ready[0]);
	close(ready[1]);
}

static void
is_ours_alone(void **state)
{
	struct line	*l = *state;
	struct tty	*second;
	char		*why;
	int		 fd;

	plug(l);
	begin(l, &usual);
	wait_until(l, is_up, "it opens");
	fd = open(l->device, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (geteuid() == 0)		/* whom TIOCEXCL does not stop */
		assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	else
		assert_int_equal(fd, -1);
	if (fd != -1)
		close(fd);
	second = tty_open(l->path, &usual, &why);
	assert_null(second);
	assert_non_null(strstr(why, "another device of this busbard"));
	free(why);
	serial_wire.close(l->stream);
	l->stream = NULL;
	second = tty_open(l->path, &usual, &why);
	assert_non_null(second);
	tty_close(second);
}

static void
refused(const char *path, const struct serial_line *line, const char *reason)
{
	char	*why = NULL;

	assert_null(tty_open(path, line, &why));
	assert_non_null(why);
	if (strstr(why, reason) == NULL || strstr(why, path) != why)
		fail_msg("\"%s\" does not say \"%s\"", why, reason);
	free(why);
}

static void
says_what_is_wrong_with_a_port(void **state)
{
	struct line		*l = *state;
	struct serial_line	 wires = usual, odd = usual;

	refused("/dev/null", &usual, "no serial port");
	refused("/proc/self/status", &usual, "no serial port");
	refused(l->folder, &usual, "no serial port");
	plug(l);
	wires.needs_wires = true;
	refused(l->path, &wires, "has no DTR and RTS");
	odd.speed = 12345;
	refused(l->path, &odd, "cannot be set to 12345 baud, 8N1");
}

/* The superuser may open everything: somebody else asks, in a process of his own. */
static int
ask_as_nobody(const struct line *l)
{
	char	*why = NULL;
	bool	 right;

	if (geteuid() == 0 && (chmod(l->folder, 0755) == -1 || seteuid(65534) == -1))
		return 2;
	if (tty_open(l->path, &usual, &why) != NULL)
		return 3;
	right = strstr(why, "Permission denied; it belongs to ") != NULL && strstr(why, "mode 0000") != NULL &&
	    strstr(why, "in that group") != NULL && strstr(why, "udev rule") != NULL;
	if (!right)
		fprintf(stderr, "%s\n", why);
	free(why);
	return right ? 0 : 4;
}

static void
names_whose_port_it_is(void **state)
{
	struct line	*l = *state;
	pid_t		 pid;
	int		 status;

	plug(l);
	assert_int_equal(chmod(l->device, 0), 0);
	if ((pid = fork()) == 0)
		_exit(ask_as_nobody(l));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
wants_a_path(void **state)
{
	char			 wrong[] = "COM1", right[] = "/dev/ttyS0";
	struct device_settings	 settings = { .port = wrong };
	char			*why = serial_wire.check(&settings, NULL);

	assert_string_equal(why, "\"COM1\" is no serial port; \"/dev/ttyS0\" is, or one of /dev/serial/by-id");
	free(why);
	settings.port = right;
	assert_null(serial_wire.check(&settings, NULL));
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(carries_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_another_format, setup, teardown),
		cmocka_unit_test_setup_teardown(comes_back_after_a_hang_up, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_a_port_that_is_not_there, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_whoever_holds_it, setup, teardown),
		cmocka_unit_test_setup_teardown(is_ours_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_is_wrong_with_a_port, setup, teardown),
		cmocka_unit_test_setup_teardown(names_whose_port_it_is, setup, teardown),
		cmocka_unit_test(wants_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
