#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "nutproto/report.h"

struct report {
	struct timer	*timer;
	report_fn	*fn;
	void		*arg;
	void		(*tell)(void *, const char *);
	void		*tell_arg;
	struct buf	 told, now;
};

static void
on_timer(void *arg)
{
	struct report	*r = arg;
	struct buf	 before = r->told;
	bool		 again;

	buf_clear(&r->now);
	again = r->fn(&r->now, r->arg);
	r->told = r->now;
	r->now = before;
	if (strcmp(buf_text(&r->told), buf_text(&r->now)) != 0)
		r->tell(r->tell_arg, buf_text(&r->told));
	if (again)
		timer_set(r->timer, REPORT_MS);
}

struct report *
report_new(const struct publish *p, report_fn *fn, void *arg)
{
	struct report	*r = xcalloc(1, sizeof(*r));

	*r = (struct report){ .fn = fn, .arg = arg, .tell = p->report, .tell_arg = p->report_arg };
	r->timer = timer_new(p->loop, on_timer, r);
	if (r->tell != NULL)
		timer_set(r->timer, 0);
	return r;
}

void
report_free(struct report *r)
{
	timer_free(r->timer);
	buf_free(&r->told);
	buf_free(&r->now);
	free(r);
}

void
report_soon(struct report *r)
{
	if (r->tell != NULL && !timer_running(r->timer))
		timer_set(r->timer, REPORT_MS);
}
