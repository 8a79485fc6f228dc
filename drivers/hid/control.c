#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/ups.h"

#define STEP_REST_MS	125	/* between the two delays of a shutdown */

/* -- what the device can do --------------------------------------------------------------- */

static const struct field *
command_field(const struct hid_ups *s, const struct hid_command *cmd)
{
	const struct field	*f = descriptor_find(s->d, HID_FEATURE, cmd->path.usages, cmd->path.n);

	return f == NULL || f->constant ? NULL : f;
}

/* The first of that name whose field the device has; NULL: it cannot. */
static const struct hid_command *
find_command(const struct hid_ups *s, enum var name)
{
	const struct hid_command	*cmd, *end = s->profile->commands + s->profile->ncommands;

	for (cmd = s->profile->commands; cmd < end; cmd++)
		if (cmd->name == name && command_field(s, cmd) != NULL)
			return cmd;
	return NULL;
}

static struct hid_use *
find_use(const struct hid_ups *s, enum var var)
{
	size_t	i;

	for (i = 0; i < s->nuses; i++)
		if (s->uses[i].row->var == var)
			return &s->uses[i];
	return NULL;
}

/*
 * Commands made of others: a delay of nothing, and a shutdown that returns or
 * stays off by what the delay of the start is set to before.
 */
static const struct composed {
	enum var	 name, off, on;		/* VAR_NONE: not needed */
} composed[] = {
	{ CMD_LOAD_OFF, CMD_LOAD_OFF_DELAY, VAR_NONE },
	{ CMD_LOAD_ON, VAR_NONE, CMD_LOAD_ON_DELAY },
	{ CMD_SHUTDOWN_RETURN, CMD_LOAD_OFF_DELAY, CMD_LOAD_ON_DELAY },
	{ CMD_SHUTDOWN_STAYOFF, CMD_LOAD_OFF_DELAY, CMD_LOAD_ON_DELAY },
};

static const struct composed *
find_composed(const struct hid_ups *s, enum var name)
{
	size_t	i;

	for (i = 0; i < nitems(composed); i++)
		if (composed[i].name == name &&
		    (composed[i].off == VAR_NONE || find_command(s, composed[i].off) != NULL) &&
		    (composed[i].on == VAR_NONE || find_command(s, composed[i].on) != NULL))
			return &composed[i];
	return NULL;
}

/*
 * The value is the delay, where the field takes one.  Shutdowns that are a
 * field of their own keep to no setting, and that of DelayBeforeReboot is not
 * the time that it stays off.
 */
static void
offer_timing(struct unit *u, enum var name)
{
	const struct hid_ups		*s = unit_state(u);
	const struct hid_command	*cmd = find_command(s, name);
	const struct composed		*c = cmd == NULL ? find_composed(s, name) : NULL;
	const struct hid_command	*off = c == NULL || c->off == VAR_NONE ? NULL : find_command(s, c->off);
	bool				 plain = name == CMD_LOAD_OFF_DELAY || name == CMD_LOAD_ON_DELAY;

	if ((cmd != NULL && plain && cmd->argument) || (off != NULL && off->argument))
		unit_timing(u, name, TIMING_VALUE);
	else if (cmd != NULL && !plain)
		unit_timing(u, name, TIMING_OWN);
}

static bool
is_settable(const struct hid_use *use)
{
	const struct hid_row	*r = use->row;

	if (!r->settable)
		return false;
	return r->kept || (use->feature != NULL && !use->feature->constant && r->times.digits == 1 &&
	    r->times.scale == 0 && r->factor == NO_FACTOR && r->mask == 0);
}

static void
offer_settable(struct unit *u, const struct hid_row *r)
{
	struct settable	 st = { .var = r->var, .maxlen = r->maxlen };
	const char	**enums = xcalloc(r->nwords + 1, sizeof(*enums));
	size_t		 i;

	for (i = 0; i < r->nwords; i++)
		if (!r->words[i].other)
			enums[st.nenums++] = r->words[i].text;
	st.enums = enums;
	unit_settable(u, &st);
	free(enums);
}

void
hid_control_offer(struct unit *u)
{
	static const enum var		 timed[] = { CMD_LOAD_OFF_DELAY, CMD_LOAD_ON_DELAY, CMD_SHUTDOWN_RETURN,
					    CMD_SHUTDOWN_STAYOFF, CMD_SHUTDOWN_REBOOT };
	const struct hid_ups	*s = unit_state(u);
	size_t			 i;

	unit_forget_traits(u);
	for (i = 0; i < s->profile->ncommands; i++)
		if (command_field(s, &s->profile->commands[i]) != NULL)
			unit_command(u, s->profile->commands[i].name);
	for (i = 0; i < nitems(composed); i++)
		if (find_composed(s, composed[i].name) != NULL)
			unit_command(u, composed[i].name);
	for (i = 0; i < nitems(timed); i++)
		offer_timing(u, timed[i]);
	for (i = 0; i < s->nuses; i++)
		if (is_settable(&s->uses[i]))
			offer_settable(u, s->uses[i].row);
}

/* -- writing ---------------------------------------------------------------------------- */

static void
end(struct unit *u, enum result result, const char *detail)
{
	struct hid_ups	*s = unit_state(u);
	struct request	*rq = s->request;

	s->request = NULL;
	s->nsteps = s->step = 0;
	request_done(rq, result, detail);
}

static void	next_step(struct unit *);

static void
written(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct unit		*u = arg;
	struct hid_ups		*s = unit_state(u);

	if (result != R_DONE) {
		end(u, result == R_UNKNOWN ? R_FAILED : result, result == R_UNKNOWN ? "the device refuses it" : detail);
		return;
	}
	s->step++;
	next_step(u);
}

static void
write_step(struct unit *u, const uint8_t *bytes, size_t len)
{
	struct hid_ups		*s = unit_state(u);
	const struct hid_step	*st = &s->steps[s->step];
	size_t			 size = descriptor_size(s->d, HID_FEATURE, st->field->report);
	size_t			 id = s->d->numbered ? 1 : 0;
	uint8_t			*report = xcalloc(size + 1, 1);

	report[0] = st->field->report;
	if (len > size)
		len = size;
	if (len > 0)
		memcpy(report + id, bytes, len);
	if (field_write(st->field, report + id, size, st->logical))
		s->source->set_feature(u, st->field->report, report, size + id, st->pause_ms, written, u);
	else
		end(u, R_FAILED, "the device's descriptor has no room for it");
	free(report);
}

/* What else is in the report is written as it was; of a report that cannot be read all else is 0. */
static void
got_before(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct unit		*u = arg;
	struct hid_ups		*s = unit_state(u);
	size_t			 id = s->d->numbered ? 1 : 0;

	if (result == R_DONE && len > id && (id == 0 || bytes[0] == s->steps[s->step].field->report))
		write_step(u, bytes + id, len - id);
	else if (result == R_DONE || result == R_UNKNOWN)
		write_step(u, NULL, 0);
	else
		end(u, result, detail);
}

static void
next_step(struct unit *u)
{
	struct hid_ups		*s = unit_state(u);
	const struct field	*f;

	if (s->step == s->nsteps) {
		end(u, R_DONE, NULL);
		return;
	}
	f = s->steps[s->step].field;
	if (f->size == descriptor_size(s->d, HID_FEATURE, f->report) * 8)
		write_step(u, NULL, 0);		/* it is all of the report */
	else
		s->source->get_feature(u, f->report, descriptor_size(s->d, HID_FEATURE, f->report) + s->d->numbered,
		    got_before, u);
}

static bool
add_step(struct hid_ups *s, const struct field *f, int64_t logical, unsigned pause_ms)
{
	if (s->nsteps == HID_STEPS_MAX)
		return false;
	s->steps[s->nsteps++] = (struct hid_step){ f, logical, pause_ms };
	return true;
}

static bool
add_command(struct hid_ups *s, const struct hid_command *cmd, const char *value, unsigned pause_ms)
{
	const struct field	*f = command_field(s, cmd);
	int64_t			 logical;

	return hid_encode(NULL, cmd->form, f, value, &logical) && add_step(s, f, logical, pause_ms);
}

/* -- commands ------------------------------------------------------------------------------ */

static bool
is_delay(const char *text)
{
	struct value	v = value_from_text(text);

	return v.type == V_NUMBER && v.scale == 0 && v.digits >= 0;
}

/* Of the two plain delays -1 stops what counts, as the class has it. */
static bool
is_argument(enum var command, const char *text)
{
	return is_delay(text) || ((command == CMD_LOAD_OFF_DELAY || command == CMD_LOAD_ON_DELAY) &&
	    strcmp(text, "-1") == 0);
}

/* What is kept for it, else what the profile says. */
static const char *
delay_of(const struct hid_ups *s, enum var kept, const struct hid_command *cmd, char room[VALUE_TEXT_MAX])
{
	const struct hid_use	*use = find_use(s, kept);

	return use != NULL && use->kept != NULL ? use->kept : value_text(&cmd->value, room);
}

static const char *
own_value(const struct hid_ups *s, const struct hid_command *cmd, char room[VALUE_TEXT_MAX])
{
	if (cmd->name == CMD_LOAD_OFF_DELAY)
		return delay_of(s, VAR_UPS_DELAY_SHUTDOWN, cmd, room);
	if (cmd->name == CMD_LOAD_ON_DELAY)
		return delay_of(s, VAR_UPS_DELAY_START, cmd, room);
	return value_text(&cmd->value, room);
}

/* Whether it starts again when mains is back, where the device can be told. */
static void
add_automatic_start(struct hid_ups *s, bool automatic)
{
	const struct hid_use	*use = find_use(s, VAR_UPS_START_AUTO);
	int64_t			 logical;

	if (use != NULL && is_settable(use) && !use->row->kept &&
	    hid_encode(use->row, use->row->form, use->feature, automatic ? "yes" : "no", &logical))
		add_step(s, use->feature, logical, 0);
}

/* The caller's delay is that of going off. */
static bool
add_composed(struct hid_ups *s, const struct composed *c, const char *argument)
{
	const struct hid_command	*off = find_command(s, c->off), *on = find_command(s, c->on);
	char				 room[VALUE_TEXT_MAX];

	if (c->name == CMD_LOAD_OFF)
		return add_command(s, off, "0", 0);
	if (c->name == CMD_LOAD_ON)
		return add_command(s, on, "0", 0);
	add_automatic_start(s, c->name == CMD_SHUTDOWN_RETURN);
	if (!add_command(s, on, c->name == CMD_SHUTDOWN_STAYOFF ? "-1" : own_value(s, on, room), 0))
		return false;
	return add_command(s, off, argument != NULL ? argument : own_value(s, off, room), STEP_REST_MS);
}

static struct value
whole_steps(const struct hid_use *use, struct value v)
{
	int64_t	step = use == NULL || use->row->step == 0 ? 1 : use->row->step;

	return value_number((v.digits + step - 1) / step * step, 0);
}

/* Some devices count in minutes: rather longer than was asked for than shorter. */
static const char *
in_steps(const struct hid_ups *s, enum var command, const char *argument, char room[VALUE_TEXT_MAX])
{
	const struct hid_use	*use = find_use(s, command == CMD_LOAD_ON_DELAY ? VAR_UPS_DELAY_START :
				    VAR_UPS_DELAY_SHUTDOWN);
	struct value		 v = value_from_text(argument);

	if (v.digits < 0)
		return argument;
	v = whole_steps(use, v);
	return value_text(&v, room);
}

static void
command(struct unit *u, enum var name, const char *argument)
{
	struct hid_ups			*s = unit_state(u);
	const struct hid_command	*cmd = find_command(s, name);
	const struct composed		*c = cmd == NULL ? find_composed(s, name) : NULL;
	char				 room[VALUE_TEXT_MAX], steps[VALUE_TEXT_MAX];
	bool				 well;

	if (cmd == NULL && c == NULL) {
		end(u, R_UNKNOWN, NULL);
		return;
	}
	if (argument != NULL && (!is_argument(name, argument) || (cmd != NULL && !cmd->argument) ||
	    (c != NULL && c->off != VAR_NONE && c->on == VAR_NONE) || (c != NULL && c->off == VAR_NONE))) {
		end(u, R_INVALID, cmd != NULL && cmd->argument ? "it wants a number of seconds" : "it takes no such value");
		return;
	}
	if (argument != NULL && name != CMD_SHUTDOWN_REBOOT)
		argument = in_steps(s, name, argument, steps);
	if (cmd != NULL)
		well = add_command(s, cmd, argument != NULL ? argument : own_value(s, cmd, room), 0);
	else
		well = add_composed(s, c, argument);
	if (well)
		next_step(u);
	else
		end(u, R_INVALID, "the device cannot be told such a number");
}

/* -- settings --------------------------------------------------------------------------------- */

static void
keep(struct unit *u, struct hid_use *use, const char *text)
{
	bool	number = use->row->value.type == V_NUMBER;
	char	room[VALUE_TEXT_MAX];
	struct value v;

	if (number && !is_delay(text)) {
		end(u, R_INVALID, "it wants a number of seconds");
		return;
	}
	v = value_from_text(text);
	if (number && use->row->step > 1) {
		v = whole_steps(use, v);
		text = value_text(&v, room);
	}
	free(use->kept);
	use->kept = xstrdup(text);
	end(u, R_DONE, NULL);
}

static void
set(struct unit *u, enum var name, const char *text)
{
	struct hid_ups	*s = unit_state(u);
	struct hid_use	*use = find_use(s, name);
	int64_t		 logical;

	if (use == NULL || !is_settable(use))
		end(u, use == NULL ? R_UNKNOWN : R_READONLY, NULL);
	else if (use->row->kept)
		keep(u, use, text);
	else if (!hid_encode(use->row, use->row->form, use->feature, text, &logical) ||
	    !add_step(s, use->feature, logical, 0))
		end(u, R_INVALID, NULL);
	else
		next_step(u);
}

void
hid_ups_command(struct unit *u, struct request *rq)
{
	struct hid_ups	*s = unit_state(u);

	s->request = rq;
	s->nsteps = s->step = 0;
	if (request_kind(rq) == REQUEST_COMMAND)
		command(u, request_name(rq), request_value(rq));
	else
		set(u, request_name(rq), request_value(rq));
}
