#ifndef DRIVERS_APCSMART_APCSMART_H
#define DRIVERS_APCSMART_APCSMART_H

#include "drivers/apcsmart/profile.h"

/*
 * The state of one unit, and how the driver's files share the work: talk.c
 * asks and hears, detect.c finds out what the unit is and has, apcsmart.c
 * polls and takes alerts, control.c carries commands out and settings.c sets.
 */

#define ANSWER_MS	3000
#define SMART_MS	1500	/* of SM, and of commands that shut down */
#define LIST_MS		6000	/* of the letters, and of the choices */
#define PEEK_MS		200	/* whether a byte was refused */
#define REST_MS		300	/* when an answer did not come: it may be late */
#define BYTE_MS		50	/* between the bytes of an argument */

#define TEXT_BYTES	8	/* of a text that can be set */

struct smart;
/*
 * R_DONE with the answer, R_TIMEOUT or R_FAILED (it makes no sense) without.
 * The unit's state may be gone when it returns.
 */
typedef void smart_fn(struct smart *, enum result, char *answer);

/* A variable that the unit has. */
struct smart_use {
	const struct smart_variable *v;
	char			*answer;	/* as it came last, tidied; NULL: none */
	char			**choices;	/* as the unit knows them: it can be set to these */
	size_t			 nchoices;
	unsigned		 misses;	/* in a row */
};

enum smart_op { SMART_IDLE, SMART_START, SMART_POLL, SMART_COMMAND };

struct smart {
	struct unit		*unit;
	const struct smart_profile *profile;
	enum smart_op		 op;
	/* the question under way */
	struct hearer		 hearer;
	bool			 asking, late;		/* late: its answer may still come */
	bool			 echoes;		/* the line does */
	char			 sent[2];
	size_t			 nsent;
	int64_t			 deadline;		/* ms */
	smart_fn		*then;
	/* what it is */
	char			 firmware[SMART_VALUE_MAX];
	const char		*model;			/* where it has no 0x01; NULL: it has */
	struct letters		 letters;
	bool			 heard;			/* something, before it was in smart mode */
	bool			 lists;			/* its letters itself */
	bool			 listed;		/* they are known, by itself or by its firmware */
	struct smart_use	*uses;
	size_t			 nuses;
	size_t			 next;			/* row that is tried, or use that is asked */
	unsigned		 tries;
	/* its state */
	unsigned		 status, shown;		/* as it said last, and as it was published */
	bool			 news;			/* an alert that its status was not asked after yet */
	unsigned		 looks;			/* for it, without an answer */
	bool			 push;			/* status and going_off wait for woken() */
	bool			 going_off;		/* it said that it switches its output off */
	/* the round */
	bool			 full, fresh;		/* fresh: its answers are those of the start */
	bool			 polled;		/* the status of this round is there */
	unsigned		 silent, failures;	/* questions, and rounds in a row */
	/* the request */
	struct request		*request;
	const struct smart_command *command;
	struct smart_use	*use;			/* that is set */
	const char		*wanted;		/* borrowed from the request, or a choice */
	char			*first;			/* what it was set to before */
	char			 digits[4];		/* of a shutdown with '@' */
	size_t			 steps;
};

/* -- talk.c ------------------------------------------------------------------------------ */

void	smart_listen(struct smart *);
/* One question at a time. */
void	smart_ask(struct smart *, const char *bytes, size_t len, enum hearing, unsigned timeout_ms,
	    unsigned pause_ms, smart_fn *);
void	smart_ask_letter(struct smart *, letter, smart_fn *);

/* -- detect.c ---------------------------------------------------------------------------- */

void	smart_detect(struct smart *);		/* ends with unit_ready() or unit_fail() */
/* Whether the answer is one of the variable. */
bool	smart_fits(const struct smart_variable *, const char *answer);

/* -- apcsmart.c -------------------------------------------------------------------------- */

extern const struct driver apcsmart_driver;

void	smart_alerted(struct smart *, char alert);
void	smart_look(struct smart *);		/* asks for the status, if an alert came and nothing runs */

/* -- control.c --------------------------------------------------------------------------- */

extern const struct option smart_options[];

char	*smart_check(const struct unit *);
void	 smart_line(const struct unit *, struct serial_line *);
void	 smart_offer(struct smart *);
bool	 smart_takes_text(const struct smart *, const struct smart_use *);
void	 smart_control(struct smart *);		/* carries m->request out */
void	 smart_finish(struct smart *, enum result, const char *detail);		/* m->request has ended */
bool	 smart_is_ok(const char *answer);
void	 smart_refused(struct smart *, enum result, const char *answer);	/* with an answer that is not OK, or none */
/* What is shown of an answer, or of a choice; false: nothing. */
bool	 smart_shown(const struct smart_variable *, const char *answer, char room[SMART_VALUE_MAX]);

/* -- settings.c -------------------------------------------------------------------------- */

void	smart_set(struct smart *);		/* m->request is to set something */

#endif
