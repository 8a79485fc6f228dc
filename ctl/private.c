#include <sys/mman.h>
#include <sys/stat.h>

#include <unistd.h>

#include "ctl/private.h"

int
private_file(const struct buf *text)
{
	int	 fd = memfd_create("busbar.conf", MFD_CLOEXEC);
	size_t	 done = 0;
	ssize_t	 n;

	if (fd == -1)
		return -1;
	if (fchmod(fd, 0600) == -1)
		done = text->len + 1;
	while (done < text->len && (n = write(fd, buf_bytes(text) + done, text->len - done)) > 0)
		done += (size_t)n;
	if (done == text->len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}
