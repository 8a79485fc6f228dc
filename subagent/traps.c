/* Notifications on their way to the master. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "subagent/notification.h"
#include "subagent/traps.h"

#define SUBJECT	"agentx"

struct waiting {
	TAILQ_ENTRY(waiting) entry;
	uint64_t	 serial;
	char		*line;
	bool		 sent;		/* in this session */
	bool		 nothing;	/* no notification tells of it */
};

struct traps {
	struct loop	*loop;
	struct model	*model;
	const struct tree *tree;
	struct session	*session;	/* NULL: none */
	void		(*done)(void *, uint64_t);
	void		*arg;
	TAILQ_HEAD(, waiting) list;
	size_t		 sent;
	unsigned	 allowance;	/* so many may leave now */
	struct timer	*step;
	bool		 refused;	/* the log knows that the master refuses some */
};

static void
finish(struct traps *traps, struct waiting *w)
{
	uint64_t serial = w->serial;

	TAILQ_REMOVE(&traps->list, w, entry);
	traps->sent -= w->sent;
	free(w->line);
	free(w);
	traps->done(traps->arg, serial);
}

/* -- one of them ------------------------------------------------------------------ */

static void
add_field(struct event *event, const char *name, const char *value)
{
	size_t i = 0;

	if (value == NULL || event_field(event, name) != NULL)
		return;
	while (i < FIELDS_MAX && event->fields[i].name != NULL)
		i++;
	if (i < FIELDS_MAX)
		event->fields[i] = (struct event_field){ name, value };
}

/* Of groups the events have the name alone. */
static const struct device *
device_of(const struct model *model, const char *name)
{
	const struct device *device = model_find(model, name, strlen(name));
	char *group;

	if (device != NULL)
		return device;
	group = xasprintf(GROUP_PREFIX "%s", name);
	device = model_find(model, group, strlen(group));
	free(group);
	return device;
}

/* Whose it is, where the event does not say so itself: as it is now. */
static void
complete(const struct traps *traps, struct event *event, char rooms[3][VALUE_TEXT_MAX])
{
	const struct device *device = device_of(traps->model, event->device);
	const struct snapshot *now = device == NULL ? NULL : device_now(device);
	const struct value *index = snapshot_get(now, var_intern(REMARK_INDEX)),
	    *ident = snapshot_get(now, var_intern(REMARK_IDENT_NAME));

	if (device == NULL)
		return;
	add_field(event, "index", index == NULL ? NULL : value_text(index, rooms[0]));
	add_field(event, "ident", ident == NULL ? event->device : value_text(ident, rooms[1]));
	if (device_state(device) != DEVICE_WAITING && snapshot_get(now, var_intern(REMARK_CONTEXT)) != NULL)
		add_field(event, "context", event->device);
	/* A spin lock that nobody has written is only in the tree. */
	snprintf(rooms[2], VALUE_TEXT_MAX, "%" PRIu32, tree_lock(traps->tree, device));
	if (event->kind == EVENT_TEST_COMPLETED)
		add_field(event, "lock", rooms[2]);
}

static int64_t
wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False: nothing was sent, since no notification tells of it. */
static bool
send_one(struct traps *traps, struct waiting *w)
{
	const struct notification_clock clock = {
		.wall = wall_ms(), .uptime = agentx_session_uptime(traps->session),
	};
	char rooms[3][VALUE_TEXT_MAX], *copy = xstrdup(w->line);
	struct buf varbinds = { 0 };
	struct event event;
	bool known = event_read(copy, &event);

	if (known) {
		complete(traps, &event, rooms);
		known = notification_put(&varbinds, &event, w->serial, &clock);
	}
	if (known)
		agentx_session_notify(traps->session, (uint32_t)w->serial, notification_context(&event), &varbinds);
	buf_free(&varbinds);
	free(copy);
	return known;
}

/* -- all of them -------------------------------------------------------------------- */

void
traps_go_on(struct traps *traps)
{
	struct waiting *w;

	if (traps->session == NULL || !agentx_session_up(traps->session))
		return;
	TAILQ_FOREACH(w, &traps->list, entry) {
		if (traps->sent == TRAPS_WINDOW || traps->allowance == 0)
			break;
		if (w->sent || w->nothing)
			continue;
		w->sent = send_one(traps, w);
		w->nothing = !w->sent;
		traps->sent += w->sent;
		traps->allowance--;
	}
	if (traps->allowance < TRAPS_WINDOW && !timer_running(traps->step))
		timer_set(traps->step, TRAPS_STEP_MS);
}

static void
on_step(void *arg)
{
	struct traps *traps = arg;
	struct waiting *w, *next;

	for (w = TAILQ_FIRST(&traps->list); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (w->nothing) {
			finish(traps, w);
			next = TAILQ_FIRST(&traps->list);	/* others may have come and gone with it */
		}
	}
	traps->allowance += TRAPS_STEP;
	if (traps->allowance > TRAPS_WINDOW)
		traps->allowance = TRAPS_WINDOW;
	traps_go_on(traps);
	if (traps->allowance < TRAPS_WINDOW && !timer_running(traps->step))
		timer_set(traps->step, TRAPS_STEP_MS);
}

void
traps_add(struct traps *traps, const char *text)
{
	struct waiting *w;
	char *rest;
	uint64_t serial = strtoull(text, &rest, 10);

	if (*rest != ' ')
		return;
	w = xcalloc(1, sizeof *w);
	w->serial = serial;
	w->line = xstrdup(rest + 1);
	TAILQ_INSERT_TAIL(&traps->list, w, entry);
	traps_go_on(traps);
}

void
traps_answered(struct traps *traps, uint32_t which, unsigned error)
{
	struct waiting *w;

	TAILQ_FOREACH(w, &traps->list, entry)
		if (w->sent && (w->serial & SESSION_WHICH_MAX) == which)
			break;
	if (w == NULL)
		return;
	/* It would be refused for ever, and nothing behind it sent. */
	if (error != PDU_OK && !traps->refused) {
		traps->refused = true;
		log_error(SUBJECT, "master refuses notifications: %s", pdu_error_text(error));
	}
	finish(traps, w);
	traps_go_on(traps);
}

void
traps_session_ended(struct traps *traps)
{
	struct waiting *w;

	TAILQ_FOREACH(w, &traps->list, entry)
		w->sent = false;
	traps->sent = 0;
}

/* -- life ------------------------------------------------------------------------------ */

void
traps_by(struct traps *traps, struct session *session)
{
	traps->session = session;
	traps_session_ended(traps);
}

struct traps *
traps_new(struct loop *loop, struct model *model, const struct tree *tree, void (*done)(void *, uint64_t), void *arg)
{
	struct traps *traps = xcalloc(1, sizeof *traps);

	traps->loop = loop;
	traps->model = model;
	traps->tree = tree;
	traps->done = done;
	traps->arg = arg;
	traps->allowance = TRAPS_WINDOW;
	TAILQ_INIT(&traps->list);
	traps->step = timer_new(loop, on_step, traps);
	return traps;
}

void
traps_free(struct traps *traps)
{
	struct waiting *w;

	if (traps == NULL)
		return;
	while ((w = TAILQ_FIRST(&traps->list)) != NULL) {
		TAILQ_REMOVE(&traps->list, w, entry);
		free(w->line);
		free(w);
	}
	timer_free(traps->step);
	free(traps);
}
