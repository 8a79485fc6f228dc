#ifndef CORE_UNIT_H
#define CORE_UNIT_H

#include "core/driver.h"
#include "core/events.h"
#include "core/groups.h"
#include "core/indexes.h"
#include "core/kept.h"
#include "core/loop.h"
#include "core/update.h"
#include "core/settings.h"

/*
 * The driver host: everything that is the same for all drivers.  Opens the
 * wire, starts, polls quickly and fully, times out, backs off with jitter,
 * marks a device stale, queues commands, applies override and default, and
 * publishes each round as one snapshot.
 */
struct host;			/* all units of one process */

/* A backend for one kind of wire, from bus/. */
struct wire_backend {
	enum wire	 wire;
	const char	*name;
	const char	*role;	/* which hosts the units of this wire, since it may wait in the kernel; NULL: the engine */
	/* Whether it is a port of this wire by its form; NULL: any that no other takes. */
	bool		 (*means)(const char *port);
	/*
	 * Begins to open.  changed() may be called at any later time, never from
	 * within open: with up when the wire can be used, without it (and a reason)
	 * when it cannot be or no longer; with up while it is up already when its
	 * content changed (WIRE_FILE), which wakes the driver.  The backend itself
	 * goes on trying until it is closed.  The settings are lent for the call.
	 * Returns the backend's handle, which for WIRE_SNMP is a struct peer, for
	 * WIRE_STREAM and WIRE_SERIAL a struct stream, for WIRE_FILE a struct file,
	 * for WIRE_HID a struct hid and for WIRE_USB a struct usb, or NULL with *why malloc'd when the port or the
	 * options make no sense.
	 */
	void	*(*open)(struct loop *, const struct device_settings *,
		    const struct driver *, void (*changed)(void *arg, bool up, const char *why),
		    void *arg, char **why);
	/* NULL, or what is wrong with the port or the options, malloc'd; opens and asks nothing.  May be NULL. */
	char	*(*check)(const struct device_settings *, const struct driver *);
	void	 (*forget)(void *handle);	/* drops what was asked, without a callback; NULL: no callbacks at all */
	void	 (*close)(void *handle);
	/* WIRE_SERIAL: how the driver wants the line; called once, right after open. */
	void	 (*line)(void *handle, const struct serial_line *);
};

/* Whether the driver has units on this wire. */
bool	driver_speaks_on(const struct driver *, enum wire);

/* Both lists end with NULL and outlive the host. */
struct host	*host_new(struct loop *, struct model *, const struct driver *const *,
		    const struct wire_backend *const *);
void		 host_free(struct host *);
/* Where devices get their numbers from; borrowed.  Without it they have none. */
void		 host_number(struct host *, struct indexes *);
/* Where REQUEST_KEEP keeps remarks; borrowed.  Without it none can be kept. */
void		 host_keep(struct host *, struct kept *);
/* Where commands, and what became of them, are told; borrowed. */
void		 host_events(struct host *, struct events *);
/* Whether it is a device of the configuration, not one that its source names. */
bool		 host_owns(void *host, const struct device *);
/*
 * Reads FOLDER/DRIVER/x.conf for every driver that learns, of all folders
 * (NULL-ended); of two files of one name the later folder's counts.  False
 * with the errors told.  Once, before host_apply().
 */
bool		 host_learn(struct host *, const char *const *folders, struct conf_errors *);
/*
 * Finds what only the wires and the drivers know to be a mistake: ports,
 * options, names of profiles.  Nothing is opened.  False with the errors told.
 */
bool		 host_check(struct host *, const struct settings *, struct conf_errors *);
/*
 * Starts, stops and restarts units so that they are those of the settings;
 * what did not change goes on.  The settings are borrowed until the next call
 * or host_free().
 */
void		 host_apply(struct host *, const struct settings *);
void		 host_ask(struct device *, const struct ask *, struct pending *, void *host);

/* "requests.denied 3\n" and so on: what was refused, whoever asked, by why. */
void		 host_put_refusals(const struct host *, struct buf *);
struct groups	*host_groups(struct host *);		/* core/groups.h */

/*
 * Units of a wire that may wait in the kernel run in a role (struct
 * wire_backend, role), in a host of its own with a model of its own.  That one
 * is bare: it shows what the drivers say, and adds nothing.
 */
void		 host_bare(struct host *);		/* in the role, before host_apply() */
/*
 * In the engine, before host_apply(): the role's units are taken from this
 * model, which is a mirror of the role's; both names are borrowed and outlive
 * the host.
 */
void		 host_carry(struct host *, const char *role, struct model *);
void		 host_carrier_state(struct host *, const char *role, const char *why);	/* NULL: it is there */
/* The sections of the devices that the role has, secrets filled in; malloc'd, NULL: there are none. */
char		*host_text_for(const struct host *, const struct settings *, const char *role);

/* For busbarctl: how a device's link does, one line, borrowed until the next call. */
/* Why the unit of that section cannot poll just now, borrowed until the next turn; NULL: nothing is in the way. */
const char	*host_why(const struct host *, const char *section);
const char	*host_link_text(struct host *, const struct device *);

#endif
