#include <stdio.h>
#include <string.h>

#include "config.h"
#include "core/readings.h"
#include "core/remarks.h"
#include "subagent/upsmib.h"
#include "subagent/values.h"

/*
 * The system group that managers look at first.  In a device's own context
 * sysObjectID is upsMIB, by which they know a UPS; the host's own identity in
 * the default context is not touched.
 */
static const uint32_t ups_mib[] = { 1, 3, 6, 1, 2, 1, 33 };

#define SERVICES	72	/* sysServices: end-to-end and applications */
#define TEXT_MAX	255

static void
add_text(struct objects *o, unsigned n, const char *text)
{
	char	 clean[TEXT_MAX];

	objects_add_text(o, KEY_SYSTEM(n), clean, display_string(text, clean, sizeof(clean)));
}

static const char *
first_of(const struct readings *r, enum var one, enum var other, char room[VALUE_TEXT_MAX])
{
	const char	*text = readings_text(r, one, room);

	return *text != '\0' ? text : readings_text(r, other, room);
}

void
system_make(const struct device *d, struct objects *o)
{
	struct readings	 r = readings_of_device(d);
	char		 room[2][VALUE_TEXT_MAX], text[TEXT_MAX + 1];

	snprintf(text, sizeof(text), "%s %s",
	    first_of(&r, VAR_DEVICE_MFR, VAR_UPS_MFR, room[0]),
	    first_of(&r, VAR_DEVICE_MODEL, VAR_UPS_MODEL, room[1]));
	add_text(o, 1, strspn(text, " ") == strlen(text) ? PACKAGE_STRING : text);
	objects_add_oid(o, KEY_SYSTEM(2), (struct oid){ ups_mib, sizeof(ups_mib) / sizeof(*ups_mib) });
	objects_add_time(o, KEY_SYSTEM(3), OBJECT_TIMETICKS, TELL_UPTIME, 0);
	add_text(o, 4, readings_text(&r, VAR_DEVICE_CONTACT, room[0]));
	add_text(o, 5, device_name(d));
	add_text(o, 6, first_of(&r, VAR_DEVICE_LOCATION, var_intern(REMARK_DESCRIPTION), room[0]));
	objects_add_number(o, KEY_SYSTEM(7), OBJECT_INTEGER, SERVICES);
}
