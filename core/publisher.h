#ifndef CORE_PUBLISHER_H
#define CORE_PUBLISHER_H

#include <stdbool.h>

#include "core/loop.h"
#include "core/model.h"
#include "core/settings.h"

/*
 * A role that shows the model to the world.  It cannot tell whether it runs
 * in a process of its own, on a mirror of the model, or (busbard -1) beside
 * the engine, on the model itself.
 */
struct listener {		/* a listening socket, opened by the engine and lent */
	int		 fd;
	const char	*address;	/* as configured: "127.0.0.1:3493" */
};

struct publish {
	struct loop		*loop;
	struct model		*model;
	const struct settings	*settings;	/* its own sections only; replaced by reload */
	const struct listener	*listeners;
	size_t			 nlisteners;
	/* Told anew when they change: the role's counters and limits, "NAME VALUE" lines.  NULL: nobody asks. */
	void			(*report)(void *arg, const char *lines);
	void			*report_arg;
	/* To the engine: a word in lower case and a text, as role_on_line() hears it.  NULL: nobody listens. */
	void			(*say)(void *arg, const char *word, const char *text);
	void			*say_arg;
	void			(*ack)(void *arg, uint64_t serial);	/* this event and all before are safe */
	void			*ack_arg;
};

struct publisher {
	const char	*name;		/* of the role: "nut", "agentx", "store" */
	bool		 blind;		/* it has no use for devices: its model stays empty */
	/* Both borrow everything in publish until the next reload or stop. */
	void		*(*start)(const struct publish *);
	void		 (*reload)(void *state, const struct publish *);
	void		 (*stop)(void *state);
	/* From the engine (role_send()).  It says nothing in return before it has returned.  May be NULL. */
	void		 (*hear)(void *state, const char *word, const char *text);
	/* One of the engine's events (core/event.h), to be acknowledged later.  May be NULL. */
	void		 (*event)(void *state, uint64_t serial, const char *text);
};

extern const struct publisher nut_publisher;		/* nutproto/listen.c */
extern const struct publisher agentx_publisher;		/* subagent/role.c */
extern const struct publisher store_publisher;		/* store/role.c */

#endif
