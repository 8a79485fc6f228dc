/*
 * SETs: what is looked at before anything is done.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "subagent/set_inside.h"

void
set_fail(struct set *set, const struct set_item *item, enum pdu_error error)
{
	size_t index = (size_t)(item - set->items) + 1;

	if (set->failed != 0 && set->failed <= index)
		return;
	set->failed = index;
	set->error = error;
}

/* -- the values ------------------------------------------------------------------------ */

static enum pdu_error
take_value(struct set_item *item, const struct object *given)
{
	const struct set_object *object = item->object;

	if (given->type != object->type)
		return PDU_WRONG_TYPE;
	if (object->type == OBJECT_OCTETS) {
		if ((int64_t)given->len < object->min || (int64_t)given->len > object->max)
			return PDU_WRONG_LENGTH;
		if (memchr(given->bytes, '\0', given->len) != NULL)
			return PDU_WRONG_VALUE;
		item->text = xstrndup((const char *)given->bytes, given->len);
	} else if (object->type == OBJECT_INTEGER || object->type == OBJECT_GAUGE32) {
		item->number = (int64_t)given->number;
		if (item->number < object->min || item->number > object->max)
			return PDU_WRONG_VALUE;
	} else if (object->type == OBJECT_OID && given->ref.len > 0) {
		item->number = given->ref.ids[given->ref.len - 1];
	}
	return PDU_OK;
}

/* Whether the configuration opens it. */
static bool
opened(const struct set_item *item)
{
	static const char *const words[] = {
		[WRITABLE_NAMES] = "names", [WRITABLE_TEST] = "test", [WRITABLE_CONFIG] = "config",
		[WRITABLE_CONTROL] = "control",
	};
	struct readings r = readings_of_device(item->device);

	return readings_has_word(&r, var_intern(REMARK_WRITABLE), words[item->object->right]);
}

static const struct set_object *
find_object(const struct sets *sets, const char *context, size_t len, struct oid oid, struct set_item *item,
    bool *there)
{
	const struct set_object *object = NULL;

	for (size_t i = 0; object == NULL && sets->families[i] != NULL; i++)
		object = sets->families[i]->find(sets->tree, context, len, oid, item, there);
	return object;
}

/* A varbind by itself. */
enum pdu_error
set_take_item(struct set *set, struct set_item *item, const char *context, size_t len, const struct object *given)
{
	enum pdu_error error;
	bool there = false;

	item->set = set;
	item->name = VAR_NONE;
	item->given = given;
	item->object = find_object(set->sets, context, len, given->oid, item, &there);
	if (item->object == NULL || (item->device != NULL && !opened(item)))
		return PDU_NOT_WRITABLE;
	if (item->device == NULL || !there)
		return PDU_NO_CREATION;
	if (item->object->has != NULL && !item->object->has(item))
		return PDU_NOT_WRITABLE;
	error = take_value(item, given);
	return error == PDU_OK && item->object->value != NULL ? item->object->value(item) : error;
}

/* -- the moment ----------------------------------------------------------------------- */

static bool
same_place(const struct set_item *a, const struct set_item *b)
{
	return a->object == b->object && a->device == b->device && a->part == b->part;
}

static bool
holds(const struct set *set, const struct set_item *item)
{
	return set->phase < PHASE_RELEASED || set->phase == PHASE_UNDOING ||
	    (set->phase == PHASE_RELEASED && item->object->lasting && item->pending != NULL);
}

/* Reserved by another SET, or named twice in this one. */
static bool
reserved(const struct set *by, const struct set_item *item)
{
	const struct set *set;

	TAILQ_FOREACH(set, &by->sets->list, entry)
		for (size_t i = 0; i < set->n && &set->items[i] != item; i++)
			if (same_place(&set->items[i], item) && holds(set, &set->items[i]))
				return true;
	return false;
}

static void
make_kept(struct set_item *item)
{
	if (item->object->remark == NULL || item->name != VAR_NONE)
		return;
	item->kind = REQUEST_KEEP;
	item->name = var_intern(item->object->remark);
	item->value = item->text != NULL ? xstrdup(item->text) : xasprintf("%lld", (long long)item->number);
}

void
set_check_moments(struct set *set, bool locks)
{
	for (size_t i = 0; i < set->n; i++) {
		struct set_item *item = &set->items[i];
		enum pdu_error error = PDU_OK;

		if (item->object->lock != locks)
			continue;
		if (reserved(set, item))
			error = PDU_INCONSISTENT_VALUE;
		else if (item->object->moment != NULL)
			error = item->object->moment(item);
		if (error != PDU_OK)
			set_fail(set, item, error);
		make_kept(item);
	}
}

const struct set_item *
set_other(const struct set_item *item, const struct set_object *object)
{
	for (size_t i = 0; i < item->set->n; i++) {
		const struct set_item *other = &item->set->items[i];

		if (other->object == object && other->device == item->device && other->part == item->part)
			return other;
	}
	return NULL;
}

struct tree *
set_tree(const struct set_item *item)
{
	return item->set->sets->tree;
}
