#ifndef TEST_UNIT_HID_STAGE_H
#define TEST_UNIT_HID_STAGE_H

#include "core/unit.h"

/*
 * A stage for drivers on HID: the real host and model on virtual time, and a
 * device that is a table of reports.  Answers arrive in later turns.
 */
#define STAGE_REPORT_MAX	1024

struct stage_report {
	size_t		 len;		/* with its id; 0: the device stalls */
	uint8_t		 bytes[STAGE_REPORT_MAX];
	unsigned	 reads, writes;
};

struct stage {
	struct loop	*loop;
	struct model	*model;
	struct host	*host;
	struct settings	*settings;
	/* the device */
	struct hid_identity id;
	uint8_t		 descriptor[8192];
	size_t		 descriptor_len;
	char		 texts[256][64];	/* its strings; 1 to 3 are maker, model, serial unless id says otherwise */
	struct stage_report features[256];
	enum result	 fault;		/* not R_DONE: every request ends so */
	unsigned	 wires;		/* how often it came up */
	uint8_t		 written[16];	/* ids, in the order of writes */
	unsigned	 rests[16];	/* ... and how long before each */
	size_t		 nwritten;
	unsigned	 strings_read;
};

struct stage	*stage_new(void);	/* of nothing yet */
/* Begins; driver and options in the syntax of the configuration's device section. */
void		 stage_begin(struct stage *, const char *settings);
void		 stage_free(struct stage *);
void		 stage_run(struct stage *, int64_t ms);
void		 stage_unplug(struct stage *);	/* and, the other way round: */
void		 stage_plug(struct stage *);
void		 stage_push(struct stage *, const void *bytes, size_t len);	/* an input report, at once */
int		 stage_state(const struct stage *);
const char	*stage_value(const struct stage *, const char *name);	/* or "(absent)" */
bool		 stage_can(const struct stage *, const char *command);
enum result	 stage_ask(struct stage *, enum request_kind, const char *name, const char *value);

/* A device file of the emulation, from $SHARED: ids, strings, descriptor, reports; false: not there. */
bool		 stage_load(struct stage *, const char *name);

#endif
