/* Users and groups of the control section; the process that looks them up is played by the test. */
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/resolve.h"
#include "core/log.h"
#include "daemon/members.h"
#include "test/unit/elapse.h"
#include "test/unit/unit.h"

struct world {
	struct loop	*loop;
	struct members	*members;
	int		 far;		/* the process's end; -1: none yet */
	unsigned	 starts, lines;
	char		 line[256];
};

static int
start(void *arg)
{
	struct world	*w = arg;
	int		 ends[2];

	assert_int_equal(w->far, -1);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	w->far = ends[1];
	w->starts++;
	return ends[0];
}

static void
on_line(enum log_level level, const char *line, void *arg)
{
	struct world	*w = arg;

	w->lines++;
	snprintf(w->line, sizeof(w->line), "%s", line);
}

static int
setup(void **state)
{
	struct world	*w = xcalloc(1, sizeof(*w));

	log_to(on_line, w);
	w->far = -1;
	w->loop = loop_new_virtual();
	w->members = members_new(w->loop, start, w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	members_free(w->members);
	if (w->far != -1)
		close(w->far);
	loop_free(w->loop);
	log_to(NULL, NULL);
	free(w);
	return 0;
}

static void
apply(struct world *w, const char *user, const char *group)
{
	char			*u = (char *)user, *g = (char *)group;
	const struct strings	 users = { user != NULL, &u }, groups = { group != NULL, &g };

	members_apply(w->members, &users, &groups);
	if (w->far != -1)	/* the process before sees its end */
		close(w->far);
	w->far = -1;
}

/* What the process is asked next, and what it answers. */
static void
expect(struct world *w, const char *question, const char *answer)
{
	char	line[100];
	ssize_t	n = -1;
	int	i;

	/* A turn in which nothing is ready would let time pass. */
	for (i = 0; n <= 0 && i < 4; i++) {
		if (i > 0)
			loop_once(w->loop, 0);
		n = w->far == -1 ? -1 : recv(w->far, line, sizeof(line) - 1, MSG_DONTWAIT);
	}
	assert_true(n > 0);
	line[n] = '\0';
	assert_string_equal(line, question);
	assert_int_equal(write(w->far, answer, strlen(answer)), strlen(answer));
	loop_once(w->loop, 0);
}

static bool
has_ended(const struct world *w)
{
	char	 byte;

	return recv(w->far, &byte, 1, MSG_DONTWAIT) == 0;
}

static void
names_become_numbers(void **state)
{
	struct world	*w = *state;

	apply(w, "ann", "staff");
	assert_int_equal(w->starts, 0);			/* nothing waits for it */
	assert_true(members_asking(w->members));
	expect(w, "u ann\n", "= 1000\n");
	assert_true(members_user(w->members, 1000));
	expect(w, "g staff\n", "= 50\n");
	elapse(w->loop, 1);
	assert_false(members_asking(w->members));
	assert_true(members_group(w->members, 50));
	assert_false(members_user(w->members, 50) || members_group(w->members, 1000));
	assert_true(has_ended(w));			/* no process stays for it */
	assert_int_equal(w->lines, 0);
	apply(w, NULL, NULL);
	assert_false(members_user(w->members, 1000) || members_asking(w->members));
}

static void
who_was_known_stays_so_meanwhile(void **state)
{
	struct world	*w = *state;

	apply(w, "ann", NULL);
	expect(w, "u ann\n", "= 1000\n");
	apply(w, "ann", "ann");
	assert_true(members_user(w->members, 1000));
	assert_false(members_group(w->members, 1000));	/* the name of a user is not that of a group */
	expect(w, "u ann\n", "! timed out\n");
	expect(w, "g ann\n", "! " RESOLVE_NONE "\n");
	elapse(w->loop, 1);
	assert_true(members_user(w->members, 1000));	/* the service failed, the user is no other */
	assert_string_equal(w->line, "control: not on this host: user ann (timed out) group ann");
	close(w->far);
	w->far = -1;
	elapse(w->loop, MEMBERS_RETRY_MS);
	expect(w, "u ann\n", "! " RESOLVE_NONE "\n");
	assert_false(members_user(w->members, 1000));	/* now it is known to be gone */
	expect(w, "g ann\n", "= 7\n");
	elapse(w->loop, 1);
	assert_true(members_group(w->members, 7));
	assert_int_equal(w->lines, 2);
	assert_string_equal(w->line, "control: not on this host: user ann");
	apply(w, "ann", "ann");
	expect(w, "u ann\n", "! " RESOLVE_NONE "\n");
	expect(w, "g ann\n", "= 7\n");
	elapse(w->loop, 1);
	assert_int_equal(w->lines, 2);			/* a reload tells it not again */
}

static void
another_list_may_come_before_the_answer(void **state)
{
	struct world	*w = *state;

	apply(w, "ann", NULL);
	loop_once(w->loop, 0);
	apply(w, "bob", NULL);
	expect(w, "u bob\n", "= 1001\n");
	assert_true(members_user(w->members, 1001));
	apply(w, "eve", NULL);				/* and so may the end */
	loop_once(w->loop, 0);
}

int
main(void)
{
#define TEST(t)	cmocka_unit_test_setup_teardown(t, setup, teardown)
	const struct CMUnitTest	tests[] = {
		TEST(names_become_numbers), TEST(who_was_known_stays_so_meanwhile),
		TEST(another_list_may_come_before_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
