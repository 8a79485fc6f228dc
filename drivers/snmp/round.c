#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "drivers/snmp/decode.h"
#include "drivers/snmp/snmp.h"

void
round_begin(struct unit *u, bool full)
{
	struct snmp	*s = unit_state(u);

	s->round = (struct snmp_round){ .full = full };
	memset(s->answers, 0, s->profile->nobjects * sizeof(*s->answers));
	memset(s->taken, 0, s->profile->nreadings * sizeof(*s->taken));
	if (full)
		memset(s->winner, 0, s->profile->nreadings * sizeof(*s->winner));
}

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

/* A device that does not count its lines has as many as it has rows. */
static unsigned
rows_seen(const struct snmp *s, enum snmp_lines lines)
{
	const struct snmp_profile	*p = s->profile;
	unsigned			 most = 0;
	size_t				 i;

	for (i = 0; i < p->nreadings; i++)
		if (p->readings[i].lines == lines && p->readings[i].line > most && has_number(s, &p->readings[i]))
			most = p->readings[i].line;
	return most;
}

static bool
counts_lines(const struct snmp_reading *r)
{
	return r->lines != LINES_NONE && r->line == 0;
}

static unsigned
count_lines(const struct snmp *s, enum snmp_lines lines)
{
	const struct snmp_profile	*p = s->profile;
	char				 room[SNMP_TEXT_MAX];
	struct value			 v;
	size_t				 i;

	for (i = 0; i < p->nreadings; i++) {
		if (p->readings[i].lines != lines || !counts_lines(&p->readings[i]))
			continue;
		v = snmp_decode(&p->readings[i], answer_of(s, &p->readings[i]), room);
		if (v.type == V_NUMBER)
			return (unsigned)value_scaled(&v, 0);
	}
	return rows_seen(s, lines);
}

static bool
is_of_these_lines(const struct snmp *s, const struct snmp_reading *r)
{
	unsigned	 n;

	if (r->line == 0)
		return true;
	n = s->round.lines[r->lines];
	return r->alone ? n == 1 : n > 1 && r->line <= n;
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

static void
take_status(struct unit *u, const struct snmp_reading *r, const struct varbind *vb)
{
	const struct snmp_meaning	*m = snmp_decode_status(r, vb);

	if (m != NULL)
		mean(u, m);
}

static void
take_value(struct unit *u, const struct snmp_reading *r, const struct varbind *vb)
{
	struct snmp	*s = unit_state(u);
	char		 room[SNMP_TEXT_MAX];
	struct value	 v;

	if (s->taken[r->group])
		return;
	v = snmp_decode(r, vb, room);
	if (v.type == V_NONE)
		return;
	s->taken[r->group] = true;
	if (s->round.full)
		s->winner[r - s->profile->readings] = true;
	unit_put(u, r->var, v);
}

static void
take(struct unit *u, const struct snmp_reading *r, const struct varbind *vb)
{
	if (r->read == READ_STATUS)
		take_status(u, r, vb);
	else
		take_value(u, r, vb);
}

/* False: it points elsewhere and is looked up there first. */
static bool
put_off(struct snmp *s, const struct snmp_reading *r, const struct varbind *vb)
{
	struct snmp_follow	*f;

	if (vb->type != VB_OID || s->round.nfollow == SNMP_FOLLOW_MAX || vb->ref.len > OID_MAX_LEN ||
	    vb->ref.len < 3)
		return false;
	f = &s->round.follow[s->round.nfollow++];
	f->reading = (uint32_t)(r - s->profile->readings);
	f->len = vb->ref.len;
	memcpy(f->ids, vb->ref.ids, f->len * sizeof(*f->ids));
	return true;
}

void
round_take(struct unit *u)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	const struct varbind		*vb;
	enum snmp_lines			 l;
	size_t				 i;

	for (l = 0; l < LINES_NONE; l++)
		s->round.lines[l] = count_lines(s, l);
	for (i = 0; i < p->nreadings; i++) {
		if (!s->round.full && !p->readings[i].often)
			continue;
		vb = answer_of(s, &p->readings[i]);
		if (is_of_these_lines(s, &p->readings[i]) && !put_off(s, &p->readings[i], vb))
			take(u, &p->readings[i], vb);
	}
}

/* -- values that are OIDs ---------------------------------------------------------------- */

/* What it points to; where nothing is there, its last arc as a number, its text as a text. */
void
round_follow(struct unit *u, size_t i, const struct varbind *target)
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

/* Rows that were counted because the device does not say how many lines it has. */
static void
put_lines(struct unit *u)
{
	static const char *const names[] = { "input.phases", "input.bypass.phases", "output.phases" };
	const struct snmp	*s = unit_state(u);
	enum snmp_lines		 l;
	size_t			 i;

	for (l = 0; l < LINES_NONE; l++) {
		for (i = 0; i < s->profile->nreadings; i++)
			if (s->profile->readings[i].lines == l && counts_lines(&s->profile->readings[i]) && s->taken[i])
				break;
		if (s->round.lines[l] > 0 && i == s->profile->nreadings)
			unit_put(u, var_intern(names[l]), value_number(s->round.lines[l], 0));
	}
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
