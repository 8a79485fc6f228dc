/*
 * USB: what is plugged in, sysfs knows, and what of it is a UPS, the profiles
 * know by its ids, or its own report descriptor says (HID's power device page).
 * Nothing else is opened: taking a keyboard from the kernel is no way to find a
 * UPS.
 */
#include <sys/types.h>

#include <ctype.h>
#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buf.h"
#include "core/conf.h"
#include "core/mem.h"
#include "ctl/configured.h"
#include "ctl/scan.h"
#include "ctl/scan-list.h"

#define DEVICES		"/sys/bus/usb/devices"
#define POWER_PAGE	"\x05\x84"	/* HID 1.11, 6.2.2.7: usage page; Power Device Class, 3.1 */
#define SERIAL_MAX	100

struct plugged {
	char	*path;			/* "1-1.2" */
	char	 id[10];		/* "051d:0002" */
	char	*serial;		/* NULL: none, or none that a port can be written with */
	bool	 answered;
};

struct plugs {
	struct plugged	*at;
	size_t		 n, room;
};

/* -- what is plugged in -------------------------------------------------------------- */

/* Without its line's end; NULL: it is not there or has nothing in it. */
static char *
read_attribute(const char *path, const char *name)
{
	char	*file = xasprintf(DEVICES "/%s/%s", path, name), text[256] = "";
	FILE	*f = fopen(file, "re");

	free(file);
	if (f == NULL)
		return NULL;
	if (fgets(text, sizeof(text), f) == NULL)
		*text = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return *text == '\0' ? NULL : xstrdup(text);
}

/* A port is words between blanks. */
static char *
usable_serial(char *serial)
{
	const char	*p;

	for (p = serial; p != NULL && *p != '\0'; p++)
		if (!isgraph((unsigned char)*p) || *p == '"' || *p == '\\' || p - serial > SERIAL_MAX) {
			free(serial);
			return NULL;
		}
	return serial;
}

static void
add_device(struct plugs *p, const char *path)
{
	char		*vendor = read_attribute(path, "idVendor"), *product = read_attribute(path, "idProduct");
	char		*class = read_attribute(path, "bDeviceClass");
	struct plugged	*device;

	if (vendor != NULL && product != NULL && (class == NULL || strcmp(class, "09") != 0)) {
		p->at = array_room(p->at, p->n, &p->room, sizeof(*p->at));
		device = &p->at[p->n++];
		*device = (struct plugged){ .path = xstrdup(path),
		    .serial = usable_serial(read_attribute(path, "serial")) };
		snprintf(device->id, sizeof(device->id), "%.4s:%.4s", vendor, product);
	}
	free(vendor);
	free(product);
	free(class);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct plugged *)a)->path, ((const struct plugged *)b)->path);
}

/* "1-1.2"; "1-1.2:1.0" is an interface of it, and "usb1" a hub. */
static void
list_devices(struct plugs *p)
{
	DIR		*folder = opendir(DEVICES);
	struct dirent	*entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (isdigit((unsigned char)*entry->d_name) && strchr(entry->d_name, ':') == NULL)
			add_device(p, entry->d_name);
	if (folder != NULL)
		closedir(folder);
	if (p->n > 0)
		qsort(p->at, p->n, sizeof(*p->at), by_path);
}

static void
forget_devices(struct plugs *p)
{
	while (p->n > 0) {
		free(p->at[--p->n].path);
		free(p->at[p->n].serial);
	}
	free(p->at);
}

/* -- what is a UPS ----------------------------------------------------------------------- */

/* In the folders of the driver's profiles: product VVVV:PPPP { ... }, alone or in a profile. */
static void
read_products(const struct conf_item *items, size_t n, struct buf *ids)
{
	size_t	 i;

	for (i = 0; i < n; i++) {
		if (!items[i].section)
			continue;
		if (strcmp(items[i].name, "product") == 0 && items[i].title != NULL)
			buf_printf(ids, " %s", items[i].title->text);
		read_products(items[i].items, items[i].nitems, ids);
	}
}

static void
read_profiles(const char *folder, const char *driver, struct buf *ids)
{
	char			*pattern = xasprintf("%s/profiles/%s/*.conf", folder, driver);
	struct conf_errors	 errors = { 0 };
	const struct conf_item	*items;
	struct conf		*conf;
	glob_t			 found;
	size_t			 i, n;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc; i++) {
			conf = conf_load(found.gl_pathv[i], &errors);
			items = conf_items(conf, &n);
			read_products(items, n, ids);
			conf_free(conf);
		}
		globfree(&found);
	}
	conf_errors_free(&errors);	/* busbard -n tells them */
	free(pattern);
}

/* " 051d:0002 051d:0003" */
static void
ids_of(const char *driver, struct buf *ids)
{
	const char	*data = getenv("BUSBAR_DATADIR");

	read_profiles(data != NULL ? data : DATADIR "/busbar", driver, ids);
	read_profiles(SYSCONFDIR "/busbar", driver, ids);
	buf_puts(ids, " ");
}

static bool
speaks_of_power(const char *file)
{
	char	 bytes[4096];
	FILE	*f = fopen(file, "re");
	size_t	 n = f == NULL ? 0 : fread(bytes, 1, sizeof(bytes), f);

	if (f != NULL)
		fclose(f);
	return memmem(bytes, n, POWER_PAGE, strlen(POWER_PAGE)) == bytes;
}

/* As the kernel's HID driver has read its descriptor; what that driver does not have says nothing here. */
static bool
has_power_page(const char *path)
{
	char	*pattern = xasprintf(DEVICES "/%s:*/*:*:*.*/report_descriptor", path);
	glob_t	 found;
	bool	 power = false;
	size_t	 i;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (i = 0; i < found.gl_pathc; i++)
			power |= speaks_of_power(found.gl_pathv[i]);
		globfree(&found);
	}
	free(pattern);
	return power;
}

static bool
is_candidate(const struct plugged *p, const char *driver, const char *ids)
{
	char	 word[12];

	snprintf(word, sizeof(word), " %s ", p->id);
	return strstr(ids, word) != NULL || (strcmp(driver, "usbhid") == 0 && has_power_page(p->path));
}

/* Every word of the port is so: "vendor=051d serial=X".  auto says nothing of which one. */
static bool
is_port(const char *port, const void *arg)
{
	const struct plugged	*p = arg;
	char			*copy = xstrdup(port), *rest = copy, *word;
	bool			 is = strchr(port, '=') != NULL;

	while ((word = strsep(&rest, " \t")) != NULL) {
		if (strncmp(word, "vendor=", 7) == 0)
			is &= strncasecmp(word + 7, p->id, 4) == 0;
		else if (strncmp(word, "product=", 8) == 0)
			is &= strcasecmp(word + 8, p->id + 5) == 0;
		else if (strncmp(word, "serial=", 7) == 0)
			is &= p->serial != NULL && strcmp(word + 7, p->serial) == 0;
		else if (strncmp(word, "path=", 5) == 0)
			is &= strcmp(word + 5, p->path) == 0;
		else
			is &= *word == '\0';
	}
	free(copy);
	return is;
}

/* Those of the configuration are left alone, and count as found. */
static void
leave_configured(struct plugs *p)
{
	struct conf	*conf = configured_load();
	const char	*owner;
	size_t		 i;

	for (i = 0; i < p->n; i++)
		if ((owner = configured_owner(conf, is_port, &p->at[i])) != NULL) {
			fprintf(stderr, "busbarctl: %s (%s): device %s of the configuration has it\n", p->at[i].path,
			    p->at[i].id, owner);
			p->at[i].answered = true;
		}
	conf_free(conf);
}

/* -- asking --------------------------------------------------------------------------------- */

/* By its serial number, wherever it is plugged in; else by the place. */
static char *
port_of(const struct plugged *p)
{
	return p->serial != NULL ? xasprintf("vendor=%.4s product=%.4s serial=%s", p->id, p->id + 5, p->serial) :
	    xasprintf("vendor=%.4s product=%.4s path=%s", p->id, p->id + 5, p->path);
}

static void
add_section(struct scan_list *list, const char *driver, const struct plugged *p)
{
	char	*name = xasprintf("usb-%.28s", p->path), *port = port_of(p);

	scan_list_add(list, name, driver, port, NULL, 0, NULL);
	free(name);
	free(port);
}

static char *
ask_with(const char *driver, struct plugs *p, size_t *found)
{
	struct scan_list	 list = { .slow = true };
	struct buf		 ids = { 0 };
	size_t			*which = xcalloc(p->n + 1, sizeof(*which)), i;
	char			*reason;

	ids_of(driver, &ids);
	for (i = 0; i < p->n; i++)
		if (!p->at[i].answered && is_candidate(&p->at[i], driver, buf_text(&ids))) {
			which[list.n] = i;
			add_section(&list, driver, &p->at[i]);
		}
	reason = list.n > 0 ? scan_list_look(&list) : NULL;
	for (i = 0; i < list.n; i++)
		p->at[which[i]].answered = list.at[i].found;
	*found += list.found;
	scan_list_free(&list);
	buf_free(&ids);
	free(which);
	return reason;
}

char *
scan_usb(void)
{
	static const char *const	 askers[] = { "usbhid", "megatec" };
	struct plugs			 p = { 0 };
	struct scan_list		 all = { 0 };
	char				*reason = NULL;
	size_t				 i;

	list_devices(&p);
	leave_configured(&p);
	for (i = 0; i < nitems(askers) && reason == NULL; i++)
		reason = ask_with(askers[i], &p, &all.found);
	forget_devices(&p);
	return scan_verdict(reason, &all);
}
