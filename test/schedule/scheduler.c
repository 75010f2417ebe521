/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The scheduler: who goes on at a point. What stores drain and what time
 * passes are choices on the way; when nobody can go on and no time limit is
 * left, the run is over, and judged.
 */

#include <stdio.h>

#include "explore_internal.h"

/* What a point costs on the clock, so that who polls it gets on. */
#define POINT_NS 50

static struct explore_run *const run = &explore_the_run;

uint64_t
explore_now(void)
{
	return run->clock + run->n_points * POINT_NS;
}

static bool
can_run(const struct explore_fibre *fibre)
{
	switch (fibre->state) {
	case EXPLORE_RUNS:
		return true;
	case EXPLORE_SLEEPS:
		return fibre->deadline <= explore_now() ||
		    fibre->ready(fibre->ready_arg);
	case EXPLORE_ENDED:
		break;
	}
	return false;
}

/** The earliest time limit of a sleeper. */
static uint64_t
next_deadline(void)
{
	uint64_t next = EXPLORE_FOREVER;

	if (run->timeless) {
		return next;
	}
	for (unsigned i = 0; i < run->n_fibres; i++) {
		const struct explore_fibre *fibre = &run->fibres[i];

		if (fibre->state == EXPLORE_SLEEPS && fibre->deadline < next) {
			next = fibre->deadline;
		}
	}
	return next;
}

static void
let_time_pass(void)
{
	uint64_t next = next_deadline();

	if (next > explore_now()) {
		run->clock += next - explore_now();
	}
}

/** Who can act now; the running fibre, if it can, is the first. */
static unsigned
list_agents(struct explore_agent *agents)
{
	const struct explore_fibre *self = &run->fibres[run->current];
	bool goes_on = can_run(self);
	unsigned n = 0;

	if (goes_on) {
		agents[n++] = (struct explore_agent){ EXPLORE_AGENT_FIBRE,
			run->current, 0, 0 };
	}
	for (unsigned i = 0; i < run->n_fibres && n < EXPLORE_AGENTS; i++) {
		if (i != run->current && can_run(&run->fibres[i])) {
			agents[n++] = (struct explore_agent){
				EXPLORE_AGENT_FIBRE, i, 0, goes_on
			};
		}
	}
	if (n == 0) {
		return 0;
	}
	n = explore_memory_agents(agents, n);
	if (n < EXPLORE_AGENTS && !run->patient &&
	    next_deadline() != EXPLORE_FOREVER) {
		agents[n++] = (struct explore_agent){ EXPLORE_AGENT_CLOCK, 0, 0,
			1 };
	}
	return n;
}

/** Nobody can run: is that as it should be? */
static _Noreturn void
judge(void)
{
	size_t used = 0;

	run->judges = true;
	if (run->claim != NULL) {
		run->claim(run->claim_arg);
	}
	for (unsigned i = 0; i < run->n_fibres; i++) {
		const struct explore_fibre *fibre = &run->fibres[i];

		if (fibre->state != EXPLORE_SLEEPS || fibre->daemon ||
		    used >= sizeof(run->reason)) {
			continue;
		}
		used += (size_t)snprintf(run->reason + used,
		    sizeof(run->reason) - used, "%s%s in %s",
		    used == 0 ? "sleeps for ever: " : ", ", fibre->name,
		    fibre->sleeps_in);
	}
	if (used > 0) {
		explore_fail_as(EXPLORE_DEADLOCK);
	}
	explore_end_run(EXPLORE_OK);
}

/** The fibre that goes on; drains and time happen on the way. */
static unsigned
choose_fibre(void)
{
	struct explore_agent agents[EXPLORE_AGENTS];

	for (;;) {
		unsigned n = list_agents(agents);
		const struct explore_agent *agent;

		if (n == 0) {
			if (next_deadline() == EXPLORE_FOREVER) {
				judge();
			}
			let_time_pass();
			continue;
		}
		agent = &agents[n == 1 ? 0 : explore_choose_agent(agents, n)];
		switch (agent->kind) {
		case EXPLORE_AGENT_FIBRE:
			return agent->fibre;
		case EXPLORE_AGENT_DRAIN:
			explore_memory_drain(agent->fibre, agent->entry);
			break;
		case EXPLORE_AGENT_CLOCK:
			let_time_pass();
			break;
		}
	}
}

void
explore_schedule(bool ends)
{
	unsigned before = run->current;
	unsigned next = choose_fibre();

	if (next != before) {
		explore_memory_leave(before);
		run->current = next;
		fibre_switch(&run->fibres[before].context,
		    &run->fibres[next].context, ends);
	}
}
