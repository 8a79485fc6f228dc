#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/mem.h"
#include "ctl/import.h"

/* What is around the devices: the listener, notes, and what to do with NUT's own services. */

void
import_note(struct import *im, const struct nut_file *file, unsigned line, const char *fmt, ...)
{
	va_list	 ap;
	char	*text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	if (file == NULL)
		buf_printf(&im->notes, "%s\n", text);
	else if (line == 0)
		buf_printf(&im->notes, "%s: %s\n", file->path, text);
	else
		buf_printf(&im->notes, "%s:%u: %s\n", file->path, line, text);
	free(text);
}

/* A control character has no place in busbar.conf. */
void
import_quote(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, (unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text);
	}
	buf_putc(out, '"');
}

bool
import_consists(const char *text, const char *bytes)
{
	return *text != '\0' && text[strspn(text, bytes)] == '\0';
}

/* -- upsd.conf and upsmon.conf ------------------------------------------------------------ */

struct listens {
	struct buf	 list;
	unsigned	 n;
};

/* An address once: NUT does not mind two lines that say the same. */
static void
add_listen(struct listens *l, const char *address, const char *port)
{
	bool	 v6 = strchr(address, ':') != NULL;
	char	*text = xasprintf("%s%s%s:%s", v6 ? "[" : "", address, v6 ? "]" : "", port);
	char	*quoted = xasprintf("\"%s\"", text);

	if (strstr(buf_text(&l->list), quoted) == NULL) {
		buf_printf(&l->list, "%s%s", l->n == 0 ? "" : ", ", quoted);
		l->n++;
	}
	free(quoted);
	free(text);
}

static bool
is_address(const char *text)
{
	char		 host[INET6_ADDRSTRLEN + 1];
	size_t		 len = strcspn(text, "%");
	struct in6_addr	 room;

	if (strchr(text, ':') == NULL)
		return inet_pton(AF_INET, text, &room) == 1;
	if (len >= sizeof(host) || (text[len] == '%' && !import_consists(text + len + 1, IMPORT_WORD)))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return inet_pton(AF_INET6, host, &room) == 1;
}

static void
take_listen(struct import *im, const struct nut_line *line, struct listens *l)
{
	const char	*address = nut_word(line, 0), *port = nut_word(line, 1);

	if (address == NULL)
		return;
	if (port == NULL)
		port = "3493";
	if (!import_consists(port, "0123456789") || *port == '0' || strlen(port) > 5 || atoi(port) > 65535) {
		import_note(im, im->upsd, line->number, "LISTEN: \"%s\" is no port; left out", port);
	} else if (strcmp(address, "*") == 0) {
		add_listen(l, "0.0.0.0", port);
		add_listen(l, "::", port);
	} else if (strcasecmp(address, "localhost") == 0) {
		add_listen(l, "127.0.0.1", port);
		add_listen(l, "::1", port);
	} else if (is_address(address)) {
		add_listen(l, address, port);
	} else {
		import_note(im, im->upsd, line->number, "LISTEN: busbar listens on addresses, and \"%s\" is "
		    "none; give nut.listen its address", address);
	}
}

static void
take_maxconn(struct import *im, const struct nut_line *line, struct listens *l)
{
	const char	*text = nut_word(line, 0);

	if (text != NULL && import_consists(text, "0123456789") && strlen(text) <= 5 && atoi(text) > 0)
		buf_printf(&im->out, "    max-connections = %s\n", text);
}

/* With OpenSSL the certificate and its key are in one file. */
static void
take_certfile(struct import *im, const struct nut_line *line, struct listens *l)
{
	const char	*path = nut_word(line, 0);
	bool		 there = path != NULL && *path == '/' && access(path, R_OK) == 0;
	const char	*before = there ? "" : "#";
	size_t		 i;

	if (!there)
		import_note(im, im->upsd, line->number, "CERTFILE: cannot be read here, so certificate and "
		    "key are there as comments");
	for (i = 0; path != NULL && i < 2; i++) {
		buf_printf(&im->out, "    %s%s = ", before, i == 0 ? "certificate" : "key");
		import_quote(&im->out, path);
		buf_putc(&im->out, '\n');
	}
}

static void
take_nss(struct import *im, const struct nut_line *line, struct listens *l)
{
	import_note(im, im->upsd, line->number, "%s: a database of NSS; busbar wants PEM files in nut.certificate, "
	    "nut.key and nut.client-ca (pk12util exports them)", line->words[0]);
}

static void
take_maxage(struct import *im, const struct nut_line *line, struct listens *l)
{
	const char	*text = nut_word(line, 0);

	if (text != NULL && strcmp(text, "15") != 0)
		import_note(im, im->upsd, line->number, "MAXAGE: a device of busbar has its own max-age, and "
		    "15 s or three polls when it is not given");
}

static void
take_acl(struct import *im, const struct nut_line *line, struct listens *l)
{
	import_note(im, im->upsd, line->number, "%s: see nut.allow, and allow of each user", line->words[0]);
}

/* What needs no counterpart. */
static void
take_nothing(struct import *im, const struct nut_line *line, struct listens *l)
{
}

static const struct {
	const char	*name;
	void		(*take)(struct import *, const struct nut_line *, struct listens *);
} upsd_lines[] = {
	{ "LISTEN", take_listen },
	{ "MAXCONN", take_maxconn },
	{ "CERTFILE", take_certfile },
	{ "CERTPATH", take_nss },
	{ "CERTIDENT", take_nss },
	{ "CERTREQUEST", take_nss },
	{ "MAXAGE", take_maxage },
	{ "ACL", take_acl },
	{ "ACCEPT", take_acl },
	{ "REJECT", take_acl },
	{ "STATEPATH", take_nothing },
	{ "TRACKINGDELAY", take_nothing },
	{ "ALLOW_NO_DEVICE", take_nothing },
	{ "ALLOW_NOT_ALL_LISTENERS", take_nothing },
	{ "DISABLE_WEAK_SSL", take_nothing },
	{ "DEBUG_MIN", take_nothing },
};

static void
take_upsd_line(struct import *im, const struct nut_line *line, struct listens *l)
{
	size_t	 i;

	for (i = 0; i < nitems(upsd_lines); i++)
		if (strcasecmp(upsd_lines[i].name, line->words[0]) == 0) {
			upsd_lines[i].take(im, line, l);
			return;
		}
	import_note(im, im->upsd, line->number, "%s: has no counterpart", line->words[0]);
}

/* The last of a name that may be there once. */
static bool
is_overruled(const struct nut_section *s, size_t i)
{
	size_t	 j;

	if (strcasecmp(s->lines[i].words[0], "LISTEN") == 0)
		return false;
	for (j = i + 1; j < s->n; j++)
		if (strcasecmp(s->lines[i].words[0], s->lines[j].words[0]) == 0)
			return true;
	return false;
}

static void
take_hostsync(struct import *im)
{
	const char	*text = im->upsmon == NULL ? NULL : nut_value(&im->upsmon->sections[0], "HOSTSYNC");

	if (text != NULL && import_consists(text, "0123456789") && strlen(text) <= 4 && atoi(text) <= 3600)
		buf_printf(&im->out, "    hostsync = %s\n", text);
}

void
import_listener(struct import *im)
{
	const struct nut_section	*s = im->upsd == NULL ? NULL : &im->upsd->sections[0];
	struct listens			 l = {0};
	size_t				 i;

	buf_puts(&im->out, "nut {\n");
	for (i = 0; s != NULL && i < s->n; i++)
		if (!is_overruled(s, i))
			take_upsd_line(im, &s->lines[i], &l);
	if (l.n > 0)
		buf_printf(&im->out, "    listen = {%s}\n", buf_text(&l.list));
	take_hostsync(im);
	buf_puts(&im->out, "}\n\n");
	buf_free(&l.list);
}

/* -- upsmon.conf: who asks ------------------------------------------------------------------- */

static bool
has_section(const struct nut_file *file, const char *name, size_t len)
{
	size_t	 i;

	for (i = 1; file != NULL && i < file->n; i++)
		if (strlen(file->sections[i].name) == len && strncmp(file->sections[i].name, name, len) == 0)
			return true;
	return false;
}

/* The upsmon of this host goes on: what it asks for must be there. */
static void
check_monitor(struct import *im, const struct nut_line *line)
{
	const char	*system = nut_word(line, 0), *user = nut_word(line, 2), *host;
	size_t		 len;

	if (system == NULL || user == NULL)
		return;
	len = strcspn(system, "@");
	host = system[len] == '@' ? system + len + 1 : "localhost";
	if (strncmp(host, "localhost", 9) != 0 && strncmp(host, "127.", 4) != 0 && strncmp(host, "[::1]", 5) != 0)
		return;
	if (!has_section(im->ups, system, len))
		import_note(im, im->upsmon, line->number, "MONITOR %s: ups.conf has no such device", system);
	if (!has_section(im->users, user, strlen(user)))
		import_note(im, im->upsmon, line->number, "MONITOR %s: upsd.users has no user %s", system, user);
}

static void
check_upsmon(struct import *im)
{
	const struct nut_section	*s = &im->upsmon->sections[0];
	size_t				 i;

	for (i = 0; i < s->n; i++)
		if (strcasecmp(s->lines[i].words[0], "MONITOR") == 0)
			check_monitor(im, &s->lines[i]);
}

/* -- all of it ------------------------------------------------------------------------------- */

static void
say_services(struct import *im)
{
	if (im->kept > 0)
		import_note(im, NULL, 0, "%u device(s) keep their NUT driver for now: make \"LISTEN 127.0.0.1 "
		    IMPORT_PORT "\" the only LISTEN line of upsd.conf, and let nut-server and these drivers run",
		    im->kept);
	else
		buf_puts(&im->masked, " nut-server.service");
	if (im->masked.len > 0)
		import_note(im, NULL, 0, "then: systemctl disable --now%s; systemctl mask%s",
		    buf_text(&im->masked), buf_text(&im->masked));
	import_note(im, NULL, 0, "nut-monitor (upsmon) goes on as it is; it is a client of busbar");
}

void
import_all(struct import *im)
{
	buf_printf(&im->out, "# Made by busbarctl import-nut of %s.\n"
	    "# It holds passwords: chown root:busbar, chmod 640.\n\n", im->dir);
	import_listener(im);
	import_users(im);
	import_devices(im);
	if (im->upsmon != NULL)
		check_upsmon(im);
	say_services(im);
}

char *
import_nut(const char *dir)
{
	char		*whole = realpath(dir, NULL), *reason = NULL;
	struct import	 im = { .dir = whole };

	if (whole == NULL)
		return xasprintf("%s: %s", dir, strerror(errno));
	im.ups = nut_file_read(whole, "ups.conf");
	if (im.ups == NULL) {
		reason = xasprintf("%s/ups.conf: %s", whole, strerror(errno));
	} else {
		im.upsd = nut_file_read(whole, "upsd.conf");
		im.users = nut_file_read(whole, "upsd.users");
		im.upsmon = nut_file_read(whole, "upsmon.conf");
		import_all(&im);
		fputs(buf_text(&im.out), stdout);
		fputs(buf_text(&im.notes), stderr);
	}
	nut_file_free(im.ups);
	nut_file_free(im.upsd);
	nut_file_free(im.users);
	nut_file_free(im.upsmon);
	buf_free(&im.out);
	buf_free(&im.notes);
	buf_free(&im.masked);
	free(whole);
	return reason;
}
