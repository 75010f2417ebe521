/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_TRACE_OUT_H
#define ELN_TRACE_OUT_H

/*
 * Text on its way to a sink, in pieces of a few KiB. The first failure stays,
 * and nothing is given to the sink after it.
 */

#include <echelon/trace.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct eln_out {
	echelon_trace_sink *sink;
	void *context;
	int error;
	size_t used;
	char buffer[8192];
};

void eln_out_begin(struct eln_out *out, echelon_trace_sink *sink,
    void *context);

/** At most 1 KiB a call; what is longer is cut. */
void eln_out_print(struct eln_out *out, const char *format, ...)
    ELN_PRINTF(2, 3);

/** `text` inside XML or a JSON string: what would end it is escaped, control
 *  characters become spaces. */
void eln_out_xml(struct eln_out *out, const char *text);
void eln_out_json(struct eln_out *out, const char *text);

/** Gives the rest to the sink. 0, or the failure. */
int eln_out_end(struct eln_out *out);

#endif
