#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "test/unit/dump.h"

static void
put_line(struct update *u, const char *line, size_t len)
{
	const char	*colon = memchr(line, ':', len);
	char		*name, *value, *end;

	if (colon == NULL || *line == '#')
		return;
	name = xstrndup(line, (size_t)(colon - line));
	value = xstrndup(colon + 1, len - (size_t)(colon - line) - 1);
	value[strcspn(value, "#")] = '\0';
	for (end = value + strlen(value); end > value && strchr(" \t\r", end[-1]) != NULL; end--)
		end[-1] = '\0';
	if (strchr(name, ' ') == NULL && strchr(name, '.') != NULL)
		update_put_text(u, var_intern(name), value + strspn(value, " \t"));
	free(name);
	free(value);
}

void
dump_put(struct update *u, const char *text)
{
	size_t	 len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		put_line(u, text, len);
	}
}

static char *
slurp(const char *path)
{
	FILE	*f = fopen(path, "r");
	char	*text = xcalloc(1, 1 << 20);

	if (f != NULL) {
		text[fread(text, 1, (1 << 20) - 1, f)] = '\0';
		fclose(f);
	}
	return text;
}

/* PDUs, transfer switches and the like have no place in UPS-MIB. */
static bool
is_ups(const struct update *u)
{
	static const char *const	 others[] = { "pdu", "ats", "scd" };
	const struct value		*type = update_get(u, VAR_DEVICE_TYPE);
	size_t				 i;

	for (i = 0; i < nitems(others); i++)
		if (type != NULL && type->type == V_TEXT && strcmp(type->text, others[i]) == 0)
			return false;
	return true;
}

static bool
load_one(struct model *m, const char *path, size_t number, bool ups)
{
	char		 name[16], *text = slurp(path);
	struct device	*d;
	struct update	*u;
	bool		 taken;

	snprintf(name, sizeof(name), "d%zu", number);
	d = model_add(m, name);
	u = update_begin(d);
	dump_put(u, text);
	free(text);
	taken = is_ups(u) == ups;
	update_state(u, DEVICE_FRESH);
	update_commit(u);
	if (!taken)
		model_remove(d);
	return taken;
}

static size_t
load(struct model *m, bool ups, char ***paths)
{
	const char	*shared = getenv("SHARED");
	char		*pattern = xasprintf("%s/devices/ddl/*/*.dev", shared == NULL ? "../shared" : shared);
	glob_t		 found;
	size_t		 i, n = 0;

	if (glob(pattern, 0, NULL, &found) != 0)
		found.gl_pathc = 0;
	if (paths != NULL)
		*paths = xcalloc(found.gl_pathc + 1, sizeof(**paths));
	for (i = 0; i < found.gl_pathc; i++) {
		if (!load_one(m, found.gl_pathv[i], n + 1, ups))
			continue;
		if (paths != NULL)
			(*paths)[n] = xstrdup(found.gl_pathv[i]);
		n++;
	}
	globfree(&found);
	free(pattern);
	return n;
}

size_t
dumps_load(struct model *m, char ***paths)
{
	return load(m, true, paths);
}

size_t
dumps_load_others(struct model *m, char ***paths)
{
	return load(m, false, paths);
}

void
dumps_free(char **paths, size_t n)
{
	while (n-- > 0)
		free(paths[n]);
	free(paths);
}
