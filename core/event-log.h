#ifndef CORE_EVENT_LOG_H
#define CORE_EVENT_LOG_H

#include <stddef.h>
#include <stdint.h>

/*
 * Events that nobody has written down yet: numbered, in order, kept until
 * they are acknowledged.  At most EVENTS_HELD wait; then the oldest is dropped
 * and counted.
 */
#define EVENTS_HELD	10000

struct event_log;

struct event_log *event_log_new(uint64_t last_serial);	/* numbers go on from there */
void		  event_log_raise(struct event_log *, uint64_t last_serial);	/* those to come are higher */
void		  event_log_free(struct event_log *);
uint64_t	  event_log_add(struct event_log *, const char *text);	/* its number */
/* Told of each event that is added; one listener. */
void		  event_log_on_add(struct event_log *, void (*)(void *), void *arg);
/* The first event after the number given: borrowed; NULL: none. */
const char	 *event_log_after(struct event_log *, uint64_t serial, uint64_t *found);
void		  event_log_ack(struct event_log *, uint64_t serial);	/* it and all before */
size_t		  event_log_held(const struct event_log *);
uint64_t	  event_log_dropped(const struct event_log *);

#endif
