/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every public function in every place where a user's code runs: does what
 * docs/calls.md says happen? The tables there are what is expected; each cell
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
	MOST_LINES = 128,
	AT_ONCE = 8 /* cells */
};

static const char *pattern = "leader-followers";
static bool prints;
static unsigned n_run;
static unsigned n_wrong;

/* ---- a cell in its own process ---- */

struct cell {
	const struct function *function;
	enum place place;
	enum caller caller;
	const char *expected;
	pid_t pid;    /* 0: it is not run */
	FILE *output; /* what the process says */
	char *result; /* shared with it */
};

static void
run_in_child(const struct cell *cell)
{
	(void)alarm((unsigned)test_patience() * 3);
	(void)dup2(fileno(cell->output), STDERR_FILENO);
	run_cell(pattern, cell->function, cell->place, cell->caller,
	    cell->result);
	exit(EXIT_SUCCESS);
}

static void
begin(struct cell *cell)
{
	if (strcmp(cell->expected, "no") == 0) {
		return;
	}
	cell->result = mmap(NULL, RESULT, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cell->output = tmpfile();
	if (cell->result == MAP_FAILED || cell->output == NULL) {
		perror("calls");
		exit(EXIT_FAILURE);
	}
	(void)fflush(NULL);
	cell->pid = fork();
	if (cell->pid == 0) {
		run_in_child(cell);
	}
	if (cell->pid < 0) {
		perror("fork");
		exit(EXIT_FAILURE);
	}
	n_run++;
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

/** Waits for a cell's end; writes what happened. */
static void
end(struct cell *cell, char *happened)
{
	static char output[16 * 1024];
	int status = 0;

	(void)snprintf(happened, RESULT, "no");
	if (cell->pid == 0) {
		return;
	}
	(void)waitpid(cell->pid, &status, 0);
	rewind(cell->output);
	read_output(fileno(cell->output), output, sizeof(output));
	if (has_aborted(cell->function, status, output)) {
		(void)snprintf(happened, RESULT, "aborts");
	} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		(void)snprintf(happened, RESULT, "died");
		(void)fputs(output, stderr);
	} else {
		(void)snprintf(happened, RESULT, "%s", cell->result);
	}
	(void)fclose(cell->output);
	(void)munmap(cell->result, RESULT);
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
check_cell(struct cell *cell)
{
	char happened[RESULT];

	end(cell, happened);
	if (prints) {
		(void)printf(" %s |", happened);
	} else if (strcmp(happened, cell->expected) != 0) {
		(void)printf("%s %s %s: expected %s, %s happened\n",
		    cell->function->name,
		    cell->caller == CALLER_BESIDE ? "beside" : "in",
		    place_names[cell->place], cell->expected, happened);
		n_wrong++;
	}
}

static unsigned
places_of(enum caller caller)
{
	return caller == CALLER_BESIDE ? HANDLER_PLACES : PLACES;
}

/** Runs the cells of a row, some at once. */
static void
check_cells(const struct function *function, enum caller caller, char **cells)
{
	struct cell row[PLACES];
	unsigned n = places_of(caller);
	unsigned begun = 0;

	for (unsigned i = 0; i < n; i++) {
		while (begun < n && begun < i + AT_ONCE) {
			row[begun] = (struct cell){ .function = function,
				.place = (enum place)begun,
				.caller = caller,
				.expected = cells[begun] };
			begin(&row[begun++]);
		}
		check_cell(&row[i]);
	}
}

/** The rows come in the order of `functions`. */
static void
check_row(const struct function *function, enum caller caller, char **cells,
    unsigned n)
{
	if (n != places_of(caller) + 1 ||
	    strcmp(cells[0], function->name) != 0) {
		(void)printf("instead of a row of %s there is one of %s\n",
		    function->name, cells[0]);
		n_wrong++;
		return;
	}
	if (prints) {
		(void)printf("| `%s` |", function->name);
	}
	check_cells(function, caller, cells + 1);
	if (prints) {
		(void)printf("\n");
	}
}

static void
check_heading(enum caller caller, char **cells, unsigned n)
{
	for (unsigned i = 0; i < places_of(caller); i++) {
		if (n != places_of(caller) + 1 ||
		    strcmp(cells[i + 1], place_names[i]) != 0) {
			(void)printf("the heading lacks %s\n", place_names[i]);
			n_wrong++;
			return;
		}
	}
}

/** Keeps the lines of the document's tables. All at once: the end of a child
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

/** Checks a table, all of whose lines these are. */
static void
check_table(const char *heading, enum caller caller, char lines[][LINE],
    size_t n)
{
	char *cells[PLACES + 2];
	size_t rows = 0;
	size_t i = 0;

	while (i < n && strncmp(lines[i], heading, strlen(heading)) != 0) {
		i++;
	}
	if (i < n) {
		check_heading(caller, cells,
		    split(lines[i], cells, PLACES + 2));
		i++;
	}
	while (i < n && strncmp(lines[i], "| `echelon_", 11) == 0 &&
	    rows < n_functions) {
		check_row(&functions[rows++], caller, cells,
		    split(lines[i++], cells, PLACES + 2));
	}
	if (rows != n_functions) {
		(void)printf("%s rows: %zu, functions: %zu\n", heading, rows,
		    n_functions);
		n_wrong++;
	}
}

static void
check_document(const char *path)
{
	static char lines[MOST_LINES][LINE];
	size_t n = read_table(path, lines, MOST_LINES);

	check_table("| function |", CALLER_ITSELF, lines, n);
	check_table("| beside |", CALLER_BESIDE, lines, n);
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
