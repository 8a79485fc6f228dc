#ifndef BUS_DEVICENODE_H
#define BUS_DEVICENODE_H

/*
 * Whose a device's node is, for whoever may not open it: "belongs to root and
 * group dialout with mode 0660, and busbard runs as busbar", malloc'd; NULL: it
 * is gone.  Names are looked up, which may take as long as a network does: not
 * for the engine.
 */
char	*devicenode_owner(const char *path);
/* Its group's name, or the number; malloc'd. */
char	*devicenode_group(const char *path);

#endif
