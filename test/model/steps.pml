/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a turn does, for turn.pml: lib/core/steps.c, calls.c and message.c.
 * Each inline mirrors the C function of its name. What a handler does is any
 * of what it may do. A request is one byte; a receive takes what there is.
 */

#include "output.pml"

/* ---- what a handler calls ---- */

inline echelon_hold()
{
	d_step {
		if
		:: phase == NEW || phase == OPEN ->
			flags = flags | HELD;
			held = 1;
			owed = 1
		:: else
		fi
	}
}

inline echelon_resume()
{
	d_step {
		if
		:: flags & HELD ->
#ifdef RESUME_CLEARS_BOTH
			flags = 0;
#else
			flags = flags & PAUSED;
#endif
			held = 0;
#ifndef RESUME_KEEPS_INCOMPLETE
			incomplete = 0
#endif
		:: else
		fi
	}
}

inline enter()
{
	d_step {
		assert(n_closed == 0);
		refused_write = 0
	}
}

inline leave()
{
#ifndef NO_PAUSE_IN_LEAVE
	d_step {
		if
		:: queue != 0 -> eln_connection_set_pause()
		:: else
		fi
	};
#endif
	if
	:: scratch != 0 -> /* it took its time */
		flush_due = 0;
		eln_connection_flush()
	:: true
	fi
}

/* ---- steps ---- */

inline do_open()
{
	d_step {
		opened = 1;
		phase = OPEN
	}
}

inline do_message()
{
	/* eln_connection_take_message */
	d_step {
		is_reply = (n_replies != 0);
		is_push = (n_replies == 0 && n_pushes != 0);
		n_replies = n_replies - is_reply;
		n_pushes = n_pushes - is_push;
#ifdef ONE_MESSAGE_A_SIGNAL
		message_due = 0;
#else
		message_due = (is_reply || is_push)
#endif
	};
	if
	:: is_reply || is_push ->
		enter();
		if
		:: true -> echelon_write()
		:: is_reply /* it needs no answer */
		:: d_step { is_push -> eln_connection_close() }
		:: d_step { is_push -> eln_connection_kill() }
		fi;
		if
		:: is_reply -> echelon_resume()
		:: else
		fi;
		leave()
	:: else
	fi;
	d_step { is_reply = 0; is_push = 0 }
}

inline do_writable()
{
	d_step {
		wants_room = 0;
		waits_for_room = 0
	};
	enter();
	if
	:: true -> echelon_write()
	:: true
	fi;
	leave()
}

/* on_data: a request is answered, held, refused for lack of room, left in the
 * buffer for later, or the end. */
inline do_data()
{
	d_step {
		assert(!held && !above && input != 0);
		kept = 0
	};
	enter();
	if
	:: true ->
		echelon_write();
		waits_for_room = refused_write
	:: echelon_hold()
	:: true ->
		echelon_write();
		if
		:: !refused_write -> echelon_hold()
		:: else -> waits_for_room = 1
		fi
	:: !was_kept ->
		echelon_hold();
		d_step {
			incomplete = 1; /* returns 0 */
			kept = 1;
			was_kept = 1
		}
	:: true ->
		echelon_write();
		d_step { eln_connection_close() }
	:: d_step { eln_connection_kill() } /* echelon_abort */
	fi;
	d_step {
		input = input - (!waits_for_room && !incomplete)
	};
	leave()
}

/* With a FIN on its way only -EAGAIN tells that all was read. */
inline do_read()
{
	d_step {
		assert(!held && !above && queue <= LIMIT / 2);
		if
		:: rst -> eln_connection_kill()
		:: !rst && to_read != 0 ->
			i = ((draining && drain_left < to_read) ->
			    drain_left : to_read);
			input = input + i;
			to_read = to_read - i;
			drain_left = (draining -> drain_left - i : 0);
			incomplete = 0;
#ifdef SHORT_READ_IS_ALL
			readable = 0;
#else
			readable = read_to_end || to_read != 0;
#endif
			i = 0
		:: !rst && to_read == 0 ->
			at_end = fin;
			readable = 0
		fi
	}
}

inline do_fin()
{
	assert(!held && !above && !kept);
	enter();
	d_step {
		end_told = 1;
		input = 0;
		incomplete = 0;
		eln_connection_close()
	}
}

inline do_drained()
{
	d_step {
		assert(!held && !above && !kept);
		eln_connection_close()
	}
}

inline eln_connection_end_messages()
{
#ifndef MESSAGES_OUTLIVE
	d_step {
		closed_to_messages = 1;
		n_replies = 0;
		n_pushes = 0
	}
#else
	skip
#endif
}

inline do_end()
{
	d_step {
		in_order = (phase == CLOSING);
		assert(!in_order || UNSENT == 0);
		phase = DEAD
	};
	eln_connection_end_messages();
	drop_output();
	if
	:: opened ->
		enter();
		n_closed++
	:: else
	fi;
	d_step {
		opened = 0;
		input = 0;
		phase = LINGERING;
		at_end = at_end || !in_order;
		readable = 1
	}
}

inline do_discard()
{
	d_step {
		if
		:: rst -> at_end = 1
		:: !rst && to_read != 0 -> to_read = 0
		:: else ->
			at_end = fin;
			readable = 0
		fi
	}
}
