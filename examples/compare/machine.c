/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything here is for the header of a report but the processor sets, which
 * decide what is measured.
 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

static void
read_model(struct machine *machine)
{
	char line[256];
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");

	snprintf(machine->model, sizeof(machine->model), "unknown");
	if (cpuinfo == NULL) {
		return;
	}
	while (fgets(line, sizeof(line), cpuinfo) != NULL) {
		const char *colon = strstr(line, ": ");

		if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
			snprintf(machine->model, sizeof(machine->model), "%.*s",
			    (int)strcspn(colon + 2, "\n"), colon + 2);
			break;
		}
	}
	fclose(cpuinfo);
}

static void
read_kernel(struct machine *machine)
{
	struct utsname names;

	if (uname(&names) == 0) {
		snprintf(machine->kernel, sizeof(machine->kernel),
		    "%.20s %.56s", names.sysname, names.release);
	}
}

/* Reads a number and moves on; -1 where there is none. */
static long
read_number(const char **at)
{
	char *end;
	long number;

	if (**at < '0' || **at > '9') {
		return -1;
	}
	number = strtol(*at, &end, 10);
	*at = end;
	return number;
}

static const char *
add_range(cpu_set_t *cpus, const cpu_set_t *allowed, long first, long last)
{
	if (first < 0 || last < first) {
		return "is not a list of processors, as 0-2,5";
	}
	for (long i = first; i <= last; i++) {
		if (i >= CPU_SETSIZE || !CPU_ISSET((size_t)i, allowed)) {
			return "has a processor that may not be used";
		}
		CPU_SET((size_t)i, cpus);
	}
	return NULL;
}

static const char *
parse_list(cpu_set_t *cpus, const cpu_set_t *allowed, const char *list)
{
	const char *at = list;
	const char *wrong = NULL;

	CPU_ZERO(cpus);
	while (wrong == NULL) {
		long first = read_number(&at);
		long last = first;

		if (*at == '-') {
			at++;
			last = read_number(&at);
		}
		if (*at != '\0' && *at != ',') {
			last = -1;
		}
		wrong = add_range(cpus, allowed, first, last);
		if (*at++ == '\0') {
			break;
		}
	}
	return wrong;
}

static void
note_sharing(struct machine *machine)
{
	cpu_set_t both;

	CPU_AND(&both, &machine->servers, &machine->client);
	machine->shared = CPU_COUNT(&both) > 0;
}

static void
divide(struct machine *machine)
{
	const cpu_set_t *allowed = &machine->allowed;
	size_t last = CPU_SETSIZE - 1;

	while (!CPU_ISSET(last, allowed)) {
		last--;
	}
	CPU_ZERO(&machine->client);
	CPU_SET(last, &machine->client);
	machine->servers = *allowed;
	if (machine->processors > 1) {
		CPU_CLR(last, &machine->servers);
	}
}

int
machine_read(struct machine *machine)
{
	*machine = (struct machine){ 0 };
	if (sched_getaffinity(0, sizeof(machine->allowed), &machine->allowed) ==
	    -1) {
		return -errno;
	}
	machine->processors = CPU_COUNT(&machine->allowed);
	read_model(machine);
	read_kernel(machine);
	if (getloadavg(&machine->load, 1) != 1) {
		machine->load = 0;
	}
	divide(machine);
	note_sharing(machine);
	return 0;
}

const char *
machine_choose(struct machine *machine, cpu_set_t *cpus, const char *list)
{
	const char *wrong = parse_list(cpus, &machine->allowed, list);

	note_sharing(machine);
	return wrong;
}

int
machine_pin(const cpu_set_t *cpus)
{
	return sched_setaffinity(0, sizeof(*cpus), cpus) == -1 ? -errno : 0;
}

void
machine_list(const cpu_set_t *cpus, char *text, size_t size)
{
	size_t used = 0;
	const char *comma = "";

	text[0] = '\0';
	for (size_t i = 0; i < CPU_SETSIZE && used < size; i++) {
		size_t last = i;

		if (!CPU_ISSET(i, cpus)) {
			continue;
		}
		while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, cpus)) {
			last++;
		}
		used += (size_t)snprintf(text + used, size - used,
		    last > i ? "%s%zu-%zu" : "%s%zu", comma, i, last);
		comma = ",";
		i = last;
	}
}

void
machine_raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}
