/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_EXAMPLES_WORK_HANDLER_H
#define ECHELON_EXAMPLES_WORK_HANDLER_H

/*
 * The measuring stick: a handler whose requests say what they cost.
 *
 * A request is WORK_BYTES long. Byte 0 names the job, the rest is opaque; the
 * reply is the same bytes with byte 1 = WORK_DONE. A job that is none closes
 * the connection.
 */

#include <echelon/echelon.h>

#include <pthread.h>
#include <sys/types.h>

enum {
	WORK_BYTES = 64,
	WORK_DONE = 'R'
};

enum work_job {
	WORK_ECHO = 'E',    /* nothing */
	WORK_COMPUTE = 'C', /* a fixed computation of about 20 us */
	WORK_BLOCK = 'B',   /* sleep 1 ms in the handler */
	WORK_SLEEP = 'S',   /* sleep 10 ms in the handler */
	WORK_FILE = 'F'     /* append 4 KiB to the scratch file, fdatasync */
};

/* The handler's context. Its file belongs to whoever called work_init. */
struct work {
	int scratch;
	off_t base;             /* what the file held before us, and keeps */
	pthread_mutex_t append; /* one append at a time; guards `length` */
	off_t length;           /* bytes appended since the file was cut */
};

extern const struct echelon_handler work_handler;

/*
 * Opens the scratch file: `path`, or with NULL a file that has no name and
 * goes with the process. Returns 0 or -errno.
 */
int work_init(struct work *work, const char *path);

void work_deinit(struct work *work);

#endif
