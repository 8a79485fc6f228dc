#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/conf-tree.h"
#include "core/mem.h"

/* Configuration on disk: what conf_parse() is given to read with. */

/* A little at a time, for the size may change under our hands. */
static bool
read_all(int fd, struct conf_file *file)
{
	struct buf	 text = {0};
	ssize_t		 n;

	do {
		n = read(fd, buf_reserve(&text, 65536), 65536);
		if (n > 0)
			buf_grew(&text, (size_t)n);
	} while ((n > 0 && text.len <= CONF_SIZE) || (n == -1 && errno == EINTR));
	if (n == -1) {
		buf_free(&text);
		return false;
	}
	file->len = text.len;
	file->text = xmalloc(text.len + 1);
	memcpy(file->text, buf_text(&text), text.len + 1);
	buf_free(&text);
	return true;
}

static bool
read_regular(int fd, struct conf_file *file)
{
	struct stat	st;

	if (fstat(fd, &st) == -1)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return false;
	}
	file->exposed = (st.st_mode & (S_IROTH | S_IWOTH)) != 0;
	return read_all(fd, file);
}

static bool
read_matches(const char *pattern, struct conf_file *file)
{
	struct buf	text = {0};
	glob_t		found;
	size_t		i;
	int		result;

	result = glob(pattern, GLOB_NOSORT, NULL, &found);
	if (result != 0 && result != GLOB_NOMATCH) {
		errno = result == GLOB_NOSPACE ? ENOMEM : EIO;
		return false;
	}
	for (i = 0; result == 0 && i < found.gl_pathc; i++)
		buf_printf(&text, "%s\n", found.gl_pathv[i]);
	if (result == 0)
		globfree(&found);
	file->len = text.len;
	file->text = xstrdup(buf_text(&text));
	buf_free(&text);
	return true;
}

static bool
read_path(const char *path, struct conf_file *file)
{
	int	fd, error;
	bool	done;

	/* Not blocking: a FIFO by this name is refused, not waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return false;
	done = read_regular(fd, file);
	error = errno;
	close(fd);
	errno = error;
	return done;
}

bool
conf_read_file(const char *path, struct conf_file *file, void *arg)
{
	return strpbrk(path, "*?[") != NULL ? read_matches(path, file) : read_path(path, file);
}

struct conf *
conf_load(const char *path, struct conf_errors *errors)
{
	struct conf_file file = {0};
	struct conf	*conf;
	int		 error = 0;

	if (!read_path(path, &file))
		error = errno;
	conf = conf_parse(path, file.text == NULL ? "" : file.text, file.len,
	    conf_read_file, NULL, errors);
	if (error != 0)
		conf_error(errors, (struct conf_place){ conf->files[0].name, 0 },
		    "cannot be read: %s", strerror(error));
	conf->files[0].exposed = file.exposed;
	free(file.text);
	return conf;
}
