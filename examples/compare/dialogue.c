/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handlers come as shared objects, requests as files.
 */
#include "dialogue.h"

#include <echelon/echelon.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOL "echelon_compare_handler"

/* A path without a slash is a file here, and not one that ld.so looks for. */
static void *
open_library(const char *path)
{
	char here[4096];

	if (strchr(path, '/') == NULL) {
		snprintf(here, sizeof(here), "./%s", path);
		path = here;
	}
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

const struct echelon_handler *
dialogue_load_handler(const char *path, void **library, char *error,
    size_t size)
{
	const struct echelon_handler *handler = NULL;

	*library = open_library(path);
	if (*library == NULL) {
		snprintf(error, size, "--handler: %s", dlerror());
		return NULL;
	}
	handler = dlsym(*library, SYMBOL);
	if (handler == NULL) {
		snprintf(error, size, "--handler: \"%s\" exports no " SYMBOL,
		    path);
	} else if (handler->size == 0 || handler->on_data == NULL) {
		snprintf(error, size,
		    "--handler: " SYMBOL
		    " of \"%s\" has no size or no on_data; is it an "
		    "ECHELON_HANDLER?",
		    path);
		handler = NULL;
	}
	return handler;
}

/* `stream` is read to its end; what is above DIALOGUE_MAX is too much. */
static int
read_request(struct dialogue *dialogue, FILE *stream)
{
	size_t room = DIALOGUE_MAX;

	dialogue->request = malloc(room);
	if (dialogue->request == NULL) {
		return -ENOMEM;
	}
	dialogue->request_bytes = fread(dialogue->request, 1, room, stream);
	if (ferror(stream) != 0) {
		return -errno;
	}
	return fgetc(stream) == EOF ? 0 : -EFBIG;
}

static int
load_request(struct dialogue *dialogue, const char *path, char *error,
    size_t size)
{
	FILE *stream = fopen(path, "re");
	int result = stream == NULL ? -errno : read_request(dialogue, stream);

	if (stream != NULL) {
		fclose(stream);
	}
	if (result == 0 && dialogue->request_bytes == 0) {
		snprintf(error, size, "--request: \"%s\" is empty", path);
		return -EINVAL;
	}
	if (result != 0) {
		snprintf(error, size, "--request: \"%s\": %s", path,
		    strerror(-result));
	}
	return result;
}

static int
load_frame(struct dialogue *dialogue, const char *path, char *error,
    size_t size)
{
	void *library; /* stays, as `frame` is in it */
	const struct echelon_handler *handler = dialogue_load_handler(path,
	    &library, error, size);

	if (handler == NULL) {
		return -EINVAL;
	}
	if (handler->frame == NULL) {
		snprintf(error, size,
		    "--reply-frame: the handler of \"%s\" has no frame", path);
		return -EINVAL;
	}
	dialogue->frame = handler->frame;
	return 0;
}

int
dialogue_init(struct dialogue *dialogue, const struct dialogue_plan *plan,
    char *error, size_t size)
{
	int result;

	*dialogue = (struct dialogue){ .reply_bytes = plan->reply_bytes };
	result = load_request(dialogue, plan->request, error, size);
	if (result == 0 && plan->reply_bytes == 0) {
		result = load_frame(dialogue, plan->handler, error, size);
	}
	if (result != 0) {
		dialogue_deinit(dialogue);
	}
	return result;
}

void
dialogue_deinit(struct dialogue *dialogue)
{
	free(dialogue->request);
	*dialogue = (struct dialogue){ 0 };
}
