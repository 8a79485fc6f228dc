/* Roles that run units, seen from the engine. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/mirror.h"
#include "daemon/backends.h"
#include "daemon/hosting.h"
#include "daemon/spawn.h"

#define SILENT_MS	60000	/* it says every few seconds that it lives */

struct hosting {
	struct loop		*loop;
	struct host		*host;
	const char		*role;
	struct model		*model;		/* what the role shows */
	struct mirror		*mirror;	/* NULL: it does not run */
	pid_t			 pid, before;	/* before: of the one that it replaced */
	struct timer		*again, *silent;
	struct spawn_rhythm	 rhythm;
	char			*text;		/* its devices; NULL: none */
};

static void	start(void *);

bool
hosting_is(const char *role)
{
	size_t	 i;

	for (i = 0; wire_backends[i] != NULL; i++)
		if (wire_backends[i]->role != NULL && strcmp(wire_backends[i]->role, role) == 0)
			return true;
	return false;
}

/* -- its end, and on from there -------------------------------------------------------- */

static void
forget_devices(struct hosting *h)
{
	struct device	*d;

	while ((d = model_next(h->model, NULL)) != NULL)
		model_remove(d);
}

static void
close_mirror(struct hosting *h)
{
	timer_stop(h->silent);
	mirror_free(h->mirror);
	h->mirror = NULL;
	forget_devices(h);
}

static void
on_broken(void *arg)
{
	struct hosting	*h = arg;

	host_carrier_state(h->host, h->role, "its role is gone, and started again");
	close_mirror(h);
	if (h->pid > 0)
		kill(h->pid, SIGKILL);
	log_warning(h->role, "the role is gone, starting it again");
	timer_set(h->again, spawn_delay(&h->rhythm, loop_now(h->loop)));
}

/* Its socket breaks when the kernel lets go of it, and not before: there are never two of them. */
static void
on_silent(void *arg)
{
	struct hosting	*h = arg;

	log_error(h->role, "the role hangs, ending it");
	if (h->pid > 0)
		kill(h->pid, SIGKILL);
}

static void
on_line(void *arg, const char *word, const char *text, int fd)
{
	struct hosting	*h = arg;

	if (strcmp(word, "alive") == 0)
		timer_set(h->silent, SILENT_MS);
}

/* -- its beginning ----------------------------------------------------------------------- */

static void
start(void *arg)
{
	struct hosting	*h = arg;
	int		 fd;

	h->before = h->pid;
	h->rhythm.born = loop_now(h->loop);
	if ((fd = spawn_role(h->role, &h->pid)) == -1) {
		log_error(h->role, "the role cannot be started: %s", strerror(errno));
		timer_set(h->again, spawn_delay(&h->rhythm, loop_now(h->loop)));
		return;
	}
	h->mirror = mirror_new(h->loop, h->model, fd, on_broken, h);
	mirror_on_line(h->mirror, on_line, h);
	mirror_on_loss(h->mirror, R_TIMEOUT, "its role is gone; nobody knows whether it was done");
	mirror_send(h->mirror, "settings", h->text);
	host_carrier_state(h->host, h->role, NULL);
	timer_set(h->silent, SILENT_MS);
}

static void
stop(struct hosting *h)
{
	timer_stop(h->again);
	h->rhythm = (struct spawn_rhythm){ 0 };
	if (h->mirror != NULL)
		close_mirror(h);		/* its end of the mirror closes, and it goes */
}

void
hosting_apply(struct hosting *h, const struct settings *settings)
{
	char	*text = host_text_for(h->host, settings, h->role);
	bool	 same = text != NULL && h->text != NULL && strcmp(text, h->text) == 0;
	bool	 ran = h->text != NULL;

	free(h->text);
	h->text = text;
	if (text == NULL) {
		stop(h);
		h->pid = 0;
		return;
	}
	if (!ran)
		start(h);
	else if (!same && h->mirror != NULL)
		mirror_send(h->mirror, "settings", text);
}

void
hosting_ended(struct hosting *h, pid_t pid, int status)
{
	if (pid != h->pid && pid != h->before)
		return;
	if (pid == h->pid)
		h->pid = 0;
	spawn_log_end(h->role, status);
}

/* -- life ---------------------------------------------------------------------------------- */

struct hosting *
hosting_new(struct loop *loop, struct host *host, const char *role)
{
	struct hosting	*h = xcalloc(1, sizeof(*h));

	*h = (struct hosting){ .loop = loop, .host = host, .role = role, .model = model_new() };
	h->again = timer_new(loop, start, h);
	h->silent = timer_new(loop, on_silent, h);
	host_carry(host, role, h->model);
	return h;
}

const char *
hosting_role(const struct hosting *h)
{
	return h->role;
}

void
hosting_free(struct hosting *h)
{
	if (h == NULL)
		return;
	stop(h);
	spawn_await(h->pid);
	timer_free(h->again);
	timer_free(h->silent);
	model_free(h->model);
	free(h->text);
	free(h);
}
