#include "drivers/nut/nut.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/line.h"
#include "drivers/nut/remote.h"

/*
 * Another upsd, or busbar, as a source (RFC 9271).  All questions of a round
 * go out together and the answers come in order, so a round over any number
 * of devices costs one round trip, and a few more when devices are new.
 */
#define ANSWER_MS	5000
#define HANDSHAKE_MS	10000
#define LIST_MS		2000	/* how often to look for new devices at most */
#define DEVICES_MAX	1024
#define TRACK_FIRST_MS	20	/* between questions how a command ended */
#define TRACK_LAST_MS	500
#define TRACK_MS	10000	/* then nobody knows how it ended */

enum doing { DOING_START, DOING_POLL, DOING_COMMAND };

struct nut;
struct errand;

/* A question: how its answer is read.  False from any of them: it makes no sense. */
struct verb {
	const char	*list;		/* the word behind BEGIN LIST; NULL: one line */
	bool		(*line)(struct nut *, struct errand *, char *line, size_t len);
	bool		(*end)(struct nut *, struct errand *, const char *error);	/* an ERR word; NULL: well */
};

struct errand {			/* a question whose answer is to come */
	struct errand		*next;
	const struct verb	*verb;
	struct remote		*remote;	/* NULL: about none */
	enum var		 var;
	bool			 begun;
	size_t			 bytes;
};

struct nut {
	struct unit		*unit;
	enum doing		 doing;
	bool			 securing;	/* the handshake of TLS is on */
	bool			 named;		/* the configuration says which devices */
	struct errand		*first, *last;	/* answers come in this order */
	struct remote		**remotes;
	size_t			 n, room, cursor;
	int64_t			 list_due;
	struct buf		 raw;		/* of the LIST VAR in progress */
	char			*why;		/* what is being done must fail, and this is the reason */
	struct request		*request;
	enum result		 result;
	const char		*detail;
	int64_t			 began;
	unsigned		 pause_ms;
	char			 id[64];	/* of the command being tracked */
};

static const struct option nut_options[] = {
	{ "ups", NULL, false, "the devices wanted, as the server calls them; a single one is this section's own device; default: all" },
	{ "user", NULL, false, "who we are when something is to be set or done" },
	{ "password", NULL, true, "that user's password" },
	{ "tls", "try", false, "yes: only with TLS; try: if the server has it; no: without" },
	{ "ca", NULL, false, "the path of a file: who signs the server's certificate, which then must be good" },
	{ NULL, NULL, false, NULL },
};

/* -- questions ------------------------------------------------------------------------ */

static void	nut_settle(struct nut *);
static bool	on_line(void *, enum result, char *, size_t);

#define PLAIN	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

static void
put_word(struct buf *b, const char *text)
{
	buf_putc(b, ' ');
	if (*text != '\0' && text[strspn(text, PLAIN)] == '\0')
		buf_puts(b, text);
	else
		line_quote(b, text);
}

/* Asks with all the words up to a NULL; the first is sent as it is. */
static struct errand *
ask(struct nut *n, const struct verb *verb, unsigned pause_ms, const char *first, ...)
{
	struct errand	*e = xcalloc(1, sizeof(*e));
	struct buf	 text = { 0 };
	const char	*word;
	va_list		 ap;

	buf_puts(&text, first);
	va_start(ap, first);
	while ((word = va_arg(ap, const char *)) != NULL)
		put_word(&text, word);
	va_end(ap);
	buf_putc(&text, '\n');
	e->verb = verb;
	*(n->first == NULL ? &n->first : &n->last->next) = e;
	n->last = e;
	stream_ask(unit_stream(n->unit), &(struct exchange){ .send = buf_bytes(&text), .len = text.len,
	    .frame = frame_lf, .pause_ms = pause_ms, .timeout_ms = ANSWER_MS, .early = true,
	    .done = on_line, .arg = n });
	buf_free(&text);
	return e;
}

static void
ask_about(struct nut *n, const struct verb *verb, struct remote *r, const char *first, enum var var)
{
	struct errand	*e = ask(n, verb, 0, first, r->name, var == VAR_NONE ? NULL : var_name(var), NULL);

	e->remote = r;
	e->var = var;
}

static struct errand *
take_errand(struct nut *n)
{
	struct errand	*e = n->first;

	n->first = e->next;
	return e;
}

static void
forget_errands(struct nut *n)
{
	while (n->first != NULL)
		free(take_errand(n));
}

/* -- answers ---------------------------------------------------------------------------- */

/* The connection is of no use any more; ends what we are doing, and may end the driver's state. */
static void
give_up(struct nut *n, enum result result, const char *why)
{
	stream_drop(unit_stream(n->unit), why);
	forget_errands(n);
	if (n->doing == DOING_COMMAND)
		request_done(n->request, result, why);
	else
		unit_fail(n->unit, "%s", why);
}

/* True in *sense when the answer is over, with its ERR word if it is one. */
static bool
is_over(const struct errand *e, char *line, size_t len, const char **error, bool *sense)
{
	const char	*words[4];
	size_t		 n;

	*error = NULL;
	*sense = true;
	if (e->begun)
		return len > 9 && memcmp(line, "END LIST ", 9) == 0;
	if (e->verb->list == NULL && strncmp(line, "ERR ", 4) != 0)
		return true;
	n = line_split(line, len, words, nitems(words));
	if (n >= 2 && strcmp(words[0], "ERR") == 0) {
		*error = words[1];
		return true;
	}
	*sense = n >= 3 && strcmp(words[0], "BEGIN") == 0 && strcmp(words[1], "LIST") == 0 &&
	    strcmp(words[2], e->verb->list) == 0;
	return false;
}

/* One line of the answer to the first errand.  True: it goes on; *sense: it can be understood. */
static bool
read_line(struct nut *n, struct errand *e, char *line, size_t len, bool *sense)
{
	const struct verb	*verb = e->verb;
	const char		*error;

	if (is_over(e, line, len, &error, sense)) {
		take_errand(n);
		if (verb->list == NULL && error == NULL)
			*sense = verb->line(n, e, line, len);
		if (*sense)
			*sense = verb->end(n, e, error);
		free(e);
		return false;
	}
	if (!*sense)
		return false;
	e->bytes += len;
	if (!e->begun)
		e->begun = true;
	else
		*sense = e->bytes <= REMOTE_ANSWER_MAX && verb->line(n, e, line, len);
	return true;
}

static bool
on_line(void *arg, enum result result, char *line, size_t len)
{
	struct nut	*n = arg;
	bool		 sense, goes_on;

	if (result != R_DONE) {
		give_up(n, result, result == R_TIMEOUT ? "the server does not answer" :
		    "the server sends a line without an end");
		return false;
	}
	goes_on = read_line(n, n->first, line, len - 1, &sense);
	if (!sense) {
		give_up(n, R_FAILED, "the server's answer makes no sense");
		return false;
	}
	if (!goes_on)
		nut_settle(n);
	return goes_on;
}

/* -- devices ------------------------------------------------------------------------------ */

static bool
choose(struct nut *n, const struct remote *r)
{
	if (!unit_device(n->unit, r->own ? NULL : r->name))
		return false;
	unit_description(n->unit, r->description);
	return true;
}

static struct remote *
add_remote(struct nut *n, const char *name)
{
	struct remote	*r = remote_new(name);

	n->remotes = array_room(n->remotes, n->n, &n->room, sizeof(*n->remotes));
	n->remotes[n->n++] = r;
	return r;
}

/* A server lists its devices in the same order each time: the next one is tried first. */
static struct remote *
find_remote(struct nut *n, const char *name)
{
	size_t	 i, at;

	for (i = 0; i < n->n; i++) {
		at = (n->cursor + i) % n->n;
		if (strcasecmp(n->remotes[at]->name, name) == 0) {
			n->cursor = at + 1;
			return n->remotes[at];
		}
	}
	return NULL;
}

/* The next blank- or comma-separated word of a list; NULL: no more. */
static char *
next_name(const char **list)
{
	size_t	 len;
	char	*name;

	*list += strspn(*list, " ,");
	if ((len = strcspn(*list, " ,")) == 0)
		return NULL;
	name = xstrndup(*list, len);
	*list += len;
	return name;
}

static bool
nut_own(const struct unit *unit)
{
	const char	*list = unit_option(unit, "ups");
	char		*first, *second;
	bool		 one;

	if (list == NULL)
		return false;
	first = next_name(&list);
	second = next_name(&list);
	one = first != NULL && second == NULL;
	free(first);
	free(second);
	return one;
}

static void
name_remotes(struct nut *n)
{
	const char	*list = unit_option(n->unit, "ups");
	char		*name;

	if (list == NULL)
		return;
	while (n->n < DEVICES_MAX && (name = next_name(&list)) != NULL) {
		if (find_remote(n, name) == NULL)
			add_remote(n, name)->own = nut_own(n->unit);
		free(name);
	}
	n->named = n->n > 0;
}

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
	if (choose(n, r))
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
	} else if (!choose(n, r)) {
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

static void	advance(struct nut *, struct remote *);
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
		ask_about(n, &list_enum, r, "LIST ENUM", s->var);
	if (s->ranged)
		ask_about(n, &list_range, r, "LIST RANGE", s->var);
	return true;
}

static const struct verb get_type = { NULL, type_line, choice_end };

static void
ask_traits(struct nut *n, struct remote *r)
{
	r->want_traits = r->unsure = r->typing = false;
	remote_forget_traits(r);
	r->asked = 2;
	ask_about(n, &list_cmd, r, "LIST CMD", VAR_NONE);
	ask_about(n, &list_rw, r, "LIST RW", VAR_NONE);
}

static void
ask_types(struct nut *n, struct remote *r)
{
	size_t	 i;

	r->typing = true;
	r->asked = (unsigned)r->nsettings;
	for (i = 0; i < r->nsettings; i++)
		ask_about(n, &get_type, r, "GET TYPE", r->settings[i].var);
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
	if (!r->unsure && !same && choose(n, r)) {
		remote_offer(r, n->unit);
		keep_bytes(&r->last_shape, &r->shape);
		r->known = true;
	}
	remote_forget_traits(r);
	advance(n, r);
}

/* What is to be asked next of one device in this round. */
static void
advance(struct nut *n, struct remote *r)
{
	if (r->asked > 0)
		return;
	if (r->want_traits) {
		ask_traits(n, r);
	} else if (r->want_values) {
		r->want_values = false;
		ask_about(n, &list_var, r, "LIST VAR", VAR_NONE);
	}
}

/* -- which devices there are ---------------------------------------------------------------------- */

static bool
ups_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[REMOTE_WORDS];
	struct remote	*r;
	size_t		 count = line_split(line, len, words, REMOTE_WORDS);

	if (count < 2 || strcmp(words[0], "UPS") != 0 ||
	    strlen(words[1]) > REMOTE_NAME_MAX)
		return false;
	if ((r = find_remote(n, words[1])) == NULL && n->n < DEVICES_MAX) {
		r = add_remote(n, words[1]);
		r->want_traits = r->want_values = true;
	}
	if (r == NULL)
		return true;
	r->listed = true;
	remote_describe(r, count > 2 ? words[2] : "");
	return true;
}

static bool
ups_end(struct nut *n, struct errand *e, const char *error)
{
	size_t	 i;

	if (error != NULL) {
		n->why = xasprintf("the server does not list its devices: %s", error);
		return true;
	}
	for (i = 0; i < n->n; i++) {
		n->remotes[i]->gone |= !n->remotes[i]->listed;
		n->remotes[i]->listed = false;
		advance(n, n->remotes[i]);
	}
	return true;
}

static const struct verb list_ups = { "UPS", ups_line, ups_end };

static void
remove_gone(struct nut *n)
{
	size_t	 i;

	for (i = n->n; i-- > 0;) {
		if (!n->remotes[i]->gone)
			continue;
		if (choose(n, n->remotes[i]))
			unit_device_gone(n->unit);
		remote_free(n->remotes[i]);
		memmove(&n->remotes[i], &n->remotes[i + 1], (--n->n - i) * sizeof(*n->remotes));
	}
}

static void
nut_poll(struct unit *unit, bool full)
{
	struct nut	*n = unit_state(unit);
	size_t		 i;

	n->doing = DOING_POLL;
	for (i = 0; i < n->n; i++) {
		n->remotes[i]->want_values = true;
		n->remotes[i]->want_traits = full || !n->remotes[i]->known;
		advance(n, n->remotes[i]);
	}
	if (!n->named && (full || unit_now(unit) >= n->list_due)) {
		n->list_due = unit_now(unit) + LIST_MS;
		ask(n, &list_ups, 0, "LIST UPS", NULL);
	}
	nut_settle(n);
}

/* -- commands and settings ----------------------------------------------------------------------------- */

static bool	track_line(struct nut *, struct errand *, char *, size_t);

static bool
outcome_end(struct nut *n, struct errand *e, const char *error)
{
	if (error != NULL)
		n->result = remote_error(error, &n->detail);
	return true;
}

static const struct verb get_tracking = { NULL, track_line, outcome_end };

static void
ask_outcome(struct nut *n)
{
	ask(n, &get_tracking, n->pause_ms, "GET TRACKING", n->id, NULL);
	n->pause_ms = n->pause_ms * 2 < TRACK_LAST_MS ? n->pause_ms * 2 : TRACK_LAST_MS;
}

static bool
track_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[2];

	if (line_split(line, len, words, nitems(words)) != 1)
		return false;
	if (strcmp(words[0], "SUCCESS") == 0) {
		n->result = R_DONE;
		return true;
	}
	if (strcmp(words[0], "PENDING") != 0)
		return false;
	if (unit_now(n->unit) - n->began < TRACK_MS) {
		ask_outcome(n);
		return true;
	}
	n->result = R_TIMEOUT;
	n->detail = "the server took it, and does not say how it ended";
	return true;
}

/* OK, or OK TRACKING ID */
static bool
action_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	const char	*words[4];
	size_t		 count = line_split(line, len, words, nitems(words));

	if (count < 1 || strcmp(words[0], "OK") != 0)
		return false;
	n->result = R_DONE;
	if (count < 3 || strcmp(words[1], "TRACKING") != 0)
		return true;
	if (strlen(words[2]) >= sizeof(n->id))
		return false;
	snprintf(n->id, sizeof(n->id), "%s", words[2]);
	n->pause_ms = TRACK_FIRST_MS;
	ask_outcome(n);
	return true;
}

static const struct verb action = { NULL, action_line, outcome_end };

static struct remote *
addressee(struct nut *n, const struct request *request)
{
	const char	*name = request_device(request);
	size_t		 i;

	for (i = 0; i < n->n; i++)
		if (name == NULL ? n->remotes[i]->own : strcmp(n->remotes[i]->name, name) == 0)
			return n->remotes[i];
	return NULL;
}

/* A value that would not arrive as it is: control bytes have no way to be written. */
static bool
may_be_sent(const char *value)
{
	for (; *value != '\0'; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return false;
	return true;
}

static void
nut_command(struct unit *unit, struct request *request)
{
	struct nut		*n = unit_state(unit);
	const struct remote	*r = addressee(n, request);
	const char		*name = var_name(request_name(request)), *value = request_value(request);

	if (r == NULL) {
		request_done(request, R_GONE, "the server has no such device");
		return;
	}
	if (value != NULL && (!may_be_sent(value) || strlen(value) > STREAM_SEND_MAX / 4)) {
		request_done(request, R_INVALID, NULL);
		return;
	}
	n->doing = DOING_COMMAND;
	n->request = request;
	n->detail = NULL;
	n->began = unit_now(unit);
	ask(n, &action, 0, request_kind(request) == REQUEST_SET ? "SET VAR" : "INSTCMD", r->name, name,
	    value, NULL);
}

/* -- who we are ------------------------------------------------------------------------------------------ */

static bool
ok_line(struct nut *n, struct errand *e, char *line, size_t len)
{
	return len >= 2 && strncmp(line, "OK", 2) == 0;
}

static bool
login_end(struct nut *n, struct errand *e, const char *error)
{
	if (error != NULL && n->why == NULL)
		n->why = xasprintf("the server does not take our user name and password: %s", error);
	return true;
}

/* A server without it says OK to a command and no more; one that refuses us will refuse commands too. */
static bool
tracking_end(struct nut *n, struct errand *e, const char *error)
{
	if (error != NULL && strcmp(error, "ACCESS-DENIED") == 0)
		unit_log(n->unit, "the server does not know our user; it will refuse commands");
	return true;
}

static const struct verb login = { NULL, ok_line, login_end };
static const struct verb set_tracking = { NULL, ok_line, tracking_end };

/* In the clear only where nobody wants proof of the server. */
static bool
may_be_clear(const struct nut *n)
{
	return strcmp(unit_option(n->unit, "tls"), "yes") != 0 && unit_option(n->unit, "ca") == NULL;
}

static void
log_in(struct nut *n)
{
	const char	*user = unit_option(n->unit, "user"), *password = unit_option(n->unit, "password");

	if (user == NULL)
		return;
	ask(n, &login, 0, "USERNAME", user, NULL);
	ask(n, &login, 0, "PASSWORD", password, NULL);
	ask(n, &set_tracking, 0, "SET TRACKING ON", NULL);
}

static bool
on_secured(void *arg, enum result result, char *why, size_t len)
{
	struct nut	*n = arg;
	char		*text;

	n->securing = false;
	if (result != R_DONE) {
		text = xasprintf("no TLS with the server: %s", result == R_TIMEOUT ? result_text(result) : why);
		give_up(n, result, text);
		free(text);
		return false;
	}
	log_in(n);
	nut_settle(n);
	return false;
}

/* The server agreed, or it has no TLS, which is fine if we only tried. */
static bool
starttls_end(struct nut *n, struct errand *e, const char *error)
{
	if (error == NULL) {
		n->securing = true;
		stream_secure(unit_stream(n->unit), HANDSHAKE_MS, on_secured, n);
	} else if (may_be_clear(n)) {
		log_in(n);
	} else {
		n->why = xasprintf("the server has no TLS: %s", error);
	}
	return true;
}

static const struct verb starttls = { NULL, ok_line, starttls_end };

static void
nut_start(struct unit *unit)
{
	struct nut	*n = unit_state(unit);
	const char	*tls = unit_option(unit, "tls");

	n->unit = unit;
	n->doing = DOING_START;
	name_remotes(n);
	if ((unit_option(unit, "user") == NULL) != (unit_option(unit, "password") == NULL)) {
		unit_fail(unit, "options user and password go together");
		return;
	}
	if (strcmp(tls, "no") != 0 && strcmp(tls, "try") != 0 && strcmp(tls, "yes") != 0) {
		unit_fail(unit, "option tls: \"%s\" is wrong; wants yes, try or no", tls);
		return;
	}
	if (strcmp(tls, "no") != 0 || unit_option(unit, "ca") != NULL)
		ask(n, &starttls, 0, "STARTTLS", NULL);
	else
		log_in(n);
	nut_settle(n);
}

static void
nut_stop(struct unit *unit)
{
	struct nut	*n = unit_state(unit);

	forget_errands(n);
	while (n->n > 0)
		remote_free(n->remotes[--n->n]);
	free(n->remotes);
	buf_free(&n->raw);
	free(n->why);
}

/* Whatever was being done has ended when nothing more is to come.  Nothing is touched after it. */
static void
nut_settle(struct nut *n)
{
	char	*why;

	if (n->first != NULL || n->securing)
		return;
	if (n->doing == DOING_COMMAND) {
		request_done(n->request, n->result, n->detail);
	} else if ((why = n->why) != NULL) {
		n->why = NULL;
		unit_fail(n->unit, "%s", why);
		free(why);
	} else if (n->doing == DOING_POLL) {
		remove_gone(n);
		unit_done(n->unit);
	} else {
		unit_ready(n->unit);
	}
}

const struct driver nut_driver = {
	.name = "nut",
	.title = "another upsd or busbar (NUT protocol, RFC 9271)",
	.wire = WIRE_STREAM,
	.options = nut_options,
	.poll_ms = 2000,
	.poll_full_ms = 30000,
	.verbatim = true,
	.service = "3493",
	.size = sizeof(struct nut),
	.own = nut_own,
	.start = nut_start,
	.poll = nut_poll,
	.command = nut_command,
	.stop = nut_stop,
};
