/* Lines on standard error, and what becomes of them when nobody reads. */
#include <fcntl.h>
#include <unistd.h>

#include "core/log.h"
#include "test/unit/unit.h"

/* Standard error as a pipe, for the length of a test. */
struct pipe_end {
	int	 reader, saved;
};

static struct pipe_end
take_stderr(void)
{
	struct pipe_end	 end;
	int		 fds[2];

	assert_int_equal(pipe(fds), 0);
	end.saved = dup(STDERR_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	end.reader = fds[0];
	fcntl(end.reader, F_SETFL, O_NONBLOCK);
	return end;
}

static void
give_stderr_back(struct pipe_end end)
{
	dup2(end.saved, STDERR_FILENO);
	close(end.saved);
	close(end.reader);
}

/* All that is there, NUL-ended. */
static size_t
drain(int fd, char *room, size_t size)
{
	size_t	 len = 0;
	ssize_t	 n;

	while (len < size - 1 && (n = read(fd, room + len, size - 1 - len)) > 0)
		len += (size_t)n;
	room[len] = '\0';
	return len;
}

static void
a_line_is_printable(void **state)
{
	struct pipe_end	 end = take_stderr();
	char		 text[512];

	log_info("ups1", "says %s", "a\x1b[0m");
	drain(end.reader, text, sizeof(text));
	give_stderr_back(end);
	assert_non_null(strstr(text, " ups1: says a\\x1b[0m\n"));
}

static void
a_long_line_is_cut(void **state)
{
	struct pipe_end	 end = take_stderr();
	static char	 longest[5000], text[8192];
	size_t		 len;

	memset(longest, 'x', sizeof(longest) - 1);
	log_info("ups1", "%s", longest);
	len = drain(end.reader, text, sizeof(text));
	give_stderr_back(end);
	assert_in_range(len, 900, 1200);
	assert_int_equal(text[len - 1], '\n');
}

/* A reader who has stopped: this test would not end if a line waited for it. */
static void
no_reader_is_waited_for(void **state)
{
	struct pipe_end	 end = take_stderr();
	static char	 text[1 << 20];
	const char	*told;
	int		 i;

	for (i = 0; i < 20000; i++)
		log_info("ups1", "line %d", i);
	drain(end.reader, text, sizeof(text));
	assert_null(strstr(text, "lost"));
	assert_null(strstr(text, "line 19999"));
	log_info("ups1", "and on");
	drain(end.reader, text, sizeof(text));
	give_stderr_back(end);
	told = strstr(text, "lines lost, which nobody took\n");
	assert_non_null(told);
	assert_non_null(strstr(told, " ups1: and on\n"));
}

/* Nobody will ever read it: a line is no reason to end. */
static void
a_closed_descriptor_is_no_harm(void **state)
{
	int	 saved = dup(STDERR_FILENO);

	close(STDERR_FILENO);
	log_info("ups1", "to nobody");
	dup2(saved, STDERR_FILENO);
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(a_line_is_printable),
		cmocka_unit_test(a_long_line_is_cut),
		cmocka_unit_test(no_reader_is_waited_for),
		cmocka_unit_test(a_closed_descriptor_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
