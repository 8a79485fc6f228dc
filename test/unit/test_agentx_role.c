/* The agentx role on a model of its own, as a master sees it: contexts, reload, values. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "core/remarks.h"
#include "core/update.h"
#include "subagent/dial.h"
#include "subagent/notification.h"
#include "subagent/traps.h"
#include "test/unit/elapse.h"
#include "test/unit/master.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_ROOTS	4	/* upsObjects, entityMIBObjects, entitySensorObjects, bbObjects */
#define MODULES		4
#define DEVICE_ROOTS	8	/* upsObjects and the seven of system */

struct fixture {
	struct loop	*loop;
	struct model	*model;
	struct settings	 settings;
	struct publish	 publish;
	void		*role;
	char		 folder[32];
	char		*address;	/* the first of the master's sockets */
	int		 listener;
	struct master	 master;
	struct buf	 said;		/* to the engine */
	unsigned	 complaints;	/* warnings and errors in the log */
};

static void
count_log(enum log_level level, const char *line, void *arg)
{
	struct fixture *f = arg;

	f->complaints += level <= LOG_LEVEL_WARNING;
}

static char *
listen_at(struct fixture *f, const char *name, int *fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", f->folder, name);
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(*fd, 5), 0);
	return xasprintf("unix:%s", address.sun_path);
}

static void
unlisten(const char *address, int fd)
{
	close(fd);
	unlink(strchr(address, ':') + 1);
}

static void
accept_at(struct fixture *f, int listener)
{
	master_hang_up(&f->master);
	for (unsigned i = 0; f->master.fd == -1; i++) {
		assert_true(i < MASTER_TURNS_MAX);
		assert_true(loop_once(f->loop, 0));
		f->master.fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
		assert_true(f->master.fd != -1 || errno == EAGAIN);
	}
}

static void
put_device(struct fixture *f, const char *name, const char *status, bool context)
{
	struct device *device = model_find(f->model, name, strlen(name));
	struct update *update = update_begin(device != NULL ? device : model_add(f->model, name));

	update_put_text(update, VAR_UPS_STATUS, status);
	if (context)
		update_put_text(update, var_intern(REMARK_CONTEXT), "yes");
	update_state(update, DEVICE_FRESH);
	update_commit(update);
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);

	strcpy(f->folder, "/tmp/busbar-role-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	log_to(count_log, f);
	f->loop = f->master.loop = loop_new_virtual();
	f->model = model_new();
	f->master.fd = -1;
	f->address = listen_at(f, "master", &f->listener);
	f->settings.agentx = (struct agentx_settings){ .present = true, .socket = f->address, .contexts = 3,
	    .entity = SET_AUTO };
	f->publish = (struct publish){ .loop = f->loop, .model = f->model, .settings = &f->settings };
	put_device(f, "a", "OL", true);
	put_device(f, "pdu", "OL", false);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	if (f->role != NULL)
		agentx_publisher.stop(f->role);
	master_free(&f->master);
	unlisten(f->address, f->listener);
	rmdir(f->folder);
	model_free(f->model);
	loop_free(f->loop);
	log_to(NULL, NULL);
	buf_free(&f->said);
	free(f->address);
	free(f);
	return 0;
}

static void
start(struct fixture *f)
{
	f->role = agentx_publisher.start(&f->publish);
	accept_at(f, f->listener);
	master_accept_open(&f->master, MODULES);
	master_accept_context(&f->master, "", DEFAULT_ROOTS);
	master_accept_context(&f->master, "a", DEVICE_ROOTS);
}

static void
expect_quiet(struct fixture *f)
{
	master_expect(&f->master, PDU_PING);
	master_respond(&f->master, 200, PDU_OK);
}

/* Asks for the one object in a context: its type, and its number in *number. */
static enum object_type
get(struct fixture *f, const char *context, struct oid oid, uint64_t *number)
{
	const struct pdu head = { .type = PDU_GET, .session = MASTER_SESSION_ID,
	    .flags = context[0] != '\0' ? PDU_NON_DEFAULT_CONTEXT : 0 };
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct pdu_reader reader;
	struct object object;
	struct buf buf = { 0 };
	size_t begin = pdu_begin(&buf, &head, context);

	pdu_put_oid(&buf, oid, false);
	pdu_put_oid(&buf, (struct oid){ NULL, 0 }, false);
	pdu_end(&buf, begin);
	master_send(&f->master, buf_bytes(&buf), buf.len);
	buf_free(&buf);
	master_expect(&f->master, PDU_RESPONSE);
	assert_int_equal(master_error(&f->master), PDU_OK);
	reader = pdu_read(&f->master.pdu);
	pdu_read_u32(&reader);
	pdu_read_u32(&reader);
	pdu_read_object(&reader, &object, ids, ref);
	assert_false(reader.bad);
	*number = object.number;
	return object.type;
}

static const uint32_t output_source_ids[] = { 1, 3, 6, 1, 2, 1, 33, 1, 4, 1, 0 };
static const struct oid output_source = { output_source_ids, nitems(output_source_ids) };
static const uint32_t sys_uptime_ids[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
static const struct oid sys_uptime = { sys_uptime_ids, nitems(sys_uptime_ids) };

static void
test_values(void **state)
{
	struct fixture *f = *state;
	uint64_t number;

	start(f);
	assert_int_equal(get(f, "a", output_source, &number), OBJECT_INTEGER);
	assert_int_equal(number, 3);		/* normal */
	put_device(f, "a", "OB", true);
	get(f, "a", output_source, &number);
	assert_int_equal(number, 5);		/* battery */
	assert_int_equal(get(f, "unknown", output_source, &number), OBJECT_NO_SUCH_OBJECT);
	assert_int_equal(get(f, "a", sys_uptime, &number), OBJECT_TIMETICKS);
	assert_in_range(number, 100, 110);	/* the master's, not ours */
	assert_int_equal(f->complaints, 0);
}

static void
test_devices_come_and_go(void **state)
{
	struct fixture *f = *state;
	uint64_t number;

	start(f);
	put_device(f, "b", "OL", true);
	master_accept_context(&f->master, "b", DEVICE_ROOTS);
	model_remove(model_find(f->model, "a", 1));
	expect_quiet(f);
	assert_int_equal(get(f, "a", output_source, &number), OBJECT_NO_SUCH_OBJECT);
	put_device(f, "a", "OB", true);
	expect_quiet(f);
	assert_int_equal(get(f, "a", output_source, &number), OBJECT_INTEGER);
	assert_int_equal(number, 5);
}

static void
test_contexts_are_bounded(void **state)
{
	struct fixture *f = *state;

	start(f);
	put_device(f, "b", "OL", true);
	put_device(f, "c", "OL", true);
	put_device(f, "d", "OL", true);
	master_accept_context(&f->master, "b", DEVICE_ROOTS);
	master_accept_context(&f->master, "c", DEVICE_ROOTS);
	expect_quiet(f);
	assert_int_equal(f->complaints, 1);
	put_device(f, "e", "OL", true);
	expect_quiet(f);
	assert_int_equal(f->complaints, 1);

	f->settings.agentx.contexts = 100;
	agentx_publisher.reload(f->role, &f->publish);
	master_accept_context(&f->master, "d", DEVICE_ROOTS);
	master_accept_context(&f->master, "e", DEVICE_ROOTS);
	expect_quiet(f);
}

static void
test_reload(void **state)
{
	struct fixture *f = *state;
	int fd;
	char *address;

	start(f);
	agentx_publisher.reload(f->role, &f->publish);	/* nothing new: nothing happens */
	expect_quiet(f);

	address = listen_at(f, "other", &fd);
	f->settings.agentx.socket = address;
	agentx_publisher.reload(f->role, &f->publish);
	master_expect(&f->master, PDU_CLOSE);
	accept_at(f, fd);
	master_accept_open(&f->master, MODULES);
	master_accept_context(&f->master, "", DEFAULT_ROOTS);
	master_accept_context(&f->master, "a", DEVICE_ROOTS);
	expect_quiet(f);
	assert_int_equal(f->complaints, 0);
	unlisten(address, fd);
	free(address);
	f->settings.agentx.socket = f->address;
}

/* Whether ENTITY-MIB is served is settled when the session begins, so another answer begins another. */
static void
test_entity_is_switched_off(void **state)
{
	struct fixture *f = *state;

	start(f);
	f->settings.agentx.entity = SET_NO;
	agentx_publisher.reload(f->role, &f->publish);
	master_expect(&f->master, PDU_CLOSE);
	accept_at(f, f->listener);
	master_accept_open(&f->master, 2);
	master_accept_context(&f->master, "", 2);
	master_accept_context(&f->master, "a", DEVICE_ROOTS);
	expect_quiet(f);
	assert_int_equal(f->complaints, 0);
}

/* -- notifications ------------------------------------------------------------------- */

static void
on_say(void *arg, const char *word, const char *text)
{
	struct fixture *f = arg;

	buf_printf(&f->said, "%s %s\n", word, text);
}

static void
notify(struct fixture *f, unsigned serial)
{
	char *line = xasprintf("%u 1 1000 alarm-added a   alarm 8 id 7 index 3 context a", serial);

	agentx_publisher.hear(f->role, "notify", line);
	free(line);
}

/* The next Notify; pings on the way are answered. */
static void
expect_notify(struct fixture *f)
{
	for (;;) {
		master_next(&f->master);
		if (f->master.pdu.type == PDU_NOTIFY)
			return;
		assert_int_equal(f->master.pdu.type, PDU_PING);
		master_respond(&f->master, 100, PDU_OK);
	}
}

/* bbNotifySerial of the Notify that came last, which has all that it has to have. */
static unsigned
serial_of(struct fixture *f)
{
	static const uint32_t names[][20] = { { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 }, { 1, 3, 6, 1, 2, 1, 33, 1, 6, 2, 1, 1, 7 },
	    { 1, 3, 6, 1, 2, 1, 33, 1, 6, 2, 1, 2, 7 }, { 1, 3, 6, 1, 2, 1, 33, 1, 1, 5, 0 } };
	static const size_t lens[] = { 11, 13, 13, 11 };
	static const uint32_t overload[] = { 1, 3, 6, 1, 2, 1, 33, 1, 6, 3, 8 };
	struct pdu_reader reader = pdu_read(&f->master.pdu);
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object object = { 0 };
	size_t len, i;
	const char *context = pdu_read_context(&reader, &f->master.pdu, &len);

	assert_int_equal(len, 1);
	assert_memory_equal(context, "a", 1);
	for (i = 0; i < nitems(lens); i++) {
		pdu_read_object(&reader, &object, ids, ref);
		assert_int_equal(oid_compare(object.oid, (struct oid){ names[i], lens[i] }), 0);
		if (i == 2)
			assert_int_equal(oid_compare(object.ref, (struct oid){ overload, nitems(overload) }), 0);
	}
	pdu_read_object(&reader, &object, ids, ref);	/* bbDevName.3 */
	assert_int_equal(object.oid.ids[object.oid.len - 1], 3);
	assert_int_equal(object.len, 1);
	pdu_read_object(&reader, &object, ids, ref);
	assert_false(reader.bad);
	return (unsigned)object.number;
}

/* For some steps of the pace. */
static void
expect_nothing(struct fixture *f)
{
	buf_eat(&f->master.in, f->master.eat);
	f->master.eat = 0;
	elapse(f->loop, 5 * TRAPS_STEP_MS);
	assert_int_equal(master_drain(&f->master), -1);
	assert_int_equal(f->master.in.len, 0);
}

static void
test_what_is_notified_has_a_notification(void **state)
{
	const struct notification_clock clock = { .wall = 2000, .uptime = 500 };

	for (enum event_kind kind = 0; kind < EVENT_KINDS; kind++) {
		struct event event = { .kind = kind, .device = "a", .time = 1000, .fields = { { "index", "3" },
		    { "outlet", "4" }, { "breaker", "5" }, { "id", "6" } } };
		struct buf varbinds = { 0 };

		if (notification_put(&varbinds, &event, 7, &clock) != event_facts(kind)->notified)
			fail_msg("%s", event_facts(kind)->word);
		assert_int_equal(varbinds.len == 0, !event_facts(kind)->notified);
		buf_free(&varbinds);
	}
}

static void
test_notifications_are_done_when_answered(void **state)
{
	struct fixture *f = *state;

	f->publish.say = on_say;
	f->publish.say_arg = f;
	start(f);
	loop_once(f->loop, 0);
	assert_string_equal(buf_text(&f->said), "ready \n");
	buf_clear(&f->said);
	for (unsigned serial = 5; serial <= 7; serial++)
		notify(f, serial);
	agentx_publisher.hear(f->role, "notify", "8 1 1000 fsd-set a  ");	/* nothing to be notified of */
	for (unsigned serial = 5; serial <= 7; serial++) {
		expect_notify(f);
		assert_int_equal(serial_of(f), serial);
		if (serial < 7)
			master_respond(&f->master, 100, serial == 5 ? PDU_OK : PDU_PROCESSING_ERROR);
	}
	expect_nothing(f);
	assert_non_null(strstr(buf_text(&f->said), "notified 5\n"));
	assert_non_null(strstr(buf_text(&f->said), "notified 6\n"));	/* it would be refused for ever */
	assert_null(strstr(buf_text(&f->said), "notified 7\n"));
	assert_non_null(strstr(buf_text(&f->said), "notified 8\n"));
	assert_int_equal(f->complaints, 1);
	/* What has no answer comes again in the next session, before what is new. */
	master_hang_up(&f->master);
	notify(f, 9);
	accept_at(f, f->listener);
	master_accept_open(&f->master, MODULES);
	master_accept_context(&f->master, "", DEFAULT_ROOTS);
	master_accept_context(&f->master, "a", DEVICE_ROOTS);
	expect_notify(f);
	assert_int_equal(serial_of(f), 7);
	master_respond(&f->master, 100, PDU_OK);
	expect_notify(f);
	assert_int_equal(serial_of(f), 9);
}

static void
test_a_master_is_not_flooded(void **state)
{
	struct fixture *f = *state;
	unsigned serial;

	f->publish.say = on_say;
	f->publish.say_arg = f;
	start(f);
	for (serial = 1; serial <= 100; serial++)
		notify(f, serial);
	for (serial = 1; serial <= TRAPS_WINDOW; serial++) {
		expect_notify(f);
		assert_int_equal(serial_of(f), serial);
	}
	expect_nothing(f);
	for (; serial <= 100; serial++) {
		master_respond(&f->master, 100, PDU_OK);
		expect_notify(f);
		assert_int_equal(serial_of(f), serial);
	}
}

static void
test_good_addresses(void **state)
{
	static const char *const good[] = { "unix:/var/agentx/master", "tcp:127.0.0.1:705", "tcp:[::1]:705",
	    "tcp:192.0.2.255:65535" };

	for (size_t i = 0; i < nitems(good); i++)
		assert_true(dial_understands(good[i]));
}

static void
test_bad_address(void **state)
{
	static const char *const bad[] = { "", "unix:", "unix:relative", "tcp:host:705", "tcp:127.0.0.1",
	    "tcp:127.0.0.1:0", "tcp:127.0.0.1:65536", "tcp:127.0.0.1:1x", "tcp::705", "udp:127.0.0.1:705" };
	struct fixture *f = *state;
	char *long_path = xasprintf("unix:/%0200d", 0);

	f->settings.agentx.socket = long_path;
	f->role = agentx_publisher.start(&f->publish);
	assert_int_equal(f->complaints, 1);
	for (size_t i = 0; i < nitems(bad); i++) {
		char *copy = xstrdup(bad[i]);

		f->settings.agentx.socket = copy;
		agentx_publisher.reload(f->role, &f->publish);
		assert_int_equal(f->complaints, 2 + i);
		free(copy);
	}
	f->settings.agentx.socket = f->address;
	agentx_publisher.reload(f->role, &f->publish);
	accept_at(f, f->listener);
	master_accept_open(&f->master, MODULES);
	free(long_path);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_values), TEST(test_devices_come_and_go), TEST(test_contexts_are_bounded),
		TEST(test_reload), TEST(test_entity_is_switched_off),
		TEST(test_what_is_notified_has_a_notification), TEST(test_notifications_are_done_when_answered), TEST(test_a_master_is_not_flooded),
		cmocka_unit_test(test_good_addresses), TEST(test_bad_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
