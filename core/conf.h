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

/* Every mistake found, in the order of file and line: "FILE:LINE: what is wrong; what would be right". */
struct conf_errors {
	size_t	 n, room;
	char   **texts;
};
void	conf_error(struct conf_errors *, struct conf_place, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 3, 4)));
void	conf_errors_free(struct conf_errors *);		/* leaves it empty and usable */

/* How an include and "@/path" are read.  Tests give their own. */
typedef char *conf_reader(const char *path, size_t *len, void *arg);	/* malloc'd, or NULL and errno */

/* Never NULL: what could be understood is there.  Right only when no error was added. */
struct conf	*conf_load(const char *path, struct conf_errors *);
struct conf	*conf_parse(const char *name, const char *text, size_t len,
		    conf_reader *, void *arg, struct conf_errors *);
void		 conf_free(struct conf *);
const struct conf_item	*conf_items(const struct conf *, size_t *n);	/* the top level */

/* The item as text that parses back to the same; malloc'd.  For handing a part to a role, and to compare. */
char	*conf_print(const struct conf_item *);

/* The nearest of the NULL-ended words to what was written, or NULL: for "did you mean". */
const char	*conf_nearest(const char *word, const char *const *words);

#endif
