/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_WINDOW_H
#define ECHELON_COMPARE_WINDOW_H

/*
 * The window of a run: which replies count, and the time that they took.
 *
 * Replies of a handler that blocks come in bursts, and how many bursts fall
 * into a time that is no multiple of theirs is chance: of 30 ms each, 3 or 4
 * in 100 ms. So the time of a closed loop is that from reply to reply, from
 * the last one before the window to the last one in it, and as many bursts are
 * counted as fit into it:
 *
 *         begin                        end
 *     |     [     |     |     |     |   ]  |
 *     from ------------------------> until
 */

#include <stdbool.h>
#include <stdint.h>

struct window {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t from_ns;
	uint64_t until_ns;
	uint64_t replies; /* in it */
};

/* Of a run that begins `now`. */
static inline struct window
window_plan(uint64_t now_ns, uint64_t warm_ns, uint64_t run_ns)
{
	return (struct window){
		.begin_ns = now_ns + warm_ns,
		.end_ns = now_ns + warm_ns + run_ns,
		.from_ns = now_ns,
		.until_ns = now_ns + warm_ns + run_ns,
	};
}

static inline bool
window_has(const struct window *window, uint64_t ns)
{
	return ns >= window->begin_ns && ns < window->end_ns;
}

/* Replies come in the order of time. */
static inline void
window_add(struct window *window, uint64_t now_ns)
{
	if (window_has(window, now_ns)) {
		window->until_ns = now_ns;
		window->replies++;
	} else if (now_ns < window->begin_ns) {
		window->from_ns = now_ns;
	}
}

/* What the replies in it took, in a closed loop. */
static inline double
window_seconds(const struct window *window)
{
	return (double)(window->until_ns - window->from_ns) / 1e9;
}

#endif
