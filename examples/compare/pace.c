/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a request is due, and on which link it goes.
 *
 * Closed loop: every link is kept full until the window ends.
 *
 * Open loop: arrivals are due at fixed intervals, each shifted by a random
 * part of one, the same for every pattern. An arrival takes the link that has
 * been idle longest; with none idle it stays due, and its latency runs. So a
 * request never waits behind a slow one of its own connection, which no
 * pattern could help.
 */
#include "load_internal.h"

#define SECOND_NS 1000000000U

static uint64_t
draw(struct load *load)
{
	uint64_t x = load->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	load->random = x;
	return x;
}

/* Exactly one of each `rare_every`, at a random place. */
static bool
choose_rare(struct load *load)
{
	uint64_t every = load->plan.workload.rare_every;
	uint64_t place;

	if (every == 0) {
		return false;
	}
	place = load->chosen++ % every;
	if (place == 0) {
		load->rare_at = draw(load) % every;
	}
	return place == load->rare_at;
}

static void
send_later(struct load *load, struct link *link, uint64_t due_ns)
{
	const struct workload *workload = &load->plan.workload;
	bool rare = choose_rare(load);

	link_request(load, link,
	    (struct mark){ .due_ns = due_ns,
		.job = rare ? workload->rare_job : workload->job,
		.rare = rare });
}

static int
fill_link(struct load *load, struct link *link, uint64_t now)
{
	while (link_in_flight(link) < load->plan.workload.depth) {
		send_later(load, link, now);
	}
	return link_flush(load, link);
}

static void
put_idle(struct load *load, struct link *link)
{
	link->next_idle = NULL;
	*load->idle_last = link;
	load->idle_last = &link->next_idle;
}

static struct link *
take_idle(struct load *load)
{
	struct link *link = load->idle_first;

	load->idle_first = link->next_idle;
	if (load->idle_first == NULL) {
		load->idle_last = &load->idle_first;
	}
	return link;
}

static double
get_interval_ns(const struct load *load)
{
	return (double)SECOND_NS / (double)load->plan.workload.rate;
}

/* Each arrival has an interval of its own and is due somewhere within it. */
static void
plan_next_arrival(struct load *load)
{
	double shift = (double)(draw(load) >> 11) / (double)(1ULL << 53);
	double begin = (double)(load->window.begin_ns - load->plan.warm_ns);

	load->next_due_ns = (uint64_t)(begin +
	    ((double)load->arrived + shift) * get_interval_ns(load));
}

int
pace_send_due(struct load *load, uint64_t now)
{
	while (load->arrived < load->arrivals && load->idle_first != NULL &&
	    load->next_due_ns <= now) {
		struct link *link = take_idle(load);
		int result;

		send_later(load, link, load->next_due_ns);
		load->arrived++;
		plan_next_arrival(load);
		result = link_flush(load, link);
		if (result != 0) {
			return result;
		}
	}
	return 0;
}

static int
start_closed_loop(struct load *load, uint64_t now)
{
	int result = 0;

	for (size_t i = 0; i < load->n_links && result == 0; i++) {
		result = fill_link(load, &load->links[i], now);
	}
	return result;
}

static void
start_open_loop(struct load *load)
{
	double length = (double)(load->plan.warm_ns + load->plan.run_ns);

	load->idle_first = NULL;
	load->idle_last = &load->idle_first;
	for (size_t i = 0; i < load->n_links; i++) {
		put_idle(load, &load->links[i]);
	}
	load->arrived = 0;
	load->arrivals = (uint64_t)(length / get_interval_ns(load));
	plan_next_arrival(load);
}

int
pace_start(struct load *load, uint64_t now)
{
	if (!workload_is_open(&load->plan.workload)) {
		return start_closed_loop(load, now);
	}
	start_open_loop(load);
	return 0;
}

int
pace_after_reply(struct load *load, struct link *link)
{
	uint64_t now = load_now_ns();

	if (!workload_is_open(&load->plan.workload)) {
		return now < load->window.end_ns ? fill_link(load, link, now)
						 : 0;
	}
	if (link_in_flight(link) == 0) {
		put_idle(load, link);
	}
	return 0;
}

uint64_t
pace_next_due_ns(const struct load *load)
{
	return load->idle_first != NULL && load->arrived < load->arrivals
	    ? load->next_due_ns
	    : UINT64_MAX;
}

void
pace_give_up(struct load *load, uint64_t now)
{
	while (load->arrived < load->arrivals) {
		if (window_has(&load->window, load->next_due_ns)) {
			histogram_add(&load->result->latency,
			    now - load->next_due_ns);
		}
		load->result->never_sent++;
		load->arrived++;
		plan_next_arrival(load);
	}
}
