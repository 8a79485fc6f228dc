#ifndef CORE_UPDATE_H
#define CORE_UPDATE_H

#include "core/model.h"

/* The writing end of a model: for the unit host and the mirror only. */

struct model	*model_new(void);
void		 model_free(struct model *);		/* says EV_REMOVED of each device */
struct device	*model_add(struct model *, const char *name);	/* of a new name */
void		 model_remove(struct device *);

/* A snapshot being filled in.  Nobody sees it before it is committed. */
struct update;
struct update	*update_begin(struct device *);		/* from nothing */
struct update	*update_continue(struct device *);	/* from the current snapshot and traits */
void		 update_put(struct update *, enum var, struct value);	/* copies the text; the last put wins */
void		 update_put_text(struct update *, enum var, const char *);	/* value_from_text */
void		 update_del(struct update *, enum var);
const struct value *update_get(const struct update *, enum var);	/* as it would be committed; NULL: absent */
void		 update_state(struct update *, enum device_state);
enum device_state update_get_state(const struct update *);
/* What the device can do: from nothing after update_begin and update_forget_traits. */
void		 update_forget_traits(struct update *);
void		 update_traits(struct update *, const struct traits *);	/* copies; replaces all */
void		 update_command(struct update *, enum var);
void		 update_no_command(struct update *, enum var);
void		 update_settable(struct update *, const struct settable *);	/* copies; replaces */
void		 update_not_settable(struct update *, enum var);
void		 update_commit(struct update *);	/* publish, tell once if anything differs; consumes it */
void		 update_drop(struct update *);		/* forget; consumes it */

/*
 * Who carries requests out: the engine's units, or the pipe to the engine.
 * The handler ends each with pending_done(), now or later, exactly once.
 */
typedef void ask_handler(struct device *, const struct ask *, struct pending *, void *arg);
void		 model_on_ask(struct model *, ask_handler *, void *arg);
/* Who makes readings of what publishers tell. */
typedef void tell_handler(struct device *, const char *remark, const char *text, void *arg);
void		 model_on_tell(struct model *, tell_handler *, void *arg);
void		 pending_done(struct pending *, enum result, const char *detail);

#endif
