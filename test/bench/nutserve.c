/*
 * The listener alone: serves devices of one file "name: value" on the
 * loopback, for profiles and for comparing with upsd without an engine in
 * between.
 *
 *	nutserve PORT FILE [N [NAME ...]]	devices dev1 to devN, all alike, and
 *						some that were never reached
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "core/mem.h"
#include "core/publisher.h"
#include "core/update.h"

static void
fill(struct update *u, const char *path)
{
	char	 line[1024], *colon;
	FILE	*f = fopen(path, "r");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		colon = strstr(line, ": ");
		if (*line == '#' || colon == NULL)
			continue;
		*colon = '\0';
		update_put_text(u, var_intern(line), colon + 2);
	}
	fclose(f);
}

static void
add(struct model *m, const char *name, const char *description, const char *path)
{
	struct update	*u = update_begin(model_add(m, name));

	fill(u, path);
	update_put_text(u, var_intern(".description"), description);
	update_command(u, CMD_LOAD_OFF);
	update_state(u, DEVICE_FRESH);
	update_commit(u);
}

static int
listen_on(const char *port)
{
	struct sockaddr_in	 a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int			 fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 || listen(fd, 4096) == -1) {
		perror("listen");
		exit(1);
	}
	return fd;
}

static void
on_signal(int signo, void *arg)
{
	loop_stop(arg);
}

int
main(int argc, char **argv)
{
	struct settings		 settings = { .nut.max_connections = 20000 };
	struct listener		 listener;
	struct publish		 p = { .settings = &settings, .listeners = &listener, .nlisteners = 1 };
	struct rlimit		 files;
	void			*role;
	char			 name[32], text[64];
	int			 i;

	if (argc < 3) {
		fprintf(stderr, "usage: nutserve PORT FILE [N [NAME ...]]\n");
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	p.loop = loop_new();
	p.model = model_new();
	for (i = 1; i <= (argc > 3 ? atoi(argv[3]) : 1); i++) {
		snprintf(name, sizeof(name), "dev%d", i);
		snprintf(text, sizeof(text), "Rack device number %d", i);
		add(p.model, name, text, argv[2]);
	}
	for (i = 4; i < argc; i++)
		model_add(p.model, argv[i]);
	listener = (struct listener){ .fd = listen_on(argv[1]), .address = argv[1] };
	role = nut_publisher.start(&p);
	loop_signal(p.loop, SIGTERM, on_signal, p.loop);
	loop_signal(p.loop, SIGINT, on_signal, p.loop);
	loop_run(p.loop);
	nut_publisher.stop(role);
	model_free(p.model);
	loop_free(p.loop);
	return 0;
}
