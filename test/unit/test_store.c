/* The store role beside its engine, on a real file. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/log.h"
#include "core/publisher.h"
#include "store/database.h"
#include "test/unit/unit.h"

struct world {
	struct loop	*loop;
	struct settings	 settings;
	struct publish	 publish;
	void		*state;
	char		 folder[40];
	struct buf	 said, log;
	uint64_t	 safe;		/* the last event that was acknowledged */
};

static void
on_ack(void *arg, uint64_t serial)
{
	((struct world *)arg)->safe = serial;
}

static void
on_say(void *arg, const char *word, const char *text)
{
	struct world	*w = arg;

	buf_printf(&w->said, "%s %s\n", word, text);
}

static void
on_log(enum log_level level, const char *line, void *arg)
{
	struct world	*w = arg;

	buf_printf(&w->log, "%d %s\n", (int)level, line);
}

static void
run(struct world *w)
{
	buf_clear(&w->said);
	loop_once(w->loop, 0);
	loop_once(w->loop, 0);
}

static void
begin(struct world *w)
{
	w->state = store_publisher.start(&w->publish);
	run(w);
}

static void
end(struct world *w)
{
	store_publisher.stop(w->state);
	w->state = NULL;
}

static int
setup(void **state)
{
	struct world	*w = xcalloc(1, sizeof(*w));

	strcpy(w->folder, "/tmp/busbar-store-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	w->loop = loop_new();
	w->settings.state_dir = w->folder;
	w->publish = (struct publish){ .loop = w->loop, .settings = &w->settings, .say = on_say, .say_arg = w,
	    .ack = on_ack, .ack_arg = w };
	w->settings.journal.events = 100000;
	log_to(on_log, w);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;
	char		*remove = xasprintf("rm -rf %s", w->folder);

	if (w->state != NULL)
		end(w);
	log_to(NULL, NULL);
	assert_int_equal(system(remove), 0);
	free(remove);
	loop_free(w->loop);
	buf_free(&w->said);
	buf_free(&w->log);
	free(w);
	return 0;
}

static char *
file(const struct world *w, const char *end)
{
	return xasprintf("%s/busbar.db%s", w->folder, end);
}

static bool
logged(struct world *w, const char *what)
{
	return strstr(buf_text(&w->log), what) != NULL;
}

/* Whoever was told numbers of a file that is lost hears none of them again. */
static bool
loaded_beyond(struct world *w)
{
	return strncmp(buf_text(&w->said), "loaded 1", 8) == 0 && strtoull(buf_text(&w->said) + 7, NULL, 10) > 1000000000;
}

static void
values_come_back(void **state)
{
	struct world	*w = *state;

	begin(w);
	assert_string_equal(buf_text(&w->said), "loaded 0\n");
	store_publisher.hear(w->state, "keep", "1 ups1/.ident.name two words\\nand \\\\ lines");
	store_publisher.hear(w->state, "keep", "2 ups1/.attached x");
	store_publisher.hear(w->state, "forget", "3 ups1/.attached");
	store_publisher.hear(w->state, "keep", "4 odd");		/* no sense: no answer */
	assert_string_equal(buf_text(&w->said), "loaded 0\n");	/* nothing from within */
	run(w);
	assert_string_equal(buf_text(&w->said), "safe 1\nsafe 2\nsafe 3\n");
	end(w);
	begin(w);
	assert_string_equal(buf_text(&w->said),
	    "kept ups1/.ident.name two words\\nand \\\\ lines\nloaded 0\n");
}

static void
a_damaged_file_is_moved_aside(void **state)
{
	struct world	*w = *state;
	char		*path = file(w, "");
	char		 noise[8192];
	int		 fd;

	begin(w);
	store_publisher.hear(w->state, "keep", "1 a b");
	run(w);
	end(w);
	memset(noise, 0x5a, sizeof(noise));
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), 0), sizeof(noise));
	close(fd);
	begin(w);
	assert_true(loaded_beyond(w));
	assert_true(logged(w, "THE DATABASE WAS DAMAGED"));
	assert_true(logged(w, "busbar.db.damaged-"));
	store_publisher.hear(w->state, "keep", "2 a c");
	run(w);
	assert_string_equal(buf_text(&w->said), "safe 2\n");
	free(path);
}

/* As a file system may leave it after a power cut. */
static void
a_file_without_a_byte_is_no_fresh_start(void **state)
{
	struct world	*w = *state;
	char		*path = file(w, ""), *log = file(w, "-wal");
	int		 fd;

	begin(w);
	assert_int_equal(w->log.len, 0);	/* the first one of all is no loss */
	end(w);
	assert_int_equal(truncate(path, 0), 0);
	begin(w);
	assert_true(loaded_beyond(w));
	assert_true(logged(w, "0 store: THE DATABASE WAS DAMAGED"));
	end(w);
	buf_clear(&w->log);
	assert_int_equal(unlink(path), 0);		/* and its log alone is none either */
	fd = open(log, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "log", 3), 3);
	close(fd);
	begin(w);
	assert_true(loaded_beyond(w));
	assert_true(logged(w, "0 store: THE DATABASE WAS DAMAGED"));
	free(path);
	free(log);
}

/* What a kill leaves of the very first start is not taken for the database. */
static void
a_first_start_that_broke_off_leaves_nothing(void **state)
{
	struct world	*w = *state;
	char		*new = file(w, ".new");
	int		 fd = open(new, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	begin(w);
	assert_string_equal(buf_text(&w->said), "loaded 0\n");
	assert_int_equal(w->log.len, 0);
	assert_int_equal(access(new, F_OK), -1);
	free(new);
}

static void
what_cannot_be_moved_aside_stays(void **state)
{
	struct world	*w = *state;
	char		*path = file(w, ""), *in_the_way;
	struct stat	 st;
	int		 fd, i;

	begin(w);
	end(w);
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, "no database", 11), 11);
	close(fd);
	for (i = 0; i < 20; i++) {
		in_the_way = xasprintf("%s.damaged-%lld", path, (long long)time(NULL) + i);
		assert_int_equal(mkdir(in_the_way, 0700), 0);
		free(in_the_way);
	}
	begin(w);
	assert_non_null(strstr(buf_text(&w->said), "trouble "));
	assert_true(logged(w, "it is damaged, and cannot be moved aside: "));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 11);
	store_publisher.hear(w->state, "keep", "1 a b");
	run(w);
	assert_non_null(strstr(buf_text(&w->said), "unsafe 1 "));
	free(path);
}

/* As busbar 0.1 made it. */
static void
make_first_version(const struct world *w)
{
	char	*path = file(w, "");
	sqlite3	*db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL; "
	    "CREATE TABLE kept (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID; "
	    "INSERT INTO kept VALUES ('ups1/.ident.name', 'old'); PRAGMA user_version = 1", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	free(path);
}

static void
the_first_version_is_upgraded(void **state)
{
	struct world	*w = *state;

	make_first_version(w);
	begin(w);
	assert_string_equal(buf_text(&w->said), "kept ups1/.ident.name old\nloaded 0\n");
	store_publisher.hear(w->state, "keep", "1 ups1/.attached x");
	run(w);
	assert_string_equal(buf_text(&w->said), "safe 1\n");
	end(w);
	begin(w);
	assert_string_equal(buf_text(&w->said), "kept ups1/.attached x\nkept ups1/.ident.name old\nloaded 0\n");
	assert_int_equal(w->log.len, 0);
}

/* A page in the middle, which no look at the first page finds. */
static void
damage_further_in_is_found(void **state)
{
	struct world	*w = *state;
	char		*path = file(w, ""), line[600], noise[4096];
	struct stat	 st;
	int		 fd, i;

	begin(w);
	memset(noise, 'x', 500);
	noise[500] = '\0';
	for (i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "%d key%03d %.500s", i, i, noise);
		store_publisher.hear(w->state, "keep", line);
	}
	run(w);
	end(w);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 10 * 4096);
	memset(noise, 0x5a, sizeof(noise));
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, noise, sizeof(noise), 5 * 4096), sizeof(noise));
	close(fd);
	begin(w);
	assert_true(loaded_beyond(w));
	assert_true(logged(w, "THE DATABASE WAS DAMAGED"));
	free(path);
}

static void
a_newer_file_is_left_alone(void **state)
{
	struct world	*w = *state;
	struct database	*db;
	char		*path = file(w, ""), *moved, *why;
	char		 bytes[4] = { 0, 0, 0, 99 };
	int		 fd;

	db = database_open(w->folder, &moved, &why);
	assert_non_null(db);
	database_close(db);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, bytes, 4, 60), 4);	/* user_version, by SQLite's file format 1.3 */
	close(fd);
	begin(w);
	assert_non_null(strstr(buf_text(&w->said), "trouble "));
	assert_null(strstr(buf_text(&w->said), "loaded"));
	assert_true(logged(w, "a newer busbar made it"));
	assert_int_equal(access(path, F_OK), 0);
	store_publisher.hear(w->state, "keep", "1 a b");
	run(w);
	assert_non_null(strstr(buf_text(&w->said), "unsafe 1 "));
	free(path);
}

/* The limit of a process stands for a disk that takes no more. */
static void
set_limit(rlim_t bytes)
{
	struct rlimit	 limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_full_disk_is_told_and_got_over(void **state)
{
	struct world	*w = *state;
	int		 i;

	signal(SIGXFSZ, SIG_IGN);
	begin(w);
	store_publisher.hear(w->state, "keep", "1 a acknowledged");
	run(w);
	assert_string_equal(buf_text(&w->said), "safe 1\n");
	set_limit(1);
	store_publisher.hear(w->state, "keep", "2 a lost");
	run(w);
	set_limit(RLIM_INFINITY);
	assert_non_null(strstr(buf_text(&w->said), "unsafe 2 "));
	assert_non_null(strstr(buf_text(&w->said), "trouble "));
	assert_true(logged(w, "0 store: nothing can be kept"));
	buf_clear(&w->said);
	for (i = 0; i < 40 && strstr(buf_text(&w->said), "trouble") == NULL; i++)
		loop_once(w->loop, 100);
	assert_string_equal(buf_text(&w->said), "trouble \n");
	assert_true(logged(w, "2 store: values are kept again"));
	store_publisher.hear(w->state, "keep", "3 b more");
	run(w);
	assert_string_equal(buf_text(&w->said), "safe 3\n");
	end(w);
	begin(w);
	assert_string_equal(buf_text(&w->said), "kept a acknowledged\nkept b more\nloaded 0\n");
}

/* As core/event.h writes it; notified or not. */
static void
happen(struct world *w, unsigned serial, const char *line)
{
	store_publisher.event(w->state, serial, line);
}

static void
events_come_back(void **state)
{
	struct world	*w = *state;

	begin(w);
	happen(w, 1, "0 1000 device-up ups1 ups1/told =fresh\\sown state fresh");
	happen(w, 2, "1 2000 alarm-added UPS2   alarm 8 text two\\swords");
	happen(w, 3, "0 3000 device-stale ups1  ");
	assert_int_equal(w->safe, 0);
	run(w);
	assert_int_equal(w->safe, 3);
	store_publisher.hear(w->state, "query", "7 0 0 10 ");
	store_publisher.hear(w->state, "query", "8 1 0 10 UPS1");
	store_publisher.hear(w->state, "query", "9 0 2000 1 ");
	run(w);
	assert_string_equal(buf_text(&w->said),
	    "row 7 1 1000 device-up ups1 state fresh\n"
	    "row 7 2 2000 alarm-added UPS2 alarm 8 text two\\swords\n"
	    "row 7 3 3000 device-stale ups1 \nrows 7 0\n"
	    "row 8 3 3000 device-stale ups1 \nrows 8 0\n"
	    "row 9 2 2000 alarm-added UPS2 alarm 8 text two\\swords\nrows 9 0\n");
	end(w);
	begin(w);
	assert_string_equal(buf_text(&w->said), "kept ups1/told fresh own\n"
	    "unsent 2 1 2000 alarm-added UPS2   alarm 8 text two\\swords\nloaded 3\n");
	store_publisher.hear(w->state, "sent", "2");
	run(w);
	end(w);
	begin(w);
	assert_string_equal(buf_text(&w->said), "kept ups1/told fresh own\nloaded 3\n");
}

static void
the_oldest_events_go(void **state)
{
	struct world	*w = *state;
	unsigned	 i;

	w->settings.journal = (struct journal_settings){ .events = 1000, .days = 0 };
	begin(w);
	happen(w, 1, "1 1000 alarm-added ups1   alarm 8");
	for (i = 2; i <= 2000; i++)
		happen(w, i, "0 1000 device-up ups1   state fresh");
	run(w);
	assert_int_equal(w->safe, 2000);
	store_publisher.hear(w->state, "query", "1 0 0 5 ");
	run(w);
	/* The notification that nobody has yet stays. */
	assert_non_null(strstr(buf_text(&w->said), "row 1 1 1000 alarm-added"));
	assert_non_null(strstr(buf_text(&w->said), "row 1 1001 1000 device-up"));
	assert_non_null(strstr(buf_text(&w->said), "rows 1 999\n"));
}

static void
events_wait_for_the_disk(void **state)
{
	struct world	*w = *state;
	int		 i;

	signal(SIGXFSZ, SIG_IGN);
	begin(w);
	set_limit(1);
	happen(w, 1, "0 1000 device-up ups1   state fresh");
	run(w);
	happen(w, 2, "0 1000 device-stale ups1   state stale");
	run(w);
	set_limit(RLIM_INFINITY);
	assert_int_equal(w->safe, 0);
	for (i = 0; i < 40 && w->safe == 0; i++)
		loop_once(w->loop, 100);
	assert_int_equal(w->safe, 2);
}

/* Whether there is an upgrade to be written or not: nothing is lost, and nothing is taken for damage. */
static void
a_disk_that_is_full_from_the_start(void **state)
{
	struct world	*w = *state;
	bool		 kept, loaded;
	int		 i;

	signal(SIGXFSZ, SIG_IGN);
	make_first_version(w);
	set_limit(1);
	begin(w);
	kept = strstr(buf_text(&w->said), "kept ups1/.ident.name old\nloaded 0\n") != NULL;
	store_publisher.hear(w->state, "keep", "1 a b");
	run(w);
	set_limit(RLIM_INFINITY);
	assert_non_null(strstr(buf_text(&w->said), "unsafe 1 "));
	assert_true(logged(w, "0 store: nothing can be kept"));
	assert_false(logged(w, "DAMAGED"));
	buf_clear(&w->said);
	for (i = 0; i < 40 && strstr(buf_text(&w->said), "trouble \n") == NULL; i++)
		loop_once(w->loop, 100);
	loaded = strstr(buf_text(&w->said), "kept ups1/.ident.name old\nloaded 0\n") != NULL;
	assert_true(kept != loaded);
	store_publisher.hear(w->state, "keep", "2 a b");
	run(w);
	assert_string_equal(buf_text(&w->said), "safe 2\n");
}

static void
no_folder_is_trouble(void **state)
{
	struct world	*w = *state;

	w->settings.state_dir = xstrdup("/proc/busbar-cannot-be");
	begin(w);
	assert_non_null(strstr(buf_text(&w->said), "trouble /proc/busbar-cannot-be: "));
	end(w);
	free(w->settings.state_dir);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(values_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_moved_aside, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_further_in_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_newer_file_is_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_is_told_and_got_over, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_without_a_byte_is_no_fresh_start, setup, teardown),
		cmocka_unit_test_setup_teardown(a_first_start_that_broke_off_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_moved_aside_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(the_first_version_is_upgraded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_disk_that_is_full_from_the_start, setup, teardown),
		cmocka_unit_test_setup_teardown(events_come_back, setup, teardown),
		cmocka_unit_test_setup_teardown(the_oldest_events_go, setup, teardown),
		cmocka_unit_test_setup_teardown(events_wait_for_the_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(no_folder_is_trouble, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
