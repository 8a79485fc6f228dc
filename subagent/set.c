/*
 * SETs, from TestSet to CleanupSet.
 */

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "subagent/set_inside.h"

#define SUBJECT	"agentx"

/* -- life ------------------------------------------------------------------------- */

/* Whatever the engine says from now on is not listened to. */
static void
forget(struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		if (set->items[i].pending != NULL)
			pending_forget(set->items[i].pending);
		set->items[i].pending = NULL;
	}
	set->asked = 0;
}

static void
set_free(struct set *set)
{
	forget(set);
	for (size_t i = 0; i < set->n; i++) {
		free(set->items[i].text);
		free(set->items[i].value);
		free(set->items[i].before);
	}
	TAILQ_REMOVE(&set->sets->list, set, entry);
	set->sets->n--;
	timer_free(set->timer);
	free(set->origin);
	free(set);
}

static void
give_response(struct set *set, enum pdu_error error, size_t index)
{
	if (set->waiting)
		set->sets->respond(set->sets->arg, &set->request, error, index);
	set->waiting = false;
}

/* -- asking the engine ------------------------------------------------------------------- */

static void	asked_all(struct set *);

/* One answer less to wait for. */
static void
settled(struct set *set)
{
	if (--set->asked == 0)
		asked_all(set);
}

static void
ask(struct set_item *item, const char *value, bool test, result_fn *done)
{
	const struct ask ask = {
		.kind = item->kind, .name = item->name, .value = value, .origin = item->set->origin,
		.confirm = item->confirm, .test = test,
	};

	item->set->asked++;
	item->pending = device_ask(item->device, &ask, done, item);
}

/* What the engine says of a request that is only tried. */
static enum pdu_error
error_of(enum result result)
{
	static const enum pdu_error errors[] = {
		[R_DONE] = PDU_OK, [R_UNKNOWN] = PDU_NOT_WRITABLE, [R_READONLY] = PDU_NOT_WRITABLE,
		[R_INVALID] = PDU_WRONG_VALUE, [R_TOO_LONG] = PDU_WRONG_LENGTH, [R_DENIED] = PDU_NOT_WRITABLE,
		[R_CONFIRM] = PDU_INCONSISTENT_VALUE, [R_BUSY] = PDU_INCONSISTENT_VALUE,
		[R_FAILED] = PDU_RESOURCE_UNAVAILABLE, [R_TIMEOUT] = PDU_RESOURCE_UNAVAILABLE,
		[R_GONE] = PDU_RESOURCE_UNAVAILABLE,
	};

	return (size_t)result < nitems(errors) ? errors[result] : PDU_GEN_ERR;
}

static void
on_tested(enum result result, const char *detail, void *arg)
{
	struct set_item *item = arg;

	item->pending = NULL;
	if (result != R_DONE)
		set_fail(item->set, item, error_of(result));
	settled(item->set);
}

static void
on_kept(enum result result, const char *detail, void *arg)
{
	struct set_item *item = arg;

	item->pending = NULL;
	item->kept = result == R_DONE;
	if (result != R_DONE)
		set_fail(item->set, item, PDU_COMMIT_FAILED);
	settled(item->set);
}

static void
on_put_back(enum result result, const char *detail, void *arg)
{
	struct set_item *item = arg;

	item->pending = NULL;
	if (result != R_DONE)
		set_fail(item->set, item, PDU_UNDO_FAILED);
	settled(item->set);
}

/* The outcome is the engine's to log, and shows in the objects. */
static void
on_released(enum result result, const char *detail, void *arg)
{
	struct set_item *item = arg;

	item->pending = NULL;
	settled(item->set);
}

/* -- the phases ----------------------------------------------------------------------------- */

static void
test(struct set *set)
{
	set->phase = PHASE_TESTING;
	set->asked = 1;
	timer_set(set->timer, SET_ENGINE_MS);
	for (size_t i = 0; i < set->n; i++)
		if (set->items[i].name != VAR_NONE)
			ask(&set->items[i], set->items[i].value, true, on_tested);
	settled(set);
}

static void
remember(struct set_item *item)
{
	const struct value *value = snapshot_get(device_now(item->device), item->name);
	char room[VALUE_TEXT_MAX];

	free(item->before);
	item->before = value == NULL ? NULL : xstrdup(value_text(value, room));
}

static void
commit(struct set *set)
{
	set->phase = PHASE_COMMITTING;
	set->asked = 1;
	timer_set(set->timer, SET_ENGINE_MS);
	for (size_t i = 0; i < set->n; i++) {
		struct set_item *item = &set->items[i];

		if (item->device == NULL) {
			set_fail(set, item, PDU_COMMIT_FAILED);
		} else if (item->name != VAR_NONE && item->kind == REQUEST_KEEP) {
			remember(item);
			ask(item, item->value, false, on_kept);
		}
	}
	settled(set);
}

static void
release(struct set *set)
{
	set->phase = PHASE_RELEASED;
	set->asked = 1;
	timer_stop(set->timer);
	for (size_t i = 0; i < set->n; i++) {
		struct set_item *item = &set->items[i];

		if (item->device != NULL && item->name != VAR_NONE && item->kind != REQUEST_KEEP)
			ask(item, item->value, false, on_released);
		if (item->pending != NULL && !item->object->lasting) {
			pending_forget(item->pending);
			item->pending = NULL;
			settled(set);
		}
	}
	settled(set);
}

static void
undo(struct set *set)
{
	size_t staged = 0;

	set->phase = PHASE_UNDOING;
	set->failed = 0;
	set->asked = 1;
	timer_set(set->timer, SET_ENGINE_MS);
	for (size_t i = 0; i < set->n; i++) {
		struct set_item *item = &set->items[i];

		staged += item->name != VAR_NONE && item->kind != REQUEST_KEEP;
		if (item->kept && item->device != NULL)
			ask(item, item->before, false, on_put_back);
		item->kept = false;
	}
	if (staged > 0)
		log_info(SUBJECT, "%zu command%s by %s not executed: the SET was undone", staged,
		    staged == 1 ? "" : "s", set->origin);
	settled(set);
}

/* Everything that was asked in this phase has been answered. */
static void
asked_all(struct set *set)
{
	switch (set->phase) {
	case PHASE_TESTING:
		set->phase = PHASE_TESTED;
		timer_set(set->timer, SET_FORGOTTEN_MS);
		give_response(set, set->failed == 0 ? PDU_OK : set->error, set->failed);
		if (set->failed == 0)
			return;
		break;
	case PHASE_COMMITTING:
		set->phase = PHASE_COMMITTED;
		timer_set(set->timer, SET_FORGOTTEN_MS);
		if (!set->waiting)
			undo(set);	/* the session has ended meanwhile */
		else
			give_response(set, set->failed == 0 ? PDU_OK : PDU_COMMIT_FAILED, set->failed);
		return;
	case PHASE_UNDOING:
		give_response(set, set->failed == 0 ? PDU_OK : PDU_UNDO_FAILED, set->failed);
		break;
	default:
		break;
	}
	set->phase = PHASE_OVER;
	timer_set(set->timer, 0);	/* freed there: a caller may still hold it */
}

/* Discards everything that was not released.  What is on its way to the disk is put back once it is there. */
static void
discard(struct set *set)
{
	switch (set->phase) {
	case PHASE_TESTING:
	case PHASE_TESTED:
		forget(set);
		give_response(set, set->phase == PHASE_TESTED ? PDU_OK : PDU_PROCESSING_ERROR, 0);
		set->phase = PHASE_OVER;
		timer_set(set->timer, 0);
		break;
	case PHASE_COMMITTED:
		undo(set);
		break;
	default:
		break;
	}
}

static void
on_timer(void *arg)
{
	struct set *set = arg;

	switch (set->phase) {
	case PHASE_OVER:
		set_free(set);
		break;
	case PHASE_TESTING:
		forget(set);
		set_fail(set, &set->items[0], PDU_RESOURCE_UNAVAILABLE);
		set->asked = 1;
		settled(set);
		break;
	case PHASE_COMMITTING:
		/* Told now; what the disk still does is awaited, so that it can be put back. */
		give_response(set, PDU_COMMIT_FAILED, 1);
		break;
	case PHASE_UNDOING:
		give_response(set, PDU_UNDO_FAILED, 1);
		break;
	default:
		discard(set);
	}
}

/* -- requests of the master ---------------------------------------------------------------------- */

static struct set *
find_set(const struct sets *sets, uint32_t transaction)
{
	struct set *set;

	TAILQ_FOREACH(set, &sets->list, entry)
		if (set->transaction == transaction && set->phase < PHASE_RELEASED)
			return set;
	return NULL;
}

static size_t
count_varbinds(struct pdu_reader reader)
{
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object object;
	size_t n;

	for (n = 0; pdu_more(&reader); n++)
		pdu_read_object(&reader, &object, ids, ref);
	return reader.bad ? SIZE_MAX : n;
}

static struct set *
set_new(struct sets *sets, const struct pdu *pdu, const char *context, size_t len, size_t n)
{
	struct set *set = xcalloc(1, sizeof *set + n * sizeof set->items[0]);

	set->sets = sets;
	set->transaction = pdu->transaction;
	set->origin = len > 0 ? xasprintf("snmp %.*s", (int)len, context) : xstrdup("snmp");
	set->timer = timer_new(sets->loop, on_timer, set);
	set->n = n;
	TAILQ_INSERT_TAIL(&sets->list, set, entry);
	sets->n++;
	return set;
}

static void
await(struct set *set, const struct pdu *pdu)
{
	set->request = *pdu;
	set->request.payload = NULL;
	set->request.len = 0;
	set->waiting = true;
}

static void
take_test(struct sets *sets, const struct pdu *pdu)
{
	struct pdu_reader reader = pdu_read(pdu);
	uint32_t ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object given;
	size_t len, n, i;
	const char *context = pdu_read_context(&reader, pdu, &len);
	struct set *set;

	n = count_varbinds(reader);
	if (n == SIZE_MAX || find_set(sets, pdu->transaction) != NULL) {
		sets->respond(sets->arg, pdu, n == SIZE_MAX ? PDU_PARSE_ERROR : PDU_PROCESSING_ERROR, 0);
		return;
	}
	if (n > SET_VARBINDS_MAX || sets->n >= SETS_MAX) {
		sets->respond(sets->arg, pdu, PDU_RESOURCE_UNAVAILABLE, 1);
		return;
	}
	set = set_new(sets, pdu, context, len, n);
	await(set, pdu);
	for (i = 0; i < n && set->failed == 0; i++) {
		pdu_read_object(&reader, &given, ids, ref);
		set->error = set_take_item(set, &set->items[i], context, len, &given);
		set->failed = set->error != PDU_OK ? i + 1 : 0;
	}
	if (set->failed == 0)
		set_check_moments(set, true);
	if (set->failed == 0)
		set_check_moments(set, false);
	if (set->failed == 0) {
		test(set);
		return;
	}
	/* nothing is reserved; the CleanupSet that follows finds nothing */
	set->phase = PHASE_OVER;
	timer_set(set->timer, 0);
	give_response(set, set->error, set->failed);
}

static void
take_commit(struct sets *sets, const struct pdu *pdu)
{
	struct set *set = find_set(sets, pdu->transaction);

	if (set == NULL || set->phase != PHASE_TESTED || set->failed != 0) {
		sets->respond(sets->arg, pdu, PDU_COMMIT_FAILED, 1);
		return;
	}
	await(set, pdu);
	commit(set);
}

static void
take_undo(struct sets *sets, const struct pdu *pdu)
{
	struct set *set = find_set(sets, pdu->transaction);

	if (set == NULL || (set->phase != PHASE_TESTED && set->phase != PHASE_COMMITTED &&
	    set->phase != PHASE_COMMITTING)) {
		sets->respond(sets->arg, pdu, PDU_OK, 0);	/* there is nothing to undo */
		return;
	}
	if (set->phase == PHASE_COMMITTING) {
		/* it was told that the disk is late: put back once it has answered */
		set->waiting = false;
		sets->respond(sets->arg, pdu, PDU_OK, 0);
		return;
	}
	await(set, pdu);
	discard(set);
}

/* The one that gets no Response. */
static void
take_cleanup(struct sets *sets, const struct pdu *pdu)
{
	struct set *set = find_set(sets, pdu->transaction);

	if (set == NULL)
		return;
	if (set->phase == PHASE_COMMITTED && set->failed == 0)
		release(set);
	else
		discard(set);
}

bool
sets_take(struct sets *sets, const struct pdu *pdu)
{
	static void (*const takers[])(struct sets *, const struct pdu *) = {
		[PDU_TEST_SET] = take_test, [PDU_COMMIT_SET] = take_commit, [PDU_UNDO_SET] = take_undo,
		[PDU_CLEANUP_SET] = take_cleanup,
	};

	if (pdu->type >= nitems(takers) || takers[pdu->type] == NULL)
		return false;
	takers[pdu->type](sets, pdu);
	return true;
}

/* -- the outside ----------------------------------------------------------------------------------- */

static void
device_removed(const struct change *change, void *arg)
{
	struct sets *sets = arg;
	struct set *set;

	TAILQ_FOREACH(set, &sets->list, entry)
		for (size_t i = 0; i < set->n; i++)
			if (set->items[i].device == change->device)
				set->items[i].device = NULL;
}

struct sets *
sets_new(struct loop *loop, struct model *model, struct tree *tree, const struct set_family *const *families,
    set_respond_fn *respond_to, void *arg)
{
	struct sets *sets = xcalloc(1, sizeof *sets);

	sets->loop = loop;
	sets->tree = tree;
	sets->families = families;
	sets->respond = respond_to;
	sets->arg = arg;
	TAILQ_INIT(&sets->list);
	sets->watch = model_watch(model, EV_REMOVED, device_removed, sets);
	return sets;
}

void
sets_session_ended(struct sets *sets)
{
	struct set *set;

	TAILQ_FOREACH(set, &sets->list, entry) {
		set->waiting = false;
		discard(set);
	}
}

void
sets_free(struct sets *sets)
{
	if (sets == NULL)
		return;
	while (!TAILQ_EMPTY(&sets->list))
		set_free(TAILQ_FIRST(&sets->list));
	watch_cancel(sets->watch);
	free(sets);
}
