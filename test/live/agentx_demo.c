/*
 * agentx_demo SOCKET COLUMNS ROWS CONTEXTS: serves the fake tree's numbers to
 * a master, in the default context and in c1, c2 ..., until it is ended.  For
 * live tests and measurements of the session and the codec alone.
 */

#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "core/mem.h"
#include "subagent/answer.h"
#include "subagent/dial.h"
#include "subagent/session.h"
#include "test/fake_tree.h"

struct demo {
	struct loop	*loop;
	const char	*socket;
	struct tree	*tree;
	struct session	*session;
};

static int
demo_dial(void *arg)
{
	const struct demo *demo = arg;

	return dial(demo->socket);
}

static size_t
demo_roots(void *arg, const char *context, struct oid *roots, size_t room)
{
	static const uint32_t root[] = { FAKE_ROOT };

	roots[0] = (struct oid){ root, FAKE_ROOT_LEN };
	return 1;
}

static void
demo_answer(void *arg, const struct pdu *pdu, struct buf *out)
{
	const struct demo *demo = arg;
	const struct tree_clock clock = {
		.now_ms = loop_now(demo->loop), .master_uptime = agentx_session_uptime(demo->session),
	};

	answer(demo->tree, &clock, pdu, out);
}

static const struct session_user user = {
	.description = "agentx_demo", .dial = demo_dial, .roots = demo_roots, .answer = demo_answer,
};

static void
serve(struct session *session, size_t contexts)
{
	const char **names = xcalloc(contexts + 1, sizeof *names);

	names[0] = xstrdup("");
	for (size_t i = 1; i <= contexts; i++)
		names[i] = xasprintf("c%zu", i);
	agentx_session_serve(session, names, contexts + 1, contexts + 1);
	for (size_t i = 0; i <= contexts; i++)
		free((char *)names[i]);
	free(names);
}

static void
end(int signo, void *arg)
{
	loop_stop(arg);
}

int
main(int argc, char **argv)
{
	struct demo demo;

	if (argc != 5) {
		fprintf(stderr, "usage: agentx_demo SOCKET COLUMNS ROWS CONTEXTS\n");
		return 2;
	}
	demo.socket = argv[1];
	demo.loop = loop_new();
	demo.tree = fake_tree_new((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]));
	demo.session = agentx_session_new(demo.loop, demo.socket, &user, &demo);
	serve(demo.session, (size_t)atoi(argv[4]));
	loop_signal(demo.loop, 15, end, demo.loop);
	loop_run(demo.loop);
	printf("longest callback %lld us\n", (long long)loop_longest_us(demo.loop));
	agentx_session_free(demo.session);
	fake_tree_free(demo.tree);
	loop_free(demo.loop);
	return 0;
}
