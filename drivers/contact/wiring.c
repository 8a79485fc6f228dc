#include <stdio.h>
#include <string.h>

#include "drivers/contact/wiring.h"

#define WANT_INPUT	"CTS, DSR, DCD or RI, with - before it where low is the signal, or none"
#define WANT_POWER	"DTR, RTS, DTR+RTS or none"
#define WANT_SHUTDOWN	"DTR, RTS, DTR+RTS (these high, the other low), low (both), break, or none"

static const struct {
	const char	*word;
	unsigned	 wire;
} inputs[] = {
	{ "CTS", SERIAL_CTS }, { "DSR", SERIAL_DSR }, { "DCD", SERIAL_DCD }, { "RI", SERIAL_RI },
};

static const struct {
	const char	*word;
	unsigned	 wires;
} outputs[] = {
	{ "DTR", SERIAL_DTR }, { "RTS", SERIAL_RTS }, { "DTR+RTS", SERIAL_DTR | SERIAL_RTS },
	{ "RTS+DTR", SERIAL_DTR | SERIAL_RTS },
};

static bool
read_input(struct contact_input *in, const char *text)
{
	bool	 low = *text == '-';
	size_t	 i;

	if (strcmp(text, "none") == 0) {
		in->wire = 0;
		return true;
	}
	for (i = 0; i < nitems(inputs); i++)
		if (strcmp(text + low, inputs[i].word) == 0) {
			*in = (struct contact_input){ inputs[i].wire, !low };
			return true;
		}
	return false;
}

static bool
read_outputs(unsigned *wires, const char *text)
{
	size_t	 i;

	for (i = 0; i < nitems(outputs); i++)
		if (strcmp(text, outputs[i].word) == 0) {
			*wires = outputs[i].wires;
			return true;
		}
	return false;
}

/* -- one signal each ---------------------------------------------------------------- */

static const char *
set_power(struct wiring *w, const char *text)
{
	if (strcmp(text, "none") == 0)
		w->power = 0;
	else if (!read_outputs(&w->power, text))
		return WANT_POWER;
	return NULL;
}

static const char *
set_online(struct wiring *w, const char *text)
{
	return read_input(&w->online, text) ? NULL : WANT_INPUT;
}

static const char *
set_low(struct wiring *w, const char *text)
{
	return read_input(&w->low, text) ? NULL : WANT_INPUT;
}

static const char *
set_replace(struct wiring *w, const char *text)
{
	return read_input(&w->replace, text) ? NULL : WANT_INPUT;
}

static const char *
set_bypass(struct wiring *w, const char *text)
{
	return read_input(&w->bypass, text) ? NULL : WANT_INPUT;
}

static const char *
set_shutdown(struct wiring *w, const char *text)
{
	w->how = CONTACT_LEVEL;
	w->shutdown = 0;
	if (strcmp(text, "none") == 0)
		w->how = CONTACT_NONE;
	else if (strcmp(text, "break") == 0)
		w->how = CONTACT_BREAK;
	else if (strcmp(text, "low") != 0 && !read_outputs(&w->shutdown, text))
		return WANT_SHUTDOWN;
	return NULL;
}

const char *const wiring_signals[] = { "CP", "OL", "LB", "RB", "BYPASS", "SD", NULL };

static const char *(*const setters[])(struct wiring *, const char *) = {
	set_power, set_online, set_low, set_replace, set_bypass, set_shutdown,
};

const char *
wiring_set(struct wiring *w, const char *signal, const char *text)
{
	size_t	 i;

	for (i = 0; strcmp(wiring_signals[i], signal) != 0; i++)
		;
	return setters[i](w, text);
}

/* -- what the device says --------------------------------------------------------------- */

static bool
given(const struct contact_input *in, unsigned wires)
{
	return in->wire != 0 && ((wires & in->wire) != 0) == in->high;
}

const char *
wiring_status(const struct wiring *w, unsigned wires, char room[WIRING_STATUS_MAX])
{
	snprintf(room, WIRING_STATUS_MAX, "%s%s%s%s",
	    w->online.wire == 0 || given(&w->online, wires) ? "OL" : "OB",
	    given(&w->low, wires) ? " LB" : "", given(&w->replace, wires) ? " RB" : "",
	    given(&w->bypass, wires) ? " BYPASS" : "");
	return room;
}
