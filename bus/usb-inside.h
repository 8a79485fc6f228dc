#ifndef BUS_USB_INSIDE_H
#define BUS_USB_INSIDE_H

#include <sys/queue.h>

#include "bus/usbport.h"
#include "core/unit.h"

/*
 * The inside of the USB wires, shared by usb*.c and nobody else.  Transfers are
 * asynchronous; what libusb calls back only notes what came, and a later turn
 * of the loop tells the driver, which may then do whatever it likes, even close
 * the wire.  Opening and claiming may wait in the kernel, which is why a role
 * of its own hosts these units.
 */
struct libusb_context;
struct libusb_device_handle;
struct libusb_transfer;
struct usb;

#define USB_FDS_MAX	16
#define USB_SETUP	8	/* bytes of a setup packet */

/* One wire over it. */
struct usb_class {
	bool		 hid;		/* wants an interface of the HID class that has a report descriptor */
	bool		(*known)(const struct usbnode *);	/* whether a port of "auto" means it */
	void		(*opened)(struct usb *);		/* in a later turn usb_tell_up() */
	void		(*closed)(struct usb *);		/* forgets what it had of the device */
};

struct usb_ask;

struct usb_pushed {
	STAILQ_ENTRY(usb_pushed) entry;
	size_t			 len;
	uint8_t			 bytes[];
};

struct usb {
	LIST_ENTRY(usb)		 entry;
	const struct usb_class	*class;
	struct loop		*loop;
	struct usbport		 port;
	void			(*changed)(void *, bool, const char *);
	void			*arg;
	struct libusb_context	*context;
	int			 hotplug;
	bool			 plugged;	/* hotplug events come */
	struct io		*fds[USB_FDS_MAX];
	int			 fd[USB_FDS_MAX];
	struct timer		*look;		/* for the device */
	struct timer		*turn;		/* to tell the driver what came */
	struct timer		*limit;		/* of the transfer in progress */
	struct timer		*rest;		/* before the next one */
	struct timer		*listen_again;
	char			*why;		/* it is not up; NULL: it is, or nothing was looked at yet */
	unsigned		 wait_ms;	/* before a device that flaps is looked for again */
	/* the device, while it is open */
	struct libusb_device_handle *handle;
	struct usbnode		 node;
	struct hid_identity	 identity;
	uint8_t			 interface, endpoint;
	size_t			 packet;
	size_t			 declared;	/* bytes of the report descriptor */
	struct { uint8_t address; size_t packet; } endpoints[4];	/* of interrupts; 0: none */
	int64_t			 opened;
	bool			 up, lost, reset;
	const char		*lost_why;
	unsigned		 failures;
	/* transfers that were asked for */
	TAILQ_HEAD(usb_asks, usb_ask) asks;
	struct libusb_transfer	*transfer;
	bool			 asking, answered, rested;
	/* what it sends by itself */
	struct libusb_transfer	*interrupt;
	bool			 listening, stopped;
	bool			 halted;	/* by a stall, which has to be cleared */
	hid_fn			*listener;
	void			*listener_arg;
	size_t			 longest;
	STAILQ_HEAD(, usb_pushed) pushed;
	size_t			 npushed;
};

/* usb.c */
bool	usb_begin(struct usb *, const struct usb_class *, struct loop *, const struct device_settings *,
	    void (*changed)(void *, bool, const char *), void *arg, char **why);	/* zeroed before */
void	usb_end(struct usb *);
void	usb_lose(struct usb *, const char *why);	/* in a later turn it is closed and told */
void	usb_forget(struct usb *);
void	usb_tell_up(struct usb *);
char	*usb_check(const struct device_settings *, const struct driver *);

/* usb-fds.c: libusb's descriptors in our loop. */
void	usb_follow_fds(struct usb *);
void	usb_forget_fds(struct usb *);

/* usb-transfer.c: in order, one at a time. */
void	usb_submit(struct usb *, const struct usb_transfer *, hid_fn *, void *arg);
void	usb_begin_asks(struct usb *);	/* the device is open */
void	usb_forget_asks(struct usb *);	/* the one that runs goes on, without anybody to tell */
void	usb_end_asks(struct usb *);	/* the device is closed */
bool	usb_tell_answer(struct usb *);	/* true: something was told, and the wire may be gone */
bool	usb_overflowed(const struct usb *);	/* the last transfer had more bytes than were asked for */
void	usb_on_limit(void *);
void	usb_on_rested(void *);
void	usb_free_transfer(struct libusb_transfer *);

/* usb-listen.c */
void	usb_listen(struct usb *, size_t longest, hid_fn *, void *arg);
void	usb_forget_pushed(struct usb *);
bool	usb_tell_pushed(struct usb *);	/* as usb_tell_answer() */
void	usb_on_listen_again(void *);

#endif
