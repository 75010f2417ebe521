/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Chrome's trace event format, which Perfetto and chrome://tracing open.
 *
 *   a thread     two tracks: what it is (roles), what it does (the others)
 *   spans        complete events ("X"), so that nothing is left open
 *   the queue    asynchronous spans ("b", "e"), one per handle in it
 *   QUEUED, ...  what has no duration: a span of 1 us, or less if something
 *                comes sooner, as arrows begin and end only at spans
 *   flows        arrows ("s", "t", "f") from step to step
 *
 * Times are in us with three decimals, from the first event of all.
 */

#include <inttypes.h>

#include "base/compiler.h"
#include "core/thread.h"
#include "core/trace_render.h"

#define MARK_NS UINT64_C(1000)

static void
print_time(const struct eln_story *story, struct eln_out *out, const char *key,
    uint64_t time)
{
	uint64_t ns = time - story->origin;

	eln_out_print(out, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000,
	    (unsigned)(ns % 1000));
}

static unsigned
track_of(unsigned column, bool roles)
{
	return 2 * column + (roles ? 1 : 2);
}

/** Begins an event; the caller adds what else it has, and "}". */
static void
begin(struct eln_out *out, const char *phase, const char *category,
    unsigned track)
{
	eln_out_print(out,
	    ",\n{\"ph\":\"%s\",\"cat\":\"%s\",\"pid\":1,\"tid\":%u", phase,
	    category, track);
}

/* ---- names ---- */

static void
name_track(struct eln_out *out, unsigned track, const char *name,
    const char *suffix)
{
	eln_out_print(out,
	    ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":%u,"
	    "\"args\":{\"name\":\"%s%s\"}}"
	    ",\n{\"ph\":\"M\",\"name\":\"thread_sort_index\",\"pid\":1,"
	    "\"tid\":%u,\"args\":{\"sort_index\":%u}}",
	    track, name, suffix, track, track);
}

static void
print_names(const struct eln_story *story, struct eln_out *out)
{
	const char *title = story->view.title;

	eln_out_print(out,
	    "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"args\":"
	    "{\"name\":\"");
	eln_out_json(out, title != NULL ? title : "echelon");
	eln_out_print(out, "\"}}");
	for (unsigned c = 0; c < story->n_columns; c++) {
		char name[ELN_NAME_SIZE];

		eln_thread_name(name, story->threads[c]);
		name_track(out, track_of(c, true), name, " role");
		name_track(out, track_of(c, false), name, "");
	}
}

/* ---- spans ---- */

static const char *
span_name(const struct eln_span *span)
{
	switch (span->kind) {
	case ELN_SPAN_ROLE:
		return eln_role_name(span->detail);
	case ELN_SPAN_CALL:
		return eln_call_name((enum eln_call)span->detail);
	case ELN_SPAN_WAIT:
		return "waits";
	case ELN_SPAN_PARK:
		return "parked";
	case ELN_SPAN_TURN:
		return "turn";
	case ELN_SPAN_WRITE:
		return "writes";
	case ELN_SPAN_QUEUE:
		return "queued";
	case ELN_SPANS:
		break;
	}
	return "";
}

/** The name of a span, and of the connection it is about. */
static void
print_label(struct eln_out *out, const char *name, echelon_conn_id id)
{
	char conn[ELN_NAME_SIZE];

	if (id == 0) {
		eln_out_print(out, ",\"name\":\"%s\"", name);
		return;
	}
	eln_conn_name(conn, id);
	eln_out_print(out,
	    ",\"name\":\"%s %s\",\"args\":{\"connection\":\"%s\","
	    "\"id\":\"%" PRIx64 "\"}",
	    name, conn, conn, id);
}

static void
print_span(const struct eln_story *story, struct eln_out *out,
    const struct eln_span *span)
{
	bool is_role = span->kind == ELN_SPAN_ROLE;

	begin(out, "X", is_role ? "role" : "thread",
	    track_of(span->column, is_role));
	print_time(story, out, "ts", span->begin);
	print_time(story, out, "dur", story->origin + span->end - span->begin);
	print_label(out, span_name(span), span->conn);
	eln_out_print(out, "}");
}

/** One end of a handle's stay in the queue. */
static void
print_queue_end(const struct eln_story *story, struct eln_out *out,
    const struct eln_span *span, size_t number, bool is_end)
{
	begin(out, is_end ? "e" : "b", "queue", track_of(span->column, false));
	eln_out_print(out, ",\"id\":%zu", number);
	print_time(story, out, "ts", is_end ? span->end : span->begin);
	print_label(out, "queued", span->conn);
	eln_out_print(out, "}");
}

static void
print_spans(const struct eln_story *story, struct eln_out *out)
{
	for (size_t i = 0; i < story->n_spans; i++) {
		const struct eln_span *span = &story->spans[i];

		if (span->kind == ELN_SPAN_QUEUE) {
			print_queue_end(story, out, span, i, false);
			print_queue_end(story, out, span, i, true);
		} else {
			print_span(story, out, span);
		}
	}
}

/* ---- marks ---- */

/** What an event without a duration is called; NULL: it has one. */
static const char *
mark_name(const struct echelon_trace_event *event)
{
	switch (event->kind) {
	case ECHELON_TRACE_READY:
		return "ready";
	case ECHELON_TRACE_QUEUED:
		return "queue";
	case ECHELON_TRACE_POSTED:
		return "post";
	case ECHELON_TRACE_PROMOTED:
		return event->detail != 0 ? "hands the lead on"
					  : "offers the lead";
	case ECHELON_TRACE_TAKEN_OVER:
		return "takes the lead away";
	default:
		return NULL;
	}
}

/** How long the mark of event `i` may be without running into what its
 *  thread does next. */
static uint64_t
mark_length(const struct eln_story *story, size_t i)
{
	const struct echelon_trace_event *mark = &story->events[i];
	uint64_t left = story->end - mark->time_ns;

	for (size_t next = i + 1; next < story->n_events; next++) {
		const struct echelon_trace_event *event = &story->events[next];
		uint64_t gap = event->time_ns - mark->time_ns;

		if (gap >= MARK_NS) {
			break;
		}
		if (event->thread == mark->thread) {
			return gap;
		}
	}
	return left < MARK_NS ? left : MARK_NS;
}

static void
print_marks(const struct eln_story *story, struct eln_out *out)
{
	for (size_t i = 0; i < story->n_events; i++) {
		const struct echelon_trace_event *event = &story->events[i];
		const char *name = mark_name(event);

		if (name == NULL || !eln_story_shows(story, event)) {
			continue;
		}
		begin(out, "X", "mark",
		    track_of(eln_story_column(story, event->thread), false));
		print_time(story, out, "ts", event->time_ns);
		print_time(story, out, "dur",
		    story->origin + mark_length(story, i));
		print_label(out, name, event->conn);
		eln_out_print(out, "}");
	}
}

/* ---- flows ---- */

static void
print_flows(const struct eln_story *story, struct eln_out *out)
{
	for (size_t i = 0; i < story->n_steps; i++) {
		const struct eln_flow_step *step = &story->steps[i];
		bool is_first = i == 0 || step[-1].flow != step->flow;
		const char *phase = is_first ? "s" : step->is_last ? "f" : "t";

		if (is_first && step->is_last) {
			continue;
		}
		begin(out, phase, "request", track_of(step->column, false));
		eln_out_print(out, ",\"id\":%u,\"bp\":\"e\"", step->flow);
		print_time(story, out, "ts", step->time);
		print_label(out, "request", step->conn);
		eln_out_print(out, "}");
	}
}

int
eln_render_json(const struct eln_story *story, struct eln_out *out)
{
	eln_out_print(out, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
	print_names(story, out);
	print_spans(story, out);
	print_marks(story, out);
	print_flows(story, out);
	eln_out_print(out, "\n]}\n");
	return 0;
}
