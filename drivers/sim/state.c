#include "drivers/sim/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS	" \t"

/* -- words of ups.status ------------------------------------------------------ */

static bool
words_have(const char *words, const char *word)
{
	size_t	len = strlen(word), n;

	for (words += strspn(words, BLANKS); *words != '\0'; words += n, words += strspn(words, BLANKS)) {
		n = strcspn(words, BLANKS);
		if (n == len && memcmp(words, word, n) == 0)
			return true;
	}
	return false;
}

/* What a failure of mains makes of a word: "" takes it away. */
static const struct {
	const char	*word, *failed;
} failures[] = {
	{ "OL", "OB" }, { "CHRG", "DISCHRG" }, { "TRIM", "" }, { "BOOST", "" },
};

static const char *
status_failed(const char *word)
{
	size_t	i;

	for (i = 0; i < nitems(failures); i++)
		if (strcmp(failures[i].word, word) == 0)
			return failures[i].failed;
	return word;
}

/* The words that commands have a say in, in the order in which they are added. */
struct say {
	const char	*word;
	enum part	 part;
};

static size_t
status_says(const struct act *act, struct say says[4])
{
	says[0] = (struct say){ "TEST", act->test == TEST_SELF ? PART_YES : PART_AS_FILE };
	says[1] = (struct say){ "CAL", act->test == TEST_CALIBRATION ? PART_YES : PART_AS_FILE };
	says[2] = (struct say){ "BYPASS", act->bypass };
	says[3] = (struct say){ "OFF", act->off };
	return 4;
}

static void
status_add(char *status, size_t room, const char *word)
{
	size_t	len = strlen(status);

	if (*word != '\0' && !words_have(status, word))
		snprintf(status + len, room - len, "%s%s", len == 0 ? "" : " ", word);
}

static bool
status_denied(const struct say *says, size_t n, const char *word)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (says[i].part == PART_NO && strcmp(says[i].word, word) == 0)
			return true;
	return false;
}

static bool
status_untouched(const struct act *act)
{
	return act->off == PART_AS_FILE && act->bypass == PART_AS_FILE && !act->failure &&
	    act->test == TEST_NONE;
}

/* The file's words in their order, without those that commands took away, then those that they added. */
static void
status_compose(struct act *act)
{
	const char	*file = points_file_text(&act->points, VAR_UPS_STATUS);
	struct say	 says[4];
	size_t		 nsays = status_says(act, says), room, i;
	char		*copy, *status, *word, *rest;

	if (file == NULL || status_untouched(act)) {
		points_make(&act->points, VAR_UPS_STATUS, NULL);
		return;
	}
	room = 2 * strlen(file) + sizeof " TEST CAL BYPASS OFF";
	status = xcalloc(1, room);
	copy = xstrdup(file);
	for (word = strtok_r(copy, BLANKS, &rest); word != NULL; word = strtok_r(NULL, BLANKS, &rest))
		if (!status_denied(says, nsays, word))
			status_add(status, room, act->failure ? status_failed(word) : word);
	for (i = 0; i < nsays; i++)
		if (says[i].part == PART_YES)
			status_add(status, room, says[i].word);
	points_make(&act->points, VAR_UPS_STATUS, status);
	free(copy);
	free(status);
}

bool
state_mains(const struct act *act)
{
	const char	*file = points_file_text(&act->points, VAR_UPS_STATUS);

	return !act->failure && (file == NULL || !words_have(file, "OB"));
}

/* -- on and off ------------------------------------------------------------------ */

/* What is nothing while the output is off; of an outlet those with its prefix. */
static const char *const idle[] = {
	"ups.load", "ups.power", "ups.realpower", "output.voltage", "output.current",
	"output.power", "output.realpower",
};
static const char *const outlet_idle[] = { "current", "power", "realpower" };

static void
point_idle(struct act *act, const char *name, bool on)
{
	enum var	var = var_find(name, strlen(name));

	if (points_file_text(&act->points, var) != NULL)
		points_make(&act->points, var, on ? NULL : "0");
}

static void
state_idle(struct act *act, enum var status, bool on)
{
	const char	*name = var_name(status);
	int		 prefix = (int)(strlen(name) - strlen("status"));
	char		 other[256];
	size_t		 i;

	for (i = 0; status == VAR_UPS_STATUS && i < nitems(idle); i++)
		point_idle(act, idle[i], on);
	for (i = 0; status != VAR_UPS_STATUS && i < nitems(outlet_idle); i++) {
		snprintf(other, sizeof other, "%.*s%s", prefix, name, outlet_idle[i]);
		point_idle(act, other, on);
	}
}

void
state_switch(struct act *act, enum var status, bool on)
{
	if (status == VAR_UPS_STATUS)
		act->off = on ? PART_NO : PART_YES;
	else
		points_make(&act->points, status, on ? "on" : "off");
	state_idle(act, status, on);
}

bool
state_is_off(const struct act *act, enum var status)
{
	const char	*text = points_text(&act->points, status);

	if (status == VAR_UPS_STATUS && act->off != PART_AS_FILE)
		return act->off == PART_YES;
	if (text == NULL)
		return false;
	return status == VAR_UPS_STATUS ? words_have(text, "OFF") : strncasecmp(text, "off", 3) == 0;
}

/* -- what happens later ------------------------------------------------------------- */

static struct due *
due_find(struct act *act, enum due_kind kind, enum var status)
{
	size_t	i;

	for (i = 0; i < act->ndues; i++)
		if (act->dues[i].kind == kind && act->dues[i].status == status)
			return &act->dues[i];
	return NULL;
}

void
state_later(struct act *act, const struct due *due)
{
	struct due	*old = due_find(act, due->kind, due->status);

	if (old == NULL) {
		act->dues = array_room(act->dues, act->ndues, &act->dues_room, sizeof *act->dues);
		old = &act->dues[act->ndues++];
	}
	*old = *due;
}

static void
due_remove(struct act *act, struct due *due)
{
	if (due->timer != VAR_NONE)
		points_make(&act->points, due->timer, NULL);
	*due = act->dues[--act->ndues];
}

bool
state_cancel(struct act *act, enum due_kind kind, enum var status)
{
	struct due	*due = due_find(act, kind, status);

	if (due == NULL)
		return false;
	due_remove(act, due);
	return true;
}

/* -- tests ------------------------------------------------------------------------------ */

bool
state_test(struct act *act, enum test test, int64_t until)
{
	if (act->test != TEST_NONE)
		return false;
	act->test = test;
	points_make(&act->points, VAR_UPS_TEST_RESULT, "In progress");
	state_later(act, &(struct due){ .kind = DUE_TEST_END, .status = VAR_UPS_STATUS, .at = until });
	return true;
}

bool
state_test_end(struct act *act, const char *result)
{
	if (act->test == TEST_NONE)
		return false;
	act->test = TEST_NONE;
	state_cancel(act, DUE_TEST_END, VAR_UPS_STATUS);
	points_make(&act->points, VAR_UPS_TEST_RESULT, result);
	return true;
}

/* -- time passes -------------------------------------------------------------------------- */

void
state_reset(struct act *act, enum var changed)
{
	const char	*name = var_name(changed);
	size_t		 len = strlen(name);

	if (changed == VAR_UPS_STATUS) {
		state_test_end(act, "Aborted");
		act->off = act->bypass = PART_AS_FILE;
		act->failure = false;
	} else if (strncmp(name, "outlet.", 7) != 0 || len < 7 || strcmp(name + len - 7, ".status") != 0)
		return;
	state_cancel(act, DUE_ON, changed);
	state_idle(act, changed, true);
}

static bool
due_waits(const struct act *act, const struct due *due, int64_t now)
{
	return due->at > now || (due->kind == DUE_ON && due->mains && !state_mains(act));
}

/* The due is a copy, and no longer in the list. */
static void
due_happen(struct act *act, const struct due *due)
{
	switch (due->kind) {
	case DUE_TEST_END:
		state_test_end(act, "Done and passed");
		break;
	case DUE_ON:
		state_switch(act, due->status, true);
		break;
	case DUE_OFF:
		state_test_end(act, "Aborted");
		state_switch(act, due->status, false);
		if (due->back_ms >= 0)
			state_later(act, &(struct due){ .kind = DUE_ON, .status = due->status,
			    .timer = due->timer_on, .at = due->at + due->back_ms, .mains = due->mains });
		break;
	}
}

void
state_play(struct act *act, int64_t now)
{
	struct due	due;
	size_t		i;

	for (i = 0; i < act->ndues; ) {
		if (due_waits(act, &act->dues[i], now)) {
			i++;
			continue;
		}
		due = act->dues[i];
		due_remove(act, &act->dues[i]);
		due_happen(act, &due);
		i = 0;
	}
}

/* A countdown moves with each full second. */
int64_t
state_next(const struct act *act, int64_t now)
{
	int64_t	next = -1, left;
	size_t	i;

	for (i = 0; i < act->ndues; i++) {
		if (act->dues[i].at <= now)
			continue;	/* waits for mains, not for time */
		left = act->dues[i].at - now;
		if (act->dues[i].timer != VAR_NONE)
			left = (left - 1) % 1000 + 1;
		if (next < 0 || left < next)
			next = left;
	}
	return next;
}

void
state_show(struct act *act, int64_t now)
{
	char	text[VALUE_TEXT_MAX];
	int64_t	left;
	size_t	i;

	for (i = 0; i < act->ndues; i++) {
		if (act->dues[i].timer == VAR_NONE)
			continue;
		left = act->dues[i].at - now;
		snprintf(text, sizeof text, "%lld", left > 0 ? (long long)(left + 999) / 1000 : 0);
		points_make(&act->points, act->dues[i].timer, text);
	}
	status_compose(act);
}
