#include "unit.h"

#include <stdio.h>

#include "core/log.h"
#include "core/stream.h"
#include "core/unit.h"
#include "drivers/contact/cables.h"
#include "drivers/contact/contact.h"
#include "test/unit/elapse.h"

/* A port whose wires the test moves, and what the driver did to its own. */
struct stage {
	struct loop		*loop;
	struct model		*model;
	struct host		*host;
	struct settings		*settings;
	struct stream		*stream;
	struct serial_line	 line;
	struct timer		*up;
	void			(*changed)(void *, bool, const char *);
	void			*arg;
	unsigned		 wires;		/* all six */
	bool			 low;		/* a break */
	char			 history[256];	/* "DTR+RTS RTS break" */
};

static struct stage	*opening;

static void
note(struct stage *s, const char *what)
{
	size_t	 n = strlen(s->history);

	snprintf(s->history + n, sizeof s->history - n, "%s%s", n > 0 ? " " : "", what);
}

static const char *
outputs_text(unsigned wires)
{
	static const char *const words[] = { "low", "DTR", "RTS", "DTR+RTS" };

	return words[wires & (SERIAL_DTR | SERIAL_RTS)];
}

static bool
line_raise(void *arg, unsigned raised)
{
	struct stage	*s = arg;

	s->wires = (s->wires & ~(unsigned)(SERIAL_DTR | SERIAL_RTS)) | raised;
	note(s, outputs_text(raised));
	return true;
}

static bool
line_read(void *arg, unsigned *wires)
{
	const struct stage	*s = arg;

	*wires = s->wires;
	return true;
}

static bool
line_hold(void *arg, bool low)
{
	struct stage	*s = arg;

	s->low = low;
	note(s, low ? "break" : "end");
	return true;
}

static bool
line_format(void *arg, const struct serial_line *line)
{
	return true;
}

static bool
line_send(void *arg, const void *bytes, size_t len)
{
	fail_msg("bytes were sent");
	return false;
}

static void
line_drop(void *arg, const char *why)
{
	fail_msg("the line was dropped: %s", why);
}

static void
line_free(void *arg)
{
	struct stage	*s = arg;

	timer_stop(s->up);
	s->stream = NULL;
}

static const struct serial_ops wires = { line_format, line_raise, line_read, line_hold };
static const struct stream_ops ops = { .send = line_send, .drop = line_drop, .free = line_free, .serial = &wires };

static void
on_up(void *arg)
{
	struct stage	*s = arg;

	line_raise(s, s->line.raised);
	stream_up(s->stream);
	s->changed(s->arg, true, NULL);
}

static void *
backend_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct stage	*s = opening;

	s->changed = changed;
	s->arg = arg;
	return s->stream = stream_new(loop, &ops, s);
}

static void
backend_line(void *handle, const struct serial_line *line)
{
	struct stage	*s = stream_line(handle);

	s->line = *line;
	timer_set(s->up, 0);
}

static void
backend_forget(void *handle)
{
	stream_forget(handle);
}

static void
backend_close(void *handle)
{
	stream_free(handle);
}

static const struct wire_backend backend = {
	.wire = WIRE_SERIAL, .name = "test", .open = backend_open, .forget = backend_forget,
	.close = backend_close, .line = backend_line,
};
static const struct wire_backend *const backends[] = { &backend, NULL };
static const struct driver *const on_stage[] = { &contact_driver, NULL };

static void
no_log(enum log_level level, const char *line, void *arg)
{
	if (getenv("TEST_LOG") != NULL)
		fprintf(stderr, "%s\n", line);
}

static void
learn(struct stage *s)
{
	const char		*src = getenv("srcdir");
	char			*folder = xasprintf("%s/drivers/profiles", src == NULL ? "." : src);
	const char		*folders[] = { folder, NULL };
	struct conf_errors	 errors = { 0 };

	if (!host_learn(s->host, folders, &errors))
		fail_msg("%s", errors.texts[0]);
	free(folder);
}

static int
setup(void **state)
{
	struct stage	*s = xcalloc(1, sizeof *s);

	log_to(no_log, NULL);
	s->loop = loop_new_virtual();
	s->model = model_new();
	s->up = timer_new(s->loop, on_up, s);
	s->host = host_new(s->loop, s->model, on_stage, backends);
	learn(s);
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct stage	*s = *state;

	host_free(s->host);
	model_free(s->model);
	settings_free(s->settings);
	timer_free(s->up);
	loop_free(s->loop);
	free(s);
	log_to(NULL, NULL);
	return 0;
}

static struct settings *
parse(const char *conf, struct conf_errors *errors)
{
	struct driver_facts	 facts[] = { { contact_driver.name, contact_driver.poll_ms,
				    contact_driver.poll_full_ms, contact_driver.options }, { 0 } };
	char			*text = xasprintf("device ups { driver = contact  port = \"/dev/ttyS0\"  %s }", conf);
	struct settings		*settings = settings_parse("test", text, strlen(text), facts, errors);

	free(text);
	return settings;
}

/* Its inputs are so from the beginning. */
static void
begin(struct stage *s, const char *conf, unsigned inputs)
{
	struct conf_errors	 errors = { 0 };

	opening = s;
	s->wires = inputs;
	s->settings = parse(conf, &errors);
	assert_non_null(s->settings);
	assert_true(host_check(s->host, s->settings, &errors));
	host_apply(s->host, s->settings);
}

static void
move(struct stage *s, unsigned inputs)
{
	s->wires = (s->wires & (SERIAL_DTR | SERIAL_RTS)) | inputs;
}

static struct device *
ups(const struct stage *s)
{
	return model_find(s->model, "ups", 3);
}

static const char *
value(const struct stage *s, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	const struct value	*v = snapshot_get(device_now(ups(s)), var_intern(name));

	if (device_state(ups(s)) == DEVICE_STALE)
		return "(stale)";
	return v == NULL ? "(absent)" : value_text(v, room);
}

#define expect(s, name, text)	assert_string_equal(value(s, name), text)

static void
on_result(enum result result, const char *detail, void *arg)
{
	*(int *)arg = (int)result;
}

static void
run(struct stage *s, const char *command, int *result)
{
	struct ask	 ask = { .kind = REQUEST_COMMAND, .name = var_intern(command), .origin = "test" };

	*result = -1;
	device_ask(ups(s), &ask, on_result, result);
}

/* -- states ------------------------------------------------------------------------------- */

#define CABLE	"profile = apc-940-0020b"	/* mains: CTS low; low battery: DCD high; RTS feeds it */

static void
says_what_the_wires_say(void **state)
{
	struct stage	*s = *state;

	begin(s, CABLE, 0);
	elapse(s->loop, 1000);
	expect(s, "ups.status", "OL");
	expect(s, "ups.mfr", "APC");
	expect(s, "ups.model", "Back-UPS");
	assert_int_equal(s->line.raised, SERIAL_RTS);
	assert_true(s->line.needs_wires);
	move(s, SERIAL_CTS);
	elapse(s->loop, 500);		/* long before the next poll */
	expect(s, "ups.status", "OB");
	move(s, SERIAL_CTS | SERIAL_DCD);
	elapse(s->loop, 500);
	expect(s, "ups.status", "OB LB");
	move(s, 0);
	elapse(s->loop, 500);
	expect(s, "ups.status", "OL");
	elapse(s->loop, 60000);
	expect(s, "ups.status", "OL");
	assert_string_equal(s->history, "RTS");
}

static void
believes_no_bounce(void **state)
{
	struct stage	*s = *state;
	int		 i;

	begin(s, CABLE "  options = {\"debounce=300\"}", 0);
	elapse(s->loop, 3000);
	for (i = 0; i < 20; i++) {
		move(s, SERIAL_CTS | SERIAL_DCD);
		elapse(s->loop, 150);
		expect(s, "ups.status", "OL");
		move(s, 0);
		elapse(s->loop, 450);
		expect(s, "ups.status", "OL");
	}
	move(s, SERIAL_CTS);
	elapse(s->loop, 600);
	expect(s, "ups.status", "OB");
}

/* Then nobody knows, and what was so before is not shown for ever. */
static void
says_nothing_of_wires_without_rest(void **state)
{
	struct stage	*s = *state;
	int		 i;

	begin(s, CABLE "  options = {\"debounce=300\"}  max-age = 15", 0);
	elapse(s->loop, 3000);
	for (i = 0; i < 200; i++) {
		move(s, i % 2 == 0 ? SERIAL_CTS : 0);
		elapse(s->loop, 130);
		assert_string_not_equal(value(s, "ups.status"), "OB");
	}
	expect(s, "ups.status", "(stale)");
	move(s, SERIAL_CTS);
	elapse(s->loop, 60000);		/* the host waits before it begins anew */
	expect(s, "ups.status", "OB");
}

/* A cable that has just got its power says anything. */
static void
waits_for_the_first_words(void **state)
{
	struct stage	*s = *state;

	begin(s, CABLE, SERIAL_CTS | SERIAL_DCD);
	elapse(s->loop, 120);
	move(s, SERIAL_CTS);
	elapse(s->loop, 120);
	assert_int_equal(device_state(ups(s)), DEVICE_WAITING);
	move(s, 0);
	elapse(s->loop, 150);
	assert_int_equal(device_state(ups(s)), DEVICE_WAITING);
	elapse(s->loop, 500);
	expect(s, "ups.status", "OL");
}

static void
takes_a_wiring_of_ones_own(void **state)
{
	struct stage	*s = *state;

	begin(s, "options = {\"CP=DTR\", \"OL=DSR\", \"LB=-RI\", \"RB=CTS\"}", SERIAL_DSR | SERIAL_RI);
	elapse(s->loop, 1000);
	expect(s, "ups.status", "OL");
	assert_int_equal(s->line.raised, SERIAL_DTR);
	move(s, SERIAL_CTS);
	elapse(s->loop, 1000);
	expect(s, "ups.status", "OB LB RB");
}

/* -- the shutdown ------------------------------------------------------------------------------ */

static void
shuts_down_by_level(void **state)
{
	struct stage	*s = *state;
	int		 result;

	begin(s, CABLE "  options = {\"sdtime=7\"}", SERIAL_CTS);
	elapse(s->loop, 3000);
	run(s, "shutdown.return", &result);
	elapse(s->loop, 100);
	assert_int_equal(result, R_DONE);
	assert_string_equal(s->history, "RTS DTR+RTS");
	move(s, SERIAL_DCD);		/* means nothing now */
	elapse(s->loop, 6800);
	expect(s, "ups.status", "OB");
	assert_string_equal(s->history, "RTS DTR+RTS");
	move(s, 0);
	elapse(s->loop, 3000);
	assert_string_equal(s->history, "RTS DTR+RTS RTS");
	expect(s, "ups.status", "OL");
}

static void
shuts_down_by_break(void **state)
{
	struct stage	*s = *state;
	int		 result;

	begin(s, "profile = 15", 0);	/* by NUT's number: powerware-5119 */
	elapse(s->loop, 3000);
	run(s, "shutdown.return", &result);
	elapse(s->loop, 4500);
	assert_int_equal(result, -1);
	assert_true(s->low);
	elapse(s->loop, 1000);
	assert_int_equal(result, R_DONE);
	assert_string_equal(s->history, "DTR break end");
}

static void
knows_when_it_cannot(void **state)
{
	struct stage	*s = *state;
	int		 result;

	begin(s, "profile = nitram-elite-500", SERIAL_CTS | SERIAL_DCD);
	elapse(s->loop, 3000);
	run(s, "shutdown.return", &result);
	elapse(s->loop, 100);
	assert_int_equal(result, R_UNKNOWN);
	assert_string_equal(s->history, "DTR");
}

/* What reconfigures or ends it changes no wire. */
static void
leaves_the_wires_alone(void **state)
{
	struct stage		*s = *state;
	struct settings		*before;
	struct conf_errors	 errors = { 0 };

	begin(s, CABLE, 0);
	elapse(s->loop, 3000);
	before = s->settings;
	s->settings = parse(CABLE "  description = \"below\"", &errors);
	host_apply(s->host, s->settings);
	settings_free(before);
	elapse(s->loop, 3000);
	expect(s, "ups.status", "OL");
	assert_string_equal(s->history, "RTS");
	before = s->settings;
	s->settings = settings_parse("test", "", 0, (struct driver_facts[]){ { 0 } }, &errors);
	host_apply(s->host, s->settings);
	settings_free(before);
	assert_string_equal(s->history, "RTS");
}

/* -- mistakes ------------------------------------------------------------------------------------- */

static void
refuses(struct stage *s, const char *conf, const char *text)
{
	struct conf_errors	 errors = { 0 };
	struct settings		*settings = parse(conf, &errors);

	assert_non_null(settings);
	assert_false(host_check(s->host, settings, &errors));
	assert_int_equal(errors.n, 1);
	if (strstr(errors.texts[0], text) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", errors.texts[0], text);
	conf_errors_free(&errors);
	settings_free(settings);
}

static void
tells_of_mistakes(void **state)
{
	struct stage	*s = *state;

	refuses(s, "", "which cable is it?");
	refuses(s, "profile = apc-940-0020x", "apc-940-0020x");
	refuses(s, CABLE "  options = {\"OL=CTZ\"}", "OL: \"CTZ\" is wrong; wants CTS, DSR, DCD or RI");
	refuses(s, CABLE "  options = {\"CP=CTS\"}", "wants DTR, RTS, DTR+RTS or none");
	refuses(s, CABLE "  options = {\"SD=RI\"}", "break, or none");
	refuses(s, CABLE "  options = {\"sdtime=ten\"}", "sdtime: wants 0 to 600");
	refuses(s, CABLE "  options = {\"debounce=-1\"}", "debounce: wants 0 to 5000");
	refuses(s, "options = {\"RB=CTS\"}", "neither OL nor LB");
	refuses(s, CABLE "  options = {\"OL=none\", \"LB=none\"}", "neither OL nor LB");
}

/* -- all cables against the table of facts ---------------------------------------------------------- */

static const char *const words[] = { "CTS", "DSR", "DCD", "RI" };
static const unsigned inputs[] = { SERIAL_CTS, SERIAL_DSR, SERIAL_DCD, SERIAL_RI };

/* "CTS low", "none" */
static bool
fact_holds(const char *fact, unsigned now, bool dflt)
{
	size_t	 i;

	for (i = 0; i < nitems(words); i++)
		if (strncmp(fact, words[i], strlen(words[i])) == 0)
			return ((now & inputs[i]) != 0) == (strstr(fact, "high") != NULL);
	return dflt;
}

static unsigned
fact_outputs(const char *fact)
{
	return (strstr(fact, "DTR") != NULL ? SERIAL_DTR : 0u) | (strstr(fact, "RTS") != NULL ? SERIAL_RTS : 0u);
}

static enum contact_shutdown
fact_how(const char *fact)
{
	return strstr(fact, "not known") != NULL ? CONTACT_NONE : strstr(fact, "break") != NULL ? CONTACT_BREAK :
	    CONTACT_LEVEL;
}

static void
compare_status(const struct wiring *w, char *const *field)
{
	char		 room[WIRING_STATUS_MAX], wanted[WIRING_STATUS_MAX];
	unsigned	 i, now;

	for (i = 0; i < 16; i++) {
		now = i << 2;		/* CTS to RI */
		snprintf(wanted, sizeof wanted, "%s%s%s%s", fact_holds(field[5], now, true) ? "OL" : "OB",
		    fact_holds(field[6], now, false) ? " LB" : "", fact_holds(field[7], now, false) ? " RB" : "",
		    fact_holds(field[8], now, false) ? " BYPASS" : "");
		assert_string_equal(wiring_status(w, now, room), wanted);
	}
}

static void
compare_row(const struct cables *known, char *line)
{
	char			*field[10] = { 0 }, *rest = line;
	const struct cable	*cable;
	size_t			 i;

	for (i = 0; i < nitems(field) && rest != NULL; i++)
		field[i] = strsep(&rest, "\t\n");
	assert_int_equal(i, nitems(field));
	cable = cables_find(known, field[0]);
	if (cable == NULL)
		fail_msg("cable %s is not known", field[0]);
	assert_int_equal(cable->wiring.power, fact_outputs(field[4]));
	assert_int_equal(cable->wiring.how, fact_how(field[9]));
	if (cable->wiring.how == CONTACT_LEVEL)
		assert_int_equal(cable->wiring.shutdown, fact_outputs(field[9]));
	compare_status(&cable->wiring, field);
}

static struct conf *
read_cables(struct conf_errors *errors)
{
	const char	*src = getenv("srcdir");
	char		*path = xasprintf("%s/drivers/profiles/contact/cables.conf", src == NULL ? "." : src);
	struct conf	*conf = conf_load(path, errors);

	free(path);
	return conf;
}

static void
has_all_cables(void **state)
{
	char			*path = xasprintf("%s/facts/serial/genericups.tsv", getenv("SHARED"));
	FILE			*f = fopen(path, "r");
	struct conf_errors	 errors = { 0 };
	struct conf		*conf;
	struct cables		*known;
	char			 line[1024];
	unsigned		 rows = 0;

	free(path);
	if (f == NULL)
		skip();
	conf = read_cables(&errors);
	assert_non_null(conf);
	known = cables_learn((const struct conf *const *)&conf, 1, &errors);
	assert_int_equal(errors.n, 0);
	assert_non_null(fgets(line, sizeof line, f));
	for (; fgets(line, sizeof line, f) != NULL; rows++)
		compare_row(known, line);
	assert_int_equal(rows, 24);
	fclose(f);
	cables_free(known);
	conf_free(conf);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test_setup_teardown(says_what_the_wires_say, setup, teardown),
		cmocka_unit_test_setup_teardown(believes_no_bounce, setup, teardown),
		cmocka_unit_test_setup_teardown(says_nothing_of_wires_without_rest, setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_the_first_words, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_a_wiring_of_ones_own, setup, teardown),
		cmocka_unit_test_setup_teardown(shuts_down_by_level, setup, teardown),
		cmocka_unit_test_setup_teardown(shuts_down_by_break, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_when_it_cannot, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_the_wires_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(tells_of_mistakes, setup, teardown),
		cmocka_unit_test(has_all_cables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
