#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bus/resolve.h"
#include "core/buf.h"
#include "core/log.h"
#include "core/mem.h"

#define NAME_MAX_LEN	255
#define LINE_MAX_LEN	512
#define HUNG_MS		15000		/* then the process is dropped */
#define RESTART_MS	1000

/* -- the process -------------------------------------------------------------------- */

static void
say(char answer[LINE_MAX_LEN], bool found, const char *text)
{
	snprintf(answer, LINE_MAX_LEN, "%c %s\n", found ? '=' : '!', text);
}

static void
find_address(const char *name, int family, char answer[LINE_MAX_LEN])
{
	struct addrinfo	 hints = { .ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG }, *found;
	char		 address[64];
	int		 error;

	if ((error = getaddrinfo(name, NULL, &hints, &found)) == 0) {
		error = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof(address), NULL, 0,
		    NI_NUMERICHOST);
		freeaddrinfo(found);
	}
	say(answer, error == 0, error == 0 ? address : gai_strerror(error));
}

/* getpwnam(3) lists what modules set errno to when there simply is no such name. */
static bool
is_trouble(int error)
{
	return error == EIO || error == EMFILE || error == ENFILE || error == ENOMEM || error == ETIMEDOUT ||
	    error == EAGAIN || error == ECONNREFUSED;
}

static void
find_id(const char *name, bool group, char answer[LINE_MAX_LEN])
{
	const struct passwd	*user;
	const struct group	*members;
	char			 number[24];

	errno = 0;
	if (group && (members = getgrnam(name)) != NULL)
		snprintf(number, sizeof(number), "%ju", (uintmax_t)members->gr_gid);
	else if (!group && (user = getpwnam(name)) != NULL)
		snprintf(number, sizeof(number), "%ju", (uintmax_t)user->pw_uid);
	else {
		say(answer, false, is_trouble(errno) ? strerror(errno) : RESOLVE_NONE);
		return;
	}
	say(answer, true, number);
}

static void
resolve_line(const char *line, char answer[LINE_MAX_LEN])
{
	if (strlen(line) < 3 || line[1] != ' ')
		say(answer, false, "not a question");
	else if (line[0] == 'u' || line[0] == 'g')
		find_id(line + 2, line[0] == 'g', answer);
	else
		find_address(line + 2, line[0] == '4' ? AF_INET : line[0] == '6' ? AF_INET6 : AF_UNSPEC, answer);
}

int
resolve_main(int fd)
{
	char	 line[LINE_MAX_LEN], answer[LINE_MAX_LEN], *eol;
	size_t	 len = 0;
	ssize_t	 n;

	while ((n = read(fd, line + len, sizeof(line) - 1 - len)) > 0 || (n == -1 && errno == EINTR)) {
		if (n == -1)
			continue;
		len += (size_t)n;
		line[len] = '\0';
		while ((eol = strchr(line, '\n')) != NULL) {
			*eol = '\0';
			resolve_line(line, answer);
			if (send(fd, answer, strlen(answer), MSG_NOSIGNAL) == -1)
				return 0;
			len -= (size_t)(eol + 1 - line);
			memmove(line, eol + 1, len + 1);
		}
		if (len == sizeof(line) - 1)
			return 1;
	}
	return n == 0 ? 0 : 1;
}

/* -- asking it ------------------------------------------------------------------------- */

struct lookup {
	struct lookup	*next;
	struct resolver	*resolver;
	char		*line;
	lookup_fn	*fn;			/* NULL: cancelled */
	void		*arg;
};

struct resolver {
	struct loop	*loop;
	int		(*start)(void *);
	void		*arg;
	int		 fd;			/* -1: no process */
	struct io	*io;
	struct timer	*timer;			/* the first question's patience, or until a restart */
	struct buf	 in;
	struct lookup	*first, **last;
	bool		 out;			/* the first one was sent */
};

static struct resolver	*used;		/* wires are opened without knowing of each other */

void
resolver_use(struct resolver *r)
{
	used = r;
}

struct resolver *
resolver_used(void)
{
	return used;
}

static void
drop_process(struct resolver *r)
{
	io_free(r->io);
	r->io = NULL;
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
	r->out = false;
	buf_clear(&r->in);
}

static void	on_io(int fd, unsigned what, void *arg);

/* The first question goes out; a cancelled one that is not out yet does not. */
static void
ask_first(struct resolver *r)
{
	struct lookup	*l;

	while ((l = r->first) != NULL && l->fn == NULL) {
		r->first = l->next;
		free(l->line);
		free(l);
	}
	if (l == NULL) {
		r->last = &r->first;
		timer_stop(r->timer);
		return;
	}
	if (r->fd == -1) {
		if ((r->fd = r->start(r->arg)) == -1) {
			timer_set(r->timer, RESTART_MS);
			return;
		}
		r->io = io_new(r->loop, r->fd, IO_READ, on_io, r);
	}
	timer_set(r->timer, HUNG_MS);
	if (send(r->fd, l->line, strlen(l->line), MSG_NOSIGNAL | MSG_DONTWAIT) == -1) {
		drop_process(r);
		timer_set(r->timer, RESTART_MS);
		return;
	}
	r->out = true;
}

/* Tells the first and asks the next; the one who is told may ask again. */
static void
answer_first(struct resolver *r, const char *address, const char *why)
{
	struct lookup	*l = r->first;

	if ((r->first = l->next) == NULL)
		r->last = &r->first;
	r->out = false;
	ask_first(r);
	if (l->fn != NULL)
		l->fn(l->arg, address, why);
	free(l->line);
	free(l);
}

static void
on_line(struct resolver *r, const char *line)
{
	bool	 good = line[0] == '=' && line[1] == ' ';

	if (!r->out)
		return;
	if (good)
		answer_first(r, line + 2, NULL);
	else
		answer_first(r, NULL, line[0] == '!' && line[1] == ' ' ? line + 2 : "the resolver speaks strangely");
}

static void
on_io(int fd, unsigned what, void *arg)
{
	struct resolver	*r = arg;
	char		 line[LINE_MAX_LEN], *eol;
	ssize_t		 n = recv(fd, buf_reserve(&r->in, LINE_MAX_LEN), LINE_MAX_LEN, MSG_DONTWAIT);
	size_t		 len;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || r->in.len > LINE_MAX_LEN) {
		log_warning("resolve", "the process went away");
		drop_process(r);
		timer_set(r->timer, RESTART_MS);
		return;
	}
	buf_grew(&r->in, (size_t)n);
	/* One question is out, so one line is due. */
	if ((eol = memchr(buf_bytes(&r->in), '\n', r->in.len)) == NULL)
		return;
	len = (size_t)(eol - (char *)buf_bytes(&r->in));
	snprintf(line, sizeof(line), "%.*s", (int)len, (char *)buf_bytes(&r->in));
	buf_clear(&r->in);
	on_line(r, line);
}

static void
on_timer(void *arg)
{
	struct resolver	*r = arg;

	if (!r->out) {
		ask_first(r);
		return;
	}
	log_warning("resolve", "no answer in %d s; starting the process anew", HUNG_MS / 1000);
	drop_process(r);
	answer_first(r, NULL, "the name servers do not answer");
}

struct resolver *
resolver_new(struct loop *loop, int (*start)(void *), void *arg)
{
	struct resolver	*r = xcalloc(1, sizeof(*r));

	*r = (struct resolver){ .loop = loop, .start = start, .arg = arg, .fd = -1 };
	r->last = &r->first;
	r->timer = timer_new(loop, on_timer, r);
	return r;
}

void
resolver_free(struct resolver *r)
{
	struct lookup	*l;

	if (r == NULL)
		return;
	drop_process(r);
	while ((l = r->first) != NULL) {
		r->first = l->next;
		free(l->line);
		free(l);
	}
	timer_free(r->timer);
	buf_free(&r->in);
	if (used == r)
		used = NULL;
	free(r);
}

static struct lookup *
ask(struct resolver *r, char kind, const char *name, lookup_fn *fn, void *arg)
{
	struct lookup	*l = xcalloc(1, sizeof(*l));

	*l = (struct lookup){ .resolver = r, .fn = fn, .arg = arg };
	l->line = xasprintf("%c %.*s\n", kind, (int)strcspn(name, "\r\n"), name);
	*r->last = l;
	r->last = &l->next;
	if (r->first == l)
		timer_set(r->timer, 0);
	return l;
}

struct lookup *
resolver_ask(struct resolver *r, const char *name, int family, lookup_fn *fn, void *arg)
{
	return ask(r, family == AF_INET ? '4' : family == AF_INET6 ? '6' : '*', name, fn, arg);
}

struct lookup *
resolver_ask_id(struct resolver *r, const char *name, bool group, lookup_fn *fn, void *arg)
{
	return ask(r, group ? 'g' : 'u', name, fn, arg);
}

void
lookup_cancel(struct lookup *l)
{
	if (l != NULL)
		l->fn = NULL;
}
