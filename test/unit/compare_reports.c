/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sample's tables: for a terminal, and as Markdown.
 */
#include "../../examples/compare/markdown.h"
#include "../../examples/compare/spread.h"
#include "../../examples/compare/table.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct results results;
static char *text;
static size_t length;
static FILE *stream;

static void
load(void)
{
	FILE *sample = fopen(RESULTS_SAMPLE, "r");
	char error[256] = "";

	ck_assert_ptr_nonnull(sample);
	ck_assert_msg(results_read_json(&results, sample, error,
			  sizeof(error)) == 0,
	    "%s", error);
	fclose(sample);
	stream = open_memstream(&text, &length);
	ck_assert_ptr_nonnull(stream);
}

static void
unload(void)
{
	fclose(stream);
	free(text);
	results_deinit(&results);
}

/* Counts characters, not bytes. */
static size_t
count_characters(const char *line, size_t bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes; i++) {
		count += ((unsigned char)line[i] & 0xc0) != 0x80;
	}
	return count;
}

START_TEST(table_fits_into_100_columns)
{
	table_all(stream, &results);
	fflush(stream);

	/* The model of the machine is as long as it is. */
	for (const char *line = strstr(text, "pinned:"); *line != '\0';) {
		size_t bytes = strcspn(line, "\n");

		ck_assert_msg(count_characters(line, bytes) <= TABLE_WIDTH,
		    "%.*s", (int)bytes, line);
		line += bytes;
		line += *line == '\n';
	}
}
END_TEST

START_TEST(table_has_every_pattern_workload_sweep_and_warning)
{
	table_all(stream, &results);
	fflush(stream);

	for (size_t v = 0; v < results.n_variants; v++) {
		ck_assert_ptr_nonnull(strstr(text, results.variants[v].id));
	}
	for (size_t w = 0; w < results.n_workloads; w++) {
		char *title = results_text("\n%s: ", results.workloads[w].id);

		ck_assert_ptr_nonnull(strstr(text, title));
		free(title);
	}
	ck_assert_ptr_nonnull(strstr(text, "sweep of "));
	ck_assert_ptr_nonnull(strstr(text, "warning: "));
	ck_assert_ptr_nonnull(strstr(text, "note: "));
}
END_TEST

START_TEST(what_is_not_known_is_not_0)
{
	results.results[0].per_request[COUNTER_SYSCALLS] = NAN;
	results.results[0].median[METRIC_P999].value = NAN;

	table_workload(stream, &results, &results.workloads[0]);
	fflush(stream);

	ck_assert_ptr_nonnull(strstr(text, " n/a"));
}
END_TEST

START_TEST(values_of_a_sweep_have_the_unit_that_is_read_best)
{
	struct results_sweep *sweep = &results.sweeps[0];

	ck_assert_uint_ge(sweep->n_winners, 3);
	sweep->winners[0].value = 0;
	sweep->winners[1].value = 20;
	sweep->winners[2].value = 37000;

	table_sweep(stream, &results, sweep);
	fflush(stream);

	ck_assert_ptr_nonnull(strstr(text, "        0    20 us    37 ms"));
}
END_TEST

START_TEST(table_without_a_terminal_has_no_colours)
{
	table_all(stream, &results);
	fflush(stream);

	ck_assert_ptr_null(strchr(text, '\033'));
}
END_TEST

static void
judge_nothing(void)
{
	for (size_t i = 0; i < results.n_results; i++) {
		struct results_relative *relative = &results.results[i]
							 .relative;

		free(relative->verdict);
		relative->verdict = results_text("not judged");
	}
	for (size_t i = 0; i < results.n_workloads; i++) {
		free(results.workloads[i].verdict);
		results.workloads[i].verdict = results_text(TOO_FEW_ROUNDS);
	}
	results.sweeps[0].rounds = ROUNDS_FOR_VERDICT - 1;
}

START_TEST(table_says_what_was_not_judged_and_why)
{
	judge_nothing();

	table_workload(stream, &results, &results.workloads[0]);
	table_sweep(stream, &results, &results.sweeps[0]);
	fflush(stream);

	ck_assert_ptr_nonnull(strstr(text, " ?\n"));
	ck_assert_ptr_null(strstr(text, " =\n"));
	ck_assert_ptr_nonnull(strstr(text, "\n  " TOO_FEW_ROUNDS));
	ck_assert_ptr_nonnull(strstr(text, "block: " TOO_FEW_ROUNDS));
	ck_assert_ptr_null(strstr(text, "no difference"));
}
END_TEST

START_TEST(table_of_a_sweep_says_who_wins)
{
	table_sweep(stream, &results, &results.sweeps[0]);
	fflush(stream);

	ck_assert_ptr_nonnull(strstr(text,
	    "at 0: no difference seen; from 20 us: "));
}
END_TEST

static size_t
count_columns(const char *line)
{
	size_t count = 0;

	for (; *line != '\n' && *line != '\0'; line++) {
		count += *line == '|' && line[-1] != '\\';
	}
	return count;
}

START_TEST(rows_of_markdown_have_as_many_columns_as_their_titles)
{
	size_t columns = 0;
	size_t rows = 0;

	ck_assert_int_eq(report_markdown(&results, stream), 0);

	for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line != '|') {
			columns = 0;
			continue;
		}
		columns = columns == 0 ? count_columns(line) : columns;
		ck_assert_msg(count_columns(line) == columns, "%.200s", line);
		rows++;
	}
	ck_assert_uint_gt(rows, 2 * results.n_results);
}
END_TEST

START_TEST(markdown_escapes_what_has_a_meaning)
{
	free(results.variants[0].id);
	free(results.results[0].variant);
	results.variants[0].id = results_text("a|b_c*");
	results.results[0].variant = results_text("a|b_c*");

	ck_assert_int_eq(report_markdown(&results, stream), 0);

	ck_assert_ptr_nonnull(strstr(text, "| a\\|b\\_c\\* |"));
}
END_TEST

START_TEST(markdown_has_verdicts_and_warnings)
{
	ck_assert_int_eq(report_markdown(&results, stream), 0);

	ck_assert_ptr_nonnull(strstr(text, "\nVerdicts:\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nWarnings:\n"));
	ck_assert_ptr_nonnull(strstr(text, "no difference seen"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare reports");
	TCase *terminal = tcase_create("terminal");
	TCase *markdown = tcase_create("markdown");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(terminal, load, unload);
	tcase_add_test(terminal, table_fits_into_100_columns);
	tcase_add_test(terminal,
	    table_has_every_pattern_workload_sweep_and_warning);
	tcase_add_test(terminal, what_is_not_known_is_not_0);
	tcase_add_test(terminal,
	    values_of_a_sweep_have_the_unit_that_is_read_best);
	tcase_add_test(terminal, table_without_a_terminal_has_no_colours);
	tcase_add_test(terminal, table_says_what_was_not_judged_and_why);
	tcase_add_test(terminal, table_of_a_sweep_says_who_wins);
	suite_add_tcase(suite, terminal);

	tcase_add_checked_fixture(markdown, load, unload);
	tcase_add_test(markdown,
	    rows_of_markdown_have_as_many_columns_as_their_titles);
	tcase_add_test(markdown, markdown_escapes_what_has_a_meaning);
	tcase_add_test(markdown, markdown_has_verdicts_and_warnings);
	suite_add_tcase(suite, markdown);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
