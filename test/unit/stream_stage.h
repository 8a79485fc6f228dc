#ifndef TEST_UNIT_STREAM_STAGE_H
#define TEST_UNIT_STREAM_STAGE_H

#include "core/buf.h"
#include "core/stream.h"
#include "core/unit.h"

/*
 * A stage for drivers on a stream: the real host, model and stream on virtual
 * time, and a peer that is a function.  What it says arrives in later turns,
 * in pieces of a chosen size; the connection can be cut behind any byte.
 */
struct stage {
	struct loop	*loop;
	struct model	*model;
	struct host	*host;
	const struct driver **cast;		/* those that the configuration names */
	struct settings	*settings;
	struct stream	*stream;
	struct buf	 heard, saying;		/* what the driver sent, and what is on its way to it */
	struct timer	*turn;
	size_t		 piece;			/* bytes that arrive at once; 0: all */
	size_t		 cut;			/* bytes to the cut of the connection; SIZE_MAX: none */
	bool		 mute;			/* nothing arrives */
	bool		 down;
	unsigned	 connections, drops, secures;	/* how often there were; TLS was begun */
	const char	*greeting;		/* what the peer says first; NULL: nothing */
	const char	*distrust;		/* why TLS cannot be; NULL: it can */
	struct timer	*handshake;
	char		*why;			/* of the last drop */
	void		(*changed)(void *, bool, const char *);
	void		*arg;
	/* Takes questions off the front of what was heard; how many bytes it has dealt with. */
	size_t		(*peer)(struct stage *, const char *heard, size_t len);
};

struct stage	*stage_new(const char *conf,
		    size_t (*peer)(struct stage *, const char *, size_t));
void		 stage_apply(struct stage *, const char *conf);
void		 stage_free(struct stage *);
void		 stage_say(struct stage *, const char *text);
void		 stage_run(struct stage *, int64_t ms);
struct device	*stage_find(const struct stage *, const char *name);
int		 stage_state(const struct stage *, const char *device);		/* -1: no such device */
/* The value's text, or "(absent)"; good until the next call. */
const char	*stage_value(const struct stage *, const char *device, const char *name);
/* Asks, and runs until there is an answer. */
enum result	 stage_ask(struct stage *, const char *device, enum request_kind, const char *name,
		    const char *value);

/* Of a fuzz target's seeds (test/fuzz/replay.c): each try is a life of a device. */
extern const unsigned	 replay_places;

#endif
