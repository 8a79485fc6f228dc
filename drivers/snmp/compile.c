#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/compile.h"

struct fields
compile_fields(const struct compile *c, const struct conf_item *section)
{
	return (struct fields){ section, c->layer, c->errors };
}

bool
compile_given(struct compile *c, const char *kind, const char *title)
{
	size_t	i;

	for (i = 0; i < c->ngiven; i++)
		if (strcmp(c->given[i].kind, kind) == 0 && strcmp(c->given[i].title, title) == 0)
			return c->given[i].layer < c->nlayer;
	c->given = array_room(c->given, c->ngiven, &c->given_room, sizeof(*c->given));
	c->given[c->ngiven++] = (struct given){ kind, title, c->nlayer };
	return false;
}

bool
compile_titled(struct compile *c, const struct conf_item *it)
{
	if (it->title != NULL)
		return true;
	conf_error(c->errors, it->place, "a %s wants a name: %s NAME { ... }", it->name, it->name);
	return false;
}

/* -- objects --------------------------------------------------------------------------- */

uint32_t
compile_object(struct compile *c, struct oid oid)
{
	struct snmp_profile	*p = c->p;
	size_t			 i;

	for (i = 0; i < p->nobjects; i++)
		if (oid_compare(p->objects[i].oid, oid) == 0) {
			free((void *)oid.ids);
			return (uint32_t)i;
		}
	p->objects = array_room(p->objects, p->nobjects, &c->objects_room, sizeof(*p->objects));
	p->objects[p->nobjects] = (struct snmp_object){ oid };
	return (uint32_t)p->nobjects++;
}

/* -- alarms ------------------------------------------------------------------------------- */

static void
compile_alarm(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "means", "text", NULL };
	struct fields			f = compile_fields(c, it);
	struct snmp_profile		*p = c->p;
	struct snmp_alarm		a = { .meaning = { .tokens = 0 } };
	const struct conf_item		*means;
	const char			*text;

	if (!compile_titled(c, it) || compile_given(c, "alarm", it->title->text))
		return;
	fields_check(&f, known);
	if (!fields_oid(&f, it->title, 0, &a.oid))
		return;
	means = fields_find(&f, "means");
	if (means != NULL && means->nvalues == 1)
		fields_meaning(&f, &means->values[0], &a.meaning);
	if (fields_text(&f, "text", &text))
		a.meaning.alarm = xstrdup(text);
	p->alarms = array_room(p->alarms, p->nalarms, &c->alarms_room, sizeof(*p->alarms));
	p->alarms[p->nalarms++] = a;
}

static void
compile_alarms(struct compile *c, const struct conf_item *section)
{
	static const char *const	known[] = { "column", "count", "alarm", NULL };
	struct fields			f = compile_fields(c, section);
	const struct conf_item		*column = fields_find(&f, "column"), *count = fields_find(&f, "count");
	struct oid			oid;
	size_t				i;

	fields_check(&f, known);
	if (c->fallback && c->p->alarm_column.len > 0)
		return;
	if (column == NULL || column->nvalues != 1)
		conf_error(c->errors, section->place, "alarms wants column = OID of what tells which alarm a row is");
	else if (c->p->alarm_column.len == 0)
		fields_oid(&f, &column->values[0], 0, &c->p->alarm_column);
	if (count != NULL && count->nvalues == 1 && c->p->alarm_count == NO_OBJECT &&
	    fields_oid(&f, &count->values[0], 0, &oid))
		c->p->alarm_count = compile_object(c, oid);
	for (i = 0; i < section->nitems; i++)
		if (strcmp(section->items[i].name, "alarm") == 0)
			compile_alarm(c, &section->items[i]);
}

/* -- the profile ------------------------------------------------------------------------------ */

static void
compile_oids(struct compile *c, const char *name, struct oid **oids, size_t *n)
{
	struct fields		 f = compile_fields(c, c->layer);
	const struct conf_item	*it = fields_find(&f, name);
	size_t			 i;

	if (it == NULL || it->section || *n > 0)
		return;
	*oids = xcalloc(it->nvalues, sizeof(**oids));
	for (i = 0; i < it->nvalues; i++)
		if (fields_oid(&f, &it->values[i], 0, &(*oids)[*n]))
			++*n;
}

static void
compile_head(struct compile *c, const struct conf_item *it)
{
	static const char *const	known[] = { "title", "type", "order", "like", "also", "sysobjectid", "probe",
					    "roots", "first-unit", "often", "seldom", "alarms", "command", "table",
					    NULL };
	static const char *const	types[] = { "ups", "pdu", "ats", "scd", "psu", "other", NULL };
	struct fields			f = compile_fields(c, it);
	struct snmp_profile		*p = c->p;
	const char			*text;
	unsigned			 type;

	fields_check(&f, known);
	if (c->fallback)
		return;
	if (p->title == NULL && fields_text(&f, "title", &text))
		p->title = xstrdup(text);
	if (p->type == NULL && fields_choice(&f, "type", types, &type))
		p->type = xstrdup(types[type]);
	if (p->order == INT64_MIN)
		fields_number(&f, "order", &p->order);
	if (p->first_unit < 0)
		fields_number(&f, "first-unit", &p->first_unit);
	/* Who is like another is not recognised by what that one is recognised by. */
	if (strcmp(it->title->text, p->name) != 0)
		return;
	compile_oids(c, "sysobjectid", &p->sysobjectids, &p->nsysobjectids);
	compile_oids(c, "probe", &p->probes, &p->nprobes);
}

static void
compile_layer(struct compile *c)
{
	const struct conf_item	*it;
	size_t			 i;

	compile_head(c, c->layer);
	for (i = 0; i < c->layer->nitems; i++) {
		it = &c->layer->items[i];
		if (!it->section)
			continue;
		if (strcmp(it->name, "often") == 0 || strcmp(it->name, "seldom") == 0)
			compile_readings(c, it, it->name[0] == 'o');
		else if (strcmp(it->name, "alarms") == 0)
			compile_alarms(c, it);
		else if (strcmp(it->name, "command") == 0)
			compile_command(c, it);
		else if (strcmp(it->name, "table") == 0)
			compile_table(c, it);
	}
}

static void
check_whole(const struct compile *c, const struct conf_item *it)
{
	if (c->p->nprobes == 0)
		conf_error(c->errors, it->place, "profile %s wants probe = OID of an object that only such a device has",
		    c->p->name);
	if (c->p->nreadings == 0 && c->p->ntables == 0)
		conf_error(c->errors, it->place, "profile %s reads nothing", c->p->name);
}

struct snmp_profile *
compile_profile(const struct compile_layers *layers, struct conf_errors *errors)
{
	struct compile	c = { .errors = errors };

	c.p = xcalloc(1, sizeof(*c.p));
	c.p->name = xstrdup(layers->at[0].profile->title->text);
	c.p->order = INT64_MIN;
	c.p->first_unit = -1;
	c.p->alarm_count = NO_OBJECT;
	for (c.nlayer = 0; c.nlayer < layers->n; c.nlayer++) {
		c.layer = layers->at[c.nlayer].profile;
		c.fallback = layers->at[c.nlayer].fallback;
		compile_layer(&c);
	}
	free(c.given);
	free(c.titles);
	check_whole(&c, layers->at[0].profile);
	if (c.p->title == NULL)
		c.p->title = xstrdup(c.p->name);
	if (c.p->type == NULL)
		c.p->type = xstrdup("ups");
	if (c.p->order == INT64_MIN)
		c.p->order = 100;
	if (c.p->first_unit < 0)
		c.p->first_unit = 1;
	return c.p;
}

/* -- the end ------------------------------------------------------------------------------------ */

void
compile_free_reading(struct snmp_reading *r)
{
	size_t	i;

	for (i = 0; i < r->nwords; i++) {
		free(r->words[i].text);
		free(r->words[i].meaning.alarm);
	}
	free(r->words);
	free(r->absent);
	free(r->ranges);
	free(r->text);
}

static void
free_command(struct snmp_command *cmd)
{
	size_t	i;

	for (i = 0; i < cmd->nsteps; i++) {
		free((void *)cmd->steps[i].oid.ids);
		free((void *)cmd->steps[i].ref.ids);
		free(cmd->steps[i].text);
	}
	free(cmd->steps);
}

static void
free_oids(struct oid *oids, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		free((void *)oids[i].ids);
	free(oids);
}

void
compile_free(struct snmp_profile *p)
{
	size_t	i;

	for (i = 0; i < p->nobjects; i++)
		free((void *)p->objects[i].oid.ids);
	for (i = 0; i < p->nreadings; i++)
		compile_free_reading(&p->readings[i]);
	for (i = 0; i < p->nalarms; i++) {
		free((void *)p->alarms[i].oid.ids);
		free(p->alarms[i].meaning.alarm);
	}
	for (i = 0; i < p->ncommands; i++)
		free_command(&p->commands[i]);
	for (i = 0; i < p->ntables; i++)
		compile_free_table(&p->tables[i]);
	free(p->tables);
	free_oids(p->sysobjectids, p->nsysobjectids);
	free_oids(p->probes, p->nprobes);
	free((void *)p->alarm_column.ids);
	free(p->objects);
	free(p->readings);
	free(p->alarms);
	free(p->commands);
	free(p->name);
	free(p->title);
	free(p->type);
	free(p);
}
