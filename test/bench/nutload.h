#ifndef BENCH_NUTLOAD_H
#define BENCH_NUTLOAD_H

#include <sys/socket.h>

#include "core/tls.h"
#include "test/bench/question.h"
#include "test/bench/stats.h"

/* One run of nutload: what is asked for, how far it is, what was counted. */
struct load {
	/* asked for */
	struct sockaddr_storage	 address;
	socklen_t		 address_len;
	int			 connections, depth, ramp;
	double			 seconds, warm_up, rate, patience;
	unsigned		 weights[ASK_KINDS], weight;
	bool			 cycles;	/* each request on a connection of its own */
	const char		*user, *password;
	struct tls_context	*tls;		/* NULL: in clear */
	char			**devices;
	int			 ndevices;
	char			**variables;
	int			 nvariables;
	/* how far it is */
	int			 epoll;
	int			 connecting, running, dead;
	bool			 all_up, measuring, stopping;
	uint64_t		 random;
	long			*lines;		/* of LIST VAR, learned: one for each device */
	long			 devices_listed;
	/* counted */
	struct stats		 latency;
	uint64_t		 opened, bytes;
	uint64_t		 errors, malformed, shorts, closed, refused;
};

/* load_complain() shows the first few mistakes on standard error. */
void	load_complain(struct load *, const char *fmt, ...)
	    __attribute__((__format__(__printf__, 2, 3)));
int	load_random(struct load *, int n);	/* 0 to n - 1 */

/* A connection, over and over again. */
struct connection;
struct connection *connection_new(struct load *);
void	 connection_free(struct connection *);
bool	 connection_open(struct connection *);		/* false: the machine refuses */
void	 connection_event(struct connection *, unsigned events);	/* of epoll */
void	 connection_fill(struct connection *);		/* asks until depth are in flight */
bool	 connection_ask(struct connection *, uint64_t due);	/* false: no room; due as stats_now() */
bool	 connection_dead(const struct connection *);
uint64_t connection_oldest(const struct connection *);	/* when what still waits was asked; 0: nothing */

#endif
