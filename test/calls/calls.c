/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every public function in every place where a user's code runs: does what
 * docs/calls.md says happen? The table there is what is expected; each cell
 * is run in a process of its own, as some end it.
 *
 *     calls DOCUMENT [--pattern P]     compares
 *     calls DOCUMENT --print           prints the table as it is
 *
 * A cell is what the function returns, "yes" if that is nothing or no error;
 * "aborts": with a sentence that begins with the function's name; "no": it is
 * not allowed, and nobody looks, so it is not run.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls/calls.h"
#include "support/sync.h"

enum {
	LINE = 1024,
	MOST_LINES = 64
};

static const char *pattern = "leader-followers";
static bool prints;
static unsigned n_run;
static unsigned n_wrong;

/* ---- a cell in its own process ---- */

static void
run_in_child(const struct function *function, enum place place, char *result,
    int error_output)
{
	(void)alarm((unsigned)test_patience() * 3);
	(void)dup2(error_output, STDERR_FILENO);
	run_cell(pattern, function, place, result);
	exit(EXIT_SUCCESS);
}

/** What the process has said, which is read once it has ended. */
static void
read_output(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	do {
		n = read(fd, text + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0 && length < size - 1);
	text[length] = '\0';
}

/** Whether it ended with a sentence about this function. */
static bool
has_aborted(const struct function *function, int status, const char *output)
{
	char begin[128];

	(void)snprintf(begin, sizeof(begin), "echelon: %s: ", function->name);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    strstr(output, begin) != NULL;
}

/** Runs a cell; writes what happened. */
static void
find_out(const struct function *function, enum place place, char *happened)
{
	static char output[16 * 1024];
	char *result = mmap(NULL, RESULT, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	FILE *file = tmpfile();
	int status;
	pid_t pid;

	if (result == MAP_FAILED || file == NULL) {
		perror("calls");
		exit(EXIT_FAILURE);
	}
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		run_in_child(function, place, result, fileno(file));
	}
	(void)waitpid(pid, &status, 0);
	rewind(file);
	read_output(fileno(file), output, sizeof(output));
	if (has_aborted(function, status, output)) {
		(void)snprintf(happened, RESULT, "aborts");
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)snprintf(happened, RESULT, "died");
		(void)fputs(output, stderr);
	} else {
		(void)snprintf(happened, RESULT, "%s", result);
	}
	(void)fclose(file);
	(void)munmap(result, RESULT);
	n_run++;
}

/* ---- the table ---- */

/** Cuts a row into its cells, without blanks; returns how many. */
static unsigned
split(char *line, char **cells, unsigned most)
{
	unsigned n = 0;
	char *rest = line + 1;
	char *end;

	while (n < most && (end = strchr(rest, '|')) != NULL) {
		char *last = end;

		while (*rest == ' ' || *rest == '`') {
			rest++;
		}
		while (last > rest && (last[-1] == ' ' || last[-1] == '`')) {
			last--;
		}
		*last = '\0';
		cells[n++] = rest;
		rest = end + 1;
	}
	return n;
}

static void
check_cell(const struct function *function, enum place place,
    const char *expected)
{
	char happened[RESULT];

	(void)snprintf(happened, sizeof(happened), "no");
	if (strcmp(expected, "no") != 0) {
		find_out(function, place, happened);
	}
	if (prints) {
		(void)printf(" %s |", happened);
	} else if (strcmp(happened, expected) != 0) {
		(void)printf("%s in %s: expected %s, %s happened\n",
		    function->name, place_names[place], expected, happened);
		n_wrong++;
	}
}

/** The rows come in the order of `functions`. */
static void
check_row(const struct function *function, char **cells, unsigned n)
{
	if (n != PLACES + 1 || strcmp(cells[0], function->name) != 0) {
		(void)printf("instead of a row of %s there is one of %s\n",
		    function->name, cells[0]);
		n_wrong++;
		return;
	}
	if (prints) {
		(void)printf("| `%s` |", function->name);
	}
	for (unsigned i = 0; i < PLACES; i++) {
		check_cell(function, (enum place)i, cells[i + 1]);
	}
	if (prints) {
		(void)printf("\n");
	}
}

static void
check_heading(char **cells, unsigned n)
{
	for (unsigned i = 0; i < PLACES; i++) {
		if (n != PLACES + 1 ||
		    strcmp(cells[i + 1], place_names[i]) != 0) {
			(void)printf("the heading lacks %s\n", place_names[i]);
			n_wrong++;
			return;
		}
	}
}

/** Keeps the lines of the document's table. All at once: the end of a child
 *  moves the place in a file that it shares. */
static size_t
read_table(const char *path, char lines[][LINE], size_t most)
{
	FILE *file = fopen(path, "re");
	size_t n = 0;

	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while (n < most && fgets(lines[n], LINE, file) != NULL) {
		n += strncmp(lines[n], "| ", 2) == 0;
	}
	(void)fclose(file);
	return n;
}

static void
check_document(const char *path)
{
	static char lines[MOST_LINES][LINE];
	size_t n = read_table(path, lines, MOST_LINES);
	char *cells[PLACES + 2];
	size_t rows = 0;

	for (size_t i = 0; i < n; i++) {
		char *line = lines[i];

		if (strncmp(line, "| function |", 12) == 0) {
			check_heading(cells, split(line, cells, PLACES + 2));
		} else if (strncmp(line, "| `echelon_", 11) == 0 &&
		    rows < n_functions) {
			check_row(&functions[rows++], cells,
			    split(line, cells, PLACES + 2));
		}
	}
	if (rows != n_functions) {
		(void)printf("rows: %zu, functions: %zu\n", rows, n_functions);
		n_wrong++;
	}
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "calls DOCUMENT [...]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--print") == 0) {
			prints = true;
		} else if (i + 1 < argc && strcmp(argv[i], "--pattern") == 0) {
			pattern = argv[++i];
		}
	}
	check_document(argv[1]);
	if (!prints) {
		(void)printf("%s: %u cells run, %u wrong\n", pattern, n_run,
		    n_wrong);
	}
	return n_wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
