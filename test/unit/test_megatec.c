/* The driver megatec against devices that a test holds in its hands, of every dialect. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/stream_stage.h"
#include "test/unit/unit.h"

#include "core/mem.h"
#include "drivers/megatec/decode.h"
#include "drivers/megatec/driver.h"

/* -- a device: questions with their replies ------------------------------------------------- */

struct line {
	const char	*ask, *reply;	/* without the CR */
};

static struct line	 script[256];
static size_t		 nscript;
static bool		 echoes;	/* what is not known comes back */
static const char	*refusal;	/* or this does; NULL: silence */
static bool		 crc;
static char		 sent[4096];	/* all that it was asked, one a line */
static unsigned		 silent;	/* so many questions get no reply */
static unsigned		 noise;		/* so many replies have a byte of noise before them */
static unsigned		 half;		/* so many replies break off */
static bool		 line_echo;	/* everything comes back, and then the reply */

static void
forget_script(void)
{
	nscript = 0;
	echoes = crc = line_echo = false;
	refusal = NULL;
	sent[0] = '\0';
	silent = noise = half = 0;
}

static void
device_says(const char *ask, const char *reply)
{
	script[nscript++] = (struct line){ ask, reply };
}

static const char *
find_reply(const char *ask)
{
	size_t	 i;

	for (i = nscript; i-- > 0; )
		if (strcmp(script[i].ask, ask) == 0)
			return script[i].reply;
	return echoes ? ask : refusal;
}

static void
say_reply(struct stage *s, const char *reply)
{
	char		 text[512];
	size_t		 len;
	uint16_t	 sum;

	snprintf(text, sizeof(text), "%s%s", noise > 0 ? "\x81?" : "", reply);
	noise -= noise > 0;
	if (half > 0) {
		half--;
		text[strlen(text) / 2] = '\0';
	}
	len = strlen(text);
	if (crc) {
		sum = megatec_crc(text, len);
		text[len++] = (char)(sum >> 8);
		text[len++] = (char)sum;
	}
	text[len++] = '\r';
	buf_put(&s->saying, text, len);
}

static size_t
peer(struct stage *s, const char *heard, size_t len)
{
	const char	*cr = memchr(heard, '\r', len), *reply;
	char		 ask[128];
	size_t		 n;

	if (cr == NULL)
		return 0;
	n = (size_t)(cr - heard);
	assert_true(n < sizeof(ask));
	memcpy(ask, heard, n);
	ask[n] = '\0';
	if (crc && n > 2)
		ask[n - 2] = '\0';
	if (strlen(sent) + n + 2 < sizeof(sent))
		strcat(strcat(sent, ask), "\n");
	if (line_echo)
		buf_put(&s->saying, heard, n + 1);
	if (silent > 0)
		silent--;
	else if ((reply = find_reply(ask)) != NULL)
		say_reply(s, reply);
	return n + 1;
}

static bool
was_sent(const char *ask)
{
	size_t		 len = strlen(ask);
	const char	*s;

	for (s = sent; (s = strstr(s, ask)) != NULL; s++)
		if ((s == sent || s[-1] == '\n') && s[len] == '\n')
			return true;
	return false;
}

static struct stage *
begin(const char *settings)
{
	char	 conf[512];

	snprintf(conf, sizeof(conf), "device ups { driver = megatec\n port = x\n %s }", settings);
	return stage_new(conf, peer);
}

static void
check(struct stage *s, const struct line *rows)
{
	for (; rows->ask != NULL; rows++)
		if (strcmp(stage_value(s, "ups", rows->ask), rows->reply) != 0)
			fail_msg("%s is \"%s\", not \"%s\"", rows->ask, stage_value(s, "ups", rows->ask), rows->reply);
}

/* -- dialects -------------------------------------------------------------------------------- */

#define Q1	"(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000"
#define F	"#220.0 000 024.0 50.0"
#define I	"#-------------   ------     VT12046Q  "
#define Q6	"(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 " \
		"00000000 00000000 11"
#define WA	"(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000"

static const struct dialect {
	const char	*profile;	/* that is to be recognised, or that the configuration names */
	bool		 named;
	bool		 echoes;
	const char	*refusal;
	bool		 crc;
	struct line	 script[20], values[32];
} dialects[] = {
	{ "megatec", false, true, NULL, false,
	    { { "Q1", Q1 }, { "F", F }, { "I", I } },
	    { { "ups.status", "OL" }, { "input.voltage", "226.0" }, { "input.voltage.fault", "195.0" },
	      { "output.voltage", "226.0" }, { "ups.load", "14" }, { "input.frequency", "49.0" },
	      { "battery.voltage", "27.50" }, { "ups.temperature", "30.0" },
	      { "ups.type", "offline / line interactive" }, { "ups.beeper.status", "disabled" },
	      { "input.voltage.nominal", "220" }, { "input.current.nominal", "0.0" },
	      { "battery.voltage.nominal", "24.0" }, { "input.frequency.nominal", "50" },
	      { "device.mfr", "-------------" }, { "device.model", "------" }, { "ups.firmware", "VT12046Q" },
	      { "ups.delay.shutdown", "30" }, { "ups.delay.start", "180" }, { "battery.charge", "(absent)" },
	      { "device.type", "ups" } } },
	{ "q1", false, false, NULL, false, { { "Q1", Q1 } },
	    { { "ups.status", "OL" }, { "ups.load", "14" }, { "device.model", "(absent)" } } },
	{ "mustek", false, true, NULL, false, { { "QS", Q1 }, { "F", F }, { "I", I } },
	    { { "ups.status", "OL" }, { "ups.load", "14" }, { "ups.firmware", "VT12046Q" } } },
	{ "megatec-old", false, true, NULL, false, { { "D", Q1 }, { "F", F }, { "I", I } },
	    { { "ups.status", "OL" }, { "ups.load", "14" }, { "ups.firmware", "VT12046Q" } } },
	{ "zinto", false, true, NULL, false, { { "Q1", Q1 }, { "F", F }, { "FW?", I } },
	    { { "ups.status", "OL" }, { "ups.firmware", "VT12046Q" } } },
	{ "hunnox", true, true, NULL, false, { { "Q1", Q1 }, { "F", F }, { "FW?", I }, { "BL", "BL100" } },
	    { { "ups.status", "OL" }, { "battery.charge", "100" }, { "ups.delay.shutdown", "60" } } },
	{ "mecer", false, false, "(NAK", false, { { "QPI", "(PI98" }, { "Q1", Q1 }, { "F", F }, { "I", I } },
	    { { "ups.status", "OL" }, { "ups.firmware.aux", "Voltronic Power P98" } } },
	{ "ablerex", true, true, NULL, false, { { "Q1", Q1 }, { "F", F }, { "I", I } },
	    { { "ups.status", "OL" }, { "battery.voltage", "27.50" }, { "battery.voltage.low", "19.20" },
	      { "battery.voltage.high", "27.30" }, { "output.voltage.nominal", "220.0" } } },
	{ "innovatae", true, true, NULL, false, { { "Q1", Q1 }, { "F", "#230.0 004 024.0 50.0" },
	      { "I", "#222222222222222222222222222R1.00.48  " } },
	    { { "ups.status", "OL" }, { "device.mfr", "Ippon" }, { "ups.firmware", "R1.00.48" } } },
	{ "gtec", false, true, NULL, false,
	    { { "Q4", "(236.7 243.2 212.1 220.1 230.4 002 001 50.0 371 372 041.3 22.9 IM" }, { "F", F }, { "I", I } },
	    { { "ups.status", "OL" }, { "input.voltage", "236.7" }, { "input.voltage.fault", "220.1" },
	      { "output.voltage", "230.4" }, { "ups.load", "1" }, { "input.frequency", "50.0" },
	      { "battery.voltage", "41.3" }, { "ups.temperature", "22.9" } } },
	{ "q2", false, true, NULL, false,
	    { { "Q2", "(226.6 224.3 228.0 226.6 229.9 000.0 000.0 000 000 000 49.9 327.6 18.0 00000000 999.24 100 02 "
	      "00 00 00 00 00000000 11" }, { "WA", WA }, { "Q1", Q1 } },
	    { { "ups.status", "OL" }, { "input.L1-N.voltage", "226.6" }, { "input.L3-N.voltage", "228.0" },
	      { "output.L1-N.voltage", "229.9" }, { "battery.voltage", "327.6" }, { "battery.charge", "100" },
	      { "battery.runtime", "59954" }, { "ups.load", "7" }, { "ups.realpower", "1400" },
	      { "output.L1.current", "6.5" }, { "input.phases", "3" }, { "input.voltage", "(absent)" } } },
	{ "q6", false, true, NULL, false, { { "Q6", Q6 }, { "WA", WA }, { "Q1", Q1 } },
	    { { "ups.status", "OL" }, { "input.L2-N.voltage", "225.6" }, { "input.frequency", "50.0" },
	      { "output.frequency", "49.9" }, { "output.L1.load", "7" }, { "battery.voltage", "327.8" },
	      { "battery.runtime", "6932" }, { "battery.charge", "100" }, { "ups.temperature", "23.0" },
	      { "ups.power", "1400" } } },
	{ "innovart31", true, true, NULL, false,
	    { { "Q6", Q6 }, { "WA", WA }, { "Q1", Q1 }, { "BPS", "(230.4 000.0 000.0 49.9" },
	      { "F", "#230.0 087 288.0 50.0" }, { "FW?", "05516-1100" }, { "SASV07?", "GASV07DN05K10KB100004      " } },
	    { { "ups.status", "OL" }, { "output.voltage", "229.9" }, { "ups.load", "7" }, { "output.current", "6.5" },
	      { "input.bypass.voltage", "230.4" }, { "input.bypass.frequency", "49.9" },
	      { "ups.firmware", "05516-1100" }, { "ups.serial", "N05K10KB100004" }, { "output.phases", "1" } } },
	{ "innovart33", true, true, NULL, false,
	    { { "Q6", Q6 }, { "WA", WA }, { "Q1", Q1 }, { "BPS", "(230.4 000.0 000.0 49.9" },
	      { "F", "#230.0 087 288.0 50.0" }, { "FW?", "05516-1100" }, { "SASV07?", "GASV07DN05K10KB100004      " } },
	    { { "ups.status", "OL" }, { "output.L1-N.voltage", "229.9" }, { "output.L1.load", "7" },
	      { "input.bypass.L1-N.voltage", "230.4" }, { "output.phases", "3" } } },
	{ "bestups", false, true, NULL, false,
	    { { "Q1", Q1 }, { "ID", "FOR,750,120,120,20.0,27.6" }, { "RT", "025" }, { "BP?", "02" }, { "M", "0" } },
	    { { "ups.status", "OL" }, { "device.mfr", "Best Power" }, { "device.model", "Fortress" },
	      { "ups.power.nominal", "750" }, { "input.voltage.nominal", "120" }, { "battery.voltage.low", "20.0" },
	      { "battery.voltage.high", "27.6" }, { "battery.runtime", "1500" }, { "battery.packs", "(absent)" },
	      { "input.transfer.low", "96" }, { "input.transfer.high", "146" }, { "input.transfer.boost.high", "109" } } },
	{ "omron", true, false, "NAK", false,
	    { { "Q1", "(102.5 000.0 102.4 000 49.9 54.5 22.7 00101000" }, { "UN", "1125W/1125VA/048V/160W/020W" },
	      { "Bl ?", "100" }, { "RTS", "0699" }, { "TPb", "+22.5" }, { "Lf ?", "49.9" },
	      { "PSNR", "A0Z25110005109G " }, { "FWV", "M:0.17(S:2.00)" }, { "BRR", "20260730" } },
	    { { "ups.status", "OL BYPASS" }, { "battery.charge", "100.0" }, { "battery.runtime", "41940" },
	      { "battery.temperature", "22.5" }, { "output.frequency", "49.9" }, { "ups.serial", "A0Z25110005109G" },
	      { "ups.firmware", "0.17" }, { "ups.firmware.aux", "2.00" }, { "battery.date", "2026-07-30" },
	      { "ups.realpower.nominal", "1125" }, { "battery.voltage.nominal", "48" } } },
	{ "voltronic", false, false, "(NAK", false,
	    { { "QPI", "(PI01" }, { "QGS", "(122.4 60.0 122.2 60.0 000.0 000 169.0 169.2 082.1 ---.- 016.5 100010000001" },
	      { "QMOD", "(Y" }, { "QWS", "(0000000000000000000000000000000000000000000000000000000000000000000010000001" },
	      { "QBV", "(082.0 06 01 091 342" }, { "QMD", "(###########3000 ###3000 80 1/1 120 120 06 12.0" },
	      { "QID", "(00000000000000" }, { "QVFW", "(VERFW:01213.00" }, { "QRI", "(120.0 025 072.0 60.0" },
	      { "QFLAG", "(EpbrashclnzDovegfjm" }, { "QHE", "(130 114" },
	      { "QFS", "(02 120.3 59.9 002.7 60.0 020 004.8 249.6 249.6 082.1 020.7 00001000" } },
	    { { "ups.status", "OL BYPASS" }, { "input.voltage", "122.4" }, { "input.frequency", "60.0" },
	      { "output.voltage", "122.2" }, { "output.current", "0.0" }, { "ups.load", "0" },
	      { "battery.voltage", "82.00" }, { "ups.temperature", "16.5" }, { "ups.type", "online" },
	      { "ups.alarm", "(absent)" }, { "battery.charge", "91" }, { "battery.runtime", "20520" },
	      { "device.model", "3000" }, { "ups.power.nominal", "3000" }, { "device.serial", "(absent)" },
	      { "ups.firmware", "01213.00" }, { "ups.firmware.aux", "P01" }, { "output.voltage.nominal", "120.0" },
	      { "ups.beeper.status", "enabled" }, { "ups.start.auto", "yes" }, { "battery.energysave", "no" },
	      { "input.transfer.high", "130" }, { "input.transfer.low", "114" }, { "battery.packs", "1" } } },
	{ "voltronic-qs", false, true, NULL, false,
	    { { "M", "V" }, { "QS", Q1 }, { "F", "#220.0 003 12.00 50.0" },
	      { "QI", "(100 00979 50.0 000.3 177 290 0 0000010000112000" } },
	    { { "ups.status", "OL" }, { "ups.firmware.aux", "PM-V" }, { "output.frequency", "49.0" },
	      { "input.frequency", "50.0" }, { "battery.charge", "100" }, { "battery.runtime", "979" },
	      { "input.transfer.low", "177" }, { "output.voltage.nominal", "220" } } },
	{ "voltronic-qs-hex", false, true, NULL, false,
	    { { "M", "P" }, { "QS", "#\x6C\x01 \x35 \x6C\x01 \x35 \x03 \x51\x9A \x28\x02\x12\xD0 \xE6 \x1E \x09" } },
	    { { "ups.status", "OL" }, { "ups.firmware.aux", "PM-P" }, { "input.voltage", "112.2" },
	      { "output.voltage", "112.2" }, { "ups.load", "3" }, { "output.frequency", "59.8" },
	      { "battery.voltage", "13.53" }, { "ups.beeper.status", "enabled" } } },
	{ "axpert", false, false, "(NAK", true,
	    { { "QPI", "(PI30" }, { "QMOD", "(L" },
	      { "QPIGS", "(238.0 49.9 238.0 49.9 0382 0263 013 476 26.98 000 100 0620 0000 000.0 00.00 00000 10011101 "
	      "00 04 00000 101" },
	      { "QPIRI", "(230.0 13.0 230.0 50.0 13.0 3000 3000 24.0 23.0 21.0 28.2 27.0 0 30 60 1 0 0 - 01 1 0 27.0 0 0" },
	      { "QPIWS", "(00000000000000000000000000000000" }, { "QID", "(12345679012345" } },
	    { { "ups.status", "OL CHRG" }, { "device.type", "scd" }, { "input.voltage", "238.0" },
	      { "ups.load", "13" }, { "battery.voltage", "27.0" }, { "battery.charge", "100.0" },
	      { "output.power", "382.0" }, { "output.realpower", "263.0" }, { "device.serial", "12345679012345" },
	      { "battery.type", "AGM" }, { "output.realpower.nominal", "3000.0" } } },
	{ "masterguard", false, true, NULL, false,
	    { { "WH", "(00 01.02 03.04 A 1000-19                      0 230 50.00 018 02.00 010.30 004.15 006 00 40 180 265 47.50 52.50" },
	      { "MSO", "(220 230 240" }, { "PNV", "(PNV=230" },
	      { "Q3", "(00 230.1 000.0 229.9 050 50.0 02.27 25.5 030.30 098 00000000 00000000" },
	      { "GS,00", "(00,ii 2 1" }, { "DRC,00", "(00,0001:02:03:04" }, { "GSN,00", "(00,SSN=ABCDEFGHIJK12345" } },
	    { { "ups.status", "OL" }, { "device.mfr", "Masterguard" }, { "ups.power.nominal", "1000" },
	      { "ups.power", "500" }, { "output.current", "2.2" }, { "battery.voltage", "40.86" },
	      { "battery.voltage.nominal", "36.00" }, { "battery.runtime", "1830" }, { "battery.charge", "98" },
	      { "ups.test.result", "no test in progress" }, { "device.uptime", "93784" },
	      { "ups.beeper.status", "enabled" }, { "battery.packs", "2" }, { "output.voltage.nominal", "230" },
	      { "device.part", "ABCDEFGHIJK" }, { "device.serial", "2345" } } },
};

static void
set_script(const struct dialect *d)
{
	const struct line	*l;

	forget_script();
	echoes = d->echoes;
	refusal = d->refusal;
	crc = d->crc;
	for (l = d->script; l->ask != NULL; l++)
		device_says(l->ask, l->reply);
}

static const struct dialect *
find_dialect(const char *profile)
{
	size_t	 i;

	for (i = 0; i < nitems(dialects); i++)
		if (strcmp(dialects[i].profile, profile) == 0)
			return &dialects[i];
	fail();
	return NULL;
}

static struct stage *
begin_dialect(const char *profile, const char *settings)
{
	const struct dialect	*d = find_dialect(profile);
	char			 more[256];

	set_script(d);
	snprintf(more, sizeof(more), "profile = %s\n %s", d->named ? d->profile : "auto", settings);
	return begin(more);
}

static void
every_dialect_says_what_it_means(void **state)
{
	size_t	 i, piece;

	for (i = 0; i < nitems(dialects); i++)
		for (piece = 0; piece < 8; piece += 7) {
			struct stage	*s = begin_dialect(dialects[i].profile, "");

			s->piece = piece;
			stage_run(s, 60000);
			if (stage_state(s, "ups") != DEVICE_FRESH)
				fail_msg("%s is not understood; it was asked\n%s", dialects[i].profile, sent);
			check(s, dialects[i].values);
			stage_free(s);
		}
}

/* -- detection: status and identity, and nothing that acts ------------------------------------ */

static struct megatec_knowledge *
learn(void)
{
	static const char *const	 names[] = { "axpert", "bestups", "masterguard", "omron", "q1", "three-phase",
						     "voltronic" };
	const char			*src = getenv("srcdir");
	struct conf			*confs[nitems(names)];
	struct conf_errors		 errors = { 0 };
	struct megatec_knowledge	*k;
	size_t				 i;
	char				*path;

	for (i = 0; i < nitems(names); i++) {
		path = xasprintf("%s/drivers/profiles/megatec/%s.conf", src != NULL ? src : ".", names[i]);
		confs[i] = conf_load(path, &errors);
		free(path);
	}
	k = megatec_learn((const struct conf *const *)confs, nitems(names), &errors);
	if (errors.n > 0)
		fail_msg("%s", errors.texts[0]);
	for (i = 0; i < nitems(names); i++)
		conf_free(confs[i]);
	return k;
}

/* Whether what is asked could be what a command sends: "S{off}" is anything that begins with S and a number. */
static bool
could_be(const char *question, const char *command)
{
	size_t	 fixed = strcspn(command, "{");

	if (command[fixed] == '\0')
		return strcmp(question, command) == 0;
	return strncmp(question, command, fixed) == 0 && (question[fixed] == '\0' ||
	    strchr("0123456789.", question[fixed]) != NULL);
}

static bool
acts_on(const struct megatec_profile *p, const char *question)
{
	size_t	 i, k;

	for (i = 0; i < p->nactions; i++)
		if (strcmp(p->actions[i], question) == 0)
			return true;
	for (i = 0; i < p->ncommands; i++)
		for (k = 0; k < p->commands[i].nsends; k++)
			if (could_be(question, p->commands[i].sends[k]))
				return true;
	for (i = 0; i < p->nsettings; i++)
		if (p->settings[i].send != NULL && could_be(question, p->settings[i].send))
			return true;
	return false;
}

/*
 * A question is asked while no profile before this one has claimed the device:
 * so it may be an action of those, but of no other.
 */
static void
no_letter_of_detection_acts(void **state)
{
	struct megatec_knowledge	*k = learn();
	const struct megatec_profile	*p, *other;
	bool				 before;
	size_t				 i, n = 0;

	for (p = k->first; p != NULL; p = p->next) {
		for (i = 0; i < p->nclaims; i++) {
			before = p->automatic;
			for (other = k->first; other != NULL; other = other->next) {
				before &= other != p;
				if (!(before && other->automatic) && acts_on(other, p->claims[i]))
					fail_msg("%s asks %s, which acts on %s", p->name, p->claims[i], other->name);
				n++;
			}
		}
	}
	assert_true(n > 500);
	/* The test can fail: M acts on a Masterguard, which is asked before. */
	assert_true(acts_on(megatec_profile_find(k, "masterguard"), "M"));
	assert_true(megatec_profile_find(k, "masterguard")->order < megatec_profile_find(k, "voltronic-qs")->order);
	assert_true(acts_on(megatec_profile_find(k, "megatec"), "S02R0003"));
	assert_true(acts_on(megatec_profile_find(k, "megatec"), "C"));
	assert_false(acts_on(megatec_profile_find(k, "megatec"), "Q1"));
	megatec_forget(k);
}

/* M is Voltronic's only behind QS, which a Masterguard does not answer, be it ever so deaf to what it is asked before. */
static void
a_deaf_masterguard_is_sent_no_m(void **state)
{
	unsigned	 i;

	for (i = 0; i < 40; i++) {
		struct stage	*s = begin_dialect("masterguard", "");

		if (i % 2 == 0)
			echoes = false;
		silent = i;
		stage_run(s, 60000);
		if (was_sent("M") || was_sent("N") || was_sent("O"))
			fail_msg("deaf %u times, it was sent\n%s", i, sent);
		stage_free(s);
	}
}

/* What is sent to whom, from the beginning to polls of every kind, acts on nobody. */
static void
polling_acts_on_nobody(void **state)
{
	struct megatec_knowledge	*k = learn();
	const struct megatec_profile	*p;
	char				 copy[sizeof(sent)], *line, *rest;
	size_t				 i;

	for (i = 0; i < nitems(dialects); i++) {
		struct stage	*s = begin_dialect(dialects[i].profile, "");

		p = megatec_profile_find(k, dialects[i].profile);
		assert_non_null(p);
		stage_run(s, 60000);
		strcpy(copy, sent);
		for (line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
			if (acts_on(p, line))
				fail_msg("%s was sent %s", p->name, line);
		stage_free(s);
	}
	megatec_forget(k);
}

static void
what_says_nothing_is_no_device(void **state)
{
	struct stage	*s;

	forget_script();
	s = begin("");
	stage_run(s, 120000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
	/* A line that only echoes, as an open port does, is none either. */
	echoes = true;
	stage_run(s, 120000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
	stage_free(s);
}

/* -- states ---------------------------------------------------------------------------------------- */

static void
states_are_in_nuts_words(void **state)
{
	static const struct { const char *reply, *status, *alarm; } rows[] = {
		{ "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001001", "OL", "(absent)" },
		{ "(000.0 195.0 226.0 014 49.0 27.5 30.0 10001001", "OB", "(absent)" },
		{ "(000.0 195.0 226.0 014 49.0 21.5 30.0 11001001", "OB LB", "(absent)" },
		{ "(200.0 195.0 226.0 014 49.0 27.5 30.0 00101001", "OL BOOST", "(absent)" },
		{ "(250.0 195.0 226.0 014 49.0 27.5 30.0 00101001", "OL TRIM", "(absent)" },
		{ "(226.0 195.0 226.0 014 49.0 27.5 30.0 00101001", "OL BYPASS", "(absent)" },
		{ "(226.0 195.0 000.0 014 49.0 27.5 30.0 00101001", "OL", "(absent)" },
		{ "(000.0 195.0 226.0 014 49.0 27.5 30.0 10101001", "OB", "(absent)" },
		{ "(226.0 195.0 226.0 014 49.0 27.5 30.0 00011001", "ALARM OL", "UPS failed" },
		{ "(226.0 195.0 226.0 014 49.0 27.5 30.0 10001101", "OB CAL", "(absent)" },
		{ "(226.0 195.0 226.0 014 49.0 27.5 30.0 10001011", "OB FSD", "(absent)" },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin_dialect("megatec", "");

		device_says("Q1", rows[i].reply);
		stage_run(s, 60000);
		assert_string_equal(stage_value(s, "ups", "ups.status"), rows[i].status);
		assert_string_equal(stage_value(s, "ups", "ups.alarm"), rows[i].alarm);
		stage_free(s);
	}
}

/* As real units sent them. */
static void
odd_replies_are_understood_or_nothing(void **state)
{
	static const struct { const char *reply, *status, *battery, *temperature; } rows[] = {
		{ "(228.0 228.0 228.0 007 50.0  26.6 39.0 00001001", "OL", "26.60", "39.0" },
		{ "(238.8 000.0 219.9 020 49.9 2.25 43.0 00000001", "OL", "2.25", "43.0" },
		{ "(228.6 228.7 228.6 000 50.0 13.5 --.- 00001000", "OL", "13.50", "(absent)" },
		{ "(226.0 000.0 227.0 029 49.9 27.1 29.0 00001000", "OL", "27.10", "29.0" },
	};
	static const char *const broken[] = {
		"(233.0 000.0 233.0 016 50.0 27.0 20.8 00001", "(", "233.0", "#220.0 000 024.0 50.0",
		"(233.0 000.0 233.0 016 50.0 27.0 20.8 20001001 ", "(UPS No Ack                                     ",
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin_dialect("megatec", "");

		device_says("Q1", rows[i].reply);
		stage_run(s, 60000);
		assert_string_equal(stage_value(s, "ups", "ups.status"), rows[i].status);
		assert_string_equal(stage_value(s, "ups", "battery.voltage"), rows[i].battery);
		assert_string_equal(stage_value(s, "ups", "ups.temperature"), rows[i].temperature);
		stage_free(s);
	}
	for (i = 0; i < nitems(broken); i++) {
		struct stage	*s = begin_dialect("megatec", "");

		device_says("Q1", broken[i]);
		stage_run(s, 60000);
		assert_int_equal(stage_state(s, "ups"), DEVICE_WAITING);
		stage_free(s);
	}
}

static void
voltronics_warnings_are_alarms(void **state)
{
	struct stage	*s = begin_dialect("voltronic", "");

	device_says("QMOD", "(B");
	device_says("QGS", "(122.4 60.0 122.2 60.0 000.0 000 169.0 169.2 082.1 ---.- 016.5 101010000001");
	device_says("QFS", "(44 120.3 59.9 002.7 60.0 020 004.8 249.6 249.6 082.1 020.7 00001000");
	device_says("QWS", "(0000000100000000000000000000000000000000000000000000000100000000");
	stage_run(s, 60000);
	assert_string_equal(stage_value(s, "ups", "ups.status"), "ALARM OB LB RB");
	assert_non_null(strstr(stage_value(s, "ups", "ups.alarm"), "Replace battery"));
	device_says("QGS", "(122.4 60.0 122.2 60.0 000.0 000 169.0 169.2 082.1 ---.- 016.5 101001000001");
	stage_run(s, 60000);
	assert_non_null(strstr(stage_value(s, "ups", "ups.alarm"), "Fault 44: Fan failure"));
	assert_true(was_sent("QFS"));
	stage_free(s);
}

/* -- a bad line -------------------------------------------------------------------------------------- */

static void
a_bad_line_is_tried_again(void **state)
{
	struct stage	*s = begin_dialect("megatec", "");

	stage_run(s, 30000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	device_says("Q1", "(000.0 195.0 226.0 014 49.0 27.5 30.0 10001001");
	silent = 1;
	stage_run(s, 4500);
	assert_string_equal(stage_value(s, "ups", "ups.status"), "OB");
	device_says("Q1", Q1);
	half = 2;
	stage_run(s, 4500);
	assert_string_equal(stage_value(s, "ups", "ups.status"), "OL");
	noise = 100;
	device_says("Q1", "(000.0 195.0 226.0 014 49.0 27.5 30.0 10001001");
	stage_run(s, 4500);
	assert_string_equal(stage_value(s, "ups", "ups.status"), "OB");
	silent = 1000000;
	stage_run(s, 30000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_STALE);
	silent = noise = 0;
	device_says("Q1", Q1);
	stage_run(s, 60000);
	assert_int_equal(stage_state(s, "ups"), DEVICE_FRESH);
	assert_string_equal(stage_value(s, "ups", "ups.status"), "OL");
	stage_free(s);
}

static void
an_echoing_line_is_one_with_replies(void **state)
{
	struct stage	*s = begin_dialect("megatec", "");

	line_echo = true;
	echoes = false;
	stage_run(s, 60000);
	check(s, find_dialect("megatec")->values);
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "test.battery.start.quick", NULL), R_DONE);
	stage_free(s);
}

/* -- commands and settings ------------------------------------------------------------------------------ */

static void
delays_are_never_shorter(void **state)
{
	static const struct { const char *shutdown, *start, *command, *text; } rows[] = {
		{ "30", "180", "shutdown.return", "S.5R0003" }, { "31", "180", "shutdown.return", "S.6R0003" },
		{ "54", "181", "shutdown.return", "S.9R0004" }, { "55", "0", "shutdown.return", "S01" },
		{ "60", "1", "shutdown.return", "S01R0001" }, { "61", "599940", "shutdown.return", "S02R9999" },
		{ "599", "60", "shutdown.return", "S10R0001" }, { "12", "180", "shutdown.stayoff", "S.2R0000" },
		{ "13", "180", "shutdown.stayoff", "S.3R0000" }, { "600", "180", "shutdown.stayoff", "S10R0000" },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin_dialect("megatec", "");

		echoes = false;
		device_says("I", I);
		stage_run(s, 60000);
		assert_int_equal(stage_ask(s, "ups", REQUEST_SET, "ups.delay.shutdown", rows[i].shutdown), R_DONE);
		assert_int_equal(stage_ask(s, "ups", REQUEST_SET, "ups.delay.start", rows[i].start), R_DONE);
		assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, rows[i].command, NULL), R_DONE);
		if (!was_sent(rows[i].text))
			fail_msg("%s was not sent, but\n%s", rows[i].text, sent);
		stage_free(s);
	}
}

static void
commands_are_sent_and_their_answers_count(void **state)
{
	static const struct { const char *profile, *command, *value, *answer, *text; enum result result; } rows[] = {
		{ "megatec", "load.off", NULL, NULL, "S00R0000", R_DONE },
		{ "megatec", "load.on", NULL, "ACK", "C", R_DONE },
		{ "megatec", "beeper.toggle", NULL, "Q", "Q", R_FAILED },
		{ "megatec", "test.battery.start", NULL, NULL, "T10", R_DONE },
		{ "megatec", "test.battery.start", "61", NULL, "T02", R_DONE },
		{ "megatec", "test.battery.start", "59", NULL, NULL, R_INVALID },
		{ "megatec", "shutdown.stop", NULL, "what?", "C", R_FAILED },
		{ "megatec", "bypass.start", NULL, NULL, NULL, R_UNKNOWN },
		{ "voltronic", "load.off", NULL, "(ACK", "SOFF", R_DONE },
		{ "voltronic", "load.off", NULL, "(NAK", "SOFF", R_FAILED },
		{ "voltronic", "shutdown.stop", NULL, "(ACK", "CS", R_DONE },
		{ "voltronic", "test.battery.start", "13", "(ACK", "T.3", R_DONE },
		{ "voltronic", "beeper.toggle", NULL, "(ACK", "BZOFF", R_DONE },
		{ "voltronic", "beeper.disable", NULL, "(ACK", "PDA", R_DONE },
		{ "voltronic", "outlet.1.load.off", NULL, "(ACK", NULL, R_UNKNOWN },
		{ "mecer", "test.battery.start", "30", "(ACK", "T.5", R_DONE },
		{ "masterguard", "test.battery.start.deep", NULL, NULL, "TUD,00", R_DONE },
		{ "bestups", "shutdown.stayoff", NULL, NULL, "S.5", R_DONE },
		{ "voltronic-qs-hex", "test.battery.start.quick", NULL, NULL, NULL, R_UNKNOWN },
		{ "axpert", "load.off", NULL, NULL, NULL, R_UNKNOWN },
	};
	enum result	 result;
	size_t		 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin_dialect(rows[i].profile, "");

		stage_run(s, 60000);
		echoes = false;
		sent[0] = '\0';
		if (rows[i].answer != NULL && rows[i].text != NULL)
			device_says(rows[i].text, rows[i].answer);
		result = stage_ask(s, "ups", REQUEST_COMMAND, rows[i].command, rows[i].value);
		if (result != rows[i].result || (rows[i].text != NULL && !was_sent(rows[i].text)))
			fail_msg("%s %s: %d; sent\n%s", rows[i].profile, rows[i].command, result, sent);
		stage_free(s);
	}
}

static void
omron_is_asked_for_leave_first(void **state)
{
	struct stage	*s = begin_dialect("omron", "");

	device_says("An", "OK");
	device_says("S.5", "OK");
	stage_run(s, 60000);
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "shutdown.return", NULL), R_DONE);
	assert_true(was_sent("An") && was_sent("S.5"));
	device_says("Af", "NAK");
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "shutdown.stayoff", NULL), R_FAILED);
	assert_false(was_sent("Sf.5"));
	stage_free(s);
}

/* A command that nobody confirms, on a line that is dead, is not done. */
static void
silence_of_all_is_no_acceptance(void **state)
{
	struct stage	*s = begin_dialect("megatec", "");

	stage_run(s, 30000);
	silent = 1000000;
	assert_int_equal(stage_ask(s, "ups", REQUEST_COMMAND, "load.off", NULL), R_TIMEOUT);
	stage_free(s);
}

static void
settings_reach_the_device(void **state)
{
	static const struct { const char *var, *value, *answer, *text; enum result result; } rows[] = {
		{ "ups.start.auto", "no", "(ACK", "PDR", R_DONE },
		{ "ups.start.auto", "yes", "(NAK", "PER", R_FAILED },
		{ "ups.start.auto", "perhaps", "(ACK", NULL, R_INVALID },
		{ "battery.packs", "4", "(ACK", "BATGN04", R_DONE },
		{ "battery.packs", "100", "(ACK", NULL, R_INVALID },
		{ "outlet.1.delay.shutdown", "481", "(ACK", "PSK1009", R_DONE },
		{ "input.voltage", "1", NULL, NULL, R_READONLY },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage	*s = begin_dialect("voltronic", "");

		device_says("QSK1", "(1");
		device_says("QSKT1", "(008");
		if (rows[i].text != NULL)
			device_says(rows[i].text, rows[i].answer);
		stage_run(s, 60000);
		assert_string_equal(stage_value(s, "ups", "outlet.1.delay.shutdown"), "480");
		assert_int_equal(stage_ask(s, "ups", REQUEST_SET, rows[i].var, rows[i].value), rows[i].result);
		assert_true(rows[i].text == NULL || was_sent(rows[i].text));
		stage_free(s);
	}
}

/* -- options ------------------------------------------------------------------------------------------- */

static void
options_leave_out_and_multiply(void **state)
{
	struct stage	*s = begin_dialect("megatec",
			    "options = {\"novendor=yes\", \"norating=yes\", \"ignoresab=yes\", \"battery.packs=12\", "
			    "\"battery_voltage_reports_one_pack=yes\", "
			    "\"offdelay=59\", \"ondelay=200\"}");

	device_says("Q1", "(226.0 195.0 226.0 014 49.0 2.25 30.0 00001010");
	stage_run(s, 60000);
	assert_string_equal(stage_value(s, "ups", "ups.status"), "OL");
	assert_string_equal(stage_value(s, "ups", "battery.voltage"), "27.00");
	assert_string_equal(stage_value(s, "ups", "ups.delay.shutdown"), "60");
	assert_string_equal(stage_value(s, "ups", "ups.delay.start"), "240");
	assert_false(was_sent("I") || was_sent("F"));
	stage_free(s);
}

/* Only for who asks for them, never where the device tells, and no source of LB. */
static void
estimates_are_for_who_asks(void **state)
{
	struct stage	*s = begin_dialect("megatec", "estimates = yes\n options = {\"runtimecal=240,100,720,50\"}");

	device_says("Q1", "(000.0 195.0 226.0 050 49.0 22.1 30.0 10001000");
	stage_run(s, 10000);
	assert_string_equal(stage_value(s, "ups", "battery.charge"), "25");
	assert_string_equal(stage_value(s, "ups", "battery.runtime"), "0");
	assert_string_equal(stage_value(s, "ups", "ups.status"), "OB");
	assert_string_equal(stage_value(s, "ups", "battery.voltage.low"), "(absent)");
	stage_free(s);
	s = begin_dialect("megatec", "");
	stage_run(s, 60000);
	assert_string_equal(stage_value(s, "ups", "battery.charge"), "(absent)");
	stage_free(s);
	s = begin_dialect("voltronic", "estimates = yes\n options = {\"runtimecal=240,100,720,50\"}");
	stage_run(s, 60000);
	assert_string_equal(stage_value(s, "ups", "battery.charge"), "91");
	assert_string_equal(stage_value(s, "ups", "battery.runtime"), "20520");
	stage_free(s);
}

static void
words_of_options_are_checked(void **state)
{
	static const struct { const char *option, *why; } rows[] = {
		{ "cablepower=reverse", NULL },
		{ "cablepower=full", "cablepower is normal, reverse, both or none, not \"full\"" },
		{ "novendor=true", "novendor is yes or no, not \"true\"" },
		{ "subdriver=smoke", "there is no subdriver \"smoke\"" },
		{ "runtimecal=1,2,3", "runtimecal is two runtimes with their loads" },
		{ "runtimecal=240,100,720,50", "runtimecal is for estimates = yes" },
	};
	size_t	 i;

	for (i = 0; i < nitems(rows); i++) {
		struct stage		*s = begin("");
		struct conf_errors	 errors = { 0 };
		char			*text = xasprintf("device ups { driver = megatec\n port = x\n options = {\"%s\"} }",
					    rows[i].option);
		struct driver_facts	 facts[] = { { "megatec", 2000, 30000, megatec_driver.options },
					    { NULL, 0, 0, NULL } };
		struct settings		*settings = settings_parse("test", text, strlen(text), facts, &errors);

		assert_int_equal(host_check(s->host, settings, &errors), rows[i].why == NULL);
		if (rows[i].why != NULL)
			assert_non_null(strstr(errors.texts[0], rows[i].why));
		conf_errors_free(&errors);
		settings_free(settings);
		free(text);
		stage_free(s);
	}
}

static void
voltronics_other_voltage_counts_where_qbv_says_none(void **state)
{
	struct stage	*s = begin_dialect("voltronic", "");

	stage_run(s, 60000);
	assert_string_equal(stage_value(s, "ups", "battery.voltage"), "82.00");
	device_says("QBV", "(NAK");
	stage_run(s, 150000);
	assert_string_equal(stage_value(s, "ups", "battery.voltage"), "82.10");
	assert_string_equal(stage_value(s, "ups", "battery.charge"), "(absent)");
	stage_free(s);
}

/* -- the pure part --------------------------------------------------------------------------------------- */

static void
the_crc_is_that_of_the_protocol(void **state)
{
	/* As published for PI30: QPI is followed by BE AC, QMOD by 49 C1. */
	assert_int_equal(megatec_crc("QPI", 3), 0xbeac);
	assert_int_equal(megatec_crc("QMOD", 4), 0x49c1);
	assert_int_equal(megatec_crc("QPIGS", 5), 0xb7a9);
}

static void
frames_end_in_cr(void **state)
{
	assert_int_equal(frame_cr((const uint8_t *)"(12", 3), 0);
	assert_int_equal(frame_cr((const uint8_t *)"(12\r(", 5), 4);
	assert_int_equal(frame_cr((const uint8_t *)"\n(12\r", 5), -1);
	assert_int_equal(frame_cr((const uint8_t *)"\0(12\r", 5), -1);
	assert_int_equal(frame_cr((const uint8_t *)"", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_dialect_says_what_it_means),
		cmocka_unit_test(no_letter_of_detection_acts),
		cmocka_unit_test(a_deaf_masterguard_is_sent_no_m),
		cmocka_unit_test(polling_acts_on_nobody),
		cmocka_unit_test(what_says_nothing_is_no_device),
		cmocka_unit_test(states_are_in_nuts_words),
		cmocka_unit_test(odd_replies_are_understood_or_nothing),
		cmocka_unit_test(voltronics_warnings_are_alarms),
		cmocka_unit_test(a_bad_line_is_tried_again),
		cmocka_unit_test(an_echoing_line_is_one_with_replies),
		cmocka_unit_test(delays_are_never_shorter),
		cmocka_unit_test(commands_are_sent_and_their_answers_count),
		cmocka_unit_test(omron_is_asked_for_leave_first),
		cmocka_unit_test(silence_of_all_is_no_acceptance),
		cmocka_unit_test(settings_reach_the_device),
		cmocka_unit_test(estimates_are_for_who_asks),
		cmocka_unit_test(words_of_options_are_checked),
		cmocka_unit_test(voltronics_other_voltage_counts_where_qbv_says_none),
		cmocka_unit_test(options_leave_out_and_multiply),
		cmocka_unit_test(the_crc_is_that_of_the_protocol),
		cmocka_unit_test(frames_end_in_cr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
