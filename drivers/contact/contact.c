/*
 * Contact closure cables: the UPS says what it has to say by levels of the
 * port's wires, and is told to go by others.  Nothing can be asked, so nothing
 * is probed: which cable it is, the configuration says.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/contact/cables.h"
#include "drivers/contact/contact.h"

#define BREAK_MS	5000	/* NUT's genericups, sendbreak */
#define RESTLESS_MS	5000	/* wires that never come to rest say nothing */
#define DEVICE_WIRES	(SERIAL_CTS | SERIAL_DSR | SERIAL_DCD | SERIAL_RI)

struct contact {
	struct wiring	 wiring;
	unsigned	 wires;		/* as they have been for long enough */
	unsigned	 seen;		/* as they were last, since: */
	int64_t		 since;
	int64_t		 rested;	/* when they were as they had been, last */
	int64_t		 held_until;	/* the shutdown signal is given; 0: not */
	struct request	*breaking;	/* that the break is for; NULL: none */
};

static const struct option options[] = {
	{ "CP", NULL, false, "The outputs that feed the cable; the other is low." },
	{ "OL", NULL, false, "The wire that says that mains is there." },
	{ "LB", NULL, false, "The wire that says that the battery is low." },
	{ "RB", NULL, false, "The wire that says that the battery is to be replaced." },
	{ "BYPASS", NULL, false, "The wire that says that the load is on bypass." },
	{ "SD", NULL, false, "The outputs that order the shutdown." },
	{ "sdtime", "10", false, "Seconds for which these outputs are held, while busbard lives." },
	{ "debounce", "200", false, "Milliseconds for which a wire must have changed." },
	{ NULL, NULL, false, NULL },
};

/* -- what is configured ------------------------------------------------------------------- */

static const struct cable *
cable_of(const struct unit *u)
{
	return strcmp(unit_profile(u), "auto") == 0 ? NULL : cables_find(unit_knowledge(u), unit_profile(u));
}

static char *
read_wiring(const struct unit *u, struct wiring *w)
{
	const struct cable	*cable = cable_of(u);
	const char		*text, *want;
	bool			 own = false;
	size_t			 i;

	*w = cable == NULL ? (struct wiring){ 0 } : cable->wiring;
	for (i = 0; wiring_signals[i] != NULL; i++) {
		if ((text = unit_option(u, wiring_signals[i])) == NULL)
			continue;
		own = true;
		if ((want = wiring_set(w, wiring_signals[i], text)) != NULL)
			return xasprintf("options: %s: \"%s\" is wrong; wants %s", wiring_signals[i], text, want);
	}
	if (cable == NULL && strcmp(unit_profile(u), "auto") != 0)
		return NULL;		/* a name that nobody knows: the host says so */
	if (cable == NULL && !own)
		return xasprintf("profile: which cable is it? contact asks nothing and cannot find out; "
		    "drivers.md lists those that are known, and options describe any other");
	if (w->online.wire == 0 && w->low.wire == 0)
		return xasprintf("options: neither OL nor LB: nothing would be known of it");
	return NULL;
}

static bool
read_number(const struct unit *u, const char *name, long max, long *out)
{
	char	*end;

	*out = strtol(unit_option(u, name), &end, 10);
	return *end == '\0' && end != unit_option(u, name) && *out >= 0 && *out <= max;
}

static char *
contact_check(const struct unit *u)
{
	struct wiring	 w;
	long		 number;

	if (!read_number(u, "sdtime", 600, &number))
		return xasprintf("options: sdtime: wants 0 to 600");
	if (!read_number(u, "debounce", 5000, &number))
		return xasprintf("options: debounce: wants 0 to 5000");
	return read_wiring(u, &w);
}

static bool
contact_knows(const void *knowledge, const char *profile)
{
	return cables_find(knowledge, profile) != NULL;
}

static void *
contact_learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	return cables_learn(profiles, n, errors);
}

static void
contact_forget(void *knowledge)
{
	cables_free(knowledge);
}

/* The speed does not matter: no byte is sent. */
static void
contact_line(const struct unit *u, struct serial_line *line)
{
	struct wiring	 w;

	free(read_wiring(u, &w));
	*line = (struct serial_line){ .speed = 1200, .bits = 8, .stop = 1, .parity = 'N', .raised = w.power,
	    .needs_wires = true };
}

/* -- what is said ------------------------------------------------------------------------------ */

/* While the shutdown signal is given, the cable may be without power, and say anything. */
static bool
holding(const struct contact *c)
{
	return c->breaking != NULL || c->held_until != 0;
}

static int64_t
debounce(const struct unit *u)
{
	long	 ms;

	read_number(u, "debounce", 5000, &ms);
	return ms;
}

/* What is so must have lasted; false: it has not yet. */
static bool
settle(struct unit *u, unsigned wires)
{
	struct contact	*c = unit_state(u);
	int64_t		 left;

	if (wires != c->seen) {
		c->seen = wires;
		c->since = unit_now(u);
	}
	left = c->since + debounce(u) - unit_now(u);
	if (left > 0) {
		unit_wake(u, left);
		return false;
	}
	c->wires = c->seen;
	c->rested = unit_now(u);
	return true;
}

static void
say(struct unit *u)
{
	const struct contact	*c = unit_state(u);
	const struct cable	*cable = cable_of(u);
	char			 room[WIRING_STATUS_MAX];

	unit_status(u, wiring_status(&c->wiring, c->wires, room));
	if (cable == NULL)
		return;
	if (cable->mfr != NULL)
		unit_put_text(u, VAR_UPS_MFR, cable->mfr);
	if (cable->model != NULL)
		unit_put_text(u, VAR_UPS_MODEL, cable->model);
}

static void
on_wires(void *arg, unsigned wires)
{
	unit_wake(arg, 0);
}

static void
begin(struct unit *u)
{
	const struct contact	*c = unit_state(u);

	serial_watch(unit_stream(u), on_wires, u);
	if (c->wiring.how != CONTACT_NONE)
		unit_command(u, CMD_SHUTDOWN_RETURN);
	unit_type(u, "ups");
	unit_ready(u);
}

static void	rest(struct unit *);

/* The cable may have got its power just now: what it says counts once it lasts. */
static bool
on_rested(void *arg, enum result result, char *message, size_t len)
{
	struct unit	*u = arg;
	struct contact	*c = unit_state(u);
	unsigned	 wires;

	if (result == R_DONE && unit_now(u) - c->since < debounce(u))
		return true;		/* bytes, which nobody asked for */
	if (!serial_read(unit_stream(u), &wires)) {
		unit_fail(u, "the wires of the port cannot be read");
		return false;
	}
	c->wires = wires & DEVICE_WIRES;
	c->rested = unit_now(u);
	if (c->wires == c->seen)
		begin(u);
	else
		rest(u);
	return false;
}

static void
rest(struct unit *u)
{
	struct contact	*c = unit_state(u);

	c->seen = c->wires;
	c->since = unit_now(u);
	stream_ask(unit_stream(u), &(struct exchange){ .frame = frame_any, .timeout_ms = (unsigned)debounce(u),
	    .done = on_rested, .arg = u });
}

static void
contact_start(struct unit *u)
{
	struct contact	*c = unit_state(u);
	unsigned	 wires;

	free(read_wiring(u, &c->wiring));
	if (!serial_read(unit_stream(u), &wires)) {
		unit_fail(u, "the wires of the port cannot be read");
		return;
	}
	c->wires = wires & DEVICE_WIRES;
	rest(u);
}

static void
contact_poll(struct unit *u, bool full)
{
	struct contact	*c = unit_state(u);
	unsigned	 wires;

	if (holding(c)) {
		unit_fail(u, "the shutdown signal is given, what the cable says means nothing");
		return;
	}
	if (!serial_read(unit_stream(u), &wires)) {
		unit_fail(u, "the wires of the port cannot be read");
		return;
	}
	if (!settle(u, wires & DEVICE_WIRES) && unit_now(u) - c->rested > RESTLESS_MS + debounce(u)) {
		unit_fail(u, "the wires of the port do not come to rest");
		return;
	}
	say(u);
	unit_done(u);
}

/* The signal ends; what the cable says first is not believed yet. */
static void
end_signal(struct unit *u)
{
	struct contact	*c = unit_state(u);

	c->held_until = 0;
	c->seen = ~0u;
	c->rested = unit_now(u);
	serial_raise(unit_stream(u), c->wiring.power);
	unit_log(u, "the shutdown signal ends");
}

static void
contact_woken(struct unit *u)
{
	struct contact	*c = unit_state(u);
	unsigned	 wires;

	if (c->held_until > unit_now(u)) {
		unit_wake(u, c->held_until - unit_now(u));
		return;
	}
	if (c->held_until != 0)
		end_signal(u);
	if (!serial_read(unit_stream(u), &wires) || !settle(u, wires & DEVICE_WIRES))
		return;
	say(u);
	unit_done(u);
}

/* -- the shutdown --------------------------------------------------------------------------------- */

static void
on_break_over(void *arg)
{
	struct unit	*u = arg;
	struct contact	*c = unit_state(u);
	struct request	*r = c->breaking;

	c->breaking = NULL;
	c->seen = ~0u;
	c->rested = unit_now(u);
	request_done(r, R_DONE, NULL);
}

static void
send_break(struct unit *u, struct request *r)
{
	struct contact	*c = unit_state(u);

	if (!serial_break(unit_stream(u), BREAK_MS, on_break_over, u)) {
		request_done(r, R_FAILED, "the port gives no break");
		return;
	}
	c->breaking = r;
	unit_log(u, "the shutdown signal is given: a break");
}

/* The outputs stay so when we end meanwhile: the last act of a halting host. */
static void
set_levels(struct unit *u, struct request *r)
{
	struct contact	*c = unit_state(u);
	long		 seconds;

	if (!serial_raise(unit_stream(u), c->wiring.shutdown)) {
		request_done(r, R_FAILED, "the wires of the port cannot be set");
		return;
	}
	read_number(u, "sdtime", 600, &seconds);
	c->held_until = unit_now(u) + seconds * 1000;
	unit_wake(u, seconds * 1000);
	unit_log(u, "the shutdown signal is given");
	request_done(r, R_DONE, NULL);
}

static void
contact_command(struct unit *u, struct request *r)
{
	const struct contact	*c = unit_state(u);

	if (request_kind(r) != REQUEST_COMMAND || request_name(r) != CMD_SHUTDOWN_RETURN)
		request_done(r, R_UNKNOWN, NULL);
	else if (c->wiring.how == CONTACT_BREAK)
		send_break(u, r);
	else
		set_levels(u, r);
}

const struct driver contact_driver = {
	.name = "contact",
	.title = "UPSes on contact closure cables",
	.wire = WIRE_SERIAL,
	.options = options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.size = sizeof(struct contact),
	.learn = contact_learn,
	.forget = contact_forget,
	.knows = contact_knows,
	.check = contact_check,
	.line = contact_line,
	.start = contact_start,
	.poll = contact_poll,
	.command = contact_command,
	.woken = contact_woken,
};
