/*
 * SNMP: any agent that a profile describes.  Recognised by its sysObjectID
 * (the longest that a profile lists) if an object of that profile's probe is
 * there, else by the first profile whose probe is there.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/decode.h"
#include "drivers/snmp/driver.h"
#include "drivers/snmp/snmp.h"

/* RFC 3418; asked for in front of everything, so that another device is noticed. */
static const uint32_t	sysdescr[] = { 1, 3, 6, 1, 2, 1, 1, 1, 0 };
static const uint32_t	sysobjectid[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };
static const uint32_t	sysuptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };

enum { ASK_OBJECTID, ASK_UPTIME, ASK_SYSTEM, ASK_DESCR = ASK_SYSTEM, ASK_PROBES };

#define OID_OF(ids)	((struct oid){ (ids), nitems(ids) })

/* -- recognition ------------------------------------------------------------------------ */

static void
remember_identity(struct snmp *s, const struct varbind *vbs)
{
	const struct varbind	*id = &vbs[ASK_OBJECTID], *up = &vbs[ASK_UPTIME];

	s->sysobjectid_len = 0;
	if (id->type == VB_OID && id->ref.len <= OID_MAX_LEN) {
		s->sysobjectid_len = id->ref.len;
		memcpy(s->sysobjectid, id->ref.ids, id->ref.len * sizeof(*s->sysobjectid));
	}
	s->uptime = up->type == VB_TIMETICKS ? up->number : -1;
}

static void
not_recognised(struct unit *u, const struct varbind *vbs)
{
	char	id[SNMP_TEXT_MAX], descr[SNMP_TEXT_MAX];

	unit_fail(u, "no profile fits this agent (sysObjectID %s, sysDescr \"%.*s\"): "
	    "name one with profile = NAME, or write one as drivers.md says",
	    vbs[ASK_OBJECTID].type == VB_OID ? snmp_text(&vbs[ASK_OBJECTID], id) : "none", SNMP_DESCR_MAX,
	    vbs[ASK_DESCR].type == VB_OCTETS ? snmp_text(&vbs[ASK_DESCR], descr) : "none");
}

static void
use_profile(struct unit *u, const struct snmp_profile *p, const struct varbind *vbs)
{
	struct snmp	*s = unit_state(u);

	s->profile = p;
	remember_identity(s, vbs);
	s->there = xcalloc(p->nobjects + 1, sizeof(*s->there));
	s->answered = xcalloc(p->nobjects + 1, sizeof(*s->answered));
	s->asked = xcalloc(p->nobjects + 1, sizeof(*s->asked));
	s->answers = xcalloc(p->nobjects + 1, sizeof(*s->answers));
	s->taken = xcalloc(p->nreadings + 1, sizeof(*s->taken));
	s->winner = xcalloc(p->nreadings + 1, sizeof(*s->winner));
	s->offered = xcalloc(p->nreadings + 1, sizeof(*s->offered));
	s->numbers = xcalloc(p->nobjects + 1, sizeof(*s->numbers));
	s->able = xcalloc(p->ncommands + 1, sizeof(*s->able));
	unit_type(u, p->type);
	unit_log(u, "profile %s: %s", p->name, p->title);
	unit_ready(u);
}

static const struct snmp_profile *
profile_named(const struct unit *u)
{
	return snmp_profile_find(unit_knowledge(u), unit_profile(u));
}

static void
got_identity(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit			*u = arg;
	const struct snmp_profile	*p;

	if (result != R_DONE) {
		unit_fail(u, "%s", detail != NULL ? detail : result_text(result));
		return;
	}
	if (strcmp(unit_profile(u), "auto") != 0)
		p = profile_named(u);
	else
		p = n < ASK_PROBES ? NULL : snmp_recognise(unit_knowledge(u), &vbs[ASK_OBJECTID], vbs + ASK_PROBES);
	if (p != NULL)
		use_profile(u, p, vbs);
	else if (((const struct snmp_knowledge *)unit_knowledge(u))->first == NULL)
		unit_fail(u, "no profiles were found; they belong in DATADIR/busbar/profiles/snmp");
	else
		not_recognised(u, vbs);
}

static void
snmp_start(struct unit *u)
{
	const struct snmp_knowledge	*k = unit_knowledge(u);
	const struct snmp_profile	*p;
	struct oid			*oids;
	size_t				 n = ASK_PROBES;

	if (strcmp(unit_profile(u), "auto") != 0 && profile_named(u) == NULL) {
		unit_fail(u, "there is no profile %s", unit_profile(u));
		return;
	}
	oids = xcalloc(ASK_PROBES + snmp_probe_count(k), sizeof(*oids));
	oids[ASK_OBJECTID] = OID_OF(sysobjectid);
	oids[ASK_UPTIME] = OID_OF(sysuptime);
	oids[ASK_DESCR] = OID_OF(sysdescr);
	if (strcmp(unit_profile(u), "auto") == 0)
		for (p = k->first; p != NULL; n += p->nprobes, p = p->next)
			memcpy(&oids[n], p->probes, p->nprobes * sizeof(*oids));
	peer_get(unit_peer(u), oids, n, got_identity, u);
	free(oids);
}

/* -- polling ------------------------------------------------------------------------------ */

/* Another agent answers, or the same one was started anew with who knows what behind it. */
static bool
is_another(const struct snmp *s, const struct varbind *vbs)
{
	const struct varbind	*id = &vbs[ASK_OBJECTID], *up = &vbs[ASK_UPTIME];

	if (id->type == VB_OID && s->sysobjectid_len > 0 &&
	    oid_compare(id->ref, (struct oid){ s->sysobjectid, s->sysobjectid_len }) != 0)
		return true;
	/* the counter itself goes round after 497 days */
	return up->type == VB_TIMETICKS && s->uptime >= 0 && up->number < s->uptime &&
	    s->uptime < INT64_C(4294967296) - 360000;
}

static void
publish(struct unit *u)
{
	const struct snmp	*s = unit_state(u);

	snmp_table_end(u);
	snmp_round_publish(u);
	if (s->round.full) {
		snmp_round_learn(u);
		control_offer(u);
	}
	unit_done(u);
}

static void	walk_tables(struct unit *);

static void
got_table(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit	*u = arg;
	struct snmp	*s = unit_state(u);

	if (result != R_DONE) {
		s->plan.lost = true;
		unit_fail(u, "table: %s", detail != NULL ? detail : result_text(result));
		return;
	}
	snmp_table_survey(u, s->round.table++, vbs, n);
	walk_tables(u);
}

static void
walk_tables(struct unit *u)
{
	struct snmp	*s = unit_state(u);

	if (s->round.survey && s->round.table == s->profile->ntables && !snmp_table_any(s))
		unit_fail(u, "the agent answers, but has nothing of profile %s", s->profile->name);
	else if (!s->round.survey || s->round.table == s->profile->ntables)
		publish(u);
	else
		snmp_table_walk(u, &s->profile->tables[s->round.table], got_table);
}

static void
got_alarms(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit	*u = arg;
	size_t		 i;

	if (result != R_DONE) {
		unit_fail(u, "table of alarms: %s", detail != NULL ? detail : result_text(result));
		return;
	}
	for (i = 0; i < n; i++)
		snmp_round_alarm(u, &vbs[i]);
	walk_tables(u);
}

/* Whether the table is worth a walk: the device counts its rows, mostly as 0. */
static bool
has_alarms(const struct snmp *s)
{
	const struct snmp_profile	*p = s->profile;

	if (p->alarm_column.len == 0)
		return false;
	return p->alarm_count == NO_OBJECT ? s->round.full : s->round.alarms;
}

static void
walk_alarms(struct unit *u)
{
	const struct snmp	*s = unit_state(u);

	if (has_alarms(s))
		peer_walk(unit_peer(u), s->profile->alarm_column, SNMP_ALARMS_MAX, got_alarms, u);
	else
		walk_tables(u);
}

static void
got_followed(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit	*u = arg;
	struct snmp	*s = unit_state(u);
	size_t		 i;

	if (result != R_DONE) {
		unit_fail(u, "%s", detail != NULL ? detail : result_text(result));
		return;
	}
	for (i = 0; i < n && i < s->round.nfollow; i++)
		snmp_round_follow(u, i, &vbs[i]);
	snmp_round_followed(s);
	walk_alarms(u);
}

static void
follow(struct unit *u)
{
	const struct snmp	*s = unit_state(u);
	struct oid		 oids[SNMP_FOLLOW_MAX];
	size_t			 i;

	for (i = 0; i < s->round.nfollow; i++)
		oids[i] = (struct oid){ s->round.follow[i].ids, s->round.follow[i].len };
	if (i > 0)
		peer_get(unit_peer(u), oids, i, got_followed, u);
	else
		walk_alarms(u);
}

/* Puts each answer where its object is; false: the device has none of them. */
static bool
sort_answers(struct snmp *s, const struct varbind *vbs)
{
	bool	 any = false;
	size_t	 i;

	for (i = 0; i < s->nasked; i++) {
		s->answers[s->asked[i]] = &vbs[i];
		if (s->round.full)
			s->answered[s->asked[i]] = vbs[i].type != VB_ABSENT;
		any |= vbs[i].type != VB_ABSENT;
	}
	return any;
}

static void
note_numbers(struct snmp *s)
{
	struct value	v;
	size_t		i;

	for (i = 0; i < s->profile->nobjects; i++)
		if (s->answers[i] != NULL)
			s->numbers[i] = snmp_number(s->answers[i], &v) ? value_floor(&v, 0) : INT64_MIN;
}

static void
note_alarm_count(struct snmp *s)
{
	const struct varbind	*vb;
	struct value		 v;

	if (s->profile->alarm_count == NO_OBJECT || (vb = s->answers[s->profile->alarm_count]) == NULL)
		return;
	s->round.alarms = snmp_number(vb, &v) && v.digits > 0;
}

static void
got_objects(void *arg, enum result result, const char *detail, const struct varbind *vbs, size_t n)
{
	struct unit	*u = arg;
	struct snmp	*s = unit_state(u);
	size_t		 cells;

	if (result != R_DONE) {
		unit_fail(u, "%s", detail != NULL ? detail : result_text(result));
		return;
	}
	cells = s->round.survey ? 0 : snmp_table_count(s);
	if (n < ASK_SYSTEM + s->nasked + cells || is_another(s, vbs)) {
		unit_restart(u);
		return;
	}
	if (vbs[ASK_UPTIME].type == VB_TIMETICKS)
		s->uptime = vbs[ASK_UPTIME].number;
	/* A card that has names and no states leaves nothing for quick polls: that it answers is all they learn. */
	if (!sort_answers(s, vbs + ASK_SYSTEM) && s->nasked > 0 && s->profile->ntables == 0) {
		unit_fail(u, "the agent answers, but has none of the objects of profile %s", s->profile->name);
		return;
	}
	if (n > ASK_SYSTEM + s->nasked + cells)
		control_learn(u, vbs + ASK_SYSTEM + s->nasked + cells);
	note_numbers(s);
	note_alarm_count(s);
	snmp_round_take(u);
	if (cells > 0)
		snmp_table_take(u, vbs + ASK_SYSTEM + s->nasked);
	follow(u);
}

/*
 * A quick poll asks for what is there.  So does a full one, the first apart,
 * and for some of what was not there: all of it would double the messages of
 * a device that has half of what its profile knows.
 */
static bool
is_asked(struct snmp *s, size_t i, size_t *retries)
{
	if (!s->round.full)
		return s->there[i];
	if (!s->knows_commands || s->answered[i])
		return true;
	if (i < s->retry || *retries == SNMP_RETRIES_MAX)
		return false;
	++*retries;
	s->retry = i + 1;
	return true;
}

static void
ask_objects(struct snmp *s, struct oid *oids)
{
	const struct snmp_profile	*p = s->profile;
	size_t				 i, retries = 0;

	s->nasked = 0;
	for (i = 0; i < p->nobjects; i++)
		if (is_asked(s, i, &retries)) {
			oids[s->nasked] = p->objects[i].oid;
			s->asked[s->nasked++] = (uint32_t)i;
		}
	if (s->round.full && retries < SNMP_RETRIES_MAX)
		s->retry = 0;
}

/* Tables are walked now and then; in between a poll knows their cells. */
static void
begin_tables(struct snmp *s)
{
	if (!s->round.full || s->profile->ntables == 0)
		return;
	s->round.survey = snmp_plan_is_due(&s->plan);
	if (s->round.survey)
		snmp_plan_clear(&s->plan);
	s->plan.age++;
}

static void
snmp_poll(struct unit *u, bool full)
{
	struct snmp			*s = unit_state(u);
	const struct snmp_profile	*p = s->profile;
	size_t				 extra, cells, n;
	struct oid			*oids;
	uint32_t			*ids = NULL;

	snmp_round_begin(u, full);
	begin_tables(s);
	extra = full && !s->knows_commands ? control_count(p) : 0;
	cells = s->round.survey ? 0 : snmp_table_count(s);
	oids = xcalloc(ASK_SYSTEM + p->nobjects + cells + extra, sizeof(*oids));
	oids[ASK_OBJECTID] = OID_OF(sysobjectid);
	oids[ASK_UPTIME] = OID_OF(sysuptime);
	ask_objects(s, oids + ASK_SYSTEM);
	n = ASK_SYSTEM + s->nasked;
	if (cells > 0)
		ids = snmp_table_oids(s, oids + n);
	if (extra > 0)
		control_oids(p, oids + n + cells);
	peer_get(unit_peer(u), oids, n + cells + extra, got_objects, u);
	free(oids);
	free(ids);
}

static void
snmp_stop(struct unit *u)
{
	struct snmp	*s = unit_state(u);

	free(s->there);
	free(s->answered);
	free(s->asked);
	free(s->answers);
	free(s->taken);
	free(s->winner);
	free(s->offered);
	free(s->able);
	free(s->numbers);
	snmp_plan_free(&s->plan);
	snmp_round_followed(s);
	s->numbers = NULL;
	s->there = s->answered = s->taken = s->winner = s->offered = s->able = NULL;
	s->asked = NULL;
	s->answers = NULL;
}

/* -- the driver ----------------------------------------------------------------------------- */

static void *
learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	return snmp_learn(profiles, n, errors);
}

static void
forget(void *knowledge)
{
	snmp_forget(knowledge);
}

static bool
knows(const void *knowledge, const char *profile)
{
	return snmp_profile_find(knowledge, profile) != NULL;
}

static const struct option	options[] = {
	{ "version", NULL, false, "1, 2c or 3; when missing 3 with a user, else 2c" },
	{ "community", "public", true, "v1 and v2c: community for reading" },
	{ "write-community", NULL, true, "v1 and v2c: community for writing; community when missing" },
	{ "user", NULL, false, "v3: user name" },
	{ "level", NULL, false, "v3: noAuthNoPriv, authNoPriv or authPriv; when missing by the secrets given" },
	{ "auth", NULL, false, "v3: MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512; SHA when missing" },
	{ "auth-secret", NULL, true, "v3: passphrase for auth" },
	{ "priv", NULL, false, "v3: DES, AES, AES-192 or AES-256; AES when missing" },
	{ "priv-secret", NULL, true, "v3: passphrase for priv; that for auth when missing" },
	{ "context", NULL, false, "v3: context name" },
	{ "timeout", "1", false, "seconds until a request is sent again" },
	{ "retries", "3", false, "how often it is sent again" },
	{ .name = NULL },
};

const struct driver snmp_driver = {
	.name = "snmp",
	.title = "UPSes and PDUs with a network card",
	.wire = WIRE_SNMP,
	.options = options,
	.poll_ms = 5000,
	.poll_full_ms = 30000,
	.size = sizeof(struct snmp),
	.learn = learn,
	.forget = forget,
	.knows = knows,
	.start = snmp_start,
	.poll = snmp_poll,
	.command = control_start,
	.stop = snmp_stop,
};
