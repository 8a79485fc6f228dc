/*
 * nutnull: the least that could answer NUT requests, one epoll loop with every
 * answer made beforehand.  It marks what the kernel and the load generator
 * allow on a machine: the ceiling that a real server is compared with.
 *
 * Answers as many requests as one read brought with one write.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/tls.h"

#define EVENTS_AT_ONCE	512
#define READ_AT_ONCE	8192

struct client {
	int		 fd;
	bool		 ending, wants_write, upgrading;
	struct buf	 in, out;	/* in clear */
	struct tls	*tls;		/* NULL: in clear */
	struct buf	 sealed;	/* what leaves when it is not */
};

struct server {
	int		 epoll, listener;
	int		 ndevices;
	struct buf	*variables;	/* the answer to LIST VAR of each device */
	struct buf	 devices;	/* to LIST UPS */
	struct tls_context *tls;	/* NULL: no STARTTLS */
};

static void
make_variables(struct buf *answer, const char *device, const char *path)
{
	char	 line[512], *colon;
	FILE	*file;

	buf_printf(answer, "BEGIN LIST VAR %s\n", device);
	if (path != NULL && (file = fopen(path, "r")) == NULL) {
		perror(path);
		exit(1);
	}
	while (path != NULL && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || (colon = strstr(line, ": ")) == NULL)
			continue;
		buf_printf(answer, "VAR %s %.*s \"%s\"\n", device, (int)(colon - line), line, colon + 2);
	}
	if (path != NULL)
		fclose(file);
	buf_printf(answer, "END LIST VAR %s\n", device);
}

static void
make_answers(struct server *server, const char *pattern, const char *path)
{
	const char	*mark = strstr(pattern, "%d");
	char		*name;

	server->variables = xcalloc((size_t)server->ndevices, sizeof(struct buf));
	buf_puts(&server->devices, "BEGIN LIST UPS\n");
	for (int i = 0; i < server->ndevices; i++) {
		name = mark == NULL ? xstrdup(pattern) :
		    xasprintf("%.*s%d%s", (int)(mark - pattern), pattern, i + 1, mark + 2);
		buf_printf(&server->devices, "UPS %s \"Rack device number %d\"\n", name, i + 1);
		make_variables(&server->variables[i], name, path);
		free(name);
	}
	buf_puts(&server->devices, "END LIST UPS\n");
}

static bool
begins(const char *line, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

/* The device whose name ends in this number; the first where none does. */
static const struct buf *
variables_of(const struct server *server, const char *line, size_t len)
{
	size_t	digits = 0;
	int	number;

	while (digits < len && line[len - digits - 1] >= '0' && line[len - digits - 1] <= '9')
		digits++;
	number = digits > 0 ? atoi(line + len - digits) : 1;
	return &server->variables[number >= 1 && number <= server->ndevices ? number - 1 : 0];
}

static void
answer(const struct server *server, struct client *client, const char *line, size_t len)
{
	const struct buf	*list = NULL;

	if (begins(line, len, "GET VAR ")) {
		buf_put(&client->out, line + 4, len - 4);
		buf_put(&client->out, " \"OL\"\n", 6);
		return;
	}
	if (begins(line, len, "LIST VAR "))
		list = variables_of(server, line, len);
	else if (begins(line, len, "LIST UPS"))
		list = &server->devices;
	if (list != NULL) {
		buf_put(&client->out, buf_bytes(list), list->len);
		return;
	}
	if (server->tls != NULL && begins(line, len, "STARTTLS")) {
		buf_puts(&client->out, "OK STARTTLS\n");
		client->upgrading = true;
		return;
	}
	client->ending = begins(line, len, "LOGOUT");
	buf_puts(&client->out, client->ending ? "OK Goodbye\n" : "OK\n");
}

static void
want_write(struct server *server, struct client *client, bool wanted)
{
	struct epoll_event	event = { .events = EPOLLIN, .data.ptr = client };

	if (client->wants_write == wanted)
		return;
	client->wants_write = wanted;
	if (wanted)
		event.events |= EPOLLOUT;
	epoll_ctl(server->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

/* False: the client is gone, or done. */
static bool
flush(struct server *server, struct client *client)
{
	struct buf	*out = client->tls != NULL ? &client->sealed : &client->out;
	ssize_t		 n;

	if (client->tls != NULL && client->out.len > 0) {
		tls_put(client->tls, buf_bytes(&client->out), client->out.len, out);
		buf_clear(&client->out);
	}
	while (out->len > 0) {
		n = send(client->fd, buf_bytes(out), out->len, MSG_NOSIGNAL);
		if (n < 0) {
			want_write(server, client, true);
			return errno == EAGAIN;
		}
		buf_eat(out, (size_t)n);
	}
	want_write(server, client, false);
	if (client->upgrading)
		client->tls = tls_new(server->tls, NULL);
	client->upgrading = false;
	return !client->ending;
}

/* Reads into in, unsealed when the client speaks TLS.  False: it is gone. */
static bool
fill(struct client *client, struct buf *in)
{
	char		 sealed[READ_AT_ONCE];
	char		*to = client->tls != NULL ? sealed : (char *)buf_reserve(in, READ_AT_ONCE);
	ssize_t		 n = recv(client->fd, to, READ_AT_ONCE, 0);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	if (client->tls != NULL)
		return tls_take(client->tls, sealed, (size_t)n, in, &client->sealed) == TLS_FINE;
	buf_grew(in, (size_t)n);
	return true;
}

static bool
serve(struct server *server, struct client *client)
{
	struct buf	*in = &client->in;
	char		*start, *line, *lf;

	if (!fill(client, in))
		return false;
	start = line = (char *)buf_bytes(in);
	while ((lf = memchr(line, '\n', in->len - (size_t)(line - start))) != NULL) {
		*lf = '\0';
		answer(server, client, line, (size_t)(lf - line));
		line = lf + 1;
	}
	buf_eat(in, (size_t)(line - start));
	return flush(server, client);
}

static void
accept_all(struct server *server)
{
	struct client		*client;
	struct epoll_event	 event = { .events = EPOLLIN };
	int			 fd, one = 1;

	while ((fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		client = xcalloc(1, sizeof(*client));
		client->fd = fd;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		event.data.ptr = client;
		epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
	}
}

static void
drop(struct client *client)
{
	close(client->fd);
	buf_free(&client->in);
	buf_free(&client->out);
	buf_free(&client->sealed);
	tls_free(client->tls);
	free(client);
}

static void
listen_on(struct server *server, unsigned short port)
{
	struct sockaddr_in	address = { .sin_family = AF_INET, .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event	event = { .events = EPOLLIN };
	int			one = 1;

	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(server->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(server->listener, 4096) < 0) {
		perror("nutnull");
		exit(1);
	}
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &event);
}

static void
event_of(struct server *server, const struct epoll_event *event)
{
	struct client	*client = event->data.ptr;

	if (client == NULL)
		accept_all(server);
	else if (((event->events & EPOLLOUT) && !flush(server, client)) ||
	    ((event->events & ~(unsigned)EPOLLOUT) && !serve(server, client)))
		drop(client);
}

static char *
read_all(const char *path)
{
	struct buf	 text = { 0 };
	FILE		*file = fopen(path, "r");
	size_t		 n;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	while ((n = fread(buf_reserve(&text, 4096), 1, 4096, file)) > 0)
		buf_grew(&text, n);
	fclose(file);
	return xstrdup(buf_text(&text));
}

/* One file has the certificate and its key. */
static struct tls_context *
offer_tls(const char *path)
{
	char			*pem = read_all(path);
	struct tls_options	 options = { .certificate = pem, .key = pem, .min = TLS_1_2 };
	struct tls_mistake	 mistake;
	struct tls_context	*tls = tls_server(&options, &mistake);

	if (tls == NULL) {
		fprintf(stderr, "nutnull: %s: %s\n", path, mistake.text);
		exit(1);
	}
	free(pem);
	return tls;
}

int
main(int argc, char **argv)
{
	struct server		 server = { .ndevices = 1 };
	struct epoll_event	 events[EVENTS_AT_ONCE];
	struct rlimit		 limit;
	const char		*pattern = "ups", *path = NULL;
	int			 option, n;

	while ((option = getopt(argc, argv, "n:u:f:c:")) != -1)
		switch (option) {
		case 'n': server.ndevices = atoi(optarg); break;
		case 'u': pattern = optarg; break;
		case 'f': path = optarg; break;
		case 'c': server.tls = offer_tls(optarg); break;
		default: optind = argc;
		}
	if (optind + 1 != argc || server.ndevices < 1) {
		fputs("usage: nutnull [-n DEVICES] [-u NAME%d] [-f FILE.dev] [-c PEM] PORT\n", stderr);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	make_answers(&server, pattern, path);
	listen_on(&server, (unsigned short)atoi(argv[optind]));
	for (;;) {
		n = epoll_wait(server.epoll, events, EVENTS_AT_ONCE, -1);
		for (int i = 0; i < n; i++)
			event_of(&server, &events[i]);
	}
}
