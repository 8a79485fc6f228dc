#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/driver.h"
#include "core/mem.h"
#include "core/settings-table.h"

/* A device section: what its driver knows, and the defaults that hang together. */

/* -- the driver ------------------------------------------------------------------- */

static const struct driver_facts *
find_driver(const struct driver_facts *facts, const char *name)
{
	for (; facts != NULL && facts->name != NULL; facts++)
		if (strcmp(facts->name, name) == 0)
			return facts;
	return NULL;
}

static void
unknown_driver(struct settings_run *run, const struct conf_value *value)
{
	const struct driver_facts	*facts;
	const char			**names, *nearest;
	struct buf			 list = {0};
	size_t				 n = 0;

	for (facts = run->facts; facts != NULL && facts->name != NULL; facts++)
		n++;
	names = xcalloc(n + 1, sizeof(*names));
	for (n = 0, facts = run->facts; facts != NULL && facts->name != NULL; facts++) {
		buf_printf(&list, "%s%s", n == 0 ? "" : ", ", facts->name);
		names[n++] = facts->name;
	}
	nearest = conf_nearest(value->text, names);
	conf_error(run->errors, value->place, "driver: \"%s\" is unknown; there are: %s%s%s%s",
	    value->text, buf_text(&list), nearest == NULL ? "" : "; did you mean \"",
	    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
	buf_free(&list);
	free(names);
}

static const struct driver_facts *
driver_of(struct settings_run *run, const struct conf_item *device)
{
	const struct conf_item		*item = settings_item(device, "driver");
	const struct driver_facts	*facts;

	if (item == NULL || item->broken || item->section || item->list || item->nvalues != 1)
		return NULL;
	facts = find_driver(run->facts, item->values[0].text);
	if (facts == NULL)
		unknown_driver(run, &item->values[0]);
	return facts;
}

/* -- options ------------------------------------------------------------------------- */

/* What everybody knows, the driver's default, is no secret. */
static void
check_secret(struct settings_run *run, const struct option *option, const struct conf_value *value)
{
	size_t	 at = strcspn(value->text, "=") + 1;
	char	*name;

	if (!option->secret || (option->dflt != NULL && strcmp(value->text + at, option->dflt) == 0))
		return;
	name = xstrndup(value->text, at - 1);
	settings_secret(run, value, at, name);
	free(name);
}

static void
unknown_option(struct settings_run *run, const struct driver_facts *driver,
    const struct conf_value *value)
{
	const struct option	*option;
	const char		**names, *nearest;
	char			*name = xstrndup(value->text, strcspn(value->text, "="));
	size_t			 n = 0;

	for (option = driver->options; option != NULL && option->name != NULL; option++)
		n++;
	names = xcalloc(n + 1, sizeof(*names));
	for (n = 0, option = driver->options; option != NULL && option->name != NULL; option++)
		names[n++] = option->name;
	nearest = conf_nearest(name, names);
	if (n == 0)
		conf_error(run->errors, value->place, "options: driver %s takes none, but here is \"%s\"",
		    driver->name, name);
	else if (nearest == NULL)
		conf_error(run->errors, value->place, "options: \"%s\" is unknown to driver %s; "
		    "busbar.conf(5) has its options", name, driver->name);
	else
		conf_error(run->errors, value->place, "options: \"%s\" is unknown to driver %s; "
		    "did you mean \"%s\"?", name, driver->name, nearest);
	free(names);
	free(name);
}

static void
check_option(struct settings_run *run, const struct driver_facts *driver,
    const struct conf_value *value)
{
	const struct option	*option;
	size_t			 len = strcspn(value->text, "=");

	if (value->text[len] == '\0')
		return;		/* reported with its type */
	for (option = driver->options; option != NULL && option->name != NULL; option++)
		if (strlen(option->name) == len && strncmp(option->name, value->text, len) == 0) {
			check_secret(run, option, value);
			return;
		}
	unknown_option(run, driver, value);
}

static void
check_options(struct settings_run *run, const struct driver_facts *driver,
    const struct conf_item *device)
{
	const struct conf_item	*item = settings_item(device, "options");
	size_t			 i;

	if (driver == NULL || item == NULL || item->broken || item->section)
		return;
	for (i = 0; i < item->nvalues; i++)
		check_option(run, driver, &item->values[i]);
}

/* -- times ------------------------------------------------------------------------------ */

static unsigned
larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* A time that was not given, or wrongly, is still 0. */
static void
fill_times(struct settings_run *run, const struct driver_facts *driver,
    const struct conf_item *device, struct device_settings *d)
{
	const unsigned	full = d->poll_full_ms, age = d->max_age_ms;

	if (d->poll_ms == 0)
		d->poll_ms = driver->poll_ms;
	if (full == 0)
		d->poll_full_ms = larger(driver->poll_full_ms, d->poll_ms);
	else if (full < d->poll_ms)
		conf_error(run->errors, settings_item(device, "poll-full")->place,
		    "poll-full: %g is shorter than poll, which is %g; wants at least that",
		    full / 1000.0, d->poll_ms / 1000.0);
	if (age == 0)
		d->max_age_ms = larger(15000, 3 * d->poll_ms);
	else if (age < 2 * d->poll_ms)
		conf_error(run->errors, settings_item(device, "max-age")->place,
		    "max-age: %g is less than twice poll, which is %g; wants at least %g",
		    age / 1000.0, d->poll_ms / 1000.0, 2 * d->poll_ms / 1000.0);
}

/* -- the section ---------------------------------------------------------------------------- */

void
settings_device(struct settings_run *run, const struct conf_item *item)
{
	struct settings			*s = run->settings;
	const struct driver_facts	*driver = driver_of(run, item);
	const char			*want = check_device(item->title->text);
	struct device_settings		*d;

	if (want != NULL)
		conf_error(run->errors, item->title->place, "device: \"%s\" is wrong; wants %s",
		    item->title->text, want);
	s->devices = array_room(s->devices, s->ndevices, &run->devices_room, sizeof(*s->devices));
	d = &s->devices[s->ndevices++];
	memset(d, 0, sizeof(*d));
	check_options(run, driver, item);
	settings_read(run, &settings_sections[SECTION_DEVICE], item, d);
	settings_outlets(run, item, d);
	d->name = xstrdup(item->title->text);
	d->text = conf_print(item);
	d->file = xstrdup(item->place.file);
	d->place = (struct conf_place){ d->file, item->place.line };
	d->writable = settings_item(item, "writable") == NULL ? s->agentx.writable :
	    d->writable & s->agentx.writable;
	if (driver != NULL)
		fill_times(run, driver, item, d);
}
