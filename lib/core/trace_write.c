/* SPDX-License-Identifier: BSD-2-Clause */
#include <echelon/trace.h>
#include <errno.h>

#include "core/trace_render.h"

typedef int render_fn(const struct eln_story *story, struct eln_out *out);

static render_fn *
find_renderer(enum echelon_trace_format format)
{
	switch (format) {
	case ECHELON_TRACE_TEXT:
		return eln_render_text;
	case ECHELON_TRACE_SVG:
		return eln_render_svg;
	case ECHELON_TRACE_JSON:
		return eln_render_json;
	}
	return NULL;
}

int
echelon_trace_write(const struct echelon_trace_event *events, size_t n,
    enum echelon_trace_format format, const struct echelon_trace_view *view,
    echelon_trace_sink *sink, void *context)
{
	static const struct echelon_trace_view all = ECHELON_TRACE_VIEW_INIT;
	render_fn *render = find_renderer(format);
	struct eln_story story;
	struct eln_out out;
	int error;

	if (render == NULL || (view != NULL && view->size != sizeof(*view))) {
		return -EINVAL;
	}
	error = eln_story_create(&story, events, n, view != NULL ? view : &all);
	if (error != 0) {
		return error;
	}
	eln_out_begin(&out, sink, context);
	error = render(&story, &out);
	eln_story_destroy(&story);
	return error != 0 ? error : eln_out_end(&out);
}
