#ifndef NUTPROTO_CALL_H
#define NUTPROTO_CALL_H

#include "nutproto/session.h"
#include "nutproto/ups.h"
#include "nutproto/users.h"

/* One request on its way through the verbs, and what they all check. */
struct call {
	struct session		*session;
	const char *const	*words;		/* the verb and what follows; n of them */
	size_t			 n;
	struct buf		*out;
};

typedef void verb_fn(const struct call *);

/* A verb, or the second word of GET or LIST. */
struct verb {
	const char	*word;
	size_t		 least, most;		/* words, with and before this one included */
	verb_fn		*run;
	/* NAMER: has what the listener requires of who names a user; USER: has told a name and a password as well */
	enum { ANYBODY, NAMER, USER } who;
};
#define ANY		((size_t)-1)

void	call_error(const struct call *, const char *what);
/* Runs the verb of that word; other is the error when there is none.  A table ends without a word. */
void	call_verb(const struct call *, const struct verb *table, const char *word, const char *other);

/* These return NULL after an error. */
struct ups	*call_ups(const struct call *, const char *name);
struct ups	*call_current_ups(const struct call *, const char *name);	/* what is known of it is current */
/* the variable of the fourth word, and the UPS of the third */
const struct reading	*call_reading(const struct call *, struct ups **);

/*
 * These return false after an error, or when the verdict on the password has
 * to be awaited: then nothing was said, and the verb is run again.
 */
bool	call_proven(const struct call *);
bool	call_may(const struct call *, enum right, const struct ups *, const char *name);

#endif
