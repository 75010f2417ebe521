/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echelon_main: options, signals, exit statuses.
 */
#include "main_support.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Signals. */

static const int ending[] = { SIGTERM, SIGINT };

START_TEST(signal_drains_and_exits_0)
{
	START("--listen", "unix:/x y");
	expect("listening on unix:/x y\n");
	expect("echelon: info: pattern alpha-beta, 3 threads\n");
	kill(server, ending[_i]);
	ck_assert_int_eq(finish_server(), 0);
	expect("destroyed\n");
	expect(_i == 0 ? "info: SIGTERM: draining" : "info: SIGINT: draining");
}
END_TEST

START_TEST(address_is_the_first_line_on_standard_output)
{
	START("--set", "log.level=error");
	expect("listening on 127.0.0.1:7000\n");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 0);
	ck_assert_str_eq(said,
	    "echelon: warning: created\nlistening on 127.0.0.1:7000\n"
	    "destroyed\n");
}
END_TEST

START_TEST(engine_that_a_handler_stops_ends_the_server)
{
	plan.stops_itself = true;
	START(NULL);
	ck_assert_int_eq(finish_server(), 0);
}
END_TEST

START_TEST(sigterm_and_sighup_while_draining_change_nothing)
{
	char path[] = "/tmp/echelon-main-XXXXXX";

	ck_assert_int_eq(close(mkstemp(path)), 0);
	plan.never_drains = true;
	START("--config", path);
	expect("listening on");
	kill(server, SIGTERM);
	expect("draining");
	/* A reload would miss the file and say so. */
	ck_assert_int_eq(unlink(path), 0);
	kill(server, SIGTERM);
	kill(server, SIGHUP);
	await_signals_taken();
	release_server();
	ck_assert_int_eq(finish_server(), 0);
	ck_assert_ptr_null(strstr(said, "reload"));
}
END_TEST

START_TEST(signal_that_comes_too_late_does_not_kill)
{
	plan.late_signal = SIGTERM;
	START(NULL);
	expect("listening on");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 0);
}
END_TEST

START_TEST(sigint_while_draining_exits_1_at_once)
{
	plan.never_drains = true;
	START(NULL);
	expect("listening on");
	kill(server, SIGINT);
	expect("draining");
	kill(server, SIGINT);
	ck_assert_int_eq(finish_server(), 1);
	expect("error: interrupted while draining\n");
	ck_assert_ptr_null(strstr(said, "destroyed"));
}
END_TEST

START_TEST(handler_that_has_not_returned_is_named)
{
	plan.wait_result = -ETIMEDOUT;
	START(NULL);
	expect("listening on");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 1);
	expect("error: handler of connection 64 has not returned\n");
	expect("error: handler of connection 83 has not returned\n");
	expect("error: and the handlers of 8 more\n");
	ck_assert_ptr_null(strstr(said, "destroyed"));
}
END_TEST

START_TEST(sighup_reads_the_file_again)
{
	char path[] = "/tmp/echelon-main-XXXXXX";

	ck_assert_int_eq(close(mkstemp(path)), 0);
	write_file(path, "[limits]\ninput = 2MiB\noutput = 8MiB\n");
	START("--config", path, "--set", "limits.output=5MiB");
	expect("listening on");
	write_file(path, "[limits]\ninput = 3MiB\noutput = 9MiB\n");
	kill(server, SIGHUP);
	expect("applied limits.input=3MiB\n");
	write_file(path, "[limits]\ninput = 4MiB\n[x]\n");
	kill(server, SIGHUP);
	expect("echelon: error: reload: nothing changed: ");
	expect(":3: x: unknown section\n");
	ck_assert_int_eq(unlink(path), 0);
	kill(server, SIGHUP);
	expect(": No such file or directory\n");
	write_file(path, "[log]\nlevel = error\n[limits]\ninput = 3MiB\n");
	kill(server, SIGHUP);
	expect("applied log.level=error\n");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 0);
	ck_assert_ptr_null(strstr(said, "applied limits.output"));
	ck_assert_ptr_null(strstr(said, "draining"));
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* Traces. */

static void
assert_file(const char *path, const char *part, bool has_it)
{
	FILE *file = fopen(path, "r");
	char text[8192];

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_msg((strstr(text, part) != NULL) == has_it, "%s", text);
}

static const struct {
	char path[40];
	const char *part;
} traces[] = {
	{ "/tmp/echelon-main-XXXXXX.txt", "c1.2 queued" },
	{ "/tmp/echelon-main-XXXXXX.svg", "<title>server, alpha-beta</title>" },
	{ "/tmp/echelon-main-XXXXXX.json", "\"traceEvents\"" },
};

/* A file with something in it, whose name ends as the trace's does. */
static const char *
make_trace_file(int i)
{
	static char path[40];

	strcpy(path, traces[i].path);
	ck_assert_int_eq(close(mkstemps(path, (int)strlen(strrchr(path, '.')))),
	    0);
	write_file(path, "something older");
	return path;
}

START_TEST(trace_is_written_when_the_server_has_ended)
{
	const char *path = make_trace_file(_i);

	START("--trace", path, "--set", "trace.events=77");
	expect("tracing 77 events\n");
	expect("listening on");
	assert_file(path, "something older", true);
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 0);

	expect("tracing is over\ndestroyed\n");
	assert_file(path, traces[_i].part, true);
	assert_file(path, "something older", false);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(trace_shows_one_connection_and_a_time_if_so_set)
{
	const char *path = make_trace_file(0);

	START("--trace", path, "--set", "trace.connection=c7", "--set",
	    "trace.from=1us", "--set", "trace.until=2us");
	expect("listening on");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 0);

	assert_file(path, "us since the first event", true);
	assert_file(path, "c1.2", false);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(trace_of_handlers_that_have_not_returned_is_written_too)
{
	const char *path = make_trace_file(0);

	plan.wait_result = -ETIMEDOUT;
	START("--trace", path);
	expect("listening on");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 1);

	assert_file(path, traces[0].part, true);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(trace_of_a_server_that_cannot_listen_leaves_the_file_alone)
{
	const char *path = make_trace_file(0);

	plan.listen_result = -EADDRINUSE;
	START("--trace", path);
	ck_assert_int_eq(finish_server(), 1);

	assert_file(path, "something older", true);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(trace_that_has_no_memory_exits_1)
{
	const char *path = make_trace_file(0);

	plan.trace_result = -ENOMEM;
	START("--trace", path);
	ck_assert_int_eq(finish_server(), 1);

	expect("error: cannot start: Cannot allocate memory\n");
	expect("destroyed\n");
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(trace_that_cannot_be_written_exits_1)
{
	const char *path = make_trace_file(0);

	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink("/dev/full", path), 0);
	START("--trace", path);
	expect("listening on");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 1);

	expect("error: cannot write the trace: No space left on device\n");
	expect("destroyed\n");
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* Failures and commands. */

START_TEST(engine_that_cannot_listen_exits_1)
{
	plan.listen_result = -EADDRINUSE;
	START(NULL);
	ck_assert_int_eq(finish_server(), 1);
	expect("destroyed\n");
	ck_assert_ptr_null(strstr(said, "listening on"));
}
END_TEST

START_TEST(address_that_is_malformed_exits_2)
{
	plan.listen_result = -EINVAL;
	START("--listen", "nowhere");
	ck_assert_int_eq(finish_server(), 2);
	expect("destroyed\n");
}
END_TEST

START_TEST(engine_that_cannot_start_exits_1)
{
	plan.start_result = -EAGAIN;
	START(NULL);
	ck_assert_int_eq(finish_server(), 1);
	expect("error: cannot start: Resource temp");
	ck_assert_ptr_null(strstr(said, "listening on"));
}
END_TEST

static const struct {
	const char *pattern;
	const char *threads;
	bool warned;
} pools[] = {
	{ "ab", "1", true },
	{ "ab", "2", false },
	{ "ab", "auto", false },
	{ "gm", "1", false },
};

START_TEST(one_thread_of_the_users_choice_is_warned_of)
{
	START("--pattern", pools[_i].pattern, "--threads", pools[_i].threads);
	expect("listening on");
	kill(server, SIGTERM);
	ck_assert_int_eq(finish_server(), 0);
	ck_assert_int_eq(strstr(said, "warning: engine.threads is 1") != NULL,
	    pools[_i].warned);
}
END_TEST

static const struct {
	const char *arguments[5];
	int status;
	const char *said;
} commands[] = {
	{ { "--help" }, 0, "Usage: server [OPTION]...\n" },
	{ { "--help", "--nonsense" }, 0, "\n  --set SECTION.KEY=VALUE " },
	{ { "--help" }, 0, "  alpha-beta (ab), the default\n" },
	{ { "--help" }, 0, "[deadlines]\n" },
	{ { "--version" }, 0, "echelon 0." },
	{ { "--print-config", "--threads=5", "--pattern", "gm" }, 0,
	    "pattern = gamma                         ; --pattern\n"
	    "demultiplexer = epoll                   ; default\n"
	    "threads = 5                             ; --threads\n" },
	{ { "--print-config", "--threads", "0" }, 2,
	    "echelon: error: --threads: engine.threads: \"0\" is out of" },
	{ { "--treads", "4" }, 2,
	    "error: --treads: unknown option; did you mean --threads?\n" },
	{ { "--conections=4" }, 2,
	    "did you mean --set limits.connections=...?\n" },
	{ { "--limits.input=4" }, 2, "did you mean --set limits.input=...?" },
	{ { "--xyzzy" }, 2, "--xyzzy: unknown option; see --help\n" },
	{ { "--" }, 2, "--: unknown option; see --help\n" },
	{ { "-h" }, 0, "Usage: " },
	{ { "-x" }, 2, "\"-x\": not an option; see --help\n" },
	{ { "file" }, 2, "\"file\": not an option" },
	{ { "" }, 2, "\"\": not an option" },
	{ { "--threads" }, 2, "--threads: needs a value, N\n" },
	{ { "--threads=" }, 2, "engine.threads: \"\" is empty" },
	{ { "--help=yes" }, 2, "--help: takes no value\n" },
	{ { "--threads", "4", "--threads", "8" }, 2,
	    "--threads: engine.threads: given before, at --threads\n" },
	{ { "--threads=4", "--set", "engine.threads=4" }, 2,
	    "--set: engine.threads: given before, at --threads\n" },
	{ { "--set", "limits.input=1KiB", "--set", "limits.input=1KiB" }, 2,
	    "--set: limits.input: given before, at --set\n" },
	{ { "--set=threads=4" }, 2, "did you mean engine.threads=...?\n" },
	{ { "--config", "/nonexistent/x.ini" }, 2,
	    "error: /nonexistent/x.ini: No such file or directory\n" },
	{ { "--config=" }, 2, "--config: \"\" is no file\n" },
	{ { "--config=/dev/null", "--config", "/dev/null" }, 2,
	    "--config: given before\n" },
	{ { "--trace", "/tmp/x.png" }, 2,
	    "trace.file: \"/tmp/x.png\" has no known end; valid: .txt" },
	{ { "--trace", ".svg" }, 2, "trace.file: \".svg\" has no known end" },
	{ { "--trace=/nonexistent/x.svg" }, 1,
	    "trace.file: /nonexistent/x.svg: No such file or directory\n" },
	{ { "--trace=/nonexistent/x.svg", "--set", "trace.connection=7" }, 2,
	    "trace.connection: \"7\" is no connection; valid: all, or c0" },
	{ { "--pattern", "gm:x=1" }, 2, "gamma.x: unknown key; gamma has" },
	{ { "--pattern", "alphabeta" }, 2, "did you mean alpha-beta?" },
};

START_TEST(command_says_and_exits)
{
	start_server(commands[_i].arguments);
	ck_assert_int_eq(finish_server(), commands[_i].status);
	expect(commands[_i].said);
	ck_assert_ptr_null(strstr(said, "created"));
}
END_TEST

static const struct {
	const char *variable;
	const char *arguments[3];
	const char *line;
} sources[] = {
	{ "5", { NULL }, "threads = 5                             ; ECHELON_" },
	{ "5", { "--threads", "6" },
	    "threads = 6                             ; --threads\n" },
};

START_TEST(argument_is_stronger_than_the_environment)
{
	const char *const *more = sources[_i].arguments;

	setenv("ECHELON_ENGINE_THREADS", sources[_i].variable, 1);
	START("--print-config", more[0], more[1]);
	ck_assert_int_eq(finish_server(), 0);
	expect(sources[_i].line);
}
END_TEST

START_TEST(mistake_in_the_environment_exits_2)
{
	setenv("ECHELON_ENGINE_TREADS", "5", 1);
	START(NULL);
	ck_assert_int_eq(finish_server(), 2);
	expect("did you mean ECHELON_ENGINE_THREADS?\n");
}
END_TEST

START_TEST(output_that_cannot_be_written_exits_1)
{
	plan.output = "/dev/full";
	START("--print-config");
	ck_assert_int_eq(finish_server(), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("main");

#define ADD(name, n) add_test(suite, #name, name, n)
	ADD(signal_drains_and_exits_0, ELN_COUNT(ending));
	ADD(address_is_the_first_line_on_standard_output, 1);
	ADD(engine_that_a_handler_stops_ends_the_server, 1);
	ADD(sigterm_and_sighup_while_draining_change_nothing, 1);
	ADD(signal_that_comes_too_late_does_not_kill, 1);
	ADD(sigint_while_draining_exits_1_at_once, 1);
	ADD(handler_that_has_not_returned_is_named, 1);
	ADD(sighup_reads_the_file_again, 1);
	ADD(trace_is_written_when_the_server_has_ended, ELN_COUNT(traces));
	ADD(trace_shows_one_connection_and_a_time_if_so_set, 1);
	ADD(trace_of_handlers_that_have_not_returned_is_written_too, 1);
	ADD(trace_of_a_server_that_cannot_listen_leaves_the_file_alone, 1);
	ADD(trace_that_has_no_memory_exits_1, 1);
	ADD(trace_that_cannot_be_written_exits_1, 1);
	ADD(engine_that_cannot_listen_exits_1, 1);
	ADD(address_that_is_malformed_exits_2, 1);
	ADD(engine_that_cannot_start_exits_1, 1);
	ADD(one_thread_of_the_users_choice_is_warned_of, ELN_COUNT(pools));
	ADD(command_says_and_exits, ELN_COUNT(commands));
	ADD(argument_is_stronger_than_the_environment, ELN_COUNT(sources));
	ADD(mistake_in_the_environment_exits_2, 1);
	ADD(output_that_cannot_be_written_exits_1, 1);
	return run_suite(suite);
}
