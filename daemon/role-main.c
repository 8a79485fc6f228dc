/* A role's own process: a mirror of the model, and a publisher that shows it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/mirror.h"
#include "daemon/facts.h"
#include "daemon/role.h"
#include "daemon/spawn.h"

struct listeners {
	struct listener	*at;
	size_t		 n, room;
};

struct self {
	const struct publisher	*publisher;
	struct loop		*loop;
	struct model		*model;
	struct mirror		*mirror;
	struct settings		*settings, *old;	/* old: until the publisher has let go of it */
	struct listeners	 now, coming;	/* coming: until the settings that follow it are shown */
	bool			 told;		/* settings have come that the publisher does not know */
	void			*state;
};

static void
on_broken(void *arg)
{
	struct self	*self = arg;

	loop_stop(self->loop);
}

static void
drop_listeners(struct listeners *l)
{
	size_t	 i;

	for (i = 0; i < l->n; i++) {
		close(l->at[i].fd);
		free((char *)(uintptr_t)l->at[i].address);
	}
	free(l->at);
	*l = (struct listeners){ 0 };
}

static void
add_listener(struct listeners *l, const char *address, int fd)
{
	l->at = array_room(l->at, l->n, &l->room, sizeof(*l->at));
	l->at[l->n++] = (struct listener){ fd, xstrdup(address) };
}

static void
take_settings(struct self *self, const char *text)
{
	struct conf_errors	 errors = { 0 };
	struct driver_facts	*facts = facts_of_drivers();
	struct settings		*s = settings_parse("engine", text, strlen(text), facts, &errors);

	if (s == NULL)
		log_error(self->publisher->name, "the engine's settings make no sense: %s",
		    errors.n > 0 ? errors.texts[0] : "no reason");
	conf_errors_free(&errors);
	free(facts);
	if (s == NULL)
		return;
	if (self->old != NULL)
		settings_free(self->settings);
	else
		self->old = self->settings;
	self->settings = s;
	self->told = true;
}

static void	publish(struct self *);

/* What comes in the same breath as the settings finds it started. */
static bool
started(struct self *self)
{
	if (self->state == NULL)
		publish(self);
	return self->state != NULL;
}

static void
on_line(void *arg, const char *word, const char *text, int fd)
{
	struct self	*self = arg;

	if (strcmp(word, "listener") == 0 && fd != -1 && text != NULL) {
		add_listener(&self->coming, text, fd);
		return;
	}
	if (fd != -1)
		close(fd);
	if (strcmp(word, "listeners") == 0)
		drop_listeners(&self->coming);
	else if (strcmp(word, "settings") == 0 && text != NULL)
		take_settings(self, text);
	else if (started(self) && self->publisher->hear != NULL)
		self->publisher->hear(self->state, word, text);
}

static void
on_event(void *arg, uint64_t serial, const char *text)
{
	struct self	*self = arg;

	if (started(self) && self->publisher->event != NULL)
		self->publisher->event(self->state, serial, text);
}

static void
on_ack(void *arg, uint64_t serial)
{
	struct self	*self = arg;

	mirror_ack(self->mirror, serial);
}

static void
on_say(void *arg, const char *word, const char *text)
{
	struct self	*self = arg;

	mirror_send(self->mirror, word, text);
}

static void
on_report(void *arg, const char *lines)
{
	struct self	*self = arg;

	mirror_send(self->mirror, "report", lines);
}

/* Nothing is shown before all is there: no client sees a device missing that exists. */
static void
publish(struct self *self)
{
	struct publish	 p = { .loop = self->loop, .model = self->model, .settings = self->settings,
	    .listeners = self->coming.at, .nlisteners = self->coming.n,
	    .report = on_report, .report_arg = self, .say = on_say, .say_arg = self,
	    .ack = on_ack, .ack_arg = self };
	struct listeners before;

	if (!self->told || !mirror_complete(self->mirror))
		return;
	self->told = false;
	if (self->state == NULL)
		self->state = self->publisher->start(&p);
	else
		self->publisher->reload(self->state, &p);
	settings_free(self->old);
	self->old = NULL;
	before = self->now;
	self->now = self->coming;
	self->coming = (struct listeners){ 0 };
	drop_listeners(&before);
}

static void
on_end(int signo, void *arg)
{
	struct self	*self = arg;

	loop_stop(self->loop);
}

int
role_main(const struct publisher *publisher)
{
	struct self	 self = { .publisher = publisher };
	char		*name = xasprintf("busbar-%s", publisher->name);

	prctl(PR_SET_NAME, name);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);		/* whoever takes it over gains nothing by a set-uid program */
	free(name);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);	/* the engine's business; a terminal tells the whole group */
	signal(SIGINT, SIG_IGN);
	self.loop = loop_new();
	self.model = model_new();
	self.mirror = mirror_new(self.loop, self.model, ROLE_FD, on_broken, &self);
	mirror_on_line(self.mirror, on_line, &self);
	mirror_on_event(self.mirror, on_event, &self);
	loop_signal(self.loop, SIGTERM, on_end, &self);
	while (loop_once(self.loop, -1))
		publish(&self);
	if (self.state != NULL)
		publisher->stop(self.state);
	mirror_free(self.mirror);
	model_free(self.model);
	settings_free(self.settings);
	settings_free(self.old);
	drop_listeners(&self.now);
	drop_listeners(&self.coming);
	loop_free(self.loop);
	return 0;
}
