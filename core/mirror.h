#ifndef CORE_MIRROR_H
#define CORE_MIRROR_H

#include "core/loop.h"
#include "core/update.h"

/*
 * A model carried over a socket, in lines, both ways round.  The words are
 * those of NUT's driver sockets (SETINFO, DELINFO, ADDCMD, DATAOK ...) plus
 * DEVICE to say whose.  DATAOK and DATASTALE are the commit: until then the
 * reader's model does not move.
 *
 * Two classes of messages:
 *  - states: per device, the difference between what the reader has and what
 *    is now, made when the socket takes it.  A reader that falls behind gets
 *    fewer, larger steps; nothing is queued, so nothing can overflow;
 *  - events: numbered, held until the reader says EVENTACK; after a break
 *    they are sent again.  At most EVENTS_HELD wait; what must be dropped is
 *    counted and told.
 */
struct feed;			/* the sending end, on the model that is the truth */
struct mirror;			/* the receiving end, filling a model of its own */

/* Both own the descriptor from now on, and call broken() once when the other end is gone. */
struct feed	*feed_new(struct loop *, struct model *, int fd, void (*broken)(void *), void *arg);
void		 feed_free(struct feed *);
void		 feed_line(struct feed *, const char *line, int pass_fd);	/* a message of the role's own; pass_fd -1: none */
/* Lines that are not the mirror's own, from the other side. */
void		 feed_on_line(struct feed *, void (*)(void *, const char *line), void *);
bool		 feed_idle(const struct feed *);	/* everything was handed over */

struct mirror	*mirror_new(struct loop *, struct model *, int fd, void (*broken)(void *), void *arg);
void		 mirror_free(struct mirror *);
void		 mirror_line(struct mirror *, const char *line);
void		 mirror_on_line(struct mirror *, void (*)(void *, const char *line, int fd), void *);
/* For tests and fuzzing: one line without its LF, as if it had come; false: not our language. */
bool		 mirror_take(struct mirror *, char *line);

/* -- events ------------------------------------------------------------------ */

#define EVENTS_HELD	10000
struct event_log;		/* events not yet acknowledged by the store */
struct event_log *event_log_new(void);
void		  event_log_free(struct event_log *);
uint64_t	  event_log_add(struct event_log *, const char *text);	/* its serial number */
uint64_t	  event_log_dropped(const struct event_log *);
size_t		  event_log_held(const struct event_log *);
void		  feed_events(struct feed *, struct event_log *);	/* this reader is their keeper */
void		  mirror_on_event(struct mirror *, void (*)(void *, uint64_t serial, const char *), void *);
void		  mirror_ack(struct mirror *, uint64_t serial);		/* it and all before are safe */

#endif
