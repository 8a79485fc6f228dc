#ifndef DRIVERS_SIM_DEV_H
#define DRIVERS_SIM_DEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * NUT's dump of a device, as upsc prints it and the devices dumps library
 * (networkupstools/nut-ddl, README) publishes it, and its sequences:
 *
 *	NAME: VALUE		the value is all that follows the colon and one blank
 *	TIMER SECONDS		what follows is later
 *	# COMMENT
 *	#RW:NAME:STRING:32	#RW:NAME:RANGE:"0" "100"	#RW:NAME:ENUM:"yes"
 *	#CMD:NAME
 *
 * A value ends with its line, or before the blanks in front of #BAD or
 * #COMMENT, the library's remarks on a value.  Any other # belongs to the
 * value: models and serial numbers have it.  Nothing in a value is unquoted
 * or unescaped and no blank is lost, for upsc writes values as they are.
 */
struct dev_line {
	const char	*name, *value;
};

/* What is said at one time. */
struct dev_step {
	size_t	first, n;	/* lines[first .. first+n) */
	int64_t	wait_ms;	/* until the next step */
};

enum dev_rights { DEV_STRING, DEV_RANGE, DEV_ENUM };

/* An #RW line.  Each range and each enumerated value has a line of its own. */
struct dev_right {
	const char	*name;
	enum dev_rights	 kind;
	unsigned	 maxlen;		/* DEV_STRING; 0: not said */
	const char	*first, *second;	/* the value; the ends of the range */
};

struct dev {
	struct dev_line	 *lines;
	struct dev_step	 *steps;	/* at least one */
	struct dev_right *rights;
	const char	**commands;
	size_t		  nlines, nsteps, nrights, ncommands;
	bool		  sequence;	/* has TIMER lines: it begins again after its last step */
	char		 *text;		/* what the others point into */
};

#define DEV_LINES_MAX	20000

/* NULL with *why malloc'd ("line 3: ...") when it is none.  Pure. */
struct dev	*dev_parse(const char *text, size_t len, char **why);
void		 dev_free(struct dev *);		/* NULL is fine */

#endif
