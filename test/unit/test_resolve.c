#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bus/resolve.h"

struct world {
	struct loop	*loop;
	int		 far;		/* the process's end, played by the test; -1: none */
	unsigned	 starts;
	bool		 cannot;	/* start one */
};

struct outcome {
	unsigned	 calls;
	char		 address[100], why[100];
};

static int
start(void *arg)
{
	struct world	*w = arg;
	int		 ends[2];

	w->starts++;
	if (w->cannot)
		return -1;
	if (w->far != -1)
		close(w->far);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	w->far = ends[1];
	return ends[0];
}

static void
told(void *arg, const char *address, const char *why)
{
	struct outcome	*o = arg;

	o->calls++;
	snprintf(o->address, sizeof(o->address), "%s", address != NULL ? address : "");
	snprintf(o->why, sizeof(o->why), "%s", why != NULL ? why : "");
}

/* What the process is asked, and what it answers. */
static void
expect(struct world *w, const char *question, const char *answer)
{
	char	line[600];
	ssize_t	n = recv(w->far, line, sizeof(line) - 1, MSG_DONTWAIT);

	assert_true(n >= 0);
	line[n] = '\0';
	assert_string_equal(line, question);
	assert_int_equal(write(w->far, answer, strlen(answer)), strlen(answer));
}

static void
test_answers(void **state)
{
	struct world	 w = { loop_new_virtual(), -1, 0, false };
	struct resolver	*r = resolver_new(w.loop, start, &w);
	struct outcome	 a = { 0 }, b = { 0 }, c = { 0 };

	resolver_ask(r, "ups1.example.net", AF_INET, told, &a);
	lookup_cancel(resolver_ask(r, "never", AF_INET, told, &c));
	resolver_ask(r, "two\nlines", AF_UNSPEC, told, &b);
	assert_int_equal(w.starts, 0);
	loop_once(w.loop, 0);
	expect(&w, "4 ups1.example.net\n", "= 192.0.2.1\n");
	loop_once(w.loop, 0);
	assert_int_equal(a.calls, 1);
	assert_string_equal(a.address, "192.0.2.1");
	expect(&w, "* two\n", "! no such name\n");
	loop_once(w.loop, 0);
	assert_int_equal(b.calls, 1);
	assert_string_equal(b.address, "");
	assert_string_equal(b.why, "no such name");
	assert_int_equal(c.calls, 0);
	assert_int_equal(w.starts, 1);
	resolver_free(r);
	close(w.far);
	loop_free(w.loop);
}

static void
test_hung(void **state)
{
	struct world	 w = { loop_new_virtual(), -1, 0, false };
	struct resolver	*r = resolver_new(w.loop, start, &w);
	struct outcome	 a = { 0 }, b = { 0 };

	resolver_ask(r, "first", AF_INET, told, &a);
	resolver_ask(r, "second", AF_INET, told, &b);
	while (a.calls == 0)
		loop_once(w.loop, 0);
	assert_string_equal(a.why, "the name servers do not answer");
	assert_int_equal(w.starts, 2);			/* a fresh process has the next */
	expect(&w, "4 second\n", "= 192.0.2.2\n");
	while (b.calls == 0)
		loop_once(w.loop, 0);
	assert_string_equal(b.address, "192.0.2.2");
	resolver_free(r);
	close(w.far);
	loop_free(w.loop);
}

static void
test_gone(void **state)
{
	struct world	 w = { loop_new_virtual(), -1, 0, true };
	struct resolver	*r = resolver_new(w.loop, start, &w);
	struct outcome	 a = { 0 };

	resolver_ask(r, "name", AF_INET6, told, &a);
	while (w.starts < 3)
		loop_once(w.loop, 0);
	w.cannot = false;
	while (w.far == -1)
		loop_once(w.loop, 0);
	close(w.far);					/* it dies over the question */
	w.far = -1;
	while (w.far == -1)
		loop_once(w.loop, 0);
	expect(&w, "6 name\n", "= 2001:db8::1\n");
	while (a.calls == 0)
		loop_once(w.loop, 0);
	assert_string_equal(a.address, "2001:db8::1");
	resolver_ask(r, "name", AF_INET6, told, &a);
	loop_once(w.loop, 0);
	resolver_free(r);				/* in the middle */
	close(w.far);
	loop_free(w.loop);
	assert_int_equal(a.calls, 1);
}

/* The process itself, on what needs no name server. */
static void
test_process(void **state)
{
	static const char	questions[] = "4 127.0.0.1\n6 ::1\n4 ::1\nx\n";
	char			line[1000] = "";
	size_t			len = 0;
	ssize_t			n;
	int			ends[2], status;
	pid_t			pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	if ((pid = fork()) == 0) {
		close(ends[0]);
		_exit(resolve_main(ends[1]));
	}
	close(ends[1]);
	assert_int_equal(write(ends[0], questions, strlen(questions)), strlen(questions));
	assert_int_equal(shutdown(ends[0], SHUT_WR), 0);
	while ((n = read(ends[0], line + len, sizeof(line) - 1 - len)) > 0)
		len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_ptr_equal(strstr(line, "= 127.0.0.1\n= ::1\n! "), line);
	assert_non_null(strstr(line, "\n! not a question\n"));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_hung),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
