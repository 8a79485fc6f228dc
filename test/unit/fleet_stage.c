#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/mem.h"
#include "core/remarks.h"
#include "test/unit/dump.h"
#include "test/unit/fleet_stage.h"

const struct tree_clock at_1000_s = { .now_ms = 5000000, .master_uptime = 100000 };

struct device *
device(struct model *m, const char *name, unsigned index, enum device_state state, const char *text)
{
	struct device	*d = model_find(m, name, strlen(name));
	struct update	*u = update_begin(d != NULL ? d : (d = model_add(m, name)));

	dump_put(u, text);
	if (index > 0)
		update_put(u, var_intern(REMARK_INDEX), value_number(index, 0));
	if (update_get(u, var_intern(REMARK_TYPE)) == NULL)
		update_put_text(u, var_intern(REMARK_TYPE), "ups");
	update_state(u, state);
	update_commit(u);
	return d;
}

struct oid
parse(const char *dotted, uint32_t ids[OID_MAX_LEN])
{
	size_t	 len;

	assert_true(oid_parse(dotted, ids, &len));
	return (struct oid){ ids, len };
}

void
print_oid(char *to, struct oid oid)
{
	size_t	 i;

	for (i = 0; i < oid.len; i++)
		to += sprintf(to, "%s%u", i > 0 ? "." : "", oid.ids[i]);
}

/* An object as text: "230", "\"APC\"", "-" when there is no such instance, "--" when no such object. */
const char *
show(struct tree *t, const char *dotted, char room[600])
{
	uint32_t	 ids[OID_MAX_LEN];
	struct object	 o;

	if (!tree_get(t, "", 0, parse(dotted, ids), &at_1000_s, &o))
		strcpy(room, o.type == OBJECT_NO_SUCH_INSTANCE ? "-" : "--");
	else if (o.type == OBJECT_OCTETS)
		snprintf(room, 600, "\"%.*s\"", (int)o.len, (const char *)o.bytes);
	else if (o.type == OBJECT_OID)
		print_oid(room, o.ref);
	else
		snprintf(room, 600, "%lld", (long long)(int64_t)o.number);
	return room;
}

void
check(struct tree *t, const char *prefix, const char *expected)
{
	char	*copy = xstrdup(expected), *at = NULL, *one, *value, room[600], *dotted;

	for (one = copy; *one != '\0'; one = at) {
		value = strchr(one, '=') + 1;
		value[-1] = '\0';
		at = value + strcspn(value, "|");
		if (*at != '\0')
			*at++ = '\0';
		dotted = xasprintf("%s%s", prefix, one);
		if (strcmp(show(t, dotted, room), value) != 0)
			fail_msg("%s is %s, not %s", dotted, room, value);
		free(dotted);
	}
	free(copy);
}

void
check_next(struct tree *t, const char *from, bool include, const char *end, const char *expected)
{
	uint32_t	 from_ids[OID_MAX_LEN], end_ids[OID_MAX_LEN];
	struct oid	 last = { 0 };
	struct object	 o;
	char		 room[600] = "-";

	if (end != NULL)
		last = parse(end, end_ids);
	if (tree_next(t, "", 0, parse(from, from_ids), include, last, &at_1000_s, &o))
		print_oid(room, o.oid);
	if (strcmp(room, expected) != 0)
		fail_msg("after %s comes %s, not %s", from, room, expected);
}

static bool
same(const struct object *a, const struct object *b)
{
	if (a->type != b->type || oid_compare(a->oid, b->oid) != 0)
		return false;
	if (a->type == OBJECT_OCTETS)
		return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
	return a->type == OBJECT_OID ? a->ref.len == b->ref.len : a->number == b->number;
}

/* Walks the default context from end to end: rising, and each a GET, too.  Returns how many objects there are. */
size_t
walk(struct tree *t)
{
	uint32_t	 at[OID_MAX_LEN] = { 1, 3 };
	struct oid	 here = { at, 2 };
	struct object	 o, again;
	size_t		 n;

	for (n = 0; tree_next(t, "", 0, here, false, (struct oid){ 0 }, &at_1000_s, &o); n++) {
		assert_true(oid_compare(o.oid, here) > 0);
		memcpy(at, o.oid.ids, o.oid.len * sizeof(*at));
		o.oid = here = (struct oid){ at, o.oid.len };
		assert_true(tree_get(t, "", 0, here, &at_1000_s, &again));
		assert_true(same(&o, &again));
		assert_true(tree_next(t, "", 0, here, true, (struct oid){ 0 }, &at_1000_s, &again));
		assert_true(same(&o, &again));
	}
	return n;
}

double
seconds(void)
{
	struct timespec	 now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

size_t
plain_walk(struct tree *t)
{
	uint32_t	 at[OID_MAX_LEN] = { 1, 3 };
	struct oid	 here = { at, 2 };
	struct object	 o;
	size_t		 n;

	for (n = 0; tree_next(t, "", 0, here, false, (struct oid){ 0 }, &at_1000_s, &o); n++) {
		memcpy(at, o.oid.ids, o.oid.len * sizeof(*at));
		here.len = o.oid.len;
	}
	return n;
}
