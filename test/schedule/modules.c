/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules.h"

#include <stddef.h>

#include "schedule/scenario.h"

const struct scenario scenarios_of_modules[] = {
	{ "lock", "3 threads and a lock", module_lock, NULL, true },
	{ "condition", "2 that wait for items, 1 that brings them",
	    module_condition, NULL, true },
	{ "ring", "1 that puts, 2 that take", module_ring, NULL, true },
	{ "ring_round", "the same, and each slot is used again",
	    module_ring_round, NULL, false },
	{ "queue", "the queueing layer: a ring, a lot, 2 workers, an end",
	    module_queue, NULL, true },
	{ "queue_endless", "the same, and one handler never ends",
	    module_queue_endless, NULL, true },
	{ "run_word", "2 that signal, 2 that serve, a hold", module_run_word,
	    NULL, true },
	{ "run_word_reuse", "the slot is closed and used again meanwhile",
	    module_run_word_reuse, NULL, true },
	{ "lead", "2 that lead in turns, and one that takes it away",
	    module_lead, NULL, true },
	{ "trail", "a writer of 5 records into room for 2, and a reader",
	    module_trail, NULL, true },
	{ "deadline", "a deadline is stored while the leader goes to sleep",
	    module_deadline, NULL, true },
	{ NULL, NULL, NULL, NULL, false },
};
