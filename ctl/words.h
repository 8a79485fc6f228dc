#ifndef CTL_WORDS_H
#define CTL_WORDS_H

/*
 * What is spoken on the control socket, by busbard on one end and busbarctl
 * on the other: lines of words as core/line.h has them.  The client asks in
 * one line, one question at a time:
 *
 *	LIST
 *	SHOW device
 *	WATCH [device]
 *	RUN yes|no device command [value]	yes: confirmed
 *	SET yes|no device variable value
 *	FSD set|clear device
 *	VIEW device[:outlet]		the numbers under which managers know it
 *	RELOAD
 *	SERVER				the NUT listener: counters and limits
 *	EVENTS since [device]		the journal; since: seconds since 1970, 0: all
 *
 * and gets records, then OK or ERR and a reason:
 *
 *	DEVICE name type link status charge runtime load	"" for what there is not
 *	VAR name value			of a device, or of the server
 *	VIEW device index [outlet]
 *	MISTAKE text			of the configuration
 *	EVENT serial time kind device name value ...	time: ms since 1970
 *	DROPPED count			so many older events are gone
 *
 * After the OK of WATCH, changes come until the connection ends:
 *
 *	NEW device variable now
 *	CHANGE device variable before now
 *	GONE device variable before
 *	LINK device text		answers, or not any more
 *	ADDED device
 *	REMOVED device
 */
#define WORDS_MAX	9		/* in one line */
#define WORDS_ANSWER_MAX	64	/* in one line of an answer */
#define WORDS_LINE_MAX	8192		/* bytes of a question */

#endif
