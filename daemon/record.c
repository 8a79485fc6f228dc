#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "bus/dialogue.h"
#include "bus/reports.h"
#include "bus/resolve.h"
#include "core/hidwire.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stream.h"
#include "core/unit.h"
#include "daemon/backends.h"
#include "daemon/engine.h"
#include "daemon/facts.h"
#include "daemon/record.h"
#include "daemon/spawn.h"

#define NOTHING	~0u		/* the wires have not been looked at yet */

struct record {
	struct loop		*loop;
	struct model		*model;
	struct host		*host;
	struct settings		*settings;
	struct dialogue		*dialogue;	/* of a wire of bytes */
	struct reports		*reports;	/* of a HID device; only one of them has anything in it */
	int64_t			 began;
	unsigned		 wires;
	bool			 full;
};

/* -- what is overheard --------------------------------------------------------------- */

static void
note(struct record *r, bool room)
{
	if (room)
		return;
	r->full = true;
	loop_stop(r->loop);
}

static int64_t
since(const struct record *r)
{
	return loop_now(r->loop) - r->began;
}

static void
on_sent(void *arg, const void *bytes, size_t len)
{
	struct record	*r = arg;

	note(r, dialogue_add(r->dialogue, DIALOGUE_SENT, since(r), bytes, len));
}

static void
on_came(void *arg, const void *bytes, size_t len)
{
	struct record	*r = arg;

	note(r, dialogue_add(r->dialogue, DIALOGUE_CAME, since(r), bytes, len));
}

static void
on_wires(void *arg, unsigned wires)
{
	struct record	*r = arg;

	if (wires != r->wires)
		note(r, dialogue_add_wires(r->dialogue, since(r), wires));
	r->wires = wires;
}

static void
on_device(void *arg, const struct hid *h)
{
	reports_set_device(((struct record *)arg)->reports, h);
}

static void
on_heard(void *arg, enum hid_heard what, uint8_t number, const uint8_t *bytes, size_t len)
{
	struct record	*r = arg;

	note(r, reports_add(r->reports, what, since(r), number, bytes, len));
}

static const struct stream_ear	stream_ear = { .sent = on_sent, .came = on_came, .wires = on_wires };
static const struct hid_ear	hid_ear = { .device = on_device, .heard = on_heard };

static void
listen_in(struct record *r)
{
	r->began = loop_now(r->loop);
	stream_overhear(&stream_ear, r);
	hid_overhear(&hid_ear, r);
}

/* After the host: who asked might be answered until then. */
static void
stop_listening(void)
{
	stream_overhear(NULL, NULL);
	hid_overhear(NULL, NULL);
}

/* -- what is printed --------------------------------------------------------------------- */

static bool
is_serial(const char *name)
{
	size_t	 len = strlen(name);

	return len > 7 && strcmp(name + len - 7, ".serial") == 0;
}

static const char *
text_of(const struct reading *reading, char room[VALUE_TEXT_MAX])
{
	return value_text(&reading->value, room);
}

static void
mask(struct record *r, const struct snapshot *s)
{
	char	 room[VALUE_TEXT_MAX], *text = NULL;
	size_t	 i;

	for (i = 0; i < snapshot_size(s); i++)
		if (is_serial(var_name(snapshot_at(s, i)->var))) {
			dialogue_mask(r->dialogue, text_of(snapshot_at(s, i), room));
			reports_mask(r->reports, text_of(snapshot_at(s, i), room));
		}
	if (r->reports->serial != NULL)
		reports_mask(r->reports, text = xstrdup(r->reports->serial));
	free(text);
}

/* Passwords went over the wire as they are. */
static void
mask_secrets(struct record *r)
{
	const struct device_settings	*settings = &r->settings->devices[0];
	const struct option		*o;
	size_t				 i;

	for (o = driver_find(settings->driver)->options; o != NULL && o->name != NULL; o++)
		for (i = 0; o->secret && i < settings->options.n; i++)
			if (strcmp(settings->options.at[i].name, o->name) == 0)
				dialogue_mask(r->dialogue, settings->options.at[i].value);
}

static void
print_values(const struct snapshot *s)
{
	const char	*name;
	char		 room[VALUE_TEXT_MAX];
	size_t		 i;

	for (i = 0; i < snapshot_size(s); i++) {
		name = var_name(snapshot_at(s, i)->var);
		if (*name != '.')
			printf("# %s: %s\n", name, is_serial(name) ? "(masked)" : text_of(snapshot_at(s, i), room));
	}
}

static void
print_all(struct record *r)
{
	const struct device_settings	*settings = &r->settings->devices[0];
	const struct device		*device = model_next(r->model, NULL);
	struct buf			 text = { 0 };

	if (device != NULL)
		mask(r, device_now(device));
	mask_secrets(r);
	if (r->reports->descriptor.len > 0)
		reports_print(r->reports, &text);
	else
		dialogue_print(r->dialogue, &text);
	printf("# busbar %s, driver %s, profile %s%s\n", PACKAGE_VERSION, settings->driver, settings->profile,
	    r->full ? "; it ends where there was no more room" : "");
	fwrite(buf_bytes(&text), 1, text.len, stdout);
	if (device != NULL)
		print_values(device_now(device));
	fflush(stdout);
	buf_free(&text);
}

/* -- recording ------------------------------------------------------------------------------- */

static void
say_nothing(enum log_level level, const char *line, void *arg)
{
}

static void
on_end(void *arg)
{
	loop_stop(((struct record *)arg)->loop);
}

static bool
can_be_heard(const struct device_settings *settings)
{
	const struct driver	*d = driver_find(settings->driver);

	return driver_speaks_on(d, WIRE_SERIAL) || driver_speaks_on(d, WIRE_STREAM) || driver_speaks_on(d, WIRE_HID);
}

/* NULL, or why not, malloc'd. */
static char *
prepare(struct record *r)
{
	struct driver_facts	*facts = facts_of_drivers();
	struct conf_errors	 errors = { 0 };
	char			*why = NULL;

	r->settings = settings_load("/dev/stdin", facts, &errors);
	free(facts);
	if (r->settings == NULL || !engine_learn(r->host, &errors) || !host_check(r->host, r->settings, &errors))
		why = xstrdup(errors.n > 0 ? errors.texts[0] : "the section makes no sense");
	else if (r->settings->ndevices != 1)
		why = xstrdup("one device is recorded at a time");
	else if (!can_be_heard(&r->settings->devices[0]))
		why = xasprintf("what driver %s does cannot be recorded, only serial lines, TCP connections and HID devices; "
		    "of an SNMP agent snmpwalk -On makes a recording", r->settings->devices[0].driver);
	conf_errors_free(&errors);
	return why;
}

static char *
record(struct record *r, int64_t ms)
{
	struct timer		*end = timer_new(r->loop, on_end, r);
	const struct device	*device;

	listen_in(r);
	host_apply(r->host, r->settings);
	timer_set(end, ms);
	loop_run(r->loop);
	timer_free(end);
	if (r->dialogue->n > 0 || r->reports->descriptor.len > 0) {
		print_all(r);
		return NULL;
	}
	device = model_next(r->model, NULL);
	return xasprintf("nothing went over its wire: %s", device != NULL ? host_link_text(r->host, device) : "no device");
}

int
record_main(const char *seconds)
{
	struct record	 r = { .loop = loop_new(), .model = model_new(), .dialogue = dialogue_new(),
			    .reports = reports_new(), .wires = NOTHING };
	char		*why;
	bool		 well;

	log_to(say_nothing, NULL);
	resolver_use(resolver_new(r.loop, spawn_resolver, NULL));
	r.host = host_new(r.loop, r.model, drivers, wire_backends);
	why = prepare(&r);
	if (why == NULL)
		why = record(&r, strtoll(seconds, NULL, 10) * 1000);
	well = why == NULL;
	if (!well)
		fprintf(stderr, "%s\n", why);
	free(why);
	host_free(r.host);
	stop_listening();
	resolver_free(resolver_used());
	resolver_use(NULL);
	model_free(r.model);
	settings_free(r.settings);
	dialogue_free(r.dialogue);
	reports_free(r.reports);
	loop_free(r.loop);
	return !well;
}
