#ifndef SUBAGENT_POWER_H
#define SUBAGENT_POWER_H

#include "subagent/about.h"
#include "subagent/columns.h"
#include "core/readings.h"

/*
 * How one device's rows of PDUs, transfer switches and sensors are made
 * (BUSBAR-MIB): one pass over its readings, each of which feeds the columns
 * that the rules name; then what follows from several of them; then all is
 * sorted and becomes cells.  Where two feed the same cell, that of the lower order
 * stands: of the rule that comes first, and before what was computed.
 */
#define ORDER_COMPUTED	UINT32_MAX

enum telling_of { PUT_NUMBER, PUT_LARGE, PUT_TEXT, PUT_BYTES, PUT_TIME };

struct put {
	uint64_t	 key;
	uint32_t	 order;
	uint8_t		 how;		/* enum telling_of */
	uint8_t		 type;		/* of a number or time: enum object_type */
	uint8_t		 telling;	/* PUT_TIME */
	uint8_t		 len;		/* PUT_BYTES */
	uint8_t		 scale;		/* of a number: digits after the point that the object has */
	int64_t		 number;
	const struct word *words;	/* of an enumeration; or NULL */
	const char	*text;		/* borrowed from the snapshot or for ever */
	char		 bytes[40];	/* PUT_BYTES */
};

/* A row that some reading is about; once for each, in rising order after the pass. */
struct part {
	uint64_t	 place;		/* enum thing, item, sub */
	struct about	 about;		/* of one of its readings */
	const char	*name;		/* of that reading */
};

enum device_kind { KIND_UPS = 1, KIND_PDU = 2, KIND_ATS = 4, KIND_OTHER = 8, KIND_ANY = 15 };

struct power {			/* one device's, in the making */
	const struct cells	*to;
	struct readings		 r;
	bool			 fresh;
	enum device_kind	 kind;
	unsigned		 inlets;	/* that it has */
	bool			 numbered;	/* some reading is about one of several inlets */
	bool			 named_lines;	/* some reading has a phase in its name */
	bool			 single_phase;
	uint32_t		 order;		/* of what is put now, as are these two */
	unsigned		 scale;
	const struct word	*words;
	struct put		*puts;
	size_t			 n, room;
	struct part		*parts;
	size_t			 nparts, parts_room;
};

void	power_put_number(struct power *, enum column, uint32_t part, enum object_type, int64_t);
void	power_put_large(struct power *, enum column, uint32_t part, uint64_t);
void	power_put_text(struct power *, enum column, uint32_t part, const char *);	/* borrowed; "": none */
void	power_put_bytes(struct power *, enum column, uint32_t part, const void *, size_t len);
void	power_put_time(struct power *, enum column, uint32_t part, enum object_type, enum telling, int64_t ms);

/* A word of the device as a number of an enumeration; the list ends with NULL, whose number is for all other words. */
struct word { const char *word; int number; };
int64_t	power_word(const struct word *, const struct value *);
/* bbOutletConfirm or bbGroupConfirm, which any number may begin: prefix is "outlet.3" or "outlet.group.2". */
uint32_t power_lock(const struct device *, const char *prefix);
extern const struct word power_outlet_states[], power_breakers[];
extern const struct word power_severities[];	/* of a value that is compared with its limits */
enum { SEVERITY_NORMAL = 3, SEVERITY_HIGH_CRITICAL = 5, SEVERITY_UNKNOWN = 6 };

/*
 * The variable that is set where a cell is written: of those that the device
 * lets be set the one that feeds it, and how the cell tells it.  False: none.
 */
struct setting {
	const struct settable	*settable;	/* borrowed from the device's traits */
	unsigned		 scale;		/* digits after the point that the object has */
	const struct word	*words;		/* of an enumeration; or NULL */
};
bool	power_setting(const struct device *, enum column, uint32_t part, struct setting *);

/* The rules: which columns a reading feeds. */
void	power_feed(struct power *, enum thing, const char *rest, uint32_t part, const struct value *);

/* Parts of the making, each for its own tables: readings of the pass, then what follows from them. */
void	sensing_take(struct power *, const struct about *, const struct value *);
void	sensing_make(struct power *);		/* bbSensorTable, bbThresholdTable */
void	limits_take(struct power *, const struct about *, const char *name, const struct value *);
void	outlets_make(struct power *);		/* what bbPduOutletTable and bbGroupTable have besides, bbOutletControlTable */
bool	group_is_switched(const struct power *, uint32_t group);
bool	group_is_branch(const struct power *, uint32_t group);
/* A reading of a part: power_reading(p, "outlet.%u.status", 3); NULL: absent. */
const struct value *power_reading(const struct power *, const char *fmt, ...)
		    __attribute__((__format__(__printf__, 2, 3)));

#endif
