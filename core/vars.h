#ifndef CORE_VARS_H
#define CORE_VARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Names of variables and of instant commands, as small numbers.  Every name
 * of NUT's record is an enumerator (VAR_BATTERY_CHARGE, CMD_LOAD_OFF); any
 * other is given a number when first seen and keeps it for the life of the
 * process.  Numbers are private to a process; only names travel.
 *
 * Names that begin with a dot are the engine's own remarks on a device
 * (core/remarks.h); publishers read them and never show them.
 */
enum var {
	VAR_NONE,
#define VAR(id, name, type, text)	VAR_##id,
#define CMD(id, name, text)		CMD_##id,
#include "core/vars.def"
#undef VAR
#undef CMD
	VAR_KNOWN			/* one more than the last known name */
};

enum var_type { VAR_TYPE_TEXT, VAR_TYPE_NUMBER };

/* What the record says of a name; for "outlet.3.current" that is the row of outlet.n.current. */
struct var_info {
	const char	*name;
	enum var_type	 type;
	const char	*text;		/* one line for GET DESC and the manual */
};

enum var	 var_intern(const char *name);		/* gives a number to a new name */
/*
 * Likewise, for a name that a peer made up: VAR_NONE when it is no name for
 * others to see (hidden, over 128 bytes, blanks, quotes, control bytes), or
 * when so many are known that one more would only be an attack.
 */
enum var	 var_admit(const char *name);
enum var	 var_internf(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
enum var	 var_find(const char *name, size_t len);	/* without case; VAR_NONE: nobody has it */
const char	*var_name(enum var);			/* borrowed, for ever */
uint32_t	 name_hash(const char *, size_t len);	/* of any name, without case */
bool		 var_hidden(enum var);			/* begins with a dot */
int		 var_compare(enum var, enum var);	/* by name, without case: the order of LIST VAR */

/* The description of a variable or command, known or matching a known form; NULL: none. */
const struct var_info	*var_info(const char *name);

#endif
