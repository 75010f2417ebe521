/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments as a shell takes them, in valid UTF-8.
 */
#include "../../examples/compare/quote.h"
#include "../../examples/compare/utf8.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	const char *argument;
	const char *quoted;
} arguments[] = {
	{ "--reps", "--reps" },
	{ "lf:promote=always+rearm=oneshot,hsha",
	    "lf:promote=always+rearm=oneshot,hsha" },
	{ "", "''" },
	{ "two words", "'two words'" },
	{ "p99(lf) > 1.2 * p99(hsha)", "'p99(lf) > 1.2 * p99(hsha)'" },
	{ "it's", "'it'\\''s'" },
	{ "a\\b", "'a\\b'" },
	{ "~", "'~'" },
	{ "\xc3\xa4.json", "'\xc3\xa4.json'" },
	{ "\3770.json", "$'\\3770.json'" },
	{ "a'\\\n\xc3\xa4", "$'a\\'\\\\\\012\xc3\xa4'" },
};

START_TEST(arguments_are_quoted_as_a_shell_takes_them)
{
	char *quoted = quote(arguments[_i].argument);

	ck_assert_str_eq(quoted, arguments[_i].quoted);
	free(quoted);
}
END_TEST

static const struct {
	const char *text;
	size_t length;
} characters[] = {
	{ "a", 1 },
	{ "\xc3\xa4", 2 },
	{ "\xe2\x82\xac", 3 },
	{ "\xf0\x9f\x8e\x89", 4 },
	{ "\xf4\x8f\xbf\xbf", 4 },
	/* Not a beginning, cut off, too long, a surrogate, too far. */
	{ "\xa4", 0 },
	{ "\xff", 0 },
	{ "\xc3", 0 },
	{ "\xe2\x82", 0 },
	{ "\xe2\x82z", 0 },
	{ "\xc0\x80", 0 },
	{ "\xe0\x80\xa4", 0 },
	{ "\xed\xa0\x80", 0 },
	{ "\xf4\x90\x80\x80", 0 },
};

START_TEST(characters_are_told_from_other_bytes)
{
	ck_assert_uint_eq(utf8_length(characters[_i].text),
	    characters[_i].length);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("compare quote");
	TCase *all = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(all, arguments_are_quoted_as_a_shell_takes_them, 0,
	    (int)(sizeof(arguments) / sizeof(*arguments)));
	tcase_add_loop_test(all, characters_are_told_from_other_bytes, 0,
	    (int)(sizeof(characters) / sizeof(*characters)));
	suite_add_tcase(suite, all);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
