/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_MAIN_H
#define ECHELON_MAIN_H

/**
 * @file
 * A whole server in one call.
 */

#include "export.h"
#include "handler.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Runs a server with this handler until SIGTERM or SIGINT, then drains.
 *
 * Reads settings from the command line, then from ECHELON_SECTION_KEY in the
 * environment, then from --config FILE; `--help` lists them all. Listens on
 * --listen (127.0.0.1:7000 unless told otherwise) and prints
 * "listening on HOST:PORT" as its first line on standard output; reports go
 * to standard error. SIGHUP does echelon_engine_reload; --trace FILE records
 * what the threads do, and writes it after the drain. It takes these three
 * signals by sigwait and leaves every disposition alone.
 *
 * @param context  for echelon_conn_context
 *
 * @return the exit status: 0 drained, or --help and the like; 1 it could not
 *         start, a handler did not return by the drain deadline (it is
 *         named), the trace could not be written, or SIGINT came while
 *         draining; 2 bad arguments or settings
 *
 * @par Threads  the main one, before others exist: it blocks the three
 *               signals for every thread made afterwards
 * @par Blocks   until the server has drained
 * @since 0.1
 */
ECHELON_API int echelon_main(int argc, char **argv,
    const struct echelon_handler *handler, void *context);

#ifdef __cplusplus
}
#endif

#endif
