#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "drivers/apcsmart/apcsmart.h"
#include "drivers/apcupsd/apcupsd.h"
#include "drivers/megatec/driver.h"
#include "drivers/nut/nut.h"
#include "drivers/powerman/powerman.h"
#include "drivers/shut/shut.h"
#include "test/unit/elapse.h"
#include "test/unit/knowledge.h"
#include "test/unit/stream_stage.h"

#define AGAIN_MS	1000

const unsigned	replay_places = 40;

static const struct driver *const on_stage[] = {
	&nut_driver, &apcupsd_driver, &powerman_driver, &megatec_driver, &apcsmart_driver, &shut_driver, NULL
};
static struct stage	*opening;	/* which stage the backend's open is about */

static void
connect_again(struct stage *s)
{
	s->down = false;
	s->connections++;
	buf_clear(&s->heard);
	buf_clear(&s->saying);
	stream_up(s->stream);
	s->changed(s->arg, true, NULL);
	if (s->greeting == NULL)
		return;
	stage_say(s, s->greeting);
	timer_set(s->turn, 0);
}

static void
disconnect(struct stage *s, const char *why)
{
	s->down = true;
	stream_down(s->stream);
	timer_set(s->turn, AGAIN_MS);
	s->changed(s->arg, false, why);
}

/* The peer thinks, then one piece of what it says arrives. */
static void
on_turn(void *arg)
{
	struct stage	*s = arg;
	uint8_t		 bytes[4096];
	size_t		 n;

	if (s->down) {
		connect_again(s);
		return;
	}
	while (s->heard.len > 0 && (n = s->peer(s, buf_text(&s->heard), s->heard.len)) > 0)
		buf_eat(&s->heard, n);
	if (s->mute)
		buf_clear(&s->saying);
	n = s->piece > 0 ? s->piece : sizeof(bytes);
	n = n < s->saying.len ? n : s->saying.len;
	n = n < sizeof(bytes) ? n : sizeof(bytes);
	n = n < s->cut ? n : s->cut;
	if (n > 0) {
		memcpy(bytes, buf_bytes(&s->saying), n);
		buf_eat(&s->saying, n);
	}
	if (s->saying.len > 0)
		timer_set(s->turn, 0);
	if (s->cut != SIZE_MAX)
		s->cut -= n;
	if (n > 0)
		stream_feed(s->stream, bytes, n);
	if (s->cut == 0) {
		s->cut = SIZE_MAX;
		disconnect(s, "cut");
	}
}

static bool
line_send(void *arg, const void *bytes, size_t len)
{
	struct stage	*s = arg;

	buf_put(&s->heard, bytes, len);
	if (!timer_running(s->turn))
		timer_set(s->turn, 0);
	return true;
}

static void
line_drop(void *arg, const char *why)
{
	struct stage	*s = arg;

	s->drops++;
	free(s->why);
	s->why = xstrdup(why);
	disconnect(s, why);
}

static void
on_secured(void *arg)
{
	struct stage	*s = arg;

	stream_secured(s->stream, s->distrust);
}

static bool
line_secure(void *arg)
{
	struct stage	*s = arg;

	s->secures++;
	timer_set(s->handshake, 0);
	return true;
}

static void
line_free(void *arg)
{
	struct stage	*s = arg;

	timer_stop(s->turn);
	timer_stop(s->handshake);
	s->stream = NULL;
}

static const struct stream_ops ops = {
	.send = line_send, .drop = line_drop, .secure = line_secure, .free = line_free,
};

static void *
backend_open(struct loop *loop, const struct device_settings *settings, const struct driver *driver,
    void (*changed)(void *, bool, const char *), void *arg, char **why)
{
	struct stage	*s = opening;

	s->changed = changed;
	s->arg = arg;
	s->down = true;
	timer_set(s->turn, 0);
	return s->stream = stream_new(loop, &ops, s);
}

static void
backend_forget(void *handle)
{
	stream_forget(handle);
}

static void
backend_close(void *handle)
{
	stream_free(handle);
}

static const struct wire_backend backend = {
	.wire = WIRE_STREAM, .name = "test", .open = backend_open, .forget = backend_forget,
	.close = backend_close,
};

static void
no_log(enum log_level level, const char *line, void *arg)
{
	if (getenv("TEST_LOG") != NULL)
		fprintf(stderr, "%s\n", line);
}

void
stage_apply(struct stage *s, const char *conf)
{
	struct driver_facts	 facts[nitems(on_stage)] = { { 0 } };
	struct conf_errors	 errors = { 0 };
	size_t			 i;
	struct settings		*before = s->settings;

	for (i = 0; on_stage[i] != NULL; i++)
		facts[i] = (struct driver_facts){ on_stage[i]->name, on_stage[i]->poll_ms,
		    on_stage[i]->poll_full_ms, on_stage[i]->options };
	opening = s;
	s->settings = settings_parse("test", conf, strlen(conf), facts, &errors);
	if (s->settings == NULL)
		abort();
	host_apply(s->host, s->settings);
	settings_free(before);
}

/* Those that the configuration names: others learn nothing. */
static const struct driver **
choose_cast(const char *conf)
{
	const struct driver	**cast = xcalloc(nitems(on_stage), sizeof(*cast));
	char			*setting;
	size_t			 i, n = 0;

	for (i = 0; on_stage[i] != NULL; i++) {
		setting = xasprintf("driver = %s", on_stage[i]->name);
		if (strstr(conf, setting) != NULL)
			cast[n++] = on_stage[i];
		free(setting);
	}
	return cast;
}

struct stage *
stage_new(const char *conf, size_t (*peer)(struct stage *, const char *, size_t))
{
	static const struct wire_backend *const	 backends[] = { &backend, NULL };
	struct stage				*s = xcalloc(1, sizeof(*s));

	log_to(no_log, NULL);
	s->loop = loop_new_virtual();
	s->model = model_new();
	s->peer = peer;
	s->cut = SIZE_MAX;
	s->turn = timer_new(s->loop, on_turn, s);
	s->handshake = timer_new(s->loop, on_secured, s);
	s->cast = choose_cast(conf);
	s->host = host_new(s->loop, s->model, s->cast, backends);
	knowledge_lend(s->host);
	stage_apply(s, conf);
	return s;
}

void
stage_free(struct stage *s)
{
	knowledge_take_back(s->host);
	host_free(s->host);
	free(s->cast);
	model_free(s->model);
	settings_free(s->settings);
	timer_free(s->turn);
	timer_free(s->handshake);
	buf_free(&s->heard);
	buf_free(&s->saying);
	free(s->why);
	loop_free(s->loop);
	free(s);
	log_to(NULL, NULL);
}

void
stage_say(struct stage *s, const char *text)
{
	buf_puts(&s->saying, text);
}

void
stage_run(struct stage *s, int64_t ms)
{
	elapse(s->loop, ms);
}

struct device *
stage_find(const struct stage *s, const char *name)
{
	return model_find(s->model, name, strlen(name));
}

int
stage_state(const struct stage *s, const char *device)
{
	struct device	*d = stage_find(s, device);

	return d == NULL ? -1 : (int)device_state(d);
}

const char *
stage_value(const struct stage *s, const char *device, const char *name)
{
	static char		 room[VALUE_TEXT_MAX];
	struct device		*d = stage_find(s, device);
	const struct value	*v = d == NULL ? NULL : snapshot_get(device_now(d), var_intern(name));

	return v == NULL ? "(absent)" : value_text(v, room);
}

static void
on_result(enum result result, const char *detail, void *arg)
{
	*(int *)arg = (int)result;
}

enum result
stage_ask(struct stage *s, const char *device, enum request_kind kind, const char *name, const char *value)
{
	struct ask	 ask = { .kind = kind, .name = var_intern(name), .value = value, .origin = "test" };
	int		 result = -1, turns;

	device_ask(stage_find(s, device), &ask, on_result, &result);
	for (turns = 0; result == -1 && turns < 100; turns++)
		stage_run(s, 1000);
	return (enum result)result;
}
