#include <libusb.h>
#include <poll.h>
#include <sys/time.h>

#include "bus/usb-inside.h"

static void
on_fd(int fd, unsigned what, void *arg)
{
	struct usb	*u = arg;
	struct timeval	 none = { 0, 0 };

	libusb_handle_events_timeout_completed(u->context, &none, NULL);
}

static unsigned
wanted(short events)
{
	return ((events & POLLIN) != 0 ? IO_READ : 0) | ((events & POLLOUT) != 0 ? IO_WRITE : 0);
}

static void LIBUSB_CALL
on_fd_added(int fd, short events, void *arg)
{
	struct usb	*u = arg;
	size_t		 i;

	for (i = 0; i < USB_FDS_MAX; i++)
		if (u->fds[i] == NULL) {
			u->fd[i] = fd;
			u->fds[i] = io_new(u->loop, fd, wanted(events), on_fd, u);
			return;
		}
}

static void LIBUSB_CALL
on_fd_removed(int fd, void *arg)
{
	struct usb	*u = arg;
	size_t		 i;

	for (i = 0; i < USB_FDS_MAX; i++)
		if (u->fds[i] != NULL && u->fd[i] == fd) {
			io_free(u->fds[i]);
			u->fds[i] = NULL;
			return;
		}
}

void
usb_follow_fds(struct usb *u)
{
	const struct libusb_pollfd	**list = libusb_get_pollfds(u->context);
	size_t				  i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		on_fd_added(list[i]->fd, list[i]->events, u);
	libusb_free_pollfds(list);
	libusb_set_pollfd_notifiers(u->context, on_fd_added, on_fd_removed, u);
}

void
usb_forget_fds(struct usb *u)
{
	size_t	 i;

	libusb_set_pollfd_notifiers(u->context, NULL, NULL, NULL);
	for (i = 0; i < USB_FDS_MAX; i++)
		io_free(u->fds[i]);
}
