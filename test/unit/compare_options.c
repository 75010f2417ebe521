/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare's command line.
 */
#include "../../examples/compare/options.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 40

static struct options options;
static char error[256];

/* Cuts a line at its blanks; they are arguments only if in no other. */
static int
parse(const char *line)
{
	static char copy[1024];
	char *arguments[ARGUMENTS_MAX] = { copy };
	int n = 1;

	error[0] = '\0';
	snprintf(copy, sizeof(copy), "compare %s", line);
	strtok(copy, " ");
	while ((arguments[n] = strtok(NULL, " ")) != NULL) {
		n++;
	}
	return options_parse(&options, n, arguments, error, sizeof(error));
}

static const struct workload *
get_workload(const char *name)
{
	return &workloads[workload_find(name, strlen(name))];
}

START_TEST(no_flags_are_the_documented_defaults)
{
	ck_assert_int_eq(parse(""), 0);

	ck_assert_uint_eq(options.n_patterns, 0);
	ck_assert_uint_eq(options.reps, 7);
	ck_assert_uint_eq(options.n_settings, 0);
	ck_assert_uint_eq(options.n_sweeps, 0);
	ck_assert_ptr_null(options.driver);
	for (int i = 0; i < WORKLOADS; i++) {
		ck_assert(options.chosen[i] == workloads[i].is_default);
	}
	ck_assert_double_eq(options_seconds(&options, get_workload("echo")),
	    0.15);
	ck_assert_double_eq(options_seconds(&options, get_workload("mixed")),
	    0.25);
}
END_TEST

START_TEST(full_has_every_workload_and_a_sweep)
{
	ck_assert_int_eq(parse("--full"), 0);

	for (int i = 0; i < WORKLOADS; i++) {
		ck_assert(options.chosen[i]);
	}
	ck_assert_uint_eq(options.reps, 9);
	ck_assert_uint_eq(options.n_sweeps, 1);
	ck_assert_uint_eq(options.sweeps[0].n_values, 5);
}
END_TEST

START_TEST(a_variant_has_its_role_under_both_names)
{
	ck_assert_str_eq(variant_make("lf:promote=always").role, "textbook");
	ck_assert_str_eq(variant_make("leader-followers:promote=always").role,
	    "textbook");
	ck_assert_str_eq(variant_make("tpc").role, "baseline");
	ck_assert_str_eq(variant_make("tpc").id, "tpc");
	ck_assert_str_eq(variant_make("hsha").role, "core");
	ck_assert_str_eq(variant_make("hsha:queue=64").role, "own");
}
END_TEST

START_TEST(sweeps_have_units)
{
	ck_assert_int_eq(parse("--sweep block=0,20us,1.001ms,1s "
			       "--sweep threads=1,2,16"),
	    0);

	ck_assert_uint_eq(options.n_sweeps, 2);
	ck_assert_int_eq(options.sweeps[0].parameter, SWEEP_BLOCK);
	ck_assert_uint_eq(options.sweeps[0].n_values, 4);
	ck_assert_double_eq(options.sweeps[0].values[1], 20);
	ck_assert_double_eq(options.sweeps[0].values[2], 1001);
	ck_assert_double_eq(options.sweeps[0].values[3], 1e6);
	ck_assert_int_eq(options.sweeps[1].parameter, SWEEP_THREADS);
	ck_assert_double_eq(options.sweeps[1].values[2], 16);
}
END_TEST

START_TEST(windows_of_a_sweep_have_twenty_blocks)
{
	const struct sweep_plan *sweeps = options.sweeps;

	ck_assert_int_eq(parse("--sweep block=0,1ms,30ms,1s "
			       "--sweep threads=1,2 --sweep connections=1,64"),
	    0);

	ck_assert_double_eq(sweep_seconds(&sweeps[0], 0, 0), 0.1);
	ck_assert_double_eq(sweep_seconds(&sweeps[0], 1, 0), 0.1);
	ck_assert_double_eq(sweep_seconds(&sweeps[0], 2, 0), 0.6);
	ck_assert_double_eq(sweep_seconds(&sweeps[0], 3, 0), 20);
	ck_assert_double_eq(sweep_seconds(&sweeps[1], 0, 0.01), 0.02);
	ck_assert_double_eq(sweep_seconds(&sweeps[2], 1, 0.01), 0.01);
}
END_TEST

START_TEST(windows_of_a_sweep_are_as_long_as_wanted)
{
	ck_assert_int_eq(parse("--sweep block=0,30ms"), 0);

	ck_assert_double_eq(sweep_seconds(&options.sweeps[0], 0, 0.05), 0.05);
	ck_assert_double_eq(sweep_seconds(&options.sweeps[0], 1, 0.05), 0.6);
	ck_assert_double_eq(sweep_seconds(&options.sweeps[0], 1, 3), 3);
}
END_TEST

START_TEST(own_handler_says_how_to_talk_to_it)
{
	ck_assert_int_eq(parse("--handler h.so --request r --reply-bytes 12"),
	    0);
	ck_assert_str_eq(options.handler, "h.so");
	ck_assert_uint_eq(options.reply_bytes, 12);

	ck_assert_int_eq(parse("--handler h.so --request r --reply-frame"), 0);
	ck_assert_int_eq(parse("--handler h.so --driver wrk"), 0);
	ck_assert_str_eq(options.driver->name, "wrk");
	ck_assert_int_eq(parse("--driver redis-benchmark"), 0);
	ck_assert_int_eq(parse("--driver builtin"), 0);
	ck_assert_ptr_null(options.driver);
}
END_TEST

START_TEST(values_follow_a_blank_or_an_equals_sign)
{
	ck_assert_int_eq(parse("--reps 7 --rate=900 --connections 3"), 0);

	ck_assert_uint_eq(options.reps, 7);
	ck_assert_uint_eq(options.rate, 900);
	ck_assert_uint_eq(options.connections, 3);
}
END_TEST

START_TEST(plus_joins_settings_of_one_pattern)
{
	ck_assert_int_eq(
	    parse("--patterns lf:promote=stall+rearm=oneshot,reactor"), 0);

	ck_assert_uint_eq(options.n_patterns, 2);
	ck_assert_str_eq(options.patterns[0], "lf:promote=stall+rearm=oneshot");
	ck_assert_str_eq(options.patterns[1], "reactor");
}
END_TEST

START_TEST(blanks_separate_patterns_too)
{
	char program[] = "compare";
	char flag[] = "--patterns";
	char list[] = " hsha  lf, reactor ";
	char *arguments[] = { program, flag, list, NULL };

	ck_assert_int_eq(options_parse(&options, 3, arguments, error,
			     sizeof(error)),
	    0);

	ck_assert_uint_eq(options.n_patterns, 3);
	ck_assert_str_eq(options.patterns[2], "reactor");
}
END_TEST

START_TEST(chosen_workloads_replace_all)
{
	ck_assert_int_eq(parse("--workloads mixed,echo"), 0);

	ck_assert(options.chosen[workload_find("mixed", 5)]);
	ck_assert(options.chosen[workload_find("echo", 4)]);
	ck_assert(!options.chosen[workload_find("block", 5)]);
}
END_TEST

START_TEST(quick_yields_to_what_is_said)
{
	ck_assert_int_eq(parse("--quick"), 0);
	ck_assert_double_lt(options_seconds(&options, get_workload("echo")),
	    0.15);

	ck_assert_int_eq(parse("--reps 9 --quick --seconds 2"), 0);
	ck_assert_uint_eq(options.reps, 9);
	ck_assert_double_eq(options_seconds(&options, get_workload("echo")), 2);
}
END_TEST

START_TEST(threads_and_set_become_settings_in_order)
{
	ck_assert_int_eq(
	    parse("--set limits.turn=4KiB --threads 8 --set a.b=c"), 0);

	ck_assert_uint_eq(options.n_settings, 3);
	ck_assert_str_eq(options.settings[0], "limits.turn=4KiB");
	ck_assert_str_eq(options.settings[1], "engine.threads=8");
	ck_assert_str_eq(options.settings[2], "a.b=c");
}
END_TEST

static const struct {
	const char *line;
	const char *named; /* by the message */
} wrong[] = {
	{ "--frobnicate", "--frobnicate" },
	{ "echo", "echo" },
	{ "-h=1", "-h" },
	{ "-x", "-x" },
	{ "--rep 3", "--rep" },
	{ "--reps", "--reps" },
	{ "--reps=", "--reps" },
	{ "--reps 0", "\"0\"" },
	{ "--reps 101", "\"101\"" },
	{ "--reps -1", "\"-1\"" },
	{ "--reps 3x", "\"3x\"" },
	{ "--reps 99999999999999999999", "--reps" },
	{ "--seconds 0", "--seconds" },
	{ "--seconds nan", "--seconds" },
	{ "--seconds 1s", "--seconds" },
	{ "--quick=yes", "--quick" },
	{ "--workloads echo,ehco", "--workloads" },
	{ "--workloads ,", "--workloads" },
	{ "--workloads echo,mixed,echo", "twice" },
	{ "--patterns lf,lf", "twice" },
	{ "--patterns a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y",
	    "more than 24" },
	{ "--connections 0", "--connections" },
	{ "--connections 10001", "--connections" },
	{ "--rate 0", "--rate" },
	{ "--threads 0", "--threads" },
	{ "--threads 1025", "1 to 1024" },
	{ "--threads 2 --threads 3", "--threads" },
	{ "--threads 2 --set engine.threads=3", "set before" },
	{ "--set promote=always", "--set" },
	{ "--set a.b=1 --set a.b=2", "set before" },
	{ "--set engine.listen=127.0.0.1:7000", "address" },
	{ "--set engine.pattern=lf", "--patterns" },
	{ "--client-cpus 0-1", "\"0-1\"" },
	{ "--client-cpus 0,1", "--client-cpus" },
	{ "--client-cpus=", "--client-cpus" },
	{ "--json=", "--json" },
	{ "--quick --full", "--quick and --full" },
	{ "--sweep block", "\"block\" is not block=LIST" },
	{ "--sweep blocks=1us,2us", "block=LIST" },
	{ "--sweep block=0,20",
	    "has \"20\" as value 2, which is neither 0 nor a time" },
	{ "--sweep block=0,20us,",
	    "has \"\" as value 3, which is neither 0 nor a time" },
	{ "--sweep block=0,2s", "has \"2s\" as value 2" },
	{ "--sweep block=0,1000001us", "has \"1000001us\" as value 2" },
	{ "--sweep block=0.5us,1ms", "has \"0.5us\" as value 1" },
	{ "--sweep block=0,0.0001ms", "has \"0.0001ms\" as value 2" },
	{ "--sweep block=0,1.5us", "has \"1.5us\" as value 2" },
	{ "--sweep block=0,0x14us", "has \"0x14us\" as value 2" },
	{ "--sweep block=0x0,20us", "has \"0x0\" as value 1" },
	{ "--sweep block=0,1e2us", "has \"1e2us\" as value 2" },
	{ "--sweep block=0,1.2.3ms", "has \"1.2.3ms\" as value 2" },
	{ "--sweep threads=1,0x10", "has \"0x10\" as value 2" },
	{ "--sweep connections=1,1e3", "has \"1e3\" as value 2" },
	{ "--sweep connections=1,nan", "has \"nan\" as value 2" },
	{ "--sweep block=1ms,20us", "do not rise" },
	{ "--sweep block=1ms", "fewer than 2" },
	{ "--sweep threads=0,1", "1 to 1024" },
	{ "--sweep threads=1,2us", "1 to 1024" },
	{ "--sweep threads=1,1.5", "1 to 1024" },
	{ "--sweep connections=1,10001", "1 to 10000" },
	{ "--sweep threads=1,2 --sweep threads=3,4", "another --sweep" },
	{ "--handler h.so", "--request" },
	{ "--handler h.so --request r", "--reply-bytes" },
	{ "--handler h.so --request r --reply-bytes 1 --reply-frame",
	    "one or the other" },
	{ "--handler=", "--handler" },
	{ "--request r", "--handler" },
	{ "--reply-bytes 0", "1 to 16777216" },
	{ "--reply-bytes 99999999999999999999999", "--reply-bytes" },
	{ "--driver ab", "\"ab\" is not builtin, redis-benchmark or wrk" },
	{ "--driver wrk", "--handler" },
	{ "--driver redis-benchmark --handler h.so", "no --handler" },
	{ "--driver redis-benchmark --workloads echo", "--workloads" },
	{ "--driver redis-benchmark --sweep threads=1,2", "--sweep" },
	{ "--fail-if p99(lf)", "lacks a comparison at its end" },
	{ "--json - --markdown -", "only one file" },
	{ "--html x --no-html", "--no-html" },
	{ "--sweep threads=1,2 --threads 2", "--sweep threads" },
	{ "--set engine.threads=2 --sweep threads=1,2", "engine.threads" },
	{ "--handler h.so --handler h.so",
	    "--handler: \"h.so\" is the second" },
	{ "--json a --json b", "--json: \"b\" is the second" },
	{ "--from f --reps 3", "so --reps has no effect" },
	{ "--quick --from f", "so --quick has no effect" },
	{ "--from f --set a.b=1", "so --set has no effect" },
	{ "--from f --server-cpus 0", "so --server-cpus has no effect" },
	{ "--from f --driver builtin", "so --driver has no effect" },
	{ "--fail-if 1/0>2", "divides by 0" },
	{ "--driver redis-benchmark --fail-if p999(lf)>1",
	    "asks for p999, which --driver redis-benchmark does not tell" },
	{ "--driver wrk --handler h.so --fail-if 1>2||max(lf)>1",
	    "asks for max, which --driver wrk does not tell" },
};

START_TEST(reports_come_from_a_file_with_flags_of_their_own)
{
	ck_assert_int_eq(parse("--from f --json a --markdown b --html c "
			       "--fail-if p999(lf)>1"),
	    0);
	ck_assert_int_eq(parse("--from f --no-html"), 0);
}
END_TEST

START_TEST(a_driver_may_be_asked_what_it_tells)
{
	ck_assert_int_eq(parse("--driver redis-benchmark "
			       "--fail-if p99(lf)>1||max(lf)>1||cpu(lf)>1"),
	    0);
	ck_assert_int_eq(parse("--fail-if p999(lf)>max(lf)"), 0);
}
END_TEST

START_TEST(threads_may_be_set_beside_other_sweeps)
{
	ck_assert_int_eq(parse("--threads 2 --sweep connections=1,2"), 0);
	ck_assert_int_eq(parse("--set engine.threadsx=2 --sweep threads=1,2"),
	    0);
}
END_TEST

START_TEST(wrong_flags_are_named)
{
	ck_assert_int_lt(parse(wrong[_i].line), 0);
	ck_assert_msg(strstr(error, wrong[_i].named) != NULL,
	    "\"%s\" does not name %s", error, wrong[_i].named);
	ck_assert_ptr_null(strchr(error, '\n'));
}
END_TEST

START_TEST(limits_of_numbers_are_within)
{
	ck_assert_int_eq(parse("--threads 1024 --client-cpus 0 --set a.b=1 "
			       "--set a.bc=2"),
	    0);

	ck_assert_str_eq(options.settings[0], "engine.threads=1024");
	ck_assert_str_eq(options.client_cpus, "0");
	ck_assert_uint_eq(options.n_settings, 3);
}
END_TEST

START_TEST(help_has_two_names)
{
	ck_assert_int_eq(parse("-h"), 0);
	ck_assert(options.wants_help);

	ck_assert_int_eq(parse("--help"), 0);
	ck_assert(options.wants_help);

	ck_assert_int_eq(parse(""), 0);
	ck_assert(!options.wants_help);
}
END_TEST

/* What an engine complains about, and what the user is told. */
static const struct {
	const char *complaint;
	const char *told;
} words[] = {
	{ "options.pattern: engine.pattern: \"x\" is unknown",
	    "--patterns: \"x\" is unknown" },
	{ "options.pattern: x.b: unknown key",
	    "--patterns: x:a=1+b=2: x.b: unknown key" },
	{ "options.settings: limits.turn: \"z\" is not a number",
	    "--set: limits.turn: \"z\" is not a number" },
	{ "no more processes", "x:a=1+b=2: no more processes" },
};

START_TEST(complaints_are_in_the_users_words)
{
	char text[256];

	options_explain(text, sizeof(text), "x:a=1+b=2", words[_i].complaint);

	ck_assert_str_eq(text, words[_i].told);
}
END_TEST

START_TEST(help_names_every_pattern_and_workload)
{
	char text[16384] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(stream);
	options_print_help(stream);
	ck_assert_int_eq(fclose(stream), 0);

	for (size_t i = 0; i < VARIANT_INFOS; i++) {
		ck_assert_ptr_nonnull(strstr(text, variant_infos[i].id));
	}
	for (int i = 0; i < WORKLOADS; i++) {
		ck_assert_ptr_nonnull(strstr(text, workloads[i].name));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare options");
	TCase *flags = tcase_create("flags");
	TCase *errors = tcase_create("errors");
	SRunner *runner;
	int failed;

	tcase_add_test(flags, no_flags_are_the_documented_defaults);
	tcase_add_test(flags, full_has_every_workload_and_a_sweep);
	tcase_add_test(flags, a_variant_has_its_role_under_both_names);
	tcase_add_test(flags, sweeps_have_units);
	tcase_add_test(flags, windows_of_a_sweep_have_twenty_blocks);
	tcase_add_test(flags, windows_of_a_sweep_are_as_long_as_wanted);
	tcase_add_test(flags, own_handler_says_how_to_talk_to_it);
	tcase_add_test(flags, values_follow_a_blank_or_an_equals_sign);
	tcase_add_test(flags, plus_joins_settings_of_one_pattern);
	tcase_add_test(flags, blanks_separate_patterns_too);
	tcase_add_test(flags, chosen_workloads_replace_all);
	tcase_add_test(flags, quick_yields_to_what_is_said);
	tcase_add_test(flags, threads_and_set_become_settings_in_order);
	tcase_add_test(flags, help_names_every_pattern_and_workload);
	tcase_add_test(flags, limits_of_numbers_are_within);
	tcase_add_test(flags, help_has_two_names);
	tcase_add_test(flags, reports_come_from_a_file_with_flags_of_their_own);
	tcase_add_test(flags, a_driver_may_be_asked_what_it_tells);
	tcase_add_test(flags, threads_may_be_set_beside_other_sweeps);
	suite_add_tcase(suite, flags);

	tcase_add_loop_test(errors, wrong_flags_are_named, 0,
	    (int)(sizeof(wrong) / sizeof(*wrong)));
	tcase_add_loop_test(errors, complaints_are_in_the_users_words, 0,
	    (int)(sizeof(words) / sizeof(*words)));
	suite_add_tcase(suite, errors);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
