/* The driver powerman against a powermand that a test holds in its hands. */
#include <stdio.h>

#include "core/indexes.h"
#include "test/unit/stream_stage.h"
#include "test/unit/unit.h"

#include "drivers/powerman/reply.h"

#define SITE	"device racks { driver = powerman\n port = x }"
#define PROMPT	"powerman> "

static const char	*nodes;		/* the lines of its answer */
static const char	*status;
static const char	*outcome;	/* of commands */
static const char	*shown;		/* what status says once there was a command */
static char		 order[64];	/* the last command */

/* The whole line, and how long it is. */
static size_t
line_of(const char *heard, size_t len, char line[64])
{
	const char	*lf = memchr(heard, '\n', len);
	size_t		 n = lf == NULL ? 0 : (size_t)(lf - heard) + 1;

	assert_true(n < 64);
	snprintf(line, 64, "%.*s", n > 0 ? (int)n - 1 : 0, heard);
	return n;
}

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	char	line[64];
	size_t	n = line_of(heard, len, line);

	if (n == 0)
		return 0;
	if (strcmp(line, "exprange") == 0)
		stage_say(s, "105 Hostrange expansion ON\r\n" PROMPT);
	else if (strcmp(line, "nodes") == 0)
		buf_printf(&s->saying, "%s103 Query complete\r\n" PROMPT, nodes);
	else if (strcmp(line, "status") == 0)
		buf_printf(&s->saying, "%s" PROMPT, status);
	else {
		snprintf(order, sizeof(order), "%s", line);
		status = shown;
		buf_printf(&s->saying, "%s\r\n" PROMPT, outcome);
	}
	return n;
}

static struct indexes	*indexes;

static struct stage *
begin(void)
{
	struct stage	*s;

	nodes = "307 node7\r\n307 node9\r\n307 db1-a\r\n";
	status = "303 node7: on\r\n303 node9: off\r\n303 db1-a: unknown\r\n103 Query complete\r\n";
	outcome = "102 Command completed successfully";
	shown = status;
	*order = '\0';
	s = stage_new(SITE, peer);
	host_number(s->host, indexes);
	s->greeting = "001 powerman-2.3.27\r\n" PROMPT;
	return s;
}

static void
plugs_are_outlets(void **state)
{
	struct stage	*s = begin();
	size_t		 piece;

	for (piece = 0; piece < 5; piece++) {
		s->piece = piece;
		stage_run(s, 15000);
		assert_int_equal(stage_state(s, "racks"), DEVICE_FRESH);
		assert_string_equal(stage_value(s, "racks", "device.type"), "pdu");
		assert_string_equal(stage_value(s, "racks", "outlet.count"), "3");
		assert_string_equal(stage_value(s, "racks", "outlet.1.name"), "node7");
		assert_string_equal(stage_value(s, "racks", "outlet.1.status"), "on");
		assert_string_equal(stage_value(s, "racks", "outlet.2.status"), "off");
		assert_string_equal(stage_value(s, "racks", "outlet.3.name"), "db1-a");
		assert_string_equal(stage_value(s, "racks", "outlet.3.status"), "(absent)");
	}
	assert_int_equal(s->connections, 1);
	stage_free(s);
}

/* Numbers were given in the test before: another powermand.conf moves none of them. */
static void
numbers_stay(void **state)
{
	struct stage	*s = begin();

	nodes = "307 new1\r\n307 db1-a\r\n307 node7\r\n307 not a label\r\n";
	status = "303 node7: off\r\n303 new1: on\r\n303 stranger: on\r\n211 Query completed with errors\r\n";
	stage_run(s, 2000);
	assert_string_equal(stage_value(s, "racks", "outlet.count"), "3");
	assert_string_equal(stage_value(s, "racks", "outlet.1.name"), "node7");
	assert_string_equal(stage_value(s, "racks", "outlet.1.status"), "off");
	assert_string_equal(stage_value(s, "racks", "outlet.2.name"), "(absent)");
	assert_string_equal(stage_value(s, "racks", "outlet.3.name"), "db1-a");
	assert_string_equal(stage_value(s, "racks", "outlet.4.name"), "new1");
	assert_string_equal(stage_value(s, "racks", "outlet.4.status"), "on");
	stage_free(s);
}

static void
outlets_are_switched_by_name(void **state)
{
	struct stage	*s = begin();

	stage_run(s, 2000);
	shown = "303 node7: off\r\n303 node9: off\r\n303 db1-a: on\r\n103 Query complete\r\n";
	assert_int_equal(stage_ask(s, "racks", REQUEST_COMMAND, "outlet.1.load.off", NULL), R_DONE);
	assert_string_equal(order, "off node7");
	assert_string_equal(stage_value(s, "racks", "outlet.1.status"), "off");
	shown = "303 node7: on\r\n303 node9: off\r\n303 db1-a: on\r\n103 Query complete\r\n";
	assert_int_equal(stage_ask(s, "racks", REQUEST_COMMAND, "outlet.1.load.on", NULL), R_DONE);
	assert_string_equal(order, "on node7");
	outcome = "210 Command completed with errors";
	assert_int_equal(stage_ask(s, "racks", REQUEST_COMMAND, "outlet.2.load.on", NULL), R_FAILED);
	assert_string_equal(order, "on node9");
	assert_int_equal(stage_ask(s, "racks", REQUEST_COMMAND, "outlet.9.load.on", NULL), R_UNKNOWN);
	stage_run(s, 30000);
	assert_int_equal(stage_state(s, "racks"), DEVICE_FRESH);
	stage_free(s);
}

static void
who_is_not_powermand_is_left(void **state)
{
	static const char *const	greetings[] = { "SSH-2.0-OpenSSH_9.2\r\n", PROMPT, ("220 mail ESMTP\r\n" PROMPT),
					    "001\r\n002 \r\n garbage\r\n" };
	size_t				i;

	for (i = 0; i < nitems(greetings); i++) {
		struct stage	*s = begin();

		s->greeting = greetings[i];
		stage_run(s, 60000);
		assert_int_equal(stage_state(s, "racks"), DEVICE_WAITING);
		assert_true(s->drops > 0);
		stage_free(s);
	}
}

/* -- lines ---------------------------------------------------------------------------------- */

static void
lines_and_prompts_are_told_apart(void **state)
{
	static const struct { const char *bytes; int len; } rows[] = {
		{ "103 Query complete\r\npowerman> ", 20 }, { "powerman> 103", 10 }, { "power", 0 }, { "103 Que", 0 },
		{ "powerful\n", 9 }, { "", 0 },
	};
	char	 line[] = "303  node7: on \r\n", bad[] = "30 x\r\n", *text, *label, *value;
	size_t	 i;

	for (i = 0; i < nitems(rows); i++)
		assert_int_equal(reply_frame((const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)), rows[i].len);
	assert_int_equal(reply_parse(line, &text), 303);
	assert_true(reply_pair(text, &label, &value));
	assert_string_equal(label, "node7");
	assert_string_equal(value, "on");
	assert_int_equal(reply_parse(bad, &text), -1);
	assert_false(reply_is_label("two words"));
	assert_false(reply_is_label("n[1-3]"));
	assert_false(reply_is_label(""));
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(plugs_are_outlets),
		cmocka_unit_test(numbers_stay),
		cmocka_unit_test(outlets_are_switched_by_name),
		cmocka_unit_test(who_is_not_powermand_is_left),
		cmocka_unit_test(lines_and_prompts_are_told_apart),
	};
	int			status_of_all;

	indexes = indexes_new();
	status_of_all = cmocka_run_group_tests_name("powerman", tests, NULL, NULL);
	indexes_free(indexes);
	return status_of_all;
}
