#ifndef DRIVERS_MEGATEC_MEGATEC_H
#define DRIVERS_MEGATEC_MEGATEC_H

#include "drivers/megatec/decode.h"
#include "drivers/megatec/estimate.h"
#include "drivers/megatec/tunnel.h"

/* The state of one unit, shared by the files of the driver. */

#define ANSWER_MS	1000	/* how long a reply may take */
#define REST_MS		300	/* before the next question, when one went unanswered: its reply may be late */
#define WARM_UP_MS	1100	/* of a UPS's interface that the cable's wires power */
#define TRIES		3	/* of a question whose reply is broken; a silent one has one less */
#define HOPELESS	3	/* rounds without a reply, and it is not asked any more */

/* A question that was sent, as its text without CR and CRC. */
struct megatec_asked {
	char		*sent;
	bool		 crc;
	char		*message;	/* as it came; NULL: silence */
	size_t		 len;
	bool		 asked, echoed, round, ever;	/* round: in this one */
	unsigned	 misses;
};

struct megatec {
	struct unit			*unit;
	const struct megatec_profile	*profile;	/* chosen, or on trial */
	bool				 chosen, forced;
	size_t				 claim;		/* of the one on trial */
	struct megatec_asked		*asked;
	size_t				 nasked, asked_room;
	struct megatec_memory		 memory;
	/* the question under way */
	const struct megatec_ask	*ask;
	size_t				 now;		/* index in asked */
	unsigned			 tries;
	unsigned			 rest_ms;	/* before anything is sent */
	bool				 line_echoes;	/* what is sent comes back before the reply */
	/* on USB */
	struct tunnel			 tunnel;
	char				*line;		/* that was said */
	answer_fn			*answer;
	unsigned			 babble;	/* reads in a row that failed */
	/* the round */
	bool				 full;
	size_t				 next;
	struct estimate			 estimate;
	/* what is offered, one character for each command and setting */
	char				*offered;
	/* the request under way */
	struct request			*request;
	const struct megatec_command	*command;
	const struct megatec_setting	*setting;
	size_t				 step;
	char				*value;		/* of the setting */
	int64_t				 argument;
	bool				 answered, echoed;
};

/* megatec.c: what is next, once a question has its reply or has none. */
void	megatec_go_on(struct megatec *);

/* line.c */
/* Which bridge a USB device is; false: unit_fail() was called.  *profile becomes that of the product, if it has one. */
bool	megatec_open(struct megatec *, const char **profile);
/* Text without CRC and CR; done() is as with stream_ask(). */
void	megatec_say(struct megatec *, const char *text, answer_fn *done);

/* question.c */
/* What came of it so far; NULL: it cannot be asked, since it needs what is not known. */
struct megatec_asked *megatec_find_asked(struct megatec *, const struct megatec_ask *);
void	megatec_question(struct megatec *, const struct megatec_ask *, struct megatec_asked *);
/* What the message is to the profile; a good one's content is *text, malloc'd. */
enum megatec_reply megatec_judge(const struct megatec *, const struct megatec_ask *, const struct megatec_asked *,
	    char **text);
bool	megatec_remember(struct megatec *, const struct megatec_ask *, const char *text);	/* and shows nothing */
bool	megatec_leaves_out(const struct megatec *, const struct megatec_ask *);	/* by an option */

/* detect.c */
void	megatec_start_trial(struct megatec *, const struct megatec_profile *);
void	megatec_try(struct megatec *);

/* control.c */
void	megatec_begin_settings(struct megatec *);	/* those that busbar keeps get their first values */
void	megatec_count_packs(struct megatec *);
void	megatec_put_settings(struct megatec *);
void	megatec_offer(struct megatec *);
void	megatec_control(struct unit *, struct request *);

#endif
