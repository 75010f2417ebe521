/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A lost wake after enqueue.
 *
 * One producer puts numbers into a queue, one consumer takes them. A consumer
 * that finds nothing says that it is going to sleep, looks once more, and
 * sleeps. The producer puts first and asks then, whether somebody sleeps:
 *
 *     producer                      consumer
 *     put                           I am asleep
 *     does anybody sleep?           is there anything?
 *
 * Whoever comes second sees what the other has written: so one would think.
 * But the put is a plain store, and a processor may do the load behind it
 * first, x86 too. Then both see nothing, and the number lies in the queue
 * while the consumer sleeps.
 *
 * The repair is a full fence (or any locked instruction) between the two.
 */

#include "classic.h"

enum {
	NUMBERS = 2
};

static struct {
	struct word put;    /* how many; written by the producer alone */
	struct word asleep; /* the consumer sleeps here while it is 1 */
	uint32_t taken;
} queue;

static void
produce(uint32_t unused)
{
	(void)unused;
	for (uint32_t i = 1; i <= NUMBERS; i++) {
		store(&queue.put, i);
#ifdef REPAIRED
		fence();
#endif
		if (load(&queue.asleep) == 1) {
			store(&queue.asleep, 0);
			wake(&queue.asleep);
		}
	}
}

static bool
take(void)
{
	if (load(&queue.put) == queue.taken) {
		return false;
	}
	queue.taken++;
	return true;
}

static void
consume(uint32_t unused)
{
	(void)unused;
	for (;;) {
		if (take()) {
			continue;
		}
		store(&queue.asleep, 1);
		fence();
		if (take()) {
			store(&queue.asleep, 0);
		} else {
			park(&queue.asleep, 1);
		}
	}
}

static void
set_up(void)
{
	queue.put.value = 0;
	queue.asleep.value = 0;
	queue.taken = 0;
	start_thread("producer", produce, 0);
	start_thread("consumer", consume, 0);
}

static void
when_all_rest(void)
{
	rule(queue.taken == NUMBERS,
	    "the consumer sleeps; of %d numbers it has taken %u", NUMBERS,
	    queue.taken);
}

CLASSIC(lost_wake) = {
	.name = "lost-wake",
	.rule = "no consumer sleeps while something lies in the queue",
	.memory = "tso",
	.set_up = set_up,
	.when_all_rest = when_all_rest,
};
