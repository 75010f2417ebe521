/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/watch.h"

#include "base/ghost.h"
#include "core/engine.h"

static bool
is_watched_by_pattern(const struct eln_handle *handle)
{
	return handle->set->engine->pattern->watch != NULL &&
	    (handle->slot & ELN_LISTENER_SLOT) == 0;
}

int
eln_watch(struct eln_handle *handle)
{
	struct eln_set *set = handle->set;
	struct echelon_engine *engine = set->engine;

	if (is_watched_by_pattern(handle)) {
		return engine->pattern->prepare(engine->core, handle);
	}
	return set->demultiplexer->add(set->handles, handle->fd,
	    eln_handle_id(handle));
}

void
eln_unwatch(struct eln_handle *handle)
{
	struct eln_set *set = handle->set;

	ELN_GHOST_USE(handle->fd, handle);
	if (!is_watched_by_pattern(handle)) {
		set->demultiplexer->remove(set->handles, handle->fd);
	}
}

int
eln_watch_output(struct eln_handle *handle, bool output)
{
	struct eln_set *set = handle->set;

	ELN_GHOST_USE(handle->fd, handle);
	if (is_watched_by_pattern(handle)) {
		return 0;
	}
	return set->demultiplexer->watch_output(set->handles, handle->fd,
	    eln_handle_id(handle), output);
}

int
eln_watch_again(struct eln_handle *handle, unsigned interest)
{
	struct eln_set *set = handle->set;
	struct echelon_engine *engine = set->engine;

	ELN_GHOST_USE(handle->fd, handle);
	if (is_watched_by_pattern(handle)) {
		engine->pattern->watch(engine->core, handle, interest);
		return 0;
	}
	if (set->demultiplexer->rearm == NULL) {
		return 0;
	}
	return set->demultiplexer->rearm(set->handles, handle->fd,
	    eln_handle_id(handle), interest);
}
