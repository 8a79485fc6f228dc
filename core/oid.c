/* Object identifiers: reading them, ordering them. */

#include "core/oid.h"

/* The two rules that the encoding needs: at least two numbers, the second below 40 unless the first is 2 (X.690 8.19.4). */
static bool
encodable(const uint32_t *ids, size_t len)
{
	return len >= 2 && ids[0] <= 2 && (ids[0] == 2 || ids[1] < 40);
}

bool
oid_parse(const char *dotted, uint32_t ids[OID_MAX_LEN], size_t *len)
{
	const char	*p = dotted;
	uint64_t	 id;
	size_t		 n = 0;

	if (*p == '.')
		p++;
	do {
		if (*p < '0' || *p > '9' || n == OID_MAX_LEN)
			return false;
		for (id = 0; *p >= '0' && *p <= '9'; p++) {
			id = id * 10 + (uint64_t)(*p - '0');
			if (id > UINT32_MAX)
				return false;
		}
		ids[n++] = (uint32_t)id;
	} while (*p++ == '.');
	if (p[-1] != '\0' || !encodable(ids, n))
		return false;
	*len = n;
	return true;
}

int
oid_compare(struct oid a, struct oid b)
{
	size_t	i;

	for (i = 0; i < a.len && i < b.len; i++)
		if (a.ids[i] != b.ids[i])
			return a.ids[i] < b.ids[i] ? -1 : 1;
	return a.len == b.len ? 0 : a.len < b.len ? -1 : 1;
}

bool
oid_below(struct oid root, struct oid oid)
{
	return oid.len >= root.len && oid_compare(root, (struct oid){ oid.ids, root.len }) == 0;
}
