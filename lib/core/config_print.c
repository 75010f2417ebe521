/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings as text for people: an INI file with origins, the differences of
 * two, and the list of all keys.
 */
#include <stdio.h>
#include <string.h>

#include "core/config_keys.h"
#include "core/config_setting.h"
#include "core/config_value.h"

enum {
	ORIGIN_COLUMN = 40,
	LINE_MAX_LENGTH = 199, /* inih's; what is longer would not read back */
	HELP_COLUMN = 44
};

void
eln_setting_format(const struct eln_config *config, size_t index, char *buffer,
    size_t size)
{
	const struct eln_key *key = eln_keys_get(index);
	const char *text = NULL;

	if (key->type == ELN_KEY_TEXT) {
		text = eln_setting_text(config, index);
	}
	eln_value_format(key, config->settings[index].number, text, buffer,
	    size);
}

static const char *
origin_of(const struct eln_setting *setting)
{
	const char *where = setting->where[setting->source];

	return where != NULL ? where : "default";
}

static void
print_setting(const struct eln_config *config, size_t index, FILE *stream)
{
	char value[ELN_VALUE_SIZE];
	const char *origin = origin_of(&config->settings[index]);
	int length;
	int room;

	eln_setting_format(config, index, value, sizeof(value));
	length = fprintf(stream, "%s = %s", eln_keys_get(index)->name, value);
	if (length < ORIGIN_COLUMN - 1) {
		length += fprintf(stream, "%*s", ORIGIN_COLUMN - 1 - length,
		    "");
	}
	room = LINE_MAX_LENGTH - length - (int)strlen(" ; ");
	if (room > 0) {
		fprintf(stream, " ; %.*s", room, origin);
	}
	fputc('\n', stream);
}

/* Prints the heading where a section begins. */
static void
print_section(size_t index, FILE *stream)
{
	const char *section = eln_keys_get(index)->section;

	if (index == 0) {
		fprintf(stream, "[%s]\n", section);
	} else if (strcmp(eln_keys_get(index - 1)->section, section) != 0) {
		fprintf(stream, "\n[%s]\n", section);
	}
}

void
eln_config_print(const struct eln_config *config, FILE *stream)
{
	for (size_t i = 0; i < config->n_settings; i++) {
		print_section(i, stream);
		print_setting(config, i, stream);
	}
}

void
eln_config_compare(const struct eln_config *old, const struct eln_config *new,
    void (*changed)(void *context, const struct eln_key *key,
	const char *value),
    void *context)
{
	char before[ELN_VALUE_SIZE];
	char after[ELN_VALUE_SIZE];

	for (size_t i = 0; i < new->n_settings; i++) {
		eln_setting_format(old, i, before, sizeof(before));
		eln_setting_format(new, i, after, sizeof(after));
		if (strcmp(before, after) != 0) {
			changed(context, eln_keys_get(i), after);
		}
	}
}

static void
print_key(const struct eln_key *key, FILE *stream)
{
	char value[ELN_VALUE_SIZE];
	char valid[ELN_VALUE_SIZE];
	int length;

	eln_value_format(key, key->value, eln_keys_default_text(key), value,
	    sizeof(value));
	eln_value_describe(key, valid, sizeof(valid));
	length = fprintf(stream, "  %s = %s", key->name, value);
	if (length > HELP_COLUMN - 2) {
		fputc('\n', stream);
		length = 0;
	}
	fprintf(stream, "%*s%s%s\n      %s\n", HELP_COLUMN - length, "", valid,
	    key->live ? "; live" : "", key->help);
}

void
eln_config_print_help(FILE *stream)
{
	for (size_t i = 0; i < eln_keys_count(); i++) {
		print_section(i, stream);
		print_key(eln_keys_get(i), stream);
	}
}
