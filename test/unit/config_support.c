/* SPDX-License-Identifier: BSD-2-Clause */
#include "config_support.h"

#include <stdio.h>
#include <unistd.h>

static const char *const colours[] = { "red", "green", "blue", NULL };

static const struct eln_key alpha_keys[] = {
	{ .section = "alpha-beta",
	    .name = "colour",
	    .help = "a choice",
	    .type = ELN_KEY_CHOICE,
	    .choices = colours },
	{ .section = "alpha-beta",
	    .name = "queue",
	    .help = "a number",
	    .type = ELN_KEY_NUMBER,
	    .minimum = 0,
	    .maximum = UINT64_C(1) << 62,
	    .value = 4096 },
	{ .section = "alpha-beta",
	    .name = "pause",
	    .help = "a time",
	    .type = ELN_KEY_TIME,
	    .minimum = 0,
	    .maximum = 3600000 * MS,
	    .value = 90000 * MS },
};

static unsigned
all_threads(const uint64_t *values, unsigned threads)
{
	(void)values;
	return threads;
}

static unsigned
one_thread(const uint64_t *values, unsigned threads)
{
	(void)values;
	(void)threads;
	return 1;
}

static const struct eln_pattern alpha = {
	.name = "alpha-beta",
	.alias = "ab",
	.summary = "has keys",
	.keys = alpha_keys,
	.n_keys = ELN_COUNT(alpha_keys),
	.n_threads = all_threads,
};

static const struct eln_pattern gamma_pattern = {
	.name = "gamma",
	.alias = "gm",
	.summary = "has none",
	.n_threads = one_thread,
};

const struct eln_pattern *const eln_patterns[] = {
	&alpha,
	&gamma_pattern,
	NULL,
};

struct eln_config *config;
struct eln_problem problem;

void
set_up(void)
{
	problem.text[0] = '\0';
	ck_assert_int_eq(eln_config_create(&config), 0);
}

void
tear_down(void)
{
	eln_config_destroy(config);
	config = NULL;
}

int
set(const char *assignment)
{
	return eln_config_set_assignment(config, ELN_FROM_ARGUMENT, "--set",
	    assignment, &problem);
}

int
finish(void)
{
	return eln_config_finish(config, &problem);
}

/* Reads a file with this content, as "FILE" in messages. */
int
read_bytes(const char *bytes, size_t length)
{
	char path[] = "/tmp/echelon-config-XXXXXX";
	int file = mkstemp(path);
	char *at;
	int error;

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, bytes, length), (ssize_t)length);
	ck_assert_int_eq(close(file), 0);
	error = eln_config_read_file(config, path, &problem);
	ck_assert_int_eq(unlink(path), 0);
	while ((at = strstr(problem.text, path)) != NULL) {
		memcpy(at, "FILE", 4);
		memmove(at + 4, at + strlen(path),
		    strlen(at + strlen(path)) + 1);
	}
	return error;
}

int
read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

int
read_environment(const char *first, const char *second)
{
	char copies[2][256];
	char *environment[] = { copies[0], copies[1], NULL };

	snprintf(copies[0], sizeof(copies[0]), "%s", first);
	snprintf(copies[1], sizeof(copies[1]), "%s", second);
	return eln_config_read_environment(config, environment, &problem);
}

char *
print(const struct eln_config *settings)
{
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(stream);
	eln_config_print(settings, stream);
	ck_assert_int_eq(fclose(stream), 0);
	return text;
}

void
assert_problem(const char *text)
{
	ck_assert_msg(strstr(problem.text, text) != NULL,
	    "\"%s\" is not in \"%s\"", text, problem.text);
}

void
add_test(Suite *suite, const char *name, const TTest *test, int n)
{
	TCase *tcase = tcase_create(name);

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test, 0, n);
	suite_add_tcase(suite, tcase);
}

int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
