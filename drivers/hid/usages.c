#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "drivers/hid/usages.h"

#define NAME_MAX_BYTES	64

static bool
read_code(const char *s, uint32_t *code)
{
	char	*end;

	if (strspn(s, "0123456789abcdefABCDEF") != 8)
		return false;
	*code = (uint32_t)strtoul(s, &end, 16);
	return *end == '\0';
}

void
usages_add(struct usages *u, const struct conf_item *section, struct conf_errors *errors)
{
	const struct conf_item	*it;
	uint32_t		 code;

	for (it = section->items; it < section->items + section->nitems; it++) {
		if (it->section || it->nvalues != 1 || !read_code(it->values[0].text, &code)) {
			conf_error(errors, it->place, "%s wants the number of a usage in eight digits, as 00840030", it->name);
			continue;
		}
		u->list = array_room(u->list, u->n, &u->room, sizeof(*u->list));
		u->list[u->n++] = (struct usage){ it->name, code };
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcasecmp(((const struct usage *)a)->name, ((const struct usage *)b)->name);
}

void
usages_sort(struct usages *u)
{
	if (u->n > 0)
		qsort(u->list, u->n, sizeof(*u->list), by_name);
}

void
usages_free(struct usages *u)
{
	free(u->list);
	*u = (struct usages){ .n = 0 };
}

static bool
find(const struct usages *u, const char *name, uint32_t *code)
{
	const struct usage	 key = { name, 0 }, *found;

	found = u->n == 0 ? NULL : bsearch(&key, u->list, u->n, sizeof(key), by_name);
	if (found != NULL)
		*code = found->code;
	return found != NULL;
}

static bool
read_index(const char *s, uint32_t *code)
{
	char		*end;
	unsigned long	 n;

	if (*s != '[' || !isdigit((unsigned char)s[1]))
		return false;
	n = strtoul(s + 1, &end, 10);
	*code = HID_INDEX | (uint32_t)n;
	return n < 128 && strcmp(end, "]") == 0;
}

bool
usages_path(const struct usages *own, const struct usages *standard, const struct conf_value *v,
    struct hid_path *out, struct conf_errors *errors)
{
	char		 name[NAME_MAX_BYTES];
	const char	*s = v->text;
	size_t		 len;

	out->n = 0;
	do {
		len = strcspn(s, ".");
		if (len == 0 || len >= sizeof(name) || out->n == HID_PATH_MAX)
			break;
		memcpy(name, s, len);
		name[len] = '\0';
		if (!find(own, name, &out->usages[out->n]) && !find(standard, name, &out->usages[out->n]) &&
		    !read_index(name, &out->usages[out->n]) && !read_code(name, &out->usages[out->n])) {
			conf_error(errors, v->place, "\"%s\" is the name of no usage; usages { ... } gives names", name);
			return false;
		}
		out->n++;
		s += len;
	} while (*s++ == '.');
	if (len == 0 || s[-1] != '\0' || out->n == 0) {
		conf_error(errors, v->place, "\"%s\" is no path; it wants names and dots, as UPS.Input.Voltage", v->text);
		return false;
	}
	return true;
}
