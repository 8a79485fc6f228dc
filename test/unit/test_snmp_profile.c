#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "drivers/snmp/driver.h"
#include "drivers/snmp/profile.h"
#include "snmp_stage.h"

static struct snmp_knowledge *
learn_two(const char *one, const char *two, struct conf_errors *errors)
{
	struct conf		*confs[2];
	struct snmp_knowledge	*k;
	size_t			 n = 0;

	confs[n++] = conf_parse("one.conf", one, strlen(one), NULL, NULL, errors);
	if (two != NULL)
		confs[n++] = conf_parse("two.conf", two, strlen(two), NULL, NULL, errors);
	k = snmp_learn((const struct conf *const *)confs, n, errors);
	while (n-- > 0)
		conf_free(confs[n]);
	return k;
}

static void
shipped_profiles_are_right(void **state)
{
	static const char *const	names[] = { "ietf", "apcc", "bestpower", "cpqpower", "cyberpower",
					    "delta_ups", "eaton_pw_nm2", "eaton_pxg_ups", "huawei", "mge",
					    "netvision", "netvision7", "xppc" };
	struct snmp_knowledge		*k = stage_learn();
	const struct snmp_profile	*p;
	size_t				 i;

	assert_int_equal(stage_errors()->n, 0);
	for (i = 0; i < nitems(names); i++) {
		p = snmp_profile_find(k, names[i]);
		assert_non_null(p);
		assert_true(p->nreadings > 5 && p->nprobes > 0);
	}
	for (p = k->first; p->next != NULL; p = p->next)
		assert_true(p->order <= p->next->order);
	assert_string_equal(p->name, "ietf");	/* after all others */
	snmp_forget(k);
}

/* -- mistakes -------------------------------------------------------------------------- */

#define HEAD	"profile p {\nprobe = 1.3.6.1\nroots { r = 1.3.6.1.4.1.9 }\n"

static const struct mistake {
	const char	*text, *message;
} mistakes[] = {
	{ "profil p { }", "one.conf:1: profil has no place here" },
	{ "profile { }", "one.conf:1: a profile wants a name" },
	{ "profile p { probe = 1.3 }", "one.conf:1: profile p reads nothing" },
	{ "profile p {\noften { variable ups.load { oid = 1.3 } } }", "one.conf:1: profile p wants probe" },
	{ HEAD "oftn { } }", "one.conf:4: oftn: unknown in a profile; did you mean often?" },
	{ HEAD "often {\nvariable ups.load { old = 1.3 } } }", "one.conf:5: old: unknown in a variable; did you mean oid?" },
	{ HEAD "often {\nvariable ups.load { } } }", "one.conf:5: ups.load wants oid = OID or is = TEXT" },
	{ HEAD "often {\nvariable { oid = 1.3 } } }", "one.conf:5: a variable wants a name" },
	{ HEAD "often {\nvariable ups.load { oid = 1.3x } } }", "one.conf:5: \"1.3x\" is no OID" },
	{ HEAD "often {\nvariable ups.load { oid = 1.4294967296 } } }", "one.conf:5: \"1.4294967296\" is no OID" },
	{ HEAD "often {\nvariable ups.load { oid = q.3 } } }", "one.conf:5: \"q.3\" begins with no word of roots" },
	{ HEAD "often {\nvariable ups.load { oid = r.3  scale = ten } } }", "one.conf:5: scale: \"ten\" is no number" },
	{ HEAD "often {\nvariable ups.load { oid = r.3  scale = 0 } } }", "one.conf:5: scale wants a factor" },
	{ HEAD "often {\nvariable ups.model { oid = r.3  scale = 2 } } }", "one.conf:5: scale is for numbers" },
	{ HEAD "often {\nvariable ups.load { oid = r.3  set = intger } } }", "one.conf:5: set: \"intger\" is no word for it; integer is one" },
	{ HEAD "often {\nvariable ups.load { oid = r.3  min = 5 } } }", "one.conf:5: min and max go together" },
	{ HEAD "often {\nvariable ups.load { oid = r.3  scale = 2\nscale = 3 } } }", "one.conf:6: scale stands twice here, first on line 5" },
	{ HEAD "often {\nvariable ups.model { oid = r.3  values { a = b } } } }", "one.conf:5: \"a\" is no whole number" },
	{ HEAD "often {\nvariable ups.model { oid = r.3  values { 1 = b 1 = c } } } }", "one.conf:5: 1 stands twice here" },
	{ HEAD "often {\nline input.voltage { oid = r.x } } }", "one.conf:5: a line wants a name with Lx in it" },
	{ HEAD "often {\nstatus s { oid = r.3 } } }", "one.conf:5: a status wants oid = OID and values" },
	{ HEAD "often {\nstatus s { oid = r.3  values { 1 = ONLINE } } } }", "one.conf:5: \"ONLINE\" is neither a word of ups.status" },
	{ HEAD "often {\nstatus s { oid = r.3  values { 1 = \"OL batery-bad\" } } } }", "one.conf:5: \"batery-bad\" is neither" },
	{ HEAD "alarms { count = r.1 } }", "one.conf:4: alarms wants column" },
	{ HEAD "command load.off { } }", "one.conf:4: load.off wants oid" },
	{ HEAD "command load.off { oid = r.1 } }", "one.conf:4: command wants a value" },
	{ HEAD "command load.off { oid = r.1  type = string  value = argument } }", "one.conf:4: argument and same are for numbers" },
	{ HEAD "like = q\n }", "one.conf:4: there is no profile q" },
	{ HEAD "}\n" HEAD "}", "one.conf:5: profile p is there already, on line 1" },
	{ "profile a { like = b }\nprofile b { like = a }", "one.conf:1: like: goes round in a circle" },
};

static void
mistakes_are_told_where_they_stand(void **state)
{
	struct conf_errors	errors = { .n = 0 };
	size_t			i, k;

	for (i = 0; i < nitems(mistakes); i++) {
		snmp_forget(learn_two(mistakes[i].text, NULL, &errors));
		for (k = 0; k < errors.n; k++)
			if (strncmp(errors.texts[k], mistakes[i].message, strlen(mistakes[i].message)) == 0)
				break;
		if (k == errors.n)
			fail_msg("%s\ngave %s, not %s", mistakes[i].text, errors.n == 0 ? "nothing" :
			    errors.texts[0], mistakes[i].message);
		conf_errors_free(&errors);
	}
}

/* -- layers ------------------------------------------------------------------------------ */

#define BASE	"profile base {\ntitle = Base  probe = 1.3.6.1.9\n" \
		"often { variable ups.load { oid = 1.3.6.1.1 }  variable ups.model { oid = 1.3.6.1.2 } }\n" \
		"command load.off { oid = 1.3.6.1.3  value = 7 } }\n"

static const struct snmp_reading *
reading_of(const struct snmp_profile *p, const char *name)
{
	size_t	i;

	for (i = 0; i < p->nreadings; i++)
		if (p->readings[i].var == var_intern(name))
			return &p->readings[i];
	return NULL;
}

static void
like_takes_what_it_does_not_say_itself(void **state)
{
	struct conf_errors		 errors = { .n = 0 };
	struct snmp_knowledge		*k;
	const struct snmp_profile	*p;

	k = learn_two(BASE "profile other { like = base  probe = 1.3.6.1.8\n"
	    "often { variable ups.load { oid = 1.3.6.1.7  scale = 0.1 } } }", NULL, &errors);
	assert_int_equal(errors.n, 0);
	p = snmp_profile_find(k, "other");
	assert_int_equal(p->nreadings, 2);
	assert_int_equal(reading_of(p, "ups.load")->scale, 1);
	assert_non_null(reading_of(p, "ups.model"));
	assert_int_equal(p->ncommands, 1);
	assert_string_equal(p->title, "Base");
	assert_int_equal(p->nprobes, 1);
	snmp_forget(k);
}

/* What it falls back on comes behind its own, in the same group, and is not taken for its own. */
static void
also_comes_behind(void **state)
{
	struct conf_errors		 errors = { .n = 0 };
	struct snmp_knowledge		*k;
	const struct snmp_profile	*p;

	k = learn_two(BASE "profile other { also = base  probe = 1.3.6.1.8\n"
	    "often { variable ups.load { oid = 1.3.6.1.7 } } }", NULL, &errors);
	assert_int_equal(errors.n, 0);
	p = snmp_profile_find(k, "other");
	assert_int_equal(p->nreadings, 3);
	assert_false(p->readings[0].fallback);
	assert_true(p->readings[1].fallback);
	assert_int_equal(p->readings[1].group, 0);
	assert_int_equal(p->readings[2].group, 2);
	assert_string_equal(p->title, "other");
	assert_int_equal(p->nsysobjectids, 0);
	snmp_forget(k);
}

/* A user's file of the same name stands in for ours, and may be like it. */
static void
later_files_stand_in(void **state)
{
	struct conf_errors		 errors = { .n = 0 };
	struct snmp_knowledge		*k;
	const struct snmp_profile	*p;

	k = learn_two(BASE, "profile base { like = base\n"
	    "often { variable ups.load { oid = 1.3.6.1.7 } } }", &errors);
	assert_int_equal(errors.n, 0);
	p = k->first;
	assert_null(p->next);
	assert_int_equal(p->nreadings, 2);
	assert_int_equal(p->objects[reading_of(p, "ups.load")->object].oid.ids[4], 7);
	snmp_forget(k);
}

static void
lines_become_readings(void **state)
{
	struct conf_errors	 errors = { .n = 0 };
	struct snmp_knowledge	*k;
	const struct snmp_profile *p;

	k = learn_two(HEAD "often { line input.Lx-N.voltage { oid = r.3.x }\n"
	    "line output.Lx-Lx.voltage { oid = r.4.x  alone = no }\n"
	    "line output.Lx.power.percent { oid = r.5.x  alone = ups.load } } }", NULL, &errors);
	assert_int_equal(errors.n, 0);
	p = k->first;
	assert_int_equal(p->nreadings, 4 + 3 + 4);
	assert_int_equal(p->nobjects, 9);
	assert_true(reading_of(p, "input.voltage")->alone);
	assert_int_equal(reading_of(p, "input.L2-N.voltage")->line, 2);
	assert_non_null(reading_of(p, "output.L3-L1.voltage"));
	assert_null(reading_of(p, "output.voltage"));
	assert_int_equal(reading_of(p, "ups.load")->lines, LINES_OUTPUT);
	snmp_forget(k);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(shipped_profiles_are_right),
		cmocka_unit_test(mistakes_are_told_where_they_stand),
		cmocka_unit_test(like_takes_what_it_does_not_say_itself),
		cmocka_unit_test(also_comes_behind),
		cmocka_unit_test(later_files_stand_in),
		cmocka_unit_test(lines_become_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
