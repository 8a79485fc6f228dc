/* The store role, seen from the engine: what is said to it and what it says. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "daemon/keeper.h"
#include "daemon/role.h"

#define AWAIT_MS	2000
#define DRAIN_MS	500

#define PATIENCE_MS	5000

#define GIVEN_UP_QUIET_MS	600000

/* A question about the journal that has no answer yet. */
struct asking {
	TAILQ_ENTRY(asking) entry;
	uint64_t	 number;
	char		*device;	/* the ask's, as long as it has not been sent; NULL: it has */
	struct journal_ask ask;
};

struct keeper {
	struct loop	*loop;
	struct role	*role, *notifier;	/* notifier NULL: nobody sends notifications */
	struct kept	*kept;
	struct events	*events;
	bool		 begun;		/* events have their numbers */
	TAILQ_HEAD(, asking) askings;
	uint64_t	 numbers;
	struct timer	*patience;	/* with questions that wait for the store to come back */
	int64_t		 given_up_at;	/* told of notifications that were given up; 0: never */
	struct timer	*await;
	char		*text;		/* of its settings */
};

/* -- to the store ----------------------------------------------------------------- */

static void
write_value(void *arg, uint64_t id, const char *key, const char *text)
{
	struct keeper	*k = arg;
	struct buf	 line = { 0 };

	buf_printf(&line, "%" PRIu64, id);
	channel_put_word(&line, key);
	if (text != NULL)
		channel_put_text(&line, text);
	role_send(k->role, text != NULL ? "keep" : "forget", buf_text(&line));
	buf_free(&line);
}

static void
send_number(struct role *role, const char *word, uint64_t number)
{
	char	*text = xasprintf("%" PRIu64, number);

	role_send(role, word, text);
	free(text);
}

/* -- notifications --------------------------------------------------------------- */

static void
hand(void *arg, uint64_t serial, const char *text)
{
	struct keeper	*k = arg;
	char		*line = xasprintf("%" PRIu64 " %s", serial, text);

	role_send(k->notifier, "notify", line);
	free(line);
}

static void
end(void *arg, uint64_t serial)
{
	struct keeper	*k = arg;

	send_number(k->role, "sent", serial);
}

static void
given_up(void *arg, uint64_t total)
{
	struct keeper	*k = arg;
	int64_t		 now = loop_now(k->loop);
	char		*text;

	/* Before the store has said where its numbers end, no event has one. */
	if (!k->begun || (k->given_up_at != 0 && now - k->given_up_at < GIVEN_UP_QUIET_MS))
		return;
	k->given_up_at = now;
	text = xasprintf("%" PRIu64 " notifications were given up, since nobody took them in time", total);
	log_error("agentx", "%s", text);
	events_tell(k->events, EVENT_DROPPED, "", "text", text, NULL);
	free(text);
}

static const struct outbox_calls outbox_calls = { .hand = hand, .end = end, .given_up = given_up };

void
keeper_hear(struct keeper *k, const char *word, const char *text)
{
	if (strcmp(word, "ready") == 0)
		outbox_taker(events_outbox(k->events), true);
	else if (strcmp(word, "notified") == 0 && text != NULL)
		outbox_sent(events_outbox(k->events), strtoull(text, NULL, 10));
}

static void
on_notifier_loss(void *arg)
{
	struct keeper	*k = arg;

	outbox_taker(events_outbox(k->events), false);
}

void
keeper_notify_by(struct keeper *k, struct role *notifier)
{
	if (k->notifier == notifier)
		return;
	k->notifier = notifier;
	outbox_taker(events_outbox(k->events), false);	/* until it says that it is ready */
	if (notifier == NULL)
		return;
	role_on_loss(notifier, on_notifier_loss, k);
}

static void	send_askings(struct keeper *);

/* -- from the store ---------------------------------------------------------------- */

static void
take_kept(struct keeper *k, char *rest)
{
	const char	*key = channel_word(&rest), *text = channel_text(&rest);

	if (key != NULL && text != NULL)
		kept_load(k->kept, key, text);
}

/* One that we know to be sent, or cancelled, the store has not heard of: it died before. */
static void
take_unsent(struct keeper *k, char *rest)
{
	const char	*serial = channel_word(&rest);
	uint64_t	 number = serial == NULL ? 0 : strtoull(serial, NULL, 10);
	char		*copy;
	struct event	 e;

	if (rest == NULL || outbox_has(events_outbox(k->events), number))
		return;
	copy = xstrdup(rest);
	if (kept_complete(k->kept) || !event_read(copy, &e))
		send_number(k->role, "sent", number);
	else
		outbox_add(events_outbox(k->events), number, &e, rest, true);
	free(copy);
}

static void
take_loaded(struct keeper *k, char *rest)
{
	events_begin(k->events, strtoull(rest, NULL, 10));
	k->begun = true;
	kept_loaded(k->kept, write_value, k);
	send_askings(k);
}

static struct asking *
find_asking(struct keeper *k, char **rest)
{
	const char	*word = channel_word(rest);
	uint64_t	 number = word == NULL ? 0 : strtoull(word, NULL, 10);
	struct asking	*a;

	TAILQ_FOREACH(a, &k->askings, entry)
		if (a->number == number)
			break;
	return a;
}

/* As in an event's line, but for what is kept with it. */
static void
take_row(struct keeper *k, char *rest)
{
	struct asking	*a = find_asking(k, &rest);
	const char	*serial = channel_word(&rest), *time = channel_word(&rest), *kind = channel_word(&rest),
			*device = channel_word(&rest);
	struct event	 e;
	char		*line;

	if (a == NULL || device == NULL)
		return;
	line = xasprintf("0 %s %s %s   %s", time, kind, device, rest == NULL ? "" : rest);
	if (rest == NULL || *rest == '\0')
		line[strlen(line) - 1] = '\0';
	if (event_read(line, &e))
		a->ask.row(a->ask.arg, strtoull(serial, NULL, 10), &e);
	free(line);
}

static void
end_asking(struct keeper *k, struct asking *a, uint64_t trimmed, const char *why)
{
	struct journal_ask	 ask = a->ask;

	TAILQ_REMOVE(&k->askings, a, entry);
	free(a->device);
	free(a);
	ask.end(ask.arg, trimmed, why);
}

static void
take_rows(struct keeper *k, char *rest)
{
	struct asking	*a = find_asking(k, &rest);
	const char	*trimmed = channel_word(&rest), *why = channel_text(&rest);

	if (a != NULL)
		end_asking(k, a, trimmed == NULL ? 0 : strtoull(trimmed, NULL, 10), why);
}

/* Those that the store has not heard yet; one that is just being started again says when it is there. */
static void
send_askings(struct keeper *k)
{
	struct asking	*a;
	struct buf	 line = { 0 };

	TAILQ_FOREACH(a, &k->askings, entry) {
		if (a->device == NULL)
			continue;
		buf_clear(&line);
		buf_printf(&line, "%" PRIu64 " %" PRIu64 " %" PRId64 " %u", a->number, a->ask.after, a->ask.since, a->ask.most);
		channel_put_word(&line, a->device);
		if (!role_send(k->role, "query", buf_text(&line))) {
			timer_set(k->patience, PATIENCE_MS);
			break;
		}
		free(a->device);
		a->device = NULL;
	}
	buf_free(&line);
}

static void
end_askings(struct keeper *k, bool unsent)
{
	struct asking	*a, *next;

	for (a = TAILQ_FIRST(&k->askings); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if ((a->device != NULL) == unsent) {
			end_asking(k, a, 0, "the store is not there");
			next = TAILQ_FIRST(&k->askings);	/* who was told may have asked again */
		}
	}
}

static void
on_patience(void *arg)
{
	end_askings(arg, true);
}

uint64_t
keeper_ask(void *keeper, const struct journal_ask *ask)
{
	struct keeper	*k = keeper;
	struct asking	*a = xcalloc(1, sizeof(*a));

	*a = (struct asking){ .number = ++k->numbers, .device = xstrdup(ask->device), .ask = *ask };
	TAILQ_INSERT_TAIL(&k->askings, a, entry);
	send_askings(k);
	return k->numbers;
}

void
keeper_forget(void *keeper, uint64_t number)
{
	struct keeper	*k = keeper;
	struct asking	*a, *next;

	for (a = TAILQ_FIRST(&k->askings); a != NULL; a = next) {
		next = TAILQ_NEXT(a, entry);
		if (a->number != number)
			continue;
		TAILQ_REMOVE(&k->askings, a, entry);
		free(a->device);
		free(a);
	}
}

static void
take_safe(struct keeper *k, char *rest)
{
	const char	*id = channel_word(&rest);

	if (id != NULL)
		kept_written(k->kept, strtoull(id, NULL, 10), NULL);
}

static void
take_unsafe(struct keeper *k, char *rest)
{
	const char	*id = channel_word(&rest), *why = channel_text(&rest);

	if (id != NULL)
		kept_written(k->kept, strtoull(id, NULL, 10), why == NULL ? "the disk" : why);
}

static void
take_trouble(struct keeper *k, char *rest)
{
	const char	*why = channel_text(&rest);

	kept_disk(k->kept, why == NULL || *why == '\0' ? NULL : why);
	send_askings(k);
}

static const struct {
	const char	*word;
	void		(*take)(struct keeper *, char *rest);
} verbs[] = {
	{ "safe", take_safe },
	{ "unsafe", take_unsafe },
	{ "kept", take_kept },
	{ "unsent", take_unsent },
	{ "row", take_row },
	{ "rows", take_rows },
	{ "loaded", take_loaded },
	{ "trouble", take_trouble },
};

static void
on_line(void *arg, const char *word, const char *text)
{
	char	*copy = xstrdup(text == NULL ? "" : text);
	size_t	 i;

	for (i = 0; i < nitems(verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			verbs[i].take(arg, copy);
	free(copy);
}

static void
on_loss(void *arg)
{
	struct keeper	*k = arg;

	kept_lost(k->kept);
	end_askings(k, false);
}

static void
on_acked(void *arg, uint64_t serial)
{
	struct keeper	*k = arg;

	events_acked(k->events, serial);
}

/* -- life ------------------------------------------------------------------------------ */

struct keeper *
keeper_new(struct loop *loop, struct model *model, bool alone)
{
	struct keeper	*k = xcalloc(1, sizeof(*k));

	k->loop = loop;
	TAILQ_INIT(&k->askings);
	k->patience = timer_new(loop, on_patience, k);
	k->kept = kept_new(loop);
	k->events = events_new(loop, k->kept, &outbox_calls, k);
	k->role = role_new(loop, model, &store_publisher, alone);
	role_on_line(k->role, on_line, k);
	role_on_loss(k->role, on_loss, k);
	role_events(k->role, events_log(k->events), on_acked, k);
	return k;
}

static void	on_await(void *);

/* What the end of the daemon brought about is written down too; a disk that hangs is not waited for. */
static void
keeper_drain(struct keeper *k)
{
	k->await = timer_new(k->loop, on_await, k);
	timer_set(k->await, DRAIN_MS);
	while (k->await != NULL && k->begun && event_log_held(events_log(k->events)) > 0)
		loop_once(k->loop, DRAIN_MS);
	if (k->await != NULL)
		on_await(k);
}

void
keeper_free(struct keeper *k)
{
	if (k == NULL)
		return;
	keeper_drain(k);
	role_free(k->role);
	while (!TAILQ_EMPTY(&k->askings))
		keeper_forget(k, TAILQ_FIRST(&k->askings)->number);
	timer_free(k->patience);
	kept_free(k->kept);
	events_free(k->events);
	free(k->text);
	free(k);
}

void
keeper_apply(struct keeper *k, const struct settings *settings)
{
	struct conf_value	 value = { .text = settings->state_dir };
	struct conf_item	 item = { .name = "state-dir", .values = &value, .nvalues = 1 };
	char			*folder = conf_print(&item);
	char			*text = xasprintf("%sjournal { events = %u  days = %u }\n", folder,
				    settings->journal.events, settings->journal.days);

	free(folder);
	if (k->text == NULL || strcmp(k->text, text) != 0)
		role_apply(k->role, text, settings, NULL, 0);
	free(k->text);
	k->text = text;
}

static void
on_await(void *arg)
{
	struct keeper	*k = arg;

	timer_free(k->await);
	k->await = NULL;
}

void
keeper_await(struct keeper *k)
{
	k->await = timer_new(k->loop, on_await, k);
	timer_set(k->await, AWAIT_MS);
	while (k->await != NULL && !kept_complete(k->kept))
		loop_once(k->loop, AWAIT_MS);
	/* Serials that the store may have given before are far below. */
	if (!k->begun)
		events_begin(k->events, (uint64_t)time(NULL));
	if (k->await == NULL)
		log_warning("store", "it has not loaded what was kept yet; going on without");
	else
		on_await(k);
}

struct events *
keeper_events(struct keeper *k)
{
	return k->events;
}

struct kept *
keeper_kept(struct keeper *k)
{
	return k->kept;
}

void
keeper_ended(struct keeper *k, pid_t pid, int status)
{
	role_ended(k->role, pid, status);
}
