#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Allocation that cannot fail: out of memory ends the process with a line in
 * the log, and the service manager starts it again.  No other code has a
 * branch for it.  What these return is freed with free(3).
 */
void	*xmalloc(size_t);
void	*xcalloc(size_t n, size_t size);
void	*xreallocarray(void *, size_t n, size_t size);
char	*xstrdup(const char *);
char	*xstrndup(const char *, size_t);
char	*xasprintf(const char *fmt, ...) __attribute__((__format__(__printf__, 1, 2)));
char	*xvasprintf(const char *fmt, va_list) __attribute__((__format__(__printf__, 1, 0)));

/*
 * Room for one more element at array[n]: returns the array, grown by doubling
 * when n has reached *room, and keeps *room current.
 */
void	*array_room(void *array, size_t n, size_t *room, size_t size);

#define nitems(a)	(sizeof(a) / sizeof((a)[0]))

#endif
