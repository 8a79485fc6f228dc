/*
 * What the driver makes of recorded agents, beside what NUT's snmp-ups made
 * of the same recordings (../shared/devices/snmp).
 */

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/mem.h"
#include "drivers/snmp/driver.h"
#include "snmp_stage.h"

struct tally {
	unsigned	 same, explained, differ;
};

static void	*knowledge;
static char	*devices;		/* the folder, or NULL */

/* -- which differences are right, and why --------------------------------------------------- */

enum excuse {
	ALWAYS,
	A_FILLER,		/* NUT shows what the agent says for "nothing" */
	THREE_LINES,		/* NUT shows line 1 of three as if it were all: it takes a missing count for 1 */
	NO_LINES,		/* NUT shows rows of something that the device says has no lines */
	ONE_LINE,		/* NUT shows rows L1 to L3 of something that has one line */
	NOT_THERE,		/* NUT makes the value up: the agent has no such object */
	CUT_SHORT		/* NUT cuts texts at 128 bytes */
};

/* NULL stands for any recording and any value; * ends a prefix. */
static const struct accepted {
	const char	*recording, *variable, *theirs;
	enum excuse	 excuse;
	const char	*reason;
} accepted[] = {
	{ NULL, "*", NULL, A_FILLER, "-1, 65535 or 4294967295, perhaps scaled, says nothing" },
	{ NULL, "input.*", NULL, THREE_LINES, "line 1 of three is not the device's input" },
	{ NULL, "output.*", NULL, THREE_LINES, "line 1 of three is not the device's output" },
	{ NULL, "ups.load", NULL, THREE_LINES, "the load of line 1 of three is not the device's" },
	{ NULL, "input.bypass.*", NULL, NO_LINES, "a bypass of no lines has no readings" },
	{ NULL, "input.bypass.L*", NULL, ONE_LINE, "a bypass of one line has no L2" },
	{ NULL, "*phases", "1", NOT_THERE, "there is no row, and no count of rows" },
	{ NULL, "*.description", NULL, CUT_SHORT, "the whole text" },
	{ NULL, "outlet.id", NULL, ALWAYS, "NUT's own constant" },
	{ NULL, "outlet.desc", NULL, ALWAYS, "NUT's own constant" },
	{ NULL, "ups.delay.*", NULL, ALWAYS, "NUT's own default; the device has no such setting" },
	{ NULL, "*.mfr", "Tripp Lite / Phoenixtec", ALWAYS, "the UPS-MIB of the same card knows the maker" },
	{ NULL, "input.transfer.reason", "", ALWAYS, "there was none" },
	{ NULL, "experimental.ups.type", NULL, ALWAYS, "a name under trial, and ups.type says the same" },
	{ NULL, "battery.date", "1900-0*", ALWAYS, "no such day" },
	{ NULL, "ups.power", NULL, ALWAYS, "NUT takes the watts of line 1 for volt-amperes of all" },
	{ "lnms_deltaups*", "ups.firmware.aux", NULL, ALWAYS, "DeltaUPS-MIB: it is the UPS's own, ups.firmware" },
	{ "lnms_deltaups*", "ups.status", "", ALWAYS, "the UPS-MIB of the same card tells" },
	{ "lnms_socomec-ups", "ups.status", "", ALWAYS, "a MIB that NUT does not know" },
	{ "lnms_cyberpower_pr2200rt2uc", "battery.current", NULL, ALWAYS, "NUT shows the output's" },
	{ "ssd_huawei-gse200m", "*.power", NULL, ALWAYS, "kVA shown as VA" },
	{ "ssd_huawei-gse200m", "output.L1.realpower", NULL, ALWAYS, "that of L3, and kW shown as W" },
	{ "ssd_huawei-gse200m", "output.L2.powerfactor", NULL, ALWAYS, "that of L3" },
	{ "lnms_eatonupsm2_9px-empg2", "ambient.1.temperature", "26", ALWAYS, "26.7: NUT cuts the tenths off" },
	{ NULL, "ambient.1.temperature.unit", NULL, ALWAYS, "shown as Celsius whatever it is" },
	{ "lnms_eatonupsm2_9px-empg2", "*.switchable", NULL, ALWAYS, "NUT shows the number of the outlet" },
	{ NULL, "ups.status", "OL TEST", ALWAYS,
	    "upsTestId names the last test, also when it is over; upsTestResultsSummary says so" },
	{ "lnms_powerwalker-vfi_20kcpgpf133", "ups.firmware", NULL, ALWAYS, "the dump ends at a line break" },
	{ "lnms_powerwalker-vfi_20kcpgpf133", "*.model", NULL, ALWAYS, "the dump ends at a line break" },
	{ "lnms_poweralert_2", "ups.status", "OL", ALWAYS, "upsAlarmBatteryBad is in its alarm table" },
};

static bool
matches(const char *pattern, const char *text)
{
	size_t	n, m;

	if (pattern == NULL)
		return true;
	n = strlen(pattern);
	m = strlen(text);
	if (n == 0)
		return m == 0;
	if (*pattern == '*')
		return m >= n - 1 && strcmp(text + m - (n - 1), pattern + 1) == 0;
	if (pattern[n - 1] == '*')
		return strncmp(pattern, text, n - 1) == 0;
	return strcmp(pattern, text) == 0;
}

static bool
is_filler(const char *text)
{
	static const char *const fillers[] = { "-1", "-0.1", "-60", "65535", "6553.5", "3932100", "4294967295",
					   "429496729.5", "257698037760" };
	struct value		 v = value_from_text(text), f;
	size_t			 i;

	for (i = 0; v.type == V_NUMBER && i < nitems(fillers); i++) {
		f = value_from_text(fillers[i]);
		if (value_compare(&v, &f) == 0)
			return true;
	}
	return false;
}

static const char *
phases_of(struct unit *u, const char *variable)
{
	const char	*n = stage_get(u, strncmp(variable, "input.bypass.", 13) == 0 ? "input.bypass.phases" :
			    strncmp(variable, "input.", 6) == 0 ? "input.phases" : "output.phases");

	return n == NULL ? "" : n;
}

static bool
is_excused(struct unit *u, enum excuse excuse, const char *variable, const char *theirs)
{
	const char	*phases = phases_of(u, variable);

	switch (excuse) {
	case A_FILLER:
		return is_filler(theirs);
	case THREE_LINES:
		return strcmp(phases, "3") == 0 && strstr(variable, ".L") == NULL;
	case NO_LINES:
		return strcmp(phases, "0") == 0;
	case ONE_LINE:
		return strcmp(phases, "1") == 0;
	case NOT_THERE:
		return *phases == '\0';
	case CUT_SHORT:
		return stage_get(u, variable) != NULL && strncmp(stage_get(u, variable), theirs, strlen(theirs)) == 0;
	default:
		return true;
	}
}

static const char *
reason_for(struct unit *u, const char *recording, const char *variable, const char *theirs)
{
	size_t	i;

	for (i = 0; i < nitems(accepted); i++)
		if (matches(accepted[i].recording, recording) && matches(accepted[i].variable, variable) &&
		    matches(accepted[i].theirs, theirs) &&
		    is_excused(u, accepted[i].excuse, variable, theirs))
			return accepted[i].reason;
	return NULL;
}

/* -- comparing --------------------------------------------------------------------------------- */

static char *
trimmed(const char *s)
{
	size_t	n;

	s += strspn(s, " ");
	for (n = strlen(s); n > 0 && s[n - 1] == ' '; n--)
		;
	return xstrndup(s, n);
}

/* upsc writes \\# and \\" for # and ". */
static void
unquote(char *s)
{
	char	*to = s;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		*to++ = *s;
	}
	*to = '\0';
}

/* 230 and 230.0 are the same, and so are texts that differ in blanks at their ends. */
static bool
same_value(const char *a, const char *b)
{
	char		*x = trimmed(a), *y = trimmed(b);
	struct value	 v = value_from_text(x), w = value_from_text(y);
	bool		 same;

	if (v.type == V_NUMBER && w.type == V_NUMBER)
		same = value_compare(&v, &w) == 0;
	else
		same = strcmp(x, y) == 0;
	free(x);
	free(y);
	return same;
}

/* The host, not the driver, makes these of what the driver says. */
static const char *
ours(struct unit *u, const char *name)
{
	const char	*text;
	char		*ups;

	if (strcmp(name, "ups.status") == 0)
		return stage_text(&u->status);
	if (strcmp(name, "device.type") == 0)
		return u->type;
	text = stage_get(u, name);
	if (text != NULL || strncmp(name, "device.", 7) != 0)
		return text;
	ups = xasprintf("ups.%s", name + 7);
	text = stage_get(u, ups);
	free(ups);
	return text;
}

static void
compare_line(struct unit *u, const char *recording, char *line, struct tally *t)
{
	char		*value = strstr(line, ": ");
	const char	*text, *reason;

	if (value == NULL)
		return;
	*value = '\0';
	value += 2;
	unquote(value);
	text = ours(u, line);
	if (text != NULL && same_value(text, value)) {
		t->same++;
		return;
	}
	reason = reason_for(u, recording, line, value);
	if (reason != NULL)
		t->explained++;
	else {
		t->differ++;
		print_message("  %s: %s: NUT \"%s\", ours %s%s%s\n", recording, line, value,
		    text == NULL ? "absent" : "\"", text == NULL ? "" : text, text == NULL ? "" : "\"");
	}
}

static void
compare(struct unit *u, const char *recording, const char *dump, struct tally *all)
{
	struct tally	 t = { 0, 0, 0 };
	FILE		*f = fopen(dump, "r");
	char		*line = NULL;
	size_t		 room = 0;

	assert_non_null(f);
	while (getline(&line, &room, f) > 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, "driver.", 7) != 0)
			compare_line(u, recording, line, &t);
	}
	free(line);
	fclose(f);
	print_message("%-36s %3u of %3u the same, %u explained\n", recording, t.same,
	    t.same + t.explained + t.differ, t.explained);
	all->same += t.same;
	all->explained += t.explained;
	all->differ += t.differ;
}

/* -- playing a recording -------------------------------------------------------------------------- */

static bool
poll_recording(struct unit *u, struct agent *a, const char *recording, const char *profile)
{
	char	*path = xasprintf("%s/open/%s.snmprec", devices, recording);
	bool	 found = agent_load(a, path);

	free(path);
	if (!found)
		return false;
	stage_begin(u, &snmp_driver, knowledge, profile, a);
	stage_start(u);
	if (u->outcome == READY)
		stage_poll(u, true);
	return true;
}

static bool
is_ups(const char *dump)
{
	FILE	*f = fopen(dump, "r");
	char	 line[512];
	bool	 ups = false;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strcmp(line, "device.type: ups\n") == 0)
			ups = true;
	if (f != NULL)
		fclose(f);
	return ups;
}

/* NUT was told to take these for UPSes; their agents have no object of one.  What they are is test_snmp_pdus's. */
static bool
is_no_ups(const char *recording)
{
	return strcmp(recording, "cent_cyberpower-ats") == 0 ||	/* a transfer switch */
	    strcmp(recording, "lnms_huawei-smu") == 0;		/* a DC plant */
}

static void
second_opinion(const char *folder, const char *profile, struct tally *all)
{
	char		*pattern = xasprintf("%s/%s/*.txt", devices, folder), *name;
	struct agent	 a = { .result = R_DONE };
	struct unit	 u;
	glob_t		 g = { .gl_pathc = 0 };
	size_t		 i;

	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	free(pattern);
	for (i = 0; i < g.gl_pathc; i++) {
		if (!is_ups(g.gl_pathv[i]))
			continue;
		name = xstrdup(strrchr(g.gl_pathv[i], '/') + 1);
		name[strlen(name) - 4] = '\0';
		assert_true(poll_recording(&u, &a, name, profile));
		print_message("%s", stage_text(&u.log));
		if (u.outcome == DONE && !is_no_ups(name))
			compare(&u, name, g.gl_pathv[i], all);
		else if (!is_no_ups(name))
			fail_msg("%s: %s", name, u.why);
		stage_end(&u);
		agent_free(&a);
		free(name);
	}
	globfree(&g);
}

static unsigned
percent(const struct tally *t)
{
	return t->same * 100 / (t->same + t->explained + t->differ);
}

static void
nut_agrees(void **state)
{
	struct tally	t = { 0, 0, 0 };

	if (devices == NULL)
		skip();
	second_opinion("nut-dumps", "auto", &t);
	print_message("all: %u %% the same, %u explained, %u not\n", percent(&t), t.explained, t.differ);
	assert_int_equal(t.differ, 0);
	assert_true(percent(&t) >= 84);		/* the rest is in the table above */
}

static void
nut_agrees_on_ietf(void **state)
{
	struct tally	t = { 0, 0, 0 };

	if (devices == NULL)
		skip();
	second_opinion("nut-dumps-ietf", "ietf", &t);
	print_message("all: %u %% the same, %u explained, %u not\n", percent(&t), t.explained, t.differ);
	assert_int_equal(t.differ, 0);
	assert_true(percent(&t) >= 84);		/* the rest is in the table above */
}

/* -- what NUT has no say in ---------------------------------------------------------------- */

static const struct standard {
	const char	*oid, *variable;
	bool		 zero;		/* 0 says something */
} standards[] = {
	{ "1.3.6.1.2.1.33.1.2.4.0", "battery.charge", true },
	{ "1.3.6.1.2.1.33.1.2.3.0", "battery.runtime", true },
	{ "1.3.6.1.2.1.33.1.2.5.0", "battery.voltage", true },
	{ "1.3.6.1.2.1.33.1.4.2.0", "output.frequency", true },
	{ "1.3.6.1.2.1.33.1.9.3.0", "output.voltage.nominal", true },
	{ "1.3.6.1.2.1.33.1.9.5.0", "output.power.nominal", true },
	{ "1.3.6.1.2.1.33.1.7.3.0", "ups.test.result", false },
};

static bool
is_sane(const struct varbind *vb)
{
	return vb != NULL && (vb->type == VB_INTEGER || vb->type == VB_UNSIGNED) && vb->number >= 0 &&
	    vb->number != 65535 && vb->number < INT32_MAX;
}

static void
check_standard(struct unit *u, const struct agent *a, const char *recording)
{
	const struct varbind	*vb;
	size_t			 i;

	for (i = 0; i < nitems(standards); i++) {
		vb = agent_find(a, standards[i].oid);
		if (is_sane(vb) && (standards[i].zero || vb->number != 0) && stage_get(u, standards[i].variable) == NULL)
			fail_msg("%s has %s and we no %s", recording, standards[i].oid, standards[i].variable);
	}
	vb = agent_find(a, "1.3.6.1.2.1.33.1.4.1.0");
	if (is_sane(vb) && vb->number > 1 && u->status.len == 0)
		fail_msg("%s has an output source and we no status", recording);
}

/* Any recording with a UPS-MIB is understood at least as far as that goes, in few requests. */
static void
the_ups_mib_is_always_heard(void **state)
{
	struct agent	a = { .result = R_DONE };
	struct unit	u;
	glob_t		g = { .gl_pathc = 0 };
	char		*pattern, *name;
	unsigned	most = 0, count = 0;
	size_t		i;

	if (devices == NULL)
		skip();
	pattern = xasprintf("%s/open/*.snmprec", devices);
	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	free(pattern);
	for (i = 0; i < g.gl_pathc; i++) {
		name = xstrdup(strrchr(g.gl_pathv[i], '/') + 1);
		name[strlen(name) - strlen(".snmprec")] = '\0';
		assert_true(poll_recording(&u, &a, name, "auto"));
		if (agent_find(&a, "1.3.6.1.2.1.33.1.4.1.0") != NULL && u.outcome == DONE) {
			check_standard(&u, &a, name);
			stage_poll(&u, false);
			assert_int_equal(u.outcome, DONE);
			most = a.asked > most ? a.asked : most;
			count++;
		} else if (agent_find(&a, "1.3.6.1.2.1.33.1.4.1.0") != NULL)
			fail_msg("%s: %s", name, u.why);
		stage_end(&u);
		agent_free(&a);
		free(name);
	}
	globfree(&g);
	print_message("%u recordings; a quick poll asks for at most %u objects\n", count, most);
	assert_true(count > 20);
	assert_true(most <= 80);
}

static int
setup(void **state)
{
	knowledge = stage_learn();
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
		cmocka_unit_test(nut_agrees),
		cmocka_unit_test(nut_agrees_on_ietf),
		cmocka_unit_test(the_ups_mib_is_always_heard),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
