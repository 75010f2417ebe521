/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_RESULTS_H
#define ECHELON_COMPARE_RESULTS_H

/*
 * All that a comparison found out, as one tree: what measuring fills, what
 * every report is made from, and what the JSON file holds, member by member
 * (results_shape.c has the names; docs/comparison.md says what they mean).
 *
 * The tree owns everything in it. A text may be NULL and a number NAN: not
 * known, null in the file. An array may be NULL if its count is 0.
 *
 * results[] and timelines[] name variants and workloads by their ids.
 */

#include "metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define RESULTS_SCHEMA "echelon-compare/1"

struct results_machine {
	double processors; /* that this process may use */
	char *model;
	char *kernel;
	double memory_bytes;
	char *governor;
	double load_before; /* the 1-minute average */
	double load_after;
	double steal; /* the part of the time that the hypervisor kept */
};

struct results_library {
	char *version;
	char *commit;
	char *compiler;
	char *build;
};

struct results_method {
	double rounds;
	double seconds; /* of a closed loop's window */
	double warmup;
	double *server_processors;
	size_t n_server_processors;
	double *client_processors;
	size_t n_client_processors;
	bool shares_processor;
	char *driver;
	char *test; /* when two are called different */
};

struct results_setting {
	char *key; /* "section.key" */
	char *value;
};

struct results_variant {
	char *id;      /* as --patterns takes it */
	char *pattern; /* in full */
	char *role;    /* "core", "textbook", "setting", "baseline" */
	char *about;   /* one line */
	struct results_setting *configuration; /* all of it */
	size_t n_configuration;
};

struct results_workload {
	char *id;
	char *title;
	char *job; /* a letter of `work`, or NULL */
	double connections;
	double depth; /* requests in flight per connection */
	double rate;  /* per second; NAN: closed loop */
	char *metric; /* the one that decides: a key of metric_infos */
	double *server_processors;
	size_t n_server_processors;
	bool shares_processor;
	char *verdict; /* a sentence */
};

struct results_round {
	double requests;
	double seconds; /* that they took */
	double metrics[METRICS];
	double client_busy; /* CPU of the load generator, 1 = all the time */
};

struct results_spread {
	double value; /* the median of the rounds */
	double min;
	double max;
};

struct results_relative {
	char *to;     /* the id of the variant that is 1; NULL: none */
	char *metric; /* as of the workload */
	double value; /* the median of the ratios of round and round */
	double low;
	double high;
	char *
	    verdict; /* "better", "worse", "no difference seen", "not judged" */
};

/* Where the time of a request goes, in a pass with the trace on. */
struct results_where {
	double queue_us; /* ready, and no thread has it */
	double handler_us;
	double output_us; /* from the handler's return to the last byte */
	double other_us;  /* reading, framing, letting go */
};

struct results_percentile {
	double fraction; /* 0.99 */
	double us;
};

struct results_result {
	char *workload;
	char *variant;
	struct results_round *rounds;
	size_t n_rounds;
	struct results_spread median[METRICS];
	struct results_relative relative;
	double per_request[COUNTERS];
	struct results_where where;
	char *note; /* what one must know about this row */
	struct results_percentile *percentiles; /* all rounds together */
	size_t n_percentiles;
	char **errors;
	size_t n_errors;
};

struct results_point {
	double value;
	double seconds; /* of the window */
	char *variant;
	double median;
	double min;
	double max;
};

/* Whom nobody beats at a value; none where nothing can be claimed. */
struct results_winners {
	double value;
	char **variants;
	size_t n_variants;
};

/* `before` wins up to the value `from`, `after` from the value `to` on. */
struct results_crossover {
	char *before;
	char *after;
	double from;
	double to;
};

struct results_sweep {
	char *parameter; /* "block", "threads", "connections" */
	char *unit;      /* "us", or NULL: a count */
	char *metric;
	char *workload; /* a title */
	double rounds;
	double seconds; /* of the first value's window, the shortest */
	struct results_point *points;
	size_t n_points;
	struct results_winners *winners;
	size_t n_winners;
	struct results_crossover *crossovers;
	size_t n_crossovers;
};

struct results_span {
	double thread; /* an index of `threads` */
	char *role;    /* "asynchronous", "leader", "dispatching",
			  "processing", "parked", "searching" */
	double begin_us;
	double end_us;
	char *handle; /* what it works on; empty: nothing */
};

struct results_depth {
	double us;
	double depth; /* of the queueing layer, from here on */
};

struct results_timeline {
	char *variant;
	char *workload;
	double microseconds;
	char **threads; /* their names */
	size_t n_threads;
	struct results_span *spans;
	size_t n_spans;
	struct results_depth *queue;
	size_t n_queue;
};

struct results {
	char *schema;
	char *started; /* UTC, ISO 8601 */
	double seconds;
	char *command;
	struct results_machine machine;
	struct results_library library;
	struct results_method method;
	char **warnings;
	size_t n_warnings;
	struct results_variant *variants;
	size_t n_variants;
	struct results_workload *workloads;
	size_t n_workloads;
	struct results_result *results;
	size_t n_results;
	struct results_sweep *sweeps;
	size_t n_sweeps;
	char **verdicts;
	size_t n_verdicts;
	struct results_timeline *timelines;
	size_t n_timelines;
};

/* Frees all that the tree owns, and empties it. */
void results_deinit(struct results *results);

/* Leaves the first n workloads, and the rows that are of them. The rows must
 * stand in the order of the workloads. */
void results_keep_workloads(struct results *results, size_t n);

/* Rounds all numbers to the six digits that a file keeps, so that what is
 * written now and what is made of the file later are the same. */
void results_round(struct results *results);

/*
 * Makes an array one element longer and returns that element, all zero. The
 * array moves. Ends the program where memory does.
 *
 *     RESULTS_ADD(results->warnings, results->n_warnings)
 */
void *results_grow(void *array, size_t *count, size_t size);
#define RESULTS_ADD(array, count)                    \
	(&((array) = results_grow((array), &(count), \
	       sizeof(*(array))))[(count)-1])

/* A text of its own, in valid UTF-8 (utf8.h). Ends the program where memory does. */
char *results_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* NULL where there is none. */
const struct results_variant *results_find_variant(const struct results
						       *results,
    const char *id);
const struct results_workload *results_find_workload(const struct results
							 *results,
    const char *id);
const struct results_result *results_find(const struct results *results,
    const char *workload, const char *variant);

/** What a variant did at a value of a sweep, or NULL. */
const struct results_point *results_find_point(const struct results_sweep
						   *sweep,
    const char *variant, double value);

/** Whether a variant is among the winners. */
bool results_is_winner(const struct results_winners *winners,
    const char *variant);

/* 0, or -errno of the stream. */
int results_write_json(const struct results *results, FILE *stream);

/*
 * Fills a tree from a file. 0, or -EINVAL and one line in `error` that names
 * the line or the member and what is wrong with it.
 */
int results_read_json(struct results *results, FILE *stream, char *error,
    size_t size);

#endif
