#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/driver.h"
#include "snmp_stage.h"

/* -- the agent ----------------------------------------------------------------------- */

static int
by_oid(const void *a, const void *b)
{
	const struct stage_object	*x = a, *y = b;

	return oid_compare(x->vb.oid, y->vb.oid);
}

void
agent_sort(struct agent *a)
{
	if (a->n > 0)
		qsort(a->objects, a->n, sizeof(*a->objects), by_oid);
}

static struct stage_object *
find_object(const struct agent *a, struct oid oid)
{
	size_t	i;

	for (i = 0; i < a->n; i++)
		if (oid_compare(a->objects[i].vb.oid, oid) == 0)
			return &a->objects[i];
	return NULL;
}

static struct oid
copy_oid(const uint32_t *ids, size_t len)
{
	uint32_t	*copy = xreallocarray(NULL, len + 1, sizeof(*copy));

	if (len > 0)
		memcpy(copy, ids, len * sizeof(*copy));
	return (struct oid){ copy, len };
}

static void
set_hex(struct varbind *vb, const char *hex)
{
	uint8_t		*bytes = xcalloc(strlen(hex) / 2 + 1, 1);
	unsigned	 byte;

	for (; sscanf(hex, "%2x", &byte) == 1 && strlen(hex) >= 2; hex += 2)
		bytes[vb->len++] = (uint8_t)byte;
	vb->bytes = bytes;
}

static void
set_value(struct varbind *vb, const char *tag, const char *value)
{
	uint32_t	ids[OID_MAX_LEN];
	size_t		len = 0;
	bool		hex = strchr(tag, 'x') != NULL;

	switch (atoi(tag)) {
	case 2:
		vb->type = VB_INTEGER;
		break;
	case 65: case 66: case 70:
		vb->type = VB_UNSIGNED;
		break;
	case 67:
		vb->type = VB_TIMETICKS;
		break;
	case 6:
		vb->type = oid_parse(value, ids, &len) ? VB_OID : VB_ABSENT;
		vb->ref = copy_oid(ids, len);
		return;
	case 4:
		vb->type = VB_OCTETS;
		if (hex) {
			set_hex(vb, value);
			return;
		}
		vb->bytes = (uint8_t *)xstrdup(value);
		vb->len = strlen(value);
		return;
	default:
		vb->type = VB_ABSENT;	/* NULL, and what we need not know */
		return;
	}
	vb->number = strtoll(value, NULL, 10);
}

static void
free_value(struct varbind *vb)
{
	free((void *)vb->bytes);
	free((void *)vb->ref.ids);
	*vb = (struct varbind){ .oid = vb->oid };
}

static bool
read_line(struct agent *a, const char *line, bool replace)
{
	char			*copy = xstrdup(line), *tag, *value;
	uint32_t		 ids[OID_MAX_LEN];
	struct stage_object	*o;
	size_t			 len;

	tag = strchr(copy, '|');
	value = tag == NULL ? NULL : strchr(tag + 1, '|');
	if (value == NULL) {
		free(copy);
		return false;
	}
	*tag++ = '\0';
	*value++ = '\0';
	if (!oid_parse(copy, ids, &len)) {
		free(copy);
		return false;
	}
	o = replace ? find_object(a, (struct oid){ ids, len }) : NULL;
	if (o != NULL)
		free_value(&o->vb);
	else {
		a->objects = array_room(a->objects, a->n, &a->room, sizeof(*a->objects));
		o = &a->objects[a->n++];
		*o = (struct stage_object){ .vb = { .oid = copy_oid(ids, len) } };
	}
	set_value(&o->vb, tag, value);
	free(copy);
	return true;
}

bool
agent_line(struct agent *a, const char *line)
{
	return read_line(a, line, true);
}

bool
agent_load(struct agent *a, const char *path)
{
	FILE	*f = fopen(path, "r");
	char	*line = NULL;
	size_t	 room = 0;
	ssize_t	 n;

	if (f == NULL)
		return false;
	while ((n = getline(&line, &room, f)) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		read_line(a, line, false);
	}
	free(line);
	fclose(f);
	agent_sort(a);
	return true;
}

void
agent_writable(struct agent *a, const char *oid)
{
	uint32_t	ids[OID_MAX_LEN];
	size_t		len;

	if (oid_parse(oid, ids, &len) && find_object(a, (struct oid){ ids, len }) != NULL)
		find_object(a, (struct oid){ ids, len })->writable = true;
}

const struct varbind *
agent_find(const struct agent *a, const char *oid)
{
	uint32_t		 ids[OID_MAX_LEN];
	size_t			 len;
	struct stage_object	*o;

	if (!oid_parse(oid, ids, &len) || (o = find_object(a, (struct oid){ ids, len })) == NULL)
		return NULL;
	return &o->vb;
}

void
agent_free(struct agent *a)
{
	size_t	i;

	for (i = 0; i < a->n; i++) {
		free_value(&a->objects[i].vb);
		free((void *)a->objects[i].vb.oid.ids);
	}
	free(a->objects);
	*a = (struct agent){ .result = R_DONE };
}

/* -- what the driver asks: kept until it has returned, as the wire promises ------------- */

static struct {
	peer_fn		*fn;
	void		*arg;
	struct varbind	*vbs;
	uint32_t	 ids[16384][OID_MAX_LEN];
	size_t		 n;
} asked;

static struct agent *
peer_agent(struct peer *p)
{
	return (struct agent *)p;
}

static void
ask(peer_fn *fn, void *arg, size_t n)
{
	if (asked.fn != NULL || n > nitems(asked.ids))
		abort();		/* one thing at a time, and not that much of it */
	asked.fn = fn;
	asked.arg = arg;
	asked.n = 0;
	asked.vbs = xcalloc(n + 1, sizeof(*asked.vbs));
}

static void
add_answer(struct oid oid, const struct varbind *from)
{
	uint32_t	*ids = asked.ids[asked.n];

	memcpy(ids, oid.ids, oid.len * sizeof(*ids));
	asked.vbs[asked.n] = from != NULL ? *from : (struct varbind){ .type = VB_ABSENT };
	asked.vbs[asked.n++].oid = (struct oid){ ids, oid.len };
}

/* What is invented lives as long as its maker keeps it. */
static bool
add_invented(const struct agent *a, struct oid oid)
{
	struct varbind	vb = { .type = VB_ABSENT };

	if (a->invent == NULL)
		return false;
	a->invent(a->invent_arg, &vb);
	add_answer(oid, &vb);
	return true;
}

/* Rows of one, two and three arcs in turns, as the tables of PDUs have them. */
static void
add_invented_row(const struct agent *a, struct oid root, size_t row)
{
	uint32_t	ids[OID_MAX_LEN + 3];
	size_t		n = root.len, above;

	memcpy(ids, root.ids, root.len * sizeof(*ids));
	for (above = row % 3; above > 0; above--)
		ids[n++] = (uint32_t)(1 + row % 2);
	ids[n++] = (uint32_t)row;
	add_invented(a, (struct oid){ ids, n });
}

void
peer_get(struct peer *p, const struct oid *oids, size_t n, peer_fn *fn, void *arg)
{
	struct agent		*a = peer_agent(p);
	struct stage_object	 key, *found;
	size_t			 i;

	ask(fn, arg, n);
	a->gets++;
	a->asked = (unsigned)n;
	for (i = 0; i < n; i++) {
		if (add_invented(a, oids[i]))
			continue;
		key.vb.oid = oids[i];
		found = a->n == 0 ? NULL : bsearch(&key, a->objects, a->n, sizeof(key), by_oid);
		add_answer(oids[i], found == NULL ? NULL : &found->vb);
	}
}

void
peer_walk(struct peer *p, struct oid root, size_t limit, peer_fn *fn, void *arg)
{
	struct agent	*a = peer_agent(p);
	size_t		 i;

	ask(fn, arg, a->n + a->invent_rows);
	a->walks++;
	for (i = 0; i < a->invent_rows && asked.n < limit; i++)
		add_invented_row(a, root, i);
	for (i = 0; i < a->n && asked.n < limit; i++)
		if (oid_below(root, a->objects[i].vb.oid))
			add_answer(a->objects[i].vb.oid, &a->objects[i].vb);
}

/* Column by column: the order within the answer is nobody's business. */
void
peer_walk_columns(struct peer *p, const struct oid *roots, size_t n, size_t limit, peer_fn *fn, void *arg)
{
	struct agent	*a = peer_agent(p);
	size_t		 i, k;

	ask(fn, arg, a->n + a->invent_rows);
	a->walks++;
	for (i = 0; i < a->invent_rows && asked.n < limit; i++)
		add_invented_row(a, roots[i % n], i / n);
	for (i = 0; i < a->n; i++)
		for (k = 0; k < n && asked.n < limit; k++)
			if (oid_below(roots[k], a->objects[i].vb.oid))
				add_answer(a->objects[i].vb.oid, &a->objects[i].vb);
}

static void
take_set(struct varbind *to, const struct varbind *from)
{
	free_value(to);
	to->type = from->type;
	to->number = from->number;
	if (from->type == VB_OCTETS) {
		to->bytes = (uint8_t *)xstrndup((const char *)from->bytes, from->len);
		to->len = from->len;
	}
	if (from->type == VB_OID)
		to->ref = copy_oid(from->ref.ids, from->ref.len);
}

/* A plain record answers without error, and says noSuchInstance: so does snmpsim. */
void
peer_set(struct peer *p, const struct varbind *binds, size_t n, peer_fn *fn, void *arg)
{
	struct agent		*a = peer_agent(p);
	struct stage_object	*o;
	size_t			 i;

	ask(fn, arg, n);
	a->sets++;
	for (i = 0; i < n; i++) {
		o = find_object(a, binds[i].oid);
		if (o != NULL && o->writable)
			take_set(&o->vb, &binds[i]);
		add_answer(binds[i].oid, o != NULL && o->writable ? &o->vb : NULL);
	}
}

static void
run(struct unit *u)
{
	peer_fn		*fn;
	struct varbind	*vbs;
	bool		 ok;

	while ((fn = asked.fn) != NULL) {
		asked.fn = NULL;
		vbs = asked.vbs;
		asked.vbs = NULL;
		ok = u->agent->result == R_DONE;
		fn(asked.arg, u->agent->result, ok ? NULL : "no answer", ok ? vbs : NULL, ok ? asked.n : 0);
		free(vbs);
	}
}

/* -- the unit ---------------------------------------------------------------------------- */

static void
clear_readings(struct unit *u)
{
	size_t	i;

	for (i = 0; i < u->nreadings; i++)
		free(u->readings[i].text);
	u->nreadings = 0;
	buf_clear(&u->status);
	buf_clear(&u->alarms);
	buf_clear(&u->flags);
}

void
stage_begin(struct unit *u, const struct driver *d, const void *knowledge, const char *profile, struct agent *a)
{
	*u = (struct unit){ .knowledge = knowledge, .driver = d, .profile = profile, .agent = a };
	u->state = xcalloc(1, d->size);
}

static void
begin(struct unit *u)
{
	clear_readings(u);
	free(u->why);
	u->why = NULL;
	u->outcome = PENDING;
}

void
stage_start(struct unit *u)
{
	begin(u);
	u->driver->start(u);
	run(u);
}

void
stage_poll(struct unit *u, bool full)
{
	begin(u);
	u->driver->poll(u, full);
	run(u);
}

void
stage_end(struct unit *u)
{
	u->driver->stop(u);
	begin(u);
	free(u->state);
	free(u->readings);
	buf_free(&u->status);
	buf_free(&u->alarms);
	buf_free(&u->flags);
	buf_free(&u->commands);
	buf_free(&u->settables);
	buf_free(&u->log);
	buf_free(&u->devices);
}

static void
put(struct unit *u, enum var var, const char *text)
{
	size_t	i;

	for (i = 0; i < u->nreadings && u->readings[i].var != var; i++)
		;
	if (i == u->nreadings) {
		u->readings = array_room(u->readings, u->nreadings, &u->readings_room, sizeof(*u->readings));
		u->readings[u->nreadings++] = (struct stage_reading){ .var = var };
	}
	free(u->readings[i].text);
	u->readings[i].text = xstrdup(text);
}

/* Devices of one unit are told apart by "SUFFIX:" in front of names. */
static enum var
name_here(const struct unit *u, enum var var)
{
	return *u->chained == '\0' ? var : var_internf("%s:%s", u->chained, var_name(var));
}

void
unit_put(struct unit *u, enum var var, struct value v)
{
	char	room[VALUE_TEXT_MAX];

	const char	*s;

	if (v.type == V_NONE || var == VAR_NONE || var_hidden(var))
		abort();
	for (s = value_text(&v, room); *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			abort();
	put(u, name_here(u, var), value_text(&v, room));
}

static void
add_word(struct buf *b, const char *word)
{
	if (b->len > 0)
		buf_putc(b, ' ');
	buf_puts(b, word);
}

void unit_status(struct unit *u, const char *words) { add_word(&u->status, words); }
void unit_flag(struct unit *u, const char *flag) { add_word(&u->flags, flag); }
void unit_type(struct unit *u, const char *type) { u->type = type; }

/* -- devices of one unit ---------------------------------------------------------------- */

bool
unit_device(struct unit *u, const char *suffix)
{
	snprintf(u->chained, sizeof(u->chained), "%s", suffix == NULL ? "" : suffix);
	if (suffix != NULL && !stage_has_word(&u->devices, suffix))
		add_word(&u->devices, suffix);
	return true;
}

const char *
unit_next_device(const struct unit *u, const char *suffix)
{
	static char	 words[256];	/* each ended by NUL: borrowed, as of the real one */
	char		*at, *word, *rest = words;

	snprintf(words, sizeof(words), "%s", stage_text(&((struct unit *)(uintptr_t)u)->devices));
	for (at = NULL; (word = strsep(&rest, " ")) != NULL; at = word) {
		if (*word == '\0')
			return NULL;
		if (suffix == NULL || (at != NULL && strcmp(at, suffix) == 0))
			return word;
	}
	return NULL;
}

void
unit_device_gone(struct unit *u)
{
	struct buf	 left = { 0 };
	char		*words = xstrdup(stage_text(&u->devices)), *word, *rest = words;

	while ((word = strsep(&rest, " ")) != NULL)
		if (strcmp(word, u->chained) != 0)
			add_word(&left, word);
	free(words);
	buf_free(&u->devices);
	u->devices = left;
	*u->chained = '\0';
}

void
unit_command(struct unit *u, enum var name)
{
	add_word(&u->commands, var_name(name_here(u, name)));
}

void
unit_settable(struct unit *u, const struct settable *s)
{
	add_word(&u->settables, var_name(name_here(u, s->var)));
}

void unit_timing(struct unit *u, enum var name, enum timing timing) { }
void unit_ready(struct unit *u) { u->outcome = READY; }
void unit_done(struct unit *u) { u->outcome = DONE; }
void unit_restart(struct unit *u) { u->outcome = RESTART; }
void *unit_state(struct unit *u) { return u->state; }
const void *unit_knowledge(const struct unit *u) { return u->knowledge; }
const char *unit_profile(const struct unit *u) { return u->profile; }
struct peer *unit_peer(struct unit *u) { return (struct peer *)u->agent; }

void
unit_alarm(struct unit *u, const char *text)
{
	buf_printf(&u->alarms, "[%s]", text);
}

void
unit_forget_traits(struct unit *u)
{
	if (*u->chained != '\0')
		return;			/* the first in line forgets for all */
	buf_clear(&u->commands);
	buf_clear(&u->settables);
}

void
unit_fail(struct unit *u, const char *fmt, ...)
{
	va_list	ap;

	u->outcome = FAILED;
	free(u->why);
	va_start(ap, fmt);
	u->why = xvasprintf(fmt, ap);
	va_end(ap);
}

void
unit_log(const struct unit *u, const char *fmt, ...)
{
	va_list	 ap;
	char	*line;

	va_start(ap, fmt);
	line = xvasprintf(fmt, ap);
	va_end(ap);
	buf_printf(&((struct unit *)u)->log, "%s\n", line);
	free(line);
}

/* -- requests ------------------------------------------------------------------------------- */

struct request {
	enum request_kind	 kind;
	enum var		 name;
	const char		*value, *device;
	bool			 done;
	enum result		 result;
};

enum request_kind request_kind(const struct request *r) { return r->kind; }
enum var request_name(const struct request *r) { return r->name; }
const char *request_value(const struct request *r) { return r->value; }
const char *request_device(const struct request *r) { return r->device; }

void
request_done(struct request *r, enum result result, const char *detail)
{
	if (r->done)
		abort();
	r->done = true;
	r->result = result;
}

enum result
stage_ask(struct unit *u, enum request_kind kind, const char *name, const char *value)
{
	const char	*colon = strchr(name, ':');
	char		*device = colon == NULL ? NULL : xstrndup(name, (size_t)(colon - name));
	struct request	r = { .kind = kind, .name = var_intern(colon == NULL ? name : colon + 1), .value = value,
			    .device = device };

	u->driver->command(u, &r);
	free(device);
	run(u);
	if (!r.done)
		abort();
	return r.result;
}

/* -- looking --------------------------------------------------------------------------------- */

const char *
stage_get(const struct unit *u, const char *name)
{
	size_t	i;

	for (i = 0; i < u->nreadings; i++)
		if (strcmp(var_name(u->readings[i].var), name) == 0)
			return u->readings[i].text;
	return NULL;
}

const char *
stage_text(struct buf *b)
{
	return b->len == 0 ? "" : buf_text(b);
}

bool
stage_has_word(struct buf *b, const char *word)
{
	const char	*s = stage_text(b);
	size_t		 len;

	for (; *(s += strspn(s, " ")) != '\0'; s += len) {
		len = strcspn(s, " ");
		if (len == strlen(word) && memcmp(s, word, len) == 0)
			return true;
	}
	return false;
}

/* -- knowledge --------------------------------------------------------------------------------- */

static struct conf_errors	errors;

struct conf_errors *
stage_errors(void)
{
	return &errors;
}

void *
stage_learn(void)
{
	const char	*src = getenv("srcdir");
	char		*pattern = xasprintf("%s/drivers/profiles/snmp/*.conf", src == NULL ? "." : src);
	struct conf	*confs[64];
	glob_t		 g = { .gl_pathc = 0 };
	void		*knowledge;
	size_t		 i;

	conf_errors_free(&errors);
	glob(pattern, 0, NULL, &g);
	free(pattern);
	for (i = 0; i < g.gl_pathc && i < nitems(confs); i++)
		confs[i] = conf_load(g.gl_pathv[i], &errors);
	knowledge = snmp_driver.learn((const struct conf *const *)confs, i, &errors);
	while (i-- > 0)
		conf_free(confs[i]);
	globfree(&g);
	for (i = 0; i < errors.n; i++)
		fprintf(stderr, "%s\n", errors.texts[i]);
	return knowledge;
}

char *
stage_recordings(void)
{
	const char	*shared = getenv("SHARED");
	char		*folder = xasprintf("%s/devices/snmp", shared == NULL ? "../shared" : shared);
	char		*manifest = xasprintf("%s/manifest.tsv", folder);
	FILE		*f = fopen(manifest, "r");

	free(manifest);
	if (f != NULL) {
		fclose(f);
		return folder;
	}
	free(folder);
	return NULL;
}
