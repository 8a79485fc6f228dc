#ifndef DAEMON_ENGINE_H
#define DAEMON_ENGINE_H

#include <stdbool.h>

#include "core/conf.h"
#include "core/loop.h"

/*
 * The engine: polls every device, holds the one true model, starts the roles
 * and starts them again when they die, and applies a changed configuration.
 */
struct engine;
struct host;

struct engine_options {
	const char	*config;	/* the file */
	const char	*state_dir, *run_dir;	/* NULL: as configured */
	bool		 alone;		/* all roles in this process */
};

/* NULL when the configuration or a profile is wrong; the errors say what. */
struct engine	*engine_new(struct loop *, const struct engine_options *, struct conf_errors *);
void		 engine_free(struct engine *);	/* ends all roles in order */
/* Reads the file again.  False, with the errors told, leaves everything as it is. */
bool		 engine_reload(struct engine *, struct conf_errors *);
/* Whether a configuration, and every profile there is, is right; opens and starts nothing. */
bool		 engine_check(const char *file, struct conf_errors *);
/* Every profile there is, of the shipped folder ($BUSBAR_DATADIR instead, in a build tree) and the site's. */
bool		 engine_learn(struct host *, struct conf_errors *);
void		 engine_reap(struct engine *);	/* after SIGCHLD */

#endif
