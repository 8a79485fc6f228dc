#ifndef CORE_CONF_H
#define CORE_CONF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The configuration's grammar, and that of profiles:
 *
 *	name = value			name = {value, value}
 *	section title { ... }		sections nest; the title may be missing
 *	include "conf.d/a.conf"		relative to the including file; a pattern gives a sorted list
 *	# comment
 *
 * A value is a bare word or a string in double quotes (\" and \\ only).
 * Pure: text in, a tree and a list of mistakes out.  Every item and every
 * value knows its file and line, and one run finds every mistake.
 */

struct conf_place {
	const char	*file;		/* lives as long as the conf */
	unsigned	 line;
};

struct conf_value {
	const char	*text;
	bool		 quoted;
	struct conf_place place;
};

struct conf_item {
	const char		*name;
	struct conf_place	 place;
	bool			 section;
	bool			 broken;	/* its mistake is reported; only the name counts */
	/* a setting */
	bool			 list;		/* was in braces */
	size_t			 nvalues;
	const struct conf_value	*values;
	/* a section */
	const struct conf_value	*title;		/* NULL: none */
	size_t			 nitems;
	const struct conf_item	*items;
};

struct conf;

/*
 * Every mistake found, file by file and line by line: "FILE:LINE: what is
 * wrong; what would be right".  Line 0 is the file itself and leaves out the
 * number.  After CONF_ERRORS of them one last line says that there are more.
 */
#define CONF_ERRORS	100
struct conf_errors {
	size_t	 n, room;
	char   **texts;
};
void	conf_error(struct conf_errors *, struct conf_place, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	conf_errors_free(struct conf_errors *);		/* leaves it empty and usable */

/* Limits: sections within sections, files within files, bytes of all files together. */
#define CONF_DEPTH	16
#define CONF_INCLUDES	8
#define CONF_SIZE	(8 << 20)

/*
 * How an include and "@/path" are read: false and errno, or true and the text
 * (malloc'd).  For a pattern (it has one of * ? [) the text is the names that
 * match, one a line.  Tests give their own; NULL: nothing can be included.
 */
struct conf_file {
	char	*text;
	size_t	 len;
	bool	 exposed;	/* others than owner and group may read or write it */
};
typedef bool conf_reader(const char *path, struct conf_file *, void *arg);
conf_reader	conf_read_file;		/* from the file system; regular files only */

/* Never NULL: what could be understood is there.  Right only when no error was added. */
struct conf	*conf_load(const char *path, struct conf_errors *);
struct conf	*conf_parse(const char *name, const char *text, size_t len,
		    conf_reader *, void *arg, struct conf_errors *);
void		 conf_free(struct conf *);
const struct conf_item	*conf_items(const struct conf *, size_t *n);	/* the top level */
bool		 conf_exposed(const struct conf *, const char *file);	/* as its reader said */

/* Puts another text in a value's place: a secret in that of its "@/path". */
void	 conf_replace(struct conf *, const struct conf_value *, const char *text);

/* The item as text that parses back to the same; malloc'd.  For handing a part to a role, and to compare. */
char	*conf_print(const struct conf_item *);

/* The nearest of the NULL-ended words to what was written, or NULL: for "did you mean". */
const char	*conf_nearest(const char *word, const char *const *words);

#endif
