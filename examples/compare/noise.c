/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first line of /proc/stat has the time of all processors by what they did
 * with it; what of it was ours, the kernel tells by getrusage.
 */
#include "noise.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static double
get_rusage_seconds(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) == -1) {
		return 0;
	}
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The columns of that line. */
enum {
	USER,
	NICE,
	SYSTEM,
	IDLE,
	IOWAIT,
	IRQ,
	SOFTIRQ,
	STEAL,
	TIMES
};

static bool
read_times(FILE *stat, double *times)
{
	char line[256];
	char *at = line;

	if (fgets(line, sizeof(line), stat) == NULL ||
	    strncmp(line, "cpu ", 4) != 0) {
		return false;
	}
	at += 4;
	for (size_t i = 0; i < TIMES; i++) {
		char *end;

		times[i] = strtod(at, &end);
		if (end == at) {
			return false;
		}
		at = end;
	}
	return true;
}

struct noise_clock
noise_read(void)
{
	struct noise_clock clock = { 0 };
	double t[TIMES] = { 0 };
	FILE *stat = fopen("/proc/stat", "re");
	double hertz = (double)sysconf(_SC_CLK_TCK);

	if (stat == NULL) {
		return clock;
	}
	if (read_times(stat, t)) {
		clock.busy_s = (t[USER] + t[NICE] + t[SYSTEM] + t[IRQ] +
				   t[SOFTIRQ]) /
		    hertz;
		clock.steal_s = t[STEAL] / hertz;
		clock.total_s = clock.busy_s + clock.steal_s +
		    (t[IDLE] + t[IOWAIT]) / hertz;
	}
	fclose(stat);
	clock.ours_s = get_rusage_seconds(RUSAGE_SELF) +
	    get_rusage_seconds(RUSAGE_CHILDREN);
	return clock;
}

struct noise
noise_since(const struct noise_clock *begin)
{
	struct noise_clock end = noise_read();
	double total = end.total_s - begin->total_s;
	double others = end.busy_s - begin->busy_s -
	    (end.ours_s - begin->ours_s);

	if (total <= 0) {
		return (struct noise){ 0 };
	}
	return (struct noise){
		.steal = (end.steal_s - begin->steal_s) / total,
		.others = others > 0 ? others / total : 0,
	};
}
