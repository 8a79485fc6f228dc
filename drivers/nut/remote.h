#ifndef DRIVERS_NUT_REMOTE_H
#define DRIVERS_NUT_REMOTE_H

#include "core/buf.h"
#include "core/driver.h"

/* One device of the server, and the pure part of the dialect: lines in, values out. */

#define REMOTE_NAME_MAX		128
#define REMOTE_WORDS		8	/* of the longest line: TYPE ups var RW ENUM RANGE STRING:n */
#define REMOTE_ANSWER_MAX	(512 * 1024)	/* bytes of one list */
#define REMOTE_CHOICES_MAX	256	/* enums of one variable; also its ranges */
#define REMOTE_SETTABLE_MAX	512

struct setting {		/* a variable that the server lets us set, as far as its answers have come */
	enum var	 var;
	bool		 typed, enumerated, ranged;
	unsigned	 maxlen;
	char		**enums;
	struct range	*ranges;	/* numbers only: no text to own */
	size_t		 nenums, nranges, enums_room, ranges_room;
};

struct remote {
	char		*name;
	char		*description;	/* for people; NULL: none */
	bool		 own;		/* is the section's own device */
	bool		 listed;	/* by the LIST UPS in progress */
	bool		 gone;
	bool		 known;		/* what it can do has been told to the host */
	bool		 want_traits, want_values;	/* in this round */
	bool		 unsure, typing;	/* what it can do: the server refused; types are asked */
	unsigned	 asked;		/* answers about what it can do that are still to come */
	struct buf	 values;	/* the last LIST VAR, as it came */
	struct buf	 shape, last_shape;	/* its commands and the names of what can be set */
	enum var	*commands;
	struct setting	*settings;
	size_t		 ncommands, nsettings, commands_room, settings_room;
};

struct remote	*remote_new(const char *name);
void		 remote_free(struct remote *);
void		 remote_describe(struct remote *, const char *text);
void		 remote_forget_traits(struct remote *);		/* to be asked anew */
void		 remote_add_command(struct remote *, const char *name);
void		 remote_add_setting(struct remote *, const char *name);
struct setting	*remote_setting(struct remote *, enum var);	/* NULL: none */
/* The words of TYPE behind the variable: RW ENUM RANGE STRING:n NUMBER */
void		 setting_type(struct setting *, const char *const *words, size_t n);
void		 setting_enum(struct setting *, const char *text);
void		 setting_range(struct setting *, const char *min, const char *max);
void		 remote_offer(const struct remote *, struct unit *);	/* all of it to the host */

/*
 * Puts the readings of a whole list of "VAR ups name "text"" lines, which it
 * cuts up.  False: some line is none.
 */
bool		 remote_put(char *lines, size_t len, const char *name, struct unit *);

/* What an ERR word of the server means for a request; detail: one sentence, or NULL. */
enum result	 remote_error(const char *word, const char **detail);

#endif
