#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/settings-table.h"

/* A section of the file against its table: names, repetitions, what is missing, defaults. */

const struct not_yet *
settings_not_yet_find(const char *section, const char *name)
{
	const struct not_yet	*row;

	for (row = settings_not_yet; row->name != NULL; row++)
		if (strcmp(row->section, section) == 0 && strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static const struct directive *
find_row(const struct section *section, const char *name)
{
	size_t	i;

	for (i = 0; i < section->nrows; i++)
		if (strcmp(section->rows[i].name, name) == 0)
			return &section->rows[i];
	return NULL;
}

static const struct section *
find_section(const struct section *within, const char *name)
{
	size_t	i;

	for (i = SECTION_TOP + 1; i < SECTIONS; i++)
		if (&settings_sections[settings_sections[i].within] == within &&
		    strcmp(settings_sections[i].name, name) == 0)
			return &settings_sections[i];
	return NULL;
}

/* " in device ups1", or nothing for the top level. */
static char *
within(const struct conf_item *parent)
{
	if (parent == NULL)
		return xstrdup("");
	return parent->title == NULL ? xasprintf(" in %s", parent->name) :
	    xasprintf(" in %s %s", parent->name, parent->title->text);
}

/* -- names that are not known ------------------------------------------------------ */

static const char *
nearest_name(const struct section *section, const char *name)
{
	const char	**words = xcalloc(section->nrows + SECTIONS, sizeof(*words));
	const char	 *nearest;
	size_t		  i, n = 0;

	for (i = 0; i < section->nrows; i++)
		words[n++] = section->rows[i].name;
	for (i = SECTION_TOP + 1; i < SECTIONS; i++)
		if (&settings_sections[settings_sections[i].within] == section)
			words[n++] = settings_sections[i].name;
	nearest = conf_nearest(name, words);
	free(words);
	return nearest;
}

/* The section whose directive this is, for one that stands in the wrong place. */
static const struct section *
home_of(const char *name)
{
	size_t	i;

	for (i = 0; i < SECTIONS; i++)
		if (find_row(&settings_sections[i], name) != NULL)
			return &settings_sections[i];
	return NULL;
}

static void
unknown(struct settings_run *run, const struct section *section, const struct conf_item *item,
    const struct conf_item *parent)
{
	const char		*nearest = nearest_name(section, item->name);
	const struct section	*home = home_of(item->name);
	char			*where = within(parent);

	if (item->section && parent != NULL && (find_section(settings_sections, item->name) != NULL ||
	    settings_not_yet_find("", item->name) != NULL))
		conf_error(run->errors, item->place, "%s: a section of its own, "
		    "but this is still%s; is a \"}\" missing above?", item->name, where);
	else if (home != NULL && *home->name != '\0')
		conf_error(run->errors, item->place, "%s: unknown%s; it belongs in %s%s { ... }",
		    item->name, parent == NULL ? " here" : where, home->name,
		    home->titled ? " NAME" : "");
	else if (home != NULL)
		conf_error(run->errors, item->place,
		    "%s: unknown%s; it belongs outside of all sections", item->name, where);
	else if (nearest != NULL)
		conf_error(run->errors, item->place, "%s: unknown%s; did you mean \"%s\"?",
		    item->name, where, nearest);
	else
		conf_error(run->errors, item->place, "%s: unknown%s; busbar.conf(5) has the names",
		    item->name, where);
	free(where);
}

/* -- names that are known ------------------------------------------------------------- */

/* The row that refuses the item, for nothing would act on it; or NULL. */
static const struct not_yet *
refused(const struct section *section, const struct conf_item *item)
{
	const struct not_yet	*row = settings_not_yet_find(section->name, item->name);
	bool			 allowed = row != NULL && !item->section;
	size_t			 i;

	for (i = 0; allowed && i < item->nvalues; i++)
		allowed = row->allowed != NULL && strcmp(item->values[i].text, row->allowed) == 0;
	return allowed ? NULL : row;
}

/* True: reported as the second of its name. */
static bool
repeated(struct settings_run *run, const struct conf_item *items, size_t i)
{
	const struct conf_item	*first;

	for (first = items; first < items + i; first++) {
		if (strcmp(first->name, items[i].name) != 0)
			continue;
		if (strcmp(first->place.file, items[i].place.file) == 0)
			conf_error(run->errors, items[i].place, "%s: given twice; the first is on line %u",
			    first->name, first->place.line);
		else
			conf_error(run->errors, items[i].place, "%s: given twice; the first is at %s:%u",
			    first->name, first->place.file, first->place.line);
		return true;
	}
	return false;
}

static void
check_subsection(struct settings_run *run, const struct section *sub, const struct conf_item *items,
    size_t i)
{
	const struct conf_item	*item = &items[i];

	if (!item->section)
		conf_error(run->errors, item->place, "%s: this is a section; %s%s { ... }",
		    item->name, item->name, sub->titled ? " NAME" : "");
	else if (sub->titled && item->title == NULL)
		conf_error(run->errors, item->place, "%s: the name is missing; %s NAME { ... }",
		    item->name, item->name);
	else if (!sub->titled && item->title != NULL)
		conf_error(run->errors, item->place, "%s: this section has no name; %s { ... }",
		    item->name, item->name);
	else if (!sub->titled)
		repeated(run, items, i);
}

static void
check_item(struct settings_run *run, const struct section *section, const struct conf_item *items,
    size_t i, const struct conf_item *parent)
{
	const struct conf_item	*item = &items[i];
	const struct section	*sub = find_section(section, item->name);
	const struct not_yet	*not_yet = refused(section, item);

	if (not_yet != NULL)
		conf_error(run->errors, item->place, "%s: %s not supported yet; leave it out",
		    item->name, not_yet->what);
	else if (sub != NULL)
		check_subsection(run, sub, items, i);
	else if (find_row(section, item->name) == NULL)
		unknown(run, section, item, parent);
	else if (item->section)
		conf_error(run->errors, item->place, "%s: this is a setting; %s = VALUE",
		    item->name, item->name);
	else
		repeated(run, items, i);
}

/* -- reading ------------------------------------------------------------------------------ */

static const struct conf_item *
find_item(const struct conf_item *items, size_t n, const char *name)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

const struct conf_item *
settings_item(const struct conf_item *section, const char *name)
{
	return find_item(section->items, section->nitems, name);
}

static void
read_row(struct settings_run *run, const struct section *section, const struct directive *row,
    const struct conf_item *item, void *base)
{
	const struct conf_item	*defaults;
	size_t			 n;

	if (item == NULL) {
		defaults = conf_items(run->defaults, &n);
		item = settings_item(&defaults[section - settings_sections], row->name);
	} else if (item->broken || item->section || refused(section, item) != NULL) {
		return;		/* reported */
	}
	if (item != NULL)
		settings_set(run, row, item, base);
}

/* item: the section, or NULL when the file has none; for the top level one that holds the file. */
void
settings_read(struct settings_run *run, const struct section *section, const struct conf_item *item,
    void *base)
{
	const struct conf_item	*top = section->name[0] == '\0' ? NULL : item;
	const struct conf_item	*items = item == NULL ? NULL : item->items;
	size_t			 i, n = item == NULL ? 0 : item->nitems;
	char			*where;

	for (i = 0; i < n; i++)
		if (!items[i].broken)
			check_item(run, section, items, i, top);
	for (i = 0; i < section->nrows; i++) {
		const struct directive	*row = &section->rows[i];
		const struct conf_item	*given = n == 0 ? NULL : find_item(items, n, row->name);

		if (given == NULL && row->required && row->dflt == NULL) {
			where = within(top);
			conf_error(run->errors, item->place, "%s: missing%s; %s = VALUE", row->name,
			    where, row->name);
			free(where);
		}
		read_row(run, section, row, given, base);
	}
}

/* Every section as if somebody had written all defaults into the file. */
struct conf *
settings_defaults(void)
{
	struct conf_errors	 errors = {0};
	struct conf		*conf;
	struct buf		 text = {0};
	size_t			 s, i;

	for (s = 0; s < SECTIONS; s++) {
		buf_puts(&text, "defaults {\n");
		for (i = 0; i < settings_sections[s].nrows; i++)
			if (settings_sections[s].rows[i].dflt != NULL)
				buf_printf(&text, "%s = %s\n", settings_sections[s].rows[i].name,
				    settings_sections[s].rows[i].dflt);
		buf_puts(&text, "}\n");
	}
	conf = conf_parse("defaults", buf_text(&text), text.len, NULL, NULL, &errors);
	conf_errors_free(&errors);
	buf_free(&text);
	return conf;
}
