#ifndef BUS_TTYLOCK_H
#define BUS_TTYLOCK_H

/*
 * Who else uses a serial port: the lock file of UUCP and those who keep to it,
 * and flock(), which NUT's drivers use.  NULL, or a sentence, malloc'd.
 */
char	*ttylock_look(const char *path);		/* before it is opened: opening raises wires */
char	*ttylock_take(int fd, const char *path);	/* held until the descriptor is closed */
char	*ttylock_device(const char *path);		/* what a link of /dev/serial means; malloc'd */

#endif
