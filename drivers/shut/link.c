#include <assert.h>
#include <string.h>

#include "drivers/shut/link.h"

#define SYNC_MS		1000
#define SYNC_TRIES	4	/* of each signal */
#define ANSWER_MS	3000
#define SENDS		4	/* of a frame that is refused */
#define SILENCES	2	/* of a transfer, and the two synchronise anew */
#define STRAYS_MAX	64	/* tokens of no use for one answer */

static void	send_frame(struct shut_link *);
static void	synchronise(struct shut_link *);

/* -- the end of a transfer ------------------------------------------------------------- */

static void
finish(struct shut_link *l, enum result result)
{
	l->state = SHUT_IDLE;
	l->done(l, result, buf_bytes(&l->in), l->in.len);
}

/* -- notifications ------------------------------------------------------------------------ */

/* One that is longer than any report is dropped whole. */
static void
take_note(struct shut_link *l, const struct shut_frame *f)
{
	if (l->nnote + f->len <= sizeof(l->note))
		memcpy(l->note + l->nnote, f->payload, f->len);
	l->nnote += f->len;
	if (!f->last)
		return;
	if (l->heard != NULL && l->nnote > 0 && l->nnote <= sizeof(l->note))
		l->heard(l->heard_arg, R_DONE, NULL, l->note, l->nnote);
	l->nnote = 0;
}

static const uint8_t	ack = SHUT_ACK, nak = SHUT_NAK;

static void
send_signal(struct shut_link *l, uint8_t signal)
{
	stream_ask(unit_stream(l->unit), &(struct exchange){ .send = &signal, .len = 1 });
}

static bool
on_stray(void *arg, enum result result, char *bytes, size_t len)
{
	struct shut_link	*l = arg;
	struct shut_frame	 f;

	if (result != R_DONE || len == 1 || !shut_read((uint8_t *)bytes, len, &f) || f.type != SHUT_NOTIFICATION)
		return true;
	send_signal(l, SHUT_ACK);
	take_note(l, &f);
	return true;
}

/* -- waiting for a token -------------------------------------------------------------------- */

static bool	on_token(void *, enum result, char *, size_t);

static void
wait_for_token(struct shut_link *l, const void *send, size_t len, unsigned timeout_ms, unsigned pause_ms)
{
	stream_ask(unit_stream(l->unit), &(struct exchange){ .send = send, .len = len, .frame = shut_token,
	    .timeout_ms = timeout_ms, .pause_ms = pause_ms, .done = on_token, .arg = l });
}

static unsigned
patience(const struct shut_link *l)
{
	return l->state == SHUT_SYNCING ? SYNC_MS : ANSWER_MS;
}

/* A unit that is silent may have lost us; one that does not even synchronise is not there. */
static void
silence(struct shut_link *l)
{
	if (++l->tries < SILENCES && !l->writing) {
		buf_clear(&l->in);
		l->sent = 0;
		l->setup_sent = false;
		send_frame(l);
	} else if (l->syncs == 0 && !l->writing) {
		l->syncs++;
		synchronise(l);
	} else {
		l->synced = false;
		finish(l, R_TIMEOUT);
	}
}

/* -- synchronising ------------------------------------------------------------------------------ */

static void
synchronise(struct shut_link *l)
{
	l->state = SHUT_SYNCING;
	l->synced = false;
	l->tries = 0;
	l->stray = 0;
	l->nnote = 0;
	wait_for_token(l, &l->signal, 1, SYNC_MS, 0);
}

/* Some know only the one with all notifications, some may not. */
static void
sync_again(struct shut_link *l)
{
	l->tries++;
	if (l->tries == SYNC_TRIES)
		l->signal = l->signal == SHUT_SYNC_FULL ? SHUT_SYNC_NONE : SHUT_SYNC_FULL;
	l->stray = 0;
	if (l->tries < 2 * SYNC_TRIES)
		wait_for_token(l, &l->signal, 1, SYNC_MS, 0);
	else
		finish(l, R_TIMEOUT);
}

static bool
take_sync(struct shut_link *l, const uint8_t *bytes, size_t len)
{
	if (!shut_is_signal(bytes, len, l->signal))
		return true;
	l->synced = true;
	l->tries = 0;
	l->sent = 0;
	l->setup_sent = false;
	buf_clear(&l->in);
	send_frame(l);
	return false;
}

/* -- sending ------------------------------------------------------------------------------------- */

/* The setup packet, then what is written, in pieces. */
static void
send_frame(struct shut_link *l)
{
	struct shut_frame	 f = { .type = SHUT_REQUEST };
	uint8_t			 bytes[SHUT_FRAME_MAX];
	size_t			 n, left = l->out.len - l->sent;

	if (!l->setup_sent) {
		f.len = SHUT_PAYLOAD;
		f.last = !l->writing;
		memcpy(f.payload, l->setup, SHUT_PAYLOAD);
	} else {
		f.len = left < SHUT_PAYLOAD ? left : SHUT_PAYLOAD;
		f.last = f.len == left;
		memcpy(f.payload, buf_bytes(&l->out) + l->sent, f.len);
	}
	l->state = SHUT_SENDING;
	l->stray = 0;
	n = shut_write(bytes, &f);
	wait_for_token(l, bytes, n, ANSWER_MS, l->setup_sent ? 0 : l->pause_ms);
}

static void
frame_taken(struct shut_link *l)
{
	l->tries = 0;
	if (!l->writing) {
		l->state = SHUT_RECEIVING;
		l->stray = 0;
		wait_for_token(l, NULL, 0, ANSWER_MS, 0);
		return;
	}
	if (l->setup_sent)
		l->sent += l->out.len - l->sent < SHUT_PAYLOAD ? l->out.len - l->sent : SHUT_PAYLOAD;
	l->setup_sent = true;
	if (l->sent == l->out.len)
		finish(l, R_DONE);
	else
		send_frame(l);
}

/* Refused again and again, it is not the line. */
static void
frame_refused(struct shut_link *l)
{
	if (++l->tries < SENDS)
		send_frame(l);
	else
		finish(l, R_UNKNOWN);
}

static bool	take_response(struct shut_link *, const uint8_t *, size_t);

static bool
take_receipt(struct shut_link *l, const uint8_t *bytes, size_t len)
{
	if (shut_is_signal(bytes, len, SHUT_ACK))
		frame_taken(l);
	else if (shut_is_signal(bytes, len, SHUT_NAK))
		frame_refused(l);
	else if (len > 2 && !l->writing)
		return take_response(l, bytes, len);	/* its receipt was lost */
	else
		return true;
	return false;
}

/* -- receiving ------------------------------------------------------------------------------------ */

static bool
take_response(struct shut_link *l, const uint8_t *bytes, size_t len)
{
	struct shut_frame	 f;

	if (len == 1)
		return true;
	l->state = SHUT_RECEIVING;
	if (!shut_read(bytes, len, &f) || f.type != SHUT_RESPONSE) {
		wait_for_token(l, &nak, 1, ANSWER_MS, 0);
		return false;
	}
	buf_put(&l->in, f.payload, f.len);
	if (!f.last && l->in.len <= SHUT_TRANSFER_MAX) {
		l->stray = 0;
		wait_for_token(l, &ack, 1, ANSWER_MS, 0);
		return false;
	}
	send_signal(l, SHUT_ACK);
	finish(l, l->in.len > SHUT_TRANSFER_MAX ? R_FAILED : R_DONE);
	return false;
}

static bool
on_token(void *arg, enum result result, char *message, size_t len)
{
	struct shut_link	*l = arg;
	const uint8_t		*bytes = (const uint8_t *)message;
	struct shut_frame	 f;

	if (result != R_DONE || ++l->stray > STRAYS_MAX) {
		if (l->state == SHUT_SYNCING)
			sync_again(l);
		else
			silence(l);
		return false;
	}
	if (len > 2 && shut_read(bytes, len, &f) && f.type == SHUT_NOTIFICATION) {
		wait_for_token(l, &ack, 1, patience(l), 0);
		take_note(l, &f);
		return false;
	}
	if (l->state == SHUT_SYNCING)
		return take_sync(l, bytes, len);
	return l->state == SHUT_SENDING ? take_receipt(l, bytes, len) : take_response(l, bytes, len);
}

/* -- transfers -------------------------------------------------------------------------------------- */

void
shut_begin(struct shut_link *l, struct unit *unit, uint8_t signal)
{
	l->unit = unit;
	l->signal = signal;
	stream_listen(unit_stream(unit), shut_token, on_stray, l);
}

void
shut_end(struct shut_link *l)
{
	buf_free(&l->out);
	buf_free(&l->in);
}

static void
transfer(struct shut_link *l, const uint8_t setup[SHUT_PAYLOAD], shut_fn *done, void *arg)
{
	assert(l->state == SHUT_IDLE);
	memcpy(l->setup, setup, SHUT_PAYLOAD);
	l->done = done;
	l->arg = arg;
	l->sent = 0;
	l->setup_sent = false;
	l->tries = l->syncs = 0;
	buf_clear(&l->in);
	if (l->synced)
		send_frame(l);
	else
		synchronise(l);
}

void
shut_get(struct shut_link *l, const uint8_t setup[SHUT_PAYLOAD], shut_fn *done, void *arg)
{
	l->writing = false;
	l->pause_ms = 0;
	buf_clear(&l->out);
	transfer(l, setup, done, arg);
}

void
shut_set(struct shut_link *l, const uint8_t setup[SHUT_PAYLOAD], const uint8_t *bytes, size_t len, unsigned pause_ms,
    shut_fn *done, void *arg)
{
	l->writing = true;
	l->pause_ms = pause_ms;
	buf_clear(&l->out);
	buf_put(&l->out, bytes, len);
	transfer(l, setup, done, arg);
}
