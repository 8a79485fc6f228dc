#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "nutproto/users.h"
#include "test/nut_stand.h"
#include "test/unit/elapse.h"

/* -- a prover ----------------------------------------------------------------------- */

struct proof {
	struct timer	*timer;
	bool		 right;
	proof_fn	*fn;
	void		*arg;
};

static void
forget(struct proof *p)
{
	timer_free(p->timer);
	free(p);
}

static void
on_verdict(void *arg)
{
	struct proof	*p = arg;
	proof_fn	*fn = p->fn;
	void		*fn_arg = p->arg;
	bool		 right = p->right;

	forget(p);
	fn(right, fn_arg);
}

static struct proof *
begin(void *arg, const char *name, const char *password, const struct from *from, proof_fn *fn, void *fn_arg)
{
	struct stand			*s = arg;
	const struct user_settings	*user = users_find(s->settings, name);
	bool				 right = user != NULL && strcmp(user->password, password) == 0;
	struct proof			*p;

	s->proofs++;
	if (s->verdict_ms == 0) {
		fn(right, fn_arg);
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	*p = (struct proof){ timer_new(s->loop, on_verdict, p), right, fn, fn_arg };
	timer_set(p->timer, s->verdict_ms);
	return p;
}

/* -- an engine ------------------------------------------------------------------------- */

static void
put_remark(struct device *d, const char *remark, const char *text)
{
	struct update	*u = update_continue(d);

	if (*text == '\0')
		update_del(u, var_intern(remark));
	else
		update_put_text(u, var_intern(remark), text);
	update_commit(u);
}

static void
on_ask(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	struct stand	*s = arg;
	static unsigned	 times;
	char		 text[64];

	buf_printf(&s->asks, "%s %s %s %s <%s>\n", request_kind_word(ask->kind), device_name(d),
	    ask->kind <= REQUEST_SET ? var_name(ask->name) : "-", ask->value == NULL ? "-" : ask->value,
	    ask->origin);
	if (s->holds && s->held.n < nitems(s->held.at)) {
		s->held.at[s->held.n++] = pending;
		return;
	}
	if (ask->kind == REQUEST_FSD && s->result == R_DONE) {
		snprintf(text, sizeof(text), "%u somebody", ++times);
		put_remark(d, REMARK_FSD, text);
	}
	pending_done(pending, s->result, NULL);
}

static void
on_tell(struct device *d, const char *remark, const char *text, void *arg)
{
	struct stand	*s = arg;

	buf_printf(&s->tells, "%s %s\n", device_name(d), text);
	put_remark(d, remark, text);
}

void
stand_answer(struct stand *s, enum result result)
{
	struct pending	*p = s->held.at[0];

	memmove(s->held.at, s->held.at + 1, --s->held.n * sizeof(s->held.at[0]));
	pending_done(p, result, NULL);
}

/* -- life ---------------------------------------------------------------------------------- */

void
stand_users(struct stand *s, const char *users)
{
	struct conf_errors	 errors = { 0 };
	struct driver_facts	 none = { .name = NULL };
	struct settings		*before = s->settings;

	s->settings = settings_parse("users", users, strlen(users), &none, &errors);
	if (s->settings == NULL) {
		fprintf(stderr, "%s\n", errors.texts[0]);
		abort();
	}
	s->desk.settings = s->settings;
	s->desk.edition++;
	settings_free(before);
}

void
stand_init(struct stand *s, const char *users)
{
	*s = (struct stand){ .loop = loop_new_virtual(), .model = model_new() };
	s->desk = (struct desk){ .loop = s->loop, .upses = upses_new(s->model),
	    .trackings = trackings_new(s->loop), .refusals = refusals_new(s->loop),
	    .prover = { begin, forget, s } };
	s->desk.logins = logins_new(s->loop, s->desk.upses);
	stand_users(s, users);
	model_on_ask(s->model, on_ask, s);
	model_on_tell(s->model, on_tell, s);
}

void
stand_free(struct stand *s)
{
	model_on_tell(s->model, NULL, NULL);
	while (s->held.n > 0)
		stand_answer(s, R_GONE);
	logins_free(s->desk.logins);
	trackings_free(s->desk.trackings);
	refusals_free(s->desk.refusals);
	upses_free(s->desk.upses);
	model_free(s->model);
	settings_free(s->settings);
	loop_free(s->loop);
	buf_free(&s->asks);
	buf_free(&s->tells);
}

void
stand_wait(struct stand *s, int64_t ms)
{
	elapse(s->loop, ms);
}
