#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/outlet.h"
#include "core/remarks.h"

/* -- names ---------------------------------------------------------------------- */

static const char *const words[OUTLET_COMMANDS] = {
	[OUTLET_NONE] = "none",
	[OUTLET_ON] = "load.on", [OUTLET_OFF] = "load.off", [OUTLET_CYCLE] = "load.cycle",
	[OUTLET_DELAYED_ON] = "load.on.delay", [OUTLET_DELAYED_OFF] = "load.off.delay",
	[OUTLET_DELAYED_CYCLE] = "load.cycle.delay", [OUTLET_CANCEL] = "load.cancel",
};

static const char *const results[OUTLET_RESULTS] = {
	[OUTLET_NEVER] = "never", [OUTLET_OK] = "ok", [OUTLET_REFUSED] = "refused",
	[OUTLET_UNSUPPORTED] = "unsupported", [OUTLET_FAILED] = "failed", [OUTLET_TIMED_OUT] = "timedOut",
	[OUTLET_PENDING] = "pending",
};

const char *
outlet_command_word(enum outlet_command command)
{
	return words[command];
}

enum var
outlet_command_var(unsigned outlet, enum outlet_command command)
{
	return var_internf("outlet.%u.%s", outlet, words[command]);
}

unsigned
outlet_number(const char *name, const char **rest)
{
	unsigned	 number = 0;
	const char	*at = name + 7;

	if (strncmp(name, "outlet.", 7) != 0 || *at < '1' || *at > '9')
		return 0;
	for (; *at >= '0' && *at <= '9' && number <= OUTLET_MAX; at++)
		number = number * 10 + (unsigned)(*at - '0');
	if (*at != '.' || number > OUTLET_MAX)
		return 0;
	*rest = at + 1;
	return number;
}

static unsigned
word_in(const char *word, const char *const *list, unsigned n)
{
	unsigned	i;

	for (i = 1; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return i;
	return 0;
}

enum outlet_command
outlet_command_of(enum var var, unsigned *outlet)
{
	const char	*rest;

	if (var == VAR_NONE || (*outlet = outlet_number(var_name(var), &rest)) == 0)
		return OUTLET_NONE;
	return word_in(rest, words, OUTLET_COMMANDS);
}

enum outlet_command
outlet_command_named(const char *word)
{
	return word_in(word, words, OUTLET_COMMANDS);
}

enum outlet_command
outlet_base_of(enum outlet_command command)
{
	return command >= OUTLET_DELAYED_ON && command <= OUTLET_DELAYED_CYCLE ?
	    command - OUTLET_DELAYED_ON + OUTLET_ON : command;
}

bool
outlet_cuts_power(enum outlet_command command)
{
	enum outlet_command	 base = outlet_base_of(command);

	return base == OUTLET_OFF || base == OUTLET_CYCLE;
}

enum outlet_result
outlet_result_of(enum result result)
{
	static const enum outlet_result	 of[] = {
		[R_DONE] = OUTLET_OK, [R_UNKNOWN] = OUTLET_UNSUPPORTED, [R_READONLY] = OUTLET_REFUSED,
		[R_INVALID] = OUTLET_REFUSED, [R_TOO_LONG] = OUTLET_REFUSED, [R_DENIED] = OUTLET_REFUSED,
		[R_CONFIRM] = OUTLET_REFUSED, [R_BUSY] = OUTLET_FAILED, [R_FAILED] = OUTLET_FAILED,
		[R_TIMEOUT] = OUTLET_TIMED_OUT, [R_GONE] = OUTLET_TIMED_OUT,
	};

	return (size_t)result < nitems(of) ? of[result] : OUTLET_FAILED;
}

/* -- what the device says ------------------------------------------------------------- */

const char *const	 outlet_labels[] = { "id", "name", "desc", "designator", NULL };

static void
widen(struct outlet_range *range, const char *name, unsigned outlet)
{
	const char	*rest;
	unsigned	 number = outlet_number(name, &rest);

	if (number == 0)
		return;
	if (range->first == 0 || number < range->first)
		range->first = number;
	if (number > range->last)
		range->last = number;
	range->has |= number == outlet;
}

struct outlet_range
outlet_range(const struct snapshot *s, const struct traits *traits, unsigned outlet)
{
	struct outlet_range	 range = { 0 };
	size_t			 i;

	for (i = 0; i < snapshot_size(s); i++)
		widen(&range, var_name(snapshot_at(s, i)->var), outlet);
	for (i = 0; i < traits_commands(traits); i++)
		widen(&range, var_name(traits_command(traits, i)), outlet);
	return range;
}

int
outlet_shown_state(const struct snapshot *s, unsigned outlet)
{
	char		 name[64];
	int		 len = snprintf(name, sizeof(name), "outlet.%u.status", outlet);
	const char	*text = snapshot_text(s, var_find(name, (size_t)len));

	if (text == NULL)
		return -1;
	return strcasecmp(text, "on") == 0 ? 1 : strcasecmp(text, "off") == 0 ? 0 : -1;
}

/* -- remarks --------------------------------------------------------------------- */

/* of: the number of an outlet, or "group." and that of a group */
static const char *
remark(const struct snapshot *s, const char *what, const char *of)
{
	char	 name[64];
	int	 len = snprintf(name, sizeof(name), REMARK_OUTLET "%s.%s", of, what);

	return snapshot_text(s, var_find(name, (size_t)len));
}

static void
take_pending(const char *text, struct outlet_said *said)
{
	char	 word[32];

	if (text != NULL && sscanf(text, "%31s %" SCNd64, word, &said->due) == 2)
		said->pending = word_in(word, words, OUTLET_COMMANDS);
}

static void
take_last(const char *text, struct outlet_said *said)
{
	char	 result[16], word[32];
	int	 at = 0;

	if (text == NULL || sscanf(text, "%15s %31s %" SCNd64 " %n", result, word, &said->time, &at) != 3 || at == 0)
		return;
	said->last = word_in(word, words, OUTLET_COMMANDS);
	said->result = word_in(result, results, OUTLET_RESULTS);
	said->origin = text + at;
}

static struct outlet_said
said_of(const struct snapshot *s, const char *of)
{
	struct outlet_said	 said = { .pending = OUTLET_NONE };

	said.critical = remark(s, REMARK_OUTLET_CRITICAL, of) != NULL;
	said.readonly = remark(s, REMARK_OUTLET_READONLY, of) != NULL;
	take_pending(remark(s, REMARK_OUTLET_PENDING, of), &said);
	take_last(remark(s, REMARK_OUTLET_LAST, of), &said);
	return said;
}

void
outlet_said(const struct snapshot *s, unsigned outlet, struct outlet_said *said)
{
	char	 of[16];

	snprintf(of, sizeof(of), "%u", outlet);
	*said = said_of(s, of);
}

void
group_said(const struct snapshot *s, unsigned group, struct outlet_said *said)
{
	char	 of[24];

	snprintf(of, sizeof(of), "group.%u", group);
	*said = said_of(s, of);
}

char *
outlet_pending_text(enum outlet_command command, int64_t due)
{
	return xasprintf("%s %" PRId64, words[command], due);
}

char *
outlet_last_text(enum outlet_result result, enum outlet_command command, int64_t time, const char *origin)
{
	return xasprintf("%s %s %" PRId64 " %s", results[result], words[command], time, origin);
}

const char *
outlet_shown_name(const struct snapshot *s, unsigned outlet, char room[VALUE_TEXT_MAX])
{
	static const char *const	 labels[] = { "name", "desc", "designator", "id" };
	char				 name[64];
	int				 len = snprintf(name, sizeof(name), REMARK_OUTLET "%u.name", outlet);
	const struct value		*v = snapshot_get(s, var_find(name, (size_t)len));
	size_t				 i;

	for (i = 0; v == NULL && i < nitems(labels); i++) {
		len = snprintf(name, sizeof(name), "outlet.%u.%s", outlet, labels[i]);
		v = snapshot_get(s, var_find(name, (size_t)len));
	}
	return v == NULL ? NULL : value_text(v, room);
}
