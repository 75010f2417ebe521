/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A handler of a user, with trouble; every line comes back, but
 *
 *     TROUBLE=destructor        what ends with its process writes its id into
 *                               TROUBLE_FILE, and never returns
 *     TROUBLE=crash, exit       the TROUBLE_AT-th server, which it knows by
 *                               the length of TROUBLE_FILE, aborts, or exits
 *                               with status 3
 */
#include <echelon/echelon.h>

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_flag counted = ATOMIC_FLAG_INIT;

static bool
has_trouble(const char *name)
{
	const char *trouble = getenv("TROUBLE");

	return trouble != NULL && strcmp(trouble, name) == 0;
}

/* Who asks leaves a byte behind, so that the next one is the next one. */
static bool
is_my_turn(void)
{
	const char *turn = getenv("TROUBLE_AT");
	const char *path = getenv("TROUBLE_FILE");
	struct stat counts = { 0 };
	int file;

	if (turn == NULL || path == NULL ||
	    atomic_flag_test_and_set(&counted)) {
		return false;
	}
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (file == -1 || write(file, ".", 1) != 1 ||
	    fstat(file, &counts) != 0) {
		return false;
	}
	close(file);
	return counts.st_size == strtol(turn, NULL, 10);
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	int result;

	if (has_trouble("crash") && is_my_turn()) {
		abort();
	}
	if (has_trouble("exit") && is_my_turn()) {
		_exit(3);
	}
	result = echelon_write(conn, data, length);
	return result < 0 ? result : (ptrdiff_t)length;
}

/* Opening a FIFO waits until somebody reads it. */
static __attribute__((destructor)) void
end(void)
{
	const char *path = getenv("TROUBLE_FILE");
	FILE *file;

	if (!has_trouble("destructor") || path == NULL) {
		return;
	}
	file = fopen(path, "we");
	if (file != NULL) {
		fprintf(file, "%d\n", (int)getpid());
		fclose(file);
	}
	for (;;) {
		pause();
	}
}

const struct echelon_handler echelon_compare_handler = ECHELON_HANDLER(
	.on_data = on_data);
