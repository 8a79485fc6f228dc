/* busbarctl tls-init: certificates for a listener and its clients, without an authority to ask. */

#include <sys/stat.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/tls-make.h"
#include "ctl/tls-init.h"

#define YEARS_10	3653	/* days */
#define CLIENT		"upsmon"
#define HOSTS_MAX	32	/* names and addresses in the server's certificate */

struct file {
	const char	*name;
	mode_t		 mode;
	const char	*text;
};

static int
complain(const char *about, const char *what)
{
	fprintf(stderr, "busbarctl: tls-init: %s: %s\n", about, what);
	return -1;
}

/* -- the server's names ------------------------------------------------------------ */

struct hosts {
	size_t	 n;
	char	*at[HOSTS_MAX + 1];
};

static void
add_host(struct hosts *h, const char *host)
{
	size_t	 i;

	for (i = 0; i < h->n; i++)
		if (strcmp(h->at[i], host) == 0)
			return;
	if (h->n < HOSTS_MAX)
		h->at[h->n++] = xstrdup(host);
}

/* Not those of a link alone: a client cannot tell which link is meant. */
static void
add_address(struct hosts *h, const struct sockaddr *a)
{
	const struct sockaddr_in	*v4 = (const struct sockaddr_in *)a;
	const struct sockaddr_in6	*v6 = (const struct sockaddr_in6 *)a;
	char				 text[INET6_ADDRSTRLEN];

	if (a->sa_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
	else if (a->sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
		inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
	else
		return;
	add_host(h, text);
}

static struct hosts
collect_hosts(const char *name)
{
	struct hosts	 h = {0};
	struct ifaddrs	*all = NULL, *i;

	add_host(&h, name);
	add_host(&h, "localhost");
	add_host(&h, "127.0.0.1");
	add_host(&h, "::1");
	if (getifaddrs(&all) == 0)
		for (i = all; i != NULL; i = i->ifa_next)
			if (i->ifa_addr != NULL && !(i->ifa_flags & IFF_LOOPBACK))
				add_address(&h, i->ifa_addr);
	freeifaddrs(all);
	return h;
}

static void
free_hosts(struct hosts *h)
{
	while (h->n > 0)
		free(h->at[--h->n]);
}

/* A host's name or address, also short enough for a common name (RFC 5280, ub-common-name). */
static bool
right_name(const char *name)
{
	static const char	 letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_";

	return *name != '\0' && strlen(name) <= 64 && name[strspn(name, letters)] == '\0';
}

/* -- files ---------------------------------------------------------------------------- */

static int
write_new(int directory, const struct file *f)
{
	int	 fd = openat(directory, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, f->mode);
	size_t	 len = strlen(f->text);
	int	 error = 0;

	if (fd == -1)
		return errno;
	if (fchmod(fd, f->mode) == -1 || write(fd, f->text, len) != (ssize_t)len || fsync(fd) == -1)
		error = errno == 0 ? EIO : errno;
	close(fd);
	if (error != 0)
		unlinkat(directory, f->name, 0);
	return error;
}

/* All of them, or none. */
static int
write_all(int directory, const struct file *files, size_t n)
{
	size_t	 i;
	int	 error;

	for (i = 0; i < n; i++) {
		error = write_new(directory, &files[i]);
		if (error == 0)
			continue;
		complain(files[i].name, error == EEXIST ?
		    "is there already; nothing is overwritten, take another directory" : strerror(error));
		while (i-- > 0)
			unlinkat(directory, files[i].name, 0);
		return -1;
	}
	return 0;
}

/* -- what to do with them -------------------------------------------------------------- */

static const char	advice[] =
"Made in %1$s, good for ten years:\n"
"  ca.crt tls.crt client.crt    certificates: for everybody to see\n"
"  tls.key client.key           the secrets of the server and of the client\n"
"  ca.key                       makes further certificates; keep it elsewhere\n"
"\n"
"busbar.conf on this host (busbard must be able to read tls.key), then busbarctl reload:\n"
"\n"
"  nut {\n"
"      certificate = \"%1$s/tls.crt\"\n"
"      key         = \"%1$s/tls.key\"\n"
"      client-ca   = \"%1$s/ca.crt\"\n"
"      require     = tls    # or certificate: nobody names a user without one from ca.crt\n"
"  }\n"
"\n"
"Clients call it %2$s.  Those of Debian and others whose NUT is built with NSS\n"
"(ldd of upsc shows libnss3) need ca.crt, client.crt and client.key, and as root:\n"
"\n"
"  install -d -m 750 -g nut /etc/nut/nss\n"
"  certutil -N -d /etc/nut/nss --empty-password\n"
"  certutil -A -d /etc/nut/nss -n busbar-ca -t CT,, -i ca.crt\n"
"  openssl pkcs12 -export -name " CLIENT " -in client.crt -inkey client.key -passout pass: -out client.p12\n"
"  pk12util -d /etc/nut/nss -i client.p12 -W \"\"\n"
"  chgrp nut /etc/nut/nss/* && chmod 640 /etc/nut/nss/*\n"
"\n"
"and in upsmon.conf:\n"
"\n"
"  CERTPATH /etc/nut/nss\n"
"  CERTIDENT \"" CLIENT "\" \"\"\n"
"  CERTVERIFY 1\n"
"  FORCESSL 1\n"
"\n"
"Clients whose NUT is built with OpenSSL need ca.crt:\n"
"\n"
"  install -d /etc/nut/certs && cp ca.crt /etc/nut/certs && openssl rehash /etc/nut/certs\n"
"\n"
"and in upsmon.conf:\n"
"\n"
"  CERTPATH /etc/nut/certs\n"
"  CERTVERIFY 1\n"
"  FORCESSL 1\n"
"\n"
"The client's certificate names the user " CLIENT ": where busbar.conf has a user of\n"
"that name, a client that shows it and tells no password is that user.\n";

static int
print_advice(const char *directory, const char *name)
{
	char	 path[PATH_MAX];

	printf(advice, realpath(directory, path) == NULL ? directory : path, name);
	return fflush(stdout) == 0 ? 0 : complain("standard output", strerror(errno));
}

/* -- the verb ------------------------------------------------------------------------------ */

static int
open_directory(const char *path)
{
	int	 fd;

	if (mkdir(path, 0755) == -1 && errno != EEXIST)
		return complain(path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd == -1 ? complain(path, strerror(errno)) : fd;
}

static int
make_files(int directory, const char *name)
{
	struct hosts		 hosts = collect_hosts(name);
	char			*ca_name = xasprintf("busbar CA of %.48s", name);
	const struct tls_request ca_request = { .use = TLS_FOR_CA, .name = ca_name, .days = YEARS_10 };
	const struct tls_request request = { .use = TLS_FOR_SERVER, .name = name,
				    .hosts = (const char *const *)hosts.at, .days = YEARS_10 };
	const struct tls_request client_request = { .use = TLS_FOR_CLIENT, .name = CLIENT, .days = YEARS_10 };
	struct tls_pair		 ca = tls_make(&ca_request, NULL), server = tls_make(&request, &ca);
	struct tls_pair		 client = tls_make(&client_request, &ca);
	const struct file	 files[] = {
		{ "ca.crt", 0644, ca.certificate }, { "ca.key", 0600, ca.key },
		{ "tls.crt", 0644, server.certificate }, { "tls.key", 0600, server.key },
		{ "client.crt", 0644, client.certificate }, { "client.key", 0600, client.key },
	};
	int			 done;

	if (server.key == NULL || client.key == NULL)
		done = complain(name, "no certificate can be made for it");
	else
		done = write_all(directory, files, nitems(files));
	tls_pair_free(&ca);
	tls_pair_free(&server);
	tls_pair_free(&client);
	free(ca_name);
	free_hosts(&hosts);
	return done;
}

int
tls_init(const char *path, const char *name)
{
	int	 directory, done;

	if (!right_name(name))
		return complain(name, "wants the name or address by which clients call this host, up to 64 bytes");
	directory = open_directory(path);
	if (directory == -1)
		return -1;
	done = make_files(directory, name);
	close(directory);
	return done == 0 ? print_advice(path, name) : done;
}
