/*
 * What agents send, as far as it is read here and not by net-snmp: the outside
 * of v3 messages and plain Reports, the framing of a stream; and recordings.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "bus/link.h"
#include "bus/recording.h"
#include "bus/usm.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Whatever was read can be walked, in order, to its end. */
static void
walk(const struct recording *recording)
{
	const struct varbind	*v;
	struct oid		 last = { NULL, 0 };
	size_t			 n = 0;

	while ((v = recording_next(recording, last)) != NULL) {
		if (oid_compare(v->oid, last) <= 0 || recording_get(recording, v->oid) != v)
			abort();
		last = v->oid;
		n++;
	}
	if (n != recording_size(recording))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct usm_message	 m;
	struct recording	*recording;
	const char		*text;
	char			*why = NULL;
	ssize_t			 frame = link_frame(bytes, len);

	if (frame < -1 || frame > LINK_MESSAGE_MAX)
		abort();
	if (usm_parse(bytes, len, &m)) {
		if (m.engine < bytes || m.engine + m.engine_len > bytes + len || m.counter_len > OID_MAX_LEN)
			abort();
		usm_cause((struct oid){ m.counter, m.counter_len }, &text);
	}
	if ((recording = recording_parse((const char *)bytes, len, &why)) != NULL)
		walk(recording);
	else if (why == NULL)
		abort();
	recording_free(recording);
	free(why);
	return 0;
}
