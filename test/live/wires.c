/*
 * LD_PRELOAD: gives pseudo terminals the wires of a serial port, and writes
 * down every call that moves ours.  $WIRES_DIR/NUMBER has two ints for each
 * port, our wires and the device's, shared with the test, which plays the
 * device; the calls are appended to $WIRES_DIR/log, "PID WHAT VALUE" each.  As
 * in Linux, every open that does not wait raises DTR and RTS.  What a last
 * close would do follows from HUPCL, which a pseudo terminal keeps: the test
 * looks there.
 *
 * With $WIRES_LISTED, they are in /sys/class/tty too, so that libserialport
 * takes them.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#define OUTPUTS	(TIOCM_DTR | TIOCM_RTS)
#define NPTYS	256

static int *
wires_of(int fd)
{
	static int	*known[NPTYS];
	const char	*folder = getenv("WIRES_DIR");
	char		 path[4096];
	struct stat	 st;
	unsigned	 n;
	void		*at;
	int		 file;

	if (folder == NULL || fstat(fd, &st) == -1 || !S_ISCHR(st.st_mode) || major(st.st_rdev) < 136 ||
	    major(st.st_rdev) > 143 || (n = minor(st.st_rdev)) >= NPTYS)
		return NULL;
	if (known[n] != NULL)
		return known[n];
	snprintf(path, sizeof(path), "%s/%u", folder, n);
	if ((file = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return NULL;		/* not one that the test made */
	at = mmap(NULL, 2 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	return known[n] = at == MAP_FAILED ? NULL : at;
}

static void
note(const char *what, int value)
{
	char	 path[4096], line[64];
	int	 file, n;

	snprintf(path, sizeof(path), "%s/log", getenv("WIRES_DIR"));
	if ((file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) == -1)
		return;
	n = snprintf(line, sizeof(line), "%d %s %d\n", (int)getpid(), what, value);
	if (write(file, line, (size_t)n) != n)
		abort();
	close(file);
}

static int
touch(int *wires, unsigned long request, int *value)
{
	switch (request) {
	case TIOCMGET:
		*value = __atomic_load_n(&wires[0], __ATOMIC_SEQ_CST) | __atomic_load_n(&wires[1], __ATOMIC_SEQ_CST);
		return 0;
	case TIOCMSET:
		__atomic_store_n(wires, *value & OUTPUTS, __ATOMIC_SEQ_CST);
		note("set", *wires);
		return 0;
	case TIOCMBIS:
		__atomic_or_fetch(wires, *value & OUTPUTS, __ATOMIC_SEQ_CST);
		note("raise", *value & OUTPUTS);
		return 0;
	case TIOCMBIC:
		__atomic_and_fetch(wires, ~(*value & OUTPUTS), __ATOMIC_SEQ_CST);
		note("drop", *value & OUTPUTS);
		return 0;
	default:
		note("break", request == TIOCSBRK);
		return 0;
	}
}

int
ioctl(int fd, unsigned long request, ...)
{
	static int	(*real)(int, unsigned long, ...);
	va_list		 ap;
	void		*arg;
	int		*wires;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (real == NULL)
		real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	if ((request == TIOCMGET || request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC ||
	    request == TIOCSBRK || request == TIOCCBRK) && (wires = wires_of(fd)) != NULL)
		return touch(wires, request, arg);
	return real(fd, request, arg);
}

static int
opened(int fd)
{
	int	*wires;

	if (fd == -1 || (wires = wires_of(fd)) == NULL)
		return fd;
	__atomic_or_fetch(wires, OUTPUTS, __ATOMIC_SEQ_CST);
	note("open", OUTPUTS);
	return fd;
}

static int
open_port(const char *path, int flags, mode_t mode)
{
	static int	(*real)(const char *, int, ...);

	if (real == NULL)
		real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
	return opened(real(path, flags, mode));
}

/* Under all its names: programs with large files, and with checks of the compiler's. */
int	open64(const char *, int, ...);
int	__open_2(const char *, int);
int	__open64_2(const char *, int);

int
open(const char *path, int flags, ...)
{
	va_list	 ap;
	mode_t	 mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open_port(path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	va_list	 ap;
	mode_t	 mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open_port(path, flags, mode);
}

int
__open_2(const char *path, int flags)
{
	return open_port(path, flags, 0);
}

int
__open64_2(const char *path, int flags)
{
	return open_port(path, flags, 0);
}

/* libserialport 0.1.1 wants a link there, to anywhere. */
static int
listed(const char *path)
{
	return getenv("WIRES_LISTED") != NULL && strncmp(path, "/sys/class/tty/pts/", 19) == 0;
}

int	__lxstat(int version, const char *, struct stat *);

int
__lxstat(int version, const char *path, struct stat *st)
{
	(void)version;
	if (!listed(path))
		return lstat(path, st);
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFLNK | 0777;
	return 0;
}

ssize_t
readlink(const char *path, char *target, size_t size)
{
	static ssize_t	(*real)(const char *, char *, size_t);

	if (real == NULL)
		real = (ssize_t (*)(const char *, char *, size_t))dlsym(RTLD_NEXT, "readlink");
	if (!listed(path))
		return real(path, target, size);
	memcpy(target, "../x", size < 4 ? size : 4);
	return size < 4 ? (ssize_t)size : 4;
}
