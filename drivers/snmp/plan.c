#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/decode.h"
#include "drivers/snmp/plan.h"

/* -- patterns --------------------------------------------------------------------------- */

static uint32_t *
letter(struct snmp_key *k, enum snmp_arc_kind kind)
{
	return kind == ARC_UNIT ? &k->unit : kind == ARC_HUNDRED ? &k->hundred : &k->row;
}

static bool
match_arc(const struct snmp_arc *a, uint32_t id, struct snmp_key *k)
{
	int64_t	n = (int64_t)id - a->number;

	if (a->kind == ARC_NUMBER)
		return n == 0;
	if (n < 0 || n > UINT16_MAX)
		return false;
	*letter(k, a->kind) = (uint32_t)n;
	return true;
}

bool
snmp_pattern_match(const struct snmp_pattern *p, struct oid oid, struct snmp_key *k)
{
	size_t	i;

	*k = (struct snmp_key){ 0, 0, 0 };
	if (oid.len != p->root.len + p->narcs || !oid_below(p->root, oid))
		return false;
	for (i = 0; i < p->narcs; i++)
		if (!match_arc(&p->arcs[i], oid.ids[p->root.len + i], k))
			return false;
	return true;
}

struct oid
snmp_pattern_oid(const struct snmp_pattern *p, const struct snmp_key *k, uint32_t *ids)
{
	struct snmp_key		 key = *k;
	const struct snmp_arc	*a;
	size_t			 n = p->root.len, i;

	memcpy(ids, p->root.ids, n * sizeof(*ids));
	for (i = 0; i < p->narcs; i++) {
		a = &p->arcs[i];
		ids[n++] = (uint32_t)(a->number + (a->kind == ARC_NUMBER ? 0 : *letter(&key, a->kind)));
	}
	return (struct oid){ ids, n };
}

static bool
has_letter(const struct snmp_pattern *p, enum snmp_arc_kind kind)
{
	size_t	i;

	for (i = 0; i < p->narcs; i++)
		if (p->arcs[i].kind == kind)
			return true;
	return false;
}

/* -- what a walk found ------------------------------------------------------------------- */

/* A varbind as a cell of a column. */
struct found {
	struct snmp_key		 key;
	uint16_t		 column;
	const struct varbind	*vb;
};

struct survey {
	const struct snmp_profile *profile;
	const struct snmp_table	*table;
	size_t			 number;	/* of the table */
	struct found		*found;		/* by column and key */
	size_t			 nfound, found_room;
	struct draft		*drafts;
	size_t			 ndrafts, drafts_room;
};

static int
by_key(const struct snmp_key *a, const struct snmp_key *b)
{
	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->hundred != b->hundred)
		return a->hundred < b->hundred ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

static int
by_column(const void *a, const void *b)
{
	const struct found	*x = a, *y = b;

	return x->column != y->column ? x->column - y->column : by_key(&x->key, &y->key);
}

static void
collect(struct survey *sv, const struct varbind *vbs, size_t n)
{
	struct found	f;
	size_t		i, c;

	for (i = 0; i < n; i++)
		for (c = 0; c < sv->table->ncolumns; c++) {
			if (vbs[i].type == VB_ABSENT ||
			    !snmp_pattern_match(&sv->table->columns[c].at, vbs[i].oid, &f.key))
				continue;
			f.column = (uint16_t)c;
			f.vb = &vbs[i];
			sv->found = array_room(sv->found, sv->nfound, &sv->found_room, sizeof(*sv->found));
			sv->found[sv->nfound++] = f;
		}
	if (sv->nfound > 0)
		qsort(sv->found, sv->nfound, sizeof(*sv->found), by_column);
}

/* The same row of another column, which may know fewer letters. */
static const struct varbind *
help_of(const struct survey *sv, uint16_t column, const struct snmp_key *k)
{
	const struct snmp_pattern	*p = &sv->table->columns[column].at;
	struct found			 want = { *k, column, NULL }, *f;

	if (!has_letter(p, ARC_UNIT))
		want.key.unit = 0;
	if (!has_letter(p, ARC_HUNDRED))
		want.key.hundred = 0;
	if (!has_letter(p, ARC_ROW))
		want.key.row = 0;
	f = sv->nfound == 0 ? NULL : bsearch(&want, sv->found, sv->nfound, sizeof(want), by_column);
	return f == NULL ? NULL : f->vb;
}

static bool
help_number(const struct survey *sv, uint16_t column, const struct snmp_key *k, int64_t *n)
{
	const struct varbind	*vb = help_of(sv, column, k);
	struct value		 v;

	if (vb == NULL || !snmp_number(vb, &v))
		return false;
	*n = value_floor(&v, 0);
	return true;
}

static bool
holds(const struct survey *sv, const struct snmp_condition *c, const struct snmp_key *k)
{
	int64_t	n;
	size_t	i;

	if (c->column == NO_COLUMN)
		return true;
	if (!help_number(sv, c->column, k, &n))
		return c->not;
	for (i = 0; i < c->n && c->numbers[i] != n; i++)
		;
	return (i < c->n) != c->not;
}

/* -- which device and which variable ---------------------------------------------------------- */

/* A cell in the making. */
struct draft {
	struct snmp_cell	 cell;
	struct snmp_row		 row;
	const struct snmp_column *column;
	const struct varbind	*vb;
};

static bool
is_numbered(const struct snmp_column *col)
{
	return strstr(col->name, ".n.") != NULL || strstr(col->name, "Ln") != NULL;
}

/* Where the agent does not tell which unit and number a row is, it is of the first, and its index counts. */
static bool
place(const struct survey *sv, const struct snmp_column *col, struct snmp_row *r)
{
	int64_t	unit = sv->profile->first_unit, number = r->key.row;

	if (has_letter(&col->at, ARC_UNIT))
		unit = r->key.unit;
	else if (sv->table->unit != NO_COLUMN)
		help_number(sv, sv->table->unit, &r->key, &unit);
	if (sv->table->number != NO_COLUMN)
		help_number(sv, sv->table->number, &r->key, &number);
	if (r->key.hundred > 1)
		number += 100 * ((int64_t)r->key.hundred - 1);
	if (!is_numbered(col))
		number = 0;
	else if (number < 1 || number > SNMP_NUMBER_MAX)
		return false;
	unit -= sv->profile->first_unit - 1;
	if (unit < 1 || unit > UINT8_MAX)
		return false;
	r->unit = (uint16_t)unit;
	r->number = (uint16_t)number;
	return true;
}

/* By the decimal digits, the magnitude (entPhysicalSensorScale: 9 is 1, 8 a thousandth), the power that the row tells. */
static bool
find_exponent(const struct survey *sv, const struct snmp_column *col, const struct snmp_key *k, int8_t *exponent)
{
	int64_t	digits = 0, magnitude = 9, power = 0, e;

	if ((col->digits != NO_COLUMN && !help_number(sv, col->digits, k, &digits)) ||
	    (col->magnitude != NO_COLUMN && !help_number(sv, col->magnitude, k, &magnitude)) ||
	    (col->exponent != NO_COLUMN && !help_number(sv, col->exponent, k, &power)))
		return false;
	if (digits < -9 || digits > 9 || magnitude < 6 || magnitude > 12 || power < -9 || power > 9)
		return false;
	e = 3 * (magnitude - 9) - digits + power;
	*exponent = (int8_t)e;
	return e >= -9 && e <= 9;
}

static bool
find_unit(const struct survey *sv, const struct snmp_column *col, const struct snmp_key *k, uint8_t *word)
{
	int64_t	n;
	size_t	i;

	if (col->unit == NO_COLUMN)
		return true;
	if (!help_number(sv, col->unit, k, &n))
		return false;
	for (i = 0; i < col->reading.nwords; i++)
		if (col->reading.words[i].raw == n) {
			*word = (uint8_t)(i + 1);
			return true;
		}
	return false;
}

static void
draft(struct survey *sv, const struct found *f)
{
	const struct snmp_column	*col = &sv->table->columns[f->column];
	struct draft			 d = { .row = { .key = f->key }, .column = col, .vb = f->vb };

	if (col->kind == COLUMN_HELP || !holds(sv, &sv->table->when, &f->key) || !holds(sv, &col->when, &f->key) ||
	    !place(sv, col, &d.row) || !find_exponent(sv, col, &f->key, &d.cell.exponent) ||
	    !find_unit(sv, col, &f->key, &d.cell.word))
		return;
	d.cell.table = (uint8_t)sv->number;
	d.cell.column = (uint8_t)f->column;
	d.cell.flags = (uint8_t)((col->kind == COLUMN_COMMAND ? CELL_COMMAND : 0) | (col->often ? CELL_OFTEN : 0));
	sv->drafts = array_room(sv->drafts, sv->ndrafts, &sv->drafts_room, sizeof(*sv->drafts));
	sv->drafts[sv->ndrafts++] = d;
}

static int
by_place(const void *a, const void *b)
{
	const struct draft	*x = a, *y = b;

	if (x->row.unit != y->row.unit)
		return x->row.unit - y->row.unit;
	if (x->row.number != y->row.number)
		return x->row.number - y->row.number;
	if (x->column->group != y->column->group)
		return x->column->group - y->column->group;
	return x->cell.column != y->cell.column ? x->cell.column - y->cell.column : by_key(&x->row.key, &y->row.key);
}

/* -- names ---------------------------------------------------------------------------------------- */

/* Whether the unit has no other row of the column. */
static bool
is_alone(const struct survey *sv, const struct draft *d)
{
	size_t	i;

	for (i = 0; i < sv->ndrafts; i++)
		if (sv->drafts[i].column->group == d->column->group && sv->drafts[i].row.unit == d->row.unit &&
		    sv->drafts[i].row.number != d->row.number)
			return false;
	return true;
}

/* "outlet.n.status" of row 3 is outlet.3.status, and "input.Ln.current" input.L3.current. */
static enum var
name_of(const struct survey *sv, const struct draft *d)
{
	const char	*name = d->column->alone != NULL && is_alone(sv, d) ? d->column->alone : d->column->name;
	const char	*n = strstr(name, ".n.");

	if (n == NULL)
		n = strstr(name, "Ln");
	if (n == NULL)
		return var_intern(name);
	return var_internf("%.*s%u%s", (int)(n + 1 - name), name, d->row.number, n + 2);
}

static uint8_t
line_of(const struct draft *d)
{
	return strncmp(d->column->name, "input.Ln.", 9) == 0 && d->row.number <= 3 ? (uint8_t)d->row.number : 0;
}

/* -- into the plan ----------------------------------------------------------------------------------- */

static bool
is_of_outlet(const struct draft *d)
{
	return strncmp(d->column->name, "outlet.n.", 9) == 0;
}

static struct snmp_member *
member_of(struct snmp_plan *p, uint16_t unit)
{
	size_t	i;

	for (i = 0; i < p->nmembers; i++)
		if (p->members[i].unit == unit)
			return &p->members[i];
	p->members = array_room(p->members, p->nmembers, &p->members_room, sizeof(*p->members));
	p->members[p->nmembers] = (struct snmp_member){ .unit = unit };
	return &p->members[p->nmembers++];
}

static uint16_t
add_row(struct snmp_plan *p, const struct snmp_row *r)
{
	const struct snmp_row	*last = p->nrows == 0 ? NULL : &p->rows[p->nrows - 1];

	if (last != NULL && last->unit == r->unit && last->number == r->number && by_key(&last->key, &r->key) == 0)
		return (uint16_t)(p->nrows - 1);
	p->rows = array_room(p->rows, p->nrows, &p->rows_room, sizeof(*p->rows));
	p->rows[p->nrows] = *r;
	return (uint16_t)p->nrows++;
}

/* Rows come by number: each new one of an outlet counts, the highest count of all tables. */
static void
count_outlets(struct snmp_plan *p, const struct survey *sv)
{
	struct snmp_member	*m;
	uint16_t		 last = 0, unit = 0, n = 0;
	size_t			 i;

	for (i = 0; i < sv->ndrafts; i++) {
		if (!is_of_outlet(&sv->drafts[i]))
			continue;
		if (sv->drafts[i].row.unit != unit)
			n = last = 0;
		unit = sv->drafts[i].row.unit;
		n += sv->drafts[i].row.number != last;
		last = sv->drafts[i].row.number;
		m = member_of(p, unit);
		if (n > m->outlets)
			m->outlets = n;
	}
}

static void
add_cell(struct snmp_plan *p, const struct snmp_cell *c)
{
	p->cells = array_room(p->cells, p->ncells, &p->cells_room, sizeof(*p->cells));
	p->cells[p->ncells++] = *c;
}

/* False: the agent does not tell whether it is a value, so that it counts always. */
static bool
add_teller(struct snmp_plan *p, const struct survey *sv, const struct draft *d, uint16_t row,
    const struct varbind **vb)
{
	uint16_t	column = d->column->valid.column;

	*vb = help_of(sv, column, &d->row.key);
	if (*vb == NULL)
		return false;
	add_cell(p, &(struct snmp_cell){ .row = row, .table = d->cell.table, .column = (uint8_t)column,
	    .flags = (uint8_t)(CELL_TELLS | (d->cell.flags & CELL_OFTEN)) });
	return true;
}

/* What an earlier table gives: a fallback's is not looked at. */
static bool
is_given(const struct snmp_plan *p, const struct snmp_cell *c, uint16_t unit)
{
	const struct snmp_cell	*other;
	size_t			 i;

	for (i = 0; i < p->ncells && p->cells[i].table != c->table; i++) {
		other = &p->cells[i];
		if (other->var == c->var && p->rows[other->row].unit == unit &&
		    ((other->flags ^ c->flags) & CELL_COMMAND) == 0)
			return true;
	}
	return false;
}

static size_t
add_draft(struct snmp_plan *p, const struct survey *sv, const struct draft *d, const struct varbind **values)
{
	struct snmp_cell	 c = d->cell;
	struct snmp_member	*m;
	size_t			 n = 0;

	if (p->ncells + 2 > SNMP_PLAN_MAX)
		return 0;
	c.var = name_of(sv, d);
	if (is_given(p, &c, d->row.unit))
		return 0;
	c.row = add_row(p, &d->row);
	if (d->column->kind == COLUMN_READING && d->column->valid.column != NO_COLUMN) {
		if (add_teller(p, sv, d, c.row, &values[n])) {
			n++;
			c.flags |= CELL_CHECKED;
		}
	}
	add_cell(p, &c);
	values[n++] = d->vb;
	m = member_of(p, d->row.unit);
	if (line_of(d) > m->phases)
		m->phases = line_of(d);
	return n;
}

const struct varbind **
snmp_plan_add(struct snmp_plan *p, const struct snmp_profile *profile, size_t table, const struct varbind *vbs,
    size_t n)
{
	struct survey		  sv = { .profile = profile, .table = &profile->tables[table], .number = table };
	const struct varbind	**values;
	size_t			  i, at = 0;

	if (p->nmembers == 0)
		member_of(p, 1);
	collect(&sv, vbs, n);
	for (i = 0; i < sv.nfound; i++)
		draft(&sv, &sv.found[i]);
	if (sv.ndrafts > 0)
		qsort(sv.drafts, sv.ndrafts, sizeof(*sv.drafts), by_place);
	values = xcalloc(2 * sv.ndrafts + 1, sizeof(*values));
	for (i = 0; i < sv.ndrafts; i++)
		at += add_draft(p, &sv, &sv.drafts[i], values + at);
	count_outlets(p, &sv);
	free(sv.found);
	free(sv.drafts);
	return values;
}

/* -- looking ------------------------------------------------------------------------------------------ */

void
snmp_plan_clear(struct snmp_plan *p)
{
	p->ncells = p->nrows = p->nmembers = 0;
	p->age = 0;
	p->lost = false;
}

void
snmp_plan_free(struct snmp_plan *p)
{
	free(p->cells);
	free(p->rows);
	free(p->members);
	*p = (struct snmp_plan){ .ncells = 0 };
}

bool
snmp_plan_is_due(const struct snmp_plan *p)
{
	return p->nmembers == 0 || p->lost || p->age >= SNMP_SURVEY_EVERY;
}

struct oid
snmp_plan_oid(const struct snmp_plan *p, const struct snmp_profile *profile, const struct snmp_cell *c, uint32_t *ids)
{
	return snmp_pattern_oid(&profile->tables[c->table].columns[c->column].at, &p->rows[c->row].key, ids);
}

const struct snmp_cell *
snmp_plan_find(const struct snmp_plan *p, uint16_t unit, enum var var, bool command)
{
	const struct snmp_cell	*c;
	size_t			 i;

	for (i = 0; i < p->ncells; i++) {
		c = &p->cells[i];
		if (c->var == var && p->rows[c->row].unit == unit && command == ((c->flags & CELL_COMMAND) != 0))
			return c;
	}
	return NULL;
}
