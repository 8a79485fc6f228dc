#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/condition.h"
#include "core/flags.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/rfc1628.h"
#include "core/status.h"

#define HOLD_POLLS	2

struct row {			/* of the alarm table */
	uint32_t	 id;
	enum flag	 identity;
	int64_t		 since;		/* ms; 0: before our start */
};

struct doubt {			/* an alarm that holds and has no row, or the other way round */
	bool		 open;
	unsigned	 polls;
	int64_t		 since;
};

struct condition {
	int64_t		 max_age, first;
	bool		 begun;		/* first is set */
	bool		 known;		/* the device has answered once */
	bool		 on_battery, input_bad, testing;
	bool		 test_began, test_ended;	/* their times are known */
	int64_t		 battery_since, test_since, test_until;
	uint32_t	 line_bads, last_id;
	unsigned	 test, test_asked;	/* the n of upsWellKnownTests.n; 0: not known */
	size_t		 nrows;
	struct row	 rows[FLAG_END];	/* by id; one for an identity at most */
	struct doubt	 doubts[FLAG_END];
	uint32_t	 recalled[FLAG_END];	/* ids from before a restart; 0: none */
};

struct condition *
condition_new(int64_t max_age_ms)
{
	struct condition	*c = xcalloc(1, sizeof(*c));

	c->max_age = max_age_ms;
	return c;
}

void
condition_free(struct condition *c)
{
	free(c);
}

/* -- the alarm table ---------------------------------------------------------- */

static struct row *
find_row(struct condition *c, enum flag identity)
{
	size_t	 i;

	for (i = 0; i < c->nrows; i++)
		if (c->rows[i].identity == identity)
			return &c->rows[i];
	return NULL;
}

/* One more than the last one, or the lowest that is free once they are used up; sets its place. */
static uint32_t
new_id(struct condition *c, size_t *place)
{
	*place = c->nrows;
	if (c->last_id < INT32_MAX)
		return ++c->last_id;
	for (*place = 0; *place < c->nrows; ++*place)
		if (c->rows[*place].id != *place + 1)
			break;
	return (uint32_t)*place + 1;
}

static void
add_row(struct condition *c, enum flag identity, int64_t since)
{
	size_t		 place;
	uint32_t	 id = new_id(c, &place);

	if (c->recalled[identity] != 0) {
		id = c->recalled[identity];
		c->recalled[identity] = 0;
		for (place = 0; place < c->nrows && c->rows[place].id < id; )
			place++;
	}
	memmove(&c->rows[place + 1], &c->rows[place], (c->nrows - place) * sizeof(*c->rows));
	c->rows[place] = (struct row){ .id = id, .identity = identity, .since = since };
	c->nrows++;
}

void
condition_recall(struct condition *c, unsigned identity, uint32_t id)
{
	if (identity >= FLAG_END || id == 0)
		return;
	c->recalled[identity] = id;
	if (id > c->last_id)
		c->last_id = id;
}

static void
delete_row(struct condition *c, struct row *row)
{
	size_t	 place = (size_t)(row - c->rows);

	c->nrows--;
	memmove(row, row + 1, (c->nrows - place) * sizeof(*c->rows));
}

static bool
at_once(enum flag identity)
{
	return identity == FLAG_ON_BATTERY || identity == FLAG_COMMUNICATIONS_LOST;
}

/* Whether it has lasted; opens the doubt when it is new. */
static bool
has_held(struct doubt *d, bool polled, int64_t now)
{
	if (!d->open)
		*d = (struct doubt){ .open = true, .since = now };
	d->polls += polled;
	return d->polls >= HOLD_POLLS || now - d->since >= ALARM_HOLD_MS;
}

static int64_t
sooner(int64_t one, int64_t other)
{
	return one < 0 || (other >= 0 && other < one) ? other : one;
}

/* Brings the row of one identity in line with what holds; returns when to look again, -1: no need. */
static int64_t
settle(struct condition *c, enum flag identity, bool holds, bool polled, bool first, int64_t now)
{
	struct row	*row = find_row(c, identity);
	struct doubt	*d = &c->doubts[identity];

	if (holds == (row != NULL)) {
		d->open = false;
		return -1;
	}
	if (!first && !at_once(identity) && !has_held(d, polled, now))
		return d->since + ALARM_HOLD_MS;
	d->open = false;
	if (row != NULL)
		delete_row(c, row);
	else
		add_row(c, identity, first ? 0 : now);
	return -1;
}

static int64_t
settle_all(struct condition *c, uint64_t holds, bool polled, int64_t now)
{
	bool		 first = !c->known;
	int64_t		 again = -1;
	enum flag	 i;

	c->known = true;
	settle(c, FLAG_COMMUNICATIONS_LOST, (holds & FLAG_BIT(FLAG_COMMUNICATIONS_LOST)) != 0,
	    polled, false, now);
	for (i = FLAG_NONE + 1; i < FLAG_END; i++)
		if (i != FLAG_COMMUNICATIONS_LOST)
			again = sooner(again,
			    settle(c, i, (holds & FLAG_BIT(i)) != 0, polled, first, now));
	memset(c->recalled, 0, sizeof(c->recalled));	/* what does not hold any more has ended */
	return again;
}

/* A device that does not answer: all that is said of it is that. */
static int64_t
settle_silent(struct condition *c, bool stale, int64_t now)
{
	int64_t		 due = c->first + c->max_age;
	enum flag	 i;

	for (i = FLAG_NONE + 1; i < FLAG_END; i++)
		c->doubts[i].open = false;
	if (!stale && !c->known && now < due)
		return due;
	return settle(c, FLAG_COMMUNICATIONS_LOST, true, false, false, now);
}

static void
put_alarms(const struct condition *c, struct update *u)
{
	char	 text[FLAG_END * 40], *to = text;
	size_t	 i;

	if (c->nrows == 0) {
		update_del(u, var_intern(REMARK_ALARMS));
		return;
	}
	for (i = 0; i < c->nrows; i++)
		to += snprintf(to, sizeof(text) - (size_t)(to - text), "%s%u %u %lld", i > 0 ? ", " : "",
		    c->rows[i].id, c->rows[i].identity, (long long)c->rows[i].since);
	update_put_text(u, var_intern(REMARK_ALARMS), text);
}

/* -- times and counts ------------------------------------------------------------- */

static void
put_or_delete(struct update *u, const char *remark, bool there, int64_t number)
{
	if (there)
		update_put(u, var_intern(remark), value_number(number, 0));
	else
		update_del(u, var_intern(remark));
}

static void
follow_battery(struct condition *c, const struct readings *r, int64_t now)
{
	bool	 on = rfc1628_output_source(r) == SOURCE_BATTERY;

	if (on && !c->on_battery)
		c->battery_since = now;
	c->on_battery = on;
}

static void
follow_input(struct condition *c, const struct readings *r)
{
	bool	 bad = rfc1628_input_bad(r);

	if (bad && !c->input_bad && c->known)
		c->line_bads++;
	c->input_bad = bad;
}

/* A test that ran already when the device was first seen began nobody knows when. */
static void
follow_test(struct condition *c, const struct readings *r, int64_t now)
{
	bool	 testing = rfc1628_test_summary(r) == TEST_IN_PROGRESS;

	if (testing && !c->testing) {
		c->test_began = c->known;
		c->test_since = now;
		c->test_ended = false;
		c->test = c->test_asked;
		c->test_asked = 0;
	}
	if (testing && (r->status & STATUS_CAL) != 0 && c->test == 0)
		c->test = TEST_DEEP_CALIBRATION;
	if (!testing && c->testing) {
		c->test_ended = true;
		c->test_until = now;
	}
	c->testing = testing;
}

static const struct {
	enum var	 command;
	unsigned	 test;
} tests[] = {
	{ CMD_TEST_SYSTEM_START, TEST_GENERAL_SYSTEMS },
	{ CMD_TEST_PANEL_START, TEST_GENERAL_SYSTEMS },
	{ CMD_TEST_BATTERY_START, TEST_QUICK_BATTERY },
	{ CMD_TEST_BATTERY_START_QUICK, TEST_QUICK_BATTERY },
	{ CMD_TEST_BATTERY_START_DEEP, TEST_DEEP_CALIBRATION },
	{ CMD_CALIBRATE_START, TEST_DEEP_CALIBRATION },
};

void
condition_asked(struct condition *c, enum var command)
{
	size_t	 i;

	for (i = 0; i < nitems(tests); i++)
		if (tests[i].command == command)
			c->test_asked = tests[i].test;
}

int64_t
condition_apply(struct condition *c, struct update *u, bool polled, int64_t now)
{
	struct readings	 r = readings_of_update(u);
	int64_t		 again;

	if (!c->begun)
		c->first = now;
	c->begun = true;
	if (r.state == DEVICE_FRESH) {
		follow_battery(c, &r, now);
		follow_input(c, &r);
		follow_test(c, &r, now);
		again = settle_all(c, rfc1628_alarms(&r), polled, now);
	} else
		again = settle_silent(c, r.state == DEVICE_STALE, now);
	put_alarms(c, u);
	put_or_delete(u, REMARK_ON_BATTERY, c->on_battery, c->battery_since);
	put_or_delete(u, REMARK_LINE_BADS, c->line_bads > 0, c->line_bads);
	put_or_delete(u, REMARK_TEST, c->test > 0, c->test);
	put_or_delete(u, REMARK_TEST_START, c->test_began, c->test_since);
	put_or_delete(u, REMARK_TEST_END, c->test_began && c->test_ended, c->test_until);
	return again;
}
