/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_CALLS_CALLS_H
#define TEST_CALLS_CALLS_H

/*
 * A cell: one public function, called once, in one place.
 */

#include <echelon/echelon.h>
#include <stddef.h>

enum place {
	IN_FRAME,
	IN_ON_OPEN,
	IN_ON_DATA,
	IN_ON_END,
	IN_ON_WRITABLE,
	IN_ON_MESSAGE,
	IN_ON_TIMEOUT,
	IN_ON_CLOSE,
	IN_THREAD_START,
	IN_THREAD_STOP,
	IN_RELEASE,
	ON_OTHER_THREAD, /* while the connection is open */
	AFTER_ON_CLOSE,  /* there too */
	AFTER_WAIT,      /* there too, before destroy */
	PLACES,
	HANDLER_PLACES = IN_ON_CLOSE + 1 /* the first of them */
};

extern const char *const place_names[PLACES];

/* Who calls in a place: the thread that is there, or another, for which it
 * waits meanwhile. */
enum caller {
	CALLER_ITSELF,
	CALLER_BESIDE
};

enum {
	RESULT = 32
};

/* Where a function is called: what it may be given. */
struct there {
	echelon_engine *engine;
	echelon_conn *conn; /* perhaps of a connection that is closed; NULL */
	echelon_conn_id id; /* its, or 0 */
	int destroyed;      /* the engine, by the call */
};

struct function {
	const char *name;
	/* Calls it and writes what it returned: "yes" if it returns nothing
	 * that could tell, "0", "-EPIPE". */
	void (*call)(struct there *there, char *result);
};

extern const struct function functions[];
extern const size_t n_functions;

/** Runs a cell in this process, which may be ended by it. */
void run_cell(const char *pattern, const struct function *function,
    enum place place, enum caller caller, char *result);

#endif
