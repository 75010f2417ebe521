/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a test leaves behind: /proc/self/fd and /proc/self/task are listed
 * before it and after it.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/run.h"

enum {
	MOST = 4096,
	MOST_PAUSES = 2000
};

struct listing {
	size_t n;
	long numbers[MOST];
};

static struct listing descriptors_before;
static struct listing threads_before;

static bool
has(const struct listing *listing, long number)
{
	for (size_t i = 0; i < listing->n; i++) {
		if (listing->numbers[i] == number) {
			return true;
		}
	}
	return false;
}

/** Lists the entries of a folder that are numbers, not `folder` itself. */
static void
list(const char *path, struct listing *listing)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	ck_assert_msg(folder != NULL, "%s: %s", path, strerror(errno));
	listing->n = 0;
	while ((entry = readdir(folder)) != NULL && listing->n < MOST) {
		char *end;
		long number = strtol(entry->d_name, &end, 10);

		if (*end == '\0' && number != dirfd(folder)) {
			listing->numbers[listing->n++] = number;
		}
	}
	closedir(folder);
}

/** The first that is there now and was not before; -1: none. */
static long
first_new(const char *path, const struct listing *before)
{
	static struct listing now;

	list(path, &now);
	for (size_t i = 0; i < now.n; i++) {
		if (!has(before, now.numbers[i])) {
			return now.numbers[i];
		}
	}
	return -1;
}

static void
describe_descriptor(long fd, char *text, size_t size)
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%ld", fd);
	n = readlink(path, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

static void
describe_thread(long tid, char *text, size_t size)
{
	char path[64];
	FILE *file;

	text[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/comm", tid);
	file = fopen(path, "re");
	if (file != NULL) {
		if (fgets(text, (int)size, file) != NULL) {
			text[strcspn(text, "\n")] = '\0';
		}
		(void)fclose(file);
	}
}

/** The first new thread; one that was joined may be on its way out. */
static long
first_new_thread(void)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	long tid = first_new("/proc/self/task", &threads_before);

	for (int i = 0; i < MOST_PAUSES && tid >= 0; i++) {
		nanosleep(&pause, NULL);
		tid = first_new("/proc/self/task", &threads_before);
	}
	return tid;
}

static void *
do_nothing(void *arg)
{
	return arg;
}

/** ThreadSanitizer adds a thread of its own to the first one. */
static void
make_first_thread(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	pthread_join(thread, NULL);
}

void
test_leaks_begin(void)
{
	make_first_thread();
	list("/proc/self/fd", &descriptors_before);
	list("/proc/self/task", &threads_before);
}

void
test_leaks_end(void)
{
	char text[256];
	long fd = first_new("/proc/self/fd", &descriptors_before);
	long tid = first_new_thread();

	if (fd >= 0) {
		describe_descriptor(fd, text, sizeof(text));
		ck_abort_msg("leaked descriptor %ld: %s", fd, text);
	}
	if (tid >= 0) {
		describe_thread(tid, text, sizeof(text));
		ck_abort_msg("leaked thread %ld: %s", tid, text);
	}
}
