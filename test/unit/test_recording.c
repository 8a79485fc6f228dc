#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bus/replay.h"
#include "bus/varbinds.h"
#include "core/mem.h"

static const char small[] =
    "1.3.6.1.2.1.1.2.0|6|1.3.6.1.2.1.33\n"
    "1.3.6.1.2.1.1.1.0|4|Test UPS | with a bar\r\n"
    "# a comment\n"
    "\n"
    "1.3.6.1.2.1.1.3.0|67|123456\n"
    "1.3.6.1.2.1.33.1.1.1.0|4x|41424300ff\n"
    "1.3.6.1.2.1.33.1.2.2.0|2|-5\n"
    "1.3.6.1.2.1.33.1.2.3.0|70|18446744073709551615\n"
    "1.3.6.1.2.1.33.1.2.4.0|5|\n"
    "1.3.6.1.2.1.33.1.9.8.0|2:writecache|value=1\n"
    "1.3.6.1.2.1.33.1.9.9.0|2:numeric|min=1,max=2,initial=7\n"
    "1.3.6.1.2.1.33.1.9.10.0|4:subprocess|/bin/true\n"
    "1.3.6.1.2.1.4.20.1.1.10|64|192.0.2.10\n"
    "1.3.6.1.2.1.1.3.0|67|1\n";

static struct recording *
parse(const char *text)
{
	char			*why = NULL;
	struct recording	*r = recording_parse(text, strlen(text), &why);

	assert_non_null(r);
	assert_null(why);
	return r;
}

static const struct varbind *
get(const struct recording *r, const char *dotted)
{
	uint32_t	ids[OID_MAX_LEN];
	size_t		len;

	assert_true(oid_parse(dotted, ids, &len));
	return recording_get(r, (struct oid){ ids, len });
}

static void
test_parse(void **state)
{
	struct recording	*r = parse(small);
	const struct varbind	*v;

	assert_int_equal(recording_size(r), 10);
	v = get(r, "1.3.6.1.2.1.1.1.0");
	assert_int_equal(v->type, VB_OCTETS);
	assert_string_equal((const char *)v->bytes, "Test UPS | with a bar");
	v = get(r, "1.3.6.1.2.1.1.2.0");
	assert_int_equal(v->type, VB_OID);
	assert_int_equal(v->ref.len, 7);
	assert_int_equal(v->ref.ids[6], 33);
	v = get(r, "1.3.6.1.2.1.1.3.0");
	assert_int_equal(v->type, VB_TIMETICKS);
	assert_int_equal(v->number, 123456);
	v = get(r, "1.3.6.1.2.1.33.1.1.1.0");
	assert_int_equal(v->len, 5);
	assert_memory_equal(v->bytes, "ABC\0\xff\0", 6);
	assert_int_equal(get(r, "1.3.6.1.2.1.33.1.2.2.0")->number, -5);
	assert_true(get(r, "1.3.6.1.2.1.33.1.2.3.0")->number == INT64_MAX);
	assert_int_equal(get(r, "1.3.6.1.2.1.33.1.2.4.0")->type, VB_ABSENT);
	assert_int_equal(get(r, "1.3.6.1.2.1.33.1.9.9.0")->number, 7);
	assert_null(get(r, "1.3.6.1.2.1.33.1.9.10.0"));
	assert_memory_equal(get(r, "1.3.6.1.2.1.4.20.1.1.10")->bytes, "\xc0\0\x02\x0a", 4);
	recording_free(r);
}

static void
test_mistakes(void **state)
{
	static const struct { const char *text, *why; } wrong[] = {
		{ "1.3|2\n",			"line 1: not OID|TAG|VALUE" },
		{ "\n1.x|2|5",			"line 2: not an OID" },
		{ "1.3.6|99|5",			"line 1: no such tag" },
		{ "1.3.6||5",			"line 1: no such tag" },
		{ "1.3.6|2|five",		"line 1: not a value of that type" },
		{ "1.3.6|2|",			"line 1: not a value of that type" },
		{ "1.3.6|2|99999999999999999999", "line 1: not a value of that type" },
		{ "1.3.6|4x|4",			"line 1: not a value of that type" },
		{ "1.3.6|4x|zz",		"line 1: not a value of that type" },
		{ "1.3.6|64|1.2.3",		"line 1: not a value of that type" },
		{ "1.3.6|64|1.2.3.400",		"line 1: not a value of that type" },
	};
	char	*why;
	size_t	 i;

	for (i = 0; i < nitems(wrong); i++) {
		why = NULL;
		assert_null(recording_parse(wrong[i].text, strlen(wrong[i].text), &why));
		assert_string_equal(why, wrong[i].why);
		free(why);
	}
}

static void
test_next(void **state)
{
	struct recording	*r = parse(small);
	const struct varbind	*v;
	uint32_t		 zero[] = { 0, 0 };
	uint32_t		 last[OID_MAX_LEN];
	size_t			 n = 0, len = 2;

	memcpy(last, zero, sizeof(zero));
	while ((v = recording_next(r, (struct oid){ last, len })) != NULL) {
		assert_true(oid_compare(v->oid, (struct oid){ last, len }) > 0);
		len = v->oid.len;
		memcpy(last, v->oid.ids, len * sizeof(*last));
		n++;
	}
	assert_int_equal(n, recording_size(r));
	recording_free(r);
}

/* -- through the peer --------------------------------------------------------- */

struct outcome {
	unsigned	 calls;
	enum result	 result;
	size_t		 n, present;
	int64_t		 last;
};

static void
collect(void *arg, enum result result, const char *detail, const struct varbind *binds, size_t n)
{
	struct outcome	*o = arg;

	o->calls++;
	o->result = result;
	o->n = n;
	o->present = 0;
	for (size_t i = 0; i < n; i++) {
		o->present += binds[i].type != VB_ABSENT;
		o->last = binds[i].number;
	}
}

static void
through(bool v1)
{
	struct loop		*loop = loop_new_virtual();
	struct peer		*p = replay_new(loop, parse(small),
				    &(struct peer_options){ .name = "replay", .timeout_ms = 1000, .v1 = v1 }, NULL, NULL);
	static const char *const	names[] = { "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.99.0", "1.3.6.1.2.1.33.1.2.4.0",
				    "1.3.6.1.2.1.33.1.2.2.0" };
	uint32_t		 ids[4][OID_MAX_LEN];
	struct oid		 oids[4], root;
	struct outcome		 o = { 0 };

	for (size_t i = 0; i < 4; i++) {
		assert_true(oid_parse(names[i], ids[i], &oids[i].len));
		oids[i].ids = ids[i];
	}
	peer_get(p, oids, 4, collect, &o);
	loop_run(loop);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.n, 4);
	assert_int_equal(o.present, 2);
	assert_int_equal(o.last, -5);
	root = (struct oid){ ids[3], 7 };
	peer_walk(p, root, 0, collect, &o);
	loop_run(loop);
	assert_int_equal(o.result, R_DONE);
	assert_int_equal(o.n, 5);
	peer_free(p);
	loop_free(loop);
}

static void
test_peer(void **state)
{
	through(false);
}

static void
test_peer_v1(void **state)
{
	through(true);
}

static void
test_set(void **state)
{
	struct loop	*loop = loop_new_virtual();
	struct peer	*p = replay_new(loop, parse(small),
			    &(struct peer_options){ .name = "replay", .timeout_ms = 1000 }, NULL, NULL);
	uint32_t	 ids[] = { 1, 3, 6, 1, 2, 1, 33, 1, 9, 8, 0 };
	struct varbind	 bind = { .oid = { ids, 11 }, .type = VB_INTEGER, .number = 2 };
	struct outcome	 o = { 0 };

	peer_set(p, &bind, 1, collect, &o);
	loop_run(loop);
	assert_int_equal(o.result, R_DONE);
	peer_get(p, &bind.oid, 1, collect, &o);
	loop_run(loop);
	assert_int_equal(o.last, 2);
	bind.type = VB_TIMETICKS;
	peer_set(p, &bind, 1, collect, &o);
	loop_run(loop);
	assert_int_equal(o.result, R_INVALID);
	bind.type = VB_INTEGER;
	ids[9] = 9;
	peer_set(p, &bind, 1, collect, &o);
	loop_run(loop);
	assert_int_equal(o.result, R_READONLY);
	peer_free(p);
	loop_free(loop);
}

/* Every recording of real devices is read whole, and a walk of all of it gives all of it. */
static void
test_recorded_devices(void **state)
{
	const char	*shared = getenv("SHARED");
	char		 path[1024], name[1500];
	struct dirent	*entry;
	size_t		 files = 0;
	DIR		*dir;

	snprintf(path, sizeof(path), "%s/devices/snmp/open", shared != NULL ? shared : ".");
	if ((dir = opendir(path)) == NULL)
		skip();
	while ((entry = readdir(dir)) != NULL) {
		struct recording	*r;
		char			*text, *why = NULL;
		long			 size;
		FILE			*f;

		if (strstr(entry->d_name, ".snmprec") == NULL)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		assert_non_null(f = fopen(name, "r"));
		assert_int_equal(fseek(f, 0, SEEK_END), 0);
		assert_true((size = ftell(f)) >= 0);
		rewind(f);
		text = xmalloc((size_t)size + 1);
		assert_int_equal(fread(text, 1, (size_t)size, f), size);
		fclose(f);
		if ((r = recording_parse(text, (size_t)size, &why)) == NULL)
			fail_msg("%s: %s", entry->d_name, why);
		assert_true(recording_size(r) > 0);
		recording_free(r);
		free(text);
		files++;
	}
	closedir(dir);
	assert_true(files > 100);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_peer_v1),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_recorded_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
