#include "ctl/client.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/line.h"
#include "core/mem.h"

struct client {
	int		fd;
	struct buf	in;
	size_t		eaten;		/* by the line whose words are lent */
};

struct client *
client_open(const char *path)
{
	struct sockaddr_un	 address = { .sun_family = AF_UNIX };
	struct client		*client;
	int			 fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	strcpy(address.sun_path, path);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return NULL;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == -1) {
		close(fd);
		return NULL;
	}
	client = xcalloc(1, sizeof *client);
	client->fd = fd;
	buf_reserve(&client->in, 1);
	return client;
}

void
client_free(struct client *client)
{
	if (client == NULL)
		return;
	close(client->fd);
	buf_free(&client->in);
	free(client);
}

bool
client_ask(struct client *client, const char *const *words, size_t n)
{
	struct buf	out = { 0 };
	ssize_t		sent = 0;
	size_t		i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_putc(&out, ' ');
		line_quote(&out, words[i]);
	}
	buf_putc(&out, '\n');
	while (out.len > 0 && sent != -1) {
		sent = send(client->fd, buf_bytes(&out), out.len, MSG_NOSIGNAL);
		if (sent > 0)
			buf_eat(&out, (size_t)sent);
	}
	buf_free(&out);
	return sent != -1;
}

static bool
client_read(struct client *client)
{
	ssize_t	n;

	do
		n = recv(client->fd, buf_reserve(&client->in, 16384), 16384, 0);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		buf_grew(&client->in, (size_t)n);
	return n > 0;
}

size_t
client_next(struct client *client, const char **words, size_t max)
{
	size_t	len, n;

	do {
		buf_eat(&client->in, client->eaten);
		client->eaten = 0;
		while ((len = line_length((char *)buf_bytes(&client->in), client->in.len)) == 0)
			if (!client_read(client))
				return 0;
		client->eaten = len;
		n = line_split((char *)buf_bytes(&client->in), len - 1, words, max);
	} while (n == 0);
	return n < max ? n : max;
}
