#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/settings-table.h"

/* Secrets: read from files of their own, or in a file that is not for everybody. */

#define SECRET_LENGTH	1024

/* What is wrong with a file that holds nothing but a secret, or NULL; takes the newline off its end. */
static const char *
secret_mistake(struct conf_file *file)
{
	size_t	i;

	if (file->exposed)
		return "everybody may read it; chmod o-rw";
	if (file->len > 0 && file->text[file->len - 1] == '\n')
		file->len--;
	if (file->len == 0)
		return "it is empty";
	if (file->len > SECRET_LENGTH)
		return "it is longer than 1024 bytes";
	for (i = 0; i < file->len; i++)
		if ((unsigned char)file->text[i] < ' ' || file->text[i] == 0x7f)
			return "it is more than one line of text, or has control characters";
	return NULL;
}

/* "@/PATH" becomes what the file says, also in the section's canonical text. */
static void
read_secret(struct settings_run *run, const struct conf_value *value, size_t at, const char *name)
{
	const char		*path = value->text + at + 1, *wrong;
	struct conf_file	 file = {0};
	char			*text;

	if (strpbrk(path, "*?[") != NULL)
		wrong = "it is a pattern, not a file";
	else if (!conf_read_file(path, &file, NULL))
		wrong = strerror(errno);
	else
		wrong = secret_mistake(&file);
	if (wrong != NULL) {
		conf_error(run->errors, value->place, "%s: no secret in %s: %s",
		    name, path, wrong);
	} else {
		text = xasprintf("%.*s%.*s", (int)at, value->text, (int)file.len, file.text);
		conf_replace(run->conf, value, text);
		free(text);
	}
	free(file.text);
}

/* Once for each file, or a file of 400 devices would say so 400 times. */
static void
check_exposed(struct settings_run *run, const struct conf_value *value, size_t at, const char *name)
{
	const char	*file = value->place.file;

	if (!conf_exposed(run->conf, file) || (run->told != NULL && strcmp(run->told, file) == 0))
		return;
	run->told = file;
	conf_error(run->errors, value->place, "%s: a secret in a file that everybody may read; "
	    "chmod o-rw %s, or put it in a file of its own and write %s%s%s@/PATH\"", name, file,
	    at > 0 ? "\"" : "", name, at > 0 ? "=" : " = \"");
}

void
settings_secret(struct settings_run *run, const struct conf_value *value, size_t at, const char *name)
{
	if (!run->files)
		return;
	if (strncmp(value->text + at, "@/", 2) == 0)
		read_secret(run, value, at, name);
	else
		check_exposed(run, value, at, name);
}
