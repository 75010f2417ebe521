/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What traces look like: events made up here, drawn, and compared with the
 * files in golden/. With WRITE_GOLDEN in the environment these are written
 * anew; look at the difference before it is committed.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <echelon/trace.h>

#include "core/trace_story.h"
#include "support/run.h"

#define C0 UINT64_C(0x100000000)
#define C0_AGAIN UINT64_C(0x200000000)
#define C1 UINT64_C(0x100000001)
#define L0 UINT64_C(0x180000000)
#define START UINT64_C(5000000000) /* the first event */
#define OUTSIDE ECHELON_TRACE_OUTSIDE

/* us, thread, kind, role, connection, detail. */
#define AT(us, thread_, kind_, role_, conn_, detail_)                        \
	{                                                                    \
		.time_ns = START + (uint64_t)((us)*1000.0), .conn = (conn_), \
		.thread = (thread_), .kind = ECHELON_TRACE_##kind_,          \
		.role = ECHELON_ROLE_##role_, .detail = (uint32_t)(detail_)  \
	}

/* A request from thread to thread, one that waits for a timer, a message. */
static const struct echelon_trace_event queue[] = {
	AT(0, 0, ROLE, ASYNCHRONOUS, 0, 0),
	AT(1, 1, ROLE, WORKER, 0, 0),
	AT(2, 0, WAIT_BEGIN, ASYNCHRONOUS, 0, 0),
	AT(3, 1, PARKED, WORKER, 0, 0),
	AT(10, 0, READY, ASYNCHRONOUS, L0, ECHELON_READY_EVENT),
	AT(11, 0, READY, ASYNCHRONOUS, C0, ECHELON_READY_POST),
	AT(12, 0, WAIT_END, ASYNCHRONOUS, 0, 2),
	AT(13, 0, TAKEN, ASYNCHRONOUS, L0, 0),
	AT(15, 0, TURN_END, ASYNCHRONOUS, L0, ECHELON_TURN_AGAIN),
	AT(16, 0, TAKEN, ASYNCHRONOUS, C0, 0),
	AT(18, 0, TURN_END, ASYNCHRONOUS, C0, ECHELON_TURN_CALL),
	AT(19, 0, QUEUED, ASYNCHRONOUS, C0, 0),
	AT(21, 0, WAIT_BEGIN, ASYNCHRONOUS, 0, 0),
	AT(24, 1, WOKEN, WORKER, 0, 0),
	AT(25, 1, TAKEN, WORKER, C0, 0),
	AT(26, 1, CALL_BEGIN, WORKER, C0, ECHELON_CALL_ON_DATA),
	AT(40, 1, CALL_END, WORKER, C0, ECHELON_CALL_ON_DATA),
	AT(41, 1, WRITE_BEGIN, WORKER, C0, 0),
	AT(44, 1, WRITE_END, WORKER, C0, 64),
	AT(45, 1, TURN_END, WORKER, C0, ECHELON_TURN_DONE),
	AT(46, 1, PARKED, WORKER, 0, 0),
	AT(50, OUTSIDE, POSTED, NONE, C1, 0),
	AT(52, 0, READY, ASYNCHRONOUS, C1, ECHELON_READY_POST),
	AT(53, 0, READY, ASYNCHRONOUS, C0_AGAIN, ECHELON_READY_TIMER),
	AT(54, 0, WAIT_END, ASYNCHRONOUS, 0, 0),
	AT(55, 0, QUEUED, ASYNCHRONOUS, C1, 0),
	AT(60, 0, ROLE, NONE, 0, 0),
};

/* The lead is passed on, kept, and taken away. */
static const struct echelon_trace_event lead[] = {
	AT(0, 0, ROLE, LEADER, 0, 0),
	AT(1, 1, ROLE, FOLLOWER, 0, 0),
	AT(2, 0, WAIT_BEGIN, LEADER, 0, 0),
	AT(3, 1, PARKED, FOLLOWER, 0, 0),
	AT(100, 0, READY, LEADER, C0, ECHELON_READY_EVENT),
	AT(100.4, 0, READY, LEADER, C1, ECHELON_READY_EVENT),
	AT(102, 0, WAIT_END, LEADER, 0, 2),
	AT(103, 0, PROMOTED, LEADER, 0, 1),
	AT(104, 0, ROLE, PROCESSING, 0, 0),
	AT(105, 0, TAKEN, PROCESSING, C0, 0),
	AT(106, 0, CALL_BEGIN, PROCESSING, C0, ECHELON_CALL_ON_DATA),
	AT(110, 1, WOKEN, FOLLOWER, 0, 0),
	AT(111, 1, ROLE, LEADER, 0, 0),
	AT(112, 1, TAKEN, LEADER, C1, 0),
	AT(113, 1, CALL_BEGIN, LEADER, C1, ECHELON_CALL_ON_DATA),
	AT(120, 0, CALL_END, PROCESSING, C0, ECHELON_CALL_ON_DATA),
	AT(121, 0, TURN_END, PROCESSING, C0, ECHELON_TURN_DONE),
	AT(122, 0, ROLE, FOLLOWER, 0, 0),
	AT(123, 0, PARKED, FOLLOWER, 0, 0),
	AT(5113, OUTSIDE, TAKEN_OVER, NONE, 0, 1),
	AT(5120, 0, WOKEN, FOLLOWER, 0, 0),
	AT(5121, 0, ROLE, LEADER, 0, 0),
	AT(5122, 0, WAIT_BEGIN, LEADER, 0, 0),
	AT(8000, 1, CALL_END, LEADER, C1, ECHELON_CALL_ON_DATA),
	AT(8001, 1, TURN_END, LEADER, C1, ECHELON_TURN_DONE),
	AT(8002, 1, ROLE, PROCESSING, 0, 0),
};

/* The oldest events are gone, and a name wants to be escaped. */
static const struct echelon_trace_event torn[] = {
	AT(0, 3, CALL_END, DISPATCHER, C0, ECHELON_CALL_ON_CLOSE),
	AT(1, 3, TURN_END, DISPATCHER, C0, ECHELON_TURN_DONE),
	AT(2, 3, PROMOTED, DISPATCHER, 0, 0),
	AT(3, 3, WAIT_BEGIN, DISPATCHER, 0, 0),
	AT(4, 7, WRITE_END, NONE, C0, 1),
};

static const struct scene {
	const char *name;
	const struct echelon_trace_event *events;
	size_t n;
	struct echelon_trace_view view;
} scenes[] = {
	{ "queue", queue, sizeof(queue) / sizeof(*queue),
	    { .title = "a queue" } },
	{ "queue_c0", queue, sizeof(queue) / sizeof(*queue), { .conn = C0 } },
	{ "lead", lead, sizeof(lead) / sizeof(*lead), { .title = "a lead" } },
	{ "lead_window", lead, sizeof(lead) / sizeof(*lead),
	    { .from_ns = 105000, .until_ns = 121500 } },
	{ "torn", torn, sizeof(torn) / sizeof(*torn),
	    { .title = "\"<&>\\\n" } },
	{ "empty", NULL, 0, { .title = NULL } },
};

static const struct {
	enum echelon_trace_format format;
	const char *suffix;
} formats[] = {
	{ ECHELON_TRACE_TEXT, "txt" },
	{ ECHELON_TRACE_SVG, "svg" },
	{ ECHELON_TRACE_JSON, "json" },
};

enum {
	FORMATS = 3,
	SCENES = sizeof(scenes) / sizeof(*scenes)
};

static char *text;
static size_t length;

static int
append(void *context, const char *piece, size_t n)
{
	FILE *stream = context;

	return fwrite(piece, 1, n, stream) == n ? 0 : -EIO;
}

static void
render(const struct scene *scene, enum echelon_trace_format format)
{
	struct echelon_trace_view view = scene->view;
	FILE *stream = open_memstream(&text, &length);

	view.size = sizeof(view);
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(echelon_trace_write(scene->events, scene->n, format,
			     &view, append, stream),
	    0);
	ck_assert_int_eq(fclose(stream), 0);
}

static void
write_golden(const char *path)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

static void
compare_golden(const char *path)
{
	FILE *file = fopen(path, "r");
	char *golden = calloc(1, length + 2);

	ck_assert_msg(file != NULL, "no %s", path);
	ck_assert_uint_eq(fread(golden, 1, length + 1, file), length);
	ck_assert_msg(memcmp(golden, text, length) == 0, "not as %s:\n%s", path,
	    text);
	(void)fclose(file);
	free(golden);
}

START_TEST(events_are_drawn_as_in_the_golden_file)
{
	const struct scene *scene = &scenes[_i / FORMATS];
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/trace_%s.%s", GOLDEN,
	    scene->name, formats[_i % FORMATS].suffix);
	render(scene, formats[_i % FORMATS].format);

	if (getenv("WRITE_GOLDEN") != NULL) {
		write_golden(path);
	} else {
		compare_golden(path);
	}
	free(text);
}
END_TEST

enum {
	THREADS = 12
};

/** Threads that only park, and two that do something. */
static void
make_idle_threads(struct echelon_trace_event *events)
{
	for (unsigned i = 0; i < THREADS; i++) {
		events[i] = (struct echelon_trace_event){ .time_ns = START + i,
			.thread = i,
			.kind = ECHELON_TRACE_PARKED,
			.role = ECHELON_ROLE_WORKER };
	}
	events[3].kind = ECHELON_TRACE_TAKEN;
	events[3].conn = C0;
	events[5].kind = ECHELON_TRACE_WAIT_END;
}

START_TEST(threads_that_only_parked_are_left_out_of_many)
{
	struct echelon_trace_event events[THREADS];
	struct scene scene = { .events = events, .n = THREADS };

	make_idle_threads(events);
	render(&scene, ECHELON_TRACE_TEXT);

	ck_assert_ptr_nonnull(strstr(text, "left out: 10 threads that only"));
	ck_assert_ptr_nonnull(strstr(text, "thread 3"));
	ck_assert_ptr_nonnull(strstr(text, "thread 5"));
	ck_assert_ptr_null(strstr(text, "thread 4"));
	free(text);
}
END_TEST

START_TEST(few_threads_are_all_shown)
{
	struct echelon_trace_event events[THREADS];
	struct scene scene = { .events = events, .n = 6 };

	make_idle_threads(events);
	render(&scene, ECHELON_TRACE_TEXT);

	ck_assert_ptr_nonnull(strstr(text, "thread 4"));
	ck_assert_ptr_null(strstr(text, "left out"));
	free(text);
}
END_TEST

START_TEST(picture_of_many_events_has_a_bounded_size)
{
	enum {
		MANY = 200000
	};
	struct echelon_trace_event *events = calloc(MANY, sizeof(*events));
	struct scene scene = { .events = events, .n = MANY };

	for (unsigned i = 0; i < MANY; i++) {
		events[i] = (struct echelon_trace_event){ .time_ns = START + i,
			.kind = i % 2 == 0 ? ECHELON_TRACE_PARKED
					   : ECHELON_TRACE_WOKEN };
	}
	render(&scene, ECHELON_TRACE_SVG);

	ck_assert_uint_lt(length, 1000000);
	free(text);
	free(events);
}
END_TEST

static const struct {
	const char *name;
	echelon_conn_id conn;
} names[] = {
	{ "c0", C0 },
	{ "c1", C1 },
	{ "c0.2", C0_AGAIN },
	{ "l0", L0 },
	{ "c2147483647.4294967295", UINT64_C(0xffffffff7fffffff) },
};

START_TEST(connection_has_a_name_and_is_found_by_it)
{
	char name[ELN_NAME_SIZE];

	eln_conn_name(name, names[_i].conn);

	ck_assert_str_eq(name, names[_i].name);
	ck_assert_uint_eq(eln_conn_named(name), names[_i].conn);
}
END_TEST

static const char *const nonsense[] = { "", "c", "0", "all", "c0.", "c0.0",
	"c0x", "c0.1.1", "c4294967296", "c2147483648", "x0" };

START_TEST(nonsense_names_no_connection)
{
	ck_assert_uint_eq(eln_conn_named(nonsense[_i]), 0);
}
END_TEST

static int
fail_at_once(void *context, const char *piece, size_t n)
{
	(void)piece;
	(void)n;
	*(int *)context += 1;
	return -ENOSPC;
}

START_TEST(failure_of_the_sink_is_returned_and_ends_the_writing)
{
	struct echelon_trace_event *events = calloc(2000, sizeof(*events));
	int n_calls = 0;

	for (unsigned i = 0; i < 2000; i++) {
		events[i].kind = ECHELON_TRACE_POSTED;
	}

	ck_assert_int_eq(echelon_trace_write(events, 2000, ECHELON_TRACE_TEXT,
			     NULL, fail_at_once, &n_calls),
	    -ENOSPC);
	ck_assert_int_eq(n_calls, 1);
	free(events);
}
END_TEST

START_TEST(unknown_format_and_view_are_refused)
{
	struct echelon_trace_view view = { .size = 1 };
	int n_calls = 0;

	ck_assert_int_eq(echelon_trace_write(NULL, 0,
			     (enum echelon_trace_format)4, NULL, fail_at_once,
			     &n_calls),
	    -EINVAL);
	ck_assert_int_eq(echelon_trace_write(NULL, 0, ECHELON_TRACE_TEXT, &view,
			     fail_at_once, &n_calls),
	    -EINVAL);
	ck_assert_int_eq(n_calls, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("trace_render");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, events_are_drawn_as_in_the_golden_file, 0,
	    SCENES * FORMATS);
	tcase_add_test(all, threads_that_only_parked_are_left_out_of_many);
	tcase_add_test(all, few_threads_are_all_shown);
	tcase_add_test(all, picture_of_many_events_has_a_bounded_size);
	tcase_add_loop_test(all, connection_has_a_name_and_is_found_by_it, 0,
	    sizeof(names) / sizeof(*names));
	tcase_add_loop_test(all, nonsense_names_no_connection, 0,
	    sizeof(nonsense) / sizeof(*nonsense));
	tcase_add_test(all,
	    failure_of_the_sink_is_returned_and_ends_the_writing);
	tcase_add_test(all, unknown_format_and_view_are_refused);
	suite_add_tcase(suite, all);
	return test_run(suite, argc, argv);
}
