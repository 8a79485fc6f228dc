/* The control socket: commands, settings and forced shutdowns, each answered when it has ended. */
#include <string.h>

#include "core/mem.h"
#include "ctl/session-inside.h"

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct session	*s = arg;

	s->waiting = s->grouped = false;
	s->pending = NULL;
	if (result == R_DONE)
		session_ok(s);
	else if (detail == NULL || *detail == '\0')
		session_error(s, "%s", result_text(result));
	else
		session_error(s, "%s: %s", result_text(result), detail);
	if (!s->asking)
		session_go_on(s);
}

/* Groups are nobody's devices: only a command can be given to one.  False: there is none of that name. */
static bool
ask_group(struct session *s, const char *name, const char *command, const struct ask *ask)
{
	bool	there;

	if (s->world->host == NULL)
		return false;
	s->waiting = s->asking = true;
	there = groups_ask(host_groups(s->world->host), name, command, ask, on_result, s);
	s->asking = false;
	s->grouped = there && s->waiting;
	if (!there)
		s->waiting = false;
	return there;
}

/* The outcome may come at once. */
static void
begin_request(struct session *s, struct device *device, const struct ask *ask)
{
	struct pending	*pending;

	s->waiting = s->asking = true;
	pending = device_ask(device, ask, on_result, s);
	s->asking = false;
	if (s->waiting)
		s->pending = pending;
}

static void
ask_request(struct session *s, enum request_kind kind, const char **words, size_t n)
{
	struct device	*device = model_find(s->world->model, words[2], strlen(words[2]));
	struct ask	 ask = { .kind = kind, .value = n > 4 ? words[4] : NULL, .origin = s->origin,
	    .confirm = strcmp(words[1], "yes") == 0 };

	if (device == NULL && kind == REQUEST_COMMAND && ask_group(s, words[2], words[3], &ask))
		return;
	if (session_device(s, words[2]) == NULL)
		return;
	ask.name = var_find(words[3], strlen(words[3]));
	if (ask.name == VAR_NONE || var_hidden(ask.name)) {
		session_error(s, "%s has no %s %s", device_name(device),
		    kind == REQUEST_COMMAND ? "command" : "variable", words[3]);
		return;
	}
	begin_request(s, device, &ask);
}

void
session_ask_run(struct session *s, const char **words, size_t n)
{
	ask_request(s, REQUEST_COMMAND, words, n);
}

void
session_ask_set(struct session *s, const char **words, size_t n)
{
	ask_request(s, REQUEST_SET, words, n);
}

void
session_ask_fsd(struct session *s, const char **words, size_t n)
{
	bool		 clear = strcmp(words[1], "clear") == 0;
	struct device	*device = session_device(s, words[2]);
	struct ask	 ask = { .kind = clear ? REQUEST_FSD_CLEAR : REQUEST_FSD, .name = VAR_NONE,
	    .origin = s->origin };

	if (!clear && strcmp(words[1], "set") != 0)
		session_error(s, "a forced shutdown is set or cleared");
	else if (device != NULL)
		begin_request(s, device, &ask);
}

