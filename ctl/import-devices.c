#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "ctl/import-device.h"

/* ups.conf: a row for each NUT driver that has a counterpart; any other goes on behind an upsd. */

#define PORT_LENGTH	900	/* a port of busbar.conf has at most 1024 bytes */

/* -- pieces --------------------------------------------------------------------------------- */

void
device_text(struct device *d, const char *name, const char *text)
{
	buf_printf(&d->im->out, "    %s = ", name);
	import_quote(&d->im->out, text);
	buf_putc(&d->im->out, '\n');
}

void
device_option(struct device *d, const char *name, const char *value)
{
	char	*pair = xasprintf("%s=%s", name, value);

	if (d->options.len > 0)
		buf_puts(&d->options, ", ");
	import_quote(&d->options, pair);
	free(pair);
}

static void
print_options(struct device *d)
{
	if (d->options.len > 0)
		buf_printf(&d->im->out, "    options = {%s}\n", buf_text(&d->options));
}

static const char *
translate(const struct word *words, const char *text)
{
	for (; words != NULL && words->theirs != NULL; words++)
		if (strcasecmp(words->theirs, text) == 0)
			return words->ours;
	return text;
}

void
device_map(struct device *d, const struct option_row *row)
{
	const char	*value;

	for (; row != NULL && row->theirs != NULL; row++)
		if (row->ours != NULL && (value = nut_value(d->section, row->theirs)) != NULL && *value != '\0')
			device_option(d, row->ours, translate(row->words, value));
}

/* -- what all drivers have ---------------------------------------------------------------------- */

/* The device's own, or that of all devices. */
static const char *
common_value(const struct device *d, const char *name)
{
	const char	*value = nut_value(d->section, name);

	return value != NULL ? value : nut_value(&d->im->ups->sections[0], name);
}

static unsigned
seconds(const struct device *d, const char *name)
{
	const char	*text = common_value(d, name);

	if (text == NULL || !import_consists(text, "0123456789") || strlen(text) > 4)
		return 0;
	return atoi(text) <= 3600 ? (unsigned)atoi(text) : 3600;
}

/* NUT polls more often than it reads everything, or not; busbar insists. */
static void
print_times(struct device *d)
{
	unsigned	 poll = seconds(d, "pollinterval"), full = seconds(d, "pollfreq");

	if (poll > 0)
		buf_printf(&d->im->out, "    poll = %u\n", poll);
	if (full > 0 && (full >= poll && full >= 5))
		buf_printf(&d->im->out, "    poll-full = %u\n", full);
}

static bool
starts(const char *text, const char *with)
{
	return strncasecmp(text, with, strlen(with)) == 0 && text[strlen(with)] != '\0';
}

/* The last one of a name holds. */
static bool
is_last(const struct nut_section *s, size_t i)
{
	size_t	 j;

	for (j = i + 1; j < s->n; j++)
		if (strcasecmp(s->lines[i].words[0], s->lines[j].words[0]) == 0)
			return false;
	return true;
}

/* "override.VARIABLE = VALUE" and "default.VARIABLE = VALUE" as lists. */
static void
print_variables(struct device *d, const char *ours, const char *prefix)
{
	struct buf	 list = {0};
	const char	*name, *value;
	char		*pair;
	size_t		 i;

	for (i = 0; i < d->section->n; i++) {
		name = d->section->lines[i].words[0];
		value = nut_word(&d->section->lines[i], 0);
		if (!starts(name, prefix) || value == NULL || !is_last(d->section, i))
			continue;
		name += strlen(prefix);
		if (!import_consists(name, IMPORT_WORD) || *name == '.')
			continue;
		pair = xasprintf("%s=%s", name, value);
		buf_puts(&list, list.len == 0 ? "" : ", ");
		import_quote(&list, pair);
		free(pair);
	}
	if (list.len > 0)
		buf_printf(&d->im->out, "    %s = {%s}\n", ours, buf_text(&list));
	buf_free(&list);
}

static void
print_description(struct device *d)
{
	const char	*text = nut_value(d->section, "desc");

	if (text != NULL && *text != '\0' && strlen(text) <= 255)
		device_text(d, "description", text);
}

static void
print_common(struct device *d)
{
	print_description(d);
	print_times(d);
	if (common_value(d, "ignorelb") != NULL)
		buf_puts(&d->im->out, "    low-battery = thresholds\n");
	print_variables(d, "override", "override.");
	print_variables(d, "default", "default.");
}

void
device_end(struct device *d)
{
	print_options(d);
	print_common(d);
}

/* -- snmp-ups --------------------------------------------------------------------------------------- */

static const struct word	versions[] = { { "v1", "1" }, { "v2c", "2c" }, { "v3", "3" }, { NULL, NULL } };
static const struct word	protocols[] = {
	{ "SHA256", "SHA-256" }, { "SHA384", "SHA-384" }, { "SHA512", "SHA-512" }, { "SHA224", "SHA-224" },
	{ "AES128", "AES" }, { "AES192", "AES-192" }, { "AES256", "AES-256" }, { NULL, NULL }
};
static const struct option_row	snmp_options[] = {
	{ "community", "community", NULL },
	{ "secName", "user", NULL },
	{ "secLevel", "level", NULL },
	{ "authPassword", "auth-secret", NULL },
	{ "privPassword", "priv-secret", NULL },
	{ "snmp_timeout", "timeout", NULL },
	{ "snmp_retries", "retries", NULL },
	{ "snmp_version", NULL, NULL },
	{ "authProtocol", NULL, NULL },
	{ "privProtocol", NULL, NULL },
	{ "mibs", NULL, NULL },			/* the profile is found by what the device says */
	{ "notransferoids", NULL, NULL },
	{ "semistaticfreq", NULL, NULL },
	{ NULL, NULL, NULL }
};

/* The host may have a port behind it, and an IPv6 address brackets around it. */
static char *
with_port(const char *host, const char *port)
{
	const char	*colon = strchr(host, ':');

	if (*host == '[')
		return strchr(host, ']') != NULL && strchr(host, ']')[1] == ':' ? xstrdup(host) :
		    xasprintf("%s:%s", host, port);
	if (colon != NULL && strchr(colon + 1, ':') != NULL)
		return xasprintf("[%s]:%s", host, port);
	return colon != NULL ? xstrdup(host) : xasprintf("%s:%s", host, port);
}

static bool
wants(const struct device *d, const char *secret)
{
	const char	*value = nut_value(d->section, secret);

	return value != NULL && *value != '\0';
}

/* Where NUT's defaults are others than ours, they are written. */
static void
print_snmp(struct device *d)
{
	const char	*version = nut_value(d->section, "snmp_version"), *value;
	char		*port = with_port(d->port, "161"), *address = xasprintf("udp:%s", port);

	buf_puts(&d->im->out, "    driver = snmp\n");
	device_text(d, "port", address);
	device_option(d, "version", translate(versions, version == NULL ? "v1" : version));
	device_map(d, snmp_options);
	if (wants(d, "authPassword")) {
		value = nut_value(d->section, "authProtocol");
		device_option(d, "auth", translate(protocols, value == NULL ? "MD5" : value));
	}
	if (wants(d, "privPassword")) {
		value = nut_value(d->section, "privProtocol");
		device_option(d, "priv", translate(protocols, value == NULL ? "DES" : value));
	}
	print_options(d);
	print_common(d);
	free(address);
	free(port);
}

/* -- other upsds -------------------------------------------------------------------------------------- */

/* A user of upsd.users who may do something, for commands that are passed on. */
static void
add_credentials(struct device *d)
{
	const struct nut_file		*users = d->im->users;
	const struct nut_section	*s;
	const char			*password;
	size_t				 i;

	for (i = 1; users != NULL && i < users->n; i++) {
		s = &users->sections[i];
		password = nut_first(s, "password");
		if (password == NULL || *password == '\0' || nut_value(s, "instcmds") == NULL)
			continue;
		device_option(d, "user", s->name);
		device_option(d, "password", password);
		return;
	}
}

/* NAME@HOST[:PORT] */
static void
print_repeater(struct device *d, const char *at)
{
	char	*name = xstrndup(d->port, (size_t)(at - d->port)), *port = with_port(at + 1, "3493");

	buf_puts(&d->im->out, "    driver = nut\n");
	device_text(d, "port", port);
	device_option(d, "ups", name);
	print_options(d);
	print_common(d);
	free(name);
	free(port);
}

static void
print_dummy(struct device *d)
{
	const char	*at = strchr(d->port, '@');
	char		*path;

	if (at != NULL) {
		print_repeater(d, at);
		return;
	}
	path = *d->port == '/' ? xstrdup(d->port) : xasprintf("%s/%s", d->im->dir, d->port);
	buf_puts(&d->im->out, "    driver = sim\n");
	device_text(d, "port", path);
	print_common(d);
	free(path);
}

static const struct option_row	dummy_options[] = { { "mode", NULL, NULL }, { NULL, NULL, NULL } };

static void
print_apcupsd(struct device *d)
{
	char	*port = with_port(*d->port == '\0' ? "localhost" : d->port, "3551");

	buf_puts(&d->im->out, "    driver = apcupsd\n");
	device_text(d, "port", port);
	print_common(d);
	free(port);
}

/* The NUT driver goes on with its own settings, behind an upsd that listens elsewhere. */
static void
print_kept(struct device *d, const char *why)
{
	const char	*driver = nut_value(d->section, "driver");

	if (driver == NULL)
		driver = "no driver";
	import_note(d->im, d->im->ups, d->section->number, "%s: %s %s; NUT's driver goes on "
	    "behind an upsd on port " IMPORT_PORT, d->section->name, driver, why);
	buf_printf(&d->im->out, "    # NUT's own %.64s goes on, behind an upsd that listens at 127.0.0.1:"
	    IMPORT_PORT " only\n", import_consists(driver, IMPORT_WORD) ? driver : "driver");
	buf_puts(&d->im->out, "    driver = nut\n");
	device_text(d, "port", "127.0.0.1:" IMPORT_PORT);
	device_option(d, "ups", d->section->name);
	add_credentials(d);
	print_options(d);
	print_description(d);
	d->im->kept++;
}

static const struct driver_row	drivers[] = {
	{ "snmp-ups", print_snmp, snmp_options, NULL },
	{ "dummy-ups", print_dummy, dummy_options, NULL },
	{ "apcupsd-ups", print_apcupsd, NULL, NULL },
};

/* -- devices ------------------------------------------------------------------------------------------- */

static const char *const	known[] = {
	"driver", "port", "desc", "pollinterval", "pollfreq", "ignorelb",
	/* of NUT's own processes */
	"nolock", "nowait", "synchronous", "maxstartdelay", "maxretry", "retrydelay", "user", "group", "chroot",
	"driverpath", "statepath", "debug_min", "debug_min_once", "pollonly", "offdelay", "ondelay",
};

static bool
is_known(const struct driver_row *row, const char *name)
{
	const struct option_row	*option = row == NULL ? NULL : row->options;
	size_t			 i;

	for (i = 0; i < nitems(known); i++)
		if (strcasecmp(known[i], name) == 0)
			return true;
	for (; option != NULL && option->theirs != NULL; option++)
		if (strcasecmp(option->theirs, name) == 0)
			return true;
	return starts(name, "override.") || starts(name, "default.");
}

static void
note_rest(struct import *im, const struct nut_section *s, const struct driver_row *row)
{
	size_t	 i;

	for (i = 0; i < s->n; i++)
		if (!is_known(row, s->lines[i].words[0]))
			import_note(im, im->ups, s->lines[i].number, "%s: %s has no counterpart",
			    s->name == NULL ? "all devices" : s->name, s->lines[i].words[0]);
}

static const struct driver_row *
find_driver(const struct nut_section *s)
{
	const char		*name = nut_value(s, "driver");
	const struct driver_row	*row;
	size_t			 i;

	for (i = 0; name != NULL && i < nitems(drivers); i++)
		if (strcmp(drivers[i].theirs, name) == 0)
			return &drivers[i];
	for (row = import_ports; name != NULL && row->theirs != NULL; row++)
		if (strcmp(row->theirs, name) == 0)
			return row;
	return NULL;
}

/* Names differ in more than their case here. */
static bool
is_taken(const struct nut_file *file, size_t i)
{
	size_t	 j;

	for (j = 1; j < i; j++)
		if (strcasecmp(file->sections[j].name, file->sections[i].name) == 0)
			return true;
	return false;
}

static void
print_device(struct import *im, const struct nut_section *s)
{
	const struct driver_row	*row = find_driver(s);
	struct device		 d = { .im = im, .section = s, .port = nut_value(s, "port") };

	if (d.port == NULL)
		d.port = "";
	buf_printf(&im->out, "device %s {\n", s->name);
	if (row == NULL || strlen(d.port) > PORT_LENGTH || (*d.port == '\0' && row->print != print_apcupsd)) {
		print_kept(&d, "has no counterpart yet");
	} else if (row->can != NULL && !row->can(&d)) {
		print_kept(&d, "is set in a way that has no counterpart");
	} else {
		row->print(&d);
		note_rest(im, s, row);
		buf_printf(&im->masked, " nut-driver@%s.service", s->name);
	}
	buf_puts(&im->out, "}\n\n");
	buf_free(&d.options);
}

void
import_devices(struct import *im)
{
	const struct nut_section	*s;
	size_t				 i;

	note_rest(im, &im->ups->sections[0], NULL);
	for (i = 1; i < im->ups->n; i++) {
		s = &im->ups->sections[i];
		if (is_taken(im->ups, i))
			import_note(im, im->ups, s->number, "%s: the name is taken already; names differ in more "
			    "than their case; left out", s->name);
		else if (!import_consists(s->name, IMPORT_WORD) || strlen(s->name) > 32)
			import_note(im, im->ups, s->number, "%s: a name of 1 to 32 of A-Z a-z 0-9 . _ - is "
			    "wanted; left out", s->name);
		else
			print_device(im, s);
	}
}
