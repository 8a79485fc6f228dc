#ifndef BUS_REPLAY_H
#define BUS_REPLAY_H

#include "bus/peer.h"
#include "bus/recording.h"

/* A peer that a recording answers for, in this process, at the next turn of the loop.  Owns the recording. */
struct peer	*replay_new(struct loop *, struct recording *, const struct peer_options *);

#endif
