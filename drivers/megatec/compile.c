#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/compile.h"

/* -- which sections stand --------------------------------------------------------- */

static bool
is_told(const char *name)
{
	return strcmp(name, "ask") == 0 || strcmp(name, "command") == 0 || strcmp(name, "setting") == 0 ||
	    strcmp(name, "constant") == 0;
}

static bool
is_same(const struct conf_item *one, const struct conf_item *other)
{
	return strcmp(one->name, other->name) == 0 && strcmp(one->title->text, other->title->text) == 0;
}

/* An ask keeps its place when another stands in for it, so that replies come in the order that later ones need. */
static void
add_section(struct compile *c, size_t nbefore, const struct conf_item *it)
{
	size_t	i;

	if (it->title == NULL) {
		conf_error(c->errors, it->place, "%s wants a name: %s NAME { ... }", it->name, it->name);
		return;
	}
	for (i = 0; i < nbefore; i++)
		if (is_same(c->items[i], it)) {
			c->items[i] = it;
			return;
		}
	c->items = array_room(c->items, c->nitems, &c->room, sizeof(*c->items));
	c->items[c->nitems++] = it;
}

static void
add_layer(struct compile *c, const struct conf_item *layer)
{
	size_t	i, nbefore = c->nitems;

	for (i = 0; i < layer->nitems; i++)
		if (layer->items[i].section && is_told(layer->items[i].name))
			add_section(c, nbefore, &layer->items[i]);
}

static bool
is_dropped(const struct dialect_layers *ls, const struct conf_item *it, struct conf_errors *errors)
{
	const struct conf_item	*drop;
	size_t			 i, k;

	for (i = 0; i < ls->n; i++) {
		struct fields	 f = { ls->at[i], ls->at[i], errors };

		drop = fields_find(&f, "drop");
		for (k = 0; drop != NULL && k < drop->nvalues; k++)
			if (strcmp(drop->values[k].text, it->title->text) == 0)
				return true;
	}
	return false;
}

/* -- commands and settings --------------------------------------------------------------- */

static void
check_argument(const struct fields *f, int64_t min, int64_t max)
{
	if (max != 0 && min > max)
		conf_error(f->errors, f->section->place, "min is above max");
}

static void
dialect_command(struct compile *c, const struct conf_item *it)
{
	static const char *const known[] = { "send", "default", "min", "max", "only", "unless", NULL };
	struct fields		 f = dialect_fields(c, it);
	struct megatec_command	*cmd = &c->p->commands[c->p->ncommands++];
	char		       **sends = NULL;
	size_t			 n = 0, i;

	fields_check(&f, known);
	cmd->name = var_intern(it->title->text);
	dialect_strings(&f, "send", &sends, &n);
	if (n == 0 || n > SENDS_MAX)
		conf_error(c->errors, it->place, "a command wants send = what is sent, at most %d", SENDS_MAX);
	for (i = 0; i < n; i++) {
		if (i < SENDS_MAX)
			cmd->sends[cmd->nsends++] = sends[i];
		else
			free(sends[i]);
	}
	free(sends);
	fields_number(&f, "default", &cmd->dflt);
	fields_number(&f, "min", &cmd->min);
	fields_number(&f, "max", &cmd->max);
	check_argument(&f, cmd->min, cmd->max);
	dialect_conditions(&f, &cmd->only);
}

static void
dialect_ranges(const struct fields *f, struct megatec_setting *s)
{
	const struct conf_item	*one_of = fields_find(f, "one-of");
	struct value		 v, min, max;
	size_t			 i;

	s->ranges = xcalloc(one_of == NULL ? 1 : one_of->nvalues + 1, sizeof(*s->ranges));
	for (i = 0; one_of != NULL && i < one_of->nvalues; i++) {
		v = value_from_text(one_of->values[i].text);
		v.text = NULL;
		if (v.type == V_NUMBER)
			s->ranges[s->nranges++] = (struct range){ v, v };
		else
			conf_error(f->errors, one_of->place, "one-of wants numbers");
	}
	if (one_of == NULL && fields_decimal(f, "min", &min) && fields_decimal(f, "max", &max))
		s->ranges[s->nranges++] = (struct range){ min, max };
}

static void
dialect_setting(struct compile *c, const struct conf_item *it)
{
	static const char *const known[] = { "send", "default", "min", "max", "one-of", "values", "width", "decimals",
					     "unit", "maxlen", "only", "unless", NULL };
	struct fields		 f = dialect_fields(c, it);
	struct megatec_setting	*s = &c->p->settings[c->p->nsettings++];
	int64_t			 n;

	fields_check(&f, known);
	s->var = var_intern(it->title->text);
	s->unit = 1;
	dialect_text(&f, "send", &s->send);
	fields_number(&f, "default", &s->dflt);
	if (fields_number(&f, "width", &n) && n > 0 && n <= 10)
		s->width = (unsigned)n;
	if (fields_number(&f, "decimals", &n) && n >= 0 && n <= 6)
		s->decimals = (unsigned)n;
	if (fields_number(&f, "unit", &n) && n > 0)
		s->unit = n;
	if (fields_number(&f, "maxlen", &n) && n > 0 && n <= 64)
		s->maxlen = (unsigned)n;
	dialect_ranges(&f, s);
	dialect_rows(&f, false, &s->rows, &s->nrows);
	if (s->nranges == 0 && s->nrows == 0 && s->maxlen == 0)
		conf_error(c->errors, it->place, "a setting wants min and max, one-of, values or maxlen");
	dialect_conditions(&f, &s->only);
}

static void
dialect_constant(struct compile *c, const struct conf_item *it)
{
	static const char *const known[] = { "is", NULL };
	struct fields		 f = dialect_fields(c, it);
	const char		*text;

	fields_check(&f, known);
	if (fields_text(&f, "is", &text))
		c->p->constants[c->p->nconstants++] = (struct megatec_constant){ var_intern(it->title->text),
		    xstrdup(text) };
}

/* -- the profile ---------------------------------------------------------------------------- */

static void
free_strings(char ***strings, size_t *n)
{
	size_t	 i;

	for (i = 0; i < *n; i++)
		free((*strings)[i]);
	free(*strings);
	*strings = NULL;
	*n = 0;
}

/* What a nearer layer says stands in for what a farther one said. */
static void
replace_strings(const struct fields *f, const char *name, char ***strings, size_t *n)
{
	if (fields_find(f, name) == NULL)
		return;
	free_strings(strings, n);
	dialect_strings(f, name, strings, n);
}

static void
dialect_head(struct compile *c, const struct conf_item *layer)
{
	static const char *const known[] = { "title", "type", "order", "automatic", "like", "crc", "claim", "accept",
					     "refuse", "silence", "acts", "drop", "ask", "command", "setting",
					     "constant", NULL };
	static const char *const types[] = { "ups", "scd", NULL };
	struct fields		 f = dialect_fields(c, layer);
	struct megatec_profile	*p = c->p;
	unsigned		 type;
	size_t			 i;

	for (i = 0; i < layer->nitems; i++)
		if (!layer->items[i].section || !is_told(layer->items[i].name))
			fields_check(&(struct fields){ &(struct conf_item){ .name = layer->name, .nitems = 1,
			    .items = &layer->items[i] }, layer, c->errors }, known);
	dialect_text(&f, "title", &p->title);
	if (fields_choice(&f, "type", types, &type))
		p->scd = type == 1;
	fields_number(&f, "order", &p->order);
	p->automatic = dialect_switch(&f, "automatic", p->automatic);
	p->crc = dialect_switch(&f, "crc", p->crc);
	p->silence = dialect_switch(&f, "silence", p->silence);
	replace_strings(&f, "claim", &p->claims, &p->nclaims);
	replace_strings(&f, "accept", &p->accept, &p->naccept);
	replace_strings(&f, "refuse", &p->refuse, &p->nrefuse);
	replace_strings(&f, "acts", &p->actions, &p->nactions);
}

static void
check_claims(const struct compile *c, const struct conf_item *it)
{
	const struct megatec_profile	*p = c->p;
	size_t				 i;

	if (p->nclaims == 0)
		conf_error(c->errors, it->place, "profile %s wants claim = questions that such a device answers", p->name);
	for (i = 0; i < p->nclaims; i++)
		if (megatec_ask_find(p, p->claims[i]) == NULL)
			conf_error(c->errors, it->place, "profile %s: claim: there is no ask %s", p->name, p->claims[i]);
}

struct megatec_profile *
dialect_profile(const struct dialect_layers *layers, struct conf_errors *errors)
{
	struct compile		 c = { .errors = errors };
	struct megatec_profile	*p = c.p = xcalloc(1, sizeof(*p));
	const struct conf_item	*own = layers->at[layers->n - 1], *it;
	size_t			 i;

	p->name = xstrdup(own->title->text);
	p->order = 100;
	p->automatic = true;
	for (i = 0; i < layers->n; i++) {
		dialect_head(&c, layers->at[i]);
		add_layer(&c, layers->at[i]);
	}
	p->asks = xcalloc(c.nitems + 1, sizeof(*p->asks));
	p->commands = xcalloc(c.nitems + 1, sizeof(*p->commands));
	p->settings = xcalloc(c.nitems + 1, sizeof(*p->settings));
	p->constants = xcalloc(c.nitems + 1, sizeof(*p->constants));
	for (i = 0; i < c.nitems; i++) {
		it = c.items[i];
		if (is_dropped(layers, it, errors))
			continue;
		if (strcmp(it->name, "ask") == 0)
			dialect_ask(&c, it, &p->asks[p->nasks++]);
		else if (strcmp(it->name, "command") == 0)
			dialect_command(&c, it);
		else if (strcmp(it->name, "setting") == 0)
			dialect_setting(&c, it);
		else
			dialect_constant(&c, it);
	}
	free(c.items);
	check_claims(&c, own);
	return p;
}

/* -- the end ---------------------------------------------------------------------------------- */

void
dialect_free(struct megatec_profile *p)
{
	size_t	i, k;

	for (i = 0; i < p->nasks; i++)
		dialect_free_ask(&p->asks[i]);
	for (i = 0; i < p->ncommands; i++) {
		for (k = 0; k < p->commands[i].nsends; k++)
			free(p->commands[i].sends[k]);
		dialect_free_conditions(&p->commands[i].only);
	}
	for (i = 0; i < p->nsettings; i++) {
		free(p->settings[i].send);
		free(p->settings[i].ranges);
		dialect_free_rows(p->settings[i].rows, p->settings[i].nrows);
		dialect_free_conditions(&p->settings[i].only);
	}
	for (i = 0; i < p->nconstants; i++)
		free(p->constants[i].text);
	free_strings(&p->claims, &p->nclaims);
	free_strings(&p->accept, &p->naccept);
	free_strings(&p->refuse, &p->nrefuse);
	free_strings(&p->actions, &p->nactions);
	free(p->asks);
	free(p->commands);
	free(p->settings);
	free(p->constants);
	free(p->name);
	free(p->title);
	free(p);
}
