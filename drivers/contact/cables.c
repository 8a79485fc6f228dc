#include <stdlib.h>
#include <string.h>

#include "drivers/contact/cables.h"
#include "drivers/fields.h"

struct cables {
	struct cable	*at;
	size_t		 n, room;
};

static void
read_wiring(const struct fields *f, struct wiring *w)
{
	const char	*text, *want;
	size_t		 i;

	for (i = 0; wiring_signals[i] != NULL; i++)
		if (fields_text(f, wiring_signals[i], &text) &&
		    (want = wiring_set(w, wiring_signals[i], text)) != NULL)
			conf_error(f->errors, fields_find(f, wiring_signals[i])->place, "%s: \"%s\" is wrong; wants %s",
			    wiring_signals[i], text, want);
}

static void
read_cable(struct cables *c, const struct conf_item *section, struct conf_errors *errors)
{
	static const char *const known[] = { "upstype", "mfr", "model", "CP", "OL", "LB", "RB", "BYPASS", "SD", NULL };
	const struct fields	 f = { .section = section, .profile = section, .errors = errors };
	struct cable		*cable;

	if (!section->section || strcmp(section->name, "cable") != 0 || section->title == NULL) {
		conf_error(errors, section->place, "%s: only sections cable NAME { ... } are known here", section->name);
		return;
	}
	if (cables_find(c, section->title->text) != NULL) {
		conf_error(errors, section->place, "cable %s: there is one of that name", section->title->text);
		return;
	}
	fields_check(&f, known);
	c->at = array_room(c->at, c->n, &c->room, sizeof(*c->at));
	cable = &c->at[c->n++];
	*cable = (struct cable){ .name = section->title->text, .upstype = -1 };
	fields_number(&f, "upstype", &cable->upstype);
	fields_text(&f, "mfr", &cable->mfr);
	fields_text(&f, "model", &cable->model);
	read_wiring(&f, &cable->wiring);
}

struct cables *
cables_learn(const struct conf *const *profiles, size_t n, struct conf_errors *errors)
{
	struct cables		*c = xcalloc(1, sizeof(*c));
	const struct conf_item	*items;
	size_t			 i, j, nitems_here;

	for (i = 0; i < n; i++) {
		items = conf_items(profiles[i], &nitems_here);
		for (j = 0; j < nitems_here; j++)
			read_cable(c, &items[j], errors);
	}
	return c;
}

void
cables_free(struct cables *c)
{
	free(c->at);
	free(c);
}

const struct cable *
cables_find(const struct cables *c, const char *name)
{
	char	*end;
	long	 number = strtol(name, &end, 10);
	size_t	 i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->at[i].name, name) == 0 ||
		    (*end == '\0' && end != name && c->at[i].upstype == number))
			return &c->at[i];
	return NULL;
}
