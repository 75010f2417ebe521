/* SPDX-License-Identifier: BSD-2-Clause */
#include "zset.h"

#include <stdlib.h>
#include <string.h>

static size_t
size_of(const struct member *node)
{
	return node == NULL ? 0 : node->size;
}

static void
count(struct member *node)
{
	node->size = 1 + size_of(node->left) + size_of(node->right);
}

static bool
is_before(const struct member *a, const struct member *b)
{
	if (a->score != b->score) {
		return a->score < b->score;
	}
	return slice_compare(a->entry.key, b->entry.key) < 0;
}

static bool
is_above(const struct member *a, const struct member *b)
{
	return a->entry.hash > b->entry.hash;
}

/* Splits a tree into what stands before `pivot` and what does not. */
static void
split(struct member *tree, const struct member *pivot, struct member **low,
    struct member **high)
{
	if (tree == NULL) {
		*low = NULL;
		*high = NULL;
	} else if (is_before(tree, pivot)) {
		split(tree->right, pivot, &tree->right, high);
		*low = tree;
		count(tree);
	} else {
		split(tree->left, pivot, low, &tree->left);
		*high = tree;
		count(tree);
	}
}

/* Joins two trees, all of `low` standing before all of `high`. */
static struct member *
join(struct member *low, struct member *high)
{
	if (low == NULL || high == NULL) {
		return low == NULL ? high : low;
	}
	if (is_above(low, high)) {
		low->right = join(low->right, high);
		count(low);
		return low;
	}
	high->left = join(low, high->left);
	count(high);
	return high;
}

static void
plant(struct zset *zset, struct member *member)
{
	struct member **at = &zset->root;

	while (*at != NULL && is_above(*at, member)) {
		(*at)->size++;
		at = is_before(member, *at) ? &(*at)->left : &(*at)->right;
	}
	split(*at, member, &member->left, &member->right);
	count(member);
	*at = member;
}

static void
uproot(struct zset *zset, struct member *member)
{
	struct member **at = &zset->root;

	while (*at != member) {
		(*at)->size--;
		at = is_before(member, *at) ? &(*at)->left : &(*at)->right;
	}
	*at = join(member->left, member->right);
}

void
zset_deinit(struct zset *zset)
{
	struct dict_entry *entry = zset->members.first;

	while (entry != NULL) {
		struct dict_entry *after = entry->after;

		free(entry);
		entry = after;
	}
	dict_deinit(&zset->members);
	zset->root = NULL;
}

struct member *
zset_find(const struct zset *zset, struct slice name)
{
	return (struct member *)dict_find(&zset->members, hash_bytes(name),
	    name);
}

void
zset_add(struct zset *zset, struct slice name, double score)
{
	struct member *member = memory_get(sizeof(*member) + name.length);

	memcpy(member->name, name.data, name.length);
	member->entry.hash = hash_bytes(name);
	member->entry.key = (struct slice){ member->name, name.length };
	member->score = score;
	dict_insert(&zset->members, &member->entry);
	plant(zset, member);
}

void
zset_move(struct zset *zset, struct member *member, double score)
{
	uproot(zset, member);
	member->score = score;
	plant(zset, member);
}

void
zset_remove(struct zset *zset, struct member *member)
{
	uproot(zset, member);
	dict_remove(&zset->members, &member->entry);
	free(member);
}

struct member *
zset_at(const struct zset *zset, size_t n)
{
	struct member *node = zset->root;

	while (n != size_of(node->left)) {
		if (n < size_of(node->left)) {
			node = node->left;
		} else {
			n -= size_of(node->left) + 1;
			node = node->right;
		}
	}
	return node;
}

/* `first` and `last` count within the tree; last may lie behind its end. */
static void
visit_tree(const struct member *tree, size_t first, size_t last,
    zset_visit_fn *visit, void *arg)
{
	size_t here = size_of(tree == NULL ? NULL : tree->left);

	if (tree == NULL) {
		return;
	}
	if (first < here) {
		visit_tree(tree->left, first, last, visit, arg);
	}
	if (first <= here && last >= here) {
		visit(arg, tree);
	}
	if (last > here) {
		visit_tree(tree->right, first > here ? first - here - 1 : 0,
		    last - here - 1, visit, arg);
	}
}

void
zset_visit(const struct zset *zset, size_t first, size_t last,
    zset_visit_fn *visit, void *arg)
{
	visit_tree(zset->root, first, last, visit, arg);
}
