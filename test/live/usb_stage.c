/*
 * usb_stage DEVICE[,DEVICE...] COMMANDS -- PROGRAM [ARG...]
 *
 * Runs a program that uses libusb on emulated HID devices: a testbed of
 * umockdev holds sysfs and the device nodes, and this answers the ioctls of
 * usbdevfs.  DEVICE is a file of lines
 *
 *	vid HEX   pid HEX   maker TEXT   model TEXT   serial TEXT   text N TEXT
 *	desc HEX...   (of the report descriptor)   feature ID HEX...   (with the id)
 *	absent   (not plugged in at first)
 *	reply LINE TEXT...   (the device is a bridge: output reports are a line up to its CR, and interrupts the reply)
 *
 * and COMMANDS a FIFO to be made, of lines
 *
 *	dev N			the following are about the device N, from 0
 *	feature ID HEX...	what a report reads from now on
 *	input HEX...		the device reports by itself
 *	plug, unplug
 *	reply LINE TEXT...	likewise, from now on; without a text there is none
 *	text N TEXT		a string is another one
 *	stall ID on|off		the report is refused
 *	hang on|off		control transfers are not answered
 *	claimed on|off		another program has the interface
 *
 * What is written to a device is told on standard output: "set N ID HEX...", or
 * of a bridge "line N LINE".
 * It runs itself again under umockdev's preload, which the program inherits.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <umockdev.h>
#include <unistd.h>

#define DEVICES_MAX	4
#define REPORT_MAX	1024
#define INPUTS_MAX	64
#define PACKET		8
#define REPLIES_MAX	32
#define ADDRESS_FIRST	2
#define ADDRESS_LAST	120
#define LATENCY		0.001	/* seconds of a control transfer */
#define PRELOAD		"libumockdev-preload.so.0"
#define HOST		"/devices/pci0000:00/0000:00:14.0/usb1"

struct report {
	int		 len;
	unsigned char	 bytes[REPORT_MAX];
};

/* One URB that the program has submitted and not taken back yet. */
struct urb {
	struct urb		*next;
	UMockdevIoctlClient	*client;
	UMockdevIoctlData	*data, *buffer;
	double			 due;
	bool			 done, interrupt;
};

struct device {
	int			 number, vid, pid;
	char			*strings[256];
	struct report		 features[256], inputs[INPUTS_MAX];
	int			 ninputs;
	struct { char line[32], text[128]; } replies[REPLIES_MAX];	/* of a bridge */
	int			 nreplies, nheard;
	char			 heard[64];
	bool			 stalled[256], hangs, claimed, absent;
	unsigned char		 descriptor[8192], raw[64];
	int			 ndescriptor, nraw;
	int			 address;	/* on the bus; another one each time that it is plugged in */
	bool			 plugged, bound;
	char			*node, *gate_path;
	int			 gate;
	UMockdevIoctlBase	*handler;
	struct urb		*urbs;
};

static struct device		*devices[DEVICES_MAX];
static int			 ndevices, next_address = ADDRESS_FIRST;
static bool			 attached[ADDRESS_LAST + 1];	/* nodes whose ioctls are answered */
static UMockdevTestbed		*testbed;
static pthread_mutex_t		 lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t		 work;

static double
now(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "usb_stage: %s: %s\n", what, why);
	exit(2);
}

/* -- URBs ----------------------------------------------------------------------------- */

static struct usbdevfs_urb *
urb_of(struct urb *u)
{
	return (struct usbdevfs_urb *)u->data->data;
}

/*
 * libusb polls the node for writing, which a file always allows: it would
 * spin.  The node is a FIFO, kept full but for when an URB can be taken.
 */
static void
set_gate(struct device *d)
{
	static char	 page[65536];
	bool		 ready = false;
	struct urb	*u;

	for (u = d->urbs; u != NULL; u = u->next)
		ready |= u->done;
	if (d->gate < 0)
		return;
	if (ready)
		while (read(d->gate, page, sizeof(page)) > 0)
			;
	else
		while (write(d->gate, page, 4096) > 0)
			;
}

static void
finish(struct device *d, struct urb *u, int status, int len)
{
	urb_of(u)->status = status;
	urb_of(u)->actual_length = len;
	u->done = true;
	set_gate(d);
}

static void
free_urb(struct urb *u)
{
	g_object_unref(u->buffer);
	g_object_unref(u->data);
	g_object_unref(u->client);
	free(u);
}

/* -- control transfers ------------------------------------------------------------------ */

static int
answer(unsigned char *to, int room, const void *from, int len, int *out)
{
	if (len > room)
		len = room;
	memcpy(to, from, (size_t)len);
	*out = len;
	return 0;
}

static int
get_string(struct device *d, int index, unsigned char *to, int room, int *out)
{
	unsigned char	 text[256] = { 4, 3, 9, 4 };
	const char	*s = d->strings[index];

	if (index == 0)
		return answer(to, room, text, 4, out);
	if (s == NULL)
		return -EPIPE;
	for (text[0] = 2; *s != '\0' && text[0] < 250; s++, text[0] = (unsigned char)(text[0] + 2)) {
		text[text[0]] = (unsigned char)*s;
		text[text[0] + 1] = 0;
	}
	return answer(to, room, text, text[0], out);
}

static int
get_descriptor(struct device *d, int type, int index, unsigned char *to, int room, int *out)
{
	switch (type) {
	case 1:
		return answer(to, room, d->raw, 18, out);
	case 2:
		return answer(to, room, d->raw + 18, d->nraw - 18, out);
	case 3:
		return get_string(d, index, to, room, out);
	case 0x22:
		return answer(to, room, d->descriptor, d->ndescriptor, out);
	default:
		return -EPIPE;
	}
}

static void
say_reply(struct device *d, const char *text)
{
	char	 reply[130];
	int	 len = snprintf(reply, sizeof(reply), "%s\r", text), at;

	for (at = 0; at < len && d->ninputs < INPUTS_MAX; at += PACKET) {
		d->inputs[d->ninputs].len = len - at < PACKET ? len - at : PACKET;
		memcpy(d->inputs[d->ninputs++].bytes, reply + at, (size_t)(len - at < PACKET ? len - at : PACKET));
	}
}

/* What it does not know comes back. */
static int
hear_line(struct device *d, const unsigned char *from, int len, int *out)
{
	const char	*text;
	int		 i;

	*out = len;
	for (i = 0; i < len && from[i] != '\r' && d->nheard < (int)sizeof(d->heard) - 1; i++)
		d->heard[d->nheard++] = (char)from[i];
	if (i == len)
		return 0;
	d->heard[d->nheard] = '\0';
	d->nheard = 0;
	printf("line %d %s\n", d->number, d->heard);
	fflush(stdout);
	text = d->heard;
	for (i = 0; i < d->nreplies; i++)
		if (strcmp(d->replies[i].line, d->heard) == 0)
			text = d->replies[i].text;
	if (*text != '\0')
		say_reply(d, text);
	return 0;
}

static int
set_report(struct device *d, int id, const unsigned char *from, int len, int *out)
{
	struct report	*r = &d->features[id];
	int		 i;

	if (r->len == 0 || d->stalled[id] || len > REPORT_MAX)
		return -EPIPE;
	memcpy(r->bytes, from, (size_t)len);
	printf("set %d %d", d->number, id);
	for (i = 0; i < len; i++)
		printf(" %02x", from[i]);
	printf("\n");
	fflush(stdout);
	*out = len;
	return 0;
}

/* What a device of the HID class does with a setup packet: 0 or the status of the URB. */
static int
control(struct device *d, const unsigned char *setup, unsigned char *data, int len, int *out)
{
	int	type = setup[0], request = setup[1], low = setup[2], high = setup[3];

	*out = 0;
	if ((type == 0x80 || type == 0x81) && request == 6)
		return get_descriptor(d, high, low, data, len, out);
	if (type == 0xa1 && request == 1)
		return d->features[low].len == 0 || d->stalled[low] ? -EPIPE :
		    answer(data, len, d->features[low].bytes, d->features[low].len, out);
	if (type == 0x21 && request == 9 && d->nreplies > 0)
		return hear_line(d, data, len, out);
	if (type == 0x21 && request == 9)
		return set_report(d, low, data, len, out);
	if (type == 0x80 && request == 8)
		return answer(data, len, "\1", 1, out);
	return (type & 0x80) == 0 ? 0 : -EPIPE;
}

static void
finish_control(struct device *d, struct urb *u)
{
	unsigned char	 setup[8];
	int		 len, room = urb_of(u)->buffer_length - 8, out, status;

	memcpy(setup, u->buffer->data, sizeof(setup));
	len = setup[6] | setup[7] << 8;
	status = control(d, setup, u->buffer->data + 8, len < room ? len : room, &out);
	finish(d, u, status, out);
}

static void
finish_interrupt(struct device *d, struct urb *u)
{
	struct report	*r = &d->inputs[0];
	int		 room = urb_of(u)->buffer_length, len = r->len < room ? r->len : room;
	bool		 babble = r->len > room;

	memcpy(u->buffer->data, r->bytes, (size_t)len);
	memmove(d->inputs, d->inputs + 1, sizeof(*d->inputs) * (size_t)--d->ninputs);
	finish(d, u, babble ? -EOVERFLOW : 0, len);
}

static void
finish_due(struct device *d)
{
	struct urb	*u;

	for (u = d->urbs; u != NULL; u = u->next) {
		if (u->done)
			continue;
		if (u->interrupt && d->ninputs > 0)
			finish_interrupt(d, u);
		else if (!u->interrupt && !d->hangs && u->due <= now())
			finish_control(d, u);
	}
}

static void *
run_urbs(void *arg)
{
	struct timespec	end;
	double		wake;
	int		i;

	pthread_mutex_lock(&lock);
	for (;;) {
		for (i = 0; i < ndevices; i++)
			finish_due(devices[i]);
		wake = now() + LATENCY;
		end.tv_sec = (time_t)wake;
		end.tv_nsec = (long)((wake - (double)end.tv_sec) * 1e9);
		pthread_cond_timedwait(&work, &lock, &end);
	}
	return NULL;
}

/* -- ioctls --------------------------------------------------------------------------------- */

struct call {
	struct device		*d;
	UMockdevIoctlClient	*client;
	UMockdevIoctlData	*arg, *data;	/* data: what arg points to, as far as it was asked for */
	bool			 gone;		/* the device that it has open */
	int			 error;
	GError			*failure;
};

static void *
pointed_to(struct call *c, size_t size)
{
	c->data = umockdev_ioctl_data_resolve(c->arg, 0, size, &c->failure);
	return c->data->data;
}

static void
submit(struct call *c)
{
	struct urb	*u, **last;

	if (c->gone) {
		c->error = ENODEV;
		return;
	}
	u = calloc(1, sizeof(*u));
	u->data = umockdev_ioctl_data_resolve(c->arg, 0, sizeof(struct usbdevfs_urb), &c->failure);
	u->buffer = umockdev_ioctl_data_resolve(u->data, offsetof(struct usbdevfs_urb, buffer),
	    (size_t)urb_of(u)->buffer_length, &c->failure);
	u->client = g_object_ref(c->client);
	u->interrupt = urb_of(u)->type == USBDEVFS_URB_TYPE_INTERRUPT;
	u->due = now() + LATENCY;
	for (last = &c->d->urbs; *last != NULL; last = &(*last)->next)
		;
	*last = u;
	pthread_cond_signal(&work);
}

static void
discard(struct call *c)
{
	gulong		 address = *(gulong *)c->arg->data;
	struct urb	*u = c->d->urbs;

	while (u != NULL && (u->client != c->client || u->data->client_addr != address || u->done))
		u = u->next;
	if (u != NULL)
		finish(c->d, u, -ENOENT, 0);
	else
		c->error = EINVAL;
}

static void
reap(struct call *c)
{
	struct urb	**at = &c->d->urbs, *u;

	while (*at != NULL && ((*at)->client != c->client || !(*at)->done))
		at = &(*at)->next;
	u = *at;
	if (u == NULL) {
		c->error = c->gone ? ENODEV : EAGAIN;
		return;
	}
	*at = u->next;
	pointed_to(c, sizeof(void *));
	umockdev_ioctl_data_set_ptr(c->data, 0, u->data);
	free_urb(u);
	set_gate(c->d);
}

static void
driver(struct call *c)
{
	struct usbdevfs_ioctl	*i = pointed_to(c, sizeof(*i));

	if (i->ioctl_code == (int)USBDEVFS_DISCONNECT && c->d->bound)
		c->d->bound = false;
	else if (i->ioctl_code == (int)USBDEVFS_CONNECT)
		c->d->bound = true;
	else
		c->error = ENODATA;
}

static void
do_ioctl(struct call *c, gulong request)
{
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES:
		*(guint32 *)pointed_to(c, 4) = USBDEVFS_CAP_BULK_CONTINUATION | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
		    USBDEVFS_CAP_REAP_AFTER_DISCONNECT | USBDEVFS_CAP_ZERO_PACKET;
		break;
	case USBDEVFS_GETDRIVER:
		if (c->d->bound)
			strcpy(((struct usbdevfs_getdriver *)pointed_to(c, sizeof(struct usbdevfs_getdriver)))->driver, "usbhid");
		else
			c->error = ENODATA;
		break;
	case USBDEVFS_IOCTL:
		driver(c);
		break;
	case USBDEVFS_DISCONNECT_CLAIM:
	case USBDEVFS_CLAIMINTERFACE:
		if (c->d->claimed || (request == USBDEVFS_CLAIMINTERFACE && c->d->bound))
			c->error = EBUSY;
		else
			c->d->bound = false;
		break;
	case USBDEVFS_RELEASEINTERFACE:
	case USBDEVFS_SETINTERFACE:
	case USBDEVFS_SETCONFIGURATION:
	case USBDEVFS_CLEAR_HALT:
	case USBDEVFS_RESET:
		break;
	case USBDEVFS_SUBMITURB:
		submit(c);
		break;
	case USBDEVFS_DISCARDURB:
		discard(c);
		break;
	case USBDEVFS_REAPURB:
	case USBDEVFS_REAPURBNDELAY:
		reap(c);
		break;
	default:
		c->error = ENOTTY;
	}
}

static gboolean
on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer arg)
{
	struct call	c = { .d = arg, .client = client, .arg = umockdev_ioctl_client_get_arg(client) };

	pthread_mutex_lock(&lock);
	c.gone = !c.d->plugged || GPOINTER_TO_INT(g_object_get_data(G_OBJECT(client), "address")) != c.d->address;
	do_ioctl(&c, umockdev_ioctl_client_get_request(client));
	pthread_mutex_unlock(&lock);
	if (c.failure != NULL)
		g_error_free(c.failure);
	if (c.data != NULL)
		g_object_unref(c.data);
	umockdev_ioctl_client_complete(client, c.error == 0 ? 0 : -1, c.error);
	return TRUE;
}

/* "client-vanished" is never emitted by umockdev 0.17; that it is no longer connected is. */
static void
on_vanished(UMockdevIoctlClient *client, GParamSpec *spec, gpointer arg)
{
	struct device	*d = arg;
	struct urb	**at, *u;

	if (umockdev_ioctl_client_get_connected(client))
		return;
	pthread_mutex_lock(&lock);
	for (at = &d->urbs; (u = *at) != NULL;) {
		if (u->client != client) {
			at = &u->next;
			continue;
		}
		*at = u->next;
		free_urb(u);
	}
	set_gate(d);
	pthread_mutex_unlock(&lock);
}

static void
on_opened(UMockdevIoctlBase *base, UMockdevIoctlClient *client, gpointer arg)
{
	struct device	*d = arg;

	g_object_set_data(G_OBJECT(client), "address", GINT_TO_POINTER(d->address));
	g_signal_connect(client, "notify::connected", G_CALLBACK(on_vanished), d);
}

/* -- plugging ------------------------------------------------------------------------------------ */

static void
add(const char *text)
{
	GError	*e = NULL;

	if (!umockdev_testbed_add_from_string(testbed, text, &e))
		die("testbed", e->message);
}

static void
append_hex(GString *s, const unsigned char *bytes, int n)
{
	int	i;

	for (i = 0; i < n; i++)
		g_string_append_printf(s, "%02X", bytes[i]);
}

static void
append_text(GString *s, const char *name, const char *text)
{
	if (text != NULL)
		g_string_append_printf(s, "A: %s=%s\\n\n", name, text);
}

static void
make_gate(struct device *d)
{
	char	*root = umockdev_testbed_get_root_dir(testbed);

	free(d->gate_path);
	if (asprintf(&d->gate_path, "%s%s", root, d->node) < 0)
		abort();
	g_free(root);
	if (mkfifo(d->gate_path, 0666) == -1)
		die(d->gate_path, strerror(errno));
	if (d->gate >= 0)
		close(d->gate);
	d->gate = open(d->gate_path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	fcntl(d->gate, F_SETPIPE_SZ, 4096);
	set_gate(d);
}

/*
 * A node stays answered after its device has gone, until its address is given
 * again: umockdev ends a program whose connection is cut within an ioctl.
 */
static void
answer_node(struct device *d)
{
	GError	*e = NULL;

	if (attached[d->address])
		umockdev_testbed_detach_ioctl(testbed, d->node, &e);
	g_clear_error(&e);
	if (!umockdev_testbed_attach_ioctl(testbed, d->node, d->handler, &e))
		die("testbed", e->message);
	attached[d->address] = true;
}

/* The node is there before the event says so, and is no regular file: hence no line "N:". */
static void
plug(struct device *d)
{
	GString	*s = g_string_new(NULL);
	int	 port = d->number + 1;

	pthread_mutex_lock(&lock);
	d->address = next_address++;
	if (next_address > ADDRESS_LAST)
		next_address = ADDRESS_FIRST;
	d->bound = d->plugged = true;
	pthread_mutex_unlock(&lock);
	free(d->node);
	if (asprintf(&d->node, "/dev/bus/usb/001/%03d", d->address) < 0)
		abort();
	g_string_printf(s, "P: " HOST "/1-%d\nE: DEVNAME=%s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: BUSNUM=001\n"
	    "E: DEVNUM=%03d\nE: MAJOR=189\nE: MINOR=%d\nE: PRODUCT=%x/%x/100\nE: TYPE=0/0/0\nA: dev=189:%d\\n\n"
	    "A: busnum=1\\n\nA: devnum=%d\\n\nA: devpath=%d\\n\nA: speed=1.5\\n\nA: bConfigurationValue=1\\n\n"
	    "A: bNumConfigurations=1\\n\nA: bNumInterfaces= 1\\n\nA: idVendor=%04x\\n\nA: idProduct=%04x\\n\n"
	    "A: bcdDevice=0100\\n\nA: bDeviceClass=00\\n\n", port, d->node, d->address, d->address - 1,
	    (unsigned)d->vid, (unsigned)d->pid, d->address - 1, d->address, port, (unsigned)d->vid, (unsigned)d->pid);
	append_text(s, "manufacturer", d->strings[1]);
	append_text(s, "product", d->strings[2]);
	append_text(s, "serial", d->strings[3]);
	g_string_append(s, "H: descriptors=");
	append_hex(s, d->raw, d->nraw);
	g_string_append_printf(s, "\n\nP: " HOST "/1-%d/1-%d:1.0\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\n"
	    "E: DRIVER=usbhid\nA: bInterfaceNumber=00\\n\nA: bInterfaceClass=03\\n\n\n", port, port);
	answer_node(d);
	pthread_mutex_lock(&lock);
	make_gate(d);
	pthread_mutex_unlock(&lock);
	add(s->str);
	g_string_free(s, TRUE);
}

/* The interface goes first: umockdev leaves a child's link behind, over which it would stumble later. */
static void
unplug(struct device *d)
{
	char		 path[128], interface[160];
	struct urb	*u;

	pthread_mutex_lock(&lock);
	d->plugged = false;
	d->ninputs = 0;
	for (u = d->urbs; u != NULL; u = u->next)
		if (!u->done)
			finish(d, u, -ESHUTDOWN, 0);
	pthread_mutex_unlock(&lock);
	snprintf(path, sizeof(path), "/sys" HOST "/1-%d", d->number + 1);
	snprintf(interface, sizeof(interface), "%s/1-%d:1.0", path, d->number + 1);
	umockdev_testbed_uevent(testbed, interface, "remove");
	umockdev_testbed_uevent(testbed, path, "remove");
	umockdev_testbed_remove_device(testbed, interface);
	umockdev_testbed_remove_device(testbed, path);
	unlink(d->gate_path);
}

/* -- device files and commands ------------------------------------------------------------------- */

static int
read_hex(const char *text, unsigned char *bytes, int room)
{
	unsigned	byte;
	int		n = 0, used;

	for (; n < room && sscanf(text, " %2x%n", &byte, &used) == 1; text += used)
		bytes[n++] = (unsigned char)byte;
	return n;
}

static void
set_feature(struct device *d, const char *text)
{
	unsigned	id;
	int		used;

	if (sscanf(text, "%x%n", &id, &used) == 1 && id < 256)
		d->features[id].len = read_hex(text + used, d->features[id].bytes, REPORT_MAX);
}

static void
set_reply(struct device *d, const char *rest)
{
	char	 line[32] = "";
	int	 used = 0, i;

	if (sscanf(rest, "%31s %n", line, &used) < 1)
		return;
	for (i = 0; i < d->nreplies && strcmp(d->replies[i].line, line) != 0; i++)
		;
	if (i == REPLIES_MAX)
		return;
	d->nreplies = i == d->nreplies ? i + 1 : d->nreplies;
	snprintf(d->replies[i].line, sizeof(d->replies[i].line), "%s", line);
	snprintf(d->replies[i].text, sizeof(d->replies[i].text), "%s", used > 0 ? rest + used : "");
}

static void
set_text(struct device *d, const char *rest)
{
	unsigned	n;
	int		used = 0;

	if (sscanf(rest, "%u %n", &n, &used) < 1 || used == 0 || n > 255)
		return;
	free(d->strings[n]);
	d->strings[n] = strdup(rest + used);
}

static void
load_line(struct device *d, char *line)
{
	static const char *const names[] = { "maker ", "model ", "serial " };
	unsigned		 n;
	int			 i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < 3; i++)
		if (strncmp(line, names[i], strlen(names[i])) == 0)
			d->strings[i + 1] = strdup(line + strlen(names[i]));
	if (sscanf(line, "vid %x", &n) == 1)
		d->vid = (int)n;
	else if (sscanf(line, "pid %x", &n) == 1)
		d->pid = (int)n;
	else if (strncmp(line, "text ", 5) == 0)
		set_text(d, line + 5);
	else if (strncmp(line, "reply ", 6) == 0)
		set_reply(d, line + 6);
	else if (strncmp(line, "desc ", 5) == 0)
		d->ndescriptor += read_hex(line + 5, d->descriptor + d->ndescriptor,
		    (int)sizeof(d->descriptor) - d->ndescriptor);
	else if (strncmp(line, "feature ", 8) == 0)
		set_feature(d, line + 8);
	else if (strcmp(line, "absent") == 0)
		d->absent = true;
}

/* Device, configuration, interface, HID and endpoint descriptors (USB 2.0, 9.6; HID 1.11, 6.2.1). */
static void
make_raw(struct device *d)
{
	const unsigned char	raw[] = {
		18, 1, 0x10, 1, 0, 0, 0, PACKET, (unsigned char)d->vid, (unsigned char)(d->vid >> 8),
		(unsigned char)d->pid, (unsigned char)(d->pid >> 8), 0, 1, d->strings[1] != NULL ? 1 : 0,
		d->strings[2] != NULL ? 2 : 0, d->strings[3] != NULL ? 3 : 0, 1,
		9, 2, 34, 0, 1, 1, 0, 0xa0, 50,
		9, 4, 0, 0, 1, 3, 0, 0, 0,
		9, 0x21, 0x11, 1, 0x21, 1, 0x22, (unsigned char)d->ndescriptor, (unsigned char)(d->ndescriptor >> 8),
		7, 5, 0x81, 3, PACKET, 0, 10,
	};

	memcpy(d->raw, raw, sizeof(raw));
	d->nraw = sizeof(raw);
}

static void
load(const char *path)
{
	struct device	*d = calloc(1, sizeof(*d));
	FILE		*f = fopen(path, "r");
	char		*line = NULL;
	size_t		 room = 0;

	if (f == NULL)
		die(path, strerror(errno));
	d->number = ndevices;
	d->gate = -1;
	while (getline(&line, &room, f) > 0)
		load_line(d, line);
	free(line);
	fclose(f);
	make_raw(d);
	d->handler = umockdev_ioctl_base_new();
	g_signal_connect(d->handler, "handle-ioctl", G_CALLBACK(on_ioctl), d);
	g_signal_connect(d->handler, "client-connected", G_CALLBACK(on_opened), d);
	devices[ndevices++] = d;
}

static bool
is_on(const char *line)
{
	return strstr(line, " on") != NULL;
}

static void
change(struct device *d, const char *line)
{
	unsigned	id;

	if (strncmp(line, "feature ", 8) == 0)
		set_feature(d, line + 8);
	else if (strncmp(line, "input ", 6) == 0 && d->ninputs < INPUTS_MAX) {
		d->inputs[d->ninputs].len = read_hex(line + 6, d->inputs[d->ninputs].bytes, REPORT_MAX);
		d->ninputs++;
	} else if (sscanf(line, "stall %x", &id) == 1 && id < 256)
		d->stalled[id] = is_on(line);
	else if (strncmp(line, "text ", 5) == 0)
		set_text(d, line + 5);
	else if (strncmp(line, "reply ", 6) == 0)
		set_reply(d, line + 6);
	else if (strncmp(line, "hang ", 5) == 0)
		d->hangs = is_on(line);
	else if (strncmp(line, "claimed ", 8) == 0)
		d->claimed = is_on(line);
	pthread_cond_signal(&work);
}

static void
command(struct device **current, char *line)
{
	int	n;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "dev %d", &n) == 1 && n >= 0 && n < ndevices)
		*current = devices[n];
	else if (strcmp(line, "plug") == 0 && !(*current)->plugged)
		plug(*current);
	else if (strcmp(line, "unplug") == 0 && (*current)->plugged)
		unplug(*current);
	else {
		pthread_mutex_lock(&lock);
		change(*current, line);
		pthread_mutex_unlock(&lock);
	}
}

static void *
run_commands(void *arg)
{
	struct device	*current = devices[0];
	char		*line = NULL;
	size_t		 room = 0;

	while (getline(&line, &room, arg) > 0)
		command(&current, line);
	free(line);
	return NULL;
}

/* -- the stage ---------------------------------------------------------------------------------------- */

static void
run_under_preload(char **argv)
{
	const char	*before = getenv("LD_PRELOAD");
	char		*preload;

	if (before != NULL && strstr(before, "umockdev-preload") != NULL)
		return;
	if (asprintf(&preload, "%s%s" PRELOAD, before == NULL ? "" : before, before == NULL ? "" : ":") < 0)
		abort();
	setenv("LD_PRELOAD", preload, 1);
	execv("/proc/self/exe", argv);
	die(argv[0], strerror(errno));
}

static void
make_root_hub(void)
{
	add("P: " HOST "\nN: bus/usb/001/001\nE: DEVNAME=/dev/bus/usb/001/001\nE: SUBSYSTEM=usb\n"
	    "E: DEVTYPE=usb_device\nE: BUSNUM=001\nE: DEVNUM=001\nE: MAJOR=189\nE: MINOR=0\nE: DRIVER=usb\n"
	    "A: dev=189:0\\n\nA: busnum=1\\n\nA: devnum=1\\n\nA: speed=480\\n\nA: bConfigurationValue=1\\n\n"
	    "A: bDeviceClass=09\\n\nA: idVendor=1d6b\\n\nA: idProduct=0002\\n\nH: descriptors="
	    "12010002090000406B1D020001060302010109021900010100E0000904000001090000000705810304000C\n\n");
}

static void
start_threads(const char *commands)
{
	pthread_condattr_t	 monotonic;
	pthread_t		 thread;
	FILE			*f = NULL;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&work, &monotonic);
	if (mkfifo(commands, 0600) == -1 || (f = fopen(commands, "r+")) == NULL)
		die(commands, strerror(errno));
	pthread_create(&thread, NULL, run_urbs, NULL);
	pthread_create(&thread, NULL, run_commands, f);
}

static pid_t	program;

/* Who ends the stage ends the program first: it would lose the answers to its ioctls, and abort. */
static void
on_term(int signo)
{
	if (program > 0)
		kill(program, signo);
}

int
main(int argc, char **argv)
{
	char	*files, *file, *rest;
	int	 status, i;

	if (argc < 5 || strcmp(argv[3], "--") != 0)
		die("usage", "usb_stage DEVICE[,DEVICE...] COMMANDS -- PROGRAM [ARG...]");
	run_under_preload(argv);
	testbed = umockdev_testbed_new();
	make_root_hub();
	files = strdup(argv[1]);
	for (file = strtok_r(files, ",", &rest); file != NULL && ndevices < DEVICES_MAX; file = strtok_r(NULL, ",", &rest))
		load(file);
	for (i = 0; i < ndevices; i++)
		if (!devices[i]->absent)
			plug(devices[i]);
	signal(SIGTERM, on_term);
	signal(SIGHUP, on_term);
	program = fork();
	if (program == 0) {
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		execvp(argv[4], argv + 4);
		_exit(127);
	}
	start_threads(argv[2]);
	while (waitpid(program, &status, 0) == -1 && errno == EINTR)
		;
	g_object_unref(testbed);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
