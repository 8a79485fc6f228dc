#ifndef SUBAGENT_SET_INSIDE_H
#define SUBAGENT_SET_INSIDE_H

#include <sys/queue.h>

#include "subagent/set.h"

/* The inside of SETs, shared by set.c, its phases, and setcheck.c, and nobody else. */
enum phase {
	PHASE_TESTING,		/* the engine is asked; TestSet waits for its Response */
	PHASE_TESTED,
	PHASE_COMMITTING,	/* what is stored is on its way to the disk; CommitSet waits */
	PHASE_COMMITTED,	/* everything else is staged */
	PHASE_RELEASED,		/* it was; lasting objects wait for their outcome */
	PHASE_UNDOING,		/* what was stored is put back; UndoSet waits */
	PHASE_OVER
};

struct set {
	TAILQ_ENTRY(set)	 entry;
	struct sets		*sets;
	enum phase		 phase;
	uint32_t		 transaction;
	struct pdu		 request;	/* that waits; its payload has gone */
	bool			 waiting;	/* it gets a Response, and has not had it */
	char			*origin;
	struct timer		*timer;
	size_t			 asked;		/* answers of the engine that are due, and 1 while we ask */
	size_t			 failed;	/* the first varbind that did, from 1; 0: none */
	enum pdu_error		 error;
	size_t			 n;
	struct set_item		 items[];
};

struct sets {
	struct loop			*loop;
	struct tree			*tree;
	const struct set_family *const	*families;
	struct watch			*watch;
	set_respond_fn			*respond;
	void				*arg;
	TAILQ_HEAD(, set)		 list;
	size_t				 n;
};

/* setcheck.c */
void		set_fail(struct set *, const struct set_item *, enum pdu_error);	/* the first varbind's counts */
/* Reads a varbind, and checks it by itself. */
enum pdu_error	set_take_item(struct set *, struct set_item *, const char *context, size_t len,
		    const struct object *given);
void		set_check_moments(struct set *, bool locks);	/* those of locks, or of all others */

#endif
