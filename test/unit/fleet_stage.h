#ifndef TEST_FLEET_STAGE_H
#define TEST_FLEET_STAGE_H

#include "config.h"
#include "subagent/tree.h"

/* The tables of all devices in the default context, asked without an snmpd. */

#define BUSBAR		ENTERPRISE_OID ".1."
#define DEVICE		BUSBAR "2.1.1."
#define UPS		BUSBAR "3.1.1."
#define PHYSICAL	"1.3.6.1.2.1.47.1.1.1.1."
#define LOGICAL		"1.3.6.1.2.1.47.1.2.1.1."
#define SENSOR		"1.3.6.1.2.1.99.1.1.1."

extern const struct tree_clock	 at_1000_s;

/* A device that says "name: value" in each line of the text, added or changed; index 0: it has none. */
struct device	*device(struct model *, const char *name, unsigned index, enum device_state, const char *text);
struct oid	 parse(const char *dotted, uint32_t ids[OID_MAX_LEN]);
void		 print_oid(char *to, struct oid);
/* An object as text: "230", "\"APC\"", "-" when there is no such instance, "--" when no such object. */
const char	*show(struct tree *, const char *dotted, char room[600]);
/* "2.1=230|3.1=-": each below the prefix. */
void		 check(struct tree *, const char *prefix, const char *expected);
/* What GETNEXT gives after (or at: include) one name, before another (end, may be NULL); "-": nothing. */
void		 check_next(struct tree *, const char *from, bool include, const char *end, const char *expected);
/* From end to end: rising, and each a GET, too.  Returns how many objects there are. */
size_t		 walk(struct tree *);
size_t		 plain_walk(struct tree *);
double		 seconds(void);		/* of this process */

#endif
