/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_RENDER_H
#define ELN_TRACE_RENDER_H

/*
 * The formats of echelon_trace_write: from a story to text, nothing else.
 */

#include "core/trace_out.h"
#include "core/trace_story.h"

/** 0 or -ENOMEM; the sink's failure is in `out`. */
int eln_render_text(const struct eln_story *story, struct eln_out *out);
int eln_render_svg(const struct eln_story *story, struct eln_out *out);
int eln_render_json(const struct eln_story *story, struct eln_out *out);

#endif
