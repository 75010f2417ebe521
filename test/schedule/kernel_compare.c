/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Is the kernel in memory like the one at hand?
 *
 *   kernel_compare [--scripts N] [--operations N] [--seed N]
 *
 * A script is a row of operations that a seed chooses: connect, accept, send,
 * receive, peek, finish, close, reset, register, change, deregister, wait for
 * events, write and read an eventfd, ask for an error. Each is done on both
 * kernels, by the same code over their tables of calls, and must give the
 * same: result, bytes, events with their order. Between operations everything
 * that can be seen without changing it must become the same too, for which
 * the real network is given time. The first difference is printed with its
 * script.
 */

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "schedule/kernel.h"
#include "schedule/kernel_world.h"
#include "support/sync.h"

static const char *const names[KINDS] = { "connect", "accept", "send",
	"receive", "peek", "finish", "close", "reset", "add", "change",
	"remove", "wait", "write wake-up", "read wake-up", "take error" };

static const struct kernel_options options = {
	.sending = 1 << 16, .receiving = 1 << 16, .lenient = true
};

static uint64_t random_state;

static uint32_t
choose(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 33) % n;
}

/* ---- scripts ---- */

static bool
is_open(const struct world *world, int slot)
{
	return world->slots[slot] >= 0;
}

/** What to register for: input and the like, in each of the three ways. */
static uint32_t
choose_events(void)
{
	static const uint32_t ways[] = { EPOLLET, EPOLLET, EPOLLONESHOT, 0 };

	return ways[choose(4)] | EPOLLIN | EPOLLRDHUP |
	    (choose(2) ? (uint32_t)EPOLLOUT : 0) |
	    (choose(2) ? (uint32_t)EPOLLPRI : 0);
}

/** An operation that makes sense in the world as it is. */
static struct operation
choose_operation(const struct world *world)
{
	for (;;) {
		struct operation op = { .kind = (enum kind)choose(KINDS),
			.slot = (int)choose(SLOTS),
			.events = choose_events(),
			.length = 1 + choose(BYTES / 2) };
		bool open = is_open(world, op.slot);
		bool stream = op.slot < LISTENER;

		switch (op.kind) {
		case CONNECT:
		case ACCEPT:
			if (!open && stream) {
				return op;
			}
			break;
		case SEND:
		case RECEIVE:
		case PEEK:
		case FINISH:
		case CLOSE:
		case TAKE_ERROR:
			if (open && stream) {
				return op;
			}
			break;
		case RESET:
			if (open && stream && choose(4) == 0) {
				return op;
			}
			break;
		case ADD:
		case CHANGE:
		case REMOVE:
			if (open) {
				return op;
			}
			break;
		case WAIT:
			op.length = 1 + choose(MOST_EVENTS / 2);
			return op;
		case WRITE_WAKEUP:
		case READ_WAKEUP:
			op.slot = WAKEUP;
			return op;
		case KINDS:
			break;
		}
	}
}

static void
print_operation(const struct operation *op, const struct outcome *outcome)
{
	printf("  %-13s slot %d  events %08x  length %2zu  -> %ld",
	    names[op->kind], op->slot, op->events, op->length, outcome->result);
	for (int i = 0; i < outcome->n; i++) {
		printf("  [%d: %04x]", (int)outcome->events[i].data.u64,
		    outcome->events[i].events);
	}
	printf("\n");
}

/* Both worlds, in which the same must be seen. */
struct both {
	struct world memory;
	struct world linux_;
	bool finished[SLOTS]; /* by shutdown */
};

static int
unsent(const struct world *world, int slot)
{
	int bytes = 0;

	(void)world->sys->ioctl(world->slots[slot], SIOCOUTQ, &bytes);
	return bytes;
}

/** Whether a FIN that arrived is not acknowledged yet: when that comes, it
 *  wakes who watches. In memory it comes at once. */
static bool
fin_is_under_way(const struct both *both, int slot)
{
	struct tcp_info info = { .tcpi_state = 0 };
	socklen_t size = sizeof(info);

	if (!both->finished[slot] || unsent(&both->memory, slot) > 0) {
		return false;
	}
	(void)getsockopt(both->linux_.slots[slot], IPPROTO_TCP, TCP_INFO, &info,
	    &size);
	return info.tcpi_state != TCP_CLOSE && unsent(&both->linux_, slot) > 0;
}

static bool
look_alike(void *context)
{
	const struct both *both = context;

	for (int slot = 0; slot < SLOTS; slot++) {
		if (world_look(&both->memory, slot) !=
			world_look(&both->linux_, slot) ||
		    fin_is_under_way(both, slot)) {
			return false;
		}
	}
	return true;
}

static bool
say_difference(const struct both *both)
{
	for (int slot = 0; slot < SLOTS; slot++) {
		long memory = world_look(&both->memory, slot);
		long at_hand = world_look(&both->linux_, slot);

		if (memory != at_hand) {
			printf("slot %d is %lx in memory, %lx here\n", slot,
			    (unsigned long)memory, (unsigned long)at_hand);
		}
	}
	return false;
}

static bool
is_same(const struct outcome *a, const struct outcome *b)
{
	bool same = a->result == b->result && a->n == b->n &&
	    memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;

	for (int i = 0; same && i < a->n; i++) {
		same = a->events[i].events == b->events[i].events &&
		    a->events[i].data.u64 == b->events[i].data.u64;
	}
	return same;
}

/** Does it on both; whether it gave the same. */
static bool
compare(struct both *both, const struct operation *op)
{
	struct outcome memory;
	struct outcome at_hand;

	world_perform(&both->memory, op, &memory);
	world_perform(&both->linux_, op, &at_hand);
	both->finished[op->slot] = op->kind == FINISH ||
	    (both->finished[op->slot] && is_open(&both->memory, op->slot));
	if (!is_same(&memory, &at_hand)) {
		printf("in memory:\n");
		print_operation(op, &memory);
		printf("here:\n");
		print_operation(op, &at_hand);
		return false;
	}
	return test_eventually(look_alike, both) || say_difference(both);
}

static bool
run_script(uint64_t seed, unsigned operations)
{
	struct operation script[1024];
	struct both both = { .finished = { false } };
	unsigned n = 0;
	bool same = true;

	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	kernel_reset(&options);
	world_open(&both.memory, &kernel_sys);
	world_open(&both.linux_, &eln_sys_linux);
	while (same && n < operations && n < 1024) {
		script[n] = choose_operation(&both.memory);
		same = compare(&both, &script[n++]);
	}
	world_close(&both.memory);
	world_close(&both.linux_);
	if (!same) {
		struct outcome nothing = { .result = 0 };

		printf("script %llu:\n", (unsigned long long)seed);
		for (unsigned i = 0; i < n; i++) {
			print_operation(&script[i], &nothing);
		}
	}
	return same;
}

int
main(int argc, char **argv)
{
	unsigned long scripts = 1000;
	unsigned long operations = 60;
	unsigned long first = 1;
	unsigned long n = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned long value = strtoul(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--scripts") == 0) {
			scripts = value;
		} else if (strcmp(argv[i], "--operations") == 0) {
			operations = value;
		} else if (strcmp(argv[i], "--seed") == 0) {
			first = value;
			scripts = 1;
		}
	}
	while (n < scripts && run_script(first + n, (unsigned)operations)) {
		n++;
	}
	printf("%lu of %lu scripts of %lu operations give the same here and "
	       "in memory\n",
	    n, scripts, operations);
	kernel_reset(&options);
	if (!world_tells_of_room(&kernel_sys) ||
	    !world_tells_of_room(&eln_sys_linux)) {
		printf("room is not told\n");
		return 1;
	}
	return n == scripts ? 0 : 1;
}
