#ifndef CTL_NUT_FILE_H
#define CTL_NUT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A configuration file of NUT's, as ups.conf(5) and its like have them: lines
 * of words, "=" a word of its own, double quotes and backslashes around what
 * is special, "#" comments, and [NAME] before the lines of a section.
 */
struct nut_line {
	unsigned	 number;
	size_t		 n;		/* at least 1 */
	char		**words;
};

struct nut_section {
	char		*name;		/* NULL: before the first one; sections[0] is always that */
	unsigned	 number;	/* its line */
	size_t		 n, room;
	struct nut_line	*lines;
};

struct nut_file {
	char		*path;
	size_t		 n, room;
	struct nut_section *sections;
};

struct nut_file		*nut_file_read(const char *dir, const char *name);	/* NULL and errno */
struct nut_file		*nut_file_parse(const char *path, const char *text, size_t len);
void			 nut_file_free(struct nut_file *);	/* NULL is fine */

/*
 * What stands behind the name, and behind "=" if that is there; "" for a name
 * alone, NULL: no such line.  Of several lines the last one, or the first.
 */
const char		*nut_value(const struct nut_section *, const char *name);
const char		*nut_first(const struct nut_section *, const char *name);
/* The nth word behind the name and "=", of one line; NULL: no more. */
const char		*nut_word(const struct nut_line *, size_t nth);

#endif
