/*
 * The peer against an agent that is scripted: 1.3.1.1 to 1.3.1.n have their
 * last number as value; how it answers, or does not, is in struct agent.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bus/peer.h"
#include "bus/varbinds.h"
#include "core/mem.h"

#define COLUMN_SIZE	100

struct agent {
	struct peer	*peer;
	struct loop	*loop;
	struct timer	*timer;
	const struct message *message;
	/* its character */
	size_t		 too_big_above;		/* varbinds; 0: never */
	size_t		 drop_above;
	size_t		 cut_at;		/* answers only so many */
	size_t		 wire_max;		/* the wire takes no more */
	uint32_t	 missing, broken;	/* instances: noSuchName or absent; genErr */
	unsigned	 whole_error;		/* without an index, when more than one is asked */
	unsigned	 every_error;
	bool		 dead, v1, reversed, no_bulk, stuck, twice;
	unsigned	 deaf_tries;		/* of each message */
	unsigned	 delay_ms;
	/* what was seen */
	unsigned	 sends, sets, forgets, largest;
	unsigned	 tries;
	uint32_t	 last_set;
};

static void
put(struct varbinds *v, uint32_t column, uint32_t row, enum varbind_type type)
{
	uint32_t	ids[] = { 1, 3, column, row };

	varbinds_add(v, &(struct varbind){ .oid = { ids, 4 }, .type = type, .number = row });
}

static void
next_instance(struct agent *a, const uint32_t *ids, size_t len, struct varbinds *v)
{
	uint32_t	column = len > 2 ? ids[2] : 1, row = len > 3 ? ids[3] + 1 : 1;

	if (a->stuck && row > 5)
		row = 5;
	else if (row > COLUMN_SIZE) {
		column++;
		row = 1;
	}
	if (column > 3)
		varbinds_add(v, &(struct varbind){ .oid = { ids, len } });
	else
		put(v, column, row, VB_INTEGER);
}

static void
answer_walk(struct agent *a, const struct message *m, struct varbinds *v, struct answer *answer)
{
	unsigned	 rows = m->kind == MESSAGE_GETBULK ? m->repetitions : 1, row;
	size_t		 i;
	struct oid	 from;

	for (row = 0; row < rows; row++) {
		for (i = 0; i < m->n; i++) {
			from = row == 0 ? m->binds[i].oid : v->at[(row - 1) * m->n + i].oid;
			if (a->v1 && from.len > 3 && from.ids[2] == 3 && from.ids[3] == COLUMN_SIZE) {
				answer->status = AGENT_NO_SUCH_NAME;
				answer->index = i + 1;
				return;
			}
			next_instance(a, from.ids, from.len, v);
		}
	}
}

static void
answer_get(struct agent *a, const struct message *m, struct varbinds *v, struct answer *answer)
{
	size_t		 i, at;
	uint32_t	 id;

	for (i = 0; i < m->n; i++) {
		at = a->reversed ? m->n - 1 - i : i;
		id = m->binds[at].oid.ids[3];
		if (id == a->broken || (a->v1 && id == a->missing)) {
			answer->status = id == a->broken ? AGENT_GEN_ERR : AGENT_NO_SUCH_NAME;
			answer->index = at + 1;
			return;
		}
		put(v, 1, id, id == a->missing ? VB_ABSENT : VB_INTEGER);
	}
}

static void
reply(struct agent *a)
{
	const struct message	*m = a->message;
	struct varbinds		 v = { 0 };
	struct answer		 answer = { .serial = m->serial };
	size_t			 weight = m->kind == MESSAGE_GETBULK ? m->n * m->repetitions : m->n;
	struct peer		*peer = a->peer;
	bool			 twice = a->twice;

	if (a->too_big_above > 0 && weight > a->too_big_above)
		answer.status = AGENT_TOO_BIG;
	else if (a->every_error != 0 || (a->whole_error != 0 && m->n > 1))
		answer.status = a->every_error != 0 ? a->every_error : a->whole_error;
	else if (m->kind == MESSAGE_GET)
		answer_get(a, m, &v, &answer);
	else if (m->kind == MESSAGE_SET)
		for (size_t i = 0; i < m->n; i++)
			varbinds_add(&v, &m->binds[i]);
	else
		answer_walk(a, m, &v, &answer);
	answer.binds = v.at;
	answer.n = a->cut_at > 0 && v.n > a->cut_at ? a->cut_at : v.n;
	peer_answer(peer, &answer);
	if (twice)
		peer_answer(peer, &answer);
	varbinds_free(&v);
}

static void
on_timer(void *arg)
{
	struct agent	*a = arg;

	if (a->message != NULL)
		reply(a);
}

static bool
agent_send(void *wire, const struct message *m)
{
	struct agent	*a = wire;
	size_t		 weight = m->kind == MESSAGE_GETBULK ? m->n * m->repetitions : m->n;

	a->sends++;
	a->tries = a->message == m ? a->tries + 1 : 1;
	if (weight > a->largest)
		a->largest = (unsigned)weight;
	if (m->kind == MESSAGE_SET) {
		a->sets++;
		a->last_set = (uint32_t)m->binds[0].number;
	}
	if (a->wire_max > 0 && m->n > a->wire_max)
		return false;
	a->message = m;
	if (a->dead || (a->drop_above > 0 && weight > a->drop_above) || a->tries <= a->deaf_tries ||
	    (a->no_bulk && m->kind == MESSAGE_GETBULK))
		return true;
	if (!timer_running(a->timer))
		timer_set(a->timer, a->delay_ms);
	return true;
}

static void
agent_forget(void *wire)
{
	struct agent	*a = wire;

	a->forgets++;
	a->message = NULL;
	timer_stop(a->timer);
}

static void
agent_free(void *wire)
{
	timer_free(((struct agent *)wire)->timer);
}

static const struct peer_ops agent_ops = { agent_send, agent_forget, agent_free };

/* -- what came back ---------------------------------------------------------- */

struct outcome {
	unsigned	 calls;
	enum result	 result;
	char		 detail[200];
	size_t		 n, present;
	uint32_t	 ids[400][2];		/* column and row */
	int64_t		 numbers[400];
	bool		 there[400];
	struct peer	*close;			/* to be closed by the callback */
};

static void
collect(void *arg, enum result result, const char *detail, const struct varbind *binds, size_t n)
{
	struct outcome	*o = arg;

	o->calls++;
	o->result = result;
	snprintf(o->detail, sizeof(o->detail), "%s", detail != NULL ? detail : "");
	o->n = n;
	o->present = 0;
	for (size_t i = 0; i < n && i < 400; i++) {
		o->ids[i][0] = binds[i].oid.ids[2];
		o->ids[i][1] = binds[i].oid.ids[3];
		o->numbers[i] = binds[i].number;
		o->there[i] = binds[i].type != VB_ABSENT;
		o->present += o->there[i];
	}
	if (o->close != NULL)
		peer_free(o->close);
	o->close = NULL;
}

static void
open_agent(struct agent *a, const struct agent *character)
{
	*a = *character;
	a->loop = loop_new_virtual();
	a->timer = timer_new(a->loop, on_timer, a);
	a->peer = peer_new(a->loop, &agent_ops, a,
	    &(struct peer_options){ .name = "agent", .timeout_ms = 1000, .retries = 2, .v1 = a->v1 });
}

static void
close_agent(struct agent *a)
{
	peer_free(a->peer);
	loop_free(a->loop);
}

static int64_t
run(struct agent *a)
{
	int64_t	start = loop_now(a->loop);

	loop_run(a->loop);
	return loop_now(a->loop) - start;
}

static void
ask(struct agent *a, size_t n, struct outcome *o)
{
	uint32_t	 ids[200][4];
	struct oid	 oids[200];

	*o = (struct outcome){ .close = o->close };
	for (size_t i = 0; i < n; i++) {
		memcpy(ids[i], (uint32_t[]){ 1, 3, 1, (uint32_t)i + 1 }, sizeof(ids[i]));
		oids[i] = (struct oid){ ids[i], 4 };
	}
	peer_get(a->peer, oids, n, collect, o);
	memset(ids, 0, sizeof(ids));		/* what was asked with need not stay */
	assert_int_equal(o->calls, 0);
}

/* All n in their order, with their values, without the one that is missing. */
static void
check(const struct outcome *o, size_t n, uint32_t missing)
{
	assert_int_equal(o->calls, 1);
	assert_int_equal(o->result, R_DONE);
	assert_int_equal(o->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(o->ids[i][1], i + 1);
		assert_int_equal(o->there[i], i + 1 != missing);
		if (o->there[i])
			assert_int_equal(o->numbers[i], i + 1);
	}
}

/* -- get ------------------------------------------------------------------------ */

static void
test_get(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ 0 });
	ask(&a, 80, &o);
	assert_int_equal(run(&a), 0);
	check(&o, 80, 0);
	assert_in_range(a.sends, 1, 3);		/* what issue 2 demands of 80 objects */
	ask(&a, 0, &o);
	run(&a);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.n, 0);
	close_agent(&a);
}

static void
test_too_big(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .too_big_above = 12 });
	ask(&a, 80, &o);
	run(&a);
	check(&o, 80, 0);
	a.sends = a.largest = 0;
	ask(&a, 80, &o);
	run(&a);
	check(&o, 80, 0);
	assert_int_equal(a.largest, 10);	/* remembered: 40, 20, 10 */
	assert_int_equal(a.sends, 8);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .wire_max = 12 });
	ask(&a, 80, &o);
	run(&a);
	check(&o, 80, 0);
	close_agent(&a);
}

static void
test_one_too_big(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .every_error = AGENT_TOO_BIG });
	ask(&a, 3, &o);
	run(&a);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.present, 0);
	close_agent(&a);
}

static void
test_errors(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .missing = 17 });
	ask(&a, 30, &o);
	run(&a);
	check(&o, 30, 17);
	assert_int_equal(a.sends, 1);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .v1 = true, .missing = 17 });
	ask(&a, 30, &o);
	run(&a);
	check(&o, 30, 17);
	assert_int_equal(a.sends, 2);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .broken = 30 });
	ask(&a, 30, &o);
	run(&a);
	check(&o, 30, 30);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .whole_error = AGENT_GEN_ERR });
	ask(&a, 30, &o);
	run(&a);
	check(&o, 30, 0);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .every_error = AGENT_AUTHORIZATION_ERROR });
	ask(&a, 30, &o);
	run(&a);
	assert_int_equal(o.result, R_FAILED);
	assert_non_null(strstr(o.detail, "refuses access"));
	close_agent(&a);
}

static void
test_cut_and_reversed(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .cut_at = 7 });
	ask(&a, 40, &o);
	run(&a);
	check(&o, 40, 0);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .reversed = true });
	ask(&a, 40, &o);
	run(&a);
	check(&o, 40, 0);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .reversed = true, .cut_at = 3 });
	ask(&a, 40, &o);
	run(&a);
	check(&o, 40, 0);
	close_agent(&a);
}

static void
test_silence(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .dead = true });
	ask(&a, 1, &o);
	assert_int_equal(run(&a), 3000);	/* one try and two retries */
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.result, R_TIMEOUT);
	assert_int_equal(a.sends, 3);
	ask(&a, 40, &o);
	assert_int_equal(run(&a), 4000);	/* and one object alone, once */
	assert_int_equal(o.result, R_TIMEOUT);
	assert_string_equal(o.detail, "no answer");
	close_agent(&a);
}

static void
test_dropped(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .drop_above = 12 });
	ask(&a, 80, &o);
	assert_in_range(run(&a), 3000, 5000);
	check(&o, 80, 0);
	ask(&a, 80, &o);
	assert_int_equal(run(&a), 0);		/* remembered */
	check(&o, 80, 0);
	close_agent(&a);
}

static void
test_retries(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .deaf_tries = 2 });
	ask(&a, 40, &o);
	assert_int_equal(run(&a), 2000);
	check(&o, 40, 0);
	assert_int_equal(a.sends, 3);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .delay_ms = 1500 });	/* slower than the time-out */
	ask(&a, 40, &o);
	assert_int_equal(run(&a), 1500);
	check(&o, 40, 0);
	close_agent(&a);
}

static void
test_twice_and_late(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };
	uint32_t	 ids[] = { 1, 3, 1, 1 };
	struct varbind	 wrong = { .oid = { ids, 4 }, .type = VB_INTEGER, .number = 666 };

	open_agent(&a, &(struct agent){ .twice = true });
	ask(&a, 120, &o);
	run(&a);
	check(&o, 120, 0);
	assert_int_equal(a.sends, 3);

	ask(&a, 1, &o);
	peer_answer(a.peer, &(struct answer){ .serial = 3, .binds = &wrong, .n = 1 });	/* of the last message */
	peer_answer(a.peer, &(struct answer){ .serial = 77, .binds = &wrong, .n = 1 });
	assert_int_equal(o.calls, 0);
	run(&a);
	check(&o, 1, 0);
	peer_answer(a.peer, &(struct answer){ .serial = 4, .binds = &wrong, .n = 1 });
	assert_int_equal(o.calls, 1);
	close_agent(&a);
}

static void
test_wrong_object(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };
	uint32_t	 ids[] = { 1, 3, 9, 9 };
	struct varbind	 wrong = { .oid = { ids, 4 }, .type = VB_INTEGER, .number = 666 };

	open_agent(&a, &(struct agent){ .dead = true });
	ask(&a, 1, &o);
	peer_answer(a.peer, &(struct answer){ .serial = 1, .binds = &wrong, .n = 1 });
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.result, R_DONE);
	assert_false(o.there[0]);
	close_agent(&a);
}

static void
test_order(void **state)
{
	struct agent	 a;
	struct outcome	 first = { 0 }, second = { 0 };

	open_agent(&a, &(struct agent){ .delay_ms = 10 });
	ask(&a, 40, &first);
	ask(&a, 5, &second);
	assert_int_equal(a.sends, 1);		/* one message at a time */
	while (first.calls == 0)
		loop_once(a.loop, 0);
	assert_int_equal(second.calls, 0);
	run(&a);
	check(&first, 40, 0);
	check(&second, 5, 0);
	close_agent(&a);
}

static void
test_close(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 }, other = { 0 };

	open_agent(&a, &(struct agent){ .delay_ms = 10 });
	ask(&a, 80, &o);
	ask(&a, 5, &other);
	loop_once(a.loop, 0);
	close_agent(&a);
	assert_int_equal(o.calls + other.calls, 0);

	open_agent(&a, &(struct agent){ 0 });
	o.close = a.peer;			/* in the callback, with another waiting */
	ask(&a, 5, &o);
	ask(&a, 5, &other);
	run(&a);
	assert_int_equal(o.calls, 1);
	assert_int_equal(other.calls, 0);
	loop_free(a.loop);
}

/* What was asked before is over without a word; the agent's late answers are nobody's. */
static void
test_forget(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 }, other = { 0 };

	open_agent(&a, &(struct agent){ .delay_ms = 10 });
	ask(&a, 80, &o);
	ask(&a, 5, &o);
	loop_once(a.loop, 0);
	peer_forget(a.peer);
	peer_forget(a.peer);
	ask(&a, 5, &other);
	run(&a);
	assert_int_equal(o.calls, 0);
	assert_int_equal(other.calls, 1);
	assert_int_equal(other.result, R_DONE);
	close_agent(&a);
}

static void
test_refused(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .dead = true });
	ask(&a, 40, &o);
	peer_refused(a.peer, "the agent does not know user \"x\"");
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.result, R_FAILED);
	assert_string_equal(o.detail, "the agent does not know user \"x\"");
	peer_refused(a.peer, "again");
	assert_int_equal(o.calls, 1);

	ask(&a, 1, &o);
	peer_unreached(a.peer, "Connection refused");
	assert_int_equal(run(&a), 250 + 2000);	/* one try cut short, the others last */
	assert_int_equal(o.result, R_TIMEOUT);
	assert_string_equal(o.detail, "Connection refused");
	close_agent(&a);
}

static void
test_resend(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .dead = true });
	peer_resend(a.peer);			/* nothing waits */
	ask(&a, 3, &o);
	a.dead = false;
	peer_resend(a.peer);
	assert_int_equal(run(&a), 0);
	check(&o, 3, 0);
	assert_int_equal(a.sends, 2);
	close_agent(&a);
}

/* -- walk --------------------------------------------------------------------------- */

static void
walk(struct agent *a, size_t columns, size_t limit, struct outcome *o)
{
	uint32_t	 ids[][3] = { { 1, 3, 1 }, { 1, 3, 2 }, { 1, 3, 3 } };
	struct oid	 roots[] = { { ids[0], 3 }, { ids[1], 3 }, { ids[2], 3 } };

	*o = (struct outcome){ 0 };
	peer_walk_columns(a->peer, roots, columns, limit, collect, o);
	assert_int_equal(o->calls, 0);
	run(a);
	assert_int_equal(o->calls, 1);
}

static void
check_walk(const struct outcome *o, size_t columns)
{
	uint32_t	 next[4] = { 0 };

	assert_int_equal(o->result, R_DONE);
	assert_int_equal(o->n, columns * COLUMN_SIZE);
	for (size_t i = 0; i < o->n; i++)
		assert_int_equal(o->ids[i][1], ++next[o->ids[i][0]]);
	for (size_t c = 1; c <= columns; c++)
		assert_int_equal(next[c], COLUMN_SIZE);
}

static void
test_walk(void **state)
{
	struct agent	 a;
	struct outcome	 o;

	open_agent(&a, &(struct agent){ 0 });
	walk(&a, 1, 0, &o);
	check_walk(&o, 1);
	assert_in_range(a.sends, 3, 6);
	a.sends = 0;
	walk(&a, 3, 0, &o);
	check_walk(&o, 3);
	assert_in_range(a.sends, 7, 11);
	walk(&a, 3, 7, &o);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.n, 7);
	walk(&a, 1, 2, &o);
	assert_int_equal(o.n, 2);
	walk(&a, 0, 0, &o);
	assert_int_equal(o.n, 0);
	close_agent(&a);
}

static void
test_walk_v1(void **state)
{
	struct agent	 a;
	struct outcome	 o;

	open_agent(&a, &(struct agent){ .v1 = true });
	walk(&a, 3, 0, &o);
	check_walk(&o, 3);
	close_agent(&a);
}

static void
test_walk_stuck(void **state)
{
	struct agent	 a;
	struct outcome	 o;

	open_agent(&a, &(struct agent){ .stuck = true });
	walk(&a, 2, 0, &o);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.n, 10);
	close_agent(&a);
}

static void
test_walk_limits(void **state)
{
	struct agent	 a;
	struct outcome	 o;

	open_agent(&a, &(struct agent){ .too_big_above = 5 });
	walk(&a, 3, 0, &o);
	check_walk(&o, 3);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .cut_at = 4 });
	walk(&a, 3, 0, &o);
	check_walk(&o, 3);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .drop_above = 5 });
	walk(&a, 3, 0, &o);
	check_walk(&o, 3);
	close_agent(&a);

	open_agent(&a, &(struct agent){ .dead = true });
	walk(&a, 3, 0, &o);
	assert_int_equal(o.result, R_TIMEOUT);
	assert_int_equal(o.n, 0);
	close_agent(&a);
}

static void
test_walk_without_bulk(void **state)
{
	struct agent	 a;
	struct outcome	 o = { 0 };

	open_agent(&a, &(struct agent){ .no_bulk = true });
	ask(&a, 1, &o);
	run(&a);
	walk(&a, 2, 0, &o);
	check_walk(&o, 2);
	a.sends = 0;
	walk(&a, 1, 0, &o);
	check_walk(&o, 1);
	assert_int_equal(a.sends, COLUMN_SIZE + 1);
	close_agent(&a);
}

/* -- set ------------------------------------------------------------------------------- */

static void
set(struct agent *a, struct outcome *o)
{
	uint32_t	 ids[] = { 1, 3, 1, 1 };
	struct varbind	 bind = { .oid = { ids, 4 }, .type = VB_INTEGER, .number = 42 };

	*o = (struct outcome){ 0 };
	peer_set(a->peer, &bind, 1, collect, o);
	bind.number = 0;
	ids[3] = 0;
	assert_int_equal(o->calls, 0);
}

static void
test_set(void **state)
{
	struct agent	 a;
	struct outcome	 o;

	open_agent(&a, &(struct agent){ 0 });
	set(&a, &o);
	run(&a);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.n, 1);
	assert_int_equal(o.numbers[0], 42);
	assert_int_equal(a.last_set, 42);
	a.every_error = AGENT_WRONG_VALUE;
	set(&a, &o);
	run(&a);
	assert_int_equal(o.result, R_INVALID);
	assert_non_null(strstr(o.detail, "wrongValue"));
	a.every_error = AGENT_NOT_WRITABLE;
	set(&a, &o);
	run(&a);
	assert_int_equal(o.result, R_READONLY);
	close_agent(&a);
}

/* Nobody knows whether a command that was not answered was done: it is not given twice. */
static void
test_set_once(void **state)
{
	struct agent	 a;
	struct outcome	 o;

	open_agent(&a, &(struct agent){ .dead = true });
	set(&a, &o);
	assert_int_equal(run(&a), 3000);
	assert_int_equal(o.result, R_TIMEOUT);
	assert_int_equal(a.sets, 1);
	a.dead = false;
	a.delay_ms = 2500;
	set(&a, &o);
	assert_int_equal(run(&a), 2500);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(a.sets, 2);
	close_agent(&a);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_one_too_big),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_cut_and_reversed),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_retries),
		cmocka_unit_test(test_twice_and_late),
		cmocka_unit_test(test_wrong_object),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_resend),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_v1),
		cmocka_unit_test(test_walk_stuck),
		cmocka_unit_test(test_walk_limits),
		cmocka_unit_test(test_walk_without_bulk),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
