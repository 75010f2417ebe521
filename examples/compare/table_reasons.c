/* SPDX-License-Identifier: BSD-2-Clause */
#include "table_reasons.h"

#include "text.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define BAR_WIDTH 28

static const enum counter shown[] = { COUNTER_WAKES, COUNTER_PARKS,
	COUNTER_QUEUED, COUNTER_PROMOTED, COUNTER_RUN_INLINE, COUNTER_WAITS,
	COUNTER_SWITCHES, COUNTER_SYSCALLS };

#define SHOWN (sizeof(shown) / sizeof(*shown))

/* As wide as the title, and wide enough for any number. */
static int
get_width(enum counter counter)
{
	int length = (int)strlen(counter_infos[counter].title);

	return length > 6 ? length : 6;
}

static void
print_counters(FILE *stream, const struct results_result *result, size_t width)
{
	fprintf(stream, "  %-*s", (int)width, result->variant);
	for (size_t i = 0; i < SHOWN; i++) {
		char text[24];

		text_number(text, sizeof(text), result->per_request[shown[i]]);
		fprintf(stream, " %*s", get_width(shown[i]), text);
	}
	fputc('\n', stream);
}

static double
sum_where(const struct results_where *where)
{
	return where->queue_us + where->handler_us + where->output_us +
	    where->other_us;
}

/* Each part gets its share of the width, rounded so that nothing is lost. */
static void
print_bar(FILE *stream, const struct results_where *where)
{
	const struct {
		double us;
		char mark;
	} parts[] = { { where->queue_us, '.' }, { where->handler_us, '#' },
		{ where->output_us, '=' }, { where->other_us, '-' } };
	double sum = sum_where(where);
	double done = 0;
	int drawn = 0;

	for (size_t i = 0; i < 4; i++) {
		int end;

		done += parts[i].us;
		end = sum > 0 ? (int)lround(done / sum * BAR_WIDTH) : 0;
		while (drawn < end) {
			fputc(parts[i].mark, stream);
			drawn++;
		}
	}
}

static void
print_where(FILE *stream, const struct results_result *result, size_t width)
{
	const struct results_where *where = &result->where;
	const double parts[] = { where->queue_us, where->handler_us,
		where->output_us, where->other_us };

	fprintf(stream, "  %-*s", (int)width, result->variant);
	for (size_t i = 0; i < 4; i++) {
		char text[24];

		text_number(text, sizeof(text), parts[i]);
		fprintf(stream, " %7s", text);
	}
	fputs("  ", stream);
	print_bar(stream, where);
	fputc('\n', stream);
}

static bool
has_where(const struct results *results,
    const struct results_workload *workload)
{
	for (size_t v = 0; v < results->n_variants; v++) {
		const struct results_result *result = results_find(results,
		    workload->id, results->variants[v].id);

		if (result != NULL && !isnan(sum_where(&result->where))) {
			return true;
		}
	}
	return false;
}

static void
print_rows(FILE *stream, const struct results *results,
    const struct results_workload *workload,
    void (*print)(FILE *, const struct results_result *, size_t))
{
	for (size_t v = 0; v < results->n_variants; v++) {
		const struct results_result *result = results_find(results,
		    workload->id, results->variants[v].id);

		if (result != NULL) {
			print(stream, result, table_name_width(results));
		}
	}
}

void
table_reasons(FILE *stream, const struct results *results,
    const struct results_workload *workload)
{
	int width = (int)table_name_width(results);

	fprintf(stream, "  %-*s", width, "per request:");
	for (size_t i = 0; i < SHOWN; i++) {
		fprintf(stream, " %*s", get_width(shown[i]),
		    counter_infos[shown[i]].title);
	}
	fputc('\n', stream);
	print_rows(stream, results, workload, print_counters);
	if (!has_where(results, workload)) {
		return;
	}
	fprintf(stream, "  %-*s %7s %7s %7s %7s  %s\n", width,
	    "time, us:", "queue", "handler", "output", "other",
	    ".queue #handler =output -other");
	print_rows(stream, results, workload, print_where);
}
