/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAULT_INTERNAL_H
#define TEST_FAULT_INTERNAL_H

/*
 * What the parts of the faulty system share.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fault/kinds.h"

/** Whether this call is the one that fails. */
bool strikes(enum call call, long which);

/** The kind that does. */
const struct kind *striking(void);

/* The books about descriptors (descriptors.c). All but the last two are told
 * what the engine does; `used` says so if it is not the engine's. */
void descriptors_forget(void);
void descriptor_opened(int fd);
void descriptor_closing(int fd);
void descriptor_used(int fd, const char *by);
void descriptor_watched(int fd, int set, uint32_t events, uint64_t data);

/** Has epoll report the descriptor once more, as if something came now. */
void descriptor_edge(int fd);

#endif
