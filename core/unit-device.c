/*
 * The driver host: the devices that one unit speaks for, how they are called,
 * and how they come, are lost and go.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"

#define NAME_MAX_LENGTH	32
#define NAME_BYTES	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define REFUSED_MAX	1024

/* -- names ---------------------------------------------------------------------- */

/* ups1 and suffix 2 make ups1-2, or what units = {"2=name"} says. */
static char *
name_for(const struct unit *u, const char *suffix)
{
	size_t	 i;

	for (i = 0; i < u->settings->units.n; i++)
		if (strcmp(u->settings->units.at[i].name, suffix) == 0)
			return xstrdup(u->settings->units.at[i].value);
	return xasprintf("%s-%s", u->settings->name, suffix);
}

static bool
is_one_of(const struct strings *list, const char *name)
{
	size_t	 i;

	for (i = 0; i < list->n; i++)
		if (strcasecmp(list->at[i], name) == 0)
			return true;
	return false;
}

/* Whether a section of the configuration, other than this one's units, claims the name. */
static bool
configured(const struct host *h, const struct device_settings *own, const char *name)
{
	const struct device_settings	*s;
	size_t				 i, j;

	for (i = 0; i < h->settings->ngroups; i++)
		if (strcasecmp(h->settings->groups[i].name, name) == 0)
			return true;
	for (i = 0; i < h->settings->nloads; i++)
		if (strcasecmp(h->settings->loads[i].name, name) == 0)
			return true;
	for (i = 0; i < h->settings->ndevices; i++) {
		s = &h->settings->devices[i];
		if (strcasecmp(s->name, name) == 0 || is_one_of(&s->aliases, name))
			return true;
		if (strcasecmp(s->name, own->name) == 0)
			continue;
		for (j = 0; j < s->units.n; j++)
			if (strcasecmp(s->units.at[j].value, name) == 0)
				return true;
	}
	return false;
}

static const char *
objection(const struct unit *u, const char *name)
{
	if (strlen(name) > NAME_MAX_LENGTH || name[strspn(name, NAME_BYTES)] != '\0')
		return "a name has 1 to 32 of A-Z a-z 0-9 . _ -";
	if (configured(u->host, u->settings, name))
		return "the configuration has that name";
	if (model_find(u->host->model, name, strlen(name)) != NULL)
		return "another source has a device of that name";
	return NULL;
}

/* One line, however often the source offers it. */
static void
refuse(struct unit *u, const char *suffix, const char *name, const char *why)
{
	size_t	 i;

	for (i = 0; i < u->refused.n; i++)
		if (strcmp(u->refused.at[i], suffix) == 0)
			return;
	if (u->refused.n >= REFUSED_MAX)
		return;
	u->refused.at = array_room(u->refused.at, u->refused.n, &u->refused_room, sizeof(*u->refused.at));
	u->refused.at[u->refused.n++] = xstrdup(suffix);
	log_warning(u->settings->name, "%s is left out: it would be called %s, but %s", suffix, name, why);
}

void
unit_forget_refused(struct unit *u)
{
	while (u->refused.n > 0)
		free(u->refused.at[--u->refused.n]);
	free(u->refused.at);
	u->refused.at = NULL;
	u->refused_room = 0;
}

/* -- coming and going ------------------------------------------------------------- */

struct target *
unit_own(struct unit *u)
{
	struct target	*first = TAILQ_FIRST(&u->targets);

	return first != NULL && first->suffix == NULL ? first : NULL;
}

void
unit_adopt(struct unit *u)
{
	bool		 wanted = u->driver->own == NULL || u->driver->own(u);
	struct target	*t;

	while ((t = TAILQ_LAST(&u->targets, target_list)) != NULL && (t->suffix != NULL || !wanted))
		target_free(t);
	unit_forget_refused(u);
	if (t != NULL)
		target_reset(t);
	else if (wanted)
		target_new(u, NULL, u->settings->name);
}

void
host_evict(struct host *h)
{
	struct unit	*u;
	struct target	*t, *next;
	bool		 running;

	TAILQ_FOREACH(u, &h->units, entry)
		for (t = TAILQ_FIRST(&u->targets); t != NULL; t = next) {
			next = TAILQ_NEXT(t, entry);
			if (t->suffix == NULL || !configured(h, u->settings, device_name(t->device)))
				continue;
			log_warning(device_name(t->device), "the configuration has that name now: %s of %s is left out",
			    t->suffix, u->settings->name);
			/* Its driver must not end a request that is no more. */
			running = u->running != NULL && u->running->target == t;
			if (running)
				unit_close(u);
			target_free(t);
			if (running)
				unit_open(u);
		}
}

bool
unit_device(struct unit *u, const char *suffix)
{
	struct target	*t = u->current;
	const char	*why;
	char		*name;

	if (suffix == NULL)
		return (u->current = unit_own(u)) != NULL;
	if (t != NULL && t->suffix != NULL && strcmp(t->suffix, suffix) == 0)
		return true;
	TAILQ_FOREACH(t, &u->targets, entry)
		if (t->suffix != NULL && strcmp(t->suffix, suffix) == 0)
			break;
	if (t == NULL) {
		name = name_for(u, suffix);
		if ((why = objection(u, name)) == NULL)
			t = target_new(u, suffix, name);
		else
			refuse(u, suffix, name, why);
		free(name);
	}
	u->current = t;
	return t != NULL;
}

const char *
unit_next_device(const struct unit *u, const char *suffix)
{
	const struct target	*t;
	bool			 found = suffix == NULL;

	TAILQ_FOREACH(t, &u->targets, entry) {
		if (t->suffix == NULL)
			continue;
		if (found)
			return t->suffix;
		found = strcmp(t->suffix, suffix) == 0;
	}
	return NULL;
}

/* -- its part of a round ------------------------------------------------------------ */

void
target_end_round(struct target *t, enum round_kind kind)
{
	const struct unit	*u = t->unit;

	t->touched = false;
	t->over = true;
	round_end(t->round, kind, loop_now(u->host->loop), 3 * (int64_t)u->settings->poll_full_ms);
	target_good(t, kind);
}

static void
assert_polling(const struct unit *u)
{
	assert(u->op == OP_QUICK || u->op == OP_FULL);
}

/* All there is: what it does not say is not there, also of what only a full round gave before. */
void
unit_device_done(struct unit *u)
{
	assert_polling(u);
	if (u->current != NULL)
		target_end_round(u->current, ROUND_FULL);
}

bool
unit_device_same(struct unit *u)
{
	struct target	*t = u->current;

	assert_polling(u);
	if (t == NULL || !round_same(t->round, loop_now(u->host->loop)))
		return t == NULL;
	t->touched = false;
	t->over = true;
	target_good(t, ROUND_FULL);
	return true;
}

void
unit_device_lost(struct unit *u, enum device_state state, const char *why)
{
	struct target	*t = u->current;

	assert_polling(u);
	assert(state != DEVICE_FRESH);
	if (t == NULL)
		return;
	round_void(t->round);
	t->touched = false;
	t->over = true;
	timer_stop(t->stale);
	/* One that has waited from the beginning has lost nothing: no line for each of 400. */
	if (t->state == state && (t->lost || state == DEVICE_WAITING))
		return;
	log_warning(device_name(t->device), "%s: %s", state == DEVICE_STALE ? "stale" : "waiting", why);
	t->lost = true;
	t->state = state;
	target_publish(t);
}

void
unit_device_gone(struct unit *u)
{
	struct target	*t = u->current;

	assert_polling(u);
	if (t == NULL || t->suffix == NULL)
		return;
	log_info(device_name(t->device), "%s no longer has it", u->settings->name);
	target_free(t);
	host_choose_default(u->host);
}
