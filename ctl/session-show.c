/* The control socket: what there is, as whoever may open it can read. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/outlet.h"
#include "core/remarks.h"
#include "ctl/session-inside.h"

static const char *
text_of(const struct snapshot *now, enum var var, char room[VALUE_TEXT_MAX])
{
	const struct value	*value = snapshot_get(now, var);

	return value == NULL ? "" : value_text(value, room);
}

/* As NUT clients are told: a forced shutdown comes before what the device says. */
static char *
status_of(const struct snapshot *now, const char *said)
{
	bool	fsd = snapshot_get(now, var_intern(REMARK_FSD)) != NULL;

	return xasprintf("%s%s", fsd ? "FSD " : "", said);
}

static void
say_device(struct session *s, const struct device *device)
{
	bool			 fresh = device_state(device) == DEVICE_FRESH;
	const struct snapshot	*all = device_now(device), *now = fresh ? all : NULL;
	char			 charge[VALUE_TEXT_MAX], runtime[VALUE_TEXT_MAX], load[VALUE_TEXT_MAX],
				 type[VALUE_TEXT_MAX], room[VALUE_TEXT_MAX];
	char			*status = status_of(now, text_of(now, VAR_UPS_STATUS, room));

	session_say(s, "DEVICE", device_name(device), text_of(all, var_intern(REMARK_TYPE), type),
	    session_link(s, device), status,
	    text_of(now, VAR_BATTERY_CHARGE, charge), text_of(now, VAR_BATTERY_RUNTIME, runtime),
	    text_of(now, VAR_UPS_LOAD, load), NULL);
	free(status);
}

static void
say_reading(struct session *s, const struct snapshot *now, const struct reading *r)
{
	char	 room[VALUE_TEXT_MAX], *status = NULL;

	if (r->var == VAR_UPS_STATUS)
		status = status_of(now, value_text(&r->value, room));
	session_say(s, "VAR", var_name(r->var), status != NULL ? status : value_text(&r->value, room), NULL);
	free(status);
}

void
session_ask_list(struct session *s, const char **words, size_t n)
{
	const struct device	*device = NULL;

	while ((device = model_next(s->world->model, device)) != NULL)
		if (!device_is_group(device))
			say_device(s, device);
	session_ok(s);
}

void
session_ask_show(struct session *s, const char **words, size_t n)
{
	const struct device	*device = session_device(s, words[1]);
	const struct snapshot	*now;
	const struct reading	*reading;
	size_t			 i;

	if (device == NULL)
		return;
	if (device_state(device) != DEVICE_FRESH) {
		session_error(s, "%s is %s", device_name(device), session_link(s, device));
		return;
	}
	now = device_now(device);
	for (i = 0; i < snapshot_size(now); i++) {
		reading = snapshot_at(now, i);
		if (!var_hidden(reading->var))
			say_reading(s, now, reading);
	}
	session_ok(s);
}

/* Whether the outlet of a view is there; else that is said. */
static bool
has_outlet(struct session *s, const struct device *device, const char *label, unsigned outlet)
{
	struct outlet_range	 range = outlet_range(device_now(device), device_traits(device), outlet);

	if (outlet != 0 && range.has)
		return true;
	if (range.first != 0)
		session_error(s, "%s has no outlet %s; its outlets are %u to %u", device_name(device), label,
		    range.first, range.last);
	else if (device_state(device) == DEVICE_WAITING)
		session_error(s, "%s has not said yet which outlets it has", device_name(device));
	else
		session_error(s, "%s has no outlets", device_name(device));
	return false;
}

static void
say_view(struct session *s, const struct device *device, const char *label)
{
	const struct value	*index = snapshot_get(device_now(device), var_intern(REMARK_INDEX));
	unsigned		 outlet = label == NULL ? 0 : feed_outlet(device_now(device), label);
	char			 room[VALUE_TEXT_MAX], number[16];

	if (index == NULL) {
		session_error(s, "%s has no number", device_name(device));
		return;
	}
	if (label != NULL && !has_outlet(s, device, label, outlet))
		return;
	snprintf(number, sizeof(number), "%u", outlet);
	session_say(s, "VIEW", device_name(device), value_text(index, room), label == NULL ? NULL : number, NULL);
	session_ok(s);
}

/* Of a name that no device has, the group. */
static const struct device *
find_viewed(struct session *s, const char *name, bool whole)
{
	char			*group = xasprintf(GROUP_PREFIX "%s", name);
	const struct device	*device = whole && model_find(s->world->model, name, strlen(name)) == NULL ?
				    model_find(s->world->model, group, strlen(group)) : NULL;

	free(group);
	return device != NULL ? device : session_device(s, name);
}

void
session_ask_view(struct session *s, const char **words, size_t n)
{
	const char		*label;
	size_t			 len = feed_parse(words[1], &label);
	char			*name = xstrndup(words[1], len);
	const struct device	*device = find_viewed(s, name, label == NULL);

	free(name);
	if (device != NULL)
		say_view(s, device, label);
}

/* text: "NAME VALUE" lines. */
static void
say_counters(struct session *s, const char *text)
{
	char	*copy = xstrdup(text), *rest = copy, *line, *value;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if ((value = strchr(line, ' ')) == NULL)
			continue;
		*value++ = '\0';
		session_say(s, "VAR", line, value, NULL);
	}
	free(copy);
}

void
session_ask_server(struct session *s, const char **words, size_t n)
{
	const char	*listener = s->world->server == NULL ? NULL : s->world->server(s->world->server_arg);
	struct buf	 own = { 0 };

	if (listener != NULL)
		say_counters(s, listener);
	if (s->world->refused != NULL)
		buf_printf(&own, "control.denied %" PRIu64 "\n", s->world->refused->n);
	if (s->world->host != NULL)
		host_put_refusals(s->world->host, &own);
	say_counters(s, buf_text(&own));
	buf_free(&own);
	session_ok(s);
}

void
session_ask_reload(struct session *s, const char **words, size_t n)
{
	struct conf_errors	errors = { 0 };
	bool			well = s->world->reload(s->world->reload_arg, &errors);
	size_t			i;

	for (i = 0; i < errors.n; i++)
		session_say(s, "MISTAKE", errors.texts[i], NULL);
	conf_errors_free(&errors);
	if (well)
		session_ok(s);
	else
		session_error(s, "the configuration is wrong; everything goes on as before");
}

