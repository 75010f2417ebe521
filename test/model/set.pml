/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The set, lib/core/set.c, for lead.pml: events that the kernel has and that
 * the batch has, of which one may be the wake-up descriptor's; posts in the
 * inbox (lib/sync/inbox.h: one CAS puts, one exchange takes) and on the list.
 * They are counted, not told apart. Timers are left out.
 *
 * MAY_TOUCH, of who includes this: the calling thread is leading. Batch and
 * list belong to it then, so they need no steps of their own.
 */

#define AWAKE 0
#define BLOCKS 1
#define POKED 2

byte kernel, batch, inbox, list;
bit wakeup, batch_wakeup;
byte waiting;

inline take_ready()
{
	d_step {
		assert(MAY_TOUCH);
		list = list + inbox;
		inbox = 0
	}
}

/* Sets may_block. */
inline may_block_now()
{
	d_step {
		may_block = 0;
		if
		:: list == 0 && waiting == AWAKE ->
			waiting = BLOCKS;
			may_block = 1
		:: else
		fi
	};
#ifndef BLOCK_WITHOUT_LOOK
	if
	:: may_block -> may_block = (inbox == 0)
	:: else
	fi
#endif
}

/* Blocks unless the caller's `stopping`. */
inline eln_set_wait()
{
	assert(MAY_TOUCH && batch == 0 && !batch_wakeup);
	take_ready();
	if
	:: !stopping -> may_block_now()
	:: else
	fi;
	n_waiting = n_waiting + may_block;
	d_step {
		!may_block || kernel != 0 || wakeup;
		n_waiting = n_waiting - may_block;
		may_block = 0;
		assert(MAY_TOUCH);
		batch = kernel;
		kernel = 0;
		batch_wakeup = wakeup
	};
	d_step { waiting = AWAKE };
	take_ready()
}

inline eln_set_wake()
{
	d_step {
		was_waiting = waiting;
		waiting = POKED
	};
	if
	:: was_waiting == BLOCKS -> wakeup = 1
	:: else
	fi;
	was_waiting = 0
}

inline wake_if_blocked()
{
	if
	:: waiting == BLOCKS -> eln_set_wake()
	:: else
	fi
}

inline eln_set_post()
{
#ifdef WAKE_BEFORE_PUT
	wake_if_blocked();
	inbox++
#else
	inbox++;
	wake_if_blocked()
#endif
}

/* eln_set_has_more; of these only the inbox is shared. */
#define HAS_MORE (batch != 0 || batch_wakeup || list != 0 || inbox != 0)

/* Sets found. */
inline eln_set_next()
{
	assert(MAY_TOUCH);
	if
	:: batch_wakeup ->
		batch_wakeup = 0;
		wakeup = 0
	:: else
	fi;
	d_step {
		assert(MAY_TOUCH);
		if
		:: batch != 0 ->
			batch--;
			found = 1
		:: batch == 0 && list != 0 ->
			list--;
			found = 1
		:: else
		fi
	}
}
