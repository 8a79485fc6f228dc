#include <string.h>

#include "drivers/apcsmart/apcsmart.h"

/* One question at a time, and alerts at any time, in the middle of an answer too. */

/* Bytes that nobody waits for: alerts, or an answer that comes too late. */
static bool
on_stray(void *arg, enum result result, char *bytes, size_t len)
{
	struct smart	*m = arg;
	size_t		 i;

	for (i = 0; result == R_DONE && i < len; i++)
		if (is_alert(bytes[i]))
			smart_alerted(m, bytes[i]);
	return true;
}

void
smart_listen(struct smart *m)
{
	stream_listen(unit_stream(m->unit), frame_any, on_stray, m);
}

/* On a line that echoes, what was sent comes back before the answer. */
static void
cut_echo(struct smart *m)
{
	struct hearer	*h = &m->hearer;

	if (!m->echoes || h->len < m->nsent || memcmp(h->text, m->sent, m->nsent) != 0)
		return;
	h->len -= m->nsent;
	memmove(h->text, h->text + m->nsent, h->len + 1);
}

static void
end_question(struct smart *m, enum result result)
{
	m->asking = false;
	m->late = result != R_DONE;
	cut_echo(m);
	if (m->hearer.how == HEAR_ANSWER || m->hearer.how == HEAR_SHUTDOWN)
		smart_tidy(m->hearer.text);
	m->then(m, result, m->hearer.text);
}

/* HEARD_PART: more is to come. */
static enum heard
take_bytes(struct smart *m, const char *bytes, size_t len)
{
	enum heard	 heard = HEARD_PART;
	size_t		 i;

	for (i = 0; i < len && (heard == HEARD_PART || heard == HEARD_ALERT); i++) {
		heard = hearer_take(&m->hearer, bytes[i]);
		if (heard == HEARD_ALERT)
			smart_alerted(m, bytes[i]);
	}
	on_stray(m, R_DONE, (char *)(uintptr_t)bytes + i, len - i);
	return heard == HEARD_ALERT ? HEARD_PART : heard;
}

static bool
on_bytes(void *arg, enum result result, char *bytes, size_t len)
{
	struct smart	*m = arg;
	enum heard	 heard;

	if (result != R_DONE) {
		end_question(m, R_TIMEOUT);
		return false;
	}
	heard = take_bytes(m, bytes, len);
	if (heard == HEARD_PART && unit_now(m->unit) < m->deadline)
		return true;
	end_question(m, heard == HEARD_END ? R_DONE : heard == HEARD_PART ? R_TIMEOUT : R_FAILED);
	return false;
}

void
smart_ask(struct smart *m, const char *bytes, size_t len, enum hearing how, unsigned timeout_ms, unsigned pause_ms,
    smart_fn *then)
{
	if (m->late && pause_ms < REST_MS)
		pause_ms = REST_MS;
	hearer_begin(&m->hearer, how);
	m->nsent = len < sizeof(m->sent) ? len : sizeof(m->sent);
	memcpy(m->sent, bytes, m->nsent);
	m->asking = true;
	m->then = then;
	m->deadline = unit_now(m->unit) + pause_ms + timeout_ms;
	stream_ask(unit_stream(m->unit), &(struct exchange){ .send = bytes, .len = len, .frame = frame_any,
	    .pause_ms = pause_ms, .timeout_ms = timeout_ms, .done = on_bytes, .arg = m });
}

void
smart_ask_letter(struct smart *m, letter x, smart_fn *then)
{
	char	 bytes[2];

	smart_ask(m, bytes, letter_bytes(x, bytes), HEAR_ANSWER, ANSWER_MS, 0, then);
}
