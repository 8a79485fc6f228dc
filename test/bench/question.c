#include "test/bench/question.h"

#include <string.h>

#include "core/mem.h"

enum rest { REST_ANY, REST_QUOTED, REST_LIST, REST_ERR, REST_LOGIN };

static const struct {
	const char	*name;
	const char	*verb;
	bool		 device, variable;	/* follow the verb, and are echoed */
	const char	*reply;			/* the word that begins an answer or a line of a list */
	enum rest	 rest;
} kinds[ASK_KINDS] = {
	[ASK_GET] = { "get", "GET VAR", true, true, "VAR", REST_QUOTED },
	[ASK_TYPE] = { "type", "GET TYPE", true, true, "TYPE", REST_ANY },
	[ASK_DESC] = { "desc", "GET UPSDESC", true, false, "UPSDESC", REST_QUOTED },
	[ASK_LISTVAR] = { "listvar", "LIST VAR", true, false, "VAR", REST_LIST },
	[ASK_LISTUPS] = { "listups", "LIST UPS", false, false, "UPS", REST_LIST },
	[ASK_VER] = { "ver", "VER", false, false, NULL, REST_ANY },
	[ASK_NETVER] = { "netver", "NETVER", false, false, NULL, REST_ANY },
	[ASK_LOGIN] = { "login", NULL, false, false, NULL, REST_LOGIN },
	[ASK_BAD] = { "bad", "GET VAR", true, true, NULL, REST_ERR },
};

bool
question_find(const char *name, size_t len, enum question_kind *kind)
{
	for (int i = 0; i < ASK_KINDS; i++)
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, name, len) == 0) {
			*kind = (enum question_kind)i;
			return true;
		}
	return false;
}

const char *
question_name(enum question_kind kind)
{
	return kinds[kind].name;
}

/* Adds a word and a blank; the room is known to be enough for all but names that no server has. */
static size_t
add_word(char *room, size_t at, const char *word)
{
	size_t	len = strlen(word);

	if (at + len + 1 >= QUESTION_MAX)
		return at;
	memcpy(room + at, word, len);
	room[at + len] = ' ';
	return at + len + 1;
}

/* The lines of a login, and their right answers. */
static const struct login_line {
	const char	*verb, *answer;
} login_lines[] = {
	{ "USERNAME", "OK" }, { "PASSWORD", "OK" }, { "LOGIN", "OK" }, { "LOGOUT", "OK Goodbye" },
};

static size_t
print_login(const struct question *question, char room[QUESTION_MAX])
{
	const char	*words[] = { question->user, question->password, question->device, NULL };
	size_t		 len = add_word(room, 0, login_lines[question->step].verb);

	if (words[question->step] != NULL)
		len = add_word(room, len, words[question->step]);
	room[len - 1] = '\n';
	return len;
}

size_t
question_print(const struct question *question, char room[QUESTION_MAX])
{
	size_t	len;

	if (question->kind == ASK_LOGIN)
		return print_login(question, room);
	len = add_word(room, 0, kinds[question->kind].verb);
	if (kinds[question->kind].device)
		len = add_word(room, len, question->device);
	if (kinds[question->kind].rest == REST_ERR)
		len = add_word(room, len, "no.such.variable");
	else if (kinds[question->kind].variable)
		len = add_word(room, len, question->variable);
	room[len - 1] = '\n';
	return len;
}

/* What follows words at the start of text, or NULL; NULL stays NULL. */
static const char *
after(const char *text, const char *words)
{
	size_t	len = strlen(words);

	if (text == NULL || strncmp(text, words, len) != 0)
		return NULL;
	return text[len] == ' ' ? text + len + 1 : text[len] == '\0' ? text + len : NULL;
}

static const char *
after_any_word(const char *text)
{
	size_t	len;

	if (text == NULL || (len = strcspn(text, " \"")) == 0 || text[len] != ' ')
		return NULL;
	return text + len + 1;
}

/* One string in quotes, with its escapes, and nothing after it. */
static bool
quoted(const char *text)
{
	if (text == NULL || *text++ != '"')
		return false;
	for (; *text != '\0' && *text != '"'; text++)
		if (*text == '\\' && *++text == '\0')
			return false;
	return text[0] == '"' && text[1] == '\0';
}

/* "BEGIN LIST VAR ups" or "END LIST VAR ups", as edge says. */
static bool
is_edge(const struct question *question, const char *edge, const char *line)
{
	const char	*rest = after(after(line, edge), kinds[question->kind].verb);

	if (kinds[question->kind].device)
		rest = after(rest, question->device);
	return rest != NULL && *rest == '\0';
}

static enum verdict
check_list(struct question *question, const char *line)
{
	const char	*rest;

	if (question->lines < 0) {
		question->lines = 0;
		return is_edge(question, "BEGIN", line) ? VERDICT_MORE : VERDICT_BAD;
	}
	if (is_edge(question, "END", line)) {
		if (*question->expected == 0)
			*question->expected = question->lines;
		return question->lines == *question->expected ? VERDICT_DONE : VERDICT_SHORT;
	}
	rest = after(line, kinds[question->kind].reply);
	if (kinds[question->kind].device)
		rest = after(rest, question->device);
	question->lines++;
	return quoted(after_any_word(rest)) ? VERDICT_MORE : VERDICT_BAD;
}

static enum verdict
check_line(const struct question *question, const char *line)
{
	const char	*rest = line;

	if (kinds[question->kind].reply != NULL)
		rest = after(rest, kinds[question->kind].reply);
	if (kinds[question->kind].device)
		rest = after(rest, question->device);
	if (kinds[question->kind].variable)
		rest = after(rest, question->variable);
	if (kinds[question->kind].rest == REST_QUOTED)
		return quoted(rest) ? VERDICT_DONE : VERDICT_BAD;
	return rest != NULL && *rest != '\0' ? VERDICT_DONE : VERDICT_BAD;
}

static enum verdict
check_login(struct question *question, const char *line)
{
	if (strcmp(line, login_lines[question->step].answer) != 0)
		return after(line, "ERR") != NULL ? VERDICT_ERR : VERDICT_BAD;
	return ++question->step < nitems(login_lines) ? VERDICT_NEXT : VERDICT_DONE;
}

enum verdict
question_check(struct question *question, const char *line)
{
	enum rest	rest = kinds[question->kind].rest;

	if (rest == REST_LOGIN)
		return check_login(question, line);
	if (question->lines < 0 && after(line, "ERR") != NULL)
		return rest == REST_ERR ? VERDICT_DONE : VERDICT_ERR;
	if (rest == REST_ERR)
		return VERDICT_BAD;
	return rest == REST_LIST ? check_list(question, line) : check_line(question, line);
}
