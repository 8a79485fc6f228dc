#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/flags.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "core/status.h"

static const struct value *
from_snapshot(const void *from, enum var var)
{
	return snapshot_get(from, var);
}

static const struct value *
from_update(const void *from, enum var var)
{
	return update_get(from, var);
}

static struct readings
complete(struct readings r)
{
	char	 room[VALUE_TEXT_MAX];

	r.status = status_parse(readings_text(&r, VAR_UPS_STATUS, room));
	r.flags = flags_parse(readings_text(&r, var_intern(REMARK_FLAGS), room));
	return r;
}

struct readings
readings_of_device(const struct device *d)
{
	return complete((struct readings){ .get = from_snapshot, .from = device_now(d),
	    .state = device_state(d) });
}

struct readings
readings_of_update(const struct update *u)
{
	return complete((struct readings){ .get = from_update, .from = u,
	    .state = update_get_state(u) });
}

const struct value *
readings_get(const struct readings *r, enum var var)
{
	return var == VAR_NONE ? NULL : r->get(r->from, var);
}

const struct value *
readings_number(const struct readings *r, enum var var)
{
	const struct value	*v = readings_get(r, var);

	return v != NULL && v->type == V_NUMBER ? v : NULL;
}

const char *
readings_text(const struct readings *r, enum var var, char room[VALUE_TEXT_MAX])
{
	const struct value	*v = readings_get(r, var);

	return v == NULL ? "" : value_text(v, room);
}

enum var
readings_var(const char *fmt, ...)
{
	char	 name[64];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return var_find(name, strlen(name));
}

bool
readings_has_word(const struct readings *r, enum var var, const char *word)
{
	char		 room[VALUE_TEXT_MAX];
	const char	*text = readings_text(r, var, room);
	size_t		 len;

	for (; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		if (len == strlen(word) && strncmp(text, word, len) == 0)
			return true;
	}
	return false;
}
