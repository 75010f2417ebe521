/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_MACHINE_H
#define ECHELON_COMPARE_MACHINE_H

/*
 * What the numbers were measured on, and which processors take part.
 *
 * Pinning is not a refinement: a kernel that packs threads on one processor
 * while it has room makes every unpinned comparison a comparison of moods.
 */

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

struct machine {
	cpu_set_t allowed;
	int processors; /* that this process may use */
	char model[64];
	char kernel[80];
	double load; /* the 1-minute average, before we begin */
	cpu_set_t servers;
	cpu_set_t client;
	bool shared; /* a processor has both */
};

/*
 * Reads the machine and divides its processors: the last one is the load
 * generator's, all others the servers'. Returns 0 or -errno.
 */
int machine_read(struct machine *machine);

/*
 * Overrules either set, `servers` or `client`, by a list such as "0-2,5".
 * Returns what is wrong with the list, or NULL.
 */
const char *machine_choose(struct machine *machine, cpu_set_t *cpus,
    const char *list);

/* Pins the calling thread. 0 or -errno. */
int machine_pin(const cpu_set_t *cpus);

/* Writes a set as a list: "0-2,5". */
void machine_list(const cpu_set_t *cpus, char *text, size_t size);

/* Lets this process have as many descriptors as it may. */
void machine_raise_descriptors(void);

#endif
