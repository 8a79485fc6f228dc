#ifndef CORE_MIRROR_H
#define CORE_MIRROR_H

#include "core/event-log.h"
#include "core/loop.h"
#include "core/update.h"

/*
 * A model carried over a socket, both ways round: a feed sends what is true,
 * a mirror fills a model of its own.  The words are those of NUT's driver
 * sockets (SETINFO, DELINFO, ADDCMD, DATAOK ...) with DEVICE before them to
 * say whose; DATAOK, DATASTALE and DATAWAIT are the commit, and until then
 * the reader's model does not move.
 *
 * Two classes of messages:
 *  - states: per device, the difference between what the reader has and what
 *    is now, made when the socket takes it.  A reader that falls behind gets
 *    fewer, larger steps; nothing is queued, so nothing can overflow, and a
 *    new reader gets everything;
 *  - events: numbered, held in the event log until the reader has said that
 *    they are safe; after a break they are sent again.
 *
 * Requests go the other way: ASK with a number, answered once by ANSWER, behind
 * the states that the request brought about by then.
 */
enum { ASK_CONFIRM = 1, ASK_TEST = 2 };	/* the flags of a request on its way */
struct feed;			/* the sending end, on the model that is the truth */
struct mirror;			/* the receiving end */

/*
 * A feed without a model (NULL) carries events and lines alone.
 *
 * Both own the descriptor from now on and call broken() once when the other
 * end is gone; then they wait to be freed.
 */
struct feed	*feed_new(struct loop *, struct model *, int fd, void (*broken)(void *), void *arg);
void		 feed_free(struct feed *);
/* A line of the role's own: a word in lower case, and a text.  pass_fd goes with it unless -1. */
void		 feed_send(struct feed *, const char *word, const char *text, int pass_fd);
void		 feed_on_line(struct feed *, void (*)(void *, const char *word, const char *text), void *);
bool		 feed_idle(const struct feed *);	/* everything was handed over */
/* This reader is the keeper of the log's events; the log outlives the feed. */
void		 feed_events(struct feed *, struct event_log *);
/* Told of each acknowledgement, and has to pass it to the log. */
void		 feed_on_ack(struct feed *, void (*)(void *, uint64_t serial), void *arg);

/* The mirror answers its model's requests (model_on_ask) as long as it lives; then R_GONE. */
struct mirror	*mirror_new(struct loop *, struct model *, int fd, void (*broken)(void *), void *arg);
void		 mirror_free(struct mirror *);
/* How requests end that the other end had and did not answer; borrowed.  Else R_GONE, "the engine is gone". */
void		 mirror_on_loss(struct mirror *, enum result, const char *detail);
void		 mirror_send(struct mirror *, const char *word, const char *text);
/* fd is -1 or the callee's from now on. */
void		 mirror_on_line(struct mirror *, void (*)(void *, const char *word, const char *text, int fd),
		    void *);
void		 mirror_on_event(struct mirror *, void (*)(void *, uint64_t serial, const char *), void *);
void		 mirror_ack(struct mirror *, uint64_t serial);	/* it and all before are safe */
/* True once everything that there was at the beginning has come. */
bool		 mirror_complete(const struct mirror *);
/* For fuzzing: one line without its LF, as if it had come. */
void		 mirror_take(struct mirror *, char *line);

#endif
