/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each connection is somewhere at any time, and its next event says that it
 * has left:
 *
 *     idle ─ready→ waiting ─taken→ turn ─call begins→ call ─call ends→
 *     called ─write begins→ writing ─write ends→ turn ─turn ends→ idle
 *
 * and back to waiting, if the turn ends with something left to do. The time
 * between two events belongs to where the connection was; what lies between
 * the handler's return and a write is output, too, and between its return and
 * anything else is not. Of a connection nothing counts before it is known
 * where it is.
 *
 * A connection that is ready again during its turn is not waiting: its thread
 * will see it.
 */
#include "where.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum place {
	PLACE_UNKNOWN,
	PLACE_IDLE,
	PLACE_WAITING,
	PLACE_TURN,
	PLACE_CALL,
	PLACE_CALLED,
	PLACE_WRITING,
	PLACES
};

struct conn {
	echelon_conn_id id; /* 0: a free slot of the table */
	enum place place;
	uint64_t since_ns;
};

struct table {
	struct conn *conns;
	size_t room; /* a power of two, more than twice what is in it */
	size_t used;
	double ns[PLACES];
	double calls;
};

static struct conn *
find_slot(struct conn *conns, size_t room, echelon_conn_id id)
{
	size_t at = (size_t)(id * 0x9e3779b97f4a7c15U >> 32) & (room - 1);

	while (conns[at].id != 0 && conns[at].id != id) {
		at = (at + 1) & (room - 1);
	}
	return &conns[at];
}

static int
grow(struct table *table)
{
	size_t room = table->room == 0 ? 256 : table->room * 2;
	struct conn *conns = calloc(room, sizeof(*conns));

	if (conns == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < table->room; i++) {
		if (table->conns[i].id != 0) {
			*find_slot(conns, room,
			    table->conns[i].id) = table->conns[i];
		}
	}
	free(table->conns);
	table->conns = conns;
	table->room = room;
	return 0;
}

static struct conn *
find(struct table *table, echelon_conn_id id)
{
	struct conn *conn;

	if (table->used * 2 >= table->room && grow(table) != 0) {
		return NULL;
	}
	conn = find_slot(table->conns, table->room, id);
	table->used += conn->id == 0;
	conn->id = id;
	return conn;
}

/* Where a connection is after an event. */
static enum place
get_next(enum place now, const struct echelon_trace_event *event)
{
	bool is_out = now == PLACE_UNKNOWN || now == PLACE_IDLE;

	switch (event->kind) {
	case ECHELON_TRACE_READY:
		return is_out ? PLACE_WAITING : now;
	case ECHELON_TRACE_QUEUED:
		return PLACE_WAITING;
	case ECHELON_TRACE_TAKEN:
	case ECHELON_TRACE_WRITE_END:
		return PLACE_TURN;
	case ECHELON_TRACE_CALL_BEGIN:
		return PLACE_CALL;
	case ECHELON_TRACE_CALL_END:
		return PLACE_CALLED;
	case ECHELON_TRACE_WRITE_BEGIN:
		return PLACE_WRITING;
	case ECHELON_TRACE_TURN_END:
		return event->detail == ECHELON_TURN_DONE ? PLACE_IDLE
							  : PLACE_WAITING;
	default:
		return now;
	}
}

/* Where the time since the last event belongs. */
static enum place
get_account(enum place now, const struct echelon_trace_event *event)
{
	if (now == PLACE_CALLED) {
		return event->kind == ECHELON_TRACE_WRITE_BEGIN ? PLACE_WRITING
								: PLACE_TURN;
	}
	return now;
}

static void
follow(struct table *table, struct conn *conn,
    const struct echelon_trace_event *event)
{
	enum place next = get_next(conn->place, event);

	if (conn->since_ns != 0 && event->time_ns > conn->since_ns) {
		table->ns[get_account(conn->place, event)] +=
		    (double)(event->time_ns - conn->since_ns);
	}
	conn->since_ns = event->time_ns;
	conn->place = next;
	table->calls += event->kind == ECHELON_TRACE_CALL_END &&
	    event->detail == ECHELON_CALL_ON_DATA;
}

int
where_of(const struct echelon_trace_event *events, size_t n,
    struct results_where *where)
{
	struct table table = { 0 };
	double per_us;

	for (size_t i = 0; i < n; i++) {
		struct conn *conn;

		if (events[i].conn == 0) {
			continue;
		}
		conn = find(&table, events[i].conn);
		if (conn == NULL) {
			free(table.conns);
			return -ENOMEM;
		}
		follow(&table, conn, &events[i]);
	}
	free(table.conns);
	per_us = table.calls > 0 ? 1e3 * table.calls : (double)NAN;
	where->queue_us = table.ns[PLACE_WAITING] / per_us;
	where->handler_us = table.ns[PLACE_CALL] / per_us;
	where->output_us = table.ns[PLACE_WRITING] / per_us;
	where->other_us = table.ns[PLACE_TURN] / per_us;
	return 0;
}
