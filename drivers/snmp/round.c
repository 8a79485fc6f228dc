#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/snmp/decode.h"
#include "drivers/snmp/snmp.h"

void
snmp_round_begin(struct unit *u, bool full)
{
	struct snmp	*s = unit_state(u);

	snmp_round_followed(s);
	s->round = (struct snmp_round){ .full = full };
	memset(s->answers, 0, s->profile->nobjects * sizeof(*s->answers));
	memset(s->taken, 0, s->profile->nreadings * sizeof(*s->taken));
	if (!full)
		return;
	memset(s->winner, 0, s->profile->nreadings * sizeof(*s->winner));
}

#define LINES_UNTOLD	UINT_MAX

/* -- lines -------------------------------------------------------------------------- */

static const struct varbind *
answer_of(const struct snmp *s, const struct snmp_reading *r)
{
	static const struct varbind	absent = { .type = VB_ABSENT };

	if (r->object == NO_OBJECT || s->answers[r->object] == NULL)
		return &absent;
	return s->answers[r->object];
}

static bool
has_number(const struct snmp *s, const struct snmp_reading *r)
{
	struct value	v;

	return snmp_number(answer_of(s, r), &v);
}

static bool
counts_lines(const struct snmp_reading *r)
{
	return r->lines != LINES_NONE && r->line == 0;
}

/* The highest row that has a number. */
static bool
rows_seen(const struct snmp *s, enum snmp_lines lines, bool fallback, unsigned *n)
{
	const struct snmp_profile	*p = s->profile;
	const struct snmp_reading	*r;
	size_t				 i;

	*n = 0;
	for (i = 0; i < p->nreadings; i++) {
		r = &p->readings[i];
		if (r->lines == lines && r->fallback == fallback && r->line > *n && has_number(s, r))
			*n = r->line;
	}
	return *n > 0;
}

static bool
lines_told(const struct snmp *s, enum snmp_lines lines, bool fallback, unsigned *n)
{
	const struct snmp_profile	*p = s->profile;
	const struct snmp_reading	*r;
	char				 room[SNMP_TEXT_MAX];
	struct value			 v;
	size_t				 i;

	for (i = 0; i < p->nreadings; i++) {
		r = &p->readings[i];
		if (r->lines != lines || r->fallback != fallback || !counts_lines(r))
			continue;
		v = snmp_decode(r, answer_of(s, r), room);
		*n = (unsigned)value_scaled(&v, 0);
		if (v.type == V_NUMBER)
			return true;
	}
	return false;
}

/*
 * As many as the device says, else as it has rows; and what it falls back on
 * is asked only when its own objects tell neither: cards have been seen that
 * fill the UPS-MIB with line 1 of three.
 */
static unsigned
count_lines(const struct snmp *s, enum snmp_lines lines)
{
	unsigned	n;

	if (lines_told(s, lines, false, &n) || rows_seen(s, lines, false, &n) ||
	    lines_told(s, lines, true, &n) || rows_seen(s, lines, true, &n))
		return n;
	return LINES_UNTOLD;
}

static bool
is_of_these_lines(const struct snmp *s, const struct snmp_reading *r)
{
	unsigned	 n;

	if (r->line == 0)
		return true;
	n = s->round.lines[r->lines];
	return r->alone ? n == 1 || n == LINES_UNTOLD : n > 1 && r->line <= n;
}

/* -- one reading ---------------------------------------------------------------------- */

static void
mean(struct unit *u, const struct snmp_meaning *m)
{
	struct snmp	*s = unit_state(u);

	s->round.tokens |= m->tokens;
	s->round.flags |= m->flags;
	if (m->alarm != NULL)
		unit_alarm(u, m->alarm);
}

/* False: the answer says nothing that is known. */
static bool
take_status(struct unit *u, const struct snmp_reading *r, const struct varbind *vb)
{
	const struct snmp_meaning	*m = snmp_decode_status(r, vb);

	if (m == NULL)
		return false;
	mean(u, m);
	return true;
}

/* Never a number of which nobody knows whether it is Celsius. */
struct value
snmp_round_unit(const struct snmp *s, const struct snmp_reading *r, struct value v)
{
	size_t	i;

	if (r->unit == NO_OBJECT)
		return v;
	for (i = 0; i < r->nwords; i++)
		if (r->words[i].raw == s->numbers[r->unit])
			return snmp_celsius(&v, r->words[i].text);
	return (struct value){ .type = V_NONE };
}

static bool
take_value(struct unit *u, const struct snmp_reading *r, const struct varbind *vb)
{
	char		 room[SNMP_TEXT_MAX];
	struct value	 v = snmp_round_unit(unit_state(u), r, snmp_decode(r, vb, room));

	if (v.type == V_NONE)
		return false;
	unit_put(u, r->var, v);
	return true;
}

static void
take(struct unit *u, const struct snmp_reading *r, const struct varbind *vb)
{
	struct snmp	*s = unit_state(u);

	if (s->taken[r->group])
		return;
	s->taken[r->group] = r->read == READ_STATUS ? take_status(u, r, vb) : take_value(u, r, vb);
	if (s->round.full)
		s->winner[r - s->profile->readings] = s->taken[r->group];
}

/* False: it points elsewhere and is looked up there first. */
static bool
put_off(struct snmp *s, const struct snmp_reading *r, const struct varbind *vb)
{
	struct snmp_follow	*f;

	if (vb->type != VB_OID || s->round.nfollow == SNMP_FOLLOW_MAX || vb->ref.len > OID_MAX_LEN ||
	    vb->ref.len < 3)
		return false;
	if (s->round.follow == NULL)
		s->round.follow = xcalloc(SNMP_FOLLOW_MAX, sizeof(*s->round.follow));
	f = &s->round.follow[s->round.nfollow++];
	f->reading = (uint32_t)(r - s->profile->readings);
	f->len = vb->ref.len;
	memcpy(f->ids, vb->ref.ids, f->len * sizeof(*f->ids));
	return true;
}

void
snmp_round_take(struct unit *u)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	const struct varbind		*vb;
	enum snmp_lines			 l;
	size_t				 i;

	for (l = 0; l < LINES_NONE; l++)
		s->round.lines[l] = count_lines(s, l);
	for (i = 0; i < p->nreadings; i++) {
		if (counts_lines(&p->readings[i]) || (!s->round.full && !p->readings[i].often))
			continue;
		vb = answer_of(s, &p->readings[i]);
		if (is_of_these_lines(s, &p->readings[i]) && !put_off(s, &p->readings[i], vb))
			take(u, &p->readings[i], vb);
	}
}

/* -- values that are OIDs ---------------------------------------------------------------- */

/* What it points to; where nothing is there, its last arc as a number, its text as a text. */
void
snmp_round_follow(struct unit *u, size_t i, const struct varbind *target)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_follow	*f = &s->round.follow[i];
	const struct snmp_reading	*r = &s->profile->readings[f->reading];
	struct varbind			 pointer = { .type = VB_OID, .ref = { f->ids, f->len } };

	if (target->type != VB_ABSENT && target->type != VB_OID) {
		take(u, r, target);
		return;
	}
	if (r->read != READ_TEXT) {
		pointer.type = VB_UNSIGNED;
		pointer.number = f->ids[f->len - 1];
	}
	take(u, r, &pointer);
}

void
snmp_round_followed(struct snmp *s)
{
	free(s->round.follow);
	s->round.follow = NULL;
	s->round.nfollow = 0;
}

/* -- alarms -------------------------------------------------------------------------------- */

void
snmp_round_alarm(struct unit *u, const struct varbind *vb)
{
	const struct snmp		*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	char				 room[SNMP_TEXT_MAX], *text;
	size_t				 i;

	for (i = 0; vb->type == VB_OID && i < p->nalarms; i++)
		if (oid_below(p->alarms[i].oid, vb->ref)) {
			mean(u, &p->alarms[i].meaning);
			return;
		}
	if (vb->type != VB_OID && vb->type != VB_OCTETS)
		return;
	text = xasprintf("Alarm %s", snmp_text(vb, room));
	unit_alarm(u, text);
	free(text);
}

/* -- what the next quick polls ask for ------------------------------------------------------- */

static bool
is_needed(const struct snmp *s, size_t i)
{
	const struct snmp_reading	*r = &s->profile->readings[i];

	if (!r->often || r->object == NO_OBJECT)
		return false;
	/* a state with a value that no word stands for today may have another tomorrow */
	return s->winner[i] || counts_lines(r) || (r->read == READ_STATUS && !s->taken[r->group]);
}

void
snmp_round_learn(struct unit *u)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	size_t				 i;

	memset(s->there, 0, p->nobjects * sizeof(*s->there));
	for (i = 0; i < p->nreadings; i++) {
		if (!is_needed(s, i))
			continue;
		s->there[p->readings[i].object] = s->answered[p->readings[i].object];
		if (p->readings[i].unit != NO_OBJECT)
			s->there[p->readings[i].unit] = s->answered[p->readings[i].unit];
	}
	if (p->alarm_count != NO_OBJECT)
		s->there[p->alarm_count] = s->answered[p->alarm_count];
}

/* -- the end of a round ---------------------------------------------------------------------- */

#define TOKEN(word)	(UINT32_C(1) << TOKEN_##word)

/* Sources of one device disagree for a moment when mains fails: the worse word holds. */
static uint32_t
settle(uint32_t tokens)
{
	if (tokens & TOKEN(OB))
		tokens &= ~(uint32_t)(TOKEN(OL) | TOKEN(BOOST) | TOKEN(TRIM));
	if (tokens & TOKEN(DISCHRG))
		tokens &= ~(uint32_t)TOKEN(CHRG);
	return tokens;
}

static void
put_lines(struct unit *u)
{
	static const char *const names[] = { "input.phases", "input.bypass.phases", "output.phases" };
	const struct snmp	*s = unit_state(u);
	enum snmp_lines		 l;

	for (l = 0; l < LINES_NONE; l++)
		if (s->round.lines[l] != LINES_UNTOLD)
			unit_put(u, var_intern(names[l]), value_number(s->round.lines[l], 0));
}

void
snmp_round_publish(struct unit *u)
{
	const struct snmp	*s = unit_state(u);
	uint32_t		 tokens = settle(s->round.tokens);
	enum snmp_token		 t;
	enum flag		 flag;

	for (t = 0; t < TOKEN_END; t++)
		if (tokens & UINT32_C(1) << t)
			unit_status(u, snmp_token_word(t));
	for (flag = FLAG_NONE + 1; flag < FLAG_END; flag++)
		if (s->round.flags & FLAG_BIT(flag))
			unit_flag(u, flag_word(flag));
	put_lines(u);
}
