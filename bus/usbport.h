#ifndef BUS_USBPORT_H
#define BUS_USBPORT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Which USB device a port means: "auto" for the first known UPS that nobody
 * else has, or any of "vendor=051d product=0002 serial=X path=1-1.2".
 */
struct usbport {
	bool		 any;			/* auto */
	int		 vendor, product;	/* -1: whichever */
	char		*serial, *path;		/* NULL: whichever */
};

/* False with *why malloc'd; free what was read in any case. */
bool	usbport_read(struct usbport *, const char *text, char **why);
void	usbport_free(struct usbport *);

/* What is to be known of a device without opening it; NULL: it has none. */
struct usbnode {
	uint16_t	 vendor, product, release;
	char		*maker, *model, *serial;
	char		*path;			/* "1-1.2" */
	char		*node;			/* "/dev/bus/usb/001/004" */
};

/* Its strings as the kernel read them when it was plugged in: sysfs is asked, never the device. */
void	usbnode_read(struct usbnode *, const char *path, unsigned bus, unsigned address);
void	usbnode_free(struct usbnode *);

/* "auto", or words with =. */
bool	usbport_is(const char *port);
bool	usbport_means(const struct usbport *, const struct usbnode *);
/* Whether a profile of usbhid lists it, and one of megatec. */
bool	usbnode_known(const struct usbnode *);
bool	usbnode_tunnels(const struct usbnode *);
/* "/dev/bus/usb/001/004 (051d:0002) belongs to root and group root with mode 0664 ...": why it could not be opened; malloc'd. */
char	*usbnode_denied(const struct usbnode *);

#endif
