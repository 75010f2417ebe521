/* SPDX-License-Identifier: BSD-2-Clause */
#include <echelon/echelon.h>

#include <string>

/*
 * A user's program in C++: the headers give the names C linkage, and the
 * library that is linked is the one that they describe.
 */

int
main()
{
	const std::string headers = std::to_string(ECHELON_VERSION_MAJOR) +
	    "." + std::to_string(ECHELON_VERSION_MINOR) + "." +
	    std::to_string(ECHELON_VERSION_PATCH);
	struct echelon_options options = {};
	echelon_engine *engine = nullptr;

	options.size = sizeof(options);
	if (echelon_engine_create(&options, &engine) != 0) {
		return 1;
	}
	echelon_engine_destroy(engine);
	return headers == echelon_version() ? 0 : 1;
}
