/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: on lines of its own, zeroed, given back as it was got, whatever
 * the allocator's alignment.
 */
#include "base/memory.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "support/run.h"
#include "unit_support.h"

/* An allocator that returns dirty memory, `offset` bytes off a line. */

static size_t offset;
static void *expected_context;
static unsigned n_live;

enum {
	HEADER = 2 * ELN_CACHELINE
};

static void *
allocate_off_line(void *context, size_t bytes)
{
	char *block = NULL;

	ck_assert_ptr_eq(context, expected_context);
	ck_assert_int_eq(posix_memalign((void **)(void *)&block, ELN_CACHELINE,
			     HEADER + offset + bytes),
	    0);
	memset(block, 0xa5, HEADER + offset + bytes);
	memcpy(block + HEADER + offset - sizeof(block), &block, sizeof(block));
	n_live++;
	return block + HEADER + offset;
}

static void
release_off_line(void *context, void *memory)
{
	char *block;

	ck_assert_ptr_eq(context, expected_context);
	memcpy(&block, (char *)memory - sizeof(block), sizeof(block));
	n_live--;
	free(block);
}

static struct echelon_allocator
allocator_off_line(void)
{
	static int context;

	expected_context = &context;
	return eln_memory_of((struct echelon_allocator){
	    .allocate = allocate_off_line,
	    .release = release_off_line,
	    .context = &context,
	});
}

START_TEST(memory_is_aligned_zeroed_and_all_there)
{
	static const size_t sizes[] = { 0, 1, 7, 127, 128, 129, 10000 };
	struct echelon_allocator memory = allocator_off_line();

	offset = (size_t)_i * 16; /* as malloc aligns */
	for (size_t i = 0; i < ELN_COUNT(sizes); i++) {
		unsigned char *object = eln_allocate(&memory, sizes[i]);

		ck_assert_ptr_nonnull(object);
		ck_assert_uint_eq((uintptr_t)object % ELN_CACHELINE, 0);
		for (size_t k = 0; k < sizes[i]; k++) {
			ck_assert_uint_eq(object[k], 0);
		}
		memset(object, 0xff, sizes[i]);
		eln_release(&memory, object);
	}
	ck_assert_uint_eq(n_live, 0);
}
END_TEST

START_TEST(raw_memory_is_the_allocator_s)
{
	struct echelon_allocator memory = allocator_off_line();
	void *object;

	offset = 16;
	object = eln_allocate_raw(&memory, 100);
	ck_assert_uint_eq((uintptr_t)object % ELN_CACHELINE, 16);
	eln_release_raw(&memory, object);
	ck_assert_uint_eq(n_live, 0);
}
END_TEST

START_TEST(releasing_null_does_nothing)
{
	struct echelon_allocator memory = allocator_off_line();

	eln_release(&memory, NULL);
	eln_release_raw(&memory, NULL);
	ck_assert_uint_eq(n_live, 0);
}
END_TEST

START_TEST(want_of_memory_is_null)
{
	struct grants grants = { .left = 0 };
	struct echelon_allocator memory = allocator_with(&grants);

	ck_assert_ptr_null(eln_allocate(&memory, 100));
	ck_assert_ptr_null(eln_allocate_raw(&memory, 100));
}
END_TEST

START_TEST(size_that_would_overflow_is_null)
{
	struct grants grants = { .left = 10 };
	struct echelon_allocator memory = allocator_with(&grants);

	for (size_t below = 0; below < 2 * ELN_CACHELINE; below++) {
		ck_assert_ptr_null(eln_allocate(&memory, SIZE_MAX - below));
	}
	ck_assert_uint_eq(grants.left, 10);
}
END_TEST

START_TEST(allocator_that_is_not_whole_is_malloc)
{
	struct echelon_allocator memory = {
		.allocate = _i == 1 ? allocate_off_line : NULL,
		.release = _i == 2 ? release_off_line : NULL,
	};
	void *object;

	memory = eln_memory_of(memory);
	object = eln_allocate(&memory, 1000);
	ck_assert_ptr_nonnull(object);
	eln_release(&memory, object);
	ck_assert_uint_eq(n_live, 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("memory");
	TCase *tcase = tcase_create("memory");

	tcase_add_loop_test(tcase, memory_is_aligned_zeroed_and_all_there, 0,
	    8);
	tcase_add_test(tcase, raw_memory_is_the_allocator_s);
	tcase_add_test(tcase, releasing_null_does_nothing);
	tcase_add_test(tcase, want_of_memory_is_null);
	tcase_add_test(tcase, size_that_would_overflow_is_null);
	tcase_add_loop_test(tcase, allocator_that_is_not_whole_is_malloc, 0, 3);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
