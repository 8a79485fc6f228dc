/* From changes of the model to events. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/flags.h"
#include "core/mem.h"
#include "core/observe-parts.h"
#include "core/observe.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "core/rfc1628.h"

#define KEY_BEGAN	"/began"
#define KEY_END		"/" OBSERVE_KEY
#define KEPT_INDEX	" index="
#define NUMBER_TEXT	24

enum told_state { TOLD_NOTHING, TOLD_WAITING, TOLD_FRESH, TOLD_STALE };
static const char *const state_words[] = { "new", "waiting", "fresh", "stale" };

struct watched {
	struct watched		*next;
	struct observer		*observer;
	struct device		*device;
	char			*key;
	bool			 quiet;		/* it was there when the journal began */
	enum told_state		 state;
	uint32_t		 index;		/* of the device; 0: none */
	uint32_t		 alarms[FLAG_END];	/* the id of each that was told; 0: none */
	int64_t			 minutes;	/* the last that it had left */
	bool			 on_battery;
	struct timer		*repeat;
};

struct observer {
	struct loop	*loop;
	struct model	*model;
	struct events	*events;
	struct kept	*kept;
	bool		(*own)(void *, const struct device *);
	void		*arg;
	struct watch	*watch;
	struct watched	*all;
	struct timer	*lost;
	bool		 fresh;		/* the journal begins with this start, and its devices are no news */
};

static void	on_repeat(void *);

/* -- what was told ---------------------------------------------------------------- */

static char *
key_of(const char *device)
{
	char	*key = xasprintf("%s" KEY_END, device), *c;

	for (c = key; *c != '/'; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

static char *
told_text(const struct watched *w)
{
	struct buf	 b = { 0 };
	char		*text;
	size_t		 i;

	buf_printf(&b, "%s %s", state_words[w->state], w->observer->own(w->observer->arg, w->device) ? "own" : "derived");
	for (i = 0; i < FLAG_END; i++)
		if (w->alarms[i] != 0)
			buf_printf(&b, " %zu:%u", i, w->alarms[i]);
	if (w->index != 0)
		buf_printf(&b, KEPT_INDEX "%u", w->index);
	text = xstrdup(buf_text(&b));
	buf_free(&b);
	return text;
}

static void
recall(struct watched *w, const char *text)
{
	unsigned	 identity, id;
	size_t		 i;

	w->state = TOLD_WAITING;
	for (i = 0; i < nitems(state_words); i++)
		if (strncmp(text, state_words[i], strlen(state_words[i])) == 0)
			w->state = (enum told_state)i;
	while ((text = strchr(text, ' ')) != NULL)
		if (sscanf(++text, "%u:%u", &identity, &id) == 2 && identity < FLAG_END)
			w->alarms[identity] = id;
}

/* -- making events ------------------------------------------------------------------- */

static void
add_field(struct event *e, const char *name, const char *value)
{
	size_t	 n = 0;

	while (n < FIELDS_MAX && e->fields[n].name != NULL)
		n++;
	if (n < FIELDS_MAX && value != NULL)
		e->fields[n] = (struct event_field){ name, value };
}

static const char *
remark_text(const struct snapshot *now, const char *remark, char room[VALUE_TEXT_MAX])
{
	const struct value	*v = snapshot_get(now, var_intern(remark));

	return v == NULL ? NULL : value_text(v, room);
}

/* Those of RFC 1628 are about UPSes; what a device is shows with its first answer, and until then it may be one. */
static bool
is_ups(const struct snapshot *now)
{
	const char	*type = snapshot_text(now, var_intern(REMARK_TYPE));

	return type == NULL || strcmp(type, "ups") == 0;
}

/* With what a notification says of its device, whatever has become of it when it is sent. */
static void
note(struct watched *w, struct event *e, const struct snapshot *now)
{
	char		 index[VALUE_TEXT_MAX], ident[VALUE_TEXT_MAX], id[VALUE_TEXT_MAX];
	const char	*name = remark_text(now, REMARK_IDENT_NAME, ident), *own = remark_text(now, "ups.id", id);
	const char	*number = remark_text(now, REMARK_INDEX, index);
	char		*keep;

	if (number != NULL)
		w->index = (uint32_t)strtoul(number, NULL, 10);
	keep = e->kind == EVENT_DEVICE_REMOVED ? NULL : told_text(w);
	e->device = device_name(w->device);
	e->key = w->key;
	e->keep = keep;
	add_field(e, "index", number);
	add_field(e, "ident", name != NULL ? name : own != NULL && *own != '\0' ? own : e->device);
	/* What it is, and whether it has one, shows with its first answer. */
	if (device_state(w->device) != DEVICE_WAITING && snapshot_get(now, var_intern(REMARK_CONTEXT)) != NULL)
		add_field(e, "context", device_name(w->device));
	events_note(w->observer->events, e);
	free(keep);
}

static void
note_state(struct watched *w, enum event_kind kind, enum told_state state, bool quiet, const struct snapshot *now)
{
	struct event	 e = { .kind = kind, .quiet = quiet };

	w->state = state;
	add_field(&e, "state", state_words[state]);
	note(w, &e, now);
}

/* -- alarms ------------------------------------------------------------------------------ */

static void
note_alarm(struct watched *w, bool added, unsigned identity, uint32_t id, const struct snapshot *now)
{
	struct event	 e = { .kind = added ? EVENT_ALARM_ADDED : EVENT_ALARM_REMOVED };
	char		 number[NUMBER_TEXT], row[NUMBER_TEXT];

	snprintf(number, sizeof(number), "%u", identity);
	snprintf(row, sizeof(row), "%u", id);
	add_field(&e, "alarm", number);
	add_field(&e, "id", row);
	add_field(&e, "text", flag_text((enum flag)identity));
	/* RFC 1628: on battery has its own notification, and a test is no news. */
	e.quiet = !is_ups(now) || identity == FLAG_TEST_IN_PROGRESS || (added && identity == FLAG_ON_BATTERY);
	w->alarms[identity] = added ? id : 0;
	note(w, &e, now);
}

/* "ID IDENTITY TIME, ..." */
static void
read_alarms(const struct snapshot *now, uint32_t ids[FLAG_END])
{
	const char	*text = snapshot_text(now, var_intern(REMARK_ALARMS));
	unsigned	 id, identity;

	memset(ids, 0, FLAG_END * sizeof(*ids));
	while (text != NULL && sscanf(text, "%u %u", &id, &identity) == 2) {
		if (identity < FLAG_END)
			ids[identity] = id;
		if ((text = strchr(text, ',')) != NULL)
			text++;
	}
}

/* Of a device that is not fresh nothing is known: what it had may still hold. */
static void
compare_alarms(struct watched *w, const struct snapshot *now, bool fresh)
{
	uint32_t	 ids[FLAG_END];
	unsigned	 i;

	read_alarms(now, ids);
	for (i = 0; i < FLAG_END; i++) {
		if (w->alarms[i] != 0 && ids[i] != w->alarms[i] && (fresh || ids[i] != 0))
			note_alarm(w, false, i, w->alarms[i], now);
		if (ids[i] != 0 && w->alarms[i] == 0)
			note_alarm(w, true, i, ids[i], now);
	}
}

/* -- on battery, and tests ------------------------------------------------------------------ */

static void
add_number(struct event *e, const char *name, char room[NUMBER_TEXT], int64_t number)
{
	snprintf(room, NUMBER_TEXT, "%" PRId64, number);
	add_field(e, name, room);
}

static int64_t
remark_ms(const struct snapshot *now, const char *remark)
{
	const struct value	*v = snapshot_get(now, var_intern(remark));

	return v == NULL ? 0 : value_scaled(v, 0);
}

/* upsTrapOnBattery has no way to leave a value out: what is not known is what was known last, else 1 minute. */
static void
note_on_battery(struct watched *w, const struct snapshot *now)
{
	struct readings		 r = readings_of_device(w->device);
	const struct value	*low = readings_number(&r, VAR_BATTERY_RUNTIME_LOW);
	struct event		 e = { .kind = EVENT_ON_BATTERY, .quiet = !is_ups(now) };
	char			 alarm[NUMBER_TEXT], minutes[NUMBER_TEXT], seconds[NUMBER_TEXT], limit[NUMBER_TEXT];

	add_number(&e, "alarm", alarm, FLAG_ON_BATTERY);
	add_number(&e, "minutes", minutes, w->minutes > 0 ? w->minutes : 1);
	add_number(&e, "seconds", seconds, (loop_now(w->observer->loop) - remark_ms(now, REMARK_ON_BATTERY)) / 1000);
	if (low != NULL)
		add_number(&e, "low", limit, value_ceil(low, 0) / 60 + (value_ceil(low, 0) % 60 > 0));
	note(w, &e, now);
	timer_set(w->repeat, OBSERVE_BATTERY_MS);
}

static void
on_repeat(void *arg)
{
	struct watched	*w = arg;

	if (device_state(w->device) == DEVICE_FRESH)
		note_on_battery(w, device_now(w->device));
	else
		timer_set(w->repeat, OBSERVE_BATTERY_MS);
}

static void
follow_battery(struct watched *w, const struct snapshot *now)
{
	struct readings		 r = readings_of_device(w->device);
	const struct value	*runtime = rfc1628_runtime(&r);
	bool			 on = snapshot_get(now, var_intern(REMARK_ON_BATTERY)) != NULL;

	if (runtime != NULL && (on || runtime->digits > 0))
		w->minutes = value_floor(runtime, 0) / 60;
	if (on && !w->on_battery)
		note_on_battery(w, now);
	if (!on)
		timer_stop(w->repeat);
	w->on_battery = on;
}

static void
note_test(struct watched *w, const struct snapshot *now)
{
	struct readings	 r = readings_of_device(w->device);
	struct event	 e = { .kind = EVENT_TEST_COMPLETED, .quiet = !is_ups(now) };
	int64_t		 since = remark_ms(now, REMARK_TEST_START), until = remark_ms(now, REMARK_TEST_END);
	char		 test[VALUE_TEXT_MAX], lock[VALUE_TEXT_MAX], result[VALUE_TEXT_MAX], date[VALUE_TEXT_MAX],
			 summary[NUMBER_TEXT], age[NUMBER_TEXT], took[NUMBER_TEXT];
	const char	*when = readings_text(&r, VAR_UPS_TEST_DATE, date);
	char		*detail = xasprintf("%s%s%s", readings_text(&r, VAR_UPS_TEST_RESULT, result),
			    *when != '\0' ? ", " : "", when);

	add_field(&e, "test", remark_text(now, REMARK_TEST, test));
	add_field(&e, "lock", remark_text(now, REMARK_TEST_LOCK, lock));
	add_number(&e, "summary", summary, rfc1628_test_summary(&r));
	add_field(&e, "detail", detail);
	add_number(&e, "began", age, loop_now(w->observer->loop) - since);	/* so many ms before this event */
	add_number(&e, "took", took, until - since);
	note(w, &e, now);
	free(detail);
}

/* -- devices --------------------------------------------------------------------------------- */

static struct watched *
find(const struct observer *o, const struct device *d)
{
	struct watched	*w;

	for (w = o->all; w != NULL; w = w->next)
		if (w->device == d)
			return w;
	return NULL;
}

static struct watched *
add(struct observer *o, struct device *d)
{
	struct watched	*w = xcalloc(1, sizeof(*w));
	const char	*told;

	*w = (struct watched){ .next = o->all, .observer = o, .device = d, .key = key_of(device_name(d)),
	    .quiet = o->fresh };
	w->repeat = timer_new(o->loop, on_repeat, w);
	o->all = w;
	if ((told = kept_get(o->kept, w->key)) != NULL)
		recall(w, told);
	return w;
}

static void
drop(struct watched *w)
{
	struct watched	**at = &w->observer->all;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	timer_free(w->repeat);
	free(w->key);
	free(w);
}

static void
compare_state(struct watched *w, const struct snapshot *now)
{
	enum device_state	 state = device_state(w->device);
	bool			 silent = state == DEVICE_STALE ||
				    (state == DEVICE_WAITING && w->alarms[FLAG_COMMUNICATIONS_LOST] != 0);

	if (silent && w->state != TOLD_STALE)
		note_state(w, EVENT_DEVICE_STALE, TOLD_STALE, false, now);
	else if (state == DEVICE_FRESH && w->state != TOLD_FRESH)
		note_state(w, EVENT_DEVICE_UP, TOLD_FRESH, w->quiet && w->state == TOLD_WAITING, now);
}

struct part_of {
	struct watched		*watched;
	const struct snapshot	*now;
};

static void
on_part(void *arg, struct event *e)
{
	const struct part_of	*of = arg;

	note(of->watched, e, of->now);
}

static void
look(struct watched *w, const struct snapshot *before, const struct snapshot *now)
{
	bool	 fresh = device_state(w->device) == DEVICE_FRESH;

	/* Its first snapshot has its number and its name. */
	if (w->state == TOLD_NOTHING && now != NULL)
		note_state(w, EVENT_DEVICE_ADDED, TOLD_WAITING, w->quiet, now);
	compare_alarms(w, now, fresh);
	compare_state(w, now);
	if (!fresh)
		return;
	follow_battery(w, now);
	observe_parts(before, now, on_part, &(struct part_of){ w, now });
	if (remark_ms(now, REMARK_TEST_END) != 0 && before != NULL &&
	    remark_ms(now, REMARK_TEST_END) != remark_ms(before, REMARK_TEST_END))
		note_test(w, now);
}

static void
on_change(const struct change *c, void *arg)
{
	struct observer	*o = arg;
	struct watched	*w;

	if (device_is_group(c->device))
		return;
	w = c->events & EV_ADDED ? add(o, c->device) : find(o, c->device);
	if (w == NULL)
		return;
	if (c->events & EV_REMOVED) {
		note_state(w, EVENT_DEVICE_REMOVED, w->state, false, c->before);
		drop(w);
	} else if (c->after != NULL) {
		look(w, c->before, c->after);
	}
}

/* -- life -------------------------------------------------------------------------------------- */

static void
miss_one(struct observer *o, const char *key, bool derived)
{
	char		*device = xstrndup(key, strlen(key) - strlen(KEY_END)), number[NUMBER_TEXT];
	const char	*told = kept_get(o->kept, key), *index = strstr(told, KEPT_INDEX);
	struct event	 e = { .kind = EVENT_DEVICE_REMOVED, .device = device, .key = key };

	add_field(&e, "state", "gone");
	if (index != NULL) {
		snprintf(number, sizeof(number), "%.10s", index + strlen(KEPT_INDEX));
		add_field(&e, "index", number);
	}
	if (model_find(o->model, device, strlen(device)) == NULL &&
	    (derived || strstr(told, " own") != NULL))
		events_note(o->events, &e);
	free(device);
}

/* Those that were told and are not there: own ones at once, those of a source when it had its time. */
static void
miss(struct observer *o, bool derived)
{
	const char	*next = kept_next(o->kept, "", NULL);
	char		*key;
	size_t		 len;

	while (next != NULL) {
		key = xstrdup(next);
		len = strlen(key);
		if (len > strlen(KEY_END) && strcmp(key + len - strlen(KEY_END), KEY_END) == 0)
			miss_one(o, key, derived);
		next = kept_next(o->kept, "", key);
		free(key);
	}
}

static void
on_lost(void *arg)
{
	miss(arg, true);
}

void
observer_settled(struct observer *o)
{
	o->fresh = false;
	if (!kept_complete(o->kept))
		return;
	miss(o, false);
	timer_set(o->lost, OBSERVE_LOST_MS);
}

struct observer *
observer_new(struct loop *loop, struct model *model, struct events *events, struct kept *kept,
    bool (*own)(void *, const struct device *), void *arg)
{
	struct observer	*o = xcalloc(1, sizeof(*o));
	struct event	 began = { .kind = EVENT_BEGAN, .device = "", .key = KEY_BEGAN, .keep = "1" };

	*o = (struct observer){ .loop = loop, .model = model, .events = events, .kept = kept, .own = own, .arg = arg };
	o->fresh = kept_get(kept, KEY_BEGAN) == NULL;
	o->lost = timer_new(loop, on_lost, o);
	if (o->fresh)
		events_note(events, &began);
	o->watch = model_watch(model, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED, on_change, o);
	return o;
}

void
observer_free(struct observer *o)
{
	if (o == NULL)
		return;
	watch_cancel(o->watch);
	while (o->all != NULL)
		drop(o->all);
	timer_free(o->lost);
	free(o);
}
