/*
 * A fuzz target without a fuzzer: gives it the seeds of its name, and of each
 * also what truncating it and changing single bytes makes of it.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

#define SEED_LEN_MAX	(1u << 20)
#define PLACES		512	/* of one seed, at which it is cut and changed */

/* Fewer, for targets that play hours of a device's life for each try. */
extern const unsigned	 replay_places __attribute__((__weak__));

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* In memory of its own size, so that a read beyond it is noticed. */
static void
try(const uint8_t *data, size_t len)
{
	uint8_t *copy = xmalloc(len + 1);

	memcpy(copy, data, len);
	copy = xreallocarray(copy, len > 0 ? len : 1, 1);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void
mutate(uint8_t *data, size_t len)
{
	static const uint8_t flips[] = { 0x01, 0x04, 0x20, 0x80, 0xff };
	size_t step = len / (&replay_places != NULL ? replay_places : PLACES) + 1;

	for (size_t at = 0; at < len; at += step) {
		try(data, at);
		for (size_t i = 0; i < nitems(flips); i++) {
			data[at] ^= flips[i];
			try(data, len);
			data[at] ^= flips[i];
		}
	}
}

static void
replay(const char *path)
{
	uint8_t *data = xmalloc(SEED_LEN_MAX);
	FILE *file = fopen(path, "rb");
	size_t len;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	len = fread(data, 1, SEED_LEN_MAX, file);
	fclose(file);
	try(data, len);
	mutate(data, len);
	free(data);
}

static size_t
replay_folder(const char *folder)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);
	size_t n = 0;

	if (dir == NULL) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = xasprintf("%s/%s", folder, entry->d_name);
		replay(path);
		free(path);
		n++;
	}
	closedir(dir);
	return n;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/'), *srcdir = getenv("srcdir");
	char *folder;
	size_t n;

	name = name == NULL ? argv[0] : name + 1;
	if (strncmp(name, "fuzz_", 5) == 0)
		name += 5;
	folder = xasprintf("%s/test/fuzz/seeds/%s", srcdir == NULL ? "." : srcdir, name);
	n = replay_folder(folder);
	printf("%zu seeds\n", n);
	free(folder);
	return n > 0 ? 0 : 1;
}
