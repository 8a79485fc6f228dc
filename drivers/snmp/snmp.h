#ifndef DRIVERS_SNMP_SNMP_H
#define DRIVERS_SNMP_SNMP_H

#include "drivers/snmp/plan.h"
#include "drivers/snmp/profile.h"

/*
 * The driver's state and how its files share the work: snmp.c recognises and
 * polls, round.c makes readings of what came, table.c does so with tables by the
 * plan of plan.c, control.c carries requests out.
 */
#define SNMP_FOLLOW_MAX	16	/* values that are OIDs of other objects, followed in one round */
#define SNMP_ALARMS_MAX	256	/* rows of a table of alarms */
#define SNMP_CELLS_MAX	4096	/* of a table of outlets or sensors, in a walk */
#define SNMP_RETRIES_MAX	24	/* absent objects that a full poll asks for again */
#define SNMP_DESCR_MAX	128	/* of sysDescr, for messages */

/* A value that pointed elsewhere. */
struct snmp_follow {
	uint32_t	 reading;
	uint32_t	 ids[OID_MAX_LEN];
	size_t		 len;
};

/* What is put together while a round goes on. */
struct snmp_round {
	bool		 full;
	bool		 survey;	/* its tables are walked */
	bool		 alarms;	/* the device counts at least one */
	unsigned	 lines[LINES_NONE];	/* how many there are */
	uint32_t	 tokens;
	uint64_t	 flags;
	size_t		 nfollow;
	struct snmp_follow *follow;	/* SNMP_FOLLOW_MAX of them from the first to the end of the round; else NULL */
	size_t		 table;		/* the next to be walked */
};

struct snmp {
	const struct snmp_profile *profile;
	/* what was there when the device was recognised; another one has come if it changes */
	uint32_t	 sysobjectid[OID_MAX_LEN];
	size_t		 sysobjectid_len;
	int64_t		 uptime;	/* 1/100 s; -1: not told */
	bool		*there;		/* of each object: a quick poll needs it, and it answered the last full one */
	bool		*answered;	/* of each object: by the last full poll */
	size_t		 retry;		/* the first of the absent objects that is to be asked for again */
	uint32_t	*asked;		/* the objects of the request that is out, in its order */
	size_t		 nasked;
	const struct varbind **answers;	/* by object; good within the callback only */
	bool		*taken;		/* by group: it has its value in this round */
	bool		*winner;	/* by reading: it gave the group its value in the last full poll */
	bool		*offered;	/* by reading: told as settable */
	bool		*able;		/* by command */
	bool		 knows_commands;
	int64_t		*numbers;	/* of each object: what it said last, for units; INT64_MIN: nothing */
	struct snmp_plan plan;
	struct snmp_round round;
	struct request	*request;	/* being carried out */
	const struct snmp_command *command;	/* it is this one, whose locks are being read */
};

/* -- round.c ---------------------------------------------------------------------- */

void	snmp_round_begin(struct unit *, bool full);
void	snmp_round_take(struct unit *);		/* from s->answers */
void	snmp_round_follow(struct unit *, size_t, const struct varbind *);	/* what follow[] pointed to */
void	snmp_round_followed(struct snmp *);	/* that was all: they are forgotten */
void	snmp_round_alarm(struct unit *, const struct varbind *);	/* a row of the table of alarms */
void	snmp_round_learn(struct unit *);		/* what quick polls need, after a full round */
struct value snmp_round_unit(const struct snmp *, const struct snmp_reading *, struct value);	/* as Celsius */
void	snmp_round_publish(struct unit *);		/* the words of ups.status and the flags */

/* -- table.c ---------------------------------------------------------------------------- */

void	snmp_table_walk(struct unit *, const struct snmp_table *, peer_fn *);
void	snmp_table_survey(struct unit *, size_t table, const struct varbind *, size_t n);
bool	snmp_table_any(const struct snmp *);	/* after a survey: the device has anything at all */
size_t	snmp_table_count(const struct snmp *);	/* cells that this round asks for */
uint32_t *snmp_table_oids(const struct snmp *, struct oid *);
void	snmp_table_take(struct unit *, const struct varbind *);
void	snmp_table_end(struct unit *);		/* of the round's tables */
bool	snmp_table_device(struct unit *, unsigned unit);
unsigned snmp_table_unit(const char *suffix);	/* of a device; NULL: the first */

/* -- control.c ---------------------------------------------------------------------- */

size_t	control_count(const struct snmp_profile *);	/* OIDs that tell which commands there are */
void	control_oids(const struct snmp_profile *, struct oid *);	/* so many */
void	control_learn(struct unit *, const struct varbind *);	/* their answers */
void	control_offer(struct unit *);			/* after a full round */
void	control_start(struct unit *, struct request *);

#endif
