/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_VERSION_H
#define ECHELON_VERSION_H

#include "export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. While MAJOR is 0, a new MINOR may break. */
#define ECHELON_VERSION_MAJOR 0
#define ECHELON_VERSION_MINOR 1
#define ECHELON_VERSION_PATCH 0

/**
 * Returns the version of the library that is linked, as "0.1.0".
 *
 * @par Threads  any
 * @since 0.1
 */
ECHELON_API const char *echelon_version(void);

#ifdef __cplusplus
}
#endif

#endif
