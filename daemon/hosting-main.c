/* The process of a role that runs units: its own host and model, fed to the engine. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/driver.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/mirror.h"
#include "daemon/backends.h"
#include "daemon/engine.h"
#include "daemon/facts.h"
#include "daemon/hosting.h"
#include "daemon/spawn.h"

#define ALIVE_MS	5000

struct self {
	const char		*role;
	struct loop		*loop;
	struct model		*model;
	struct feed		*feed;
	struct host		*host;
	struct driver_facts	*facts;
	const struct driver	**drivers;	/* those of the role's wires */
	struct settings		*settings;
	struct timer		*alive;
};

/* The knowledge of all the others would be loaded for nothing. */
static const struct driver **
drivers_of(const char *role)
{
	const struct driver	**list;
	size_t			  i, j, n = 0;

	for (i = 0; drivers[i] != NULL; i++)
		;
	list = xcalloc(i + 1, sizeof(struct driver *));
	for (i = 0; drivers[i] != NULL; i++)
		for (j = 0; wire_backends[j] != NULL; j++)
			if (driver_speaks_on(drivers[i], wire_backends[j]->wire) && wire_backends[j]->role != NULL &&
			    strcmp(wire_backends[j]->role, role) == 0) {
				list[n++] = drivers[i];
				break;
			}
	return list;
}

static void
take_settings(struct self *self, const char *text)
{
	struct conf_errors	 errors = { 0 };
	struct settings		*s, *before = self->settings;

	s = settings_parse("engine", text, strlen(text), self->facts, &errors);
	if (s == NULL)
		log_error(self->role, "the engine's settings make no sense: %s",
		    errors.n > 0 ? errors.texts[0] : "no reason");
	conf_errors_free(&errors);
	if (s == NULL)
		return;
	self->settings = s;
	host_apply(self->host, s);
	settings_free(before);
}

static void
on_line(void *arg, const char *word, const char *text)
{
	if (strcmp(word, "settings") == 0 && text != NULL)
		take_settings(arg, text);
}

static void
on_alive(void *arg)
{
	struct self	*self = arg;

	feed_send(self->feed, "alive", "", -1);
	timer_set(self->alive, ALIVE_MS);
}

static void
on_broken(void *arg)
{
	struct self	*self = arg;

	loop_stop(self->loop);
}

static void
on_end(int signo, void *arg)
{
	struct self	*self = arg;

	loop_stop(self->loop);
}

static void
learn(struct self *self)
{
	struct conf_errors	 errors = { 0 };

	if (!engine_learn(self->host, &errors))
		log_error(self->role, "%s", errors.n > 0 ? errors.texts[0] : "a profile is wrong");
	conf_errors_free(&errors);
}

int
hosting_main(const char *role)
{
	struct self	 self = { .role = role };
	char		*name = xasprintf("busbar-%s", role);

	prctl(PR_SET_NAME, name);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	free(name);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);	/* the engine's business, as is a terminal's */
	signal(SIGINT, SIG_IGN);
	self.loop = loop_new();
	self.model = model_new();
	self.facts = facts_of_drivers();
	self.drivers = drivers_of(role);
	self.host = host_new(self.loop, self.model, self.drivers, wire_backends);
	host_bare(self.host);
	learn(&self);
	self.feed = feed_new(self.loop, self.model, ROLE_FD, on_broken, &self);
	feed_on_line(self.feed, on_line, &self);
	self.alive = timer_new(self.loop, on_alive, &self);
	timer_set(self.alive, ALIVE_MS);
	loop_signal(self.loop, SIGTERM, on_end, &self);
	loop_run(self.loop);
	timer_free(self.alive);
	feed_free(self.feed);
	host_free(self.host);
	model_free(self.model);
	settings_free(self.settings);
	free(self.drivers);
	free(self.facts);
	loop_free(self.loop);
	return 0;
}
