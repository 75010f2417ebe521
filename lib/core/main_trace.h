/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_MAIN_TRACE_H
#define ELN_MAIN_TRACE_H

/*
 * The trace of echelon_main: `--trace FILE` and the section [trace]. The file
 * is opened before the server starts, so that it is known to be writable, and
 * written when the server has ended. What was in it stays until then.
 */

#include <echelon/trace.h>
#include <stdio.h>

#include "core/config.h"

struct eln_main_trace {
	FILE *stream; /* NULL: no trace is wanted */
	enum echelon_trace_format format;
	struct echelon_trace_view view;
	char title[128]; /* the view's */
	size_t events;
};

/**
 * Opens the file of these settings, if they name one.
 *
 * @return 0, -EINVAL and the problem: the name says no format, or there is
 *         no such connection; or -errno of opening it, and the problem
 */
int eln_main_trace_open(struct eln_main_trace *trace, const char *program,
    const struct eln_config *config, struct eln_problem *problem);

/** Begins to record. 0 or -ENOMEM. */
int eln_main_trace_start(const struct eln_main_trace *trace,
    echelon_engine *engine);

/** Ends the recording, and writes the file. 0, -ENOMEM, or -errno of writing
 *  it. */
int eln_main_trace_write(const struct eln_main_trace *trace,
    echelon_engine *engine);

/** Closes the file. */
void eln_main_trace_close(struct eln_main_trace *trace);

#endif
