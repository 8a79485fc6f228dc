#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"

#define LINE_MAX_BYTES	1024

static struct {
	log_sink	*sink;
	void		*arg;
	int		 verbose;
	size_t		 lost;		/* lines, since the last that was written */
} logger;

static const char *const level_words[] = { "error: ", "warning: ", "", "debug: " };

/*
 * Whoever reads our standard error may have stopped (a stuck terminal, a full
 * pipe), and nobody may wait for that.  A pipe that is ready takes a line of
 * this length whole; a line that would have to wait is counted, and the count
 * told when there is room again.
 */
static bool
stderr_takes(void)
{
	struct pollfd	 p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) != 0;	/* an error is for write() to find */
}

static void
write_line(const char *stamp, const char *word, const char *line)
{
	char	 out[LINE_MAX_BYTES + 64];
	int	 len = snprintf(out, sizeof(out), "%s %s%s\n", stamp, word, line);

	if (len >= (int)sizeof(out)) {
		len = sizeof(out) - 1;
		out[len - 1] = '\n';
	}
	if (write(STDERR_FILENO, out, (size_t)len) != len)
		logger.lost++;
}

static void
to_stderr(enum log_level level, const char *line)
{
	struct timespec	 now;
	struct tm	 tm;
	char		 seconds[32], stamp[48], text[64];

	if (!stderr_takes()) {
		logger.lost++;
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(seconds, sizeof(seconds), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(stamp, sizeof(stamp), "%s.%03ld", seconds, now.tv_nsec / 1000000);
	if (logger.lost > 0) {
		snprintf(text, sizeof(text), "log: %zu lines lost, which nobody took", logger.lost);
		logger.lost = 0;
		write_line(stamp, level_words[LOG_LEVEL_WARNING], text);
		if (!stderr_takes()) {
			logger.lost++;
			return;
		}
	}
	write_line(stamp, level_words[level], line);
}

static void
to_syslog(enum log_level level, const char *line, void *arg)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

	syslog(priorities[level], "%s", line);
}

void
log_to(log_sink *sink, void *arg)
{
	logger.sink = sink;
	logger.arg = arg;
}

void
log_to_syslog(const char *program)
{
	openlog(program, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	log_to(to_syslog, NULL);
}

void
log_verbosity(int verbose)
{
	logger.verbose = verbose;
}

int
log_verbose(void)
{
	return logger.verbose;
}

/* Writes what could forge a line, or a terminal sequence, as \xNN. */
static void
make_printable(char *to, size_t room, const char *from)
{
	char	*end = to + room - 5;

	for (; *from != '\0' && to < end; from++) {
		unsigned char	c = (unsigned char)*from;

		if (c >= 0x20 && c != 0x7f)
			*to++ = (char)c;
		else
			to += snprintf(to, 5, "\\x%02x", c);
	}
	*to = '\0';
}

void
log_at(enum log_level level, const char *subject, const char *fmt, va_list ap)
{
	char	 text[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	int	 n;

	if (level == LOG_LEVEL_DEBUG && logger.verbose == 0)
		return;
	n = snprintf(text, sizeof(text), "%s: ", subject);
	if (n > 0 && (size_t)n < sizeof(text))
		vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	make_printable(line, sizeof(line), text);
	if (logger.sink != NULL)
		logger.sink(level, line, logger.arg);
	else
		to_stderr(level, line);
}

#define LOG_FUNCTION(name, level)				\
void								\
name(const char *subject, const char *fmt, ...)			\
{								\
	va_list	 ap;						\
								\
	va_start(ap, fmt);					\
	log_at(level, subject, fmt, ap);			\
	va_end(ap);						\
}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
