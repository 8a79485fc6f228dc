#ifndef CTL_RECORD_H
#define CTL_RECORD_H

/*
 * Records what goes over the wire of a device of the configuration
 * ($BUSBAR_CONF, or the usual file), by a busbard of its own that has only this
 * device, into a file that must not be there yet.  NULL, or what was wrong,
 * malloc'd.
 */
char	*record_device(const char *device, const char *file, const char *seconds);

#endif
