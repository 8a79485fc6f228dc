#ifndef DRIVERS_MEGATEC_TRANSPORT_H
#define DRIVERS_MEGATEC_TRANSPORT_H

#include "core/driver.h"

/*
 * The ways in which USB bridges carry lines of text, as a table: what transfers
 * a command is, and what of their answers is its reply (drivers/megatec/tunnel.c).
 * Source: what is known of the bridges that sell under these names.
 */
enum transport_writing {
	WRITE_PIECES,		/* SET_REPORT, each of size bytes, zeros behind the last */
	WRITE_COUNTED,		/* likewise, the first byte is how many of the others count */
	WRITE_STRING,		/* nothing: the command is the index of the string that is read */
	WRITE_FUJI,		/* one interrupt of eight bytes */
	WRITE_VENDOR,		/* one control transfer of the vendor's */
	WRITE_REPORT,		/* one SET_REPORT of size bytes with a head of three */
	WRITE_ARMAC
};

enum transport_reading {
	READ_PACKETS,		/* interrupts of rsize bytes until there is a CR */
	READ_ONE,		/* one interrupt of rsize bytes */
	READ_COUNTED,		/* interrupts; the first byte is how many of the others count */
	READ_STRING,
	READ_REPORT,		/* GET_REPORT of rsize bytes */
	READ_ARMAC
};

enum transport_preparing {
	PREPARE_NOTHING,
	PREPARE_DRAIN,		/* interrupts are read until there is none */
	PREPARE_THROW_AWAY,	/* one is */
	PREPARE_LANGUAGE,	/* of strings, once */
	PREPARE_LOCK		/* Hunnox: strings in a certain order */
};

/* A command that is the index of a string. */
struct transport_index {
	const char	*line;
	uint8_t		 index;
	char		 first;		/* of the reply; 0: as it is */
};

struct transport {
	const char		*name;
	enum transport_preparing		 prepare;
	enum transport_writing		 write;
	unsigned		 size;
	uint16_t		 value;
	unsigned		 write_ms;
	enum transport_reading		 read;
	unsigned		 rsize;
	const struct transport_index	*indexes;	/* ends with a NULL line */
	bool			 delays;	/* S and its delays are an index too */
	bool			 no_ack;	/* a string that says so is an empty reply; else it is asked again */
	unsigned		 tries;
};

const struct transport	*transport_find(const char *name);	/* NULL: there is none */
const struct transport	*transport_next(const struct transport *);	/* NULL starts, and ends */
/*
 * Whether it can carry the command, which is without its CR; len counts that.
 * It may be cut to what the bridge can; *index is written where commands are such.
 */
bool	transport_takes(const struct transport *, char *line, size_t len, struct transport_index *index);

#endif
