/*
 * Recorded PDUs, transfer switches and sensors (../shared/devices/snmp): which
 * profile recognises each, and that what is published is what the recording
 * says, object by object and unit for unit, for every row that it has.
 */

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
#include "drivers/snmp/driver.h"
#include "snmp_stage.h"
#include "snmp_families.h"

static void	*knowledge;
static char	*devices;		/* the folder, or NULL */

static bool
load(struct agent *a, const char *recording)
{
	char	*path = xasprintf("%s/open/%s.snmprec", devices, recording);
	bool	 found = agent_load(a, path);

	free(path);
	return found;
}

static void
begin(struct unit *u, struct agent *a, const char *recording)
{
	*a = (struct agent){ .result = R_DONE };
	assert_true(load(a, recording));
	stage_begin(u, &snmp_driver, knowledge, "auto", a);
	stage_start(u);
	if (u->outcome != READY)
		fail_msg("%s: %s", recording, u->why);
	stage_poll(u, true);
	if (u->outcome != DONE)
		fail_msg("%s: %s", recording, u->why);
}

static void
end(struct unit *u, struct agent *a)
{
	stage_end(u);
	agent_free(a);
}

/* -- recognition ------------------------------------------------------------------------ */

static void
each_is_recognised_by_its_profile(void **state)
{
	const struct recorded	*r;
	struct agent		 a;
	struct unit		 u;
	char			*line;
	unsigned		 n = 0, wrong = 0;

	if (devices == NULL)
		skip();
	for (r = recorded; r->recording != NULL; r++, n++) {
		begin(&u, &a, r->recording);
		line = xasprintf("profile %s:", r->profile);
		if (strstr(stage_text(&u.log), line) == NULL) {
			print_message("%s: not %s: %s", r->recording, r->profile, stage_text(&u.log));
			wrong++;
		}
		free(line);
		assert_string_equal(u.type, r->type);
		end(&u, &a);
	}
	print_message("%u recordings\n", n);
	assert_int_equal(wrong, 0);
}

/* -- figures ------------------------------------------------------------------------------- */

/* "1=off 2=on": the word of a number, or NULL. */
static char *
word_of(const char *words, int64_t number)
{
	char		*key = xasprintf(" %lld=", (long long)number), *all = xasprintf(" %s", words), *at, *word = NULL;

	at = strstr(all, key);
	if (at != NULL) {
		at += strlen(key);
		word = xstrndup(at, strcspn(at, " "));
	}
	free(key);
	free(all);
	return word;
}

/* What the object should be published as; NULL: not at all. */
static char *
expected(const struct figure *f, const struct varbind *vb)
{
	char		*text = NULL, *end;
	struct value	 factor, v;
	char		 room[VALUE_TEXT_MAX];

	if (*f->how == '=')
		return vb->type == VB_OCTETS ? xstrndup((const char *)vb->bytes, vb->len) :
		    xasprintf("%lld", (long long)vb->number);
	if (vb->type == VB_OCTETS) {
		text = xstrndup((const char *)vb->bytes, vb->len);
		v = value_from_text(text);
	} else
		v = value_number(vb->number, 0);
	if (v.type != V_NUMBER || (v.scale == 0 && v.digits == -1)) {
		free(text);
		return NULL;
	}
	if (strchr(f->how, '=') != NULL) {
		end = word_of(f->how, v.digits);
		free(text);
		return end;
	}
	factor = value_from_text(f->how);
	v = value_times(&v, factor.digits, factor.scale);
	free(text);
	return xstrdup(value_text(&v, room));
}

static bool
equal(const char *ours, const char *theirs)
{
	struct value	a = value_from_text(ours), b = value_from_text(theirs);
	size_t		n;

	if (a.type == V_NUMBER && b.type == V_NUMBER)
		return value_compare(&a, &b) == 0;
	theirs += strspn(theirs, " ");
	for (n = strlen(theirs); n > 0 && theirs[n - 1] == ' '; n--)
		;
	return strlen(ours) == n && strncmp(ours, theirs, n) == 0;
}

/* "…9.2.3.1.5.n" of "…9.2.3.1.5.7" is row 7; "u" is the unit, "k" what the row is of. */
static bool
row_of(const char *pattern, struct oid oid, unsigned letters[3])
{
	size_t		 i;
	char		*rest;
	unsigned long	 arc;

	letters[0] = letters[1] = letters[2] = 1;
	for (i = 0; i < oid.len; i++) {
		if (*pattern == 'n' || *pattern == 'u' || *pattern == 'k') {
			letters[*pattern == 'n' ? 0 : *pattern == 'u' ? 1 : 2] = oid.ids[i];
			pattern++;
		} else {
			arc = strtoul(pattern, &rest, 10);
			if (rest == pattern || arc != oid.ids[i])
				return false;
			pattern = rest;
		}
		if (*pattern == '.')
			pattern++;
		else if (*pattern != '\0' || i + 1 < oid.len)
			return false;
	}
	return *pattern == '\0';
}

/* "outlet.#.status": # is the number of the row; a unit of a chain stands in front. */
static char *
name_of(const struct figure *f, const unsigned letters[3])
{
	unsigned	 number = letters[0] + (unsigned)f->add + (letters[2] > 1 ? 100 * (letters[2] - 1) : 0);
	const char	*mark = strchr(f->variable, '#');
	unsigned	 unit = letters[1] + (f->units_from_0 ? 1 : 0);
	char		*name, *full;

	name = mark == NULL ? xstrdup(f->variable) :
	    xasprintf("%.*s%u%s", (int)(mark - f->variable), f->variable, number, mark + 1);
	if (unit <= 1 || strchr(f->oid, 'u') == NULL)
		return name;
	full = xasprintf("%u:%s", unit, name);
	free(name);
	return full;
}

static bool
check_object(struct unit *u, const struct figure *f, const struct varbind *vb, const unsigned letters[3])
{
	char		*name = name_of(f, letters), *theirs = expected(f, vb);
	const char	*ours = stage_get(u, name);
	bool		 right = theirs == NULL || *theirs == '\0' ? ours == NULL || *f->how == '=' :
			    ours != NULL && equal(ours, theirs);

	if (!right)
		print_message("  %s: %s = %s, not %s (%s)\n", f->recording, name, ours == NULL ? "absent" : ours,
		    theirs == NULL ? "absent" : theirs, f->oid);
	free(name);
	free(theirs);
	return right;
}

static void
the_figures_are_the_recordings_own(void **state)
{
	const struct figure	*f;
	const char		*open = "";
	struct agent		 a = { .result = R_DONE };
	struct unit		 u;
	unsigned		 letters[3], objects = 0, rows = 0, wrong = 0, here;
	size_t			 i;

	if (devices == NULL)
		skip();
	for (f = figures; f->recording != NULL; f++, rows++) {
		if (strcmp(open, f->recording) != 0) {
			if (*open != '\0')
				end(&u, &a);
			begin(&u, &a, f->recording);
			open = f->recording;
		}
		for (here = 0, i = 0; i < a.n; i++)
			if (a.objects[i].vb.type != VB_ABSENT && row_of(f->oid, a.objects[i].vb.oid, letters) &&
			    (f->most == 0 || letters[0] <= f->most)) {
				wrong += !check_object(&u, f, &a.objects[i].vb, letters);
				here++;
			}
		if (here == 0) {
			print_message("  %s: nothing at %s\n", f->recording, f->oid);
			wrong++;
		}
		objects += here;
	}
	if (*open != '\0')
		end(&u, &a);
	print_message("%u rows of the table, %u objects\n", rows, objects);
	assert_int_equal(wrong, 0);
}

/* -- commands --------------------------------------------------------------------------------- */

/* Walks with rights to read only may lack what is written: it is put there. */
static void
put_control(struct agent *a, const char *oid)
{
	char	*line;

	if (agent_find(a, oid) == NULL) {
		line = xasprintf("%s|2|-1", oid);
		agent_line(a, line);
		agent_sort(a);
		free(line);
	}
	agent_writable(a, oid);
}

/* The vendor's own number arrives in the vendor's own object. */
static void
commands_are_written_in_each_family_s_own_code(void **state)
{
	const struct order	*o;
	const struct varbind	*vb;
	struct agent		 a;
	struct unit		 u;

	if (devices == NULL)
		skip();
	for (o = orders; o->recording != NULL; o++) {
		a = (struct agent){ .result = R_DONE };
		assert_true(load(&a, o->recording));
		put_control(&a, o->oid);
		stage_begin(&u, &snmp_driver, knowledge, "auto", &a);
		stage_start(&u);
		stage_poll(&u, true);
		assert_int_equal(u.outcome, DONE);
		if (!stage_has_word(&u.commands, o->command))
			fail_msg("%s does not offer %s", o->recording, o->command);
		assert_int_equal(stage_ask(&u, REQUEST_COMMAND, o->command, o->argument), R_DONE);
		vb = agent_find(&a, o->oid);
		assert_non_null(vb);
		if (vb->type == VB_OCTETS ? strcmp((const char *)vb->bytes, o->text) != 0 : vb->number != o->number)
			fail_msg("%s: %s wrote %lld", o->recording, o->command, (long long)vb->number);
		end(&u, &a);
	}
}

/* -- cost ---------------------------------------------------------------------------------------- */

/* Messages of at most 40 varbinds and 1,400 bytes, as bus/get.c makes them. */
static unsigned
messages(unsigned objects)
{
	return (objects + 36) / 37;
}

static void
quick_polls_are_short(void **state)
{
	const struct recorded	*r;
	struct agent		 a;
	struct unit		 u;
	unsigned		 quick, full;

	if (devices == NULL)
		skip();
	for (r = recorded; r->recording != NULL; r++) {
		begin(&u, &a, r->recording);
		stage_poll(&u, true);
		assert_int_equal(u.outcome, DONE);
		full = a.asked;
		stage_poll(&u, false);
		assert_int_equal(u.outcome, DONE);
		quick = a.asked;
		print_message("%-40s %4zu readings; quick poll %3u objects, %2u requests; full poll %4u, %2u\n",
		    r->recording, u.nreadings, quick, messages(quick), full, messages(full));
		assert_true(quick <= full);
		end(&u, &a);
	}
}

/* PDUS_DUMP=NAME prints all that is made of a recording, for whoever writes a profile. */
static void
dump(void **state)
{
	const char	*name = getenv("PDUS_DUMP");
	struct agent	 a;
	struct unit	 u;
	size_t		 i;

	if (devices == NULL || name == NULL)
		skip();
	begin(&u, &a, name);
	print_message("%sstatus: %s\nflags: %s\nalarms: %s\n", stage_text(&u.log), stage_text(&u.status),
	    stage_text(&u.flags), stage_text(&u.alarms));
	for (i = 0; i < u.nreadings; i++)
		print_message("%s: %s\n", var_name(u.readings[i].var), u.readings[i].text);
	print_message("commands: %s\n", stage_text(&u.commands));
	end(&u, &a);
}

static int
setup(void **state)
{
	clock_t	 begun = clock();

	knowledge = stage_learn();
	print_message("all profiles learnt in %ld us\n", (long)((clock() - begun) * 1000000 / CLOCKS_PER_SEC));
	assert_int_equal(stage_errors()->n, 0);
	devices = stage_recordings();
	return 0;
}

static int
teardown(void **state)
{
	snmp_driver.forget(knowledge);
	free(devices);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(each_is_recognised_by_its_profile),
		cmocka_unit_test(the_figures_are_the_recordings_own),
		cmocka_unit_test(commands_are_written_in_each_family_s_own_code),
		cmocka_unit_test(quick_polls_are_short),
		cmocka_unit_test(dump),
	};

	if (getenv("PDUS_DUMP") == NULL)
		return cmocka_run_group_tests_name("snmp_pdus", ((struct CMUnitTest[]){ tests[0], tests[1], tests[2],
		    tests[3] }), setup, teardown);
	return cmocka_run_group_tests_name("dump", ((struct CMUnitTest[]){ tests[4] }), setup, teardown);
}
