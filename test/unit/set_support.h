/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_UNIT_SET_SUPPORT_H
#define TEST_UNIT_SET_SUPPORT_H

/*
 * A set over a demultiplexer and a clock that the test moves. Its handles
 * are idle, of generation 1.
 */

#include <check.h>

#include "base/memory.h"
#include "core/engine.h"
#include "core/set.h"
#include "core/thread.h"

enum {
	HANDLES = 8
};

extern struct echelon_engine engine;
extern struct eln_thread thread;
extern struct eln_set set;
extern uint64_t clock_ns;
extern unsigned n_wakes;  /* that the wake-up descriptor was written */
extern unsigned n_clears; /* that it was read */

/** The demultiplexer, and what its next wait does. */
struct fake_demux {
	int create_result;
	int add_result;
	int live;                 /* handle sets created, not destroyed */
	uint64_t timeout;         /* of the last wait */
	struct eln_event next[4]; /* what the next wait returns */
	unsigned n;
	void (*meanwhile)(void); /* what happens during it */
};

extern struct fake_demux demux;
extern const struct eln_demultiplexer fake_demultiplexer;

void set_up(void);
void tear_down(void);

/** The i-th handle. */
struct eln_handle *handle(unsigned i);

/** Makes a free handle idle. */
void open_handle(unsigned i);

/** The next wait reports this. */
void will_report(unsigned i, uint32_t reasons);
void will_report_wakeup(void);

/** Makes an idle handle ready and posts it. */
void post(unsigned i);

void wait_and_block(void);
struct eln_handle *next(void);
uint64_t tally(enum eln_counter which);

#endif
