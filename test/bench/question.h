#ifndef BENCH_QUESTION_H
#define BENCH_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What nutload asks, and whether an answer is one that the protocol allows.
 * Pure.
 */
enum question_kind {
	ASK_GET,		/* GET VAR device variable */
	ASK_TYPE,		/* GET TYPE device variable */
	ASK_DESC,		/* GET UPSDESC device */
	ASK_LISTVAR,		/* LIST VAR device */
	ASK_LISTUPS,		/* LIST UPS */
	ASK_VER,		/* VER */
	ASK_NETVER,		/* NETVER */
	ASK_BAD,		/* GET VAR of a variable that nobody has: ERR is right */
	ASK_LOGIN,		/* USERNAME, PASSWORD, LOGIN device, LOGOUT, one after the other */
	ASK_KINDS
};

struct question {
	enum question_kind	 kind;
	const char		*device, *variable;	/* borrowed */
	const char		*user, *password;	/* likewise; of ASK_LOGIN */
	unsigned		 step;		/* of ASK_LOGIN: how many of its lines were answered */
	long			*expected;	/* lines of a list; 0: the first answer says so */
	long			 lines;		/* seen so far; -1: before BEGIN */
	uint64_t		 asked;		/* stats_now() */
};

#define QUESTION_MAX	512	/* longest question in bytes, LF included */

enum verdict {
	VERDICT_MORE,		/* right so far */
	VERDICT_NEXT,		/* right, and the next line of the question is due */
	VERDICT_DONE,
	VERDICT_ERR,		/* an ERR that was not due */
	VERDICT_SHORT,		/* a list of another length than expected */
	VERDICT_BAD		/* not what the protocol allows */
};

bool		 question_find(const char *name, size_t len, enum question_kind *);
const char	*question_name(enum question_kind);
size_t		 question_print(const struct question *, char room[QUESTION_MAX]);
/* One line of the answer, without its LF. */
enum verdict	 question_check(struct question *, const char *line);

#endif
