#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "ctl/import-device.h"

/*
 * NUT's drivers of USB and serial UPSes that busbar's own stand in for. What
 * is set in a way that ours do not know leaves the device to NUT's driver: it
 * must not become another one.
 */

static const char *
setting(const struct device *d, const char *name)
{
	const char	*value = nut_value(d->section, name);

	return value != NULL && *value != '\0' ? value : NULL;
}

static bool
has_any(const struct device *d, const char *const *names)
{
	for (; *names != NULL; names++)
		if (nut_value(d->section, *names) != NULL)
			return true;
	return false;
}

static bool
is_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

/* -- where it is ---------------------------------------------------------------------- */

static bool
is_id(const char *text)
{
	return text == NULL || (strlen(text) == 4 && strspn(text, "0123456789abcdefABCDEF") == 4);
}

/* They may be patterns there; ours are told by numbers and the whole serial number. */
static bool
can_usb(const struct device *d)
{
	static const char *const	 patterns[] = { "vendor", "product", "bus", "busport", "device", NULL };

	return strcmp(d->port, "auto") == 0 && !has_any(d, patterns) && is_id(setting(d, "vendorid")) &&
	    is_id(setting(d, "productid")) && (setting(d, "serial") == NULL || import_consists(setting(d, "serial"), IMPORT_WORD));
}

static bool
can_serial(const struct device *d)
{
	return *d->port == '/';
}

static void
print_usb_port(struct device *d)
{
	static const struct word	 parts[] = { { "vendorid", "vendor" }, { "productid", "product" }, { "serial", "serial" } };
	struct buf			 port = { 0 };
	size_t				 i;

	for (i = 0; i < nitems(parts); i++)
		if (setting(d, parts[i].theirs) != NULL)
			buf_printf(&port, "%s%s=%s", port.len == 0 ? "" : " ", parts[i].ours, setting(d, parts[i].theirs));
	device_text(d, "port", port.len == 0 ? "auto" : buf_text(&port));
	buf_free(&port);
}

static void
print(struct device *d, const char *driver, const char *profile, const struct option_row *options)
{
	buf_printf(&d->im->out, "    driver = %s\n", driver);
	if (can_usb(d))
		print_usb_port(d);
	else
		device_text(d, "port", d->port);
	if (profile != NULL)
		device_text(d, "profile", profile);
	device_map(d, options);
	device_end(d);
}

#define USB_ROWS { "vendorid", NULL, NULL }, { "productid", NULL, NULL }, { "serial", NULL, NULL }

/* -- HID -------------------------------------------------------------------------------- */

static const struct option_row	hid_options[] = { USB_ROWS, { NULL, NULL, NULL } };

static void
print_usbhid(struct device *d)
{
	print(d, "usbhid", NULL, hid_options);
}

static void
print_shut(struct device *d)
{
	print(d, "shut", NULL, NULL);
}

/* -- APC's smart protocol ------------------------------------------------------------------ */

static const struct option_row	smart_options[] = {
	{ "cable", "cable", NULL }, { "sdtype", "sdtype", NULL }, { "awd", "awd", NULL }, { "cshdelay", "cshdelay", NULL },
	{ "ttymode", NULL, NULL }, { NULL, NULL, NULL }
};

static bool
can_smart(const struct device *d)
{
	static const char *const	 cables[] = { "940-0024C", "940-0095B", NULL };
	static const char *const	 types[] = { "0", "1", "4", "5", NULL };
	static const char *const	 orders[] = { "advorder", NULL };
	const char			*cable = setting(d, "cable"), *type = setting(d, "sdtype"), *digits = setting(d, "awd"),
					*delay = setting(d, "cshdelay");

	return can_serial(d) && !has_any(d, orders) && (cable == NULL || is_one_of(cable, cables)) &&
	    (type == NULL || is_one_of(type, types)) &&
	    (digits == NULL || (import_consists(digits, "0123456789") && strlen(digits) <= 3)) &&
	    (delay == NULL || (isdigit((unsigned char)*delay) && (delay[1] == '\0' ||
	    (delay[1] == '.' && isdigit((unsigned char)delay[2]) && delay[3] == '\0'))));
}

static void
print_smart(struct device *d)
{
	print(d, "apcsmart", NULL, smart_options);
}

/* -- Megatec ----------------------------------------------------------------------------------- */

static const struct option_row	qx_options[] = {
	USB_ROWS, { "protocol", NULL, NULL }, { "subdriver", "subdriver", NULL }, { "langid_fix", "langid_fix", NULL },
	{ "cablepower", "cablepower", NULL }, { NULL, NULL, NULL }
};

static const char *const	profiles[] = {
	"ablerex", "bestups", "gtec", "hunnox", "innovart31", "innovart33", "innovatae", "masterguard", "mecer", "megatec",
	"mustek", "omron", "q1", "q2", "q6", "voltronic", "voltronic-qs", "voltronic-qs-hex", "zinto", NULL
};
static const char *const	bridges[] = {
	"ablerex", "armac", "cypress", "fabula", "fuji", "gtec", "hunnox", "ippon", "krauler", "omron", "phoenix",
	"phoenixtec", "sgs", "snr", NULL
};

static bool
can_qx(const struct device *d)
{
	const char	*protocol = setting(d, "protocol"), *bridge = setting(d, "subdriver");

	return (can_usb(d) || can_serial(d)) && (protocol == NULL || is_one_of(protocol, profiles)) &&
	    (bridge == NULL || is_one_of(bridge, bridges));
}

static void
print_qx(struct device *d)
{
	print(d, "megatec", setting(d, "protocol"), qx_options);
}

/* -- contact closure -------------------------------------------------------------------------------- */

static const struct option_row	contact_options[] = {
	{ "upstype", NULL, NULL }, { "mfr", NULL, NULL }, { "model", NULL, NULL }, { NULL, NULL, NULL }
};

/* Other wires than the cable's are a cable of one's own. */
static bool
can_contact(const struct device *d)
{
	static const char *const	 wires[] = { "CP", "OL", "LB", "SD", "BYPASS", "RB", NULL };
	const char			*type = setting(d, "upstype");

	return can_serial(d) && !has_any(d, wires) && type != NULL && strlen(type) <= 2 &&
	    import_consists(type, "0123456789") && atoi(type) <= 23;
}

static void
print_contact(struct device *d)
{
	print(d, "contact", setting(d, "upstype"), contact_options);
}

const struct driver_row	import_ports[] = {
	{ "usbhid-ups", print_usbhid, hid_options, can_usb },
	{ "mge-shut", print_shut, NULL, can_serial },
	{ "apcsmart", print_smart, smart_options, can_smart },
	{ "nutdrv_qx", print_qx, qx_options, can_qx },
	{ "blazer_usb", print_qx, qx_options, can_qx },
	{ "blazer_ser", print_qx, qx_options, can_qx },
	{ "genericups", print_contact, contact_options, can_contact },
	{ NULL, NULL, NULL, NULL }
};
