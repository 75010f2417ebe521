/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * How a connection begins and ends, for slot.pml: lib/core/connection.c,
 * table.c, message.c, listener.c, and lib/sync/run_word.c as far as it goes.
 * Each inline mirrors the C function of its name; `s` is the slot, `k` the
 * connection that the caller serves, `client` the one that is opened.
 */

/* ---- the run word ---- */

/* Sets stale; hands over what became ready. Whom the caller means is a ghost,
 * or ANYBODY: who has the slot by now. */
#define ANYBODY 255
inline eln_run_signal(slot, to, reason, meant)
{
	d_step {
		stale = (generation[slot] != (to) || state[slot] == FREE);
		if
		:: !stale ->
			assert((meant) == ANYBODY || conn[slot] == (meant));
			reasons[slot] = reasons[slot] | reason;
			queued[slot] = queued[slot] || state[slot] == IDLE;
			state[slot] =
			    (state[slot] == IDLE -> READY : state[slot])
		:: else
		fi
	}
}

inline eln_run_close(slot)
{
	d_step {
		assert(state[slot] == RUNNING);
		state[slot] = FREE;
		generation[slot]++;
		reasons[slot] = 0
	}
}

/* ---- opening ---- */

inline accept4()
{
	d_step {
		n_accepted++;
		client = n_accepted;
		f = (fd_owner[0] == NOBODY -> 0 : 1);
		assert(fd_owner[f] == NOBODY);
		fd_owner[f] = client
	}
}

inline eln_table_take()
{
	d_step {
#if SLOTS > 1
		!taken[0] || !taken[1];
		s = (taken[0] -> 1 : 0);
#else
		!taken[0];
		s = 0;
#endif
		taken[s] = 1
	}
}

inline eln_table_give(slot)
{
	d_step {
		assert(taken[slot]);
		taken[slot] = 0
	}
}

/* The lists of messages are emptied under the lock. */
inline reset()
{
	d_step {
		conn[s] = client;
		fd[s] = f
	};
	d_step {
		closed_to_messages[s] = 0;
		LISTED(s, 1) = 0;
		LISTED(s, CONNECTIONS) = 0
	}
}

inline eln_run_open()
{
	d_step {
		assert(state[s] == FREE);
		reasons[s] = OPEN;
		state[s] = READY
	}
}

/* Sets done. EPOLL_CTL_ADD reports what is there already. */
inline eln_watch()
{
	if
#ifdef WATCH_FAILS
	:: d_step {
		!watch_failed;
		watch_failed = 1;
		done = 0
	}
#endif
	:: d_step {
		watched[f] = 1;
		watched_slot[f] = s;
		watched_generation[f] = generation[s];
		event_due[f] = bytes[client];
		done = 1
	}
	fi
}

inline take_back()
{
	d_step {
		assert(state[s] == READY);
		state[s] = RUNNING
	};
	eln_run_close(s);
	eln_table_give(s)
}

/* ---- messages ---- */

#define LISTED_IN(s) (LISTED(s, 1) + LISTED(s, CONNECTIONS))

/* What it is given is its own. Sets more. */
inline eln_connection_take_message()
{
	d_step {
		more = (LISTED_IN(s) != 0);
		if
		:: more ->
			assert(LISTED(s, k) != 0 && !closed[k]);
			LISTED(s, k) = LISTED(s, k) - 1;
			n_released++
		:: else
		fi
	}
}

inline append_locked()
{
	d_step {
		refused = (generation[s] != to || state[s] == FREE ||
		    closed_to_messages[s]);
		LISTED(s, n) = LISTED(s, n) + !refused
	}
}

/* ---- the end ---- */

inline eln_connection_end_messages()
{
	d_step {
#ifndef LIST_STAYS_OPEN
		closed_to_messages[s] = 1;
#endif
		n_released = n_released + LISTED_IN(s);
		LISTED(s, 1) = 0;
		LISTED(s, CONNECTIONS) = 0
	}
}

inline eln_unwatch()
{
	d_step {
		assert(fd_owner[fd[s]] == k || fd_owner[fd[s]] == NOBODY);
		watched[fd[s]] = 0;
		event_due[fd[s]] = 0
	}
}

inline close_descriptor()
{
	d_step {
		assert(fd_owner[fd[s]] == k);
		fd_owner[fd[s]] = NOBODY
	}
}

/* do_end and eln_connection_free */
inline end_connection()
{
	eln_connection_end_messages();
	d_step {
		assert(opened[k] && !closed[k]);
		closed[k] = 1 /* on_close */
	};
#ifdef CLOSE_BEFORE_UNWATCH
	close_descriptor();
	eln_unwatch();
#else
	eln_unwatch();
	close_descriptor();
#endif
#ifdef GIVE_BEFORE_CLOSE
	eln_table_give(s);
	eln_run_close(s)
#else
	eln_run_close(s);
	eln_table_give(s)
#endif
}
