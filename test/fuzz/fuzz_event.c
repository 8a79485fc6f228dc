/* An arbitrary line of an event: read, written and read again it says the same, and makes a whole notification or none. */
#include <stdlib.h>
#include <string.h>

#include "core/event.h"
#include "core/mem.h"
#include "subagent/notification.h"
#include "subagent/pdu.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(bool condition)
{
	if (!condition)
		abort();
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
check_same(const struct event *a, const struct event *b)
{
	size_t	 i;

	check(a->kind == b->kind && a->time == b->time && same(a->device, b->device));
	check(same(a->key, b->key) && (a->key == NULL || same(a->keep, b->keep)));
	for (i = 0; i < FIELDS_MAX && a->fields[i].name != NULL; i++)
		check(same(a->fields[i].name, b->fields[i].name) && same(a->fields[i].value, b->fields[i].value));
	check(i == FIELDS_MAX || b->fields[i].name == NULL);
}

/* Every varbind can be read back, and has a name. */
static void
check_varbinds(const struct buf *varbinds)
{
	struct pdu		 pdu = { .flags = PDU_NETWORK_BYTE_ORDER, .payload = buf_bytes(varbinds), .len = varbinds->len };
	struct pdu_reader	 reader = pdu_read(&pdu);
	uint32_t		 ids[OID_MAX_LEN], ref[OID_MAX_LEN];
	struct object		 object;

	while (pdu_more(&reader)) {
		pdu_read_object(&reader, &object, ids, ref);
		check(!reader.bad && object.oid.len > 2);
	}
	check(!reader.bad);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct notification_clock	 clock = { .wall = 1732708800000, .uptime = 123456 };
	char				*line = xstrndup((const char *)data, len), *copy;
	struct event			 first, second;
	struct buf			 written = { 0 }, varbinds = { 0 };

	if (event_read(line, &first)) {
		event_write(&first, &written);
		copy = xstrdup(buf_text(&written));
		check(strchr(copy, '\n') == NULL && event_read(copy, &second));
		check_same(&first, &second);
		if (notification_put(&varbinds, &second, 7, &clock))
			check_varbinds(&varbinds);
		free(copy);
	}
	buf_free(&written);
	buf_free(&varbinds);
	free(line);
	return 0;
}
