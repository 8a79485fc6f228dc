/*
 * Any answers to any profile.  The first byte names the profile, the second
 * how many rows a walk has; then each object that the driver asks for takes a
 * byte for its type and what that type needs.  When the bytes are used up the
 * rest is absent.  The stage aborts when the driver publishes what is no value,
 * asks twice at a time or ends an operation twice.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "drivers/snmp/driver.h"
#include "drivers/snmp/profile.h"
#include "snmp_stage.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct bytes {
	const uint8_t	*at;
	size_t		 left;
	uint8_t		 pool[1 << 16];	/* of texts and OIDs, for one input */
	size_t		 used;
};

static uint8_t
take(struct bytes *b)
{
	if (b->left == 0)
		return 0;
	b->left--;
	return *b->at++;
}

static int64_t
take_number(struct bytes *b)
{
	static const int64_t	odd[] = { -1, 0, 1, 65535, INT32_MAX, INT32_MIN, UINT32_MAX, INT64_MAX, INT64_MIN, -273 };
	uint8_t			n = take(b);

	if (n < nitems(odd))
		return odd[n];
	return (int64_t)(take(b) << 8 | n);
}

static void *
room(struct bytes *b, size_t n)
{
	size_t	at = (b->used + 7) & ~(size_t)7;

	if (at + n > sizeof(b->pool))
		return NULL;
	b->used = at + n;
	return b->pool + at;
}

static void
invent_text(struct bytes *b, struct varbind *vb)
{
	size_t	 n = take(b), i;
	uint8_t	*s = room(b, n + 1);

	if (s == NULL)
		return;
	for (i = 0; i < n && b->left > 0; i++)
		s[i] = take(b);
	s[i] = 0;
	vb->type = VB_OCTETS;
	vb->bytes = s;
	vb->len = i;
}

static void
invent_oid(struct bytes *b, struct varbind *vb)
{
	static const uint32_t	alarms[] = { 1, 3, 6, 1, 2, 1, 33, 1, 6, 3 };
	size_t			 n = take(b) % OID_MAX_LEN, i;
	uint32_t		*ids = room(b, (n + nitems(alarms)) * sizeof(*ids));

	if (ids == NULL)
		return;
	for (i = 0; i < n; i++)
		ids[i] = i < nitems(alarms) ? alarms[i] : take(b);
	vb->type = VB_OID;
	vb->ref = (struct oid){ ids, n };
}

static void
invent(void *arg, struct varbind *vb)
{
	struct bytes	*b = arg;

	switch (take(b) % 8) {
	case 1:
	case 2:
		vb->type = VB_INTEGER;
		break;
	case 3:
		vb->type = VB_UNSIGNED;
		break;
	case 4:
		vb->type = VB_TIMETICKS;
		break;
	case 5:
		invent_text(b, vb);
		return;
	case 6:
		invent_oid(b, vb);
		return;
	case 7:
		invent_text(b, vb);
		if (vb->type == VB_OCTETS)
			vb->type = VB_ADDRESS;
		return;
	default:
		return;
	}
	vb->number = take_number(b);
}

static const struct snmp_knowledge *
knowledge(void)
{
	static struct snmp_knowledge	*k;

	if (k == NULL)
		k = stage_learn();
	return k;
}

static const char *
profile_number(uint8_t n)
{
	const struct snmp_profile	*p;

	for (p = knowledge()->first; p != NULL; p = p->next)
		if (n-- == 0)
			return p->name;
	return "auto";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct bytes	b;
	struct agent		a = { .result = R_DONE, .invent = invent, .invent_arg = &b };
	struct unit		u;
	const char		*profile;
	unsigned		i;

	b = (struct bytes){ .at = data, .left = len };
	profile = profile_number(take(&b) % 16);
	a.invent_rows = take(&b) % 32;
	stage_begin(&u, &snmp_driver, knowledge(), profile, &a);
	stage_start(&u);
	for (i = 0; i < 4 && u.outcome != FAILED && u.outcome != RESTART; i++)
		stage_poll(&u, i % 2 == 0);
	stage_end(&u);
	return 0;
}
