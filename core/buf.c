#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"

uint8_t *
buf_reserve(struct buf *b, size_t n)
{
	size_t	need;

	if (b->start > 0 && b->start + b->len + n > b->room) {
		memmove(b->data, buf_bytes(b), b->len);
		b->start = 0;
	}
	need = b->start + b->len + n;
	if (need > b->room) {
		b->room = need < 256 ? 256 : need + need / 2;
		b->data = xreallocarray(b->data, b->room, 1);
	}
	return buf_bytes(b) + b->len;
}

void
buf_grew(struct buf *b, size_t n)
{
	b->len += n;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_reserve(b, n), p, n);
	b->len += n;
}

void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list	 ap, again;
	int	 n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		vsnprintf((char *)buf_reserve(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_eat(struct buf *b, size_t n)
{
	b->start += n;
	b->len -= n;
	if (b->len == 0)
		b->start = 0;
}

void
buf_clear(struct buf *b)
{
	b->start = b->len = 0;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}

const char *
buf_text(struct buf *b)
{
	*buf_reserve(b, 1) = '\0';
	return (const char *)buf_bytes(b);
}
