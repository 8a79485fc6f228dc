#include "drivers/powerman/powerman.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/powerman/reply.h"

/*
 * powermand, by its client protocol: lines with a number in front, and a prompt
 * behind each answer.
 *
 *	< 001 powerman-2.3.27		> exprange
 *	< powerman> 			< 105 Hostrange expansion ON
 *	> nodes				< powerman>
 *	< 307 node7			> status
 *	< 103 Query complete		< 303 node7: on
 *	< powerman> 			< 103 Query complete
 *
 * Each plug is an outlet; its number is the host's to give by its name
 * (unit_number), so that one more plug in front of the others moves none.
 */
#define ANSWER_MS	30000		/* powermand asks its devices, and waits for them */
#define PLUGS_MAX	999

enum step { STEP_GREETING, STEP_EXPAND, STEP_NODES, STEP_STATUS, STEP_COMMAND };

struct plug {
	char		*label;
	uint32_t	 number;
};

struct powerman {
	struct unit	*unit;
	enum step	 step;
	bool		 greeted;	/* its version was told */
	bool		 expanded;	/* a line for each node */
	int		 code;		/* of the answer that runs: 1xx or 2xx; 0: not yet */
	char		 detail[120];	/* what it said with it */
	struct plug	*plugs;		/* as powermand lists them */
	size_t		 nplugs, room;
	size_t		 next;		/* where the next status is expected */
	struct request	*request;
};

static void	ask(struct powerman *, enum step, const char *line);

/* -- plugs ----------------------------------------------------------------------------- */

static void
add_plug(struct powerman *p, const char *label)
{
	uint32_t	number;

	if (!reply_is_label(label) || p->nplugs == PLUGS_MAX)
		return;
	number = unit_number(p->unit, label);
	if (number == 0)
		return;
	p->plugs = array_room(p->plugs, p->nplugs, &p->room, sizeof(*p->plugs));
	p->plugs[p->nplugs++] = (struct plug){ xstrdup(label), number };
}

/* They come in the order in which they were listed. */
static const struct plug *
find_plug(struct powerman *p, const char *label)
{
	size_t	i, at;

	for (i = 0; i < p->nplugs; i++) {
		at = (p->next + i) % p->nplugs;
		if (strcmp(p->plugs[at].label, label) == 0) {
			p->next = at + 1;
			return &p->plugs[at];
		}
	}
	return NULL;
}

static void
offer(struct powerman *p)
{
	static const char *const	orders[] = { "load.off", "load.on", "load.cycle" };
	size_t				i, k;

	unit_forget_traits(p->unit);
	for (i = 0; i < p->nplugs; i++)
		for (k = 0; k < nitems(orders); k++)
			unit_command(p->unit, var_internf("outlet.%u.%s", p->plugs[i].number, orders[k]));
}

/* What powermand does not know is not shown. */
static void
take_status(struct powerman *p, char *text)
{
	char			*label, *value;
	const struct plug	*plug;

	if (!reply_pair(text, &label, &value) || (plug = find_plug(p, label)) == NULL)
		return;
	if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
		unit_put_text(p->unit, var_internf("outlet.%u.status", plug->number), value);
}

static void
put_plugs(struct powerman *p)
{
	size_t	i;

	for (i = 0; i < p->nplugs; i++) {
		unit_put_text(p->unit, var_internf("outlet.%u.name", p->plugs[i].number), p->plugs[i].label);
		unit_put_text(p->unit, var_internf("outlet.%u.desc", p->plugs[i].number), p->plugs[i].label);
		unit_put_text(p->unit, var_internf("outlet.%u.switchable", p->plugs[i].number), "yes");
	}
	unit_put(p->unit, VAR_OUTLET_COUNT, value_number((int64_t)p->nplugs, 0));
}

/* -- answers ------------------------------------------------------------------------------ */

static void
finish(struct powerman *p, enum result result, const char *detail)
{
	struct request	*rq = p->request;

	p->request = NULL;
	request_done(rq, result, detail);
}

static void
give_up(struct powerman *p, const char *why)
{
	stream_drop(unit_stream(p->unit), why);
	if (p->step == STEP_COMMAND)
		finish(p, R_FAILED, why);
	else
		unit_fail(p->unit, "%s", why);
}

static void
end_nodes(struct powerman *p)
{
	if (p->code != REPLY_QUERY_DONE) {
		give_up(p, "powermand does not list its nodes");
		return;
	}
	offer(p);
	unit_ready(p->unit);
}

static void
end_status(struct powerman *p)
{
	if (p->code != REPLY_QUERY_DONE && p->code != REPLY_QUERY_ERRORS) {
		give_up(p, "powermand does not tell the status of its nodes");
		return;
	}
	unit_type(p->unit, "pdu");
	put_plugs(p);
	unit_done(p->unit);
}

/* The prompt: the answer is over. */
static void
end_answer(struct powerman *p)
{
	switch (p->step) {
	case STEP_GREETING:
		if (p->greeted)
			ask(p, STEP_EXPAND, "exprange\n");
		else
			give_up(p, "the peer is not powermand");
		break;
	case STEP_EXPAND:
		if (p->expanded)
			ask(p, STEP_NODES, "nodes\n");
		else
			give_up(p, "powermand does not expand its ranges");
		break;
	case STEP_NODES:
		end_nodes(p);
		break;
	case STEP_STATUS:
		end_status(p);
		break;
	case STEP_COMMAND:
		finish(p, p->code == REPLY_DONE ? R_DONE : R_FAILED, p->code == REPLY_DONE ? NULL : p->detail);
		break;
	}
}

static void
take_line(struct powerman *p, int code, char *text)
{
	if (code == REPLY_VERSION)
		p->greeted = true;
	else if (code == REPLY_EXPAND && strstr(text, "ON") != NULL)
		p->expanded = true;
	else if (code == REPLY_NODE && p->step == STEP_NODES)
		add_plug(p, text);
	else if (code == REPLY_STATUS && p->step == STEP_STATUS)
		take_status(p, text);
	if (code >= 300)
		return;
	p->code = code;
	snprintf(p->detail, sizeof(p->detail), "powermand: %.100s", text);
}

static bool
on_frame(void *arg, enum result result, char *frame, size_t len)
{
	struct powerman	*p = arg;
	char		*text;
	int		 code;

	if (result != R_DONE || memchr(frame, '\0', len) != NULL) {
		give_up(p, result == R_TIMEOUT ? "powermand does not answer" : "the answer is not one of powermand");
		return false;
	}
	if (reply_is_prompt(frame)) {
		end_answer(p);
		return false;
	}
	code = reply_parse(frame, &text);
	if (code < 0) {
		give_up(p, "the answer is not one of powermand");
		return false;
	}
	take_line(p, code, text);
	return true;
}

/* NULL: powermand speaks first. */
static void
ask(struct powerman *p, enum step step, const char *line)
{
	p->step = step;
	p->code = 0;
	p->next = 0;
	snprintf(p->detail, sizeof(p->detail), "powermand did not say how it ended");
	stream_ask(unit_stream(p->unit), &(struct exchange){ .send = line, .len = line == NULL ? 0 : strlen(line),
	    .frame = reply_frame, .timeout_ms = ANSWER_MS, .done = on_frame, .arg = p });
}

/* -- the driver ------------------------------------------------------------------------------ */

static void
powerman_start(struct unit *unit)
{
	struct powerman	*p = unit_state(unit);

	p->unit = unit;
	ask(p, STEP_GREETING, NULL);
}

static void
powerman_poll(struct unit *unit, bool full)
{
	ask(unit_state(unit), STEP_STATUS, "status\n");
}

static void
powerman_command(struct unit *unit, struct request *rq)
{
	struct powerman	*p = unit_state(unit);
	char		 order[8], line[128];
	unsigned	 number;
	size_t		 i;

	p->request = rq;
	if (request_kind(rq) != REQUEST_COMMAND) {
		finish(p, R_READONLY, NULL);
		return;
	}
	if (sscanf(var_name(request_name(rq)), "outlet.%u.load.%7s", &number, order) != 2) {
		finish(p, R_UNKNOWN, NULL);
		return;
	}
	for (i = 0; i < p->nplugs && p->plugs[i].number != number; i++)
		;
	if (i == p->nplugs || (strcmp(order, "on") != 0 && strcmp(order, "off") != 0 && strcmp(order, "cycle") != 0)) {
		finish(p, R_UNKNOWN, NULL);
		return;
	}
	snprintf(line, sizeof(line), "%s %s\n", order, p->plugs[i].label);
	ask(p, STEP_COMMAND, line);
}

static void
powerman_stop(struct unit *unit)
{
	struct powerman	*p = unit_state(unit);

	while (p->nplugs > 0)
		free(p->plugs[--p->nplugs].label);
	free(p->plugs);
	p->plugs = NULL;
}

const struct driver powerman_driver = {
	.name = "powerman",
	.title = "powermand, which speaks to the power controllers of clusters",
	.wire = WIRE_STREAM,
	.poll_ms = 10000,
	.poll_full_ms = 60000,
	.service = "10101",
	.size = sizeof(struct powerman),
	.start = powerman_start,
	.poll = powerman_poll,
	.command = powerman_command,
	.stop = powerman_stop,
};
