#include <crypt.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "core/mem.h"
#include "ctl/password.h"

#define LENGTH	512		/* as a user's password may have, and crypt(3) takes */
#define METHOD	"$y$"		/* yescrypt, at libcrypt's own cost */

/* One line without its end; NULL: none came. */
static char *
read_line(FILE *from)
{
	char	*line = NULL;
	size_t	 room = 0;
	ssize_t	 n = getline(&line, &room, from);

	if (n <= 0) {
		free(line);
		return NULL;
	}
	if (line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}

static void
forget(char *text)
{
	if (text != NULL)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* Without echo; a break key comes as a character, so that the echo always comes back. */
static char *
read_unseen(const char *prompt)
{
	struct termios	 before, unseen;
	char		*line;

	if (tcgetattr(STDIN_FILENO, &before) == -1)
		return NULL;
	unseen = before;
	unseen.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);	/* before it is asked for: nothing seen is taken */
	fputs(prompt, stderr);
	line = read_line(stdin);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	fputc('\n', stderr);
	return line;
}

static const char *
wrong_with(const char *password)
{
	const char	*c;

	if (password == NULL)
		return "no password was given";
	if (*password == '\0')
		return "an empty password is none";
	if (strlen(password) > LENGTH)
		return "the password is longer than 512 bytes";
	for (c = password; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "the password has a control character";
	return NULL;
}

/* Reads it; the reason why there is none, or NULL. */
static const char *
read_password(char **password)
{
	const char	*reason;
	char		*again;
	bool		 same;

	if (!isatty(STDIN_FILENO)) {
		*password = read_line(stdin);
		return wrong_with(*password);
	}
	*password = read_unseen("Password: ");
	if ((reason = wrong_with(*password)) != NULL)
		return reason;
	again = read_unseen("Again: ");
	same = again != NULL && strcmp(again, *password) == 0;
	forget(again);
	return same ? NULL : "the two are not the same";
}

static char *
print_hash(const char *password)
{
	char		*salt = crypt_gensalt_ra(METHOD, 0, NULL, 0), *reason = NULL;
	const char	*hash = NULL;
	void		*data = NULL;
	int		 size = 0;

	if (salt != NULL)
		hash = crypt_ra(password, salt, &data, &size);
	if (hash == NULL || *hash == '*')
		reason = xasprintf("no hash was made: %s", strerror(errno));
	else
		printf("password-hash = \"%s\"\n", hash);
	if (data != NULL)
		explicit_bzero(data, (size_t)size);
	free(data);
	free(salt);
	return reason;
}

char *
password_print(void)
{
	char		*password = NULL, *result;
	const char	*reason = read_password(&password);

	result = reason != NULL ? xstrdup(reason) : print_hash(password);
	forget(password);
	return result;
}
