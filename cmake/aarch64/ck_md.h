/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CK_MD_H
#define CK_MD_H

/*
 * What Concurrency Kit must know of 64-bit ARM: its memory is weakly ordered,
 * so its fences are there.
 */

#define CK_MD_CACHELINE (64)
#define CK_MD_PAGESIZE (4096)
#define CK_MD_RMO
#define CK_USE_CC_BUILTINS 0

#endif
