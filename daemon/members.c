#include <stdlib.h>
#include <string.h>

#include "bus/resolve.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/mem.h"
#include "daemon/members.h"

struct member {
	struct members	*members;
	char		*name;
	bool		 group, known, asking;
	id_t		 id;
	char		*trouble;	/* why it could not be looked up; NULL: it was */
};

struct members {
	struct loop	*loop;
	int		(*start)(void *);
	void		*start_arg;
	struct resolver	*resolver;	/* NULL: nothing is looked up */
	struct timer	*end, *retry;
	struct member	*list;
	size_t		 n;
	char		*missing;	/* as told last */
};

/* -- looking up ------------------------------------------------------------------- */

bool
members_asking(const struct members *m)
{
	size_t	 i;

	for (i = 0; i < m->n; i++)
		if (m->list[i].asking)
			return true;
	return false;
}

static void
on_answer(void *arg, const char *number, const char *why)
{
	struct member	*member = arg;

	member->asking = false;
	free(member->trouble);
	member->trouble = NULL;
	if (number != NULL) {
		member->known = true;
		member->id = (id_t)strtoul(number, NULL, 10);
	} else if (strcmp(why, RESOLVE_NONE) == 0) {
		member->known = false;
	} else {
		member->trouble = xstrdup(why);
	}
	if (!members_asking(member->members))
		timer_set(member->members->end, 0);
}

static void
look_up(struct members *m)
{
	size_t	 i;

	resolver_free(m->resolver);
	m->resolver = m->n == 0 ? NULL : resolver_new(m->loop, m->start, m->start_arg);
	timer_stop(m->end);
	timer_stop(m->retry);
	for (i = 0; i < m->n; i++) {
		m->list[i].asking = true;
		resolver_ask_id(m->resolver, m->list[i].name, m->list[i].group, on_answer, &m->list[i]);
	}
}

/* Each set of names that this host does not have is told once, and not again by every reload. */
static void
tell_missing(struct members *m)
{
	const struct member	*member;
	struct buf		 text = { 0 };

	for (member = m->list; member < m->list + m->n; member++)
		if (member->trouble != NULL)
			buf_printf(&text, " %s %s (%s)", member->group ? "group" : "user", member->name, member->trouble);
		else if (!member->known)
			buf_printf(&text, " %s %s", member->group ? "group" : "user", member->name);
	if (text.len > 0 && (m->missing == NULL || strcmp(m->missing, buf_text(&text)) != 0))
		log_info("control", "not on this host:%s", buf_text(&text));
	free(m->missing);
	m->missing = xstrdup(buf_text(&text));
	buf_free(&text);
}

/* All have been answered: the process is not needed any more. */
static void
on_end(void *arg)
{
	struct members	*m = arg;
	size_t		 i;

	resolver_free(m->resolver);
	m->resolver = NULL;
	tell_missing(m);
	for (i = 0; i < m->n; i++)
		if (m->list[i].trouble != NULL)
			timer_set(m->retry, MEMBERS_RETRY_MS);
}

static void
on_retry(void *arg)
{
	look_up(arg);
}

/* -- the list ------------------------------------------------------------------------ */

static void
free_list(struct member *list, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++) {
		free(list[i].name);
		free(list[i].trouble);
	}
	free(list);
}

static void
take_known(struct member *member, const struct member *before, size_t n)
{
	const struct member	*same;

	for (same = before; same < before + n; same++)
		if (same->known && same->group == member->group && strcmp(same->name, member->name) == 0) {
			member->known = true;
			member->id = same->id;
		}
}

void
members_apply(struct members *m, const struct strings *users, const struct strings *groups)
{
	struct member	*before = m->list;
	size_t		 nbefore = m->n, i;

	m->n = users->n + groups->n;
	m->list = xcalloc(m->n + 1, sizeof(*m->list));
	for (i = 0; i < m->n; i++) {
		m->list[i] = (struct member){ .members = m, .group = i >= users->n,
		    .name = xstrdup(i < users->n ? users->at[i] : groups->at[i - users->n]) };
		take_known(&m->list[i], before, nbefore);
	}
	look_up(m);
	free_list(before, nbefore);
}

static bool
have(const struct members *m, bool group, id_t id)
{
	size_t	 i;

	for (i = 0; i < m->n; i++)
		if (m->list[i].known && m->list[i].group == group && m->list[i].id == id)
			return true;
	return false;
}

bool
members_user(const struct members *m, uid_t uid)
{
	return have(m, false, uid);
}

bool
members_group(const struct members *m, gid_t gid)
{
	return have(m, true, gid);
}

/* -- life ------------------------------------------------------------------------------- */

struct members *
members_new(struct loop *loop, int (*start)(void *), void *arg)
{
	struct members	*m = xcalloc(1, sizeof(*m));

	*m = (struct members){ .loop = loop, .start = start, .start_arg = arg };
	m->end = timer_new(loop, on_end, m);
	m->retry = timer_new(loop, on_retry, m);
	return m;
}

void
members_free(struct members *m)
{
	if (m == NULL)
		return;
	resolver_free(m->resolver);
	timer_free(m->end);
	timer_free(m->retry);
	free_list(m->list, m->n);
	free(m->missing);
	free(m);
}
