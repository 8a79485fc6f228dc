#include <ctype.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/megatec/transport.h"

static const struct transport_index krauler_indexes[] = {
	{ "Q1", 0x03, '(' }, { "F", 0x0d, '#' }, { "I", 0x0c, '#' }, { "T", 0x04, '\r' }, { "TL", 0x05, '\r' },
	{ "Q", 0x07, '\r' }, { "C", 0x0b, '\r' }, { "CT", 0x0b, '\r' }, { NULL, 0, 0 }
};
static const struct transport_index fabula_indexes[] = {
	{ "Q1", 0x03, 0 }, { "F", 0x0d, 0 }, { "I", 0x0c, 0 }, { "Q", 0x07, 0 }, { "C", 0x0a, 0 }, { NULL, 0, 0 }
};
static const struct transport_index hunnox_indexes[] = {
	{ "Q1", 0x03, 0 }, { "F", 0x0d, 0 }, { "I", 0x0c, 0 }, { "Q", 0x07, 0 }, { "C", 0x0a, 0 }, { "BL", 0xf3, 0 },
	{ NULL, 0, 0 }
};
static const struct transport_index snr_indexes[] = {
	{ "Q1", 0x03, '(' }, { "F", 0x0d, '#' }, { "I", 0x0c, '#' }, { NULL, 0, 0 }
};

static const struct transport transports[] = {
	{ "ablerex", PREPARE_NOTHING, WRITE_REPORT, 47, 0x0305, 1000, READ_REPORT, 47, NULL, false, false, 3 },
	{ "armac", PREPARE_DRAIN, WRITE_ARMAC, 4, 0x0200, 5000, READ_ARMAC, 8, NULL, false, false, 1 },
	{ "cypress", PREPARE_NOTHING, WRITE_PIECES, 8, 0x0200, 5000, READ_PACKETS, 8, NULL, false, false, 1 },
	{ "fabula", PREPARE_LANGUAGE, WRITE_STRING, 0, 0, 0, READ_STRING, 255, fabula_indexes, true, true, 1 },
	{ "fuji", PREPARE_NOTHING, WRITE_FUJI, 8, 0, 5000, READ_PACKETS, 8, NULL, false, false, 1 },
	{ "gtec", PREPARE_NOTHING, WRITE_PIECES, 8, 0x0002, 5000, READ_PACKETS, 128, NULL, false, false, 1 },
	{ "hunnox", PREPARE_LOCK, WRITE_STRING, 0, 0, 0, READ_STRING, 102, hunnox_indexes, true, true, 1 },
	{ "ippon", PREPARE_NOTHING, WRITE_PIECES, 8, 0x0002, 1000, READ_ONE, 64, NULL, false, false, 1 },
	{ "krauler", PREPARE_LANGUAGE, WRITE_STRING, 0, 0, 0, READ_STRING, 255, krauler_indexes, false, false, 10 },
	{ "omron", PREPARE_NOTHING, WRITE_PIECES, 16, 0x0002, 1000, READ_ONE, 64, NULL, false, false, 1 },
	{ "phoenix", PREPARE_DRAIN, WRITE_PIECES, 8, 0x0200, 1000, READ_PACKETS, 8, NULL, false, false, 1 },
	{ "phoenixtec", PREPARE_NOTHING, WRITE_VENDOR, 0, 0, 1000, READ_PACKETS, 8, NULL, false, false, 1 },
	{ "sgs", PREPARE_NOTHING, WRITE_COUNTED, 8, 0x0200, 5000, READ_COUNTED, 8, NULL, false, false, 1 },
	{ "snr", PREPARE_THROW_AWAY, WRITE_STRING, 0, 0, 0, READ_STRING, 102, snr_indexes, false, false, 10 },
};

const struct transport *
transport_next(const struct transport *t)
{
	if (t == NULL)
		return transports;
	return t + 1 == transports + nitems(transports) ? NULL : t + 1;
}

const struct transport *
transport_find(const char *name)
{
	const struct transport	*t = NULL;

	while ((t = transport_next(t)) != NULL && strcmp(t->name, name) != 0)
		;
	return t;
}

/* -- commands that are the index of a string -------------------------------------------- */

/* As without its CR: .2 to .9 of a minute, or two digits of minutes. */
static bool
read_delay(const char *text, unsigned *tenths, const char **end)
{
	if (text[0] == '.' && isdigit((unsigned char)text[1]))
		*tenths = (unsigned)(text[1] - '0');
	else if (isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]))
		*tenths = (unsigned)((text[0] - '0') * 10 + text[1] - '0') * 10;
	else
		return false;
	*end = text + 2;
	return true;
}

/*
 * Half a minute to ten: 16 for 0.5, 16 more for each tenth, 96 for 1, 16 more
 * for each minute, and eight more to come back.  A longer delay would have to be
 * made shorter, so it is none.
 */
static uint8_t
delay_index(const char *line)
{
	const char	*end;
	unsigned	 tenths, index;
	bool		 stays;

	if (line[0] != 'S' || !read_delay(line + 1, &tenths, &end) || tenths > 100)
		return 0;
	if (*end != '\0' && *end != 'R')
		return 0;
	stays = *end == 'R' && strspn(end + 1, "0") == strlen(end + 1);
	if (tenths < 5)
		tenths = 5;
	index = tenths < 10 ? 16 + (tenths - 5) * 16 : 96 + (tenths / 10 - 1) * 16;
	return (uint8_t)(index + (stays ? 0 : 8));
}

static bool
find_index(const struct transport *t, const char *line, struct transport_index *found)
{
	const struct transport_index	*i;

	for (i = t->indexes; i->line != NULL; i++)
		if (strcmp(i->line, line) == 0) {
			*found = *i;
			return true;
		}
	*found = (struct transport_index){ line, t->delays ? delay_index(line) : 0, '\0' };
	return found->index != 0;
}

/* -- what the bridge takes at all --------------------------------------------------------- */

static bool
is_one_of(const char *line, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(line, *words) == 0)
			return true;
	return false;
}

/* Fuji: three characters at most, and so only a shutdown with a return, which it does by itself. */
static bool
fits_fuji(char *line)
{
	if (line[0] == 'S' && strlen(line) == 8 && line[3] == 'R' && strcmp(line + 4, "0000") != 0)
		line[3] = '\0';
	return strlen(line) <= 3;
}

bool
transport_takes(const struct transport *t, char *line, size_t len, struct transport_index *index)
{
	static const char *const	never[] = { "QGS", "QS", "QPI", "M", "D", NULL };	/* they confuse Armac's */

	switch (t->write) {
	case WRITE_STRING:
		return find_index(t, line, index);
	case WRITE_FUJI:
		return fits_fuji(line);
	case WRITE_ARMAC:
		return !is_one_of(line, never);
	case WRITE_REPORT:
		return len + 3 <= t->size;
	default:
		return true;
	}
}
