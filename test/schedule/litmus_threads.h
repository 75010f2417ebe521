/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_LITMUS_THREADS_H
#define TEST_SCHEDULE_LITMUS_THREADS_H

/*
 * The threads of the litmus tests, and the words that they share.
 */

#include <stdint.h>

#include "sync/atomic.h"

extern struct eln_atomic32 x;
extern struct eln_atomic32 y;
extern struct eln_atomic32 w;
extern uint64_t z;
extern uint32_t seen[2]; /* by the litmus's own meaning */

void *store_x_load_y(void *arg);
void *store_y_load_x(void *arg);
void *store_x_load_y_sc(void *arg);
void *store_x_fence_load_y(void *arg);
void *store_y_fence_load_x(void *arg);
void *exchange_x_load_y(void *arg);
void *exchange_y_load_x(void *arg);
void *exchange_x_load_y_sc(void *arg);
void *exchange_y_load_x_sc(void *arg);
void *exchange_x_load_y_acquire(void *arg);
void *exchange_y_load_x_acquire(void *arg);
void *store_x_exchange_w_load_y_sc(void *arg);
void *store_x_store_y(void *arg);
void *store_x_release_y(void *arg);
void *store_x_fence_store_y(void *arg);
void *store_x_fence_ck_cas_y(void *arg);
void *store_x_exchange_y(void *arg);
void *store_x_ck_cas_y(void *arg);
void *load_y_load_x(void *arg);
void *acquire_y_load_x(void *arg);
void *load_y_acquire_x(void *arg);
void *load_y_load_x_sc(void *arg);
void *load_y_sc_load_x_sc(void *arg);
void *load_y_fence_load_x(void *arg);
void *count_x(void *arg);
void *load_x_twice(void *arg);
void *load_x_store_y(void *arg);
void *load_y_store_x(void *arg);
void *copy_z_ck_cas_y(void *arg);
void *copy_z_fence_ck_cas_y(void *arg);
void *acquire_y_store_z(void *arg);
void *exchange_y_exchange_x(void *arg);
void *store_x_fail_ck_cas_y(void *arg);
void *store_x_call_load_y(void *arg);
void *store_x_tell_kernel(void *arg);
void *ask_kernel_load_x(void *arg);

#endif
