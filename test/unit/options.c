/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options: a copy that owes nothing to the original; older and newer callers
 * than this library.
 */
#include "core/options.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "support/run.h"
#include "unit_support.h"

static struct echelon_options options;
static struct echelon_options copied;

static void
set_up(void)
{
	options = (struct echelon_options)ECHELON_OPTIONS_INIT;
}

static void
tear_down(void)
{
	eln_options_deinit(&copied);
	eln_options_deinit(&copied);
}

START_TEST(no_options_are_the_defaults)
{
	ck_assert_int_eq(eln_options_copy(&copied, _i == 0 ? NULL : &options),
	    0);
	ck_assert_ptr_null(copied.pattern);
	ck_assert_ptr_null(copied.config_file);
	ck_assert_ptr_null(copied.settings);
	ck_assert(copied.log == NULL);
	ck_assert(copied.allocator.allocate != NULL);
	ck_assert(copied.allocator.release != NULL);
}
END_TEST

START_TEST(strings_are_copied)
{
	char pattern[] = "leader-followers";
	char file[] = "/etc/echelon.ini";
	char first[] = "engine.threads=3";
	char second[] = "limits.input=1MiB";
	const char *settings[] = { first, second, NULL };

	options.pattern = pattern;
	options.config_file = file;
	options.settings = settings;
	ck_assert_int_eq(eln_options_copy(&copied, &options), 0);
	memset(pattern, 'x', sizeof(pattern) - 1);
	memset(file, 'x', sizeof(file) - 1);
	memset(first, 'x', sizeof(first) - 1);
	memset(second, 'x', sizeof(second) - 1);
	memset(settings, 0, sizeof(settings));
	ck_assert_str_eq(copied.pattern, "leader-followers");
	ck_assert_str_eq(copied.config_file, "/etc/echelon.ini");
	ck_assert_str_eq(copied.settings[0], "engine.threads=3");
	ck_assert_str_eq(copied.settings[1], "limits.input=1MiB");
	ck_assert_ptr_null(copied.settings[2]);
}
END_TEST

static void
ignore_line(void *context, enum echelon_log_level level, const char *text)
{
	(void)context;
	(void)level;
	(void)text;
}

START_TEST(functions_and_their_contexts_are_kept)
{
	struct grants grants = { .left = 0 };
	int context;

	options.log = ignore_line;
	options.log_context = &context;
	options.thread_context = &options;
	options.allocator = allocator_with(&grants);
	ck_assert_int_eq(eln_options_copy(&copied, &options), 0);
	ck_assert(copied.log == ignore_line);
	ck_assert_ptr_eq(copied.log_context, &context);
	ck_assert_ptr_eq(copied.thread_context, &options);
	ck_assert(copied.allocator.allocate == options.allocator.allocate);
	ck_assert_ptr_eq(copied.allocator.context, &grants);
}
END_TEST

START_TEST(options_without_a_size_are_refused)
{
	options.size = _i == 0 ? 0 : sizeof(size_t) - 1;
	ck_assert_int_eq(eln_options_copy(&copied, &options), -EINVAL);
}
END_TEST

START_TEST(older_caller_s_members_are_all_that_is_read)
{
	options.size = offsetof(struct echelon_options, config_file);
	options.pattern = "reactor";
	options.config_file = (const char *)&options; /* not his */
	options.log = ignore_line;
	ck_assert_int_eq(eln_options_copy(&copied, &options), 0);
	ck_assert_str_eq(copied.pattern, "reactor");
	ck_assert_ptr_null(copied.config_file);
	ck_assert(copied.log == NULL);
}
END_TEST

/* Options as a later version may know them. */
struct newer_options {
	struct echelon_options known;
	char later[64];
};

START_TEST(newer_caller_may_leave_new_members_zero)
{
	struct newer_options newer = { .known = ECHELON_OPTIONS_INIT };

	newer.known.size = sizeof(newer);
	newer.known.pattern = "reactor";
	ck_assert_int_eq(eln_options_copy(&copied, &newer.known), 0);
	ck_assert_str_eq(copied.pattern, "reactor");
}
END_TEST

START_TEST(newer_caller_s_set_members_are_refused)
{
	struct newer_options newer = { .known = ECHELON_OPTIONS_INIT };

	newer.known.size = sizeof(newer);
	newer.later[_i == 0 ? 0 : 63] = 1;
	ck_assert_int_eq(eln_options_copy(&copied, &newer.known), -E2BIG);
	newer.known.size = sizeof(newer) - 1;
	ck_assert_int_eq(eln_options_copy(&copied, &newer.known),
	    _i == 0 ? -E2BIG : 0);
}
END_TEST

static struct eln_config *config;
static struct eln_problem problem;

START_TEST(settings_are_read_and_the_pattern_is_stronger)
{
	static const char *const settings[] = { "engine.threads=3",
		"engine.pattern=nonsense", "limits.input=64KiB", NULL };

	options.settings = settings;
	options.pattern = "reactor";
	ck_assert_int_eq(eln_options_read(&options, &config, &problem), 0);
	ck_assert_uint_eq(eln_config_get(config, ELN_ENGINE_THREADS), 3);
	ck_assert_uint_eq(eln_config_get(config, ELN_LIMITS_INPUT), 65536);
	eln_config_destroy(config);
}
END_TEST

START_TEST(bad_setting_is_refused_with_its_problem)
{
	static const char *const settings[] = { "engine.threads=none", NULL };

	options.settings = settings;
	config = NULL;
	ck_assert_int_eq(eln_options_read(&options, &config, &problem),
	    -EINVAL);
	ck_assert_ptr_null(config);
	ck_assert_ptr_nonnull(strstr(problem.text, "engine.threads"));
}
END_TEST

START_TEST(missing_file_is_its_error)
{
	options.config_file = "/no/such/directory/echelon.ini";
	ck_assert_int_eq(eln_options_read(&options, &config, &problem),
	    -ENOENT);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, no_options_are_the_defaults, 0, 2);
	tcase_add_test(tcase, strings_are_copied);
	tcase_add_test(tcase, functions_and_their_contexts_are_kept);
	tcase_add_loop_test(tcase, options_without_a_size_are_refused, 0, 2);
	tcase_add_test(tcase, older_caller_s_members_are_all_that_is_read);
	tcase_add_test(tcase, newer_caller_may_leave_new_members_zero);
	tcase_add_loop_test(tcase, newer_caller_s_set_members_are_refused, 0,
	    2);
	tcase_add_test(tcase, settings_are_read_and_the_pattern_is_stronger);
	tcase_add_test(tcase, bad_setting_is_refused_with_its_problem);
	tcase_add_test(tcase, missing_file_is_its_error);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
