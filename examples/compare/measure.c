/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU clock of a process counts nanoseconds, and includes the network
 * stack's work that the kernel does inside the process's own send. Context
 * switches stand in /proc for each thread by itself, which costs a file per
 * thread: read them while the server is idle.
 */
#include "measure.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int
measure_cpu_ns(pid_t process, uint64_t *ns)
{
	struct timespec used;
	clockid_t clock;
	int result = clock_getcpuclockid(process, &clock);

	if (result != 0) {
		return -result;
	}
	if (clock_gettime(clock, &used) == -1) {
		return -errno;
	}
	*ns = (uint64_t)used.tv_sec * 1000000000U + (uint64_t)used.tv_nsec;
	return 0;
}

static int
add_thread(const char *path, uint64_t *switches)
{
	char line[128];
	FILE *status = fopen(path, "re");

	if (status == NULL) {
		return -errno;
	}
	while (fgets(line, sizeof(line), status) != NULL) {
		const char *key = strstr(line, "voluntary_ctxt_switches:");

		if (key != NULL) {
			*switches += strtoull(strchr(key, ':') + 1, NULL, 10);
		}
	}
	fclose(status);
	return 0;
}

int
measure_switches(pid_t process, uint64_t *switches)
{
	char path[320];
	struct dirent *entry;
	DIR *threads;
	int result = 0;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)process);
	threads = opendir(path);
	if (threads == NULL) {
		return -errno;
	}
	*switches = 0;
	while (result == 0 && (entry = readdir(threads)) != NULL) {
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "/proc/%d/task/%s/status",
			    (int)process, entry->d_name);
			result = add_thread(path, switches);
		}
	}
	closedir(threads);
	return result;
}
