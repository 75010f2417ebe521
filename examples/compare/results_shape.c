/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The names of the schema "echelon-compare/1" stand here and nowhere else in
 * the program, but for those of metrics and counters (metric.c), which take
 * the same order.
 */
#include "results_shape.h"

#include "results.h"

#define TEXT(type, name)                                          \
	{                                                         \
#name, MEMBER_TEXT, offsetof(type, name), 0, NULL \
	}
/* One that need not be known. */
#define MAYBE_TEXT(type, name)                                          \
	{                                                               \
#name, MEMBER_MAYBE_TEXT, offsetof(type, name), 0, NULL \
	}
#define NUMBER(type, name)                                          \
	{                                                           \
#name, MEMBER_NUMBER, offsetof(type, name), 0, NULL \
	}
#define FLAG(type, name)                                          \
	{                                                         \
#name, MEMBER_FLAG, offsetof(type, name), 0, NULL \
	}
#define MANY(type, name, kind, shape)                                        \
	{                                                                    \
#name, kind, offsetof(type, name), offsetof(type, n_##name), \
		    shape                                                    \
	}
#define NUMBERS(type, name) MANY(type, name, MEMBER_NUMBERS, NULL)
#define TEXTS(type, name) MANY(type, name, MEMBER_TEXTS, NULL)
#define OBJECTS(type, name, shape) MANY(type, name, MEMBER_OBJECTS, shape)
#define OBJECT(type, name, shape)                                    \
	{                                                            \
#name, MEMBER_OBJECT, offsetof(type, name), 0, shape \
	}
/* The element of an array, under a name of its own. */
#define ELEMENT(array, index, name)                                         \
	{                                                                   \
		name, MEMBER_NUMBER, (array) + (index) * sizeof(double), 0, \
		    NULL                                                    \
	}
#define SPREAD(index, name)                                                   \
	{                                                                     \
		name, MEMBER_OBJECT, (index) * sizeof(struct results_spread), \
		    0, &spread_shape                                          \
	}

#define SHAPE(members, type, form)                                           \
	{                                                                    \
		members, sizeof(members) / sizeof(*(members)), sizeof(type), \
		    form                                                     \
	}

static const struct member machine_members[] = {
	NUMBER(struct results_machine, processors),
	TEXT(struct results_machine, model),
	TEXT(struct results_machine, kernel),
	NUMBER(struct results_machine, memory_bytes),
	MAYBE_TEXT(struct results_machine, governor),
	NUMBER(struct results_machine, load_before),
	NUMBER(struct results_machine, load_after),
	NUMBER(struct results_machine, steal),
};

static const struct shape machine_shape = SHAPE(machine_members,
    struct results_machine, SHAPE_OBJECT);

static const struct member library_members[] = {
	TEXT(struct results_library, version),
	MAYBE_TEXT(struct results_library, commit),
	MAYBE_TEXT(struct results_library, compiler),
	MAYBE_TEXT(struct results_library, build),
};

static const struct shape library_shape = SHAPE(library_members,
    struct results_library, SHAPE_OBJECT);

static const struct member method_members[] = {
	NUMBER(struct results_method, rounds),
	NUMBER(struct results_method, seconds),
	NUMBER(struct results_method, warmup),
	NUMBERS(struct results_method, server_processors),
	NUMBERS(struct results_method, client_processors),
	FLAG(struct results_method, shares_processor),
	TEXT(struct results_method, driver),
	TEXT(struct results_method, test),
};

static const struct shape method_shape = SHAPE(method_members,
    struct results_method, SHAPE_OBJECT);

static const struct member setting_members[] = {
	TEXT(struct results_setting, key),
	TEXT(struct results_setting, value),
};

static const struct shape setting_shape = SHAPE(setting_members,
    struct results_setting, SHAPE_MAP);

static const struct member variant_members[] = {
	TEXT(struct results_variant, id),
	TEXT(struct results_variant, pattern),
	TEXT(struct results_variant, role),
	TEXT(struct results_variant, about),
	OBJECTS(struct results_variant, configuration, &setting_shape),
};

static const struct shape variant_shape = SHAPE(variant_members,
    struct results_variant, SHAPE_OBJECT);

static const struct member workload_members[] = {
	TEXT(struct results_workload, id),
	TEXT(struct results_workload, title),
	MAYBE_TEXT(struct results_workload, job),
	NUMBER(struct results_workload, connections),
	NUMBER(struct results_workload, depth),
	NUMBER(struct results_workload, rate),
	TEXT(struct results_workload, metric),
	NUMBERS(struct results_workload, server_processors),
	FLAG(struct results_workload, shares_processor),
	TEXT(struct results_workload, verdict),
};

static const struct shape workload_shape = SHAPE(workload_members,
    struct results_workload, SHAPE_OBJECT);

#define ROUND_METRIC(index, name) \
	ELEMENT(offsetof(struct results_round, metrics), index, name)

static const struct member round_members[] = {
	NUMBER(struct results_round, requests),
	NUMBER(struct results_round, seconds),
	ROUND_METRIC(METRIC_RATE, "requests_per_second"),
	ROUND_METRIC(METRIC_P50, "p50_us"),
	ROUND_METRIC(METRIC_P99, "p99_us"),
	ROUND_METRIC(METRIC_P999, "p999_us"),
	ROUND_METRIC(METRIC_MAX, "max_us"),
	ROUND_METRIC(METRIC_CPU, "cpu_us"),
	NUMBER(struct results_round, client_busy),
};

static const struct shape round_shape = SHAPE(round_members,
    struct results_round, SHAPE_OBJECT);

static const struct member spread_members[] = {
	NUMBER(struct results_spread, value),
	NUMBER(struct results_spread, min),
	NUMBER(struct results_spread, max),
};

static const struct shape spread_shape = SHAPE(spread_members,
    struct results_spread, SHAPE_OBJECT);

static const struct member median_members[] = {
	SPREAD(METRIC_RATE, "requests_per_second"),
	SPREAD(METRIC_P50, "p50_us"),
	SPREAD(METRIC_P99, "p99_us"),
	SPREAD(METRIC_P999, "p999_us"),
	SPREAD(METRIC_MAX, "max_us"),
	SPREAD(METRIC_CPU, "cpu_us"),
};

static const struct shape median_shape = SHAPE(median_members,
    struct results_spread[METRICS], SHAPE_OBJECT);

static const struct member relative_members[] = {
	TEXT(struct results_relative, to),
	TEXT(struct results_relative, metric),
	NUMBER(struct results_relative, value),
	NUMBER(struct results_relative, low),
	NUMBER(struct results_relative, high),
	TEXT(struct results_relative, verdict),
};

static const struct shape relative_shape = SHAPE(relative_members,
    struct results_relative, SHAPE_OBJECT);

static const struct member per_request_members[] = {
	ELEMENT(0, COUNTER_WAKES, "wakes"),
	ELEMENT(0, COUNTER_PARKS, "parks"),
	ELEMENT(0, COUNTER_QUEUED, "queued"),
	ELEMENT(0, COUNTER_PROMOTED, "promoted"),
	ELEMENT(0, COUNTER_TAKEN_OVER, "taken_over"),
	ELEMENT(0, COUNTER_RUN_INLINE, "run_inline"),
	ELEMENT(0, COUNTER_WAITS, "waits"),
	ELEMENT(0, COUNTER_SWITCHES, "context_switches"),
	ELEMENT(0, COUNTER_SYSCALLS, "syscalls"),
};

static const struct shape per_request_shape = SHAPE(per_request_members,
    double[COUNTERS], SHAPE_OBJECT);

static const struct member where_members[] = {
	NUMBER(struct results_where, queue_us),
	NUMBER(struct results_where, handler_us),
	NUMBER(struct results_where, output_us),
	NUMBER(struct results_where, other_us),
};

static const struct shape where_shape = SHAPE(where_members,
    struct results_where, SHAPE_OBJECT);

static const struct member percentile_members[] = {
	NUMBER(struct results_percentile, fraction),
	NUMBER(struct results_percentile, us),
};

static const struct shape percentile_shape = SHAPE(percentile_members,
    struct results_percentile, SHAPE_TUPLE);

static const struct member result_members[] = {
	TEXT(struct results_result, workload),
	TEXT(struct results_result, variant),
	OBJECTS(struct results_result, rounds, &round_shape),
	OBJECT(struct results_result, median, &median_shape),
	OBJECT(struct results_result, relative, &relative_shape),
	OBJECT(struct results_result, per_request, &per_request_shape),
	OBJECT(struct results_result, where, &where_shape),
	MAYBE_TEXT(struct results_result, note),
	OBJECTS(struct results_result, percentiles, &percentile_shape),
	TEXTS(struct results_result, errors),
};

static const struct shape result_shape = SHAPE(result_members,
    struct results_result, SHAPE_OBJECT);

static const struct member point_members[] = {
	NUMBER(struct results_point, value),
	NUMBER(struct results_point, seconds),
	TEXT(struct results_point, variant),
	NUMBER(struct results_point, median),
	NUMBER(struct results_point, min),
	NUMBER(struct results_point, max),
};

static const struct shape point_shape = SHAPE(point_members,
    struct results_point, SHAPE_OBJECT);

static const struct member winners_members[] = {
	NUMBER(struct results_winners, value),
	TEXTS(struct results_winners, variants),
};

static const struct shape winners_shape = SHAPE(winners_members,
    struct results_winners, SHAPE_OBJECT);

static const struct member crossover_members[] = {
	TEXT(struct results_crossover, before),
	TEXT(struct results_crossover, after),
	NUMBER(struct results_crossover, from),
	NUMBER(struct results_crossover, to),
};

static const struct shape crossover_shape = SHAPE(crossover_members,
    struct results_crossover, SHAPE_OBJECT);

static const struct member sweep_members[] = {
	TEXT(struct results_sweep, parameter),
	MAYBE_TEXT(struct results_sweep, unit),
	TEXT(struct results_sweep, metric),
	TEXT(struct results_sweep, workload),
	NUMBER(struct results_sweep, rounds),
	NUMBER(struct results_sweep, seconds),
	OBJECTS(struct results_sweep, points, &point_shape),
	OBJECTS(struct results_sweep, winners, &winners_shape),
	OBJECTS(struct results_sweep, crossovers, &crossover_shape),
};

static const struct shape sweep_shape = SHAPE(sweep_members,
    struct results_sweep, SHAPE_OBJECT);

static const struct member span_members[] = {
	NUMBER(struct results_span, thread),
	TEXT(struct results_span, role),
	NUMBER(struct results_span, begin_us),
	NUMBER(struct results_span, end_us),
	TEXT(struct results_span, handle),
};

static const struct shape span_shape = SHAPE(span_members, struct results_span,
    SHAPE_TUPLE);

static const struct member depth_members[] = {
	NUMBER(struct results_depth, us),
	NUMBER(struct results_depth, depth),
};

static const struct shape depth_shape = SHAPE(depth_members,
    struct results_depth, SHAPE_TUPLE);

static const struct member timeline_members[] = {
	TEXT(struct results_timeline, variant),
	TEXT(struct results_timeline, workload),
	NUMBER(struct results_timeline, microseconds),
	TEXTS(struct results_timeline, threads),
	OBJECTS(struct results_timeline, spans, &span_shape),
	OBJECTS(struct results_timeline, queue, &depth_shape),
};

static const struct shape timeline_shape = SHAPE(timeline_members,
    struct results_timeline, SHAPE_OBJECT);

static const struct member results_members[] = {
	TEXT(struct results, schema),
	TEXT(struct results, started),
	NUMBER(struct results, seconds),
	TEXT(struct results, command),
	OBJECT(struct results, machine, &machine_shape),
	OBJECT(struct results, library, &library_shape),
	OBJECT(struct results, method, &method_shape),
	TEXTS(struct results, warnings),
	OBJECTS(struct results, variants, &variant_shape),
	OBJECTS(struct results, workloads, &workload_shape),
	OBJECTS(struct results, results, &result_shape),
	OBJECTS(struct results, sweeps, &sweep_shape),
	TEXTS(struct results, verdicts),
	OBJECTS(struct results, timelines, &timeline_shape),
};

const struct shape results_shape = SHAPE(results_members, struct results,
    SHAPE_OBJECT);
