/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recursive descent, that computes as it reads; to check, it reads without
 * results, and every metric is NAN.
 *
 * A comparison with NAN is neither true nor false, and what is not known
 * makes an expression unknown unless the rest of it decides.
 */
#include "expression.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 50

struct parser {
	const char *at;
	const struct results *results; /* NULL: only checked */
	const char *workload;
	int depth;
	bool asks[METRICS];
	char *error; /* the first thing wrong; empty: nothing yet */
	size_t size;
};

static void
refuse(struct parser *parser, const char *what)
{
	if (parser->error[0] != '\0') {
		return;
	}
	if (*parser->at == '\0') {
		snprintf(parser->error, parser->size, "%s at its end", what);
	} else {
		snprintf(parser->error, parser->size, "%s at \"%.20s\"", what,
		    parser->at);
	}
}

static bool
has_failed(const struct parser *parser)
{
	return parser->error[0] != '\0';
}

static void
skip_blanks(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t\n");
}

static bool
take(struct parser *parser, const char *token)
{
	size_t length = strlen(token);

	skip_blanks(parser);
	if (strncmp(parser->at, token, length) != 0) {
		return false;
	}
	parser->at += length;
	return true;
}

static void
expect(struct parser *parser, const char *token)
{
	char what[32];

	if (!take(parser, token)) {
		snprintf(what, sizeof(what), "lacks \"%s\"", token);
		refuse(parser, what);
	}
}

/* A name up to the comma or parenthesis, or in quotes. */
static void
read_name(struct parser *parser, char *name, size_t size)
{
	bool is_quoted = take(parser, "\"") || take(parser, "'");
	size_t length;

	skip_blanks(parser);
	length = strcspn(parser->at, is_quoted ? "\"'" : ",()<>&| \t\n");
	if (length == 0 || length >= size) {
		refuse(parser, "lacks a name");
		return;
	}
	memcpy(name, parser->at, length);
	name[length] = '\0';
	parser->at += length;
	if (is_quoted && *parser->at != '\0') {
		parser->at++;
	}
}

static double
look_up(struct parser *parser, enum metric metric, const char *variant,
    const char *workload)
{
	const struct results *results = parser->results;
	const struct results_result *result;

	if (results == NULL) {
		return (double)NAN;
	}
	if (results_find_variant(results, variant) == NULL) {
		if (!has_failed(parser)) {
			snprintf(parser->error, parser->size,
			    "names the pattern \"%s\", which was not measured",
			    variant);
		}
		return (double)NAN;
	}
	if (results_find_workload(results, workload) == NULL) {
		if (!has_failed(parser)) {
			snprintf(parser->error, parser->size,
			    "names the workload \"%s\", which was not measured",
			    workload);
		}
		return (double)NAN;
	}
	result = results_find(results, workload, variant);
	return result == NULL ? (double)NAN : result->median[metric].value;
}

static double
read_metric(struct parser *parser)
{
	size_t length = strspn(parser->at,
	    "abcdefghijklmnopqrstuvwxyz0123456789_");
	int metric = metric_find(parser->at, length);
	char variant[128] = "";
	char workload[64];

	if (metric < 0) {
		refuse(parser,
		    "lacks a number or one of rate, p50, p99, p999, max, cpu");
		return (double)NAN;
	}
	parser->at += length;
	parser->asks[metric] = true;
	snprintf(workload, sizeof(workload), "%s",
	    parser->workload != NULL ? parser->workload : "");
	expect(parser, "(");
	read_name(parser, variant, sizeof(variant));
	if (take(parser, ",")) {
		read_name(parser, workload, sizeof(workload));
	}
	expect(parser, ")");
	return has_failed(parser)
	    ? (double)NAN
	    : look_up(parser, (enum metric)metric, variant, workload);
}

static double read_sum(struct parser *parser);

static double
read_factor(struct parser *parser)
{
	double value;
	char *end;

	skip_blanks(parser);
	if (isdigit((unsigned char)*parser->at)) {
		value = strtod(parser->at, &end);
		parser->at = end;
		return value;
	}
	if (*parser->at != '(') {
		return read_metric(parser);
	}
	if (++parser->depth > DEPTH_MAX) {
		refuse(parser, "is nested too deeply");
		return (double)NAN;
	}
	parser->at++;
	value = read_sum(parser);
	expect(parser, ")");
	parser->depth--;
	return value;
}

/* What is not known may be anything but 0. */
static double
divide(struct parser *parser, double value, double by)
{
	if (by == 0) {
		if (!has_failed(parser)) {
			snprintf(parser->error, parser->size, "divides by 0");
		}
		return (double)NAN;
	}
	return value / by;
}

static double
read_product(struct parser *parser)
{
	double value = read_factor(parser);

	while (!has_failed(parser)) {
		if (take(parser, "*")) {
			value *= read_factor(parser);
		} else if (take(parser, "/")) {
			value = divide(parser, value, read_factor(parser));
		} else {
			break;
		}
	}
	return value;
}

static double
read_sum(struct parser *parser)
{
	double value = read_product(parser);

	while (!has_failed(parser)) {
		if (take(parser, "+")) {
			value += read_product(parser);
		} else if (take(parser, "-")) {
			value -= read_product(parser);
		} else {
			break;
		}
	}
	return value;
}

static enum expression_value
make_value(double left, double right, bool is_true)
{
	if (isnan(left) || isnan(right)) {
		return EXPRESSION_UNKNOWN;
	}
	return is_true ? EXPRESSION_TRUE : EXPRESSION_FALSE;
}

static enum expression_value
read_relation(struct parser *parser)
{
	double left = read_sum(parser);
	double right;

	if (take(parser, "<=")) {
		right = read_sum(parser);
		return make_value(left, right, left <= right);
	}
	if (take(parser, ">=")) {
		right = read_sum(parser);
		return make_value(left, right, left >= right);
	}
	if (take(parser, "<")) {
		right = read_sum(parser);
		return make_value(left, right, left < right);
	}
	if (take(parser, ">")) {
		right = read_sum(parser);
		return make_value(left, right, left > right);
	}
	refuse(parser, "lacks a comparison");
	return EXPRESSION_UNKNOWN;
}

/* Does the parenthesis here hold comparisons, and not the first part of one?
 * Then one of them stands in it. */
static bool
holds_comparison(const struct parser *parser)
{
	int open = 0;
	char quote = '\0';

	for (const char *at = parser->at; *at != '\0'; at++) {
		if (quote != '\0') {
			quote = *at == quote ? '\0' : quote;
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (*at == '<' || *at == '>') {
			return true;
		} else if (*at == '(') {
			open++;
		} else if (*at == ')' && --open == 0) {
			return false;
		}
	}
	return false;
}

static enum expression_value read_either(struct parser *parser);

static enum expression_value
read_comparison(struct parser *parser)
{
	enum expression_value value;

	skip_blanks(parser);
	if (*parser->at != '(' || !holds_comparison(parser)) {
		return read_relation(parser);
	}
	if (++parser->depth > DEPTH_MAX) {
		refuse(parser, "is nested too deeply");
		return EXPRESSION_UNKNOWN;
	}
	parser->at++;
	value = read_either(parser);
	expect(parser, ")");
	parser->depth--;
	return value;
}

/* `decisive` on either side decides; otherwise both must be known. */
static enum expression_value
join(enum expression_value left, enum expression_value right,
    enum expression_value decisive)
{
	if (left == decisive || right == decisive) {
		return decisive;
	}
	return left == EXPRESSION_UNKNOWN ? left : right;
}

static enum expression_value
read_both(struct parser *parser)
{
	enum expression_value value = read_comparison(parser);

	while (!has_failed(parser) && take(parser, "&&")) {
		value = join(value, read_comparison(parser), EXPRESSION_FALSE);
	}
	return value;
}

static enum expression_value
read_either(struct parser *parser)
{
	enum expression_value value = read_both(parser);

	while (!has_failed(parser) && take(parser, "||")) {
		value = join(value, read_both(parser), EXPRESSION_TRUE);
	}
	return value;
}

static enum expression_value
read_all(struct parser *parser)
{
	enum expression_value value;

	parser->error[0] = '\0';
	value = read_either(parser);
	skip_blanks(parser);
	if (!has_failed(parser) && *parser->at != '\0') {
		refuse(parser, "has something more");
	}
	return value;
}

int
expression_evaluate(const char *expression, const struct results *results,
    const char *workload, enum expression_value *value, char *error,
    size_t size)
{
	struct parser parser = { .at = expression,
		.results = results,
		.workload = workload,
		.error = error,
		.size = size };

	*value = read_all(&parser);
	return has_failed(&parser) ? -EINVAL : 0;
}

int
expression_check(const char *expression, char *error, size_t size)
{
	enum expression_value value;

	return expression_evaluate(expression, NULL, "", &value, error, size);
}

bool
expression_asks(const char *expression, enum metric metric)
{
	char error[EXPRESSION_ERROR];
	struct parser parser = {
		.at = expression, .error = error, .size = sizeof(error)
	};

	(void)read_all(&parser);
	return parser.asks[metric];
}
