#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/driver.h"
#include "core/log.h"
#include "core/mem.h"
#include "daemon/facts.h"
#include "daemon/late.h"
#include "daemon/late-device.h"

#define GRACE_MS	1000	/* a process that has not ended by itself waits in the kernel */
#define LOOK_MS		10

struct victim {
	const struct device_settings	*device;
	bool				 named, well;
	pid_t				 pid;		/* 0: none, or over */
};

struct late {
	struct settings	*settings;
	struct victim	*victims;	/* in ascending order */
	size_t		 n;
};

/* -- which ------------------------------------------------------------------------- */

static bool
is_named(const struct device_settings *device, char *const *names, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (strcasecmp(device->name, names[i]) == 0)
			return true;
	return false;
}

static bool
every_name_is_there(const struct settings *settings, char *const *names, size_t n)
{
	size_t	 i, j;
	bool	 well = true;

	for (i = 0; i < n; i++) {
		for (j = 0; j < settings->ndevices && strcasecmp(settings->devices[j].name, names[i]) != 0; j++)
			;
		if (j == settings->ndevices) {
			fprintf(stderr, "busbard: no device %s is configured\n", names[i]);
			well = false;
		} else if (settings->devices[j].shutdown_order < 0) {
			fprintf(stderr, "busbard: %s is never to be shut down (shutdown-order = -1)\n", names[i]);
			well = false;
		}
	}
	return well;
}

/* A device behind another daemon is that one's to tell. */
static bool
is_anothers(const struct device_settings *device)
{
	return driver_find(device->driver)->service != NULL;
}

static bool
is_chosen(const struct late *l, const struct device_settings *device)
{
	size_t	 i;

	for (i = 0; i < l->n && l->victims[i].device != device; i++)
		;
	return i < l->n;
}

/* "auto" is the first that no other section has: told alone, it might be the other's. */
static const char *
other_like(const struct late *l, const struct device_settings *device)
{
	const struct device_settings	*other;
	size_t				 i;

	for (i = 0; i < l->settings->ndevices; i++) {
		other = &l->settings->devices[i];
		if (other != device && strcmp(other->port, device->port) == 0 &&
		    strcmp(other->driver, device->driver) == 0 && !is_chosen(l, other))
			return other->name;
	}
	return NULL;
}

static int
by_order(const void *a, const void *b)
{
	const struct victim	*v = a, *w = b;
	int			 v_order = v->device->shutdown_order, w_order = w->device->shutdown_order;

	if (v_order != w_order)
		return v_order < w_order ? -1 : 1;
	return v->device < w->device ? -1 : v->device > w->device;
}

static void
choose(struct late *l, char *const *names, size_t n)
{
	const struct device_settings	*device;
	size_t				 i;

	l->victims = xcalloc(l->settings->ndevices + 1, sizeof(*l->victims));
	for (i = 0; i < l->settings->ndevices; i++) {
		device = &l->settings->devices[i];
		if (n > 0 ? is_named(device, names, n) : device->shutdown_order >= 0 && !is_anothers(device))
			l->victims[l->n++] = (struct victim){ .device = device, .named = n > 0 };
	}
	qsort(l->victims, l->n, sizeof(*l->victims), by_order);
}

/* -- one process each --------------------------------------------------------------------- */

static void
start(struct late *l, struct victim *v)
{
	const char	*other = other_like(l, v->device);

	if (other != NULL) {
		fprintf(stderr, "busbard: %s: not told: its port is that of %s too, which is not to be told\n",
		    v->device->name, other);
		return;
	}
	fflush(stdout);
	fflush(stderr);
	if ((v->pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(late_device(l->settings, v->device, v->named, LATE_MS));
	}
	if (v->pid > 0)
		return;
	fprintf(stderr, "busbard: %s: %s\n", v->device->name, strerror(errno));
	v->pid = 0;
}

static int64_t
now_ms(void)
{
	struct timespec	 t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* False: it has not ended yet. */
static bool
look(struct victim *v)
{
	int	 status;

	if (v->pid == 0)
		return true;
	if (waitpid(v->pid, &status, WNOHANG) == 0)
		return false;
	v->pid = 0;
	v->well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status))
		fprintf(stderr, "busbard: %s: its process was ended by signal %d\n", v->device->name, WTERMSIG(status));
	return true;
}

static bool
all_ended(struct victim *from, const struct victim *to)
{
	bool	 ended = true;

	for (; from < to; from++)
		ended &= look(from);
	return ended;
}

/* What waits in the kernel does not even hear SIGKILL: it is left behind. */
static void
await(struct victim *from, struct victim *to)
{
	const struct timespec	 moment = { .tv_nsec = LOOK_MS * 1000000 };
	int64_t			 until = now_ms() + LATE_MS + GRACE_MS;
	struct victim		*v;

	while (!all_ended(from, to) && now_ms() < until)
		nanosleep(&moment, NULL);
	for (v = from; v < to; v++)
		if (v->pid != 0) {
			kill(v->pid, SIGKILL);
			fprintf(stderr, "busbard: %s: its port waits in the kernel\n", v->device->name);
		}
}

static bool
cut(struct late *l)
{
	size_t	 from, to, i;
	bool	 well = true;

	for (from = 0; from < l->n; from = to) {
		for (to = from; to < l->n && l->victims[to].device->shutdown_order ==
		    l->victims[from].device->shutdown_order; to++)
			start(l, &l->victims[to]);
		await(&l->victims[from], &l->victims[to]);
	}
	for (i = 0; i < l->n; i++)
		well &= l->victims[i].well;
	return well;
}

static void
quiet(enum log_level level, const char *line, void *arg)
{
}

int
late_main(const char *config, char *const *names, size_t n, bool loud)
{
	struct driver_facts	*facts = facts_of_drivers();
	struct conf_errors	 errors = { 0 };
	struct late		 l = { .settings = settings_load(config, facts, &errors) };
	bool			 well = false;
	size_t			 i;

	free(facts);
	if (!loud)
		log_to(quiet, NULL);
	for (i = 0; i < errors.n; i++)
		fprintf(stderr, "%s\n", errors.texts[i]);
	conf_errors_free(&errors);
	if (l.settings != NULL && every_name_is_there(l.settings, names, n)) {
		choose(&l, names, n);
		well = cut(&l);
		free(l.victims);
	}
	settings_free(l.settings);
	return !well;
}
