/* SPDX-License-Identifier: BSD-2-Clause */
#include "about.h"

#include "quote.h"
#include "spread.h"

#include <echelon/echelon.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>

/* The build says them; see examples/CMakeLists.txt. */
#ifndef COMPARE_COMMIT
#define COMPARE_COMMIT ""
#endif
#ifndef COMPARE_BUILD
#define COMPARE_BUILD ""
#endif

#define BUSY_MACHINE 0.5
#define MUCH_STEAL 0.02
#define MANY_OTHERS 0.1

static char *
text_or_null(const char *text)
{
	return text[0] != '\0' ? results_text("%s", text) : NULL;
}

/* Of the first processor; virtual ones have none. */
static char *
read_governor(void)
{
	char line[64] = "";
	FILE *file =
	    fopen("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
		"re");

	if (file == NULL) {
		return NULL;
	}
	if (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
	}
	fclose(file);
	return text_or_null(line);
}

static void
fill_machine(struct results_machine *about, const struct machine *machine)
{
	struct sysinfo info;

	about->processors = machine->processors;
	about->model = results_text("%s", machine->model);
	about->kernel = results_text("%s", machine->kernel);
	about->memory_bytes = sysinfo(&info) == 0
	    ? (double)info.totalram * info.mem_unit
	    : (double)NAN;
	about->governor = read_governor();
	about->load_before = machine->load;
	about->load_after = (double)NAN;
	about->steal = (double)NAN;
}

static void
fill_library(struct results_library *about)
{
	about->version = results_text("%s", echelon_version());
	about->commit = text_or_null(COMPARE_COMMIT);
	about->compiler = text_or_null(__VERSION__);
	about->build = text_or_null(COMPARE_BUILD);
}

void
about_processors(const cpu_set_t *cpus, double **numbers, size_t *n)
{
	for (size_t i = 0; i < CPU_SETSIZE; i++) {
		if (CPU_ISSET(i, cpus)) {
			*RESULTS_ADD(*numbers, *n) = (double)i;
		}
	}
}

static void
fill_method(struct results_method *about, const struct machine *machine,
    const struct options *options)
{
	about->rounds = (double)options->reps;
	about->seconds = options_seconds(options, &workloads[0]);
	about->warmup = options_warm_seconds(options);
	about_processors(&machine->servers, &about->server_processors,
	    &about->n_server_processors);
	about_processors(&machine->client, &about->client_processors,
	    &about->n_client_processors);
	about->shares_processor = machine->shared;
	about->driver = results_text("%s",
	    options->driver != NULL ? options->driver->name : "builtin");
	about->test = results_text(
	    "two variants are called different when the interval of the "
	    "sign test (certainty 98 %% or more; 7 rounds at least) for the "
	    "median of their ratios, round by round, has neither 1 in it nor "
	    "anything within the margin: %.0f %% for requests per second and "
	    "CPU, %.0f %% for p50, %.0f %% for the tail",
	    (metric_infos[METRIC_RATE].margin - 1) * 100,
	    (metric_infos[METRIC_P50].margin - 1) * 100,
	    (metric_infos[METRIC_P99].margin - 1) * 100);
}

static void
join_arguments(char **command, int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	*command = results_text("%s", slash != NULL ? slash + 1 : argv[0]);
	for (int i = 1; i < argc; i++) {
		char *quoted = quote(argv[i]);
		char *longer = results_text("%s %s", *command, quoted);

		free(quoted);
		free(*command);
		*command = longer;
	}
}

static char *
get_time(void)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32];

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return results_text("%s", text);
}

void
about_begin(struct results *results, const struct machine *machine,
    const struct options *options, int argc, char **argv)
{
	results->schema = results_text("%s", RESULTS_SCHEMA);
	results->started = get_time();
	results->seconds = (double)NAN;
	join_arguments(&results->command, argc, argv);
	fill_machine(&results->machine, machine);
	fill_library(&results->library);
	fill_method(&results->method, machine, options);
	if (machine->load > BUSY_MACHINE * machine->processors) {
		*RESULTS_ADD(results->warnings, results->n_warnings) =
		    results_text("the machine was busy before this began "
				 "(load %.2f); expect wide spreads",
			machine->load);
	}
}

void
about_end(struct results *results, double seconds, const struct noise *noise)
{
	double load;

	results->seconds = seconds;
	results->machine.steal = noise->steal;
	if (getloadavg(&load, 1) == 1) {
		results->machine.load_after = load;
	}
	if (noise->steal > MUCH_STEAL) {
		*RESULTS_ADD(results->warnings, results->n_warnings) =
		    results_text("the hypervisor kept %.1f %% of the "
				 "processors' time for others",
			noise->steal * 100);
	}
	if (noise->others > MANY_OTHERS) {
		*RESULTS_ADD(results->warnings, results->n_warnings) =
		    results_text("other programs used %.0f %% of the "
				 "processors' time meanwhile",
			noise->others * 100);
	}
}
