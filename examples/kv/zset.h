/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KV_ZSET_H
#define KV_ZSET_H

/*
 * A sorted set's value: members found by name and ordered by score, then by
 * name.
 *
 * A member is in a dictionary and in a treap: a search tree by (score,
 * name) that is a heap by priority. The priority is the name's hash, which
 * nobody outside can foresee, so that the tree is balanced as if it had been
 * filled in random order, whatever order was chosen. Each node counts its
 * subtree; that finds the n-th.
 */

#include "dict.h"

struct member {
	struct dict_entry entry; /* first: found by its name */
	double score;
	struct member *left, *right;
	size_t size; /* of the subtree, with itself */
	char name[];
};

/* All zero is an empty one. */
struct zset {
	struct dict members;
	struct member *root;
};

/** Frees the members. */
void zset_deinit(struct zset *zset);

/** Returns the member of that name, or NULL. */
struct member *zset_find(const struct zset *zset, struct slice name);

/** Adds a member; there is none of that name. */
void zset_add(struct zset *zset, struct slice name, double score);

/** Gives a member another score. */
void zset_move(struct zset *zset, struct member *member, double score);

/** Takes out and frees a member. */
void zset_remove(struct zset *zset, struct member *member);

/** Returns the n-th by score; n is less than the count. */
struct member *zset_at(const struct zset *zset, size_t n);

typedef void zset_visit_fn(void *arg, const struct member *member);

/** Visits those from the first to the last, counted from 0, in order. */
void zset_visit(const struct zset *zset, size_t first, size_t last,
    zset_visit_fn *visit, void *arg);

#endif
