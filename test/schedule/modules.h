/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_MODULES_H
#define TEST_SCHEDULE_MODULES_H

/*
 * The bodies of the scenarios of single modules; modules.c lists them.
 */

void module_lock(void *arg);
void module_condition(void *arg);
void module_queue(void *arg); /* modules_queue.c */
void module_queue_endless(void *arg);
void module_ring(void *arg); /* modules_ring.c */
void module_ring_round(void *arg);
void module_run_word(void *arg); /* modules_run_word.c */
void module_run_word_reuse(void *arg);
void module_lead(void *arg);     /* modules_lead.c */
void module_trail(void *arg);    /* modules_trail.c */
void module_deadline(void *arg); /* modules_deadline.c */

#endif
