#ifndef DRIVERS_MEGATEC_DECODE_H
#define DRIVERS_MEGATEC_DECODE_H

#include "drivers/megatec/profile.h"

/* The pure part: frames, replies, and what is to be sent. */

/* Up to and with the next CR.  LF and NUL before a message are nobody's. */
ssize_t	frame_cr(const uint8_t *, size_t);

/* -- what is remembered of a device ------------------------------------------------- */

#define MEMORY_MAX	512

struct megatec_memory {
	struct megatec_known {
		enum var	 var;
		char		*text;
	}	*at;
	size_t	 n, room;
};

const char	*memory_get(const struct megatec_memory *, enum var);	/* NULL: nothing; borrowed */
void		 memory_put(struct megatec_memory *, enum var, const char *);	/* NULL: forget it */
void		 memory_free(struct megatec_memory *);	/* leaves it empty and usable */
bool		 memory_holds(const struct megatec_memory *, const struct megatec_conditions *);

/* -- replies ------------------------------------------------------------------------- */

enum megatec_reply { REPLY_GOOD, REPLY_ECHO, REPLY_REFUSED, REPLY_BROKEN };

/*
 * What a message is to a question that was sent as such.  A good one is cut to its
 * content: noise before it, the CR and the CRC go away, binary fields of QS become
 * text.  room holds what is left, a NUL behind it.
 */
enum megatec_reply	megatec_reply(const struct megatec_profile *, const struct megatec_ask *, const char *sent,
			    const char *message, size_t len, char **text);

/* How the states of a round add up. */
struct megatec_state {
	uint32_t	 words;
	uint64_t	 flags;
	size_t		 nalarms;
	const char	*alarms[32];	/* of the profile */
};
void	megatec_add(struct megatec_state *, const struct megatec_meaning *);

struct megatec_sink {
	void	(*put)(void *arg, enum var, const char *text);
	const char *(*option)(void *arg, const char *name);
	void	*arg;
};

/*
 * Puts what a good reply says; what it remembers goes to memory too.  False:
 * something that must be there is not.
 */
bool	megatec_decode(const struct megatec_ask *, const char *text, struct megatec_memory *,
	    struct megatec_state *, const struct megatec_sink *);

/* All that a reply to it could have said. */
void	megatec_forget_what(const struct megatec_ask *, struct megatec_memory *);

/* -- what is sent ---------------------------------------------------------------------- */

/*
 * The text of an ask or command, without CR and CRC, malloc'd; NULL: it needs what is not known.
 *	{off}		ups.delay.shutdown: .2 to .9 in steps of 6 s, 01 to 99 minutes, rounded up
 *	{back}		ups.delay.start: R and four digits of minutes, rounded up; nothing for 0
 *	{back4}		likewise without the R, 0000 for 0
 *	{test}		the argument as {off}
 *	{minutes}	the argument: 01 to 99 minutes, rounded up
 *	{value}		the argument as it is
 *	{NAME}		what is remembered of it
 */
char	*megatec_compose(const char *form, const struct megatec_memory *, int64_t argument, const char *value);
/* With CRC and CR as the profile wants it; malloc'd. */
char	*megatec_seal(const struct megatec_profile *, const char *text, size_t *len);
/* The value of a setting as it is sent, malloc'd; NULL: it takes no such. */
char	*megatec_encode(const struct megatec_setting *, const char *text);
uint16_t megatec_crc(const void *, size_t);
/* What {off} and {back} make of seconds: the delay that will be, never a shorter one. */
int64_t	megatec_off_seconds(int64_t s);
int64_t	megatec_back_seconds(int64_t s);

#endif
