/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A server program under real signals, and with too few descriptors.
 *
 * A request is a line. "s" gets a short reply, "l" one of 1 MiB; "i" gets
 * the connection's id and then never returns.
 */

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "weather_child.h"
#include "weather_support.h"

enum {
	LARGE = 1 << 20
};

static const char large[LARGE];

_Noreturn static void
block_for_ever(void)
{
	for (;;) {
		(void)poll(NULL, 0, -1);
	}
}

static int
reply(echelon_conn *conn, char command)
{
	char id[32];
	int n;

	switch (command) {
	case 's':
		return echelon_write(conn, "short\n", 6);
	case 'l':
		return echelon_write(conn, large, LARGE);
	case 'i':
		n = snprintf(id, sizeof(id), "%" PRIx64 "\n",
		    echelon_conn_get_id(conn));
		(void)echelon_write(conn, id, (size_t)n);
		echelon_flush(conn);
		block_for_ever();
	default:
		return -EBADMSG;
	}
}

static ptrdiff_t
on_data(echelon_conn *conn, const void *data, size_t length)
{
	int error = reply(conn, *(const char *)data);

	return error == 0 ? (ptrdiff_t)length : error;
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.frame = weather_frame_line, .on_data = on_data);

/* ---- signals ---- */

/** A socket that takes little at a time. */
static int
connect_slowly(const struct weather_child *child)
{
	int fd = client_connect(child->port);
	int bytes = 64 * 1024;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes,
			     sizeof(bytes)),
	    0);
	return fd;
}

static void
check_drain(int row, int signal)
{
	static const char *const settings[] = { "deadlines.drain=60s", NULL };
	static char buffer[4 * LARGE];
	enum {
		CLIENTS = 20,
		WHOLE = 6 + LARGE + 6
	};
	struct weather_child child;
	int fds[CLIENTS];

	weather_child_start(&child, test_patterns[row].name, settings);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = connect_slowly(&child);
		client_say(fds[i], "s\nl\ns\n");
		client_wait_sent(fds[i]);
	}
	weather_child_signal(&child, signal);
	for (int i = 0; i < CLIENTS; i++) {
		ck_assert_uint_eq(client_receive_until_fin(fds[i], buffer,
				      sizeof(buffer)),
		    WHOLE);
		ck_assert_mem_eq(buffer, "short\n", 6);
		ck_assert_mem_eq(buffer + 6, large, LARGE);
		ck_assert_mem_eq(buffer + 6 + LARGE, "short\n", 6);
		close(fds[i]);
	}
	ck_assert_int_eq(weather_child_wait(&child), 0);
	weather_child_deinit(&child);
}

START_TEST(sigterm_under_load_answers_what_has_arrived_and_exits_0)
{
	check_drain(_i, SIGTERM);
}
END_TEST

START_TEST(sigint_drains_as_sigterm_does)
{
	check_drain(_i, SIGINT);
}
END_TEST

static void
receive_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	do {
		ck_assert_uint_lt(n, size - 1);
		client_receive(fd, line + n, 1);
	} while (line[n++] != '\n');
	line[n - 1] = '\0';
}

START_TEST(handler_that_never_returns_is_named_and_the_exit_is_1)
{
	static const char *const settings[] = { "deadlines.drain=300ms", NULL };
	struct weather_child child;
	char id[32];
	int fd;

	weather_child_start(&child, test_patterns[_i].name, settings);
	fd = client_connect(child.port);
	client_say(fd, "i\n");
	receive_line(fd, id, sizeof(id));
	weather_child_signal(&child, SIGTERM);
	ck_assert_int_eq(weather_child_wait(&child), 1);
	ck_assert(weather_child_said(&child, "has not returned"));
	ck_assert(weather_child_said(&child, id));
	close(fd);
	weather_child_deinit(&child);
}
END_TEST

/* ---- too few descriptors ---- */

enum {
	DESCRIPTORS = 64,
	CLIENTS = 200,
	FEW = 10, /* that many are served in any case */
	WATCHED_MS = 1000
};

static void
connect_all(const struct weather_child *child, struct pollfd *clients)
{
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct pollfd){ .fd = client_connect(child->port),
			.events = POLLIN };
		client_say(clients[i].fd, "s\n");
	}
}

/** Takes the reply of each client that has one; returns how many did. */
static int
take_replies(struct pollfd *clients)
{
	int n = 0;

	for (int i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && poll(&clients[i], 1, 0) == 1) {
			client_expect(clients[i].fd, "short\n");
			/* For the next step: to be closed, or left alone. */
			clients[i].events = 0;
			n++;
		}
	}
	return n;
}

/** Those that have their reply leave. */
static void
leave(struct pollfd *clients)
{
	for (int i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && clients[i].events == 0) {
			close(clients[i].fd);
			clients[i].fd = -1;
		}
	}
}

/** The processor time of a second in which nothing can be done. */
static void
watch(const struct weather_child *child, int row)
{
	uint64_t before = weather_child_cpu_us(child);
	uint64_t used;

	(void)poll(NULL, 0, WATCHED_MS);
	used = weather_child_cpu_us(child) - before;
	(void)printf("%s without descriptors: %.1f ms of processor time in "
		     "%d ms\n",
	    test_patterns[row].name, (double)used / 1000, WATCHED_MS);
	/* Who spins uses all of it. */
	ck_assert_uint_lt(used, WATCHED_MS * 1000 / 2);
}

/** Until all have been served: those that were make room. */
static void
serve_all(struct pollfd *clients, int served)
{
	while (served < CLIENTS) {
		int n;

		leave(clients);
		n = poll(clients, CLIENTS, test_patience() * 1000);
		ck_assert_msg(n > 0, "only %d clients were served", served);
		served += take_replies(clients);
	}
	leave(clients);
}

/** Lets clients in until there is no room, looks, and lets them leave. */
static void
check_exhaustion(int row, const struct weather_child *child)
{
	struct pollfd clients[CLIENTS];
	int served = 0;
	int n;

	connect_all(child, clients);
	while (served < FEW) {
		n = poll(clients, CLIENTS, test_patience() * 1000);
		ck_assert_msg(n > 0, "only %d clients were served", served);
		served += take_replies(clients);
	}
	watch(child, row);
	served += take_replies(clients);
	ck_assert_int_lt(served, DESCRIPTORS);
	serve_all(clients, served);
}

/** After it all: a new client is served, and SIGTERM ends it well. */
static void
check_recovery(struct weather_child *child)
{
	int fd = client_connect(child->port);

	client_say(fd, "s\n");
	client_expect(fd, "short\n");
	close(fd);
	weather_child_signal(child, SIGTERM);
	ck_assert_int_eq(weather_child_wait(child), 0);
	weather_child_deinit(child);
}

START_TEST(server_with_64_descriptors_serves_200_clients_in_turn)
{
	struct rlimit before;
	struct rlimit few;
	struct weather_child child;

	/* The server inherits the limit. */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){ .rlim_cur = DESCRIPTORS,
		.rlim_max = before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	weather_child_start(&child, test_patterns[_i].name, NULL);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	check_exhaustion(_i, &child);
	check_recovery(&child);
}
END_TEST

START_TEST(server_that_runs_out_of_descriptors_recovers)
{
	struct weather_child child;

	weather_child_start(&child, test_patterns[_i].name, NULL);
	weather_child_limit(&child, DESCRIPTORS);
	check_exhaustion(_i, &child);
	ck_assert(weather_child_said(&child, "cannot accept"));
	check_recovery(&child);
}
END_TEST

static bool
has_failed_to_accept(void *context)
{
	return weather_child_said(context, "cannot accept");
}

START_TEST(server_without_descriptors_serves_once_it_has_one)
{
	enum {
		FEWEST = 3
	};
	struct weather_child child;
	int fd;

	weather_child_start(&child, test_patterns[_i].name, NULL);
	weather_child_limit(&child, FEWEST);
	fd = client_connect(child.port);
	client_say(fd, "s\n");
	ck_assert(test_eventually(has_failed_to_accept, &child));
	/* No connection closes that could remind it. */
	weather_child_limit(&child, DESCRIPTORS);
	client_expect(fd, "short\n");
	close(fd);
	check_recovery(&child);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("weather: programs");

	weather_add(suite, "SIGTERM",
	    sigterm_under_load_answers_what_has_arrived_and_exits_0);
	weather_add(suite, "SIGINT", sigint_drains_as_sigterm_does);
	weather_add(suite, "never returns",
	    handler_that_never_returns_is_named_and_the_exit_is_1);
	weather_add(suite, "64 descriptors",
	    server_with_64_descriptors_serves_200_clients_in_turn);
	weather_add(suite, "no descriptors",
	    server_that_runs_out_of_descriptors_recovers);
	weather_add(suite, "one descriptor",
	    server_without_descriptors_serves_once_it_has_one);
	return suite;
}

int
main(int argc, char **argv)
{
	int status = weather_child_main(argc, argv, &handler);

	return status >= 0 ? status : test_run_rows(make_suite, argc, argv);
}
