#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/conf.h"
#include "core/mem.h"
#include "ctl/nut-file.h"

struct scan {
	const char	*at, *end;
	unsigned	 number;
	struct buf	 word;
	bool		 in_word;
	struct nut_line	 line;
	size_t		 room;
	struct nut_file	*file;
};

/* -- lines into sections ----------------------------------------------------------------- */

static void
add_section(struct nut_file *file, char *name, unsigned number)
{
	file->sections = array_room(file->sections, file->n, &file->room, sizeof(*file->sections));
	file->sections[file->n++] = (struct nut_section){ .name = name, .number = number };
}

static void
line_free(struct nut_line *line)
{
	while (line->n > 0)
		free(line->words[--line->n]);
	free(line->words);
}

/* "[NAME]" begins a section; anything else belongs to the last one. */
static void
end_line(struct scan *s)
{
	struct nut_section	*section = &s->file->sections[s->file->n - 1];
	size_t			 len;

	if (s->line.n == 0)
		return;
	len = strlen(s->line.words[0]);
	if (len > 2 && s->line.words[0][0] == '[' && s->line.words[0][len - 1] == ']') {
		add_section(s->file, xstrndup(s->line.words[0] + 1, len - 2), s->line.number);
		line_free(&s->line);
	} else {
		section->lines = array_room(section->lines, section->n, &section->room,
		    sizeof(*section->lines));
		section->lines[section->n++] = s->line;
	}
	memset(&s->line, 0, sizeof(s->line));
	s->room = 0;
}

/* -- bytes into words ---------------------------------------------------------------------- */

static void
end_word(struct scan *s)
{
	if (!s->in_word)
		return;
	if (s->line.n == 0)
		s->line.number = s->number;
	s->line.words = array_room(s->line.words, s->line.n, &s->room, sizeof(*s->line.words));
	s->line.words[s->line.n++] = xstrdup(buf_text(&s->word));
	buf_clear(&s->word);
	s->in_word = false;
}

static void
put(struct scan *s, char c)
{
	if (c != '\0')
		buf_putc(&s->word, c);
	s->in_word = true;
}

/* A backslash makes the next byte an ordinary one; at the end of a line it joins it with the next. */
static void
take_escaped(struct scan *s)
{
	if (s->at == s->end)
		return;
	if (*s->at == '\n')
		s->number++;
	else
		put(s, *s->at);
	s->at++;
}

/* Behind the opening quote; the closing one ends the word, and so does an end of line. */
static void
take_quoted(struct scan *s)
{
	char	c;

	put(s, '\0');
	while (s->at < s->end && *s->at != '\n') {
		c = *s->at++;
		if (c == '"')
			break;
		if (c == '\\')
			take_escaped(s);
		else
			put(s, c);
	}
	end_word(s);
}

/* A quote within a word is one of its bytes, as upsd reads it. */
static void
take_byte(struct scan *s)
{
	char	c = *s->at++;

	if (c == '\n') {
		end_word(s);
		end_line(s);
		s->number++;
	} else if (c == ' ' || c == '\t' || c == '\r') {
		end_word(s);
	} else if (c == '#') {
		end_word(s);
		while (s->at < s->end && *s->at != '\n')
			s->at++;
	} else if (c == '=') {
		end_word(s);
		put(s, c);
		end_word(s);
	} else if (c == '\\') {
		take_escaped(s);
	} else if (c == '"' && !s->in_word) {
		take_quoted(s);
	} else {
		put(s, c);
	}
}

struct nut_file *
nut_file_parse(const char *path, const char *text, size_t len)
{
	struct nut_file	*file = xcalloc(1, sizeof(*file));
	struct scan	 s = { .at = text, .end = text + len, .number = 1, .file = file };

	file->path = xstrdup(path);
	add_section(file, NULL, 0);
	while (s.at < s.end)
		take_byte(&s);
	end_word(&s);
	end_line(&s);
	buf_free(&s.word);
	return file;
}

struct nut_file *
nut_file_read(const char *dir, const char *name)
{
	char			*path = xasprintf("%s/%s", dir, name);
	struct conf_file	 text;
	struct nut_file		*file = NULL;

	if (conf_read_file(path, &text, NULL)) {
		file = nut_file_parse(path, text.text, text.len);
		free(text.text);
	}
	free(path);
	return file;
}

void
nut_file_free(struct nut_file *file)
{
	size_t	 i, j;

	if (file == NULL)
		return;
	for (i = 0; i < file->n; i++) {
		for (j = 0; j < file->sections[i].n; j++)
			line_free(&file->sections[i].lines[j]);
		free(file->sections[i].lines);
		free(file->sections[i].name);
	}
	free(file->sections);
	free(file->path);
	free(file);
}

const char *
nut_word(const struct nut_line *line, size_t nth)
{
	size_t	 first = line->n > 1 && strcmp(line->words[1], "=") == 0 ? 2 : 1;

	return first + nth < line->n ? line->words[first + nth] : NULL;
}

static const char *
value_of(const struct nut_line *line)
{
	const char	*value = nut_word(line, 0);

	return value == NULL ? "" : value;
}

const char *
nut_value(const struct nut_section *section, const char *name)
{
	size_t	 i;

	for (i = section->n; i > 0; i--)
		if (strcasecmp(section->lines[i - 1].words[0], name) == 0)
			return value_of(&section->lines[i - 1]);
	return NULL;
}

const char *
nut_first(const struct nut_section *section, const char *name)
{
	size_t	 i;

	for (i = 0; i < section->n; i++)
		if (strcasecmp(section->lines[i].words[0], name) == 0)
			return value_of(&section->lines[i]);
	return NULL;
}
