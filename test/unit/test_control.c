#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/resolve.h"
#include "core/mem.h"
#include "core/update.h"
#include "ctl/session.h"
#include "daemon/control.h"

/* A session over a socketpair, the model that it shows, and what was answered. */
struct fixture {
	struct session_world	 world;
	struct session		*session;
	int			 fd;		/* the client's end */
	bool			 rights, gone, reload_works;
	struct pending		*pending;	/* asked of the device */
	char			 asked[256];
	char			 answer[1 << 16];
	size_t			 len;
};

static const char *
has_rights(void *arg, int fd)
{
	return ((struct fixture *)arg)->rights ? NULL : "you are not among the users and groups of control";
}

/* It ends when our end of the socket is closed. */
static int
start_resolver(void *arg)
{
	int	 ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	if (fork() == 0) {
		close(ends[0]);
		_exit(resolve_main(ends[1]));
	}
	close(ends[1]);
	return ends[0];
}

static void
on_gone(struct session *session, void *arg)
{
	struct fixture	*f = arg;

	assert_false(f->gone);
	f->gone = true;
	control_session_free(session);
	f->session = NULL;
}

static bool
reload(void *arg, struct conf_errors *errors)
{
	struct fixture	*f = arg;

	if (!f->reload_works)
		conf_error(errors, (struct conf_place){ "x.conf", 3 }, "no \"such\" name");
	return f->reload_works;
}

static void
on_ask(struct device *device, const struct ask *ask, struct pending *pending, void *arg)
{
	struct fixture	*f = arg;

	snprintf(f->asked, sizeof f->asked, "%d %s %s=%s confirm=%d by %s", ask->kind,
	    device_name(device), var_name(ask->name), ask->value == NULL ? "(none)" : ask->value,
	    ask->confirm, ask->origin);
	f->pending = pending;
}

static struct device *
device(struct fixture *f, const char *name, enum device_state state, ...)
{
	struct device	*d = model_find(f->world.model, name, strlen(name));
	struct update	*u;
	const char	*var;
	va_list		 ap;

	if (d == NULL)
		d = model_add(f->world.model, name);
	u = update_begin(d);
	update_state(u, state);
	va_start(ap, state);
	while ((var = va_arg(ap, const char *)) != NULL)
		update_put_text(u, var_intern(var), va_arg(ap, const char *));
	va_end(ap);
	update_commit(u);
	return d;
}

static int
setup_on(void **state, struct loop *loop)
{
	static struct refused	 refused;
	struct fixture		*f = xcalloc(1, sizeof *f);
	int			 fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
		return -1;
	f->world = (struct session_world){ .loop = loop, .model = model_new(),
	    .reload = reload, .reload_arg = f, .refused = &refused };
	refused = (struct refused){ 0 };
	model_on_ask(f->world.model, on_ask, f);
	f->fd = fds[0];
	f->rights = true;
	f->session = control_session_new(&f->world, fds[1], "tester", has_rights, on_gone, f);
	device(f, "ups1", DEVICE_FRESH, ".type", "ups", "ups.status", "OL CHRG", "battery.charge", "100",
	    "ups.load", "17.5", "ups.mfr", "Tripp \"Lite\" ", NULL);
	device(f, "pdu1", DEVICE_STALE, ".type", "pdu", "outlet.1.status", "on", NULL);
	*state = f;
	return 0;
}

static int
setup(void **state)
{
	return setup_on(state, loop_new());
}

static int
setup_virtual(void **state)
{
	return setup_on(state, loop_new_virtual());
}

static int
teardown(void **state)
{
	struct fixture	*f = *state;

	if (f->session != NULL)
		control_session_free(f->session);
	close(f->fd);
	model_free(f->world.model);
	loop_free(f->world.loop);
	free(f);
	return 0;
}

/* Turns the loop until nothing more is answered. */
static void
turn(struct fixture *f)
{
	ssize_t	n;
	int	i;

	for (i = 0; i < 200; i++) {
		loop_once(f->world.loop, 0);
		n = recv(f->fd, f->answer + f->len, sizeof f->answer - 1 - f->len, 0);
		if (n > 0)
			f->len += (size_t)n;
		f->answer[f->len] = '\0';
		if (n <= 0 && i > 2)
			break;
	}
}

static void
send_all(struct fixture *f, const char *text)
{
	assert_int_equal(send(f->fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

static void
answers(struct fixture *f, const char *question, const char *expected)
{
	f->len = 0;
	send_all(f, question);
	turn(f);
	assert_string_equal(f->answer, expected);
}

static void
lists(void **state)
{
	answers(*state, "LIST\n",
	    "DEVICE \"pdu1\" \"pdu\" \"stale\" \"\" \"\" \"\" \"\"\n"
	    "DEVICE \"ups1\" \"ups\" \"ok\" \"OL CHRG\" \"100\" \"\" \"17.5\"\nOK\n");
}

static void
shows(void **state)
{
	answers(*state, "SHOW UPS1\n", "VAR \"battery.charge\" \"100\"\nVAR \"ups.load\" \"17.5\"\n"
	    "VAR \"ups.mfr\" \"Tripp \\\"Lite\\\" \"\nVAR \"ups.status\" \"OL CHRG\"\nOK\n");
	answers(*state, "SHOW pdu1\n", "ERR \"pdu1 is stale\"\n");
	answers(*state, "SHOW nobody\n", "ERR \"no device nobody\"\n");
}

static void
refuses_what_it_does_not_know(void **state)
{
	answers(*state, "WHAT\n", "ERR \"not a question for this daemon: WHAT\"\n");
	answers(*state, "LIST ups1\n", "ERR \"LIST with 2 words\"\n");
	answers(*state, "SHOW a b c d e f g h i j k\n", "ERR \"too many words\"\n");
	answers(*state, "\n", "");
}

static void
answers_several_at_once(void **state)
{
	answers(*state, "SHOW a\nSHOW b\nSHOW c", "ERR \"no device a\"\nERR \"no device b\"\n");
	answers(*state, "\n", "ERR \"no device c\"\n");
}

static void
runs(void **state)
{
	struct fixture	*f = *state;

	answers(f, "RUN no ups1 load.off.delay 20\n", "");
	assert_string_equal(f->asked, "0 ups1 load.off.delay=20 confirm=0 by tester");
	f->len = 0;
	pending_done(f->pending, R_DONE, NULL);
	turn(f);
	assert_string_equal(f->answer, "OK\n");
	answers(f, "RUN yes ups1 load.off\n", "");
	assert_string_equal(f->asked, "0 ups1 load.off=(none) confirm=1 by tester");
	f->len = 0;
	pending_done(f->pending, R_FAILED, "the relay is stuck");
	turn(f);
	assert_string_equal(f->answer, "ERR \"it was not done: the relay is stuck\"\n");
}

static void
sets(void **state)
{
	struct fixture	*f = *state;

	answers(f, "SET no ups1 ups.delay.start \"-1\"\nLIST\n", "");
	assert_string_equal(f->asked, "1 ups1 ups.delay.start=-1 confirm=0 by tester");
	f->len = 0;
	pending_done(f->pending, R_CONFIRM, NULL);
	turn(f);
	assert_ptr_equal(strstr(f->answer, "ERR \"it is critical and needs a confirmation\"\nDEVICE"), f->answer);
	answers(f, "SET no ups1 .type x\n", "ERR \"ups1 has no variable .type\"\n");
	answers(f, "RUN no ups1 no.such.command.at.all\n", "ERR \"ups1 has no command no.such.command.at.all\"\n");
}

static void
forces_a_shutdown(void **state)
{
	struct fixture	*f = *state;

	answers(f, "FSD set PDU1\n", "");	/* whatever the state of its link */
	assert_string_equal(f->asked, "2 pdu1 =(none) confirm=0 by tester");
	f->len = 0;
	pending_done(f->pending, R_DONE, NULL);
	turn(f);
	assert_string_equal(f->answer, "OK\n");
	answers(f, "FSD clear pdu1\n", "");
	assert_string_equal(f->asked, "3 pdu1 =(none) confirm=0 by tester");
	pending_done(f->pending, R_DONE, NULL);
	turn(f);
	answers(f, "FSD unset pdu1\n", "ERR \"a forced shutdown is set or cleared\"\n");
	answers(f, "FSD set nobody\n", "ERR \"no device nobody\"\n");
	answers(f, "FSD pdu1\n", "ERR \"FSD with 2 words\"\n");
}

/* As NUT clients see it. */
static void
shows_a_forced_shutdown(void **state)
{
	struct fixture	*f = *state;

	device(f, "ups1", DEVICE_FRESH, ".type", "ups", "ups.status", "OL", ".fsd", "1 tester", NULL);
	answers(f, "SHOW ups1\n", "VAR \"ups.status\" \"FSD OL\"\nOK\n");
	answers(f, "LIST\n", "DEVICE \"pdu1\" \"pdu\" \"stale\" \"\" \"\" \"\" \"\"\n"
	    "DEVICE \"ups1\" \"ups\" \"ok\" \"FSD OL\" \"\" \"\" \"\"\nOK\n");
}

#define DENIED	"ERR \"the configuration does not allow it: you are not among the users and groups of control\"\n"

static void
changes_need_rights(void **state)
{
	struct fixture	*f = *state;

	f->rights = false;
	answers(f, "RUN no ups1 load.off\n", DENIED);
	answers(f, "SET no ups1 ups.id x\n", DENIED);
	answers(f, "FSD set ups1\n", DENIED);
	answers(f, "RELOAD\n", DENIED);
	assert_null(f->pending);
	answers(f, "SERVER\n", "VAR \"control.denied\" \"4\"\nOK\n");
	f->rights = true;
	answers(f, "RUN no ups1 load.off\n", "");
	assert_non_null(f->pending);
	pending_done(f->pending, R_DONE, NULL);
}

static void
reloads(void **state)
{
	struct fixture	*f = *state;

	answers(f, "RELOAD\n", "MISTAKE \"x.conf:3: no \\\"such\\\" name\"\n"
	    "ERR \"the configuration is wrong; everything goes on as before\"\n");
	f->reload_works = true;
	answers(f, "RELOAD\n", "OK\n");
}

static void
watches(void **state)
{
	struct fixture	*f = *state;

	answers(f, "WATCH ups1\n", "OK\n");
	f->len = 0;
	device(f, "pdu1", DEVICE_STALE, "outlet.1.status", "off", NULL);
	device(f, "ups1", DEVICE_FRESH, ".type", "other", "ups.status", "OB", "battery.charge", "100",
	    "ups.alarm", "on battery", NULL);
	device(f, "ups1", DEVICE_STALE, "ups.status", "OB", "battery.charge", "100", "ups.alarm", "on battery", NULL);
	turn(f);
	assert_string_equal(f->answer, "NEW \"ups1\" \"ups.alarm\" \"on battery\"\n"
	    "GONE \"ups1\" \"ups.load\" \"17.5\"\nGONE \"ups1\" \"ups.mfr\" \"Tripp \\\"Lite\\\" \"\n"
	    "CHANGE \"ups1\" \"ups.status\" \"OL CHRG\" \"OB\"\nLINK \"ups1\" \"stale\"\n");
}

static void
watches_all(void **state)
{
	struct fixture	*f = *state;

	answers(f, "WATCH\n", "OK\n");
	f->len = 0;
	model_remove(model_find(f->world.model, "pdu1", 4));
	turn(f);
	assert_string_equal(f->answer, "REMOVED \"pdu1\"\n");
}

static void
a_watcher_that_falls_behind_is_closed(void **state)
{
	struct fixture	*f = *state;
	char		*text = xcalloc(1, 60001);
	size_t		 kept;
	int		 i, turns;

	answers(f, "WATCH\n", "OK\n");
	for (i = 0; i < 40; i++) {
		memset(text, 'a' + i % 20, 60000);
		device(f, "ups1", DEVICE_FRESH, "ups.id", text, NULL);
	}
	free(text);
	for (turns = 0; turns < 200; turns++) {
		kept = f->len < 100 ? f->len : 100;	/* the end may come in two pieces */
		memmove(f->answer, f->answer + f->len - kept, kept);
		f->len = kept;
		turn(f);
		if (f->gone && f->len == kept)
			break;
	}
	assert_true(f->gone);
	assert_non_null(strstr(f->answer, "\nERR \"changes come faster than they are read\"\n"));
}

static void
a_client_that_goes_is_forgotten(void **state)
{
	struct fixture	*f = *state;

	answers(f, "RUN no ups1 load.off\n", "");
	control_session_free(f->session);
	f->session = NULL;
	pending_done(f->pending, R_DONE, NULL);		/* nobody listens, nothing breaks */
}

static void
half_closed_clients_get_their_answer(void **state)
{
	struct fixture	*f = *state;

	send_all(f, "RUN no ups1 load.off\n");
	shutdown(f->fd, SHUT_WR);
	turn(f);
	assert_false(f->gone);
	pending_done(f->pending, R_DONE, NULL);
	turn(f);
	assert_string_equal(f->answer, "OK\n");
	assert_true(f->gone);
}

static void
idle_clients_are_closed(void **state)
{
	struct fixture	*f = *state;
	int64_t		 before = loop_now(f->world.loop);

	while (!f->gone && loop_once(f->world.loop, 0))
		;
	assert_true(f->gone);
	assert_int_equal(loop_now(f->world.loop) - before, SESSION_IDLE_MS);
}

static void
long_lines_are_refused(void **state)
{
	struct fixture	*f = *state;
	char		 line[9001];

	memset(line, 'x', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	answers(f, line, "ERR \"a line of more than 8192 bytes\"\n");
	assert_true(f->gone);
}

/* -- the socket --------------------------------------------------------------------------- */

static int
dial(const char *path)
{
	struct sockaddr_un	address = { .sun_family = AF_UNIX };
	int			fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

/* What is answered, up to len bytes, while the loop turns. */
static void
expect(struct loop *loop, int fd, const char *expected)
{
	char	answer[256];
	size_t	len = 0, wanted = strlen(expected);
	int64_t	until = loop_now_us(loop) + 5000000;
	ssize_t	n;

	while (len < wanted) {
		assert_true(loop_now_us(loop) < until);
		loop_once(loop, 20);
		n = recv(fd, answer + len, wanted - len, MSG_DONTWAIT);
		len += n > 0 ? (size_t)n : 0;
	}
	assert_memory_equal(answer, expected, wanted);
}

static void
the_socket(void **state)
{
	char			 folder[] = "/tmp/busbar-control-XXXXXX", path[64];
	struct conf_errors	 errors = { 0 };
	struct loop		*loop = loop_new();
	struct model		*model = model_new();
	struct control		*control;
	struct stat		 st;
	int			 fds[CONTROL_CLIENTS_MAX + 1], i;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/control", folder);
	control = control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors);
	assert_non_null(control);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0666);
	assert_null(control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors));
	assert_int_equal(errors.n, 1);
	assert_non_null(strstr(errors.texts[0], "another busbard runs here"));
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = dial(path);
		send(fds[i], "LIST\n", 5, 0);
		expect(loop, fds[i], "OK\n");
	}
	fds[i] = dial(path);
	expect(loop, fds[i], "ERR \"too many clients\"\n");
	/* we are who the daemon runs as, so that we may change things: it is the device that is missing */
	send(fds[0], "RUN no ups1 load.off\n", 21, 0);
	expect(loop, fds[0], "ERR \"no device ups1\"\n");
	for (i = 0; i <= CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	control_free(control);
	assert_int_equal(access(path, F_OK), -1);
	conf_errors_free(&errors);
	model_free(model);
	loop_free(loop);
	rmdir(folder);
}

/* Run in a process of its own, as nobody and in the group of games alone: what is answered to a command. */
static void
ask_as_nobody(const char *path, int answer_to)
{
	static const char	question[] = "RUN no ups1 load.off\n";
	gid_t			games = 60;
	char			answer[256];
	ssize_t			n;
	int			fd;

	if (setgroups(1, &games) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
		_exit(1);
	fd = dial(path);
	if (write(fd, question, sizeof question - 1) != sizeof question - 1)
		_exit(1);
	n = read(fd, answer, sizeof answer);
	_exit(n > 0 && write(answer_to, answer, (size_t)n) == n ? 0 : 1);
}

/* Until the names have been looked up. */
static void
expect_as_nobody(struct loop *loop, const char *path, const char *expected)
{
	int64_t	until = loop_now_us(loop) + 10000000;
	char	answer[256] = "";
	int	fds[2];
	ssize_t	n;
	pid_t	child;

	while (strcmp(answer, expected) != 0) {
		assert_true(loop_now_us(loop) < until);
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		if ((child = fork()) == 0)
			ask_as_nobody(path, fds[1]);
		while ((n = recv(fds[0], answer, sizeof answer - 1, MSG_DONTWAIT)) == -1 && loop_now_us(loop) < until)
			loop_once(loop, 20);
		answer[n < 0 ? 0 : n] = '\0';
		assert_int_equal(waitpid(child, NULL, 0), child);
		close(fds[0]);
		close(fds[1]);
	}
}

static void
who_may_change(void **state)
{
	char			 folder[] = "/tmp/busbar-control-XXXXXX", path[64];
	char			*nobody[] = { (char *)"nobody" }, *games[] = { (char *)"games" };
	struct settings		 none = { 0 }, by_user = { .control.users = { 1, nobody } },
				 by_group = { .control.groups = { 1, games } };
	struct conf_errors	 errors = { 0 };
	struct loop		*loop;
	struct model		*model;
	struct control		*control;

	if (geteuid() != 0 || getgrnam("games") == NULL || getgrnam("games")->gr_gid != 60)
		skip();
	loop = loop_new();
	model = model_new();
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	snprintf(path, sizeof path, "%s/control", folder);
	control = control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors);
	assert_non_null(control);
	expect_as_nobody(loop, path, DENIED);
	control_apply(control, &by_user);
	expect_as_nobody(loop, path, "ERR \"no device ups1\"\n");
	control_apply(control, &none);
	expect_as_nobody(loop, path, DENIED);
	control_apply(control, &by_group);
	expect_as_nobody(loop, path, "ERR \"no device ups1\"\n");
	control_free(control);
	while (waitpid(-1, NULL, 0) > 0)	/* who looked up names */
		;
	model_free(model);
	loop_free(loop);
	rmdir(folder);
}

/* Many readers: the last places are for those who may change things. */
static void
readers_keep_nobody_out(void **state)
{
	char			 folder[] = "/tmp/busbar-control-XXXXXX", path[64], byte;
	struct conf_errors	 errors = { 0 };
	struct loop		*loop;
	struct model		*model;
	struct control		*control;
	int			 fds[2], operator;
	pid_t			 child;

	if (geteuid() != 0)
		skip();
	loop = loop_new();
	model = model_new();
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chmod(folder, 0755), 0);
	snprintf(path, sizeof path, "%s/control", folder);
	control = control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors);
	assert_non_null(control);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	if ((child = fork()) == 0) {
		close(fds[0]);
		if (setgroups(0, NULL) != 0 || setuid(65534) != 0)
			_exit(1);
		for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
			dial(path);
		_exit(write(fds[1], "\n", 1) != 1 || read(fds[1], &byte, 1) != 0);
	}
	close(fds[1]);
	expect(loop, fds[0], "\n");
	operator = dial(path);
	send(operator, "LIST\n", 5, 0);
	expect(loop, operator, "OK\n");
	close(operator);
	close(fds[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	control_free(control);
	model_free(model);
	loop_free(loop);
	rmdir(folder);
}

/* A daemon that died leaves its socket; a file that is none of ours stays. */
static void
what_lies_there(void **state)
{
	char			 folder[] = "/tmp/busbar-control-XXXXXX", path[64];
	struct sockaddr_un	 address = { .sun_family = AF_UNIX };
	struct conf_errors	 errors = { 0 };
	struct loop		*loop = loop_new();
	struct model		*model = model_new();
	struct control		*control;
	int			 fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE			*f;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/control", folder);
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	close(fd);
	control = control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors);
	assert_non_null(control);
	control_free(control);
	assert_non_null(f = fopen(path, "w"));
	fclose(f);
	assert_null(control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors));
	assert_int_equal(errors.n, 1);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	conf_errors_free(&errors);
	model_free(model);
	loop_free(loop);
	rmdir(folder);
}

/* A socket file that somebody removed comes back with the next configuration. */
static void
a_removed_socket_is_made_again(void **state)
{
	struct conf_errors	 errors = { 0 };
	struct settings		 none = { 0 };
	char			 folder[] = "/tmp/busbar-control-XXXXXX", path[64];
	struct loop		*loop = loop_new();
	struct model		*model = model_new();
	struct control		*control;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/control", folder);
	control = control_new(loop, model, NULL, path, start_resolver, reload, NULL, &errors);
	assert_non_null(control);
	assert_int_equal(unlink(path), 0);
	control_apply(control, &none);
	assert_int_equal(access(path, F_OK), 0);
	control_free(control);
	assert_int_equal(access(path, F_OK), -1);
	model_free(model);
	loop_free(loop);
	rmdir(folder);
}

#define session_test(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		session_test(lists),
		session_test(shows),
		session_test(refuses_what_it_does_not_know),
		session_test(answers_several_at_once),
		session_test(runs),
		session_test(sets),
		session_test(forces_a_shutdown),
		session_test(shows_a_forced_shutdown),
		session_test(changes_need_rights),
		session_test(reloads),
		session_test(watches),
		session_test(watches_all),
		session_test(a_watcher_that_falls_behind_is_closed),
		session_test(a_client_that_goes_is_forgotten),
		session_test(half_closed_clients_get_their_answer),
		cmocka_unit_test_setup_teardown(idle_clients_are_closed, setup_virtual, teardown),
		session_test(long_lines_are_refused),
		cmocka_unit_test(the_socket),
		cmocka_unit_test(who_may_change),
		cmocka_unit_test(readers_keep_nobody_out),
		cmocka_unit_test(what_lies_there),
		cmocka_unit_test(a_removed_socket_is_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
