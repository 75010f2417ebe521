/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_ECHELON_H
#define ECHELON_ECHELON_H

/**
 * @file
 * All of echelon's public headers, in reading order:
 *
 *   handler.h     the one interface you implement, and what it can rely on
 *   connection.h  what a handler can do with its connection
 *   engine.h      an engine inside a program of your own
 *   stats.h       what an engine counted
 *   trace.h       what its threads did, and when
 *   main.h        a whole server in one call
 */

#include "version.h"

#include "handler.h"

#include "connection.h"

#include "engine.h"

#include "stats.h"

#include "trace.h"

#include "main.h"

#endif
