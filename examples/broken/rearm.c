/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A re-arm before the handler ends.
 *
 * With EPOLLONESHOT an event disarms its descriptor, so that one thread alone
 * works on it; afterwards it has to be armed again. Armed again early, "so
 * that no event is missed", it is free for the next thread while the first is
 * still inside:
 *
 *     thread 1                      thread 2
 *     event, disarmed
 *     arm again
 *                                   event, disarmed
 *     in the handler                in the handler of the same connection
 *
 * The repair: arm when the handler has ended. Nothing is missed: what has
 * come meanwhile is reported when the descriptor is armed.
 */

#include "classic.h"

enum {
	ARMED = 1,
	INPUT = 2,
	REQUESTS = 2
};

static struct {
	struct word state; /* the kernel's: ARMED, INPUT */
	struct word inside;
} connection;

/* epoll_wait: an event is input on what is armed, and disarms it. */
static void
wait_for_event(void)
{
	while (!compare_and_swap(&connection.state, ARMED | INPUT, INPUT)) {
		uint32_t state = load(&connection.state);

		if (state != (ARMED | INPUT)) {
			park(&connection.state, state);
		}
	}
}

/* epoll_ctl(EPOLL_CTL_MOD). */
static void
arm(void)
{
	if (set_bits(&connection.state, ARMED) & INPUT) {
		wake(&connection.state);
	}
}

static void
handle(void)
{
	rule(add(&connection.inside, 1) == 0,
	    "two threads are in the handler of one connection");
	(void)clear_bits(&connection.state, INPUT);
	(void)add(&connection.inside, -1);
}

static void
serve(uint32_t unused)
{
	(void)unused;
	for (;;) {
		wait_for_event();
#ifdef REPAIRED
		handle();
		arm();
#else
		arm();
		handle();
#endif
	}
}

static void
send(uint32_t unused)
{
	(void)unused;
	for (int i = 0; i < REQUESTS; i++) {
		if (set_bits(&connection.state, INPUT) & ARMED) {
			wake(&connection.state);
		}
	}
}

static void
set_up(void)
{
	connection.state.value = ARMED;
	connection.inside.value = 0;
	start_thread("thread 1", serve, 1);
	start_thread("thread 2", serve, 2);
	start_thread("client", send, 0);
}

static void
when_all_rest(void)
{
	rule((connection.state.value & INPUT) == 0,
	    "all threads sleep, and input has not been read");
}

CLASSIC(rearm) = {
	.name = "rearm",
	.rule = "at most one thread is in the handler of a connection",
	.memory = "tso",
	.set_up = set_up,
	.when_all_rest = when_all_rest,
};
