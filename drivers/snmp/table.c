/*
 * Tables whose rows are not known before: outlets, sensors.  They are walked
 * by full polls, all columns side by side.
 */

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
		for (k = 0; k < n && oid_compare(roots[k], t->columns[i].root) != 0; k++)
			;
		if (k == n)
			roots[n++] = t->columns[i].root;
	}
	peer_walk_columns(unit_peer(u), roots, n, SNMP_CELLS_MAX, fn, u);
	free(roots);
}

/* False: the OID is of another column, or of a row within a row. */
static bool
is_of_column(const struct snmp_column *col, struct oid oid)
{
	struct oid	rest;

	if (col->root.len == 0 || oid.len != col->root.len + 1 + col->rest.len || !oid_below(col->root, oid))
		return false;
	rest = (struct oid){ oid.ids + col->root.len + 1, col->rest.len };
	return oid_compare(rest, col->rest) == 0;
}

/* "outlet.n.status" of row 3 is outlet.3.status. */
static enum var
name_of_row(const char *name, uint32_t row)
{
	const char	*n = strstr(name, ".n.");

	return var_internf("%.*s.%u.%s", (int)(n - name), name, row, n + 3);
}

static void
note_command(struct snmp *s, const struct snmp_column *col, uint32_t row)
{
	s->row_commands = array_room(s->row_commands, s->nrow_commands, &s->row_commands_room,
	    sizeof(*s->row_commands));
	s->row_commands[s->nrow_commands++] = (struct snmp_row_command){ name_of_row(col->name, row), col, row };
}

static void
take_cell(struct unit *u, const struct snmp_column *col, uint32_t row, const struct varbind *vb)
{
	struct snmp_reading	r = col->reading;
	char			room[SNMP_TEXT_MAX];
	struct value		v;

	r.var = name_of_row(col->name, row);
	v = snmp_round_unit(unit_state(u), &r, snmp_decode(&r, vb, room));
	if (v.type != V_NONE)
		unit_put(u, r.var, v);
}

void
snmp_table_take(struct unit *u, const struct snmp_table *t, const struct varbind *vb)
{
	const struct snmp_column	*col;
	uint32_t			 row;

	for (col = t->columns; col < t->columns + t->ncolumns; col++) {
		if (vb->type == VB_ABSENT || !is_of_column(col, vb->oid))
			continue;
		row = vb->oid.ids[col->root.len];
		if (row >= SNMP_CELLS_MAX)
			continue;
		if (col->command)
			note_command(unit_state(u), col, row);
		else
			take_cell(u, col, row, vb);
	}
}
