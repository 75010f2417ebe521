/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any words as a command line (a NUL or newline ends a word): they are
 * refused with a sentence, or give settings that can be printed and read
 * again, and the same ones each time.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/main_arguments.h"
#include "fuzz.h"
#include "settings.h"

enum {
	MOST_WORDS = 32
};

struct words {
	char *text;
	char *argv[MOST_WORDS + 2];
	int argc;
};

static void
split(struct words *words, const uint8_t *data, size_t size)
{
	static char program[] = "server";
	char *end;

	words->text = malloc(size + 1);
	fuzz_claim(words->text != NULL, "there is memory");
	memcpy(words->text, data, size);
	words->text[size] = '\0';
	words->argv[0] = program;
	words->argc = 1;
	end = words->text + size;
	for (char *at = words->text; at < end && words->argc <= MOST_WORDS;) {
		char *word = at;

		while (at < end && *at != '\n' && *at != '\0') {
			at++;
		}
		*at++ = '\0';
		words->argv[words->argc++] = word;
	}
	words->argv[words->argc] = NULL;
}

static void
claim_same(void *context, const struct eln_key *key, const char *value)
{
	(void)context;
	(void)key;
	(void)value;
	fuzz_claim(false, "the same words give the same settings");
}

static void
claim_settings(const struct eln_arguments *arguments)
{
	struct eln_config *config;
	struct eln_config *again;
	struct eln_problem problem = { "" };
	int error = eln_arguments_build(arguments, &config, &problem);

	if (error != 0) {
		fuzz_claim(error == -EINVAL, "words are only ever invalid");
		settings_claim_problem(&problem);
		return;
	}
	settings_claim_print(config);
	fuzz_claim(eln_arguments_build(arguments, &again, &problem) == 0,
	    "what was right is right again");
	eln_config_compare(config, again, claim_same, NULL);
	eln_config_destroy(again);
	eln_config_destroy(config);
}

void
fuzz_one(const uint8_t *data, size_t size)
{
	struct eln_arguments arguments;
	struct eln_problem problem = { "" };
	struct words words;
	int error;

	(void)clearenv();
	split(&words, data, size);
	error = eln_arguments_read(&arguments, words.argc, words.argv,
	    &problem);
	if (error != 0) {
		fuzz_claim(error == -EINVAL, "words are only ever invalid");
		settings_claim_problem(&problem);
	} else if (arguments.config_file == NULL) {
		/* A file of that name might be anything, even one that
		 * never ends. */
		claim_settings(&arguments);
	}
	free(words.text);
}
