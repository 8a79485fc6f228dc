#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdarg.h>

/*
 * One line per call, "SUBJECT: text": the subject is a device, a role or a
 * file, and debug output is filtered by it.  Log changes, not conditions.
 * Control characters in the text are written as \xNN: a device or a client
 * cannot forge lines.  Writing to standard error never waits: lines that nobody
 * takes are lost, and counted in the log itself.
 */
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Where finished lines go.  NULL restores standard error. */
typedef void log_sink(enum log_level, const char *line, void *arg);
void	log_to(log_sink *, void *arg);
void	log_to_syslog(const char *program);
void	log_verbosity(int);	/* 0: info and worse; 1 and more: debug as well */
int	log_verbose(void);

#define LOG_FORMAT	__attribute__((__format__(__printf__, 2, 3)))
void	log_error(const char *subject, const char *fmt, ...) LOG_FORMAT;
void	log_warning(const char *subject, const char *fmt, ...) LOG_FORMAT;
void	log_info(const char *subject, const char *fmt, ...) LOG_FORMAT;
void	log_debug(const char *subject, const char *fmt, ...) LOG_FORMAT;
void	log_at(enum log_level, const char *subject, const char *fmt, va_list)
	    __attribute__((__format__(__printf__, 3, 0)));

#endif
