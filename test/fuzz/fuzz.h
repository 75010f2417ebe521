/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

/*
 * One target per program: fuzz_one() takes any bytes, does with them what the
 * library would, and claims what must be true of it. Every target is built
 * twice: with libFuzzer, which looks for bytes that break a claim or a
 * sanitizer (preset fuzz), and with a main of our own that replays files and
 * folders (every preset), so that what was found once stays found.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Tries the target with these bytes. Leaves nothing behind. */
void fuzz_one(const uint8_t *data, size_t size);

/** Ends the program, naming the claim, if it does not hold. */
void fuzz_claim(bool holds, const char *sentence);

#endif
