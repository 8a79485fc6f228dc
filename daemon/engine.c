#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bus/resolve.h"
#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/observe.h"
#include "core/unit.h"
#include "daemon/backends.h"
#include "daemon/control.h"
#include "daemon/engine.h"
#include "daemon/facts.h"
#include "daemon/hosting.h"
#include "daemon/index-file.h"
#include "daemon/keeper.h"
#include "daemon/listeners.h"
#include "daemon/role.h"
#include "daemon/spawn.h"
#include "daemon/trim.h"

#define HOSTINGS_MAX	8
#define OWN_DESCRIPTORS		64	/* logs, roles, timers, control clients */

struct engine {
	struct loop		*loop;
	struct engine_options	 options;
	struct driver_facts	*facts;
	struct settings		*settings;
	struct model		*model;
	struct host		*host;
	struct index_file	*indexes;	/* NULL: not begun yet */
	struct keeper		*keeper;	/* NULL: likewise */
	struct observer		*observer;	/* NULL: likewise */
	struct listeners	*listeners;
	struct control		*control;
	struct resolver		*resolver;
	struct trim		*trim;
	struct hosting		*hostings[HOSTINGS_MAX];	/* NULL-ended; alone: none */
	struct role		*nut, *agentx;	/* NULL: not configured */
	char			*counters;	/* what both reported, asked for last */
};

/* -- settings ------------------------------------------------------------------------ */

/* Every process has its own limit; the hungriest is compared with it. */
static bool
enough_descriptors(const struct settings *s, struct conf_errors *errors, const char *file)
{
	struct rlimit	 limit;
	size_t		 need = s->ndevices + OWN_DESCRIPTORS;

	if (s->nut.present && s->nut.max_connections + OWN_DESCRIPTORS > need)
		need = s->nut.max_connections + OWN_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 || limit.rlim_max >= need)
		return true;
	conf_error(errors, (struct conf_place){ .file = file },
	    "%zu devices and %u connections need %zu open files, and the limit is %llu; raise it (LimitNOFILE=)",
	    s->ndevices, s->nut.max_connections, need, (unsigned long long)limit.rlim_max);
	return false;
}

static void
replace(char **text, const char *with)
{
	if (with == NULL)
		return;
	free(*text);
	*text = xstrdup(with);
}

static struct settings *
load(struct engine *e, struct conf_errors *errors)
{
	struct settings	*s = settings_load(e->options.config, e->facts, errors);

	if (s == NULL)
		return NULL;
	replace(&s->state_dir, e->options.state_dir);
	replace(&s->run_dir, e->options.run_dir);
	if (enough_descriptors(s, errors, e->options.config) && host_check(e->host, s, errors))
		return s;
	settings_free(s);
	return NULL;
}

bool
engine_learn(struct host *host, struct conf_errors *errors)
{
	const char	*data = getenv("BUSBAR_DATADIR");
	char		*shipped = xasprintf("%s/profiles", data != NULL ? data : DATADIR "/busbar");
	const char	*folders[] = { shipped, SYSCONFDIR "/busbar/profiles", NULL };
	bool		 well = host_learn(host, folders, errors);

	free(shipped);
	return well;
}

/* -- roles ------------------------------------------------------------------------------- */

/* What a role refused by itself; false: the line is another one. */
static bool
take_refusal(struct engine *e, const char *word, const char *text)
{
	char		*copy, *rest;
	const char	*by;

	if (strcmp(word, "refused") != 0)
		return false;
	rest = copy = xstrdup(text == NULL ? "" : text);
	if ((by = channel_word(&rest)) != NULL)
		events_tell(keeper_events(e->keeper), EVENT_ACCESS_REFUSED, "", "by", by, "text", channel_text(&rest), NULL);
	free(copy);
	return true;
}

static void
on_nut_line(void *arg, const char *word, const char *text)
{
	take_refusal(arg, word, text);
}

/* What became of a notification: nobody else has a say in that. */
static void
on_agentx_line(void *arg, const char *word, const char *text)
{
	struct engine	*e = arg;

	if (!take_refusal(e, word, text))
		keeper_hear(e->keeper, word, text);
}

static void
apply_role(struct engine *e, struct role **role, const struct publisher *publisher, bool wanted,
    const char *text, const struct listener *listeners, size_t nlisteners)
{
	if (!wanted) {
		role_free(*role);
		*role = NULL;
		return;
	}
	if (*role == NULL) {
		*role = role_new(e->loop, e->model, publisher, e->options.alone);
		role_on_line(*role, publisher == &nut_publisher ? on_nut_line : on_agentx_line, e);
	}
	role_apply(*role, text, e->settings, listeners, nlisteners);
}

static void
apply_nut(struct engine *e)
{
	const struct listener	*open;
	size_t			 n;

	open = listeners_now(e->listeners, &n);
	apply_role(e, &e->nut, &nut_publisher, e->settings->nut.present, e->settings->nut_text, open, n);
}

static void
on_listeners(void *arg)
{
	apply_nut(arg);
}

static struct hosting *
find_hosting(struct engine *e, const char *role)
{
	size_t	 i;

	for (i = 0; e->hostings[i] != NULL; i++)
		if (strcmp(hosting_role(e->hostings[i]), role) == 0)
			return e->hostings[i];
	return NULL;
}

/* One for each name in the table of wires; they start when there is a device for them. */
static void
make_hostings(struct engine *e)
{
	const struct wire_backend	*b;
	size_t				 i, n = 0;

	for (i = 0; (b = wire_backends[i]) != NULL; i++)
		if (b->role != NULL && find_hosting(e, b->role) == NULL && n + 1 < HOSTINGS_MAX)
			e->hostings[n++] = hosting_new(e->loop, e->host, b->role);
}

/* The first settings, or others: only what differs is touched. */
static void
apply(struct engine *e, struct settings *settings)
{
	static const struct strings	 none;
	struct settings			*before = e->settings;
	size_t				 i;

	e->settings = settings;
	keeper_apply(e->keeper, settings);
	host_apply(e->host, settings);
	for (i = 0; e->hostings[i] != NULL; i++)
		hosting_apply(e->hostings[i], settings);
	trim_later(e->trim);
	listeners_apply(e->listeners, settings->nut.present ? &settings->nut.listen : &none);
	apply_nut(e);
	apply_role(e, &e->agentx, &agentx_publisher, settings->agentx.present, settings->agentx_text,
	    NULL, 0);
	keeper_notify_by(e->keeper, e->agentx);
	observer_settled(e->observer);
	control_apply(e->control, settings);
	settings_free(before);
}

/* -- life ------------------------------------------------------------------------------------ */

static bool
reload_for_control(void *arg, struct conf_errors *errors)
{
	return engine_reload(arg, errors);
}

static const char *
report_for_control(void *arg)
{
	struct engine	*e = arg;
	const char	*nut = e->nut == NULL ? NULL : role_report(e->nut);
	const char	*agentx = e->agentx == NULL ? NULL : role_report(e->agentx);

	free(e->counters);
	e->counters = xasprintf("%s%s", nut != NULL ? nut : "", agentx != NULL ? agentx : "");
	return e->counters;
}

static bool
make_folder(const char *path, struct conf_errors *errors)
{
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return true;
	conf_error(errors, (struct conf_place){ .file = path }, "cannot be made: %s", strerror(errno));
	return false;
}

static void
denied_by_control(void *arg, const char *by, const char *text)
{
	struct engine	*e = arg;

	events_tell(keeper_events(e->keeper), EVENT_ACCESS_REFUSED, "", "by", by, "text", text, NULL);
}

static bool
begin(struct engine *e, struct settings *settings, struct conf_errors *errors)
{
	char	*path;

	if (!make_folder(settings->run_dir, errors))
		return false;
	e->indexes = index_file_new(e->loop, settings->state_dir);
	host_number(e->host, index_file_indexes(e->indexes));
	e->keeper = keeper_new(e->loop, e->model, e->options.alone);
	keeper_apply(e->keeper, settings);
	keeper_await(e->keeper);
	host_events(e->host, keeper_events(e->keeper));
	host_keep(e->host, keeper_kept(e->keeper));
	e->observer = observer_new(e->loop, e->model, keeper_events(e->keeper), keeper_kept(e->keeper),
	    host_owns, e->host);
	if (!e->options.alone)
		make_hostings(e);
	e->listeners = listeners_new(e->loop, on_listeners, e);
	path = xasprintf("%s/control", settings->run_dir);
	e->control = control_new(e->loop, e->model, e->host, path, spawn_names, reload_for_control, e,
	    errors);
	free(path);
	if (e->control == NULL)
		return false;
	control_on_server(e->control, report_for_control, e);
	control_on_journal(e->control, keeper_ask, keeper_forget, e->keeper);
	control_on_denied(e->control, denied_by_control, e);
	return true;
}

struct engine *
engine_new(struct loop *loop, const struct engine_options *options, struct conf_errors *errors)
{
	struct engine	*e = xcalloc(1, sizeof(*e));
	struct settings	*settings = NULL;

	e->loop = loop;
	e->options = *options;
	e->facts = facts_of_drivers();
	e->model = model_new();
	e->resolver = resolver_new(loop, spawn_resolver, NULL);
	resolver_use(e->resolver);
	e->host = host_new(loop, e->model, drivers, wire_backends);
	e->trim = trim_new(loop);
	if (engine_learn(e->host, errors) && (settings = load(e, errors)) != NULL && begin(e, settings, errors)) {
		apply(e, settings);
		return e;
	}
	settings_free(settings);
	engine_free(e);
	return NULL;
}

void
engine_free(struct engine *e)
{
	size_t	 i;

	if (e->keeper != NULL)
		keeper_notify_by(e->keeper, NULL);
	role_free(e->nut);
	role_free(e->agentx);
	free(e->counters);
	control_free(e->control);
	listeners_free(e->listeners);
	observer_free(e->observer);
	host_events(e->host, NULL);
	host_keep(e->host, NULL);
	keeper_free(e->keeper);
	host_free(e->host);
	for (i = 0; e->hostings[i] != NULL; i++)
		hosting_free(e->hostings[i]);
	trim_free(e->trim);
	resolver_use(NULL);
	resolver_free(e->resolver);
	index_file_free(e->indexes);
	model_free(e->model);
	settings_free(e->settings);
	free(e->facts);
	free(e);
}

static void __attribute__((__format__(__printf__, 3, 4)))
tell_reload(struct engine *e, enum event_kind kind, const char *fmt, ...)
{
	va_list	 ap;
	char	*text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	events_tell(keeper_events(e->keeper), kind, "", "text", text, NULL);
	free(text);
}

bool
engine_reload(struct engine *e, struct conf_errors *errors)
{
	struct settings	*settings = load(e, errors);
	size_t		 i;

	if (settings != NULL) {
		apply(e, settings);
		log_info("busbar", "%s: read again, %zu devices", e->options.config, settings->ndevices);
		tell_reload(e, EVENT_CONFIG_RELOADED, "%zu devices", settings->ndevices);
		return true;
	}
	for (i = 0; i < errors->n; i++)
		log_error("busbar", "%s", errors->texts[i]);
	log_error("busbar", "%s: not applied, everything goes on as before", e->options.config);
	tell_reload(e, EVENT_CONFIG_REJECTED, "%s", errors->n > 0 ? errors->texts[0] : "no reason");
	return false;
}

bool
engine_check(const char *file, struct conf_errors *errors)
{
	struct driver_facts	*facts = facts_of_drivers();
	struct settings		*s = settings_load(file, facts, errors);
	struct loop		*loop = loop_new();
	struct model		*model = model_new();
	struct host		*host = host_new(loop, model, drivers, wire_backends);
	bool			 well = engine_learn(host, errors) && s != NULL && host_check(host, s, errors);

	host_free(host);
	model_free(model);
	loop_free(loop);
	settings_free(s);
	free(facts);
	return well;
}

void
engine_reap(struct engine *e)
{
	pid_t	 pid;
	int	 status;
	size_t	 i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (e->indexes != NULL && index_file_ended(e->indexes, pid, status))
			continue;
		if (e->keeper != NULL)
			keeper_ended(e->keeper, pid, status);
		for (i = 0; e->hostings[i] != NULL; i++)
			hosting_ended(e->hostings[i], pid, status);
		if (e->nut != NULL)
			role_ended(e->nut, pid, status);
		if (e->agentx != NULL)
			role_ended(e->agentx, pid, status);
	}
}
