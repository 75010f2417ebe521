/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as JSON, there and back.
 *
 * RESULTS_SAMPLE is a file that has every part.
 */
#include "../../examples/compare/results.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char error[256];

static int
read_text(struct results *results, const char *text)
{
	FILE *stream = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int result;

	ck_assert_ptr_nonnull(stream);
	result = results_read_json(results, stream, error, sizeof(error));
	fclose(stream);
	return result;
}

/* To be freed. */
static char *
write_text(const struct results *results)
{
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	ck_assert_int_eq(results_write_json(results, stream), 0);
	fclose(stream);
	return text;
}

/* To be freed. */
static char *
load_sample(void)
{
	FILE *stream = fopen(RESULTS_SAMPLE, "r");
	char *text = NULL;
	size_t room = 0;

	ck_assert_ptr_nonnull(stream);
	ck_assert_int_gt(getdelim(&text, &room, '\0', stream), 0);
	fclose(stream);
	return text;
}

/* The sample with the first `old` in it replaced. */
static int
read_changed(struct results *results, const char *old, const char *new)
{
	char *text = load_sample();
	char *at = strstr(text, old);
	char *changed;
	int result;

	ck_assert_ptr_nonnull(at);
	changed = results_text("%.*s%s%s", (int)(at - text), text, new,
	    at + strlen(old));
	result = read_text(results, changed);
	free(changed);
	free(text);
	return result;
}

START_TEST(what_is_read_is_written_again)
{
	struct results results;
	char *sample = load_sample();
	char *written;

	ck_assert_int_eq(read_text(&results, sample), 0);
	written = write_text(&results);

	ck_assert_str_eq(written, sample);
	free(written);
	free(sample);
	results_deinit(&results);
}
END_TEST

START_TEST(a_sample_has_every_part)
{
	struct results results;
	const struct results_result *result;
	char *sample = load_sample();

	ck_assert_int_eq(read_text(&results, sample), 0);

	ck_assert_str_eq(results.schema, RESULTS_SCHEMA);
	ck_assert_uint_gt(results.n_variants, 1);
	ck_assert_uint_gt(results.n_sweeps, 0);
	ck_assert_uint_gt(results.n_timelines, 0);
	ck_assert_uint_eq(results.n_results,
	    results.n_variants * results.n_workloads);
	result = results_find(&results, results.workloads[0].id,
	    results.variants[1].id);
	ck_assert_ptr_nonnull(result);
	ck_assert_double_gt(result->median[METRIC_RATE].value, 0);
	ck_assert_ptr_null(results_find(&results, "echo", "no such variant"));
	results_deinit(&results);
	free(sample);
}
END_TEST

START_TEST(unknown_numbers_are_null)
{
	struct results results = { .seconds = NAN };
	char *text = write_text(&results);

	ck_assert_ptr_nonnull(strstr(text, "\"seconds\": null"));
	ck_assert_ptr_nonnull(strstr(text, "\"started\": null"));
	free(text);
}
END_TEST

START_TEST(texts_are_escaped)
{
	struct results results;
	struct results again;
	char *text = load_sample();

	ck_assert_int_eq(read_text(&results, text), 0);
	free(text);
	free(results.command);
	results.command = results_text("a\"b\\c\n\x7f");
	text = write_text(&results);

	ck_assert_ptr_nonnull(strstr(text, "a\\\"b\\\\c\\u000a\\u007f"));
	ck_assert_int_eq(read_text(&again, text), 0);
	ck_assert_str_eq(again.command, results.command);
	free(text);
	results_deinit(&again);
	results_deinit(&results);
}
END_TEST

START_TEST(what_is_written_is_utf_8)
{
	struct results results;
	struct results again;
	char *text = load_sample();

	ck_assert_int_eq(read_text(&results, text), 0);
	free(text);
	free(results.command);
	results.command = results_text("a\xff \xc3\xa4 \xed\xa0\x80 \xc3");
	text = write_text(&results);

	ck_assert_int_eq(read_text(&again, text), 0);
	ck_assert_str_eq(again.command,
	    "a\xef\xbf\xbd \xc3\xa4 "
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
	    "\xef\xbf\xbd");
	free(text);
	results_deinit(&again);
	results_deinit(&results);
}
END_TEST

START_TEST(only_some_texts_may_be_unknown)
{
	struct results results;

	ck_assert_int_eq(read_changed(&results, "\"kernel\": \"",
			     "\"kernel\": null, \"was\": \""),
	    -EINVAL);
	ck_assert_str_eq(error, "machine.kernel: is not a string");
	ck_assert_int_eq(read_changed(&results, "\"commit\": \"",
			     "\"commit\": null, \"was\": \""),
	    0);
	ck_assert_ptr_null(results.library.commit);
	results_deinit(&results);
}
END_TEST

START_TEST(broken_json_names_the_line)
{
	struct results results;

	ck_assert_int_eq(read_text(&results, "{\n\"schema\": }"), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error, "line 2: "));
	ck_assert_ptr_null(results.schema);
}
END_TEST

START_TEST(another_schema_is_refused)
{
	struct results results;

	ck_assert_int_eq(read_text(&results, "{ \"schema\": \"other/1\" }"),
	    -EINVAL);
	ck_assert_str_eq(error,
	    "the file: is not a file of the schema echelon-compare/1");
}
END_TEST

START_TEST(a_member_of_another_kind_is_named)
{
	struct results results;

	ck_assert_int_eq(read_changed(&results,
			     "\"max_us\": ", "\"max_us\": \"much\", \"was\": "),
	    -EINVAL);
	ck_assert_str_eq(error, "results[0].rounds[0].max_us: is not a number");
}
END_TEST

START_TEST(a_missing_member_is_named)
{
	struct results results;

	ck_assert_int_eq(read_changed(&results, "\"kernel\"", "\"colonel\""),
	    -EINVAL);
	ck_assert_str_eq(error, "machine.kernel: is missing");
}
END_TEST

START_TEST(a_member_too_many_is_left_aside)
{
	struct results results;

	ck_assert_int_eq(read_changed(&results, "\"kernel\"",
			     "\"later\": [1], \"kernel\""),
	    0);
	results_deinit(&results);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("results");
	TCase *json = tcase_create("json");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, json);
	tcase_add_test(json, what_is_read_is_written_again);
	tcase_add_test(json, a_sample_has_every_part);
	tcase_add_test(json, unknown_numbers_are_null);
	tcase_add_test(json, texts_are_escaped);
	tcase_add_test(json, what_is_written_is_utf_8);
	tcase_add_test(json, only_some_texts_may_be_unknown);
	tcase_add_test(json, broken_json_names_the_line);
	tcase_add_test(json, another_schema_is_refused);
	tcase_add_test(json, a_member_of_another_kind_is_named);
	tcase_add_test(json, a_missing_member_is_named);
	tcase_add_test(json, a_member_too_many_is_left_aside);

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
