#ifndef DRIVERS_HID_UPS_H
#define DRIVERS_HID_UPS_H

#include "drivers/hid/profile.h"
#include "drivers/hid/state.h"

/*
 * The state of a unit that is a HID UPS (or what that begins with), and how its files share the work:
 * ups.c recognises and polls, decode.c makes values of numbers, control.c
 * carries requests out.
 */

/*
 * How the device is reached: by USB, or by frames on a serial line.  Each as
 * its namesake in core/wire.h says.
 */
struct hid_source {
	const char	*fallback;	/* the profile of a UPS that none lists */
	const struct hid_identity *(*identity)(struct unit *);
	const uint8_t	*(*descriptor)(struct unit *, size_t *len);
	void		 (*get_feature)(struct unit *, uint8_t report, size_t len, hid_fn *, void *arg);
	void		 (*set_feature)(struct unit *, uint8_t report, const uint8_t *, size_t len, unsigned pause_ms,
			    hid_fn *, void *arg);
	void		 (*get_string)(struct unit *, uint8_t index, hid_fn *, void *arg);
	void		 (*listen)(struct unit *, size_t longest, hid_fn *, void *arg);
};

/* A row of the profile that this device has. */
struct hid_use {
	const struct hid_row	*row;
	const struct field	*feature, *input;	/* either may be NULL */
	const struct hid_word	*word;			/* what its number said last; NULL: nothing */
	char			*kept;			/* the value of a kept one */
};

/* A report as it came last. */
struct hid_cache {
	uint8_t		*bytes;		/* its id apart */
	size_t		 len;
	bool		 ever;		/* it has been answered once */
	bool		 fresh;		/* ... and when it was asked for last */
	bool		 changed;	/* by itself, and nobody has looked yet */
	bool		 speaks;	/* of the state: without it there is no round */
};

#define HID_STEPS_MAX	4	/* writes of one request */

struct hid_step {
	const struct field	*field;
	int64_t			 logical;
	unsigned		 pause_ms;	/* of rest before it */
};

struct hid_ups {
	const struct hid_source	*source;
	const struct hid_profile *profile;
	const struct hid_product *product;	/* NULL: none that the profile lists */
	struct descriptor	*d;
	struct hid_use		*uses;
	size_t			 nuses;
	struct hid_cache	 features[256], inputs[256];
	char			*strings[256];	/* by number; NULL: not asked, "": there is none */
	uint8_t			 queue[256];	/* of reports to be read in this round, then of strings */
	size_t			 nqueue, at;
	bool			 full, any;	/* the round, and whether something answered in it */
	bool			 polled;	/* there was a good full round */
	bool			 offered;
	bool			 heard;		/* something by itself since the last round */
	enum both		 both;
	int			 charge;	/* battery.charge; -1: not known */
	unsigned		 power;		/* FORM_POWER: what it was found to be */
	enum { THIRDS_UNKNOWN, THIRDS_NO, THIRDS_YES } thirds;
	const char		*why;		/* of a report that was not answered: for the log */
	char			 reason[128];
	struct request		*request;	/* being carried out */
	struct hid_step		 steps[HID_STEPS_MAX];
	size_t			 nsteps, step;
};

#define HID_STRING_MAX	128	/* bytes of a text that is read from a device */

/* -- ups.c --------------------------------------------------------------------------- */

extern const struct option hid_options[];

void	hid_ups_start(struct unit *, const struct hid_source *);
void	hid_ups_poll(struct unit *, bool full);
void	hid_ups_woken(struct unit *);
void	hid_ups_stop(struct unit *);

/* -- decode.c ------------------------------------------------------------------------- */

/* The number of a use now; false: it was not read. */
bool	hid_use_logical(const struct hid_ups *, const struct hid_use *, bool pushed, int64_t *);
/* What is published of it; false: nothing. */
bool	hid_use_value(struct hid_ups *, const struct hid_use *, int64_t logical, char room[HID_STRING_MAX],
	    struct value *);
const struct hid_word *hid_use_word(const struct hid_use *, int64_t logical);
/* Which string the number is; 0: none. */
uint8_t	hid_use_string(const struct hid_use *, int64_t logical);
/* A value as the number that is written; false: it is none that the device takes. */
bool	hid_encode(const struct hid_row *, enum hid_form, const struct field *, const char *text, int64_t *logical);

/* -- control.c -------------------------------------------------------------------------- */

void	hid_control_offer(struct unit *);			/* once all is known of it */
void	hid_ups_command(struct unit *, struct request *);

#endif
