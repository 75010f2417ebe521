/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings: what may be said, how each mistake is answered, which source
 * wins, what a pattern argument means.
 */
#include "config_support.h"

/* Values that are taken, and what they are. */

static const struct {
	enum eln_core_key key;
	const char *assignment;
	uint64_t value;
} values[] = {
	{ ELN_ENGINE_THREADS, "engine.threads=auto", 0 },
	{ ELN_ENGINE_THREADS, "engine.threads=1", 1 },
	{ ELN_ENGINE_THREADS, "engine.threads=1024", 1024 },
	{ ELN_ENGINE_DEMULTIPLEXER, "engine.demultiplexer=epoll", 0 },
	{ ELN_ENGINE_STALL_TICK, "engine.stall_tick=1ms", MS },
	{ ELN_ENGINE_STALL_TICK, "engine.stall_tick=1500us", MS * 3 / 2 },
	{ ELN_ENGINE_STALL_TICK, "engine.stall_tick=1s", 1000 * MS },
	{ ELN_LIMITS_CONNECTIONS, "limits.connections=1", 1 },
	{ ELN_LIMITS_CONNECTIONS, "limits.connections=1000000", 1000000 },
	{ ELN_LIMITS_INPUT, "limits.input=1024", 1024 },
	{ ELN_LIMITS_INPUT, "limits.input=1KiB", 1024 },
	{ ELN_LIMITS_INPUT, "limits.input=1GiB", UINT64_C(1) << 30 },
	{ ELN_LIMITS_INPUT, "limits.input=1024MiB", UINT64_C(1) << 30 },
	{ ELN_LIMITS_OUTPUT, "limits.output=4KiB", 4096 },
	{ ELN_LIMITS_TURN, "limits.turn=16MiB", UINT64_C(16) << 20 },
	{ ELN_DEADLINES_IDLE, "deadlines.idle=10ms", 10 * MS },
	{ ELN_DEADLINES_IDLE, "deadlines.idle=3min", 180000 * MS },
	{ ELN_DEADLINES_IDLE, "deadlines.idle=24h", 24 * 3600000 * MS },
	{ ELN_DEADLINES_IDLE, "deadlines.idle=1440min", 24 * 3600000 * MS },
	{ ELN_LOG_LEVEL, "log.level=error", 0 },
	{ ELN_LOG_LEVEL, "log.level=debug", 3 },
};

START_TEST(value_within_its_range_is_taken)
{
	int error = set(values[_i].assignment);

	ck_assert_msg(error == 0, "%s", problem.text);
	ck_assert_uint_eq(eln_config_get(config, values[_i].key),
	    values[_i].value);
	ck_assert(eln_config_is_given(config, values[_i].key));
}
END_TEST

/* Values that are refused, and what the message must contain. */

static const struct {
	const char *assignment;
	const char *message;
} faults[] = {
	{ "engine.threads=", "\"\" is empty; valid: auto, 1 to 1024" },
	{ "engine.threads=0", "\"0\" is out of range; valid: auto, 1 to" },
	{ "engine.threads=1025", "out of range" },
	{ "engine.threads=AUTO", "is not a number" },
	{ "engine.threads=-1", "\"-1\" is not a number" },
	{ "engine.threads=+1", "is not a number" },
	{ "engine.threads= 1", "is not a number" },
	{ "engine.threads=1 ", "is not a number" },
	{ "engine.threads=1x", "is not a number" },
	{ "engine.threads=0x10", "is not a number" },
	{ "engine.threads=1.5", "is not a number" },
	{ "engine.threads=1=2", "is not a number" },
	{ "engine.threads=2147483648", "out of range" },
	{ "engine.threads=4294967297", "out of range" },
	{ "engine.threads=9223372036854775809", "out of range" },
	{ "engine.threads=18446744073709551615", "out of range" },
	{ "engine.threads=18446744073709551617", "out of range" },
	{ "engine.threads=99999999999999999999999999", "out of range" },
	{ "alpha-beta.queue=4611686018427387905", "out of range" },
	{ "alpha-beta.queue=18446744073709551616", "out of range" },
	{ "alpha-beta.queue=auto", "is not a number" },
	{ "limits.connections=0", "out of range; valid: 1 to 1000000" },
	{ "limits.connections=1000001", "out of range" },
	{ "limits.connections=10KiB", "is not a number" },
	{ "limits.input=1023", "valid: 1KiB to 1GiB (units: KiB, MiB, GiB)" },
	{ "limits.input=1073741825", "out of range" },
	{ "limits.input=1048577KiB", "out of range" },
	{ "limits.input=17179869184GiB", "out of range" },
	{ "limits.input=17179869185GiB", "out of range" },
	{ "limits.input=64kib", "has no valid unit" },
	{ "limits.input=64K", "has no valid unit" },
	{ "limits.input=64 KiB", "has no valid unit" },
	{ "limits.input=1.5MiB", "has no valid unit" },
	{ "limits.input=KiB", "is not a number" },
	{ "limits.output=4095", "out of range" },
	{ "limits.turn=17MiB", "out of range" },
	{ "deadlines.idle=0",
	    "\"0\" has no unit; valid: 10ms to 24h (units: "
	    "us, ms, s, min, h)" },
	{ "deadlines.idle=30", "has no unit" },
	{ "deadlines.idle=9999us", "out of range" },
	{ "deadlines.idle=25h", "out of range" },
	{ "deadlines.idle=86400001ms", "out of range" },
	{ "deadlines.idle=5124096h", "out of range" },
	{ "deadlines.idle=18446744073709552us", "out of range" },
	{ "deadlines.idle=5m", "has no valid unit" },
	{ "deadlines.idle=5 s", "has no valid unit" },
	{ "deadlines.idle=5s ", "has no valid unit" },
	{ "deadlines.idle=1h30min", "has no valid unit" },
	{ "deadlines.idle=-5s", "is not a number" },
	{ "engine.stall_tick=999us", "out of range" },
	{ "engine.stall_tick=1001ms", "out of range" },
	{ "engine.demultiplexer=io_uring",
	    "\"io_uring\" is unknown; valid: "
	    "epoll" },
	{ "log.level=warn", "valid: error, warning, info, debug" },
	{ "log.level=Info", "is unknown" },
	{ "alpha-beta.colour=redd", "valid: red, green, blue" },
	{ "engine.listen=", "is empty" },
	{ "engine.listen= a:1", "begins or ends with a space" },
	{ "engine.listen=a:1 ", "begins or ends with a space" },
	{ "engine.listen=a:1;b", "control character or ';'" },
	{ "engine.listen=a:1\nb", "\"a:1?b\" has a control character" },
	{ "engine.listen=a\x7f", "control character" },
	{ "limits.conections=5",
	    "--set: limits.conections: unknown key; did you mean "
	    "limits.connections?" },
	{ "limits.Input=5", "did you mean limits.input?" },
	{ "limits.threads=5", "did you mean engine.threads?" },
	{ "limits.abcdefghijk=5",
	    "unknown key; limits has connections, input, output, turn, "
	    "messages" },
	{ "gamma.x=5", "gamma.x: unknown key; gamma has none" },
	{ "limit.connections=5",
	    "--set: limit: unknown section; did you mean limits?" },
	{ "ab.queue=5", "did you mean alpha-beta?" },
	{ "zzzzzz.queue=5", "--set: zzzzzz: unknown section" },
	{ ".threads=5", "unknown section" },
	{ "engine.=5", "unknown key" },
	{ "threads=5",
	    "\"threads=5\" is not SECTION.KEY=VALUE; did you mean "
	    "engine.threads=...?" },
	{ "engine.threads", "did you mean engine.threads=...?" },
	{ "", "\"\" is not SECTION.KEY=VALUE" },
	{ "=", "is not SECTION.KEY=VALUE" },
};

START_TEST(fault_is_refused_and_changes_nothing)
{
	char *before = print(config);
	char *after;

	ck_assert_int_eq(set(faults[_i].assignment), -EINVAL);
	assert_problem(faults[_i].message);
	after = print(config);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(text_longer_than_its_limit_is_refused)
{
	char assignment[512] = "engine.listen=";
	size_t start = strlen(assignment);

	memset(assignment + start, 'a', 170);
	ck_assert_int_eq(set(assignment), 0);
	ck_assert_str_eq(eln_config_text(config, ELN_ENGINE_LISTEN),
	    assignment + start);
	tear_down();
	set_up();
	assignment[start + 170] = 'a';
	ck_assert_int_eq(set(assignment), -EINVAL);
	assert_problem("is too long");
}
END_TEST

START_TEST(message_about_a_long_word_is_one_line)
{
	char assignment[4096];

	memset(assignment, 'x', sizeof(assignment));
	assignment[2000] = '.';
	assignment[3000] = '=';
	assignment[sizeof(assignment) - 1] = '\0';
	assignment[5] = '\n';
	ck_assert_int_eq(set(assignment), -EINVAL);
	ck_assert_uint_lt(strlen(problem.text), 200);
	ck_assert_ptr_null(strchr(problem.text, '\n'));
}
END_TEST

START_TEST(second_value_from_one_source_is_refused)
{
	ck_assert_int_eq(set("engine.threads=4"), 0);
	ck_assert_int_eq(eln_config_set(config, ELN_FROM_ARGUMENT, "--threads",
			     "engine", "threads", "4", &problem),
	    -EINVAL);
	ck_assert_str_eq(problem.text,
	    "--threads: engine.threads: given before, at --set");
}
END_TEST

/* Sources. */

START_TEST(strongest_source_wins_in_any_order)
{
	static const struct {
		enum eln_source source;
		const char *value;
	} given[] = {
		{ ELN_FROM_FILE, "2" },
		{ ELN_FROM_ENVIRONMENT, "3" },
		{ ELN_FROM_ARGUMENT, "4" },
	};
	static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	int strongest = -1;

	ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_THREADS), 0);
	ck_assert(!eln_config_is_given(config, ELN_ENGINE_THREADS));
	for (int i = 0; i < 3; i++) {
		int n = orders[_i][i];

		strongest = n > strongest ? n : strongest;
		ck_assert_int_eq(eln_config_set(config, given[n].source, "here",
				     "engine", "threads", given[n].value,
				     &problem),
		    0);
		ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_THREADS),
		    (uint64_t)strongest + 2);
	}
}
END_TEST

/* Pattern arguments. */

START_TEST(default_is_the_first_pattern)
{
	ck_assert_int_eq(finish(), 0);
	ck_assert_str_eq(eln_config_pattern(config)->name, "alpha-beta");
	ck_assert_uint_eq(eln_config_pattern_values(config)[0], 0);
	ck_assert_uint_eq(eln_config_pattern_values(config)[1], 4096);
	ck_assert_uint_eq(eln_config_pattern_values(config)[2], 90000 * MS);
}
END_TEST

START_TEST(alias_is_the_pattern)
{
	ck_assert_int_eq(set("engine.pattern=gm"), 0);
	ck_assert_int_eq(finish(), 0);
	ck_assert_str_eq(eln_config_pattern(config)->name, "gamma");
	ck_assert_ptr_nonnull(eln_config_pattern_values(config));
	ck_assert_str_eq(eln_config_text(config, ELN_ENGINE_PATTERN), "gamma");
}
END_TEST

START_TEST(pattern_argument_is_stronger_than_every_source)
{
	ck_assert_int_eq(read_text("[engine]\n"
				   "pattern = ab:colour=blue,pause=2s\n"),
	    0);
	ck_assert_int_eq(set("alpha-beta.colour=green"), 0);
	ck_assert_int_eq(set("alpha-beta.queue=7"), 0);
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(eln_config_pattern_values(config)[0], 2);
	ck_assert_uint_eq(eln_config_pattern_values(config)[1], 7);
	ck_assert_uint_eq(eln_config_pattern_values(config)[2], 2000 * MS);
}
END_TEST

START_TEST(argument_of_a_weaker_pattern_does_not_count)
{
	ck_assert_int_eq(read_text("[engine]\npattern = ab:colour=blue\n"), 0);
	ck_assert_int_eq(set("engine.pattern=alpha-beta"), 0);
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(eln_config_pattern_values(config)[0], 0);
}
END_TEST

static const struct {
	const char *assignment;
	const char *message;
} patterns[] = {
	{ "engine.pattern=gama",
	    "--set: engine.pattern: \"gama\" is unknown; did you mean gamma? "
	    "valid: alpha-beta, gamma" },
	{ "engine.pattern=proactor", "valid: alpha-beta, gamma" },
	{ "engine.pattern=AB", "did you mean alpha-beta?" },
	{ "engine.pattern=:queue=1", "\"\" is unknown" },
	{ "engine.pattern=ab:", "\"\" after 'ab:' is not KEY=VALUE" },
	{ "engine.pattern=ab:queue", "\"queue\" after 'ab:' is not KEY=VALUE" },
	{ "engine.pattern=ab:queue=1,", "\"\" after 'ab:' is not KEY=VALUE" },
	{ "engine.pattern=ab:queue=", "alpha-beta.queue: \"\" is empty" },
	{ "engine.pattern=ab:queue=x", "\"x\" is not a number" },
	{ "engine.pattern=ab: queue=1", "did you mean alpha-beta.queue?" },
	{ "engine.pattern=ab:queue=1,colour=red,queue=1",
	    "alpha-beta.queue: given before, at --set" },
	{ "engine.pattern=ab:color=red", "did you mean alpha-beta.colour?" },
	{ "engine.pattern=gm:queue=1", "did you mean alpha-beta.queue?" },
	{ "engine.pattern=ab:threads=4", "did you mean engine.threads?" },
};

START_TEST(faulty_pattern_argument_is_refused)
{
	ck_assert_int_eq(set(patterns[_i].assignment), 0);
	ck_assert_int_eq(finish(), -EINVAL);
	assert_problem(patterns[_i].message);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");

#define ADD(name, n) add_test(suite, #name, name, n)
	ADD(value_within_its_range_is_taken, ELN_COUNT(values));
	ADD(fault_is_refused_and_changes_nothing, ELN_COUNT(faults));
	ADD(text_longer_than_its_limit_is_refused, 1);
	ADD(message_about_a_long_word_is_one_line, 1);
	ADD(second_value_from_one_source_is_refused, 1);
	ADD(strongest_source_wins_in_any_order, 6);
	ADD(default_is_the_first_pattern, 1);
	ADD(alias_is_the_pattern, 1);
	ADD(pattern_argument_is_stronger_than_every_source, 1);
	ADD(argument_of_a_weaker_pattern_does_not_count, 1);
	ADD(faulty_pattern_argument_is_refused, ELN_COUNT(patterns));
	return run_suite(suite);
}
