/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/main_trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compiler.h"
#include "core/config_problem.h"
#include "core/trace_story.h"

/* By the end of the name. */
static const struct {
	const char *suffix;
	enum echelon_trace_format format;
} formats[] = {
	{ ".txt", ECHELON_TRACE_TEXT },
	{ ".svg", ECHELON_TRACE_SVG },
	{ ".json", ECHELON_TRACE_JSON },
};

static bool
ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text);
	size_t n = strlen(suffix);

	return length > n && strcmp(text + length - n, suffix) == 0;
}

static int
find_format(struct eln_main_trace *trace, const char *path,
    struct eln_problem *problem)
{
	for (size_t i = 0; i < ELN_COUNT(formats); i++) {
		if (ends_with(path, formats[i].suffix)) {
			trace->format = formats[i].format;
			return 0;
		}
	}
	return eln_problem_set(problem,
	    "trace.file: \"%.200s\" has no known end; valid: .txt (to read), "
	    ".svg (a picture), .json (for ui.perfetto.dev)",
	    path);
}

static int
find_view(struct eln_main_trace *trace, const struct eln_config *config,
    struct eln_problem *problem)
{
	const char *name = eln_config_text(config, ELN_TRACE_CONNECTION);

	trace->view.size = sizeof(trace->view);
	trace->view.from_ns = eln_config_get(config, ELN_TRACE_FROM);
	trace->view.until_ns = eln_config_get(config, ELN_TRACE_UNTIL);
	trace->view.title = trace->title;
	if (strcmp(name, "all") == 0) {
		return 0;
	}
	trace->view.conn = eln_conn_named(name);
	if (trace->view.conn == 0) {
		return eln_problem_set(problem,
		    "trace.connection: \"%.64s\" is no connection; valid: all, "
		    "or c0, c1, c1.2, ... as in the trace",
		    name);
	}
	return 0;
}

int
eln_main_trace_open(struct eln_main_trace *trace, const char *program,
    const struct eln_config *config, struct eln_problem *problem)
{
	const char *path = eln_config_text(config, ELN_TRACE_FILE);
	int error;

	*trace = (struct eln_main_trace){ .stream = NULL };
	if (strcmp(path, "none") == 0) {
		return 0;
	}
	error = find_format(trace, path, problem);
	if (error == 0) {
		error = find_view(trace, config, problem);
	}
	if (error != 0) {
		return error;
	}
	(void)snprintf(trace->title, sizeof(trace->title), "%.40s, %.80s",
	    program, eln_config_text(config, ELN_ENGINE_PATTERN));
	trace->events = eln_config_get(config, ELN_TRACE_EVENTS);
	trace->stream = fopen(path, "ae");
	if (trace->stream == NULL) {
		error = -errno;
		(void)eln_problem_set(problem, "trace.file: %.200s: %s", path,
		    strerror(-error));
	}
	return error;
}

int
eln_main_trace_start(const struct eln_main_trace *trace, echelon_engine *engine)
{
	return trace->stream == NULL
	    ? 0
	    : echelon_trace_start(engine, trace->events);
}

static int
put(void *context, const char *text, size_t length)
{
	return fwrite(text, 1, length, context) == length ? 0 : -errno;
}

/** All events there are, to be freed. NULL: no memory. */
static struct echelon_trace_event *
read_events(echelon_engine *engine, size_t *n)
{
	size_t room = echelon_trace_read(engine, NULL, 0);
	struct echelon_trace_event *events = calloc(room + 1, sizeof(*events));

	if (events != NULL && room > 0) {
		room = echelon_trace_read(engine, events, room);
	}
	*n = room;
	return events;
}

int
eln_main_trace_write(const struct eln_main_trace *trace, echelon_engine *engine)
{
	struct echelon_trace_event *events;
	size_t n;
	int error;

	if (trace->stream == NULL) {
		return 0;
	}
	echelon_trace_stop(engine);
	events = read_events(engine, &n);
	if (events == NULL) {
		return -ENOMEM;
	}
	/* What was there before; a pipe has nothing to forget. */
	if (ftruncate(fileno(trace->stream), 0) != 0 && errno != EINVAL) {
		error = -errno;
	} else {
		error = echelon_trace_write(events, n, trace->format,
		    &trace->view, put, trace->stream);
	}
	free(events);
	if (error == 0 && fflush(trace->stream) != 0) {
		error = -errno;
	}
	return error;
}

void
eln_main_trace_close(struct eln_main_trace *trace)
{
	if (trace->stream != NULL) {
		(void)fclose(trace->stream);
		trace->stream = NULL;
	}
}
