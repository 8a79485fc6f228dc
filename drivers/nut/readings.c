#include <string.h>
#include <strings.h>

#include "core/line.h"
#include "drivers/nut/source.h"

/* -- readings -------------------------------------------------------------------------------- */

static bool
values_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	buf_put(&n->raw, line, len);
	buf_putc(&n->raw, '\n');
	return true;
}

static bool
same_bytes(struct buf *a, struct buf *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(buf_bytes(a), buf_bytes(b), a->len) == 0);
}

static void
keep_bytes(struct buf *to, struct buf *from)
{
	buf_clear(to);
	if (from->len > 0)
		buf_put(to, buf_bytes(from), from->len);
}

static void
lose(struct nut *n, struct remote *r, const char *error)
{
	const char	*detail;

	buf_clear(&r->values);
	r->known = false;
	if (strcmp(error, "UNKNOWN-UPS") == 0 && !n->named) {
		r->gone = true;
		return;
	}
	remote_error(error, &detail);
	if (devices_choose(n, r))
		unit_device_lost(n->unit, strcmp(error, "DRIVER-NOT-CONNECTED") == 0 ||
		    strcmp(error, "UNKNOWN-UPS") == 0 ? DEVICE_WAITING : DEVICE_STALE,
		    detail != NULL ? detail : "the server refuses its readings");
}

static bool
values_end(struct nut *n, struct errand *e, const char *error)
{
	struct remote	*r = e->remote;
	bool		 sense = true;

	if (error != NULL) {
		lose(n, r, error);
	} else if (!devices_choose(n, r)) {
		buf_clear(&r->values);
	} else if (!same_bytes(&n->raw, &r->values) || !unit_device_same(n->unit)) {
		keep_bytes(&r->values, &n->raw);
		sense = remote_put((char *)(uintptr_t)buf_text(&n->raw), n->raw.len, r->name, n->unit);
		if (sense)
			unit_device_done(n->unit);
	}
	buf_clear(&n->raw);
	return sense;
}

static const struct verb list_var = { "VAR", values_line, values_end };

/* -- what a device can do ---------------------------------------------------------------------- */

static void	trait_came(struct nut *, struct remote *);

/* The words of a line of at least min words about the errand's device. */
static bool
split(const struct errand *e, const char *verb, char *line, size_t len, const char **words, size_t min,
    size_t *n)
{
	*n = line_split(line, len, words, REMOTE_WORDS);
	if (*n > REMOTE_WORDS)
		*n = REMOTE_WORDS;
	return *n >= min && strcmp(words[0], verb) == 0 && strcasecmp(words[1], e->remote->name) == 0;
}

static bool
command_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	size_t		 count;

	if (!split(e, "CMD", line, len, words, 3, &count))
		return false;
	remote_add_command(e->remote, words[2]);
	return true;
}

static bool
setting_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	size_t		 count;

	if (!split(e, "RW", line, len, words, 3, &count))
		return false;
	remote_add_setting(e->remote, words[2]);
	return true;
}

static bool
trait_end(struct nut *n, struct errand *e, const char *error)
{
	e->remote->unsure |= error != NULL;
	trait_came(n, e->remote);
	return true;
}

static const struct verb list_cmd = { "CMD", command_line, trait_end };
static const struct verb list_rw = { "RW", setting_line, trait_end };

static bool
enum_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	size_t		 count;

	if (!split(e, "ENUM", line, len, words, 4, &count))
		return false;
	setting_enum(remote_setting(e->remote, e->var), words[3]);
	return true;
}

static bool
range_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	size_t		 count;

	if (!split(e, "RANGE", line, len, words, 5, &count))
		return false;
	setting_range(remote_setting(e->remote, e->var), words[3], words[4]);
	return true;
}

/* A variable that went in between is not offered; that does not spoil the others. */
static bool
choice_end(struct nut *n, struct errand *e, const char *error)
{
	trait_came(n, e->remote);
	return true;
}

static const struct verb list_enum = { "ENUM", enum_line, choice_end };
static const struct verb list_range = { "RANGE", range_line, choice_end };

static bool
type_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	struct remote	*r = e->remote;
	struct setting	*s = remote_setting(r, e->var);
	size_t		 count;

	if (!split(e, "TYPE", line, len, words, 3, &count))
		return false;
	setting_type(s, words + 3, count - 3);
	r->asked += s->enumerated + s->ranged;
	if (s->enumerated)
		talk_about(n, &list_enum, r, "LIST ENUM", s->var);
	if (s->ranged)
		talk_about(n, &list_range, r, "LIST RANGE", s->var);
	return true;
}

static const struct verb get_type = { NULL, type_line, choice_end };

static void
ask_traits(struct nut *n, struct remote *r)
{
	r->want_traits = r->unsure = r->typing = false;
	remote_forget_traits(r);
	r->asked = 2;
	talk_about(n, &list_cmd, r, "LIST CMD", VAR_NONE);
	talk_about(n, &list_rw, r, "LIST RW", VAR_NONE);
}

static void
ask_types(struct nut *n, struct remote *r)
{
	size_t	 i;

	r->typing = true;
	r->asked = (unsigned)r->nsettings;
	for (i = 0; i < r->nsettings; i++)
		talk_about(n, &get_type, r, "GET TYPE", r->settings[i].var);
}

/* One answer about what it can do has come; after the last one the host is told, if anything is new. */
static void
trait_came(struct nut *n, struct remote *r)
{
	bool	 same = r->known && same_bytes(&r->shape, &r->last_shape);

	if (--r->asked > 0)
		return;
	if (!r->unsure && !same && !r->typing && r->nsettings > 0) {
		ask_types(n, r);
		return;
	}
	if (!r->unsure && !same && devices_choose(n, r)) {
		remote_offer(r, n->unit);
		keep_bytes(&r->last_shape, &r->shape);
		r->known = true;
	}
	remote_forget_traits(r);
	readings_advance(n, r);
}

/* What is to be asked next of one device in this round. */
void
readings_advance(struct nut *n, struct remote *r)
{
	if (r->asked > 0)
		return;
	if (r->want_traits) {
		ask_traits(n, r);
	} else if (r->want_values) {
		r->want_values = false;
		talk_about(n, &list_var, r, "LIST VAR", VAR_NONE);
	}
}
