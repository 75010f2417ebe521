/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_SYSCALLS_H
#define ECHELON_COMPARE_SYSCALLS_H

/*
 * How many system calls a process makes, counted from outside: by perf, which
 * costs it nothing, or else by strace, which makes it many times slower and
 * counts the same.
 */

#include <stdint.h>
#include <sys/types.h>

struct syscalls {
	pid_t counter; /* perf or strace; 0: none */
	int input;     /* of the counter; closing it ends perf's counting */
	int output;    /* says when it has begun */
	int report;    /* a file in memory */
	int end_by;    /* a signal, or 0: its input ends */
};

/* 0 when counting has begun; -ENOTSUP where neither can. */
int syscalls_begin(struct syscalls *syscalls, pid_t process);

/* Ends counting. 0, or -errno and no count. */
int syscalls_end(struct syscalls *syscalls, uint64_t *count);

#endif
