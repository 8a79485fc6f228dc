/* The nut role: who may connect, and how many. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/channel.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/publisher.h"
#include "nutproto/certificate.h"
#include "nutproto/client.h"
#include "nutproto/passwords.h"
#include "nutproto/report.h"
#include "nutproto/session.h"

#define ACCEPT_TURN	16	/* connections taken before others have their turn */
#define LOGINS_SHOWN	256
#define PAUSE_MS	200	/* without accepting, when the system has no descriptors left */

struct server {
	struct loop	*loop;
	struct desk	 desk;
	struct passwords *passwords;
	struct clients	*clients;
	struct io	**ports;
	size_t		 nports;
	struct timer	*pause;
	struct report	*report;
	uint64_t	 accepted;
	bool		 starved;		/* said in the log */
	void		(*say)(void *, const char *, const char *);	/* to the engine; NULL: nobody listens */
	void		*say_arg;
};

/* -- accepting ------------------------------------------------------------------------- */

/* An IPv4 client of a socket that takes both is one of IPv4. */
static struct from
from_socket(const struct sockaddr_storage *address)
{
	const struct sockaddr_in	*v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6	*v6 = (const struct sockaddr_in6 *)address;
	struct from			 from = { .v6 = address->ss_family == AF_INET6 };

	if (!from.v6) {
		memcpy(from.address, &v4->sin_addr, 4);
	} else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		from.v6 = false;
		memcpy(from.address, v6->sin6_addr.s6_addr + 12, 4);
	} else {
		memcpy(from.address, v6->sin6_addr.s6_addr, 16);
	}
	return from;
}

static size_t
most_from_one(const struct nut_settings *settings)
{
	if (settings->max_per_address > 0)
		return settings->max_per_address;
	return settings->max_connections - settings->max_connections / 4;
}

/* Whether it may connect, and there is room, perhaps in the place of an idle client. */
static bool
welcome(struct server *s, const struct from *from)
{
	const struct nut_settings	*settings = &s->desk.settings->nut;
	enum refusal			 why;
	char				 room[FROM_TEXT_MAX];

	if (!networks_have(&settings->allow, from->address, from->v6))
		why = REFUSED_NETWORK;
	else if (clients_from(s->clients, from) >= most_from_one(settings) &&
	    !clients_make_room(s->clients, from))
		why = REFUSED_ADDRESS_FULL;
	else if (clients_count(s->clients) >= settings->max_connections &&
	    !clients_make_room(s->clients, NULL))
		why = REFUSED_FULL;
	else
		return true;
	refusals_note(s->desk.refusals, why, from_text(from, room), NULL);
	return false;
}

static void
admit(struct server *s, int fd, const struct sockaddr_storage *address)
{
	struct from	 from = from_socket(address);

	s->accepted++;
	report_soon(s->report);
	if (welcome(s, &from))
		clients_add(s->clients, fd, &from);
	else
		close(fd);
}

static void
pause_ports(struct server *s, bool paused)
{
	size_t	 i;

	for (i = 0; i < s->nports; i++)
		io_want(s->ports[i], paused ? 0 : IO_READ);
}

static void
on_pause_over(void *arg)
{
	pause_ports(arg, false);
}

/* Whether to go on accepting after accept(2) failed. */
static bool
survive(struct server *s, int error)
{
	if (error == EAGAIN || error == EWOULDBLOCK)
		return false;
	if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
		return true;		/* that connection is gone; the next may be well */
	if (clients_make_room(s->clients, NULL))
		return true;
	if (!s->starved)
		log_warning("nut", "cannot accept clients: %s", strerror(error));
	s->starved = true;
	pause_ports(s, true);
	timer_set(s->pause, PAUSE_MS);
	return false;
}

static void
on_connect(int port, unsigned what, void *arg)
{
	struct server		*s = arg;
	struct sockaddr_storage	 from;
	socklen_t		 len;
	unsigned		 i;
	int			 fd;

	for (i = 0; i < ACCEPT_TURN; i++) {
		len = sizeof(from);
		fd = accept4(port, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			s->starved = false;
			admit(s, fd, &from);
		} else if (!survive(s, errno)) {
			return;
		}
	}
}

/* -- the role --------------------------------------------------------------------------- */

static void
close_ports(struct server *s)
{
	while (s->nports > 0)
		io_free(s->ports[--s->nports]);
	free(s->ports);
	s->ports = NULL;
	timer_stop(s->pause);
}

static void
open_ports(struct server *s, const struct publish *p)
{
	size_t	 i;
	int	 fd;

	s->desk.settings = p->settings;
	s->desk.edition++;
	tls_context_free(s->desk.tls);
	s->desk.tls = certificate_context(&p->settings->nut);
	s->ports = xcalloc(p->nlisteners, sizeof(*s->ports));
	for (i = 0; i < p->nlisteners; i++) {
		fd = p->listeners[i].fd;
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		s->ports[s->nports++] = io_new(s->loop, fd, IO_READ, on_connect, s);
	}
}

static void
put_logins(struct buf *b, const struct server *s)
{
	struct ups		*ups = NULL;
	const struct login	*l;
	char			 room[FROM_TEXT_MAX];
	size_t			 n = 0;

	while ((ups = upses_next(s->desk.upses, ups)) != NULL)
		TAILQ_FOREACH(l, &ups->logins.list, entry)
			if (n++ < LOGINS_SHOWN)
				buf_printf(b, "login.%zu %s %s@%s\n", n, device_name(ups->device),
				    l->session->username, from_text(&l->session->from, room));
	buf_printf(b, "logins %zu\n", n);
}

/* False: nobody is there, so that nothing will change until somebody comes. */
static bool
write_report(struct buf *b, void *arg)
{
	const struct server		*s = arg;
	const struct nut_settings	*settings = &s->desk.settings->nut;
	size_t				 i;

	buf_printf(b, "clients %zu\nclients.limit %u\nclients.limit.address %zu\naccepted %" PRIu64 "\n",
	    clients_count(s->clients), settings->max_connections, most_from_one(settings), s->accepted);
	put_logins(b, s);
	buf_printf(b, "tracked %zu\ntracked.limit %d\n", trackings_count(s->desk.trackings), TRACKING_MAX);
	for (i = 0; i < REFUSALS; i++)
		buf_printf(b, "%s %" PRIu64 "\n", refusal_name(i), refusals_count(s->desk.refusals, i));
	return clients_count(s->clients) > 0;
}

/* Who somebody is: the desk's prover is a passwords. */
static struct proof *
prove(void *passwords, const char *name, const char *password, const struct from *from, proof_fn *fn, void *arg)
{
	return (struct proof *)passwords_check(passwords, name, password, from->address, from->v6, fn, arg);
}

static void
forget(struct proof *p)
{
	passwords_forget((struct password_check *)p);
}

static void
on_refusal(void *arg, const char *by, const char *text)
{
	struct server	*s = arg;
	struct buf	 line = { 0 };

	if (s->say == NULL)
		return;
	channel_put_word(&line, by);
	channel_put_text(&line, text);
	s->say(s->say_arg, "refused", buf_text(&line) + 1);	/* a blank is before the first word */
	buf_free(&line);
}

static void *
start(const struct publish *p)
{
	struct server	*s = xcalloc(1, sizeof(*s));

	s->loop = p->loop;
	s->desk.loop = p->loop;
	s->desk.upses = upses_new(p->model);
	s->desk.logins = logins_new(p->loop, s->desk.upses);
	s->desk.trackings = trackings_new(p->loop);
	s->desk.refusals = refusals_new(p->loop);
	refusals_on_note(s->desk.refusals, on_refusal, s);
	s->say = p->say;
	s->say_arg = p->say_arg;
	s->passwords = passwords_new(p->loop, p->settings);
	s->desk.prover = (struct prover){ .begin = prove, .forget = forget, .arg = s->passwords };
	s->clients = clients_new(&s->desk);
	s->report = report_new(p, write_report, s);
	s->pause = timer_new(p->loop, on_pause_over, s);
	open_ports(s, p);
	return s;
}

/*
 * Clients that are there stay, even where they could not come in any more;
 * but who they are is asked again when they act.
 */
static void
reload(void *state, const struct publish *p)
{
	struct server	*s = state;

	close_ports(s);
	passwords_settings(s->passwords, p->settings);
	open_ports(s, p);
}

static void
stop(void *state)
{
	struct server	*s = state;

	close_ports(s);
	timer_free(s->pause);
	report_free(s->report);
	clients_free(s->clients);
	passwords_free(s->passwords);
	logins_free(s->desk.logins);
	trackings_free(s->desk.trackings);
	refusals_free(s->desk.refusals);
	upses_free(s->desk.upses);
	tls_context_free(s->desk.tls);
	free(s);
}

const struct publisher nut_publisher = {
	.name = "nut",
	.start = start,
	.reload = reload,
	.stop = stop
};
