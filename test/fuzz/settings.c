/* SPDX-License-Identifier: BSD-2-Clause */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

void
settings_claim_problem(const struct eln_problem *problem)
{
	size_t length = strnlen(problem->text, sizeof(problem->text));

	fuzz_claim(length > 0, "a refusal says why");
	fuzz_claim(length < sizeof(problem->text), "a problem ends");
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)problem->text[i];

		fuzz_claim(c >= ' ' && c != 0x7f,
		    "a problem has no control characters");
	}
}

int
settings_read(struct eln_config *config, const void *data, size_t size,
    struct eln_problem *problem)
{
	int fd = memfd_create("server.ini", MFD_CLOEXEC);
	char path[64];
	int error;

	fuzz_claim(fd >= 0 && write(fd, data, size) == (ssize_t)size,
	    "a file can be made");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	error = eln_config_read_file(config, path, problem);
	(void)close(fd);
	return error;
}

static void
claim_unchanged(void *context, const struct eln_key *key, const char *value)
{
	(void)context;
	(void)fprintf(stderr, "%s.%s is now %s\n", key->section, key->name,
	    value);
	fuzz_claim(false, "what is printed gives the same settings again");
}

void
settings_claim_print(const struct eln_config *config)
{
	struct eln_config *again;
	struct eln_problem problem = { "" };
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	int error;

	fuzz_claim(stream != NULL, "there is memory");
	eln_config_print(config, stream);
	(void)fclose(stream);
	fuzz_claim(eln_config_create(&again) == 0, "there is memory");
	error = settings_read(again, text, size, &problem);
	if (error == 0) {
		error = eln_config_finish(again, &problem);
	}
	if (error != 0) {
		(void)fprintf(stderr, "%s\n%s\n", text, problem.text);
	}
	fuzz_claim(error == 0, "what is printed can be read");
	eln_config_compare(config, again, claim_unchanged, NULL);
	eln_config_destroy(again);
	free(text);
}
