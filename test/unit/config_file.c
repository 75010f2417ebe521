/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings from a file and from the environment, and back to a file.
 */
#include "config_support.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(weak_value_is_checked_although_a_stronger_one_wins)
{
	ck_assert_int_eq(set("engine.threads=4"), 0);
	ck_assert_int_eq(read_text("[engine]\nthreads = many\n"), -EINVAL);
	ck_assert_str_eq(problem.text,
	    "FILE:2: engine.threads: \"many\" is not a number; valid: auto, "
	    "1 to 1024");
}
END_TEST

/* Files. */

START_TEST(file_gives_values_to_every_section)
{
	ck_assert_int_eq(read_text("\xef\xbb\xbf[engine]\r\n"
				   "threads = 7\r\n"
				   "; a comment\n"
				   "  # another\n"
				   "\n"
				   "[limits] ; ours\n"
				   "input=2MiB ; big\n"
				   "messages\t=\t9\t\n"
				   "[gamma]\n"
				   "[alpha-beta]\n"
				   "colour = green\n"
				   "[engine]\n"
				   "listen = unix:/tmp/a b"),
	    0);
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_THREADS), 7);
	ck_assert_uint_eq(eln_config_get(config, ELN_LIMITS_INPUT), 2 << 20);
	ck_assert_uint_eq(eln_config_get(config, ELN_LIMITS_MESSAGES), 9);
	ck_assert_uint_eq(eln_config_pattern_values(config)[0], 1);
	ck_assert_str_eq(eln_config_text(config, ELN_ENGINE_LISTEN),
	    "unix:/tmp/a b");
}
END_TEST

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define BYTES(literal) (literal), sizeof(literal) - 1

static const struct {
	const char *bytes;
	size_t length;
	const char *message;
} files[] = {
	{ BYTES("[limits]\n\nconections = 5\n"),
	    "FILE:3: limits.conections: unknown key; did you mean "
	    "limits.connections?" },
	{ BYTES("[engine]\nthreads = 4\nthreads = 4\n"),
	    "FILE:3: engine.threads: given before, at FILE:2" },
	{ BYTES("[engine]\nthreads = 4\n[limits]\n[engine]\nthreads = 5\n"),
	    "FILE:5: engine.threads: given before, at FILE:2" },
	{ BYTES("[engine]\nthreads = -4\n"), "FILE:2: engine.threads: \"-4\"" },
	{ BYTES("[engine]\nthreads =\n"), "FILE:2: engine.threads: \"\" is" },
	{ BYTES("[engine]\nthreads = ; 4\n"), "FILE:2: engine.threads: \"\"" },
	{ BYTES("[engine]\nthreads = 4 5\n"), "\"4 5\" is not a number" },
	{ BYTES("[engine]\nthreads = 4 # four\n"), "is not a number" },
	{ BYTES("[engine]\nthreads\n"), "FILE:2: is neither" },
	{ BYTES("[engine]\nthreads\nthreads = x\n"), "FILE:2: is neither" },
	{ BYTES("[engine]\nthreads = x\nthreads\n"), "FILE:2: engine.threads" },
	{ BYTES("[engine]\nthreads\n[limit]\n"), "FILE:2: is neither" },
	{ BYTES("[engine]\nthreads = x\nstall_tick = x\n"),
	    "FILE:2: engine.threads: \"x\"" },
	{ BYTES("threads = 4\n"), "FILE:1: a key before the first [section]" },
	{ BYTES("[engine\nthreads = 4\n"), "FILE:1: the section's ']'" },
	{ BYTES("[engine]x\n"), "FILE:1: nothing may follow ']'" },
	{ BYTES("[engine];\n"), "FILE:1: nothing may follow ']'" },
	{ BYTES("[engine] threads = 4\n"), "FILE:1: nothing may follow" },
	{ BYTES("\n[limit]\n"),
	    "FILE:2: limit: unknown section; did you mean limits?" },
	{ BYTES("[Engine]\n"), "did you mean engine?" },
	{ BYTES("[]\n"), "FILE:1: : unknown section" },
	{ BYTES("[ engine ]\n"), "did you mean engine?" },
	{ BYTES("[" X50 X50 "]\n"), "FILE:1: " X50 "xxxxxxxxxxxxxx: unknown" },
	{ BYTES("[engine]\nthreads = 4\n  stall_tick = 1ms\n"),
	    "FILE:3: begins with a space" },
	{ BYTES("[engine]\npattern = gm\n\tand more\n"),
	    "FILE:3: begins with a space" },
	{ BYTES("[engine]\nthreads = 4\n [limits]\n"),
	    "FILE:3: begins with a space" },
	{ BYTES("[engine]\nthreads = 4\0"
		"5\n"),
	    "FILE:2: has a NUL byte" },
	{ BYTES("[engine]\n\0threads = 4\n"), "FILE:2: has a NUL byte" },
	{ BYTES("[engine]\n; \0\n"), "FILE:2: has a NUL byte" },
	{ BYTES("[engine]\nthreads = 4\v\n"),
	    "FILE:2: has a control character" },
	{ BYTES("[engine]\n; " X50 X50 X50 X50 "\n"),
	    "FILE:2: is longer than 199 bytes" },
	{ BYTES("[engine]\nlisten = " X50 X50 X50 X50 X50 "\n"),
	    "FILE:2: is longer than 199 bytes" },
	{ BYTES("[engine]\nlisten = unix:/a;b\n"),
	    "FILE:2: engine.listen: \"unix:/a;b\" has a control character" },
	{ BYTES("= 4\n"), "FILE:1: a key before the first" },
	{ BYTES("[engine]\n= 4\n"), "FILE:2: engine.: unknown key" },
	{ BYTES("\n\xef\xbb\xbf[engine]\n"), "FILE:2: is neither" },
};

START_TEST(mistake_in_a_file_is_named_with_its_line)
{
	ck_assert_int_eq(read_bytes(files[_i].bytes, files[_i].length),
	    -EINVAL);
	assert_problem(files[_i].message);
}
END_TEST

START_TEST(line_of_199_bytes_is_read)
{
	char text[256] = "[engine]\n; ";
	size_t start = strlen("[engine]\n");

	memset(text + start + 2, 'x', 197);
	snprintf(text + start + 199, sizeof(text) - start - 199,
	    "\nthreads = 3");
	ck_assert_int_eq(read_text(text), 0);
	ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_THREADS), 3);
}
END_TEST

START_TEST(empty_file_changes_nothing)
{
	ck_assert_int_eq(read_text(""), 0);
	ck_assert(!eln_config_is_given(config, ELN_ENGINE_THREADS));
}
END_TEST

START_TEST(file_that_cannot_be_read_is_an_error)
{
	char missing[] = "/tmp/echelon-config-none/server.ini";

	ck_assert_int_eq(eln_config_read_file(config, missing, &problem),
	    -ENOENT);
	assert_problem("server.ini: No such file or directory");
	ck_assert_int_eq(eln_config_read_file(config, "/tmp", &problem),
	    -EISDIR);
	assert_problem("/tmp: Is a directory");
	ck_assert_int_eq(eln_config_read_file(config, "/dev/zero", &problem),
	    -EINVAL);
	assert_problem("/dev/zero:1: has a NUL byte");
}
END_TEST

/* The environment. */

START_TEST(environment_names_every_key)
{
	ck_assert_int_eq(read_environment("ECHELON_ENGINE_STALL_TICK=7ms",
			     "ECHELON_ALPHA_BETA_COLOUR=blue"),
	    0);
	ck_assert_int_eq(finish(), 0);
	ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_STALL_TICK),
	    7 * MS);
	ck_assert_uint_eq(eln_config_pattern_values(config)[0], 2);
}
END_TEST

START_TEST(environment_of_others_is_ignored)
{
	ck_assert_int_eq(read_environment("ECHELON_WORK_FILE=/x",
			     "ECHELON_PRESET=dev"),
	    0);
	ck_assert_int_eq(read_environment("echelon_engine_threads=x",
			     "XECHELON_ENGINE_THREADS=x"),
	    0);
	ck_assert_int_eq(read_environment("ECHELON_ENGINE=x", "ECHELON_"), 0);
	ck_assert_int_eq(read_environment("ECHELON_ENGINES_X=1",
			     "ECHELON_ENGINE_TREADS"),
	    0);
}
END_TEST

static const struct {
	const char *variable;
	const char *message;
} variables[] = {
	{ "ECHELON_LIMITS_CONECTIONS=5",
	    "ECHELON_LIMITS_CONECTIONS: unknown key of limits in the "
	    "environment; did you mean ECHELON_LIMITS_CONNECTIONS?" },
	{ "ECHELON_LIMITS_ABCDEFGHI=5",
	    "ECHELON_LIMITS_ABCDEFGHI: unknown key of limits in the "
	    "environment" },
	{ "ECHELON_ALPHA_BETA_COLOR=red",
	    "did you mean ECHELON_ALPHA_BETA_COLOUR?" },
	{ "ECHELON_GAMMA_X=1", "unknown key of gamma" },
	{ "ECHELON_LIMITS_=1", "ECHELON_LIMITS_: unknown key" },
	{ "ECHELON_ENGINE_THREADS=",
	    "ECHELON_ENGINE_THREADS: engine.threads: \"\" is empty" },
	{ "ECHELON_ENGINE_THREADS=-4", "is not a number" },
};

START_TEST(mistake_in_the_environment_is_named)
{
	ck_assert_int_eq(read_environment("HOME=/", variables[_i].variable),
	    -EINVAL);
	assert_problem(variables[_i].message);
}
END_TEST

/* Printing and comparing. */

START_TEST(defaults_are_those_of_the_documents)
{
	char *text;

	ck_assert_int_eq(finish(), 0);
	text = print(config);
	ck_assert_str_eq(text,
	    "[engine]\n"
	    "pattern = alpha-beta                    ; default\n"
	    "demultiplexer = epoll                   ; default\n"
	    "threads = auto                          ; default\n"
	    "stall_tick = 5ms                        ; default\n"
	    "listen = 127.0.0.1:7000                 ; default\n"
	    "\n[limits]\n"
	    "connections = 10000                     ; default\n"
	    "input = 1MiB                            ; default\n"
	    "output = 4MiB                           ; default\n"
	    "turn = 64KiB                            ; default\n"
	    "messages = 1024                         ; default\n"
	    "\n[deadlines]\n"
	    "request = 30s                           ; default\n"
	    "idle = 5min                             ; default\n"
	    "write_stall = 30s                       ; default\n"
	    "linger = 2s                             ; default\n"
	    "drain = 10s                             ; default\n"
	    "report = 1s                             ; default\n"
	    "\n[log]\n"
	    "level = info                            ; default\n"
	    "\n[trace]\n"
	    "file = none                             ; default\n"
	    "events = 4096                           ; default\n"
	    "connection = all                        ; default\n"
	    "from = 0us                              ; default\n"
	    "until = 24h                             ; default\n"
	    "\n[alpha-beta]\n"
	    "colour = red                            ; default\n"
	    "queue = 4096                            ; default\n"
	    "pause = 90s                             ; default\n");
	free(text);
}
END_TEST

static void
give_all_kinds(void)
{
	ck_assert_int_eq(read_text("[engine]\npattern = ab:colour=blue\n"
				   "threads = 3\n"
				   "[deadlines]\nidle = 15000us\n"),
	    0);
	ck_assert_int_eq(read_environment("ECHELON_LIMITS_TURN=1025",
			     "ECHELON_LIMITS_INPUT=3072KiB"),
	    0);
	ck_assert_int_eq(set("log.level=debug"), 0);
	ck_assert_int_eq(set("engine.listen=unix:/a b:c=d#e"), 0);
	ck_assert_int_eq(set("alpha-beta.pause=3600s"), 0);
	ck_assert_int_eq(finish(), 0);
}

START_TEST(print_tells_where_each_value_comes_from)
{
	static const char *const lines[] = {
		"\nthreads = 3                             ; /tmp/echelon",
		"\ncolour = blue                           ; /tmp/echelon",
		"\nidle = 15ms                             ; /tmp/echelon",
		"\nturn = 1025                             ; "
		"ECHELON_LIMITS_TURN\n",
		"\ninput = 3MiB                            ; "
		"ECHELON_LIMITS_INPUT\n",
		"\nlevel = debug                           ; --set\n",
		"\npause = 1h                              ; --set\n",
		"\nlisten = unix:/a b:c=d#e                ; --set\n",
	};
	char *text;

	give_all_kinds();
	text = print(config);
	for (size_t i = 0; i < ELN_COUNT(lines); i++) {
		ck_assert_msg(strstr(text, lines[i]) != NULL, "%s not in %s",
		    lines[i], text);
	}
	free(text);
}
END_TEST

static void
fail_on_change(void *context, const struct eln_key *key, const char *value)
{
	(void)context;
	ck_abort_msg("%s.%s became %s", key->section, key->name, value);
}

/* What was printed is read by another config, which must be the same. */
static void
read_back(void)
{
	struct eln_config *first = config;
	char *text = print(first);

	config = NULL;
	set_up();
	ck_assert_msg(read_text(text) == 0, "%s", problem.text);
	ck_assert_int_eq(finish(), 0);
	eln_config_compare(first, config, fail_on_change, NULL);
	eln_config_destroy(first);
	free(text);
}

START_TEST(what_is_printed_reads_back_as_the_same)
{
	give_all_kinds();
	read_back();
}
END_TEST

START_TEST(longest_text_and_origin_read_back)
{
	char text[171];
	char where[512];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(where, 'w', sizeof(where) - 1);
	where[3] = '\n';
	where[sizeof(where) - 1] = '\0';
	ck_assert_int_eq(eln_config_set(config, ELN_FROM_ARGUMENT, where,
			     "engine", "listen", text, &problem),
	    0);
	ck_assert_int_eq(eln_config_set(config, ELN_FROM_ARGUMENT, where,
			     "engine", "threads", "5", &problem),
	    0);
	ck_assert_int_eq(finish(), 0);
	read_back();
	ck_assert_str_eq(eln_config_text(config, ELN_ENGINE_LISTEN), text);
	ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_THREADS), 5);
}
END_TEST

static void
collect_change(void *context, const struct eln_key *key, const char *value)
{
	char *list = context;
	size_t length = strlen(list);

	snprintf(list + length, 256 - length, "%s.%s=%s%s ", key->section,
	    key->name, value, key->live ? "!" : "");
}

START_TEST(compare_names_what_differs)
{
	struct eln_config *first = config;
	char list[256] = "";

	ck_assert_int_eq(set("engine.pattern=ab"), 0);
	ck_assert_int_eq(set("engine.threads=4"), 0);
	ck_assert_int_eq(set("limits.input=2MiB"), 0);
	ck_assert_int_eq(finish(), 0);
	config = NULL;
	set_up();
	ck_assert_int_eq(set("engine.pattern=alpha-beta:colour=green"), 0);
	ck_assert_int_eq(set("limits.input=2048KiB"), 0);
	ck_assert_int_eq(set("deadlines.idle=1s"), 0);
	ck_assert_int_eq(finish(), 0);

	eln_config_compare(first, config, collect_change, list);
	ck_assert_str_eq(list,
	    "engine.threads=auto deadlines.idle=1s! alpha-beta.colour=green ");
	eln_config_destroy(first);
}
END_TEST

START_TEST(help_lists_every_key)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	eln_config_print_help(stream);
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_ptr_nonnull(strstr(text, "[deadlines]\n"));
	ck_assert_ptr_nonnull(strstr(text, "  idle = 5min "));
	ck_assert_ptr_nonnull(strstr(text, "  pattern = alpha-beta "));
	ck_assert_ptr_nonnull(strstr(text, "  colour = red "));
	ck_assert_ptr_nonnull(strstr(text, "red, green, blue\n"));
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config_file");

#define ADD(name, n) add_test(suite, #name, name, n)
	ADD(weak_value_is_checked_although_a_stronger_one_wins, 1);
	ADD(file_gives_values_to_every_section, 1);
	ADD(mistake_in_a_file_is_named_with_its_line, ELN_COUNT(files));
	ADD(line_of_199_bytes_is_read, 1);
	ADD(empty_file_changes_nothing, 1);
	ADD(file_that_cannot_be_read_is_an_error, 1);
	ADD(environment_names_every_key, 1);
	ADD(environment_of_others_is_ignored, 1);
	ADD(mistake_in_the_environment_is_named, ELN_COUNT(variables));
	ADD(defaults_are_those_of_the_documents, 1);
	ADD(print_tells_where_each_value_comes_from, 1);
	ADD(what_is_printed_reads_back_as_the_same, 1);
	ADD(longest_text_and_origin_read_back, 1);
	ADD(compare_names_what_differs, 1);
	ADD(help_lists_every_key, 1);
	return run_suite(suite);
}
