#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/status.h"
#include "drivers/apcsmart/profile.h"
#include "drivers/fields.h"

/* -- letters ---------------------------------------------------------------------------- */

/* One character, or 0x and two digits. */
static bool
read_byte(const char *text, unsigned *byte)
{
	if (strncmp(text, "0x", 2) == 0 && strlen(text) == 4 && isxdigit((unsigned char)text[2]) &&
	    isxdigit((unsigned char)text[3])) {
		*byte = (unsigned)strtoul(text, NULL, 16);
		return *byte != 0;
	}
	*byte = (unsigned char)*text;
	return strlen(text) == 1;
}

static void
read_letter(const struct fields *f, const char *name, letter *out)
{
	const struct conf_item	*it = fields_find(f, name);
	unsigned		 bytes[2] = { 0, 0 };
	size_t			 i;

	if (it == NULL)
		return;
	for (i = 0; i < it->nvalues && i < nitems(bytes); i++)
		if (!read_byte(it->values[i].text, &bytes[i]))
			bytes[0] = 0;
	if (it->section || it->nvalues < 1 || it->nvalues > 2 || bytes[0] == 0 ||
	    (it->nvalues == 2 && bytes[0] != LETTER_PREFIX))
		conf_error(f->errors, it->place, "%s wants one letter, as L or 0x0e, or {0x9f, letter}", name);
	else
		*out = (letter)(it->nvalues == 1 ? bytes[0] : bytes[0] << 8 | bytes[1]);
}

static void
read_letters(const struct fields *f, struct letters *out)
{
	const struct conf_item	*also = fields_find(f, "also");
	const char		*s;
	unsigned		 byte;
	size_t			 i;

	if (fields_text(f, "letters", &s))
		for (; *s != '\0'; s++)
			letters_add(out, (unsigned char)*s);
	for (i = 0; also != NULL && i < also->nvalues; i++) {
		if (read_byte(also->values[i].text, &byte))
			letters_add(out, (letter)byte);
		else
			conf_error(f->errors, also->place, "also wants letters, as {0x01, 0x0c}");
	}
}

static bool
read_switch(const struct fields *f, const char *name)
{
	static const char *const	 words[] = { "no", "yes", NULL };
	unsigned			 n = 0;

	return fields_choice(f, name, words, &n) && n == 1;
}

/* -- rows -------------------------------------------------------------------------------- */

static void
read_words(const struct fields *f, struct smart_variable *v)
{
	const struct conf_item	*values = fields_find(f, "values"), *it;

	if (values == NULL)
		return;
	v->words = xcalloc(values->nitems + 1, sizeof(*v->words));
	for (it = values->items; it < values->items + values->nitems; it++) {
		if (it->section || it->nvalues != 1)
			conf_error(f->errors, it->place, "%s wants one text", it->name);
		else
			v->words[v->nwords++] = (struct smart_word){ it->name, it->values[0].text };
	}
}

static void
read_variable(const struct fields *f, struct smart_variable *v)
{
	static const char *const known[] = { "ask", "with", "as", "form", "poll", "set", "identity", "values", NULL };
	static const char *const forms[] = { "text", "decimal", "decimals", "hours", "minutes", "hexadecimal", "version",
					     NULL };
	static const char *const polls[] = { "seldom", "often", "once", NULL };
	static const char *const sets[] = { "text", NULL };
	unsigned		 n;

	fields_check(f, known);
	v->name = f->section->title->text;
	v->var = var_intern(v->name);
	read_letter(f, "ask", &v->ask);
	read_letter(f, "with", &v->with);
	if (fields_choice(f, "as", forms, &n))
		v->form = n;
	if (fields_choice(f, "poll", polls, &n))
		v->poll = n;
	v->text = fields_choice(f, "set", sets, &n);
	v->identity = read_switch(f, "identity");
	fields_text(f, "form", &v->pattern);
	read_words(f, v);
	if (v->ask == 0)
		conf_error(f->errors, f->section->place, "variable %s wants ask = LETTER", v->name);
	if (v->form == FORM_DECIMALS && strstr(v->name, ".0.") == NULL)
		conf_error(f->errors, f->section->place, "variable %s: with decimals its name wants .0. in it", v->name);
}

static void
read_state(const struct fields *f, const char *name, unsigned *bits)
{
	static const char *const words[] = { "CAL", "TRIM", "BOOST", "OL", "OB", "OVER", "LB", "RB", NULL };
	unsigned		 n;

	if (fields_choice(f, name, words, &n))
		*bits = 1u << n;
}

static void
read_command(const struct fields *f, struct smart_command *c)
{
	static const char *const known[] = { "send", "how", "silent", "unless", "while", NULL };
	static const char *const hows[] = { "once", "twice", "return", NULL };
	unsigned		 n;

	fields_check(f, known);
	c->name = var_intern(f->section->title->text);
	read_letter(f, "send", &c->send);
	if (fields_choice(f, "how", hows, &n))
		c->how = n;
	c->silent = read_switch(f, "silent");
	read_state(f, "unless", &c->unless);
	read_state(f, "while", &c->only);
	if ((c->send == 0) != (c->how == HOW_RETURN))
		conf_error(f->errors, f->section->place, "a command wants send = LETTER, or how = return");
}

static void
read_firmware(const struct fields *f, struct smart_firmware *w)
{
	static const char *const known[] = { "model", "letters", "also", NULL };

	fields_check(f, known);
	w->name = f->section->title->text;
	fields_text(f, "model", &w->model);
	read_letters(f, &w->letters);
}

/* -- profiles ------------------------------------------------------------------------------- */

static void
read_row(const struct fields *f, struct smart_profile *p)
{
	const struct conf_item	*it = f->section;

	if (it->title == NULL)
		conf_error(f->errors, it->place, "%s wants a name: %s NAME { ... }", it->name, it->name);
	else if (strcmp(it->name, "variable") == 0)
		read_variable(f, &p->variables[p->nvariables++]);
	else if (strcmp(it->name, "command") == 0)
		read_command(f, &p->commands[p->ncommands++]);
	else
		read_firmware(f, &p->firmwares[p->nfirmwares++]);
}

static struct smart_profile *
read_profile(const struct conf_item *it, struct conf_errors *errors)
{
	static const char *const known[] = { "title", "variable", "command", "firmware", NULL };
	struct smart_profile	*p = xcalloc(1, sizeof(*p));
	size_t			 i;

	p->name = it->title->text;
	p->variables = xcalloc(it->nitems + 1, sizeof(*p->variables));
	p->commands = xcalloc(it->nitems + 1, sizeof(*p->commands));
	p->firmwares = xcalloc(it->nitems + 1, sizeof(*p->firmwares));
	for (i = 0; i < it->nitems; i++) {
		struct fields	 f = { &it->items[i], it, errors };

		if (it->items[i].section)
			read_row(&f, p);
		else
			fields_check(&(struct fields){ &(struct conf_item){ .name = "profile", .nitems = 1,
			    .items = &it->items[i] }, it, errors }, known);
	}
	fields_text(&(struct fields){ it, it, errors }, "title", &p->title);
	p->hexadecimal = smart_firmware_find(p, "hexadecimal");
	p->other = smart_firmware_find(p, "other");
	if (p->hexadecimal == NULL || p->other == NULL)
		conf_error(errors, it->place, "profile %s wants firmware hexadecimal and firmware other", p->name);
	return p;
}

/* The later of two of one name stands in for the earlier. */
static void
add_profile(struct smart_profile **first, struct smart_profile *p)
{
	struct smart_profile	**at = first, *old;

	while (*at != NULL && strcmp((*at)->name, p->name) != 0)
		at = &(*at)->next;
	old = *at;
	p->next = old != NULL ? old->next : NULL;
	*at = p;
	if (old != NULL) {
		old->next = NULL;
		smart_forget(old);
	}
}

struct smart_profile *
smart_learn(const struct conf *const *files, size_t n, struct conf_errors *errors)
{
	static const char *const	 known[] = { "profile", NULL };
	struct smart_profile		*first = NULL;
	const struct conf_item		*items;
	size_t				 f, i, m;

	for (f = 0; f < n; f++) {
		items = conf_items(files[f], &m);
		for (i = 0; i < m; i++) {
			if (strcmp(items[i].name, known[0]) != 0 || !items[i].section || items[i].title == NULL)
				conf_error(errors, items[i].place, "a profile file holds profile NAME { ... }");
			else
				add_profile(&first, read_profile(&items[i], errors));
		}
	}
	return first;
}

void
smart_forget(struct smart_profile *p)
{
	struct smart_profile	*next;
	size_t			 i;

	for (; p != NULL; p = next) {
		next = p->next;
		for (i = 0; i < p->nvariables; i++)
			free(p->variables[i].words);
		free(p->variables);
		free(p->commands);
		free(p->firmwares);
		free(p);
	}
}

const struct smart_profile *
smart_profile_find(const struct smart_profile *p, const char *name)
{
	while (p != NULL && strcmp(p->name, name) != 0)
		p = p->next;
	return p;
}

const struct smart_firmware *
smart_firmware_find(const struct smart_profile *p, const char *text)
{
	size_t	 i;

	for (i = 0; i < p->nfirmwares; i++)
		if (strcmp(p->firmwares[i].name, text) == 0)
			return &p->firmwares[i];
	return NULL;
}
