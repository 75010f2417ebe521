/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the C library allocates for programs, in the memory of the run
 * (schedule/arena.h). There are two reasons: what is not freed is a leak, and
 * the C library cannot make a block larger that is not its own.
 *
 * Those with two underscores are what headers make of the others where the
 * compiler optimises.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "scene.h"
#include "schedule/arena.h"

enum {
	LINE = 128
};

void *__wrap_reallocarray(void *block, size_t n, size_t bytes);
int __wrap_posix_memalign(void **block, size_t alignment, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
char *__wrap_strndup(const char *text, size_t most);
int __wrap_vasprintf(char **text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int __wrap___vasprintf_chk(char **text, int flag, const char *format,
    va_list arguments) __attribute__((format(printf, 3, 0)));
int __wrap___asprintf_chk(char **text, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
ssize_t __wrap_getdelim(char **line, size_t *room, int end, FILE *file);
ssize_t __wrap___getdelim(char **line, size_t *room, int end, FILE *file);
ssize_t __wrap_getline(char **line, size_t *room, FILE *file);

/* ---- blocks ---- */

void *
__wrap_reallocarray(void *block, size_t n, size_t bytes)
{
	if (bytes != 0 && n > SIZE_MAX / bytes) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, n * bytes);
}

void *
__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
	if (!scene_run.runs) {
		return __real_aligned_alloc(alignment, bytes);
	}
	explore_arena_align(alignment);
	return malloc(bytes);
}

int
__wrap_posix_memalign(void **block, size_t alignment, size_t bytes)
{
	void *made = __wrap_aligned_alloc(alignment, bytes);

	if (made == NULL) {
		return ENOMEM;
	}
	*block = made;
	return 0;
}

/* ---- strings ---- */

char *
__wrap_strndup(const char *text, size_t most)
{
	size_t length = strnlen(text, most);
	char *copy = malloc(length + 1);

	if (copy != NULL) {
		memcpy(copy, text, length);
		copy[length] = '\0';
	}
	return copy;
}

int
__wrap_vasprintf(char **text, const char *format, va_list arguments)
{
	va_list again;
	char *made;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	made = length < 0 ? NULL : malloc((size_t)length + 1);
	if (made == NULL) {
		return -1;
	}
	*text = made;
	return vsnprintf(made, (size_t)length + 1, format, arguments);
}

int
__wrap_asprintf(char **text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = __wrap_vasprintf(text, format, arguments);
	va_end(arguments);
	return length;
}

int
__wrap___vasprintf_chk(char **text, int flag, const char *format,
    va_list arguments)
{
	(void)flag;
	return __wrap_vasprintf(text, format, arguments);
}

int
__wrap___asprintf_chk(char **text, int flag, const char *format, ...)
{
	va_list arguments;
	int length;

	(void)flag;
	va_start(arguments, format);
	length = __wrap_vasprintf(text, format, arguments);
	va_end(arguments);
	return length;
}

/* ---- lines ---- */

/** Room for one byte more, and for the 0 after it. */
static bool
make_room(char **line, size_t *room, size_t used)
{
	size_t more = *room < LINE ? LINE : *room * 2;
	char *grown;

	if (*line != NULL && used + 1 < *room) {
		return true;
	}
	grown = realloc(*line, more);
	if (grown == NULL) {
		return false;
	}
	*line = grown;
	*room = more;
	return true;
}

ssize_t
__wrap_getdelim(char **line, size_t *room, int end, FILE *file)
{
	size_t used = 0;
	int next = 0;

	while (next != end) {
		next = getc(file);
		if (next == EOF) {
			break;
		}
		if (!make_room(line, room, used)) {
			return -1;
		}
		(*line)[used++] = (char)next;
	}
	if (used == 0) {
		return -1;
	}
	(*line)[used] = '\0';
	return (ssize_t)used;
}

ssize_t
__wrap___getdelim(char **line, size_t *room, int end, FILE *file)
{
	return __wrap_getdelim(line, room, end, file);
}

ssize_t
__wrap_getline(char **line, size_t *room, FILE *file)
{
	return __wrap_getdelim(line, room, '\n', file);
}
