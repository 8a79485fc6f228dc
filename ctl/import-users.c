#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "ctl/import.h"

/* upsd.users. */

static bool
seen_before(const struct nut_file *file, size_t i)
{
	size_t	 j;

	for (j = 1; j < i; j++)
		if (strcmp(file->sections[j].name, file->sections[i].name) == 0)
			return true;
	return false;
}

/* Adds the word to a list in braces, once. */
static void
add_word(struct buf *list, const char *word)
{
	char	 quoted[140];

	snprintf(quoted, sizeof(quoted), "\"%s\"", word);
	if (strstr(buf_text(list), quoted) == NULL)
		buf_printf(list, "%s%s", list->len == 0 ? "" : ", ", quoted);
}

struct user {
	struct buf	 actions, commands;
	const char	*upsmon;
};

static void
take_action(struct import *im, const struct nut_line *line, const char *word, struct user *u)
{
	if (strcasecmp(word, "SET") == 0)
		add_word(&u->actions, "SET");
	else if (strcasecmp(word, "FSD") == 0)
		add_word(&u->actions, "FSD");
	else
		import_note(im, im->users, line->number, "actions: \"%s\" is not one of NUT's", word);
}

static void
take_command(struct import *im, const struct nut_line *line, const char *word, struct user *u)
{
	if (strcasecmp(word, "ALL") == 0)
		add_word(&u->commands, "ALL");
	else if (import_consists(word, IMPORT_WORD) && *word != '.' && strlen(word) <= 128)
		add_word(&u->commands, word);
	else
		import_note(im, im->users, line->number, "instcmds: \"%s\" is no name of a command", word);
}

static void
take_upsmon(struct import *im, const struct nut_line *line, const char *word, struct user *u)
{
	if (strcasecmp(word, "master") == 0 || strcasecmp(word, "primary") == 0)
		u->upsmon = "primary";
	else if (strcasecmp(word, "slave") == 0 || strcasecmp(word, "secondary") == 0)
		u->upsmon = "secondary";
	else
		import_note(im, im->users, line->number, "upsmon: \"%s\" is no role", word);
}

/* It is known already. */
static void
take_password(struct import *im, const struct nut_line *line, const char *word, struct user *u)
{
}

static void
take_allowfrom(struct import *im, const struct nut_line *line, const char *word, struct user *u)
{
	import_note(im, im->users, line->number, "allowfrom: upsd has not looked at it since 2.4; "
	    "allow of a user is a list of networks");
}

static const struct {
	const char	*name;
	void		(*take)(struct import *, const struct nut_line *, const char *word, struct user *);
} user_lines[] = {
	{ "password", take_password },
	{ "actions", take_action },
	{ "instcmds", take_command },
	{ "upsmon", take_upsmon },
	{ "allowfrom", take_allowfrom },
};

static void
take_line(struct import *im, const struct nut_line *line, struct user *u)
{
	const char	*word;
	size_t		 i, n;

	for (i = 0; i < nitems(user_lines); i++)
		if (strcasecmp(user_lines[i].name, line->words[0]) == 0)
			break;
	if (i == nitems(user_lines))
		import_note(im, im->users, line->number, "%s: has no counterpart", line->words[0]);
	for (n = 0; i < nitems(user_lines) && (word = nut_word(line, n)) != NULL; n++)
		user_lines[i].take(im, line, word, u);
}

static void
print_user(struct import *im, const struct nut_section *s, const char *password)
{
	struct user	 u = {0};
	size_t		 i;

	for (i = 0; i < s->n; i++)
		take_line(im, &s->lines[i], &u);
	buf_puts(&im->out, "user ");
	import_quote(&im->out, s->name);
	buf_puts(&im->out, " {\n    password = ");
	import_quote(&im->out, password);
	buf_putc(&im->out, '\n');
	if (u.upsmon != NULL)
		buf_printf(&im->out, "    upsmon = %s\n", u.upsmon);
	if (u.actions.len > 0)
		buf_printf(&im->out, "    actions = {%s}\n", buf_text(&u.actions));
	if (u.commands.len > 0)
		buf_printf(&im->out, "    commands = {%s}\n", buf_text(&u.commands));
	buf_puts(&im->out, "}\n\n");
	buf_free(&u.actions);
	buf_free(&u.commands);
}

static bool
right_password(const char *text)
{
	const char	*c;

	for (c = text; (unsigned char)*c >= ' ' && *c != 0x7f; c++)
		;
	return *c == '\0' && c > text && c - text <= 512;
}

static bool
right_name(const char *name)
{
	const char	*c;

	for (c = name; *c > ' ' && *c <= '~'; c++)
		;
	return *c == '\0' && c > name && c - name <= 64;
}

void
import_users(struct import *im)
{
	const struct nut_section	*s;
	const char			*password;
	size_t				 i;

	for (i = 1; im->users != NULL && i < im->users->n; i++) {
		s = &im->users->sections[i];
		password = nut_first(s, "password");	/* upsd ignores others */
		if (seen_before(im->users, i))
			import_note(im, im->users, s->number, "user %s is there twice; the first one holds", s->name);
		else if (!right_name(s->name))
			import_note(im, im->users, s->number, "user %s: a name of 1 to 64 printable characters "
			    "without blanks is wanted; left out", s->name);
		else if (password == NULL || !right_password(password))
			import_note(im, im->users, s->number, "user %s: no password of 1 to 512 bytes, so nobody "
			    "could log in; left out", s->name);
		else
			print_user(im, s, password);
	}
}
