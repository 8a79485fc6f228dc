#ifndef TEST_UNIT_HID_DUMP_H
#define TEST_UNIT_HID_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Recorded HID devices, from $SHARED/devices/hid: bytes in hexadecimal, and what their owners saw. */

#define HID_DUMP_MAX	8192

/* The file's path, malloc'd: "NAME.desc.hex". */
char	*hid_dump_path(const char *name, const char *suffix);
/* All bytes of a file of hexadecimal numbers; 0: there is none. */
size_t	 hid_dump_descriptor(const char *name, uint8_t bytes[HID_DUMP_MAX]);

/* Reports by kind ("feature" or another word) and id, as they were logged last. */
struct hid_dump_report {
	size_t	 len;			/* 0: not logged */
	uint8_t	 bytes[HID_DUMP_MAX / 4];	/* with the id */
};
void	 hid_dump_reports(const char *name, const char *kind, struct hid_dump_report reports[256]);
/* Names of all devices, malloc'd, and how many; 0: they are not there. */
size_t	 hid_dump_names(char ***names);

#endif
