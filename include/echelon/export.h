/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_EXPORT_H
#define ECHELON_EXPORT_H

/**
 * @file
 * Marks what libechelon exports; everything else in it is hidden.
 */

#if defined(__GNUC__)
#define ECHELON_API __attribute__((visibility("default")))
#else
#define ECHELON_API
#endif

#endif
