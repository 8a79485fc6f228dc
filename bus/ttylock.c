#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bus/ttylock.h"
#include "core/mem.h"

#define LOCK_FOLDER	"/var/lock"

/* "nutdrv_qx (process 123)", also for one whose name nobody knows. */
static char *
process_text(long pid)
{
	char	*path = xasprintf("/proc/%ld/comm", pid), name[64] = "";
	FILE	*f = fopen(path, "re");

	if (f != NULL && fgets(name, sizeof(name), f) != NULL)
		name[strcspn(name, "\n")] = '\0';
	if (f != NULL)
		fclose(f);
	free(path);
	return xasprintf("%s (process %ld)", *name != '\0' ? name : "another program", pid);
}

static char *
held_text(const char *path, long pid, const char *how)
{
	char	*who, *text;

	if (pid == getpid())
		return xasprintf("%s: another device of this busbard has it", path);
	who = pid > 0 ? process_text(pid) : xstrdup("another program");
	text = xasprintf("%s: %s holds it (%s); a NUT driver of that port must be stopped and disabled",
		    path, who, how);

	free(who);
	return text;
}

char *
ttylock_device(const char *path)
{
	struct stat	 st;
	char		*real = lstat(path, &st) == 0 && S_ISLNK(st.st_mode) ? realpath(path, NULL) : NULL;

	return real != NULL ? real : xstrdup(path);
}

static long
read_pid(const char *name)
{
	char	 words[32] = "";
	FILE	*f = fopen(name, "re");

	if (f == NULL)
		return 0;
	if (fgets(words, sizeof(words), f) == NULL)
		*words = '\0';
	fclose(f);
	return strtol(words, NULL, 10);
}

/* A lock of a process that is no more is none. */
static char *
look_file(const char *path)
{
	char	*real = ttylock_device(path), *name, *text = NULL;
	long	 pid;

	name = xasprintf("%s/LCK..%s", LOCK_FOLDER, strrchr(real, '/') + 1);
	free(real);
	pid = read_pid(name);
	if (pid > 0 && pid != getpid() && (kill((pid_t)pid, 0) == 0 || errno != ESRCH))
		text = held_text(path, pid, name);
	free(name);
	return text;
}

/* "1: FLOCK  ADVISORY  WRITE 123 00:05:678 0 EOF": process, device, inode.  0: the line is about another file. */
static long
holder_in(const char *line, const struct stat *st)
{
	const char	*at = strstr(line, "FLOCK");
	long		 pid;
	unsigned long	 file;
	unsigned	 dev_major, dev_minor;

	if (at == NULL || sscanf(at, "FLOCK %*s %*s %ld %x:%x:%lu", &pid, &dev_major, &dev_minor, &file) != 4)
		return 0;
	return file == st->st_ino && makedev(dev_major, dev_minor) == st->st_dev ? pid : 0;
}

/* 0: nobody that can be seen from here. */
static long
holder(const struct stat *st)
{
	FILE	*f = fopen("/proc/locks", "re");
	char	 line[256];
	long	 pid = 0;

	if (f == NULL)
		return 0;
	while (pid == 0 && fgets(line, sizeof(line), f) != NULL)
		pid = holder_in(line, st);
	fclose(f);
	return pid;
}

char *
ttylock_look(const char *path)
{
	struct stat	 st;
	long		 pid;
	char		*text = look_file(path);

	if (text != NULL || stat(path, &st) == -1 || (pid = holder(&st)) == 0)
		return text;
	return held_text(path, pid, "flock");
}

char *
ttylock_take(int fd, const char *path)
{
	struct stat	 st;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return NULL;
	if (errno != EWOULDBLOCK || fstat(fd, &st) == -1)
		return xasprintf("%s: cannot be locked: %s", path, strerror(errno));
	return held_text(path, holder(&st), "flock");
}
