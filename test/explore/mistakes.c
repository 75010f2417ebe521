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

enum {
	TIMES = 150
};

static const char *mistake;
static unsigned opened;
static unsigned closed;
static unsigned timeouts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned tickets;

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

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	err_in_memory();
	if (is("lock-order")) {
		take_both(&lock, &other);
	} else if (is("locked-twice")) {
		take_both(&lock, &lock);
	} else if (is("condition")) {
		wait_for_ticket();
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
	timeouts++;
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

static void
prepare(void *context)
{
	(void)context;
	opened = 0;
	closed = 0;
	timeouts = 0;
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
	if (echelon_explore_send(peer, "ping", 4)) {
		(void)echelon_explore_expect(peer, "ping", 4);
	}
	echelon_explore_close(peer);
}

static void
give_tickets(void *context)
{
	(void)context;
	pthread_mutex_lock(&lock);
	tickets++;
	pthread_cond_signal(&changed);
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
	echelon_explore_check(!(is("claim") || is("stop")) || opened == 0,
	    "%u came, and none was to come", opened);
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
	argv[1] = argv[0];
	return echelon_explore_main(argc - 1, argv + 1, &scene);
}
