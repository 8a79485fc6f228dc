#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/line.h"
#include "core/mem.h"
#include "drivers/nut/remote.h"

#define MAXLEN_MAX	65535

struct remote *
remote_new(const char *name)
{
	struct remote	*r = xcalloc(1, sizeof(*r));

	r->name = xstrdup(name);
	return r;
}

void
remote_free(struct remote *r)
{
	remote_forget_traits(r);
	free(r->commands);
	free(r->settings);
	buf_free(&r->values);
	buf_free(&r->shape);
	buf_free(&r->last_shape);
	free(r->name);
	free(r->description);
	free(r);
}

/* What upsd says where it has nothing to say is none. */
void
remote_describe(struct remote *r, const char *text)
{
	bool	 none = *text == '\0' || strcmp(text, "Unavailable") == 0 ||
		    strcmp(text, "Description unavailable") == 0;

	if (r->description != NULL && strcmp(r->description, text) == 0)
		return;
	free(r->description);
	r->description = none ? NULL : xstrdup(text);
}

/* -- what it can do ----------------------------------------------------------------- */

void
remote_forget_traits(struct remote *r)
{
	struct setting	*s;

	while (r->nsettings > 0) {
		s = &r->settings[--r->nsettings];
		while (s->nenums > 0)
			free(s->enums[--s->nenums]);
		free(s->enums);
		free(s->ranges);
	}
	r->ncommands = 0;
	buf_clear(&r->shape);
}

void
remote_add_command(struct remote *r, const char *name)
{
	enum var	 var = var_admit(name);

	if (var == VAR_NONE || r->ncommands >= REMOTE_SETTABLE_MAX)
		return;
	r->commands = array_room(r->commands, r->ncommands, &r->commands_room, sizeof(*r->commands));
	r->commands[r->ncommands++] = var;
	buf_printf(&r->shape, "%s\n", name);
}

void
remote_add_setting(struct remote *r, const char *name)
{
	enum var	 var = var_admit(name);

	if (var == VAR_NONE || r->nsettings >= REMOTE_SETTABLE_MAX || remote_setting(r, var) != NULL)
		return;
	r->settings = array_room(r->settings, r->nsettings, &r->settings_room, sizeof(*r->settings));
	r->settings[r->nsettings++] = (struct setting){ .var = var };
	buf_printf(&r->shape, "= %s\n", name);
}

struct setting *
remote_setting(struct remote *r, enum var var)
{
	size_t	 i;

	for (i = 0; i < r->nsettings; i++)
		if (r->settings[i].var == var)
			return &r->settings[i];
	return NULL;
}

void
setting_type(struct setting *s, const char *const *words, size_t n)
{
	unsigned long	 len;
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (strcmp(words[i], "ENUM") == 0)
			s->enumerated = true;
		else if (strcmp(words[i], "RANGE") == 0)
			s->ranged = true;
		else if (strcmp(words[i], "NUMBER") == 0)
			s->typed = true;
		else if (strncmp(words[i], "STRING:", 7) == 0) {
			len = strtoul(words[i] + 7, NULL, 10);
			s->typed = len > 0;
			s->maxlen = len < MAXLEN_MAX ? (unsigned)len : MAXLEN_MAX;
		}
	}
}

void
setting_enum(struct setting *s, const char *text)
{
	if (s->nenums >= REMOTE_CHOICES_MAX)
		return;
	s->enums = array_room(s->enums, s->nenums, &s->enums_room, sizeof(*s->enums));
	s->enums[s->nenums++] = xstrdup(text);
}

void
setting_range(struct setting *s, const char *min, const char *max)
{
	struct range	 range = { value_from_text(min), value_from_text(max) };

	if (range.min.type != V_NUMBER || range.max.type != V_NUMBER || s->nranges >= REMOTE_CHOICES_MAX)
		return;
	range.min.text = range.max.text = NULL;
	s->ranges = array_room(s->ranges, s->nranges, &s->ranges_room, sizeof(*s->ranges));
	s->ranges[s->nranges++] = range;
}

/* Without a type, or with choices that never came, the server's word is not complete: not offered. */
static bool
is_complete(const struct setting *s)
{
	if ((s->enumerated && s->nenums == 0) || (s->ranged && s->nranges == 0))
		return false;
	return s->typed || s->nenums + s->nranges > 0;
}

void
remote_offer(const struct remote *r, struct unit *u)
{
	const struct setting	*s;
	size_t			 i;

	unit_forget_traits(u);
	for (i = 0; i < r->ncommands; i++)
		unit_command(u, r->commands[i]);
	for (i = 0; i < r->nsettings; i++) {
		s = &r->settings[i];
		if (is_complete(s))
			unit_settable(u, &(struct settable){ .var = s->var, .maxlen = s->maxlen,
			    .nenums = s->nenums, .enums = (const char *const *)s->enums,
			    .nranges = s->nranges, .ranges = s->ranges });
	}
}

/* -- readings -------------------------------------------------------------------------- */

bool
remote_put(char *lines, size_t len, const char *name, struct unit *u)
{
	const char	*words[REMOTE_WORDS];
	enum var	 var;
	size_t		 n;
	char		*end;

	for (; len > 0; len -= n, lines += n) {
		if ((end = memchr(lines, '\n', len)) == NULL)
			return false;
		n = (size_t)(end + 1 - lines);
		if (n < 2 || end[-1] != '"' || line_split(lines, n - 1, words, REMOTE_WORDS) != 4 || strcmp(words[0], "VAR") != 0 ||
		    strcasecmp(words[1], name) != 0)
			return false;
		if ((var = var_admit(words[2])) != VAR_NONE)
			unit_put_text(u, var, words[3]);
	}
	return true;
}

/* -- errors ------------------------------------------------------------------------------- */

static const struct {
	const char	*word;
	enum result	 result;
	const char	*detail;
} errors[] = {
	{ "ACCESS-DENIED", R_DENIED, "the server does not allow it to our user" },
	{ "USERNAME-REQUIRED", R_DENIED, "the server wants a user name; options = {\"user=...\"}" },
	{ "PASSWORD-REQUIRED", R_DENIED, "the server wants a password; options = {\"password=...\"}" },
	{ "UNKNOWN-UPS", R_GONE, "the server has no such device" },
	{ "DATA-STALE", R_GONE, "the server has no fresh data of the device" },
	{ "DRIVER-NOT-CONNECTED", R_GONE, "the device is not connected to the server" },
	{ "CMD-NOT-SUPPORTED", R_UNKNOWN, NULL },
	{ "VAR-NOT-SUPPORTED", R_UNKNOWN, NULL },
	{ "UNKNOWN", R_UNKNOWN, "the server's driver does not know it" },	/* how a tracked one ended */
	{ "READONLY", R_READONLY, NULL },
	{ "TOO-LONG", R_TOO_LONG, NULL },
	{ "INVALID-VALUE", R_INVALID, NULL },
	{ "INVALID-ARGUMENT", R_INVALID, NULL },
	{ "INSTCMD-FAILED", R_FAILED, NULL },
	{ "SET-FAILED", R_FAILED, NULL },
	{ "FAILED", R_FAILED, NULL },
};

enum result
remote_error(const char *word, const char **detail)
{
	size_t	 i;

	for (i = 0; i < nitems(errors); i++)
		if (strcmp(errors[i].word, word) == 0) {
			*detail = errors[i].detail;
			return errors[i].result;
		}
	*detail = "the server refuses it";
	return R_FAILED;
}
