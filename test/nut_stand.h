#ifndef TEST_NUT_STAND_H
#define TEST_NUT_STAND_H

#include "core/buf.h"
#include "core/update.h"
#include "nutproto/session.h"

/*
 * What NUT sessions stand on, without sockets and an engine: a desk on a
 * virtual clock, users of a text, and an engine that does what it is told.
 */
struct stand {
	struct loop	*loop;
	struct model	*model;
	struct settings	*settings;
	struct desk	 desk;

	/* the engine; asks and tells are appended as lines */
	struct buf	 asks, tells;
	enum result	 result;	/* of the next requests */
	bool		 holds;		/* they wait for stand_answer() */
	struct { struct pending *at[64]; size_t n; } held;

	/* the prover: compares passwords, and its verdict comes at once or after so long */
	int64_t		 verdict_ms;
	unsigned	 proofs;	/* that were asked for */
};

void	stand_init(struct stand *, const char *users);	/* sections as in busbar.conf */
void	stand_users(struct stand *, const char *users);	/* as a reload */
void	stand_free(struct stand *);			/* after the sessions */
void	stand_answer(struct stand *, enum result);	/* the oldest that is held */
void	stand_wait(struct stand *, int64_t ms);

#endif
