/* The sending end of a mirror. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/mirror.h"
#include "core/remarks.h"

#define ASKS_AT_ONCE	1000		/* that one reader may have open */

/* What the reader has of one device. */
struct fed {
	TAILQ_ENTRY(fed)	 entry;		/* in the list of those to be sent */
	struct fed		*next;		/* in the list of all */
	struct device		*device;	/* NULL: removed */
	char			*name;
	bool			 queued, known;
	enum device_state	 state;
	const struct snapshot	*now;
	const struct traits	*traits;
};

struct asked {
	TAILQ_ENTRY(asked)	 entry;
	struct feed		*feed;
	uint64_t		 id;
	struct pending		*pending;	/* NULL: still inside device_ask() */
};

struct feed {
	struct model		*model;
	struct channel		*channel;
	struct watch		*watch;
	struct fed		*all;
	TAILQ_HEAD(, fed)	 queue;
	TAILQ_HEAD(, asked)	 asked;
	size_t			 nasked;
	bool			 dumped;	/* DUMPDONE was said */
	struct buf		 answers;	/* behind the states that they brought about */
	struct event_log	*events;
	uint64_t		 event_sent;
	void			(*acked)(void *, uint64_t);	/* NULL: nobody wants to know */
	void			*acked_arg;
	void			(*broken)(void *);
	void			*arg;
	void			(*line)(void *, const char *, const char *);
	void			*line_arg;
};

/* -- the difference between two states of a device ------------------------------------ */

static void
say(struct buf *out, const char *word, const char *name)
{
	buf_puts(out, word);
	channel_put_word(out, name);
}

static void
say_reading(struct buf *out, const struct reading *r)
{
	char	 room[VALUE_TEXT_MAX];

	say(out, "SETINFO", var_name(r->var));
	channel_put_text(out, value_text(&r->value, room));
	buf_putc(out, '\n');
}

static void
say_gone(struct buf *out, const char *word, enum var var)
{
	say(out, word, var_name(var));
	buf_putc(out, '\n');
}

/* Both are sorted by name: one pass tells what came, changed and went. */
static void
say_readings(struct buf *out, const struct snapshot *before, const struct snapshot *now)
{
	size_t	 i = 0, j = 0, n = snapshot_size(before), m = snapshot_size(now);
	int	 order;

	while (i < n || j < m) {
		order = i == n ? 1 : j == m ? -1 :
		    var_compare(snapshot_at(before, i)->var, snapshot_at(now, j)->var);
		if (order < 0) {
			say_gone(out, "DELINFO", snapshot_at(before, i++)->var);
			continue;
		}
		if (order > 0 || !value_equal(&snapshot_at(before, i)->value, &snapshot_at(now, j)->value))
			say_reading(out, snapshot_at(now, j));
		i += order == 0;
		j++;
	}
}

static void
say_settable(struct buf *out, const struct settable *s)
{
	char	 min[VALUE_TEXT_MAX], max[VALUE_TEXT_MAX];
	size_t	 i;

	say(out, "SETTABLE", var_name(s->var));
	buf_printf(out, " %u\n", s->maxlen);
	for (i = 0; i < s->nenums; i++) {
		buf_puts(out, "ADDENUM");
		channel_put_text(out, s->enums[i]);
		buf_putc(out, '\n');
	}
	for (i = 0; i < s->nranges; i++) {
		say(out, "ADDRANGE", value_text(&s->ranges[i].min, min));
		channel_put_word(out, value_text(&s->ranges[i].max, max));
		buf_putc(out, '\n');
	}
}

/* They change so rarely that all are said again. */
static void
say_traits(struct buf *out, const struct traits *t)
{
	size_t	 i;

	buf_puts(out, "NOTRAITS\n");
	for (i = 0; i < traits_commands(t); i++)
		say_gone(out, "ADDCMD", traits_command(t, i));
	for (i = 0; i < traits_settables(t); i++)
		say_settable(out, traits_settable_at(t, i));
}

static const char *const state_words[] = {
	[DEVICE_WAITING] = "DATAWAIT", [DEVICE_FRESH] = "DATAOK", [DEVICE_STALE] = "DATASTALE",
};

static void
say_device(struct buf *out, struct fed *f)
{
	const struct snapshot	*now = device_now(f->device);
	const struct traits	*traits = device_traits(f->device);

	if (f->known && f->now == now && f->traits == traits && f->state == device_state(f->device))
		return;
	say(out, "DEVICE", f->name);
	buf_putc(out, '\n');
	say_readings(out, f->now, now);
	if (f->traits != traits)
		say_traits(out, traits);
	f->state = device_state(f->device);
	buf_printf(out, "%s\n", state_words[f->state]);
	snapshot_release(f->now);
	traits_release(f->traits);
	f->now = snapshot_hold(now);
	f->traits = traits_hold(traits);
	f->known = true;
}

/* -- the queue ---------------------------------------------------------------------------- */

static void
enqueue(struct feed *feed, struct fed *f)
{
	if (!f->queued)
		TAILQ_INSERT_TAIL(&feed->queue, f, entry);
	f->queued = true;
	channel_send(feed->channel);
}

static void
fed_free(struct feed *feed, struct fed *f)
{
	struct fed	**at = &feed->all;

	while (*at != f)
		at = &(*at)->next;
	*at = f->next;
	if (f->queued)
		TAILQ_REMOVE(&feed->queue, f, entry);
	snapshot_release(f->now);
	traits_release(f->traits);
	free(f->name);
	free(f);
}

static void
fed_add(struct feed *feed, struct device *d)
{
	struct fed	*f = xcalloc(1, sizeof(*f));

	f->device = d;
	f->name = xstrdup(device_name(d));
	f->next = feed->all;
	feed->all = f;
	enqueue(feed, f);
}

static struct fed *
fed_find(struct feed *feed, const struct device *d)
{
	struct fed	*f;

	for (f = feed->all; f != NULL; f = f->next)
		if (f->device == d)
			return f;
	return NULL;
}

static void
on_change(const struct change *c, void *arg)
{
	struct feed	*feed = arg;
	struct fed	*f;

	if (c->events & EV_ADDED) {
		fed_add(feed, c->device);
		return;
	}
	if ((f = fed_find(feed, c->device)) == NULL)
		return;
	if (c->events & EV_REMOVED)
		f->device = NULL;
	enqueue(feed, f);
}

static void
send_events(struct feed *feed, struct buf *out)
{
	const char	*text;

	while (feed->events != NULL && channel_has_room(feed->channel) &&
	    (text = event_log_after(feed->events, feed->event_sent, &feed->event_sent)) != NULL) {
		buf_printf(out, "EVENT %" PRIu64, feed->event_sent);
		channel_put_text(out, text);
		buf_putc(out, '\n');
	}
}

static void
on_room(void *arg)
{
	struct feed	*feed = arg;
	struct buf	*out = channel_out(feed->channel);
	struct fed	*f;

	if (feed->dumped)
		send_events(feed, out);
	while (channel_has_room(feed->channel) && (f = TAILQ_FIRST(&feed->queue)) != NULL) {
		TAILQ_REMOVE(&feed->queue, f, entry);
		f->queued = false;
		if (f->device != NULL) {
			say_device(out, f);
			continue;
		}
		say(out, "GONE", f->name);
		buf_putc(out, '\n');
		fed_free(feed, f);
	}
	if (!TAILQ_EMPTY(&feed->queue))
		return;
	if (!feed->dumped) {
		feed->dumped = true;
		buf_puts(out, "DUMPDONE\n");
		send_events(feed, out);
	}
	buf_put(out, buf_bytes(&feed->answers), feed->answers.len);
	buf_clear(&feed->answers);
}

/* -- requests -------------------------------------------------------------------------------- */

static void
on_result(enum result result, const char *detail, void *arg)
{
	struct asked	*a = arg;
	struct feed	*feed = a->feed;
	struct buf	*out = &feed->answers;

	buf_printf(out, "ANSWER %" PRIu64 " %d", a->id, (int)result);
	if (detail != NULL)
		channel_put_text(out, detail);
	buf_putc(out, '\n');
	channel_send(feed->channel);
	TAILQ_REMOVE(&feed->asked, a, entry);
	feed->nasked--;
	free(a);
}

static bool
take_kind(const char *word, enum request_kind *kind)
{
	size_t	 i;

	for (i = REQUEST_COMMAND; i < REQUEST_KINDS; i++)
		if (strcmp(word, request_kind_word((enum request_kind)i)) == 0) {
			*kind = (enum request_kind)i;
			return true;
		}
	return false;
}

/* A remark that is kept the first time has a name that nobody has used yet. */
static enum var
take_name(enum request_kind kind, const char *name)
{
	if (kind == REQUEST_KEEP)
		return remark_kept_max(name) > 0 ? var_intern(name) : VAR_NONE;
	return var_find(name, strlen(name));
}

/* ASK id expires flags kind device name origin [value] */
static void
take_ask(struct feed *feed, char *rest)
{
	char		*words[7], *value;
	struct ask	 ask;
	struct asked	*a;
	struct device	*d;
	struct pending	*pending;
	unsigned long	 flags;
	size_t		 i;

	for (i = 0; i < nitems(words); i++)
		if ((words[i] = channel_word(&rest)) == NULL)
			return;
	value = channel_text(&rest);
	flags = strtoul(words[2], NULL, 10);
	a = xcalloc(1, sizeof(*a));
	a->feed = feed;
	a->id = strtoull(words[0], NULL, 10);
	TAILQ_INSERT_TAIL(&feed->asked, a, entry);
	feed->nasked++;
	ask = (struct ask){ .expires_ms = (unsigned)strtoul(words[1], NULL, 10),
	    .confirm = (flags & ASK_CONFIRM) != 0, .test = (flags & ASK_TEST) != 0,
	    .origin = words[6], .value = value };
	d = model_find(feed->model, words[4], strlen(words[4]));
	if (d == NULL || !take_kind(words[3], &ask.kind) ||
	    ((ask.name = take_name(ask.kind, words[5])) == VAR_NONE && !request_is_fsd(ask.kind))) {
		on_result(R_UNKNOWN, NULL, a);
		return;
	}
	if (feed->nasked > ASKS_AT_ONCE) {
		on_result(R_BUSY, "too many requests at once", a);
		return;
	}
	if ((pending = device_ask(d, &ask, on_result, a)) != NULL)
		a->pending = pending;
}

/* TELL device remark text */
static void
take_tell(struct feed *feed, char *rest)
{
	const char	*device = channel_word(&rest), *name = channel_word(&rest), *text = channel_text(&rest);
	struct device	*d;

	if (text != NULL && (d = model_find(feed->model, device, strlen(device))) != NULL)
		device_tell(d, name, text);
}

static void
feed_acked(struct feed *feed, uint64_t serial)
{
	if (feed->acked != NULL)
		feed->acked(feed->acked_arg, serial);
	else
		event_log_ack(feed->events, serial);
}

static void
on_line(void *arg, char *line, int fd)
{
	struct feed	*feed = arg;
	char		*rest = line, *word = channel_word(&rest);

	if (fd != -1)		/* nothing that a reader could lend us */
		close(fd);
	if (word == NULL)
		return;
	if (strcmp(word, "ASK") == 0 && feed->model != NULL)
		take_ask(feed, rest);
	else if (strcmp(word, "TELL") == 0 && feed->model != NULL)
		take_tell(feed, rest);
	else if (strcmp(word, "EVENTACK") == 0 && feed->events != NULL && rest != NULL)
		feed_acked(feed, strtoull(rest, NULL, 10));
	else if (feed->line != NULL)
		feed->line(feed->line_arg, word, channel_text(&rest));
}

/* -- life --------------------------------------------------------------------------------------- */

static void
on_broken(void *arg)
{
	struct feed	*feed = arg;

	watch_cancel(feed->watch);
	feed->watch = NULL;
	if (feed->events != NULL)
		event_log_on_add(feed->events, NULL, NULL);
	feed->broken(feed->arg);
}

struct feed *
feed_new(struct loop *loop, struct model *model, int fd, void (*broken)(void *), void *arg)
{
	static const struct channel_calls calls = { .line = on_line, .room = on_room, .broken = on_broken };
	struct feed	*feed = xcalloc(1, sizeof(*feed));
	struct device	*d = NULL;

	feed->model = model;
	feed->broken = broken;
	feed->arg = arg;
	TAILQ_INIT(&feed->queue);
	TAILQ_INIT(&feed->asked);
	feed->channel = channel_new(loop, fd, &calls, feed);
	channel_send(feed->channel);
	if (model == NULL) {
		/* At once: a reader that is not complete drops lines, and the first may come before there is room. */
		buf_puts(channel_out(feed->channel), "DUMPDONE\n");
		feed->dumped = true;
		return feed;
	}
	feed->watch = model_watch(model, EV_ADDED | EV_CHANGED | EV_STATE | EV_TRAITS | EV_REMOVED,
	    on_change, feed);
	while ((d = model_next(model, d)) != NULL)
		fed_add(feed, d);
	return feed;
}

void
feed_free(struct feed *feed)
{
	struct asked	*a;

	if (feed == NULL)
		return;
	watch_cancel(feed->watch);
	if (feed->events != NULL)
		event_log_on_add(feed->events, NULL, NULL);
	while ((a = TAILQ_FIRST(&feed->asked)) != NULL) {
		pending_forget(a->pending);
		TAILQ_REMOVE(&feed->asked, a, entry);
		free(a);
	}
	while (feed->all != NULL)
		fed_free(feed, feed->all);
	channel_free(feed->channel);
	buf_free(&feed->answers);
	free(feed);
}

void
feed_send(struct feed *feed, const char *word, const char *text, int pass_fd)
{
	struct buf	*out = channel_out(feed->channel);
	struct buf	 line = { 0 };

	if (pass_fd != -1) {
		buf_puts(&line, word);
		channel_put_text(&line, text);
		channel_pass(feed->channel, buf_text(&line), pass_fd);
		buf_free(&line);
		return;
	}
	buf_puts(out, word);
	channel_put_text(out, text);
	buf_putc(out, '\n');
	channel_send(feed->channel);
}

void
feed_on_line(struct feed *feed, void (*line)(void *, const char *, const char *), void *arg)
{
	feed->line = line;
	feed->line_arg = arg;
}

bool
feed_idle(const struct feed *feed)
{
	return TAILQ_EMPTY(&feed->queue) && feed->dumped && feed->answers.len == 0 && channel_idle(feed->channel);
}

static void
on_event(void *arg)
{
	struct feed	*feed = arg;

	channel_send(feed->channel);
	if (!feed->dumped)
		return;
	send_events(feed, channel_out(feed->channel));
	channel_push(feed->channel);
}

void
feed_events(struct feed *feed, struct event_log *events)
{
	feed->events = events;
	event_log_on_add(events, on_event, feed);
	channel_send(feed->channel);
}

void
feed_on_ack(struct feed *feed, void (*acked)(void *, uint64_t), void *arg)
{
	feed->acked = acked;
	feed->acked_arg = arg;
}
