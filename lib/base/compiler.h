/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ELN_COMPILER_H
#define ELN_COMPILER_H

#include <stddef.h>

/* Data of different threads stands this far apart: two lines of 64 bytes, as
 * x86 fetches them in pairs. */
#define ELN_CACHELINE 128
#define ELN_APART _Alignas(ELN_CACHELINE)

/** The object that `pointer`, its member `member`, is part of. */
#define ELN_CONTAINER(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define ELN_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ELN_PRINTF(text, first) __attribute__((format(printf, text, first)))

#endif
