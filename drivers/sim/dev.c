#include "drivers/sim/dev.h"

#include <stdlib.h>
#include <string.h>

#include "core/driver.h"

/*
 * A sequence needs at least so long to come round: one without waits of its
 * own must not keep the processor busy.  dummy-ups pauses as long.
 */
#define ROUND_MS	1000
#define WAIT_MAX_S	(10 * 365 * 86400LL)
#define BLANKS		" \t"

struct parse {
	struct dev	*dev;
	size_t		 lines_room, steps_room, rights_room, commands_room;
	unsigned	 number;	/* of the line */
	char		*why;
};

static bool
parse_wrong(struct parse *p, const char *what)
{
	p->why = xasprintf("line %u: %s", p->number, what);
	return false;
}

static void
dev_begin_step(struct parse *p)
{
	struct dev	*dev = p->dev;

	dev->steps = array_room(dev->steps, dev->nsteps, &p->steps_room, sizeof *dev->steps);
	dev->steps[dev->nsteps++] = (struct dev_step){ .first = dev->nlines };
}

/* Ends the value before a remark of the library's kind. */
static void
dev_cut_remark(char *value)
{
	char	*hash, *end;

	for (hash = strchr(value, '#'); hash != NULL; hash = strchr(hash + 1, '#')) {
		if (strncmp(hash, "#BAD", 4) != 0 && strncmp(hash, "#COMMENT", 8) != 0)
			continue;
		if (hash != value && strchr(BLANKS, hash[-1]) == NULL)
			continue;
		for (end = hash; end > value && strchr(BLANKS, end[-1]) != NULL; end--)
			;
		*end = '\0';
		return;
	}
}

/* "60", "0.5"; what follows a blank after it is not looked at. */
static bool
dev_timer(struct parse *p, const char *text)
{
	struct dev_step	*step = &p->dev->steps[p->dev->nsteps - 1];
	int64_t		 seconds = 0, ms = 0, unit = 100;

	text += strspn(text, BLANKS);
	if (*text < '0' || *text > '9')
		return parse_wrong(p, "TIMER wants seconds, as in TIMER 60");
	for (; *text >= '0' && *text <= '9'; text++) {
		seconds = seconds * 10 + (*text - '0');
		if (seconds > WAIT_MAX_S)
			return parse_wrong(p, "TIMER of more than ten years");
	}
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++, unit /= 10)
			ms += (*text - '0') * unit;
	if (*text != '\0' && *text != '#' && strchr(BLANKS, *text) == NULL)
		return parse_wrong(p, "TIMER wants seconds, as in TIMER 60");
	step->wait_ms = seconds * 1000 + ms;
	p->dev->sequence = true;
	dev_begin_step(p);
	return true;
}

/* The text between the next two quotes, or NULL; *rest moves behind them. */
static const char *
dev_quoted(char **rest)
{
	char	*begin = strchr(*rest, '"'), *end;

	if (begin == NULL || (end = strchr(begin + 1, '"')) == NULL)
		return NULL;
	*end = '\0';
	*rest = end + 1;
	return begin + 1;
}

/* NAME:KIND:OPTIONS.  A remark only: what it does not say well is passed over. */
static void
dev_right(struct parse *p, char *text)
{
	struct dev		*dev = p->dev;
	struct dev_right	 right = { .name = text };
	char			*kind, *options;

	dev_cut_remark(text);
	if ((kind = strchr(text, ':')) == NULL)
		return;
	*kind++ = '\0';
	if ((options = strchr(kind, ':')) != NULL)
		*options++ = '\0';
	if (strncmp(kind, "STRING", 6) == 0) {
		right.kind = DEV_STRING;
		right.maxlen = options == NULL ? 0 : (unsigned)(strtoul(options, NULL, 10) & 0xffff);
	} else if (strcmp(kind, "ENUM") == 0 && options != NULL) {
		right.kind = DEV_ENUM;
		if ((right.first = dev_quoted(&options)) == NULL)
			return;
	} else if (strcmp(kind, "RANGE") == 0 && options != NULL) {
		right.kind = DEV_RANGE;
		if ((right.first = dev_quoted(&options)) == NULL ||
		    (right.second = dev_quoted(&options)) == NULL)
			return;
	} else
		return;
	dev->rights = array_room(dev->rights, dev->nrights, &p->rights_room, sizeof *dev->rights);
	dev->rights[dev->nrights++] = right;
}

static void
dev_comment(struct parse *p, char *text)
{
	struct dev	*dev = p->dev;

	if (strncmp(text, "#RW:", 4) == 0)
		dev_right(p, text + 4);
	else if (strncmp(text, "#CMD:", 5) == 0) {
		text += 5;
		text[strcspn(text, BLANKS "#")] = '\0';
		dev->commands = array_room(dev->commands, dev->ncommands, &p->commands_room,
		    sizeof *dev->commands);
		dev->commands[dev->ncommands++] = text;
	}
}

static bool
dev_name_right(const char *name)
{
	if (*name == '.' || *name == '\0')
		return false;
	for (; *name != '\0'; name++)
		if (*name <= ' ' || *name >= 0x7f || *name == '"')
			return false;
	return true;
}

static bool
dev_variable(struct parse *p, char *text)
{
	struct dev	*dev = p->dev;
	char		*value = strchr(text, ':');

	if (value == NULL)
		return parse_wrong(p, "neither NAME: VALUE nor TIMER SECONDS nor a comment");
	*value++ = '\0';
	if (!dev_name_right(text))
		return parse_wrong(p, "no name of a variable in front of the colon");
	if (*value != '\0' && strchr(BLANKS, *value) != NULL)
		value++;
	dev_cut_remark(value);
	dev->lines = array_room(dev->lines, dev->nlines, &p->lines_room, sizeof *dev->lines);
	dev->lines[dev->nlines++] = (struct dev_line){ text, value };
	dev->steps[dev->nsteps - 1].n++;
	return true;
}

/* One line without its end. */
static bool
dev_take(struct parse *p, char *line)
{
	char	*text = line + strspn(line, BLANKS);

	p->number++;
	if (p->number > DEV_LINES_MAX)
		return parse_wrong(p, "too many lines");
	if (*text == '\0')
		return true;
	if (*text == '#') {
		dev_comment(p, text);
		return true;
	}
	if (strncmp(text, "TIMER", 5) == 0 && text[5] != '\0' && strchr(BLANKS, text[5]) != NULL)
		return dev_timer(p, text + 5);
	return dev_variable(p, text);
}

/* The step behind the last TIMER is none when nothing is said in it. */
static void
dev_finish(struct dev *dev)
{
	struct dev_step	*last = &dev->steps[dev->nsteps - 1];
	int64_t		 round = 0;
	size_t		 i;

	if (!dev->sequence)
		return;
	if (last->n == 0)
		last = &dev->steps[--dev->nsteps - 1];
	else
		last->wait_ms = ROUND_MS;
	for (i = 0; i < dev->nsteps; i++)
		round += dev->steps[i].wait_ms;
	if (round < ROUND_MS)
		last->wait_ms += ROUND_MS;
}

struct dev *
dev_parse(const char *text, size_t len, char **why)
{
	struct parse	 p = { .dev = xcalloc(1, sizeof *p.dev) };
	char		*line, *end, *next;
	bool		 right = true;

	p.dev->text = xstrndup(text, len);
	if (strlen(p.dev->text) != len) {
		*why = xstrdup("a NUL byte in it: no text file");
		dev_free(p.dev);
		return NULL;
	}
	dev_begin_step(&p);
	for (line = p.dev->text; right && *line != '\0'; line = next) {
		end = line + strcspn(line, "\n");
		next = *end == '\0' ? end : end + 1;
		if (end > line && end[-1] == '\r')
			end--;
		*end = '\0';
		right = dev_take(&p, line);
	}
	if (!right) {
		*why = p.why;
		dev_free(p.dev);
		return NULL;
	}
	dev_finish(p.dev);
	return p.dev;
}

void
dev_free(struct dev *dev)
{
	if (dev == NULL)
		return;
	free(dev->lines);
	free(dev->steps);
	free(dev->rights);
	free(dev->commands);
	free(dev->text);
	free(dev);
}
