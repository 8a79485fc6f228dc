/* Roles as the engine sees them: started, told, reaped, started again. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/mirror.h"
#include "daemon/role.h"
#include "daemon/spawn.h"

struct role {
	struct loop		*loop;
	struct model		*model;
	const struct publisher	*publisher;
	bool			 alone, wanted;
	pid_t			 pid, before;	/* before: of the one that it replaced */
	struct feed		*feed;
	struct timer		*again;
	struct spawn_rhythm	 rhythm;
	/* what it was told last, for the next start */
	char			*text;
	char			*report;	/* its last one; NULL: none */
	const struct settings	*settings;
	const struct listener	*listeners;
	size_t			 nlisteners;
	void			*state;		/* of the publisher, when alone */
	void			(*line)(void *, const char *, const char *);	/* NULL: nobody listens */
	void			*line_arg;
	void			(*loss)(void *);	/* NULL: nobody listens */
	void			*loss_arg;
	struct event_log	*events;	/* NULL: it keeps none */
	uint64_t		 event_said;	/* alone: the last that it heard of */
	void			(*acked)(void *, uint64_t);
	void			*acked_arg;
};

static void	start(void *);

/* -- a process of its own --------------------------------------------------------- */

static void
tell(struct role *r)
{
	size_t	 i;

	feed_send(r->feed, "listeners", "", -1);
	for (i = 0; i < r->nlisteners; i++)
		feed_send(r->feed, "listener", r->listeners[i].address, r->listeners[i].fd);
	feed_send(r->feed, "settings", r->text, -1);
}

static void
plan_start(struct role *r)
{
	timer_set(r->again, spawn_delay(&r->rhythm, loop_now(r->loop)));
}

static void
take_report(void *arg, const char *lines)
{
	struct role	*r = arg;

	free(r->report);
	r->report = lines == NULL ? NULL : xstrdup(lines);
}

static void
on_line(void *arg, const char *word, const char *text)
{
	struct role	*r = arg;

	if (strcmp(word, "report") == 0)
		take_report(r, text);
	else if (r->line != NULL)
		r->line(r->line_arg, word, text);
}

static void
on_broken(void *arg)
{
	struct role	*r = arg;

	take_report(r, NULL);
	feed_free(r->feed);
	r->feed = NULL;
	if (r->loss != NULL)
		r->loss(r->loss_arg);
	if (r->pid > 0)
		kill(r->pid, SIGKILL);
	log_warning(r->publisher->name, "the role is gone, starting it again");
	plan_start(r);
}

static void
start(void *arg)
{
	struct role	*r = arg;
	int		 fd;

	r->before = r->pid;
	r->rhythm.born = loop_now(r->loop);
	if ((fd = spawn_role(r->publisher->name, &r->pid)) == -1) {
		log_error(r->publisher->name, "the role cannot be started: %s", strerror(errno));
		plan_start(r);
		return;
	}
	r->feed = feed_new(r->loop, r->publisher->blind ? NULL : r->model, fd, on_broken, r);
	feed_on_line(r->feed, on_line, r);
	if (r->events != NULL) {
		feed_events(r->feed, r->events);
		feed_on_ack(r->feed, r->acked, r->acked_arg);
	}
	tell(r);
}

void
role_ended(struct role *r, pid_t pid, int status)
{
	if (pid != r->pid && pid != r->before)
		return;
	if (pid == r->pid)
		r->pid = 0;
	spawn_log_end(r->publisher->name, status);
}

/* -- beside the engine --------------------------------------------------------------- */

static void
pass_events(void *arg)
{
	struct role	*r = arg;
	const char	*text;

	if (r->state == NULL || r->events == NULL)
		return;
	while ((text = event_log_after(r->events, r->event_said, &r->event_said)) != NULL)
		r->publisher->event(r->state, r->event_said, text);
}

static void
apply_alone(struct role *r)
{
	struct publish	 p = { .loop = r->loop, .model = r->model, .settings = r->settings,
	    .listeners = r->listeners, .nlisteners = r->nlisteners,
	    .report = take_report, .report_arg = r, .say = on_line, .say_arg = r,
	    .ack = r->acked, .ack_arg = r->acked_arg };

	if (r->state != NULL) {
		r->publisher->reload(r->state, &p);
		return;
	}
	r->state = r->publisher->start(&p);
	pass_events(r);
}

/* -- life --------------------------------------------------------------------------------- */

struct role *
role_new(struct loop *loop, struct model *model, const struct publisher *publisher, bool alone)
{
	struct role	*r = xcalloc(1, sizeof(*r));

	*r = (struct role){ .loop = loop, .model = model, .publisher = publisher, .alone = alone };
	r->again = timer_new(loop, start, r);
	return r;
}

void
role_free(struct role *r)
{
	if (r == NULL)
		return;
	r->wanted = false;
	if (r->state != NULL)
		r->publisher->stop(r->state);
	feed_free(r->feed);		/* its end of the mirror closes, and it goes */
	timer_free(r->again);
	spawn_await(r->pid);
	free(r->text);
	free(r->report);
	free(r);
}

bool
role_send(struct role *r, const char *word, const char *text)
{
	if (r->feed != NULL)
		feed_send(r->feed, word, text, -1);
	else if (r->state != NULL && r->publisher->hear != NULL)
		r->publisher->hear(r->state, word, text);
	return r->feed != NULL || r->state != NULL;
}

void
role_on_line(struct role *r, void (*line)(void *, const char *, const char *), void *arg)
{
	r->line = line;
	r->line_arg = arg;
}

void
role_events(struct role *r, struct event_log *events, void (*acked)(void *, uint64_t), void *arg)
{
	r->events = events;
	r->acked = acked;
	r->acked_arg = arg;
	if (r->alone)
		event_log_on_add(events, pass_events, r);
}

void
role_on_loss(struct role *r, void (*loss)(void *), void *arg)
{
	r->loss = loss;
	r->loss_arg = arg;
}

void
role_apply(struct role *r, const char *text, const struct settings *settings,
    const struct listener *listeners, size_t nlisteners)
{
	char	*copy = xstrdup(text);

	free(r->text);
	r->text = copy;
	r->settings = settings;
	r->listeners = listeners;
	r->nlisteners = nlisteners;
	if (r->alone) {
		apply_alone(r);
	} else if (!r->wanted) {
		r->wanted = true;
		start(r);
	} else if (r->feed != NULL) {
		tell(r);
	}
	r->wanted = true;
}

pid_t
role_pid(const struct role *r)
{
	return r->pid;
}

const char *
role_report(const struct role *r)
{
	return r->report;
}
