/* From changes of readings to events of a device's parts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/observe-parts.h"
#include "core/outlet.h"

#define BY_COMMAND_S	60	/* a change is that of the last command for so long */

struct parts {
	const struct snapshot	*before, *now;
	void			(*note)(void *, struct event *);
	void			*arg;
};

/* A reading whose text differs. */
struct changed {
	const char	*name, *was, *is;
};

static const struct value * __attribute__((__format__(__printf__, 2, 3)))
reading(const struct snapshot *s, const char *fmt, ...)
{
	va_list	 ap;
	char	 name[64];
	int	 len;

	va_start(ap, fmt);
	len = vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return snapshot_get(s, var_find(name, (size_t)len));
}

static const char *
text_of(const struct value *v, char room[VALUE_TEXT_MAX])
{
	return v == NULL ? NULL : value_text(v, room);
}

/* -- outlets -------------------------------------------------------------------------- */

/* Whose it was, if it was not the button at the device. */
static const char *
outlet_origin(const struct snapshot *s, unsigned outlet)
{
	struct outlet_said	 said;

	outlet_said(s, outlet, &said);
	if (said.last == OUTLET_NONE || (said.pending == OUTLET_NONE && time(NULL) - said.time > BY_COMMAND_S))
		return NULL;
	return said.origin;
}

static void
outlet_changed(struct parts *p, const struct changed *c)
{
	const char	*rest;
	unsigned	 outlet = outlet_number(c->name, &rest);
	char		 number[16], room[VALUE_TEXT_MAX];

	if (outlet == 0 || strcmp(rest, "status") != 0)
		return;
	snprintf(number, sizeof(number), "%u", outlet);
	p->note(p->arg, &(struct event){ .kind = EVENT_OUTLET_CHANGED, .fields = { { "outlet", number },
	    { "name", outlet_shown_name(p->now, outlet, room) }, { "state", c->is }, { "before", c->was },
	    { "origin", outlet_origin(p->now, outlet) } } });
}

/* -- breakers --------------------------------------------------------------------------- */

static void
breaker_changed(struct parts *p, const struct changed *c)
{
	unsigned	 branch = (unsigned)strtoul(c->name + strlen("outlet.group."), NULL, 10);
	bool		 closed = strcmp(c->is, "closed") == 0;
	char		 number[16], room[VALUE_TEXT_MAX];

	snprintf(number, sizeof(number), "%u", branch);
	p->note(p->arg, &(struct event){ .kind = closed ? EVENT_BREAKER_CLOSED : EVENT_BREAKER_OPENED,
	    .fields = { { "breaker", number }, { "name", text_of(reading(p->now, "outlet.group.%u.name", branch), room) },
	    { "state", c->is }, { "before", c->was } } });
}

/* -- limits ------------------------------------------------------------------------------- */

static bool
is_severity(const char *word)
{
	static const char *const words[] = { "good", "warning-low", "warning-high", "critical-low", "critical-high",
	    "out-of-range" };
	size_t	 i;

	for (i = 0; i < nitems(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* "L1.current.status" is about "L1.current". */
static void
limit_crossed(struct parts *p, const struct changed *c)
{
	char	*measured = xstrndup(c->name, strlen(c->name) - strlen(".status")), room[VALUE_TEXT_MAX];

	if (is_severity(c->is) && is_severity(c->was))
		p->note(p->arg, &(struct event){
		    .kind = strcmp(c->is, "good") == 0 ? EVENT_LIMIT_CLEARED : EVENT_LIMIT_CROSSED,
		    .fields = { { "reading", measured },
		    { "value", text_of(snapshot_get(p->now, var_find(measured, strlen(measured))), room) },
		    { "state", c->is }, { "before", c->was } } });
	free(measured);
}

/* -- sensors, transfer switches -------------------------------------------------------------- */

static void
sensor_changed(struct parts *p, const struct changed *c)
{
	unsigned	 place = (unsigned)strtoul(c->name + strlen("ambient."), NULL, 10);
	char		 room[VALUE_TEXT_MAX];

	p->note(p->arg, &(struct event){ .kind = EVENT_SENSOR_CHANGED, .fields = { { "reading", c->name },
	    { "value", c->is }, { "before", c->was }, { "name", text_of(reading(p->now, "ambient.%u.name", place), room) } } });
}

static void
source_changed(struct parts *p, const struct changed *c)
{
	const struct value	*reason = snapshot_get(p->now, VAR_INPUT_TRANSFER_REASON);
	char			 room[VALUE_TEXT_MAX];

	p->note(p->arg, &(struct event){ .kind = EVENT_TRANSFERRED, .fields = { { "source", c->is }, { "before", c->was },
	    { "reason", text_of(reason, room) } } });
}

/* -- which is which ------------------------------------------------------------------------------ */

/* What a name begins with and ends with; the first that fits. */
static const struct {
	const char	*begins, *ends;
	void		(*changed)(struct parts *, const struct changed *);
} kinds[] = {
	{ "outlet.group.", ".breaker.status", breaker_changed },
	{ "ambient.", ".water", sensor_changed },
	{ "ambient.", ".smoke", sensor_changed },
	{ "ambient.", ".door", sensor_changed },
	{ "ambient.", ".vibration", sensor_changed },
	{ "input.source", "", source_changed },
	{ "ambient.", ".temperature.status", limit_crossed },
	{ "ambient.", ".humidity.status", limit_crossed },
	{ "ambient.", ".status", sensor_changed },	/* contacts */
	{ "", ".voltage.status", limit_crossed },
	{ "", ".current.status", limit_crossed },
	{ "", ".frequency.status", limit_crossed },
	{ "", ".load.status", limit_crossed },
	{ "outlet.", ".status", outlet_changed },
};

static bool
fits(const char *name, const char *begins, const char *ends)
{
	size_t	 len = strlen(name), n = strlen(ends);

	if (n == 0)
		return strcmp(name, begins) == 0;
	return strncmp(name, begins, strlen(begins)) == 0 && len > n && strcmp(name + len - n, ends) == 0;
}

static void
compare(struct parts *p, enum var var, const struct value *was, const struct value *is)
{
	const char	*name = var_name(var);
	char		 rooms[2][VALUE_TEXT_MAX];
	size_t		 i;

	for (i = 0; i < nitems(kinds); i++)
		if (fits(name, kinds[i].begins, kinds[i].ends)) {
			kinds[i].changed(p, &(struct changed){ name, value_text(was, rooms[0]), value_text(is, rooms[1]) });
			return;
		}
}

/* Both are sorted by name.  Most of what changes is measured, and measured values are numbers. */
void
observe_parts(const struct snapshot *before, const struct snapshot *now, void (*note)(void *, struct event *), void *arg)
{
	struct parts	 p = { .before = before, .now = now, .note = note, .arg = arg };
	size_t		 i = 0, j = 0, n = snapshot_size(before), m = snapshot_size(now);

	while (i < n && j < m) {
		const struct reading	*was = snapshot_at(before, i), *is = snapshot_at(now, j);
		int			 order = was->var == is->var ? 0 : var_compare(was->var, is->var);

		if (order == 0 && !value_equal(&was->value, &is->value) &&
		    (is->value.type == V_TEXT || is->var == VAR_INPUT_SOURCE))
			compare(&p, is->var, &was->value, &is->value);
		i += order <= 0;
		j += order >= 0;
	}
}
