/* Logins, forced shutdown, tracking, and requests that wait, second by second. */
#include <stdio.h>

#include "core/log.h"
#include "core/remarks.h"
#include "test/nut_stand.h"
#include "test/unit/unit.h"

static const char users[] =
    "user boss { password = top  upsmon = primary }\n"
    "user mon { password = secret  upsmon = secondary }\n"
    "user admin { password = x  actions = {SET}  commands = {ALL} }\n"
    "user clerk { password = y  commands = {ALL} }\n";

/* -- clients ------------------------------------------------------------------------- */

struct client {
	struct session	 session;
	struct buf	 in, out;
	unsigned	 woken;
};

static void
go_on(struct client *c)
{
	size_t	 done = session_take(&c->session, (char *)buf_bytes(&c->in), c->in.len, &c->out);

	buf_eat(&c->in, done);
}

static void
on_wake(void *arg)
{
	struct client	*c = arg;

	c->woken++;
	go_on(c);
}

static void
say(struct client *c, const char *text)
{
	buf_puts(&c->in, text);
	go_on(c);
}

static void
hear(struct client *c, const char *want)
{
	assert_string_equal(buf_text(&c->out), want);
	buf_clear(&c->out);
}

static void
client_open(struct client *c, struct stand *s, const char *user, const char *password)
{
	char	 text[128];

	*c = (struct client){ .woken = 0 };
	session_init(&c->session, &s->desk, &(struct from){ .address = { 192, 0, 2, 7 } }, on_wake, c);
	snprintf(text, sizeof(text), "USERNAME %s\nPASSWORD %s\n", user, password);
	say(c, text);
	hear(c, "OK\nOK\n");
}

static void
client_close(struct client *c)
{
	session_free(&c->session);
	buf_free(&c->in);
	buf_free(&c->out);
}

static void
login(struct client *c, struct stand *s)
{
	client_open(c, s, "mon", "secret");
	say(c, "LOGIN ups1\n");
	hear(c, "OK\n");
}

static struct device *
add_ups(struct stand *s, const char *name)
{
	struct device	*d = model_add(s->model, name);
	struct update	*u = update_begin(d);

	update_put_text(u, VAR_UPS_STATUS, "OL");
	update_put_text(u, VAR_UPS_ID, "x");
	update_command(u, CMD_LOAD_OFF);
	update_settable(u, &(struct settable){ .var = VAR_UPS_ID, .maxlen = 8 });
	update_state(u, DEVICE_FRESH);
	update_commit(u);
	return d;
}

static void
put(struct device *d, const char *remark, const char *text)
{
	struct update	*u = update_continue(d);

	if (text == NULL)
		update_del(u, var_intern(remark));
	else
		update_put_text(u, var_intern(remark), text);
	update_commit(u);
}

static void
told(struct stand *s, const char *want)
{
	stand_wait(s, 0);
	assert_string_equal(buf_text(&s->tells), want);
	buf_clear(&s->tells);
}

static void
drop_line(enum log_level level, const char *line, void *arg)
{
}

static int
set_up(void **state)
{
	struct stand	*s = xcalloc(1, sizeof(*s));

	log_to(drop_line, NULL);
	stand_init(s, users);
	add_ups(s, "ups1");
	*state = s;
	return 0;
}

static int
tear_down(void **state)
{
	stand_free(*state);
	free(*state);
	log_to(NULL, NULL);
	return 0;
}

/* -- logins ------------------------------------------------------------------------------ */

static void
count_follows_connections(void **state)
{
	struct stand	*s = *state;
	struct client	 a, b;

	login(&a, s);
	told(s, "ups1 1 0 1\n");
	login(&b, s);
	told(s, "ups1 2 0 2\n");
	say(&a, "GET NUMLOGINS ups1\n");
	hear(&a, "NUMLOGINS ups1 2\n");
	client_close(&b);
	told(s, "ups1 1 0 1\n");
	say(&a, "GET NUMLOGINS ups1\n");
	hear(&a, "NUMLOGINS ups1 1\n");
	client_close(&a);
	told(s, "ups1 0 0 0\n");
}

/* Who was there when it was set, and who has read the status since, by GET or LIST, by any name. */
static void
fsd_knows_who_has_heard(void **state)
{
	struct stand	*s = *state;
	struct device	*d = model_find(s->model, "ups1", 4);
	struct client	 a, b, late;

	put(d, REMARK_ALIASES, "rack");
	login(&a, s);
	login(&b, s);
	say(&a, "GET VAR ups1 ups.status\n");
	told(s, "ups1 2 0 1\n");
	put(d, REMARK_FSD, "100 somebody");
	told(s, "ups1 2 2 2\n");
	login(&late, s);
	told(s, "ups1 3 2 3\n");
	say(&a, "GET VAR RACK UPS.STATUS\n");
	told(s, "ups1 3 2 2\n");
	say(&a, "GET VAR ups1 ups.status\n");
	told(s, "");
	say(&late, "LIST VAR ups1\n");
	told(s, "ups1 3 2 1\n");
	client_close(&b);
	told(s, "ups1 2 1 0\n");
	put(d, REMARK_FSD, "200 somebody");	/* set again: all of them anew */
	told(s, "ups1 2 2 2\n");
	put(d, REMARK_FSD, NULL);
	stand_wait(s, 0);
	buf_clear(&a.out);
	say(&a, "GET VAR ups1 ups.status\n");
	hear(&a, "VAR ups1 ups.status \"OL\"\n");
	client_close(&a);
	client_close(&late);
}

/* After a crash of the role, for a while, those of before count. */
static void
lost_logins_are_awaited(void **state)
{
	struct stand	*s = *state;
	struct device	*d = model_find(s->model, "ups1", 4);
	struct client	 a, b;

	logins_free(s->desk.logins);
	put(d, REMARK_FSD, "100 somebody");
	put(d, REMARK_LOGINS, "3 3 1");
	s->desk.logins = logins_new(s->loop, s->desk.upses);
	told(s, "");
	login(&a, s);
	told(s, "ups1 3 3 3\n");
	say(&a, "GET NUMLOGINS ups1\nGET VAR ups1 ups.status\n");
	hear(&a, "NUMLOGINS ups1 3\nVAR ups1 ups.status \"FSD OL\"\n");
	told(s, "ups1 3 3 2\n");
	stand_wait(s, LOGINS_RETURN_MS - 100);
	say(&a, "GET NUMLOGINS ups1\n");
	hear(&a, "NUMLOGINS ups1 3\n");
	stand_wait(s, 200);
	told(s, "ups1 1 1 0\n");
	say(&a, "GET NUMLOGINS ups1\n");
	hear(&a, "NUMLOGINS ups1 1\n");
	login(&b, s);
	told(s, "ups1 2 1 1\n");
	client_close(&a);
	client_close(&b);
}

/* Without FSD nobody is awaited: what was told before is put right. */
static void
nobody_is_awaited_without_fsd(void **state)
{
	struct stand	*s = *state;
	struct device	*d = model_find(s->model, "ups1", 4);

	logins_free(s->desk.logins);
	put(d, REMARK_LOGINS, "3 0 0");
	s->desk.logins = logins_new(s->loop, s->desk.upses);
	told(s, "ups1 0 0 0\n");
}

static void
removed_device_ends_its_logins(void **state)
{
	struct stand	*s = *state;
	struct client	 a, b;

	add_ups(s, "ups2");
	login(&a, s);
	client_open(&b, s, "mon", "secret");
	say(&b, "LOGIN ups2\n");
	hear(&b, "OK\n");
	model_remove(model_find(s->model, "ups1", 4));
	assert_true(a.session.ended);
	assert_int_equal(a.woken, 1);
	assert_false(b.session.ended);
	client_close(&a);
	client_close(&b);
}

/* -- reload ---------------------------------------------------------------------------------- */

static void
reload_asks_again_who_it_is(void **state)
{
	struct stand	*s = *state;
	struct client	 a, b;

	client_open(&a, s, "boss", "top");
	client_open(&b, s, "mon", "secret");
	say(&a, "LOGIN ups1\nPRIMARY ups1\n");
	hear(&a, "OK\nOK PRIMARY-GRANTED\n");
	say(&b, "LOGIN ups1\n");
	hear(&b, "OK\n");
	assert_int_equal(s->proofs, 2);
	stand_users(s, "user boss { password = other  upsmon = primary }\n");
	say(&a, "FSD ups1\nGET NUMLOGINS ups1\n");
	hear(&a, "ERR ACCESS-DENIED\nNUMLOGINS ups1 2\n");
	assert_int_equal(s->proofs, 3);
	say(&a, "FSD ups1\n");
	hear(&a, "ERR ACCESS-DENIED\n");
	assert_int_equal(s->proofs, 3);
	stand_users(s, users);
	say(&a, "PRIMARY ups1\n");
	hear(&a, "OK PRIMARY-GRANTED\n");
	client_close(&a);
	client_close(&b);
}

/* A verdict on settings that are no more counts for nothing. */
static void
reload_while_a_verdict_is_awaited(void **state)
{
	struct stand	*s = *state;
	struct client	 a;

	s->verdict_ms = 1000;
	client_open(&a, s, "boss", "top");
	say(&a, "FSD ups1\n");
	stand_users(s, "user boss { password = other  upsmon = primary }\n");
	stand_wait(s, 1001);
	hear(&a, "");
	stand_wait(s, 1001);
	hear(&a, "ERR ACCESS-DENIED\n");
	assert_int_equal(s->asks.len, 0);
	client_close(&a);
}

/* -- what waits --------------------------------------------------------------------------------- */

static void
answers_stay_in_order(void **state)
{
	struct stand	*s = *state;
	struct client	 a;

	s->verdict_ms = 500;
	s->holds = true;
	client_open(&a, s, "admin", "x");
	say(&a, "VER\nINSTCMD ups1 load.off\nNETVER\nSET VAR ups1 ups.id y\nNETVER\n");
	assert_true(session_waits(&a.session));
	buf_clear(&a.out);
	stand_wait(s, 501);
	hear(&a, "");
	assert_int_equal(s->held.n, 1);
	stand_answer(s, R_DONE);
	hear(&a, "OK\n1.3\n");
	assert_int_equal(s->held.n, 1);
	stand_answer(s, R_TIMEOUT);
	hear(&a, "ERR SET-FAILED\n1.3\n");
	assert_false(session_waits(&a.session));
	client_close(&a);
}

/* upsd says OK when the driver has got it; so do we when the device takes its time. */
static void
slow_device_counts_as_taken(void **state)
{
	struct stand	*s = *state;
	struct client	 a;

	s->holds = true;
	client_open(&a, s, "admin", "x");
	say(&a, "INSTCMD ups1 load.off\nNETVER\n");
	stand_wait(s, SESSION_ENGINE_MS - 1);
	hear(&a, "");
	stand_wait(s, 2);
	hear(&a, "OK\n1.3\n");
	stand_answer(s, R_FAILED);
	hear(&a, "");
	client_close(&a);
}

/* But a forced shutdown is set by the engine's word alone. */
static void
fsd_is_never_taken_for_granted(void **state)
{
	struct stand	*s = *state;
	struct client	 a;

	s->holds = true;
	client_open(&a, s, "boss", "top");
	say(&a, "FSD ups1\n");
	stand_wait(s, SESSION_ENGINE_MS + 1);
	hear(&a, "ERR INSTCMD-FAILED\n");
	client_close(&a);
}

static void
client_that_goes_is_not_called(void **state)
{
	struct stand	*s = *state;
	struct client	 a, b;

	s->holds = true;
	client_open(&a, s, "admin", "x");
	say(&a, "INSTCMD ups1 load.off\n");
	client_close(&a);
	assert_int_equal(s->held.n, 1);		/* the engine goes on */
	stand_answer(s, R_DONE);
	s->verdict_ms = 500;
	client_open(&b, s, "admin", "x");
	say(&b, "INSTCMD ups1 load.off\n");
	client_close(&b);
	stand_wait(s, 1000);
	assert_int_equal(s->held.n, 0);
}

/* -- tracking ---------------------------------------------------------------------------------------- */

static void
begin_tracked(struct client *c, const char *request, char id[TRACKING_ID_MAX])
{
	say(c, "SET TRACKING ON\n");
	hear(c, "OK\n");
	say(c, request);
	assert_int_equal(sscanf(buf_text(&c->out), "OK TRACKING %36s\n", id), 1);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[14], '4');
	assert_non_null(strchr("89ab", id[19]));
	buf_clear(&c->out);
}

static void
status_is(struct client *c, const char *id, const char *want)
{
	char	 text[80];

	snprintf(text, sizeof(text), "GET TRACKING %s\n", id);
	say(c, text);
	assert_memory_equal(buf_text(&c->out), want, strlen(want));
	assert_int_equal(c->out.len, strlen(want) + 1);
	buf_clear(&c->out);
}

static void
tracking_follows_the_request(void **state)
{
	static const struct {
		enum result	 result;
		const char	*status;
	} rows[] = {
		{ R_DONE, "SUCCESS" }, { R_UNKNOWN, "ERR UNKNOWN" }, { R_INVALID, "ERR INVALID-ARGUMENT" },
		{ R_TOO_LONG, "ERR INVALID-ARGUMENT" }, { R_READONLY, "ERR READONLY" }, { R_DENIED, "ERR ACCESS-DENIED" },
		{ R_CONFIRM, "ERR ACCESS-DENIED" }, { R_BUSY, "ERR FAILED" }, { R_FAILED, "ERR FAILED" },
		{ R_TIMEOUT, "ERR FAILED" }, { R_GONE, "ERR DRIVER-NOT-CONNECTED" },
	};
	struct stand	*s = *state;
	struct client	 a;
	char		 id[TRACKING_ID_MAX];
	size_t		 i;

	s->holds = true;
	client_open(&a, s, "clerk", "y");
	for (i = 0; i < nitems(rows); i++) {
		begin_tracked(&a, "INSTCMD ups1 load.off\n", id);
		status_is(&a, id, "PENDING");
		stand_answer(s, rows[i].result);
		status_is(&a, id, rows[i].status);
	}
	stand_wait(s, TRACKING_MS + 1);
	status_is(&a, id, "ERR UNKNOWN");
	assert_int_equal(trackings_count(s->desk.trackings), 0);
	client_close(&a);
}

/* Its maker, on any connection; who may SET; nobody else. */
static void
tracking_is_private(void **state)
{
	static const struct {
		const char	*user, *password, *sees;
	} rows[] = {
		{ "clerk", "y", "SUCCESS" }, { "admin", "x", "SUCCESS" }, { "mon", "secret", "ERR UNKNOWN" },
		{ "boss", "top", "ERR UNKNOWN" },
	};
	struct stand	*s = *state;
	struct client	 maker, other;
	char		 id[TRACKING_ID_MAX];
	size_t		 i;

	s->holds = true;
	client_open(&maker, s, "clerk", "y");
	begin_tracked(&maker, "INSTCMD ups1 load.off\n", id);
	client_close(&maker);
	stand_answer(s, R_DONE);
	for (i = 0; i < nitems(rows); i++) {
		client_open(&other, s, rows[i].user, rows[i].password);
		say(&other, "SET TRACKING ON\n");
		hear(&other, "OK\n");
		status_is(&other, id, rows[i].sees);
		client_close(&other);
	}
}

static void
tracking_is_bounded(void **state)
{
	struct stand	*s = *state;
	struct client	 a;
	char		 first[TRACKING_ID_MAX], id[TRACKING_ID_MAX];
	size_t		 i;

	s->holds = true;
	client_open(&a, s, "clerk", "y");
	begin_tracked(&a, "INSTCMD ups1 load.off\n", first);
	s->holds = false;
	for (i = 0; i < TRACKING_MAX + 10; i++)
		begin_tracked(&a, "INSTCMD ups1 load.off\n", id);
	assert_int_equal(trackings_count(s->desk.trackings), TRACKING_MAX);
	status_is(&a, first, "PENDING");	/* those that have ended go first */
	status_is(&a, id, "SUCCESS");
	client_close(&a);
}

#define with_stand(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_stand(count_follows_connections),
		with_stand(fsd_knows_who_has_heard),
		with_stand(lost_logins_are_awaited),
		with_stand(nobody_is_awaited_without_fsd),
		with_stand(removed_device_ends_its_logins),
		with_stand(reload_asks_again_who_it_is),
		with_stand(reload_while_a_verdict_is_awaited),
		with_stand(answers_stay_in_order),
		with_stand(slow_device_counts_as_taken),
		with_stand(fsd_is_never_taken_for_granted),
		with_stand(client_that_goes_is_not_called),
		with_stand(tracking_follows_the_request),
		with_stand(tracking_is_private),
		with_stand(tracking_is_bounded),
	};

	return cmocka_run_group_tests_name("nut logins", tests, NULL, NULL);
}
