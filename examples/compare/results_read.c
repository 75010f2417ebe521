/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results from JSON. Jansson parses; this puts what it found into the tree.
 *
 * Every member of the shape must be there and be of its kind. Members that the
 * shape has not are left aside, so that a newer program of the same schema
 * may add some.
 */
#include "results.h"
#include "results_shape.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

struct reader {
	char path[200]; /* of the value looked at: results[3].median.cpu_us */
	char *error;
	size_t size;
};

static int
refuse(const struct reader *reader, const char *what)
{
	snprintf(reader->error, reader->size, "%s: %s",
	    reader->path[0] != '\0' ? reader->path : "the file", what);
	return -EINVAL;
}

/* Returns what to hand to leave(). */
static size_t
enter(struct reader *reader, const char *name)
{
	size_t before = strlen(reader->path);

	snprintf(reader->path + before, sizeof(reader->path) - before, "%s%s",
	    before > 0 ? "." : "", name);
	return before;
}

static size_t
enter_index(struct reader *reader, size_t i)
{
	size_t before = strlen(reader->path);

	snprintf(reader->path + before, sizeof(reader->path) - before, "[%zu]",
	    i);
	return before;
}

static void
leave(struct reader *reader, size_t before)
{
	reader->path[before] = '\0';
}

static int
read_text(struct reader *reader, const json_t *value, char **text)
{
	if (!json_is_string(value)) {
		return refuse(reader, "is not a string");
	}
	*text = results_text("%s", json_string_value(value));
	return 0;
}

static int
read_maybe_text(struct reader *reader, const json_t *value, char **text)
{
	return json_is_null(value) ? 0 : read_text(reader, value, text);
}

static int
read_number(struct reader *reader, const json_t *value, double *number)
{
	if (!json_is_number(value) && !json_is_null(value)) {
		return refuse(reader, "is not a number");
	}
	*number = json_is_null(value) ? (double)NAN : json_number_value(value);
	return 0;
}

static int
read_flag(struct reader *reader, const json_t *value, bool *flag)
{
	if (!json_is_boolean(value)) {
		return refuse(reader, "is neither true nor false");
	}
	*flag = json_is_true(value);
	return 0;
}

static int read_object(struct reader *reader, const struct shape *shape,
    const json_t *value, char *object);

static int
read_element(struct reader *reader, const struct member *member,
    const json_t *value, char *at)
{
	switch (member->kind) {
	case MEMBER_NUMBERS:
		return read_number(reader, value, (double *)(void *)at);
	case MEMBER_TEXTS:
		return read_text(reader, value, (char **)(void *)at);
	default:
		return read_object(reader, member->shape, value, at);
	}
}

static size_t
get_element_size(const struct member *member)
{
	if (member->shape != NULL) {
		return member->shape->size;
	}
	return member->kind == MEMBER_NUMBERS ? sizeof(double) : sizeof(char *);
}

/* The count grows with the array, so that what is there is always freed. */
static int
read_array(struct reader *reader, const struct member *member,
    const json_t *value, char *object)
{
	char **array = (char **)(void *)(object + member->offset);
	size_t *count = (size_t *)(void *)(object + member->count_offset);
	size_t size = get_element_size(member);
	int result = 0;

	if (!json_is_array(value)) {
		return refuse(reader, "is not an array");
	}
	for (size_t i = 0; i < json_array_size(value) && result == 0; i++) {
		size_t before = enter_index(reader, i);

		*array = results_grow(*array, count, size);
		result = read_element(reader, member, json_array_get(value, i),
		    *array + i * size);
		leave(reader, before);
	}
	return result;
}

static int
read_map(struct reader *reader, const struct member *member, json_t *value,
    char *object)
{
	char **array = (char **)(void *)(object + member->offset);
	size_t *count = (size_t *)(void *)(object + member->count_offset);
	const struct shape *shape = member->shape;
	const char *key;
	json_t *text;

	if (!json_is_object(value)) {
		return refuse(reader, "is not an object");
	}
	json_object_foreach(value, key, text)
	{
		char *item;
		int result;

		*array = results_grow(*array, count, shape->size);
		item = *array + (*count - 1) * shape->size;
		*(char **)(void *)(item +
		    shape->members[0].offset) = results_text("%s", key);
		result = read_text(reader, text,
		    (char **)(void *)(item + shape->members[1].offset));
		if (result != 0) {
			return result;
		}
	}
	return 0;
}

static int
read_value(struct reader *reader, const struct member *member, json_t *value,
    char *object)
{
	void *at = object + member->offset;

	switch (member->kind) {
	case MEMBER_TEXT:
		return read_text(reader, value, at);
	case MEMBER_MAYBE_TEXT:
		return read_maybe_text(reader, value, at);
	case MEMBER_NUMBER:
		return read_number(reader, value, at);
	case MEMBER_FLAG:
		return read_flag(reader, value, at);
	case MEMBER_OBJECT:
		return read_object(reader, member->shape, value, at);
	case MEMBER_OBJECTS:
		return member->shape->form == SHAPE_MAP
		    ? read_map(reader, member, value, object)
		    : read_array(reader, member, value, object);
	case MEMBER_NUMBERS:
	case MEMBER_TEXTS:
		break;
	}
	return read_array(reader, member, value, object);
}

static int
read_object(struct reader *reader, const struct shape *shape,
    const json_t *value, char *object)
{
	bool is_tuple = shape->form == SHAPE_TUPLE;
	int result = 0;

	if (is_tuple ? !json_is_array(value) : !json_is_object(value)) {
		return refuse(reader,
		    is_tuple ? "is not an array" : "is not an object");
	}
	for (size_t i = 0; i < shape->n_members && result == 0; i++) {
		const struct member *member = &shape->members[i];
		json_t *part = is_tuple ? json_array_get(value, i)
					: json_object_get(value, member->name);
		size_t before = enter(reader, member->name);

		result = part == NULL
		    ? refuse(reader, "is missing")
		    : read_value(reader, member, part, object);
		leave(reader, before);
	}
	return result;
}

static int
check_schema(struct reader *reader, const json_t *root)
{
	const char *schema = json_string_value(json_object_get(root, "schema"));
	char what[120];

	if (schema != NULL && strcmp(schema, RESULTS_SCHEMA) == 0) {
		return 0;
	}
	snprintf(what, sizeof(what), "is not a file of the schema %s",
	    RESULTS_SCHEMA);
	return refuse(reader, what);
}

int
results_read_json(struct results *results, FILE *stream, char *error,
    size_t size)
{
	struct reader reader = { .error = error, .size = size };
	json_error_t wrong;
	json_t *root = json_loadf(stream, JSON_REJECT_DUPLICATES, &wrong);
	int result;

	memset(results, 0, sizeof(*results));
	if (root == NULL) {
		snprintf(error, size, "line %d: %s", wrong.line, wrong.text);
		return -EINVAL;
	}
	result = check_schema(&reader, root);
	if (result == 0) {
		result = read_object(&reader, &results_shape, root,
		    (char *)results);
	}
	json_decref(root);
	if (result != 0) {
		results_deinit(results);
	}
	return result;
}
