#ifndef DRIVERS_NUT_SOURCE_H
#define DRIVERS_NUT_SOURCE_H

#include "drivers/nut/remote.h"

/* The state of the driver, and what its parts know of each other. */

enum doing { DOING_START, DOING_POLL, DOING_COMMAND };

struct nut;
struct errand;

/* A question: how its answer is read.  False from any of them: it makes no sense. */
struct verb {
	const char	*list;		/* the word behind BEGIN LIST; NULL: one line */
	bool		(*line)(struct nut *, struct errand *, char *line, size_t len);
	bool		(*end)(struct nut *, struct errand *, const char *error);	/* an ERR word; NULL: well */
};

struct errand {			/* a question whose answer is to come */
	struct errand		*next;
	const struct verb	*verb;
	struct remote		*remote;	/* NULL: about none */
	enum var		 var;
	bool			 begun;
	size_t			 bytes;
};

struct nut {
	struct unit		*unit;
	enum doing		 doing;
	bool			 securing;	/* the handshake of TLS is on */
	bool			 named;		/* the configuration says which devices */
	bool			 counted;	/* those of before this connection were looked for */
	struct errand		*first, *last;	/* answers come in this order */
	struct remote		**remotes;
	size_t			 n, room, cursor;
	int64_t			 list_due;
	struct buf		 raw;		/* of the LIST VAR in progress */
	char			*why;		/* what is being done must fail, and this is the reason */
	struct request		*request;
	enum result		 result;
	const char		*detail;
	int64_t			 began;
	unsigned		 pause_ms;
	char			 id[64];	/* of the command being tracked */
};

/* talk.c: questions go out at once, answers come in their order. */
/* Asks with all the words up to a NULL; the first is sent as it is. */
struct errand	*talk_ask(struct nut *, const struct verb *, unsigned pause_ms, const char *first, ...);
void		 talk_about(struct nut *, const struct verb *, struct remote *, const char *first, enum var);
void		 talk_forget(struct nut *);
/* The connection is of no use any more; ends what we are doing, and may end the driver's state. */
void		 talk_give_up(struct nut *, enum result, const char *why);

/* devices.c: which there are. */
bool		 devices_single(const struct unit *);	/* the configuration names one, which is the section's own */
void		 devices_name(struct nut *);		/* those that the configuration names */
bool		 devices_choose(struct nut *, const struct remote *);	/* unit_device() */
void		 devices_poll(struct nut *, bool full);
void		 devices_remove_gone(struct nut *);

/* readings.c: asks what is to be asked next of one device in this round. */
void		 readings_advance(struct nut *, struct remote *);

/* nut.c: whatever was being done has ended when nothing more is to come.  Nothing is touched after it. */
void		 nut_settle(struct nut *);

#endif
