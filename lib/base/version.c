/* SPDX-License-Identifier: BSD-2-Clause */
#include <echelon/version.h>

#define TEXT(x) #x
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *
echelon_version(void)
{
	return VERSION(ECHELON_VERSION_MAJOR, ECHELON_VERSION_MINOR,
	    ECHELON_VERSION_PATCH);
}
