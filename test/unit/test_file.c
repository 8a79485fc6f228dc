#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/file.h"
#include "core/mem.h"

/* A file in a folder of its own, and what its owner was told. */
struct watched {
	struct loop	*loop;
	struct file	*file;
	char		 folder[64], path[128];
	unsigned	 told;
	bool		 up;
	char		 why[256];
};

static const struct driver driver = { .name = "sim", .wire = WIRE_FILE };

static void
changed(void *arg, bool up, const char *why)
{
	struct watched	*w = arg;

	w->told++;
	w->up = up;
	snprintf(w->why, sizeof w->why, "%s", why == NULL ? "" : why);
}

static void
write_to(const char *path, const char *text)
{
	FILE	*f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Turns the loop until the owner was told something; a lost event fails by the deadline. */
static void
wait_told(struct watched *w)
{
	unsigned	before = w->told;
	int64_t		until = loop_now_us(w->loop) + 5000000;

	while (w->told == before) {
		if (loop_now_us(w->loop) > until)
			fail_msg("nothing was told of %s", w->path);
		loop_once(w->loop, 100);
	}
}

static void
wait_content(struct watched *w, const char *text)
{
	const char	*why;
	size_t		 len;

	wait_told(w);
	assert_true(w->up);
	assert_string_equal(file_text(w->file, &len, &why), text);
	assert_int_equal(len, strlen(text));
}

static void
wait_down(struct watched *w, const char *reason)
{
	const char	*why;
	size_t		 len;

	wait_told(w);
	assert_false(w->up);
	assert_null(file_text(w->file, &len, &why));
	assert_string_equal(why, w->why);
	assert_non_null(strstr(why, reason));
}

static struct file *
watch(struct watched *w, const char *path)
{
	struct device_settings	 settings = { .port = (char *)path };
	char			*why = NULL;

	return file_wire.open(w->loop, &settings, &driver, changed, w, &why);
}

static int
setup(void **state)
{
	struct watched	*w = xcalloc(1, sizeof *w);

	strcpy(w->folder, "/tmp/busbar-file-XXXXXX");
	if (mkdtemp(w->folder) == NULL)
		return -1;
	snprintf(w->path, sizeof w->path, "%s/ups.dev", w->folder);
	w->loop = loop_new();
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct watched	*w = *state;
	char		 command[128];

	if (w->file != NULL)
		file_wire.close(w->file);
	loop_free(w->loop);
	snprintf(command, sizeof command, "rm -rf '%s'", w->folder);
	free(w);
	return system(command);
}

static void
begin(struct watched *w, const char *text)
{
	write_to(w->path, text);
	w->file = watch(w, w->path);
	assert_non_null(w->file);
	assert_int_equal(w->told, 0);
	wait_content(w, text);
}

static void
written(void **state)
{
	struct watched	*w = *state;
	uint64_t	 version;

	begin(w, "a: 1\n");
	version = file_version(w->file);
	write_to(w->path, "a: 2\n");
	wait_content(w, "a: 2\n");
	assert_true(file_version(w->file) != version);
}

static void
half_written_is_not_shown(void **state)
{
	struct watched	*w = *state;
	FILE		*f;

	begin(w, "a: 1\n");
	f = fopen(w->path, "w");
	loop_once(w->loop, 0);
	fputs("a: 2\n", f);
	fflush(f);
	loop_once(w->loop, 0);
	fputs("b: 2\n", f);
	fclose(f);
	wait_content(w, "a: 2\nb: 2\n");
	assert_int_equal(w->told, 2);
}

static void
left_open(void **state)
{
	struct watched	*w = *state;
	FILE		*f;

	begin(w, "a: 1\n");
	f = fopen(w->path, "a");
	fputs("b: 2\n", f);
	fflush(f);
	wait_content(w, "a: 1\nb: 2\n");
	fclose(f);
}

static void
replaced(void **state)
{
	struct watched	*w = *state;
	char		 other[128];

	begin(w, "a: 1\n");
	snprintf(other, sizeof other, "%s/new", w->folder);
	write_to(other, "a: 3\n");
	assert_int_equal(rename(other, w->path), 0);
	wait_content(w, "a: 3\n");
}

static void
gone_and_back(void **state)
{
	struct watched	*w = *state;

	begin(w, "a: 1\n");
	unlink(w->path);
	wait_down(w, "ups.dev: No such file or directory");
	write_to(w->path, "a: 1\n");
	wait_content(w, "a: 1\n");
}

static void
folder_comes_later(void **state)
{
	struct watched	*w = *state;
	char		 folder[128], deeper[160], path[192], aside[128];

	snprintf(folder, sizeof folder, "%s/a", w->folder);
	snprintf(aside, sizeof aside, "%s/b", w->folder);
	snprintf(deeper, sizeof deeper, "%s/b", folder);
	snprintf(path, sizeof path, "%s/ups.dev", deeper);
	w->file = watch(w, path);
	wait_down(w, "No such file");
	mkdir(folder, 0700);
	loop_once(w->loop, 0);
	mkdir(deeper, 0700);
	write_to(path, "a: 1\n");
	wait_content(w, "a: 1\n");
	rename(deeper, aside);
	wait_down(w, "No such file");
	rename(aside, deeper);
	wait_content(w, "a: 1\n");
}

static void
behind_a_link(void **state)
{
	struct watched	*w = *state;
	char		 folder[128], target[160];

	snprintf(folder, sizeof folder, "%s/far", w->folder);
	snprintf(target, sizeof target, "%s/target", folder);
	mkdir(folder, 0700);
	write_to(target, "a: 1\n");
	assert_int_equal(symlink(target, w->path), 0);
	w->file = watch(w, w->path);
	wait_content(w, "a: 1\n");
	write_to(target, "a: 2\n");
	wait_content(w, "a: 2\n");
}

static void
not_a_file_of_ours(void **state)
{
	struct watched	*w = *state;

	assert_int_equal(mkfifo(w->path, 0600), 0);
	w->file = watch(w, w->path);
	wait_down(w, "not a regular file");
	unlink(w->path);
	write_to(w->path, "");
	assert_int_equal(truncate(w->path, FILE_MAX_SIZE + 1), 0);
	wait_down(w, "larger than 1024 KiB");
}

/* Files in one folder share the kernel's watch; closing one leaves the other its own. */
static void
neighbours(void **state)
{
	struct watched	*w = *state, other = { .loop = w->loop };

	begin(w, "a: 1\n");
	snprintf(other.path, sizeof other.path, "%s/other", w->folder);
	write_to(other.path, "b: 1\n");
	other.file = watch(&other, other.path);
	wait_content(&other, "b: 1\n");
	write_to(other.path, "b: 2\n");
	wait_content(&other, "b: 2\n");
	assert_int_equal(w->told, 1);
	file_wire.close(other.file);
	write_to(w->path, "a: 2\n");
	wait_content(w, "a: 2\n");
}

static void
no_port(void **state)
{
	struct watched		*w = *state;
	struct device_settings	 settings = { .port = NULL };
	char			*why = NULL;

	assert_null(file_wire.open(w->loop, &settings, &driver, changed, w, &why));
	assert_string_equal(why, "sim wants the path of a file as its port");
	free(why);
}

#define file_test(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		file_test(written),
		file_test(half_written_is_not_shown),
		file_test(left_open),
		file_test(replaced),
		file_test(gone_and_back),
		file_test(folder_comes_later),
		file_test(behind_a_link),
		file_test(not_a_file_of_ours),
		file_test(neighbours),
		file_test(no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
