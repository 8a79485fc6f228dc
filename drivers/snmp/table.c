/*
 * Tables whose rows are not known before: outlets, sensors.  A survey walks
 * them, all columns side by side; other polls ask for the cells it found.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/decode.h"
#include "drivers/snmp/snmp.h"

void
snmp_table_walk(struct unit *u, const struct snmp_table *t, peer_fn *fn)
{
	struct oid	*roots = xcalloc(t->ncolumns + 1, sizeof(*roots));
	size_t		 i, k, n = 0;

	for (i = 0; i < t->ncolumns; i++) {
		for (k = 0; k < n && oid_compare(roots[k], t->columns[i].at.root) != 0; k++)
			;
		if (k == n)
			roots[n++] = t->columns[i].at.root;
	}
	peer_walk_columns(unit_peer(u), roots, n, SNMP_CELLS_MAX, fn, u);
	free(roots);
}

/* -- devices -------------------------------------------------------------------------------- */

/* False: there can be no device of that name. */
bool
snmp_table_device(struct unit *u, unsigned unit)
{
	char	suffix[16];

	if (unit == 1)
		return unit_device(u, NULL);
	snprintf(suffix, sizeof(suffix), "%u", unit);
	return unit_device(u, suffix);
}

unsigned
snmp_table_unit(const char *suffix)
{
	return suffix == NULL ? 1 : (unsigned)strtoul(suffix, NULL, 10);
}

static bool
is_member(const struct snmp_plan *p, unsigned unit)
{
	size_t	i;

	for (i = 0; i < p->nmembers; i++)
		if (p->members[i].unit == unit)
			return true;
	return false;
}

/* Units that the last survey did not find are no longer there. */
static void
drop_others(struct unit *u, const struct snmp_plan *p)
{
	const char	*at = unit_next_device(u, NULL), *next;

	for (; at != NULL; at = next) {
		next = unit_next_device(u, at);
		if (is_member(p, snmp_table_unit(at)))
			continue;
		unit_device(u, at);
		unit_device_gone(u);
	}
}

/* What a full round says of each device as a whole. */
static void
put_members(struct unit *u)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_member	*m;
	size_t				 i;

	for (i = 0; i < s->plan.nmembers; i++) {
		m = &s->plan.members[i];
		if (!snmp_table_device(u, m->unit))
			continue;
		if (m->unit > 1)
			unit_type(u, s->profile->type);
		if (m->phases > 0)
			unit_put(u, var_intern("input.phases"), value_number(m->phases, 0));
		if (m->outlets > 0)
			unit_put(u, VAR_OUTLET_COUNT, value_number(m->outlets, 0));
	}
}

void
snmp_table_end(struct unit *u)
{
	struct snmp	*s = unit_state(u);

	if (s->round.full)
		put_members(u);
	if (s->round.survey)
		drop_others(u, &s->plan);
	unit_device(u, NULL);
}

/* -- values ------------------------------------------------------------------------------------ */

/* How far the cells of a round have been taken. */
struct taking {
	struct unit	*u;
	struct snmp	*s;
	unsigned	 unit;		/* whose cells they are; 0: none yet */
	bool		 known;		/* there is a device for it */
	bool		 told;		/* the next value is one */
	enum var	 taken;		/* what the last value was of */
};

static const struct snmp_column *
column_of(const struct snmp *s, const struct snmp_cell *c)
{
	return &s->profile->tables[c->table].columns[c->column];
}

static bool
tells(const struct snmp_condition *cond, const struct varbind *vb)
{
	struct value	v;
	int64_t		n;
	size_t		i;

	if (!snmp_number(vb, &v))
		return false;
	n = value_floor(&v, 0);
	for (i = 0; i < cond->n; i++)
		if (cond->numbers[i] == n)
			return true;
	return false;
}

static struct value
decode(const struct snmp *s, const struct snmp_column *col, const struct snmp_cell *c, const struct varbind *vb,
    char room[SNMP_TEXT_MAX])
{
	struct snmp_reading	r = col->reading;
	struct value		v;
	int			e;

	r.var = c->var;
	for (e = c->exponent; e > 0; e--)
		r.times *= 10;
	r.scale = (uint8_t)(r.scale + (c->exponent < 0 ? -c->exponent : 0));
	v = snmp_round_unit(s, &r, snmp_decode(&r, vb, room));
	if (c->word > 0 && v.type == V_NUMBER)
		v = snmp_celsius(&v, r.words[c->word - 1].text);
	return v;
}

static void
take_cell(struct taking *t, const struct snmp_cell *c, const struct varbind *vb)
{
	const struct snmp_column	*col = column_of(t->s, c);
	char				 room[SNMP_TEXT_MAX];
	struct value			 v;

	if (vb->type == VB_ABSENT && t->s->round.full)
		t->s->plan.lost = true;
	if (c->flags & CELL_TELLS) {
		t->told = tells(&column_of(t->s, c + 1)->valid, vb);
		return;
	}
	if (t->unit != t->s->plan.rows[c->row].unit) {
		t->unit = t->s->plan.rows[c->row].unit;
		t->known = snmp_table_device(t->u, t->unit);
		t->taken = VAR_NONE;
	}
	if (!t->known || c->var == t->taken || ((c->flags & CELL_CHECKED) && !t->told))
		return;
	v = decode(t->s, col, c, vb, room);
	if (v.type == V_NONE)
		return;
	unit_put(t->u, c->var, v);
	t->taken = c->var;
}

static bool
is_asked(const struct snmp *s, const struct snmp_cell *c)
{
	return !(c->flags & CELL_COMMAND) && (s->round.full || (c->flags & CELL_OFTEN));
}

/* One table of a survey. */
void
snmp_table_survey(struct unit *u, size_t table, const struct varbind *vbs, size_t n)
{
	struct snmp		 *s = unit_state(u);
	struct taking		  t = { .u = u, .s = s };
	size_t			  first = s->plan.ncells, i;
	const struct varbind	**values = snmp_plan_add(&s->plan, s->profile, table, vbs, n);

	for (i = first; i < s->plan.ncells; i++)
		if (is_asked(s, &s->plan.cells[i]))
			take_cell(&t, &s->plan.cells[i], values[i - first]);
	free(values);
	unit_device(u, NULL);
}

bool
snmp_table_any(const struct snmp *s)
{
	size_t	i;

	for (i = 0; i < s->profile->nobjects; i++)
		if (s->answered[i])
			return true;
	return s->plan.ncells > 0;
}

size_t
snmp_table_count(const struct snmp *s)
{
	size_t	i, n = 0;

	for (i = 0; i < s->plan.ncells; i++)
		n += is_asked(s, &s->plan.cells[i]);
	return n;
}

/* So many; ids is for the caller to free when they have been asked for. */
uint32_t *
snmp_table_oids(const struct snmp *s, struct oid *oids)
{
	uint32_t		 room[OID_MAX_LEN], *ids;
	const struct snmp_cell	*c;
	size_t			 at = 0, total = 0, i;

	for (i = 0; i < s->plan.ncells; i++) {
		c = &s->plan.cells[i];
		total += is_asked(s, c) ? column_of(s, c)->at.root.len + column_of(s, c)->at.narcs : 0;
	}
	ids = xcalloc(total + 1, sizeof(*ids));
	for (i = 0; i < s->plan.ncells; i++) {
		c = &s->plan.cells[i];
		if (!is_asked(s, c))
			continue;
		*oids = snmp_plan_oid(&s->plan, s->profile, c, room);
		memcpy(ids + at, room, oids->len * sizeof(*ids));
		oids->ids = ids + at;
		at += oids++->len;
	}
	return ids;
}

/* The answers, in the order of snmp_table_oids(). */
void
snmp_table_take(struct unit *u, const struct varbind *vbs)
{
	struct snmp	*s = unit_state(u);
	struct taking	 t = { .u = u, .s = s };
	size_t		 i;

	for (i = 0; i < s->plan.ncells; i++)
		if (is_asked(s, &s->plan.cells[i]))
			take_cell(&t, &s->plan.cells[i], vbs++);
	unit_device(u, NULL);
}
