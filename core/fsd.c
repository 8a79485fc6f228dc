#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/fsd.h"
#include "core/mem.h"
#include "core/remarks.h"
#include "core/status.h"

#define NEVER	((int64_t)-1)

struct fsd {
	bool			 active;
	char			*origin;
	int64_t			 since;
	int64_t			 calm_since;	/* mains good; NEVER: it is not */
	int64_t			 quiet_since;	/* nobody logged in; NEVER: somebody is */
	struct fsd_logins	 logins;
};

struct fsd *
fsd_new(void)
{
	struct fsd	*f = xcalloc(1, sizeof(*f));

	f->calm_since = NEVER;
	f->quiet_since = 0;
	return f;
}

void
fsd_free(struct fsd *f)
{
	if (f == NULL)
		return;
	free(f->origin);
	free(f);
}

void
fsd_set(struct fsd *f, const char *origin, int64_t now)
{
	fsd_clear(f);
	f->active = true;
	f->origin = xstrdup(origin);
	f->since = now;
	f->calm_since = NEVER;
	/* Whoever is logged in now has not heard; the listener says more when it has. */
	f->logins.old = f->logins.unread = f->logins.count;
	f->quiet_since = f->logins.count == 0 ? now : NEVER;
}

void
fsd_clear(struct fsd *f)
{
	f->active = false;
	free(f->origin);
	f->origin = NULL;
}

bool
fsd_active(const struct fsd *f)
{
	return f->active;
}

bool
fsd_logins_parse(const char *text, struct fsd_logins *l)
{
	return text != NULL && sscanf(text, "%u %u %u", &l->count, &l->old, &l->unread) == 3;
}

const struct fsd_logins *
fsd_logins(const struct fsd *f)
{
	return &f->logins;
}

void
fsd_note_logins(struct fsd *f, const struct fsd_logins *l, int64_t now)
{
	f->logins = *l;
	if (l->count > 0)
		f->quiet_since = NEVER;
	else if (f->quiet_since == NEVER)
		f->quiet_since = now;
}

/* -- when it may be cleared: each says since when its condition holds, or NEVER ------- */

static int64_t
later(int64_t a, int64_t b)
{
	if (a == NEVER || b == NEVER)
		return NEVER;
	return a > b ? a : b;
}

static bool
mains_good(const struct update *u)
{
	const struct value	*v = update_get(u, VAR_UPS_STATUS);
	unsigned		 words;

	if (update_get_state(u) != DEVICE_FRESH || v == NULL || v->type != V_TEXT)
		return false;
	words = status_parse(v->text);
	return (words & STATUS_OL) != 0 && (words & (STATUS_OB | STATUS_LB)) == 0;
}

static bool
timer_runs(const struct update *u)
{
	const struct value	*v = update_get(u, VAR_UPS_TIMER_SHUTDOWN);

	return v != NULL && v->type == V_NUMBER && v->digits > 0 && value_scaled(v, 0) != 65535;
}

/* The moment from which every host has heard of it. */
static int64_t
heard_at(const struct fsd *f, int64_t hostsync_ms)
{
	if (f->logins.old == 0 && f->quiet_since != NEVER)
		return f->quiet_since + FSD_QUIET_MS;
	if (f->logins.unread == 0)
		return f->since + hostsync_ms + FSD_QUIET_MS;
	return NEVER;
}

int64_t
fsd_apply(struct fsd *f, struct update *u, bool shutdown, int64_t clear_ms, int64_t hostsync_ms, int64_t now)
{
	int64_t	 due;
	char	 text[256];

	if (!f->active)
		return NEVER;
	if (!mains_good(u) || timer_runs(u) || shutdown)
		f->calm_since = NEVER;
	else if (f->calm_since == NEVER)
		f->calm_since = now;
	due = f->calm_since == NEVER || clear_ms == 0 ? NEVER :
	    later(f->calm_since + clear_ms, heard_at(f, hostsync_ms));
	if (due != NEVER && due <= now) {
		fsd_clear(f);
		return NEVER;
	}
	snprintf(text, sizeof(text), "%" PRId64 " %s", f->since, f->origin);
	update_put_text(u, var_intern(REMARK_FSD), text);
	return due;
}
