/* The receiving end of a mirror. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/mirror.h"

#define ENUMS_MAX	1024		/* of one variable; more are left out */

struct waiting {
	TAILQ_ENTRY(waiting)	 entry;
	uint64_t		 id;
	struct pending		*pending;
};

struct mirror {
	struct model		*model;
	struct channel		*channel;
	struct device		*device;	/* whose lines come now */
	struct update		*update;	/* NULL: none since the last commit */
	struct settable		 settable;	/* in the making; its var is VAR_NONE: none */
	const char		**enums;
	struct range		*ranges;
	size_t			 enums_room, ranges_room;
	bool			 complete;
	enum result		 loss;		/* how requests end that get no answer */
	const char		*loss_detail;
	uint64_t		 ids;
	TAILQ_HEAD(, waiting)	 waiting;
	void			(*broken)(void *);
	void			*arg;
	void			(*line)(void *, const char *, const char *, int);
	void			*line_arg;
	void			(*event)(void *, uint64_t, const char *);
	void			*event_arg;
};

/* -- states ---------------------------------------------------------------------- */

static void
clear_settable(struct mirror *m)
{
	size_t	 i;

	for (i = 0; i < m->settable.nenums; i++)
		free((char *)(uintptr_t)m->enums[i]);
	for (i = 0; i < m->settable.nranges; i++) {
		free((char *)(uintptr_t)m->ranges[i].min.text);
		free((char *)(uintptr_t)m->ranges[i].max.text);
	}
	m->settable = (struct settable){ .var = VAR_NONE };
}

static void
finish_settable(struct mirror *m)
{
	if (m->settable.var != VAR_NONE) {
		m->settable.enums = m->enums;
		m->settable.ranges = m->ranges;
		update_settable(m->update, &m->settable);
	}
	clear_settable(m);
}

static bool
updating(struct mirror *m)
{
	if (m->device == NULL)
		return false;
	if (m->update == NULL)
		m->update = update_continue(m->device);
	return true;
}

static void
drop_update(struct mirror *m)
{
	clear_settable(m);
	if (m->update != NULL)
		update_drop(m->update);
	m->update = NULL;
	m->device = NULL;
}

static void
take_device(struct mirror *m, char *rest)
{
	const char	*name = channel_word(&rest);

	drop_update(m);
	if (name == NULL || *name == '\0')
		return;
	if ((m->device = model_find(m->model, name, strlen(name))) == NULL)
		m->device = model_add(m->model, name);
}

static void
take_gone(struct mirror *m, char *rest)
{
	const char	*name = channel_word(&rest);
	struct device	*d;

	drop_update(m);
	if (name != NULL && (d = model_find(m->model, name, strlen(name))) != NULL)
		model_remove(d);
}

static void
take_setinfo(struct mirror *m, char *rest)
{
	const char	*name = channel_word(&rest), *text = channel_text(&rest);

	if (name != NULL && *name != '\0' && text != NULL && updating(m))
		update_put_text(m->update, var_intern(name), text);
}

static void
take_delinfo(struct mirror *m, char *rest)
{
	const char	*name = channel_word(&rest);

	if (name != NULL && updating(m))
		update_del(m->update, var_intern(name));
}

static void
take_notraits(struct mirror *m, char *rest)
{
	if (updating(m))
		update_forget_traits(m->update);
}

static void
take_addcmd(struct mirror *m, char *rest)
{
	const char	*name = channel_word(&rest);

	if (name != NULL && *name != '\0' && updating(m))
		update_command(m->update, var_intern(name));
}

static void
take_settable(struct mirror *m, char *rest)
{
	const char	*name = channel_word(&rest), *maxlen = channel_word(&rest);

	if (name == NULL || *name == '\0' || maxlen == NULL || !updating(m))
		return;
	finish_settable(m);
	m->settable.var = var_intern(name);
	m->settable.maxlen = (unsigned)strtoul(maxlen, NULL, 10);
}

static void
take_addenum(struct mirror *m, char *rest)
{
	const char	*text = channel_text(&rest);
	struct settable	*s = &m->settable;

	if (text == NULL || s->var == VAR_NONE || s->nenums == ENUMS_MAX)
		return;
	m->enums = array_room(m->enums, s->nenums, &m->enums_room, sizeof(*m->enums));
	m->enums[s->nenums++] = xstrdup(text);
}

static struct value
own(struct value v)
{
	if (v.text != NULL)
		v.text = xstrdup(v.text);
	return v;
}

static void
take_addrange(struct mirror *m, char *rest)
{
	const char	*min = channel_word(&rest), *max = channel_word(&rest);
	struct settable	*s = &m->settable;

	if (max == NULL || s->var == VAR_NONE || s->nranges == ENUMS_MAX)
		return;
	m->ranges = array_room(m->ranges, s->nranges, &m->ranges_room, sizeof(*m->ranges));
	m->ranges[s->nranges++] = (struct range){ own(value_from_text(min)), own(value_from_text(max)) };
}

static void
commit(struct mirror *m, enum device_state state)
{
	struct update	*u;

	if (!updating(m))
		return;
	finish_settable(m);
	u = m->update;
	m->update = NULL;
	update_state(u, state);
	update_commit(u);
}

static void
take_dataok(struct mirror *m, char *rest)
{
	commit(m, DEVICE_FRESH);
}

static void
take_datastale(struct mirror *m, char *rest)
{
	commit(m, DEVICE_STALE);
}

static void
take_datawait(struct mirror *m, char *rest)
{
	commit(m, DEVICE_WAITING);
}

static void
take_dumpdone(struct mirror *m, char *rest)
{
	m->complete = true;
}

/* -- events and answers ------------------------------------------------------------------ */

static void
take_event(struct mirror *m, char *rest)
{
	const char	*serial = channel_word(&rest), *text = channel_text(&rest);

	if (text != NULL && m->event != NULL)
		m->event(m->event_arg, strtoull(serial, NULL, 10), text);
}

static void
take_answer(struct mirror *m, char *rest)
{
	const char	*id = channel_word(&rest), *result = channel_word(&rest);
	uint64_t	 number = id == NULL ? 0 : strtoull(id, NULL, 10);
	struct waiting	*w;
	struct pending	*pending;

	TAILQ_FOREACH(w, &m->waiting, entry)
		if (w->id == number)
			break;
	if (w == NULL || result == NULL)
		return;
	TAILQ_REMOVE(&m->waiting, w, entry);
	pending = w->pending;
	free(w);
	pending_done(pending, (enum result)strtoul(result, NULL, 10), channel_text(&rest));
}

static void
on_ask(struct device *d, const struct ask *ask, struct pending *pending, void *arg)
{
	struct mirror	*m = arg;
	struct buf	*out = channel_out(m->channel);
	struct waiting	*w = xcalloc(1, sizeof(*w));

	*w = (struct waiting){ .id = ++m->ids, .pending = pending };
	TAILQ_INSERT_TAIL(&m->waiting, w, entry);
	buf_printf(out, "ASK %" PRIu64 " %u %d %s", w->id, ask->expires_ms,
	    (ask->confirm ? ASK_CONFIRM : 0) | (ask->test ? ASK_TEST : 0), request_kind_word(ask->kind));
	channel_put_word(out, device_name(d));
	channel_put_word(out, var_name(ask->name));
	channel_put_word(out, ask->origin);
	if (ask->value != NULL)
		channel_put_text(out, ask->value);
	buf_putc(out, '\n');
	channel_send(m->channel);
}

static void
on_tell(struct device *d, const char *remark, const char *text, void *arg)
{
	struct mirror	*m = arg;
	struct buf	*out = channel_out(m->channel);

	buf_puts(out, "TELL");
	channel_put_word(out, device_name(d));
	channel_put_word(out, remark);
	channel_put_text(out, text);
	buf_putc(out, '\n');
	channel_send(m->channel);
}

static void
end_waiting(struct mirror *m)
{
	struct waiting	*w;
	struct pending	*pending;

	while ((w = TAILQ_FIRST(&m->waiting)) != NULL) {
		TAILQ_REMOVE(&m->waiting, w, entry);
		pending = w->pending;
		free(w);
		pending_done(pending, m->loss, m->loss_detail);
	}
}

/* -- lines ----------------------------------------------------------------------------------- */

static const struct verb {
	const char	*word;
	void		(*take)(struct mirror *, char *rest);
} verbs[] = {
	{ "SETINFO", take_setinfo },	/* the most frequent first */
	{ "DEVICE", take_device },
	{ "DATAOK", take_dataok },
	{ "DELINFO", take_delinfo },
	{ "DATASTALE", take_datastale },
	{ "DATAWAIT", take_datawait },
	{ "ANSWER", take_answer },
	{ "EVENT", take_event },
	{ "GONE", take_gone },
	{ "NOTRAITS", take_notraits },
	{ "ADDCMD", take_addcmd },
	{ "SETTABLE", take_settable },
	{ "ADDENUM", take_addenum },
	{ "ADDRANGE", take_addrange },
	{ "DUMPDONE", take_dumpdone },
};

static void
on_line(void *arg, char *line, int fd)
{
	struct mirror	*m = arg;
	char		*rest = line, *word = channel_word(&rest);
	size_t		 i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(word, verbs[i].word) == 0) {
			verbs[i].take(m, rest);
			return;
		}
	if (m->line != NULL)
		m->line(m->line_arg, word, channel_text(&rest), fd);
	else if (fd != -1)
		close(fd);
}

void
mirror_take(struct mirror *m, char *line)
{
	on_line(m, line, -1);
}

/* -- life --------------------------------------------------------------------------------------- */

static void
on_broken(void *arg)
{
	struct mirror	*m = arg;

	/* What is asked by those that are told now went nowhere. */
	model_on_ask(m->model, NULL, NULL);
	model_on_tell(m->model, NULL, NULL);
	end_waiting(m);
	m->broken(m->arg);
}

struct mirror *
mirror_new(struct loop *loop, struct model *model, int fd, void (*broken)(void *), void *arg)
{
	static const struct channel_calls calls = { .line = on_line, .broken = on_broken };
	struct mirror	*m = xcalloc(1, sizeof(*m));

	m->model = model;
	m->loss = R_GONE;
	m->loss_detail = "the engine is gone";
	m->broken = broken;
	m->arg = arg;
	TAILQ_INIT(&m->waiting);
	m->channel = channel_new(loop, fd, &calls, m);
	model_on_ask(model, on_ask, m);
	model_on_tell(model, on_tell, m);
	return m;
}

void
mirror_free(struct mirror *m)
{
	if (m == NULL)
		return;
	model_on_ask(m->model, NULL, NULL);
	model_on_tell(m->model, NULL, NULL);
	end_waiting(m);
	drop_update(m);
	free(m->enums);
	free(m->ranges);
	channel_free(m->channel);
	free(m);
}

void
mirror_send(struct mirror *m, const char *word, const char *text)
{
	struct buf	*out = channel_out(m->channel);

	buf_puts(out, word);
	channel_put_text(out, text);
	buf_putc(out, '\n');
	channel_send(m->channel);
}

void
mirror_on_line(struct mirror *m, void (*line)(void *, const char *, const char *, int), void *arg)
{
	m->line = line;
	m->line_arg = arg;
}

void
mirror_on_event(struct mirror *m, void (*event)(void *, uint64_t, const char *), void *arg)
{
	m->event = event;
	m->event_arg = arg;
}

void
mirror_ack(struct mirror *m, uint64_t serial)
{
	struct buf	*out = channel_out(m->channel);

	buf_printf(out, "EVENTACK %" PRIu64 "\n", serial);
	channel_send(m->channel);
}

void
mirror_on_loss(struct mirror *m, enum result result, const char *detail)
{
	m->loss = result;
	m->loss_detail = detail;
}

bool
mirror_complete(const struct mirror *m)
{
	return m->complete;
}
