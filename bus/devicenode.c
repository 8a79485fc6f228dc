#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdlib.h>

#include "bus/devicenode.h"
#include "core/mem.h"

static char *
user_text(uid_t uid)
{
	const struct passwd	*user = getpwuid(uid);

	return user != NULL ? xstrdup(user->pw_name) : xasprintf("uid %u", (unsigned)uid);
}

static char *
group_text(gid_t gid)
{
	const struct group	*group = getgrgid(gid);

	return group != NULL ? xstrdup(group->gr_name) : xasprintf("gid %u", (unsigned)gid);
}

char *
devicenode_owner(const char *path)
{
	struct stat	 st;
	char		*owner, *group, *self, *text;

	if (stat(path, &st) == -1)
		return NULL;
	owner = user_text(st.st_uid);
	group = group_text(st.st_gid);
	self = user_text(geteuid());
	text = xasprintf("belongs to %s and group %s with mode %04o, and busbard runs as %s", owner, group,
	    (unsigned)st.st_mode & 07777, self);
	free(owner);
	free(group);
	free(self);
	return text;
}

char *
devicenode_group(const char *path)
{
	struct stat	 st;

	return stat(path, &st) == -1 ? NULL : group_text(st.st_gid);
}
