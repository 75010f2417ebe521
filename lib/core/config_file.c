/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings from an INI file, by inih's parser over a reader of ours.
 *
 * inih alone gives the handler no line number, splits lines over 200 bytes,
 * takes an indented line for more of the value above it, and does not see
 * what follows a NUL. So the reader counts lines and refuses all of these;
 * it also knows the sections, for inih mentions none without a key. The
 * first problem ends the reading: after it the reader has no more lines.
 */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "core/config_keys.h"
#include "core/config_problem.h"

struct ini_source {
	struct eln_config *config;
	struct eln_problem *problem;
	FILE *stream;
	const char *path;
	int line;
	int error; /* 0, or why no more is read */
};

enum {
	WHERE_SIZE = 224,
	PATH_SHOWN = 200
};

/* "server.ini:12"; of a long path its end. */
static const char *
describe_line(const struct ini_source *source, int line, char *buffer)
{
	size_t length = strlen(source->path);
	const char *path = source->path;

	if (length > PATH_SHOWN) {
		path += length - PATH_SHOWN;
	}
	snprintf(buffer, WHERE_SIZE, "%s:%d", path, line);
	return buffer;
}

static bool
refuse_line(struct ini_source *source, const char *what)
{
	char where[WHERE_SIZE];

	source->error = eln_problem_set(source->problem, "%s: %s",
	    describe_line(source, source->line, where), what);
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *
skip_blanks(const char *text)
{
	while (is_blank(*text)) {
		text++;
	}
	return text;
}

/* Checks "[section]"; `line` begins with '['. */
static bool
check_section(struct ini_source *source, const char *line)
{
	const char *name = line + 1;
	const char *end = strchr(name, ']');
	char section[256];
	char where[WHERE_SIZE];

	if (end == NULL) {
		return refuse_line(source, "the section's ']' is missing");
	}
	if (*skip_blanks(end + 1) != '\0' &&
	    (!is_blank(end[1]) || *skip_blanks(end + 1) != ';')) {
		return refuse_line(source, "nothing may follow ']'");
	}
	snprintf(section, sizeof(section), "%.*s", (int)(end - name), name);
	if (eln_keys_has_section(section)) {
		return true;
	}
	source->error = eln_keys_refuse_section(describe_line(source,
						    source->line, where),
	    section, source->problem);
	return false;
}

static bool
check_line(struct ini_source *source, const char *line)
{
	const char *start;

	if (source->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) {
		line += 3;
	}
	start = skip_blanks(line);
	if (*start == '\0' || *start == ';' || *start == '#') {
		return true;
	}
	if (start > line) {
		return refuse_line(source,
		    "begins with a space; values cannot be continued");
	}
	return *start != '[' || check_section(source, start);
}

static bool
is_control(int c)
{
	return (c < ' ' && c != '\t' && c != '\r') || c == 0x7f;
}

/* Reads a line without its end. False: no more, or a problem. */
static bool
read_line(struct ini_source *source, char *line, size_t size)
{
	size_t length = 0;
	int c = getc(source->stream);

	if (c == EOF) {
		return false;
	}
	source->line++;
	for (; c != EOF && c != '\n'; c = getc(source->stream)) {
		if (is_control(c)) {
			return refuse_line(source,
			    c == 0 ? "has a NUL byte"
				   : "has a control character");
		}
		if (length + 1 == size) {
			return refuse_line(source, "is longer than 199 bytes");
		}
		line[length++] = (char)c;
	}
	line[length] = '\0';
	return true;
}

/* Reads as fgets does; inih's ini_reader. */
static char *
read_for_inih(char *line, int size, void *context)
{
	struct ini_source *source = context;

	if (source->error != 0 || !read_line(source, line, (size_t)size) ||
	    !check_line(source, line)) {
		return NULL;
	}
	return line;
}

/* inih's ini_handler: 0 is a failure. */
static int
take_value(void *context, const char *section, const char *name,
    const char *value)
{
	struct ini_source *source = context;
	char where[WHERE_SIZE];

	if (section[0] == '\0') {
		return refuse_line(source, "a key before the first [section]");
	}
	source->error = eln_config_set(source->config, ELN_FROM_FILE,
	    describe_line(source, source->line, where), section, name,
	    value != NULL ? value : "", source->problem);
	return source->error == 0;
}

static int
read_stream(struct ini_source *source)
{
	/* The first line that inih did not like: one that we refused, or one
	 * before it that is no assignment, of which it tells only now. */
	int line = ini_parse_stream(read_for_inih, source, take_value, source);

	if (line == -2) {
		return -ENOMEM;
	}
	if (line > 0 && (source->error == 0 || line < source->line)) {
		source->line = line;
		refuse_line(source, "is neither [section] nor key = value");
	}
	return source->error;
}

static int
refuse_file(const char *path, int error, struct eln_problem *problem)
{
	(void)eln_problem_set(problem, "%.200s: %s", path, strerror(error));
	return -error;
}

int
eln_config_read_file(struct eln_config *config, const char *path,
    struct eln_problem *problem)
{
	struct ini_source source = {
		.config = config,
		.problem = problem,
		.path = path,
	};
	int error;

	source.stream = fopen(path, "re");
	if (source.stream == NULL) {
		return refuse_file(path, errno, problem);
	}
	errno = 0;
	error = read_stream(&source);
	if (error == 0 && ferror(source.stream)) {
		error = refuse_file(path, errno != 0 ? errno : EIO, problem);
	}
	(void)fclose(source.stream);
	return error;
}
