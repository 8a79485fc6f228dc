/*
 * The agentx role: one tree, one session, and what joins them.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "core/refused.h"
#include "subagent/answer.h"
#include "subagent/dial.h"
#include "subagent/traps.h"
#include "subagent/session.h"
#include "subagent/set.h"
#include "subagent/tree.h"

#define SUBJECT	"agentx"

/* sysORTable has a row for each; those that may not be served come last. */
static const struct {
	const char	*id, *text;
} announced[] = {
	{ "1.3.6.1.2.1.33", "UPS-MIB: uninterruptible power supplies (RFC 1628)" },
	{ ENTERPRISE_OID, "BUSBAR-MIB: all power devices of " PACKAGE_NAME },
	{ "1.3.6.1.2.1.47", "ENTITY-MIB: power devices and their sensors (RFC 6933)" },
	{ "1.3.6.1.2.1.99", "ENTITY-SENSOR-MIB: what the sensors measure (RFC 3433)" },
};

#define WITHOUT_ENTITIES	2

struct role {
	struct loop	*loop;
	char		*socket;
	size_t		 max_contexts;
	struct tree	*tree;
	struct sets	*sets;
	struct session	*session;	/* NULL: the socket's address makes no sense */
	struct traps	*traps;
	struct timer	*ready;		/* for notifications: once the engine can hear it */
	void		(*say)(void *, const char *, const char *);	/* to the engine; NULL: nobody listens */
	void		*say_arg;
	void		(*report)(void *, const char *lines);	/* likewise, of counters */
	void		*report_arg;
	const struct pdu *taken;	/* the one that is being answered; NULL: none */
	struct refused	 refused;	/* SETs */
	struct watch	*watch;
	struct timer	*refresh;	/* once a turn, however many devices changed in it */
	bool		 entities;	/* are served, if the master lets us */
	struct module	 modules[nitems(announced)];
	uint32_t	 module_ids[nitems(announced)][OID_MAX_LEN];
	struct session_user user;
	unsigned	 generation;	/* of the contexts that are served */
	bool		 full;		/* some context had no place; said so */
};

static int
role_dial(void *arg)
{
	const struct role *role = arg;

	return dial(role->socket);
}

static size_t
role_roots(void *arg, const char *context, struct oid *roots, size_t room)
{
	const struct role *role = arg;

	return tree_roots(role->tree, context, roots, room);
}

static void
role_registered(void *arg, struct oid root, bool accepted)
{
	const struct role *role = arg;

	tree_registered(role->tree, root, accepted);
}

static void
role_answer(void *arg, const struct pdu *pdu, struct buf *out)
{
	struct role *role = arg;
	const struct tree_clock clock = {
		.now_ms = loop_now(role->loop), .master_uptime = agentx_session_uptime(role->session),
	};

	role->taken = pdu;
	if (!sets_take(role->sets, pdu))
		answer(role->tree, &clock, pdu, out);
	role->taken = NULL;
}

/* The journal hears who tried what, once a minute. */
static void
tell_refusal(struct role *role, const struct pdu *request, size_t index)
{
	struct pdu_reader reader = pdu_read(request);
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object object = { 0 };
	struct buf text = { 0 };
	size_t len;
	const char *context = pdu_read_context(&reader, request, &len);
	char *by = len > 0 ? xasprintf("snmp %.*s", (int)len, context) : xstrdup("snmp"), *more = refused_more(&role->refused);

	for (size_t i = 0; i < index; i++)
		pdu_read_object(&reader, &object, ids, ref);
	channel_put_word(&text, by);
	buf_puts(&text, " may not write ");
	for (size_t i = 0; !reader.bad && i < object.oid.len; i++)
		buf_printf(&text, "%s%" PRIu32, i > 0 ? "." : "", object.oid.ids[i]);
	buf_puts(&text, more);
	role->say(role->say_arg, "refused", buf_text(&text) + 1);	/* a blank is before the first word */
	buf_free(&text);
	free(more);
	free(by);
}

/* One that we refuse ourselves, before the engine is asked: it counts the others. */
static bool
is_refusal(const struct role *role, const struct pdu *request, enum pdu_error error)
{
	return error == PDU_NOT_WRITABLE && role->taken != NULL && role->taken->packet == request->packet &&
	    role->taken->type == PDU_TEST_SET;
}

static void
report(const struct role *role)
{
	char *lines = xasprintf("snmp.refused %" PRIu64 "\n", role->refused.n);

	if (role->report != NULL)
		role->report(role->report_arg, lines);
	free(lines);
}

static void
note_refusal(struct role *role, size_t index)
{
	bool told = refused_note(&role->refused, loop_now(role->loop));

	report(role);
	if (told && role->say != NULL)
		tell_refusal(role, role->taken, index);
}

static void
role_respond(void *arg, const struct pdu *request, enum pdu_error error, size_t index)
{
	struct role *role = arg;

	if (is_refusal(role, request, error))
		note_refusal(role, index);
	agentx_session_respond(role->session, request, error, index);
}

static void
role_ended(void *arg)
{
	const struct role *role = arg;

	sets_session_ended(role->sets);
	traps_session_ended(role->traps);
}

static void
role_notified(void *arg, uint32_t which, unsigned error)
{
	const struct role *role = arg;

	traps_answered(role->traps, which, error);
}

static void
role_up(void *arg)
{
	const struct role *role = arg;

	traps_go_on(role->traps);
}

/* -- what the engine has to tell managers ------------------------------------------------------ */

static void
say_notified(void *arg, uint64_t serial)
{
	const struct role *role = arg;
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, serial);
	if (role->say != NULL)
		role->say(role->say_arg, "notified", text);
}

static void
say_ready(void *arg)
{
	const struct role *role = arg;

	if (role->say != NULL)
		role->say(role->say_arg, "ready", "");
}

static void
role_hear(void *state, const char *word, const char *text)
{
	const struct role *role = state;

	if (strcmp(word, "notify") == 0 && text != NULL)
		traps_add(role->traps, text);
}

static void
announce(struct role *role)
{
	for (size_t i = 0; i < nitems(announced); i++) {
		struct oid *id = &role->modules[i].id;

		if (oid_parse(announced[i].id, role->module_ids[i], &id->len))
			id->ids = role->module_ids[i];
		role->modules[i].text = announced[i].text;
	}
	role->user = (struct session_user){
		.description = PACKAGE_NAME " " PACKAGE_VERSION, .modules = role->modules,
		.dial = role_dial, .roots = role_roots, .registered = role_registered,
		.answer = role_answer, .ended = role_ended,
		.notified = role_notified, .up = role_up,
	};
}

static void
serve(struct role *role)
{
	size_t n = tree_contexts(role->tree);
	const char **names;
	bool full;

	if (role->session == NULL)
		return;
	names = xreallocarray(NULL, n + 1, sizeof *names);
	for (size_t i = 0; i < n; i++)
		names[i] = tree_context(role->tree, i);
	role->generation = tree_generation(role->tree);
	full = !agentx_session_serve(role->session, names, n, role->max_contexts + 1);	/* and the default one */
	if (full && !role->full)
		log_warning(SUBJECT, "more devices than contexts: the rest has none (agentx.contexts = %zu)",
		    role->max_contexts);
	role->full = full;
	free(names);
}

static void
refresh(void *arg)
{
	struct role *role = arg;

	tree_settle(role->tree, loop_now(role->loop));
	if (role->generation != tree_generation(role->tree))
		serve(role);
}

static void
changed(const struct change *change, void *arg)
{
	struct role *role = arg;

	if (!timer_running(role->refresh))
		timer_set(role->refresh, 0);
}

/* Takes over the settings; a session that they still fit goes on. */
static void
configure(struct role *role, const struct agentx_settings *settings)
{
	bool entities = settings->entity != SET_NO;

	tree_default(role->tree, settings->dflt);
	tree_entities(role->tree, entities);
	if (role->session == NULL || role->entities != entities || strcmp(role->socket, settings->socket) != 0) {
		role->entities = entities;
		role->user.nmodules = entities ? nitems(announced) : WITHOUT_ENTITIES;
		traps_by(role->traps, NULL);
		agentx_session_free(role->session);
		role->session = NULL;
		free(role->socket);
		role->socket = xstrdup(settings->socket);
		if (dial_understands(role->socket))
			role->session = agentx_session_new(role->loop, role->socket, &role->user, role);
		else
			log_error(SUBJECT, "socket \"%s\" is none: unix:/PATH or tcp:ADDRESS:PORT", role->socket);
		traps_by(role->traps, role->session);
	}
	role->max_contexts = settings->contexts;
	serve(role);
	tree_settle(role->tree, loop_now(role->loop));
}

static void *
role_start(const struct publish *publish)
{
	static const struct set_family *const families[] = { &upsmib_family, &bbmib_family, NULL };
	struct role *role = xcalloc(1, sizeof *role);

	announce(role);
	role->loop = publish->loop;
	role->tree = tree_new(publish->model);
	role->sets = sets_new(publish->loop, publish->model, role->tree, families, role_respond, role);
	role->say = publish->say;
	role->say_arg = publish->say_arg;
	role->report = publish->report;
	role->report_arg = publish->report_arg;
	role->traps = traps_new(publish->loop, publish->model, role->tree, say_notified, role);
	role->ready = timer_new(publish->loop, say_ready, role);
	timer_set(role->ready, 0);
	role->refresh = timer_new(publish->loop, refresh, role);
	role->watch = model_watch(publish->model, EV_ADDED | EV_CHANGED | EV_STATE | EV_REMOVED, changed, role);
	configure(role, &publish->settings->agentx);
	return role;
}

static void
role_reload(void *state, const struct publish *publish)
{
	configure(state, &publish->settings->agentx);
}

static void
role_stop(void *state)
{
	struct role *role = state;

	traps_by(role->traps, NULL);
	agentx_session_free(role->session);
	traps_free(role->traps);
	timer_free(role->ready);
	sets_free(role->sets);
	watch_cancel(role->watch);
	timer_free(role->refresh);
	tree_free(role->tree);
	free(role->socket);
	free(role);
}

const struct publisher agentx_publisher = {
	.name = "agentx",
	.start = role_start,
	.reload = role_reload,
	.stop = role_stop,
	.hear = role_hear,
};
