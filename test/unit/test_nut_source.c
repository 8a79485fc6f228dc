/* The driver nut against a server that a test holds in its hands. */
#include <stdio.h>

#include "core/line.h"
#include "core/remarks.h"
#include "test/unit/stream_stage.h"
#include "test/unit/unit.h"

#define VALUES_A \
	"ups.status\0ALARM OL FSD XYZ\0ups.alarm\0Replace battery!\0battery.charge\0" "014\0" \
	"ups.mfr\0\0ups.model\0a \"b\" \\ #c=d\0ups.delay.shutdown\0+5\0my.own.name\0x y\0ups.id\0a\0"
#define VALUES_B	"ups.status\0OL\0ups.id\0b\0device.type\0pdu\0"

struct served {
	const char	*name, *values, *error;	/* error: instead of all answers about it */
};

static struct server {
	struct served	 ups[3];
	const char	*last;			/* the last command or setting */
	char		 action[200];
	const char	*answer, *outcome;	/* to commands, and to GET TRACKING */
	const char	*tracking, *tls;	/* to SET TRACKING, and to STARTTLS */
	unsigned	 logins;
	unsigned	 pending;		/* times that the outcome is PENDING first */
	unsigned	 lists, values, questions;
	const char	*junk;			/* said once instead of the next LIST VAR */
} server;

static void
say_quoted(struct stage *s, const char *text)
{
	line_quote(&s->saying, text);
	stage_say(s, "\n");
}

static void
say_values(struct stage *s, const struct served *ups, const char *verb)
{
	const char	*at = ups->values;
	bool		 rw = strcmp(verb, "RW") == 0;

	for (; at != NULL && *at != '\0'; at += strlen(at) + 1) {
		const char	*name = at;

		at += strlen(at) + 1;
		if (rw && strcmp(name, "ups.id") != 0 && strcmp(name, "ups.delay.shutdown") != 0 &&
		    strcmp(name, "battery.charge") != 0)
			continue;
		buf_printf(&s->saying, "%s %s %s ", verb, ups->name, name);
		say_quoted(s, at);
	}
}

static void
answer_list(struct stage *s, const char **w, size_t n)
{
	const struct served	*ups = NULL;
	size_t			 i;

	for (i = 0; i < nitems(server.ups); i++)
		if (n > 2 && server.ups[i].name != NULL && strcmp(server.ups[i].name, w[2]) == 0)
			ups = &server.ups[i];
	if (n > 2 && ups == NULL) {
		stage_say(s, "ERR UNKNOWN-UPS\n");
		return;
	}
	if (ups != NULL && ups->error != NULL) {
		buf_printf(&s->saying, "ERR %s\n", ups->error);
		return;
	}
	buf_printf(&s->saying, "BEGIN LIST %s%s%s%s%s\n", w[1], n > 2 ? " " : "", n > 2 ? w[2] : "",
	    n > 3 ? " " : "", n > 3 ? w[3] : "");
	if (strcmp(w[1], "UPS") == 0)
		for (i = 0; i < nitems(server.ups); i++)
			if (server.ups[i].name != NULL)
				buf_printf(&s->saying, "UPS %s \"Rack 12\"\n", server.ups[i].name);
	if (strcmp(w[1], "CMD") == 0)
		buf_printf(&s->saying, "CMD %s load.off\nCMD %s my.command\n", w[2], w[2]);
	if (strcmp(w[1], "VAR") == 0 || strcmp(w[1], "RW") == 0)
		say_values(s, ups, w[1]);
	if (strcmp(w[1], "ENUM") == 0)
		buf_printf(&s->saying, "ENUM %s %s \"low\"\nENUM %s %s \"very high\"\n", w[2], w[3], w[2], w[3]);
	if (strcmp(w[1], "RANGE") == 0)
		buf_printf(&s->saying, "RANGE %s %s \"10\" \"20\"\nRANGE %s %s \"30\" \"40\"\n", w[2], w[3], w[2], w[3]);
	buf_printf(&s->saying, "END LIST %s%s%s%s%s\n", w[1], n > 2 ? " " : "", n > 2 ? w[2] : "",
	    n > 3 ? " " : "", n > 3 ? w[3] : "");
}

static void
answer_words(struct stage *s, const char **w, size_t n, const char *line)
{
	server.questions++;
	if (strcmp(w[0], "LIST") == 0) {
		server.lists += strcmp(w[1], "UPS") == 0;
		server.values += strcmp(w[1], "VAR") == 0;
		if (server.junk != NULL && strcmp(w[1], "VAR") == 0) {
			stage_say(s, server.junk);
			server.junk = NULL;
			return;
		}
		answer_list(s, w, n);
	} else if (strcmp(w[0], "GET") == 0 && strcmp(w[1], "TYPE") == 0) {
		buf_printf(&s->saying, "TYPE %s %s RW %s\n", w[2], w[3], strcmp(w[3], "ups.id") == 0 ?
		    "STRING:8" : strcmp(w[3], "battery.charge") == 0 ? "ENUM STRING:32" : "RANGE NUMBER");
	} else if (strcmp(w[0], "GET") == 0) {
		assert_string_equal(w[2], "id-1");
		stage_say(s, server.pending > 0 ? "PENDING\n" : server.outcome);
		server.pending -= server.pending > 0;
	} else if (strcmp(w[0], "STARTTLS") == 0) {
		stage_say(s, server.tls);
	} else if (strcmp(w[0], "USERNAME") == 0 || strcmp(w[0], "PASSWORD") == 0) {
		server.logins++;
		stage_say(s, "OK\n");
	} else if (strcmp(w[0], "SET") == 0 && strcmp(w[1], "TRACKING") == 0) {
		stage_say(s, server.tracking);
	} else {
		snprintf(server.action, sizeof(server.action), "%s", line);
		stage_say(s, server.answer);
	}
}

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	const char	*words[8];
	size_t		 n = line_length(heard, len), count;
	char		*line, *text;

	if (n == 0)
		return 0;
	line = xstrndup(heard, n - 1);
	text = xstrdup(line);
	count = line_split(line, n - 1, words, nitems(words));
	assert_true(count > 0);
	answer_words(s, words, count, text);
	free(line);
	free(text);
	return n;
}

static struct stage *
begin(const char *conf)
{
	server = (struct server){ .ups = { { "a", VALUES_A, NULL }, { "b", VALUES_B, NULL } },
	    .answer = "OK TRACKING id-1\n", .outcome = "SUCCESS\n", .tracking = "OK\n",
	    .tls = "ERR FEATURE-NOT-CONFIGURED\n" };
	return stage_new(conf, peer);
}

#define SITE	"device site { driver = nut\n port = x }"
#define ADMIN	"device site { driver = nut\n port = x\n options = {\"user=me\", \"password=p w\"} }"

/* All readings of a device as text, without remarks. */
static char *
dump(const struct stage *s, const char *name)
{
	const struct snapshot	*now = device_now(stage_find(s, name));
	struct buf		 b = { 0 };
	char			 room[VALUE_TEXT_MAX], *text;
	size_t			 i;

	for (i = 0; i < snapshot_size(now); i++)
		if (!var_hidden(snapshot_at(now, i)->var))
			buf_printf(&b, "%s=%s;", var_name(snapshot_at(now, i)->var),
			    value_text(&snapshot_at(now, i)->value, room));
	text = xstrdup(buf_text(&b));
	buf_free(&b);
	return text;
}

static const char all_of_a[] = "battery.charge=014;my.own.name=x y;ups.alarm=Replace battery!;"
	"ups.delay.shutdown=+5;ups.id=a;ups.mfr=;ups.model=a \"b\" \\ #c=d;ups.status=ALARM OL FSD XYZ;";

static void
assert_all_of_a(const struct stage *s, const char *name)
{
	char	*text = dump(s, name);

	assert_string_equal(text, all_of_a);
	free(text);
}

static void
every_variable_passes_as_it_is(void **state)
{
	struct stage	*s = begin(SITE);

	stage_run(s, 1000);
	assert_int_equal(model_size(s->model), 2);
	assert_int_equal(stage_state(s, "site-a"), DEVICE_FRESH);
	assert_all_of_a(s, "site-a");
	assert_string_equal(stage_value(s, "site-b", "device.type"), "pdu");
	assert_string_equal(stage_value(s, "site-b", REMARK_DESCRIPTION), "Rack 12");
	stage_free(s);
}

static void
pieces_of_any_size_are_the_same(void **state)
{
	size_t	 piece;

	for (piece = 1; piece < 40; piece += 3) {
		struct stage	*s = begin(SITE);

		s->piece = piece;
		stage_run(s, 3000);
		assert_all_of_a(s, "site-a");
		assert_int_equal(s->drops, 0);
		stage_free(s);
	}
}

/* Whole or not at all, and well again afterwards. */
static void
a_cut_behind_any_byte_spoils_nothing(void **state)
{
	size_t	 cut;

	for (cut = 1; cut < 2600; cut++) {
		struct stage	*s = begin(ADMIN);
		struct device	*d;

		s->cut = cut;
		stage_run(s, 500);
		d = stage_find(s, "site-a");
		if (d != NULL && device_state(d) == DEVICE_FRESH)
			assert_all_of_a(s, "site-a");
		stage_run(s, 10000);
		assert_int_equal(stage_state(s, "site-a"), DEVICE_FRESH);
		assert_int_equal(stage_state(s, "site-b"), DEVICE_FRESH);
		assert_all_of_a(s, "site-a");
		assert_true(s->connections == 2);
		stage_free(s);
	}
}

static void
a_round_is_one_question_a_device(void **state)
{
	struct stage	*s = begin(SITE);
	unsigned	 before;

	stage_run(s, 3000);
	before = server.values;
	server.lists = server.questions = 0;
	stage_run(s, 20000);
	assert_in_range(server.values - before, 18, 22);
	assert_int_equal(server.questions, server.values - before + server.lists);
	stage_free(s);
}

static void
silence_breaks_the_connection_and_all_goes_stale(void **state)
{
	struct stage	*s = begin(SITE);

	stage_run(s, 3000);
	s->mute = true;
	stage_run(s, 30000);
	assert_int_equal(stage_state(s, "site-a"), DEVICE_STALE);
	assert_true(s->drops >= 2);
	assert_string_equal(s->why, "the server does not answer");
	s->mute = false;
	stage_run(s, 60000);
	assert_int_equal(stage_state(s, "site-a"), DEVICE_FRESH);
	assert_all_of_a(s, "site-a");
	stage_free(s);
}

static void
what_makes_no_sense_breaks_the_connection(void **state)
{
	static const char *const	 junk[] = {
		"\n", "OK\n", "VAR a ups.load \"1\"\n", "BEGIN LIST VAR a\nVAR b ups.load \"1\"\nEND LIST VAR a\n",
		"BEGIN LIST VAR a\nVAR a ups.load\nEND LIST VAR a\n", "BEGIN LIST RW a\nEND LIST RW a\n",
		"BEGIN LIST VAR a\nVAR a ups.load \"1\nEND LIST VAR a\n\x80\xff",
		"BEGIN LIST VAR a\nBEGIN LIST VAR a\nEND LIST VAR a\n",
	};
	size_t				 i;

	for (i = 0; i < nitems(junk); i++) {
		struct stage	*s = begin(SITE);

		stage_run(s, 1000);
		server.junk = junk[i];
		stage_run(s, 2000);
		assert_int_equal(s->drops, 1);
		assert_all_of_a(s, "site-a");
		stage_run(s, 20000);
		assert_int_equal(stage_state(s, "site-a"), DEVICE_FRESH);
		stage_free(s);
	}
}

static void
names_that_are_the_engines_own_are_left_out(void **state)
{
	struct stage	*s = begin(SITE);

	server.ups[0].values = "ups.status\0OL\0.default\0no\0.type\0pdu\0";
	stage_run(s, 1000);
	assert_string_equal(stage_value(s, "site-a", ".type"), "ups");
	assert_string_equal(stage_value(s, "site-a", "ups.status"), "OL");
	stage_free(s);
}

static void
a_device_is_as_it_is_there(void **state)
{
	struct stage	*s = begin(SITE);

	server.ups[1].error = "DRIVER-NOT-CONNECTED";
	stage_run(s, 1000);
	assert_int_equal(stage_state(s, "site-b"), DEVICE_WAITING);
	server.ups[0].error = "DATA-STALE";
	server.ups[1].error = NULL;
	stage_run(s, 3000);
	assert_int_equal(stage_state(s, "site-a"), DEVICE_STALE);
	assert_int_equal(stage_state(s, "site-b"), DEVICE_FRESH);
	server.ups[0].error = NULL;
	stage_run(s, 3000);
	assert_int_equal(stage_state(s, "site-a"), DEVICE_FRESH);
	assert_all_of_a(s, "site-a");
	server.ups[2] = (struct served){ "c", VALUES_B, NULL };
	stage_run(s, 5000);
	assert_int_equal(stage_state(s, "site-c"), DEVICE_FRESH);
	server.ups[0].name = NULL;
	stage_run(s, 5000);
	assert_int_equal(stage_state(s, "site-a"), -1);
	assert_int_equal(stage_state(s, "site-c"), DEVICE_FRESH);
	server.ups[0].name = "a";
	stage_run(s, 5000);
	assert_all_of_a(s, "site-a");
	stage_free(s);
}

static void
what_went_while_nobody_looked_is_gone(void **state)
{
	struct stage	*s = begin(SITE);

	stage_run(s, 1000);
	server.ups[1].name = NULL;
	s->cut = 1;
	stage_run(s, 10000);
	assert_int_equal(s->connections, 2);
	assert_int_equal(stage_state(s, "site-a"), DEVICE_FRESH);
	assert_int_equal(stage_state(s, "site-b"), -1);
	stage_free(s);
}

static void
what_is_gone_there_is_gone_here(void **state)
{
	struct stage	*s = begin(SITE);

	stage_run(s, 1000);
	server.ups[0].values = "ups.status\0OB\0";
	stage_run(s, 3000);
	assert_string_equal(stage_value(s, "site-a", "ups.status"), "OB");
	assert_string_equal(stage_value(s, "site-a", "battery.charge"), "(absent)");
	stage_free(s);
}

static void
named_devices_and_no_others_are_there(void **state)
{
	struct stage	*s = begin("device rack { driver = nut\n port = x\n options = {\"ups=a\"} }");

	stage_run(s, 1000);
	assert_int_equal(model_size(s->model), 1);
	assert_all_of_a(s, "rack");
	assert_int_equal(server.lists, 0);
	server.ups[0].name = NULL;
	stage_run(s, 3000);
	assert_int_equal(stage_state(s, "rack"), DEVICE_WAITING);
	stage_apply(s, "device rack { driver = nut\n port = x\n options = {\"ups=a, c b\"}\n units = {\"b=bb\"} }");
	stage_run(s, 3000);
	assert_int_equal(model_size(s->model), 3);
	assert_int_equal(stage_state(s, "bb"), DEVICE_FRESH);
	assert_int_equal(stage_state(s, "rack-c"), DEVICE_WAITING);
	stage_free(s);
}

static void
what_can_be_set_is_known(void **state)
{
	struct stage		*s = begin(SITE);
	const struct traits	*t;
	const struct settable	*v;

	stage_run(s, 1000);
	t = device_traits(stage_find(s, "site-a"));
	assert_int_equal(traits_commands(t), 2);
	assert_true(traits_can(t, var_intern("my.command")));
	assert_int_equal(traits_settables(t), 3);
	v = traits_settable(t, VAR_UPS_ID);
	assert_int_equal(v->maxlen, 8);
	v = traits_settable(t, VAR_BATTERY_CHARGE);
	assert_int_equal(v->nenums, 2);
	assert_string_equal(v->enums[1], "very high");
	v = traits_settable(t, VAR_UPS_DELAY_SHUTDOWN);
	assert_int_equal(v->maxlen, 0);
	assert_int_equal(v->nranges, 2);
	assert_int_equal(v->ranges[1].max.digits, 40);
	stage_free(s);
}

static void
a_command_ends_as_it_ends_there(void **state)
{
	static const struct { const char *answer, *outcome; enum result result; } rows[] = {
		{ "OK TRACKING id-1\n", "SUCCESS\n", R_DONE },
		{ "OK TRACKING id-1\n", "ERR FAILED\n", R_FAILED },
		{ "OK TRACKING id-1\n", "ERR INVALID-ARGUMENT\n", R_INVALID },
		{ "OK TRACKING id-1\n", "ERR UNKNOWN\n", R_UNKNOWN },
		{ "OK TRACKING id-1\n", "PENDING\n", R_TIMEOUT },
		{ "OK\n", NULL, R_DONE },
		{ "ERR ACCESS-DENIED\n", NULL, R_DENIED },
		{ "ERR CMD-NOT-SUPPORTED\n", NULL, R_UNKNOWN },
		{ "ERR DATA-STALE\n", NULL, R_GONE },
		{ "ERR SOMETHING-NEW\n", NULL, R_FAILED },
		{ "WHAT\n", NULL, R_FAILED },
		{ "", NULL, R_TIMEOUT },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin(ADMIN);

		server.answer = rows[i].answer;
		server.outcome = rows[i].outcome;
		server.pending = 3;
		stage_run(s, 1000);
		assert_int_equal(stage_ask(s, "site-b", REQUEST_COMMAND, "load.off", NULL), rows[i].result);
		assert_string_equal(server.action, "INSTCMD b load.off");
		stage_run(s, 60000);
		assert_int_equal(stage_state(s, "site-b"), DEVICE_FRESH);
		stage_free(s);
	}
}

static void
a_setting_is_passed_on(void **state)
{
	struct stage	*s = begin(ADMIN);

	server.tracking = "ERR UNKNOWN-COMMAND\n";
	server.answer = "OK\n";
	stage_run(s, 1000);
	assert_int_equal(stage_ask(s, "site-a", REQUEST_SET, "ups.id", "x \"#\\"), R_DONE);
	assert_string_equal(server.action, "SET VAR a ups.id \"x \\\"\\#\\\\\"");
	assert_int_equal(stage_ask(s, "site-a", REQUEST_COMMAND, "my.command", "a b"), R_DONE);
	assert_string_equal(server.action, "INSTCMD a my.command \"a b\"");
	assert_int_equal(stage_ask(s, "site-a", REQUEST_SET, "ups.id", "a\tb"), R_INVALID);
	stage_free(s);
}

static void
a_secret_goes_where_it_may(void **state)
{
	static const struct {
		const char	*options, *answer, *distrust;
		unsigned	 secures, logins;
		int		 state;
	} rows[] = {
		{ "", "ERR FEATURE-NOT-CONFIGURED\n", NULL, 0, 2, DEVICE_FRESH },
		{ "", "ERR UNKNOWN-COMMAND\n", NULL, 0, 2, DEVICE_FRESH },
		{ "", "OK STARTTLS\n", NULL, 1, 2, DEVICE_FRESH },
		{ "", "OK STARTTLS\n", "no common cipher", 3, 0, -1 },
		{ "\"tls=no\"", "", NULL, 0, 2, DEVICE_FRESH },
		{ "\"tls=yes\"", "ERR FEATURE-NOT-CONFIGURED\n", NULL, 0, 0, -1 },
		{ "\"tls=yes\"", "OK STARTTLS\n", NULL, 1, 2, DEVICE_FRESH },
		{ "\"tls=perhaps\"", "OK STARTTLS\n", NULL, 0, 0, -1 },
		{ "\"ca=/x\"", "ERR FEATURE-NOT-CONFIGURED\n", NULL, 0, 0, -1 },
		{ "\"ca=/x\"", "OK STARTTLS\n", "a foreign certificate", 3, 0, -1 },
		{ "\"ca=/x\", \"tls=no\"", "OK STARTTLS\n", NULL, 1, 2, DEVICE_FRESH },
		{ "", "OK STARTTLS\nOK\nOK\nOK\n", NULL, 0, 0, -1 },
	};
	char	 conf[256];
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s;

		snprintf(conf, sizeof(conf), "device site { driver = nut\n port = x\n "
		    "options = {\"user=me\", \"password=p w\"%s%s} }", *rows[i].options != '\0' ? ", " : "",
		    rows[i].options);
		s = begin(conf);
		server.tls = rows[i].answer;
		s->distrust = rows[i].distrust;
		stage_run(s, 5000);
		assert_int_equal(server.logins, rows[i].logins);
		assert_int_equal(stage_state(s, "site-a"), rows[i].state);
		if (rows[i].secures < 3)
			assert_int_equal(s->secures, rows[i].secures);
		else
			assert_true(s->secures >= 1 && s->drops >= 1);
		stage_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_variable_passes_as_it_is),
		cmocka_unit_test(pieces_of_any_size_are_the_same),
		cmocka_unit_test(a_cut_behind_any_byte_spoils_nothing),
		cmocka_unit_test(a_round_is_one_question_a_device),
		cmocka_unit_test(silence_breaks_the_connection_and_all_goes_stale),
		cmocka_unit_test(what_makes_no_sense_breaks_the_connection),
		cmocka_unit_test(names_that_are_the_engines_own_are_left_out),
		cmocka_unit_test(a_device_is_as_it_is_there),
		cmocka_unit_test(what_went_while_nobody_looked_is_gone),
		cmocka_unit_test(what_is_gone_there_is_gone_here),
		cmocka_unit_test(named_devices_and_no_others_are_there),
		cmocka_unit_test(what_can_be_set_is_known),
		cmocka_unit_test(a_command_ends_as_it_ends_there),
		cmocka_unit_test(a_setting_is_passed_on),
		cmocka_unit_test(a_secret_goes_where_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
