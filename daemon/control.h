#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "core/conf.h"
#include "core/events.h"
#include "core/model.h"
#include "core/settings.h"
#include "core/unit.h"

/*
 * The control socket, for busbarctl.  Whoever may open it may read.  Only
 * users and groups of the control section, and whoever this daemon runs as,
 * may change things.
 */
struct control;

/* Reads the configuration again; false with the errors told when that changed nothing. */
typedef bool control_reload(void *arg, struct conf_errors *);

/*
 * NULL, with the reason among the errors, when the socket cannot be made, or
 * another daemon listens on it.  Nobody may change anything before the first
 * control_apply().  host may be NULL in tests.  resolve gives a socket to a
 * process that knows users and groups, as resolver_new() has it.
 */
struct control	*control_new(struct loop *, struct model *, struct host *, const char *path,
		    int (*resolve)(void *), control_reload *, void *arg, struct conf_errors *);
/* Lent for the call.  Who its names are is known a moment later (daemon/members.h). */
void		 control_apply(struct control *, const struct settings *);
/* Where to get the NUT listener's counters and limits: "NAME VALUE" lines, or NULL. */
void		 control_on_server(struct control *, const char *(*)(void *), void *arg);
/* Who is to hear of those who may only read and asked for more: what the log hears of it. */
void		 control_on_denied(struct control *, void (*)(void *, const char *by, const char *text), void *arg);
/* Where to ask for the journal, as struct session_world has it. */
void		 control_on_journal(struct control *, uint64_t (*)(void *, const struct journal_ask *),
		    void (*forget)(void *, uint64_t), void *arg);
void		 control_free(struct control *);		/* NULL is fine */

#define CONTROL_CLIENTS_MAX	32
#define CONTROL_KEPT		8	/* of these places, for those who may change things */

#endif
