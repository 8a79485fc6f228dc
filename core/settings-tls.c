#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/settings-table.h"

/*
 * The certificates of the nut section.  Their files are read and tried where
 * the configuration is, so that a broken one is a mistake in it like any
 * other, and the role that talks to clients gets texts and needs no files.
 */

#define FILE_LENGTH	(256 << 10)	/* the CAs of the whole world have that room */
#define BEGIN		"-----BEGIN "
#define END		"-----END "

static const struct {
	const char	*name;
	bool		 secret;
} parts[SETTINGS_TLS_PARTS] = {
	[TLS_CERTIFICATE] = { "certificate", false },
	[TLS_KEY] = { "key", true },
	[TLS_CA] = { "client-ca", false },
};

static const struct conf_item *
given(const struct conf_item *nut, const char *name)
{
	const struct conf_item	*item = nut == NULL ? NULL : settings_item(nut, name);

	return item == NULL || item->broken || item->section || item->nvalues != 1 ? NULL : item;
}

/* -- files ------------------------------------------------------------------------ */

static void
put_line(struct buf *out, const char *line, size_t len)
{
	size_t	i;

	for (i = 0; i < len && line[i] != '\r'; i++)
		buf_putc(out, line[i] < ' ' || line[i] == 0x7f ? '?' : line[i]);
	buf_putc(out, '\t');
}

/* What is PEM in a text, as one line: a string of the configuration has no LF, so a tab is in its place. */
static char *
one_line(const char *text)
{
	struct buf	 out = {0};
	const char	*next;
	char		*line;
	bool		 inside = false;
	size_t		 len;

	for (; *text != '\0'; text = next) {
		len = strcspn(text, "\n");
		next = text + len + (text[len] == '\n');
		inside = inside || strncmp(text, BEGIN, strlen(BEGIN)) == 0;
		if (inside)
			put_line(&out, text, len);
		inside = inside && strncmp(text, END, strlen(END)) != 0;
	}
	line = xstrdup(buf_text(&out));
	buf_free(&out);
	return line;
}

static const char *
read_pem(const char *path, bool secret, struct conf_file *file)
{
	if (*path != '/')
		return "wants an absolute path";
	if (strpbrk(path, "*?[") != NULL)
		return "it is a pattern, not a file";
	if (!conf_read_file(path, file, NULL))
		return strerror(errno);
	if (secret && file->exposed)
		return "everybody may read it; chmod o-rw";
	if (file->len > FILE_LENGTH)
		return "it is longer than 256 KiB";
	return strstr(file->text, BEGIN) == NULL ? "it is not PEM: it has no line \"-----BEGIN ...\"" : NULL;
}

static void
take_file(struct settings_run *run, const struct conf_item *nut, enum tls_part part)
{
	const struct conf_item	*item = given(nut, parts[part].name);
	struct conf_file	 file = {0};
	const char		*wrong;
	char			*line;

	if (item == NULL)
		return;
	run->tls_paths[part] = item->values[0].text;
	wrong = read_pem(item->values[0].text, parts[part].secret, &file);
	if (wrong != NULL) {
		conf_error(run->errors, item->values[0].place, "%s: \"%s\" cannot be used: %s",
		    parts[part].name, item->values[0].text, wrong);
		conf_replace(run->conf, &item->values[0], "/");
	} else {
		line = one_line(file.text);
		conf_replace(run->conf, &item->values[0], line);
		free(line);
	}
	free(file.text);
}

void
settings_tls_files(struct settings_run *run, const struct conf_item *nut)
{
	if (!run->files)
		return;
	take_file(run, nut, TLS_CERTIFICATE);
	take_file(run, nut, TLS_KEY);
	take_file(run, nut, TLS_CA);
}

/* -- together ------------------------------------------------------------------------- */

/* name: what makes no sense without the other. */
static void
check_needs(struct settings_run *run, const struct conf_item *nut, const char *name, const char *other)
{
	const struct conf_item	*item = given(nut, name);

	if (item != NULL && settings_item(nut, other) == NULL)
		conf_error(run->errors, item->place, "%s: does nothing without %s; %s = \"/PATH\"",
		    name, other, other);
}

static void
check_require(struct settings_run *run, const struct conf_item *nut)
{
	if (run->settings->nut.require == REQUIRE_TLS)
		check_needs(run, nut, "require", "certificate");
	else if (run->settings->nut.require == REQUIRE_CERTIFICATE)
		check_needs(run, nut, "require", "client-ca");
}

/* Whether a file stands here, or nothing; else what is wrong with it is told. */
static bool
is_text(const char *pem)
{
	return pem == NULL || *pem == '-';
}

static void
try_texts(struct settings_run *run, const struct conf_item *nut)
{
	const struct nut_settings	*s = &run->settings->nut;
	const struct tls_options	 options = { .certificate = s->certificate, .key = s->key,
		.ca = s->client_ca, .min = s->tls_min };
	struct tls_mistake		 m;
	struct tls_context		*context = tls_server(&options, &m);

	if (context == NULL)
		conf_error(run->errors, given(nut, parts[m.part].name)->values[0].place,
		    "%s: \"%s\" cannot be used: %s", parts[m.part].name, run->tls_paths[m.part], m.text);
	tls_context_free(context);
}

void
settings_tls(struct settings_run *run, const struct conf_item *nut)
{
	const struct nut_settings	*s = &run->settings->nut;
	size_t				 before = run->errors->n;

	if (nut == NULL)
		return;
	check_needs(run, nut, "certificate", "key");
	check_needs(run, nut, "key", "certificate");
	check_needs(run, nut, "client-ca", "certificate");
	check_needs(run, nut, "tls-min", "certificate");
	check_require(run, nut);
	if (run->files && before == run->errors->n && s->certificate != NULL &&
	    is_text(s->certificate) && is_text(s->key) && is_text(s->client_ca))
		try_texts(run, nut);
}
