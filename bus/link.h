#ifndef BUS_LINK_H
#define BUS_LINK_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "core/loop.h"

/*
 * The way to an SNMP agent: whole messages over a connected UDP socket or a
 * TCP stream (RFC 3430), never waiting for either.  Knows nothing of what the
 * messages say, but their outermost length.
 */

/* A port as configured: "udp:192.0.2.1:161", "udp6:[2001:db8::1]", "tcp:ups.example.net:1161". */
struct link_port {
	bool	 tcp;
	int	 family;		/* AF_UNSPEC unless written or numeric */
	char	 host[256];		/* without brackets */
	char	 service[6];		/* a number */
};
/* HOST, HOST:PORT, [V6] or [V6]:PORT alone, into host and, where there is one, service. */
bool	link_port_split(struct link_port *, const char *text);
bool	link_port_parse(const char *text, struct link_port *, char **why);	/* false: *why is malloc'd */

struct link_address {
	struct sockaddr_storage	 sa;
	socklen_t		 len;
};
/* From digits only, never by asking anybody; false: the host is a name. */
bool	link_address_parse(const struct link_port *, const char *host, struct link_address *);

#define LINK_MESSAGE_MAX	65535

struct link_events {
	void	(*up)(void *arg);				/* messages can be sent */
	void	(*message)(void *arg, const uint8_t *, size_t);	/* borrowed for the call */
	void	(*unreached)(void *arg, const char *why);	/* what was sent cannot have arrived */
	void	(*down)(void *arg, const char *why);		/* it is broken: free it */
};

struct link;

/* Opens; up() or down() follow in a later turn.  Any event may free the link. */
struct link	*link_new(struct loop *, bool tcp, const struct link_address *, const struct link_events *, void *arg);
void		 link_free(struct link *);		/* NULL is fine */
/* False: too long for it.  What the network does not take at once is lost, as on any network. */
bool		 link_send(struct link *, const uint8_t *, size_t);

/* The length of the BER element that begins here: 0: more bytes are needed to know; -1: there is none. */
ssize_t		 link_frame(const uint8_t *, size_t);

#endif
