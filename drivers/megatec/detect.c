#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/megatec.h"

/* Which dialect it is: each in turn is asked what it claims to answer. */

void
megatec_start_trial(struct megatec *m, const struct megatec_profile *p)
{
	while (p != NULL && !p->automatic && !m->forced)
		p = p->next;
	m->profile = p;
	m->claim = 0;
	memory_free(&m->memory);
}

static void
give_up(struct megatec *m)
{
	bool	 silent = true;
	size_t	 i;

	for (i = 0; i < m->nasked; i++)
		silent &= m->asked[i].message == NULL && !m->asked[i].echoed;
	if (silent)
		unit_fail(m->unit, "nothing answers");
	else if (m->forced)
		unit_fail(m->unit, "what answers does not speak as profile %s says", unit_profile(m->unit));
	else
		unit_fail(m->unit, "what answers speaks no dialect that is known");
}

static void
choose(struct megatec *m)
{
	size_t	 i;

	m->chosen = true;
	for (i = 0; i < m->nasked; i++)
		m->asked[i].misses = 0;
	unit_log(m->unit, "speaks %s", m->profile->title != NULL ? m->profile->title : m->profile->name);
	unit_type(m->unit, m->profile->scd ? "scd" : "ups");
	megatec_begin_settings(m);
	unit_ready(m->unit);
}

/* Whether the reply to a claim's question is one of this dialect. */
static bool
claims(struct megatec *m, const struct megatec_ask *ask, const struct megatec_asked *a)
{
	char			*text = NULL;
	enum megatec_reply	 reply = megatec_judge(m, ask, a, &text);
	bool			 right = reply == REPLY_GOOD && megatec_remember(m, ask, text);

	free(text);
	return right || (reply == REPLY_REFUSED && ask->may_refuse);
}

void
megatec_try(struct megatec *m)
{
	const struct megatec_ask	*ask;
	struct megatec_asked		*a;

	while (m->profile != NULL) {
		if (m->claim == m->profile->nclaims) {
			choose(m);
			return;
		}
		ask = megatec_ask_find(m->profile, m->profile->claims[m->claim]);
		a = megatec_leaves_out(m, ask) ? NULL : megatec_find_asked(m, ask);
		if (a != NULL && !a->asked) {
			megatec_question(m, ask, a);
			return;
		}
		if (a == NULL || claims(m, ask, a))
			m->claim++;
		else
			megatec_start_trial(m, m->forced ? NULL : m->profile->next);
	}
	give_up(m);
}
