/*
 * Setting out for the master's socket.
 */

#include <sys/socket.h>
#include <sys/un.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "subagent/dial.h"

struct address {
	union {
		struct sockaddr		any;
		struct sockaddr_un	local;
		struct sockaddr_in	v4;
		struct sockaddr_in6	v6;
	} u;
	socklen_t len;
};

static bool
parse_local(const char *path, struct address *address)
{
	size_t len = strlen(path);

	if (path[0] != '/' || len >= sizeof address->u.local.sun_path)
		return false;
	address->u.local.sun_family = AF_UNIX;
	memcpy(address->u.local.sun_path, path, len + 1);
	address->len = sizeof address->u.local;
	return true;
}

static bool
parse_port(const char *text, in_port_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < 1 || number > UINT16_MAX)
		return false;
	*port = htons((uint16_t)number);
	return true;
}

static bool
parse_host(const char *host, in_port_t port, struct address *address)
{
	if (inet_pton(AF_INET, host, &address->u.v4.sin_addr) == 1) {
		address->u.v4.sin_family = AF_INET;
		address->u.v4.sin_port = port;
		address->len = sizeof address->u.v4;
		return true;
	}
	if (inet_pton(AF_INET6, host, &address->u.v6.sin6_addr) == 1) {
		address->u.v6.sin6_family = AF_INET6;
		address->u.v6.sin6_port = port;
		address->len = sizeof address->u.v6;
		return true;
	}
	return false;
}

static bool
parse_tcp(const char *text, struct address *address)
{
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - text);
	in_port_t port;

	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len == 0 || len >= sizeof host || !parse_port(colon + 1, &port))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return parse_host(host, port, address);
}

static const struct {
	const char	*scheme;
	bool		(*parse)(const char *, struct address *);
} schemes[] = {
	{ "unix:", parse_local },
	{ "tcp:", parse_tcp },
};

static bool
parse(const char *text, struct address *address)
{
	memset(address, 0, sizeof *address);
	for (size_t i = 0; i < nitems(schemes); i++) {
		size_t len = strlen(schemes[i].scheme);

		if (strncmp(text, schemes[i].scheme, len) == 0)
			return schemes[i].parse(text + len, address);
	}
	return false;
}

bool
dial_understands(const char *text)
{
	struct address address;

	return parse(text, &address);
}

int
dial(const char *text)
{
	struct address address;
	int fd, error, on = 1;

	if (!parse(text, &address)) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(address.u.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	/* Answers must not wait for the acknowledgement of the ones before. */
	if (address.u.any.sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, &address.u.any, address.len) == 0 || errno == EINPROGRESS)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}
