/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A run: its fibres, its clock, and its end. Control goes from fibre to fibre
 * directly; back to who called explore_run() only at the end, from wherever
 * that is noticed. Fibres that have not returned by then are forgotten.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "explore_internal.h"

#define FIRST_NS UINT64_C(1000000000)

enum {
	MAX_POINTS = 100000
};

struct explore_run explore_the_run;

static struct explore_run *const run = &explore_the_run;

/* ---- the end ---- */

_Noreturn void
explore_end_run(enum explore_result result)
{
	run->result = result;
	run->runs = false;
	fibre_switch(&run->fibres[run->current].context, &run->host, 1);
	abort(); /* nobody comes back */
}

/** Ends the run for `run->reason`. */
_Noreturn void
explore_fail_as(enum explore_result result)
{
	if (!run->runs) {
		fprintf(stderr, "outside of a run: %s\n", run->reason);
		abort();
	}
	explore_print_line(run->current, run->reason);
	explore_end_run(result);
}

_Noreturn void
explore_fail(const char *sentence, ...)
{
	va_list arguments;

	va_start(arguments, sentence);
	(void)vsnprintf(run->reason, sizeof(run->reason), sentence, arguments);
	va_end(arguments);
	explore_fail_as(EXPLORE_FAILED);
}

void
explore_check(bool holds, const char *sentence, ...)
{
	va_list arguments;

	if (holds) {
		return;
	}
	va_start(arguments, sentence);
	(void)vsnprintf(run->reason, sizeof(run->reason), sentence, arguments);
	va_end(arguments);
	explore_fail_as(EXPLORE_FAILED);
}

void
explore_at_rest(void (*claim)(void *arg), void *arg)
{
	run->claim = claim;
	run->claim_arg = arg;
}

void
explore_set_up(bool begins)
{
	for (unsigned i = 1; i < run->n_fibres; i++) {
		explore_check(explore_has_ended(i), "others run");
	}
	explore_memory_fence();
	run->judges = begins;
}

/* ---- points ---- */

static bool
is_off(void)
{
	return !run->runs || run->judges;
}

/** Counts a point, and lets the scheduler switch. */
static void
pass_point(void)
{
	uint32_t most = run->options.max_points;

	run->n_points++;
	if (run->n_points > (most == 0 ? MAX_POINTS : most)) {
		(void)snprintf(run->reason, sizeof(run->reason),
		    "more than %u points", most == 0 ? MAX_POINTS : most);
		explore_fail_as(EXPLORE_TOO_LONG);
	}
	explore_schedule(false);
}

void
explore_point(const char *what, const void *where)
{
	if (is_off()) {
		return;
	}
	pass_point();
	if (explore_prints()) {
		explore_note("%s %p", what, where);
	}
}

bool
explore_pass(void)
{
	if (is_off()) {
		return false;
	}
	pass_point();
	return true;
}

/** A full fence; before it others may go on, with stores that still wait. */
static void
empty_buffer(void)
{
	if (explore_memory_waits()) {
		pass_point();
	}
	explore_memory_fence();
}

bool
explore_wait(const char *what, bool (*ready)(const void *arg), const void *arg,
    uint64_t timeout_ns)
{
	struct explore_fibre *self = &run->fibres[run->current];
	uint64_t now;
	bool is_ready;

	explore_check(!is_off(), "%s: a wait where nobody can wait", what);
	empty_buffer();
	now = explore_now();
	self->sleeps_in = what;
	self->ready = ready;
	self->ready_arg = arg;
	self->deadline = timeout_ns > EXPLORE_FOREVER - now ? EXPLORE_FOREVER
							    : now + timeout_ns;
	self->state = EXPLORE_SLEEPS;
	if (explore_prints() && !ready(arg)) {
		explore_note("sleeps: %s", what);
	}
	pass_point();
	is_ready = ready(arg);
	self->state = EXPLORE_RUNS;
	explore_memory_fence();
	explore_system_call(); /* what it waited for has a lock */
	if (explore_prints()) {
		explore_note("%s: %s", what, is_ready ? "goes on" : "time up");
	}
	return is_ready;
}

static bool
is_never(const void *arg)
{
	(void)arg;
	return false;
}

void
explore_sleep(const char *what, uint64_t ns)
{
	(void)explore_wait(what, is_never, NULL, ns);
}

_Noreturn void
explore_never(const char *what)
{
	explore_expect_daemon(run->current);
	explore_sleep(what, EXPLORE_FOREVER);
	abort();
}

/* ---- fibres ---- */

_Noreturn void
explore_exit(void *result)
{
	struct explore_fibre *self = &run->fibres[run->current];

	self->result = result;
	empty_buffer();
	if (explore_prints()) {
		explore_note("ends");
	}
	self->state = EXPLORE_ENDED;
	explore_schedule(true);
	abort(); /* nobody comes back */
}

static void
live(void)
{
	const struct explore_fibre *self;

	fibre_begin();
	self = &run->fibres[run->current];
	explore_exit(self->run(self->arg));
}

static unsigned
make_fibre(const char *name, void *(*function)(void *arg), void *arg)
{
	unsigned number = run->n_fibres;
	struct explore_fibre *fibre = &run->fibres[number];
	struct fibre_context context = fibre->context;

	explore_check(number < EXPLORE_FIBRES, "more than %d fibres",
	    EXPLORE_FIBRES);
	if (context.stack == NULL) {
		fibre_make_stack(&context);
	}
	*fibre = (struct explore_fibre){
		.context = context,
		.run = function,
		.arg = arg,
		.state = EXPLORE_RUNS,
		.deadline = EXPLORE_FOREVER,
	};
	(void)snprintf(fibre->name, sizeof(fibre->name), "%s", name);
	fibre_prepare(&fibre->context, live);
	run->n_fibres++;
	explore_memory_spawn(number);
	return number;
}

unsigned
explore_spawn(const char *name, void *(*function)(void *arg), void *arg)
{
	unsigned number = make_fibre(name, function, arg);

	explore_point("spawn", NULL);
	return number;
}

static bool
has_ended(const void *arg)
{
	return ((const struct explore_fibre *)arg)->state == EXPLORE_ENDED;
}

void *
explore_join(unsigned fibre)
{
	struct explore_fibre *other = &run->fibres[fibre];

	(void)explore_wait("join", has_ended, other, EXPLORE_FOREVER);
	explore_memory_join(fibre);
	return other->result;
}

unsigned
explore_self(void)
{
	return run->current;
}

unsigned
explore_spawns(void)
{
	return run->n_fibres;
}

bool
explore_sleeps(unsigned fibre)
{
	return run->fibres[fibre].state == EXPLORE_SLEEPS;
}

bool
explore_has_ended(unsigned fibre)
{
	return run->fibres[fibre].state == EXPLORE_ENDED;
}

bool
explore_rests(unsigned fibre)
{
	const struct explore_fibre *other = &run->fibres[fibre];

	return other->state == EXPLORE_ENDED ||
	    (other->state == EXPLORE_SLEEPS &&
		other->deadline == EXPLORE_FOREVER &&
		!other->ready(other->ready_arg));
}

void
explore_be_patient(void)
{
	run->patient = true;
}

bool
explore_is_patient(void)
{
	return run->patient;
}

void
explore_stop_clock(void)
{
	run->timeless = true;
}

void
explore_hide(unsigned fibre)
{
	run->fibres[fibre].hidden = true;
}

void
explore_expect_daemon(unsigned fibre)
{
	run->fibres[fibre].daemon = true;
}

/* ---- a run ---- */

struct body {
	void (*run)(void *arg);
	void *arg;
};

static void *
run_body(void *arg)
{
	const struct body *body = arg;

	body->run(body->arg);
	return NULL;
}

enum explore_result
explore_run(const struct explore_options *options, void (*body)(void *arg),
    void *arg)
{
	struct body the_body = { body, arg };

	run->options = *options;
	run->judges = false;
	run->timeless = false;
	run->patient = false;
	run->reason[0] = '\0';
	run->n_points = 0;
	run->fingerprint = UINT64_C(0xcbf29ce484222325);
	run->clock = FIRST_NS;
	run->n_fibres = 0;
	run->current = 0;
	run->claim = NULL;
	explore_arena_begin();
	explore_memory_begin();
	explore_choose_begin(options);
	explore_print_begin();
	(void)make_fibre("main", run_body, &the_body);
	run->runs = true;
	fibre_switch(&run->host, &run->fibres[0].context, 0);
	run->runs = false;
	explore_choose_end();
	explore_memory_end();
	explore_arena_end();
	return run->result;
}

uint64_t
explore_points(void)
{
	return run->n_points;
}

uint64_t
explore_fingerprint(void)
{
	return run->fingerprint;
}

const char *
explore_reason(void)
{
	return run->reason;
}
