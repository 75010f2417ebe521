/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_HANDLER_H
#define ECHELON_HANDLER_H

/**
 * @file
 * The event handler: the one interface that a server implements.
 *
 * A handler is a constant table of functions. Which thread calls them, and who
 * waits for events meanwhile, is the pattern's affair and changes nothing of
 * what an engine guarantees:
 *
 * G1 exclusive   At most one thread is inside the handler of one connection.
 * G2 ordered     Input arrives and output leaves in order, and a call sees
 *                what the one before wrote to memory: the state of a
 *                connection needs no lock.
 * G3 last call   on_close comes once for each on_open that returned 0 (NULL
 *                counts as 0), after every other call.
 * G4 no surprise No function called by a handler calls the handler.
 * G5 no hostage  A handler that blocks keeps nobody waiting for more than two
 *                stall ticks (engine.stall_tick) while a thread is free.
 * G6 no lost wake-up, no idle CPU
 *                A sleeping pool costs nothing and wakes at the first event.
 * G7 bounded     Every queue, buffer and count has a finite limit.
 * G8 stop        echelon_engine_stop works from anywhere, and
 *                echelon_engine_wait returns by the drain deadline (on an
 *                overloaded machine, half a second later).
 * G9 same        All of it for every pattern, but for G5: `reactor` has one
 *                thread, those of `reactor-per-thread` do not help each
 *                other, and with `promote = stall` each blocked handler in
 *                front of a connection may cost it two ticks.
 * G10 nothing global
 *                Several engines live in one process; signal dispositions
 *                are left alone.
 */

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A connection. Valid only inside the call that was given it. */
typedef struct echelon_conn echelon_conn;

/** Which of the settings [deadlines] has passed. */
enum echelon_deadline {
	/** The request whose first byte came is still not whole. */
	ECHELON_DEADLINE_REQUEST = 1,
	/** Nothing came in and nothing went out. */
	ECHELON_DEADLINE_IDLE = 2,
	/** Output is waiting and the peer takes none of it. */
	ECHELON_DEADLINE_WRITE_STALL = 3
};

/**
 * One server's behaviour. Every member but `size` may be NULL.
 *
 * Every function but `frame` may block as long as it likes (G5), and may call
 * all of connection.h on its connection, and what engine.h and stats.h allow
 * to handlers. The table must live until the engine is destroyed.
 *
 * A *turn* is one stay of a thread in a connection: at most limits.turn bytes
 * received and 32 calls, then others come first.
 */
struct echelon_handler {
	/** sizeof(struct echelon_handler); ECHELON_HANDLER fills it in. */
	size_t size;

	/**
	 * Finds the first request in what has been received.
	 *
	 * With it, on_data is given one whole request, and a slow peer never
	 * occupies a thread. Must be pure and not block: the asynchronous
	 * layer may run it. NULL: any bytes are a request.
	 *
	 * @return its length; if that is above `length`, it is asked again
	 *         when so much is there; 0 if more bytes are needed to tell;
	 *         -errno closes the connection with that reason
	 */
	ptrdiff_t (*frame)(const void *data, size_t length, void *context);

	/** The first call. 0; or -errno to close, without an on_close. */
	int (*on_open)(echelon_conn *conn);

	/**
	 * Input. With `frame`: one whole request. Without: what there is,
	 * from the first byte not consumed. `data` is valid until the return.
	 *
	 * What it writes leaves when it returns, or together with the replies
	 * to requests already at hand (echelon_flush sends at once).
	 *
	 * @return the bytes consumed. With `frame` that is `length`. Without,
	 *         it is called again with the rest in the same turn; 0 waits
	 *         for more (a full buffer, limits.input, closes with
	 *         -EMSGSIZE).
	 *         After a write of this call returned -ENOBUFS: 0 or -ENOBUFS
	 *         waits for room and presents the same bytes again.
	 *         Any other -errno closes with that reason, after what was
	 *         written has been sent.
	 */
	ptrdiff_t (*on_data)(echelon_conn *conn, const void *data,
	    size_t length);

	/**
	 * The peer sent FIN; bytes of an incomplete request were dropped.
	 * Output still goes, until echelon_close. NULL: closes.
	 */
	void (*on_end)(echelon_conn *conn);

	/** There is room again after a write that returned -ENOBUFS. */
	void (*on_writable)(echelon_conn *conn);

	/** From echelon_post, released afterwards. NULL: released unseen. */
	void (*on_message)(echelon_conn *conn, void *message);

	/**
	 * A deadline has passed. 0 to go on, and it starts afresh; -errno to
	 * close. NULL: closes with -ETIMEDOUT.
	 */
	int (*on_timeout)(echelon_conn *conn, enum echelon_deadline which);

	/**
	 * The last call. What was written is with the kernel, or never will
	 * be: writing returns -EPIPE, echelon_post -ESTALE, and closing or
	 * holding changes nothing.
	 *
	 * @param reason  0 closed in order, by either side; else what a
	 *                handler function returned, or -ECONNABORTED
	 *                echelon_abort; -ETIMEDOUT a deadline; -EMSGSIZE a
	 *                request above limits.input; -EBUSY overload;
	 *                -ESHUTDOWN cut off by the drain deadline;
	 *                -ECONNRESET and others from the kernel
	 */
	void (*on_close)(echelon_conn *conn, int reason);
};

/**
 * Initialises a handler:
 * `static const struct echelon_handler h = ECHELON_HANDLER(.on_data = f);`
 * (C11, C++20. Before C++20: `echelon_handler h{}; h.size = sizeof(h); ...`)
 */
#define ECHELON_HANDLER(...)                                        \
	{                                                           \
		.size = sizeof(struct echelon_handler), __VA_ARGS__ \
	}

#ifdef __cplusplus
}
#endif

#endif
