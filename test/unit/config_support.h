/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_UNIT_CONFIG_SUPPORT_H
#define TEST_UNIT_CONFIG_SUPPORT_H

/*
 * One config per test, made by set_up, and ways to fill it. The patterns are
 * two of the tests' own, so that nothing changes here when a real one gets
 * another key: alpha-beta (ab) with the keys colour, queue and pause, and
 * gamma (gm), of a single thread, without any.
 */

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "core/config.h"
#include "core/pattern.h"

#define MS UINT64_C(1000000)

extern struct eln_config *config;
extern struct eln_problem problem;

/** For tcase_add_checked_fixture. */
void set_up(void);
void tear_down(void);

/** Sets "section.key=value" as an argument, "--set". */
int set(const char *assignment);

int finish(void);

/** Reads a file of these bytes, which messages call FILE. */
int read_bytes(const char *bytes, size_t length);
int read_text(const char *text);

/** Reads an environment of these two variables. */
int read_environment(const char *first, const char *second);

/** What eln_config_print prints; to be freed. */
char *print(const struct eln_config *settings);

/** The problem contains this text. */
void assert_problem(const char *text);

/** Adds a case of its own to the suite, with the fixture; run `n` times. */
void add_test(Suite *suite, const char *name, const TTest *test, int n);

/** Runs a suite; main's result. */
int run_suite(Suite *suite);

#endif
