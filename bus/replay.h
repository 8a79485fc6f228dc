#ifndef BUS_REPLAY_H
#define BUS_REPLAY_H

#include "bus/peer.h"
#include "bus/recording.h"

/*
 * A peer that a recording answers for, in this process, at the next turn of
 * the loop.  Owns the recording.  changed() is told once that it is up, in a
 * turn of its own; it may be NULL.
 */
struct peer	*replay_new(struct loop *, struct recording *, const struct peer_options *,
		    void (*changed)(void *arg, bool up, const char *why), void *arg);

#endif
