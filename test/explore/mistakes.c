/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Mistakes that the explorer for users is there to catch, each on purpose:
 *
 *   mistakes NAME [OPTIONS of echelon_explore_main]
 *
 * mistakes.py has the sentence that each must be caught with; `none` has none.
 */

#include <echelon/explore.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

enum {
	TIMES = 150,
	DEEP = 1024,
	WAITERS = 2,
	SECOND_NS = 1000000000
};

static const char *mistake;
static unsigned opened;
static unsigned closed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned tickets;
static char *desk;
static pthread_t waiters[WAITERS];

static bool
is(const char *name)
{
	return strcmp(mistake, name) == 0;
}

/* ---- the handler ---- */

static int
on_open(echelon_conn *conn)
{
	(void)conn;
	pthread_mutex_lock(&lock);
	opened++;
	pthread_mutex_unlock(&lock);
	return 0;
}

static void
take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static void
err_in_memory(void)
{
	/* Volatile: the compiler is not to see through it. */
	static char *volatile block;

	block = malloc(16);
	if (is("leak")) {
		return;
	}
	free(block);
	if (is("double-free")) {
		free(block);
	} else if (is("crash")) {
		block = NULL;
		block[0] = 1;
	}
}

static void
lose_many(void)
{
	static char *volatile text;
	static void *volatile block;
	static char line[] = "line\n";
	size_t room = 0;
	FILE *file = fmemopen(line, sizeof(line), "r");
	char *read = NULL;
	void *aligned;

	text = strndup("ping", 2);
	block = reallocarray(NULL, 2, 2);
	block = aligned_alloc(64, 64);
	if (asprintf(&read, "%p", (void *)text) > 0) {
		read = NULL;
	}
	if (posix_memalign(&aligned, 64, 64) == 0) {
		block = aligned;
	}
	(void)block;
	if (file != NULL && getline(&read, &room, file) > 0) {
		text = read;
		(void)fclose(file);
	}
}

static unsigned
go_deep(unsigned level)
{
	volatile char frame[DEEP];

	frame[0] = (char)level;
	return level == 0 ? 0 : go_deep(level - 1) + (unsigned)frame[0];
}

static int
never_run(void *unused)
{
	return unused != NULL;
}

static void
destroy_locked(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&mutex);
	pthread_mutex_destroy(&mutex);
}

/* `if` where a `while` belongs. */
static void
wait_for_ticket(void)
{
	pthread_mutex_lock(&lock);
	if (tickets == 0) {
		pthread_cond_wait(&changed, &lock);
	}
	echelon_explore_check(tickets > 0, "no ticket after the wait");
	pthread_mutex_unlock(&lock);
}

/* For a while only. */
static void
wait_a_little(void)
{
	struct timespec until;
	int error = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (until.tv_nsec + SECOND_NS / 100) / SECOND_NS;
	until.tv_nsec = (until.tv_nsec + SECOND_NS / 100) % SECOND_NS;
	pthread_mutex_lock(&lock);
	while (tickets == 0 && error == 0) {
		error = pthread_cond_timedwait(&changed, &lock, &until);
	}
	echelon_explore_check(tickets > 0, "no ticket in time");
	pthread_mutex_unlock(&lock);
}

/* Of those that end a run by themselves. */
static void
misuse(void)
{
	thrd_t thread;

	if (is("exit")) {
		echelon_explore_note("leaves %s", "the engine");
		pthread_exit(NULL);
	} else if (is("thrd")) {
		(void)thrd_create(&thread, never_run, NULL);
	} else if (is("destroyed")) {
		destroy_locked();
	} else if (is("stack")) {
		(void)go_deep(DEEP);
	} else if (is("lost")) {
		lose_many();
	}
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	err_in_memory();
	misuse();
	if (is("lock-order")) {
		take_both(&lock, &other);
	} else if (is("locked-twice")) {
		take_both(&lock, &lock);
	} else if (is("condition")) {
		wait_for_ticket();
	} else if (is("gives-up")) {
		wait_a_little();
	} else if (is("hold")) {
		echelon_hold(conn); /* nobody resumes */
		return 0;
	} else if (is("reply")) {
		(void)echelon_write(conn, "pang", 4);
		return (ptrdiff_t)length;
	}
	(void)echelon_write(conn, data, length);
	return (ptrdiff_t)length;
}

static int
on_timeout(echelon_conn *conn, enum echelon_deadline which)
{
	(void)conn;
	(void)which;
	echelon_explore_check(!is("timeout"), "a deadline passed");
	return -ETIMEDOUT;
}

static void
on_close(echelon_conn *conn, int reason)
{
	(void)conn;
	(void)reason;
	pthread_mutex_lock(&lock);
	closed++;
	pthread_mutex_unlock(&lock);
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_open = on_open, .on_data = on_data, .on_timeout = on_timeout,
    .on_close = on_close);

/* ---- the scene ---- */

/* Without the lock. */
static void
count_ticket(void)
{
	unsigned before = tickets;

	echelon_explore_point();
	tickets = before + 1;
}

/* Two wait, for each of whom there is a ticket. */
static void *
take_ticket(void *unused)
{
	pthread_mutex_lock(&lock);
	while (tickets == 0) {
		pthread_cond_wait(&changed, &lock);
	}
	tickets--;
	pthread_mutex_unlock(&lock);
	return unused;
}

/* Detached, and later than its desk. */
static void *
write_late(void *unused)
{
	static char *volatile lost;

	lost = malloc(1);
	echelon_explore_pause(100);
	if (is("detached")) {
		desk[0] = 1;
	}
	if (!is("detached-leak")) {
		free(lost);
	}
	return unused;
}

static void
prepare(void *context)
{
	pthread_t clerk;

	(void)context;
	desk = malloc(1);
	pthread_create(&clerk, NULL, write_late, NULL);
	pthread_detach(clerk);
	for (int i = 0; i < WAITERS && is("signal"); i++) {
		pthread_create(&waiters[i], NULL, take_ticket, NULL);
	}
	opened = 0;
	closed = 0;
	tickets = 0;
}

static void
ask(void *context)
{
	echelon_explore_peer *peer = echelon_explore_connect();

	(void)context;
	if (peer == NULL) {
		return;
	}
	if (is("race")) {
		count_ticket();
	}
	if (echelon_explore_send(peer, "ping", 4)) {
		(void)echelon_explore_expect(peer, "ping", 4);
	}
	echelon_explore_close(peer);
}

static void
give_tickets(void *context)
{
	(void)context;
	if (is("race")) {
		count_ticket();
		return;
	}
	if (is("gives-up")) {
		echelon_explore_pause(echelon_explore_random(20));
	}
	pthread_mutex_lock(&lock);
	tickets += WAITERS;
	pthread_cond_signal(&changed); /* `signal`: to all, it should be */
	pthread_mutex_unlock(&lock);
	/* Often, as the handler runs for a short while only. */
	for (int i = 0; i < TIMES && is("lock-order"); i++) {
		take_both(&other, &lock);
	}
}

static void
finish(void *context)
{
	(void)context;
	echelon_explore_check(opened == closed, "%u opened, %u closed", opened,
	    closed);
	echelon_explore_check(!is("race") || tickets == 2, "%u tickets of 2",
	    tickets);
	echelon_explore_check(!is("claim") || opened == 0,
	    "%u came, and none was to come", opened);
	echelon_explore_check(!is("stop") || opened == 1,
	    "%u came, and 1 was to come", opened);
	for (int i = 0; i < WAITERS && is("signal"); i++) {
		pthread_join(waiters[i], NULL);
	}
	free(desk);
}

int
main(int argc, char **argv)
{
	static const struct echelon_explore_thread threads[] = {
		{ "client", ask }, { "tickets", give_tickets }, { NULL, NULL }
	};
	struct echelon_explore_scene scene = ECHELON_EXPLORE_SCENE(
		.handler = &handler, .prepare = prepare, .threads = threads,
	    .finish = finish);

	if (argc < 2) {
		return 2;
	}
	mistake = argv[1];
	scene.stops = is("stop");
	scene.hurries = is("timeout");
	if (is("size")) {
		static const struct echelon_handler old = {
			.on_data = on_data
		};

		scene.handler = &old;
	}
	argv[1] = argv[0];
	return echelon_explore_main(argc - 1, argv + 1, &scene);
}
