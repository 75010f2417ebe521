/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The choices of a run. Each is a number below n, and 0 is always "as if
 * nothing special": the running fibre goes on, the load is new, nothing rare
 * happens. So a run is the list of its choices that were not 0, and fewer of
 * them make a schedule that is easier to read. A run of more than MOST_DECISIONS
 * fails: nothing could repeat it.
 *
 *   random      a choice of its own every time
 *   pct         each fibre and each store buffer has a priority; the highest
 *               acts. At depth - 1 points, chosen before, the one that acts
 *               gets the lowest. (Burckhardt and others, ASPLOS 2010: a bug
 *               that needs d orderings is found in a run of k points with n
 *               fibres with probability 1 / (n k^(d-1)) at least.)
 *   exhaustive  depth first; each choice has a price in preemptions, and the
 *               whole run a budget
 *   replay      a list
 */

#include <stdio.h>
#include <stdlib.h>

#include "explore_internal.h"

enum {
	DEPTH = 3,
	LENGTH = 1000,
	MOST_CHANGES = 8,
	MOST_DECISIONS = 1 << 19, /* several for each point */
	PATH_BYTES = MOST_DECISIONS * 12,
	PRIORITIES = 2 * EXPLORE_FIBRES,
	RARE = 32,
	CLOCK_RARE = 16,
	SPIN = 5000
};

/* What the path of an exhaustive search begins with: its choices are other
 * ones where stores drain. */
#define SEARCHED 'e'

/* One choice on the way of the exhaustive search. */
struct decision {
	uint64_t left; /* the choices not yet tried */
	uint32_t taken;
	uint32_t paid; /* preemptions before it */
};

static struct {
	struct explore_options options;
	uint64_t random;
	uint32_t n_decisions; /* in this run */

	/* PCT */
	uint64_t priorities[PRIORITIES];
	uint64_t changes[MOST_CHANGES];
	unsigned n_changes;
	uint64_t lowest;
	unsigned last_fibre;
	unsigned in_a_row;

	/* EXHAUSTIVE */
	uint32_t budget_used;
	uint32_t n_fixed; /* decisions that this run repeats */
	struct decision decisions[MOST_DECISIONS];

	/* The path: what was taken; what is to be taken. */
	uint32_t taken[MOST_DECISIONS];
	char path[PATH_BYTES];
	const char *replay;
	uint32_t next_number;
	uint32_t next_choice;
} choose;

/* ---- random numbers ---- */

/** splitmix64: any seed will do. */
static uint64_t
next_random(void)
{
	uint64_t z = (choose.random += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint32_t
random_below(uint32_t n)
{
	return (uint32_t)(((next_random() >> 32) * n) >> 32);
}

/* ---- the path ---- */

static void
next_of_replay(void)
{
	char *end;
	unsigned long number = strtoul(choose.replay, &end, 10);

	choose.next_number = UINT32_MAX;
	if (end == choose.replay || *end != ':') {
		return;
	}
	choose.next_number = (uint32_t)number;
	choose.next_choice = (uint32_t)strtoul(end + 1, &end, 10);
	choose.replay = end;
}

/** A choice that is repeated has to be there. */
static void
check_choice(uint32_t choice, uint32_t n)
{
	explore_check(choice < n, "not the same run: choice %u is %u of %u",
	    (unsigned)choose.n_decisions, (unsigned)choice, (unsigned)n);
}

static uint32_t
repeat(uint32_t n)
{
	uint32_t choice = 0;

	if (choose.n_decisions == choose.next_number) {
		choice = choose.next_choice;
		check_choice(choice, n);
		next_of_replay();
	}
	return choice;
}

static uint32_t
took(uint32_t choice)
{
	explore_the_run.fingerprint = (explore_the_run.fingerprint ^ choice) *
	    UINT64_C(0x100000001b3);
	choose.taken[choose.n_decisions++] = choice;
	if (choose.n_decisions == MOST_DECISIONS) {
		(void)snprintf(explore_the_run.reason,
		    sizeof(explore_the_run.reason), "more than %d choices",
		    MOST_DECISIONS - 1);
		explore_fail_as(EXPLORE_TOO_LONG);
	}
	return choice;
}

bool
explore_drains_when_left(void)
{
	return choose.options.strategy == EXPLORE_EXHAUSTIVE ||
	    (choose.options.strategy == EXPLORE_REPLAY &&
		choose.options.path[0] == SEARCHED);
}

const char *
explore_path(void)
{
	size_t used = 0;

	if (explore_drains_when_left()) {
		choose.path[used++] = SEARCHED;
	}
	choose.path[used] = '\0';
	for (uint32_t i = 0; i < choose.n_decisions; i++) {
		if (choose.taken[i] != 0) {
			used += (size_t)snprintf(choose.path + used,
			    sizeof(choose.path) - used, "%s%u:%u",
			    used == 0 ? "" : " ", (unsigned)i,
			    (unsigned)choose.taken[i]);
		}
	}
	return choose.path;
}

/* ---- exhaustive ---- */

static uint64_t
bits(uint32_t n)
{
	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

void
explore_restart(void)
{
	choose.n_fixed = 0;
}

bool
explore_has_more(void)
{
	return choose.n_fixed > 0;
}

/** The first of the choices that are left. */
static uint32_t
take_left(struct decision *decision)
{
	decision->taken = (uint32_t)__builtin_ctzll(decision->left);
	decision->left &= decision->left - 1;
	return decision->taken;
}

/** Of n, no more than 64 are tried. `free`: those that cost nothing. */
static uint32_t
search(uint64_t free, uint32_t n)
{
	struct decision *decision = &choose.decisions[choose.n_decisions];

	if (choose.n_decisions >= choose.n_fixed) {
		decision->paid = choose.budget_used;
		decision->left = choose.budget_used <
			choose.options.max_preemptions
		    ? bits(n)
		    : free;
		(void)take_left(decision);
	}
	check_choice(decision->taken, n);
	if ((free & (UINT64_C(1) << decision->taken)) == 0) {
		choose.budget_used = decision->paid + 1;
	}
	return decision->taken;
}

/** The next run differs in the last decision that has a choice left. */
static void
go_back(void)
{
	uint32_t n = choose.n_decisions;

	while (n > 0 && choose.decisions[n - 1].left == 0) {
		n--;
	}
	choose.n_fixed = n;
	if (n > 0) {
		(void)take_left(&choose.decisions[n - 1]);
	}
}

/* ---- pct ---- */

static uint64_t *
priority_of(const struct explore_agent *agent)
{
	return &choose.priorities[agent->fibre +
	    (agent->kind == EXPLORE_AGENT_DRAIN ? EXPLORE_FIBRES : 0)];
}

/** Below all others. */
static void
demote(uint64_t *priority)
{
	*priority = choose.lowest--;
}

static unsigned
highest(const struct explore_agent *agents, unsigned n)
{
	unsigned best = 0;
	unsigned entries = 0;

	for (unsigned i = 0; i < n; i++) {
		if (agents[i].kind == EXPLORE_AGENT_CLOCK) {
			continue;
		}
		if (*priority_of(&agents[i]) > *priority_of(&agents[best])) {
			best = i;
			entries = 0;
		} else if (priority_of(&agents[i]) ==
			priority_of(&agents[best]) &&
		    random_below(++entries + 1) == 0) {
			best = i; /* one of its entries that may drain */
		}
	}
	return best;
}

static bool
is_change(void)
{
	for (unsigned i = 0; i < choose.n_changes; i++) {
		if (choose.changes[i] == explore_points()) {
			choose.changes[i] = 0;
			return true;
		}
	}
	return false;
}

/** Who spins for ever keeps the others from what it waits for. */
static bool
is_spinning(unsigned fibre)
{
	choose.in_a_row = fibre == choose.last_fibre ? choose.in_a_row + 1 : 0;
	choose.last_fibre = fibre;
	return choose.in_a_row > SPIN;
}

static unsigned
by_priority(const struct explore_agent *agents, unsigned n)
{
	unsigned best = highest(agents, n);

	if (agents[n - 1].kind == EXPLORE_AGENT_CLOCK &&
	    random_below(CLOCK_RARE) == 0) {
		return n - 1;
	}
	if (is_change() || is_spinning(agents[best].fibre)) {
		choose.in_a_row = 0;
		demote(priority_of(&agents[best]));
		best = highest(agents, n);
	}
	return best;
}

static void
begin_pct(const struct explore_options *options)
{
	unsigned depth = options->depth == 0 ? DEPTH : options->depth;
	uint32_t length = options->length == 0 ? LENGTH : options->length;

	choose.lowest = UINT32_MAX;
	for (unsigned i = 0; i < PRIORITIES; i++) {
		choose.priorities[i] = (next_random() >> 1) +
		    (UINT64_C(1) << 62);
	}
	choose.n_changes = depth - 1 < MOST_CHANGES ? depth - 1 : MOST_CHANGES;
	for (unsigned i = 0; i < choose.n_changes; i++) {
		choose.changes[i] = 1 + random_below(length);
	}
	choose.last_fibre = 0;
	choose.in_a_row = 0;
}

/* ---- the interface ---- */

void
explore_choose_begin(const struct explore_options *options)
{
	choose.options = *options;
	choose.random = options->seed;
	choose.n_decisions = 0;
	choose.budget_used = 0;
	switch (options->strategy) {
	case EXPLORE_PCT:
		begin_pct(options);
		break;
	case EXPLORE_REPLAY:
		choose.replay = options->path + explore_drains_when_left();
		next_of_replay();
		break;
	case EXPLORE_RANDOM:
	case EXPLORE_EXHAUSTIVE:
		break;
	}
}

void
explore_choose_end(void)
{
	if (choose.options.strategy == EXPLORE_EXHAUSTIVE) {
		go_back();
	}
}

static unsigned
any_agent(const struct explore_agent *agents, unsigned n)
{
	if (agents[n - 1].kind == EXPLORE_AGENT_CLOCK &&
	    random_below(CLOCK_RARE) != 0) {
		n--;
	}
	return random_below(n);
}

static uint64_t
free_agents(const struct explore_agent *agents, unsigned n)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < n; i++) {
		if (agents[i].cost == 0) {
			set |= UINT64_C(1) << i;
		}
	}
	return set;
}

unsigned
explore_choose_agent(const struct explore_agent *agents, unsigned n)
{
	switch (choose.options.strategy) {
	case EXPLORE_RANDOM:
		return took(any_agent(agents, n));
	case EXPLORE_PCT:
		return took(by_priority(agents, n));
	case EXPLORE_EXHAUSTIVE:
		return took(search(free_agents(agents, n), n));
	case EXPLORE_REPLAY:
		break;
	}
	return took(repeat(n));
}

/** A choice of which 0 is the usual. */
static uint32_t
any_choice(enum explore_choice kind, uint32_t n)
{
	if (kind == EXPLORE_CHOOSE_RARE && random_below(RARE) != 0) {
		return 0;
	}
	return random_below(n);
}

uint32_t
explore_choose(enum explore_choice kind, uint32_t n)
{
	if (n < 2) {
		return 0;
	}
	switch (choose.options.strategy) {
	case EXPLORE_RANDOM:
	case EXPLORE_PCT:
		return took(any_choice(kind, n));
	case EXPLORE_EXHAUSTIVE:
		return took(search(kind == EXPLORE_CHOOSE_NUMBER ? bits(n) : 1,
		    n));
	case EXPLORE_REPLAY:
		break;
	}
	return took(repeat(n));
}

uint32_t
explore_random(uint32_t n)
{
	return explore_choose(EXPLORE_CHOOSE_NUMBER, n);
}

bool
explore_rarely(const char *what)
{
	bool does = explore_choose(EXPLORE_CHOOSE_RARE, 2) != 0;

	if (does && explore_prints()) {
		explore_note("rare: %s", what);
	}
	return does;
}
