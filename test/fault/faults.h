/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_FAULT_FAULTS_H
#define TEST_FAULT_FAULTS_H

/*
 * The faulty system: eln_sys, an allocator and libc's malloc, in which the
 * nth call of a kind fails, or a few from there on; everything else is done as asked, but
 * time goes faster: a deadline of 100 ms passes in FASTER times less.
 *
 * It also keeps books: which descriptors are the engine's, and how much
 * memory. A call on a descriptor that is not the engine's is a problem.
 */

#include <echelon/engine.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault/kinds.h"

enum {
	FASTER = 10
};

/** Points eln_sys to the faulty system. Once. */
void faults_install(void);

/** From now on `times` calls of the kind fail, from the nth on, and the books
 *  are empty. */
void faults_begin(const struct kind *kind, unsigned nth, unsigned times);

/** How many have failed. */
unsigned faults_met(void);

/** No fault from now on, met or not. */
void faults_end(void);

/** The allocator that fails and counts. */
struct echelon_allocator faults_allocator(void);

/** For on_thread_start: 0, or the error it shall return. */
int faults_thread_start(void);

/** The engine is given a descriptor, or gives one back. */
void faults_lend(int fd);
void faults_take_back(int fd);

/** What is left when no engine is: descriptors and blocks of memory. */
unsigned faults_open_descriptors(void);
long faults_live_blocks(void);

/** Counts and says a problem. Any thread. */
void problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** How many problems there were since faults_begin. */
unsigned problems(void);

#endif
