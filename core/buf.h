#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stddef.h>
#include <stdint.h>

/*
 * A growing run of bytes, filled at the end and eaten from the front.  Start
 * from zeros (struct buf b = {0}); buf_free() leaves it usable again.
 * The bytes are data[start .. start+len).
 */
struct buf {
	uint8_t	*data;
	size_t	 start, len, room;
};

/* The first of them; NULL in a buf that never held any. */
static inline uint8_t *
buf_bytes(const struct buf *b)
{
	return b->start > 0 ? b->data + b->start : b->data;
}

uint8_t	*buf_reserve(struct buf *, size_t n);	/* n writable bytes after the end */
void	 buf_grew(struct buf *, size_t n);	/* n of them are filled now */
void	 buf_put(struct buf *, const void *, size_t n);
void	 buf_puts(struct buf *, const char *);
void	 buf_putc(struct buf *, char);
void	 buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
void	 buf_eat(struct buf *, size_t n);	/* drops n bytes from the front */
void	 buf_clear(struct buf *);		/* empties, keeps the memory */
void	 buf_free(struct buf *);
const char *buf_text(struct buf *);		/* borrowed; NUL after the last byte */

#endif
