/* Kept values on virtual time, with a disk that does as it is told. */
#include <stdio.h>

#include "core/kept.h"
#include "core/loop.h"
#include "test/unit/unit.h"

struct write {
	uint64_t	 id;
	char		*key, *text;
};

struct world {
	struct loop	*loop;
	struct kept	*kept;
	struct write	 writes[64];
	size_t		 nwrites;
	unsigned	 done;
	enum result	 result;
	char		 detail[80];
};

static void
on_write(void *arg, uint64_t id, const char *key, const char *text)
{
	struct world	*w = arg;

	w->writes[w->nwrites++] = (struct write){ id, xstrdup(key), text == NULL ? NULL : xstrdup(text) };
}

static void
on_done(enum result result, const char *detail, void *arg)
{
	struct world	*w = arg;

	w->done++;
	w->result = result;
	snprintf(w->detail, sizeof(w->detail), "%s", detail == NULL ? "" : detail);
}

static int
setup(void **state)
{
	struct world	*w = xcalloc(1, sizeof(*w));

	w->loop = loop_new_virtual();
	w->kept = kept_new(w->loop);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world	*w = *state;

	kept_free(w->kept);
	loop_free(w->loop);
	while (w->nwrites-- > 0) {
		free(w->writes[w->nwrites].key);
		free(w->writes[w->nwrites].text);
	}
	free(w);
	return 0;
}

static void
put(struct world *w, const char *key, const char *text)
{
	unsigned	 before = w->done;

	kept_put(w->kept, key, text, on_done, w);
	assert_int_equal(w->done, before);	/* never before it has returned */
}

static void
assert_kept(const struct world *w, const char *key, const char *text)
{
	const char	*now = kept_get(w->kept, key);

	if (text == NULL)
		assert_null(now);
	else
		assert_string_equal(now, text);
}

static void
a_value_is_known_once_it_is_safe(void **state)
{
	struct world	*w = *state;

	put(w, "a", "early");
	loop_run(w->loop);
	assert_int_equal(w->result, R_GONE);	/* nobody is there yet */
	assert_non_null(kept_unable(w->kept));
	kept_load(w->kept, "b", "old");
	kept_loaded(w->kept, on_write, w);
	assert_true(kept_unable(w->kept) == NULL && kept_complete(w->kept));
	assert_int_equal(w->nwrites, 0);
	put(w, "b", "new");
	assert_string_equal(w->writes[0].text, "new");
	assert_kept(w, "b", "old");
	kept_written(w->kept, w->writes[0].id, NULL);
	assert_kept(w, "b", "new");
	loop_run(w->loop);
	assert_int_equal(w->done, 2);
	assert_int_equal(w->result, R_DONE);
	put(w, "b", NULL);
	kept_written(w->kept, w->writes[1].id, NULL);
	loop_run(w->loop);
	assert_kept(w, "b", NULL);
	assert_int_equal(w->done, 3);
}

static void
a_full_disk_changes_nothing(void **state)
{
	struct world	*w = *state;

	kept_load(w->kept, "a", "old");
	kept_loaded(w->kept, on_write, w);
	put(w, "a", "new");
	kept_written(w->kept, w->writes[0].id, "database or disk is full");
	loop_run(w->loop);
	assert_int_equal(w->result, R_FAILED);
	assert_string_equal(w->detail, "database or disk is full");
	assert_kept(w, "a", "old");
	kept_disk(w->kept, "it is full");
	assert_non_null(kept_unable(w->kept));
	put(w, "a", "new");
	loop_run(w->loop);
	assert_int_equal(w->nwrites, 1);	/* known to be in vain */
	assert_int_equal(w->result, R_FAILED);
	kept_disk(w->kept, NULL);
	assert_null(kept_unable(w->kept));
}

/* What was called a failure must not turn up after a restart. */
static void
a_late_write_is_taken_back(void **state)
{
	struct world	*w = *state;
	int64_t		 began = loop_now(w->loop);

	kept_load(w->kept, "a", "old");
	kept_loaded(w->kept, on_write, w);
	put(w, "a", "new");
	put(w, "fresh", "x");
	loop_run(w->loop);
	assert_int_equal(w->done, 2);
	assert_int_equal(w->result, R_FAILED);
	assert_int_equal(loop_now(w->loop) - began, KEPT_WAIT_MS);
	kept_written(w->kept, w->writes[0].id, NULL);
	kept_written(w->kept, w->writes[1].id, NULL);
	assert_int_equal(w->nwrites, 4);
	assert_string_equal(w->writes[2].key, "a");
	assert_string_equal(w->writes[2].text, "old");
	assert_string_equal(w->writes[3].key, "fresh");
	assert_null(w->writes[3].text);
	kept_written(w->kept, w->writes[2].id, NULL);
	kept_written(w->kept, w->writes[3].id, NULL);
	assert_kept(w, "a", "old");
	assert_kept(w, "fresh", NULL);
	assert_int_equal(w->nwrites, 4);
	loop_run(w->loop);
	assert_int_equal(w->done, 2);
}

static void
a_later_write_settles_a_late_one(void **state)
{
	struct world	*w = *state;

	kept_loaded(w->kept, on_write, w);
	put(w, "a", "first");
	loop_run(w->loop);
	assert_int_equal(w->result, R_FAILED);
	put(w, "a", "second");
	kept_written(w->kept, w->writes[0].id, NULL);
	assert_int_equal(w->nwrites, 2);
	kept_written(w->kept, w->writes[1].id, NULL);
	assert_kept(w, "a", "second");
	loop_run(w->loop);
	assert_int_equal(w->result, R_DONE);
}

static void
what_is_dropped_stays_away(void **state)
{
	struct world	*w = *state;

	kept_load(w->kept, "a", "1");
	kept_loaded(w->kept, on_write, w);
	/* A write that was on its way does not bring it back. */
	put(w, "a", "2");
	kept_drop(w->kept, "a", NULL, NULL);
	kept_written(w->kept, w->writes[0].id, NULL);
	assert_kept(w, "a", NULL);
	/* The disk is full: once it takes writes again, it is asked again. */
	kept_written(w->kept, w->writes[1].id, "full");
	kept_disk(w->kept, "full");
	kept_drop(w->kept, "b", on_done, w);
	loop_run(w->loop);
	assert_int_equal(w->result, R_FAILED);
	assert_int_equal(w->nwrites, 2);
	kept_disk(w->kept, NULL);
	assert_int_equal(w->nwrites, 4);
	assert_string_equal(w->writes[2].key, "a");
	assert_null(w->writes[2].text);
	assert_string_equal(w->writes[3].key, "b");
	kept_written(w->kept, w->writes[2].id, NULL);
	kept_written(w->kept, w->writes[3].id, NULL);
	kept_disk(w->kept, NULL);
	assert_int_equal(w->nwrites, 4);
}

static void
a_keeper_that_comes_back_is_brought_in_line(void **state)
{
	struct world	*w = *state;

	kept_load(w->kept, "a", "1");
	kept_load(w->kept, "b", "2");
	kept_load(w->kept, "c", "3");
	kept_loaded(w->kept, on_write, w);
	put(w, "a", "never answered");
	kept_lost(w->kept);
	loop_run(w->loop);
	assert_int_equal(w->result, R_GONE);
	put(w, "a", "nobody is there");
	loop_run(w->loop);
	assert_int_equal(w->result, R_GONE);
	assert_kept(w, "a", "1");
	/* It wrote one, lost one, and has one of which nobody knows. */
	kept_load(w->kept, "a", "never answered");
	kept_load(w->kept, "b", "2");
	kept_load(w->kept, "z", "whence");
	kept_loaded(w->kept, on_write, w);
	assert_int_equal(w->nwrites, 4);
	assert_string_equal(w->writes[1].key, "a");
	assert_string_equal(w->writes[1].text, "1");
	assert_string_equal(w->writes[2].key, "c");
	assert_string_equal(w->writes[2].text, "3");
	assert_string_equal(w->writes[3].key, "z");
	assert_null(w->writes[3].text);
	assert_kept(w, "z", NULL);
}

static void
keys_are_found_by_their_beginning(void **state)
{
	struct world	*w = *state;
	const char	*key;

	kept_load(w->kept, "ups10/.x", "");
	kept_load(w->kept, "ups1/.b", "");
	kept_load(w->kept, "ups1/.a", "");
	kept_load(w->kept, "ups2/.a", "");
	kept_loaded(w->kept, on_write, w);
	key = kept_next(w->kept, "ups1/", NULL);
	assert_string_equal(key, "ups1/.a");
	key = kept_next(w->kept, "ups1/", key);
	assert_string_equal(key, "ups1/.b");
	assert_null(kept_next(w->kept, "ups1/", key));
	assert_null(kept_next(w->kept, "ups3/", NULL));
}

static void
waiting_writes_are_bounded(void **state)
{
	struct world	*w = *state;
	unsigned	 i;

	kept_loaded(w->kept, on_write, w);
	for (i = 0; i < KEPT_WAITING; i++) {
		w->nwrites = 0;
		kept_put(w->kept, "a", NULL, NULL, NULL);
		free(w->writes[0].key);
	}
	w->nwrites = 0;
	assert_non_null(kept_unable(w->kept));
	put(w, "a", "x");
	loop_run(w->loop);
	assert_int_equal(w->result, R_BUSY);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(a_value_is_known_once_it_is_safe, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_late_write_is_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(a_later_write_settles_a_late_one, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_dropped_stays_away, setup, teardown),
		cmocka_unit_test_setup_teardown(a_keeper_that_comes_back_is_brought_in_line, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_are_found_by_their_beginning, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting_writes_are_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
