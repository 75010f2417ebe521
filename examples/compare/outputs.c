/* SPDX-License-Identifier: BSD-2-Clause */
#include "outputs.h"

#include "markdown.h"
#include "report_html.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define OFFERED_HTML "report.html"

static int
fail(const struct output *output, const char *what, char *error)
{
	int failure = errno;

	snprintf(error, OUTPUT_ERROR, "%s: \"%.200s\" cannot be %s: %s",
	    output->flag, output->path, what, strerror(failure));
	return -failure;
}

static int
open_output(struct output *output, char *error)
{
	if (output->path == NULL) {
		return 0;
	}
	output->is_new = access(output->path, F_OK) != 0;
	output->stream = strcmp(output->path, "-") == 0
	    ? stdout
	    : fopen(output->path, "ae");
	if (output->stream == NULL && output->is_offered) {
		output->path = NULL;
	} else if (output->stream == NULL) {
		return fail(output, "opened", error);
	}
	return 0;
}

static void
plan(struct outputs *outputs, const struct options *options)
{
	bool offers = options->html == NULL && !options->no_html &&
	    options->from == NULL;

	outputs->files[0] = (struct output){ .flag = "--json",
		.path = options->json,
		.write = results_write_json };
	outputs->files[1] = (struct output){ .flag = "--markdown",
		.path = options->markdown,
		.write = report_markdown };
	outputs->files[2] = (struct output){ .flag = "--html",
		.path = offers ? OFFERED_HTML : options->html,
		.write = report_html,
		.is_offered = offers };
	outputs->table = stdout;
}

int
outputs_open(struct outputs *outputs, const struct options *options,
    char *error)
{
	int result = 0;

	plan(outputs, options);
	for (size_t i = 0; i < OUTPUTS && result == 0; i++) {
		result = open_output(&outputs->files[i], error);
		if (outputs->files[i].stream == stdout) {
			outputs->table = stderr;
		}
	}
	return result;
}

static int
write_output(struct outputs *outputs, struct output *output,
    const struct results *results, char *error)
{
	output->is_new = false;
	/* What cannot be cut, such as a pipe, has nothing to be cut. */
	if (output->stream != stdout) {
		(void)!ftruncate(fileno(output->stream), 0);
	}
	errno = 0;
	if (output->write(results, output->stream) != 0 ||
	    fflush(output->stream) != 0) {
		return fail(output, "written", error);
	}
	if (output->stream != stdout) {
		fprintf(outputs->table, "saved:   %s\n", output->path);
	}
	return 0;
}

int
outputs_write(struct outputs *outputs, const struct results *results,
    char *error)
{
	int result = 0;

	for (size_t i = 0; i < OUTPUTS && result == 0; i++) {
		if (outputs->files[i].stream != NULL) {
			result = write_output(outputs, &outputs->files[i],
			    results, error);
		}
	}
	return result;
}

void
outputs_close(struct outputs *outputs)
{
	for (size_t i = 0; i < OUTPUTS; i++) {
		const struct output *output = &outputs->files[i];

		if (output->stream == NULL || output->stream == stdout) {
			continue;
		}
		fclose(output->stream);
		if (output->is_new) {
			unlink(output->path);
		}
	}
}
