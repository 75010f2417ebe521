/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a tree of results. Freeing it follows its shape, so that a new
 * member needs no line here.
 */
#include "results.h"

#include "results_shape.h"
#include "utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void
end_without_memory(void)
{
	fputs("compare: out of memory\n", stderr);
	exit(1);
}

void *
results_grow(void *array, size_t *count, size_t size)
{
	char *grown = array;

	/* At every power of two. */
	if ((*count & (*count - 1)) == 0) {
		grown = realloc(array, (*count == 0 ? 1 : *count * 2) * size);
		if (grown == NULL) {
			end_without_memory();
		}
	}
	memset(grown + *count * size, 0, size);
	(*count)++;
	return grown;
}

char *
results_text(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;
	char *valid = NULL;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length != -1) {
		valid = utf8_copy(text);
		free(text);
	}
	if (valid == NULL) {
		end_without_memory();
	}
	return valid;
}

static void
free_texts(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(texts[i]);
	}
	free(texts);
}

static void free_members(const struct shape *shape, char *object);

static void
free_member(const struct member *member, char *object)
{
	void *at = object + member->offset;
	size_t n = member_count(member, object);

	switch (member->kind) {
	case MEMBER_TEXT:
	case MEMBER_MAYBE_TEXT:
		free(*(char **)at);
		break;
	case MEMBER_NUMBERS:
		free(*(double **)at);
		break;
	case MEMBER_TEXTS:
		free_texts(*(char ***)at, n);
		break;
	case MEMBER_OBJECT:
		free_members(member->shape, at);
		break;
	case MEMBER_OBJECTS:
		for (size_t i = 0; i < n; i++) {
			free_members(member->shape,
			    *(char **)at + i * member->shape->size);
		}
		free(*(char **)at);
		break;
	case MEMBER_NUMBER:
	case MEMBER_FLAG:
		break;
	}
}

static void
free_members(const struct shape *shape, char *object)
{
	for (size_t i = 0; i < shape->n_members; i++) {
		free_member(&shape->members[i], object);
	}
}

void
results_deinit(struct results *results)
{
	free_members(&results_shape, (char *)results);
	memset(results, 0, sizeof(*results));
}

/* Frees the elements of an array from the n-th on. */
static void
shorten(struct results *results, size_t offset, size_t n)
{
	const struct member *member = results_shape.members;
	char *object = (char *)results;
	size_t *count;

	while (member->offset != offset) {
		member++;
	}
	count = (size_t *)(void *)(object + member->count_offset);
	while (*count > n) {
		--*count;
		free_members(member->shape,
		    *(char **)(void *)(object + offset) +
			*count * member->shape->size);
	}
}

void
results_keep_workloads(struct results *results, size_t n)
{
	size_t rows = 0;

	shorten(results, offsetof(struct results, workloads), n);
	while (rows < results->n_results &&
	    results_find_workload(results, results->results[rows].workload) !=
		NULL) {
		rows++;
	}
	shorten(results, offsetof(struct results, results), rows);
}

static double
round_number(double number)
{
	char text[32];

	/* Counts stay as they are. */
	if (!isfinite(number) || number == floor(number)) {
		return number;
	}
	snprintf(text, sizeof(text), "%.6g", number);
	return strtod(text, NULL);
}

static void round_members(const struct shape *shape, char *object);

static void
round_member(const struct member *member, char *object)
{
	void *at = object + member->offset;
	size_t n = member_count(member, object);

	if (member->kind == MEMBER_NUMBER) {
		*(double *)at = round_number(*(double *)at);
	} else if (member->kind == MEMBER_OBJECT) {
		round_members(member->shape, at);
	}
	for (size_t i = 0; i < n && member->kind == MEMBER_NUMBERS; i++) {
		double *number = *(double **)at + i;

		*number = round_number(*number);
	}
	for (size_t i = 0; i < n && member->kind == MEMBER_OBJECTS; i++) {
		round_members(member->shape,
		    *(char **)at + i * member->shape->size);
	}
}

static void
round_members(const struct shape *shape, char *object)
{
	for (size_t i = 0; i < shape->n_members; i++) {
		round_member(&shape->members[i], object);
	}
}

void
results_round(struct results *results)
{
	round_members(&results_shape, (char *)results);
}

const struct results_variant *
results_find_variant(const struct results *results, const char *id)
{
	for (size_t i = 0; i < results->n_variants; i++) {
		if (strcmp(results->variants[i].id, id) == 0) {
			return &results->variants[i];
		}
	}
	return NULL;
}

const struct results_workload *
results_find_workload(const struct results *results, const char *id)
{
	for (size_t i = 0; i < results->n_workloads; i++) {
		if (strcmp(results->workloads[i].id, id) == 0) {
			return &results->workloads[i];
		}
	}
	return NULL;
}

const struct results_result *
results_find(const struct results *results, const char *workload,
    const char *variant)
{
	for (size_t i = 0; i < results->n_results; i++) {
		const struct results_result *result = &results->results[i];

		if (strcmp(result->workload, workload) == 0 &&
		    strcmp(result->variant, variant) == 0) {
			return result;
		}
	}
	return NULL;
}

const struct results_point *
results_find_point(const struct results_sweep *sweep, const char *variant,
    double value)
{
	for (size_t i = 0; i < sweep->n_points; i++) {
		const struct results_point *point = &sweep->points[i];

		if (point->value == value &&
		    strcmp(point->variant, variant) == 0) {
			return point;
		}
	}
	return NULL;
}

bool
results_is_winner(const struct results_winners *winners, const char *variant)
{
	for (size_t i = 0; i < winners->n_variants; i++) {
		if (strcmp(winners->variants[i], variant) == 0) {
			return true;
		}
	}
	return false;
}
