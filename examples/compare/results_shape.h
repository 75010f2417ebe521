/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_RESULTS_SHAPE_H
#define ECHELON_COMPARE_RESULTS_SHAPE_H

/*
 * The structs of results.h as data: which members they have, what these are
 * called in JSON and of what kind they are. Writing, reading and freeing walk
 * along it, so that they cannot disagree.
 */

#include <stdbool.h>
#include <stddef.h>

enum member_kind {
	MEMBER_TEXT,       /* char *, never null in a file */
	MEMBER_MAYBE_TEXT, /* char *; NULL is null */
	MEMBER_NUMBER,     /* double; NAN is null */
	MEMBER_FLAG,       /* bool */
	MEMBER_NUMBERS,    /* double *, and a count */
	MEMBER_TEXTS,      /* char **, and a count */
	MEMBER_OBJECT,     /* the struct itself */
	MEMBER_OBJECTS     /* a pointer to structs, and a count */
};

struct shape;

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset;
	size_t count_offset; /* of the size_t, for the kinds with a count */
	const struct shape *shape; /* for the kinds with objects */
};

enum shape_form {
	SHAPE_OBJECT, /* { "name": value, ... } */
	SHAPE_TUPLE,  /* [ value, ... ], short for what there are many of */
	SHAPE_MAP     /* an array of two texts, { "first": "second", ... } */
};

struct shape {
	const struct member *members;
	size_t n_members;
	size_t size; /* of the struct */
	enum shape_form form;
};

/* Of struct results. */
extern const struct shape results_shape;

static inline size_t
member_count(const struct member *member, const char *object)
{
	switch (member->kind) {
	case MEMBER_NUMBERS:
	case MEMBER_TEXTS:
	case MEMBER_OBJECTS:
		return *(const size_t *)(const void *)(object +
		    member->count_offset);
	default:
		return 0;
	}
}

#endif
