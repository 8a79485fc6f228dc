#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/conf-token.h"
#include "core/mem.h"

/*
 * Text to tree.  Line ends matter only for recovery and after a name; a
 * mistake is reported once, its item is marked broken, and reading goes on
 * behind its line.
 */

struct items {			/* a section while it grows */
	struct conf_item	*at;
	size_t			 n, room;
};

struct values {
	struct conf_value	*at;
	size_t			 n, room;
};

/* -- settings -------------------------------------------------------------------- */

static void
add_value(struct values *list, struct conf_value value)
{
	list->at = array_room(list->at, list->n, &list->room, sizeof(*list->at));
	list->at[list->n++] = value;
}

static bool
at_value(const struct parser *p)
{
	return p->token == T_WORD || p->token == T_STRING;
}

static const char *
list_mistake(const struct parser *p, bool after_value)
{
	switch (p->token) {
	case T_IS:
		return "a value that holds \"=\" goes in double quotes";
	case T_OPEN:
		return "lists do not nest; write the values one after another";
	case T_COMMA:
		return "a value is missing before \",\"";
	default:
		return after_value ? "values in braces are separated by commas and end with \"}\"" :
		    "a list is not closed; \"}\" is missing";
	}
}

/*
 * Where a list went wrong: on its own line, the rest of it is left out; a
 * line further down, "}" was forgotten and the next item begins here.
 */
static void
recover_list(struct parser *p, unsigned line)
{
	if (p->value.place.line != line)
		return;
	token_recover(p);
	if (p->token == T_CLOSE)
		token_next(p);
}

static bool
parse_list(struct parser *p, struct values *list)
{
	unsigned	line = p->value.place.line;
	bool		after_value = false;

	for (token_next(p); ; token_next(p)) {
		token_skip_lines(p);
		if (p->token == T_CLOSE)
			break;
		if (at_value(p) && !after_value) {
			add_value(list, p->value);
			line = p->value.place.line;
			after_value = true;
		} else if (p->token == T_COMMA && after_value) {
			line = p->value.place.line;
			after_value = false;
		} else {
			conf_error(p->errors, (struct conf_place){ p->value.place.file, line }, "%s",
			    list_mistake(p, after_value));
			recover_list(p, line);
			return false;
		}
	}
	token_next(p);
	return true;
}

static void	parse_section(struct parser *, struct conf_item *);

/* At "=". */
static void
parse_setting(struct parser *p, struct conf_item *item)
{
	struct values	list = {0};

	token_next(p);
	if (p->token == T_OPEN) {
		item->list = true;
		item->broken = !parse_list(p, &list);
	} else if (at_value(p)) {
		add_value(&list, p->value);
		if (p->token == T_WORD)
			p->bare_line = p->value.place.line;
		token_next(p);
	} else {
		conf_error(p->errors, item->place, "%s: a value is missing after \"=\"", item->name);
		item->broken = true;
		token_recover(p);
	}
	item->nvalues = list.n;
	item->values = conf_keep(p->conf, list.at, list.n * sizeof(*list.at));
	free(list.at);
	if (p->token != T_OPEN || item->nvalues != 1 || item->broken)
		return;
	conf_error(p->errors, item->place, "%s: a section has no \"=\"; %s %s { ... }",
	    item->name, item->name, item->values[0].text);
	item->title = item->values;
	item->nvalues = 0;
	parse_section(p, item);
	item->broken = true;
}

/* -- sections and includes ---------------------------------------------------------- */

static void	parse_items(struct parser *, struct items *, bool inner);

/* At "{". */
static void
parse_section(struct parser *p, struct conf_item *item)
{
	struct items	inside = {0};

	item->section = true;
	if (p->depth == CONF_DEPTH) {
		conf_error(p->errors, item->place, "%s: sections nest at most %d deep",
		    item->name, CONF_DEPTH);
		item->broken = true;
		token_recover(p);
		return;
	}
	p->depth++;
	token_next(p);
	parse_items(p, &inside, true);
	p->depth--;
	if (p->token == T_CLOSE) {
		token_next(p);
	} else if (!p->unclosed) {	/* the sections around it have nothing to add */
		conf_error(p->errors, item->place,
		    "%s%s%s: the section is not closed; \"}\" is missing", item->name, item->title == NULL ? "" : " ",
		    item->title == NULL ? "" : item->title->text);
		p->unclosed = true;
	}
	item->items = conf_keep(p->conf, inside.at, inside.n * sizeof(*inside.at));
	item->nitems = inside.n;
	free(inside.at);
}

/* A name that is followed by neither "=" nor a section, but by this. */
static void
lone_name(struct parser *p, struct conf_item *item, const char *what, unsigned bare_line)
{
	const char	*name = item->name;

	item->broken = true;
	if (bare_line == item->place.line)
		conf_error(p->errors, item->place, "\"%s\" is neither a setting nor a section; "
		    "a value of several words goes in double quotes", name);
	else if (item->title != NULL)
		conf_error(p->errors, item->place, "%s %s: %s where \"{\" was expected; "
		    "%s = \"%s\", or %s %s { ... }", name, item->title->text, what,
		    name, item->title->text, name, item->title->text);
	else
		conf_error(p->errors, item->place, "%s: %s where \"=\" or \"{\" was expected",
		    name, what);
}

static void
parse_titles(struct parser *p, struct conf_item *item)
{
	unsigned	n;

	for (n = 0; at_value(p); n++, token_next(p))
		if (n == 0)
			item->title = conf_keep(p->conf, &p->value, sizeof(p->value));
	if (n < 2 || p->token != T_OPEN)
		return;
	conf_error(p->errors, item->place, "%s: more than one title; "
	    "a title of several words goes in double quotes", item->name);
	item->broken = true;
}

/* Behind a name: perhaps a title, then "{", perhaps on a line of its own. */
static void
parse_header(struct parser *p, struct conf_item *item)
{
	unsigned	 bare_line = p->bare_line;
	const char	*what;
	bool		 line_over;

	parse_titles(p, item);
	what = token_here(p);
	line_over = p->token == T_LINE;
	token_skip_lines(p);
	if (p->token == T_OPEN) {
		parse_section(p, item);
		return;
	}
	lone_name(p, item, what, bare_line);
	if (!line_over)
		token_recover(p);
}

/* -- includes ------------------------------------------------------------------------ */

static void	parse_text(struct parser *, const char *name, struct conf_file *, struct items *);

static char *
relative_to(const char *file, const char *path)
{
	const char	*slash = strrchr(file, '/');

	if (*path == '/' || slash == NULL)
		return xstrdup(path);
	return xasprintf("%.*s%s", (int)(slash + 1 - file), file, path);
}

/* Why this file cannot be read now, or NULL. */
static const char *
include_mistake(const struct parser *p, const char *path)
{
	const struct source	*s;
	unsigned		 depth = 0;

	if (p->read == NULL)
		return "nothing can be included here";
	for (s = p->source; s != NULL; s = s->from, depth++)
		if (strcmp(s->place.file, path) == 0)
			return "this file includes itself";
	return depth > CONF_INCLUDES ? "files include each other too deep" : NULL;
}

static void
include_file(struct parser *p, struct conf_place place, const char *path, struct items *list)
{
	const char		*wrong = include_mistake(p, path);
	struct conf_file	 file = {0};

	if (wrong == NULL && !p->read(path, &file, p->arg))
		wrong = strerror(errno);
	if (wrong != NULL)
		conf_error(p->errors, place, "include \"%s\": %s", path, wrong);
	else
		parse_text(p, path, &file, list);
	free(file.text);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names come in the reader's order; files are read in that of their bytes. */
static void
include_pattern(struct parser *p, struct conf_place place, const char *pattern, struct items *list)
{
	struct conf_file	 names = {0};
	char			**paths = NULL, *rest, *name;
	size_t			 i, n = 0, room = 0;

	if (p->read == NULL || !p->read(pattern, &names, p->arg)) {
		conf_error(p->errors, place, "include \"%s\": %s", pattern,
		    p->read == NULL ? "nothing can be included here" : strerror(errno));
		return;
	}
	for (rest = names.text; (name = strsep(&rest, "\n")) != NULL; ) {
		if (*name == '\0')
			continue;
		paths = array_room(paths, n, &room, sizeof(*paths));
		paths[n++] = name;
	}
	if (n > 0)
		qsort(paths, n, sizeof(*paths), compare_names);
	for (i = 0; i < n; i++)
		include_file(p, place, paths[i], list);
	free(paths);
	free(names.text);
}

/* Behind the word "include". */
static void
parse_include(struct parser *p, struct conf_place place, struct items *list)
{
	char	*path;

	if (!at_value(p) || *p->value.text == '\0') {
		conf_error(p->errors, place,
		    "include wants a file or a pattern; include \"conf.d/*.conf\"");
		token_recover(p);
		return;
	}
	path = relative_to(p->source->place.file, p->value.text);
	if (p->spoiled)
		;		/* reported with its string */
	else if (strpbrk(path, "*?[") != NULL)
		include_pattern(p, place, path, list);
	else
		include_file(p, place, path, list);
	free(path);
	p->token = T_STRING;	/* the files' own tokens are over */
	token_next(p);
}

/* -- items ------------------------------------------------------------------------------ */

static void
add_item(struct items *list, struct conf_item item)
{
	list->at = array_room(list->at, list->n, &list->room, sizeof(*list->at));
	list->at[list->n++] = item;
}

/* At its name. */
static void
parse_item(struct parser *p, struct items *list)
{
	struct conf_item	item = { .name = p->value.text, .place = p->value.place };

	p->spoiled = false;
	token_next(p);
	if (strcmp(item.name, "include") == 0) {
		parse_include(p, item.place, list);
		return;
	}
	if (p->token == T_IS) {
		parse_setting(p, &item);
	} else {
		parse_header(p, &item);
	}
	if (p->spoiled && !item.section)
		item.broken = true;
	p->spoiled = false;
	add_item(list, item);
}

/* To the end of the section, or of the file when none was opened in it. */
static void
parse_items(struct parser *p, struct items *list, bool inner)
{
	for (;;) {
		token_skip_lines(p);
		if (p->token == T_END || (p->token == T_CLOSE && inner))
			return;
		if (p->token == T_WORD) {
			parse_item(p, list);
			continue;
		}
		conf_error(p->errors, p->value.place, p->token == T_CLOSE ?
		    "%s closes nothing; leave it out" : "%s where a name was expected",
		    token_name(p->token));
		if (p->token == T_CLOSE)
			token_next(p);
		else
			token_recover(p);
	}
}

/* -- files ------------------------------------------------------------------------------ */

static const char *
add_file(struct conf *conf, const char *name, bool exposed)
{
	struct conf_source_file	*file;

	conf->files = array_room(conf->files, conf->nfiles, &conf->files_room, sizeof(*conf->files));
	file = &conf->files[conf->nfiles++];
	file->name = conf_keep_text(conf, name, strlen(name));
	file->exposed = exposed;
	return file->name;
}

static const char *
text_mistake(struct conf *conf, const struct conf_file *file)
{
	if (file->len > CONF_SIZE - conf->size)
		return "the files are larger than 8 MiB together";
	conf->size += file->len;
	if (memchr(file->text, '\0', file->len) != NULL)
		return "this is not a text; it holds a NUL byte";
	return NULL;
}

static void
parse_text(struct parser *p, const char *name, struct conf_file *file, struct items *list)
{
	struct source	 source = { .from = p->source };
	unsigned	 bare_line = p->bare_line;
	const char	*wrong;

	source.place.file = add_file(p->conf, name, file->exposed);
	wrong = text_mistake(p->conf, file);
	if (wrong != NULL) {
		conf_error(p->errors, source.place, "%s", wrong);
		return;
	}
	source.at = file->text;
	source.end = file->text + file->len;
	source.place.line = 1;
	if (file->len >= 3 && memcmp(file->text, "\xef\xbb\xbf", 3) == 0)
		source.at += 3;		/* an editor's byte order mark */
	p->source = &source;
	p->token = T_END;
	p->bare_line = 0;
	p->unclosed = false;
	token_next(p);
	parse_items(p, list, false);
	p->source = source.from;
	p->bare_line = bare_line;
}

struct conf *
conf_parse(const char *name, const char *text, size_t len, conf_reader *read, void *arg,
    struct conf_errors *errors)
{
	struct conf_file file = { .text = (char *)(uintptr_t)text, .len = len };
	struct conf	*conf = xcalloc(1, sizeof(*conf));
	struct parser	 p = { .conf = conf, .errors = errors, .read = read, .arg = arg };
	struct items	 list = {0};

	parse_text(&p, name, &file, &list);
	conf->items = conf_keep(conf, list.at, list.n * sizeof(*list.at));
	conf->nitems = list.n;
	free(list.at);
	return conf;
}
