#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "drivers/apcupsd/nis.h"

/*
 * The lines of the answer to "status", by key.  A number is followed by its
 * unit and is taken only if that is the one of the NUT name; a time is turned
 * into seconds.
 */
enum kind { TEXT, NUMBER, SECONDS, FIRST_WORD, SECOND_WORD, BEFORE_SLASH, BEHIND_SLASH, SELFTEST };

static const struct row {
	const char	*key;
	const char	*name;
	enum kind	 kind;
	const char	*unit;		/* NUMBER */
} rows[] = {
	{ "MODEL",	"ups.model",		TEXT, NULL },
	{ "SERIALNO",	"ups.serial",		TEXT, NULL },
	{ "UPSNAME",	"ups.id",		TEXT, NULL },
	{ "FIRMWARE",	"ups.firmware",		BEFORE_SLASH, NULL },
	{ "FIRMWARE",	"ups.firmware.aux",	BEHIND_SLASH, NULL },
	{ "MANDATE",	"ups.mfr.date",		FIRST_WORD, NULL },
	{ "DATE",	"ups.date",		FIRST_WORD, NULL },
	{ "DATE",	"ups.time",		SECOND_WORD, NULL },
	{ "LOADPCT",	"ups.load",		NUMBER, "Percent" },
	{ "LOADAPNT",	"power.percent",	NUMBER, "Percent" },
	{ "LOAD_W",	"ups.realpower",	NUMBER, "Watts" },
	{ "NOMPOWER",	"ups.realpower.nominal", NUMBER, "Watts" },
	{ "LOAD_VA",	"ups.power",		NUMBER, "VA" },
	{ "NOMAPNT",	"ups.power.nominal",	NUMBER, "VA" },
	{ "ITEMP",	"ups.temperature",	NUMBER, "C" },
	{ "DWAKE",	"ups.delay.start",	SECONDS, NULL },
	{ "DSHUTD",	"ups.delay.shutdown",	SECONDS, NULL },
	{ "STESTI",	"ups.test.interval",	SECONDS, NULL },
	{ "SELFTEST",	"ups.test.result",	SELFTEST, NULL },
	{ "LINEV",	"input.voltage",	NUMBER, "Volts" },
	{ "MAXLINEV",	"input.voltage.maximum", NUMBER, "Volts" },
	{ "MINLINEV",	"input.voltage.minimum", NUMBER, "Volts" },
	{ "NOMINV",	"input.voltage.nominal", NUMBER, "Volts" },
	{ "LINEFREQ",	"input.frequency",	NUMBER, "Hz" },
	{ "LOTRANS",	"input.transfer.low",	NUMBER, "Volts" },
	{ "HITRANS",	"input.transfer.high",	NUMBER, "Volts" },
	{ "LASTXFER",	"input.transfer.reason", TEXT, NULL },
	{ "SENSE",	"input.sensitivity",	TEXT, NULL },
	{ "OUTPUTV",	"output.voltage",	NUMBER, "Volts" },
	{ "NOMOUTV",	"output.voltage.nominal", NUMBER, "Volts" },
	{ "OUTCURNT",	"output.current",	NUMBER, "Amps" },
	{ "BCHARGE",	"battery.charge",	NUMBER, "Percent" },
	{ "MBATTCHG",	"battery.charge.low",	NUMBER, "Percent" },
	{ "RETPCT",	"battery.charge.restart", NUMBER, "Percent" },
	{ "BATTV",	"battery.voltage",	NUMBER, "Volts" },
	{ "NOMBATTV",	"battery.voltage.nominal", NUMBER, "Volts" },
	{ "BATTDATE",	"battery.date",		FIRST_WORD, NULL },
	{ "TIMELEFT",	"battery.runtime",	SECONDS, NULL },
	{ "MINTIMEL",	"battery.runtime.low",	SECONDS, NULL },
};

static const struct {
	const char	*word;
	int64_t		 seconds;
} times[] = {
	{ "seconds", 1 }, { "minutes", 60 }, { "hours", 3600 }, { "days", 86400 },
};

/* What apcupsd's manual says of them, in NUT's words. */
static const struct {
	const char	*word, *text;
} tests[] = {
	{ "OK", "Done and passed" },
	{ "BT", "Done and error: battery capacity" },
	{ "NG", "Done and error: overload" },
	{ "WN", "Done and warning" },
	{ "IP", "In progress" },
	{ "NO", "No test initiated" },
};

static const struct {
	const char	*word, *status;
} words[] = {
	{ "CAL", "CAL" }, { "TRIM", "TRIM" }, { "BOOST", "BOOST" }, { "ONLINE", "OL" }, { "ONBATT", "OB" },
	{ "OVERLOAD", "OVER" }, { "LOWBATT", "LB" }, { "REPLACEBATT", "RB" }, { "SELFTEST", "TEST" },
};

ssize_t
nis_frame(const uint8_t *bytes, size_t len)
{
	size_t	 n;

	if (len < 2)
		return 0;
	n = 2 + ((size_t)bytes[0] << 8 | bytes[1]);
	return n > STREAM_FRAME_MAX || n <= len ? (ssize_t)n : 0;
}

/* -- values -------------------------------------------------------------------------- */

/* Ends the text behind its first n bytes that are of no blank, and gives what follows those. */
static char *
next_word(char *text)
{
	char	*rest = text + strcspn(text, " \t");

	if (*rest != '\0')
		*rest++ = '\0';
	return rest + strspn(rest, " \t");
}

static void
put_number(struct unit *u, enum var var, const char *unit, char *text)
{
	char	*rest = next_word(text);

	next_word(rest);
	if (value_from_text(text).type == V_NUMBER && (*rest == '\0' || strcasecmp(rest, unit) == 0))
		unit_put_text(u, var, text);
}

/* 14.5 minutes are 870 s, without a fraction that is none. */
static void
put_seconds(struct unit *u, enum var var, char *text)
{
	char		*rest = next_word(text);
	struct value	 v = value_from_text(text);
	size_t		 i;

	next_word(rest);
	for (i = 0; i < nitems(times); i++) {
		if (v.type != V_NUMBER || strcasecmp(times[i].word, rest) != 0)
			continue;
		v = value_times(&v, times[i].seconds, 0);
		while (v.type == V_NUMBER && v.scale > 0 && v.digits % 10 == 0)
			v = value_number(v.digits / 10, v.scale - 1u);
		unit_put(u, var, v);
		return;
	}
}

static void
put_test(struct unit *u, enum var var, const char *text)
{
	size_t	 i;

	for (i = 0; i < nitems(tests); i++)
		if (strcmp(tests[i].word, text) == 0)
			unit_put_text(u, var, tests[i].text);
}

static void
put_part(struct unit *u, enum var var, const char *text, size_t len)
{
	char	*part;

	while (len > 0 && text[len - 1] == ' ')
		len--;
	if (len == 0)
		return;
	part = xstrndup(text, len);
	unit_put_text(u, var, part);
	free(part);
}

/* The text is left as it is. */
static void
put_value(struct unit *u, const struct row *row, const char *text)
{
	enum var	 var = var_intern(row->name);
	size_t		 word = strcspn(text, " \t"), slash = strcspn(text, "/");
	char		*copy = xstrdup(text), *rest;

	if (row->kind == TEXT)
		put_part(u, var, text, strlen(text));
	else if (row->kind == NUMBER)
		put_number(u, var, row->unit, copy);
	else if (row->kind == SECONDS)
		put_seconds(u, var, copy);
	else if (row->kind == FIRST_WORD && isdigit((unsigned char)*text))
		put_part(u, var, text, word);
	else if (row->kind == SECOND_WORD && isdigit((unsigned char)*text)) {
		rest = next_word(copy);
		put_part(u, var, rest, strcspn(rest, " \t"));
	} else if (row->kind == BEFORE_SLASH)
		put_part(u, var, text, slash);
	else if (row->kind == BEHIND_SLASH && text[slash] == '/')
		put_part(u, var, text + slash + 1 + strspn(text + slash + 1, " "), strlen(text + slash + 1 +
		    strspn(text + slash + 1, " ")));
	else if (row->kind == SELFTEST)
		put_test(u, var, text);
	free(copy);
}

/* -- STATUS --------------------------------------------------------------------------- */

static bool
has_word(const char *text, const char *word)
{
	size_t	 len = strlen(word), n;

	for (; *text != '\0'; text += n + strspn(text + n, " ")) {
		n = strcspn(text, " ");
		if (n == len && strncmp(text, word, n) == 0)
			return true;
	}
	return false;
}

static enum nis_line
put_status(struct unit *u, const char *text)
{
	size_t	 i;

	if (has_word(text, "COMMLOST") || has_word(text, "ERROR") || *text == '\0')
		return NIS_LOST;
	/* A self test that says nothing else of the source runs on the battery. */
	if (strcmp(text, "SELFTEST") == 0)
		unit_status(u, "OB");
	for (i = 0; i < nitems(words); i++)
		if (has_word(text, words[i].word))
			unit_status(u, words[i].status);
	if (strstr(text, "SHUTTING DOWN") != NULL)
		unit_status(u, "LB");
	if (has_word(text, "NOBATT")) {
		unit_flag(u, "no-battery");
		unit_alarm(u, "No battery is installed!");
	}
	return NIS_STATUS;
}

/* -- a line ------------------------------------------------------------------------------ */

enum nis_line
nis_put(char *line, struct unit *u)
{
	size_t		 key = strcspn(line, " \t:"), i;
	char		*value = line + key + strspn(line + key, " \t:"), *end = value + strlen(value);
	bool		 found = false;

	while (end > value && isspace((unsigned char)end[-1]))
		*--end = '\0';
	if (line[key] == '\0')
		return NIS_OTHER;
	line[key] = '\0';
	if (strcmp(line, "STATUS") == 0)
		return put_status(u, value);
	for (i = 0; i < nitems(rows); i++)
		if (strcmp(rows[i].key, line) == 0) {
			put_value(u, &rows[i], value);
			found = true;
		}
	return found ? NIS_READING : NIS_OTHER;
}
