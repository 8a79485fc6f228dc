#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/settings-table.h"

/* busbar.conf as a whole. */

static const struct conf_item *
section_item(const struct conf_item *file, int section)
{
	return settings_item(file, settings_sections[section].name);
}

/* A role's part of the file; without one, a section with nothing in it. */
static char *
part_text(const struct conf_item *file, int section)
{
	const struct conf_item	*item = section_item(file, section);
	struct conf_item	 empty = { .name = settings_sections[section].name, .section = true };

	return conf_print(item == NULL || !item->section ? &empty : item);
}

static void
read_part(struct settings_run *run, const struct conf_item *file, int section, void *base)
{
	const struct conf_item	*item = section_item(file, section);

	settings_read(run, &settings_sections[section],
	    item == NULL || !item->section ? NULL : item, base);
}

/* Each section of a kind of which there may be many. */
static void
read_each(struct settings_run *run, const struct conf_item *file, int section,
    void (*take)(struct settings_run *, const struct conf_item *))
{
	const struct conf_item	*item;
	size_t			 i;

	for (i = 0; i < file->nitems; i++) {
		item = &file->items[i];
		if (item->section && item->title != NULL &&
		    strcmp(item->name, settings_sections[section].name) == 0)
			take(run, item);
	}
}

static void
add_text(struct settings_run *run, const struct conf_item *item)
{
	struct settings	*s = run->settings;
	char		*before = s->nut_text, *text = conf_print(item);

	s->nut_text = xasprintf("%s%s", before, text);
	free(before);
	free(text);
}

static void
read_all(struct settings_run *run)
{
	struct settings		*s = run->settings;
	struct conf_item	 file = { .name = "", .section = true };

	file.items = conf_items(run->conf, &file.nitems);
	settings_read(run, &settings_sections[SECTION_TOP], &file, s);
	read_part(run, &file, SECTION_AGENTX, &s->agentx);
	settings_tls_files(run, section_item(&file, SECTION_NUT));
	read_part(run, &file, SECTION_NUT, &s->nut);
	settings_tls(run, section_item(&file, SECTION_NUT));
	read_part(run, &file, SECTION_CONTROL, &s->control);
	read_part(run, &file, SECTION_JOURNAL, &s->journal);
	s->agentx.present = s->nut.present = true;
	read_each(run, &file, SECTION_DEVICE, settings_device);
	settings_names(run);
	read_each(run, &file, SECTION_GROUP, settings_group);
	read_each(run, &file, SECTION_LOAD, settings_load_section);
	read_each(run, &file, SECTION_USER, settings_user);
	s->agentx_text = part_text(&file, SECTION_AGENTX);
	s->nut_text = part_text(&file, SECTION_NUT);
	read_each(run, &file, SECTION_USER, add_text);
}

/* before: how many errors there were before the conf, which is consumed. */
static struct settings *
from_conf(struct conf *conf, const struct driver_facts *facts, struct conf_errors *errors,
    size_t before, bool files)
{
	struct settings		*s = xcalloc(1, sizeof(*s));
	struct settings_run	 run = {
		.conf = conf, .defaults = settings_defaults(), .facts = facts,
		.errors = errors, .files = files, .settings = s
	};

	read_all(&run);
	conf_free(run.defaults);
	conf_free(conf);
	if (errors->n == before)
		return s;
	settings_free(s);
	return NULL;
}

struct settings *
settings_load(const char *path, const struct driver_facts *facts, struct conf_errors *errors)
{
	size_t	before = errors->n;

	return from_conf(conf_load(path, errors), facts, errors, before, true);
}

struct settings *
settings_parse(const char *name, const char *text, size_t len, const struct driver_facts *facts,
    struct conf_errors *errors)
{
	size_t	before = errors->n;

	return from_conf(conf_parse(name, text, len, NULL, NULL, errors), facts, errors, before, false);
}

static void
free_device(struct device_settings *d)
{
	size_t	i;

	for (i = 0; i < d->noutlets; i++) {
		settings_unset(&settings_sections[SECTION_OUTLET], &d->outlets[i]);
		free(d->outlets[i].label);
	}
	free(d->outlets);
	settings_unset(&settings_sections[SECTION_DEVICE], d);
	free(d->name);
	free(d->text);
	free(d->file);
}

static void
free_groups_and_loads(struct settings *s)
{
	size_t	i;

	for (i = 0; i < s->ngroups; i++) {
		settings_unset(&settings_sections[SECTION_GROUP], &s->groups[i]);
		free(s->groups[i].name);
	}
	free(s->groups);
	for (i = 0; i < s->nloads; i++) {
		settings_unset(&settings_sections[SECTION_LOAD], &s->loads[i]);
		free(s->loads[i].name);
	}
	free(s->loads);
}

void
settings_free(struct settings *s)
{
	size_t	i;

	if (s == NULL)
		return;
	free_groups_and_loads(s);
	for (i = 0; i < s->nusers; i++) {
		settings_unset(&settings_sections[SECTION_USER], &s->users[i]);
		free(s->users[i].name);
	}
	free(s->users);
	for (i = 0; i < s->ndevices; i++)
		free_device(&s->devices[i]);
	free(s->devices);
	settings_unset(&settings_sections[SECTION_AGENTX], &s->agentx);
	settings_unset(&settings_sections[SECTION_NUT], &s->nut);
	settings_unset(&settings_sections[SECTION_CONTROL], &s->control);
	settings_unset(&settings_sections[SECTION_JOURNAL], &s->journal);
	settings_unset(&settings_sections[SECTION_TOP], s);
	free(s->agentx_text);
	free(s->nut_text);
	free(s);
}
