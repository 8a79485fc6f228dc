#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/log.h"
#include "core/mem.h"
#include "daemon/index-file.h"

/* STATE_DIR/indexes: written by a child, whatever the disk says. */

struct fixture {
	struct loop	*loop;
	char		 folder[40], *path;
	struct buf	 log;
};

static void
keep_log(enum log_level level, const char *line, void *arg)
{
	struct fixture	*f = arg;

	buf_printf(&f->log, "%d %s\n", (int)level, line);
}

static int
setup(void **state)
{
	struct fixture	*f = xcalloc(1, sizeof(*f));

	f->loop = loop_new_virtual();
	strcpy(f->folder, "/tmp/busbar-indexes-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	strcat(f->folder, "/state");
	f->path = xasprintf("%s/indexes", f->folder);
	log_to(keep_log, f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture	*f = *state;

	log_to(NULL, NULL);
	chmod(f->folder, 0700);
	rmdir(f->path);
	unlink(f->path);
	rmdir(f->folder);
	unlink(f->folder);
	*strrchr(f->folder, '/') = '\0';
	rmdir(f->folder);
	loop_free(f->loop);
	buf_free(&f->log);
	free(f->path);
	free(f);
	return 0;
}

/* One turn of the loop, and the end of the child that it began. */
static void
turn(struct fixture *f, struct index_file *file)
{
	int	 status;
	pid_t	 pid;

	loop_once(f->loop, 0);
	while ((pid = waitpid(-1, &status, 0)) > 0)
		assert_true(index_file_ended(file, pid, status));
}

static const char *
content(struct fixture *f, char room[300])
{
	FILE	*in = fopen(f->path, "r");

	if (in == NULL)
		return "none";
	room[fread(room, 1, 299, in)] = '\0';
	fclose(in);
	return strchr(room, '\n') + 1;
}

static void
put(struct fixture *f, const char *text)
{
	FILE	*out;

	mkdir(f->folder, 0700);
	assert_non_null(out = fopen(f->path, "w"));
	fputs(text, out);
	fclose(out);
}

static size_t
told(struct fixture *f, const char *text)
{
	const char	*at = buf_text(&f->log);
	size_t		 n = 0;

	while ((at = strstr(at, text)) != NULL) {
		n++;
		at++;
	}
	return n;
}

static void
test_written(void **state)
{
	struct fixture		*f = *state;
	struct index_file	*file = index_file_new(f->loop, f->folder);
	char			 room[300];

	assert_int_equal(indexes_of(index_file_indexes(file), "a"), 1);
	assert_int_equal(indexes_of(index_file_indexes(file), "b"), 2);
	assert_string_equal(content(f, room), "none");		/* nobody waits for the disk */
	turn(f, file);
	assert_string_equal(content(f, room), "device 1 a\ndevice 2 b\nnext 3\n");
	assert_int_equal(indexes_of(index_file_indexes(file), "c"), 3);
	index_file_free(file);					/* what is new is written at the end */
	assert_string_equal(content(f, room), "device 1 a\ndevice 2 b\ndevice 3 c\nnext 4\n");
	file = index_file_new(f->loop, f->folder);
	assert_int_equal(indexes_of(index_file_indexes(file), "c"), 3);
	index_file_free(file);
	assert_int_equal(f->log.len, 0);
}

/* What changes while a child writes is written by the next. */
static void
test_changed_meanwhile(void **state)
{
	struct fixture		*f = *state;
	struct index_file	*file = index_file_new(f->loop, f->folder);
	char			 room[300];

	indexes_of(index_file_indexes(file), "a");
	loop_once(f->loop, 0);
	indexes_of(index_file_indexes(file), "b");
	loop_once(f->loop, 0);
	turn(f, file);
	assert_string_equal(content(f, room), "device 1 a\ndevice 2 b\nnext 3\n");
	assert_false(index_file_ended(file, getpid(), 0));	/* somebody else's */
	assert_false(index_file_ended(file, 0, 0));
	index_file_free(file);
}

static void
test_unwritable(void **state)
{
	struct fixture		*f = *state;
	struct index_file	*file;
	char			 room[300];
	FILE			*in_the_way = fopen(f->folder, "w");

	fclose(in_the_way);
	file = index_file_new(f->loop, f->folder);
	assert_int_equal(indexes_of(index_file_indexes(file), "a"), 1);
	turn(f, file);
	assert_int_equal(told(f, "indexes cannot be written: Not a directory"), 1);
	assert_int_equal(indexes_of(index_file_indexes(file), "b"), 2);
	turn(f, file);
	assert_int_equal(told(f, "cannot be written"), 1);
	unlink(f->folder);
	assert_int_equal(indexes_of(index_file_indexes(file), "c"), 3);
	turn(f, file);
	assert_int_equal(told(f, "is written again"), 1);
	assert_string_equal(content(f, room), "device 1 a\ndevice 2 b\ndevice 3 c\nnext 4\n");
	index_file_free(file);
}

/* What cannot be read is not replaced. */
static void
test_unreadable(void **state)
{
	struct fixture		*f = *state;
	struct index_file	*file;
	struct stat		 is;

	mkdir(f->folder, 0700);
	mkdir(f->path, 0700);		/* reading fails with EISDIR */
	file = index_file_new(f->loop, f->folder);
	assert_int_equal(told(f, "cannot be read: Is a directory"), 1);
	assert_int_equal(indexes_of(index_file_indexes(file), "a"), 1);
	turn(f, file);
	index_file_free(file);
	assert_int_equal(stat(f->path, &is), 0);
	assert_true(S_ISDIR(is.st_mode));
}

static void
test_broken_line(void **state)
{
	struct fixture		*f = *state;
	struct index_file	*file;
	char			 room[300], *line;

	put(f, "device 1 a\ndevice b 2\n");
	file = index_file_new(f->loop, f->folder);
	line = xasprintf("0 indexes: %s:2: no \"device NUMBER NAME\"", f->path);
	assert_int_equal(told(f, line), 1);
	free(line);
	assert_int_equal(indexes_of(index_file_indexes(file), "b"), 3);
	index_file_free(file);
	assert_string_equal(content(f, room), "device 1 a\ndevice 3 b\nnext 4\ndevice b 2\n");
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		TEST(test_written), TEST(test_changed_meanwhile), TEST(test_unwritable), TEST(test_unreadable),
		TEST(test_broken_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
