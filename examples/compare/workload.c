/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rates of the open loops keep 2 and 0.5 threads busy in the handler: a
 * pool of the default size is far from full, so that what is seen is how soon
 * a pattern finds a free thread, and not how many it has.
 */
#include "workload.h"

#include <string.h>

const struct workload workloads[WORKLOADS] = {
	{
	    .name = "echo",
	    .about = "64 bytes back",
	    .job = 'E',
	    .connections = 64,
	    .depth = 1,
	    .is_default = true,
	},
	{
	    .name = "pipelined",
	    .about = "64 bytes back, 16 requests in flight",
	    .job = 'E',
	    .connections = 16,
	    .depth = 16,
	},
	{
	    .name = "compute",
	    .about = "20 us of computing in the handler, one processor",
	    .job = 'C',
	    .connections = 64,
	    .depth = 1,
	    .one_processor = true,
	    .is_default = true,
	},
	{
	    .name = "compute-all",
	    .about = "20 us of computing in the handler, all processors",
	    .job = 'C',
	    .connections = 64,
	    .depth = 1,
	    .all_processors = true,
	},
	{
	    .name = "block",
	    .about = "the handler sleeps 1 ms",
	    .job = 'B',
	    .connections = 64,
	    .depth = 1,
	    .rate = 2000,
	    .is_default = true,
	},
	{
	    .name = "mixed",
	    .about = "1 in 100 sleeps 10 ms; latency of the other 99",
	    .job = 'E',
	    .rare_job = 'S',
	    .rare_every = 100,
	    .connections = 64,
	    .depth = 1,
	    .rate = 5000,
	    .is_default = true,
	},
	{
	    .name = "file",
	    .about = "the handler appends 4 KiB to a file and fdatasyncs",
	    .job = 'F',
	    .connections = 64,
	    .depth = 1,
	},
};

int
workload_find(const char *name, size_t length)
{
	for (int i = 0; i < WORKLOADS; i++) {
		if (strlen(workloads[i].name) == length &&
		    memcmp(workloads[i].name, name, length) == 0) {
			return i;
		}
	}
	return -1;
}
