/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare's load generator, against a server that makes one mistake.
 *
 * The server is a thread that answers one request after the other and, at
 * its FAULT_AT-th reply, does what `fault` says. The test's own thread runs
 * the load and asserts.
 */
#include "../../examples/compare/load.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BYTES 64
#define CLIENTS 8
#define FAULT_AT 500
#define STALL_MS 200

enum fault {
	FAULT_NONE,
	FAULT_FLIP,   /* one bit of the opaque part */
	FAULT_UNDONE, /* byte 1 is not R */
	FAULT_DOUBLE, /* the same reply twice */
	FAULT_SWAP,   /* a reply with the next one's number */
	FAULT_LOSE,   /* no reply */
	FAULT_CLOSE,
	FAULT_STALL /* every reply waits meanwhile */
};

static struct {
	enum fault fault;
	int listener;
	int stop[2];
	char address[32];
	pthread_t thread;
	unsigned long replies;
	unsigned long rare;
} server;

static volatile sig_atomic_t interrupted;
static struct load_result result;

static void
stall(void)
{
	const struct timespec pause = { .tv_nsec = STALL_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Returns how many bytes of `reply`, which has room for two, to send. */
static size_t
spoil(unsigned char *reply)
{
	switch (server.fault) {
	case FAULT_FLIP:
		reply[BYTES - 1] ^= 1;
		return BYTES;
	case FAULT_UNDONE:
		reply[1] = 0;
		return BYTES;
	case FAULT_DOUBLE:
		memcpy(reply + BYTES, reply, BYTES);
		return (size_t)2 * BYTES;
	case FAULT_SWAP:
		reply[8]++;
		return BYTES;
	case FAULT_LOSE:
	case FAULT_CLOSE:
		return 0;
	case FAULT_STALL:
		stall();
		return BYTES;
	case FAULT_NONE:
		return BYTES;
	}
	return 0;
}

static void
serve(int client)
{
	unsigned char reply[2 * BYTES];
	size_t length = BYTES;

	if (recv(client, reply, BYTES, MSG_WAITALL) != BYTES) {
		shutdown(client, SHUT_RDWR);
		return;
	}
	server.rare += reply[0] == 'S';
	reply[1] = 'R';
	if (++server.replies == FAULT_AT) {
		length = spoil(reply);
		if (server.fault == FAULT_CLOSE) {
			shutdown(client, SHUT_RDWR);
		}
	}
	if (length > 0) {
		(void)send(client, reply, length, MSG_NOSIGNAL);
	}
}

/* Slots: where to stop, the listener, the clients. */
static void *
run_server(void *argument)
{
	struct pollfd slots[2 + CLIENTS] = {
		{ .fd = server.stop[0], .events = POLLIN },
		{ .fd = server.listener, .events = POLLIN },
	};
	nfds_t n = 2;

	(void)argument;
	while (poll(slots, n, -1) > 0 && slots[0].revents == 0) {
		for (nfds_t i = 2; i < n; i++) {
			if (slots[i].revents & POLLHUP) {
				slots[i].fd = -slots[i].fd;
			} else if (slots[i].revents != 0) {
				serve(slots[i].fd);
			}
		}
		if (slots[1].revents != 0 && n < 2 + CLIENTS) {
			slots[n].fd = accept(server.listener, NULL, NULL);
			slots[n++].events = POLLIN;
		}
	}
	return NULL;
}

static void
start_server(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t length = sizeof(address);

	server.listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(server.listener, (struct sockaddr *)&address,
			     length),
	    0);
	ck_assert_int_eq(listen(server.listener, CLIENTS), 0);
	ck_assert_int_eq(getsockname(server.listener,
			     (struct sockaddr *)&address, &length),
	    0);
	snprintf(server.address, sizeof(server.address), "127.0.0.1:%d",
	    ntohs(address.sin_port));
	ck_assert_int_eq(pipe(server.stop), 0);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, run_server, NULL),
	    0);
}

static void
stop_server(void)
{
	ck_assert_int_eq(write(server.stop[1], "", 1), 1);
	ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
}

static struct load_plan
make_plan(size_t connections, size_t depth, unsigned rate)
{
	return (struct load_plan){
		.workload = {
			.name = "test",
			.job = 'E',
			.connections = connections,
			.depth = depth,
			.rate = rate,
		},
		.warm_ns = 10000000,
		.run_ns = 500000000,
		.seed = 1,
		.interrupted = &interrupted,
	};
}

/* Keeps the message of a failure where the load does not take it along. */
static int
run(const struct load_plan *plan, char *error, size_t size)
{
	struct load *load;
	int failure = load_open(plan, server.address, &load);

	if (failure == 0) {
		failure = load_run(load, &result);
	}
	ck_assert_ptr_nonnull(load);
	snprintf(error, size, "%s", load_error(load));
	load_close(load);
	return failure;
}

static void
expect_failure(enum fault fault, int expected, const char *words)
{
	const struct load_plan plan = make_plan(4, 1, 0);
	char error[256];

	server.fault = fault;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), expected);
	ck_assert_msg(strstr(error, words) != NULL, "\"%s\" is not \"%s\"",
	    error, words);
}

START_TEST(right_replies_are_all_counted)
{
	const struct load_plan plan = make_plan(4, 8, 0);
	char error[256];

	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(result.replies + 4, server.replies);
	ck_assert_uint_le(result.replies_in_window, result.replies);
	ck_assert_uint_gt(result.replies_in_window, 0);
	ck_assert_uint_eq(result.latency.count, result.replies_in_window);
	ck_assert_uint_eq(result.never_sent, 0);
}
END_TEST

START_TEST(changed_reply_is_noticed)
{
	expect_failure(FAULT_FLIP, -EPROTO, "is wrong");
}
END_TEST

START_TEST(reply_without_its_mark_is_noticed)
{
	expect_failure(FAULT_UNDONE, -EPROTO, "is wrong");
}
END_TEST

START_TEST(reply_out_of_order_is_noticed)
{
	expect_failure(FAULT_SWAP, -EPROTO, "is wrong");
}
END_TEST

START_TEST(doubled_reply_is_noticed)
{
	expect_failure(FAULT_DOUBLE, -EPROTO, "a reply too many");
}
END_TEST

START_TEST(closed_connection_is_noticed)
{
	expect_failure(FAULT_CLOSE, -EPIPE, "closed by the server");
}
END_TEST

START_TEST(lost_reply_is_noticed)
{
	expect_failure(FAULT_LOSE, -ETIMEDOUT, "no reply for 5 s");
}
END_TEST

START_TEST(rare_job_is_one_in_a_hundred_and_not_timed)
{
	struct load_plan plan = make_plan(4, 4, 0);
	char error[256];

	plan.workload.rare_job = 'S';
	plan.workload.rare_every = 100;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_ge(server.rare, result.replies / 100);
	ck_assert_uint_le(server.rare, result.replies / 100 + 1);
	ck_assert_uint_lt(result.latency.count, result.replies_in_window);
}
END_TEST

START_TEST(open_loop_sends_what_was_due)
{
	const struct load_plan plan = make_plan(4, 1, 2000);
	char error[256];

	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_eq(result.replies, 1020);
	ck_assert_uint_ge(result.latency.count, 999);
	ck_assert_uint_le(result.latency.count, 1001);
}
END_TEST

/* Of 1,000 requests 400 are due while the server stalls. Timed from when they
 * were sent, all but one would look as fast as ever. */
START_TEST(open_loop_charges_a_stall_to_all_who_were_due)
{
	const struct load_plan plan = make_plan(1, 1, 2000);
	char error[256];

	server.fault = FAULT_STALL;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_ge(histogram_quantile(&result.latency, 0.9),
	    STALL_MS / 2 * 1000000);
}
END_TEST

/* The window of the plan is over long before the server goes on. */
START_TEST(closed_loop_waits_for_a_server_that_starves)
{
	struct load_plan plan = make_plan(1, 1, 0);
	char error[256];

	plan.warm_ns = 0;
	plan.run_ns = STALL_MS * 1000000 / 10;
	server.fault = FAULT_STALL;
	server.replies = FAULT_AT - 2;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), 0);

	ck_assert_uint_gt(result.replies_in_window, 0);
	ck_assert_double_ge(result.window_seconds, STALL_MS / 1e3);
}
END_TEST

START_TEST(interruption_ends_a_run)
{
	const struct load_plan plan = make_plan(1, 1, 0);
	char error[256];

	interrupted = 1;
	ck_assert_int_eq(run(&plan, error, sizeof(error)), -EINTR);
}
END_TEST

START_TEST(nobody_there_is_an_error)
{
	const struct load_plan plan = make_plan(1, 1, 0);
	char error[256];

	stop_server();
	close(server.listener);
	ck_assert_int_eq(run(&plan, error, sizeof(error)), -ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(error, server.address));
}
END_TEST

static unsigned char request[BYTES] = { 'E' };

static ptrdiff_t
frame_of_64(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return BYTES;
}

static ptrdiff_t
frame_that_refuses(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return -EBADMSG;
}

static int
run_dialogue(const struct dialogue *dialogue, size_t depth, char *error,
    size_t size)
{
	struct load_plan plan = make_plan(4, depth, 0);

	plan.dialogue = dialogue;
	plan.run_ns /= 5;
	return run(&plan, error, size);
}

/* What a dialogue's replies say is not looked at. */
START_TEST(replies_of_a_known_length_are_all_counted)
{
	const struct dialogue dialogue = {
		.request = request, .request_bytes = BYTES, .reply_bytes = BYTES
	};
	char error[256];

	server.fault = FAULT_FLIP;
	ck_assert_int_eq(run_dialogue(&dialogue, 8, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(result.replies + 4, server.replies);
}
END_TEST

START_TEST(replies_that_are_framed_are_all_counted)
{
	const struct dialogue dialogue = {
		.request = request, .request_bytes = BYTES, .frame = frame_of_64
	};
	char error[256];

	ck_assert_int_eq(run_dialogue(&dialogue, 8, error, sizeof(error)), 0);

	stop_server();
	ck_assert_uint_eq(result.replies + 4, server.replies);
}
END_TEST

START_TEST(replies_longer_than_said_are_noticed)
{
	const struct dialogue dialogue = { .request = request,
		.request_bytes = BYTES,
		.reply_bytes = BYTES / 2 };
	char error[256];

	ck_assert_int_eq(run_dialogue(&dialogue, 1, error, sizeof(error)),
	    -EPROTO);
	ck_assert_ptr_nonnull(strstr(error, "a reply too many"));
}
END_TEST

START_TEST(replies_that_the_frame_refuses_are_noticed)
{
	const struct dialogue dialogue = { .request = request,
		.request_bytes = BYTES,
		.frame = frame_that_refuses };
	char error[256];

	ck_assert_int_eq(run_dialogue(&dialogue, 1, error, sizeof(error)),
	    -EPROTO);
	ck_assert_ptr_nonnull(strstr(error, "frame refuses reply 0"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare load");
	TCase *counting = tcase_create("counting");
	TCase *mistakes = tcase_create("mistakes");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(counting, start_server, NULL);
	tcase_set_timeout(counting, 60);
	tcase_add_test(counting, right_replies_are_all_counted);
	tcase_add_test(counting, rare_job_is_one_in_a_hundred_and_not_timed);
	tcase_add_test(counting, open_loop_sends_what_was_due);
	tcase_add_test(counting, open_loop_charges_a_stall_to_all_who_were_due);
	tcase_add_test(counting, closed_loop_waits_for_a_server_that_starves);
	tcase_add_test(counting, interruption_ends_a_run);
	tcase_add_test(counting, nobody_there_is_an_error);
	tcase_add_test(counting, replies_of_a_known_length_are_all_counted);
	tcase_add_test(counting, replies_that_are_framed_are_all_counted);
	suite_add_tcase(suite, counting);

	tcase_add_checked_fixture(mistakes, start_server, NULL);
	tcase_set_timeout(mistakes, 60);
	tcase_add_test(mistakes, changed_reply_is_noticed);
	tcase_add_test(mistakes, reply_without_its_mark_is_noticed);
	tcase_add_test(mistakes, reply_out_of_order_is_noticed);
	tcase_add_test(mistakes, doubled_reply_is_noticed);
	tcase_add_test(mistakes, closed_connection_is_noticed);
	tcase_add_test(mistakes, lost_reply_is_noticed);
	tcase_add_test(mistakes, replies_longer_than_said_are_noticed);
	tcase_add_test(mistakes, replies_that_the_frame_refuses_are_noticed);
	suite_add_tcase(suite, mistakes);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
