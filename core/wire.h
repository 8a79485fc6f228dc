#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/model.h"		/* enum result */
#include "core/oid.h"

/*
 * The wires, as drivers see them.  A driver asks; the answer comes through its
 * callback exactly once.  Nothing here blocks, and nothing calls back before
 * the asking function has returned.  When the unit stops, its wire forgets
 * what it was asked, and no callback comes any more.
 */

/* -- SNMP: varbinds ------------------------------------------------------- */

struct peer;

enum varbind_type {
	VB_ABSENT,		/* noSuchObject, noSuchInstance, endOfMibView, v1 noSuchName, NULL */
	VB_INTEGER,		/* INTEGER, Integer32 */
	VB_UNSIGNED,		/* Counter32, Gauge32, Unsigned32, Counter64 */
	VB_TIMETICKS,		/* 1/100 s */
	VB_OCTETS,
	VB_ADDRESS,		/* IpAddress, 4 bytes */
	VB_OID
};

struct varbind {
	struct oid		 oid;
	enum varbind_type	 type;
	int64_t			 number;	/* the three numbers; a Counter64 above its range saturates */
	const uint8_t		*bytes;		/* VB_OCTETS, VB_ADDRESS; a NUL follows */
	size_t			 len;
	struct oid		 ref;		/* VB_OID */
};

/*
 * R_DONE with one varbind per OID asked for, in that order, those that are not
 * there as VB_ABSENT: one missing object never spoils the others.  R_TIMEOUT
 * after all retries, R_FAILED when the agent refuses altogether (wrong user or
 * key, unusable answers); detail says which, for the log.  The varbinds are
 * borrowed for the call.
 */
typedef void peer_fn(void *arg, enum result, const char *detail,
	    const struct varbind *, size_t n);

/* Any number of OIDs: split into as few messages as the agent's size allows; tooBig halves it. */
void	peer_get(struct peer *, const struct oid *, size_t n, peer_fn *, void *arg);

/*
 * All instances below root, in order, by GETBULK (v1: GETNEXT), at most limit
 * of them (0: 100,000).  An agent whose answers do not increase ends the walk
 * with what came until then; an instance without a value (NULL) is left out.
 */
void	peer_walk(struct peer *, struct oid root, size_t limit, peer_fn *, void *arg);

/*
 * Several columns side by side: all roots advance together, so that a table
 * of n rows costs about n / repetitions messages.  The varbinds come row by
 * row as the agent gave them, each still below one of the roots.
 */
void	peer_walk_columns(struct peer *, const struct oid *roots, size_t n, size_t limit,
	    peer_fn *, void *arg);

/*
 * VB_INTEGER, VB_UNSIGNED (as Gauge32), VB_TIMETICKS, VB_OCTETS, VB_OID; at
 * most 40.  The answer shows what was taken.  Sent once and never repeated: a
 * command whose answer got lost may have been done.  R_READONLY and R_INVALID
 * where the agent says so.
 */
void	peer_set(struct peer *, const struct varbind *, size_t n, peer_fn *, void *arg);

/* -- bytes: a TCP connection, a serial line ----------------------------------- */

struct stream;

/* How long is the message at the start of the bytes?  0: more are needed to know; -1: drop one, it begins later. */
typedef ssize_t frame_fn(const uint8_t *, size_t);
ssize_t	frame_lf(const uint8_t *, size_t);	/* up to and with the next LF */

#define STREAM_SEND_MAX		4096	/* bytes of one exchange */
#define STREAM_FRAME_MAX	16384	/* a message that has no end by then is an answer of R_FAILED */

/*
 * R_DONE with one message, which is the callee's to cut up during the call; a
 * NUL follows it.  True: the answer goes on with another message.  R_TIMEOUT
 * or R_FAILED end the exchange, whatever is returned.
 */
typedef bool answer_fn(void *arg, enum result, char *message, size_t len);

struct exchange {
	const void	*send;		/* copied; NULL: only waits */
	size_t		 len;
	frame_fn	*frame;		/* NULL: no answer follows, and none is told */
	unsigned	 pause_ms;	/* of rest before it is sent */
	unsigned	 timeout_ms;	/* for each message of the answer */
	bool		 early;		/* sent while others still wait: the peer answers in order */
	answer_fn	*done;
	void		*arg;
};

/* Exchanges run in order, one at a time but for those that are early. */
void	stream_ask(struct stream *, const struct exchange *);
/*
 * In its turn like an exchange: from there on all bytes go through TLS.  R_DONE,
 * or R_FAILED with a message that says why.  For a driver with the option "ca",
 * the server's certificate must be from there and for the host of the port.
 */
void	stream_secure(struct stream *, unsigned timeout_ms, answer_fn *done, void *arg);
/* Messages that no exchange waits for; without a listener they are dropped. */
void	stream_listen(struct stream *, frame_fn *, answer_fn *, void *arg);
/*
 * What comes makes no sense, or nothing comes: forgets all exchanges, and in a
 * later turn the wire goes down and is made anew.
 */
void	stream_drop(struct stream *, const char *why);

/* -- a serial line: a stream that has wires besides ------------------------------ */

enum serial_wire {
	SERIAL_DTR = 1, SERIAL_RTS = 2,		/* ours; both are set in one step */
	SERIAL_CTS = 4, SERIAL_DSR = 8, SERIAL_DCD = 16, SERIAL_RI = 32		/* the device's */
};

struct serial_line {
	unsigned	 speed;		/* baud */
	unsigned	 bits, stop;	/* 5 to 8, 1 or 2 */
	char		 parity;	/* 'N', 'E' or 'O' */
	bool		 xonxoff;
	unsigned	 raised;	/* of SERIAL_DTR and SERIAL_RTS; what is not in it is down */
	bool		 needs_wires;	/* a port that has none is refused */
};

/*
 * The line opens as the driver said it (struct driver, line), and nothing but
 * these functions changes it: not a close, not a reload, not our death.  Bytes
 * that came before an exchange are not its answer: they are dropped, unless
 * somebody listens.
 */
bool	serial_format(struct stream *, const struct serial_line *);	/* all but raised; false: it cannot be so */
bool	serial_raise(struct stream *, unsigned raised);		/* as in serial_line; false: no such wires */
bool	serial_read(struct stream *, unsigned *wires);		/* all six as they are; false: likewise */
/* Told of the device's wires whenever they changed, 100 ms late at most. */
typedef void wires_fn(void *arg, unsigned wires);
void	serial_watch(struct stream *, wires_fn *, void *arg);	/* NULL: no longer */
/* Holds TX low for so long; nothing is sent meanwhile.  False: the line cannot. */
bool	serial_break(struct stream *, unsigned ms, void (*done)(void *arg), void *arg);

/* Whatever came, for a listener that cuts messages itself. */
ssize_t	frame_any(const uint8_t *, size_t);

/* -- HID: reports ---------------------------------------------------------- */

struct hid;

struct hid_identity {
	uint16_t	 vendor, product, release;	/* idVendor, idProduct, bcdDevice */
	const char	*maker, *model, *serial;	/* its strings, cut of blanks at the ends; NULL: none */
	const char	*place;		/* bus and ports as sysfs names them: "1-1.2" */
};

#define HID_REPORT_BYTES	4097	/* of one report at most, with its id */

/*
 * R_DONE with the bytes as the device gave them, with their id if it numbers
 * its reports, as few or many as came; of a string as UTF-8, with a NUL after
 * it.  R_UNKNOWN: the device has no such report or string.  R_TIMEOUT and
 * R_FAILED otherwise; detail says more.  Borrowed for the call.
 */
typedef void hid_fn(void *arg, enum result, const char *detail, const uint8_t *bytes, size_t len);

/* Both are good for as long as the wire is up. */
const struct hid_identity *hid_identity(const struct hid *);
const uint8_t	*hid_descriptor(const struct hid *, size_t *len);	/* of its reports */

/* Requests run in order, one at a time.  A report that a device does not number is 0; len counts the id. */
void	hid_get_feature(struct hid *, uint8_t report, size_t len, hid_fn *, void *arg);
/* Whole and sent once; the bytes begin with the id, if it has one.  After so many ms of rest. */
void	hid_set_feature(struct hid *, uint8_t report, const uint8_t *, size_t len, unsigned pause_ms,
	    hid_fn *, void *arg);
void	hid_get_string(struct hid *, uint8_t index, hid_fn *, void *arg);
/* Reports that the device sends by itself, of so many bytes at most; without a listener they are not asked for. */
void	hid_listen(struct hid *, size_t longest, hid_fn *, void *arg);

/* -- USB: transfers, of devices that are no HID by what they do ----------------- */

struct usb;

enum usb_kind { USB_CONTROL, USB_INTERRUPT, USB_REST };		/* a rest only waits, and ends in R_DONE */

#define USB_BYTES_MAX	HID_REPORT_BYTES	/* of one transfer */

struct usb_transfer {
	enum usb_kind	 kind;
	uint8_t		 type, request;		/* control: the setup packet (USB 2.0, 9.3); type 80 and above reads */
	uint16_t	 value, index;
	uint8_t		 endpoint;		/* interrupt: 80 and above reads */
	const void	*data;			/* what is written; copied */
	size_t		 len;			/* of that, or of what is read at most */
	unsigned	 pause_ms, timeout_ms;	/* of rest before it; of the transfer itself (0: 5000) */
};

/* Good for as long as the wire is up. */
const struct hid_identity *usb_identity(const struct usb *);
/* Of the interface: how long a packet of an interrupt's endpoint is; 0: it has no such. */
size_t	usb_packet(const struct usb *, uint8_t endpoint);

/*
 * Transfers run in order, one at a time.  As hid_fn says; R_DONE also where the
 * time was over when a part had come, R_UNKNOWN where the device stalls, which
 * is cleared.
 */
void	usb_ask(struct usb *, const struct usb_transfer *, hid_fn *, void *arg);
/* What comes makes no sense: in a later turn the device is reset, and the wire goes down and is made anew. */
void	usb_drop(struct usb *, const char *why);

/* -- a file ---------------------------------------------------------------- */

struct file;

/*
 * The content of the unit's file now, NUL-ended and borrowed until control
 * returns to the loop, or NULL with *why.  The host calls the driver's woken()
 * when it changed, was replaced, appeared or went.
 */
const char	*file_text(struct file *, size_t *len, const char **why);
uint64_t	 file_version(const struct file *);	/* another number whenever the content is another */

#endif
