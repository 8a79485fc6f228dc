#ifndef TEST_UNIT_SNMP_STAGE_H
#define TEST_UNIT_SNMP_STAGE_H

#include "core/buf.h"
#include "core/driver.h"

/*
 * A stage for the snmp driver: a unit host that only remembers, and an agent
 * that is a table of objects.  Both stand in for core/unit.c and bus/, so that
 * a test sees exactly what the driver says and asks.
 */
struct stage_object {
	struct varbind	 vb;
	uint32_t	*ids;
	bool		 writable;
};

struct agent {
	/* If set, answers are made by this instead, and a walk has so many rows. */
	void			(*invent)(void *arg, struct varbind *);
	void			*invent_arg;
	size_t			 invent_rows;
	struct stage_object	*objects;	/* in the order of OIDs after agent_sort() */
	size_t			 n, room;
	enum result		 result;	/* not R_DONE: every request ends so */
	unsigned		 gets, walks, sets, asked;	/* requests; OIDs of the last get */
};

bool	agent_load(struct agent *, const char *path);		/* a .snmprec file; false: cannot be read */
bool	agent_line(struct agent *, const char *line);		/* one line of such a file; replaces */
void	agent_writable(struct agent *, const char *oid);
void	agent_sort(struct agent *);
const struct varbind *agent_find(const struct agent *, const char *oid);
void	agent_free(struct agent *);

/* -- the unit ------------------------------------------------------------------------ */

enum outcome { PENDING, READY, DONE, FAILED, RESTART };

struct stage_reading {
	enum var	 var;
	char		*text;
};

struct unit {
	const void		*knowledge;
	const struct driver	*driver;
	void			*state;
	const char		*profile;
	struct agent		*agent;
	enum outcome		 outcome;
	char			*why;		/* of FAILED */
	struct stage_reading	*readings;
	size_t			 nreadings, readings_room;
	struct buf		 status, alarms, flags, commands, settables, log;	/* words in the order given */
	const char		*type;
	char			 chained[16];	/* the suffix of the device that is spoken of; "": the unit's own */
	struct buf		 devices;	/* suffixes of those that are there */
};

void	stage_begin(struct unit *, const struct driver *, const void *knowledge, const char *profile, struct agent *);
void	stage_start(struct unit *);		/* start, to its end */
void	stage_poll(struct unit *, bool full);	/* one poll, to its end, on an empty table of readings */
void	stage_end(struct unit *);
/* The name of a chained device's begins with its suffix and a colon. */
enum result stage_ask(struct unit *, enum request_kind, const char *name, const char *value);

/* NULL: absent.  "2:outlet.1.status" is of the device with the suffix 2. */
const char	*stage_get(const struct unit *, const char *name);
const char	*stage_text(struct buf *);
bool		 stage_has_word(struct buf *, const char *word);

/* The profiles of the source tree; told to standard error when one is wrong. */
void	*stage_learn(void);
struct conf_errors *stage_errors(void);		/* of the last stage_learn() */
/* The folder of recordings of real devices, malloc'd; NULL where it is missing. */
char	*stage_recordings(void);

#endif
