/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMING_FROM_SERVICE_H
#define COMING_FROM_SERVICE_H

/*
 * What the server does, the same in all four programs of this folder: a
 * request is a line, its answer is the line in capitals. It stands for work
 * that may block, as a query does: `wait 200` takes 200 ms to answer.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	SERVICE_LINE = 1000 /* bytes at most, with the newline */
};

/* Makes a line, its newline included, its answer. May block. Any thread. */
void service_answer(char *line, size_t length);

#ifdef __cplusplus
}
#endif

#endif
