/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting, counting, and one run from its first request to its last reply.
 *
 *   begin        warm-up      window.begin        window.end    last reply
 *     |----------------------------|-------------------|------------|
 *     sending --------------------------------------->   the rest comes
 *
 * Closed loop: a reply counts if it came within the window (window.h says in
 * which time). Open loop: a
 * request counts if it was due within the window, whenever its reply came.
 * Requests still unsent PATIENCE_NS after the window, because the server is
 * too slow for the rate, count as having waited until then, and the result
 * says how many they were.
 */
#include "load_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000U
#define PATIENCE_NS ((uint64_t)2 * SECOND_NS)
#define SILENCE_NS ((uint64_t)5 * SECOND_NS)
#define LOOK_UP_NS ((uint64_t)SECOND_NS / 10)
#define EVENTS 64
#define PRIMING_JOB 'E'

uint64_t
load_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static double
get_own_cpu(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / SECOND_NS;
}

int
load_fail(struct load *load, int result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(load->error, sizeof(load->error), format, arguments);
	va_end(arguments);
	return result;
}

const char *
load_error(const struct load *load)
{
	return load->error;
}

/* A machine so busy that nothing came back in all of the window gets more
 * time, from the first reply on. */
static void
extend_window(struct load *load, uint64_t now)
{
	if (!workload_is_open(&load->plan.workload) &&
	    load->window.replies == 0 && now >= load->window.end_ns) {
		load->window.end_ns = now + load->plan.run_ns;
	}
}

void
load_take_reply(struct load *load, const struct mark *mark, uint64_t now_ns)
{
	bool is_open = workload_is_open(&load->plan.workload);

	load->in_flight--;
	load->last_reply_ns = now_ns;
	if (load->result == NULL) {
		return;
	}
	extend_window(load, now_ns);
	load->result->replies++;
	window_add(&load->window, now_ns);
	if (!mark->rare &&
	    window_has(&load->window, is_open ? mark->due_ns : now_ns)) {
		histogram_add(&load->result->latency, now_ns - mark->due_ns);
	}
}

static int
serve_event(struct load *load, const struct epoll_event *event)
{
	struct link *link = event->data.ptr;
	uint64_t before = link->answered;
	int result = 0;

	if (event->events & EPOLLOUT) {
		result = link_flush(load, link);
	}
	if (result == 0 && event->events & ~(unsigned)EPOLLOUT) {
		result = link_receive(load, link);
	}
	if (result == 0 && link->answered > before && load->result != NULL) {
		result = pace_after_reply(load, link);
	}
	return result;
}

/* Until the next arrival can be sent, but never so long that an interruption
 * would go unnoticed. */
static struct timespec
choose_timeout(const struct load *load, uint64_t now)
{
	uint64_t due = pace_next_due_ns(load);
	uint64_t wait = LOOK_UP_NS;

	if (due < now + wait) {
		wait = due <= now ? 0 : due - now;
	}
	return (struct timespec){ .tv_nsec = (long)wait };
}

static int
check_patience(struct load *load, uint64_t now)
{
	if (*load->plan.interrupted) {
		return load_fail(load, -EINTR, "interrupted");
	}
	if (load->in_flight > 0 && now > load->last_reply_ns + SILENCE_NS) {
		return load_fail(load, -ETIMEDOUT,
		    "no reply for %u s, %llu requests unanswered",
		    (unsigned)(SILENCE_NS / SECOND_NS),
		    (unsigned long long)load->in_flight);
	}
	return 0;
}

static int
wait_and_serve(struct load *load, uint64_t now)
{
	struct epoll_event events[EVENTS];
	struct timespec timeout = choose_timeout(load, now);
	int n = epoll_pwait2(load->epoll, events, EVENTS, &timeout, NULL);
	int result = 0;

	if (n == -1 && errno != EINTR) {
		return load_fail(load, -errno, "epoll: %s", strerror(errno));
	}
	for (int i = 0; i < n && result == 0; i++) {
		result = serve_event(load, &events[i]);
	}
	return result;
}

static int
advance(struct load *load, uint64_t now)
{
	int result = check_patience(load, now);

	if (result == 0 && load->arrivals > 0) {
		if (now > load->window.end_ns + PATIENCE_NS) {
			pace_give_up(load, now);
		}
		result = pace_send_due(load, now);
	}
	return result;
}

/* What is still unanswered may be left so, once something can be told. */
static bool
may_leave(const struct load *load)
{
	return load->plan.leaves_rest && load->result != NULL &&
	    load->window.replies > 0;
}

static bool
is_done(const struct load *load, uint64_t now)
{
	return now >= load->window.end_ns &&
	    (may_leave(load) ||
		(load->in_flight == 0 && load->arrived == load->arrivals));
}

static int
run_until_done(struct load *load)
{
	uint64_t now = load_now_ns();
	int result = 0;

	while (result == 0 && !is_done(load, now)) {
		result = advance(load, now);
		if (result == 0) {
			result = wait_and_serve(load, now);
		}
		now = load_now_ns();
	}
	return result;
}

/* Of an open loop the rate was given, and its time is the window's. */
static void
keep_window(const struct load *load, struct load_result *result)
{
	const struct window *window = &load->window;

	result->replies_in_window = window->replies;
	result->window_seconds = workload_is_open(&load->plan.workload)
	    ? (double)(window->end_ns - window->begin_ns) / SECOND_NS
	    : window_seconds(window);
}

int
load_run(struct load *load, struct load_result *result)
{
	uint64_t begin = load_now_ns();
	double cpu = get_own_cpu();
	int failure;

	memset(result, 0, sizeof(*result));
	load->result = result;
	load->last_reply_ns = begin;
	load->window = window_plan(begin, load->plan.warm_ns,
	    load->plan.run_ns);
	failure = pace_start(load, begin);
	if (failure == 0) {
		failure = run_until_done(load);
	}
	if (failure == 0 && result->latency.count == 0) {
		failure = load_fail(load, -ETIMEDOUT,
		    "nothing to time: no request was due within the window");
	}
	keep_window(load, result);
	result->busy = (get_own_cpu() - cpu) /
	    ((double)(load_now_ns() - begin) / SECOND_NS);
	load->result = NULL;
	return failure;
}

/* One request on every link, and its reply. It costs nothing, whatever the
 * workload's job does; a dialogue has but one request. */
static int
prime_links(struct load *load)
{
	uint64_t now = load_now_ns();
	int result = 0;

	load->last_reply_ns = now;
	load->window = window_plan(now, 0, 0);
	for (size_t i = 0; i < load->n_links && result == 0; i++) {
		link_request(load, &load->links[i],
		    (struct mark){ .due_ns = now, .job = PRIMING_JOB });
		result = link_flush(load, &load->links[i]);
	}
	return result == 0 ? run_until_done(load) : result;
}

static int
open_links(struct load *load, const char *address)
{
	size_t n = load->plan.workload.connections;

	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (load->epoll == -1) {
		return load_fail(load, -errno, "epoll: %s", strerror(errno));
	}
	load->links = calloc(n, sizeof(*load->links));
	if (load->links == NULL) {
		return load_fail(load, -ENOMEM, "out of memory");
	}
	while (load->n_links < n) {
		struct link *link = &load->links[load->n_links];
		int result;

		link->descriptor = -1;
		link->index = (uint32_t)load->n_links++;
		result = link_open(load, link, address);
		if (result != 0) {
			return result;
		}
	}
	return 0;
}

int
load_open(const struct load_plan *plan, const char *address, struct load **load)
{
	int result;

	*load = calloc(1, sizeof(**load));
	if (*load == NULL) {
		return -ENOMEM;
	}
	(*load)->plan = *plan;
	(*load)->epoll = -1;
	(*load)->random = plan->seed * 2654435761U + 1;

	/* The default slack of 50 us would make every arrival late. */
	prctl(PR_SET_TIMERSLACK, 1UL);

	result = open_links(*load, address);
	return result == 0 ? prime_links(*load) : result;
}

void
load_close(struct load *load)
{
	if (load == NULL) {
		return;
	}
	for (size_t i = 0; i < load->n_links; i++) {
		link_close(&load->links[i]);
	}
	if (load->epoll != -1) {
		close(load->epoll);
	}
	free(load->links);
	free(load->received);
	free(load);
}
