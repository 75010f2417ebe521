/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_MEASURE_H
#define ECHELON_COMPARE_MEASURE_H

/*
 * What another process has used since it began, read from outside so that
 * the server measured does not know. Both return 0 or -errno.
 */

#include <stdint.h>
#include <sys/types.h>

/* CPU time of all its threads, those that ended included. */
int measure_cpu_ns(pid_t process, uint64_t *ns);

/* Context switches, voluntary or not, of the threads that live now. */
int measure_switches(pid_t process, uint64_t *switches);

#endif
