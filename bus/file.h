#ifndef BUS_FILE_H
#define BUS_FILE_H

#include "core/unit.h"

/*
 * A file as a wire (core/wire.h): up while it can be read, and its owner is
 * told at once when its content is another one: written to, replaced, gone
 * and back, even together with its directory.  Larger than FILE_MAX_SIZE is
 * no file of ours.
 */
#define FILE_MAX_SIZE	(1024 * 1024)

extern const struct wire_backend file_wire;

#endif
