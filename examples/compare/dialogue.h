/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_DIALOGUE_H
#define ECHELON_COMPARE_DIALOGUE_H

/*
 * How to talk to a handler that is not ours: always the same request, and how
 * to tell where a reply ends. What replies say is the handler's business, so
 * only their lengths are checked.
 */

#include <stddef.h>

enum {
	DIALOGUE_MAX = 16 << 20 /* bytes of a request or a reply */
};

struct dialogue {
	unsigned char *request;
	size_t request_bytes;
	size_t reply_bytes; /* of every reply; 0: `frame` says */
	/* As in struct echelon_handler, with NULL for the context. */
	ptrdiff_t (*frame)(const void *data, size_t length, void *context);
};

/*
 * What a dialogue is made of: files, and the length of a reply, which is 0 if
 * the handler's own `frame` finds the ends of replies too.
 */
struct dialogue_plan {
	const char *handler; /* a shared object; see serve.c */
	const char *request; /* a file */
	size_t reply_bytes;
};

/* 0, or -errno and one line in `error` that says what is wrong where. */
int dialogue_init(struct dialogue *dialogue, const struct dialogue_plan *plan,
    char *error, size_t size);

void dialogue_deinit(struct dialogue *dialogue);

/*
 * The handler that a shared object exports as echelon_compare_handler, and
 * the object in `*library`, for dlclose. NULL, and one line in `error`.
 */
struct echelon_handler;
const struct echelon_handler *dialogue_load_handler(const char *path,
    void **library, char *error, size_t size);

#endif
