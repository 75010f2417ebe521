/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "core/config.h"

/** Whether all bytes behind what we know of the options are zero. */
static bool
tail_is_zero(const struct echelon_options *options)
{
	const char *bytes = (const char *)options;

	for (size_t i = sizeof(*options); i < options->size; i++) {
		if (bytes[i] != 0) {
			return false;
		}
	}
	return true;
}

static int
copy_text(const char **copy, const char *text)
{
	if (text == NULL) {
		return 0;
	}
	*copy = strdup(text);
	return *copy == NULL ? -ENOMEM : 0;
}

static int
copy_texts(const char *const **copy, const char *const *texts)
{
	const char **copies;
	size_t n = 0;

	if (texts == NULL) {
		return 0;
	}
	while (texts[n] != NULL) {
		n++;
	}
	copies = calloc(n + 1, sizeof(*copies));
	if (copies == NULL) {
		return -ENOMEM;
	}
	*copy = copies;
	for (size_t i = 0; i < n; i++) {
		if (copy_text(&copies[i], texts[i]) != 0) {
			return -ENOMEM;
		}
	}
	return 0;
}

static int
copy_strings(struct echelon_options *copy,
    const struct echelon_options *options)
{
	int error = copy_text(&copy->pattern, options->pattern);

	if (error == 0) {
		error = copy_text(&copy->config_file, options->config_file);
	}
	if (error == 0) {
		error = copy_texts(&copy->settings, options->settings);
	}
	return error;
}

int
eln_options_copy(struct echelon_options *copy,
    const struct echelon_options *options)
{
	struct echelon_options known = ECHELON_OPTIONS_INIT;
	size_t size = sizeof(known);
	int error;

	if (options != NULL) {
		if (options->size < sizeof(options->size)) {
			return -EINVAL;
		}
		if (!tail_is_zero(options)) {
			return -E2BIG;
		}
		size = options->size < size ? options->size : size;
		memcpy(&known, options, size);
	}
	if ((known.allocator.allocate == NULL) !=
	    (known.allocator.release == NULL)) {
		return -EINVAL;
	}
	*copy = known;
	copy->size = sizeof(*copy);
	copy->pattern = NULL;
	copy->config_file = NULL;
	copy->settings = NULL;
	copy->allocator = eln_memory_of(known.allocator);
	error = copy_strings(copy, &known);
	if (error != 0) {
		eln_options_deinit(copy);
	}
	return error;
}

static void
free_text(const char **text)
{
	void *memory;

	memcpy(&memory, text, sizeof(memory));
	free(memory);
	*text = NULL;
}

void
eln_options_deinit(struct echelon_options *copy)
{
	const char **settings;

	free_text(&copy->pattern);
	free_text(&copy->config_file);
	memcpy(&settings, &copy->settings, sizeof(settings));
	for (size_t i = 0; settings != NULL && settings[i] != NULL; i++) {
		free_text(&settings[i]);
	}
	free(settings);
	copy->settings = NULL;
}

static int
read_into(const struct echelon_options *options, struct eln_config *config,
    struct eln_problem *problem)
{
	int error = 0;

	if (options->config_file != NULL) {
		error = eln_config_read_file(config, options->config_file,
		    problem);
	}
	/* As strong as the environment, which an engine does not read: the
	 * option `pattern` is stronger than a setting. */
	for (size_t i = 0; error == 0 && options->settings != NULL &&
	     options->settings[i] != NULL;
	     i++) {
		error = eln_config_set_assignment(config, ELN_FROM_ENVIRONMENT,
		    "options.settings", options->settings[i], problem);
	}
	if (error == 0 && options->pattern != NULL) {
		error = eln_config_set(config, ELN_FROM_ARGUMENT,
		    "options.pattern", "engine", "pattern", options->pattern,
		    problem);
	}
	return error == 0 ? eln_config_finish(config, problem) : error;
}

int
eln_options_read(const struct echelon_options *options,
    struct eln_config **result, struct eln_problem *problem)
{
	struct eln_config *config;
	int error = eln_config_create(&config);

	if (error != 0) {
		return error;
	}
	error = read_into(options, config, problem);
	if (error != 0) {
		eln_config_destroy(config);
		return error;
	}
	*result = config;
	return 0;
}
