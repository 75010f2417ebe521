/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_HTML_H
#define ECHELON_COMPARE_HTML_H

/*
 * The parts of the report. Each function writes one to the stream, as HTML
 * that is complete without script or style; report/template.html says where
 * each of them stands, and report/ *.js draws the plots beside them.
 */

#include "results.h"

#include <stdio.h>

/* ---- words and numbers: html_text.c ---- */

/* Text in which nothing is markup. */
void html_text(FILE *stream, const char *text);

/* The same, with line breaks allowed within names: after ':' and '+'. */
void html_name(FILE *stream, const char *name);

/* The same for a sentence, in which the ids of variants stand out. */
void html_sentence(FILE *stream, const struct results *results,
    const char *text, size_t length);

/* "421 us" with the sign for micro, "1.66 ms", "n/a". */
void html_time(FILE *stream, double us);

/* "161k" */
void html_number(FILE *stream, double number);

/* In the unit of the metric. */
void html_metric(FILE *stream, enum metric metric, double value);

/* "356-512 us", from the smallest to the largest. */
void html_range(FILE *stream, enum metric metric, double min, double max);

/* "2026-11-02 09:30 UTC" */
void html_moment(FILE *stream, const char *iso);

/* What a metric is called above a column. */
const char *html_metric_title(enum metric metric);

/* The metric that decides. */
enum metric html_deciding(const char *key);

/* ---- html_verdicts.c ---- */

void html_title(const struct results *results, FILE *stream);
void html_summary(const struct results *results, FILE *stream);
void html_verdicts(const struct results *results, FILE *stream);
void html_warnings(const struct results *results, FILE *stream);

/* The clauses of a verdict as a list. */
void html_clauses(const struct results *results, FILE *stream,
    const char *verdict);

/* ---- html_score.c ---- */

void html_score(const struct results *results, FILE *stream);

/* ---- html_workloads.c, html_sweeps.c ---- */

void html_workloads(const struct results *results, FILE *stream);
void html_sweeps(const struct results *results, FILE *stream);

/* ---- html_about.c ---- */

void html_machine(const struct results *results, FILE *stream);
void html_counters(const struct results *results, FILE *stream);
void html_configuration(const struct results *results, FILE *stream);
void html_command(const struct results *results, FILE *stream);

/* ---- html_data.c ---- */

/* What the plots are drawn from: the JSON of --json, without what they do not
 * show (leave_out() says what). */
void html_data(const struct results *results, FILE *stream);

/*
 * The spans of the timelines: JSON, a text for each thread. A word is a role's
 * letter and how long it lasts, in tenths of a microsecond, then perhaps a
 * comma and a handle; "_" is for no role. "_12 w501,c7" works for 50.1 us, from
 * 1.2 us on.
 */
void html_lanes(const struct results *results, FILE *stream);

/* The plotting library, or what to install for it. */
void html_library(const struct results *results, FILE *stream);
void html_library_licence(const struct results *results, FILE *stream);

#endif
