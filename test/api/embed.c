/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An engine inside a program that owns its main() and runs a poll loop of
 * its own: the loop watches a client's socket and a pipe on which handlers
 * report, and nothing of the engine needs the loop's thread.
 */

#include <check.h>
#include <echelon/echelon.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/patterns.h"
#include "support/run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum {
	ROUNDS = 100
};

static ptrdiff_t
answer_and_report(echelon_conn *conn, const void *data, size_t length)
{
	const int *report = echelon_conn_context(conn);
	int error = echelon_write(conn, data, length);

	if (error == 0 && write(*report, "r", 1) != 1) {
		return -1;
	}
	return error == 0 ? (ptrdiff_t)length : error;
}

static const struct echelon_handler handler = ECHELON_HANDLER(
	.on_data = answer_and_report);

static int
connect_to(echelon_engine *engine)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char text[64];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(echelon_engine_address(engine, 0, text, sizeof(text)),
	    0);
	address.sin_port = htons((uint16_t)strtoul(strrchr(text, ':') + 1, NULL,
	    10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	return fd;
}

/** The program's loop: sends when the last byte has come back and has been
 *  reported, until all rounds are done. */
static void
run_loop(int client, int reports)
{
	struct pollfd fds[] = { { .fd = client, .events = POLLIN },
		{ .fd = reports, .events = POLLIN } };
	int answers = 0;
	int reported = 0;
	char byte = 'x';

	ck_assert_int_eq(write(client, &byte, 1), 1);
	while (answers < ROUNDS || reported < ROUNDS) {
		ck_assert_int_ge(poll(fds, 2, 10000), 1);
		if (fds[0].revents != 0) {
			ck_assert_int_eq(read(client, &byte, 1), 1);
			answers++;
			if (answers < ROUNDS) {
				ck_assert_int_eq(write(client, &byte, 1), 1);
			}
		}
		if (fds[1].revents != 0) {
			ck_assert_int_eq(read(reports, &byte, 1), 1);
			reported++;
		}
	}
}

START_TEST(engine_serves_beside_the_programs_own_loop)
{
	struct echelon_options options = ECHELON_OPTIONS_INIT;
	echelon_engine *engine;
	int reports[2];
	int client;

	options.pattern = test_patterns[_i].name;
	ck_assert_int_eq(pipe(reports), 0);
	ck_assert_int_eq(echelon_engine_create(&options, &engine), 0);
	ck_assert_int_eq(echelon_engine_listen(engine, "127.0.0.1:0", &handler,
			     &reports[1]),
	    0);
	ck_assert_int_eq(echelon_engine_start(engine), 0);
	client = connect_to(engine);

	run_loop(client, reports[0]);

	close(client);
	echelon_engine_stop(engine);
	ck_assert_int_eq(echelon_engine_wait(engine), 0);
	echelon_engine_destroy(engine);
	close(reports[0]);
	close(reports[1]);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("embed");
	TCase *tcase = tcase_create("poll loop");

	tcase_add_checked_fixture(tcase, test_leaks_begin, test_leaks_end);
	tcase_add_loop_test(tcase, engine_serves_beside_the_programs_own_loop,
	    0, n_test_patterns);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
