#ifndef SUBAGENT_SET_H
#define SUBAGENT_SET_H

#include "core/loop.h"
#include "core/model.h"
#include "core/settings.h"
#include "subagent/pdu.h"
#include "subagent/tree.h"

/*
 * SETs, from TestSet to CleanupSet (RFC 2741 7.2.4), for objects that are
 * described by rows.  All or nothing:
 *
 *	TestSet		reads all varbinds, checks them, makes one request to the
 *			engine of each and has it tried (ask.test).  Nothing is done;
 *			the objects are reserved for this SET.
 *	CommitSet	carries out what is stored (REQUEST_KEEP), and is answered once
 *			it is safe.  Everything else is staged.
 *	CleanupSet	after a CommitSet that went well: the staged requests go to the
 *			engine, each once.  Otherwise the SET is forgotten.
 *	UndoSet		what was stored is put back; nothing staged is ever done.
 *
 * A session that ends, and SET_FORGOTTEN_MS without a word of the master,
 * count as UndoSet.  What a device makes of a request is never waited for.
 *
 * Errors, as they are looked for (RFC 3416 4.2.5): for each varbind in turn
 * notWritable, noCreation, wrongType, wrongLength, wrongValue; then, locks
 * first, inconsistentValue; then what the engine says.
 */
#define SET_ENGINE_MS		900	/* for the engine: below the second that a master waits */
#define SET_FORGOTTEN_MS	10000
#define SET_VARBINDS_MAX	256
#define SETS_MAX		64	/* at a time; more get resourceUnavailable */

struct sets;			/* of one session */
struct set;			/* one transaction */
struct set_object;

/* One varbind. */
struct set_item {
	const struct set_object	*object;
	struct device		*device;	/* NULL: it has gone since */
	uint32_t		 part;		/* of the device: the outlet; 0: itself */
	const struct object	*given;		/* as it came; in value() alone */
	int64_t			 number;	/* the value: of an OID its last sub-identifier */
	char			*text;		/* of OCTETS, NUL-ended; free of NULs */

	/* What is asked of the engine, made by value() or moment(): nothing when name is VAR_NONE. */
	enum request_kind	 kind;
	enum var		 name;
	char			*value;		/* malloc'd; NULL: none */
	bool			 confirm;

	struct set		*set;		/* for set.c alone, as all below */
	struct pending		*pending;
	char			*before;	/* the kept text that it replaces; NULL: there was none */
	bool			 kept;		/* it was replaced */
};

/* An object that takes a SET. */
struct set_object {
	const char		*name;		/* for the log */
	uint8_t			 group, number;	/* how its family finds it */
	enum writable		 right;		/* what opens it in the configuration */
	enum object_type	 type;
	int64_t			 min, max;	/* INTEGER: its range; OCTETS: bytes */
	bool			 lock;		/* its moment comes before that of what it guards */
	bool			 lasting;	/* reserved until the engine has answered what was released */
	const char		*remark;	/* of plain objects that are kept */
	/* Whether this device has it; NULL: each has. */
	bool			(*has)(const struct set_item *);
	/* The value by itself: PDU_OK or PDU_WRONG_VALUE.  NULL: the type and the range say all. */
	enum pdu_error		(*value)(struct set_item *);
	/* At this moment, and with the other varbinds: PDU_OK or another error of SNMP.  NULL: always. */
	enum pdu_error		(*moment)(struct set_item *);
};

/* Where the objects of one module are found. */
struct set_family {
	/*
	 * The object of that name in that context, its device and part filled
	 * in; *there is false where its instance is none.  NULL: not of this family.
	 */
	const struct set_object	*(*find)(struct tree *, const char *context, size_t len, struct oid,
				    struct set_item *, bool *there);
};

extern const struct set_family upsmib_family;		/* subagent/upsset.c */
extern const struct set_family bbmib_family;		/* subagent/bbset.c */

/* The item of the same SET for another object of the same part of the device, or NULL. */
const struct set_item	*set_other(const struct set_item *, const struct set_object *);
struct tree		*set_tree(const struct set_item *);

/* Sends the Response to a request: at once, or later. */
typedef void set_respond_fn(void *arg, const struct pdu *request, enum pdu_error, size_t index);

/* families ends with NULL. */
struct sets	*sets_new(struct loop *, struct model *, struct tree *, const struct set_family *const *families,
		    set_respond_fn *, void *arg);
void		 sets_free(struct sets *);	/* puts nothing back; NULL is fine */
/* False: the PDU is none of the four. */
bool		 sets_take(struct sets *, const struct pdu *);
void		 sets_session_ended(struct sets *);	/* no Response is sent from now on to what came before */

#endif
