/* SPDX-License-Identifier: BSD-2-Clause */
#include "metric.h"

#include <string.h>

const struct metric_info metric_infos[METRICS] = {
	[METRIC_RATE] = { "requests_per_second", "rate", "req/s",
	    "most requests per second", true, 1.03 },
	[METRIC_P50] = { "p50_us", "p50", "p50 us", "shortest p50", false,
	    1.05 },
	[METRIC_P99] = { "p99_us", "p99", "p99 us", "shortest p99", false,
	    1.10 },
	[METRIC_P999] = { "p999_us", "p999", "p99.9 us", "shortest p99.9",
	    false, 1.10 },
	[METRIC_MAX] = { "max_us", "max", "max us", NULL, false, 1.10 },
	[METRIC_CPU] = { "cpu_us", "cpu", "CPU us", "least CPU per request",
	    false, 1.03 },
};

const struct counter_info counter_infos[COUNTERS] = {
	[COUNTER_WAKES] = { "wakes", "wakes", "times a thread was woken" },
	[COUNTER_PARKS] = { "parks", "parks", "times one went to sleep" },
	[COUNTER_QUEUED] = { "queued", "queued",
	    "turns that passed the queueing layer" },
	[COUNTER_PROMOTED] = { "promoted", "promoted",
	    "times the lead was passed on or offered" },
	[COUNTER_TAKEN_OVER] = { "taken_over", "taken",
	    "times the stall tick took the lead away" },
	[COUNTER_RUN_INLINE] = { "run_inline", "inline",
	    "turns run by the thread that waited" },
	[COUNTER_WAITS] = { "waits", "waits", "returns of the demultiplexer" },
	[COUNTER_SWITCHES] = { "context_switches", "switches",
	    "context switches of the server, from /proc" },
	[COUNTER_SYSCALLS] = { "syscalls", "syscalls",
	    "system calls of the server, from perf or strace" },
};

static bool
is_named(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && memcmp(name, text, length) == 0;
}

int
metric_find(const char *name, size_t length)
{
	for (int m = 0; m < METRICS; m++) {
		if (is_named(metric_infos[m].key, name, length) ||
		    is_named(metric_infos[m].short_name, name, length)) {
			return m;
		}
	}
	return -1;
}
