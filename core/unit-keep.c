/* The driver host: remarks of a device that must survive a power cut. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/observe.h"
#include "core/remarks.h"

/* A remark on its way to the disk.  The device may go meanwhile, and another of its name come. */
struct keeping {
	struct host	*host;
	char		*device, *origin, *value;
	enum var	 name;
	struct pending	*pending;
};

char *
kept_key(const char *device, const char *what)
{
	char	*key = xasprintf("%s/%s", device, what), *c;

	for (c = key; *c != '/'; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}

void
target_put_kept(const struct target *t, struct update *u)
{
	struct kept	*kept = t->unit->host->kept;
	const char	*key = NULL, *remark;
	char		*prefix;

	if (kept == NULL)
		return;
	prefix = kept_key(device_name(t->device), "");
	while ((key = kept_next(kept, prefix, key)) != NULL) {
		remark = key + strlen(prefix);
		if (remark_kept_max(remark) > 0)
			update_put_text(u, var_intern(remark), kept_get(kept, key));
	}
	free(prefix);
}

/* "STATE own IDENTITY:ID ...", as core/observe.c keeps it. */
void
target_recall_alarms(struct target *t)
{
	struct kept	*kept = t->unit->host->kept;
	char		*key = kept_key(device_name(t->device), OBSERVE_KEY);
	const char	*at = kept == NULL ? NULL : kept_get(kept, key);
	unsigned	 identity, id;

	while (at != NULL && (at = strchr(at, ' ')) != NULL)
		if (sscanf(++at, "%u:%u", &identity, &id) == 2)
			condition_recall(t->condition, identity, id);
	free(key);
}

static void
on_kept(enum result result, const char *detail, void *arg)
{
	struct keeping	*k = arg;
	struct device	*d = model_find(k->host->model, k->device, strlen(k->device));
	struct target	*t = d == NULL ? NULL : target_find(k->host, d);

	log_info(k->device, "%s%s%s %s: %s%s%s", var_name(k->name), *k->value != '\0' ? " " : "", k->value,
	    k->origin, result == R_DONE ? result_text(result) : "not kept",
	    detail != NULL ? ", " : "", detail != NULL ? detail : "");
	events_tell(k->host->events, EVENT_VALUE_KEPT, k->device, "name", var_name(k->name), "value", k->value,
	    "origin", k->origin, "result", result_text(result), "detail", detail, NULL);
	if (t != NULL && result == R_DONE)
		target_publish(t);
	pending_done(k->pending, result, detail);
	free(k->device);
	free(k->origin);
	free(k->value);
	free(k);
}

static enum result
may_keep(const struct host *h, const struct ask *ask, const char **why)
{
	size_t	 max = remark_kept_max(var_name(ask->name));

	*why = NULL;
	if (max == 0)
		return R_UNKNOWN;
	if (ask->value != NULL && strlen(ask->value) > max)
		return R_TOO_LONG;
	*why = h->kept == NULL ? "nothing is kept" : kept_unable(h->kept);
	return *why != NULL ? R_GONE : R_DONE;
}

void
target_ask_keep(struct target *t, const struct ask *ask, struct pending *pending)
{
	struct host	*h = t->unit->host;
	const char	*why;
	enum result	 result = may_keep(h, ask, &why);
	struct keeping	*k;
	char		*key;

	if (ask->test) {
		pending_done(pending, result, why);
		return;
	}
	if (result != R_DONE) {
		target_refuse(t, ask, pending, result, why);
		return;
	}
	k = xcalloc(1, sizeof(*k));
	*k = (struct keeping){ .host = h, .device = xstrdup(device_name(t->device)), .name = ask->name,
	    .origin = xstrdup(ask->origin), .value = xstrdup(ask->value == NULL ? "" : ask->value),
	    .pending = pending };
	key = kept_key(k->device, var_name(ask->name));
	kept_put(h->kept, key, ask->value, on_kept, k);
	free(key);
}
