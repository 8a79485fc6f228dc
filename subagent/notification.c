/* From events to notifications. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "core/flags.h"
#include "core/mem.h"
#include "core/outlet.h"
#include "subagent/notification.h"
#include "subagent/pdu.h"
#include "subagent/power.h"
#include "subagent/values.h"

#define UPS		"1.3.6.1.2.1.33."
#define UPS_OBJECTS	UPS "1."
#define UPS_TRAPS	UPS "2."
#define BB_OBJECTS	ENTERPRISE_OID ".1."
#define BB_TRAPS	ENTERPRISE_OID ".0."
#define SNMP_TRAP_OID	"1.3.6.1.6.3.1.1.4.1.0"

enum how {
	AS_INTEGER, AS_GAUGE,
	AS_DISPLAY,		/* DisplayString, 255 bytes at most */
	AS_ADMIN,		/* SnmpAdminString likewise */
	AS_COMM_STATE,		/* bbDevCommState of a word of the model's state */
	AS_REDUNDANCY,		/* bbLoadRedundancy of its word */
	AS_OUTLET_STATE, AS_OUTLET_COMMAND, AS_BREAKER, AS_SEVERITY,	/* of their words */
	AS_REFUSAL,		/* what was refused, and why */
	AS_SOURCE,		/* of a transfer switch: a number, or a letter */
	AS_TICKS_AGO,		/* sysUpTime so many ms before the event */
	AS_HUNDREDTHS,		/* of ms */
	AS_ALARM,		/* the identity of an alarm */
	AS_TEST			/* upsWellKnownTests.n */
};

/* A varbind: its column, the event's fields that end its OID (NULL: a scalar), and its value. */
struct varbind {
	const char	*column, *row, *part;	/* part: a second one behind it; NULL: none */
	enum how	 how;
	const char	*field;
	const char	*dflt;		/* where the event has no such field; NULL: no varbind then */
};

#define VARBINDS_MAX	7

static const struct notification {
	enum event_kind	 kind;
	const char	*oid;
	struct varbind	 varbinds[VARBINDS_MAX];
} notifications[] = {
	{ EVENT_ON_BATTERY, UPS_TRAPS "1", {
		{ UPS_OBJECTS "2.3", NULL, NULL, AS_INTEGER, "minutes", "1" },
		{ UPS_OBJECTS "2.2", NULL, NULL, AS_INTEGER, "seconds", "0" },
		{ UPS_OBJECTS "9.7", NULL, NULL, AS_INTEGER, "low", "0" } } },
	{ EVENT_TEST_COMPLETED, UPS_TRAPS "2", {
		{ UPS_OBJECTS "7.1", NULL, NULL, AS_TEST, "test", "1" },
		{ UPS_OBJECTS "7.2", NULL, NULL, AS_INTEGER, "lock", "0" },
		{ UPS_OBJECTS "7.3", NULL, NULL, AS_INTEGER, "summary", "6" },
		{ UPS_OBJECTS "7.4", NULL, NULL, AS_DISPLAY, "detail", "" },
		{ UPS_OBJECTS "7.5", NULL, NULL, AS_TICKS_AGO, "began", "0" },
		{ UPS_OBJECTS "7.6", NULL, NULL, AS_HUNDREDTHS, "took", "0" } } },
	{ EVENT_ALARM_ADDED, UPS_TRAPS "3", {
		{ UPS_OBJECTS "6.2.1.1", "id", NULL, AS_INTEGER, "id", "0" },
		{ UPS_OBJECTS "6.2.1.2", "id", NULL, AS_ALARM, "alarm", "0" } } },
	{ EVENT_ALARM_REMOVED, UPS_TRAPS "4", {
		{ UPS_OBJECTS "6.2.1.1", "id", NULL, AS_INTEGER, "id", "0" },
		{ UPS_OBJECTS "6.2.1.2", "id", NULL, AS_ALARM, "alarm", "0" } } },
	{ EVENT_DEVICE_UP, BB_TRAPS "1", {
		{ BB_OBJECTS "2.1.1.14", "index", NULL, AS_COMM_STATE, "state", "fresh" } } },
	{ EVENT_DEVICE_STALE, BB_TRAPS "2", {
		{ BB_OBJECTS "2.1.1.14", "index", NULL, AS_COMM_STATE, "state", "stale" } } },
	{ EVENT_DEVICE_ADDED, BB_TRAPS "3", {
		{ BB_OBJECTS "2.1.1.14", "index", NULL, AS_COMM_STATE, "state", "waiting" } } },
	{ EVENT_DEVICE_REMOVED, BB_TRAPS "4", {
		{ BB_OBJECTS "2.1.1.14", "index", NULL, AS_COMM_STATE, "state", "waiting" } } },
	{ EVENT_OUTLET_CHANGED, BB_TRAPS "5", {
		{ BB_OBJECTS "4.5.1.2", "index", "outlet", AS_ADMIN, "name", "" },
		{ BB_OBJECTS "4.5.1.10", "index", "outlet", AS_OUTLET_STATE, "state", "" },
		{ BB_OBJECTS "8.1.1.6", "index", "outlet", AS_ADMIN, "origin", "" } } },
	{ EVENT_OUTLET_FAILED, BB_TRAPS "6", {
		{ BB_OBJECTS "4.5.1.2", "index", "outlet", AS_ADMIN, "name", "" },
		{ BB_OBJECTS "8.1.1.1", "index", "outlet", AS_OUTLET_COMMAND, "command", "" },
		{ BB_OBJECTS "8.1.1.5", "index", "outlet", AS_INTEGER, "code", "4" },
		{ BB_OBJECTS "8.1.1.6", "index", "outlet", AS_ADMIN, "origin", "" } } },
	{ EVENT_BREAKER_OPENED, BB_TRAPS "7", {
		{ BB_OBJECTS "4.4.1.2", "index", "breaker", AS_ADMIN, "name", "" },
		{ BB_OBJECTS "4.4.1.6", "index", "breaker", AS_BREAKER, "state", "" } } },
	{ EVENT_BREAKER_CLOSED, BB_TRAPS "8", {
		{ BB_OBJECTS "4.4.1.2", "index", "breaker", AS_ADMIN, "name", "" },
		{ BB_OBJECTS "4.4.1.6", "index", "breaker", AS_BREAKER, "state", "" } } },
	{ EVENT_LIMIT_CROSSED, BB_TRAPS "9", {
		{ BB_OBJECTS "10.5", NULL, NULL, AS_ADMIN, "reading", "" },
		{ BB_OBJECTS "10.6", NULL, NULL, AS_ADMIN, "value", "" },
		{ BB_OBJECTS "10.7", NULL, NULL, AS_SEVERITY, "state", "" } } },
	{ EVENT_LIMIT_CLEARED, BB_TRAPS "10", {
		{ BB_OBJECTS "10.5", NULL, NULL, AS_ADMIN, "reading", "" },
		{ BB_OBJECTS "10.6", NULL, NULL, AS_ADMIN, "value", "" },
		{ BB_OBJECTS "10.7", NULL, NULL, AS_SEVERITY, "state", "" } } },
	{ EVENT_SENSOR_CHANGED, BB_TRAPS "11", {
		{ BB_OBJECTS "10.5", NULL, NULL, AS_ADMIN, "reading", "" },
		{ BB_OBJECTS "10.6", NULL, NULL, AS_ADMIN, "value", "" },
		{ BB_OBJECTS "10.4", NULL, NULL, AS_ADMIN, "name", "" } } },
	{ EVENT_TRANSFERRED, BB_TRAPS "12", {
		{ BB_OBJECTS "5.1.1.1", "index", NULL, AS_SOURCE, "source", "0" },
		{ BB_OBJECTS "5.1.1.5", "index", NULL, AS_ADMIN, "reason", "" } } },
	{ EVENT_FEEDS_REDUCED, BB_TRAPS "13", {
		{ BB_OBJECTS "9.1.1.3", "index", NULL, AS_GAUGE, "alive", "0" },
		{ BB_OBJECTS "9.1.1.2", "index", NULL, AS_GAUGE, "needed", "0" },
		{ BB_OBJECTS "9.1.1.4", "index", NULL, AS_REDUNDANCY, "state", "lost" } } },
	{ EVENT_FEEDS_RESTORED, BB_TRAPS "14", {
		{ BB_OBJECTS "9.1.1.3", "index", NULL, AS_GAUGE, "alive", "0" },
		{ BB_OBJECTS "9.1.1.2", "index", NULL, AS_GAUGE, "needed", "0" },
		{ BB_OBJECTS "9.1.1.4", "index", NULL, AS_REDUNDANCY, "state", "ok" } } },
	{ EVENT_ACCESS_REFUSED, BB_TRAPS "15", {
		{ BB_OBJECTS "10.3", NULL, NULL, AS_ADMIN, "by", "" },
		{ BB_OBJECTS "10.4", NULL, NULL, AS_ADMIN, "text", "" } } },
	{ EVENT_COMMAND_REFUSED, BB_TRAPS "19", {
		{ BB_OBJECTS "10.3", NULL, NULL, AS_ADMIN, "origin", "" },
		{ BB_OBJECTS "10.4", NULL, NULL, AS_REFUSAL, "command", "" } } },
	{ EVENT_GROUP_FAILED, BB_TRAPS "20", {
		{ BB_OBJECTS "4.6.1.2", "index", "group", AS_ADMIN, "device", "" },
		{ BB_OBJECTS "8.2.1.1", "index", "group", AS_OUTLET_COMMAND, "command", "" },
		{ BB_OBJECTS "8.2.1.5", "index", "group", AS_INTEGER, "code", "4" },
		{ BB_OBJECTS "8.2.1.6", "index", "group", AS_ADMIN, "origin", "" },
		{ BB_OBJECTS "8.2.1.8", "index", "group", AS_ADMIN, "detail", "" } } },
	{ EVENT_CONFIG_RELOADED, BB_TRAPS "16", {
		{ BB_OBJECTS "10.4", NULL, NULL, AS_ADMIN, "text", "" } } },
	{ EVENT_CONFIG_REJECTED, BB_TRAPS "17", {
		{ BB_OBJECTS "10.4", NULL, NULL, AS_ADMIN, "text", "" } } },
	{ EVENT_DROPPED, BB_TRAPS "18", {
		{ BB_OBJECTS "10.4", NULL, NULL, AS_ADMIN, "text", "" } } },
};

/* Behind those of each: v2c carries no context, and upsIdentName is anybody's to write. */
static const struct varbind whose[] = {
	{ UPS_OBJECTS "1.5", NULL, NULL, AS_DISPLAY, "ident", NULL },
	{ BB_OBJECTS "2.1.1.2", "index", NULL, AS_ADMIN, "device", NULL },
};

/* -- values ------------------------------------------------------------------------ */

struct making {
	const struct event	*event;
	const struct notification_clock *clock;
	struct object		 object;
	char			 text[256];
	uint32_t		 ref[OID_MAX_LEN];
};

static void
set_number(struct making *m, enum object_type type, uint64_t number)
{
	m->object = (struct object){ .type = type, .number = number };
}

static void
set_text(struct making *m, size_t len)
{
	m->object = (struct object){ .type = OBJECT_OCTETS, .bytes = (const uint8_t *)m->text, .len = len };
}

/* The last arc is the text's number, of the well-known ones or our own. */
static void
set_oid(struct making *m, const char *parent, unsigned arc)
{
	size_t	 len = 0;

	oid_parse(parent, m->ref, &len);
	m->ref[len++] = arc;
	m->object = (struct object){ .type = OBJECT_OID, .ref = { m->ref, len } };
}

static void
set_word(struct making *m, const char *text, const char *const *words, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (words[i] != NULL && strcmp(words[i], text) == 0)
			break;
	set_number(m, OBJECT_INTEGER, i < n ? i : n);
}

static void
set_known(struct making *m, const struct word *words, const char *text)
{
	const struct value	 v = { .type = V_TEXT, .text = text };

	set_number(m, OBJECT_INTEGER, (uint64_t)power_word(words, &v));
}

/* Times before the master's start are 0. */
static uint32_t
ticks_ago(const struct making *m, int64_t ms)
{
	int64_t	 ago = (m->clock->wall - m->event->time + ms) / 10;

	return ago < 0 || ago > m->clock->uptime ? 0 : m->clock->uptime - (uint32_t)ago;
}

/* "outlet.4.load.off: the configuration does not allow it, outlet 4 is not to be switched" */
static void
set_refusal(struct making *m, const char *what)
{
	const char	*result = event_field(m->event, "result"), *detail = event_field(m->event, "detail"),
			*more = event_field(m->event, "more");
	char		*text = xasprintf("%s: %s%s%s%s", what, result != NULL ? result : "refused", detail != NULL ? ", " : "",
			    detail != NULL ? detail : "", more != NULL ? more : "");

	set_text(m, admin_string(text, m->text, 255));
	free(text);
}

static void
set_value(struct making *m, enum how how, const char *text)
{
	static const char *const comm_states[] = { [1] = "fresh", [3] = "stale" };	/* else absent(4) */
	static const char *const redundancies[] = { [1] = "ok", [2] = "reduced", [3] = "lost" };
	int64_t			 number = strtoll(text, NULL, 10);

	switch (how) {
	case AS_INTEGER:
		set_number(m, OBJECT_INTEGER, (uint64_t)(number > INT32_MAX ? INT32_MAX : number));
		break;
	case AS_GAUGE:
		set_number(m, OBJECT_GAUGE32, (uint64_t)number & UINT32_MAX);
		break;
	case AS_DISPLAY:
		set_text(m, display_string(text, m->text, 255));
		break;
	case AS_ADMIN:
		set_text(m, admin_string(text, m->text, 255));
		break;
	case AS_COMM_STATE:
		set_word(m, text, comm_states, nitems(comm_states));
		break;
	case AS_REDUNDANCY:
		set_word(m, text, redundancies, nitems(redundancies));
		break;
	case AS_OUTLET_STATE:
		set_known(m, power_outlet_states, text);
		break;
	case AS_BREAKER:
		set_known(m, power_breakers, text);
		break;
	case AS_SEVERITY:
		set_known(m, power_severities, text);
		break;
	case AS_OUTLET_COMMAND:
		set_number(m, OBJECT_INTEGER, outlet_command_named(text));
		break;
	case AS_REFUSAL:
		set_refusal(m, text);
		break;
	case AS_SOURCE:
		set_number(m, OBJECT_GAUGE32, *text >= 'A' && *text <= 'H' ? (uint64_t)(*text - 'A' + 1) :
		    (uint64_t)number & UINT32_MAX);
		break;
	case AS_TICKS_AGO:
		set_number(m, OBJECT_TIMETICKS, ticks_ago(m, number));
		break;
	case AS_HUNDREDTHS:
		set_number(m, OBJECT_INTEGER, (uint64_t)(number / 10 > INT32_MAX ? INT32_MAX : number / 10));
		break;
	case AS_ALARM:
		if (number > FLAG_WELL_KNOWN)
			set_oid(m, ENTERPRISE_OID ".3", (unsigned)(number - FLAG_WELL_KNOWN));
		else
			set_oid(m, UPS_OBJECTS "6.3", (unsigned)number);
		break;
	case AS_TEST:
		set_oid(m, UPS_OBJECTS "7.7", (unsigned)number);
		break;
	}
}

/* -- varbinds ------------------------------------------------------------------------- */

static void
put_at(struct buf *b, const char *column, const char *row, const char *part, const struct object *object)
{
	uint32_t	 ids[OID_MAX_LEN];
	size_t		 len = 0;

	oid_parse(column, ids, &len);
	ids[len++] = (uint32_t)strtoul(row, NULL, 10);
	if (part != NULL)
		ids[len++] = (uint32_t)strtoul(part, NULL, 10);
	pdu_put_object(b, (struct oid){ ids, len }, object);
}

static void
put_varbind(struct buf *b, struct making *m, const struct varbind *v)
{
	const char	*text = strcmp(v->field, "device") == 0 ? m->event->device : event_field(m->event, v->field),
			*row = v->row == NULL ? "0" : event_field(m->event, v->row),
			*part = v->part == NULL ? NULL : event_field(m->event, v->part);

	if (text == NULL)
		text = v->dflt;
	if (text == NULL || row == NULL || (v->part != NULL && part == NULL))
		return;
	set_value(m, v->how, text);
	put_at(b, v->column, row, part, &m->object);
}

/* DateAndTime (RFC 2579) of the event, in UTC. */
static void
set_date(struct making *m)
{
	time_t			 seconds = (time_t)(m->event->time / 1000);
	struct tm		 tm;
	static const char	 zone[3] = { '+', 0, 0 };

	gmtime_r(&seconds, &tm);
	m->text[0] = (char)((tm.tm_year + 1900) >> 8);
	m->text[1] = (char)(tm.tm_year + 1900);
	m->text[2] = (char)(tm.tm_mon + 1);
	m->text[3] = (char)tm.tm_mday;
	m->text[4] = (char)tm.tm_hour;
	m->text[5] = (char)tm.tm_min;
	m->text[6] = (char)tm.tm_sec;
	m->text[7] = (char)(m->event->time % 1000 / 100);
	memcpy(m->text + 8, zone, sizeof(zone));
	set_text(m, 11);
}

bool
notification_put(struct buf *b, const struct event *e, uint64_t serial, const struct notification_clock *clock)
{
	struct making	 m = { .event = e, .clock = clock };
	uint32_t	 name[OID_MAX_LEN];
	size_t		 i, j, len = 0;

	for (i = 0; i < nitems(notifications) && notifications[i].kind != e->kind; )
		i++;
	if (i == nitems(notifications))
		return false;
	oid_parse(notifications[i].oid, m.ref, &len);
	m.object = (struct object){ .type = OBJECT_OID, .ref = { m.ref, len } };
	oid_parse(SNMP_TRAP_OID, name, &len);
	pdu_put_object(b, (struct oid){ name, len }, &m.object);
	for (j = 0; j < VARBINDS_MAX && notifications[i].varbinds[j].column != NULL; j++)
		put_varbind(b, &m, &notifications[i].varbinds[j]);
	for (j = 0; j < nitems(whose); j++)
		put_varbind(b, &m, &whose[j]);
	set_number(&m, OBJECT_GAUGE32, serial & UINT32_MAX);
	put_at(b, BB_OBJECTS "10.1", "0", NULL, &m.object);
	set_date(&m);
	put_at(b, BB_OBJECTS "10.2", "0", NULL, &m.object);
	return true;
}

const char *
notification_context(const struct event *e)
{
	const char	*context = event_field(e, "context");

	return context == NULL ? "" : context;
}
