/*
 * Arbitrary OIDs asked of the real tree: the bytes are search ranges as a
 * GetNext carries them.  What comes next comes after what was asked for and
 * before the end of the range, a GET finds it, and a walk ends.
 */

#include "core/mem.h"
#include "core/remarks.h"
#include "core/update.h"
#include "subagent/pdu.h"
#include "subagent/tree.h"

#include <stdlib.h>
#include <string.h>

#define WALK_MAX	1000		/* more objects than one UPS has */

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct tree_clock clock_now = { .now_ms = 1000000, .master_uptime = 4242 };

static void
check(bool condition)
{
	if (!condition)
		abort();
}

static struct model *
make_model(void)
{
	static const struct {
		const char	*name, *text;
	} readings[] = {
		{ REMARK_CONTEXT, "yes" }, { REMARK_DEFAULT, "yes" }, { REMARK_INDEX, "7" }, { REMARK_TYPE, "ups" },
		{ "outlet.2.current", "1.5" }, { "ups.status", "OL CHRG" },
		{ "ups.mfr", "ACME" }, { "battery.charge", "99" }, { "battery.runtime", "1800" },
		{ "input.phases", "3" }, { "input.L1-N.voltage", "230" }, { "input.L3-N.voltage", "231" },
		{ "output.voltage", "230" }, { "ups.load", "21.5" },
	};
	struct model *model = model_new();
	struct update *update = update_begin(model_add(model, "ups1"));

	for (size_t i = 0; i < nitems(readings); i++)
		update_put_text(update, var_intern(readings[i].name), readings[i].text);
	update_state(update, DEVICE_FRESH);
	update_commit(update);
	return model;
}

static void
keep(struct oid *to, uint32_t *ids, struct oid from)
{
	memcpy(ids, from.ids, from.len * sizeof *ids);
	*to = (struct oid){ ids, from.len };
}

/* The object that comes next, or false; its OID is copied to ids. */
static bool
next(struct tree *tree, const char *context, struct oid from, bool include, struct oid end,
    struct oid *found, uint32_t *ids)
{
	struct object object;
	int order;

	if (!tree_next(tree, context, strlen(context), from, include, end, &clock_now, &object))
		return false;
	keep(found, ids, object.oid);
	order = oid_compare(*found, from);
	check(order > 0 || (order == 0 && include));
	check(end.len == 0 || oid_compare(*found, end) < 0);
	check(tree_get(tree, context, strlen(context), *found, &clock_now, &object));
	check(oid_compare(object.oid, *found) == 0);
	return true;
}

static void
ask(struct tree *tree, const char *context, struct oid from, bool include, struct oid end)
{
	uint32_t ids[2][OID_MAX_LEN];
	struct object object;
	struct oid found;
	size_t n = 0;

	/* A GET finds just what GETNEXT with include finds in this place. */
	if (tree_get(tree, context, strlen(context), from, &clock_now, &object)) {
		check(next(tree, context, from, true, (struct oid){ NULL, 0 }, &found, ids[0]));
		check(oid_compare(found, from) == 0);
	} else
		check(object.type == OBJECT_NO_SUCH_OBJECT || object.type == OBJECT_NO_SUCH_INSTANCE);
	while (next(tree, context, from, include, end, &found, ids[n % 2])) {
		from = found;
		include = false;
		check(++n < WALK_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct pdu_reader reader = { .at = data, .end = data + len, .network = true };
	uint32_t from_ids[OID_MAX_LEN], end_ids[OID_MAX_LEN];
	struct model *model = make_model();
	struct tree *tree = tree_new(model);
	bool include, ignored;

	tree_entities(tree, true);
	while (pdu_more(&reader)) {
		struct oid from = pdu_read_oid(&reader, from_ids, &include);
		struct oid end = pdu_read_oid(&reader, end_ids, &ignored);

		if (reader.bad)
			break;
		ask(tree, "", from, include, end);
		ask(tree, "ups1", from, include, end);
	}
	tree_free(tree);
	model_free(model);
	return 0;
}
