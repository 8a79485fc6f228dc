#ifndef TEST_UNIT_SMART_UNIT_H
#define TEST_UNIT_SMART_UNIT_H

#include "test/unit/stream_stage.h"

/*
 * A unit that speaks APC's smart protocol, held in a test's hands: letters with
 * their answers, settings that go round, texts, and commands as a real one
 * takes them.  One at a time.
 */
struct smart_unit {
	struct { char text[700]; size_t len; bool known; } answers[256];	/* without CR LF */
	const char	*choices[256];		/* of a letter, NULL: it is not settable; texts with a '|' between */
	bool		 silent;		/* says nothing of what it does not know; else NA */
	bool		 deaf;			/* says nothing at all */
	bool		 echoes;		/* the line says all back, before the unit answers */
	bool		 dumb;			/* until it gets a Y */
	const char	*refusal;		/* of commands; NULL: it takes them */
	const char	*spoil;			/* in the middle of the next answer comes this */
	const char	*meanwhile;		/* ... and this is its status from then on; NULL: as before */
	unsigned char	 spoiled;		/* ... of this letter; 0: of any */
	bool		 half;			/* the next answer breaks off in its middle */
	unsigned char	 last;			/* letter that it answered last: '-' is about it */
	char		 text[16];		/* that is being written, of letter last */
	size_t		 left;			/* bytes of it still to come */
	unsigned	 digits;		/* of a shutdown with '@' still to come */
	char		 done[64];		/* commands that it has carried out, in order */
	char		 sent[8192];		/* all bytes that it got, others than printable ones as '.' */
};

extern struct smart_unit	unit;		/* on stage */

void	smart_forget_all(void);				/* a unit that knows no letter */
void	smart_says(char x, const char *answer);
void	smart_says_bytes(char x, const char *answer, size_t len);
/* As a log or the emulator in $SHARED/devices/serial has them; false: there is no such file. */
bool	smart_load(const char *name);
size_t	smart_peer(struct stage *, const char *heard, size_t len);

#endif
