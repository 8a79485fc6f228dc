/* When a forced shutdown may be cleared, second by second. */
#include <stdio.h>

#include "core/fsd.h"
#include "core/remarks.h"
#include "test/unit/unit.h"

#define CLEAR_MS	60000
#define HOSTSYNC_MS	15000

struct world {
	struct model	*model;
	struct device	*device;
	struct fsd	*fsd;
};

static struct world
world_new(void)
{
	struct world	 w = { .model = model_new(), .fsd = fsd_new() };

	w.device = model_add(w.model, "ups1");
	return w;
}

static void
world_free(struct world *w)
{
	fsd_free(w->fsd);
	model_free(w->model);
}

static bool
active_at(struct world *w, const char *status, int64_t seconds)
{
	struct update	*u = update_begin(w->device);
	bool		 shown;

	update_put_text(u, VAR_UPS_STATUS, status);
	update_state(u, DEVICE_FRESH);
	fsd_apply(w->fsd, u, false, CLEAR_MS, HOSTSYNC_MS, seconds * 1000);
	shown = update_get(u, var_intern(REMARK_FSD)) != NULL;
	assert_int_equal(shown, fsd_active(w->fsd));
	update_drop(u);
	return shown;
}

static void
logins(struct world *w, unsigned count, unsigned old, unsigned unread, int64_t seconds)
{
	struct fsd_logins	 l = { count, old, unread };

	fsd_note_logins(w->fsd, &l, seconds * 1000);
}

static void
mains_back_at_once_does_not_undecide(void **state)
{
	struct world	 w = world_new();

	logins(&w, 2, 0, 0, 0);
	fsd_set(w.fsd, "nut admin@192.0.2.1", 100000);
	assert_true(active_at(&w, "OL CHRG", 100));
	assert_true(active_at(&w, "OL CHRG", 200));	/* two have not even read it */
	logins(&w, 1, 1, 1, 205);
	assert_true(active_at(&w, "OL", 230));
	logins(&w, 0, 0, 0, 240);			/* both have gone */
	assert_true(active_at(&w, "OL", 299));
	assert_false(active_at(&w, "OL", 301));
	world_free(&w);
}

static void
a_login_that_stays_and_has_read_does_not_hold_it_for_ever(void **state)
{
	struct world	 w = world_new();

	logins(&w, 1, 0, 0, 0);
	fsd_set(w.fsd, "x", 0);
	logins(&w, 1, 1, 0, 2);				/* it has read ups.status */
	assert_true(active_at(&w, "OL", 3));
	assert_true(active_at(&w, "OL", 74));		/* hostsync + 60 s are not over */
	assert_false(active_at(&w, "OL", 75));
	world_free(&w);
}

static void
a_new_login_starts_the_quiet_anew(void **state)
{
	struct world	 w = world_new();

	fsd_set(w.fsd, "x", 0);
	assert_true(active_at(&w, "OL", 1));
	logins(&w, 1, 0, 1, 50);			/* came after, and has not read */
	assert_true(active_at(&w, "OL", 200));
	logins(&w, 0, 0, 0, 210);
	assert_true(active_at(&w, "OL", 269));
	assert_false(active_at(&w, "OL", 270));
	world_free(&w);
}

static void
bad_mains_starts_the_calm_anew(void **state)
{
	static const char *const bad[] = { "OB", "OL LB", "OB LB DISCHRG", "OFF", "" };
	size_t	 i;

	for (i = 0; i < nitems(bad); i++) {
		struct world	 w = world_new();

		fsd_set(w.fsd, "x", 0);
		assert_true(active_at(&w, "OL", 0));
		assert_true(active_at(&w, bad[i], 50));
		assert_true(active_at(&w, "OL", 70));
		assert_true(active_at(&w, "OL", 129));
		assert_false(active_at(&w, "OL", 130));
		world_free(&w);
	}
}

static void
a_running_timer_and_a_stale_device_hold_it(void **state)
{
	struct world	 w = world_new();
	struct update	*u;
	int		 i;

	fsd_set(w.fsd, "x", 0);
	assert_true(active_at(&w, "OL", 0));
	for (i = 0; i < 2; i++) {
		u = update_begin(w.device);
		update_put_text(u, VAR_UPS_STATUS, "OL");
		update_put_text(u, VAR_UPS_TIMER_SHUTDOWN, i == 0 ? "20" : "-1");
		update_state(u, i == 0 ? DEVICE_FRESH : DEVICE_STALE);
		fsd_apply(w.fsd, u, false, CLEAR_MS, HOSTSYNC_MS, 500000);
		update_drop(u);
		assert_true(fsd_active(w.fsd));
	}
	world_free(&w);
}

static void
it_says_when_to_look_again_and_zero_is_never(void **state)
{
	struct world	 w = world_new();
	struct update	*u = update_begin(w.device);

	fsd_set(w.fsd, "x", 1000);
	update_put_text(u, VAR_UPS_STATUS, "OL");
	update_state(u, DEVICE_FRESH);
	assert_int_equal(fsd_apply(w.fsd, u, false, CLEAR_MS, HOSTSYNC_MS, 5000), 65000);
	assert_int_equal(fsd_apply(w.fsd, u, false, 0, HOSTSYNC_MS, 5000), -1);
	assert_true(fsd_active(w.fsd));
	fsd_clear(w.fsd);
	assert_int_equal(fsd_apply(w.fsd, u, false, CLEAR_MS, HOSTSYNC_MS, 5000), -1);
	update_drop(u);
	world_free(&w);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(mains_back_at_once_does_not_undecide),
		cmocka_unit_test(a_login_that_stays_and_has_read_does_not_hold_it_for_ever),
		cmocka_unit_test(a_new_login_starts_the_quiet_anew),
		cmocka_unit_test(bad_mains_starts_the_calm_anew),
		cmocka_unit_test(a_running_timer_and_a_stale_device_hold_it),
		cmocka_unit_test(it_says_when_to_look_again_and_zero_is_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
