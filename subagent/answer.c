/*
 * A master's request, answered from the tree.
 */

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "subagent/answer.h"

/*
 * No Response is longer than an SNMP message can be.  net-snmp 5.9 drops longer
 * ones in silence, and then the session, because it was not answered.
 */
#define ANSWER_LEN_MAX	65536
#define BULK_COLUMNS_MAX 1024	/* nor do more names fit into a request */

/* One request being answered. */
struct asked {
	struct tree		*tree;
	const struct tree_clock	*clock;
	const char		*context;
	size_t			 context_len;
	struct pdu_reader	 reader;
	struct buf		*out;
	size_t			 begin;		/* of the Response in out */
};

/* A SearchRange (RFC 2741 5.2) and room for its numbers. */
struct search {
	uint32_t	from_ids[OID_MAX_LEN], end_ids[OID_MAX_LEN];
	struct oid	from, end;
	bool		include;
};

static bool
read_search(struct asked *asked, struct search *search)
{
	bool ignored;

	search->from = pdu_read_oid(&asked->reader, search->from_ids, &search->include);
	search->end = pdu_read_oid(&asked->reader, search->end_ids, &ignored);
	return !asked->reader.bad;
}

static bool
too_big(const struct asked *asked)
{
	return asked->out->len - asked->begin > ANSWER_LEN_MAX;
}

static enum pdu_error
well_read(const struct asked *asked)
{
	if (asked->reader.bad)
		return PDU_PARSE_ERROR;
	return too_big(asked) ? PDU_TOO_BIG : PDU_OK;
}

static void
put_end(struct asked *asked, struct oid name)
{
	static const struct object end = { .type = OBJECT_END_OF_MIB_VIEW };

	pdu_put_object(asked->out, name, &end);
}

/* Puts the next object of the range, or endOfMibView under the name the range begins with. */
static bool
put_next(struct asked *asked, const struct search *search, struct object *object)
{
	if (tree_next(asked->tree, asked->context, asked->context_len, search->from, search->include,
	    search->end, asked->clock, object)) {
		pdu_put_object(asked->out, object->oid, object);
		return true;
	}
	put_end(asked, search->from);
	return false;
}

static enum pdu_error
answer_get(struct asked *asked)
{
	struct search search;
	struct object object;

	while (pdu_more(&asked->reader) && !too_big(asked) && read_search(asked, &search)) {
		tree_get(asked->tree, asked->context, asked->context_len, search.from, asked->clock, &object);
		pdu_put_object(asked->out, search.from, &object);
	}
	return well_read(asked);
}

static enum pdu_error
answer_next(struct asked *asked)
{
	struct search search;
	struct object object;

	while (pdu_more(&asked->reader) && !too_big(asked) && read_search(asked, &search))
		put_next(asked, &search, &object);
	return well_read(asked);
}

/* One repetition: every column one object further.  False: all were at their end. */
static bool
repeat(struct asked *asked, struct search *columns, size_t n)
{
	struct object object;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		struct search *column = &columns[i];

		column->from.ids = column->from_ids;	/* the array may have moved since */
		column->end.ids = column->end_ids;
		if (!put_next(asked, column, &object))
			continue;
		/* The name is the tree's, and gone after the next question. */
		memcpy(column->from_ids, object.oid.ids, object.oid.len * sizeof object.oid.ids[0]);
		column->from.len = object.oid.len;
		column->include = false;
		any = true;
	}
	return any;
}

/* Fewer repetitions than asked for are always allowed (RFC 2741 7.2.3.3). */
static enum pdu_error
answer_bulk(struct asked *asked)
{
	unsigned singles = pdu_read_u16(&asked->reader), repetitions = pdu_read_u16(&asked->reader);
	struct search search, *columns = NULL;
	struct object object;
	size_t n = 0, room = 0, fits;
	enum pdu_error error;

	while (pdu_more(&asked->reader) && read_search(asked, &search)) {
		if (singles > 0) {
			singles--;
			put_next(asked, &search, &object);
			continue;
		}
		if (n == BULK_COLUMNS_MAX)
			break;
		columns = array_room(columns, n, &room, sizeof *columns);
		columns[n++] = search;
	}
	error = pdu_more(&asked->reader) ? PDU_GEN_ERR : well_read(asked);
	fits = asked->out->len;
	while (error == PDU_OK && n > 0 && repetitions-- > 0 && repeat(asked, columns, n) && !too_big(asked))
		fits = asked->out->len;
	if (too_big(asked)) {
		asked->out->len = fits;
		error = too_big(asked) ? PDU_TOO_BIG : error;
	}
	free(columns);
	return error;
}

static enum pdu_error	(*const requests[])(struct asked *) = {
	[PDU_GET] = answer_get,
	[PDU_GET_NEXT] = answer_next,
	[PDU_GET_BULK] = answer_bulk,
};

void
answer(struct tree *tree, const struct tree_clock *clock, const struct pdu *pdu, struct buf *out)
{
	struct asked asked = {
		.tree = tree, .clock = clock, .reader = pdu_read(pdu), .out = out,
	};
	enum pdu_error error = PDU_PARSE_ERROR;

	asked.begin = pdu_respond(out, pdu);
	if (pdu->type < nitems(requests) && requests[pdu->type] != NULL) {
		asked.context = pdu_read_context(&asked.reader, pdu, &asked.context_len);
		error = requests[pdu->type](&asked);
	}
	if (error == PDU_OK)
		pdu_end(out, asked.begin);
	else
		pdu_respond_error(out, asked.begin, error, error < PDU_OPEN_FAILED ? 1 : 0);
}
