/* SPDX-License-Identifier: BSD-2-Clause */
#include "set_support.h"

#include <string.h>

#include "base/ghost.h"
#include "os/sys.h"

struct echelon_engine engine;
struct eln_thread thread;
struct eln_set set;
static struct eln_listener listeners[HANDLES];
static struct eln_sys sys;

/* The clock. */

uint64_t clock_ns;

static uint64_t
tell_time(void)
{
	return clock_ns;
}

/* The wake-up descriptor. */

unsigned n_wakes;
unsigned n_clears;

static ssize_t
count_write(int fd, const void *buffer, size_t length)
{
	(void)buffer;
	ck_assert_int_eq(fd, set.wakeup);
	n_wakes++;
	return (ssize_t)length;
}

static ssize_t
count_read(int fd, void *buffer, size_t length)
{
	(void)buffer;
	ck_assert_int_eq(fd, set.wakeup);
	n_clears++;
	return (ssize_t)length;
}

/* The demultiplexer. */

struct fake_demux demux;

static int
fake_create(const struct echelon_allocator *memory,
    struct eln_handle_set **result)
{
	static char nothing;

	(void)memory;
	if (demux.create_result != 0) {
		return demux.create_result;
	}
	*result = (struct eln_handle_set *)(void *)&nothing;
	demux.live++;
	return 0;
}

static void
fake_destroy(struct eln_handle_set *handles)
{
	(void)handles;
	demux.live--;
}

static int
fake_add(struct eln_handle_set *handles, int fd, uint64_t id)
{
	(void)handles;
	(void)fd;
	(void)id;
	return demux.add_result;
}

static unsigned
fake_wait(struct eln_handle_set *handles, struct eln_event *events,
    unsigned max, uint64_t timeout_ns)
{
	unsigned n = demux.n;

	(void)handles;
	ck_assert_uint_le(n, max);
	demux.timeout = timeout_ns;
	if (demux.meanwhile != NULL) {
		demux.meanwhile();
		demux.meanwhile = NULL;
	}
	memcpy(events, demux.next, n * sizeof(*events));
	demux.n = 0;
	return n;
}

const struct eln_demultiplexer fake_demultiplexer = {
	.name = "fake",
	.create = fake_create,
	.destroy = fake_destroy,
	.add = fake_add,
	.wait = fake_wait,
};

struct eln_handle *
handle(unsigned i)
{
	return &listeners[i].handle;
}

/** An idle handle of the set, as a slot is prepared. */
void
open_handle(unsigned i)
{
	handle(i)->set = &set;
	handle(i)->slot = ELN_LISTENER_SLOT | i;
	eln_store64_relaxed(&handle(i)->deadline, ELN_NEVER);
	eln_store64_relaxed(&handle(i)->armed, ELN_NEVER);
	eln_run_open(&handle(i)->run, ELN_REASON_OPEN);
	(void)eln_run_take(&handle(i)->run);
	ck_assert(eln_run_let_go(&handle(i)->run));
}

void
set_up(void)
{
	sys = eln_sys_linux;
	sys.now = tell_time;
	sys.now_coarse = tell_time;
	sys.read = count_read;
	sys.write = count_write;
	eln_sys = &sys;
	/* The timeout of a wait is what is looked at: nobody wakes before. */
	eln_ghost_patience = ELN_FOREVER;
	clock_ns = 1000;
	engine.memory = eln_memory_of((struct echelon_allocator){ NULL });
	engine.listeners.all = listeners;
	thread.engine = &engine;
	ck_assert_int_eq(eln_set_init(&set, &engine, &fake_demultiplexer,
			     HANDLES),
	    0);
	for (unsigned i = 0; i < HANDLES; i++) {
		open_handle(i);
	}
}

void
tear_down(void)
{
	eln_set_deinit(&set);
	ck_assert_int_eq(demux.live, 0);
	eln_sys = &eln_sys_linux;
}

void
will_report(unsigned i, uint32_t reasons)
{
	demux.next[demux.n++] = (struct eln_event){
		.id = eln_handle_id(handle(i)),
		.reasons = reasons,
	};
}

void
will_report_wakeup(void)
{
	demux.next[demux.n++] = (struct eln_event){ .id = 0 };
}

/** A ready handle, as who made it ready would post it. */
void
post(unsigned i)
{
	ck_assert_int_eq(eln_run_signal(&handle(i)->run, 1, ELN_REASON_MESSAGE),
	    ELN_MADE_READY);
	eln_set_post(&set, handle(i));
}

void
wait_and_block(void)
{
	eln_set_wait(&set, &thread, ELN_FOREVER);
}

struct eln_handle *
next(void)
{
	return eln_set_next(&set, &thread);
}

uint64_t
tally(enum eln_counter which)
{
	return eln_load64_relaxed(&thread.counters.n[which]);
}
