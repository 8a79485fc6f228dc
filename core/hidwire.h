#ifndef CORE_HIDWIRE_H
#define CORE_HIDWIRE_H

#include "core/wire.h"

/*
 * What is behind struct hid: a backend's own, which begins with this, and does
 * what core/wire.h says of the function of the same name.
 */
struct hid_ops {
	const struct hid_identity *(*identity)(const struct hid *);
	const uint8_t	*(*descriptor)(const struct hid *, size_t *len);
	void	(*get_feature)(struct hid *, uint8_t report, size_t len, hid_fn *, void *arg);
	void	(*set_feature)(struct hid *, uint8_t report, const uint8_t *, size_t len, unsigned pause_ms,
		    hid_fn *, void *arg);
	void	(*get_string)(struct hid *, uint8_t index, hid_fn *, void *arg);
	void	(*listen)(struct hid *, size_t longest, hid_fn *, void *arg);
};

struct hid {
	const struct hid_ops	*ops;
};

/*
 * For recording: told of what every such wire of this process gets.  bytes is
 * NULL where the device has no such report or string; other failures are not
 * told.  NULL: nobody is told.
 */
enum hid_heard { HID_FEATURE, HID_STRING, HID_INPUT };

struct hid_ear {
	void	(*device)(void *arg, const struct hid *);	/* somebody looks at what it is */
	void	(*heard)(void *arg, enum hid_heard, uint8_t number, const uint8_t *bytes, size_t len);
};
void	hid_overhear(const struct hid_ear *, void *arg);

#endif
