/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * G2 ordered, the bytes: input that waits in buffers, and output that is
 * copied, lent, sent and unsent.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/patterns.h"
#include "support/run.h"
#include "support/server.h"
#include "support/sync.h"

static struct test_gate gate;
static struct test_counter releases;

static void
set_up(void)
{
	test_leaks_begin();
	gate_init(&gate);
	counter_init(&releases);
}

static void
tear_down(void)
{
	gate_deinit(&gate);
	test_leaks_end();
}

static void
send_number(int fd, uint32_t number)
{
	client_send(fd, &number, sizeof(number));
}

static void
expect_number(int fd, uint32_t number)
{
	uint32_t answer;

	client_receive(fd, &answer, sizeof(answer));
	ck_assert_uint_eq(answer, number);
}

/* ---- input ---- */

/* Records of ten bytes, a number and six times its lowest byte, found without
 * `frame`. No power of two: buffers end inside a record. */
enum {
	RECORD = 10,
	RECORDS = 10000,
	FIRST = 0x7fffffff
};

static void
make_record(char *record, uint32_t number)
{
	memcpy(record, &number, sizeof(number));
	memset(record + sizeof(number), (int)(number & 0xff),
	    RECORD - sizeof(number));
}

static ptrdiff_t
answer_record(echelon_conn *conn, const void *data, size_t length)
{
	char right[RECORD];
	uint32_t number;

	if (length < RECORD) {
		return 0;
	}
	memcpy(&number, data, sizeof(number));
	make_record(right, number);
	if (memcmp(data, right, RECORD) != 0) {
		return -EPROTO;
	}
	if (number == FIRST) {
		gate_pass(&gate);
	}
	return echelon_write(conn, data, sizeof(number)) == 0 ? RECORD : -EIO;
}

static const struct echelon_handler record_handler = ECHELON_HANDLER(
	.on_data = answer_record);

START_TEST(g2_bytes_that_were_not_consumed_come_again_first)
{
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &record_handler, NULL, NULL);
	int fd = test_server_connect(server);
	static char records[(1 + RECORDS) * RECORD];

	/* The first waits, so that buffers fill with the others. */
	make_record(records, FIRST);
	for (uint32_t i = 0; i < RECORDS; i++) {
		make_record(records + (1 + i) * RECORD, i);
	}
	client_send(fd, records, sizeof(records));
	client_wait_sent(fd);
	gate_open_all(&gate);
	expect_number(fd, FIRST);
	for (uint32_t i = 0; i < RECORDS; i++) {
		expect_number(fd, i);
	}
	close(fd);
	test_server_stop(server);
}
END_TEST

/* ---- output ---- */

enum {
	LENT_BYTES = 40000,
	LOANS = 100
};

static char lent[LENT_BYTES + LOANS];

static ptrdiff_t
frame_number(const void *data, size_t length, void *context)
{
	(void)data;
	(void)length;
	(void)context;
	return sizeof(uint32_t);
}

static void
count_release(void *arg)
{
	(void)arg;
	counter_add(&releases, 1);
}

/** Reply number n: n, the lent bytes from n on, n again. */
static ptrdiff_t
lend(echelon_conn *conn, const void *data, size_t length)
{
	uint32_t number;

	memcpy(&number, data, sizeof(number));
	if (echelon_write(conn, data, length) != 0 ||
	    echelon_write_ref(conn, lent + number, LENT_BYTES, count_release,
		NULL) != 0 ||
	    echelon_write(conn, data, length) != 0) {
		return -EIO;
	}
	return (ptrdiff_t)length;
}

static const struct echelon_handler lender = ECHELON_HANDLER(
	.frame = frame_number, .on_data = lend);

START_TEST(g2_copied_and_lent_output_keep_their_order)
{
	static char received[LENT_BYTES];
	struct test_server *server = test_server_start(test_patterns[_i].name,
	    &lender, NULL, NULL);
	int fd = test_server_connect(server);

	for (size_t i = 0; i < sizeof(lent); i++) {
		lent[i] = (char)(i * 7 + i / 251);
	}
	for (uint32_t i = 0; i < LOANS; i++) {
		send_number(fd, i);
	}
	client_wait_sent(fd);
	for (uint32_t i = 0; i < LOANS; i++) {
		expect_number(fd, i);
		client_receive(fd, received, LENT_BYTES);
		ck_assert_mem_eq(received, lent + i, LENT_BYTES);
		expect_number(fd, i);
	}
	ck_assert(counter_wait(&releases, LOANS));
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(counter_get(&releases), LOANS);
}
END_TEST

static void
add(TCase *tc, const TTest *test)
{
	tcase_add_loop_test(tc, test, 0, n_test_patterns);
}

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("stream");
	TCase *tc = tcase_create("stream");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	add(tc, g2_bytes_that_were_not_consumed_come_again_first);
	add(tc, g2_copied_and_lent_output_keep_their_order);
	suite_add_tcase(suite, tc);
	return test_run(suite, argc, argv);
}
