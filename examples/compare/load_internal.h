/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_LOAD_INTERNAL_H
#define ECHELON_COMPARE_LOAD_INTERNAL_H

/*
 * What load.c (a run), pace.c (when to send what), link.c (one connection) and
 * reply.c (what comes in on it) share.
 *
 * A link numbers its requests; the next reply must be that to the oldest one
 * not answered. `marks` remembers when each was due, in a ring as long as the
 * link may be deep.
 */

#include "load.h"
#include "window.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	REQUEST_BYTES = 64,
	RECEIVE_BYTES = 65536
};

struct mark {
	uint64_t due_ns;
	char job;
	bool rare;
};

struct link {
	int descriptor;
	uint32_t index;
	uint64_t sent;
	uint64_t answered;
	struct mark *marks;
	struct link *next_idle;

	/* Requests that the socket did not take yet. */
	unsigned char *out;
	size_t out_begin;
	size_t out_end;
	bool waits_for_room;

	/* The beginning of a reply, where the whole is looked at. */
	unsigned char *partial;
	size_t partial_length;
	size_t partial_room;
	/* Of a dialogue's reply of a known length: bytes still to come. */
	size_t reply_left;
};

struct load {
	struct load_plan plan;
	struct link *links;
	size_t n_links;
	int epoll;
	char error[200];

	uint64_t random;
	uint64_t rare_at; /* which of this hundred is the rare one */
	uint64_t chosen;  /* jobs chosen since the run began */

	uint64_t in_flight;
	uint64_t last_reply_ns;

	/* This run. */
	struct load_result *result;
	struct window window;

	/* Open loop: links with nothing in flight, first come, first used. */
	struct link *idle_first;
	struct link **idle_last;
	uint64_t arrivals; /* how many there will be */
	uint64_t arrived;  /* how many were sent */
	uint64_t next_due_ns;

	/* The beginning of a reply, and what has come after it. */
	unsigned char *received;
	size_t received_room;
};

uint64_t load_now_ns(void);

/* Notes what happened, and returns `result`. */
int load_fail(struct load *load, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Called by link_receive for each reply, already checked. */
void load_take_reply(struct load *load, const struct mark *mark,
    uint64_t now_ns);

/* Begins a run: sends what the closed loop sends first. */
int pace_start(struct load *load, uint64_t now);

/* Sends what comes after a reply on this link. */
int pace_after_reply(struct load *load, struct link *link);

/* Sends the arrivals that are due, as far as links are idle. */
int pace_send_due(struct load *load, uint64_t now);

/* When the next arrival can be sent; UINT64_MAX: after a reply, or never. */
uint64_t pace_next_due_ns(const struct load *load);

/* Counts the arrivals that are left as never sent: what they have waited
 * until now is known. */
void pace_give_up(struct load *load, uint64_t now);

int link_open(struct load *load, struct link *link, const char *address);

void link_close(struct link *link);

/* Adds a request; the caller has seen to the depth. link_flush sends. */
void link_request(struct load *load, struct link *link, struct mark mark);

int link_flush(struct load *load, struct link *link);

/* The bytes of the request with this number. */
void link_fill_request(unsigned char *request, const struct load *load,
    const struct link *link, char job, uint64_t number);

/* Reads what there is, once, and checks it. */
int link_receive(struct load *load, struct link *link);

static inline size_t
link_in_flight(const struct link *link)
{
	return (size_t)(link->sent - link->answered);
}

#endif
