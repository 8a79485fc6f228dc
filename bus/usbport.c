#include "bus/devicenode.h"
#include "bus/replayfile.h"
#include "bus/usbport.h"

#include <sys/stat.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"

#define SYSFS		"/sys/bus/usb/devices"
#define ATTRIBUTE_MAX	128

/* -- what is wanted ------------------------------------------------------------------ */

static bool
read_id(const char *text, int *id)
{
	char	*end;

	if (strlen(text) != 4 || !isxdigit((unsigned char)*text))
		return false;
	*id = (int)strtol(text, &end, 16);
	return *end == '\0';
}

static bool
read_word(struct usbport *port, const char *word, char **why)
{
	if (strncmp(word, "vendor=", 7) == 0 && read_id(word + 7, &port->vendor))
		return true;
	if (strncmp(word, "product=", 8) == 0 && read_id(word + 8, &port->product))
		return true;
	if (strncmp(word, "serial=", 7) == 0 && word[7] != '\0') {
		free(port->serial);
		port->serial = xstrdup(word + 7);
		return true;
	}
	if (strncmp(word, "path=", 5) == 0 && isdigit((unsigned char)word[5])) {
		free(port->path);
		port->path = xstrdup(word + 5);
		return true;
	}
	*why = xasprintf("\"%s\" in port: it is auto, or some of vendor=051d product=0002 serial=X path=1-1.2", word);
	return false;
}

bool
usbport_read(struct usbport *port, const char *text, char **why)
{
	char	*copy, *rest, *word;
	bool	 right = true;

	*port = (struct usbport){ .vendor = -1, .product = -1 };
	if (text == NULL || *text == '\0' || strcmp(text, "auto") == 0) {
		port->any = true;
		return true;
	}
	copy = xstrdup(text);
	for (word = strtok_r(copy, " \t", &rest); right && word != NULL; word = strtok_r(NULL, " \t", &rest))
		right = read_word(port, word, why);
	free(copy);
	return right;
}

void
usbport_free(struct usbport *port)
{
	free(port->serial);
	free(port->path);
}

/* -- what is there -------------------------------------------------------------------- */

/* An attribute without blanks at its ends and without control characters; NULL: none. */
static char *
read_attribute(const char *path, const char *name)
{
	char	*file = xasprintf("%s/%s/%s", SYSFS, path, name), text[ATTRIBUTE_MAX] = "", *s, *end;
	FILE	*f = fopen(file, "re");

	free(file);
	if (f == NULL)
		return NULL;
	if (fgets(text, sizeof(text), f) == NULL)
		*text = '\0';
	fclose(f);
	s = text + strspn(text, " \t\n");
	for (end = s + strlen(s); end > s && isspace((unsigned char)end[-1]); end--)
		;
	*end = '\0';
	for (end = s; *end != '\0'; end++)
		if ((unsigned char)*end < ' ' || *end == 0x7f)
			*end = '?';
	return *s == '\0' ? NULL : xstrdup(s);
}

void
usbnode_read(struct usbnode *n, const char *path, unsigned bus, unsigned address)
{
	n->path = xstrdup(path);
	n->node = xasprintf("/dev/bus/usb/%03u/%03u", bus, address);
	n->maker = read_attribute(path, "manufacturer");
	n->model = read_attribute(path, "product");
	n->serial = read_attribute(path, "serial");
}

void
usbnode_free(struct usbnode *n)
{
	free(n->path);
	free(n->node);
	free(n->maker);
	free(n->model);
	free(n->serial);
	*n = (struct usbnode){ .vendor = 0 };
}

static bool
is_text(const char *wanted, const char *there)
{
	return wanted == NULL || (there != NULL && strcmp(wanted, there) == 0);
}

struct usb_id {
	uint16_t	 vendor, product;
};

static bool
lists(const struct usb_id *known, size_t nknown, const struct usbnode *n)
{
	size_t	i;

	for (i = 0; i < nknown; i++)
		if (known[i].vendor == n->vendor && known[i].product == n->product)
			return true;
	return false;
}

bool
usbnode_known(const struct usbnode *n)
{
	static const struct usb_id	known[] = {
#include "bus/usb_ids.h"
	};

	return lists(known, nitems(known), n);
}

bool
usbnode_tunnels(const struct usbnode *n)
{
	static const struct usb_id	known[] = {
#include "bus/usb_tunnels.h"
	};

	return lists(known, nitems(known), n);
}

bool
usbport_is(const char *port)
{
	return !replayfile_is(port) &&
	    (*port == '\0' || strcmp(port, "auto") == 0 || strchr(port, '=') != NULL);
}

bool
usbport_means(const struct usbport *port, const struct usbnode *n)
{
	return (port->vendor == -1 || port->vendor == n->vendor) &&
	    (port->product == -1 || port->product == n->product) && is_text(port->serial, n->serial) &&
	    is_text(port->path, n->path);
}

char *
usbnode_denied(const struct usbnode *n)
{
	char	*owner = devicenode_owner(n->node), *text;

	if (owner == NULL)
		return xasprintf("%s (%04x:%04x) cannot be opened: it is gone", n->node, n->vendor, n->product);
	text = xasprintf("%s (%04x:%04x) %s: "
	    "the udev rule ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", GROUP=\"busbar\", MODE=\"0660\" is "
	    "missing or was not applied (63-busbar.rules; udevadm trigger, or plug it in again)",
	    n->node, n->vendor, n->product, owner, n->vendor, n->product);
	free(owner);
	return text;
}
