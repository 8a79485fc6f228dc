/*
 * Any bytes from a client, in pieces of any size: what comes back is lines of
 * the protocol, the same however the bytes were cut.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "core/mem.h"
#include "core/update.h"
#include "nutproto/session.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

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

/* Gives the bytes in pieces of the size, 0: all at once. */
static void
run(struct upses *upses, const uint8_t *data, size_t len, size_t piece, struct buf *answers)
{
	struct buf	 in = {0}, out = {0};
	struct session	 s;
	size_t		 n, done;

	session_init(&s, upses);
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
		} while (out.len >= SESSION_FULL);
		assert(in.len < SESSION_LINE_MAX);
	}
	session_free(&s);
	buf_free(&in);
	buf_free(&out);
}

/* The first words of all that upsd ever sends. */
static void
check_kind(const char *line)
{
	static const char *const kinds[] = { "ERR ", "OK", "VAR ", "TYPE ", "DESC ", "CMDDESC ", "UPSDESC ",
	    "NUMLOGINS ", "UPS ", "RW ", "CMD ", "ENUM ", "RANGE ", "BEGIN LIST ", "END LIST ",
	    "1.3", "OFF", "Commands:", "busbar " };

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct model	*m = model_new();
	struct upses	*upses = upses_new(m);
	struct buf	 whole = {0}, pieces = {0};

	add(m, "ups1", DEVICE_FRESH);
	add(m, "off", DEVICE_WAITING);
	add(m, "old", DEVICE_STALE);
	run(upses, data, len, 0, &whole);
	run(upses, data, len, len > 0 ? 1 + data[len - 1] % 16 : 1, &pieces);
	assert(whole.len == pieces.len);
	assert(whole.len == 0 || memcmp(buf_bytes(&whole), buf_bytes(&pieces), whole.len) == 0);
	check_lines((char *)buf_bytes(&whole), whole.len);
	buf_free(&whole);
	buf_free(&pieces);
	upses_free(upses);
	model_free(m);
	return 0;
}
