/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit_support.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
	MOST_THREADS = 16
};

struct part {
	test_part_fn *run;
	void *arg;
	unsigned index;
	pthread_barrier_t *start;
};

static void *
run_part(void *arg)
{
	struct part *part = arg;

	(void)pthread_barrier_wait(part->start);
	part->run(part->arg, part->index);
	return NULL;
}

void
run_together(unsigned n, test_part_fn *part, void *arg)
{
	struct part parts[MOST_THREADS];
	pthread_t threads[MOST_THREADS];
	pthread_barrier_t start;

	ck_assert_uint_le(n, MOST_THREADS);
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, n), 0);
	for (unsigned i = 0; i < n; i++) {
		parts[i] = (struct part){ part, arg, i, &start };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_part,
				     &parts[i]),
		    0);
	}
	for (unsigned i = 0; i < n; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	}
	ck_assert_int_eq(pthread_barrier_destroy(&start), 0);
}

static timer_t timer;
static void (*interruption)(int signal);

/** The next comes after this one has ended, or nobody would get on. */
static void
interrupt_again(void)
{
	static long offset;
	struct itimerspec soon = { .it_value.tv_nsec = 20000 + offset };

	offset = (offset + 37) % 1009;
	(void)timer_settime(timer, 0, &soon, NULL);
}

static void
interrupt(int signal)
{
	interruption(signal);
	interrupt_again();
}

void
begin_interruptions(void (*handler)(int signal))
{
	struct sigaction action = { .sa_handler = interrupt,
		.sa_flags = SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1 };

	interruption = handler;
	event._sigev_un._tid = gettid();
	ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	interrupt_again();
}

void
end_interruptions(void)
{
	ck_assert(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(timer_delete(timer), 0);
}

struct numbers
numbers_begin(void)
{
	const char *text = getenv("ECHELON_TEST_SEED");
	uint64_t seed = 0;

	if (text != NULL) {
		seed = strtoull(text, NULL, 0);
	} else {
		ck_assert_int_eq(getrandom(&seed, sizeof(seed), 0),
		    sizeof(seed));
	}
	printf("ECHELON_TEST_SEED=%llu repeats this\n",
	    (unsigned long long)seed);
	(void)fflush(stdout);
	return numbers_from(seed);
}

struct numbers
numbers_from(uint64_t seed)
{
	return (struct numbers){ .state = seed };
}

/** Vigna's splitmix64: any seed is as good as any other. */
uint64_t
numbers_next(struct numbers *numbers)
{
	uint64_t n = (numbers->state += UINT64_C(0x9e3779b97f4a7c15));

	n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
	return n ^ (n >> 31);
}

uint64_t
numbers_below(struct numbers *numbers, uint64_t limit)
{
	return numbers_next(numbers) % limit;
}

static void *
allocate_granted(void *context, size_t bytes)
{
	struct grants *grants = context;

	if (grants->left == 0) {
		return NULL;
	}
	grants->left--;
	grants->live++;
	return malloc(bytes);
}

static void
release_granted(void *context, void *memory)
{
	struct grants *grants = context;

	grants->live--;
	free(memory);
}

struct echelon_allocator
allocator_with(struct grants *grants)
{
	return (struct echelon_allocator){
		.allocate = allocate_granted,
		.release = release_granted,
		.context = grants,
	};
}
