#ifndef CORE_HOST_H
#define CORE_HOST_H

#include <sys/queue.h>

#include "core/condition.h"
#include "core/events.h"
#include "core/fsd.h"
#include "core/groups.h"
#include "core/kept.h"
#include "core/loads.h"
#include "core/outlets.h"
#include "core/refused.h"
#include "core/round.h"
#include "core/shutdowns.h"
#include "core/unit.h"

/* The inside of the driver host, shared by unit*.c and nobody else. */

/* Of the driver's wires the one that the port is of; NULL: the driver has none. */
const struct wire_backend *host_backend(const struct host *, const struct driver *, const struct device_settings *);

/* What a unit is doing; a driver's callback may only end what runs. */
enum unit_op { OP_NONE, OP_START, OP_QUICK, OP_FULL, OP_PUSH, OP_COMMAND };

/* One device that a unit speaks for. */
struct target {
	TAILQ_ENTRY(target)	 entry;
	struct unit		*unit;
	char			*suffix;	/* NULL: the unit's own device */
	struct device		*device;
	uint32_t		 index;		/* bbDevIndex; 0: none */
	struct round		*round;
	struct condition	*condition;
	struct fsd		*fsd;
	struct outlets		*outlets;
	struct shutdowns	*shutdowns;
	TAILQ_HEAD(, command_keeping) keeping;	/* on its way to the disk */
	char			*timing;	/* "COMMAND=TIMING ...", of those with another than TIMING_SETTING; NULL: none */
	struct refused		 refused[R_GONE + 1];	/* requests, by why */
	char			*logins;	/* as the NUT listener told last; NULL: never */
	struct traits		*traits;	/* what the driver offers */
	enum device_state	 state;
	bool			 touched;	/* by the round in progress */
	bool			 over;		/* its part of the round in progress has ended */
	bool			 lost;		/* the source said so, and the log knows */
	int64_t			 polls, pushes;	/* of its unit in a role: so far; in the engine: as taken last */
	char			*type;		/* ups pdu ats ...; NULL: not known yet */
	char			*description;	/* the source's; NULL: none */
	struct timer		*stale;		/* max-age after the last good round */
	struct timer		*settle;	/* when the condition wants to be asked again */
};

struct request {
	TAILQ_ENTRY(request)	 entry;
	struct target		*target;
	enum request_kind	 kind;
	enum var		 name;
	char			*value, *origin;
	int64_t			 expires;
	result_fn		*done;
	void			*done_arg;
};

struct unit {
	TAILQ_ENTRY(unit)	 entry;
	struct host		*host;
	const struct driver	*driver;
	const struct device_settings *settings;
	const void		*knowledge;
	const struct wire_backend *backend;
	void			*wire;		/* the backend's handle */
	struct carrier		*carrier;	/* of the role that runs it; NULL: it runs here */
	struct pending		*asked;		/* the running request, in that role; NULL: none */
	bool			 up;		/* the wire can be used */
	bool			 ready;		/* start has ended well */
	bool			 in_call;	/* the driver is running */
	bool			 ended, well;	/* the operation ended inside the driver's call, and how */
	enum unit_op		 op;
	int64_t			 began;		/* ms, of the operation */
	void			*state;
	TAILQ_HEAD(target_list, target) targets;	/* the unit's own first, if it has one */
	struct target		*current;	/* what puts are about; NULL: nothing */
	struct strings		 refused;	/* devices that cannot be: the log knows */
	size_t			 refused_room;
	TAILQ_HEAD(request_list, request) requests;
	struct request		*running;
	struct timer		*next;		/* the next poll, or the next start */
	struct timer		*wake;		/* the driver's own */
	struct timer		*limit;		/* of the operation in progress */
	struct timer		*expiry;	/* of the first request that waits */
	bool			 woken;		/* waits for the operation to end */
	bool			 full_now, restart;
	bool			 in_phase;	/* its rhythm has its own place within the interval */
	int64_t			 quick_due, full_due;	/* ms */
	unsigned		 failures;	/* in a row */
	char			*why;		/* of the last failure; NULL: none since it was well */
	bool			 told;		/* the log knows */
};

struct host {
	struct loop		*loop;
	struct model		*model;
	const struct driver *const *drivers;
	const struct wire_backend *const *backends;
	void			**knowledge;	/* by place in drivers */
	struct conf		**profiles;	/* what the knowledge was made of */
	size_t			 nprofiles, profiles_room;
	const struct settings	*settings;
	struct indexes		*indexes;	/* NULL: devices have no numbers */
	struct kept		*kept;		/* NULL: nothing can be kept */
	struct events		*events;	/* NULL: nobody writes anything down */
	struct refused		 refused[R_GONE + 1];	/* requests to what is no target of a unit, by why */
	uint64_t		 refusals[R_GONE + 1];	/* requests, of any device */
	TAILQ_HEAD(unit_list, unit) units;	/* in the order of the configuration */
	struct loads		*loads;
	struct groups		*groups;
	struct group_views	*group_views;
	SLIST_HEAD(, carrier)	 carriers;	/* roles that run units */
	bool			 bare;		/* this is such a role */
	struct target		*dflt;		/* shown in the default SNMP context */
	char			*link_text;
};

/* unit-publish.c */
struct target	*target_new(struct unit *, const char *suffix, const char *name);	/* and its device */
void		 target_free(struct target *);			/* and removes its device */
struct target	*target_find(struct host *, const struct device *);
void		 target_reset(struct target *);			/* the source is another one: wait for its first round */
void		 target_publish(struct target *);		/* what its rounds, the settings and the condition say */
void		 target_good(struct target *, enum round_kind);	/* a round ended well */
void		 host_choose_default(struct host *);

/* unit-keep.c */
/* "ups1/.ident.name": under it something of a device is kept; the case of its name says nothing.  Malloc'd. */
char		*kept_key(const char *device, const char *what);
void		 target_recall_alarms(struct target *);		/* those told before a restart keep their ids */
void		 target_put_kept(const struct target *, struct update *);	/* its kept remarks */
void		 target_ask_keep(struct target *, const struct ask *, struct pending *);

/* unit-device.c */
struct target	*unit_own(struct unit *);			/* NULL: it is no device itself */
void		 unit_adopt(struct unit *);			/* its targets anew: its own, if it has one, waiting */
void		 unit_forget_refused(struct unit *);
void		 host_evict(struct host *);			/* derived devices whose names are configured now */
void		 target_end_round(struct target *, enum round_kind);

/* unit-command.c */
/* Keeps a text until its command is over (NULL), with whose it is; done may be NULL, and is never called at once. */
void		 target_keep_command(struct target *, const char *what, const char *text, result_fn *, void *arg);
/* what: behind the prefix of the keys. */
typedef void	 restore_fn(struct target *, const char *what, const char *text, enum outlets_device);
void		 target_restore_commands(struct target *, const char *keys, restore_fn *);
void		 target_free_commands(struct target *);		/* what is on its way is not told any more */
/* Asks a queue; what it refuses at once is counted and told (target_refuse()). */
typedef void	 queue_fn(struct target *, const struct ask *, result_fn *, void *arg);
void		 target_ask_queue(struct target *, const struct ask *, struct pending *, queue_fn *);

/* unit-shutdown.c */
void		 target_add_shutdowns(struct target *);
void		 target_restore_shutdowns(struct target *);
void		 target_configure_shutdowns(struct target *);
bool		 target_takes_shutdown(const struct target *, const struct ask *);
void		 target_ask_shutdown(struct target *, const struct ask *, struct pending *);

/* unit-outlet.c */
void		 target_add_outlets(struct target *);
void		 target_restore_outlets(struct target *);	/* what was kept of them goes on */
void		 target_free_outlets(struct target *);
void		 target_configure_outlets(struct target *);	/* by the settings of its unit */
bool		 target_takes_outlet(const struct target *, const struct ask *);
void		 target_ask_outlet(struct target *, const struct ask *, struct pending *);
/* Of a command that the driver carries out by itself: R_DONE, R_DENIED or R_CONFIRM; *why malloc'd or NULL. */
enum result	 target_judge(const struct target *, const struct ask *, char **why);

/* unit-killpower.c */
void		 target_offer_killpower(const struct target *, struct update *);
/* What a driver is asked for; VAR_NONE: there is nothing that driver.killpower stands for. */
enum var	 target_command_of(const struct target *, enum var command);

/* unit-request.c */
/* Counted, and in the log once a minute for each reason; ends the pending. */
void		 target_refuse(struct target *, const struct ask *, struct pending *, enum result, const char *why);
/* Into the unit's queue, or R_GONE, R_UNKNOWN or R_BUSY at once. */
void		 target_request(struct target *, const struct ask *, result_fn *, void *arg);
void		 unit_run_request(struct unit *);		/* begins the first that waits */
/* Those that wait end as R_GONE; the one that runs as R_TIMEOUT, since nobody knows whether it was done. */
void		 unit_drop_requests(struct unit *, const struct target *, const char *detail);
void		 host_tell(struct device *, const char *remark, const char *text, void *host);
void		 unit_expire_requests(void *unit);		/* a timer_fn */

void		 unit_take_request(struct unit *);		/* the first that waits becomes the running one */
void		 unit_end_request(struct unit *, enum result, const char *detail);	/* the running one */

/* unit-hosted.c */
struct carrier	*carrier_of(const struct host *, const char *role);	/* NULL: its units run here */
void		 carriers_free(struct host *);
void		 hosted_open(struct unit *);
void		 hosted_continue(struct unit *);
void		 hosted_limit(struct unit *);			/* the role owes an answer for too long */
void		 target_publish_bare(const struct target *);

/* unit-wire.c */
void		 unit_choose_driver(struct unit *);		/* what the settings say */
void		 unit_open(struct unit *);
void		 unit_close(struct unit *);

/* unit.c */
struct unit	*unit_new(struct host *, const struct device_settings *);	/* closed */
void		 unit_free(struct unit *);
/* A number below n that is the same at every start and differs between devices: spreads their polls. */
int64_t		 unit_spread(const struct unit *, unsigned salt, int64_t n);
void		 unit_note_failure(struct unit *, const char *why);
void		 unit_abandon(struct unit *, const char *why);	/* whatever it is doing, and its driver */
void		 unit_tell_trouble(struct unit *);		/* in the log, once */
void		 unit_begin(struct unit *, enum unit_op, int64_t limit_ms);
void		 unit_call_ended(struct unit *);		/* after each call into the driver */
void		 unit_end(struct unit *, bool well);
void		 unit_continue(struct unit *);			/* whatever is to be done next */
void		 unit_poll_soon(struct unit *, bool full);

#endif
