#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/decode.h"
#include "drivers/snmp/snmp.h"

/* -- what the device can do ------------------------------------------------------------- */

size_t
control_count(const struct snmp_profile *p)
{
	size_t	i, n = 0;

	for (i = 0; i < p->ncommands; i++)
		n += p->commands[i].nsteps;
	return n;
}

void
control_oids(const struct snmp_profile *p, struct oid *oids)
{
	size_t	i, k;

	for (i = 0; i < p->ncommands; i++)
		for (k = 0; k < p->commands[i].nsteps; k++)
			*oids++ = p->commands[i].steps[k].oid;
}

/* A command is there when every object that it writes is. */
void
control_learn(struct unit *u, const struct varbind *vbs)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	size_t				 i, k;

	for (i = 0; i < p->ncommands; i++) {
		s->able[i] = p->commands[i].nsteps > 0;
		for (k = 0; k < p->commands[i].nsteps; k++)
			if ((vbs++)->type == VB_ABSENT)
				s->able[i] = false;
	}
}

static void
offer_settable(struct unit *u, const struct snmp_reading *r, enum var var)
{
	struct settable	 st = { .var = var, .nranges = r->nranges, .ranges = r->ranges };
	const char	**enums = xcalloc(r->nwords + 1, sizeof(*enums));
	size_t		 i;

	for (i = 0; i < r->nwords; i++)
		if (*r->words[i].text != '\0')
			enums[st.nenums++] = r->words[i].text;
	st.enums = enums;
	if (r->set_as == SET_STRING)
		st.maxlen = r->maxlen;
	unit_settable(u, &st);
	free(enums);
}

static void
offer_command(struct unit *u, const struct snmp_command *c)
{
	size_t	k;

	unit_command(u, c->name);
	for (k = 0; k < c->nsteps && c->steps[k].operand != OPERAND_ARGUMENT; k++)
		;
	if (k < c->nsteps)
		unit_timing(u, c->name, TIMING_VALUE);
}

static bool
is_settable(const struct snmp *s, size_t i)
{
	return s->profile->readings[i].set_as != SET_NOT && s->winner[i];
}

/* What the rows of tables can do, of all devices but the first, whose traits are begun already. */
static void
offer_rows(struct unit *u)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_column	*col;
	const struct snmp_cell		*c;
	uint32_t			 row = UINT32_MAX;
	size_t				 i;

	for (i = 0; i < s->plan.nmembers; i++)
		if (s->plan.members[i].unit > 1 && snmp_table_device(u, s->plan.members[i].unit))
			unit_forget_traits(u);
	for (i = 0; i < s->plan.ncells; i++) {
		c = &s->plan.cells[i];
		col = &s->profile->tables[c->table].columns[c->column];
		if (!(c->flags & CELL_COMMAND) && col->reading.set_as == SET_NOT)
			continue;
		if (row != c->row && !snmp_table_device(u, s->plan.rows[c->row].unit))
			continue;
		row = c->row;
		if (c->flags & CELL_COMMAND)
			unit_command(u, c->var);
		else
			offer_settable(u, &col->reading, c->var);
	}
	unit_device(u, NULL);
}

void
control_offer(struct unit *u)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	bool				 same = s->knows_commands && !s->round.survey;
	size_t				 i;

	for (i = 0; i < p->nreadings; i++) {
		same &= s->offered[i] == is_settable(s, i);
		s->offered[i] = is_settable(s, i);
	}
	if (same)
		return;
	s->knows_commands = true;
	unit_forget_traits(u);
	for (i = 0; i < p->nreadings; i++)
		if (s->offered[i])
			offer_settable(u, &p->readings[i], p->readings[i].var);
	for (i = 0; i < p->ncommands; i++)
		if (s->able[i])
			offer_command(u, &p->commands[i]);
	offer_rows(u);
}

/* -- carrying out --------------------------------------------------------------------------- */

static void
finish(struct unit *u, enum result result, const char *detail)
{
	struct snmp	*s = unit_state(u);
	struct request	*rq = s->request;

	s->request = NULL;
	s->command = NULL;
	request_done(rq, result, detail);
}

/* The agent answers a SET with what it took; some say "no error" and took nothing. */
static void
was_set(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit	*u = arg;
	size_t		 i;

	for (i = 0; result == R_DONE && i < n; i++)
		if (vbs[i].type == VB_ABSENT) {
			result = R_FAILED;
			detail = "the agent answered without having set it";
		}
	finish(u, result, detail);
}

/* The number of a step; false: the argument is none. */
static bool
operand(const struct snmp_step *step, const char *argument, const struct varbind *now, int64_t *number)
{
	struct value	v;

	*number = step->number;
	if (step->operand == OPERAND_SAME)
		v = snmp_number(now, &v) ? v : (struct value){ .type = V_NONE };
	else if (step->operand == OPERAND_ARGUMENT && argument != NULL && *argument != '\0')
		v = value_from_text(argument);
	else
		return true;
	*number = v.digits;
	/* -1 stops what counts, as in RFC 1628 */
	return v.type == V_NUMBER && v.scale == 0 && v.digits >= -1 && v.digits <= INT32_MAX;
}

/* Values is by step; only those of locks are looked at. */
static void
send_command(struct unit *u, const struct snmp_command *c, const struct varbind *values)
{
	const struct snmp	*s = unit_state(u);
	struct varbind		 binds[SNMP_STEPS_MAX];
	size_t			 i;

	for (i = 0; i < c->nsteps; i++) {
		binds[i] = (struct varbind){ .oid = c->steps[i].oid, .type = c->steps[i].type,
		    .ref = c->steps[i].ref };
		if (c->steps[i].text != NULL) {
			binds[i].bytes = (const uint8_t *)c->steps[i].text;
			binds[i].len = strlen(c->steps[i].text);
		}
		if (!operand(&c->steps[i], request_value(s->request), values == NULL ? NULL : &values[i],
		    &binds[i].number)) {
			finish(u, R_INVALID, "the argument is no whole number of seconds");
			return;
		}
	}
	peer_set(unit_peer(u), binds, c->nsteps, was_set, u);
}

static void
got_locks(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit	*u = arg;
	struct snmp	*s = unit_state(u);

	if (result != R_DONE || n < s->command->nsteps)
		finish(u, result == R_DONE ? R_FAILED : result, detail);
	else
		send_command(u, s->command, vbs);
}

static void
start_command(struct unit *u, const struct snmp_command *c)
{
	struct snmp	*s = unit_state(u);
	struct oid	 oids[SNMP_STEPS_MAX];
	bool		 locks = false;
	size_t		 i;

	for (i = 0; i < c->nsteps; i++) {
		oids[i] = c->steps[i].oid;
		locks |= c->steps[i].operand == OPERAND_SAME;
	}
	s->command = c;
	if (locks)
		peer_get(unit_peer(u), oids, c->nsteps, got_locks, u);
	else
		send_command(u, c, NULL);
}

static const struct snmp_command *
find_command(const struct snmp *s, enum var name)
{
	size_t	i;

	for (i = 0; i < s->profile->ncommands; i++)
		if (s->profile->commands[i].name == name && s->able[i])
			return &s->profile->commands[i];
	return NULL;
}

/* -- rows of tables ------------------------------------------------------------------------------ */

static const struct snmp_cell *
cell_asked_for(const struct snmp *s, const struct request *rq)
{
	return snmp_plan_find(&s->plan, (uint16_t)snmp_table_unit(request_device(rq)), request_name(rq),
	    request_kind(rq) == REQUEST_COMMAND);
}

static void
start_cell_command(struct unit *u, const struct snmp_cell *cell)
{
	const struct snmp	*s = unit_state(u);
	uint32_t		 ids[OID_MAX_LEN];
	struct snmp_step	 step = s->profile->tables[cell->table].columns[cell->column].step;
	struct snmp_command	 c = { cell->var, 1, &step };

	step.oid = snmp_plan_oid(&s->plan, s->profile, cell, ids);
	send_command(u, &c, NULL);
}

/* A reading whose digits the device tells is written in them too. */
static void
start_cell_set(struct unit *u, const struct snmp_cell *cell, const char *text)
{
	const struct snmp	*s = unit_state(u);
	struct snmp_reading	 r = s->profile->tables[cell->table].columns[cell->column].reading;
	uint32_t		 ids[OID_MAX_LEN];
	struct varbind		 vb = { .oid = snmp_plan_oid(&s->plan, s->profile, cell, ids) };
	const char		*why;

	r.scale = (uint8_t)(r.scale + (cell->exponent < 0 ? -cell->exponent : 0));
	why = cell->word > 1 || cell->exponent > 0 ? "the device has it in another unit" : snmp_encode(&r, text, &vb);
	if (why != NULL)
		finish(u, R_INVALID, why);
	else
		peer_set(unit_peer(u), &vb, 1, was_set, u);
}

static void
start_cell(struct unit *u, struct request *rq, const struct snmp_cell *cell)
{
	const struct snmp	*s = unit_state(u);

	if (request_kind(rq) == REQUEST_COMMAND)
		start_cell_command(u, cell);
	else if (s->profile->tables[cell->table].columns[cell->column].reading.set_as == SET_NOT)
		finish(u, R_READONLY, NULL);
	else if (request_value(rq) == NULL)
		finish(u, R_INVALID, NULL);
	else
		start_cell_set(u, cell, request_value(rq));
}

/* -- the device's own ---------------------------------------------------------------------------- */

static const struct snmp_reading *
find_settable(const struct snmp *s, enum var name)
{
	size_t	i;

	for (i = 0; i < s->profile->nreadings; i++)
		if (s->profile->readings[i].var == name && s->offered[i])
			return &s->profile->readings[i];
	return NULL;
}

static void
start_set(struct unit *u, const struct snmp_reading *r, const char *text)
{
	const struct snmp	*s = unit_state(u);
	struct varbind		 vb = { .oid = s->profile->objects[r->object].oid };
	const char		*why = snmp_encode(r, text, &vb);

	if (why != NULL)
		finish(u, R_INVALID, why);
	else
		peer_set(unit_peer(u), &vb, 1, was_set, u);
}

void
control_start(struct unit *u, struct request *rq)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_cell		*cell = cell_asked_for(s, rq);
	const struct snmp_command	*c;
	const struct snmp_reading	*r;

	s->request = rq;
	if (cell != NULL) {
		start_cell(u, rq, cell);
		return;
	}
	if (request_kind(rq) == REQUEST_COMMAND) {
		c = request_device(rq) != NULL ? NULL : find_command(s, request_name(rq));
		if (c != NULL)
			start_command(u, c);
		else
			finish(u, R_UNKNOWN, NULL);
		return;
	}
	r = request_device(rq) != NULL ? NULL : find_settable(s, request_name(rq));
	if (r != NULL && request_value(rq) != NULL)
		start_set(u, r, request_value(rq));
	else
		finish(u, r == NULL ? R_READONLY : R_INVALID, NULL);
}
