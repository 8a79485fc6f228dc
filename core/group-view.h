#ifndef CORE_GROUP_VIEW_H
#define CORE_GROUP_VIEW_H

#include "core/groups.h"
#include "core/indexes.h"

/*
 * Groups of the configuration as publishers see them.  Each is a device of
 * the model that is called GROUP_PREFIX and its name, which no device of the
 * configuration can be; who shows devices leaves it out (device_is_group()).
 * It has one group of outlets:
 *
 *	outlet.group.1.name, .type (GROUP_CONFIGURED), .count, .status
 *	outlet.group.1.realpower, .energy	sums, where every member says its own
 *	.outlet.group.1.member.N	"INDEX OUTLET": of the device (bbDevIndex); absent
 *					while that device or outlet is not there
 *	.outlet.group.1.lock		bbGroupConfirm: from a random number, one higher
 *					after each confirmation
 *	.outlet.group.1.pending, .last	as of an outlet (group_said())
 *	.outlet.group.1.failures	of the last command, who failed and why
 *
 * and takes the commands of core/groups.h.  What changes in its members shows
 * within GROUP_VIEW_MS.  SNMP may command it (REMARK_WRITABLE) where it may
 * command the devices of all its members.
 */
#define GROUP_VIEW_MS	200

struct group_views;

struct group_views *group_views_new(struct loop *, struct model *, struct groups *);
void		 group_views_free(struct group_views *);	/* before the groups; NULL is fine */
/* Once the devices of the settings are there.  indexes may be NULL. */
void		 group_views_apply(struct group_views *, const struct settings *, struct indexes *);

/* False: it is none of them, and nothing is answered. */
bool		 group_views_ask(struct group_views *, struct device *, const struct ask *, struct pending *);

#endif
