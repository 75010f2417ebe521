/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flags that say what is served and by whom it is asked, and those that
 * say what becomes of the results.
 */
#include "flags_apply.h"

#include "dialogue.h"
#include "expression.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The second of two would be what counts, and nobody be told. */
static const char *
keep(const char **kept, const char *value)
{
	bool is_second = *kept != NULL;

	*kept = value;
	if (*value == '\0') {
		return "is empty";
	}
	return is_second ? "is the second one; there is but one" : NULL;
}

const char *
flag_add_sweep(struct options *options, const char *value)
{
	struct sweep_plan plan;
	const char *wrong = sweep_parse(&plan, value);

	for (size_t i = 0; i < options->n_sweeps && wrong == NULL; i++) {
		if (options->sweeps[i].parameter == plan.parameter) {
			wrong = "sweeps what another --sweep does";
		}
	}
	if (wrong == NULL) {
		options->sweeps[options->n_sweeps++] = plan;
	}
	return wrong;
}

const char *
flag_set_handler(struct options *options, const char *value)
{
	return keep(&options->handler, value);
}

const char *
flag_set_request(struct options *options, const char *value)
{
	return keep(&options->request, value);
}

const char *
flag_set_reply_bytes(struct options *options, const char *value)
{
	char *end;
	unsigned long bytes = 0;

	errno = 0;
	if (*value >= '0' && *value <= '9') {
		bytes = strtoul(value, &end, 10);
		bytes = errno == 0 && *end == '\0' ? bytes : 0;
	}
	if (bytes == 0 || bytes > DIALOGUE_MAX) {
		return "is not a number from 1 to 16777216";
	}
	options->reply_bytes = bytes;
	return NULL;
}

const char *
flag_set_reply_frame(struct options *options, const char *value)
{
	(void)value;
	options->has_reply_frame = true;
	return NULL;
}

const char *
flag_set_driver(struct options *options, const char *value)
{
	return driver_find(value, &options->driver)
	    ? NULL
	    : "is not builtin, redis-benchmark or wrk";
}

const char *
flag_set_from(struct options *options, const char *value)
{
	return keep(&options->from, value);
}

const char *
flag_set_fail_if(struct options *options, const char *value)
{
	static char wrong[EXPRESSION_ERROR];

	options->fail_if = value;
	return expression_check(value, wrong, sizeof(wrong)) == 0 ? NULL
								  : wrong;
}

const char *
flag_set_json(struct options *options, const char *value)
{
	return keep(&options->json, value);
}

const char *
flag_set_markdown(struct options *options, const char *value)
{
	return keep(&options->markdown, value);
}

const char *
flag_set_html(struct options *options, const char *value)
{
	return keep(&options->html, value);
}

const char *
flag_set_no_html(struct options *options, const char *value)
{
	(void)value;
	options->no_html = true;
	return NULL;
}

const char *
flag_set_quick(struct options *options, const char *value)
{
	(void)value;
	options->is_quick = true;
	return NULL;
}

const char *
flag_set_full(struct options *options, const char *value)
{
	(void)value;
	options->is_full = true;
	return NULL;
}

const char *
flag_set_help(struct options *options, const char *value)
{
	(void)value;
	options->wants_help = true;
	return NULL;
}
