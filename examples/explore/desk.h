/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DESK_H
#define DESK_H

#include <echelon/echelon.h>

/* Starts the clerk; before the engine. */
void desk_open(void);

/* Ends the clerk; when the engine has stopped, before it is destroyed. */
void desk_close(void);

extern const struct echelon_handler desk_handler;

#endif
