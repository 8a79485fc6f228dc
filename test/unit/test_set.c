/* SETs, phase by phase, by masters polite and rude, on an engine that answers when the test wants. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/update.h"
#include "subagent/set.h"

#define OID(...) ((struct oid){ (const uint32_t[]){ __VA_ARGS__ }, \
	sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t) })
#define UPS(...)	OID(1, 3, 6, 1, 2, 1, 33, 1, __VA_ARGS__)
#define NAME		UPS(1, 5, 0)
#define ATTACHED	UPS(1, 6, 0)
#define TEST_ID		UPS(7, 1, 0)
#define LOCK		UPS(7, 2, 0)
#define TEST(n)		UPS(7, 7, n)
#define WAITING		99
#define WAITING_MAX	16

struct fixture {
	struct loop	*loop;
	struct model	*model;
	struct device	*device;
	struct tree	*tree;
	struct sets	*sets;
	/* the engine */
	struct buf	 asks;		/* "KEEP .ident.name <rack>", "test COMMAND load.off <>" */
	bool		 late;		/* pendings are kept in waiting */
	enum result	 result;	/* of what is done */
	enum result	 tried;		/* of what is only tried */
	struct pending	*waiting[WAITING_MAX];
	size_t		 nwaiting;
	/* the master */
	struct buf	 out;
	size_t		 begin;
	uint32_t	 transaction;
	unsigned	 responses, error, index;
};

static void
keep(struct fixture *f, enum var name, const char *value)
{
	struct update	*u = update_continue(f->device);

	if (value == NULL)
		update_del(u, name);
	else
		update_put_text(u, name, value);
	update_commit(u);
}

static void
take_ask(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	struct fixture	*f = arg;

	if (!ask->test)
		buf_printf(&f->asks, "%s %s <%s>\n", request_kind_word(ask->kind), var_name(ask->name),
		    ask->value == NULL ? "" : ask->value);
	if (f->late) {
		assert_true(f->nwaiting < WAITING_MAX);
		f->waiting[f->nwaiting++] = pending;
		return;
	}
	if (!ask->test && ask->kind == REQUEST_KEEP && f->result == R_DONE)
		keep(f, ask->name, ask->value);
	pending_done(pending, ask->test ? f->tried : f->result, NULL);
}

static void
take_response(void *arg, const struct pdu *request, enum pdu_error error, size_t index)
{
	struct fixture	*f = arg;

	f->responses++;
	f->error = error;
	f->index = (unsigned)index;
}

static void
put_device(struct fixture *f, const char *status, const char *writable)
{
	struct update	*u = update_begin(f->device);

	update_put_text(u, VAR_UPS_STATUS, status);
	update_put_text(u, var_intern(REMARK_CONTEXT), "yes");
	update_put_text(u, var_intern(REMARK_WRITABLE), writable);
	update_put_text(u, var_intern(REMARK_TEST_LOCK), "41");
	update_put_text(u, VAR_BATTERY_CHARGE, "100");
	update_put_text(u, VAR_INPUT_TRANSFER_LOW, "196");
	update_put_text(u, var_intern("input.transfer.low.min"), "170");
	update_command(u, CMD_TEST_BATTERY_START);
	update_command(u, CMD_TEST_BATTERY_STOP);
	update_command(u, CMD_CALIBRATE_START);
	update_command(u, CMD_BEEPER_DISABLE);
	update_settable(u, &(struct settable){ .var = VAR_INPUT_TRANSFER_LOW });
	update_settable(u, &(struct settable){ .var = VAR_BATTERY_RUNTIME_LOW, .nenums = 3,
	    .enums = (const char *const[]){ "120", "300", "600" } });
	update_state(u, DEVICE_FRESH);
	update_commit(u);
}

static int
setup(void **state)
{
	static const struct set_family *const	 families[] = { &upsmib_family, NULL };
	struct fixture				*f = xcalloc(1, sizeof(*f));

	f->loop = loop_new_virtual();
	f->model = model_new();
	f->device = model_add(f->model, "a");
	put_device(f, "OL", "names test config");
	f->tree = tree_new(f->model);
	f->sets = sets_new(f->loop, f->model, f->tree, families, take_response, f);
	model_on_ask(f->model, take_ask, f);
	f->transaction = 7;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture	*f = *state;
	size_t		 i;

	sets_free(f->sets);
	tree_free(f->tree);
	for (i = 0; i < f->nwaiting; i++)
		pending_done(f->waiting[i], R_GONE, NULL);
	model_free(f->model);
	loop_free(f->loop);
	buf_free(&f->asks);
	buf_free(&f->out);
	free(f);
	return 0;
}

/* -- the master -------------------------------------------------------------------- */

static void
begin(struct fixture *f, enum pdu_type type)
{
	const struct pdu	head = { .type = type, .session = 1, .transaction = f->transaction, .packet = 3,
				    .flags = type == PDU_TEST_SET ? PDU_NON_DEFAULT_CONTEXT : 0 };

	buf_clear(&f->out);
	f->begin = pdu_begin(&f->out, &head, "a");
}

static void
put_text(struct fixture *f, struct oid oid, const char *text)
{
	struct object	 o = { .type = OBJECT_OCTETS, .bytes = (const uint8_t *)text, .len = strlen(text) };

	pdu_put_object(&f->out, oid, &o);
}

static void
put_number(struct fixture *f, struct oid oid, int64_t number)
{
	struct object	 o = { .type = OBJECT_INTEGER, .number = (uint64_t)number };

	pdu_put_object(&f->out, oid, &o);
}

static void
put_oid(struct fixture *f, struct oid oid, struct oid value)
{
	struct object	 o = { .type = OBJECT_OID, .ref = value };

	pdu_put_object(&f->out, oid, &o);
}

/* How many Responses it got. */
static unsigned
sent(struct fixture *f)
{
	struct pdu	 pdu;

	f->responses = 0;
	f->error = f->index = WAITING;
	pdu_end(&f->out, f->begin);
	assert_int_equal(pdu_frame(buf_bytes(&f->out), f->out.len, &pdu), PDU_WHOLE);
	assert_true(sets_take(f->sets, &pdu));
	return f->responses;
}

static void
expect(struct fixture *f, enum pdu_error error, unsigned index)
{
	assert_int_equal(sent(f), 1);
	assert_int_equal(f->error, error);
	assert_int_equal(f->index, index);
}

static void
expect_plain(struct fixture *f, enum pdu_type type, enum pdu_error error, unsigned index)
{
	begin(f, type);
	expect(f, error, index);
}

static void
cleanup(struct fixture *f)
{
	begin(f, PDU_CLEANUP_SET);
	assert_int_equal(sent(f), 0);
}

/* What was asked of the engine since the last time. */
static void
expect_asks(struct fixture *f, const char *asks)
{
	assert_string_equal(buf_text(&f->asks), asks);
	buf_clear(&f->asks);
}

static void
on_over(void *over)
{
	*(bool *)over = true;
}

static void
run(struct fixture *f, int64_t ms)
{
	bool		 over = false;
	struct timer	*timer = timer_new(f->loop, on_over, &over);

	timer_set(timer, ms);
	while (!over)
		assert_true(loop_once(f->loop, 0));
	timer_free(timer);
}

static void
answer_all(struct fixture *f, enum result result)
{
	size_t	 i, n = f->nwaiting;

	for (i = 0; i < n; i++)
		pending_done(f->waiting[i], result, NULL);
	memmove(f->waiting, f->waiting + n, (f->nwaiting - n) * sizeof(*f->waiting));
	f->nwaiting -= n;
}

static void
put_test(struct fixture *f, int64_t lock, uint32_t which)
{
	begin(f, PDU_TEST_SET);
	put_number(f, LOCK, lock);
	put_oid(f, TEST_ID, TEST(which));
}

static uint32_t
lock_now(struct fixture *f)
{
	return tree_lock(f->tree, f->device);
}

/* -- polite masters ------------------------------------------------------------------- */

static void
test_name(void **state)
{
	struct fixture	*f = *state;

	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack 1");
	put_text(f, ATTACHED, "");
	expect(f, PDU_OK, 0);
	expect_asks(f, "");
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .ident.name <rack 1>\nKEEP .attached <>\n");
	cleanup(f);
	expect_asks(f, "");
}

static void
test_test(void **state)
{
	struct fixture	*f = *state;

	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .test.lock <42>\n");
	assert_int_equal(lock_now(f), 42);
	cleanup(f);
	expect_asks(f, "COMMAND test.battery.start <>\n");
	cleanup(f);			/* none twice */
	expect_asks(f, "");
}

static void
test_test_errors(void **state)
{
	struct fixture	*f = *state;

	begin(f, PDU_TEST_SET);		/* without its lock */
	put_oid(f, TEST_ID, TEST(4));
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	put_test(f, 46, 4);		/* another has been faster */
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	begin(f, PDU_TEST_SET);		/* the lock is what failed, wherever it stands */
	put_oid(f, TEST_ID, TEST(2));
	put_number(f, LOCK, 40);
	expect(f, PDU_INCONSISTENT_VALUE, 2);
	put_test(f, 41, 2);		/* nothing runs that could be aborted */
	expect(f, PDU_INCONSISTENT_VALUE, 2);
	put_test(f, 41, 1);		/* upsTestNoTestsInitiated */
	expect(f, PDU_WRONG_VALUE, 2);
	put_test(f, 41, 3);		/* the device has no such command */
	expect(f, PDU_WRONG_VALUE, 2);
	begin(f, PDU_TEST_SET);
	put_number(f, LOCK, 41);
	put_oid(f, TEST_ID, OID(1, 3, 4));
	expect(f, PDU_WRONG_VALUE, 2);
	put_device(f, "OL TEST", "names test config");
	put_test(f, 41, 4);		/* one runs */
	expect(f, PDU_INCONSISTENT_VALUE, 2);
	put_test(f, 41, 2);
	expect(f, PDU_OK, 0);
	put_device(f, "OB", "names test config");
	f->transaction++;
	put_test(f, 41, 5);
	expect(f, PDU_INCONSISTENT_VALUE, 1);	/* the lock is reserved by the abort above */
	f->transaction--;
	cleanup(f);
	put_test(f, 41, 5);		/* no deep discharge on battery */
	expect(f, PDU_INCONSISTENT_VALUE, 2);
	expect_asks(f, "");
}

static void
test_errors(void **state)
{
	struct fixture	*f = *state;
	char		 text[65];

	memset(text, 'x', 64);
	text[64] = '\0';
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "fine");
	put_number(f, UPS(2, 1, 0), 2);			/* read-only */
	expect(f, PDU_NOT_WRITABLE, 2);
	begin(f, PDU_TEST_SET);
	put_number(f, UPS(3, 3, 1, 3, 9), 2);		/* nobody creates rows */
	expect(f, PDU_NOT_WRITABLE, 1);
	begin(f, PDU_TEST_SET);
	put_text(f, UPS(1, 5, 1), "no such instance");
	expect(f, PDU_NO_CREATION, 1);
	begin(f, PDU_TEST_SET);
	put_number(f, NAME, 1);
	expect(f, PDU_WRONG_TYPE, 1);
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, text);
	expect(f, PDU_WRONG_LENGTH, 1);
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, text + 1);
	expect(f, PDU_OK, 0);
	cleanup(f);
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "\303\244");
	expect(f, PDU_WRONG_VALUE, 1);
	begin(f, PDU_TEST_SET);
	put_number(f, UPS(9, 8, 0), 4);
	expect(f, PDU_WRONG_VALUE, 1);
	begin(f, PDU_TEST_SET);				/* it has no beeper.enable */
	put_number(f, UPS(9, 8, 0), 2);
	expect(f, PDU_WRONG_VALUE, 1);
	begin(f, PDU_TEST_SET);				/* below its own limit */
	put_number(f, UPS(9, 9, 0), 160);
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	begin(f, PDU_TEST_SET);				/* it takes no such setting */
	put_number(f, UPS(9, 10, 0), 260);
	expect(f, PDU_NOT_WRITABLE, 1);
	begin(f, PDU_TEST_SET);				/* twice the same */
	put_text(f, NAME, "one");
	put_text(f, NAME, "other");
	expect(f, PDU_INCONSISTENT_VALUE, 2);
	begin(f, PDU_TEST_SET);
	put_number(f, UPS(9, 9, 0), 180);
	f->tried = R_GONE;				/* the link is down */
	expect(f, PDU_RESOURCE_UNAVAILABLE, 1);
	f->tried = R_DONE;
	put_device(f, "OL", "test");
	begin(f, PDU_TEST_SET);				/* not opened */
	put_text(f, NAME, "closed");
	expect(f, PDU_NOT_WRITABLE, 1);
	expect_asks(f, "");
}

static void
test_configuration(void **state)
{
	static const struct { int64_t minutes; const char *asks; } times[] = {
		{ 2, "SET battery.runtime.low <120>\n" }, { 3, "SET battery.runtime.low <300>\n" },
		{ 0, "SET battery.runtime.low <120>\n" }, { 99, "SET battery.runtime.low <600>\n" },
	};
	struct fixture	*f = *state;
	size_t		 i;

	for (i = 0; i < nitems(times); i++) {
		begin(f, PDU_TEST_SET);
		put_number(f, UPS(9, 7, 0), times[i].minutes);
		expect(f, PDU_OK, 0);
		expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
		expect_asks(f, "");
		cleanup(f);
		expect_asks(f, times[i].asks);
	}
	begin(f, PDU_TEST_SET);
	put_number(f, UPS(9, 9, 0), 180);
	put_number(f, UPS(9, 8, 0), 1);
	put_text(f, NAME, "rack");
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .ident.name <rack>\n");
	cleanup(f);
	expect_asks(f, "SET input.transfer.low <180>\nCOMMAND beeper.disable <>\n");
}

/* -- control ------------------------------------------------------------------------------ */

#define SHUTDOWN_TYPE	UPS(8, 1, 0)
#define SHUTDOWN	UPS(8, 2, 0)
#define STARTUP		UPS(8, 3, 0)
#define REBOOT		UPS(8, 4, 0)
#define AUTO_RESTART	UPS(8, 5, 0)

static void
open_control(struct fixture *f, const char *const *commands)
{
	struct update	*u;

	put_device(f, "OL", "names control");
	u = update_continue(f->device);
	for (; *commands != NULL; commands++)
		update_command(u, var_find(*commands, strlen(*commands)));
	update_commit(u);
}

static const char *const	 all_commands[] = {
	"load.off", "load.on", "load.off.delay", "shutdown.stayoff", "shutdown.stop", NULL
};

static void
test_control(void **state)
{
	struct fixture	*f = *state;

	open_control(f, all_commands);
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, 30);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "");
	cleanup(f);
	expect_asks(f, "TIMER ups.timer.shutdown <30 output on>\n");
	cleanup(f);
	expect_asks(f, "");
	/* What the same SET makes of type and restart counts, wherever it stands; they are safe before the rest begins. */
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, 60);
	put_number(f, SHUTDOWN_TYPE, 2);
	put_number(f, STARTUP, 120);
	put_number(f, AUTO_RESTART, 2);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .shutdown.type <2>\nKEEP .auto.restart <2>\n");
	cleanup(f);
	expect_asks(f, "TIMER ups.timer.shutdown <60 system off>\nTIMER ups.timer.start <120 system off>\n");
	/* and later */
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, -1);
	put_number(f, REBOOT, 300);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	cleanup(f);
	expect_asks(f, "TIMER ups.timer.shutdown <-1 system off>\nTIMER ups.timer.reboot <300 system off>\n");
}

static void
test_control_errors(void **state)
{
	static const struct { const char *commands[3]; uint32_t object; int64_t number; enum pdu_error error; } rows[] = {
		{ { "load.off" }, 2, -2, PDU_WRONG_VALUE }, { { "load.off" }, 2, INT32_MAX, PDU_OK },
		{ { "load.off" }, 1, 3, PDU_WRONG_VALUE }, { { "load.off" }, 1, 0, PDU_WRONG_VALUE },
		{ { "load.off" }, 1, 2, PDU_WRONG_VALUE }, { { "shutdown.stayoff" }, 1, 2, PDU_OK },
		{ { "load.off" }, 5, 2, PDU_OK }, { { "load.off" }, 5, 3, PDU_WRONG_VALUE },
		{ { "load.off" }, 3, 10, PDU_NOT_WRITABLE }, { { "load.off" }, 4, 10, PDU_NOT_WRITABLE },
		{ { "load.on" }, 2, 10, PDU_NOT_WRITABLE }, { { "load.on" }, 3, 10, PDU_OK },
		{ { "load.on" }, 1, 1, PDU_NOT_WRITABLE }, { { "load.on" }, 5, 1, PDU_NOT_WRITABLE },
		{ { "load.on", "load.off" }, 4, 300, PDU_OK }, { { "load.on", "load.off" }, 4, 301, PDU_WRONG_VALUE },
		{ { "load.on", "load.off" }, 4, -1, PDU_OK }, { { "shutdown.reboot" }, 4, 0, PDU_OK },
		{ { "shutdown.return" }, 4, 0, PDU_NOT_WRITABLE },
	};
	struct fixture	*f = *state;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		open_control(f, rows[i].commands);
		begin(f, PDU_TEST_SET);
		put_number(f, UPS(8, rows[i].object, 0), rows[i].number);
		sent(f);
		if (f->error != rows[i].error)
			fail_msg("row %zu: 8.%u = %lld: %u", i, rows[i].object, (long long)rows[i].number, f->error);
		cleanup(f);
		run(f, 10);
	}
	open_control(f, all_commands);
	begin(f, PDU_TEST_SET);
	put_text(f, SHUTDOWN, "30");
	expect(f, PDU_WRONG_TYPE, 1);
	begin(f, PDU_TEST_SET);
	put_number(f, UPS(8, 2, 1), 30);
	expect(f, PDU_NO_CREATION, 1);
	/* what the engine says of it */
	f->tried = R_INVALID;
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, 30);
	expect(f, PDU_WRONG_VALUE, 1);
	f->tried = R_BUSY;
	begin(f, PDU_TEST_SET);
	put_number(f, REBOOT, -1);
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	f->tried = R_GONE;
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	put_number(f, SHUTDOWN, 30);
	expect(f, PDU_RESOURCE_UNAVAILABLE, 1);
	f->tried = R_DONE;
	put_device(f, "OL", "names test config");	/* closed */
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, 30);
	expect(f, PDU_NOT_WRITABLE, 1);
	expect_asks(f, "");
}

/* The device's own upsAutoRestart is set there, and not kept. */
static void
test_own_restart(void **state)
{
	struct fixture	*f = *state;
	struct update	*u;

	open_control(f, all_commands);
	u = update_continue(f->device);
	update_put_text(u, VAR_UPS_START_AUTO, "no");
	update_settable(u, &(struct settable){ .var = VAR_UPS_START_AUTO, .maxlen = 3, .nenums = 2,
	    .enums = (const char *const[]){ "yes", "no" } });
	update_commit(u);
	begin(f, PDU_TEST_SET);
	put_number(f, AUTO_RESTART, 1);
	put_number(f, SHUTDOWN, 30);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "");
	cleanup(f);
	expect_asks(f, "SET ups.start.auto <yes>\nTIMER ups.timer.shutdown <30 output on>\n");
}

static void
stage_shutdown(struct fixture *f)
{
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, 30);
	put_number(f, SHUTDOWN_TYPE, 1);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .shutdown.type <1>\n");
}

/* No power goes that was not released, and none twice. */
static void
test_rude_control(void **state)
{
	struct fixture	*f = *state;

	open_control(f, all_commands);
	stage_shutdown(f);
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .shutdown.type <>\n");
	cleanup(f);
	stage_shutdown(f);
	sets_session_ended(f->sets);
	cleanup(f);
	expect_asks(f, "KEEP .shutdown.type <>\n");
	stage_shutdown(f);
	run(f, SET_FORGOTTEN_MS + 10);
	cleanup(f);
	expect_asks(f, "KEEP .shutdown.type <>\n");
	begin(f, PDU_TEST_SET);				/* Cleanup without Commit */
	put_number(f, SHUTDOWN, 30);
	expect(f, PDU_OK, 0);
	cleanup(f);
	run(f, 60000);
	expect_asks(f, "");
	stage_shutdown(f);
	cleanup(f);
	cleanup(f);
	sets_session_ended(f->sets);
	run(f, 60000);
	expect_asks(f, "TIMER ups.timer.shutdown <30 output on>\n");
}

/* Two managers: one waits for the other's SET, but not for the device. */
static void
test_control_race(void **state)
{
	struct fixture	*f = *state;

	open_control(f, all_commands);
	stage_shutdown(f);
	f->transaction = 8;
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, -1);
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	begin(f, PDU_TEST_SET);				/* another object is free */
	put_number(f, STARTUP, 60);
	expect(f, PDU_OK, 0);
	cleanup(f);
	f->late = true;
	f->transaction = 7;
	cleanup(f);					/* the device hangs */
	expect_asks(f, "TIMER ups.timer.shutdown <30 output on>\n");
	f->late = false;
	f->transaction = 8;
	begin(f, PDU_TEST_SET);
	put_number(f, SHUTDOWN, -1);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	cleanup(f);
	expect_asks(f, "TIMER ups.timer.shutdown <-1 output on>\n");
}

/* -- the disk ---------------------------------------------------------------------------- */

/* The Response is held back until it is safe. */
static void
test_late_disk(void **state)
{
	struct fixture	*f = *state;

	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	expect(f, PDU_OK, 0);
	f->late = true;
	begin(f, PDU_COMMIT_SET);
	assert_int_equal(sent(f), 0);
	expect_asks(f, "KEEP .ident.name <rack>\n");
	run(f, 500);
	assert_int_equal(f->responses, 0);
	answer_all(f, R_DONE);
	assert_int_equal(f->responses, 1);
	assert_int_equal(f->error, PDU_OK);
	cleanup(f);
}

/* One of two is not safe: the other is put back. */
static void
test_full_disk(void **state)
{
	struct fixture	*f = *state;

	keep(f, var_intern(REMARK_IDENT_NAME), "before");
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	put_text(f, ATTACHED, "db");
	expect(f, PDU_OK, 0);
	f->late = true;
	begin(f, PDU_COMMIT_SET);
	assert_int_equal(sent(f), 0);
	assert_int_equal(f->nwaiting, 2);
	pending_done(f->waiting[0], R_DONE, NULL);
	pending_done(f->waiting[1], R_FAILED, NULL);
	f->nwaiting = 0;
	f->late = false;
	assert_int_equal(f->error, PDU_COMMIT_FAILED);
	assert_int_equal(f->index, 2);
	expect_asks(f, "KEEP .ident.name <rack>\nKEEP .attached <db>\n");
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .ident.name <before>\n");
}

static void
test_no_disk(void **state)
{
	struct fixture	*f = *state;

	f->tried = R_GONE;
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	expect(f, PDU_RESOURCE_UNAVAILABLE, 1);
}

/* An engine that hangs: the master hears in time, and what comes later is put back. */
static void
test_hung_engine(void **state)
{
	struct fixture	*f = *state;

	f->late = true;
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	assert_int_equal(sent(f), 0);
	run(f, SET_ENGINE_MS + 10);
	assert_int_equal(f->error, PDU_RESOURCE_UNAVAILABLE);
	cleanup(f);
	answer_all(f, R_DONE);
	f->late = false;
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	expect(f, PDU_OK, 0);
	f->late = true;
	begin(f, PDU_COMMIT_SET);
	assert_int_equal(sent(f), 0);
	run(f, SET_ENGINE_MS + 10);
	assert_int_equal(f->error, PDU_COMMIT_FAILED);
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .ident.name <rack>\n");
	f->late = false;
	answer_all(f, R_DONE);
	assert_int_equal(f->responses, 1);
	expect_asks(f, "KEEP .ident.name <>\n");
}

/* -- rude masters -------------------------------------------------------------------------- */

static void
commit_test(struct fixture *f)
{
	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .test.lock <42>\n");
}

static void
test_commit_undo(void **state)
{
	struct fixture	*f = *state;

	commit_test(f);
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .test.lock <41>\n");
	cleanup(f);
	run(f, 60000);
	expect_asks(f, "");
	assert_int_equal(lock_now(f), 41);
}

static void
test_commit_close(void **state)
{
	struct fixture	*f = *state;

	commit_test(f);
	sets_session_ended(f->sets);
	expect_asks(f, "KEEP .test.lock <41>\n");
	cleanup(f);			/* of the next session, with the same number */
	run(f, 60000);
	expect_asks(f, "");
	commit_test(f);
	cleanup(f);
	expect_asks(f, "COMMAND test.battery.start <>\n");
}

/* The session ends while the disk is busy. */
static void
test_close_before_disk(void **state)
{
	struct fixture	*f = *state;

	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	f->late = true;
	begin(f, PDU_COMMIT_SET);
	assert_int_equal(sent(f), 0);
	sets_session_ended(f->sets);
	expect_asks(f, "KEEP .test.lock <42>\n");
	f->late = false;
	answer_all(f, R_DONE);
	assert_int_equal(f->responses, 0);
	expect_asks(f, "KEEP .test.lock <41>\n");
}

static void
test_commit_and_silence(void **state)
{
	struct fixture	*f = *state;

	commit_test(f);
	run(f, SET_FORGOTTEN_MS + 10);
	expect_asks(f, "KEEP .test.lock <41>\n");
	cleanup(f);
	expect_asks(f, "");
}

static void
test_out_of_order(void **state)
{
	struct fixture	*f = *state;

	cleanup(f);				/* of nothing */
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);
	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	cleanup(f);				/* without a Commit: nothing is done */
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);
	cleanup(f);
	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);	/* neither */
	cleanup(f);
	expect_asks(f, "");
	commit_test(f);
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);	/* twice */
	put_test(f, 42, 4);
	expect(f, PDU_PROCESSING_ERROR, 0);		/* its number is in use */
	expect_asks(f, "");
	cleanup(f);
	expect_asks(f, "COMMAND test.battery.start <>\n");
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);	/* too late: it is done */
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);
	expect_asks(f, "");
}

/* A refused SET leaves nothing that a Commit could use. */
static void
test_refused_commit(void **state)
{
	struct fixture	*f = *state;

	put_test(f, 40, 4);
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);
	cleanup(f);
	f->tried = R_GONE;
	put_test(f, 41, 4);
	expect(f, PDU_RESOURCE_UNAVAILABLE, 1);
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);
	cleanup(f);
	expect_asks(f, "");
}

/* Two managers with the same lock, their phases mixed. */
static void
test_interleaved(void **state)
{
	struct fixture	*f = *state;

	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	f->transaction = 8;
	put_test(f, 41, 5);
	expect(f, PDU_INCONSISTENT_VALUE, 1);
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "rack");
	expect(f, PDU_OK, 0);
	f->transaction = 7;
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	f->transaction = 8;
	expect_plain(f, PDU_COMMIT_SET, PDU_OK, 0);
	expect_asks(f, "KEEP .test.lock <42>\nKEEP .ident.name <rack>\n");
	cleanup(f);
	expect_asks(f, "");
	f->transaction = 7;
	cleanup(f);
	expect_asks(f, "COMMAND test.battery.start <>\n");
	f->transaction = 8;
	put_test(f, 41, 4);
	expect(f, PDU_INCONSISTENT_VALUE, 1);
}

/* A test that the device has not begun yet is one that runs. */
static void
test_slow_device(void **state)
{
	struct fixture	*f = *state;

	commit_test(f);
	f->late = true;
	cleanup(f);
	expect_asks(f, "COMMAND test.battery.start <>\n");
	f->late = false;
	put_test(f, 42, 4);
	expect(f, PDU_INCONSISTENT_VALUE, 2);
	answer_all(f, R_FAILED);
	put_test(f, 42, 4);
	expect(f, PDU_OK, 0);
}

static void
test_device_removed(void **state)
{
	struct fixture	*f = *state;

	put_test(f, 41, 4);
	expect(f, PDU_OK, 0);
	model_remove(f->device);
	expect_plain(f, PDU_COMMIT_SET, PDU_COMMIT_FAILED, 1);
	expect_plain(f, PDU_UNDO_SET, PDU_OK, 0);
	expect_asks(f, "");
	begin(f, PDU_TEST_SET);
	put_text(f, NAME, "nobody");
	expect(f, PDU_NOT_WRITABLE, 1);
}

static void
test_bounds(void **state)
{
	struct fixture	*f = *state;
	size_t		 i;

	begin(f, PDU_TEST_SET);
	for (i = 0; i <= SET_VARBINDS_MAX; i++)
		put_text(f, NAME, "rack");
	expect(f, PDU_RESOURCE_UNAVAILABLE, 1);
	for (i = 0; i < SETS_MAX; i++) {
		f->transaction++;
		begin(f, PDU_TEST_SET);
		expect(f, PDU_OK, 0);
	}
	f->transaction++;
	begin(f, PDU_TEST_SET);
	expect(f, PDU_RESOURCE_UNAVAILABLE, 1);
	run(f, SET_FORGOTTEN_MS + 100);
	begin(f, PDU_TEST_SET);
	expect(f, PDU_OK, 0);
	begin(f, PDU_TEST_SET);
	pdu_put_u32(&f->out, 0xff000000);
	expect(f, PDU_PARSE_ERROR, 0);
}

int
main(void)
{
#define T(test)	cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_name), T(test_test), T(test_test_errors), T(test_errors), T(test_configuration),
		T(test_control), T(test_control_errors), T(test_own_restart), T(test_rude_control), T(test_control_race),
		T(test_late_disk), T(test_full_disk), T(test_no_disk), T(test_hung_engine),
		T(test_commit_undo), T(test_commit_close), T(test_close_before_disk), T(test_commit_and_silence),
		T(test_out_of_order), T(test_refused_commit), T(test_interleaved), T(test_slow_device),
		T(test_device_removed), T(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
