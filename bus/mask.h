#ifndef BUS_MASK_H
#define BUS_MASK_H

#include <stddef.h>
#include <stdint.h>

/*
 * Wherever the text stands in the bytes, its digits become 1 (some take zeros
 * for none) and its letters X: a serial number that tells nothing, of the same
 * form.
 */
void	mask_bytes(uint8_t *bytes, size_t len, const char *text);

#endif
