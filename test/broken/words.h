/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_BROKEN_WORDS_H
#define TEST_BROKEN_WORDS_H

/** The body of a run: `classic` points to a `const struct classic *`. */
void words_run(void *classic);

#endif
