/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_QUOTE_H
#define ECHELON_COMPARE_QUOTE_H

/*
 * An argument as a shell takes it, to be freed: as it is where that does;
 * between '...' where it has blanks and the like; as $'...' where bytes are
 * not printable or not UTF-8. Ends the program where memory does.
 */
char *quote(const char *argument);

#endif
