/*
 * A UPS that speaks HID: recognised by its ids, told by its own descriptor
 * where its values stand.  Each report is read once a poll, however many
 * values stand in it, and what it sends by itself is published at once.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/hid/mend.h"
#include "drivers/hid/ups.h"

#define UPS_USAGE	UINT32_C(0x00840004)

const struct option	hid_options[] = {
	{ "online-discharge", "online", false,
	    "what a UPS is that says both: online, on-battery or calibrating" },
	{ .name = NULL },
};

/* -- recognition -------------------------------------------------------------------- */

static bool
is_ups(const struct descriptor *d)
{
	return d->ncollections > 1 && d->collections[1].usage == UPS_USAGE;
}

static const struct hid_profile *
choose_profile(struct unit *u, const struct hid_identity *id)
{
	const struct hid_knowledge	*k = unit_knowledge(u);
	struct hid_ups			*s = unit_state(u);
	const struct hid_profile	*p;

	if (strcmp(unit_profile(u), "auto") != 0) {
		p = hid_profile_find(k, unit_profile(u));
		s->product = p == NULL ? NULL : hid_profile_product(p, id);
		return p;
	}
	p = hid_profile_claim(k, id, &s->product);
	return p != NULL || !is_ups(s->d) ? p : hid_profile_find(k, s->source->fallback);
}

static bool
is_skipped(const struct hid_ups *s, const struct field *f)
{
	size_t	i;

	for (i = 0; s->product != NULL && i < s->product->nskips; i++)
		if (s->product->skips[i] == f->report)
			return true;
	return false;
}

static const struct field *
find_field(const struct hid_ups *s, enum hid_kind kind, const struct hid_path *path)
{
	const struct field	*f = descriptor_find(s->d, kind, path->usages, path->n);

	return f == NULL || is_skipped(s, f) ? NULL : f;
}

/* Whether a row of the same variable came before: the first that the device has is the one. */
static bool
is_taken(const struct hid_ups *s, const struct hid_row *row)
{
	size_t	i;

	for (i = 0; row->var != VAR_NONE && i < s->nuses; i++)
		if (s->uses[i].row->var == row->var)
			return true;
	return false;
}

/* One that says what a host must know: whether there is mains, and how long without. */
static bool
is_status(const struct hid_row *row)
{
	const uint64_t	vital = STATE_BIT(STATE_ONLINE) | STATE_BIT(STATE_OFFLINE) | STATE_BIT(STATE_DISCHARGING) |
			    STATE_BIT(STATE_LOW_BATTERY);
	size_t		i;

	for (i = 0; !row->alarm && row->when == WHEN_OFTEN && i < row->nwords; i++)
		if (((row->words[i].begin | row->words[i].end) & vital) != 0)
			return true;
	return false;
}

static void
use_row(struct hid_ups *s, const struct hid_row *row)
{
	struct hid_use	 use = { .row = row };
	char		 room[VALUE_TEXT_MAX];
	bool		 inputs = s->product != NULL && s->product->inputs;

	if (is_taken(s, row))
		return;
	use.input = find_field(s, HID_INPUT, &row->path);
	use.feature = inputs ? NULL : find_field(s, HID_FEATURE, &row->path);
	if (use.feature == NULL && (use.input == NULL || (!inputs && row->var != VAR_NONE)))
		return;
	if (row->kept)
		use.kept = xstrdup(value_text(&row->value, room));
	else if (is_status(row) && use.feature != NULL)
		s->features[use.feature->report].speaks = true;
	s->uses[s->nuses++] = use;
}

static void
use_profile(struct hid_ups *s)
{
	size_t	i;

	if (s->product != NULL && s->product->mend != UINT_MAX)
		descriptor_mend(s->d, s->product->mend);
	s->uses = xcalloc(s->profile->nrows + 1, sizeof(*s->uses));
	for (i = 0; i < s->profile->nrows; i++)
		use_row(s, &s->profile->rows[i]);
}

static void
not_recognised(struct unit *u, const struct hid_identity *id)
{
	if (strcmp(unit_profile(u), "auto") != 0)
		unit_fail(u, "there is no profile %s", unit_profile(u));
	else
		unit_fail(u, "%04x:%04x is known to no profile and calls itself no UPS: name a profile with "
		    "profile = NAME, or write one as drivers.md says", id->vendor, id->product);
}

static void	got_input(void *, enum result, const char *, const uint8_t *, size_t);

static size_t
longest_input(const struct descriptor *d)
{
	size_t	i, longest = 0, len;

	for (i = 0; i < 256; i++) {
		len = descriptor_size(d, HID_INPUT, (uint8_t)i);
		longest = len > longest ? len : longest;
	}
	return longest + d->numbered;
}

static bool
read_option(struct unit *u)
{
	static const char *const	words[] = { "online", "on-battery", "calibrating" };
	struct hid_ups			*s = unit_state(u);
	const char			*word = unit_option(u, "online-discharge");
	size_t				i;

	for (i = 0; i < nitems(words); i++)
		if (word != NULL && strcmp(words[i], word) == 0) {
			s->both = (enum both)i;
			return true;
		}
	unit_fail(u, "online-discharge is online, on-battery or calibrating");
	return false;
}

void
hid_ups_start(struct unit *u, const struct hid_source *source)
{
	struct hid_ups			*s = unit_state(u);
	const struct hid_identity	*id = source->identity(u);
	const uint8_t			*bytes;
	size_t				 len;

	s->source = source;
	s->charge = -1;
	if (!read_option(u))
		return;
	bytes = source->descriptor(u, &len);
	s->d = descriptor_parse(bytes, len);
	if (s->d->broken != NULL)
		unit_log(u, "its report descriptor is broken after %zu fields: %s", s->d->nfields, s->d->broken);
	s->profile = choose_profile(u, id);
	if (s->profile == NULL) {
		not_recognised(u, id);
		return;
	}
	use_profile(s);
	if (s->nuses == 0) {
		unit_fail(u, "%04x:%04x has nothing of what profile %s reads", id->vendor, id->product, s->profile->name);
		return;
	}
	unit_type(u, "ups");
	unit_log(u, "profile %s: %s, %s %s", s->profile->name, s->profile->title,
	    id->maker == NULL ? "" : id->maker, id->model == NULL ? "" : id->model);
	if (s->product == NULL || !s->product->quiet)
		source->listen(u, longest_input(s->d), got_input, u);
	unit_ready(u);
}

/* -- reports ------------------------------------------------------------------------------ */

static void
remember(const struct hid_ups *s, struct hid_cache *c, const uint8_t *bytes, size_t len)
{
	size_t	id = s->d->numbered ? 1 : 0;

	len = len < id ? 0 : len - id;
	if (len > HID_REPORT_MAX)
		len = HID_REPORT_MAX;
	if (len > c->len || c->bytes == NULL)
		c->bytes = xreallocarray(c->bytes, len + 1, 1);
	if (len > 0)
		memcpy(c->bytes, bytes + id, len);
	c->len = len;
	c->ever = c->fresh = true;
}

static void	next_report(struct unit *);

/* A device that numbers its reports says which it sends: anything else is not what was asked for. */
static bool
is_report(const struct hid_ups *s, uint8_t report, const uint8_t *bytes, size_t len)
{
	return s->d->numbered ? len > 1 && bytes[0] == report : len > 0;
}

/* Without a report that has been there and says what the state is, nobody knows it. */
static bool
is_needed(const struct hid_cache *c)
{
	return c->speaks && c->ever;
}

static void
got_feature(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct unit		*u = arg;
	struct hid_ups		*s = unit_state(u);
	uint8_t			 report = s->queue[s->at++];
	struct hid_cache	*c = &s->features[report];

	if (result == R_DONE && is_report(s, report, bytes, len)) {
		remember(s, c, bytes, len);
		s->any = true;
	} else {
		c->fresh = false;
		snprintf(s->reason, sizeof(s->reason), "report %u: %s", report,
		    result == R_DONE ? "another one came" : detail != NULL ? detail : result_text(result));
		if (result == R_TIMEOUT || is_needed(c)) {
			unit_fail(u, "%s", s->reason);
			return;
		}
	}
	next_report(u);
}

/* -- a round -------------------------------------------------------------------------------- */

static void
put_identity(struct unit *u)
{
	const struct hid_ups		*s = unit_state(u);
	const struct hid_identity	*id = s->source->identity(u);
	const char			*firmware;
	char				 text[HID_STRING_MAX];

	if (id->maker != NULL)
		unit_put_text(u, VAR_UPS_MFR, id->maker);
	if (id->serial != NULL)
		unit_put_text(u, VAR_UPS_SERIAL, id->serial);
	snprintf(text, sizeof(text), "%04x", id->vendor);
	unit_put(u, VAR_UPS_VENDORID, value_from_text(text));
	snprintf(text, sizeof(text), "%04x", id->product);
	unit_put(u, VAR_UPS_PRODUCTID, value_from_text(text));
	if (id->model == NULL)
		return;
	/* APC: "Back-UPS ES 700G FW:871.O4 .I USB FW:O4" */
	snprintf(text, sizeof(text), "%s", id->model);
	firmware = strstr(id->model, " FW:");
	if (firmware != NULL && (size_t)(firmware - id->model) < sizeof(text))
		text[firmware - id->model] = '\0';
	unit_put_text(u, VAR_UPS_MODEL, text);
	if (firmware == NULL)
		return;
	firmware += strlen(" FW:");
	snprintf(text, sizeof(text), "%s", firmware);
	firmware = strstr(firmware, " USB FW:");
	if (firmware != NULL) {
		unit_put_text(u, VAR_UPS_FIRMWARE_AUX, firmware + strlen(" USB FW:"));
		*strstr(text, " USB FW:") = '\0';
	}
	unit_put_text(u, VAR_UPS_FIRMWARE, text);
}

/* Whether what it says by itself is all that there is of a value. */
static bool
is_only_pushed(const struct hid_ups *s, const struct hid_use *use)
{
	return use->feature == NULL || !s->features[use->feature->report].ever;
}

static void
take(struct unit *u, struct hid_use *use, int64_t logical)
{
	struct hid_ups	*s = unit_state(u);
	char		 room[HID_STRING_MAX];
	struct value	 v;

	if (use->row->var == VAR_NONE) {
		use->word = hid_use_word(use, logical);
		return;
	}
	if (!hid_use_value(s, use, logical, room, &v))
		return;
	if (use->row->var == VAR_BATTERY_CHARGE)
		s->charge = (int)value_scaled(&v, 0);
	unit_put(u, use->row->var, v);
}

/* States of which one report decides follow the last that speaks; others hold while any says so. */
static uint64_t
fold_states(const struct hid_ups *s)
{
	uint64_t		 now = 0;
	const struct hid_use	*use;

	for (use = s->uses; use < s->uses + s->nuses; use++)
		if (use->word != NULL && !use->row->alarm && (now & use->row->unless) == 0)
			now = states_change(now, use->word->begin, use->word->end & STATES_IN_TURN);
	return now;
}

static void
publish_states(struct unit *u)
{
	const struct hid_ups	*s = unit_state(u);
	const struct hid_use	*use;

	states_publish(u, fold_states(s), s->both, s->charge);
	for (use = s->uses; use < s->uses + s->nuses; use++)
		if (use->word != NULL && use->row->alarm)
			unit_alarm(u, use->word->text);
}

/* Whether any of those that would say how it is does. */
static bool
is_known(const struct hid_ups *s)
{
	const struct hid_use	*use;
	bool			 none = true;

	for (use = s->uses; use < s->uses + s->nuses; use++) {
		if (!is_status(use->row))
			continue;
		if (use->word != NULL)
			return true;
		none = false;
	}
	return none;
}

static void
publish(struct unit *u)
{
	struct hid_ups	*s = unit_state(u);
	struct hid_use	*use;
	int64_t		 n;

	if (s->full)
		put_identity(u);
	for (use = s->uses; use < s->uses + s->nuses; use++) {
		if (use->row->kept) {
			unit_put(u, use->row->var, value_from_text(use->kept));
			continue;
		}
		if (!s->full && use->row->when != WHEN_OFTEN && use->row->var != VAR_NONE)
			continue;
		if (hid_use_logical(s, use, is_only_pushed(s, use), &n))
			take(u, use, n);
		else
			use->word = NULL;
	}
	if (!is_known(s)) {
		unit_fail(u, "it does not say how it is: %s", *s->reason != '\0' ? s->reason : "no such report yet");
		return;
	}
	publish_states(u);
	s->polled |= s->full;
	s->heard = false;
	if (s->full && !s->offered) {
		s->offered = true;
		hid_control_offer(u);
	}
	unit_done(u);
}

/* -- strings ------------------------------------------------------------------------------- */

static void	next_string(struct unit *);

static void
got_string(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct unit	*u = arg;
	struct hid_ups	*s = unit_state(u);
	uint8_t		 index = s->queue[s->at++];

	if (result == R_TIMEOUT) {
		unit_fail(u, "string %u: %s", index, detail != NULL ? detail : result_text(result));
		return;
	}
	if (s->strings[index] == NULL)
		s->strings[index] = xstrndup(result == R_DONE ? (const char *)bytes : "", result == R_DONE ? len : 0);
	next_string(u);
}

static void
next_string(struct unit *u)
{
	struct hid_ups	*s = unit_state(u);

	if (s->at < s->nqueue)
		s->source->get_string(u, s->queue[s->at], got_string, u);
	else
		publish(u);
}

static bool
is_queued(const struct hid_ups *s, uint8_t n)
{
	return memchr(s->queue, n, s->nqueue) != NULL;
}

static void
queue_strings(struct unit *u)
{
	struct hid_ups		*s = unit_state(u);
	const struct hid_use	*use;
	int64_t			 n;
	uint8_t			 index;

	s->nqueue = s->at = 0;
	for (use = s->uses; s->full && use < s->uses + s->nuses; use++) {
		if (use->row->form != FORM_STRING || !hid_use_logical(s, use, is_only_pushed(s, use), &n))
			continue;
		index = hid_use_string(use, n);
		if (index != 0 && s->strings[index] == NULL && !is_queued(s, index))
			s->queue[s->nqueue++] = index;
	}
	next_string(u);
}

/* -- polling --------------------------------------------------------------------------------- */

static void
next_report(struct unit *u)
{
	struct hid_ups	*s = unit_state(u);
	uint8_t		 report;

	if (s->at < s->nqueue) {
		report = s->queue[s->at];
		s->source->get_feature(u, report, descriptor_size(s->d, HID_FEATURE, report) + s->d->numbered,
		    got_feature, u);
	} else if (s->nqueue > 0 && !s->any)
		unit_fail(u, "it answers no report: %s", s->reason);
	else if (s->nqueue == 0 && !s->heard)
		unit_fail(u, "it reports nothing");
	else
		queue_strings(u);
}

/* A quick poll leaves alone what a full one found not to be there. */
static bool
is_due(const struct hid_ups *s, const struct hid_use *use, const struct hid_cache *c)
{
	if (use->row->kept)
		return false;
	if (use->row->when == WHEN_OFTEN)
		return s->full || c->ever;
	return s->full && (use->row->when == WHEN_SELDOM || !c->ever);
}

void
hid_ups_poll(struct unit *u, bool full)
{
	struct hid_ups		*s = unit_state(u);
	const struct hid_use	*use;
	uint8_t			 report;

	s->full = full || !s->polled;
	s->any = false;
	s->nqueue = s->at = 0;
	for (use = s->uses; use < s->uses + s->nuses; use++) {
		if (use->feature == NULL)
			continue;
		report = use->feature->report;
		if (is_due(s, use, &s->features[report]) && !is_queued(s, report))
			s->queue[s->nqueue++] = report;
	}
	next_report(u);
}

/* -- what it says by itself -------------------------------------------------------------------- */

static void
got_input(void *arg, enum result result, const char *detail, const uint8_t *bytes, size_t len)
{
	struct unit		*u = arg;
	struct hid_ups		*s = unit_state(u);
	struct hid_cache	*c;

	if (result != R_DONE || len < 1 + (size_t)s->d->numbered)
		return;
	c = &s->inputs[s->d->numbered ? bytes[0] : 0];
	remember(s, c, bytes, len);
	c->changed = s->heard = true;
	unit_wake(u, 0);
}

void
hid_ups_woken(struct unit *u)
{
	struct hid_ups	*s = unit_state(u);
	struct hid_use	*use;
	bool		 any = false;
	int64_t		 n;
	size_t		 i;

	if (!s->polled)
		return;
	for (use = s->uses; use < s->uses + s->nuses; use++) {
		if (use->input == NULL || use->row->kept || !s->inputs[use->input->report].changed ||
		    !hid_use_logical(s, use, true, &n))
			continue;
		take(u, use, n);
		any = true;
	}
	for (i = 0; i < nitems(s->inputs); i++)
		s->inputs[i].changed = false;
	if (!any)
		return;
	unit_absent(u, VAR_UPS_ALARM);		/* unless there is one */
	publish_states(u);
	unit_done(u);
}

void
hid_ups_stop(struct unit *u)
{
	struct hid_ups	*s = unit_state(u);
	size_t		 i;

	for (i = 0; i < nitems(s->features); i++) {
		free(s->features[i].bytes);
		free(s->inputs[i].bytes);
		free(s->strings[i]);
	}
	for (i = 0; i < s->nuses; i++)
		free(s->uses[i].kept);
	free(s->uses);
	descriptor_free(s->d);
	s->uses = NULL;
	s->d = NULL;
	s->nuses = 0;
	memset(s->features, 0, sizeof(s->features));
	memset(s->inputs, 0, sizeof(s->inputs));
	memset(s->strings, 0, sizeof(s->strings));
}
