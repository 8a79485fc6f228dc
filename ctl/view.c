#include "ctl/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "core/mem.h"
#include "core/model.h"

/* bbOutletControlEntry and bbGroupControlEntry; behind them the column, the device, the outlet. */
#define CONTROL_ENTRY	ENTERPRISE_OID ".1.8.1.1"
#define GROUP_ENTRY	ENTERPRISE_OID ".1.8.2.1"
#define MASK_MAX	32

static struct show *
view_begin(const char *verb)
{
	return NULL;
}

static size_t
parts_of(const char *oid)
{
	size_t	n = 1;

	for (; *oid != '\0'; oid++)
		n += *oid == '.';
	return n;
}

/* A bit for each number, the first one highest: those that have to be the same are 1. */
static void
print_mask(size_t parts, size_t any)
{
	unsigned char	mask[MASK_MAX] = { 0 };
	size_t		i;

	for (i = 0; i < parts && i < MASK_MAX * 8; i++)
		if (i != any)
			mask[i / 8] |= (unsigned char)(0x80 >> i % 8);
	for (i = 0; i * 8 < parts; i++)
		printf("%s%02x", i > 0 ? ":" : "", mask[i]);
	putchar('\n');
}

/* A group of the configuration has a number as a device has. */
static void
print_group(const char *name, const char *index)
{
	size_t	column = parts_of(GROUP_ENTRY);

	printf("# bbGroupControlTable: group %s, every column\n", name);
	printf("view busbar-%s included ." GROUP_ENTRY ".0.%s ", index, index);
	print_mask(column + 2, column);
}

/* VIEW device index [outlet] */
static void
view_record(struct show *show, const char **words, size_t n)
{
	bool	whole = n < 4 || *words[3] == '\0';
	size_t	column = parts_of(CONTROL_ENTRY);

	if (n < 3 || strcmp(words[0], "VIEW") != 0)
		return;
	if (strncmp(words[1], GROUP_PREFIX, sizeof(GROUP_PREFIX) - 1) == 0) {
		print_group(words[1] + sizeof(GROUP_PREFIX) - 1, words[2]);
		return;
	}
	printf("# bbOutletControlTable: %s%s, every column\n", words[1], whole ? ", every outlet" : " and one outlet");
	/* snmpd joins lines of one name, of which it has 32 bytes: the numbers are unique where names, cut, are not. */
	printf("view busbar-%s%s%s included ." CONTROL_ENTRY ".0.%s%s%s ", words[2], whole ? "" : "-o",
	    whole ? "" : words[3], words[2], whole ? "" : ".", whole ? "" : words[3]);
	print_mask(column + (whole ? 2 : 3), column);
}

static void
view_end(struct show *show, const char *reason)
{
	if (reason != NULL)
		fprintf(stderr, "busbarctl: %s\n", reason);
}

const struct shower show_view = { view_begin, view_record, view_end };
