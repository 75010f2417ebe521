/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PROGRAM FILE-OR-FOLDER...: tries a target with the bytes of each file.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz.h"

enum {
	LONGEST_PATH = 4096
};

static unsigned n_tried;

_Noreturn static void
give_up(const char *path)
{
	perror(path);
	exit(1);
}

static void
try_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	struct stat about;
	size_t size;

	if (file == NULL || fstat(fileno(file), &about) != 0) {
		give_up(path);
	}
	size = (size_t)about.st_size;
	/* Just so long, so that a read beyond it is seen. */
	data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size) {
		give_up(path);
	}
	(void)fclose(file);
	fuzz_one(data, size);
	free(data);
	n_tried++;
}

static void
try_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char name[LONGEST_PATH];

	if (folder == NULL) {
		give_up(path);
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.') {
			(void)snprintf(name, sizeof(name), "%s/%s", path,
			    entry->d_name);
			try_file(name);
		}
	}
	(void)closedir(folder);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat about;

		if (stat(argv[i], &about) != 0) {
			give_up(argv[i]);
		}
		if (S_ISDIR(about.st_mode)) {
			try_folder(argv[i]);
		} else {
			try_file(argv[i]);
		}
	}
	(void)printf("%u inputs tried\n", n_tried);
	return n_tried > 0 ? 0 : 1;
}
