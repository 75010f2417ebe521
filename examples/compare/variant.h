/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_VARIANT_H
#define ECHELON_COMPARE_VARIANT_H

/*
 * A variant is a pattern with settings. Which are worth comparing is a list;
 * which of them there are, the linked library says.
 */

#include "results.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	VARIANTS_MAX = 24,
	VARIANT_MAX = 96,
	VARIANT_ERROR = 320
};

struct variant {
	/* As --patterns takes it and reports show it:
	 * "lf:promote=always+rearm=oneshot". */
	char id[VARIANT_MAX];
	const char *role;
	const char *about;
};

/* When a variant of the list is measured without being asked for. */
enum variant_when {
	VARIANT_BY_DEFAULT,
	VARIANT_IN_FULL
};

struct variant_info {
	const char *id;
	const char *role;
	const char *about;
	enum variant_when when;
};

enum {
	VARIANT_INFOS = 11
};

extern const struct variant_info variant_infos[VARIANT_INFOS];

/* A variant of this id, with what the list says about it. */
struct variant variant_make(const char *id);

/* As an engine takes it: "lf:promote=always,rearm=oneshot". */
void variant_pattern(char *pattern, size_t size, const char *id);

/* Does the linked library know it, and take these settings (NULL: none), a
 * NULL last? If not, `why` (VARIANT_ERROR bytes) says what it complains
 * about. */
bool variant_exists(const char *id, const char *const *settings, char *why);

/*
 * Fills in the full name and all settings of a variant, as echelon_main with
 * the same ones prints them. 0 or -errno.
 */
int variant_describe(const struct variant *variant, const char *const *settings,
    size_t n_settings, struct results_variant *described);

#endif
