/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_NOISE_H
#define ECHELON_COMPARE_NOISE_H

/*
 * What else the machine did while we measured.
 */

struct noise {
	double steal;  /* the part of the time that a hypervisor kept */
	double others; /* the part that other programs used */
};

/* A reading of the machine's clocks; all 0 where it has none. */
struct noise_clock {
	double total_s; /* of all processors */
	double busy_s;
	double steal_s;
	double ours_s; /* this process's, and its children's that ended */
};

struct noise_clock noise_read(void);

/* What happened between two readings, the second being now. */
struct noise noise_since(const struct noise_clock *begin);

#endif
