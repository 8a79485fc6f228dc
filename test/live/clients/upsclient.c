/* Acts by libupsclient: one act a line on standard input, its answer ends with a dot. */

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <upsclient.h>

static UPSCONN_t	 connection;

static void
failed(void)
{
	printf("error: %s\n", upscli_strerror(&connection));
}

static void
run_connect(char **argv)
{
	upscli_disconnect(&connection);
	if (upscli_connect(&connection, argv[1], (uint16_t)atoi(argv[2]), UPSCLI_CONN_TRYSSL) < 0)
		failed();
}

static void
run_list(const char *device)
{
	const char	 *query[2] = { "VAR", device };
	char		**answer;
	size_t		  n;
	int		  more;

	if (upscli_list_start(&connection, 2, query) < 0) {
		failed();
		return;
	}
	while ((more = upscli_list_next(&connection, 2, query, &n, &answer)) == 1)
		printf("%s: %s\n", answer[2], answer[3]);
	if (more < 0)
		failed();
}

static void
run_get(const char *device, const char *name)
{
	const char	 *query[3] = { "VAR", device, name };
	char		**answer;
	size_t		  n;

	if (upscli_get(&connection, 3, query, &n, &answer) < 0)
		failed();
	else
		puts(answer[3]);
}

int
main(int argc, char **argv)
{
	char	 line[512], *act, *name;

	if (argc != 6)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	upscli_init(0, NULL, NULL, NULL);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		act = strtok(line, " \n");
		name = strtok(NULL, " \n");
		if (act != NULL && strcmp(act, "connect") == 0)
			run_connect(argv);
		else if (act != NULL && strcmp(act, "list") == 0)
			run_list(argv[3]);
		else if (name != NULL)
			run_get(argv[3], name);
		puts(".");
		fflush(stdout);
	}
	return 0;
}
