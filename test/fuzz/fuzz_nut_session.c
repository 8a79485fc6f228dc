/*
 * Any bytes from a client, in pieces of any size: what comes back is lines of
 * the protocol, the same however the bytes were cut.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "core/log.h"
#include "core/mem.h"
#include "test/nut_stand.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char users[] =
    "user u { password = p upsmon = primary actions = {SET} commands = {ALL} }\n"
    "user v { password = p upsmon = secondary }\n";

static void
add(struct model *m, const char *name, enum device_state state)
{
	static const char *const sensitivities[] = { "H", "M", "L" };
	struct range	 range = { value_number(0, 0), value_number(100, 0) };
	struct update	*u = update_begin(model_add(m, name));

	update_put_text(u, VAR_UPS_STATUS, "OL");
	update_put_text(u, VAR_UPS_MFR, "a \"quoted\" \\ # \303\244");
	update_put_text(u, VAR_BATTERY_CHARGE_LOW, "014");
	update_put_text(u, VAR_INPUT_SENSITIVITY, "H");
	update_put_text(u, var_intern(".description"), name);
	update_command(u, CMD_LOAD_OFF);
	update_settable(u, &(struct settable){ .var = VAR_BATTERY_CHARGE_LOW, .nranges = 1, .ranges = &range });
	update_settable(u, &(struct settable){ .var = VAR_INPUT_SENSITIVITY, .nenums = 3, .enums = sensitivities });
	update_settable(u, &(struct settable){ .var = VAR_UPS_MFR, .maxlen = 16 });
	update_state(u, state);
	update_commit(u);
}

static void
on_wake(void *arg)
{
}

/* Only who has the right may have asked for anything. */
static void
check_asks(const char *p)
{
	for (; *p != '\0'; p = strchr(p, '\n') + 1)
		assert(strncmp(strchr(p, '<'), "<nut u@192.0.2.1>\n", 18) == 0);
}

/* Gives the bytes in pieces of the size, 0: all at once; every verdict is late by that much. */
static void
run(const uint8_t *data, size_t len, size_t piece, struct buf *answers)
{
	struct buf	 in = {0}, out = {0};
	struct stand	 stand;
	struct session	 s;
	size_t		 n, done;

	stand_init(&stand, users);
	add(stand.model, "ups1", DEVICE_FRESH);
	add(stand.model, "off", DEVICE_WAITING);
	add(stand.model, "old", DEVICE_STALE);
	stand.verdict_ms = (int64_t)piece;
	session_init(&s, &stand.desk, &(struct from){ .address = { 192, 0, 2, 1 } }, on_wake, NULL);
	while (len > 0) {
		n = piece == 0 || piece > len ? len : piece;
		buf_put(&in, data, n);
		data += n;
		len -= n;
		do {
			buf_clear(&out);
			done = session_take(&s, (char *)buf_bytes(&in), in.len, &out);
			assert(done <= in.len);
			buf_eat(&in, done);
			buf_put(answers, buf_bytes(&out), out.len);
			if (session_waits(&s))
				stand_wait(&stand, (int64_t)piece);
		} while (out.len >= SESSION_FULL || s.held != NULL);
		assert(in.len < SESSION_LINE_MAX);
	}
	check_asks(buf_text(&stand.asks));
	session_free(&s);
	stand_free(&stand);
	buf_free(&in);
	buf_free(&out);
}

/* The first words of all that upsd ever sends. */
static void
check_kind(const char *line)
{
	static const char *const kinds[] = { "ERR ", "OK", "VAR ", "TYPE ", "DESC ", "CMDDESC ", "UPSDESC ",
	    "NUMLOGINS ", "UPS ", "RW ", "CMD ", "ENUM ", "RANGE ", "BEGIN LIST ", "END LIST ",
	    "1.3", "OFF", "ON", "PENDING", "SUCCESS", "CLIENT ", "Commands:", "Network UPS server " };

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strncmp(line, kinds[i], strlen(kinds[i])) == 0)
			return;
	abort();
}

static void
check_lines(char *p, size_t len)
{
	const char	*words[8];
	char		*lf;

	for (; len > 0; len -= (size_t)(lf + 1 - p), p = lf + 1) {
		lf = memchr(p, '\n', len);
		assert(lf != NULL && lf - p < 511);
		*lf = '\0';
		check_kind(p);
		for (const char *c = p; c < lf; c++)
			assert((uint8_t)*c >= ' ' && *c != 0x7f);
		assert(line_split(p, (size_t)(lf - p), words, 8) >= 1);
	}
}

/* Ids of requests are random. */
static void
hide_ids(struct buf *b)
{
	static const char	 before[] = "OK TRACKING ";
	char			*text = (char *)(uintptr_t)buf_text(b), *end = text + b->len;

	while ((text = memmem(text, (size_t)(end - text), before, sizeof(before) - 1)) != NULL) {
		text += sizeof(before) - 1;
		assert(end - text > 36 && text[36] == '\n');
		memset(text, '?', 36);
	}
}

static void
drop_line(enum log_level level, const char *line, void *arg)
{
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf	 whole = {0}, pieces = {0};

	log_to(drop_line, NULL);
	run(data, len, 0, &whole);
	run(data, len, len > 0 ? 1 + data[len - 1] % 16 : 1, &pieces);
	hide_ids(&whole);
	hide_ids(&pieces);
	assert(whole.len == pieces.len);
	assert(whole.len == 0 || memcmp(buf_bytes(&whole), buf_bytes(&pieces), whole.len) == 0);
	check_lines((char *)buf_bytes(&whole), whole.len);
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
